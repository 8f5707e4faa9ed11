/* pricing/crew.h -- one more thread for the time of one quote: tasks are offered in batches, and whoever has nothing to do takes the next.
 *
 * Not OpenMP's threads, which would burn the other processor while they wait from one quote to the next. Nothing may hang on who did a task. */
#ifndef QUO_CREW_H
#define QUO_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <threads.h>

#include "risk/base/status.h"

#define QUO_CREW_BATCHES 20

/* Task i < n of a batch, done by worker 0, who offered it, or by worker 1. */
typedef enum quo_status quo_crew_task(void *context, size_t i, int worker);

struct quo_crew {
    struct {
        quo_crew_task *task;
        void *context;
        size_t n;
        atomic_size_t next, done;
        atomic_int status; /* the first failure's; QUO_OK */
    } batch[QUO_CREW_BATCHES];
    atomic_size_t batches;
    atomic_bool closed;
    bool apart; /* there is a second thread */
    thrd_t thread;
};

/* The second thread is started where that is worthwhile, OpenMP's setting allows it, and the caller is not one of many himself. */
void quo_crew_begin(struct quo_crew *crew, bool worthwhile);
/* A batch that may be begun; its number. No more than QUO_CREW_BATCHES. The context must stay until quo_crew_wait has returned. */
size_t quo_crew_offer(struct quo_crew *crew, quo_crew_task *task, void *context, size_t n);
/* Takes what is left of the batch, and waits until all of it is done. */
enum quo_status quo_crew_wait(struct quo_crew *crew, size_t batch);
/* No more batches will come: the second thread ends with the last of those that it finds. */
void quo_crew_close(struct quo_crew *crew);
/* Closes, and waits for the second thread; what nobody has begun is not done. */
void quo_crew_end(struct quo_crew *crew);
#endif
