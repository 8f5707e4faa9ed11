#include "pricing/basisrisk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/basis.h"
#include "pricing/losstable.h"
#include "pricing/marketbasis.h"
#include "pricing/marketcover.h"

/* Losses this near to each other, as a share of the index error, are told apart no more. */
#define BIN_OF_ERROR 0.25

/* Whether the payout follows a loss in money by an index that measures it. */
static bool in_money(const struct quo_cover *cover)
{
    return !quo_coverlaw_in_hours(cover) && cover->trigger.index != QUO_INDEX_SIGNER_EVENT &&
           cover->trigger.index != QUO_INDEX_MARKET_LOSS;
}

/* Losses that stand for those of one peril, and their chances, after those that nodes has. */
static enum quo_status add_peril(const struct quo_losstable *table, int p, double weight, struct quo_basis_nodes *nodes)
{
    const double mean = table->rest[p][0] + table->below[p];
    double *lev = malloc(table->n * sizeof *lev);
    struct quo_basis_nodes own = {0};
    if (!lev)
        return QUO_MACHINE;
    for (size_t i = 0; i < table->n; i++)
        lev[i] = mean - table->rest[p][i];
    enum quo_status status =
        quo_basis_nodes_tabulated(table->x, table->right[p], table->left[p], lev, table->n, &own);
    free(lev);
    struct quo_basis_node *all =
        status == QUO_OK ? realloc(nodes->node, (nodes->n + own.n) * sizeof *all) : NULL;
    if (all) {
        nodes->node = all;
        for (size_t i = 0; i < own.n; i++)
            all[nodes->n++] = (struct quo_basis_node){own.node[i].loss, weight * own.node[i].probability};
    } else if (status == QUO_OK) {
        status = QUO_MACHINE;
    }
    quo_basis_nodes_free(&own);
    return status;
}

/* One cover's event: its perils mixed by their rates in the term. */
static enum quo_status cover_event(const struct quo_quote *quote, const struct quo_cover *cover,
                                   const struct quo_losstable *const *table, struct quo_basis_event *event,
                                   double *rate)
{
    double weight[QUO_PERILS];
    *rate = 0.0;
    for (int p = 0; p < QUO_PERILS; p++) {
        weight[p] =
            quote->hazard[p].present && cover->perils >> p & 1u ? quote->hazard[p].rate * quote->term_years : 0.0;
        *rate += weight[p];
    }
    if (*rate <= 0.0)
        return QUO_DOMAIN;
    const double model_error = quote->engine->model->index_error, said = cover->trigger.reporting_error;
    const struct quo_basis_terms terms = {
        .payout = &cover->payout,
        .event_limit = cover->event_limit * quote->policy->usd_per_unit, /* the loss is in USD */
        .event_deductible = cover->event_deductible * quote->policy->usd_per_unit,
        .scale = 1.0 / quo_index_scale(cover->trigger.index, quote->policy->protocol->exposure_usd),
        .error = isnan(said) ? model_error : said,
        .missed = 1.0 - quo_trigger_seen(&cover->trigger),
    };
    struct quo_basis_nodes nodes = {0};
    enum quo_status status = QUO_OK;
    for (int p = 0; p < QUO_PERILS && status == QUO_OK; p++)
        if (weight[p] > 0.0 && table[p] && table[p]->n > 0 && !quo_peril_in_hours((enum quo_peril)p))
            status = add_peril(table[p], p, weight[p] / *rate, &nodes);
    if (status == QUO_OK)
        status = quo_basis_nodes_merge(&nodes, BIN_OF_ERROR * terms.error);
    if (status == QUO_OK)
        status = nodes.n > 0 ? quo_basis_event(&nodes, &terms, event) : QUO_DOMAIN;
    quo_basis_nodes_free(&nodes);
    return status;
}

static enum quo_status of_own_losses(const struct quo_quote *quote, struct quo_payoutmemo *memo,
                                     struct quo_basis_risk *out)
{
    const struct quo_policy *policy = quote->policy;
    *out = (struct quo_basis_risk){.known = false};
    struct quo_basis_event *event = calloc(policy->n_covers, sizeof *event);
    double *rate = calloc(policy->n_covers, sizeof *rate), false_alarms = 0.0;
    enum quo_status status = event && rate ? QUO_OK : QUO_MACHINE;
    size_t n = 0;
    const struct quo_losstable *table[QUO_PERILS];
    if (status == QUO_OK)
        status = quo_policylaw_tables(policy, quote->hazard, quote->resolution.table_nodes, memo, table);
    for (size_t c = 0; c < policy->n_covers && status == QUO_OK; c++) {
        if (!in_money(&policy->cover[c]))
            continue;
        status = cover_event(quote, &policy->cover[c], table, &event[n], &rate[n]);
        if (status == QUO_DOMAIN) {
            status = QUO_OK; /* no event of this cover can happen: nothing to compare */
            continue;
        }
        false_alarms += policy->cover[c].trigger.false_alarm_per_year * quote->term_years;
        n++;
    }
    if (status == QUO_OK && n > 0) {
        struct quo_basis basis;
        quo_basis_year(event, rate, n, false_alarms, &basis);
        *out = (struct quo_basis_risk){.loss_without_payout = basis.loss_unpaid_share,
                                       .payout_without_loss = basis.payout_without_loss,
                                       .expected_shortfall = basis.expected_shortfall / policy->usd_per_unit,
                                       .hedge_effectiveness = basis.hedge_effectiveness,
                                       .correlation = basis.correlation,
                                       .expected_gap = basis.expected_gap / policy->usd_per_unit,
                                       .gap_share = basis.expected_gap / basis.expected_loss,
                                       .known = true};
    }
    free(event);
    free(rate);
    return status;
}

size_t quo_basisrisk_market_cover(const struct quo_policy *policy)
{
    size_t largest = policy->n_covers;
    for (size_t c = 0; c < policy->n_covers; c++)
        if (quo_marketcover_is(&policy->cover[c]) &&
            (largest == policy->n_covers || policy->cover[c].event_limit > policy->cover[largest].event_limit))
            largest = c;
    return largest;
}

enum quo_status quo_basisrisk_of(const struct quo_quote *quote, const struct quo_policylaw *law,
                                 struct quo_payoutmemo *memo, struct quo_basis_risk *out)
{
    const size_t market = quo_basisrisk_market_cover(quote->policy);
    const enum quo_status status = of_own_losses(quote, memo, out);
    return status || out->known || market == quote->policy->n_covers ? status
                                                                     : quo_marketbasis_of(quote, law, market, out);
}
