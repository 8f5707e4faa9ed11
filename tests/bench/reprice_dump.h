/* tests/bench/reprice_dump.h -- what the model says of each protocol of a book, as JSON for reprice_quote_numpy.py: rates, laws of losses with
 * their caps, and what the walk steps through. Money in USD, rates a year; INFINITY is null. */
#ifndef REPRICE_DUMP_H
#define REPRICE_DUMP_H

#include <jansson.h>
#include <math.h>

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookprotocols.h"
#include "pricing/engine.h"
#include "risk/hazard.h"

static json_t *dump_real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

static json_t *dump_severity(const struct quo_severity *s)
{
    json_t *par = json_array();
    if (s->family >= QUO_SIMPLE_FAMILIES)
        return NULL; /* the shipped model has none, and the peer knows none */
    for (int i = 0; i < quo_family_parameters(s->family); i++)
        json_array_append_new(par, json_real(s->law[0].par[i]));
    return json_pack("{s:s, s:o}", "family", quo_family_name(s->family), "par", par);
}

static json_t *dump_loss(const struct quo_loss *loss)
{
    json_t *lanes = json_array(), *severity = dump_severity(&loss->severity);
    const struct quo_outflow *o = &loss->outflow;
    for (int j = 0; j < o->n_lanes; j++) {
        json_t *bounds = json_array();
        for (int k = 0; k < o->n_caps; k++)
            if (o->lane[j].caps >> k & 1u)
                json_array_append_new(bounds, json_pack("{s:o, s:f, s:o}", "per_hour", dump_real(o->cap[k].per_hour), "burst",
                                                        o->cap[k].burst, "hard", dump_real(o->cap[k].hard)));
        json_array_append_new(lanes, json_pack("{s:f, s:o}", "share", o->lane[j].share, "caps", bounds));
    }
    json_t *outflow = json_pack("{s:o, s:f, s:f, s:f, s:f, s:f}", "lanes", lanes, "meanlog", o->meanlog, "sdlog", o->sdlog,
                                "p_auto", o->p_auto, "auto_meanlog", o->auto_meanlog, "auto_sdlog", o->auto_sdlog);
    return json_pack("{s:o, s:f, s:f, s:f, s:o, s:o}", "severity", severity, "floor", loss->floor, "log_scale",
                     loss->log_scale, "power", loss->power, "cap", dump_real(loss->cap), "outflow", outflow);
}

/* NULL where something cannot be said. */
static json_t *dump_protocol(const struct quo_engine *engine, const struct quo_protocol *protocol, int day)
{
    double reference[QUO_PERILS], weight[QUO_PERILS];
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_score *score = NULL;
    quo_hazard_weights(engine->model, engine->model->exposure_reference, day, reference);
    quo_hazard_weights(engine->model, protocol->exposure_usd, day, weight);
    if (quo_score_protocol(protocol, engine->scale, weight, &score) != QUO_OK ||
        quo_hazard_all(engine->model, protocol, score, day, -1, hazard) != QUO_OK) {
        quo_score_free(score);
        return NULL;
    }
    json_t *perils = json_object(), *domains = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_hazard *h = &hazard[p];
        if (!h->present)
            continue;
        json_object_set_new(
            perils, quo_peril_id((enum quo_peril)p),
            json_pack("{s:b, s:f, s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "hours",
                      quo_peril_in_hours((enum quo_peril)p), "rate", h->rate, "size", dump_real(h->size), "mean_loss",
                      h->mean_loss, "base_rate", h->base_rate, "exposure_factor", h->exposure_factor, "experience",
                      h->experience, "contagion", h->contagion, "weight", weight[p], "weight_reference", reference[p],
                      "loss", dump_loss(&h->loss)));
    }
    for (size_t d = 0; d < score->n_domains; d++) {
        const char *title = engine->catalogue->domain[score->domain[d].domain].title;
        const bool known = !isnan(score->domain[d].score);
        char name[64];
        snprintf(name, sizeof name, known ? "controls: %.36s" : "does not apply: %.31s", title);
        json_array_append_new(domains, json_pack("[s, f]", name, score->domain[d].factor));
    }
    quo_score_free(score);
    return json_pack("{s:s, s:f, s:o, s:o}", "id", protocol->id, "exposure", protocol->exposure_usd, "perils", perils,
                     "domains", domains);
}

/* All protocols at a pricing day and the pricing terms of table rows, as one JSON text in the file. */
static bool dump_book(const struct quo_engine *engine, const struct quo_bookprotocols *protocols, int day, const char *path)
{
    struct quo_terms t;
    quo_bookpolicy_terms(&t);
    json_t *all = json_array();
    bool good = true;
    for (size_t i = 0; i < protocols->n; i++) {
        json_t *one = dump_protocol(engine, protocols->protocol[i], day);
        good = good && one && json_array_append_new(all, one) == 0;
    }
    json_t *book = json_pack("{s:f, s:{s:f, s:f, s:f, s:f, s:f, s:f, s:f}, s:o}", "index_error", engine->model->index_error,
                             "terms", "rate", t.rate, "level", t.level, "diversification", t.diversification,
                             "expenses_fixed", t.expenses_fixed, "expenses_share", t.expenses_share, "brokerage",
                             t.brokerage, "profit", t.profit, "protocols", all);
    good = good && book && t.principle == QUO_PRINCIPLE_COST_OF_CAPITAL && t.tax == 0.0 && t.minimum_premium == 0.0 &&
           json_dump_file(book, path, JSON_REAL_PRECISION(17)) == 0;
    json_decref(book);
    return good;
}
#endif
