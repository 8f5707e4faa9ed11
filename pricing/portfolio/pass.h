/* pricing/portfolio/pass.h -- a pass over the years of a simulation, spread over threads and ranks, from a checkpoint on where there is
 * one. Inside of the portfolio. */
#ifndef QUO_PASS_H
#define QUO_PASS_H

#include "pricing/portfolio/portfolio.h"
#include "pricing/portfolio/yearblock.h"

#define QUO_PASS_COLUMNS 5

struct quo_pass {
    const struct quo_shocks *shocks;
    const struct quo_portfolio_options *options;
    int64_t *total, *largest;   /* [years]: filled by the first pass */
    int64_t *added;             /* [years]; NULL: nothing is */
    int64_t *net, *net_largest; /* [years]; NULL: no reinsurance */
    struct quo_treaty_sums *ceded;
    size_t in_book;               /* policies */
    const struct quo_tail *tail;  /* NULL: all years are simulated */
    struct quo_tally *above, *at; /* what all years, or those above the VaR, add up to; and those at it */
};

/* All years: columns and sums of all ranks are in each of them then. With a checkpoint in the options the years go slice by slice, and each
 * slice's end may be one: what is there of this very run is taken up. QUO_REFUSED: it is another run's; faults tell. */
enum quo_status quo_pass_all(struct quo_pass *pass);
/* Those of the tail. */
enum quo_status quo_pass_tail(struct quo_pass *pass);
#endif
