/* Any bytes as a policy and as a plan: read with the shipped catalogue. What is accepted must be possible: a payout that is
 * valid, limits that are money, perils that the index can measure. */
#include "bytes.h"

#include <math.h>
#include "policies/plan.h"
#include "policies/policy.h"

static void check_payout(const struct quo_payout *payout)
{
    assert(quo_payout_invalid(payout) == NULL);
    struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX];
    double shares[QUO_PAYOUT_STEPS_MAX];
    const int n = quo_payout_pieces(payout, piece);
    assert(n >= 1 && n <= QUO_PAYOUT_PIECES_MAX && piece[0].from == 0.0 && isinf(piece[n - 1].to));
    assert(quo_payout_points(payout, shares) <= QUO_PAYOUT_STEPS_MAX);
    double before = 0.0;
    for (int i = 0; i < n; i++) {
        assert(piece[i].from < piece[i].to && piece[i].share >= before - 1e-12 && piece[i].slope >= 0.0);
        before = piece[i].share;
    }
    assert(before <= 1.0 && quo_payout_share(1e300, payout) <= 1.0);
}

static void check_cover(const struct quo_cover *cover)
{
    assert(cover->id && cover->perils && cover->trigger.source);
    assert(cover->event_limit >= 1.0 && cover->event_limit <= QUO_LIMIT_MAX);
    assert(cover->annual_limit >= cover->event_limit && cover->event_deductible < cover->event_limit);
    assert(cover->reinstatements >= -1 && cover->reinstatements <= QUO_REINSTATEMENTS_MAX);
    assert(cover->trigger.missed_probability >= 0.0 && cover->trigger.missed_probability < 1.0);
    for (int p = 0; p < QUO_PERILS; p++)
        if (cover->perils & (quo_peril_set)1 << p)
            assert(p != QUO_INSIDER_RUG &&
                   quo_peril_in_hours((enum quo_peril)p) == (cover->trigger.index == QUO_INDEX_OUTAGE_HOURS));
    for (size_t i = 0; i < cover->n_sublimits; i++)
        assert(cover->perils & (quo_peril_set)1 << cover->sublimit[i].peril && cover->sublimit[i].event_limit >= 1.0);
    check_payout(&cover->payout);
}

static void check_policy(const struct quo_policy *policy)
{
    const struct quo_terms *terms = &policy->terms;
    assert(policy->id && strlen(policy->currency) == 3 && policy->usd_per_unit > 0.0);
    assert(policy->term_days >= 1 && policy->term_days <= QUO_TERM_DAYS_MAX && policy->n_covers >= 1);
    assert(terms->brokerage + terms->profit + terms->expenses_share < 1.0 && terms->level < 1.0 && terms->rate >= 0.0);
    assert(strcmp(quo_clauses_code(&policy->clauses), "?") != 0);
    for (size_t i = 0; i < policy->n_covers; i++)
        check_cover(&policy->cover[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size ? (const char *)data : "";
    for (int as_plan = 0; as_plan < 2; as_plan++) {
        struct quo_faults faults;
        struct quo_config *config;
        struct quo_policy *policy = NULL;
        struct quo_plan *plan = NULL;
        quo_faults_init(&faults);
        enum quo_status status = quo_config_open_text(text, size, "f.cfg", &config, &faults);
        if (status == QUO_OK && as_plan)
            status = quo_plan_read(config, &plan, &faults);
        else if (status == QUO_OK)
            status = quo_policy_read(config, bytes_catalogue(), &policy, &faults);
        assert((status == QUO_OK) == (policy != NULL || plan != NULL));
        assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
        if (policy)
            check_policy(policy);
        for (size_t i = 0; plan && i < plan->n_changes; i++)
            assert(plan->change[i].id && plan->change[i].n_sets > 0 && plan->change[i].cost_per_year >= 0.0);
        quo_policy_free(policy);
        quo_plan_free(plan);
        quo_config_close(config);
        quo_faults_free(&faults);
    }
    return 0;
}
