/* A whole quote in process, the engine loaded: nine perils, two covers. Inside: relativities, perils' scores and the overall one, the laws of
 * covers and term with every measure, loads and capital, the walk, basis risk, the stated error, the prices without the state-actor clause and with
 * typical answers, the decision and its reasons. Once more with what only pages show: domains' scores, signer sets and their best moves. Without draws,
 * and with 1,000 draws of model and controls on two threads.
 *
 * A quoter (pricing/quoter.h) prices one after the other: its second thread, its workspaces and the transforms' plans stay from one quote to the
 * next, and not a number of one serves another. Beside it the time of a quote that makes and drops all of that itself (quo_quote_price).
 *
 * The answer is checked first: the law is that of twice the resolution but for the error it tells, and the draws give one interval whatever the
 * number of threads. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pricing/engine.h"
#include "pricing/policylaw.h"
#include "pricing/quoter.h"
#include "pricing/resolution.h"

#define RUNS 500
#define DRAWS 1000
#define WANTED_QUOTE 1e-3
#define WANTED_DRAWS 0.5

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The shipped model holds fewer draws: they are repeated, each costs what a new one would. */
static int repeat_draws(struct quo_model *model)
{
    for (int p = 0; p < QUO_PERILS; p++) {
        struct quo_peril_model *peril = &model->peril[p];
        if (!peril->present || peril->n_draws == 0)
            continue;
        struct quo_peril_parameters *more = realloc(peril->draw, DRAWS * sizeof *more);
        if (!more)
            return 0;
        for (size_t i = peril->n_draws; i < DRAWS; i++)
            more[i] = more[i % peril->n_draws];
        peril->draw = more;
        peril->n_draws = DRAWS;
    }
    return 1;
}

/* Eight perils of money and the outage. */
static size_t widen(struct quo_policy *policy)
{
    size_t perils = 0;
    policy->cover[0].perils = 0;
    for (int p = 0; p < QUO_COVERED_PERILS && perils < 8; p++)
        if (!quo_peril_in_hours((enum quo_peril)p)) {
            policy->cover[0].perils |= (quo_peril_set)1 << p;
            perils++;
        }
    return perils + 1;
}

static int right_law(const struct quo_engine *engine, const struct quo_policy *policy, const struct quo_quote *quote)
{
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_policylaw law;
    if (!workspace || quo_policylaw_new(engine, policy, quote->score, quote->hazard,
                                        quo_resolution_doubled(quote->resolution), 1, workspace, &law))
        return 0;
    const double off = fabs(law.expected / quote->expected_payout - 1.0);
    if (!(off <= 2.0 * quote->discretisation_error && quote->discretisation_error < 1e-4))
        fprintf(stderr, "bench_pricing: off by %.2g, %.2g told\n", off, quote->discretisation_error);
    quo_policylaw_free(&law);
    quo_workspace_free(workspace);
    return off <= 2.0 * quote->discretisation_error && quote->discretisation_error < 1e-4;
}

/* Least seconds of some quotes, all by one quoter or each on its own; the last of them to *out. */
static double quotes(const struct quo_engine *engine, const struct quo_policy *policy, long draws, bool shown, bool kept,
                     int runs, struct quo_quote **out)
{
    struct quo_quote_options options;
    quo_quote_options_init(&options);
    options.draws = draws;
    options.shown = shown;
    double least = INFINITY;
    *out = NULL;
    struct quo_quoter *quoter = kept ? quo_quoter_new() : NULL;
    if (kept && !quoter)
        return NAN;
    for (int i = 0; i < runs && !isnan(least); i++) {
        quo_quote_free(*out);
        const double start = now();
        const enum quo_status status = kept ? quo_quoter_price(quoter, engine, policy, &options, out)
                                            : quo_quote_price(engine, policy, &options, out);
        least = status ? NAN : fmin(least, now() - start);
    }
    quo_quoter_free(quoter);
    return least;
}

/* Without draws: on one thread and on two, each on its own, and with all that a page shows. */
static int without_draws(const struct quo_engine *engine, struct quo_policy *policy)
{
    struct quo_quote *plain, *own, *full;
    const size_t perils = widen(policy);
    omp_set_num_threads(1);
    const double single = quotes(engine, policy, 0, false, true, RUNS, &plain);
    quo_quote_free(plain);
    omp_set_num_threads(2);
    const double quote = quotes(engine, policy, 0, false, true, RUNS, &plain),
                 alone = quotes(engine, policy, 0, false, false, RUNS, &own),
                 pages = quotes(engine, policy, 0, true, true, RUNS, &full);
    const int good = single > 0.0 && quote > 0.0 && alone > 0.0 && pages > 0.0 && full->gross_premium == plain->gross_premium &&
                     own->gross.gross == plain->gross.gross && full->score->n_sets > 0 && perils == 9 && policy->n_covers == 2 &&
                     right_law(engine, policy, plain);
    if (good) {
        printf("quote in process, %zu perils, %zu covers, all measures, no draws: %.2f ms on two threads (wanted: under %.0f "
               "ms: %.2f of it); %.2f ms on one\n",
               perils, policy->n_covers, 1e3 * quote, 1e3 * WANTED_QUOTE, quote / WANTED_QUOTE, 1e3 * single);
        printf("of these, priced one after the other, each anew: what stays is the second thread, the workspaces and the plans of "
               "transforms; a quote that makes and drops these too: %.2f ms on two threads\n",
               1e3 * alone);
        printf("the same with what only pages show (domains' scores, signer sets, their moves): %.2f ms on two threads\n",
               1e3 * pages);
    } else {
        fprintf(stderr, "bench_pricing: no quote, or a wrong one\n");
    }
    quo_quote_free(plain);
    quo_quote_free(own);
    quo_quote_free(full);
    return !good;
}

static int with_draws(const struct quo_engine *engine, const struct quo_policy *policy)
{
    struct quo_quote *one, *two;
    omp_set_num_threads(1);
    const double alone = quotes(engine, policy, DRAWS, true, true, 1, &one);
    omp_set_num_threads(2);
    const double both = quotes(engine, policy, DRAWS, true, true, 3, &two);
    const int good = alone > 0.0 && both > 0.0 && two->draws == DRAWS && two->p05 < two->p50 && two->p50 < two->p95 &&
                     one->p05 == two->p05 && one->p50 == two->p50 && one->p95 == two->p95;
    if (good)
        printf("quote in process, %d draws: %.0f ms on two threads (wanted: under %.0f ms: %.2f of it); %.0f ms on one\n",
               DRAWS, 1e3 * both, 1e3 * WANTED_DRAWS, both / WANTED_DRAWS, 1e3 * alone);
    else
        fprintf(stderr, "bench_pricing: draws: no quote, or one that hangs on the threads\n");
    quo_quote_free(one);
    quo_quote_free(two);
    return !good;
}

int main(void)
{
    struct quo_faults faults;
    quo_faults_init(&faults);
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    struct quo_policy *policy = NULL;
    const int ready =
        quo_engine_new(&shipped, &engine, &faults) == QUO_OK && repeat_draws(engine->model) &&
        quo_policy_load("fixtures/examples/bridge.policy.cfg", engine->catalogue, &policy, &faults) == QUO_OK;
    const int bad = !ready || without_draws(engine, policy) || with_draws(engine, policy);
    quo_policy_free(policy);
    quo_engine_free(engine);
    quo_faults_free(&faults);
    return bad;
}
