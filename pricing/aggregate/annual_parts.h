/* pricing/aggregate/annual_parts.h -- what an annual law is made of; shared by annual.c, annual_build.c and annual_tail.c alone.
 * [methods: aggregate moments] */
#ifndef QUO_ANNUAL_PARTS_H
#define QUO_ANNUAL_PARTS_H

#include "pricing/aggregate/annual.h"
#include "pricing/aggregate/grid.h"
#include "pricing/aggregate/ladder.h"

#define QUO_ANNUAL_RUNGS 60
#define QUO_ANNUAL_RUNG_READ 0.4 /* how far up a rung is read: near its end rounding is lifted most */

struct quo_annual_pair {
    struct quo_grid coarse, fine; /* fine: twice the cells */
};

struct quo_annual {
    struct quo_contract contract;
    struct quo_annual_options options;
    struct quo_ladder_base base;
    struct quo_workspace *workspace; /* its own; NULL if one was lent */
    double second, third;            /* central moments of S; INFINITY or NaN where there are none */
    size_t cells;                    /* of a rung's coarser grid */
    bool limited, exact;             /* exact: payouts of given points, no grid to err */
    double wrap;
    struct quo_annual_pair rung[QUO_ANNUAL_RUNGS]; /* limited: rung[0] alone */
    double end[QUO_ANNUAL_RUNGS];                  /* where the payouts of each are cut */
    size_t rungs;
    bool whole; /* the last rung of the ladder holds whole payouts and ends at span */
    double span;
    struct quo_annual_pair tail; /* the weighted grids last made, for tail_x; empty if it is too heavy there */
    double tail_x;               /* 0: none made */
    struct quo_lattice law[2];   /* limited: after annual terms, coarse and fine; exact: S, and after annual terms */
};

bool quo_annual_has_terms(const struct quo_contract *contract);
/* A number on two grids as the number at step 0. */
struct quo_annual_value quo_annual_extrapolated(double coarse, double fine);
/* A number that no grid moves: its error is that of the transform. */
struct quo_annual_value quo_annual_exactly(const struct quo_annual *annual, double value);
/* How far up rung i is read. */
double quo_annual_rung_end(const struct quo_annual *annual, size_t i);
/* Central moment (order 2 or 3) of what an annual deductible and limit leave of an amount on a ladder; INFINITY or NaN where the
 * amount has none. */
struct quo_annual_value quo_annual_ladder_moment(struct quo_annual *annual, int order);
void quo_annual_pair_free(struct quo_annual_pair *pair);
#endif
