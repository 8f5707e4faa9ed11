/* pricing/book/tablerun.h -- tables priced without a book: policies.csv in, prices out, row by row in the order of the input. Memory is bounded
 * by the chunks, whose rows are laid out by protocol (spread.h). */
#ifndef QUO_TABLERUN_H
#define QUO_TABLERUN_H

#include <stdio.h>
#include "pricing/book/rejects.h"
#include "pricing/book/reprice.h"
#include "pricing/book/tablechange.h"
#include "risk/base/hash.h"
#include "risk/base/partfile.h"

/* Rows priced together: so many that a protocol's work is done once for all its rows; what a run that is cut off has to do again at most. */
#define QUO_TABLERUN_CHUNK 1000000

struct quo_tablerun {
    const struct quo_engine *engine;
    const struct quo_terms *terms; /* pricing terms of all rows */
    const struct quo_bookprotocols *protocols;
    const char *policies; /* path; "-": standard input */
    struct quo_tablechange *change; /* what to compare with; NULL: the expiring premiums */
    bool part;            /* of a file: no header in it, none in what is written */
    int jobs;             /* threads; 0: as many as there are */
    const struct quo_ranks *ranks; /* this one, rank 0, has the others help (quo_taskshare_help); NULL: alone */
    size_t chunk;         /* rows; 0: QUO_TABLERUN_CHUNK */
    struct quo_rejects *rejects;
    FILE *to;
    struct quo_partmark done; /* good rows that were written before, and their digest: passed over */
    /* Both may be NULL. keep, when rows are written: what was written counts from now on. progress, by one thread at a time, when rows are priced:
     * how many, and the share of the input that they are; NaN for a pipe. */
    enum quo_status (*keep)(void *context, const struct quo_partmark *mark, struct quo_faults *faults);
    void (*progress)(void *context, uint64_t done, double share);
    void *context;
};

/* QUO_REFUSED: the table's header, or rows passed over that are not those of before. */
enum quo_status quo_tablerun_price(const struct quo_tablerun *run, struct quo_faults *faults);
/* What prices are made from beside the policies, as one hash: files of the engine, program, pricing terms, the protocols' file (NULL: none), and
 * where `then` is not NULL the files that they are compared with. */
enum quo_status quo_tablerun_identity(const struct quo_engine *engine, const struct quo_terms *terms, const char *protocols,
                                      const struct quo_tablechange_files *then, char hex[QUO_HASH_SIZE],
                                      struct quo_faults *faults);
#endif
