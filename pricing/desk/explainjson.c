#include "pricing/desk/explainjson.h"

#include "pricing/desk/scorejson.h"

#define NUMBER quo_scorejson_number

static json_t *design_point(const struct quo_design_point *p)
{
    json_t *out = json_pack("{s:o, s:o, s:o, s:o, s:o}", "factor", NUMBER(p->factor), "attach", NUMBER(p->attach),
                            "expected_payout", NUMBER(p->expected_payout), "payout_probability",
                            NUMBER(p->payout_probability), "gross_premium", NUMBER(p->gross_premium));
    const struct quo_basis_risk *b = &p->basis;
    json_object_set_new(out, "basis_risk",
                        !b->known ? json_null()
                                  : json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "loss_without_payout",
                                              NUMBER(b->loss_without_payout), "payout_without_loss",
                                              NUMBER(b->payout_without_loss), "expected_shortfall",
                                              NUMBER(b->expected_shortfall), "expected_gap", NUMBER(b->expected_gap),
                                              "gap_share", NUMBER(b->gap_share), "hedge_effectiveness",
                                              NUMBER(b->hedge_effectiveness), "correlation", NUMBER(b->correlation)));
    return out;
}

static json_t *designs(const struct quo_quote *quote, const struct quo_explanation *e)
{
    json_t *out = json_array();
    for (size_t c = 0; c < e->n_designs; c++) {
        const struct quo_cover *cover = &quote->policy->cover[c];
        json_t *points = json_array();
        for (size_t i = 0; i < e->design[c].n; i++)
            json_array_append_new(points, design_point(&e->design[c].point[i]));
        json_array_append_new(out, json_pack("{s:s, s:s, s:o}", "cover", cover->id, "index",
                                             quo_index_id(cover->trigger.index), "points", points));
    }
    return out;
}

static json_t *rivals(const struct quo_explanation *e)
{
    const struct quo_pool *pool = &e->pool;
    json_t *prices = json_array();
    for (int i = 0; i < QUO_RIVALS; i++) {
        const struct quo_rival *r = &e->rival[i];
        json_array_append_new(prices, json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "id", r->id, "name", r->name,
                                                "premium", NUMBER(r->premium), "rate_on_line", NUMBER(r->rate_on_line),
                                                "over_gross", NUMBER(r->over_gross), "note", r->note));
    }
    json_t *rates =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "nexus_target", NUMBER(pool->nexus_target),
                  "neptune_floor", NUMBER(pool->neptune_floor), "neptune_ceiling", NUMBER(pool->neptune_ceiling),
                  "insuredao_base", NUMBER(pool->insure_base), "insuredao_slope1", NUMBER(pool->insure_slope1),
                  "insuredao_slope2", NUMBER(pool->insure_slope2), "insuredao_optimal", NUMBER(pool->insure_optimal),
                  "ensuro_margin", NUMBER(pool->ensuro_moc));
    return json_pack("{s:{s:o, s:o}, s:o, s:o}", "pool", "capacity", NUMBER(pool->capacity), "used", NUMBER(pool->used),
                     "rates", rates, "prices", prices);
}

static json_t *controls(const struct quo_quote *quote, const struct quo_worth *worth)
{
    json_t *out = json_array();
    for (size_t i = 0; i < worth->n; i++) {
        const struct quo_worth_line *line = &worth->line[i];
        json_t *one =
            json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "id", quote->engine->catalogue->control[line->control].id,
                      "evidence", line->evidence, "gross_without", NUMBER(line->without), "gross_best",
                      NUMBER(line->best), "takes_off", NUMBER(line->credit), "best_saves", NUMBER(line->saving));
        json_object_set_new(one, "level", line->level < 0 ? json_null() : json_integer(line->level));
        json_array_append_new(out, one);
    }
    return out;
}

void quo_explainjson_add(json_t *document, const struct quo_quote *quote, const struct quo_explanation *e)
{
    if (e->n_designs)
        json_object_set_new(document, "design", designs(quote, e));
    if (e->has_rivals)
        json_object_set_new(document, "rivals", rivals(e));
    if (e->has_worth)
        json_object_set_new(document, "controls", controls(quote, &e->worth));
}
