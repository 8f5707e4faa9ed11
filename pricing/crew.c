#include "pricing/crew.h"

#include <omp.h>
#include <time.h>

/* Who waits looks again and again, a third of a millisecond long, and then now and then: another processor is not to be burnt. */
#define LOOKS 1000
#define NAP_NS 20000

static void wait_a_little(int *looks)
{
    if (++*looks < LOOKS)
        thrd_yield();
    else
        thrd_sleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
}

/* One task of the batch, if any is left. */
static bool take(struct quo_crew *crew, size_t b, int worker)
{
    if (atomic_load(&crew->batch[b].next) >= crew->batch[b].n)
        return false;
    const size_t i = atomic_fetch_add(&crew->batch[b].next, 1);
    if (i >= crew->batch[b].n)
        return false;
    const enum quo_status status = crew->batch[b].task(crew->batch[b].context, i, worker);
    int none = QUO_OK;
    if (status)
        atomic_compare_exchange_strong(&crew->batch[b].status, &none, (int)status);
    atomic_fetch_add(&crew->batch[b].done, 1);
    return true;
}

static int help(void *context)
{
    struct quo_crew *crew = context;
    for (int looks = 0;;) {
        const bool last = atomic_load(&crew->closed); /* before the look: what was offered before it is seen */
        const size_t n = atomic_load(&crew->batches);
        bool found = false;
        for (size_t b = 0; b < n && !found; b++)
            found = take(crew, b, 1);
        if (!found && last)
            return 0;
        if (found)
            looks = 0;
        else
            wait_a_little(&looks);
    }
}

void quo_crew_begin(struct quo_crew *crew, bool worthwhile)
{
    atomic_init(&crew->batches, 0);
    atomic_init(&crew->closed, false);
    crew->apart = worthwhile && !omp_in_parallel() && omp_get_max_threads() > 1 &&
                  thrd_create(&crew->thread, help, crew) == thrd_success;
}

size_t quo_crew_offer(struct quo_crew *crew, quo_crew_task *task, void *context, size_t n)
{
    const size_t b = atomic_load(&crew->batches);
    crew->batch[b].task = task;
    crew->batch[b].context = context;
    crew->batch[b].n = n;
    atomic_init(&crew->batch[b].next, 0);
    atomic_init(&crew->batch[b].done, 0);
    atomic_init(&crew->batch[b].status, QUO_OK);
    atomic_store(&crew->batches, b + 1);
    return b;
}

enum quo_status quo_crew_wait(struct quo_crew *crew, size_t batch)
{
    while (take(crew, batch, 0))
        ;
    for (int looks = 0; atomic_load(&crew->batch[batch].done) < crew->batch[batch].n;)
        wait_a_little(&looks);
    return (enum quo_status)atomic_load(&crew->batch[batch].status);
}

void quo_crew_close(struct quo_crew *crew) { atomic_store(&crew->closed, true); }

void quo_crew_end(struct quo_crew *crew)
{
    for (size_t b = 0; b < atomic_load(&crew->batches); b++)
        atomic_store(&crew->batch[b].next, crew->batch[b].n);
    quo_crew_close(crew);
    if (crew->apart)
        thrd_join(crew->thread, NULL);
    crew->apart = false;
}
