/* risk/market.h -- the market whose incidents the base rates come from: how many protocols of which size, how long they
 * were watched, how complete the incident file is, and which controls they have. libconfig; the shipped one is
 * fixtures/market/market.cfg. */
#ifndef QUO_MARKET_H
#define QUO_MARKET_H

#include <stddef.h>
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/base/stream.h"
#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"

/* Protocols of one size. */
struct quo_band {
    double low_usd, high_usd; /* INFINITY: open */
    double count;             /* protocols */
    double mean_usd;          /* total / count */
    double bridges;           /* of them; NaN: not said */
    double bridges_mean_usd;
};

/* Protocols at risk in one year, and their value: the exposure behind the counts. */
struct quo_market_year {
    int year;
    double protocol_years; /* of size above the smallest band's lower edge */
    double tvl_usd;        /* mean over the days of the year */
};

/* A type of protocol in the market: a whole protocol description with its weight. */
struct quo_profile {
    char *id, *says;
    double weight;         /* adds up to 1 over the profiles */
    double service_weight; /* the same among the services whose stops are counted; `weight` where the file does not say */
    struct quo_protocol *protocol;
};

/* Counted faults of code at bridges: bridge_validation by a fault of code, and code_bug. NaN: the file does not say. */
struct quo_bridge_faults {
    double in_messages, elsewhere;
    char *source;
};

struct quo_market {
    char *id;
    double reporting_completeness; /* share of all incidents that the incident file holds */
    int bands_day;
    struct quo_band *band;
    size_t n_bands;
    struct quo_market_year *year;
    size_t n_years;
    struct quo_profile *profile;
    size_t n_profiles;
    double bridge_weight; /* of the profiles that are bridges */
    struct quo_bridge_faults bridge_faults;
    char *sha256;
};

/* The profile's share of those whose incidents of this peril are counted. */
double quo_market_weight(const struct quo_profile *profile, enum quo_peril peril);
/* The band's protocols that this peril can befall, counted so that its mean over the mix applies to each: where the bands tell their
 * bridges, bridge_validation has bridges / bridge_weight protocols of the bridges' own mean size (a bridge's relativity is
 * 1 / bridge_weight in the mean); every other peril has them all. */
struct quo_band quo_market_band(const struct quo_market *market, size_t i, enum quo_peril peril);

/* Share of a bridge's faults of code that count as code_bug: mean of Beta(elsewhere + 1/2, in_messages + 1/2); 1 where the file does not
 * say. draw: NULL, or where to draw the share from.  [methods: faults of code at bridges] */
double quo_market_bridge_code(const struct quo_market *market, struct quo_stream *draw);

void quo_market_free(struct quo_market *market);
enum quo_status quo_market_load(const char *path, const struct quo_catalogue *catalogue, struct quo_market **out,
                                struct quo_faults *faults);
enum quo_status quo_market_read(struct quo_config *config, const struct quo_catalogue *catalogue,
                                struct quo_market **out, struct quo_faults *faults);
#endif
