#include "pricing/desk/quotejson.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pricing/clausefactor.h"
#include "pricing/desk/scorejson.h"
#include "pricing/policylaw.h"
#include "pricing/version.h"
#include "risk/controls/scale.h"

#define NUMBER quo_scorejson_number

static json_t *perils(const struct quo_quote *quote)
{
    json_t *out = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_quote_peril *line = &quote->peril[p];
        if (!quote->hazard[p].present)
            continue;
        json_t *one = json_pack("{s:s, s:b, s:s}", "id", quo_peril_id(line->peril), "covered", line->covered, "unit",
                                quo_peril_in_hours(line->peril) ? "hours" : "USD");
        json_object_set_new(one, "base_rate", NUMBER(line->base_rate));
        json_object_set_new(one, "exposure_factor", NUMBER(line->exposure_factor));
        json_object_set_new(one, "relativity", NUMBER(line->relativity));
        json_object_set_new(one, "experience", NUMBER(line->experience));
        json_object_set_new(one, "rate", NUMBER(line->rate));
        json_object_set_new(one, "mean_loss", NUMBER(line->mean_loss));
        json_object_set_new(one, "expected_loss", NUMBER(line->expected_loss));
        json_object_set_new(one, "expected_payout", NUMBER(line->expected_payout));
        json_array_append_new(out, one);
    }
    return out;
}

static json_t *by_level(const struct quo_quote *quote, bool tvar)
{
    json_t *out = json_object();
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%g", quote->quantile[i].level);
        json_object_set_new(out, name, NUMBER(tvar ? quote->quantile[i].tvar : quote->quantile[i].var));
    }
    return out;
}

static json_t *exceedance(const struct quo_quote *quote)
{
    json_t *out = json_array();
    for (int i = 0; i < QUO_EXCEEDANCE_POINTS; i++)
        json_array_append_new(out, json_pack("{s:o, s:o}", "payout", NUMBER(quote->exceedance_payout[i]), "probability",
                                             NUMBER(quote->exceedance_probability[i])));
    return out;
}

static json_t *walk(const struct quo_quote *quote)
{
    json_t *out = json_array();
    for (size_t i = 0; i < quote->n_steps; i++)
        json_array_append_new(out, json_pack("{s:s, s:o}", "step", quote->step[i].name, "amount",
                                             NUMBER((double)quote->step[i].cents / 100.0)));
    return out;
}

static void assume(json_t *to, const char *parameter, double value, const char *origin, const char *source)
{
    json_array_append_new(to, json_pack("{s:s, s:o, s:s, s:s}", "parameter", parameter, "value", NUMBER(value),
                                        "origin", origin ? origin : "judgement", "source", source ? source : ""));
}

static void assume_signers(json_t *to, const struct quo_quote *quote)
{
    const struct quo_protocol *protocol = quote->policy->protocol;
    const struct quo_catalogue *catalogue = quote->engine->catalogue;
    char name[128];
    for (size_t s = 0; s < catalogue->n_storage; s++) {
        const struct quo_storage *storage = &catalogue->storage[s];
        bool used = false;
        for (size_t i = 0; i < protocol->n_signer_sets; i++)
            for (size_t j = 0; j < protocol->signer_set[i].n_signers; j++)
                used |= protocol->signer_set[i].signer[j].storage &&
                        !strcmp(protocol->signer_set[i].signer[j].storage, storage->name);
        if (!used)
            continue;
        snprintf(name, sizeof name, "storage.%s.compromise_rate", storage->name);
        assume(to, name, storage->compromise_rate, storage->origin, storage->source);
        snprintf(name, sizeof name, "storage.%s.loss_rate", storage->name);
        assume(to, name, storage->loss_rate, storage->origin, storage->source);
    }
    for (size_t g = 0; g < catalogue->n_group_kinds && protocol->n_signer_sets; g++) {
        const struct quo_group_kind *kind = &catalogue->group_kind[g];
        snprintf(name, sizeof name, "group.%s.shock_rate", kind->kind);
        assume(to, name, kind->shock_rate, kind->origin, kind->source);
        snprintf(name, sizeof name, "group.%s.lethality", kind->kind);
        assume(to, name, kind->lethality, kind->origin, kind->source);
    }
}

static json_t *assumptions(const struct quo_quote *quote)
{
    json_t *out = json_array();
    const struct quo_model *model = quote->engine->model;
    const struct quo_catalogue *catalogue = quote->engine->catalogue;
    for (size_t i = 0; i < model->n_assumptions; i++)
        assume(out, model->assumption[i].parameter, model->assumption[i].value, model->assumption[i].origin,
               model->assumption[i].source);
    for (size_t i = 0; i < catalogue->n_constants; i++)
        assume(out, catalogue->constant[i].name, catalogue->constant[i].value, catalogue->constant[i].origin,
               catalogue->constant[i].source);
    const struct quo_bridge_faults *at_bridges = &quote->engine->scale->market->bridge_faults;
    if (quote->policy->protocol->bridge && !isnan(at_bridges->elsewhere))
        assume(out, "bridge_code_share", quote->engine->scale->inputs.bridge_code, "fitted", at_bridges->source);
    assume_signers(out, quote);
    if (quote->policy->clauses.secondary_losses)
        assume(out, "secondary_ratio", QUO_SECONDARY_RATIO, "published",
               "KelpDAO/Aave, April 2026: 190 M borrowed over 292 M taken");
    if (quote->policy->clauses.return_offset)
        assume(out, "recovered_share", QUO_RECOVERED_SHARE, "published", "Global Ledger, first half of 2025");
    if (quote->policy->clauses.state_actor != QUO_CLAUSE_NONE)
        assume(out, "state_clause_holds", quo_clausefactor_holds(&quote->policy->clauses), "judgement",
               "read off the clause's scope");
    assume(out, "term_year_days", 365.0, "judgement", "a policy year has 365 days");
    return out;
}

static json_t *inputs(const struct quo_quote *quote, const struct quo_file_hash *files, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n + quote->engine->n_inputs; i++) {
        const struct quo_file_hash *one = i < n ? &files[i] : &quote->engine->input[i - n];
        json_array_append_new(out, json_pack("{s:s, s:s}", "file", one->file, "sha256", one->sha256));
    }
    return out;
}

static void premium(json_t *to, const struct quo_quote *quote)
{
    const struct quo_gross *gross = &quote->gross;
    json_object_set_new(to, "risk_load",
                        json_pack("{s:s, s:o, s:o}", "principle", quo_principle_id(quote->policy->terms.principle),
                                  "amount", NUMBER(quote->risk_load), "capital", NUMBER(quote->capital)));
    json_object_set_new(to, "model_uncertainty_load", NUMBER(quote->model_uncertainty_load));
    json_object_set_new(to, "reinstatement_credit", NUMBER(quote->reinstatement_credit));
    json_object_set_new(to, "expenses", NUMBER(gross->expenses_fixed + gross->expenses_share));
    json_object_set_new(to, "brokerage", NUMBER(gross->brokerage));
    json_object_set_new(to, "profit", NUMBER(gross->profit));
    json_object_set_new(to, "tax", NUMBER(gross->tax));
    json_object_set_new(to, "technical_premium", NUMBER(quote->technical_premium));
    json_object_set_new(to, "gross_premium", NUMBER(quote->gross_premium));
    json_object_set_new(to, "rate_on_line", NUMBER(quote->rate_on_line));
    json_object_set_new(to, "interval",
                        json_pack("{s:o, s:o, s:o, s:I}", "p05", NUMBER(quote->p05), "p50", NUMBER(quote->p50), "p95",
                                  NUMBER(quote->p95), "draws", (json_int_t)quote->draws));
    json_object_set_new(to, "walk", walk(quote));
}

static void basis_and_index(json_t *out, const struct quo_quote *quote)
{
    const struct quo_basis_risk *basis = &quote->basis;
    if (basis->known)
        json_object_set_new(
            out, "basis_risk",
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "loss_without_payout", NUMBER(basis->loss_without_payout),
                      "payout_without_loss", NUMBER(basis->payout_without_loss), "expected_shortfall",
                      NUMBER(basis->expected_shortfall), "hedge_effectiveness", NUMBER(basis->hedge_effectiveness),
                      "correlation", NUMBER(basis->correlation), "expected_gap", NUMBER(basis->expected_gap),
                      "gap_share", NUMBER(basis->gap_share)));
    else
        json_object_set_new(out, "basis_risk", json_null());
    const struct quo_market_index *index = &quote->market_index;
    json_object_set_new(out, "market_index",
                        index->cover ? json_pack("{s:s, s:i, s:o, s:o, s:o}", "cover", index->cover->id, "windows",
                                                 index->windows, "window_hours", NUMBER(index->window_hours),
                                                 "expected_loss_usd", NUMBER(index->window_mean), "payout_probability",
                                                 NUMBER(index->pays))
                                     : json_null());
}

json_t *quo_quotejson(const struct quo_quote *quote, const struct quo_file_hash *policy_files, size_t n, uint64_t seed)
{
    const struct quo_policy *policy = quote->policy;
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:o}", "policy_id", policy->id, "model_id", quote->engine->model->id,
                            "catalogue_id", quote->engine->catalogue->id, "currency", policy->currency, "term_years",
                            NUMBER(quote->term_years));
    if (!out)
        return NULL;
    json_object_set_new(out, "score", quo_scorejson_score(quote->score, quote->engine->catalogue));
    json_object_set_new(out, "signer_sets", quo_scorejson_signer_sets(quote->score, policy->protocol));
    json_object_set_new(out, "perils", perils(quote));
    json_object_set_new(out, "expected_payout", NUMBER(quote->expected_payout));
    json_object_set_new(out, "payout_sd", NUMBER(quote->payout_sd));
    json_object_set_new(out, "payout_probability", NUMBER(quote->payout_probability));
    json_object_set_new(out, "annual_limit", NUMBER(quote->annual_limit));
    json_object_set_new(out, "var", by_level(quote, false));
    json_object_set_new(out, "tvar", by_level(quote, true));
    json_object_set_new(out, "exceedance", exceedance(quote));
    json_object_set_new(out, "discretisation_error", NUMBER(quote->discretisation_error));
    json_object_set_new(out, "simulation_error", NUMBER(quote->simulation_error));
    premium(out, quote);
    basis_and_index(out, quote);
    json_object_set_new(out, "gross_without_state_clause", NUMBER(quote->gross_without_clause));
    json_object_set_new(out, "gross_if_unknown_median", NUMBER(quote->gross_typical));
    json_object_set_new(out, "adequacy",
                        json_pack("{s:o, s:o, s:o, s:o, s:{s:o, s:o}}", "expiring_premium",
                                  NUMBER(quote->adequacy.expiring), "market_premium", NUMBER(quote->adequacy.market),
                                  "expiring_over_gross", NUMBER(quote->adequacy.to_expiring), "market_over_gross",
                                  NUMBER(quote->adequacy.to_market), "implied_distortion", "wang",
                                  NUMBER(quote->adequacy.implied_wang), "ph", NUMBER(quote->adequacy.implied_ph)));
    const double all = quote->code_seen + quote->code_missed;
    json_object_set_new(out, "code_only",
                        json_pack("{s:o, s:o, s:o}", "expected_loss_seen", NUMBER(quote->code_seen),
                                  "expected_loss_missed", NUMBER(quote->code_missed), "share_missed",
                                  NUMBER(all > 0.0 ? quote->code_missed / all : 0.0)));
    json_t *reasons = json_array();
    for (size_t i = 0; i < quote->reasons.n; i++)
        json_array_append_new(reasons, json_string(quote->reasons.text[i]));
    json_object_set_new(out, "decision", json_string(quo_decision_id(quote->decision)));
    json_object_set_new(out, "reasons", reasons);
    json_object_set_new(out, "assumptions", assumptions(quote));
    json_object_set_new(out, "inputs", inputs(quote, policy_files, n));
    json_object_set_new(out, "engine", json_pack("{s:s, s:s}", "version", quo_version(), "build", quo_version_build()));
    json_object_set_new(out, "seed", json_integer((json_int_t)seed));
    return out;
}
