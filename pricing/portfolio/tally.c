#include "pricing/portfolio/tally.h"

#include <stdlib.h>
#include <string.h>

enum quo_status quo_tally_new(const struct quo_shocks *shocks, size_t added, struct quo_tally *out)
{
    memset(out, 0, sizeof *out);
    out->policies = shocks->exposures->n_policies;
    out->shocks = shocks->n;
    out->added = added;
    out->policy = calloc(out->policies + 1, sizeof *out->policy);
    out->square = calloc(out->policies + 1, sizeof *out->square);
    out->shock = calloc(out->shocks + 1, sizeof *out->shock);
    if (out->policy && out->square && out->shock)
        return QUO_OK;
    quo_tally_free(out);
    return QUO_MACHINE;
}

void quo_tally_free(struct quo_tally *tally)
{
    if (!tally)
        return;
    free(tally->policy);
    free(tally->square);
    free(tally->shock);
    memset(tally, 0, sizeof *tally);
}

void quo_tally_join(struct quo_tally *t, const struct quo_tally *other)
{
    for (size_t i = 0; i < t->policies; i++) {
        t->policy[i] += other->policy[i];
        t->square[i] += other->square[i];
    }
    for (size_t i = 0; i < t->shocks; i++)
        t->shock[i] += other->shock[i];
    for (int p = 0; p < QUO_TALLY_PERILS; p++)
        t->peril[p] += other->peril[p];
    t->own += other->own;
    t->passed_on += other->passed_on;
}

/* In four parts of 32 bits: each part's sum over ranks fits. */
enum quo_status quo_tally_gather_wide(quo_wide *x, size_t n, const struct quo_ranks *ranks)
{
    int64_t *part = malloc((4 * n + 1) * sizeof *part);
    if (!part)
        return QUO_MACHINE;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 4; k++)
            part[4 * i + (size_t)k] = (int64_t)((uint64_t)(x[i] >> 32 * k) & UINT32_MAX);
    const bool good = ranks->sum(ranks->context, part, 4 * n);
    for (size_t i = 0; i < n && good; i++) {
        x[i] = 0;
        for (int k = 0; k < 4; k++)
            x[i] += (quo_wide)(uint64_t)part[4 * i + (size_t)k] << 32 * k;
    }
    free(part);
    return good ? QUO_OK : QUO_MACHINE;
}

enum quo_status quo_tally_gather(struct quo_tally *t, const struct quo_ranks *ranks)
{
    int64_t two[2] = {t->own, t->passed_on};
    if (!ranks->sum(ranks->context, t->policy, t->policies) || !ranks->sum(ranks->context, t->shock, t->shocks) ||
        !ranks->sum(ranks->context, t->peril, QUO_TALLY_PERILS) || !ranks->sum(ranks->context, two, 2))
        return QUO_MACHINE;
    t->own = two[0];
    t->passed_on = two[1];
    return quo_tally_gather_wide(t->square, t->policies, ranks);
}
