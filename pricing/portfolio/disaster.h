/* pricing/portfolio/disaster.h -- stated disasters: who is struck by what, and what each policy pays. No chance in it.
 *
 * libconfig `scenarios = ( ... )` (docs/formats.md; fixtures/scenarios/disasters.cfg). A scenario is a list of strikes in the order of time.
 * A strike names its targets (a protocol, all that name a vendor, all that name the vendor of a kind with the most limit behind it, the
 * n protocols that campaigns weigh heaviest on, or the n-th of them alone), a peril and a size: a share of the exposure, USD, hours, or the size that the protocol's own law
 * exceeds once in so many events. Each is one event. */
#ifndef QUO_DISASTER_H
#define QUO_DISASTER_H

#include <jansson.h>
#include "pricing/desk/table.h"
#include "pricing/portfolio/shocks.h"
#include "pricing/portfolio/treaty.h"

enum quo_strike_target { QUO_STRIKE_PROTOCOL, QUO_STRIKE_VENDOR, QUO_STRIKE_LARGEST, QUO_STRIKE_CAMPAIGN };
enum quo_strike_size { QUO_STRIKE_SHARE, QUO_STRIKE_USD, QUO_STRIKE_HOURS, QUO_STRIKE_ONCE_IN };

struct quo_strike {
    enum quo_strike_target target;
    char *name; /* of the protocol, the vendor ("cloud:aws") or the kind ("custody"); NULL for campaigns */
    long first, count; /* of campaign targets: from that one on, so many */
    enum quo_peril peril;
    enum quo_strike_size by;
    double size;
    double day;
};

struct quo_scenario {
    char *id, *says;
    struct quo_strike *strike;
    size_t n_strikes;
};

struct quo_scenarios {
    struct quo_scenario *scenario;
    size_t n;
};

void quo_scenarios_free(struct quo_scenarios *scenarios);
enum quo_status quo_scenarios_load(const char *path, struct quo_scenarios **out, struct quo_faults *faults);

struct quo_struck {
    uint32_t risk;
    enum quo_peril peril;
    double size; /* USD or hours */
    uint32_t event; /* number of the strike, from 1 */
};
struct quo_disaster {
    const struct quo_scenario *scenario; /* not owned */
    struct quo_struck *struck;
    size_t n_struck;
    double ground_up;  /* USD lost by those struck, insured or not; hours not counted */
    double gross, net; /* USD paid; net of reinsurance (gross where there is none) */
    double *policy;    /* policy[n_policies]: USD */
    size_t n_policies, n_paying;
};
/* The exposures behind the shocks; treaties may be NULL. */
enum quo_status quo_disaster_run(const struct quo_shocks *shocks, const struct quo_scenario *scenario,
                                 const struct quo_treaties *treaties, struct quo_disaster *out);
void quo_disaster_free(struct quo_disaster *disaster); /* the contents */

json_t *quo_disaster_json(const struct quo_disaster *disaster, const struct quo_exposures *exposures);
void quo_disaster_page(const struct quo_page *page, const struct quo_disaster *disaster,
                       const struct quo_exposures *exposures, size_t top);
#endif
