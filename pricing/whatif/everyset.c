#include "pricing/whatif/everyset.h"

#include <omp.h>

#include "pricing/whatif/setlaw.h"

#define BLOCK ((size_t)1 << 12) /* sets that one thread takes at a time: they share their higher changes */

/* The changes in the order of their bits while counting: those that reach little turn over fastest. */
static void order_changes(const struct quo_setreach *reach, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        int weight[QUO_EVERYSET_MAX];
        size_t at = i;
        for (size_t k = 0; k <= i; k++) {
            const size_t change = k < i ? order[k] : i;
            weight[k] = reach->frame >> change & 1u ? QUO_PERILS + 1 : 0;
            for (int p = 0; p < QUO_PERILS; p++)
                weight[k] += (int)(reach->peril[p] >> change & 1u);
        }
        for (; at > 0 && weight[at - 1] > weight[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static uint64_t set_of(size_t count, const size_t *order, size_t n)
{
    uint64_t set = 0;
    for (size_t i = 0; i < n; i++)
        set |= (uint64_t)(count >> i & 1u) << order[i];
    return set;
}

enum quo_status quo_everyset_gross(const struct quo_engine *engine, const struct quo_variants *variants, size_t n,
                                   void (*progress)(void *context, size_t done, size_t of), void *context,
                                   double *gross)
{
    if (n > QUO_EVERYSET_MAX)
        return QUO_REFUSED;
    const size_t sets = (size_t)1 << n, block = sets < 4 * BLOCK ? sets / 4 + 1 : BLOCK;
    enum quo_status failed = QUO_OK;
    size_t done = 0;
#pragma omp parallel
    {
        struct quo_setlaw *law = NULL;
        size_t order[QUO_EVERYSET_MAX];
        enum quo_status status = quo_setlaw_new(engine, variants, &law);
        if (status == QUO_OK)
            order_changes(quo_setlaw_reach(law), n, order);
#pragma omp for schedule(dynamic)
        for (size_t first = 0; first < sets; first += block) {
            const size_t last = first + block < sets ? first + block : sets;
            for (size_t i = first; i < last && status == QUO_OK; i++) {
                const uint64_t set = set_of(i, order, n);
                status = quo_setlaw_gross(law, set, &gross[set]);
            }
#pragma omp atomic
            done += last - first;
            if (progress && omp_get_thread_num() == 0)
                progress(context, done, sets);
        }
        if (status != QUO_OK) {
#pragma omp critical
            failed = failed == QUO_MACHINE ? failed : status;
        }
        quo_setlaw_free(law);
    }
    if (progress && failed == QUO_OK)
        progress(context, sets, sets);
    return failed;
}
