/* pricing/book/taskshare.h -- tasks of a long table (spread.h) priced by several ranks: rank 0 hands them out and has all texts in the end.
 *
 * What goes between ranks are the bytes as the spread has them: all ranks are the same program. [methods: reprice] */
#ifndef QUO_TASKSHARE_H
#define QUO_TASKSHARE_H

#include "pricing/book/spread.h"
#include "pricing/book/tablerun.h"

/* A task's rows priced; put gets the text of each, in their order. */
enum quo_status quo_taskshare_price(const struct quo_tablerun *run, struct quo_repricer *repricer,
                                    const struct quo_spreadrows *rows,
                                    enum quo_status (*put)(void *context, const char *text, size_t n), void *context);

/* Rank 0: who prices which task, by their rows: owner[tasks]. All are 0's where it is alone. */
void quo_taskshare_out(const struct quo_ranks *ranks, const struct quo_spread *spread, size_t tasks, int *owner);
/* Rank 0: the others are given theirs; and what they made of them is put where it belongs. */
enum quo_status quo_taskshare_hand(const struct quo_ranks *ranks, const struct quo_spread *spread, size_t tasks,
                                   const int *owner);
enum quo_status quo_taskshare_collect(const struct quo_ranks *ranks, struct quo_spread *spread, size_t tasks,
                                      const int *owner);
/* Rank 0: there are no more, because of this. Returns it, or QUO_MACHINE. */
enum quo_status quo_taskshare_end(const struct quo_ranks *ranks, enum quo_status status);
/* Another rank: prices what it is handed until rank 0 is at its end, and returns how that ended. Of the run: engine, terms, protocols, threads
 * and ranks. */
enum quo_status quo_taskshare_help(const struct quo_tablerun *run);
#endif
