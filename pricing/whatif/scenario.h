/* pricing/whatif/scenario.h -- what if a whole market adopted it: a plan's changes on every protocol of a book, or on some.
 *
 * States: the book as it is; with each change alone; with all. Each policy is priced as its own quote would be. What does not fit a protocol
 * (a path that it does not have, a value that its reader refuses) is left out there and counted.
 * Money in USD: policies in other currencies are converted. Losses a year, of the protocols, before any terms. [methods: scenarios] */
#ifndef QUO_SCENARIO_H
#define QUO_SCENARIO_H

#include "policies/plan.h"
#include "pricing/engine.h"
#include "pricing/whatif/marketbook.h"

struct quo_scenario_state {
    double premium; /* sum of the gross premiums, each to the cent */
    double expected_payout;
    double tail_alone;       /* sum of the policies' own TVaR 99: as if all bad years were one */
    double tail_independent; /* TVaR 99 of the sum, as if no two failed together; between the two lies the truth */
    double loss[QUO_PERILS]; /* expected, a year, over the protocols; hours for service_outage */
    double loss_usd;         /* of all perils in money */
    size_t adopted;          /* protocols that something was changed at */
    size_t unfit;            /* protocols that some setting did not fit */
    double cost_per_year;    /* of the changes, once for each protocol that something was changed at */
};

struct quo_scenario {
    const struct quo_plan *plan;              /* not owned */
    size_t n_policies, n_protocols, n_chosen; /* chosen: protocols that may adopt */
    size_t bad_rows, unpriced;                /* policies that no price exists for; they are left out of every state */
    struct quo_scenario_state base, all;
    struct quo_scenario_state *alone; /* alone[n changes] */
};

/* only: ids of the protocols that adopt, n_only of them; 0: all. A name that the book does not have is a fault. */
enum quo_status quo_scenario_play(const struct quo_engine *engine, const struct quo_marketbook *book,
                                  const struct quo_plan *plan, const char *const *only, size_t n_only, uint64_t seed,
                                  struct quo_scenario *out, struct quo_faults *faults);
void quo_scenario_free(struct quo_scenario *scenario); /* the contents */
#endif
