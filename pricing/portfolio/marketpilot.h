/* pricing/portfolio/marketpilot.h -- how often the book's own protocols lose how much by one event: counted in years that nothing else uses. Inside
 * of the shocks.                                                                                     [methods: market years] */
#ifndef QUO_MARKETPILOT_H
#define QUO_MARKETPILOT_H

#include "pricing/portfolio/marketyears.h"
#include "pricing/portfolio/shocks.h"

/* Fills market->peril[].book. The shocks are finished but for their market, and every loss is drawn. */
enum quo_status quo_marketpilot_run(const struct quo_shocks *shocks, struct quo_marketyears *market);
#endif
