#include "pricing/desk/quotesheet.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/version.h"
#include "risk/base/date.h"
#include "risk/base/money.h"
#include "risk/base/text.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct quo_sheet_table *begin(struct quo_sheet *sheet, const char *title, const char *id,
                                     const char *const *heading, size_t n_columns)
{
    struct quo_sheet_table *table = &sheet->table[sheet->n++];
    *table = (struct quo_sheet_table){title, id, n_columns, 0, heading, NULL};
    return table;
}

/* A row of empty cells, NULL where memory ran out. */
static struct quo_cell *row(struct quo_sheet *sheet, struct quo_sheet_table *table)
{
    struct quo_cell *grown = realloc(table->cell, (table->n_rows + 1) * table->n_columns * sizeof *grown);
    if (!grown) {
        sheet->failed = true;
        return NULL;
    }
    table->cell = grown;
    grown += table->n_rows++ * table->n_columns;
    for (size_t i = 0; i < table->n_columns; i++)
        grown[i] = (struct quo_cell){QUO_CELL_PLAIN, NULL, NAN};
    return grown;
}

static void number(struct quo_cell *cell, enum quo_cell_kind kind, double value)
{
    if (cell)
        *cell = (struct quo_cell){kind, NULL, value};
}

__attribute__((format(printf, 3, 4))) static void text(struct quo_sheet *sheet, struct quo_cell *cell,
                                                       const char *format, ...)
{
    char buffer[1024];
    va_list list;
    if (!cell)
        return;
    va_start(list, format);
    vsnprintf(buffer, sizeof buffer, format, list);
    va_end(list);
    *cell = (struct quo_cell){QUO_CELL_TEXT, quo_text_copy(buffer), NAN};
    sheet->failed |= !cell->text;
}

/* Name and number in a table of two columns. */
static void line(struct quo_sheet *sheet, struct quo_sheet_table *table, const char *name, enum quo_cell_kind kind,
                 double value)
{
    struct quo_cell *cell = isnan(value) ? NULL : row(sheet, table);
    text(sheet, cell, "%s", name);
    number(cell ? cell + 1 : NULL, kind, value);
}

#define SAYS(sheet, table, name, ...)                                                                                  \
    do {                                                                                                               \
        struct quo_cell *cell_ = row(sheet, table);                                                                    \
        text(sheet, cell_, "%s", name);                                                                                \
        text(sheet, cell_ ? cell_ + 1 : NULL, __VA_ARGS__);                                                            \
    } while (0)

static const char *const pairs[] = {"", "value"};

static void head(struct quo_sheet *sheet, const struct quo_quote *q)
{
    struct quo_sheet_table *table = begin(sheet, "Quote", "quote", pairs, COUNT(pairs));
    const struct quo_policy *policy = q->policy;
    char date[11];
    quo_date_format(policy->inception, date);
    SAYS(sheet, table, "policy", "%s", policy->id);
    SAYS(sheet, table, "insured", "%s", policy->insured ? policy->insured : policy->protocol->name);
    SAYS(sheet, table, "protocol", "%s", policy->protocol->name);
    line(sheet, table, "exposure, USD", QUO_CELL_WHOLE, policy->protocol->exposure_usd);
    SAYS(sheet, table, "inception", "%s", date);
    line(sheet, table, "term, days", QUO_CELL_WHOLE, policy->term_days);
    SAYS(sheet, table, "currency", "%s", policy->currency);
    line(sheet, table, "gross premium", QUO_CELL_CENTS, q->gross_premium);
    line(sheet, table, "technical premium", QUO_CELL_CENTS, q->technical_premium);
    line(sheet, table, "rate on line", QUO_CELL_PERCENT, q->rate_on_line);
    if (isfinite(q->annual_limit))
        line(sheet, table, "annual limit", QUO_CELL_WHOLE, q->annual_limit);
    else
        SAYS(sheet, table, "annual limit", "none");
    line(sheet, table, "expected payout", QUO_CELL_CENTS, q->expected_payout);
    line(sheet, table, "standard deviation of the payout", QUO_CELL_WHOLE, q->payout_sd);
    line(sheet, table, "chance of any payout", QUO_CELL_PERCENT, q->payout_probability);
    line(sheet, table, "gross premium, 5 % of draws below", QUO_CELL_WHOLE, q->p05);
    line(sheet, table, "gross premium, 95 % of draws below", QUO_CELL_WHOLE, q->p95);
    line(sheet, table, "gross premium without the state-actor clause", QUO_CELL_CENTS, q->gross_without_clause);
    line(sheet, table, "gross premium, unanswered as the market's median", QUO_CELL_CENTS, q->gross_typical);
    line(sheet, table, "expiring premium", QUO_CELL_CENTS, q->adequacy.expiring);
    line(sheet, table, "market premium", QUO_CELL_CENTS, q->adequacy.market);
    line(sheet, table, "market premium over this quote", QUO_CELL_PERCENT, q->adequacy.to_market);
    line(sheet, table, "wang lambda that the market premium implies", QUO_CELL_PLAIN, q->adequacy.implied_wang);
    line(sheet, table, "proportional hazard r that it implies", QUO_CELL_PLAIN, q->adequacy.implied_ph);
    line(sheet, table, "overall score of 100", QUO_CELL_PLAIN, q->score->overall);
    SAYS(sheet, table, "decision", "%s", quo_decision_id(q->decision));
    SAYS(sheet, table, "model", "%s", q->engine->model->id);
    SAYS(sheet, table, "program", "quorate %s, build %s", quo_version(), quo_version_build());
    line(sheet, table, "seed", QUO_CELL_WHOLE, (double)q->seed);
}

static void covers(struct quo_sheet *sheet, const struct quo_quote *q)
{
    static const char *const heading[] = {"cover",       "perils",       "index",          "payout",
                                          "event limit", "annual limit", "event retained", "year retained",
                                          "reinstated",  "read by"};
    struct quo_sheet_table *table = begin(sheet, "Layers", "layers", heading, COUNT(heading));
    for (size_t c = 0; c < q->policy->n_covers; c++) {
        const struct quo_cover *cover = &q->policy->cover[c];
        struct quo_cell *cell = row(sheet, table);
        char perils[512] = "";
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            if (cover->perils >> p & 1u)
                snprintf(perils + strlen(perils), sizeof perils - strlen(perils), "%s%s", *perils ? ", " : "",
                         quo_peril_id((enum quo_peril)p));
        if (!cell)
            return;
        text(sheet, &cell[0], "%s", cover->id);
        text(sheet, &cell[1], "%s", perils);
        text(sheet, &cell[2], "%s", quo_index_id(cover->trigger.index));
        text(sheet, &cell[3], "%s from %.4g", quo_payout_shape_id(cover->payout.shape),
             quo_payout_index_above(0.0, &cover->payout, NULL));
        number(&cell[4], QUO_CELL_WHOLE, cover->event_limit);
        if (isfinite(cover->annual_limit))
            number(&cell[5], QUO_CELL_WHOLE, cover->annual_limit);
        number(&cell[6], QUO_CELL_WHOLE, cover->event_deductible);
        number(&cell[7], QUO_CELL_WHOLE, cover->annual_deductible);
        if (cover->reinstatements >= 0)
            number(&cell[8], QUO_CELL_WHOLE, cover->reinstatements);
        text(sheet, &cell[9], "%s", cover->trigger.source);
    }
}

static void score(struct quo_sheet *sheet, const struct quo_quote *q)
{
    static const char *const heading[] = {"domain", "score of 100"};
    struct quo_sheet_table *table = begin(sheet, "Score", "score", heading, COUNT(heading));
    for (size_t i = 0; i < q->score->n_domains; i++) {
        const char *title = q->engine->catalogue->domain[q->score->domain[i].domain].title;
        if (isnan(q->score->domain[i].score))
            SAYS(sheet, table, title, "does not apply");
        else
            line(sheet, table, title, QUO_CELL_PLAIN, q->score->domain[i].score);
    }
}

static void perils(struct quo_sheet *sheet, const struct quo_quote *q)
{
    static const char *const heading[] = {"peril",     "covered",       "events a year",  "score", "relative",
                                          "mean loss", "expected loss", "expected payout"};
    struct quo_sheet_table *table = begin(sheet, "Perils (losses in USD, service_outage in hours)", "perils", heading,
                                          COUNT(heading));
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_quote_peril *one = &q->peril[p];
        struct quo_cell *cell = q->hazard[p].present ? row(sheet, table) : NULL;
        if (!cell)
            continue;
        text(sheet, &cell[0], "%s", quo_peril_id((enum quo_peril)p));
        text(sheet, &cell[1], "%s", one->covered ? "yes" : "no");
        number(&cell[2], QUO_CELL_PLAIN, one->rate);
        number(&cell[3], QUO_CELL_PLAIN, q->score->peril[p].score);
        number(&cell[4], QUO_CELL_PLAIN, one->relativity);
        number(&cell[5], quo_peril_in_hours((enum quo_peril)p) ? QUO_CELL_PLAIN : QUO_CELL_WHOLE, one->mean_loss);
        number(&cell[6], quo_peril_in_hours((enum quo_peril)p) ? QUO_CELL_PLAIN : QUO_CELL_WHOLE, one->expected_loss);
        if (one->covered)
            number(&cell[7], QUO_CELL_CENTS, one->expected_payout);
    }
}

static void walk(struct quo_sheet *sheet, const struct quo_quote *q)
{
    static const char *const heading[] = {"step", "amount", "so far"};
    struct quo_sheet_table *table = begin(sheet, "From the market's rate to the premium", "walk", heading,
                                          COUNT(heading));
    double sum = 0.0;
    for (size_t i = 0; i < q->n_steps; i++) {
        struct quo_cell *cell = row(sheet, table);
        if (!cell)
            return;
        sum += (double)q->step[i].cents / 100.0;
        text(sheet, &cell[0], "%s", q->step[i].name);
        number(&cell[1], QUO_CELL_CENTS, (double)q->step[i].cents / 100.0);
        number(&cell[2], QUO_CELL_CENTS, sum);
    }
}

static void year(struct quo_sheet *sheet, const struct quo_quote *q)
{
    static const char *const levels[] = {"level", "VaR", "TVaR"}, *const curve[] = {"payout above", "probability"};
    struct quo_sheet_table *table = begin(sheet, "The year's payout", "tail", levels, COUNT(levels));
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++) {
        struct quo_cell *cell = row(sheet, table);
        if (!cell)
            return;
        number(&cell[0], QUO_CELL_PERCENT, q->quantile[i].level);
        number(&cell[1], QUO_CELL_WHOLE, q->quantile[i].var);
        number(&cell[2], QUO_CELL_WHOLE, q->quantile[i].tvar);
    }
    table = begin(sheet, "Exceedance curve", "curve", curve, COUNT(curve));
    for (int i = 0; i < QUO_EXCEEDANCE_POINTS; i++) {
        struct quo_cell *cell = row(sheet, table);
        if (!cell)
            return;
        number(&cell[0], QUO_CELL_WHOLE, q->exceedance_payout[i]);
        number(&cell[1], QUO_CELL_PLAIN, q->exceedance_probability[i]);
    }
}

static void basis(struct quo_sheet *sheet, const struct quo_quote *q)
{
    struct quo_sheet_table *table = begin(sheet, "Basis risk and decision", "basis and decision", pairs, COUNT(pairs));
    if (q->basis.known) {
        line(sheet, table, q->basis.of_market ? "windows with an own loss and no payout" : "losses without a payout",
             QUO_CELL_PERCENT, q->basis.loss_without_payout);
        line(sheet, table, "terms with a payout and no loss", QUO_CELL_PERCENT, q->basis.payout_without_loss);
        line(sheet, table, "expected loss above the payout", QUO_CELL_WHOLE, q->basis.expected_shortfall);
        line(sheet, table, "expected |payout - loss|", QUO_CELL_WHOLE, q->basis.expected_gap);
        line(sheet, table, "hedge effectiveness", QUO_CELL_PERCENT, q->basis.hedge_effectiveness);
        line(sheet, table, "correlation of loss and payout", QUO_CELL_PLAIN, q->basis.correlation);
    }
    line(sheet, table, "expected loss that a cover for code alone sees, USD", QUO_CELL_WHOLE, q->code_seen);
    line(sheet, table, "expected loss that it misses, USD", QUO_CELL_WHOLE, q->code_missed);
    line(sheet, table, "stated discretisation error", QUO_CELL_PLAIN, q->discretisation_error);
    for (size_t i = 0; i < q->reasons.n; i++)
        SAYS(sheet, table, i ? "" : "why", "%s", q->reasons.text[i]);
}

/* Lists of the quote's JSON as they stand. */
static void listed(struct quo_sheet *sheet, const json_t *list, const char *title, const char *id,
                   const char *const *key, size_t n)
{
    struct quo_sheet_table *table = begin(sheet, title, id, key, n);
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        struct quo_cell *cell = row(sheet, table);
        for (size_t k = 0; k < n && cell; k++) {
            const json_t *value = json_object_get(one, key[k]);
            if (json_is_string(value))
                text(sheet, &cell[k], "%s", json_string_value(value));
            else
                number(&cell[k], QUO_CELL_PLAIN, json_is_number(value) ? json_number_value(value) : NAN);
        }
    }
}

enum quo_status quo_quotesheet_new(const struct quo_quote *quote, const json_t *document, struct quo_sheet *out)
{
    static const char *const assumption[] = {"parameter", "value", "origin", "source"}, *const input[] = {"file", "sha256"};
    memset(out, 0, sizeof *out);
    head(out, quote);
    covers(out, quote);
    score(out, quote);
    perils(out, quote);
    walk(out, quote);
    year(out, quote);
    basis(out, quote);
    listed(out, json_object_get(document, "assumptions"), "Assumptions", "assumptions", assumption, COUNT(assumption));
    listed(out, json_object_get(document, "inputs"), "Inputs", "inputs", input, COUNT(input));
    if (!out->failed)
        return QUO_OK;
    quo_quotesheet_free(out);
    return QUO_MACHINE;
}

void quo_quotesheet_free(struct quo_sheet *sheet)
{
    for (size_t t = 0; t < sheet->n; t++) {
        struct quo_sheet_table *table = &sheet->table[t];
        for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
            free(table->cell[i].text);
        free(table->cell);
    }
    memset(sheet, 0, sizeof *sheet);
}

const char *quo_quotesheet_text(const struct quo_cell *cell, char *buffer, size_t size)
{
    if (cell->kind == QUO_CELL_TEXT)
        return cell->text;
    buffer[0] = '\0';
    if (isnan(cell->number))
        return buffer;
    if (cell->kind == QUO_CELL_PERCENT)
        snprintf(buffer, size, "%.2f %%", 100.0 * cell->number);
    else if (cell->kind == QUO_CELL_PLAIN)
        snprintf(buffer, size, "%.4g", cell->number);
    else
        quo_money_format(cell->number, cell->kind == QUO_CELL_CENTS ? 2 : 0, buffer, size);
    return buffer;
}
