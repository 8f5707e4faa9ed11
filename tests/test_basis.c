#include "check.h"
#include "policies/basis.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lognormal {
    double meanlog, sdlog, cap;
};
static double lognormal_Q(double x, void *context)
{
    const struct lognormal *law = context;
    return x >= law->cap ? 0.0 : gsl_cdf_lognormal_Q(x, law->meanlog, law->sdlog);
}
static double lognormal_Qinv(double q, void *context)
{
    const struct lognormal *law = context;
    return fmin(law->cap, gsl_cdf_lognormal_Qinv(q, law->meanlog, law->sdlog));
}
static struct quo_basis_law law_of(struct lognormal *law)
{
    const double atom = isinf(law->cap) ? 0.0 : gsl_cdf_lognormal_Q(law->cap, law->meanlog, law->sdlog);
    return (struct quo_basis_law){lognormal_Q, lognormal_Qinv, law, law->cap, atom};
}

static void evaluate(struct lognormal *law, const struct quo_basis_terms *terms, struct quo_basis_event *event)
{
    const struct quo_basis_law abstract = law_of(law);
    struct quo_basis_nodes nodes;
    assert_int_equal(quo_basis_nodes_new(&abstract, terms, &nodes), QUO_OK);
    double total = 0.0;
    for (size_t i = 0; i < nodes.n; i++)
        total += nodes.node[i].probability;
    check_rel(total, 1.0, 1e-13, "probabilities of %zu nodes", nodes.n);
    assert_int_equal(quo_basis_event(&nodes, terms, event), QUO_OK);
    quo_basis_nodes_free(&nodes);
}

static void reference_basis_risk(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].case_id, "basis-", 6) != 0)
            continue;
        const char *p = row[i].params;
        struct lognormal law = {ref_number(p, "meanlog"), ref_number(p, "sdlog"), INFINITY};
        struct quo_payout payout;
        quo_payout_init(&payout);
        struct quo_basis_terms terms = {.payout = &payout,
                                        .event_limit = 1e7,
                                        .scale = 1.0,
                                        .error_meanlog = ref_number(p, "error_meanlog"),
                                        .error = ref_number(p, "error_sdlog"),
                                        .loss_threshold = ref_number(p, "loss_threshold")};
        payout.attach = ref_number(p, "index_trigger");
        const bool hedge = strcmp(row[i].quantity, "hedge_effectiveness") == 0;
        if (hedge) { /* pays the index itself: straight up to where nothing is left of its square */
            payout = (struct quo_payout){.shape = QUO_PAYOUT_LINEAR, .attach = 0.0, .exhaust = 1e19};
            terms.event_limit = 1e19;
        }
        struct quo_basis_event event;
        evaluate(&law, &terms, &event);
        /* The row's effectiveness is of one event: variances, not second moments. */
        const double spread = event.loss_squared - 2.0 * event.cross + event.payout_squared;
        const double off = event.loss - event.payout;
        if (hedge)
            ref_check(&tally, &row[i], 1.0 - (spread - off * off) / (event.loss_squared - event.loss * event.loss));
        else if (strcmp(row[i].quantity, "probability_payout") == 0)
            ref_check(&tally, &row[i], event.pays);
        else if (strcmp(row[i].quantity, "probability_loss_without_payout") == 0)
            ref_check(&tally, &row[i], event.loss_without_payout);
        else if (strcmp(row[i].quantity, "probability_payout_without_loss") == 0)
            ref_check(&tally, &row[i], event.payout_without_loss);
        else
            fail_msg("line %d: no such quantity", row[i].line);
    }
    ref_free(row, n);
    ref_done(&tally, 8);
}

static double uniform(gsl_rng *rng, double low, double high) { return low + (high - low) * gsl_rng_uniform(rng); }

static void any_terms(gsl_rng *rng, struct quo_payout *payout, struct quo_basis_terms *terms)
{
    quo_payout_init(payout);
    payout->shape = gsl_rng_uniform_int(rng, 2) ? QUO_PAYOUT_LINEAR : QUO_PAYOUT_TABLE;
    if (gsl_rng_uniform_int(rng, 3) == 0)
        payout->shape = QUO_PAYOUT_STEPS;
    payout->attach = uniform(rng, 0.01, 0.1);
    payout->exhaust = payout->attach + uniform(rng, 0.01, 0.5);
    payout->franchise = gsl_rng_uniform_int(rng, 2) ? uniform(rng, 0.01, 0.15) : 0.0;
    payout->n_steps = 3;
    payout->step[0] = (struct quo_payout_step){uniform(rng, 0.01, 0.05), uniform(rng, 0.0, 0.3)};
    payout->step[1] = (struct quo_payout_step){uniform(rng, 0.06, 0.2), uniform(rng, 0.3, 0.6)};
    payout->step[2] = (struct quo_payout_step){uniform(rng, 0.21, 0.6), 1.0};
    *terms = (struct quo_basis_terms){.payout = payout,
                                      .event_limit = uniform(rng, 1e6, 8e7),
                                      .scale = 1.0 / 1.8e8,
                                      .error_meanlog = uniform(rng, -0.2, 0.2),
                                      .loss_threshold = uniform(rng, 0.0, 1e7)};
    terms->error = gsl_rng_uniform_int(rng, 4) ? uniform(rng, 0.05, 0.8) : 0.0;
    terms->missed = uniform(rng, 0.0, 0.2);
    terms->event_deductible = gsl_rng_uniform_int(rng, 2) ? uniform(rng, 0.0, 0.5) * terms->event_limit : 0.0;
}

/* Every number against a simulation that knows nothing of pieces and partial moments. */
static void simulation_agrees(void **state)
{
    (void)state;
    enum { N = 40000, WHAT = 10 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20260802);
    for (int round = 0; round < 24; round++) {
        struct lognormal law = {uniform(rng, 14.0, 17.5), uniform(rng, 0.8, 2.2), 1.8e8};
        struct quo_payout payout;
        struct quo_basis_terms terms;
        any_terms(rng, &payout, &terms);
        struct quo_basis_event e;
        evaluate(&law, &terms, &e);
        double sum[WHAT] = {0}, square[WHAT] = {0};
        for (int i = 0; i < N; i++) {
            const double x = fmin(law.cap, gsl_ran_lognormal(rng, law.meanlog, law.sdlog));
            const double index = x / 1.8e8 * exp(terms.error_meanlog + terms.error * gsl_ran_ugaussian(rng));
            double p = fmax(0.0, terms.event_limit * quo_payout_share(index, &payout) - terms.event_deductible);
            if (gsl_rng_uniform(rng) < terms.missed)
                p = 0.0;
            const bool loss = x > terms.loss_threshold;
            const double got[WHAT] = {
                x, x * x, p, p * p, x * p, fmax(0.0, x - p), loss, p > 0.0, loss && p == 0.0, !loss && p > 0.0};
            for (int k = 0; k < WHAT; k++) {
                sum[k] += got[k];
                square[k] += got[k] * got[k];
            }
        }
        const double want[WHAT] = {e.loss,      e.loss_squared, e.payout, e.payout_squared,      e.cross,
                                   e.shortfall, e.is_loss,      e.pays,   e.loss_without_payout, e.payout_without_loss};
        for (int k = 0; k < WHAT; k++) {
            const double mean = sum[k] / N, error = sqrt(fmax(0.0, square[k] / N - mean * mean) / N);
            /* 5 standard errors; a probability too small to be met is compared with one meeting in N. */
            check_abs(want[k], mean, 5.0 * error + (k >= 6 ? 5.0 / N : 1e-9 * fabs(mean)), "round %d, quantity %d",
                      round, k);
        }
    }
    gsl_rng_free(rng);
}

static const struct quo_payout all_of_it = {.shape = QUO_PAYOUT_LINEAR, .attach = 0.0, .exhaust = 1.0};

static void a_perfect_index_leaves_no_risk(void **state)
{
    (void)state;
    struct lognormal law = {15.0, 2.0, 1.8e8};
    struct quo_basis_terms terms = {.payout = &all_of_it, .event_limit = 1.8e8, .scale = 1.0 / 1.8e8};
    struct quo_basis_event e;
    struct quo_basis year;
    evaluate(&law, &terms, &e);
    const double rate = 0.07;
    quo_basis_year(&e, &rate, 1, 0.0, &year);
    check_rel(year.hedge_effectiveness, 1.0, 1e-12, "hedge effectiveness");
    check_rel(year.correlation, 1.0, 1e-12, "correlation");
    check_abs(year.expected_gap, 0.0, 1e-9 * year.expected_loss, "gap");
    check_rel(year.expected_payout, year.expected_loss, 1e-12, "payout");
    check_abs(year.loss_without_payout, 0.0, 1e-12, "loss without payout");
    /* Missed events and false alarms enter as they are stated. */
    terms.missed = 0.1;
    evaluate(&law, &terms, &e);
    quo_basis_year(&e, &rate, 1, 0.007, &year);
    check_rel(year.loss_without_payout, -expm1(-0.07 * 0.1), 1e-12, "missed");
    check_rel(year.payout_without_loss, -expm1(-0.007), 1e-12, "false alarms");
    check_rel(year.loss_unpaid_share, 0.1, 1e-12, "share missed");
    check_rel(year.payout_unfounded_share, 0.007 / (0.063 + 0.007), 1e-12, "share unfounded");
    check_rel(year.expected_payout, year.expected_loss, 1e-12, "a ninth more of nine tenths");
}

static void identities(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 7);
    for (int round = 0; round < 60; round++) {
        struct lognormal law = {uniform(rng, 13.0, 17.0), uniform(rng, 0.8, 2.5), 1.8e8};
        struct quo_payout payout;
        struct quo_basis_terms terms;
        any_terms(rng, &payout, &terms);
        struct quo_basis_event a, b, both[2];
        evaluate(&law, &terms, &a);
        assert_true(a.loss_without_payout <= a.is_loss && a.payout_without_loss <= a.pays);
        check_abs(a.is_loss - a.loss_without_payout, a.pays - a.payout_without_loss, 1e-11, "events with both");
        assert_true(a.shortfall >= a.loss - a.payout - 1e-9 * a.loss);
        assert_true(a.cross * a.cross <= a.loss_squared * a.payout_squared * (1.0 + 1e-12));
        /* In cents. */
        struct lognormal cents = {law.meanlog + log(100.0), law.sdlog, 100.0 * law.cap};
        struct quo_basis_terms in_cents = terms;
        in_cents.event_limit *= 100.0;
        in_cents.event_deductible *= 100.0;
        in_cents.loss_threshold *= 100.0;
        in_cents.scale /= 100.0;
        evaluate(&cents, &in_cents, &b);
        check_rel(b.payout, 100.0 * a.payout, 1e-9, "payout in cents");
        check_rel(b.shortfall, 100.0 * a.shortfall, 1e-9, "shortfall in cents");
        check_rel(b.pays, a.pays, 1e-9, "probability in cents");
        /* One peril at rate 0.3 is two of the same at 0.1 and 0.2. */
        both[0] = both[1] = a;
        const double rate[2] = {0.1, 0.2}, whole = 0.1 + 0.2;
        struct quo_basis one, two;
        quo_basis_year(&a, &whole, 1, 0.01, &one);
        quo_basis_year(both, rate, 2, 0.01, &two);
        check_rel(two.hedge_effectiveness, one.hedge_effectiveness, 1e-12, "split rate");
        check_rel(two.expected_gap, one.expected_shortfall + one.expected_excess, 1e-12, "gap is shortfall and excess");
    }
    gsl_rng_free(rng);
}

static void a_table_comes_to_the_same(void **state)
{
    (void)state;
    struct lognormal law = {15.0, 2.0, 1.8e8};
    const struct quo_payout payout = {.shape = QUO_PAYOUT_LINEAR, .attach = 0.02, .exhaust = 0.2};
    const struct quo_basis_terms terms = {.payout = &payout,
                                          .event_limit = 1e7,
                                          .scale = 1.0 / 1.8e8,
                                          .error = 0.15,
                                          .missed = 0.03,
                                          .loss_threshold = 3.6e6};
    struct quo_basis_event want, got;
    evaluate(&law, &terms, &want);
    enum { N = 2001 };
    static double x[N], right[N], left[N], lev[N];
    for (int i = 0; i < N; i++) {
        x[i] = i == N - 1 ? law.cap : i == 0 ? 1e-3 : exp(3.0 + (log(law.cap) - 3.0) * i / (N - 1));
        right[i] = i == N - 1 ? 0.0 : gsl_cdf_lognormal_Q(x[i], 15.0, 2.0);
        left[i] = gsl_cdf_lognormal_Q(x[i], 15.0, 2.0);
        lev[i] = exp(17.0) * gsl_cdf_ugaussian_P((log(x[i]) - 15.0) / 2.0 - 2.0) + x[i] * left[i];
    }
    struct quo_basis_nodes nodes;
    assert_int_equal(quo_basis_nodes_tabulated(x, right, left, lev, N, &nodes), QUO_OK);
    assert_int_equal(quo_basis_event(&nodes, &terms, &got), QUO_OK);
    quo_basis_nodes_free(&nodes);
    check_rel(got.loss, want.loss, 1e-9, "mean loss");
    check_rel(got.payout, want.payout, 1e-4, "mean payout");
    check_rel(got.payout_squared, want.payout_squared, 1e-4, "payout squared");
    check_rel(got.shortfall, want.shortfall, 1e-4, "shortfall");
    check_rel(got.pays, want.pays, 1e-4, "pays");
    check_rel(got.loss_without_payout, want.loss_without_payout, 2e-2, "loss without payout, threshold inside a cell");
}

/* Bins of a quarter of the index error: chance and mean of the loss stay, all else moves by next to nothing. */
static void merged_losses_come_to_the_same(void **state)
{
    (void)state;
    const struct quo_payout payout = {.shape = QUO_PAYOUT_LINEAR, .attach = 0.02, .exhaust = 0.2};
    const struct quo_basis_terms terms = {
        .payout = &payout, .event_limit = 1e7, .scale = 1.0 / 1.8e8, .error = 0.15, .missed = 0.03};
    struct quo_basis_event want, got;
    enum { N = 6000 };
    struct quo_basis_nodes nodes = {malloc(N * sizeof *nodes.node), N};
    assert_non_null(nodes.node);
    for (int i = 0; i < N; i++) /* two perils, one after the other, and an atom */
        nodes.node[i] = (struct quo_basis_node){
            fmin(1.8e8, exp(15.0 + (i % 2 ? 2.0 : 1.2) * gsl_cdf_ugaussian_Pinv((i / 2 + 0.5) / (N / 2)))), 1.0 / N};
    assert_int_equal(quo_basis_event(&nodes, &terms, &want), QUO_OK);
    assert_int_equal(quo_basis_nodes_merge(&nodes, 1e-4), QUO_OK); /* nothing to gain */
    assert_int_equal(nodes.n, N);
    assert_int_equal(quo_basis_nodes_merge(&nodes, 0.25 * terms.error), QUO_OK);
    assert_true(nodes.n < 1000);
    assert_int_equal(quo_basis_event(&nodes, &terms, &got), QUO_OK);
    double chance = 0.0;
    for (size_t i = 0; i < nodes.n; i++)
        chance += nodes.node[i].probability;
    quo_basis_nodes_free(&nodes);
    check_rel(chance, 1.0, 1e-12, "chance");
    check_rel(got.loss, want.loss, 1e-12, "mean loss");
    check_rel(got.loss_squared, want.loss_squared, 1e-12, "its square");
    check_rel(got.payout, want.payout, 1e-6, "mean payout");
    check_rel(got.payout_squared, want.payout_squared, 1e-6, "payout squared");
    check_rel(got.cross, want.cross, 1e-6, "loss times payout");
    check_rel(got.shortfall, want.shortfall, 1e-6, "shortfall");
    check_rel(got.pays, want.pays, 1e-6, "pays");
    check_rel(got.loss_without_payout, want.loss_without_payout, 1e-6, "loss without payout");
}

static void impossible_input_is_refused(void **state)
{
    (void)state;
    struct lognormal law = {15.0, 2.0, 1.8e8};
    const struct quo_payout bad_payout = {.shape = QUO_PAYOUT_LINEAR, .attach = 0.3, .exhaust = 0.2};
    const struct quo_basis_terms good = {.payout = &all_of_it, .event_limit = 1e6, .scale = 1.0};
    struct quo_basis_node one = {1e6, 1.0};
    struct quo_basis_nodes nodes = {&one, 1};
    struct quo_basis_event event;
    assert_int_equal(quo_basis_event(&nodes, &good, &event), QUO_OK);
    struct quo_basis_terms bad[9];
    for (int i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].payout = &bad_payout;
    bad[1].event_limit = 0.0;
    bad[2].event_limit = INFINITY;
    bad[3].scale = NAN;
    bad[4].error = -0.1;
    bad[5].missed = 1.5;
    bad[6].event_deductible = -1.0;
    bad[7].loss_threshold = NAN;
    bad[8].payout = NULL;
    for (int i = 0; i < 9; i++)
        assert_int_equal(quo_basis_event(&nodes, &bad[i], &event), QUO_DOMAIN);
    one.loss = NAN;
    assert_int_equal(quo_basis_event(&nodes, &good, &event), QUO_DOMAIN);
    struct quo_basis_law abstract = law_of(&law);
    assert_int_equal(quo_basis_nodes_new(&abstract, &bad[0], &nodes), QUO_DOMAIN);
    abstract.atom = 1.5;
    assert_int_equal(quo_basis_nodes_new(&abstract, &good, &nodes), QUO_DOMAIN);
    const double zero = 0.0;
    assert_int_equal(quo_basis_nodes_tabulated(&zero, &zero, &zero, &zero, 1, &nodes), QUO_DOMAIN);
    struct quo_basis year;
    quo_basis_year(NULL, NULL, 0, 0.0, &year);
    assert_true(isnan(year.hedge_effectiveness) && isnan(year.correlation) && year.expected_loss == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_basis_risk),           cmocka_unit_test(simulation_agrees),
        cmocka_unit_test(a_perfect_index_leaves_no_risk), cmocka_unit_test(identities),
        cmocka_unit_test(a_table_comes_to_the_same),      cmocka_unit_test(merged_losses_come_to_the_same),
        cmocka_unit_test(impossible_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
