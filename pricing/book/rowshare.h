/* pricing/book/rowshare.h -- rows priced by several ranks: rank 0 reads them and passes them on, each prices its own, rank 0 has all results.
 *
 * What goes between ranks are the structs as they are: all ranks are the same program. [methods: reprice] */
#ifndef QUO_ROWSHARE_H
#define QUO_ROWSHARE_H

#include "pricing/book/reprice.h"
#include "risk/base/ranks.h"

static inline bool quo_rowshare_several(const struct quo_ranks *ranks) { return ranks && ranks->ranks > 1; }

/* Rank 0: these rows are priced next, by quo_reprice_rows with the same ranks. Nothing to do where it is alone. */
enum quo_status quo_rowshare_pass(const struct quo_ranks *ranks, const struct quo_bookrows *rows);
/* Rank 0: there are no more, because of this. Returns it, or QUO_MACHINE. */
enum quo_status quo_rowshare_end(const struct quo_ranks *ranks, enum quo_status status);
/* Another rank: takes its part in all that rank 0 has priced, and returns how that ended. */
enum quo_status quo_rowshare_help(const struct quo_engine *engine, const struct quo_bookprotocols *protocols,
                                  const struct quo_terms *terms, const struct quo_reprice_options *options);

/* Which of the rows at[n] each rank has: from part[rank] to before part[rank + 1]. Results of theirs come to rank 0, at priced[row - first]. */
enum quo_status quo_rowshare_collect(const struct quo_ranks *ranks, const struct quo_bookpolicy *const *at,
                                     const size_t *part, const struct quo_bookpolicy *first, struct quo_repriced *priced);
#endif
