/* pricing/book/rejects.h -- rows that a table's reader could not take: counted, each told with line and reason, in a file or in a collection
 * of faults. Memory is bounded: the collection keeps the first QUO_REJECTS_KEPT faults where a file holds all. */
#ifndef QUO_REJECTS_H
#define QUO_REJECTS_H

#include <stdio.h>
#include "risk/base/csv.h"
#include "risk/base/faults.h"

#define QUO_REJECTS_KEPT 20

struct quo_rejects {
    FILE *to;                  /* not owned; NULL: no file */
    struct quo_faults *faults; /* not owned; gets the first `most` of them; NULL: none */
    size_t most;
    size_t good, bad; /* rows */
    size_t told;      /* faults put into `faults` */
    size_t left_out;  /* faults neither there nor in a file */
    bool no_header;   /* the file has its header already */
};

/* A fault of the row in hand is collected in `row` (initialised here), which the reader passes back when the row is judged. */
void quo_rejects_init(struct quo_rejects *rejects, FILE *to, struct quo_faults *faults, size_t most);
/* Tells the faults of `row` (warnings are dropped), with the row's own text where there is one, and empties it: one bad row. */
void quo_rejects_row(struct quo_rejects *rejects, struct quo_faults *row, const struct quo_csv_row *text);
#endif
