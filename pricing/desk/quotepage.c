#include "pricing/desk/quotepage.h"

#include <math.h>
#include <string.h>

#include "risk/base/money.h"

#define WIDTH 640.0
#define HEIGHT 260.0
#define LEFT 70.0
#define BOTTOM 34.0
#define TOP 12.0
#define DECADES_MOST 6.0 /* below the chance of any payout: what is rarer lies on the axis */

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #ccd3da}"
    "table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;border-bottom:1px solid #ccd3da}"
    "th,td{padding:.15rem .7rem .15rem 0;vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}tr:nth-child(even) td{background:#f6f8fa}.refer{color:#8a5a00}.decline{color:"
    "#a4161a}.quote{color:#14713d}svg{max-width:100%;height:auto}@media print{body{margin:0;max-width:none}}";

static void escaped(FILE *to, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\'':
            fputs("&#39;", to);
            break;
        default: /* control characters have no place on a page */
            if ((unsigned char)*text >= 0x20 || *text == '\t')
                fputc(*text, to);
        }
}

/* Whether a column holds numbers: by its first cell that says something. */
static bool numeric(const struct quo_sheet_table *table, size_t column)
{
    for (size_t r = 0; r < table->n_rows; r++) {
        const struct quo_cell *cell = &table->cell[r * table->n_columns + column];
        if (cell->kind == QUO_CELL_TEXT || !isnan(cell->number))
            return cell->kind != QUO_CELL_TEXT;
    }
    return false;
}

static void put_table(FILE *to, const struct quo_sheet_table *table)
{
    char buffer[64];
    fputs("<table>\n<thead><tr>", to);
    for (size_t c = 0; c < table->n_columns; c++) {
        fputs(numeric(table, c) ? "<th class=\"n\">" : "<th>", to);
        escaped(to, table->heading[c]);
        fputs("</th>", to);
    }
    fputs("</tr></thead>\n<tbody>\n", to);
    for (size_t r = 0; r < table->n_rows; r++) {
        fputs("<tr>", to);
        for (size_t c = 0; c < table->n_columns; c++) {
            const struct quo_cell *cell = &table->cell[r * table->n_columns + c];
            fputs(cell->kind == QUO_CELL_TEXT ? "<td>" : "<td class=\"n\">", to);
            escaped(to, quo_quotesheet_text(cell, buffer, sizeof buffer));
            fputs("</td>", to);
        }
        fputs("</tr>\n", to);
    }
    fputs("</tbody>\n</table>\n", to);
}

/* Place of a probability on the logarithmic axis from `least` to 1. */
static double height_of(double probability, double least)
{
    const double part = probability > least ? log(probability / least) / -log(least) : 0.0;
    return TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - part);
}

static void put_axes(FILE *to, double most, double least)
{
    char amount[48];
    for (double p = 1.0; p >= 0.999 * least; p /= 10.0)
        fprintf(to,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dde3e8\"/>"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g %%</text>\n",
                LEFT, height_of(p, least), WIDTH, height_of(p, least), LEFT - 6.0, height_of(p, least) + 4.0, 100.0 * p);
    for (int i = 0; i <= 4; i++) {
        const double x = LEFT + (WIDTH - LEFT - 30.0) * i / 4.0;
        quo_money_short(most * i / 4.0, amount, sizeof amount);
        fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x, HEIGHT - 12.0, amount);
    }
}

static void put_curve(FILE *to, const struct quo_quote *q)
{
    const double most = q->exceedance_payout[QUO_EXCEEDANCE_POINTS - 1];
    double least = 1.0;
    for (int i = 0; i < QUO_EXCEEDANCE_POINTS; i++)
        if (q->exceedance_probability[i] > 0.0)
            least = fmin(least, q->exceedance_probability[i]);
    least = pow(10.0, fmax(floor(log10(least)), -DECADES_MOST));
    least = fmin(least, 0.1);
    fprintf(to,
            "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" aria-label=\"Chance that the "
            "term's payout is above an amount\" font-size=\"12\" fill=\"#1b1f24\">\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_axes(to, most, least);
    fputs("<polyline fill=\"none\" stroke=\"#0b5cad\" stroke-width=\"2\" points=\"", to);
    for (int i = 0; i < QUO_EXCEEDANCE_POINTS && most > 0.0; i++)
        fprintf(to, "%.1f,%.1f ", LEFT + (WIDTH - LEFT - 30.0) * q->exceedance_payout[i] / most,
                height_of(q->exceedance_probability[i], least));
    fputs("\"/>\n</svg>\n", to);
}

void quo_quotepage_write(FILE *to, const struct quo_quote *quote, const struct quo_sheet *sheet)
{
    const char *decision = quo_decision_id(quote->decision), *insured = quote->policy->insured;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\">\n<title>",
          to);
    escaped(to, quote->policy->id);
    fprintf(to, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style);
    escaped(to, quote->policy->id);
    fputs(" &#8211; ", to);
    escaped(to, insured ? insured : quote->policy->protocol->name);
    fprintf(to, "</h1>\n<p>Decision: <strong class=\"%s\">%s</strong></p>\n", decision, decision);
    for (size_t t = 0; t < sheet->n; t++) {
        fputs("<h2>", to);
        escaped(to, sheet->table[t].title);
        fputs("</h2>\n", to);
        if (strcmp(sheet->table[t].id, "curve") == 0)
            put_curve(to, quote);
        put_table(to, &sheet->table[t]);
    }
    fputs("</body>\n</html>\n", to);
}
