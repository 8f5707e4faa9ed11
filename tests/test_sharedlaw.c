/* Two covers on one peril: against a plain simulation of the same policy written here, and what must hold exactly. */
#include "desk.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "pricing/policylaw.h"
#include "pricing/sharedlaw.h"
#include "risk/base/stream.h"

/* A share and a yes or no on the same events, a third cover of its own; deductible, annual limits, missed events, false alarms. */
static const char *const shared =
    "{ id = \"share\"; perils = [\"key_compromise\", \"code_bug\"]; trigger = { index = \"loss_share\"; source = "
    "\"x\"; reporting_error = 0.2;\n"
    "    missed_probability = 0.1; false_alarm_per_year = 0.01; }; payout = { shape = \"linear\"; attach = 0.01; "
    "exhaust = 0.1; };\n"
    "    event_limit = 4e6; annual_limit = 6e6; annual_deductible = 2e5; },\n"
    "{ id = \"sign\"; perils = [\"key_compromise\"]; trigger = { index = \"signer_event\"; source = \"x\"; "
    "reporting_error = 0; };\n"
    "    payout = { shape = \"binary\"; }; event_limit = 2e6; annual_limit = 2e6; },\n"
    "{ id = \"still\"; perils = [\"service_outage\"]; trigger = { index = \"outage_hours\"; source = \"x\"; "
    "waiting_hours = 12; };\n"
    "    payout = { shape = \"per_hour\"; per_hour = 20000; }; event_limit = 1e6; annual_limit = 2e6; }";

struct priced {
    struct quo_policy *policy;
    struct quo_quote *quote;
    struct quo_policylaw law;
    const struct quo_model *model;
    double holds, sublimit; /* of the state-actor clause, as the test has it */
};

static void price(struct desk *desk, const char *rest, uint64_t seed, struct priced *out)
{
    struct quo_workspace *workspace = quo_workspace_new();
    out->policy = desk_policy(desk, shared, rest);
    out->model = desk->engine->model;
    out->holds = out->sublimit = 0.0;
    struct quo_quote_options options = {.draws = 0, .seed = seed, .halved = false};
    const size_t covers = out->policy->n_covers;
    out->policy->n_covers = 1; /* the hazards do not depend on the covers, and one of them needs no simulation */
    assert_int_equal(quo_quote_price(desk->engine, out->policy, &options, &out->quote), QUO_OK);
    out->policy->n_covers = covers;
    assert_int_equal(quo_policylaw_new(desk->engine, out->policy, out->quote->score, out->quote->hazard,
                                       quo_resolution_fine, seed, workspace, &out->law),
                     QUO_OK);
    quo_workspace_free(workspace);
}

static void put_away(struct priced *p)
{
    quo_policylaw_free(&p->law);
    quo_quote_free(p->quote);
    quo_policy_free(p->policy);
}

/* One term by hand: the terms written out, nothing of the library's payments. */
static double plain_term(const struct priced *p, struct quo_stream *s)
{
    const struct quo_hazard *h = p->quote->hazard;
    const double exposure = p->policy->protocol->exposure_usd;
    double share = 0.0, sign = 0.0, still = 0.0;
    for (int peril = 0; peril < 2; peril++) {
        const struct quo_hazard *one = &h[peril ? QUO_CODE_BUG : QUO_KEY_COMPROMISE];
        double mean = one->rate;
        if (isfinite(one->size))
            mean *= quo_stream_gamma(s, one->size) / one->size;
        for (int64_t n = quo_stream_poisson(s, mean); n > 0; n--) {
            const double loss = quo_loss_draw(s, &one->loss);
            const struct quo_peril_model *model = &p->model->peril[peril ? QUO_CODE_BUG : QUO_KEY_COMPROMISE];
            const double state = p->holds / (1.0 + exp(-(model->attribution_a + model->attribution_b * log(loss))));
            const double most = quo_stream_uniform(s) < state ? p->sublimit : INFINITY;
            const double index = loss / exposure * exp(0.2 * quo_stream_normal(s));
            if (quo_stream_uniform(s) > 0.1)
                share += fmin(most, 4e6 * fmin(fmax((index - 0.01) / 0.09, 0.0), 1.0));
            if (!peril && loss >= 1.0)
                sign += fmin(most, 2e6);
        }
    }
    for (int64_t n = quo_stream_poisson(s, h[QUO_SERVICE_OUTAGE].rate); n > 0; n--)
        still += fmin(1e6, 20000.0 * fmax(0.0, quo_loss_draw(s, &h[QUO_SERVICE_OUTAGE].loss) - 12.0));
    const struct quo_lattice *event = &p->law.cover[0].event; /* a false alarm pays what a true one that pays does */
    for (int64_t n = quo_stream_poisson(s, 0.01); n > 0; n--) {
        double u = quo_stream_uniform(s) * (1.0 - event->mass[0]);
        size_t k = 1;
        while (k + 1 < event->n && (u -= event->mass[k]) > 0.0)
            k++;
        share += event->step * (double)k;
    }
    return fmin(7e6, fmin(fmax(share - 2e5, 0.0), 6e6) + fmin(sign, 2e6) + fmin(still, 2e6));
}

static void compare(struct desk *desk, const char *rest, double holds, double sublimit)
{
    struct priced p;
    price(desk, rest, 1, &p);
    p.holds = holds;
    p.sublimit = sublimit;
    assert_true(p.law.shared_events);
    enum { TERMS = 400000 };
    double sum = 0.0, squares = 0.0, paying = 0.0, at_four = 0.0;
    for (int i = 0; i < TERMS; i++) {
        struct quo_stream stream = quo_stream_at(77, (uint64_t)i, 0, 3);
        const double term = plain_term(&p, &stream);
        sum += term;
        squares += term * term;
        paying += term > 0.0;
        at_four += term > 4.1e6;
    }
    const double mean = sum / TERMS, sd = sqrt(squares / TERMS - mean * mean), se = sqrt(2.0) * sd / sqrt(TERMS);
    check_abs(p.law.expected, mean, 4.0 * se, "mean");
    check_rel(sqrt(quo_lattice_variance(&p.law.annual)), sd, 0.03, "standard deviation");
    check_abs(1.0 - p.law.no_payout, paying / TERMS, 4.5 * sqrt(2.0 * paying) / TERMS, "chance of a payout");
    double above = 0.0;
    for (size_t k = 0; k < p.law.annual.n; k++)
        above += p.law.annual.step * (double)k > 4.1e6 ? p.law.annual.mass[k] : 0.0;
    check_abs(above, at_four / TERMS, 4.5 * sqrt(2.0 * at_four) / TERMS, "chance of more than 4.1 M");
    assert_true(p.law.simulation_error > 0.0 && p.law.simulation_error < 0.02);
    put_away(&p);
}

static void against_a_plain_simulation(void **state) { compare(*state, "annual_limit = 7e6;", 0.0, 0.0); }

/* A state's event is one for both covers, whatever each of them pays for it. */
static void a_clause_against_a_plain_simulation(void **state)
{
    compare(*state, "annual_limit = 7e6; clauses = { state_actor = \"LMA5564A\"; };", 0.9, 0.0);
    compare(*state, "annual_limit = 7e6; clauses = { state_actor = \"LMA5565A\"; state_sublimit = 5e5; };", 0.9, 5e5);
}

/* The covers move together: the same means as if they did not, and a larger spread. */
static void the_mean_is_exact_and_the_spread_is_larger(void **state)
{
    struct priced p;
    price(*state, "", 5, &p);
    double mean = 0.0, variance = 0.0, mass = 0.0;
    for (size_t c = 0; c < p.law.n_covers; c++) {
        mean += p.law.cover[c].expected;
        variance += quo_lattice_variance(&p.law.cover[c].annual);
    }
    check_rel(p.law.expected, mean, 1e-12, "the mean is that of the covers");
    assert_true(quo_lattice_variance(&p.law.annual) > 1.1 * variance);
    for (size_t k = 0; k < p.law.annual.n; k++) {
        assert_true(p.law.annual.mass[k] >= 0.0);
        mass += p.law.annual.mass[k];
    }
    check_rel(mass, 1.0, 1e-9, "a law");
    put_away(&p);
}

static void threads_change_nothing_and_seeds_do(void **state)
{
    struct priced one, three, other;
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    price(*state, "", 9, &one);
    omp_set_num_threads(3);
    price(*state, "", 9, &three);
    omp_set_num_threads(before);
    price(*state, "", 10, &other);
    assert_true(one.law.annual.n == three.law.annual.n);
    assert_memory_equal(one.law.annual.mass, three.law.annual.mass, one.law.annual.n * sizeof *one.law.annual.mass);
    assert_true(one.law.no_payout == three.law.no_payout && one.law.simulation_error == three.law.simulation_error);
    assert_memory_not_equal(one.law.annual.mass, other.law.annual.mass, one.law.annual.n * sizeof *one.law.annual.mass);
    put_away(&one);
    put_away(&three);
    put_away(&other);
}

/* Payouts in nearly every term: chances alone cannot reach the mean without passing 1. */
static void frequent_payouts_stay_a_law(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_policy(
        desk,
        "{ id = \"a\"; perils = [\"service_outage\"]; trigger = { index = \"outage_hours\"; source = \"x\"; "
        "false_alarm_per_year = 9; };\n"
        "  payout = { shape = \"binary\"; attach = 2; }; event_limit = 1e5; },\n"
        "{ id = \"b\"; perils = [\"service_outage\"]; trigger = { index = \"outage_hours\"; source = \"x\"; };\n"
        "  payout = { shape = \"per_hour\"; per_hour = 1000; }; event_limit = 1e5; }",
        "");
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    assert_true(quote->shared_events && quote->payout_probability > 0.99 && quote->payout_probability <= 1.0);
    double sum = 0.0;
    for (int p = 0; p < QUO_PERILS; p++)
        sum += quote->peril[p].expected_payout;
    assert_true(sum < quote->expected_payout && quote->expected_payout < 5e6);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_a_plain_simulation), cmocka_unit_test(a_clause_against_a_plain_simulation), cmocka_unit_test(the_mean_is_exact_and_the_spread_is_larger),
        cmocka_unit_test(threads_change_nothing_and_seeds_do), cmocka_unit_test(frequent_payouts_stay_a_law)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
