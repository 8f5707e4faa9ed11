#include "pricing/portfolio/portfoliojson.h"

#include <math.h>
#include <stdio.h>

static json_t *real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

static json_t *points(const struct quo_return_point *point, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list,
                              json_pack("{s:f, s:o, s:o, s:o}", "return_period", point[i].return_period, "loss",
                                        real(point[i].loss), "low", real(point[i].low), "high", real(point[i].high)));
    return list;
}

static void add_measures(json_t *document, const struct quo_portfolio_curves *p)
{
    json_t *var = json_object(), *tvar = json_object(), *intervals = json_array();
    for (int i = 0; i < QUO_PORTFOLIO_LEVELS; i++) {
        char key[32];
        snprintf(key, sizeof key, "%g", p->var[i].return_period);
        json_object_set_new(var, key, real(p->var[i].loss));
        json_object_set_new(tvar, key, real(p->tvar[i].value));
        json_array_append_new(intervals, json_pack("{s:f, s:o, s:o, s:o}", "level", p->var[i].return_period, "var_low",
                                                   real(p->var[i].low), "var_high", real(p->var[i].high),
                                                   "tvar_std_error", real(p->tvar[i].std_error)));
    }
    json_object_set_new(document, "var", var);
    json_object_set_new(document, "tvar", tvar);
    json_object_set_new(document, "intervals", intervals);
}

static json_t *contributions(const struct quo_portfolio *p, const struct quo_exposures *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->policies; i++) {
        const struct quo_contribution *c = &p->contribution[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "policy_id", e->policy[i].id,
                                              "protocol_id", e->risk[e->policy[i].risk].id, "expected_payout",
                                              real(c->expected.value), "std_error", real(c->expected.std_error),
                                              "quoted_payout", real(e->policy[i].expected), "tvar_contribution",
                                              real(c->tail.value), "tail_std_error", real(c->tail.std_error)));
    }
    return list;
}

static json_t *accumulations(const struct quo_portfolio *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->n_accumulations; i++) {
        const struct quo_accumulation *a = &p->accumulation[i];
        json_t *one =
            json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o}", "kind", quo_accumulation_kind_id(a->kind), "name", a->name,
                      "protocols", (json_int_t)a->protocols, "policies", (json_int_t)a->policies, "limit_exposed",
                      real(a->limit_exposed), "expected_payout", real(a->expected), "tvar_contribution", real(a->tail));
        if (a->kind < QUO_ACCUMULATION_PERIL) {
            json_object_set_new(one, "by_shock_expected_payout", real(a->shock_expected));
            json_object_set_new(one, "by_shock_tvar_contribution", real(a->shock_tail));
        }
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *added(const struct quo_portfolio *p, const struct quo_exposures *e)
{
    const struct quo_portfolio_added *a = &p->added;
    json_t *ids = json_array();
    for (size_t i = 0; i < a->policies; i++)
        json_array_append_new(ids, json_string(e->policy[p->policies + i].id));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "policies", ids,
                     "expected_payout", real(a->expected.value), "std_error", real(a->expected.std_error),
                     "quoted_payout", real(a->quoted), "tvar_alone", real(a->tvar_alone), "tvar_before",
                     real(a->tvar_before), "tvar_after", real(a->tvar_after), "tvar_added", real(a->tvar_added.value),
                     "tvar_added_std_error", real(a->tvar_added.std_error), "tvar_contribution", real(a->contribution),
                     "var_before", real(a->var_before), "var_after", real(a->var_after), "sd_before",
                     real(a->sd_before), "sd_after", real(a->sd_after), "diversification", real(a->diversification));
}

/* Mean to TVaR of one law into an object. */
static void add_curves(json_t *to, const struct quo_portfolio_curves *c)
{
    json_object_set_new(to, "mean", real(c->mean.value));
    json_object_set_new(to, "mean_std_error", real(c->mean.std_error));
    json_object_set_new(to, "sd", real(c->sd.value));
    json_object_set_new(to, "sd_std_error", real(c->sd.std_error));
    json_object_set_new(to, "largest_year", real(c->largest));
    json_object_set_new(to, "aep", points(c->aep, QUO_PORTFOLIO_PERIODS));
    json_object_set_new(to, "oep", points(c->oep, QUO_PORTFOLIO_PERIODS));
    add_measures(to, c);
}

static json_t *reinsurance(const struct quo_portfolio *p, const struct quo_treaties *treaties)
{
    json_t *list = json_array(), *net = json_object();
    for (size_t k = 0; k < p->n_ceded; k++) {
        const struct quo_treaty *t = &treaties->treaty[k];
        const struct quo_ceded *c = &p->ceded[k];
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", t->id, "kind",
                                              quo_treaty_kind_id(t->kind), "expected_ceded", real(c->expected.value),
                                              "std_error", real(c->expected.std_error), "reinstatement_premium",
                                              real(c->reinstatement_premium), "touched", real(c->touched), "exhausted",
                                              real(c->exhausted)));
    }
    add_curves(net, &p->net);
    return json_pack("{s:o, s:o}", "treaties", list, "net", net);
}

json_t *quo_portfoliojson(const struct quo_portfolio *p, const struct quo_shocks *shocks,
                          const struct quo_treaties *treaties)
{
    json_t *document = json_pack("{s:I, s:I, s:I, s:I, s:o}", "years", (json_int_t)p->years, "seed",
                                 (json_int_t)p->seed, "policies", (json_int_t)p->policies, "protocols",
                                 (json_int_t)p->protocols, "mean_of_quotes", real(p->exact_mean));
    if (!document)
        return NULL;
    add_curves(document, &p->gross);
    if (p->n_ceded)
        json_object_set_new(document, "reinsurance", reinsurance(p, treaties));
    json_object_set_new(document, "contribution_level", real(p->tail.level));
    json_object_set_new(document, "contribution_tvar", real(p->tail_mean));
    json_object_set_new(document, "accumulations", accumulations(p));
    json_object_set_new(document, "contributions", contributions(p, shocks->exposures));
    if (p->added.policies)
        json_object_set_new(document, "added", added(p, shocks->exposures));
    return document;
}
