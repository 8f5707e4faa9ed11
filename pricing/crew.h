/* pricing/crew.h -- one more thread for a caller's work: tasks are offered in batches, and whoever has nothing to do takes the next.
 *
 * Not OpenMP's threads, which would burn the other processor while they wait: this one looks for work for some 0.3 ms after the last of it,
 * so that what comes at once finds it awake, and then sleeps until something is offered. Nothing may hang on who did a task. */
#ifndef QUO_CREW_H
#define QUO_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <threads.h>

#include "risk/base/status.h"

#define QUO_CREW_BATCHES 64
#define QUO_CREW_AT_ONCE SIZE_MAX /* after no batch */

/* Task i < n of a batch, done by worker 0, who offered it, or by worker 1. */
typedef enum quo_status quo_crew_task(void *context, size_t i, int worker);

struct quo_crew {
    struct {
        quo_crew_task *task;
        void *context;
        atomic_size_t n, after;
        atomic_uint_least64_t next; /* the round, and the number of the task that is begun next */
        atomic_size_t done;
        atomic_int status; /* the first failure's; QUO_OK */
    } batch[QUO_CREW_BATCHES];
    atomic_size_t batches;
    uint64_t round;
    atomic_bool closed, asleep;
    atomic_int processor; /* on which the last batch was offered; -1: unknown */
    bool apart; /* there is a second thread */
    thrd_t thread;
    mtx_t lock; /* on going to sleep */
    cnd_t wake;
};

/* The second thread is started where that is worthwhile, OpenMP's setting allows it, and the caller is not one of many himself. */
void quo_crew_begin(struct quo_crew *crew, bool worthwhile);
/* A batch that may be begun once all of the batch `after` is done, or at once; its number, in the order of which a free thread takes them. If
 * that batch fails, this one is not done and fails as that. n at most 2^31. No more than QUO_CREW_BATCHES a round. The context must stay until
 * quo_crew_wait or quo_crew_round has returned. */
size_t quo_crew_offer(struct quo_crew *crew, quo_crew_task *task, void *context, size_t n, size_t after);
/* Waits until all of the batch is done; meanwhile takes what is left of it, or else any task that may be begun. */
enum quo_status quo_crew_wait(struct quo_crew *crew, size_t batch);
/* The end of a round: what nobody has begun is not done, what was begun is waited for. Numbers of batches begin anew. */
void quo_crew_round(struct quo_crew *crew);
/* The same, and the second thread ends. */
void quo_crew_end(struct quo_crew *crew);
#endif
