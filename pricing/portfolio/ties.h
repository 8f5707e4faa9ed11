/* pricing/portfolio/ties.h -- one protocol's rates split by cause: what it shares with others, and what is its own.
 *
 *   rate = own + sum over vendors of shock_rate * chance + campaigns * campaign chance             [methods: dependence]
 *
 * Signers' groups: the part of the quorum's rate that comes through a group's shocks, to the power that the quorum has on the price.
 * Declared dependencies, the chain among them: the shares of struct quo_dependence. */
#ifndef QUO_TIES_H
#define QUO_TIES_H

#include <stddef.h>
#include "pricing/portfolio/dependence.h"
#include "risk/controls/score.h"
#include "risk/hazard.h"

/* What fails when a shock strikes: shocks of different kinds to one vendor are different events. */
enum quo_tie_event { QUO_TIE_INTRUSION, QUO_TIE_OUTAGE, QUO_TIE_LOSS, QUO_TIE_EVENTS };

struct quo_tie {
    char *name; /* "cloud:aws", "org:foundation", "chain:ethereum": one name is one thing in the whole book */
    enum quo_tie_event event;
    enum quo_peril peril;
    double shock_rate; /* a year, as this protocol's files have it */
    double part;       /* of the peril's rate, events a year: shock_rate * chance; 0 of what never fails */
};

struct quo_ties {
    struct quo_tie *tie;
    size_t n, room;
    double campaign_part[QUO_PERILS]; /* events a year */
};

/* hazard[QUO_PERILS] of the protocol. Parts are cut so that every chance is at most highest_chance and that a quarter of each rate at
 * the least stays its own. */
enum quo_status quo_ties_find(const struct quo_catalogue *catalogue, const struct quo_model *model,
                              const struct quo_dependence *dependence, const struct quo_protocol *protocol,
                              const struct quo_score *score, const struct quo_hazard *hazard, struct quo_ties *out);
void quo_ties_free(struct quo_ties *ties); /* the contents */
#endif
