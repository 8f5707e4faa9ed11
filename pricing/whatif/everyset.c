#include "pricing/whatif/everyset.h"

#include <omp.h>
#include <stdlib.h>

#include "pricing/whatif/setlaw.h"

#define BLOCK ((size_t)1 << 11) /* sets that one thread takes at a time: they share their higher changes */

/* The changes in the order of their bits while counting: those that reach little turn over fastest. */
static void order_changes(const struct quo_setreach *reach, size_t n, size_t *order)
{
    int weight[QUO_SETPARTS_MAX];
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        weight[i] = reach->frame >> i & 1u ? QUO_PERILS + 1 : 0;
        for (int p = 0; p < QUO_PERILS; p++)
            weight[i] += (int)(reach->peril[p] >> i & 1u);
        for (; at > 0 && weight[order[at - 1]] > weight[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* Where the sets come from: a list, or all of them, counted in the bits of an order. */
struct source {
    const uint64_t *set;
    size_t n_sets, n;
    size_t order[QUO_SETPARTS_MAX];
};

static uint64_t set_at(const struct source *s, size_t at)
{
    uint64_t set = 0;
    if (s->set)
        return s->set[at];
    for (size_t i = 0; i < s->n; i++)
        set |= (uint64_t)(at >> i & 1u) << s->order[i];
    return set;
}

static enum quo_status price(const struct quo_engine *engine, const struct quo_variants *variants,
                             const struct source *source, const struct quo_everyset_watch *watch, double *gross,
                             double *loss, double *score)
{
    const size_t sets = source->n_sets, block = sets < 8 * BLOCK ? sets / 8 + 1 : BLOCK;
    enum quo_status failed = QUO_OK;
    size_t done = 0;
#pragma omp parallel if (sets > 64)
    {
        struct quo_setlaw *law = NULL;
        enum quo_status status = quo_setlaw_new(engine, variants, &law);
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first < sets; first += block) {
            const size_t last = first + block < sets ? first + block : sets;
            for (size_t i = first; i < last && status == QUO_OK; i++) {
                const uint64_t set = set_at(source, i);
                const size_t at = source->set ? i : (size_t)set;
                status = gross ? quo_setlaw_gross(law, set, &gross[at]) : QUO_OK;
                if (status == QUO_OK && loss)
                    status = quo_setlaw_loss(law, set, &loss[at]);
                if (status == QUO_OK && score)
                    status = quo_setlaw_score(law, set, &score[at]);
            }
#pragma omp atomic
            done += last - first;
            if (watch && watch->progress && omp_get_thread_num() == 0)
                watch->progress(watch->context, done, sets);
        }
        if (status != QUO_OK) {
#pragma omp critical
            failed = failed == QUO_MACHINE ? failed : status;
        }
        quo_setlaw_free(law);
    }
    if (watch && watch->progress && failed == QUO_OK)
        watch->progress(watch->context, sets, sets);
    return failed;
}

static enum quo_status order_of(const struct quo_engine *engine, const struct quo_variants *variants, size_t n,
                                size_t *order)
{
    struct quo_setparts *parts;
    const enum quo_status status = quo_setparts_new(engine, variants, &parts);
    if (status)
        return status;
    order_changes(quo_setparts_reach(parts), n, order);
    quo_setparts_free(parts);
    return QUO_OK;
}

enum quo_status quo_everyset_all(const struct quo_engine *engine, const struct quo_variants *variants, size_t n,
                                 const struct quo_everyset_watch *watch, double *gross, double *loss)
{
    struct source source = {.n = n, .n_sets = (size_t)1 << (n < QUO_EVERYSET_MAX ? n : QUO_EVERYSET_MAX)};
    if (n > QUO_EVERYSET_MAX)
        return QUO_REFUSED;
    const enum quo_status status = order_of(engine, variants, n, source.order);
    return status ? status : price(engine, variants, &source, watch, gross, loss, NULL);
}

enum quo_status quo_everyset_some(const struct quo_engine *engine, const struct quo_variants *variants,
                                  const uint64_t *set, size_t n_sets, const struct quo_everyset_watch *watch,
                                  double *gross, double *loss, double *score)
{
    const struct source source = {.set = set, .n_sets = n_sets};
    return price(engine, variants, &source, watch, gross, loss, score);
}

struct walk {
    const double *cost;
    const size_t *order;
    double budget;
    uint64_t *set; /* NULL: counted only */
    size_t n, most;
};

/* Changes order[0..left-1] are not decided; false: more than most. */
static bool walk_sets(struct walk *w, size_t left, uint64_t set, double spent)
{
    if (left == 0) {
        if (w->n == w->most)
            return false;
        if (w->set)
            w->set[w->n] = set;
        w->n++;
        return true;
    }
    const size_t i = w->order[left - 1];
    if (!walk_sets(w, left - 1, set, spent))
        return false;
    return spent + w->cost[i] > w->budget || walk_sets(w, left - 1, set | (uint64_t)1 << i, spent + w->cost[i]);
}

enum quo_status quo_everyset_within(const struct quo_engine *engine, const struct quo_variants *variants,
                                    const double *cost, double budget, size_t most, uint64_t **out, size_t *n)
{
    size_t order[QUO_SETPARTS_MAX];
    *out = NULL;
    *n = 0;
    if (variants->n > QUO_SETPARTS_MAX)
        return QUO_REFUSED;
    const enum quo_status status = order_of(engine, variants, variants->n, order);
    struct walk w = {cost, order, budget, NULL, 0, most};
    if (status)
        return status;
    if (!walk_sets(&w, variants->n, 0, 0.0))
        return QUO_REFUSED;
    w.set = malloc((w.n + 1) * sizeof *w.set);
    if (!w.set)
        return QUO_MACHINE;
    w.n = 0;
    walk_sets(&w, variants->n, 0, 0.0);
    *out = w.set;
    *n = w.n;
    return QUO_OK;
}
