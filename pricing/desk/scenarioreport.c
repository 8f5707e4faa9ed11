#include "pricing/desk/scenarioreport.h"

#include <math.h>

#include "pricing/desk/scorejson.h"
#include "pricing/version.h"

#define NUMBER quo_scorejson_number
#define BAR 12

static void percent(const struct quo_page *page, double before, double after)
{
    if (before > 0.0)
        fprintf(page->to, "%+10.1f %%", 100.0 * (after / before - 1.0));
    fputc('\n', page->to);
}

static void line(const struct quo_page *page, const char *name, double before, double after)
{
    fputs("  ", page->to);
    quo_table_left(page, name, 34);
    quo_table_money(page, before, 0, 15);
    quo_table_money(page, after, 0, 15);
    percent(page, before, after);
}

static void perils(const struct quo_page *page, const struct quo_scenario *s)
{
    double most = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (!quo_peril_in_hours((enum quo_peril)p))
            most = fmax(most, fabs(s->base.loss[p] - s->all.loss[p]));
    quo_table_heading(page, "Expected loss a year, by peril");
    fprintf(page->to, "  %-26s %*s%12s%12s%12s\n", "", BAR, "", "as it is", "with all", "change");
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const double before = s->base.loss[p], after = s->all.loss[p];
        if (!(before > 0.0))
            continue;
        fputs("  ", page->to);
        quo_table_left(page, quo_peril_id((enum quo_peril)p), 26);
        fputc(' ', page->to);
        if (quo_peril_in_hours((enum quo_peril)p)) {
            fprintf(page->to, "%*s%10.0f h%10.0f h", BAR, "", before, after);
        } else {
            quo_table_bar(page, most > 0.0 ? (before - after) / most : 0.0, BAR);
            quo_table_short(page, before, 12);
            quo_table_short(page, after, 12);
        }
        percent(page, before, after);
    }
}

static void each(const struct quo_page *page, const struct quo_scenario *s)
{
    quo_table_heading(page, "Each change alone: saved by it");
    fprintf(page->to, "  %-24s%14s%14s%12s%12s\n", "", "premium", "loss a year", "adopted by", "cost a year");
    for (size_t i = 0; i < s->plan->n_changes; i++) {
        fputs("  ", page->to);
        quo_table_left(page, s->plan->change[i].id, 24);
        quo_table_money(page, s->base.premium - s->alone[i].premium, 0, 14);
        quo_table_money(page, s->base.loss_usd - s->alone[i].loss_usd, 0, 14);
        fprintf(page->to, "%12zu", s->alone[i].adopted);
        quo_table_short(page, s->alone[i].cost_per_year, 12);
        fputc('\n', page->to);
    }
    for (size_t i = 0; i < s->plan->n_changes; i++) {
        const struct quo_scenario_state *one = &s->alone[i];
        if (one->unfit)
            quo_table_ink(page, QUO_INK_YELLOW, "  '%s' does not fit %zu protocol%s and was left out there\n",
                          s->plan->change[i].id, one->unfit, one->unfit == 1 ? "" : "s");
        else if (!one->adopted)
            quo_table_ink(page, QUO_INK_YELLOW, "  '%s' changes nothing: every protocol has it already\n",
                          s->plan->change[i].id);
    }
}

void quo_scenarioreport_print(const struct quo_page *page, const struct quo_scenario *s)
{
    quo_table_ink(page, QUO_INK_BOLD, "%zu policies on %zu protocols", s->n_policies, s->n_protocols);
    if (s->n_chosen == s->n_protocols)
        quo_table_ink(page, QUO_INK_BOLD, "; all adopt %zu change%s\n", s->plan->n_changes,
                      s->plan->n_changes == 1 ? "" : "s");
    else
        quo_table_ink(page, QUO_INK_BOLD, "; %zu of them adopt %zu change%s\n", s->n_chosen, s->plan->n_changes,
                      s->plan->n_changes == 1 ? "" : "s");
    if (s->bad_rows)
        fprintf(page->to, "  %zu bad rows were left out\n", s->bad_rows);
    if (s->unpriced)
        fprintf(page->to, "  %zu policies have no price in some state and were left out of all\n", s->unpriced);
    fprintf(page->to, "\n  %-34s%15s%15s%12s\n", "USD", "as it is", "with all", "change");
    line(page, "premium", s->base.premium, s->all.premium);
    line(page, "expected payout", s->base.expected_payout, s->all.expected_payout);
    line(page, "TVaR 99, policies independent", s->base.tail_independent, s->all.tail_independent);
    line(page, "TVaR 99, all bad years in one", s->base.tail_alone, s->all.tail_alone);
    line(page, "expected loss of the protocols", s->base.loss_usd, s->all.loss_usd);
    line(page, "cost of the changes a year", 0.0, s->all.cost_per_year);
    perils(page, s);
    each(page, s);
}

static json_t *state(const struct quo_scenario_state *one, const struct quo_scenario_state *base)
{
    json_t *losses = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (base->loss[p] > 0.0)
            json_array_append_new(losses,
                                  json_pack("{s:s, s:s, s:o, s:o}", "id", quo_peril_id((enum quo_peril)p), "unit",
                                            quo_peril_in_hours((enum quo_peril)p) ? "hours" : "USD", "expected_loss",
                                            NUMBER(one->loss[p]), "change", NUMBER(one->loss[p] - base->loss[p])));
    json_t *out =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "premium", NUMBER(one->premium), "expected_payout",
                  NUMBER(one->expected_payout), "tvar_99_independent", NUMBER(one->tail_independent),
                  "tvar_99_together", NUMBER(one->tail_alone), "expected_loss", NUMBER(one->loss_usd), "cost_per_year",
                  NUMBER(one->cost_per_year), "adopted", (json_int_t)one->adopted, "unfit", (json_int_t)one->unfit);
    if (out)
        json_object_set_new(out, "perils", losses);
    return out;
}

json_t *quo_scenarioreport_json(const struct quo_scenario *s)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < s->plan->n_changes; i++) {
        json_t *one = state(&s->alone[i], &s->base);
        json_object_set_new(one, "id", json_string(s->plan->change[i].id));
        json_array_append_new(changes, one);
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:{s:s, s:s}}", "policies", (json_int_t)s->n_policies,
                     "protocols", (json_int_t)s->n_protocols, "chosen", (json_int_t)s->n_chosen, "bad_rows",
                     (json_int_t)s->bad_rows, "unpriced", (json_int_t)s->unpriced, "base", state(&s->base, &s->base),
                     "alone", changes, "all", state(&s->all, &s->base), "engine", "version", quo_version(), "build",
                     quo_version_build());
}
