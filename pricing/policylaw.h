/* pricing/policylaw.h -- all covers of a policy together: the law of the term's payout under its overall limit.
 * [methods: year] */
#ifndef QUO_POLICYLAW_H
#define QUO_POLICYLAW_H

#include "pricing/coverlaw.h"
#include "pricing/engine.h"

struct quo_policylaw {
    struct quo_coverlaw *cover; /* cover[n_covers of the policy] */
    size_t n_covers;
    struct quo_lattice annual; /* all covers, overall annual limit applied */
    double expected;           /* its mean */
    double expected_events;    /* over covers, before any annual term */
    double no_payout;
    double annual_limit;        /* as it works; INFINITY: none */
    double reinstatement_share; /* share of the premium that reinstatement premiums bring back */
    bool shared_events;         /* some peril is in two covers: the term is then simulated (pricing/sharedlaw.h) */
    double simulation_error;    /* relative standard error of its mean; 0: not simulated */
};

/* hazard[QUO_PERILS]; the workspace is the caller's. */
enum quo_status quo_policylaw_new(const struct quo_engine *engine, const struct quo_policy *policy,
                                  const struct quo_score *score, const struct quo_hazard *hazard,
                                  struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                                  struct quo_policylaw *out);
/* The same, to the last bit, where the memory has seen some of it: for many prices of policies that are much alike. */
enum quo_status quo_policylaw_remembered(const struct quo_engine *engine, const struct quo_policy *policy,
                                         const struct quo_score *score, const struct quo_hazard *hazard,
                                         struct quo_resolution resolution, uint64_t seed,
                                         struct quo_workspace *workspace, struct quo_payoutmemo *memo,
                                         struct quo_policylaw *out);
/* The same of a policy whose law under another state-actor clause is known: covers that no clause touches are taken over, to the last bit. */
enum quo_status quo_policylaw_reclaused(const struct quo_engine *engine, const struct quo_policy *policy,
                                        const struct quo_score *score, const struct quo_hazard *hazard,
                                        struct quo_resolution resolution, uint64_t seed,
                                        struct quo_workspace *workspace, struct quo_payoutmemo *memo,
                                        const struct quo_policylaw *like, struct quo_policylaw *out);
/* The two by which a quote tells how far its law may be off (pricing/resolution.h). The law with bounds of its tables' errors; and one of half the
 * resolution: that of the same payouts on every second point, of which there are annual, expected and reinstatement_share alone, or where that
 * does not tell all of the error (covers that overlap, one of the market's loss, index errors next to 0) one with payouts of its own. */
enum quo_status quo_policylaw_bounded(const struct quo_engine *engine, const struct quo_policy *policy,
                                      const struct quo_score *score, const struct quo_hazard *hazard,
                                      struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                                      struct quo_payoutmemo *memo, struct quo_policylaw *out);
enum quo_status quo_policylaw_half(const struct quo_engine *engine, const struct quo_policy *policy,
                                   const struct quo_score *score, const struct quo_hazard *hazard,
                                   struct quo_resolution resolution, uint64_t seed, struct quo_workspace *workspace,
                                   struct quo_payoutmemo *memo, struct quo_policylaw *out);
/* Only what takes the time of a law: one peril's payouts under all covers into the memory, so that several threads share the work. Covers of the
 * market's loss are left out. */
enum quo_status quo_policylaw_prepare(const struct quo_engine *engine, const struct quo_policy *policy,
                                      const struct quo_score *score, const struct quo_hazard *hazard,
                                      struct quo_resolution resolution, struct quo_payoutmemo *memo,
                                      enum quo_peril peril);
/* The table of each covered peril that the model holds, NULL for the others; they are the memory's and live until it is swept, as each law
 * that it remembers may do at its beginning. */
enum quo_status quo_policylaw_tables(const struct quo_policy *policy, const struct quo_hazard *hazard, size_t nodes,
                                     struct quo_payoutmemo *memo, const struct quo_losstable *table[QUO_PERILS]);
/* The pieces, for whoever prices many policies that differ in little (pricing/whatif/setlaw.h). What is set off and what secondary
 * losses add in a cover (in->policy and in->cover are given), from sums over its perils of the rate, of the rate times the relativity of
 * secondary losses, and of the rate times that of recovery. */
void quo_policylaw_comes_back(double weight, double secondary, double recovery, struct quo_cover_input *in);
/* What reinstatement premiums bring back of a cover's expected payout, pro rata to the amount reinstated [Sundt 1991]: P (1 + c E[min(S, nL)]/L)
 * is what is wanted. */
double quo_policylaw_reinstatement(const struct quo_cover *cover, double expected, double reinstated);
void quo_policylaw_free(struct quo_policylaw *law);

/* Secondary loss over primary loss before the protocol's own containment: bad debt at a lender against the theft that caused it,
 * 190 M over 292 M at KelpDAO/Aave, April 2026 (published). */
#define QUO_SECONDARY_RATIO 0.65
/* Share of a loss that comes back at a market-average protocol: 4.2 % in the first half of 2025 (Global Ledger, published). */
#define QUO_RECOVERED_SHARE 0.042
#endif
