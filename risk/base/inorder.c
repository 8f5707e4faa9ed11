#include "risk/base/inorder.h"

#include <pthread.h>

enum state { BEGUN, MAKING, MADE };

struct run {
    const struct quo_inorder *work;
    struct quo_inorder_place *place;
    pthread_mutex_t lock; /* of all below, and of place */
    pthread_cond_t moved;
    enum state state[QUO_INORDER_SLOTS];
    bool taking, closed, enough; /* closed: there are no more to begin */
};

/* Begins the next piece; false: there is none. The lock is held, so pieces are begun in order. */
static bool begin(struct run *r)
{
    const size_t slot = r->place->begun % r->work->slots;
    r->closed = !r->work->begin(r->work->context, slot);
    if (r->closed)
        return false;
    r->state[slot] = BEGUN;
    r->place->begun++;
    return true;
}

static void make(struct run *r, size_t slot)
{
    r->state[slot] = MAKING;
    pthread_mutex_unlock(&r->lock);
    r->work->make(r->work->context, slot);
    pthread_mutex_lock(&r->lock);
    r->state[slot] = MADE;
    pthread_cond_broadcast(&r->moved);
}

static void take(struct run *r)
{
    r->taking = true;
    pthread_mutex_unlock(&r->lock);
    const bool done = r->work->take(r->work->context, r->place->taken % r->work->slots);
    pthread_mutex_lock(&r->lock);
    r->taking = false;
    r->place->taken += done;
    r->enough = !done;
    pthread_cond_broadcast(&r->moved);
}

/* A slot whose piece is begun and in nobody's hands; slots: there is none. */
static size_t to_make(const struct run *r)
{
    for (size_t i = r->place->taken; i < r->place->begun; i++)
        if (r->state[i % r->work->slots] == BEGUN)
            return i % r->work->slots;
    return r->work->slots;
}

static void work_on(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    for (;;) {
        const struct quo_inorder_place *p = r->place;
        const size_t slot = to_make(r);
        if (!r->enough && !r->taking && p->taken < p->begun && r->state[p->taken % r->work->slots] == MADE)
            take(r);
        else if (slot < r->work->slots) /* also when it is enough: what is begun is made */
            make(r, slot);
        else if (r->enough || (r->closed && p->taken == p->begun))
            break;
        else if (r->closed || p->begun - p->taken == r->work->slots || !begin(r))
            if (p->taken < p->begun)
                pthread_cond_wait(&r->moved, &r->lock);
    }
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
}

void quo_inorder_run(const struct quo_inorder *work, int threads, struct quo_inorder_place *place)
{
    struct run r = {.work = work, .place = place};
    for (size_t i = place->taken; i < place->begun; i++)
        r.state[i % work->slots] = MADE;
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.moved, NULL);
    /* One piece alone is not worth a second thread. */
    while (place->begun - place->taken < 2 && work->slots > 1 && begin(&r))
        ;
    const bool several = threads > 1 && place->begun - place->taken > 1;
#pragma omp parallel num_threads(threads) if (several)
    work_on(&r);
    pthread_cond_destroy(&r.moved);
    pthread_mutex_destroy(&r.lock);
}
