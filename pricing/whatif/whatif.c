#include "pricing/whatif/whatif.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/money.h"
#include "risk/base/numeric.h"
#include "risk/base/text.h"

void quo_whatif_options_init(struct quo_whatif_options *options)
{
    *options =
        (struct quo_whatif_options){.values = {.draws = 50, .seed = 1},
                                    .plan = {.goal = QUO_GOAL_NET, .budget = INFINITY, .target = NAN, .most = 500000}};
    quo_shares_options_init(&options->attribution);
}

void quo_whatif_free(struct quo_whatif *w)
{
    if (!w)
        return;
    quo_shares_free(&w->attribution);
    free(w->policy_id);
    free(w->insured);
    free(w->protocol);
    free(w->currency);
    free(w->cost);
    free(w->alone);
    free(w->frontier);
    free(w->loss_frontier);
    free(w);
}

double quo_whatif_saving(const struct quo_whatif *w, const struct quo_outcome *outcome)
{
    return quo_money_rounded(w->attribution.base.gross_premium - outcome->gross_premium);
}

/* Quantiles of base[i] - other[i], draw by draw. */
static enum quo_status difference(struct quo_values *values, struct quo_subset changes, const double *base, size_t n,
                                  struct quo_difference *out)
{
    *out = (struct quo_difference){NAN, NAN, NAN};
    if (n == 0)
        return QUO_OK;
    double *other;
    size_t m;
    const enum quo_status status = quo_values_draws(values, changes, &other, &m);
    if (status || m != n) {
        free(other);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        other[i] = base[i] - other[i];
    quo_numeric_sort(other, n);
    *out = (struct quo_difference){quo_price_quantile(other, n, 0.05), quo_price_quantile(other, n, 0.5),
                                   quo_price_quantile(other, n, 0.95)};
    free(other);
    return QUO_OK;
}

static enum quo_status fill_differences(struct quo_values *values, struct quo_whatif *w)
{
    double *base;
    const size_t n = w->variants->n;
    enum quo_status status = quo_values_draws(values, quo_subset_none(), &base, &w->n_draws);
    for (size_t i = 0; i < n && status == QUO_OK; i++)
        status = difference(values, quo_subset_with(quo_subset_none(), i), base, w->n_draws, &w->alone[i]);
    if (status == QUO_OK)
        status = difference(values, quo_subset_all(n), base, w->n_draws, &w->all);
    if (status == QUO_OK && w->planned && w->plan.found)
        status = difference(values, w->plan.chosen, base, w->n_draws, &w->plan_saving);
    free(base);
    return status;
}

static enum quo_status describe(struct quo_whatif *w)
{
    struct quo_policy *policy = NULL;
    const enum quo_status status = quo_variants_policy(w->variants, quo_subset_none(), &policy, NULL);
    if (status)
        return status;
    w->policy_id = quo_text_copy(policy->id);
    w->insured = quo_text_copy(policy->insured ? policy->insured : policy->protocol->name);
    w->protocol = quo_text_copy(policy->protocol->name);
    w->currency = quo_text_copy(policy->currency);
    w->term_years = policy->term_days / 365.0;
    quo_policy_free(policy);
    return w->policy_id && w->insured && w->protocol && w->currency ? QUO_OK : QUO_MACHINE;
}

static enum quo_status search(struct quo_values *values, const struct quo_whatif_options *options, struct quo_whatif *w)
{
    enum quo_status status = QUO_OK;
    if (w->planned)
        status = quo_planner_find(values, &w->attribution, w->cost, &w->request, &w->plan);
    if (status == QUO_OK && options->frontier) {
        status = quo_planner_frontier(values, &w->attribution, w->cost, QUO_GOAL_PREMIUM, options->plan.most,
                                      &w->frontier, &w->n_frontier);
        if (status == QUO_OK)
            status = quo_planner_frontier(values, &w->attribution, w->cost, QUO_GOAL_LOSS, options->plan.most,
                                          &w->loss_frontier, &w->n_loss_frontier);
    }
    return status;
}

enum quo_status quo_whatif_new(const struct quo_engine *engine, const struct quo_variants *variants,
                               const struct quo_whatif_options *options, struct quo_whatif **out)
{
    *out = NULL;
    struct quo_values *values = NULL;
    struct quo_whatif *w = calloc(1, sizeof *w);
    if (!w)
        return QUO_MACHINE;
    w->engine = engine;
    w->variants = variants;
    w->planned = options->planned;
    w->request = options->plan;
    w->cost = calloc(variants->n + 1, sizeof *w->cost);
    w->alone = calloc(variants->n + 1, sizeof *w->alone);
    enum quo_status status = w->cost && w->alone ? describe(w) : QUO_MACHINE;
    w->request.term_years = w->term_years;
    for (size_t i = 0; status == QUO_OK && i < variants->n; i++)
        w->cost[i] = variants->plan->change[i].cost_per_year;
    if (status == QUO_OK)
        status = quo_values_new(engine, variants, &options->values, &values);
    if (status == QUO_OK)
        status = quo_shares_new(values, variants->n, &options->attribution, &w->attribution);
    if (status == QUO_OK)
        status = search(values, options, w);
    if (status == QUO_OK)
        status = fill_differences(values, w);
    w->priced = values ? quo_values_count(values) : 0;
    quo_values_free(values);
    if (status) {
        quo_whatif_free(w);
        return status;
    }
    *out = w;
    return QUO_OK;
}
