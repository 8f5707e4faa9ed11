#include "pricing/whatif/scenario.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/price.h"
#include "pricing/whatif/adoption.h"
#include "pricing/whatif/booksum.h"
#include "risk/base/money.h"
#include "risk/base/text.h"

/* What one case comes to in one state. */
struct result {
    double premium, expected_payout, tail_alone, loss[QUO_PERILS], cost;
    bool adopted, unfit;
    struct quo_lattice *annual; /* annual[policies of the case], USD a point */
};

struct job {
    const struct quo_engine *engine;
    const struct quo_marketbook *book;
    const struct quo_plan *plan;
    const bool *chosen; /* chosen[cases] */
    uint64_t seed;
    size_t states;         /* base, each change, all */
    struct result *result; /* result[case * states + state] */
    bool *failed;          /* failed[cases]: a policy of it has no price */
};

static size_t policies_of(const struct quo_marketbook_case *one) { return one->policy ? 1 : one->n; }

/* Applies what a change asks of this protocol to its tree; false where something does not fit, and then nothing of it is kept. */
static enum quo_status adopt(const struct job *job, const struct quo_marketbook_case *one,
                             const struct quo_change *change, struct quo_config **config, struct quo_faults *quiet,
                             struct result *to)
{
    struct quo_adoption adoption;
    struct quo_config *next = NULL;
    enum quo_status status = quo_adoption_of(change, one->protocol, job->engine->catalogue, &adoption);
    if (status == QUO_OK && adoption.n > 0)
        status = quo_config_copy(*config, &next, quiet);
    bool fits = true;
    for (size_t i = 0; i < adoption.n && status == QUO_OK && fits; i++) {
        const char *path = adoption.set[i].path;
        const bool below = strncmp(path, "protocol.", 9) == 0;
        fits = (one->policy || below) && quo_config_set(next, one->policy ? "policy" : "protocol",
                                                        one->policy ? path : path + 9, adoption.set[i].value) == QUO_OK;
    }
    if (status == QUO_OK && next && fits) {
        quo_config_close(*config);
        *config = next;
        next = NULL;
        to->adopted = true;
        to->cost += change->cost_per_year;
    }
    to->unfit |= !fits;
    quo_config_close(next);
    quo_adoption_free(&adoption);
    return status;
}

static enum quo_status read_variant(const struct job *job, const struct quo_marketbook_case *one,
                                    struct quo_config *config, struct quo_faults *quiet, struct quo_policy **policy,
                                    struct quo_protocol **protocol)
{
    if (one->policy)
        return quo_policy_read(config, job->engine->catalogue, policy, quiet);
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "protocol", true);
    return quo_protocol_read(group, job->engine->catalogue, protocol, quiet);
}

static enum quo_status score_of(const struct quo_engine *engine, const struct quo_protocol *protocol,
                                struct quo_score *score)
{
    struct quo_relativity r[QUO_PERILS];
    memset(score, 0, sizeof *score);
    const enum quo_status status = quo_score_relativities(protocol, engine->scale, r);
    if (status == QUO_OK)
        quo_score_put(score, r);
    score->experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape");
    return status;
}

static enum quo_status price_one(const struct job *job, const struct quo_policy *policy, const struct quo_score *score,
                                 struct quo_workspace *workspace, struct quo_payoutmemo *memo, struct result *to,
                                 struct quo_lattice *annual, bool losses)
{
    struct quo_price price;
    /* As a quote's: draws count only where the terms load for them. */
    const long draws = isnan(policy->terms.uncertainty_quantile) ? 0 : 50;
    const struct quo_price_input input = {job->engine, policy, score, draws, job->seed, workspace, memo, NULL, false, NULL};
    const enum quo_status status = quo_price_new(&input, &price);
    if (status)
        return status;
    const double usd = policy->usd_per_unit;
    to->premium += usd * quo_money_rounded(price.gross.gross);
    to->expected_payout += usd * price.law.expected;
    to->tail_alone += usd * quo_measure_tvar(0.99, &price.law.annual);
    for (int p = 0; p < QUO_COVERED_PERILS && losses; p++)
        if (price.hazard[p].present)
            to->loss[p] += price.hazard[p].rate * price.hazard[p].mean_loss;
    *annual = price.law.annual;
    annual->step *= usd;
    price.law.annual = (struct quo_lattice){0.0, 0, NULL};
    quo_price_free(&price);
    return QUO_OK;
}

/* All policies of a case under one protocol, or the one policy of a file. */
static enum quo_status price_case(const struct job *job, const struct quo_marketbook_case *one,
                                  const struct quo_policy *policy, struct quo_protocol *protocol,
                                  struct quo_workspace *workspace, struct quo_payoutmemo *memo, struct result *to)
{
    struct quo_score score;
    enum quo_status status = score_of(job->engine, policy ? policy->protocol : protocol, &score);
    to->annual = calloc(policies_of(one), sizeof *to->annual);
    if (!to->annual)
        return QUO_MACHINE;
    if (policy)
        return status ? status : price_one(job, policy, &score, workspace, memo, to, &to->annual[0], !one->again);
    for (size_t i = 0; i < one->n && status == QUO_OK; i++) {
        struct quo_cover cover;
        struct quo_policy row;
        quo_bookpolicy_expand(&job->book->row[one->first + i], protocol, &cover, &row);
        status = price_one(job, &row, &score, workspace, memo, to, &to->annual[i], i == 0);
    }
    return status;
}

/* State 0: as it is; 1 .. n: one change; n + 1: all. */
static enum quo_status play_state(const struct job *job, size_t c, size_t state, struct quo_workspace *workspace,
                                  struct quo_payoutmemo *memo)
{
    const struct quo_marketbook_case *one = &job->book->one[c];
    struct result *to = &job->result[c * job->states + state];
    struct quo_faults quiet;
    struct quo_config *config = NULL;
    struct quo_policy *policy = NULL;
    struct quo_protocol *protocol = NULL;
    quo_faults_init(&quiet);
    enum quo_status status = quo_config_copy(one->config, &config, &quiet);
    for (size_t i = 0; i < job->plan->n_changes && job->chosen[c] && status == QUO_OK; i++)
        if (state == i + 1 || state == job->states - 1)
            status = adopt(job, one, &job->plan->change[i], &config, &quiet, to);
    if (status == QUO_OK)
        status = read_variant(job, one, config, &quiet, &policy, &protocol);
    if (status == QUO_REFUSED && state > 0) { /* the reader refuses what the paths allowed: as it is */
        quo_config_close(config);
        config = NULL;
        to->adopted = false;
        to->unfit = true;
        to->cost = 0.0;
        status = quo_config_copy(one->config, &config, &quiet);
        if (status == QUO_OK)
            status = read_variant(job, one, config, &quiet, &policy, &protocol);
    }
    if (status == QUO_OK)
        status = price_case(job, one, policy, protocol, workspace, memo, to);
    quo_policy_free(policy);
    quo_protocol_free(protocol);
    quo_config_close(config);
    quo_faults_free(&quiet);
    return status;
}

static enum quo_status play_all(const struct job *job)
{
    enum quo_status failed = QUO_OK;
#pragma omp parallel
    {
        struct quo_workspace *workspace = quo_workspace_new();
        struct quo_payoutmemo *memo = quo_payoutmemo_new();
#pragma omp for schedule(dynamic)
        for (size_t c = 0; c < job->book->n; c++)
            for (size_t state = 0; state < job->states; state++) {
                const enum quo_status status =
                    workspace && memo ? play_state(job, c, state, workspace, memo) : QUO_MACHINE;
                job->failed[c] |= status != QUO_OK;
                if (status == QUO_MACHINE) {
#pragma omp atomic write
                    failed = QUO_MACHINE;
                }
            }
        quo_payoutmemo_free(memo);
        quo_workspace_free(workspace);
    }
    return failed;
}

/* Over the cases in their order: the same for any number of threads. */
static enum quo_status sum_state(const struct job *job, size_t state, struct quo_scenario_state *out)
{
    struct quo_booksum sum;
    enum quo_status status = quo_booksum_begin(&sum);
    for (size_t c = 0; c < job->book->n && status == QUO_OK; c++) {
        const struct result *r = &job->result[c * job->states + state];
        if (job->failed[c])
            continue;
        out->premium += r->premium;
        out->expected_payout += r->expected_payout;
        out->tail_alone += r->tail_alone;
        out->adopted += r->adopted && !job->book->one[c].again;
        out->unfit += r->unfit && !job->book->one[c].again;
        out->cost_per_year += job->book->one[c].again ? 0.0 : r->cost;
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            out->loss[p] += r->loss[p];
            out->loss_usd += quo_peril_in_hours((enum quo_peril)p) ? 0.0 : r->loss[p];
        }
        for (size_t i = 0; i < policies_of(&job->book->one[c]) && status == QUO_OK; i++)
            status = quo_booksum_add(&sum, &r->annual[i]);
    }
    if (status == QUO_OK)
        status = quo_booksum_tvar(&sum, 0.99, &out->tail_independent);
    quo_booksum_end(&sum);
    return status;
}

/* Which cases adopt; a name that no case has is told. */
static enum quo_status choose(const struct quo_marketbook *book, const char *const *only, size_t n_only, bool *chosen,
                              struct quo_scenario *out, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t c = 0; c < book->n; c++)
        chosen[c] = n_only == 0;
    for (size_t i = 0; i < n_only; i++) {
        bool found = false;
        for (size_t c = 0; c < book->n; c++)
            if (strcmp(book->one[c].protocol_id, only[i]) == 0)
                found = chosen[c] = true;
        if (!found)
            status =
                quo_faults_add(faults, QUO_REFUSED, "--only", 0, "ids of protocols that a policy of the book covers",
                               "no protocol '%s' in this book", only[i]);
    }
    for (size_t c = 0; c < book->n; c++)
        out->n_chosen += chosen[c] && !book->one[c].again;
    return status;
}

static void free_results(struct job *job)
{
    for (size_t c = 0; job->result && c < job->book->n; c++)
        for (size_t state = 0; state < job->states; state++) {
            struct result *r = &job->result[c * job->states + state];
            for (size_t i = 0; r->annual && i < policies_of(&job->book->one[c]); i++)
                quo_lattice_free(&r->annual[i]);
            free(r->annual);
        }
    free(job->result);
    free(job->failed);
}

enum quo_status quo_scenario_play(const struct quo_engine *engine, const struct quo_marketbook *book,
                                  const struct quo_plan *plan, const char *const *only, size_t n_only, uint64_t seed,
                                  struct quo_scenario *out, struct quo_faults *faults)
{
    *out = (struct quo_scenario){
        .plan = plan, .n_policies = book->n_policies, .n_protocols = book->n_protocols, .bad_rows = book->bad};
    bool *chosen = calloc(book->n + 1, sizeof *chosen);
    struct job job = {
        .engine = engine, .book = book, .plan = plan, .chosen = chosen, .seed = seed, .states = plan->n_changes + 2};
    job.result = calloc(book->n * job.states + 1, sizeof *job.result);
    job.failed = calloc(book->n + 1, sizeof *job.failed);
    out->alone = calloc(plan->n_changes + 1, sizeof *out->alone);
    enum quo_status status = chosen && job.result && job.failed && out->alone ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = choose(book, only, n_only, chosen, out, faults);
    if (status == QUO_OK)
        status = play_all(&job);
    for (size_t c = 0; c < book->n && status == QUO_OK; c++)
        out->unpriced += job.failed[c] ? policies_of(&book->one[c]) : 0;
    if (status == QUO_OK)
        status = sum_state(&job, 0, &out->base);
    for (size_t i = 0; i < plan->n_changes && status == QUO_OK; i++)
        status = sum_state(&job, i + 1, &out->alone[i]);
    if (status == QUO_OK)
        status = sum_state(&job, job.states - 1, &out->all);
    free_results(&job);
    free(chosen);
    if (status)
        quo_scenario_free(out);
    return status;
}

void quo_scenario_free(struct quo_scenario *scenario)
{
    if (!scenario)
        return;
    free(scenario->alone);
    memset(scenario, 0, sizeof *scenario);
}
