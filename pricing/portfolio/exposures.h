/* pricing/portfolio/exposures.h -- a book made ready to be simulated: who can lose what, and which cover pays for it.
 *
 * Protocols first, all of them; then quo_exposures_link; then policies, in any order; then quo_exposures_finish. What was passed in is
 * not kept. Money is whole US cents (int64), so that sums are the same in any order. Immutable once finished: threads share it. */
#ifndef QUO_EXPOSURES_H
#define QUO_EXPOSURES_H

#include <stddef.h>
#include <stdint.h>
#include "policies/policy.h"
#include "pricing/engine.h"
#include "pricing/portfolio/dependence.h"
#include "pricing/portfolio/nameindex.h"
#include "pricing/portfolio/sizetable.h"
#include "pricing/portfolio/ties.h"
#include "risk/base/ranks.h"
#include "risk/hazard.h"

#define QUO_NO_NODE UINT32_MAX

/* A protocol. Rates are a year, without contagion. */
struct quo_risk {
    char *id, *chain;
    bool bridge;
    double exposure_usd;
    double rate[QUO_PERILS], own[QUO_PERILS], contagion[QUO_PERILS];
    quo_peril_set covered; /* by some policy */
    quo_peril_set watched; /* covered, or passed on to others */
    struct quo_ties ties;
    struct quo_sizetable size[QUO_PERILS];
    uint32_t policy_from, policy_to; /* in quo_exposures.by_risk */
    double passes[QUO_PERILS];       /* share of its own events that may be passed on: those of the protocol's date */
    double pays[QUO_PERILS];         /* sizes drawn from a number above it pay nobody */
    double score[QUO_PERILS];        /* its normal score */
    uint32_t link_from, link_to;
    /* Kept until finish, for the policies' laws. */
    struct quo_hazard *hazard; /* hazard[QUO_PERILS] */
    double secondary[QUO_PERILS], recovery[QUO_PERILS];
    int day; /* the pricing date that the rates speak of */
};

/* A loss at one protocol reaches another with this chance. */
struct quo_contagion {
    uint32_t to;
    quo_peril_set perils;
    double chance;
};

/* What one policy's cover pays for one peril of its protocol. */
struct quo_row {
    uint32_t node; /* what its payments run through first */
    uint32_t policy;
    uint32_t piece;
    uint16_t n_pieces;
    uint8_t peril;
    double sees;     /* chance that an event is seen */
    double per_unit; /* index = size * per_unit */
    double error;    /* sd of ln(index / size) */
    double least;    /* the index below which nothing is paid */
    /* A state-actor clause: of the events that are seen it takes those of a size x with chance holds/(1 + exp(-state_a - state_b ln x)). */
    double holds, state_a, state_b; /* holds 0: it takes none */
    double sublimit;                /* cents that are paid for those */
};

/* Straight pieces of the payment, in dollars against the index: at x and above y0 + slope (x - x0), up to y1. */
struct quo_row_piece {
    double x0, y0, y1, slope;
};

/* A limit of the year: payments run from a cover (or its sublimit) to its policy. Cents. */
struct quo_node {
    uint32_t parent; /* QUO_NO_NODE: this is a policy */
    uint32_t policy;
    int64_t deductible, limit;
};

#define QUO_ALARM_BINS 32
/* False alarms of one cover, with what they pay: equally likely amounts. */
struct quo_alarm {
    uint32_t node;
    double rate; /* a year */
    float pays[QUO_ALARM_BINS];
};

/* An index of the whole market's loss, read at the end of each window. */
struct quo_reading {
    quo_peril_set perils;
    uint32_t windows;
    double window_years, trend_years; /* the latter of its pricing date, as quo_hazard_trend_years */
};

/* What one cover pays by such an index. */
struct quo_market_row {
    uint32_t reading;
    struct quo_row row; /* peril: QUO_PERILS; sees: chance that a window is read; its pieces are of market_piece */
};

struct quo_held {
    char *id;
    uint32_t risk, node;
    uint32_t n_nodes;          /* from `node` on */
    uint32_t row_from, row_to; /* by cover, then by peril */
    double term_years;
    int64_t limit;       /* of the year, cents; INT64_MAX: none */
    double expected, sd; /* of the term, by the quote's own law (contagion included); USD */
    quo_peril_set perils;
};

struct quo_exposures {
    const struct quo_engine *engine;
    struct quo_dependence dependence;
    struct quo_ranks ranks; /* that share the pricing of policies, each of them given all; alone unless it is set before */
    double horizon; /* years: the longest term. A simulated year runs that long, each policy for its own term */
    struct quo_nameindex ids; /* of the protocols, in their order */
    struct quo_risk *risk;
    size_t n_risks, risk_room;
    struct quo_contagion *link;
    size_t n_links;
    struct quo_held *policy;
    size_t n_policies, policy_room;
    uint32_t *by_risk; /* by_risk[n_policies]: policies in the order of their protocols */
    struct quo_row *row;
    size_t n_rows, row_room;
    struct quo_row_piece *piece;
    size_t n_pieces, piece_room;
    struct quo_node *node;
    size_t n_nodes, node_room;
    struct quo_alarm *alarm;
    size_t n_alarms, alarm_room;
    struct quo_reading *reading;
    size_t n_readings, reading_room;
    struct quo_market_row *market_row;
    size_t n_market_rows, market_row_room;
    struct quo_row_piece *market_piece;
    size_t n_market_pieces, market_piece_room;
};

enum quo_status quo_exposures_new(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                  struct quo_exposures **out);
void quo_exposures_free(struct quo_exposures *exposures);
/* day: the pricing date; the inception of its policies (trends end with the model's data, so later ones are all alike). */
enum quo_status quo_exposures_protocol(struct quo_exposures *exposures, const struct quo_protocol *protocol, int day);
/* Index of a protocol; -1. */
long quo_exposures_find(const struct quo_exposures *exposures, const char *id);
/* Contagion: collateral and shared bridges among the protocols that are there. Those arrays may hold NULL for protocols of no ties. */
enum quo_status quo_exposures_link(struct quo_exposures *exposures, const struct quo_protocol *const *protocol);
/* policies[n], each of the protocol risk[n]: priced in parallel. outcome[n]: QUO_OK, or why that policy has no law and was left out; only
 * want of memory ends it all. */
enum quo_status quo_exposures_policies(struct quo_exposures *exposures, const struct quo_policy *const *policy,
                                       const uint32_t *risk, size_t n, enum quo_status *outcome);
enum quo_status quo_exposures_finish(struct quo_exposures *exposures);
/* What a row pays at an index, cents. */
int64_t quo_exposures_pays(const struct quo_exposures *exposures, const struct quo_row *row, double index);
int64_t quo_exposures_market_pays(const struct quo_exposures *exposures, const struct quo_market_row *row, double index);
/* What can be lost on a policy, USD: the limit of its year; where it has none, the most that one event pays. */
double quo_exposures_limit(const struct quo_exposures *exposures, size_t policy);
/* Grows an array to hold one element more than n; for the files of this folder. */
bool quo_exposures_room(void **array, size_t *room, size_t n, size_t size);
#endif
