/* pricing/whatif/planworld.h -- all perils of a policy as tables (periltable.h), once for each choice of the few changes that everything hangs
 * on: those of the frame and those to the reliability of answers. Inside of the proofs.                 [methods: proofs] */
#ifndef QUO_PLANWORLD_H
#define QUO_PLANWORLD_H

#include "pricing/whatif/boundyear.h"
#include "pricing/whatif/periltable.h"
#include "pricing/whatif/planner.h"

/* What one thread's bounds work in. */
struct quo_planlane {
    struct quo_setgrid grid, sums;
    struct quo_bitmemo *back; /* struct quo_planback by rate and law */
    struct quo_boundyear year;
};

struct quo_planworld {
    uint64_t in;   /* that choice */
    uint64_t open; /* the other changes that move anything at all */
    struct quo_periltable table[QUO_PERILS];
    size_t n_tables;
    double shape, claims, years; /* of own experience: (shape + claims)/(shape + years x events of the term); no history: 1, 0, 0 */
    double score_weight[QUO_PERILS]; /* for scores: of each table, adding up to 1 */
    /* For premiums. */
    const struct quo_policy *policy; /* the frame */
    struct quo_setgrid grid, sums;   /* of a cover's year, of all covers together */
    size_t points;                   /* amounts of an event that the laws' `above` tell */
    double size[QUO_PERILS];         /* of the counts, by peril */
    int cover[QUO_PERILS];           /* of each table; -1: none */
    double on_mean, on_tail;         /* expected payout and load = on_mean E[T] + on_tail TVaR_level[T] */
    double level;
    /* What reinstatement premiums bring back hangs on one table's rate and law: its number, or -1 where nothing comes back. */
    int back_table, back_cover;
    struct quo_planlane *lane; /* lane[n_lanes], one a thread */
    int n_lanes;
    double *alarm_least, *alarm_most; /* [n_covers][points]: P[payout > k steps] of a false alarm, under whichever set */
};

struct quo_planback {
    double expected, back; /* of the cover; of them what comes back, money */
};
/* At that rate and law of world->back_table. False without memory. */
bool quo_planworld_back(const struct quo_planworld *world, struct quo_planlane *lane, double rate, unsigned law, struct quo_planback *out);

struct quo_planworlds {
    struct quo_setparts *parts;
    struct quo_setstates *states;
    struct quo_planworld *world;
    size_t n;
};

/* QUO_REFUSED: not for such a goal, policy or number of changes. */
enum quo_status quo_planworlds_new(struct quo_values *values, enum quo_goal goal, struct quo_planworlds *out);
void quo_planworlds_free(struct quo_planworlds *worlds); /* the contents */
#endif
