#include "pricing/policylaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/marketcover.h"
#include "pricing/resolution.h"
#include "pricing/sharedlaw.h"

/* Error allowed in a mass of the year's law: a hundred-millionth of the expected payout of the rarest cover. */
#define PRICE_ROUNDING 1e-10
/* A memory of payouts that holds more is emptied: some thousands of them. */
#define MEMO_BYTES ((size_t)64 << 20)

void quo_policylaw_comes_back(double weight, double secondary, double recovery, struct quo_cover_input *in)
{
    const bool offset = in->policy->clauses.return_offset && weight > 0.0 && !quo_coverlaw_in_hours(in->cover);
    in->kept = offset ? 1.0 - fmin(1.0, QUO_RECOVERED_SHARE * recovery / weight) : 1.0;
    in->secondary_ratio = weight > 0.0 ? QUO_SECONDARY_RATIO * secondary / weight / in->policy->usd_per_unit : 0.0;
}

static void fill_input(const struct quo_score *score, struct quo_cover_input *in)
{
    double weight = 0.0, sum = 0.0, recovery = 0.0;
    if (quo_marketcover_is(in->cover)) /* the market's losses know none of this */
        return;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(in->cover->perils >> p & 1u) || !in->hazard[p].present)
            continue;
        weight += in->hazard[p].rate;
        sum += in->hazard[p].rate * score->peril[p].secondary;
        recovery += in->hazard[p].rate * score->peril[p].recovery;
    }
    quo_policylaw_comes_back(weight, sum, recovery, in);
}

/* Covers added one after the other; the span never needs to go past the overall limit. */
static enum quo_status join(struct quo_policylaw *law, double limit, size_t points, struct quo_workspace *workspace)
{
    struct quo_lattice total = {0};
    enum quo_status status = QUO_OK;
    for (size_t c = 0; c < law->n_covers && status == QUO_OK; c++) {
        const struct quo_lattice *one = &law->cover[c].annual;
        struct quo_lattice sum = {0};
        if (c == 0) {
            status = quo_lattice_new(one->step, one->n, &sum);
            if (status == QUO_OK)
                memcpy(sum.mass, one->mass, one->n * sizeof *sum.mass);
        } else {
            const size_t all = total.n + one->n - 1;
            const double cap = fmax(ceil(limit / one->step - 1e-9) + 1.0, (double)points);
            status = quo_compound_convolve(&total, one, (double)all < cap ? all : (size_t)cap, 1, workspace, &sum);
        }
        quo_lattice_free(&total);
        total = sum;
    }
    if (status == QUO_OK && isfinite(limit))
        quo_lattice_layer(&total, 0.0, limit);
    law->annual = total;
    return status;
}

double quo_policylaw_reinstatement(const struct quo_cover *cover, double expected, double reinstated)
{
    if (cover->reinstatements <= 0 || !(cover->reinstatement_premium > 0.0))
        return 0.0;
    return expected * (1.0 - 1.0 / (1.0 + cover->reinstatement_premium * reinstated / cover->event_limit));
}

static void summarise(const struct quo_policy *policy, struct quo_policylaw *law)
{
    double limits = 0.0, share = 0.0, covers = 0.0;
    quo_peril_set seen = 0;
    law->no_payout = 1.0;
    for (size_t c = 0; c < law->n_covers; c++) {
        const struct quo_cover *cover = &policy->cover[c];
        const struct quo_coverlaw *one = &law->cover[c];
        limits += one->annual_limit;
        law->no_payout *= one->no_payout;
        law->expected_events += one->expected_events;
        if (!quo_marketcover_is(cover)) { /* the market's loss is taken as independent of the protocol's own */
            law->shared_events |= (seen & cover->perils) != 0;
            seen |= cover->perils;
        }
        covers += one->expected;
        share += quo_policylaw_reinstatement(cover, one->expected, one->reinstated);
    }
    law->annual_limit = fmin(limits, policy->annual_limit);
    law->expected = quo_lattice_mean(&law->annual);
    law->reinstatement_share = covers > 0.0 ? share / covers : 0.0;
}

enum quo_status quo_policylaw_tables(const struct quo_policy *policy, const struct quo_hazard *hazard, size_t nodes,
                                     struct quo_payoutmemo *memo, const struct quo_losstable *table[QUO_PERILS])
{
    quo_peril_set covered = 0;
    for (size_t c = 0; c < policy->n_covers; c++)
        covered |= policy->cover[c].perils;
    enum quo_status status = QUO_OK;
    for (int p = 0; p < QUO_PERILS && status == QUO_OK; p++) {
        table[p] = NULL;
        if (covered >> p & 1u && hazard[p].present)
            status = quo_payoutmemo_table(memo, &hazard[p], nodes, &table[p]);
    }
    return status;
}

enum quo_status quo_policylaw_new(const struct quo_engine *engine, const struct quo_policy *policy,
                                  const struct quo_score *score, const struct quo_hazard *hazard,
                                  struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                                  struct quo_policylaw *out)
{
    struct quo_payoutmemo *memo = quo_payoutmemo_new();
    const enum quo_status status =
        memo ? quo_policylaw_remembered(engine, policy, score, hazard, resolution, seed, workspace, memo, out)
             : QUO_MACHINE;
    quo_payoutmemo_free(memo);
    return status;
}

/* All covers added up, and what follows from their sum. */
static enum quo_status all_covers(const struct quo_policy *policy, size_t points, struct quo_workspace *workspace,
                                  struct quo_policylaw *law)
{
    const enum quo_status status = join(law, policy->annual_limit, points, workspace);
    if (status == QUO_OK)
        summarise(policy, law);
    return status;
}

/* One cover's input, without tables and points. */
static struct quo_cover_input input_of(const struct quo_engine *engine, const struct quo_policy *policy,
                                       const struct quo_score *score, const struct quo_hazard *hazard,
                                       struct quo_resolution resolution, double step, struct quo_payoutmemo *memo,
                                       size_t c)
{
    struct quo_cover_input in = {.engine = engine,
                                 .draw = -1,
                                 .policy = policy,
                                 .cover = &policy->cover[c],
                                 .hazard = hazard,
                                 .term_years = policy->term_days / 365.0,
                                 .index_error = engine->model->index_error,
                                 .step = step,
                                 .resolution = resolution,
                                 .rule = quo_payoutmemo_rule(memo, resolution.error_nodes),
                                 .memo = memo};
    fill_input(score, &in);
    return in;
}

enum quo_status quo_policylaw_prepare(const struct quo_engine *engine, const struct quo_policy *policy,
                                      const struct quo_score *score, const struct quo_hazard *hazard,
                                      struct quo_resolution resolution, struct quo_payoutmemo *memo,
                                      enum quo_peril peril)
{
    enum quo_status status = QUO_OK;
    const double step = quo_coverlaw_step(policy, resolution.cells);
    for (size_t c = 0; c < policy->n_covers && status == QUO_OK && hazard[peril].present; c++) {
        const struct quo_losstable *table[QUO_PERILS];
        if (quo_marketcover_is(&policy->cover[c]) || !(policy->cover[c].perils >> peril & 1u))
            continue;
        struct quo_cover_input in = input_of(engine, policy, score, hazard, resolution, step, memo, c);
        in.table = table;
        status = quo_payoutmemo_table(memo, &hazard[peril], resolution.table_nodes, &table[peril]);
        if (status == QUO_OK)
            status = quo_coverlaw_prepare(&in, peril);
    }
    return status;
}

/* A cover's law taken over: its lattices copied, all else as it is. */
static enum quo_status copy_cover(const struct quo_coverlaw *like, struct quo_coverlaw *out)
{
    *out = *like;
    out->event = out->annual = (struct quo_lattice){0};
    enum quo_status status = like->event.n ? quo_lattice_new(like->event.step, like->event.n, &out->event) : QUO_OK;
    if (status == QUO_OK)
        status = quo_lattice_new(like->annual.step, like->annual.n, &out->annual);
    if (status)
        return status;
    if (like->event.n)
        memcpy(out->event.mass, like->event.mass, like->event.n * sizeof *like->event.mass);
    memcpy(out->annual.mass, like->annual.mass, like->annual.n * sizeof *like->annual.mass);
    return QUO_OK;
}

/* What is made of the covers: their laws; the same with bounds of the tables' errors; the laws of the same payouts on every second point.
 * like: NULL, or the law of the same policy under another state-actor clause, which touches no cover in hours. */
enum kind { PLAIN, BOUNDED, HALF };

static enum quo_status each_cover(const struct quo_engine *engine, const struct quo_policy *policy,
                                  const struct quo_score *score, const struct quo_hazard *hazard,
                                  struct quo_resolution resolution, struct quo_workspace *workspace,
                                  struct quo_payoutmemo *memo, enum kind kind, const struct quo_policylaw *like,
                                  struct quo_policylaw *out)
{
    const struct quo_losstable *table[QUO_PERILS];
    enum quo_status status = quo_policylaw_tables(policy, hazard, resolution.table_nodes, memo, table);
    const double step = quo_coverlaw_step(policy, resolution.cells);
    const size_t points = quo_coverlaw_points(policy, hazard, step) * (resolution.padding ? resolution.padding : 1);
    quo_workspace_tune(workspace, kind == PLAIN ? points : points / 2 + 1, PRICE_ROUNDING);
    for (size_t c = 0; c < policy->n_covers && status == QUO_OK; c++) {
        struct quo_cover_input in = input_of(engine, policy, score, hazard, resolution, step, memo, c);
        in.table = table;
        in.points = points;
        in.bounded = kind == BOUNDED;
        out->n_covers = c + 1;
        status = like && quo_coverlaw_in_hours(in.cover) ? copy_cover(&like->cover[c], &out->cover[c])
                 : kind == HALF                          ? quo_coverlaw_half(&in, workspace, &out->cover[c])
                                                         : quo_coverlaw_new(&in, workspace, &out->cover[c]);
    }
    return status ? status : all_covers(policy, kind == HALF ? points / 2 + 1 : points, workspace, out);
}

static enum quo_status law_of(const struct quo_engine *engine, const struct quo_policy *policy,
                              const struct quo_score *score, const struct quo_hazard *hazard,
                              struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                              struct quo_payoutmemo *memo, enum kind kind, const struct quo_policylaw *like,
                              struct quo_policylaw *out)
{
    memset(out, 0, sizeof *out);
    quo_payoutmemo_sweep(memo, MEMO_BYTES);
    out->cover = calloc(policy->n_covers, sizeof *out->cover);
    enum quo_status status =
        out->cover ? each_cover(engine, policy, score, hazard, resolution, workspace, memo, kind, like, out) : QUO_MACHINE;
    if (status == QUO_OK && out->shared_events) {
        status = quo_sharedlaw_simulate(engine->model, policy, hazard, seed, out);
        out->expected = quo_lattice_mean(&out->annual);
    }
    if (status)
        quo_policylaw_free(out);
    return status;
}

enum quo_status quo_policylaw_bounded(const struct quo_engine *engine, const struct quo_policy *policy,
                                      const struct quo_score *score, const struct quo_hazard *hazard,
                                      struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                                      struct quo_payoutmemo *memo, struct quo_policylaw *out)
{
    return law_of(engine, policy, score, hazard, resolution, seed, workspace, memo,
                  quo_resolution_halves(engine, policy) ? BOUNDED : PLAIN, NULL, out);
}

enum quo_status quo_policylaw_half(const struct quo_engine *engine, const struct quo_policy *policy,
                                   const struct quo_score *score, const struct quo_hazard *hazard,
                                   struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                                   struct quo_payoutmemo *memo, struct quo_policylaw *out)
{
    const bool halves = quo_resolution_halves(engine, policy);
    return law_of(engine, policy, score, hazard, halves ? resolution : quo_resolution_half(resolution), seed, workspace,
                  memo, halves ? HALF : PLAIN, NULL, out);
}

enum quo_status quo_policylaw_remembered(const struct quo_engine *engine, const struct quo_policy *policy,
                                         const struct quo_score *score, const struct quo_hazard *hazard,
                                         struct quo_resolution resolution, uint64_t seed,
                                         struct quo_workspace *workspace, struct quo_payoutmemo *memo,
                                         struct quo_policylaw *out)
{
    return law_of(engine, policy, score, hazard, resolution, seed, workspace, memo, PLAIN, NULL, out);
}

enum quo_status quo_policylaw_reclaused(const struct quo_engine *engine, const struct quo_policy *policy,
                                        const struct quo_score *score, const struct quo_hazard *hazard,
                                        struct quo_resolution resolution, uint64_t seed,
                                        struct quo_workspace *workspace, struct quo_payoutmemo *memo,
                                        const struct quo_policylaw *like, struct quo_policylaw *out)
{
    return law_of(engine, policy, score, hazard, resolution, seed, workspace, memo, PLAIN, like, out);
}

void quo_policylaw_free(struct quo_policylaw *law)
{
    if (!law)
        return;
    for (size_t c = 0; c < law->n_covers; c++)
        quo_coverlaw_free(&law->cover[c]);
    free(law->cover);
    quo_lattice_free(&law->annual);
    memset(law, 0, sizeof *law);
}
