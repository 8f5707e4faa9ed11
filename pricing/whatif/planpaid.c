#include "pricing/whatif/planpaid.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/policylaw.h"

void quo_planpremium_free(struct quo_planpremium *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < QUO_PERILS; i++) {
        free(p->events_least[i]);
        free(p->events_most[i]);
        free(p->worth[i]);
    }
    quo_boundyear_free(&p->least);
    quo_boundyear_free(&p->most);
    void *const own[] = {p->alarm_least, p->alarm_most, p->slope, p->back, p};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        free(own[i]);
}

__attribute__((target_clones("default", "avx2", "avx512f"))) static void stretch(const float *above, size_t n, double least, double most, double *low, double *high)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const double a = least * (double)above[j], z = most * (double)above[j];
        low[j] = a < low[j] ? a : low[j];
        high[j] = z > high[j] ? z : high[j];
    }
}

/* At each amount the least and the most that any state of the peril brings at or above it; high[] 0. */
static bool envelopes(const struct quo_planbound *b, size_t i, double *low, double *high)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_periltable *t = &w->table[i];
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double *least = malloc(t->n_laws * sizeof *least), *most = calloc(t->n_laws, sizeof *most);
    const bool made = low && high && least && most;
    for (size_t k = 0; made && k < t->n_laws; k++)
        least[k] = INFINITY;
    for (size_t z = 0; made && z < (size_t)1 << p->n_both; z++) {
        const double e_most = p->e[z * often + p->order[z * often]], e_least = p->e[z * often + p->order[z * often + often - 1]];
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            const double s = b->rate_slope[i][k];
            const unsigned law = b->law[i][k];
            least[law] = fmin(least[law], t->untouched + s * e_least);
            most[law] = fmax(most[law], t->untouched + s * e_most);
        }
    }
    const double claims = w->shape + w->claims, few = t->money ? claims / b->d_most : 1.0, many = t->money ? claims / b->d_least : 1.0;
    for (size_t j = 0; made && j < w->points; j++)
        low[j] = INFINITY;
    for (size_t k = 0; made && k < b->n_used[i]; k++) {
        const unsigned law = b->used[i][k];
        const float *above = t->laws[law].above;
        stretch(above, w->points, few * least[law], many * most[law], low, high);
    }
    free(least);
    free(most);
    return made;
}

/* Of the peril's events those that pay anything: least and most of rate x pays. */
static void add_paying(const struct quo_planbound *b, size_t i, struct quo_planshared *shared)
{
    const struct quo_periltable *t = &b->ask->world->table[i];
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    double least = INFINITY, most = 0.0;
    for (size_t z = 0; z < (size_t)1 << p->n_both; z++) {
        const double e_most = p->e[z * often + p->order[z * often]], e_least = p->e[z * often + p->order[z * often + often - 1]];
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            const double pays = t->laws[b->law[i][k]].pays, s = b->rate_slope[i][k];
            least = fmin(least, pays * (t->untouched + s * e_least));
            most = fmax(most, pays * (t->untouched + s * e_most));
        }
    }
    shared->paying_least += least;
    shared->paying_most += most;
}

/* False alarms pay what true events pay that pay, in the proportion of those [coverlaw.c]: alone or shared. */
static void sort_alarms(const struct quo_planbound *b, struct quo_planpremium *p)
{
    const struct quo_planworld *w = b->ask->world;
    p->shared = (struct quo_planshared){.cover = -1};
    for (size_t c = 0; c < w->policy->n_covers; c++) {
        const double rate = w->policy->cover[c].trigger.false_alarm_per_year * w->policy->term_days / 365.0;
        struct quo_planshared one = {.cover = (int)c, .rate = rate};
        size_t tables = 0, last = 0;
        bool money = true;
        for (size_t i = 0; i < w->n_tables && rate > 0.0; i++)
            if (w->cover[i] == (int)c) {
                tables++;
                last = i;
                money = money && w->table[i].money;
                add_paying(b, i, &one);
            }
        if (tables == 1)
            p->alone[last] = rate;
        else if (tables && money && one.paying_least > 0.0 && rate > p->shared.rate)
            p->shared = one;
    }
}

/* back[entry of the piece]: a premium with its reinstatement credit s is 1 - s of that without; s/(1 - s) at most, of the states that an entry stands
 * for. What comes back rises with the rate, and falls with what the other covers are expected to pay. */
static bool credits(const struct quo_planbound *b, struct quo_planpremium *own)
{
    const struct quo_planworld *w = b->ask->world;
    if (w->back_table < 0)
        return true;
    const size_t i = (size_t)w->back_table;
    const struct quo_splitpiece *p = &b->piece[i];
    const size_t often = (size_t)1 << p->n_often, rest = (size_t)1 << p->n_rest;
    const double many = w->table[i].money ? (w->shape + w->claims) / b->d_least : 1.0;
    double others = 0.0;
    for (size_t c = 0; c < w->policy->n_covers; c++)
        others += (int)c == w->back_cover ? 0.0 : own->least.expected[c];
    own->back = malloc(((size_t)1 << (p->n_both + p->n_rest)) * sizeof *own->back);
    for (size_t z = 0; own->back && z < (size_t)1 << p->n_both; z++)
        for (size_t k = z * rest; k < (z + 1) * rest; k++) {
            struct quo_planback one;
            const double rate = w->table[i].untouched + b->rate_slope[i][k] * p->e[z * often + p->order[z * often]];
            if (!quo_planworld_back(w, &w->lane[b->ask->lane], many * rate, b->law[i][k], &one))
                return false;
            const double share = one.expected > 0.0 ? one.back / (one.expected + others) : 0.0;
            if (!(share < 1.0))
                return false;
            own->back[k] = share / (1.0 - share);
        }
    return own->back != NULL;
}

static void fill_alarms(const struct quo_planbound *b, struct quo_planpremium *p, double **least, double **most)
{
    const struct quo_planworld *w = b->ask->world;
    for (size_t c = 0; c < w->policy->n_covers; c++) {
        const double rate = w->policy->cover[c].trigger.false_alarm_per_year * w->policy->term_days / 365.0;
        least[c] = p->alarm_least + c * w->points;
        most[c] = p->alarm_most + c * w->points;
        for (size_t k = 0; k < w->points; k++) {
            least[c][k] = rate * w->alarm_least[c * w->points + k];
            most[c][k] = rate * w->alarm_most[c * w->points + k];
        }
    }
}

struct quo_planpremium *quo_planpaid_new(const struct quo_planbound *b)
{
    const struct quo_planworld *w = b->ask->world;
    const struct quo_policy *policy = w->policy;
    const struct quo_planlane *lane = &w->lane[b->ask->lane];
    const size_t all = policy->n_covers * w->points;
    double *least[QUO_PERILS * 8], *most[QUO_PERILS * 8];
    struct quo_planpremium *p = calloc(1, sizeof *p);
    if (!p || policy->n_covers > sizeof least / sizeof *least) {
        free(p);
        return NULL;
    }
    p->alarm_least = malloc(all * sizeof *p->alarm_least);
    p->alarm_most = malloc(all * sizeof *p->alarm_most);
    p->slope = malloc(all * sizeof *p->slope);
    bool made = p->alarm_least && p->alarm_most && p->slope;
    for (size_t i = 0; i < w->n_tables && made; i++) {
        const enum quo_peril peril = w->table[i].peril;
        p->worth[i] = calloc(w->table[i].n_laws, sizeof **p->worth);
        made = p->worth[i] != NULL;
        if (w->cover[i] < 0 || !made)
            continue;
        p->events_least[peril] = malloc(w->points * sizeof(double));
        p->events_most[peril] = calloc(w->points, sizeof(double));
        made = envelopes(b, i, p->events_least[peril], p->events_most[peril]);
        p->tilt[i] = !made ? 0.0 : isinf(w->size[peril]) ? 1.0 : fmax(0.0, 1.0 - p->events_most[peril][0] / w->size[peril]);
    }
    if (made)
        fill_alarms(b, p, least, most);
    made = made && quo_boundyear_new(policy, &lane->grid, &lane->sums, &p->least) &&
           quo_boundyear_new(policy, &lane->grid, &lane->sums, &p->most) &&
           quo_boundyear_fill(&p->least, p->events_least, w->size, least, w->points) &&
           quo_boundyear_fill(&p->most, p->events_most, w->size, most, w->points) && credits(b, p);
    sort_alarms(b, p);
    if (made)
        return p;
    quo_planpremium_free(p);
    return NULL;
}
