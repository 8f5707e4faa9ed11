/* risk/fitting/incidents.h -- incidents as trackers give them: one row a loss. CSV, the columns of docs/formats.md.
 *
 * Money in USD at prices of the day, gross. What no source says is NaN (or -1), never 0.  [methods: records] */
#ifndef QUO_INCIDENTS_H
#define QUO_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"
#include "risk/base/hash.h"
#include "risk/peril.h"

#define QUO_INCIDENT_OTHER QUO_PERILS /* cause `other`: read and counted, never fitted */

struct quo_incident {
    int day;
    int line;        /* in its file */
    int peril;       /* enum quo_peril, or QUO_INCIDENT_OTHER */
    int state_actor; /* 1: attributed to a state; 0: known to be private; -1: not known, which is not "no" */
    int bridge;      /* 1, 0; -1 not said */
    bool corrected;  /* peril or bridge are those of a later report, not those collected */
    int n_sources;
    char *entity, *chain, *sources;
    double loss;      /* > 0 */
    double recovered; /* NaN: unknown */
    double exposure;  /* assets at risk just before; NaN */
    double low, high; /* least and largest figure of the sources; NaN */
    double floor;     /* the record is there because its loss exceeds this; NaN: the fit's own floor */
};

struct quo_incidents {
    struct quo_incident *incident; /* incident[n], in order of the file */
    size_t n;
    int from, to; /* first and last day */
    char sha256[QUO_HASH_SIZE];
};

/* Collects every fault of the file. *out is NULL unless all rows can be used. Two rows alike in date, entity and loss are a
 * fault. At most ten million rows. */
enum quo_status quo_incidents_load(const char *path, struct quo_incidents **out, struct quo_faults *faults);
void quo_incidents_free(struct quo_incidents *incidents);
#endif
