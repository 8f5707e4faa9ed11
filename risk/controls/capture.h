/* risk/controls/capture.h -- what a hostile quorum of votes costs against what it can take.       [methods: capture] */
#ifndef QUO_CAPTURE_H
#define QUO_CAPTURE_H

/* Ways to a quorum, USD; NaN: not open or not known. */
struct quo_capture_costs {
    double buy;    /* tokens needed, with the price they move and what they still fetch afterwards */
    double borrow; /* rate * days; near 0 where no snapshot binds votes to the past (flash loan) */
    double bribe;  /* yield asked for by the holders of the quorum */
};
/* The least of those that are not NaN; NaN if none is known. */
double quo_capture_cost(const struct quo_capture_costs *costs);

/* Votes to buy: quorum share of the supply or half the turnout, whichever is more. Shares 0..1. */
double quo_capture_votes(double supply, double quorum_share, double turnout_share);
/* Cost of buying `votes` at `price` when the whole depth moves the price by a factor e: price impact is exponential in
 * votes/depth; resale: share of the spent money got back afterwards (0.9 after two days, 0.39 after six months [Immunefi]). */
double quo_capture_buy(double votes, double price, double depth, double resale);
/* rate a year, for `days`. */
double quo_capture_borrow(double votes, double price, double rate, double days);

/* What a vote by token needs, and where the tokens can be had. */
struct quo_capture_votes_for {
    double supply, price_usd;           /* tokens; USD each */
    double quorum_share, turnout_share; /* of the supply */
    double depth;            /* tokens whose purchase moves the price by a factor e; INFINITY: it does not move */
    double resale_share;     /* of the money spent, got back afterwards */
    double borrowable_share; /* of the supply that can be borrowed; below the votes needed the way is closed */
    double borrow_rate, borrow_days; /* a year; 0 days: a flash loan */
    double bribe_yield;              /* share of their value that the holders ask for; NaN: nobody can be bribed */
};
/* The three ways and the votes they buy; a way that is not open costs NaN. */
struct quo_capture_costs quo_capture_ways(const struct quo_capture_votes_for *for_votes, double *votes);

/* Multiplier of the rate of attempts, a logistic in ln(V/C):
 *   ceiling / (1 + exp(-slope (ln(V/C) - middle)))
 * with V = extractable * P[not stopped]. 0 where V is 0; ceiling where the cost is 0. NaN for NaN or negatives. */
struct quo_capture_curve {
    double ceiling;       /* multiplier where capture is free, >= 0 */
    double slope, middle; /* the catalogue's capture_slope and capture_middle; slope > 0 */
};
double quo_capture_multiplier(double extractable, double cost, const struct quo_capture_curve *curve);
#endif
