/* pricing/cmd/marketfile.h -- the market file of fit, calibrate and backtest: a path of the user's, or what ships. */
#ifndef QUO_MARKETFILE_H
#define QUO_MARKETFILE_H

#include "risk/market.h"

/* NULL paths: what ships with the program. The catalogue is the one that the market's profiles speak of. */
enum quo_status quo_marketfile_load(const char *market_path, const char *catalogue_path, struct quo_market **out,
                                    struct quo_faults *faults);
#endif
