/* pricing/desk/scorereport.h -- a score for people: domains, perils, signers, controls, knock-outs, what to ask first. */
#ifndef QUO_SCOREREPORT_H
#define QUO_SCOREREPORT_H

#include "pricing/desk/scoreworth.h"
#include "pricing/portfolio/ties.h"
#include "risk/controls/score.h"

/* The protocol's own incidents against what its rate expects. */
struct quo_own_record {
    bool known;
    double years, incidents, expected, factor;
};

/* What a score says of rates and premiums; NULL where there is no model. */
struct quo_shared_risk {
    struct quo_own_record record;
    const struct quo_ties *ties;     /* what comes through others */
    const struct quo_hazard *hazard; /* hazard[QUO_PERILS] */
    const struct quo_premiums *premiums; /* of a policy; NULL: a protocol alone */
};

/* At most 96 columns. Of a score with money: quo_score_valued. */
void quo_scorereport_print(const struct quo_page *page, const struct quo_score *score,
                           const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                           const struct quo_shared_risk *shared);
#endif
