/* What-if: a change priced in process, the shares of 12 changes, a plan of 20; against quoting every changed policy anew. Checked first:
 * premiums are those of quotes to the last cent, the plan of 20 is not beaten by any of 2,000 random sets that its budget allows, nor
 * by the exhaustive list over its first 10 changes. Goals: one change under 2 ms, a plan of 20 changes exactly under 2 s. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pricing/quote.h"
#include "pricing/whatif/whatif.h"
#include "risk/base/stream.h"

#define POLICY "fixtures/examples/bridge.policy.cfg"
#define PLAN "fixtures/plans/bridge-twenty.plan.cfg"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_whatif: %s\n", what);
    exit(1);
}

/* The naive way: read the policy, change it, quote it. */
static double quoted(const struct quo_engine *engine, const struct quo_variants *v, struct quo_subset changes)
{
    struct quo_policy *policy = NULL;
    struct quo_quote *quote = NULL;
    struct quo_quote_options options;
    quo_quote_options_init(&options);
    options.draws = 0;
    if (quo_variants_policy(v, changes, &policy, NULL) || quo_quote_price(engine, policy, &options, &quote))
        fail("no quote");
    const double gross = quote->gross_premium;
    quo_quote_free(quote);
    quo_policy_free(policy);
    return gross;
}

static struct quo_values *values_of(const struct quo_engine *engine, const struct quo_variants *v)
{
    const struct quo_values_options options = {.draws = 0, .seed = 1};
    struct quo_values *values = NULL;
    if (quo_values_new(engine, v, &options, &values))
        fail("no values");
    return values;
}

/* One change on top of the base, the base known: seconds, the least of three, each from nothing but the base. */
static double one_seconds(const struct quo_engine *engine, const struct quo_variants *v, struct quo_subset one,
                          double *premium)
{
    double least = INFINITY;
    for (int round = 0; round < 3; round++) {
        struct quo_values *values = values_of(engine, v);
        struct quo_outcome outcome;
        if (quo_values_get(values, quo_subset_none(), &outcome))
            fail("no base");
        const double start = now();
        if (quo_values_get(values, one, &outcome))
            fail("no price");
        least = fmin(least, now() - start);
        *premium = outcome.gross_premium;
        quo_values_free(values);
    }
    return least;
}

/* Each change: seconds of the median and the slowest; naive: of the median quote. */
static void one_change(const struct quo_engine *engine, const struct quo_variants *v, double *median, double *slowest,
                       double *naive)
{
    double *seconds = calloc(2 * v->n, sizeof *seconds), *quotes = seconds + v->n;
    if (!seconds)
        fail("no memory");
    for (size_t i = 0; i < v->n; i++) {
        const struct quo_subset one = quo_subset_with(quo_subset_none(), i);
        double premium;
        seconds[i] = one_seconds(engine, v, one, &premium);
        quotes[i] = INFINITY;
        for (int round = 0; round < 3; round++) {
            const double start = now();
            if (quoted(engine, v, one) != premium)
                fail("a premium is not that of the quote");
            quotes[i] = fmin(quotes[i], now() - start);
        }
    }
    qsort(seconds, v->n, sizeof *seconds, by_value);
    qsort(quotes, v->n, sizeof *quotes, by_value);
    *median = seconds[v->n / 2];
    *slowest = seconds[v->n - 1];
    *naive = quotes[v->n / 2];
    free(seconds);
}

struct planned {
    double seconds;
    struct quo_planned plan;
    size_t priced;
};

/* The best set under a budget, from nothing: the base and every price included. */
static struct planned plan_of(const struct quo_engine *engine, const struct quo_variants *v, double budget,
                              bool searched, bool check)
{
    struct planned out;
    struct quo_shares a;
    double *cost = calloc(v->n, sizeof *cost);
    const double start = now();
    struct quo_values *values = values_of(engine, v);
    for (size_t i = 0; cost && i < v->n; i++)
        cost[i] = v->plan->change[i].cost_per_year;
    if (!cost || quo_shares_margins(values, v->n, &a))
        fail("no margins");
    const struct quo_planner_request request = {
        .goal = QUO_GOAL_PREMIUM, .budget = budget, .term_years = 1.0, .most = 100000, .searched = searched};
    if (quo_planner_find(values, &a, cost, &request, &out.plan))
        fail("no plan");
    out.seconds = now() - start;
    out.priced = quo_values_count(values);
    if (!(searched ? out.plan.searched : out.plan.exact))
        fail("the plan is not proved");
    for (uint64_t round = 0; check && round < 2000; round++) {
        struct quo_stream stream = quo_stream_at(5, round, 0, 1);
        struct quo_subset s = quo_subset_none();
        struct quo_outcome o;
        double left = budget;
        for (size_t k = 0; k < 60; k++) {
            const size_t i = quo_stream_below(&stream, (uint32_t)v->n);
            if (!quo_subset_has(s, i) && cost[i] <= left) {
                s = quo_subset_with(s, i);
                left -= cost[i];
            }
        }
        if (quo_values_get(values, s, &o) || o.gross_premium < out.plan.outcome.gross_premium)
            fail("a random set beats the plan");
    }
    quo_shares_free(&a);
    quo_values_free(values);
    free(cost);
    return out;
}

static struct quo_variants *first_of(const struct quo_engine *engine, size_t n, struct quo_faults *faults)
{
    struct quo_plan *plan = NULL;
    struct quo_variants *v = NULL;
    if (quo_plan_load(PLAN, &plan, faults) || plan->n_changes < n)
        fail("no plan file");
    quo_plan_cut(plan, n);
    if (quo_variants_new(POLICY, engine->catalogue, plan, PLAN, &v, faults))
        fail("the plan does not fit");
    return v;
}

int main(void)
{
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    struct quo_faults faults;
    quo_faults_init(&faults);
    if (quo_engine_new(&shipped, &engine, &faults))
        fail("no engine");
    struct quo_variants *twenty = first_of(engine, 20, &faults), *twelve = first_of(engine, 12, &faults),
                        *ten = first_of(engine, 10, &faults);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    double median, slowest, naive;
    one_change(engine, twenty, &median, &slowest, &naive);
    printf("one change of 20, one thread, least of three times: median %.2f ms, slowest %.2f ms (wanted: under 2 ms); a fresh quote of it "
           "%.2f ms, %.1f times as long\n",
           1e3 * median, 1e3 * slowest, 1e3 * naive, naive / median);
    omp_set_num_threads(threads);

    const struct planned listed = plan_of(engine, ten, 200e3, false, false),
                         searched = plan_of(engine, ten, 200e3, true, false);
    if (listed.plan.outcome.gross_premium != searched.plan.outcome.gross_premium)
        fail("branch and bound is not the list's best");
    const struct planned plan = plan_of(engine, twenty, 300e3, false, true);
    printf("plan of 20 changes under a budget of 300,000, %d threads: %.2f s (wanted: under 2 s), proved: all of the %zu sets that it buys "
           "priced; quoting all sets anew: %.0f s, %.0f times "
           "as long\n",
           threads, plan.seconds, plan.plan.priced, naive * 1048576.0 / threads, naive * 1048576.0 / threads / plan.seconds);

    const double start = now();
    struct quo_values *values = values_of(engine, twelve);
    struct quo_shares a;
    struct quo_shares_options options;
    quo_shares_options_init(&options);
    if (quo_shares_new(values, 12, &options, &a) || !a.exact)
        fail("no shares");
    const double seconds = now() - start;
    double sum = 0.0;
    for (size_t i = 0; i < 12; i++)
        sum += a.share[i].shapley;
    if (!(fabs(sum / (a.base.gross - a.all.gross) - 1.0) < 1e-9))
        fail("the shares do not add up");
    printf("shares of 12 changes, all 4,096 sets, %d threads: %.2f s, %.2f ms a set; %.1f times as fast as quotes\n",
           threads, seconds, 1e3 * seconds * threads / 4096.0, naive * 4096.0 / threads / seconds);
    quo_shares_free(&a);
    quo_values_free(values);
    quo_variants_free(twenty);
    quo_variants_free(twelve);
    quo_variants_free(ten);
    quo_engine_free(engine);
    quo_faults_free(&faults);
    return 0;
}
