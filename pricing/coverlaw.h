/* pricing/coverlaw.h -- one cover laid over one protocol's perils: the law of one payout, and of the year's.
 *
 * A payout function is cut into pieces: jumps and straight rises of money in the index. With R(x) = E[(index - x)+],
 * a rise from (x0, y0) to (x1, y1) adds (y1 - y0)/(x1 - x0) [R(x0) - R(x1)] to the mean, a jump at x adds (y1 - y0) P[index >= x],
 * and E[min(payout, y)] is the same cut off at y: exact, no sampling.                              [methods: payout] */
#ifndef QUO_COVERLAW_H
#define QUO_COVERLAW_H

#include <stddef.h>
#include "policies/policy.h"
#include "pricing/aggregate/compound.h"
#include "pricing/engine.h"
#include "pricing/indexlaw.h"
#include "pricing/losstable.h"
#include "pricing/payoutmemo.h"

/* How fine; quo_resolution_first is what a quote begins with. */
struct quo_resolution {
    size_t table_nodes; /* of the loss table */
    size_t cells;       /* of the largest event limit */
    int error_nodes;    /* of the reporting error's quadrature */
    size_t padding;     /* transform so many times longer than needed: a coarser run then shares the fine one's plan */
};
extern const struct quo_resolution quo_resolution_fine;

/* What one peril's events do to this cover, before annual limits. Money of the term. */
struct quo_cover_peril {
    double rate; /* events of this peril in the term that the cover looks at: missed ones taken off, and the share of the
                  * expected payout that a clause takes */
    double seen; /* the same without what a clause takes */
    double pays; /* P[payout > 0 | one of these] */
    double mean_payout;   /* of an event that is seen, no clause */
    double expected;      /* rate * mean_payout */
    double expected_true; /* as if index = loss, nothing missed: what the terms alone do */
    double table_error;   /* of the part of a payout above any amount; 0 unless bounds were asked for */
};

struct quo_coverlaw {
    struct quo_cover_peril peril[QUO_PERILS];
    double secondary_ratio, kept; /* as given */
    double false_alarms;          /* in the term */
    double expected_false;        /* what they cost */
    double expected_events;       /* sum over perils and false alarms of the expected payout before annual terms */
    double annual_limit;          /* as it works: the lesser of what is stated; INFINITY: none */
    double no_payout;             /* P[no payout at all in the term], exact */
    double events;                /* in the term, false alarms included */
    struct quo_lattice event;     /* the payout of one of them, all perils mixed by their rates */
    struct quo_lattice annual;    /* the term's payout, annual deductible and limit applied */
    double expected;              /* its mean */
    double table_error; /* where bounds were asked for: how far what is paid above any amount may be off because of the tables */
    int windows;                  /* of a cover of the market's loss; else 0 */
    double window_mean;           /* USD that the market is expected to lose in one */
    double reinstated;            /* E[min(annual, reinstatements * event limit)]: limit bought back */
};

struct quo_cover_input {
    const struct quo_engine *engine;          /* for a state-actor clause or a cover of the market's loss; else NULL */
    long draw;                                /* for the latter: of the model's parameters; -1: the point estimate */
    const struct quo_policy *policy;
    const struct quo_cover *cover;
    const struct quo_hazard *hazard;          /* hazard[QUO_PERILS] */
    const struct quo_losstable *const *table; /* table[QUO_PERILS]: each peril's own; NULL where it is not covered */
    double term_years;
    double index_error;              /* where the trigger does not say */
    double
        kept; /* share of a payment left after what comes back is set off, where the policy has a return offset; else 1 */
    double secondary_ratio; /* secondary loss over primary loss, where the policy covers secondary losses */
    double step;            /* of the lattice; from quo_coverlaw_step */
    size_t points;          /* at least so many in the transform, so that all covers and their sum share one plan */
    struct quo_resolution resolution;
    const struct quo_indexlaw_rule *rule; /* of resolution.error_nodes */
    struct quo_payoutmemo *memo;          /* where payouts are looked for and kept */
    bool bounded; /* also table_error is asked for */
};

/* A step for all covers of a policy: about `cells` in the largest event limit, and limits and steps on lattice points as far
 * as one step can do it. */
double quo_coverlaw_step(const struct quo_policy *policy, size_t cells);
/* The most that the term's lattice must reach for this cover: its annual limit and deductible, or where they lie further or there is
 * none an amount beyond which nothing is left. */
double quo_coverlaw_reach(const struct quo_policy *policy, const struct quo_cover *cover,
                          const struct quo_hazard *hazard);
/* Points to the overall limit, or to the largest cover's where that is more; covers without a limit not counted. */
size_t quo_coverlaw_points(const struct quo_policy *policy, const struct quo_hazard *hazard, double step);
enum quo_status quo_coverlaw_new(const struct quo_cover_input *input, struct quo_workspace *workspace,
                                 struct quo_coverlaw *out);
/* The term of the same payouts on every second point: its annual, annual_limit, expected and reinstated, all else 0. Not of the market's loss. */
enum quo_status quo_coverlaw_half(const struct quo_cover_input *input, struct quo_workspace *workspace,
                                  struct quo_coverlaw *out);
void quo_coverlaw_free(struct quo_coverlaw *law); /* the contents */
/* One peril, covered and present: its line; the events of the term that are seen; the law of what one of them pays, clause applied, which stays
 * the memory's. */
enum quo_status quo_coverlaw_peril(const struct quo_cover_input *input, enum quo_peril peril,
                                   struct quo_cover_peril *line, double *seen, const struct quo_lattice **law);
/* One peril, covered and present: its payout, and what a clause leaves of it, into the memory. */
enum quo_status quo_coverlaw_prepare(const struct quo_cover_input *input, enum quo_peril peril);
/* Whether the cover's index is measured in hours. */
bool quo_coverlaw_in_hours(const struct quo_cover *cover);
/* The limit of the term as it works: what is stated, and what reinstatements leave. INFINITY: none. */
double quo_coverlaw_annual_limit(const struct quo_cover *cover);
/* The limit of an event, or of the year (INFINITY: none), that a cover has for one peril. */
double quo_coverlaw_sublimit(const struct quo_cover *cover, enum quo_peril peril, bool annual);
#endif
