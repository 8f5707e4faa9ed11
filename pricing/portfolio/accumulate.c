#include "pricing/portfolio/accumulate.h"

#include <stdlib.h>
#include <string.h>

const char *quo_accumulation_kind_id(enum quo_accumulation_kind kind)
{
    static const char *const ids[QUO_ACCUMULATIONS] = {"vendor", "organisation", "bridge", "chain", "peril", "cause"};
    return kind >= 0 && kind < QUO_ACCUMULATIONS ? ids[kind] : "unknown";
}

struct work {
    const struct quo_shocks *shocks;
    const struct quo_exposures *exposures;
    const struct quo_tally *all, *above, *at;
    struct quo_portfolio *portfolio;
    size_t room;
    /* By protocol. */
    size_t *policies;
    double *expected, *tail, *limit;
    uint32_t *at_name;   /* accumulation + 1 of each tie's name; 0: none yet */
    uint32_t *last_risk; /* protocol + 1 that was added to it last: a name counts once for a protocol */
};

static double tail_of(const struct work *w, int64_t above, int64_t at)
{
    return 0.01 * ((double)above + w->portfolio->tail.share_at * (double)at) / w->portfolio->tail.years;
}

static double mean_of(const struct work *w, int64_t cents)
{
    return 0.01 * (double)cents / (double)w->portfolio->years;
}

static struct quo_accumulation *add(struct work *w, enum quo_accumulation_kind kind, const char *name)
{
    struct quo_portfolio *p = w->portfolio;
    if (!quo_exposures_room((void **)&p->accumulation, &w->room, p->n_accumulations, sizeof *p->accumulation))
        return NULL;
    struct quo_accumulation *a = &p->accumulation[p->n_accumulations++];
    *a = (struct quo_accumulation){.kind = kind, .name = name};
    return a;
}

static void add_risk(const struct work *w, struct quo_accumulation *a, size_t i)
{
    a->protocols++;
    a->policies += w->policies[i];
    a->limit_exposed += w->limit[i];
    a->expected += w->expected[i];
    a->tail += w->tail[i];
}

const char *quo_accumulation_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

enum quo_accumulation_kind quo_accumulation_kind_of(const char *name)
{
    if (strncmp(name, "org:", 4) == 0 || strncmp(name, "person:", 7) == 0)
        return QUO_ACCUMULATION_ORGANISATION;
    if (strncmp(name, "bridge:", 7) == 0)
        return QUO_ACCUMULATION_BRIDGE;
    return strncmp(name, "chain:", 6) == 0 ? QUO_ACCUMULATION_CHAIN : QUO_ACCUMULATION_VENDOR;
}

/* Everything that ties name: vendors, organisations, bridges, chains. */
static enum quo_status by_name(struct work *w, struct quo_nameindex *names)
{
    for (size_t i = 0; i < w->exposures->n_risks; i++) {
        const struct quo_ties *ties = &w->exposures->risk[i].ties;
        for (size_t k = 0; k < ties->n && w->policies[i]; k++) {
            const size_t before = names->n;
            const long at = quo_nameindex_add(names, ties->tie[k].name);
            if (at < 0)
                return QUO_MACHINE;
            if ((size_t)at == before) {
                size_t room = before, rooms = before;
                if (!quo_exposures_room((void **)&w->at_name, &room, before, sizeof *w->at_name) ||
                    !quo_exposures_room((void **)&w->last_risk, &rooms, before, sizeof *w->last_risk) ||
                    !add(w, quo_accumulation_kind_of(ties->tie[k].name), ties->tie[k].name))
                    return QUO_MACHINE;
                w->at_name[at] = (uint32_t)w->portfolio->n_accumulations - 1;
                w->last_risk[at] = 0;
            }
            if (w->last_risk[at] == i + 1)
                continue;
            w->last_risk[at] = (uint32_t)i + 1;
            add_risk(w, &w->portfolio->accumulation[w->at_name[at]], i);
        }
    }
    for (size_t k = 0; k < w->shocks->n; k++) {
        const long at = quo_nameindex_find(names, w->shocks->names.name[w->shocks->shock[k].name]);
        if (at < 0)
            continue;
        struct quo_accumulation *a = &w->portfolio->accumulation[w->at_name[at]];
        a->shock_expected += mean_of(w, w->all->shock[k]);
        a->shock_tail += tail_of(w, w->above->shock[k], w->at->shock[k]);
    }
    return QUO_OK;
}

static enum quo_status by_peril(struct work *w)
{
    const struct quo_exposures *e = w->exposures;
    for (int p = 0; p < QUO_TALLY_PERILS; p++) {
        if (w->all->peril[p] == 0)
            continue;
        struct quo_accumulation *a = add(w, QUO_ACCUMULATION_PERIL,
                                         p < QUO_PERILS    ? quo_peril_id((enum quo_peril)p)
                                         : p == QUO_PERILS ? "false_alarm"
                                                           : "market_loss");
        if (!a)
            return QUO_MACHINE;
        for (size_t i = 0; i < w->portfolio->policies; i++)
            if (p < QUO_PERILS && (e->policy[i].perils >> p & 1u)) {
                a->policies++;
                a->limit_exposed += quo_exposures_limit(e, i);
            }
        for (size_t i = 0; i < e->n_market_rows && p == QUO_PERILS + 1; i++) {
            const uint32_t policy = e->market_row[i].row.policy;
            bool counted = policy >= w->portfolio->policies; /* of several such covers the first counts */
            for (size_t k = 0; k < i && !counted; k++)
                counted = e->market_row[k].row.policy == policy;
            a->policies += !counted;
            a->limit_exposed += counted ? 0.0 : quo_exposures_limit(e, policy);
        }
        for (size_t i = 0; i < e->n_risks; i++)
            a->protocols += p < QUO_PERILS && (e->risk[i].covered >> p & 1u);
        a->expected = mean_of(w, w->all->peril[p]);
        a->tail = tail_of(w, w->above->peril[p], w->at->peril[p]);
    }
    return QUO_OK;
}

/* The cause of what covers of the market's loss pay is the market, and a line where there are some. */
static enum quo_status by_cause(struct work *w)
{
    int64_t all[5] = {w->all->own, 0, 0}, above[5] = {w->above->own, 0, 0}, at[5] = {w->at->own, 0, 0};
    static const char *const names[] = {"own", "vendor", "campaign", "false_alarm", "market_loss"};
    for (size_t k = 0; k < w->shocks->n; k++) {
        const int to = (long)k == w->shocks->campaign ? 2 : 1;
        all[to] += w->all->shock[k];
        above[to] += w->above->shock[k];
        at[to] += w->at->shock[k];
    }
    for (int k = 0; k < 2; k++) {
        all[3 + k] = w->all->peril[QUO_PERILS + k];
        above[3 + k] = w->above->peril[QUO_PERILS + k];
        at[3 + k] = w->at->peril[QUO_PERILS + k];
    }
    for (int c = 0; c < (w->exposures->n_market_rows ? 5 : 4); c++) {
        struct quo_accumulation *a = add(w, QUO_ACCUMULATION_CAUSE, names[c]);
        if (!a)
            return QUO_MACHINE;
        a->policies = w->portfolio->policies;
        a->protocols = w->portfolio->protocols;
        a->expected = mean_of(w, all[c]);
        a->tail = tail_of(w, above[c], at[c]);
    }
    return QUO_OK;
}

static int larger(const void *a, const void *b)
{
    const struct quo_accumulation *x = a, *y = b;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    if (x->tail != y->tail)
        return x->tail > y->tail ? -1 : 1;
    if (x->limit_exposed != y->limit_exposed)
        return x->limit_exposed > y->limit_exposed ? -1 : 1;
    return strcmp(x->name, y->name);
}

enum quo_status quo_accumulate(const struct quo_shocks *shocks, const struct quo_tally *all,
                               const struct quo_tally *above, const struct quo_tally *at,
                               struct quo_portfolio *portfolio)
{
    const struct quo_exposures *e = shocks->exposures;
    struct quo_nameindex names = {0};
    struct work w = {.shocks = shocks, .exposures = e, .all = all, .above = above, .at = at, .portfolio = portfolio};
    w.policies = calloc(e->n_risks + 1, sizeof *w.policies);
    w.expected = calloc(e->n_risks + 1, sizeof *w.expected);
    w.tail = calloc(e->n_risks + 1, sizeof *w.tail);
    w.limit = calloc(e->n_risks + 1, sizeof *w.limit);
    enum quo_status status = w.policies && w.expected && w.tail && w.limit ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < portfolio->policies && status == QUO_OK; i++) {
        w.policies[e->policy[i].risk]++;
        w.expected[e->policy[i].risk] += portfolio->contribution[i].expected.value;
        w.limit[e->policy[i].risk] += quo_exposures_limit(e, i);
        w.tail[e->policy[i].risk] += portfolio->contribution[i].tail.value;
    }
    if (status == QUO_OK)
        status = by_name(&w, &names);
    if (status == QUO_OK)
        status = by_peril(&w);
    if (status == QUO_OK)
        status = by_cause(&w);
    if (status == QUO_OK)
        qsort(portfolio->accumulation, portfolio->n_accumulations, sizeof *portfolio->accumulation, larger);
    quo_nameindex_free(&names);
    free(w.policies);
    free(w.expected);
    free(w.tail);
    free(w.limit);
    free(w.at_name);
    free(w.last_risk);
    return status;
}
