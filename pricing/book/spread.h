/* pricing/book/spread.h -- rows of a long table laid out by protocol, so that whoever prices them has each protocol's rows together, in tasks
 * for threads or machines; and what is made of the rows, task by task, put back into the order of the rows. Memory is bounded, whatever the
 * number of rows but for 2 bytes each (piles.h).                                                       [methods: reprice]
 *
 * The rows are cut into slices, in their order; where a slice's texts begin in each task is noted when they are put there. So threads put
 * slices together side by side and only write one after the other. */
#ifndef QUO_SPREAD_H
#define QUO_SPREAD_H

#include <stdio.h>
#include "pricing/book/bookpolicies.h"

/* Rows a task holds at most. All rows of one protocol are in one task unless they are more than that. */
#define QUO_SPREAD_TASK 4096

struct quo_spread;
struct quo_spread *quo_spread_new(void); /* NULL without memory */
void quo_spread_free(struct quo_spread *spread);
void quo_spread_clear(struct quo_spread *spread);
/* From now on rows and texts go to the file, but for a block a pile: of a long table, whose ids take the memory (idset.h). */
void quo_spread_save(struct quo_spread *spread);
/* A row with a protocol and without a document. Nothing of it is kept but copies. */
enum quo_status quo_spread_add(struct quo_spread *spread, const struct quo_bookpolicy *row);
size_t quo_spread_rows(const struct quo_spread *spread);
/* Cuts the rows into tasks, the one of most rows first; their number. Nothing is added afterwards. */
size_t quo_spread_cut(struct quo_spread *spread);
size_t quo_spread_task_rows(const struct quo_spread *spread, size_t task);

/* A task's rows, in their order. */
struct quo_spreadrows {
    struct quo_bookpolicy *row; /* row[n]; text and steps are in `bytes` */
    char *bytes;
    size_t n;
};
void quo_spreadrows_free(struct quo_spreadrows *rows);
/* terms: of every row. Any number of threads at once. */
enum quo_status quo_spread_read(const struct quo_spread *spread, size_t task, const struct quo_bookprotocols *protocols,
                                const struct quo_terms *terms, struct quo_spreadrows *out);
/* The same for another machine: a task's bytes[quo_spread_task_bytes], and the rows in them. They are taken over, whatever comes. */
size_t quo_spread_task_bytes(const struct quo_spread *spread, size_t task);
enum quo_status quo_spread_task_read(const struct quo_spread *spread, size_t task, char *bytes);
enum quo_status quo_spreadrows_parse(char *bytes, size_t n, const struct quo_bookprotocols *protocols,
                                     const struct quo_terms *terms, struct quo_spreadrows *out);
/* What was made of the task's next row; rows of a task in their order, each task by one thread. */
enum quo_status quo_spread_text(struct quo_spread *spread, size_t task, const char *text, size_t n);
/* All texts in the order of the rows, put together by so many threads; the rows themselves are gone. *error: errno where the stream took no more. */
enum quo_status quo_spread_write(struct quo_spread *spread, int threads, FILE *to, int *error);
/* Where QUO_MACHINE came: as quo_piles_told. */
bool quo_spread_told(const struct quo_spread *spread, struct quo_faults *faults);
#endif
