#include "pricing/explain/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/basisrisk.h"
#include "pricing/policylaw.h"
#include "pricing/price.h"

bool quo_design_movable(const struct quo_cover *cover)
{
    return cover->trigger.index != QUO_INDEX_SIGNER_EVENT && quo_payout_index_above(0.0, &cover->payout, NULL) > 0.0;
}

bool quo_design_move(const struct quo_cover *cover, double factor, struct quo_cover *out)
{
    const double most = quo_index_is_share(cover->trigger.index) ? 1.0 : INFINITY;
    *out = *cover;
    struct quo_payout *payout = &out->payout;
    payout->attach *= factor;
    payout->exhaust *= factor;
    payout->franchise *= factor;
    payout->waiting *= factor;
    out->trigger.waiting_hours *= factor;
    for (int i = 0; i < payout->n_steps; i++)
        payout->step[i].at *= factor;
    double last = payout->shape == QUO_PAYOUT_LINEAR ? payout->exhaust : payout->attach;
    if (payout->n_steps)
        last = payout->step[payout->n_steps - 1].at;
    return last <= most && payout->franchise <= most && quo_payout_invalid(payout) == NULL;
}

/* What the laws of all places share. */
struct tools {
    struct quo_workspace *workspace;
    struct quo_payoutmemo *memo;
};

/* The law of a policy of these covers, and its pure premium. */
static enum quo_status law_of(const struct quo_quote *quote, struct quo_policy *policy, const struct tools *tools,
                              struct quo_policylaw *law, double *pure)
{
    double risk, credit;
    const enum quo_status status =
        quo_policylaw_remembered(quote->engine, policy, quote->score, quote->hazard, quote->resolution, quote->seed,
                                 tools->workspace, tools->memo, law);
    if (status == QUO_OK)
        *pure = quo_price_pure(&policy->terms, law, quote->term_years, &risk, &credit);
    return status;
}

static enum quo_status one_point(const struct quo_quote *quote, const struct quo_cover *moved, size_t c,
                                 struct quo_policy *whole, const struct tools *tools, struct quo_design_point *out)
{
    struct quo_policy alone = *quote->policy;
    struct quo_cover only = *moved;
    struct quo_policylaw law = {0};
    double pure = 0.0;
    alone.cover = &only;
    alone.n_covers = 1;
    alone.annual_limit = INFINITY;
    whole->cover[c] = *moved;
    enum quo_status status = law_of(quote, &alone, tools, &law, &pure);
    if (status)
        return status;
    out->attach = quo_payout_index_above(0.0, &moved->payout, NULL);
    out->expected_payout = law.expected;
    out->payout_probability = 1.0 - law.no_payout;
    struct quo_quote view = *quote;
    view.policy = &alone;
    status = quo_basisrisk_of(&view, &law, tools->memo, &out->basis);
    quo_policylaw_free(&law);
    if (status == QUO_OK)
        status = law_of(quote, whole, tools, &law, &pure);
    if (status)
        return status;
    const double here = quote->expected_payout + quote->risk_load - quote->reinstatement_credit;
    const double load = here > 0.0 ? quote->model_uncertainty_load * pure / here : 0.0;
    out->gross_premium = quo_load_gross(&whole->terms, pure + load).gross;
    quo_policylaw_free(&law);
    return QUO_OK;
}

enum quo_status quo_design_of(const struct quo_quote *quote, size_t cover, struct quo_design *out)
{
    const struct quo_policy *policy = quote->policy;
    *out = (struct quo_design){.n = 0};
    if (cover >= policy->n_covers || !quo_design_movable(&policy->cover[cover]))
        return QUO_DOMAIN;
    const struct tools tools = {quo_workspace_new(), quo_payoutmemo_new()};
    struct quo_policy whole = *policy;
    whole.cover = malloc(policy->n_covers * sizeof *whole.cover);
    enum quo_status status = tools.workspace && tools.memo && whole.cover ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        memcpy(whole.cover, policy->cover, policy->n_covers * sizeof *whole.cover);
    for (int k = 0; k < QUO_DESIGN_POINTS && status == QUO_OK; k++) {
        const double factor = pow(2.0, 0.5 * (k - QUO_DESIGN_POINTS / 2));
        struct quo_cover moved;
        if (!quo_design_move(&policy->cover[cover], factor, &moved))
            continue;
        out->point[out->n].factor = factor;
        status = one_point(quote, &moved, cover, &whole, &tools, &out->point[out->n++]);
    }
    free(whole.cover);
    quo_payoutmemo_free(tools.memo);
    quo_workspace_free(tools.workspace);
    return status;
}
