#include "pricing/desk/nextreport.h"

#include <math.h>
#include <string.h>

#include "pricing/desk/scorejson.h"
#include "risk/base/money.h"

#define WIDTH 80
#define BAR 14
#define NUMBER quo_scorejson_number

/* Words of a text, wrapped within the width. */
static void wrapped(const struct quo_page *page, const char *text, int indent)
{
    int at = indent;
    fprintf(page->to, "%*s", indent, "");
    for (bool first = true; *text; first = false) {
        const int n = (int)strcspn(text, " ");
        const bool fits = first || at + 1 + n <= WIDTH;
        if (!fits)
            fprintf(page->to, "\n%*s", indent, "");
        fprintf(page->to, "%s%.*s", fits && !first ? " " : "", n, text);
        at = (fits ? at + !first : indent) + n;
        text += n + (text[n] == ' ');
    }
    fputc('\n', page->to);
}

static void step(const struct quo_page *page, const struct quo_next *next, const struct quo_effort *effort,
                 const struct quo_catalogue *catalogue, double most)
{
    const struct quo_control *control = &catalogue->control[next->control];
    char levels[32], text[512];
    if (next->proof)
        snprintf(levels, sizeof levels, "prove %d", next->level);
    else if (next->from_level < 0)
        snprintf(levels, sizeof levels, "? to %d", next->level);
    else
        snprintf(levels, sizeof levels, "%d to %d", next->from_level, next->level);
    fprintf(page->to, "  %-7s %-9s ", control->id, levels);
    quo_table_bar(page, next->saving / most, BAR);
    quo_table_money(page, next->saving, 0, 13);
    quo_table_money(page, next->cost_per_year, 0, 13);
    fprintf(page->to, "  %s\n", effort->class[next->class].id);
    snprintf(text, sizeof text, "%s: %s%s", control->title, next->proof ? "shown by audit, certificate or test: " : "",
             control->criteria[next->level]);
    wrapped(page, text, 10);
}

void quo_nextreport_print(const struct quo_page *page, const struct quo_nextbest *best, const struct quo_effort *effort,
                          const struct quo_catalogue *catalogue, size_t most)
{
    quo_table_ink(page, QUO_INK_BOLD, "%s  %s\n\n", best->policy_id, best->insured);
    fprintf(page->to, "  base premium     ");
    quo_table_money(page, best->base.gross_premium, 2, 16);
    fprintf(page->to, " %s\n", best->currency);
    quo_table_heading(page, "Next steps, by the premium that each saves alone");
    if (best->n == 0) {
        fprintf(page->to, "  none of the %zu steps that are open to this protocol saves premium\n", best->tried);
        return;
    }
    fprintf(page->to, "  %-7s %-9s %-*s%13s%13s  %s\n", "control", "level", BAR, "", "saved", "cost a year", "effort");
    for (size_t i = 0; i < best->n && i < most; i++)
        step(page, &best->next[i], effort, catalogue, best->next[0].saving);
    fprintf(page->to, "  %zu of %zu steps tried save premium; costs: classes of '%s', judgements\n", best->n,
            best->tried, effort->id);
}

json_t *quo_nextreport_json(const struct quo_nextbest *best, const struct quo_effort *effort,
                            const struct quo_catalogue *catalogue, size_t most)
{
    json_t *list = json_array();
    for (size_t i = 0; i < best->n && i < most; i++) {
        const struct quo_next *next = &best->next[i];
        const struct quo_control *control = &catalogue->control[next->control];
        const double cost = next->cost_per_year * best->term_years;
        json_t *one =
            json_pack("{s:s, s:s, s:b, s:o, s:i, s:i, s:s}", "control", control->id, "title", control->title, "proof",
                      next->proof, "from_level", next->from_level < 0 ? json_null() : json_integer(next->from_level),
                      "level", next->level, "evidence", next->evidence, "criterion", control->criteria[next->level]);
        json_object_set_new(one, "effort", json_string(effort->class[next->class].id));
        json_object_set_new(one, "cost_per_year", NUMBER(next->cost_per_year));
        json_object_set_new(one, "gross_premium", NUMBER(next->outcome.gross_premium));
        json_object_set_new(one, "saving", NUMBER(next->saving));
        json_object_set_new(one, "net_saving", NUMBER(quo_money_rounded(next->saving - cost)));
        json_object_set_new(one, "expected_loss_avoided",
                            NUMBER(best->base.expected_loss - next->outcome.expected_loss));
        json_object_set_new(one, "expected_payout_avoided",
                            NUMBER(best->base.expected_payout - next->outcome.expected_payout));
        json_array_append_new(list, one);
    }
    return json_pack("{s:s, s:s, s:o, s:{s:o, s:o, s:o}, s:s, s:I, s:o}", "policy_id", best->policy_id, "currency",
                     best->currency, "term_years", NUMBER(best->term_years), "base", "gross_premium",
                     NUMBER(best->base.gross_premium), "expected_payout", NUMBER(best->base.expected_payout),
                     "expected_loss", NUMBER(best->base.expected_loss), "effort_id", effort->id, "tried",
                     (json_int_t)best->tried, "next", list);
}
