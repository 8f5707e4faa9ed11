/* risk/controls/capture.h -- what a hostile quorum of votes costs against what it can take.       [methods: capture] */
#ifndef QUO_CAPTURE_H
#define QUO_CAPTURE_H

/* Ways to a quorum, USD; NaN: not open or not known. */
struct quo_capture_costs {
    double buy; /* tokens needed, with the price they move and what they still fetch afterwards */
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

/* Multiplier of the rate of attempts, a logistic in ln(V/C):
 *   ceiling / (1 + exp(-slope (ln(V/C) - middle)))
 * with V = extractable * P[not stopped]. 0 where V is 0; ceiling where the cost is 0. NaN for NaN or negatives. */
struct quo_capture_curve {
    double ceiling;       /* multiplier where capture is free, >= 0 */
    double slope, middle; /* the catalogue's capture_slope and capture_middle; slope > 0 */
};
double quo_capture_multiplier(double extractable, double cost,
                              const struct quo_capture_curve *curve);
#endif
