#include "pricing/portfolio/contagion.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/hazard.h"

void quo_passings_free(struct quo_passings *p)
{
    free(p->passing);
    *p = (struct quo_passings){0};
}

static enum quo_status add(struct quo_passings *all, long from, long to, quo_peril_set perils, double chance, bool bridge)
{
    if (from == to)
        return QUO_OK;
    if (all->n == all->room) {
        const size_t room = 2 * all->room + 16;
        struct quo_passing *grown = realloc(all->passing, room * sizeof *grown);
        if (!grown)
            return QUO_MACHINE;
        all->passing = grown;
        all->room = room;
    }
    all->passing[all->n++] = (struct quo_passing){(uint32_t)from, (uint32_t)to, perils, chance, bridge};
    return QUO_OK;
}

static quo_peril_set money_perils(void)
{
    quo_peril_set set = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (!quo_peril_in_hours((enum quo_peril)p))
            set |= (quo_peril_set)1 << p;
    return set;
}

enum quo_status quo_passings_find(const struct quo_dependence *d, const struct quo_protocol *const *protocol, size_t n,
                                  const struct quo_whereabouts *where, struct quo_passings *out)
{
    enum quo_status status = QUO_OK;
    *out = (struct quo_passings){0};
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        for (size_t k = 0; protocol[i] && k < protocol[i]->n_collateral && status == QUO_OK; k++) {
            const struct quo_collateral *c = &protocol[i]->collateral[k];
            const long to = where->find(where->context, c->protocol);
            if (to >= 0 && protocol[to])
                status = add(out, (long)i, to, money_perils(),
                             d->contagion * fmin(1.0, c->usd / protocol[to]->exposure_usd), false);
        }
        for (size_t k = 0; protocol[i] && k < protocol[i]->n_dependencies && status == QUO_OK; k++) {
            const struct quo_dependency *on = &protocol[i]->dependency[k];
            const long from = strcmp(on->kind, "bridge") == 0 ? where->find(where->context, on->vendor) : -1;
            if (from >= 0 && protocol[from] && protocol[from]->bridge)
                status = add(out, from, (long)i, (quo_peril_set)1 << QUO_BRIDGE_VALIDATION, d->bridge_contagion, true);
        }
    }
    if (status)
        quo_passings_free(out);
    return status;
}

/* A protocol's own rates at the end of the data; false where it has none. */
static enum quo_status rates_of(const struct quo_engine *engine, const struct quo_protocol *protocol, bool *there,
                                double rate[QUO_PERILS])
{
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_protocol alone = *protocol;
    struct quo_score *score = NULL;
    double weight[QUO_PERILS];
    memset(alone.contagion, 0, sizeof alone.contagion);
    quo_hazard_weights(engine->model, protocol->exposure_usd, INT_MAX, weight);
    enum quo_status status = quo_score_protocol(&alone, engine->scale, weight, &score);
    if (status == QUO_OK)
        status = quo_hazard_laws(engine->model, &alone, score, INT_MAX, -1, hazard);
    quo_score_free(score);
    *there = status == QUO_OK;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        rate[p] = *there && hazard[p].present ? hazard[p].rate : 0.0;
    return status == QUO_MACHINE ? QUO_MACHINE : QUO_OK;
}

static int by_start(const void *a, const void *b)
{
    const struct quo_passing *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

enum quo_status quo_passings_catch(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                   struct quo_protocol *const *protocol, size_t n, const struct quo_whereabouts *where)
{
    struct quo_passings all;
    double rate[QUO_PERILS] = {0.0};
    bool there = false;
    for (size_t i = 0; i < n; i++)
        memset(protocol[i]->contagion, 0, sizeof protocol[i]->contagion);
    enum quo_status status =
        quo_passings_find(dependence, (const struct quo_protocol *const *)protocol, n, where, &all);
    if (status == QUO_OK && all.n)
        qsort(all.passing, all.n, sizeof *all.passing, by_start);
    for (size_t i = 0; i < all.n && status == QUO_OK; i++) {
        const struct quo_passing *one = &all.passing[i];
        if (i == 0 || one->from != all.passing[i - 1].from)
            status = rates_of(engine, protocol[one->from], &there, rate);
        for (int p = 0; p < QUO_COVERED_PERILS && there; p++)
            if ((one->perils >> p & 1u) && engine->model->peril[p].present)
                protocol[one->to]->contagion[p] += one->chance * rate[p];
    }
    quo_passings_free(&all);
    return status;
}
