/* pricing/aggregate/ladder.h -- the grids under an annual law: one for a limited amount, a ladder of spans for an unlimited
 * one, and a weighted one for the far end of a light tail. Used by annual.c.       [methods: ladder] */
#ifndef QUO_LADDER_H
#define QUO_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include "pricing/aggregate/annual.h"
#include "pricing/aggregate/grid.h"

/* A contract without its annual terms, and what is known of it exactly. */
struct quo_ladder_base {
    const struct quo_contract *contract;
    enum quo_annual_method method;
    struct quo_workspace *workspace;
    double zero; /* P[S = 0] */
    double mean; /* of S; INFINITY if there is none */
    double count_mean;
    double square; /* E[Y^2] of what one event pays up to the top that quo_ladder_limited is asked for; 0: not known */
};

/* Generating function of the contract's count. */
double quo_ladder_pgf(double z, const struct quo_contract *contract);
/* The law of S from a severity on a lattice, by the method asked for. */
enum quo_status quo_ladder_law(const struct quo_ladder_base *base, const struct quo_lattice *severity, size_t points,
                               bool gather, struct quo_lattice *out, double *wrap);
/* Least span, in steps of the lattice, beyond which S has less than exp(log_mass): Chernoff's bound, so it is rigorous. */
double quo_ladder_span(const struct quo_contract *contract, const struct quo_lattice *severity, double log_mass);
/* Limited: payouts on [0, top] in `cells` cells; the law up to `span`, gathered there if it goes on. With it, unless NULL, that on half
 * as many cells, whose payouts come from the same survival functions (cells: even). */
enum quo_status quo_ladder_limited(const struct quo_ladder_base *base, double top, size_t cells, double span,
                                   bool gather, struct quo_grid *coarse, struct quo_grid *out, double *wrap);
/* One rung: the law on [0, end], from payouts cut at its end. *wrap is raised to this rung's, if that is more. */
enum quo_status quo_ladder_rung(const struct quo_ladder_base *base, double end, size_t cells, struct quo_grid *out,
                                double *wrap);
/* The law about x and above it, with its relative precision; QUO_DOMAIN where the tail is too heavy for it (then a rung does). */
enum quo_status quo_ladder_tail(const struct quo_ladder_base *base, double x, size_t cells, struct quo_grid *out);
#endif
