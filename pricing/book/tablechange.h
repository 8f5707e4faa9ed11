/* pricing/book/tablechange.h -- an earlier table of prices beside the run at hand, with the tables that it was made from: what moved each premium.
 * Prices and policies of then stand in a file without a name in SQLite's temporary folder, so that memory does not grow with them.  [methods: change] */
#ifndef QUO_TABLECHANGE_H
#define QUO_TABLECHANGE_H

#include "pricing/book/changeways.h"
#include "pricing/book/rejects.h"

/* Paths. All but the prices may be NULL: then as now. */
struct quo_tablechange_files {
    const char *prices;    /* as reprice wrote them: policy_id, status, gross_premium are read */
    const char *protocols, *policies, *pricing;
    const char *model;     /* a file of the engine of then: where none of the files of now is the same, the model differs */
};

struct quo_tablechange;
/* engine, protocols and terms of now are kept as pointers. QUO_REFUSED, with faults: one of the files; bad rows of tables too. */
enum quo_status quo_tablechange_open(const struct quo_tablechange_files *files, const struct quo_engine *engine,
                                     const struct quo_bookprotocols *protocols, const struct quo_terms *terms,
                                     struct quo_tablechange **out, struct quo_faults *faults);
void quo_tablechange_free(struct quo_tablechange *change);
/* As quo_changeways_explain, by the thread that calls alone; several may at once. */
enum quo_status quo_tablechange_explain(struct quo_tablechange *change, const struct quo_bookpolicy *row, size_t n,
                                        struct quo_repriced *priced);
#endif
