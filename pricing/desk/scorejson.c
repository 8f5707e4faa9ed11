#include "pricing/desk/scorejson.h"

#include <math.h>
#include <string.h>

#include "risk/controls/signers.h"

json_t *quo_scorejson_number(double x)
{
    if (isnan(x))
        return json_null();
    return isinf(x) ? json_string(x > 0.0 ? "inf" : "-inf") : json_real(x);
}

json_t *quo_scorejson_score(const struct quo_score *score, const struct quo_catalogue *catalogue)
{
    json_t *domains = json_array(), *perils = json_array(), *knockouts = json_array();
    const char grade[2] = {score->grade, '\0'};
    for (size_t i = 0; i < score->n_domains; i++)
        json_array_append_new(domains, json_pack("{s:s, s:o}", "id", catalogue->domain[score->domain[i].domain].id,
                                                 "score", quo_scorejson_number(score->domain[i].score)));
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        json_array_append_new(perils, json_pack("{s:s, s:o}", "id", quo_peril_id((enum quo_peril)p), "score",
                                                quo_scorejson_number(score->peril[p].score)));
    for (size_t i = 0; i < score->n_knockouts; i++)
        json_array_append_new(knockouts,
                              json_pack("{s:s, s:s, s:s}", "id", score->knockout[i].id, "why", score->knockout[i].why,
                                        "action", score->knockout[i].decline ? "decline" : "refer"));
    return json_pack("{s:o, s:s, s:o, s:o, s:o}", "overall", quo_scorejson_number(score->overall), "grade", grade,
                     "domains", domains, "perils", perils, "knockouts", knockouts);
}

static json_t *signers_of(const struct quo_signer_set *set, const struct quo_signer_set_score *result)
{
    json_t *signers = json_array();
    for (size_t j = 0; j < set->n_signers; j++)
        json_array_append_new(signers, json_pack("{s:s, s:o, s:o}", "id", set->signer[j].id, "compromise_rate",
                                                 quo_scorejson_number(result->signer[j].compromise_rate), "loss_rate",
                                                 quo_scorejson_number(result->signer[j].loss_rate)));
    return signers;
}

/* Past the set's own groups stands what the signers share who do not say what. */
static bool in_group(const struct quo_signer_set *set, size_t j, size_t g)
{
    const struct quo_signer *signer = &set->signer[j];
    for (size_t k = 0; k < signer->n_groups; k++)
        if ((size_t)signer->group[k] == g)
            return true;
    return g >= set->n_group_names && !signer->groups_said;
}

static json_t *groups_of(const struct quo_signer_set *set, const struct quo_signer_set_score *result)
{
    json_t *groups = json_array();
    for (size_t g = 0; g < result->n_groups; g++) {
        const struct quo_group_result *group = &result->group[g];
        json_t *members = json_array();
        for (size_t j = 0; j < set->n_signers; j++)
            if (in_group(set, j, g))
                json_array_append_new(members, json_string(set->signer[j].id));
        json_array_append_new(
            groups, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "id", quo_protocol_group_name(set, g), "shock_rate",
                              quo_scorejson_number(group->shock_rate), "lethality",
                              quo_scorejson_number(group->lethality), "loss_shock_rate",
                              quo_scorejson_number(group->loss_shock_rate), "loss_lethality",
                              quo_scorejson_number(group->loss_lethality), "members", members));
    }
    return groups;
}

static json_t *laws_of(const struct quo_other_laws *laws)
{
    return json_pack("{s:o, s:{s:o, s:o}, s:{s:o, s:o}}", "independent", quo_scorejson_number(laws->independent),
                     "beta_factor", "beta", quo_scorejson_number(laws->beta), "rate",
                     quo_scorejson_number(laws->beta_factor), "beta_binomial", "rho", quo_scorejson_number(laws->rho),
                     "rate", quo_scorejson_number(laws->beta_binomial));
}

static json_t *moves_of(const struct quo_signer_set *set, const struct quo_signer_set_score *result)
{
    static const char *const names[] = {"stay", "leave_group", "better_key", "raise_threshold"};
    json_t *moves = json_array();
    for (size_t i = 0; i < result->n_moves; i++) {
        const struct quo_set_move *m = &result->move[i];
        json_t *one = json_pack(
            "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "change", names[m->change], "breach_rate",
            quo_scorejson_number(m->breach_rate), "key_loss_breach_rate", quo_scorejson_number(m->key_loss_breach_rate),
            "compromise_rate", quo_scorejson_number(m->compromise_rate), "key_loss_rate",
            quo_scorejson_number(m->key_loss_rate), "saved", quo_scorejson_number(m->saved), "saved_share",
            quo_scorejson_number(m->saved_share), "cost_usd", quo_scorejson_number(m->cost_usd));
        if (m->change != QUO_SIGNERS_RAISE)
            json_object_set_new(one, "signer", json_string(set->signer[m->signer].id));
        if (m->change == QUO_SIGNERS_LEAVE_GROUP)
            json_object_set_new(one, "group", json_string(quo_protocol_group_name(set, m->group)));
        if (m->change == QUO_SIGNERS_BETTER_KEY)
            json_object_set_new(one, "storage", json_string(m->storage));
        json_array_append_new(moves, one);
    }
    return moves;
}

json_t *quo_scorejson_vendors(const struct quo_ties *ties, const struct quo_hazard *hazard)
{
    static const char *const events[QUO_TIE_EVENTS] = {"intrusion", "outage", "loss"};
    json_t *vendors = json_array();
    for (size_t i = 0; i < ties->n; i++) {
        const struct quo_tie *t = &ties->tie[i];
        json_array_append_new(vendors,
                              json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", t->name, "event", events[t->event],
                                        "peril", quo_peril_id(t->peril), "shock_rate",
                                        quo_scorejson_number(t->shock_rate), "rate", quo_scorejson_number(t->part),
                                        "share", quo_scorejson_number(t->part / hazard[t->peril].rate)));
    }
    return vendors;
}

json_t *quo_scorejson_as_market(const struct quo_score *score)
{
    const char grade[2] = {score->as_market.grade, '\0'};
    json_t *perils = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        json_array_append_new(perils, json_pack("{s:s, s:o}", "id", quo_peril_id((enum quo_peril)p), "relativity",
                                                quo_scorejson_number(score->as_market.loss[p])));
    return json_pack("{s:o, s:s, s:o, s:o}", "overall", quo_scorejson_number(score->as_market.overall), "grade", grade,
                     "loss_share", quo_scorejson_number(score->as_market.loss_share), "perils", perils);
}

json_t *quo_scorejson_signer_sets(const struct quo_score *score, const struct quo_protocol *protocol)
{
    json_t *sets = json_array();
    for (size_t i = 0; i < score->n_sets; i++) {
        const struct quo_signer_set_score *result = &score->set[i];
        const struct quo_signer_set *set = &protocol->signer_set[result->set];
        json_t *importance = json_array();
        for (size_t k = 0; k < result->n_importance; k++)
            json_array_append_new(importance,
                                  json_pack("{s:s, s:o}", result->importance[k].is_group ? "group" : "signer",
                                            result->importance[k].name, "share",
                                            quo_scorejson_number(result->importance[k].share)));
        json_array_append_new(sets, json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                                              "id", set->id, "threshold", set->threshold, "dwell_years",
                                              quo_scorejson_number(result->dwell_years), "loss_dwell_years",
                                              quo_scorejson_number(result->loss_dwell_years), "signers",
                                              signers_of(set, result), "groups", groups_of(set, result), "breach_rate",
                                              quo_scorejson_number(result->breach_rate), "key_loss_breach_rate",
                                              quo_scorejson_number(result->key_loss_breach_rate), "compromise_rate",
                                              quo_scorejson_number(result->compromise_rate), "deceived_rate",
                                              quo_scorejson_number(result->deceived_rate), "key_loss_rate",
                                              quo_scorejson_number(result->key_loss_rate), "importance", importance,
                                              "other_laws", laws_of(&result->laws), "moves", moves_of(set, result)));
    }
    return sets;
}

/* "timelock.delay_hours" goes to {"timelock": {"delay_hours": ...}}; a name without a dot stands for itself. */
static json_t *mechanisms_of(const struct quo_peril_score *peril)
{
    json_t *mechanisms = json_object();
    for (size_t i = 0; i < peril->n_values; i++) {
        json_t *at = mechanisms;
        char name[sizeof peril->value[i].name];
        memcpy(name, peril->value[i].name, sizeof name);
        char *part = name;
        for (char *dot; (dot = strchr(part, '.')) != NULL; part = dot + 1) {
            *dot = '\0';
            json_t *inner = json_object_get(at, part);
            if (!json_is_object(inner)) {
                inner = json_object();
                json_object_set_new(at, part, inner);
            }
            at = inner;
        }
        json_object_set_new(at, part, quo_scorejson_number(peril->value[i].value));
    }
    return mechanisms;
}

json_t *quo_scorejson_perils(const struct quo_score *score, const struct quo_catalogue *catalogue)
{
    json_t *perils = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_score *peril = &score->peril[p];
        json_t *controls = json_array();
        for (size_t i = 0; i < peril->n_controls; i++)
            json_array_append_new(
                controls,
                json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "id", catalogue->control[peril->control[i].control].id,
                          "multiplier", quo_scorejson_number(peril->control[i].multiplier), "score_if_best",
                          quo_scorejson_number(peril->control[i].score_if_best), "score_if_worst",
                          quo_scorejson_number(peril->control[i].score_if_worst), "relativity_if_best",
                          quo_scorejson_number(peril->control[i].relativity_if_best), "relativity_if_worst",
                          quo_scorejson_number(peril->control[i].relativity_if_worst)));
        json_array_append_new(
            perils,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", quo_peril_id((enum quo_peril)p), "unit",
                      quo_peril_in_hours((enum quo_peril)p) ? "hours" : "USD", "expected_loss",
                      quo_scorejson_number(peril->loss), "relativity", quo_scorejson_number(peril->relativity), "frequency", quo_scorejson_number(peril->frequency),
                      "severity", quo_scorejson_number(peril->severity), "duration",
                      quo_scorejson_number(peril->duration), "score", quo_scorejson_number(peril->score), "mechanisms",
                      mechanisms_of(peril), "controls", controls));
    }
    return perils;
}
