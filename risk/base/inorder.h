/* risk/base/inorder.h -- numbered pieces of work by several threads: made side by side, taken one at a time in the order of their numbers. No
 * thread waits for its turn: whoever is free takes what is due, else makes what comes next. */
#ifndef QUO_INORDER_H
#define QUO_INORDER_H

#include <stdbool.h>
#include <stddef.h>

/* At most so many pieces between begun and taken: piece i lies in slot i % slots. */
#define QUO_INORDER_SLOTS 64

struct quo_inorder {
    size_t slots; /* 1 to QUO_INORDER_SLOTS */
    bool (*begin)(void *context, size_t slot); /* the next piece, one at a time in their order; false: there is none */
    void (*make)(void *context, size_t slot);  /* by any thread beside the others */
    bool (*take)(void *context, size_t slot);  /* one at a time in their order; false: enough, the piece is not done with */
    void *context;
};
/* Pieces before `taken` are done with, those from there to `begun` are made. */
struct quo_inorder_place {
    size_t taken, begun;
};
/* Goes on from *place, first with what is made there, until there are no more or `take` has enough. */
void quo_inorder_run(const struct quo_inorder *work, int threads, struct quo_inorder_place *place);
#endif
