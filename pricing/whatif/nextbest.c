#include "pricing/whatif/nextbest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/money.h"
#include "risk/base/text.h"

void quo_nextbest_free(struct quo_nextbest *b)
{
    if (!b)
        return;
    free(b->policy_id);
    free(b->insured);
    free(b->currency);
    free(b->next);
    memset(b, 0, sizeof *b);
}

/* Every step that there is: candidates[2 * n_controls]. */
static size_t list_steps(const struct quo_catalogue *catalogue, const struct quo_policy *policy,
                         const struct quo_effort *effort, struct quo_next *out)
{
    size_t n = 0;
    for (size_t c = 0; c < catalogue->n_controls; c++) {
        const struct quo_answer *answer = quo_protocol_answer(policy->protocol, (int)c);
        if ((answer && answer->not_applicable) || (catalogue->control[c].bridge_only && !policy->protocol->bridge))
            continue;
        const int from = answer ? answer->level : -1, level = from > 0 ? from : 0,
                  evidence = answer ? answer->evidence : 0;
        const int shown = evidence > effort->evidence ? evidence : effort->evidence;
        if (level + 1 < QUO_LEVELS)
            out[n++] = (struct quo_next){.control = (int)c,
                                         .from_level = from,
                                         .level = level + 1,
                                         .evidence = shown,
                                         .class = effort->step[c][level + 1]};
        if (level > 0 && evidence < effort->proof_evidence)
            out[n++] = (struct quo_next){.control = (int)c,
                                         .proof = true,
                                         .from_level = from,
                                         .level = level,
                                         .evidence = effort->proof_evidence,
                                         .class = effort->proof_class};
    }
    for (size_t i = 0; i < n; i++)
        out[i].cost_per_year = effort->class[out[i].class].cost_per_year / policy->usd_per_unit;
    return n;
}

static bool add_setting(struct quo_change *change, const char *control, const char *what, int value)
{
    char path[160], text[16];
    snprintf(path, sizeof path, "protocol.answers.%.100s.%s", control, what);
    snprintf(text, sizeof text, "%d", value);
    struct quo_plan_setting *set = &change->set[change->n_sets++];
    *set = (struct quo_plan_setting){quo_text_copy(path), quo_text_copy(text), 0};
    return set->path && set->value;
}

/* Steps as changes. */
static struct quo_plan *plan_of(const struct quo_catalogue *catalogue, const struct quo_next *next, size_t n)
{
    struct quo_plan *plan = calloc(1, sizeof *plan);
    if (plan)
        plan->change = calloc(n + 1, sizeof *plan->change);
    bool made = plan && plan->change;
    for (size_t i = 0; i < n && made; i++) {
        struct quo_change *change = &plan->change[plan->n_changes++];
        const char *control = catalogue->control[next[i].control].id;
        change->id = quo_text_copy(control);
        change->set = calloc(2, sizeof *change->set);
        change->cost_per_year = next[i].cost_per_year;
        made = change->id && change->set && add_setting(change, control, "level", next[i].level) &&
               add_setting(change, control, "evidence", next[i].evidence);
    }
    if (!made) {
        quo_plan_free(plan);
        return NULL;
    }
    return plan;
}

/* At most QUO_SUBSET_MAX steps at a time, each on its own. */
static enum quo_status price_steps(const struct quo_engine *engine, struct quo_variants *variants,
                                   const struct quo_values_options *options, struct quo_next *next, size_t n,
                                   struct quo_outcome *base)
{
    struct quo_plan *plan = plan_of(engine->catalogue, next, n);
    struct quo_values *values = NULL;
    struct quo_subset wanted[QUO_SUBSET_MAX + 1];
    if (!plan)
        return QUO_MACHINE;
    quo_variants_replace(variants, plan);
    enum quo_status status = quo_values_new(engine, variants, options, &values);
    wanted[n] = quo_subset_none();
    for (size_t i = 0; i < n; i++)
        wanted[i] = quo_subset_with(quo_subset_none(), i);
    if (status == QUO_OK)
        status = quo_values_fill(values, wanted, n + 1);
    if (status == QUO_OK)
        status = quo_values_get(values, wanted[n], base);
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        status = quo_values_get(values, wanted[i], &next[i].outcome);
        next[i].saving = quo_money_rounded(base->gross_premium - next[i].outcome.gross_premium);
    }
    quo_values_free(values);
    return status;
}

static int by_saving(const void *a, const void *b)
{
    const struct quo_next *x = a, *y = b;
    if (x->saving != y->saving)
        return x->saving > y->saving ? -1 : 1;
    return x->control != y->control ? x->control - y->control : (int)x->proof - (int)y->proof;
}

static enum quo_status describe(const struct quo_policy *policy, struct quo_nextbest *out)
{
    out->policy_id = quo_text_copy(policy->id);
    out->insured = quo_text_copy(policy->insured ? policy->insured : policy->protocol->name);
    out->currency = quo_text_copy(policy->currency);
    out->term_years = policy->term_days / 365.0;
    return out->policy_id && out->insured && out->currency ? QUO_OK : QUO_MACHINE;
}

enum quo_status quo_nextbest_find(const struct quo_engine *engine, struct quo_variants *variants,
                                  const struct quo_effort *effort, const struct quo_values_options *options,
                                  struct quo_nextbest *out)
{
    memset(out, 0, sizeof *out);
    struct quo_policy *policy = NULL;
    enum quo_status status = quo_variants_policy(variants, quo_subset_none(), &policy, NULL);
    if (status == QUO_OK)
        status = describe(policy, out);
    if (status == QUO_OK && !(out->next = calloc(2 * engine->catalogue->n_controls + 1, sizeof *out->next)))
        status = QUO_MACHINE;
    if (status == QUO_OK)
        out->tried = list_steps(engine->catalogue, policy, effort, out->next);
    for (size_t i = 0; i < out->tried && status == QUO_OK; i += QUO_SUBSET_MAX) {
        const size_t left = out->tried - i;
        status = price_steps(engine, variants, options, out->next + i, left < QUO_SUBSET_MAX ? left : QUO_SUBSET_MAX,
                             &out->base);
    }
    quo_policy_free(policy);
    if (status) {
        quo_nextbest_free(out);
        return status;
    }
    qsort(out->next, out->tried, sizeof *out->next, by_saving);
    while (out->n < out->tried && out->next[out->n].saving > 0.0)
        out->n++;
    return QUO_OK;
}
