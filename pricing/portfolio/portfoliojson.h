/* pricing/portfolio/portfoliojson.h -- a simulated book as JSON (docs/formats.md), and as a page of text. */
#ifndef QUO_PORTFOLIOJSON_H
#define QUO_PORTFOLIOJSON_H

#include <jansson.h>
#include "pricing/desk/table.h"
#include "pricing/portfolio/portfolio.h"

/* NULL without memory. treaties: as given to the simulation. */
json_t *quo_portfoliojson(const struct quo_portfolio *portfolio, const struct quo_shocks *shocks,
                          const struct quo_treaties *treaties);
/* The lines worth reading first: the largest `top` of every list. */
void quo_portfoliojson_page(const struct quo_page *page, const struct quo_portfolio *portfolio,
                            const struct quo_shocks *shocks, const struct quo_treaties *treaties, size_t top);
#endif
