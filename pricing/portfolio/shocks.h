/* pricing/portfolio/shocks.h -- what strikes in a year: each protocol's own events, shocks to vendors, campaigns, false alarms.
 *
 * A shock arrives at `rate` a year and takes each target independently with its chance. Drawn as Poisson(total) picks by weight, each
 * protocol kept once: a pick falls on protocol i with P = 1 - exp(-m_i). A campaign's total is multiplied by its gamma intensity:
 * P = 1 - (1 + m_i/k)^-k.                                                                            [methods: portfolio]
 *
 * Immutable once made: threads share it. */
#ifndef QUO_SHOCKS_H
#define QUO_SHOCKS_H

#include "pricing/portfolio/alias.h"
#include "pricing/portfolio/exposures.h"
#include "pricing/portfolio/marketyears.h"
#include "pricing/portfolio/nameindex.h"
#include "pricing/portfolio/scores.h"
#include "pricing/portfolio/season.h"

struct quo_target {
    uint32_t risk;
    float score; /* of its size: below it nobody is paid */
    uint8_t peril;
    bool links; /* what hits it may be passed on */
};

struct quo_shock {
    uint32_t name; /* in quo_shocks.names */
    enum quo_tie_event event;
    double rate;        /* a year */
    double shape;       /* of its intensity; INFINITY: always 1 */
    double correlation; /* of the normal scores of the sizes it causes */
    quo_peril_set perils;
    struct quo_alias pick; /* over target[]; pick.total: m summed */
    struct quo_target *target;
};

/* Shocks of one set of perils: their rates move with the same seasons. */
struct quo_shock_group {
    quo_peril_set perils;
    struct quo_alias pick; /* over shock[], by the rate of those that take somebody */
    uint32_t *shock;
};

struct quo_shocks {
    const struct quo_exposures *exposures;
    struct quo_nameindex names; /* "cloud:aws", without the event */
    struct quo_shock *shock;    /* shock[n]; the campaign is the last, if there is one */
    size_t n;
    long campaign; /* its index; -1: none */
    struct quo_shock_group *group;
    size_t n_groups;
    struct quo_alias own[QUO_PERILS]; /* over own_target[p], by rates thinned to what can pay; n 0: no such peril */
    struct quo_target *own_target[QUO_PERILS];
    double *own_pays[QUO_PERILS]; /* the chances that own events' sizes are drawn below */
    struct quo_alias alarm;  /* over the exposures' alarms */
    struct quo_season season[QUO_PERILS];
    struct quo_scores scores;
    struct quo_marketyears *market; /* the whole market's losses; NULL: nobody asks */
};

/* The exposures must be finished, and outlive the result. */
enum quo_status quo_shocks_new(const struct quo_exposures *exposures, struct quo_shocks **out);
void quo_shocks_free(struct quo_shocks *shocks);
/* Share of a protocol's own events that are drawn at all: those large enough to pay somebody. All, where it passes losses on. */
static inline double quo_shocks_thinned(const struct quo_risk *risk, int peril)
{
    return risk->link_from == risk->link_to ? risk->pays[peril] : 1.0;
}
/* Events a year that somebody watches, over everything: for a first idea of the work. */
double quo_shocks_events(const struct quo_shocks *shocks);
#endif
