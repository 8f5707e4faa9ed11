#include "pricing/portfolio/lawshare.h"

#include <stdlib.h>
#include <string.h>

/* Words that are written, or counted where there is no room yet, or read. */
struct words {
    int64_t *at;
    size_t n;
    bool writes;
};

static void whole(struct words *w, int64_t *x)
{
    if (w->at && w->writes)
        w->at[w->n] = *x;
    else if (w->at)
        *x = w->at[w->n];
    w->n++;
}

static void real(struct words *w, double *x)
{
    int64_t bits;
    memcpy(&bits, x, sizeof bits);
    whole(w, &bits);
    memcpy(x, &bits, sizeof bits);
}

/* wanted: else it stays empty on both sides. false: no memory. */
static bool lattice(struct words *w, struct quo_lattice *l, bool wanted)
{
    int64_t n = wanted && w->writes ? (int64_t)l->n : 0;
    whole(w, &n);
    real(w, &l->step);
    if (!w->writes && n > 0 && quo_lattice_new(l->step, (size_t)n, l) != QUO_OK)
        return false;
    for (int64_t k = 0; k < n; k++)
        real(w, &l->mass[k]);
    return true;
}

/* All of a struct but its lattices and pointers, whichever fields it has; those are the reader's to set. */
static void numbers(struct words *w, void *all, size_t size)
{
    for (size_t k = 0; k < size / sizeof(int64_t); k++) {
        int64_t word;
        memcpy(&word, (char *)all + k * sizeof word, sizeof word);
        whole(w, &word);
        memcpy((char *)all + k * sizeof word, &word, sizeof word);
    }
}
_Static_assert(sizeof(struct quo_coverlaw) % sizeof(int64_t) == 0 && sizeof(struct quo_policylaw) % sizeof(int64_t) == 0,
               "whole words");

static bool cover(struct words *w, struct quo_coverlaw *c)
{
    const struct quo_lattice event = c->event, annual = c->annual;
    numbers(w, c, sizeof *c);
    c->event = w->writes ? event : (struct quo_lattice){0};
    c->annual = w->writes ? annual : (struct quo_lattice){0};
    return lattice(w, &c->event, c->false_alarms > 0.0);
}

static bool one(struct words *w, enum quo_status *outcome, size_t n_covers, struct quo_policylaw *law)
{
    int64_t status = *outcome;
    whole(w, &status);
    if (!w->writes)
        *outcome = (enum quo_status)status;
    if (*outcome)
        return true;
    const struct quo_lattice annual = law->annual;
    struct quo_coverlaw *const covers = law->cover;
    numbers(w, law, sizeof *law);
    law->cover = covers;
    law->annual = w->writes ? annual : (struct quo_lattice){0};
    bool good = lattice(w, &law->annual, true);
    for (size_t c = 0; c < n_covers && good; c++)
        good = cover(w, &law->cover[c]);
    return good;
}

/* Reads another rank's; where that fails it has no law. */
static bool take(struct words *w, const struct quo_policy *policy, enum quo_status *outcome, struct quo_policylaw *law)
{
    *outcome = QUO_OK;
    *law = (struct quo_policylaw){.cover = calloc(policy->n_covers + 1, sizeof *law->cover), .n_covers = policy->n_covers};
    const bool good = law->cover && one(w, outcome, policy->n_covers, law);
    if (!good)
        *outcome = QUO_MACHINE;
    if (*outcome)
        quo_policylaw_free(law);
    return good;
}

enum quo_status quo_lawshare(const struct quo_ranks *ranks, const bool *mine, const struct quo_policy *const *policy, size_t n,
                             enum quo_status *outcome, struct quo_policylaw *law)
{
    int64_t *size = calloc(n + 1, sizeof *size), *all = NULL;
    size_t total = 0;
    for (size_t i = 0; i < n && size; i++) {
        struct words count = {.writes = true};
        if (mine[i])
            one(&count, &outcome[i], policy[i]->n_covers, &law[i]);
        else
            outcome[i] = QUO_MACHINE; /* until it is here */
        size[i] = (int64_t)count.n;
    }
    bool good = size && ranks->sum(ranks->context, size, n);
    for (size_t i = 0; i < n && good; i++)
        total += (size_t)size[i];
    good = good && (all = calloc(total + 1, sizeof *all));
    size_t at = 0;
    for (size_t i = 0; i < n && good; at += (size_t)size[i++])
        if (mine[i])
            one(&(struct words){all + at, 0, true}, &outcome[i], policy[i]->n_covers, &law[i]);
    good = good && ranks->sum(ranks->context, all, total); /* each word is one rank's and zero at all others */
    at = 0;
    for (size_t i = 0; i < n && good; at += (size_t)size[i++])
        if (!mine[i])
            good = take(&(struct words){all + at, 0, false}, policy[i], &outcome[i], &law[i]);
    free(size);
    free(all);
    return good ? QUO_OK : QUO_MACHINE;
}
