/* pricing/desk/report.h -- a quote as text for an underwriter, in 100 columns. */
#ifndef QUO_REPORT_H
#define QUO_REPORT_H

#include "pricing/desk/table.h"
#include "pricing/quote.h"

void quo_report_quote(const struct quo_page *page, const struct quo_quote *quote);
/* Several quotes side by side: a line each; the heading first. */
void quo_report_summary_heading(const struct quo_page *page);
void quo_report_summary(const struct quo_page *page, const struct quo_quote *quote);
#endif
