#include "pricing/book/bookconfigtext.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/date.h"
#include "risk/base/text.h"

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

/* name = "text"; on a line of its own; nothing for NULL. */
static void put_text(struct quo_booktext *to, const char *name, const char *text)
{
    if (!text)
        return;
    put(to, name);
    put(to, " = \"");
    for (const char *c = text; *c; c++) {
        const char *as = *c == '"' ? "\\\"" : *c == '\\' ? "\\\\" : *c == '\n' ? "\\n" : *c == '\r' ? "\\r" : NULL;
        if (as)
            put(to, as);
        else
            quo_booktext_add(to, c, 1);
    }
    put(to, "\"; ");
}

static void put_number(struct quo_booktext *to, const char *name, double value)
{
    char number[32];
    if (!isfinite(value))
        return;
    quo_text_from_real(value, number);
    put(to, name);
    put(to, " = ");
    put(to, number);
    put(to, "; ");
}

static void put_whole(struct quo_booktext *to, const char *name, int value)
{
    char text[96];
    quo_text_print(text, sizeof text, "%s = %d; ", name, value);
    put(to, text);
}

static void put_list(struct quo_booktext *to, const char *name, size_t n, const char *(*word)(const void *, size_t),
                     const void *of)
{
    put(to, name);
    put(to, " = [");
    for (size_t i = 0; i < n; i++) {
        put(to, i ? ", \"" : "\"");
        put(to, word(of, i));
        put(to, "\"");
    }
    put(to, "]; ");
}

struct groups {
    const struct quo_signer_set *set;
    const struct quo_signer *signer;
};

static const char *group_name(const void *of, size_t i)
{
    const struct groups *g = of;
    return g->set->group_name[g->signer->group[i]];
}

static const char *power_name(const void *of, size_t i)
{
    unsigned left = *(const unsigned *)of;
    for (size_t bit = 0; quo_power_names()[bit]; bit++)
        if (left & 1u << bit && i-- == 0)
            return quo_power_names()[bit];
    return "";
}

static void put_signers(const struct quo_signer_set *set, struct quo_booktext *to)
{
    put(to, "    signer_sets = (\n      { ");
    put_text(to, "id", set->id);
    put_list(to, "purpose", (size_t)__builtin_popcount(set->powers), power_name, &set->powers);
    put_whole(to, "threshold", set->threshold);
    put(to, "\n        signers = (");
    for (size_t i = 0; i < set->n_signers; i++) {
        const struct groups groups = {set, &set->signer[i]};
        put(to, i ? ",\n          { " : "\n          { ");
        put_text(to, "id", set->signer[i].id);
        put_text(to, "storage", set->signer[i].storage);
        put_list(to, "groups", set->signer[i].n_groups, group_name, &groups);
        put(to, "}");
    }
    put(to, " ); } );\n");
}

void quo_bookconfigtext_protocol(const struct quo_protocol *p, const struct quo_catalogue *catalogue,
                                 struct quo_booktext *to)
{
    put(to, "{\n    ");
    put_text(to, "id", p->id);
    put_text(to, "name", p->name);
    put_number(to, "exposure_usd", p->exposure_usd);
    put_text(to, "chain", p->chain);
    put(to, p->bridge ? "bridge = true;\n" : "bridge = false;\n");
    put(to, p->n_answers ? "    answers = (" : "");
    for (size_t i = 0; i < p->n_answers; i++) {
        put(to, i ? ",\n      { " : "\n      { ");
        put_text(to, "control", catalogue->control[p->answer[i].control].id);
        put_whole(to, "level", p->answer[i].level);
        put_whole(to, "evidence", p->answer[i].evidence);
        put(to, "}");
    }
    put(to, p->n_answers ? " );\n" : "");
    put(to, p->n_dependencies ? "    dependencies = (" : "");
    for (size_t i = 0; i < p->n_dependencies; i++) {
        put(to, i ? ", { " : " { ");
        put_text(to, "kind", p->dependency[i].kind);
        put_text(to, "vendor", p->dependency[i].vendor);
        put(to, "}");
    }
    put(to, p->n_dependencies ? " );\n" : "");
    if (p->n_signer_sets)
        put_signers(&p->signer_set[0], to);
    put(to, "  }");
}

static const char *peril_name(const void *of, size_t i)
{
    const quo_peril_set set = *(const quo_peril_set *)of;
    for (int p = 0; p < QUO_PERILS; p++)
        if (set & (quo_peril_set)1 << p && i-- == 0)
            return quo_peril_id((enum quo_peril)p);
    return "";
}

static void put_payout(const struct quo_bookpolicy *row, struct quo_booktext *to)
{
    const bool steps = row->shape == QUO_PAYOUT_STEPS || row->shape == QUO_PAYOUT_TABLE;
    put(to, "        payout = { ");
    put_text(to, "shape", quo_payout_shape_id(row->shape));
    if (row->shape == QUO_PAYOUT_PER_HOUR)
        put_number(to, "per_hour", row->event_limit / (row->exhaust - row->waiting_hours));
    if (row->shape == QUO_PAYOUT_LINEAR || (row->shape == QUO_PAYOUT_BINARY && row->index != QUO_INDEX_SIGNER_EVENT))
        put_number(to, "attach", row->attach);
    if (row->shape == QUO_PAYOUT_LINEAR)
        put_number(to, "exhaust", row->exhaust);
    put(to, steps ? (row->shape == QUO_PAYOUT_STEPS ? "steps = ( " : "points = ( ") : "");
    for (int i = 0; steps && i < row->n_steps; i++) {
        put(to, i ? ", { " : "{ ");
        put_number(to, "at", row->step[i].at);
        put_number(to, "pays", row->step[i].pays);
        put(to, "}");
    }
    put(to, steps ? " ); };\n" : "};\n");
}

void quo_bookconfigtext_terms(const struct quo_terms *t, double expiring_premium, struct quo_booktext *to)
{
    put(to, "{ ");
    put_text(to, "principle", quo_principle_id(t->principle));
    for (int p = 0; p < QUO_PRINCIPLES; p++)
        if (!isnan(t->parameter_of[p]))
            put_number(to, quo_principle_parameter((enum quo_principle)p), t->parameter_of[p]);
    put(to, "\n    ");
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"rate", t->rate},
                   {"level", t->level},
                   {"diversification", t->diversification},
                   {"junior_level", t->junior_level},
                   {"junior_rate", t->junior_rate},
                   {"senior_level", t->senior_level},
                   {"senior_rate", t->senior_rate},
                   {"expenses_fixed", t->expenses_fixed},
                   {"expenses_share", t->expenses_share},
                   {"brokerage", t->brokerage},
                   {"profit", t->profit},
                   {"tax", t->tax},
                   {"minimum_premium", t->minimum_premium},
                   {"expiring_premium", expiring_premium}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        put_number(to, numbers[i].name, numbers[i].value);
    put(to, "}");
}

void quo_bookconfigtext_policy(const struct quo_bookpolicy *row, const char *insured, struct quo_booktext *to)
{
    char day[11];
    quo_date_format(row->inception, day);
    put(to, "{\n  ");
    put_text(to, "id", row->id);
    put_text(to, "insured", insured);
    put_text(to, "inception", day);
    put_whole(to, "term_days", row->term_days);
    put(to, "currency = \"USD\";\n  covers = (\n      { id = \"cover\"; ");
    put_list(to, "perils", (size_t)__builtin_popcount(row->perils), peril_name, &row->perils);
    put(to, "\n        trigger = { ");
    put_text(to, "index", quo_index_id(row->index));
    put_text(to, "source", "not said");
    if (row->waiting_hours > 0.0)
        put_number(to, "waiting_hours", row->waiting_hours);
    put(to, "};\n");
    put_payout(row, to);
    put(to, "        ");
    put_number(to, "event_limit", row->event_limit);
    put_number(to, "annual_limit", row->annual_limit);
    put(to, "} );\n");
    struct quo_terms terms;
    quo_bookpolicy_terms(&terms);
    put(to, "  pricing = ");
    quo_bookconfigtext_terms(row->terms ? row->terms : &terms, row->expiring_premium, to);
    put(to, ";\n}");
}

void quo_bookconfigtext_vendors(const struct quo_protocol *p, struct quo_booktext *to)
{
    for (size_t i = 0; i < p->n_dependencies; i++) {
        put(to, i ? ";" : "");
        put(to, p->dependency[i].kind);
        put(to, ":");
        put(to, p->dependency[i].vendor);
    }
}

void quo_bookconfigtext_signers(const struct quo_protocol *p, struct quo_booktext *to)
{
    for (size_t i = 0; p->n_signer_sets && i < p->signer_set[0].n_signers; i++) {
        const struct quo_signer *s = &p->signer_set[0].signer[i];
        put(to, i ? ";" : "");
        put(to, s->storage ? s->storage : "");
        put(to, "@");
        for (size_t g = 0; g < s->n_groups; g++) {
            put(to, g ? "+" : "");
            put(to, p->signer_set[0].group_name[s->group[g]]);
        }
    }
}

void quo_bookconfigtext_ties(const struct quo_protocol *p, struct quo_booktext *to)
{
    struct quo_booktext field = {0};
    char threshold[24] = ",,";
    quo_bookconfigtext_vendors(p, &field);
    quo_booktext_add(&field, "", 1);
    quo_booktext_csv(to, field.failed ? "" : field.text);
    if (p->n_signer_sets)
        snprintf(threshold, sizeof threshold, ",%d,", p->signer_set[0].threshold);
    put(to, threshold);
    field.n = 0;
    quo_bookconfigtext_signers(p, &field);
    quo_booktext_add(&field, "", 1);
    quo_booktext_csv(to, field.failed ? "" : field.text);
    to->failed |= field.failed;
    quo_booktext_free(&field);
}
