/* pricing/portfolio/portfolio.h -- a book simulated: what a bad year costs, and who and what it comes from.
 *
 * The same result to the last bit for any number of threads: years are addressed, amounts are whole cents and are added as integers.
 * A year runs each policy for its own term. [methods: portfolio], [methods: contributions] */
#ifndef QUO_PORTFOLIO_H
#define QUO_PORTFOLIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pricing/portfolio/ordered.h"
#include "risk/base/ranks.h"
#include "pricing/portfolio/shocks.h"
#include "pricing/portfolio/treaty.h"
#include "risk/base/faults.h"

#define QUO_PORTFOLIO_YEARS_MAX ((uint64_t)1 << 26) /* 67 million: 1 GiB of yearly amounts */
#define QUO_PORTFOLIO_LEVELS 5
#define QUO_PORTFOLIO_PERIODS 10

struct quo_portfolio_options {
    uint64_t years, seed;
    double level; /* of the TVaR that is split into contributions */
    size_t
        added; /* policies from this one on are no part of the book: what they would add is told. SIZE_MAX: all are */
    const struct quo_treaties *treaties; /* reinsurance; NULL: none. Must outlive the call alone */
    struct quo_ranks ranks;              /* the years are spread over them; each has the whole result */
    const char *checkpoint;    /* a file that an interrupted run goes on from; NULL: none. The caller removes it in the end */
    bool resume;               /* from that file, if it is there */
    double checkpoint_seconds; /* at least, between two of them */
    struct quo_faults *faults; /* for what is wrong with the file; may be NULL */
    void (*progress)(void *context, uint64_t done, uint64_t all); /* NULL: nobody asks. From one thread at a time */
    void *context;
};
void quo_portfolio_options_init(struct quo_portfolio_options *options); /* 100,000 years, seed 1, level 0.99 */

struct quo_contribution {
    struct quo_estimate expected; /* of the term, simulated */
    struct quo_estimate tail;     /* to the TVaR: they add up to it */
};

enum quo_accumulation_kind {
    QUO_ACCUMULATION_VENDOR,
    QUO_ACCUMULATION_ORGANISATION,
    QUO_ACCUMULATION_BRIDGE,
    QUO_ACCUMULATION_CHAIN,
    QUO_ACCUMULATION_PERIL,
    QUO_ACCUMULATION_CAUSE,
    QUO_ACCUMULATIONS
};
const char *quo_accumulation_kind_id(enum quo_accumulation_kind kind);

/* What hangs on one thing. By vendor, organisation, bridge and chain: the policies of the protocols that name it, whatever they are paid
 * for (they overlap); by_shock is the part that its own failures cause. By peril and by cause: the payments (they add up). */
struct quo_accumulation {
    enum quo_accumulation_kind kind;
    const char *name; /* the exposures' or shocks' */
    size_t protocols, policies;
    double limit_exposed, expected, tail; /* USD */
    double shock_expected, shock_tail;
};

/* A year's law, from simulated years. */
struct quo_portfolio_curves {
    struct quo_estimate mean, sd;
    double largest;
    struct quo_return_point aep[QUO_PORTFOLIO_PERIODS], oep[QUO_PORTFOLIO_PERIODS];
    struct quo_return_point var[QUO_PORTFOLIO_LEVELS]; /* return_period holds the level */
    struct quo_estimate tvar[QUO_PORTFOLIO_LEVELS];
};

/* What one treaty takes over. */
struct quo_ceded {
    struct quo_estimate expected; /* USD a year */
    double reinstatement_premium; /* expected */
    double touched, exhausted;    /* chance in a year that it pays, and that nothing is left of it */
};

/* Policies that are not in the book yet, together: the same years with and without them. USD. */
struct quo_portfolio_added {
    size_t policies;
    struct quo_estimate expected;
    double quoted;                  /* the sum of their quotes' expected payouts */
    double tvar_alone;              /* of their payouts by themselves, at the level of the contributions */
    double tvar_before, tvar_after; /* of the book */
    struct quo_estimate tvar_added; /* after less before */
    double contribution;            /* E[payout | the book's tail]: what a small part of them adds for each unit */
    double var_before, var_after, sd_before, sd_after;
    double
        diversification; /* (TVaR added - expected)/(TVaR alone - expected): the share of their own capital that the book needs */
};

struct quo_portfolio {
    uint64_t years, seed;
    size_t policies, protocols;             /* of the book */
    struct quo_portfolio_added added;       /* policies 0: none */
    struct quo_portfolio_curves gross, net; /* net: of reinsurance, where there is some */
    struct quo_ceded *ceded;                /* ceded[treaties]; NULL: none */
    size_t n_ceded;
    double exact_mean;    /* sum of the quotes' expected payouts, contagion in their rates */
    struct quo_tail tail; /* the one that is split */
    double tail_mean;     /* its TVaR */
    struct quo_contribution
        *contribution; /* contribution[policies], then those of the added: to the book's tail, and no part of it */
    struct quo_accumulation *accumulation;
    size_t n_accumulations;
    double events_per_year;
};

/* QUO_DOMAIN: no years or too many, or no policy. */
enum quo_status quo_portfolio_run(const struct quo_shocks *shocks, const struct quo_portfolio_options *options,
                                  struct quo_portfolio **out);
void quo_portfolio_free(struct quo_portfolio *portfolio);
#endif
