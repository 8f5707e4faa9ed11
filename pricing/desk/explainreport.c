#include "pricing/desk/explainreport.h"

#include <math.h>

#define WORTH_LINES 12 /* on a terminal, and whatever takes money off; the JSON has all */

/* An index as its unit reads. */
static void index_value(const struct quo_page *page, enum quo_index index, double at)
{
    if (quo_index_is_share(index))
        fprintf(page->to, "%9.2f %%", 100.0 * at);
    else if (index == QUO_INDEX_OUTAGE_HOURS)
        fprintf(page->to, "%9.1f h", at);
    else {
        quo_table_short(page, at, 11);
    }
}

static void design(const struct quo_page *page, const struct quo_quote *q, size_t c, const struct quo_design *d)
{
    const struct quo_cover *cover = &q->policy->cover[c];
    char text[96];
    snprintf(text, sizeof text, "Design of '%.40s': the payout moved along %s", cover->id,
             quo_index_id(cover->trigger.index));
    quo_table_heading(page, text);
    if (d->n == 0) {
        fprintf(page->to, "  this index has no threshold to move\n");
        return;
    }
    const bool known = d->point[0].basis.known; /* of all points alike: it hangs on the index */
    fprintf(page->to, "  %11s%9s%14s%16s", "pays from", "pays", "exp. payout", "gross premium");
    if (known)
        fprintf(page->to, "%12s%12s%12s%11s", "unpaid", "unfounded", "|gap|/loss", "hedge");
    fputc('\n', page->to);
    for (size_t i = 0; i < d->n; i++) {
        const struct quo_design_point *p = &d->point[i];
        fputc(p->factor == 1.0 ? '>' : ' ', page->to);
        fputc(' ', page->to);
        index_value(page, cover->trigger.index, p->attach);
        fprintf(page->to, "%7.2f %%", 100.0 * p->payout_probability);
        quo_table_money(page, p->expected_payout, 0, 14);
        quo_table_money(page, p->gross_premium, 0, 16);
        if (p->basis.known)
            fprintf(page->to, "%10.1f %%%10.2f %%%12.3f%9.1f %%", 100.0 * p->basis.loss_without_payout,
                    100.0 * p->basis.payout_without_loss, p->basis.gap_share, 100.0 * p->basis.hedge_effectiveness);
        fputc('\n', page->to);
    }
    if (!known) {
        fprintf(page->to, "  > as it stands. pays: chance in the term. Premium: whole policy. What an hour costs the insured is not in "
                          "the model: no basis risk.\n");
        return;
    }
    fprintf(page->to, "  > as it stands. pays: chance in the term. unpaid: events with a loss and no payout. "
                      "unfounded: chance of a payout without a loss.\n"
                      "  |gap|/loss: expected |loss - payout| over expected loss. hedge: share of the loss's variance "
                      "that is gone. Premium: whole policy.\n");
}

static void rivals(const struct quo_page *page, const struct quo_quote *q, const struct quo_explanation *e)
{
    quo_table_heading(page, "How others' formulas would price it (not their offers)");
    fprintf(page->to, "  %-20s%16s%10s%14s\n", "", "premium", "on line", "of this");
    fprintf(page->to, "  %-20s", "this quote");
    quo_table_money(page, q->gross_premium, 0, 16);
    fprintf(page->to, "%8.2f %%%12.0f %%\n", 100.0 * q->rate_on_line, 100.0);
    for (int i = 0; i < QUO_RIVALS; i++) {
        const struct quo_rival *r = &e->rival[i];
        fprintf(page->to, "  %-20s", r->name);
        if (isnan(r->premium))
            fprintf(page->to, "%16s%10s%14s", "-", "-", "-");
        else {
            quo_table_money(page, r->premium, 0, 16);
            fprintf(page->to, "%8.2f %%%12.0f %%", 100.0 * r->rate_on_line, 100.0 * r->over_gross);
        }
        fprintf(page->to, "  %s\n", r->note);
    }
    fprintf(page->to, "  the pool: capacity");
    quo_table_short(page, e->pool.capacity, 9);
    fprintf(
        page->to,
        ", %.0f %% in use (--pool-capacity, --pool-used); nothing of the insured's controls enters the first three\n",
        100.0 * e->pool.used);
}

static void worth(const struct quo_page *page, const struct quo_quote *q, const struct quo_worth *w)
{
    quo_table_heading(page, "What each control is worth in premium");
    fprintf(page->to, "  %-8s%-44s%10s%16s%16s\n", "control", "", "level", "takes off", "best saves");
    size_t left_out = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct quo_worth_line *line = &w->line[i];
        if (i >= WORTH_LINES && line->credit < 1.0) {
            left_out++;
            continue;
        }
        const struct quo_control *control = &q->engine->catalogue->control[line->control];
        fprintf(page->to, "  %-8s", control->id);
        quo_table_left(page, control->title, 44);
        if (line->level < 0)
            fprintf(page->to, "%10s", "unknown");
        else
            fprintf(page->to, "%10d", line->level);
        quo_table_money(page, line->credit, 0, 16);
        quo_table_money(page, line->saving, 0, 16);
        fputc('\n', page->to);
    }
    fprintf(page->to, "  takes off: against level 0. best saves: at level 4 on the best evidence. Controls overlap: "
                      "the amounts do not add up.\n");
    if (left_out)
        fprintf(page->to, "  %zu more with smaller savings: --json lists all\n", left_out);
}

void quo_explainreport(const struct quo_page *page, const struct quo_quote *quote, const struct quo_explanation *e)
{
    for (size_t c = 0; c < e->n_designs; c++)
        design(page, quote, c, &e->design[c]);
    if (e->has_worth)
        worth(page, quote, &e->worth);
    if (e->has_rivals)
        rivals(page, quote, e);
}
