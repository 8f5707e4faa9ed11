/* pricing/desk/quotebook.h -- a quote as a workbook: a sheet for each of its tables, numbers as numbers. */
#ifndef QUO_QUOTEBOOK_H
#define QUO_QUOTEBOOK_H

#include "pricing/desk/quotesheet.h"
#include "risk/base/faults.h"

/* The same quote is the same bytes. QUO_MACHINE with a fault where the file or the library fails. */
enum quo_status quo_quotebook_write(const char *path, const struct quo_sheet *sheet, struct quo_faults *faults);
#endif
