/* pricing/book/policystream.h -- policies.csv read by several threads: the rows, the rejects and their order are those of quo_bookpolicies_next.
 *
 * The file is cut into pieces of whole lines, threads make rows of them, and the rows are taken one after the other. What is not plain (a
 * quote, a letter beyond ASCII, a row that is refused or stands twice) is left to the reader itself, with the rest of its piece. */
#ifndef QUO_POLICYSTREAM_H
#define QUO_POLICYSTREAM_H

#include "pricing/book/bookpolicies.h"

struct quo_policystream;
/* The reader must outlive it, and is read by it alone, by so many threads. NULL without memory. */
struct quo_policystream *quo_policystream_new(struct quo_bookpolicies *reader, int threads);
void quo_policystream_free(struct quo_policystream *stream);
/* Rows for `take`, by one thread at a time, until it has enough, fails, or there are none: *end. */
enum quo_status quo_policystream_rows(struct quo_policystream *stream,
                                      enum quo_status (*take)(void *context, const struct quo_bookpolicy *row, bool *enough),
                                      void *context, bool *end, struct quo_faults *faults);
#endif
