/* Missing answers filled as the market would give them: the medians by hand, what is kept, and the price beside a quote's. */
#include "risk/controls/typical.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "kit_controls.h"
#include "pricing/quote.h"

static int control_of(const struct quo_catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < catalogue->n_controls; i++)
        if (strcmp(catalogue->control[i].id, id) == 0)
            return (int)i;
    fail_msg("no control %s", id);
    return -1;
}

/* KM-02 over the shipped profiles that are no bridges: level 0 has 0.44, level 1 none, level 2 small-team 0.17 and mid-size 0.12: the
 * median of 0.90 is 2. SD-02: 0.44 at level 0, small-team 0.17 and mid-size 0.12 at level 1: the median is 1. IR-05: below half at 0 is
 * not so: 0.44 + 0.17 + 0.12 of 0.90 have none, nothing is put in. */
static void medians_by_hand(void **state)
{
    (void)state;
    kit_open(&kit);
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p = kit_protocol(kit.catalogue,
                                          "protocol = { id = \"x\"; name = \"X\"; exposure_usd = 5e6; answers = ( { "
                                          "control = \"CE-01\"; level = 4; evidence = 1; } ); };",
                                          &faults);
    assert_non_null(p);
    struct quo_typical typical;
    assert_int_equal(quo_typical_fill(p, kit.market, kit.catalogue->n_controls, &typical), QUO_OK);
    assert_int_equal(typical.protocol.n_answers, p->n_answers + typical.n_filled);
    const struct quo_answer *kept = quo_protocol_answer(&typical.protocol, control_of(kit.catalogue, "CE-01"));
    assert_true(kept->level == 4 && kept->evidence == 1);
    const struct quo_answer *km = quo_protocol_answer(&typical.protocol, control_of(kit.catalogue, "KM-02"));
    assert_true(km && km->level == 2 && km->evidence == 4);
    const struct quo_answer *sd = quo_protocol_answer(&typical.protocol, control_of(kit.catalogue, "SD-02"));
    assert_true(sd && sd->level == 1);
    assert_null(quo_protocol_answer(&typical.protocol, control_of(kit.catalogue, "IR-05")));
    quo_typical_free(&typical);
    quo_protocol_free(p);
    quo_faults_free(&faults);
    kit_close(&kit);
}

/* The price beside the quote is that of the same policy with those answers written out. */
static void the_price_is_that_of_the_answers(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    const struct quo_engine_files files = {0};
    struct quo_engine *engine;
    struct quo_policy *policy;
    assert_int_equal(quo_engine_new(&files, &engine, &faults), QUO_OK);
    assert_int_equal(quo_policy_load("fixtures/examples/bridge.policy.cfg", engine->catalogue, &policy, &faults),
                     QUO_OK);
    struct quo_quote_options options;
    quo_quote_options_init(&options);
    options.draws = 0;
    options.halved = false;
    struct quo_quote *quote, *answered;
    assert_int_equal(quo_quote_price(engine, policy, &options, &quote), QUO_OK);
    struct quo_typical typical;
    assert_int_equal(quo_typical_fill(policy->protocol, engine->market, engine->catalogue->n_controls, &typical),
                     QUO_OK);
    struct quo_policy copy = *policy;
    copy.protocol = &typical.protocol;
    assert_int_equal(quo_quote_price(engine, &copy, &options, &answered), QUO_OK);
    assert_true(quote->n_unanswered == typical.n_filled && typical.n_filled > 20);
    check_rel(quote->gross_typical, answered->gross.gross, 1e-14, "gross");
    assert_true(quote->gross_typical < quote->gross.gross);
    assert_true(isnan(answered->gross_typical) || answered->n_unanswered == 0);
    quo_quote_free(answered);
    options.halved = true; /* the quick way: by half the resolution */
    struct quo_quote *quick;
    assert_int_equal(quo_quote_price(engine, policy, &options, &quick), QUO_OK);
    /* Of its own law the error is told; of another, of the same kind, it is of the same size. */
    check_rel(quick->gross_typical, quote->gross_typical, 3.0 * quick->discretisation_error, "by half the resolution");
    print_message("by half the resolution: off by %.2g, error told %.2g\n",
                  quick->gross_typical / quote->gross_typical - 1.0, quick->discretisation_error);
    quo_quote_free(quick);
    quo_quote_free(quote);
    quo_typical_free(&typical);
    quo_policy_free(policy);
    quo_engine_free(engine);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(medians_by_hand),
                                       cmocka_unit_test(the_price_is_that_of_the_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
