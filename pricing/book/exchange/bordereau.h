/* pricing/book/exchange/bordereau.h -- a run's premiums as a bordereau of risks and premiums: CSV, one row a transaction, the fields of Lloyd's
 * Coverholder Reporting Standards 5.2 as far as a book of parametric cover has them [LCRS]. */
#ifndef QUO_BORDEREAU_H
#define QUO_BORDEREAU_H

#include <stdio.h>
#include "pricing/book/bookstore.h"

struct quo_bordereau {
    int64_t run;
    int from, to;                      /* reporting period, days: policies that begin within it */
    const char *contract, *coverholder; /* may be NULL: left empty */
    const char *risk_code;             /* NULL: "CY" */
};

/* Policies that were declined or could not be priced have no premium to report: *left_out. */
enum quo_status quo_bordereau_write(const struct quo_bookstore *book, const struct quo_bordereau *what, FILE *to,
                                    size_t *left_out, struct quo_faults *faults);
#endif
