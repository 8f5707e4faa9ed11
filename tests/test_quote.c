/* A whole quote: against simulation of the whole policy, its own arithmetic, and what must hold whatever the numbers are. */
#include "check.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/desk/quotejson.h"
#include "pricing/policylaw.h"
#include "pricing/quote.h"
#include "risk/base/money.h"
#include "risk/base/stream.h"

static const char *const files[] = {"fixtures/examples/bridge.policy.cfg",  "fixtures/cases/ronin.policy.cfg",
                                    "fixtures/cases/bybit.policy.cfg",      "fixtures/cases/resolv.policy.cfg",
                                    "fixtures/cases/drift.policy.cfg",      "fixtures/cases/kelp.policy.cfg",
                                    "fixtures/cases/crosscurve.policy.cfg", "fixtures/cases/counterpart.policy.cfg"};
#define FILES (sizeof files / sizeof *files)

struct desk {
    struct quo_engine *engine;
    struct quo_faults faults;
};

static int open_desk(void **state)
{
    static struct desk desk;
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    quo_faults_init(&desk.faults);
    *state = &desk;
    return quo_engine_new(&shipped, &desk.engine, &desk.faults) == QUO_OK ? 0 : -1;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    quo_engine_free(desk->engine);
    quo_faults_free(&desk->faults);
    return 0;
}

static struct quo_policy *policy_of(struct desk *desk, const char *file)
{
    struct quo_policy *policy = NULL;
    assert_int_equal(quo_policy_load(file, desk->engine->catalogue, &policy, &desk->faults), QUO_OK);
    return policy;
}

static struct quo_quote *quote_of(struct desk *desk, const struct quo_policy *policy, long draws)
{
    struct quo_quote_options options;
    struct quo_quote *quote = NULL;
    quo_quote_options_init(&options);
    options.draws = draws;
    assert_int_equal(quo_quote_price(desk->engine, policy, &options, &quote), QUO_OK);
    return quote;
}

/* What one cover pays in a simulated term. */
static double cover_term(const struct quo_quote *quote, const struct quo_policylaw *law, size_t c,
                         struct quo_stream *stream)
{
    const struct quo_policy *policy = quote->policy;
    const struct quo_cover *cover = &policy->cover[c];
    const bool hours = cover->trigger.index == QUO_INDEX_OUTAGE_HOURS;
    const double scale = quo_index_scale(cover->trigger.index, policy->protocol->exposure_usd);
    double sum = 0.0;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u))
            continue;
        for (int64_t n = quo_stream_poisson(stream, law->cover[c].peril[p].rate); n > 0;
             n--) { /* clauses and misses are off it */
            const double loss = quo_loss_draw(stream, &quote->hazard[p].loss);
            double index = loss / scale;
            if (!hours)
                index *= exp(cover->trigger.reporting_error * quo_stream_normal(stream));
            double paid = index < cover->trigger.waiting_hours && hours
                              ? 0.0
                              : cover->event_limit * quo_payout_share(index, &cover->payout);
            if (paid > 0.0 && policy->clauses.secondary_losses &&
                !hours) /* secondary losses follow the index, as the payment does */
                paid += fmin(policy->clauses.secondary_sublimit, law->cover[c].secondary_ratio * index * scale);
            sum += fmin(paid, cover->event_limit);
        }
    }
    /* False alarms pay as a true event that pays: drawn from the law of one event, above 0. */
    const struct quo_lattice *event = &law->cover[c].event;
    for (int64_t n = quo_stream_poisson(stream, law->cover[c].false_alarms); n > 0; n--) {
        double u = quo_stream_uniform(stream) * (1.0 - event->mass[0]);
        size_t k = 1; /* up to the few small payouts that the lattice has at 0 */
        while (k + 1 < event->n && (u -= event->mass[k]) > 0.0)
            k++;
        sum += event->step * (double)k;
    }
    return fmin(sum, law->cover[c].annual_limit);
}

static void the_example_against_simulation(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = policy_of(desk, files[0]);
    struct quo_quote *quote = quote_of(desk, policy, 0);
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_policylaw law;
    assert_int_equal(
        quo_policylaw_new(desk->engine, policy, quote->score, quote->hazard, quo_resolution_fine, 1, workspace, &law),
        QUO_OK);
    const int terms = 300000;
    double sum = 0.0, squares = 0.0, paying = 0.0, beyond = 0.0;
    const double high = quote->quantile[2].var; /* VaR 99 */
    for (int i = 0; i < terms; i++) {
        struct quo_stream stream = quo_stream_at(2026, (uint64_t)i, 0, 1);
        double term = 0.0;
        for (size_t c = 0; c < policy->n_covers; c++)
            term += cover_term(quote, &law, c, &stream);
        term = fmin(term, policy->annual_limit);
        sum += term;
        squares += term * term;
        paying += term > 0.0;
        beyond += term > high;
    }
    const double mean = sum / terms, sd = sqrt(squares / terms - mean * mean), p = quote->payout_probability;
    check_abs(quote->expected_payout, mean, 4.5 * sd / sqrt(terms), "expected payout");
    check_abs(p, paying / terms, 5.5 * sqrt(p * (1.0 - p) / terms) + 2e-3,
              "chance of a payout"); /* counts there are negative binomial */
    check_rel(quote->payout_sd, sd, 0.03, "standard deviation");
    assert_true(beyond / terms < 0.0115 && beyond / terms > 0.003); /* VaR stands on a step that many terms reach */
    quo_policylaw_free(&law);
    quo_workspace_free(workspace);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

static void every_walk_adds_up(void **state)
{
    struct desk *desk = *state;
    for (size_t f = 0; f < FILES; f++) {
        struct quo_policy *policy = policy_of(desk, files[f]);
        for (int principle = 0; principle < QUO_PRINCIPLES; principle++) {
            quo_terms_choose(&policy->terms, (enum quo_principle)principle);
            policy->terms.uncertainty_quantile = principle % 2 ? 0.75 : NAN;
            struct quo_quote *quote = quote_of(desk, policy, 30);
            int64_t cents = 0;
            bool technical = quote->gross.minimum_added > 0.0; /* then it is no step of the walk */
            double payout = 0.0, false_alarms = 0.0;
            for (size_t i = 0; i < quote->n_steps; i++) {
                cents += quote->step[i].cents;
                if (i + 1 == quote->n_payout_steps)
                    assert_int_equal(cents, quo_money_round(quote->expected_payout));
                technical |= cents == quo_money_round(quote->gross.technical);
            }
            assert_true(technical);
            assert_int_equal(cents, quo_money_round(quote->gross.gross));
            assert_true((double)cents / 100.0 == quote->gross_premium);
            for (int p = 0; p < QUO_PERILS; p++)
                payout += quote->peril[p].expected_payout;
            false_alarms = quote->expected_payout - payout;
            assert_true(false_alarms >= -1e-6 * quote->expected_payout &&
                        false_alarms < 0.5 * quote->expected_payout + 1.0);
            assert_true(quote->risk_load >= 0.0 && quote->model_uncertainty_load >= 0.0);
            assert_true(quote->p05 <= quote->p50 && quote->p50 <= quote->p95);
            assert_true(quote->discretisation_error < 1e-3);
            assert_true(quote->technical_premium <= quote->gross_premium);
            quo_quote_free(quote);
        }
        quo_policy_free(policy);
    }
}

static void more_cover_never_costs_less(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = policy_of(desk, files[0]);
    policy->terms.minimum_premium = 0.0;
    double before = 0.0;
    for (int i = 1; i <= 8; i++) {
        policy->annual_limit = 1.5e6 * i;
        struct quo_quote *quote = quote_of(desk, policy, 0);
        assert_true(quote->expected_payout >= before * (1.0 - 1e-9));
        before = quote->expected_payout;
        quo_quote_free(quote);
    }
    policy->annual_limit = INFINITY;
    struct quo_quote *without = quote_of(desk, policy, 0);
    assert_true(without->expected_payout >= before * (1.0 - 1e-9));
    before = without->expected_payout;
    quo_quote_free(without);
    policy->cover[0].payout.attach = 0.01; /* attaches earlier */
    struct quo_quote *lower = quote_of(desk, policy, 0);
    assert_true(lower->expected_payout > before);
    quo_quote_free(lower);
    quo_policy_free(policy);
}

/* Half the term, half the events: not half the premium, but the rates tell. And threads do not. */
static void term_and_threads(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = policy_of(desk, files[0]);
    struct quo_quote *year = quote_of(desk, policy, 0);
    policy->term_days = 73; /* a fifth of a year */
    struct quo_quote *fifth = quote_of(desk, policy, 0);
    check_rel(fifth->term_years, 0.2, 1e-15, "a fifth of a year");
    check_rel(fifth->peril[QUO_KEY_COMPROMISE].expected_loss, 0.2 * year->peril[QUO_KEY_COMPROMISE].expected_loss,
              1e-12, "a fifth of the loss");
    assert_true(fifth->expected_payout < 0.21 * year->expected_payout);
    policy->term_days = 365;
    omp_set_num_threads(1);
    struct quo_quote *one = quote_of(desk, policy, 100000);
    omp_set_num_threads(3);
    struct quo_quote *three = quote_of(desk, policy, 100000);
    assert_true(one->draws == three->draws && one->draws >= 100);
    assert_true(one->p05 == three->p05 && one->p50 == three->p50 && one->p95 == three->p95);
    assert_true(one->gross_premium == year->gross_premium || one->model_uncertainty_load > 0.0);
    quo_quote_free(year);
    quo_quote_free(fifth);
    quo_quote_free(one);
    quo_quote_free(three);
    quo_policy_free(policy);
}

/* Every name that docs/formats.md promises of a quote's JSON is there, and nothing in it is NaN. */
static void json_holds_what_it_promises(void **state)
{
    struct desk *desk = *state;
    static const char *const names[] = {
        "policy_id",
        "model_id",
        "catalogue_id",
        "currency",
        "term_years",
        "score",
        "signer_sets",
        "perils",
        "expected_payout",
        "payout_sd",
        "payout_probability",
        "var",
        "tvar",
        "exceedance",
        "discretisation_error",
        "risk_load",
        "model_uncertainty_load",
        "expenses",
        "brokerage",
        "profit",
        "tax",
        "technical_premium",
        "gross_premium",
        "rate_on_line",
        "interval",
        "walk",
        "basis_risk",
        "code_only",
        "decision",
        "reasons",
        "assumptions",
        "inputs",
        "engine",
        "seed",
    };
    struct quo_policy *policy = policy_of(desk, files[0]);
    struct quo_quote *quote = quote_of(desk, policy, 20);
    const struct quo_file_hash none = {0};
    json_t *document = quo_quotejson(quote, &none, 0, 1);
    assert_non_null(document);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!json_object_get(document, names[i]))
            fail_msg("the quote's JSON lacks '%s'", names[i]);
    assert_true(json_is_number(json_object_get(json_object_get(document, "var"), "0.99")));
    const json_t *set = json_array_get(json_object_get(document, "signer_sets"), 0);
    double share = 0.0;
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(set, "importance"), i, one)
        share += json_number_value(json_object_get(one, "share"));
    check_rel(share, 1.0, 1e-9, "importance adds up to 1");
    json_array_foreach (json_object_get(document, "assumptions"), i, one) {
        assert_true(json_string_length(json_object_get(one, "parameter")) > 0);
        const char *origin = json_string_value(json_object_get(one, "origin"));
        assert_true(origin &&
                    (!strcmp(origin, "fitted") || !strcmp(origin, "published") || !strcmp(origin, "judgement")));
    }
    assert_true(json_array_size(json_object_get(document, "assumptions")) > 20);
    json_decref(document);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

static void weak_arrangements_cost_more_than_the_counterpart(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = policy_of(desk, files[FILES - 1]);
    struct quo_quote *good = quote_of(desk, policy, 0);
    assert_int_equal(good->decision, QUO_DECISION_QUOTE);
    for (size_t f = 1; f + 1 < FILES; f++) {
        struct quo_policy *weak = policy_of(desk, files[f]);
        struct quo_quote *quote = quote_of(desk, weak, 0);
        assert_true(quote->rate_on_line > good->rate_on_line);
        assert_true(quote->score->overall < good->score->overall);
        /* Declined by a knock-out, or by a score below 8 (fixtures/cases/README.md); the others stand at 9 to 11. */
        const bool declined = strstr(files[f], "drift") || strstr(files[f], "kelp") || strstr(files[f], "resolv");
        assert_true(quote->score->overall < 12.0);
        assert_int_equal(quote->decision, declined ? QUO_DECISION_DECLINE : QUO_DECISION_REFER);
        assert_true(quote->reasons.n > 0);
        quo_quote_free(quote);
        quo_policy_free(weak);
    }
    quo_quote_free(good);
    quo_policy_free(policy);
}

/* A clause that takes events out makes it cheaper; with a sublimit, less so; a price without it is the price without it. */
static void clauses_have_their_price(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = policy_of(desk, files[0]);
    policy->clauses.state_actor = QUO_CLAUSE_NONE;
    struct quo_quote *none = quote_of(desk, policy, 0);
    assert_true(isnan(none->gross_without_clause));
    policy->clauses.state_actor = QUO_CLAUSE_5564;
    struct quo_quote *all_out = quote_of(desk, policy, 0);
    policy->clauses.state_actor = QUO_CLAUSE_5565;
    policy->clauses.state_sublimit = 2e6;
    struct quo_quote *sublimited = quote_of(desk, policy, 0);
    assert_true(all_out->expected_payout < sublimited->expected_payout);
    assert_true(sublimited->expected_payout < none->expected_payout);
    check_rel(all_out->gross_without_clause, none->gross.gross, 1e-12,
              "the other price is the price without the clause");
    policy->clauses.state_sublimit = 1e9; /* above every limit: as if it were not there */
    struct quo_quote *high = quote_of(desk, policy, 0);
    check_rel(high->expected_payout, none->expected_payout, 1e-11, "a sublimit above the limit takes nothing");
    policy->clauses.state_actor = QUO_CLAUSE_NONE;
    policy->clauses.return_offset = true;
    struct quo_quote *offset = quote_of(desk, policy, 0);
    assert_true(offset->expected_payout < none->expected_payout &&
                offset->expected_payout > 0.8 * none->expected_payout);
    policy->clauses.return_offset = false;
    policy->clauses.secondary_losses = false;
    struct quo_quote *primary = quote_of(desk, policy, 0);
    assert_true(primary->expected_payout < none->expected_payout);
    quo_quote_free(primary);
    quo_quote_free(offset);
    quo_quote_free(high);
    quo_quote_free(sublimited);
    quo_quote_free(all_out);
    quo_quote_free(none);
    quo_policy_free(policy);
}

/* A premium made by a distortion implies that distortion. */
static void a_premium_implies_its_distortion(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = policy_of(desk, files[0]);
    quo_terms_choose(&policy->terms, QUO_PRINCIPLE_WANG);
    policy->terms.parameter = 0.4;
    policy->terms.tax = 0.03;
    policy->terms.minimum_premium = 0.0;
    struct quo_quote *quote = quote_of(desk, policy, 0);
    assert_true(isnan(quote->adequacy.implied_wang));
    policy->terms.market_premium = quote->gross.gross;
    struct quo_quote *again = quote_of(desk, policy, 0);
    check_rel(again->adequacy.implied_wang, 0.4, 1e-7, "implied lambda");
    check_rel(again->adequacy.to_market, 1.0, 1e-12, "adequacy");
    quo_quote_free(again);
    policy->terms.market_premium = 0.5 * quote->gross.gross; /* far too cheap: declined, and said why */
    again = quote_of(desk, policy, 0);
    assert_int_equal(again->decision, QUO_DECISION_DECLINE);
    quo_quote_free(again);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_against_simulation),
        cmocka_unit_test(every_walk_adds_up),
        cmocka_unit_test(more_cover_never_costs_less),
        cmocka_unit_test(term_and_threads),
        cmocka_unit_test(json_holds_what_it_promises),
        cmocka_unit_test(clauses_have_their_price),
        cmocka_unit_test(a_premium_implies_its_distortion),
        cmocka_unit_test(weak_arrangements_cost_more_than_the_counterpart),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
