#include "pricing/crew.h"

#include <omp.h>
#include <sched.h>
#include <time.h>

/* Who waits looks again and again, a third of a millisecond long; then one sleeps until he is called, and the other looks now and then. */
#define LOOKS 1000
#define NAP_NS 20000

/* A batch's `next`: 32 bits of the round, 32 of the task. */
#define SPENT UINT32_MAX

static uint64_t ticket(uint64_t round, uint32_t task) { return round << 32 | task; }

static void call(struct quo_crew *crew)
{
    if (!atomic_load(&crew->asleep))
        return;
    mtx_lock(&crew->lock);
    atomic_store(&crew->asleep, false);
    cnd_signal(&crew->wake);
    mtx_unlock(&crew->lock);
}

/* Whether what the batch waits for is done. */
static bool ready(const struct quo_crew *crew, size_t b, enum quo_status *status)
{
    const size_t after = atomic_load(&crew->batch[b].after);
    *status = QUO_OK;
    if (after == QUO_CREW_AT_ONCE)
        return true;
    if (atomic_load(&crew->batch[after].done) < atomic_load(&crew->batch[after].n))
        return false;
    *status = (enum quo_status)atomic_load(&crew->batch[after].status);
    return true;
}

/* One task of the batch, if any is left that may be begun. Who looks at a batch while the next round's is put in its place has an old ticket. */
static bool take(struct quo_crew *crew, size_t b, int worker)
{
    uint64_t next = atomic_load(&crew->batch[b].next);
    const uint32_t i = (uint32_t)next;
    const size_t n = atomic_load(&crew->batch[b].n);
    enum quo_status status;
    if (i >= n || !ready(crew, b, &status) || !atomic_compare_exchange_strong(&crew->batch[b].next, &next, next + 1))
        return false;
    if (status == QUO_OK)
        status = crew->batch[b].task(crew->batch[b].context, i, worker);
    int none = QUO_OK;
    if (status)
        atomic_compare_exchange_strong(&crew->batch[b].status, &none, (int)status);
    if (atomic_fetch_add(&crew->batch[b].done, 1) + 1 == n && worker == 0)
        call(crew); /* others may wait for it */
    return true;
}

static bool take_any(struct quo_crew *crew, int worker)
{
    const size_t n = atomic_load(&crew->batches);
    for (size_t b = 0; b < n; b++)
        if (take(crew, b, worker))
            return true;
    return false;
}

/* Until something is offered; it is awake again with a look at what was offered before it said that it sleeps. */
static void sleep_until_called(struct quo_crew *crew)
{
    mtx_lock(&crew->lock);
    atomic_store(&crew->asleep, true);
    mtx_unlock(&crew->lock);
    const bool found = take_any(crew, 1);
    mtx_lock(&crew->lock);
    if (found)
        atomic_store(&crew->asleep, false);
    while (atomic_load(&crew->asleep) && !atomic_load(&crew->closed))
        cnd_wait(&crew->wake, &crew->lock);
    atomic_store(&crew->asleep, false);
    mtx_unlock(&crew->lock);
}

/* Whether the other works on this same processor: then to look again and again is to keep him from it, and whoever sleeps is woken on one that is
 * free. */
static bool in_the_way(const struct quo_crew *crew) { return sched_getcpu() == atomic_load(&crew->processor); }

static int help(void *context)
{
    struct quo_crew *crew = context;
    for (int looks = 0; !atomic_load(&crew->closed);) {
        if (take_any(crew, 1)) {
            looks = 0;
        } else if (++looks < LOOKS && !in_the_way(crew)) {
            thrd_yield();
        } else {
            sleep_until_called(crew);
            looks = 0;
        }
    }
    return 0;
}

static bool start(struct quo_crew *crew)
{
    if (mtx_init(&crew->lock, mtx_plain) != thrd_success)
        return false;
    if (cnd_init(&crew->wake) == thrd_success) {
        if (thrd_create(&crew->thread, help, crew) == thrd_success)
            return true;
        cnd_destroy(&crew->wake);
    }
    mtx_destroy(&crew->lock);
    return false;
}

void quo_crew_begin(struct quo_crew *crew, bool worthwhile)
{
    for (size_t b = 0; b < QUO_CREW_BATCHES; b++) {
        atomic_init(&crew->batch[b].n, 0);
        atomic_init(&crew->batch[b].after, QUO_CREW_AT_ONCE);
        atomic_init(&crew->batch[b].next, ticket(0, SPENT));
        atomic_init(&crew->batch[b].done, 0);
        atomic_init(&crew->batch[b].status, QUO_OK);
    }
    atomic_init(&crew->batches, 0);
    atomic_init(&crew->closed, false);
    atomic_init(&crew->asleep, false);
    atomic_init(&crew->processor, -1);
    crew->round = 0;
    crew->apart = worthwhile && !omp_in_parallel() && omp_get_max_threads() > 1 && start(crew);
}

/* The ticket last: from then on it is taken. */
size_t quo_crew_offer(struct quo_crew *crew, quo_crew_task *task, void *context, size_t n, size_t after)
{
    const size_t b = atomic_load(&crew->batches);
    crew->batch[b].task = task;
    crew->batch[b].context = context;
    atomic_store(&crew->batch[b].n, n);
    atomic_store(&crew->batch[b].after, after);
    atomic_store(&crew->batch[b].done, 0);
    atomic_store(&crew->batch[b].status, QUO_OK);
    atomic_store(&crew->batch[b].next, ticket(crew->round, 0));
    atomic_store(&crew->batches, b + 1);
    atomic_store(&crew->processor, sched_getcpu());
    call(crew);
    return b;
}

enum quo_status quo_crew_wait(struct quo_crew *crew, size_t batch)
{
    for (int looks = 0; atomic_load(&crew->batch[batch].done) < atomic_load(&crew->batch[batch].n);) {
        if (take(crew, batch, 0) || take_any(crew, 0))
            looks = 0;
        else if (++looks < LOOKS)
            thrd_yield();
        else
            thrd_sleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
    return (enum quo_status)atomic_load(&crew->batch[batch].status);
}

void quo_crew_round(struct quo_crew *crew)
{
    const size_t batches = atomic_load(&crew->batches);
    for (size_t b = 0; b < batches; b++) {
        const uint32_t next = (uint32_t)atomic_exchange(&crew->batch[b].next, ticket(crew->round, SPENT));
        const size_t n = atomic_load(&crew->batch[b].n), begun = next < n ? next : n;
        for (int looks = 0; atomic_load(&crew->batch[b].done) < begun;)
            if (++looks < LOOKS)
                thrd_yield();
            else
                thrd_sleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
    crew->round++;
    atomic_store(&crew->batches, 0);
}

void quo_crew_end(struct quo_crew *crew)
{
    quo_crew_round(crew);
    if (!crew->apart)
        return;
    mtx_lock(&crew->lock);
    atomic_store(&crew->closed, true);
    cnd_signal(&crew->wake);
    mtx_unlock(&crew->lock);
    thrd_join(crew->thread, NULL);
    cnd_destroy(&crew->wake);
    mtx_destroy(&crew->lock);
    crew->apart = false;
}
