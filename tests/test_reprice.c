/* Rows priced together against each quoted alone: the same to the cent, in any order, for any number of threads. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pricing/book/booksample.h"
#include "pricing/book/reprice.h"
#include "pricing/quote.h"
#include "risk/base/money.h"
#include "tests/check.h"

struct desk {
    struct quo_engine *engine;
    struct quo_bookprotocols protocols;
    struct quo_bookrows rows;
};

static char *write_sample(const struct quo_booksample *what, const struct quo_catalogue *catalogue, const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "/tmp/quorate-test-%s-%d.csv", name, (int)getpid()) > 0);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    assert_int_equal(catalogue ? quo_booksample_protocols(what, catalogue, to) : quo_booksample_policies(what, to),
                     QUO_OK);
    assert_int_equal(fclose(to), 0);
    return path;
}

static int set_up(void **state)
{
    static struct desk desk;
    struct quo_faults faults;
    struct quo_rejects rejects;
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    const struct quo_booksample what = {.policies = 120, .protocols = 5, .seed = 11, .distinct = true};
    quo_faults_init(&faults);
    quo_rejects_init(&rejects, NULL, &faults, QUO_REJECTS_KEPT);
    assert_int_equal(quo_engine_new(&shipped, &desk.engine, &faults), QUO_OK);
    char *protocols = write_sample(&what, desk.engine->catalogue, "protocols"),
         *policies = write_sample(&what, NULL, "policies");
    assert_int_equal(quo_bookprotocols_load(protocols, desk.engine->catalogue, &desk.protocols, &rejects, &faults),
                     QUO_OK);
    struct quo_bookpolicies *reader;
    const struct quo_bookpolicy *row;
    assert_int_equal(quo_bookpolicies_open(policies, &desk.protocols, &rejects, &reader, &faults), QUO_OK);
    while (quo_bookpolicies_next(reader, &row, &faults) == QUO_OK && row)
        assert_int_equal(quo_bookrows_add(&desk.rows, row), QUO_OK);
    quo_bookpolicies_close(reader);
    remove(protocols);
    remove(policies);
    free(protocols);
    free(policies);
    assert_int_equal(rejects.bad, 0);
    assert_int_equal(desk.rows.n, 120);
    quo_faults_free(&faults);
    *state = &desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    quo_bookrows_free(&desk->rows);
    quo_bookprotocols_free(&desk->protocols);
    quo_engine_free(desk->engine);
    return 0;
}

static void each_row_is_its_quote_to_the_cent(void **state)
{
    const struct desk *desk = *state;
    struct quo_repriced priced[120];
    const struct quo_reprice_options options = {.jobs = 2, .detail = true};
    assert_int_equal(quo_reprice_rows(desk->engine, &desk->protocols, desk->rows.row, desk->rows.n, &options, priced),
                     QUO_OK);
    struct quo_quote_options plain;
    quo_quote_options_init(&plain);
    plain.draws = 0; /* all else as the command has it */
    for (size_t i = 0; i < desk->rows.n; i++) {
        struct quo_cover cover;
        struct quo_policy policy;
        struct quo_quote *quote;
        const struct quo_bookresult *r = &priced[i].result;
        quo_bookpolicy_expand(&desk->rows.row[i], desk->protocols.protocol[desk->rows.row[i].protocol], &cover,
                              &policy);
        assert_int_equal(r->status, QUO_OK);
        assert_int_equal(quo_quote_price(desk->engine, &policy, &plain, &quote), QUO_OK);
        assert_int_equal(quo_money_round(r->gross_premium), quo_money_round(quote->gross_premium));
        assert_int_equal(quo_money_round(r->technical_premium), quo_money_round(quote->technical_premium));
        /* The transform leaves 1e-10 of the limit, and rounds it otherwise for a limit of 1. */
        const double left = 1e-9 * cover.event_limit;
        check_abs(r->expected_payout, quote->expected_payout, left, "expected payout of %s", desk->rows.row[i].id);
        check_rel(r->payout_sd, quote->payout_sd, 1e-6, "sd of %s", desk->rows.row[i].id);
        assert_int_equal(r->decision, quote->decision);
        assert_non_null(priced[i].detail);
        quo_quote_free(quote);
    }
    quo_repriced_free(priced, desk->rows.n);
}

static void order_and_threads_change_no_bit(void **state)
{
    const struct desk *desk = *state;
    struct quo_repriced one[120], other[120];
    struct quo_bookpolicy turned[120];
    const size_t n = desk->rows.n;
    const struct quo_reprice_options single = {.jobs = 1}, several = {.jobs = 3};
    for (size_t i = 0; i < n; i++)
        turned[i] = desk->rows.row[n - 1 - i];
    assert_int_equal(quo_reprice_rows(desk->engine, &desk->protocols, desk->rows.row, n, &single, one), QUO_OK);
    assert_int_equal(quo_reprice_rows(desk->engine, &desk->protocols, turned, n, &several, other), QUO_OK);
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(&one[i].result.gross_premium, &other[n - 1 - i].result.gross_premium, sizeof(double));
        assert_memory_equal(&one[i].result.expected_payout, &other[n - 1 - i].result.expected_payout, sizeof(double));
        assert_true((one[i].reasons == NULL) == (other[n - 1 - i].reasons == NULL));
        if (one[i].reasons)
            assert_string_equal(one[i].reasons, other[n - 1 - i].reasons);
    }
    quo_repriced_free(one, n);
    quo_repriced_free(other, n);
    assert_int_equal(quo_reprice_rows(desk->engine, &desk->protocols, turned, 0, &several, other), QUO_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_row_is_its_quote_to_the_cent),
                                       cmocka_unit_test(order_and_threads_change_no_bit)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
