#include "pricing/desk/whatifjson.h"

#include <math.h>

#include "pricing/desk/scorejson.h"
#include "pricing/version.h"
#include "risk/base/money.h"

#define NUMBER quo_scorejson_number

static json_t *interval(const struct quo_difference *d, size_t draws)
{
    if (draws < 2)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:I}", "p05", NUMBER(d->p05), "p50", NUMBER(d->p50), "p95", NUMBER(d->p95),
                     "draws", (json_int_t)draws);
}

static json_t *outcome(const struct quo_whatif *w, const struct quo_outcome *o)
{
    json_t *out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "gross_premium", NUMBER(o->gross_premium), "saving",
                            NUMBER(quo_whatif_saving(w, o)), "expected_payout", NUMBER(o->expected_payout),
                            "expected_loss", NUMBER(o->expected_loss), "tvar_99", NUMBER(o->tail));
    json_object_set_new(out, "score", NUMBER(o->score));
    return out;
}

static const char *id_of(const struct quo_whatif *w, size_t i) { return w->variants->plan->change[i].id; }

static json_t *ids(const struct quo_whatif *w, struct quo_subset changes)
{
    json_t *out = json_array();
    for (size_t i = 0; i < w->variants->n; i++)
        if (quo_subset_has(changes, i))
            json_array_append_new(out, json_string(id_of(w, i)));
    return out;
}

static json_t *changes(const struct quo_whatif *w)
{
    json_t *out = json_array();
    for (size_t i = 0; i < w->variants->n; i++) {
        const struct quo_change *change = &w->variants->plan->change[i];
        const struct quo_share *share = &w->attribution.share[i];
        json_t *one = json_pack("{s:s, s:o}", "id", change->id, "cost_per_year", NUMBER(change->cost_per_year)),
               *sets = json_array();
        json_object_set_new(one, "says", change->says ? json_string(change->says) : json_null());
        for (size_t k = 0; k < change->n_sets; k++)
            json_array_append_new(sets, json_sprintf("%s=%s", change->set[k].path, change->set[k].value));
        json_object_set_new(one, "set", sets);
        json_object_set_new(one, "does_nothing", json_boolean(share->does_nothing));
        json_t *alone = outcome(w, &share->alone);
        json_object_set_new(alone, "interval", interval(&w->alone[i], w->n_draws));
        json_object_set_new(one, "alone", alone);
        json_object_set_new(one, "all_but_this", outcome(w, &share->others));
        json_object_set_new(
            one, "last",
            json_pack("{s:o}", "saving",
                      NUMBER(quo_money_rounded(share->others.gross_premium - w->attribution.all.gross_premium))));
        json_object_set_new(one, "shapley", NUMBER(share->shapley));
        json_object_set_new(one, "shapley_error", NUMBER(share->shapley_error));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *pairs(const struct quo_whatif *w)
{
    json_t *out = json_array();
    for (size_t k = 0; k < w->attribution.n_pairs; k++) {
        const struct quo_pair *pair = &w->attribution.pair[k];
        json_array_append_new(out, json_pack("{s:s, s:s, s:o}", "first", id_of(w, pair->first), "second",
                                             id_of(w, pair->second), "extra_saving", NUMBER(pair->extra)));
    }
    return out;
}

/* Both sides of a set of changes: what the insured pays and is spared, what the insurer no longer bears. */
static void add_sides(json_t *to, const struct quo_whatif *w, const struct quo_outcome *o, double cost_per_year)
{
    const struct quo_outcome *base = &w->attribution.base;
    const double saving = quo_whatif_saving(w, o), cost = cost_per_year * w->term_years;
    json_object_set_new(to, "insured",
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "premium_saved", NUMBER(saving), "cost", NUMBER(cost),
                                  "net_saving", NUMBER(quo_money_rounded(saving - cost)), "payback_years",
                                  NUMBER(saving > 0.0 ? cost_per_year * w->term_years / saving : NAN),
                                  "expected_loss_avoided", NUMBER(base->expected_loss - o->expected_loss)));
    json_object_set_new(to, "insurer",
                        json_pack("{s:o, s:o, s:o}", "premium_given_up", NUMBER(saving), "expected_payout_avoided",
                                  NUMBER(base->expected_payout - o->expected_payout), "tail_avoided",
                                  NUMBER(base->tail - o->tail)));
}

static json_t *plan(const struct quo_whatif *w)
{
    if (!w->planned)
        return json_null();
    json_t *out = json_pack("{s:s, s:o, s:o, s:b, s:b, s:I}", "goal", quo_goal_ids()[w->request.goal], "budget",
                            NUMBER(w->request.budget), "target", NUMBER(w->request.target), "found", w->plan.found,
                            "exact", w->plan.exact, "priced", (json_int_t)w->priced);
    if (!w->plan.found)
        return out;
    json_object_set_new(out, "gap", NUMBER(w->plan.exact ? 0.0 : w->plan.gap));
    json_object_set_new(out, "bound", NUMBER(w->plan.exact ? NAN : w->plan.bound));
    json_object_set_new(out, "chosen", ids(w, w->plan.chosen));
    json_object_set_new(out, "cost_per_year", NUMBER(w->plan.cost_per_year));
    json_t *o = outcome(w, &w->plan.outcome);
    json_object_update(out, o);
    json_decref(o);
    json_object_set_new(out, "interval", interval(&w->plan_saving, w->n_draws));
    add_sides(out, w, &w->plan.outcome, w->plan.cost_per_year);
    return out;
}

static json_t *frontier(const struct quo_whatif *w, const struct quo_frontier_point *point, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_pack("{s:o, s:o, s:b, s:b, s:o}", "cost_per_year", NUMBER(point[i].cost_per_year), "chosen",
                                ids(w, point[i].chosen), "exact", point[i].exact, "listed", point[i].listed,
                                "gap", NUMBER(point[i].gap));
        json_t *o = outcome(w, &point[i].outcome);
        json_object_update(one, o);
        json_decref(o);
        json_array_append_new(out, one);
    }
    return out;
}

/* A tornado: each change's bar from where the premium stands without it to where it stands with it, from the base and at the top. */
static json_t *tornado(const struct quo_whatif *w)
{
    const struct quo_shares *a = &w->attribution;
    json_t *out = json_array();
    for (size_t i = 0; i < w->variants->n; i++)
        json_array_append_new(out, json_pack("{s:s, s:[o, o], s:[o, o]}", "id", id_of(w, i), "from_base",
                                             NUMBER(a->base.gross_premium), NUMBER(a->share[i].alone.gross_premium),
                                             "to_all", NUMBER(a->share[i].others.gross_premium),
                                             NUMBER(a->all.gross_premium)));
    return out;
}

json_t *quo_whatifjson(const struct quo_whatif *w)
{
    const struct quo_shares *a = &w->attribution;
    json_t *out = json_pack("{s:s, s:s, s:o}", "policy_id", w->policy_id, "currency", w->currency, "term_years",
                            NUMBER(w->term_years));
    if (!out)
        return NULL;
    json_object_set_new(out, "base", outcome(w, &a->base));
    json_object_set_new(out, "changes", changes(w));
    json_t *all = outcome(w, &a->all);
    double cost = 0.0;
    for (size_t i = 0; i < w->variants->n; i++)
        cost += w->cost[i];
    json_object_set_new(all, "cost_per_year", NUMBER(cost));
    json_object_set_new(all, "interval", interval(&w->all, w->n_draws));
    add_sides(all, w, &a->all, cost);
    json_object_set_new(out, "all", all);
    json_object_set_new(out, "shapley", json_pack("{s:b, s:I}", "exact", a->exact, "orders", (json_int_t)a->orders));
    json_object_set_new(out, "interactions", pairs(w));
    json_object_set_new(out, "tornado", tornado(w));
    json_object_set_new(out, "plan", plan(w));
    json_object_set_new(out, "frontier", frontier(w, w->frontier, w->n_frontier));
    json_object_set_new(out, "loss_frontier", frontier(w, w->loss_frontier, w->n_loss_frontier));
    json_object_set_new(out, "engine", json_pack("{s:s, s:s}", "version", quo_version(), "build", quo_version_build()));
    return out;
}
