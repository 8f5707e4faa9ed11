/* pricing/cmd/checktable.h -- CSV inputs checked against a list of columns: header, types, ranges, repeated ids. */
#ifndef QUO_CHECKTABLE_H
#define QUO_CHECKTABLE_H

#include <stddef.h>
#include "risk/base/csv.h"
#include "risk/base/faults.h"
#include "risk/controls/catalogue.h"

/* The kind of table whose columns a header has: "incidents", "aggregates", "protocols", "policies", "outages", "outage windows",
 * "loss shares"; NULL if it is like none of them. */
const char *quo_checktable_kind(const struct quo_csv *csv);
/* Reads a table of that kind to its end (csv opened, no row read yet). *rows gets the number of rows without a fault. */
enum quo_status quo_checktable_read(struct quo_csv *csv, const char *kind, const struct quo_catalogue *catalogue,
                                    size_t *rows, struct quo_faults *faults);
#endif
