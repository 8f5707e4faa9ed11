#include "pricing/portfolio/portfoliojson.h"

#include <math.h>
#include <stdio.h>

static json_t *real(double x) { return isfinite(x) ? json_real(x) : json_null(); }


static json_t *points(const struct quo_return_point *point, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:f, s:o, s:o, s:o}", "return_period", point[i].return_period, "loss", real(point[i].loss),
                                              "low", real(point[i].low), "high", real(point[i].high)));
    return list;
}

static void add_measures(json_t *document, const struct quo_portfolio *p)
{
    json_t *var = json_object(), *tvar = json_object(), *intervals = json_array();
    for (int i = 0; i < QUO_PORTFOLIO_LEVELS; i++) {
        char key[32];
        snprintf(key, sizeof key, "%g", p->var[i].return_period);
        json_object_set_new(var, key, real(p->var[i].loss));
        json_object_set_new(tvar, key, real(p->tvar[i].value));
        json_array_append_new(intervals, json_pack("{s:f, s:o, s:o, s:o}", "level", p->var[i].return_period, "var_low", real(p->var[i].low),
                                                   "var_high", real(p->var[i].high), "tvar_std_error", real(p->tvar[i].std_error)));
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
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "policy_id", e->policy[i].id, "protocol_id",
                                              e->risk[e->policy[i].risk].id, "expected_payout", real(c->expected.value), "std_error",
                                              real(c->expected.std_error), "quoted_payout", real(e->policy[i].expected), "tvar_contribution",
                                              real(c->tail.value), "tail_std_error", real(c->tail.std_error)));
    }
    return list;
}

static json_t *accumulations(const struct quo_portfolio *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->n_accumulations; i++) {
        const struct quo_accumulation *a = &p->accumulation[i];
        json_t *one = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o}", "kind", quo_accumulation_kind_id(a->kind), "name", a->name, "protocols",
                                (json_int_t)a->protocols, "policies", (json_int_t)a->policies, "limit_exposed", real(a->limit_exposed),
                                "expected_payout", real(a->expected), "tvar_contribution", real(a->tail));
        if (a->kind < QUO_ACCUMULATION_PERIL) {
            json_object_set_new(one, "by_shock_expected_payout", real(a->shock_expected));
            json_object_set_new(one, "by_shock_tvar_contribution", real(a->shock_tail));
        }
        json_array_append_new(list, one);
    }
    return list;
}

json_t *quo_portfoliojson(const struct quo_portfolio *p, const struct quo_shocks *shocks)
{
    json_t *document = json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "years", (json_int_t)p->years, "seed",
                                 (json_int_t)p->seed, "policies", (json_int_t)p->policies, "protocols", (json_int_t)p->protocols, "mean",
                                 real(p->mean.value), "mean_std_error", real(p->mean.std_error), "mean_of_quotes", real(p->exact_mean), "sd",
                                 real(p->sd.value), "sd_std_error", real(p->sd.std_error), "largest_year", real(p->largest));
    if (!document)
        return NULL;
    json_object_set_new(document, "aep", points(p->aep, QUO_PORTFOLIO_PERIODS));
    json_object_set_new(document, "oep", points(p->oep, QUO_PORTFOLIO_PERIODS));
    add_measures(document, p);
    json_object_set_new(document, "contribution_level", real(p->tail.level));
    json_object_set_new(document, "contribution_tvar", real(p->tail_mean));
    json_object_set_new(document, "accumulations", accumulations(p));
    json_object_set_new(document, "contributions", contributions(p, shocks->exposures));
    return document;
}
