#include "pricing/portfolio/portfoliojson.h"

#include <inttypes.h>
#include <stdlib.h>

#include "risk/base/money.h"

static void head(const struct quo_page *page, const struct quo_portfolio *p)
{
    char years[48];
    quo_money_format((double)p->years, 0, years, sizeof years);
    quo_table_ink(page, QUO_INK_BOLD, "%zu policies on %zu protocols, %s simulated years\n", p->policies, p->protocols,
                  years);
    fprintf(page->to, "seed %" PRIu64 ", %.1f events a year; amounts in USD, each policy for its own term\n\n", p->seed,
            p->events_per_year);
    fputs("  expected payout      ", page->to);
    quo_table_money(page, p->gross.mean.value, 0, 16);
    fputs("    standard error ", page->to);
    quo_table_money(page, p->gross.mean.std_error, 0, 1);
    fputs("\n  sum of the quotes'   ", page->to);
    quo_table_money(page, p->exact_mean, 0, 16);
    fputs("\n  standard deviation   ", page->to);
    quo_table_money(page, p->gross.sd.value, 0, 16);
    fputs("    standard error ", page->to);
    quo_table_money(page, p->gross.sd.std_error, 0, 1);
    fputs("\n  largest year         ", page->to);
    quo_table_money(page, p->gross.largest, 0, 16);
    fputc('\n', page->to);
}

static void curve(const struct quo_page *page, const struct quo_portfolio *p)
{
    quo_table_heading(page, "Exceeded once in so many years");
    fputs("     years     all of a year      95 % interval                 one event\n", page->to);
    for (int i = 0; i < QUO_PORTFOLIO_PERIODS; i++) {
        fprintf(page->to, "  %8.0f", p->gross.aep[i].return_period);
        quo_table_money(page, p->gross.aep[i].loss, 0, 18);
        quo_table_short(page, p->gross.aep[i].low, 12);
        fputs(" to", page->to);
        quo_table_short(page, p->gross.aep[i].high, 9);
        quo_table_money(page, p->gross.oep[i].loss, 0, 22);
        fputc('\n', page->to);
    }
    quo_table_heading(page, "Tail");
    fputs("     level               VaR              TVaR    standard error\n", page->to);
    for (int i = 0; i < QUO_PORTFOLIO_LEVELS; i++) {
        fprintf(page->to, "  %8g", p->gross.var[i].return_period);
        quo_table_money(page, p->gross.var[i].loss, 0, 18);
        quo_table_money(page, p->gross.tvar[i].value, 0, 18);
        quo_table_money(page, p->gross.tvar[i].std_error, 0, 18);
        fputc('\n', page->to);
    }
}

static void accumulations(const struct quo_page *page, const struct quo_portfolio *p, size_t top)
{
    quo_table_heading(page, "Accumulations");
    fputs("  kind          name                       protocols         limit       expected   to the TVaR   by its "
          "own failure\n",
          page->to);
    size_t shown = 0;
    for (size_t i = 0; i < p->n_accumulations; i++) {
        const struct quo_accumulation *a = &p->accumulation[i];
        shown = i && a->kind == a[-1].kind ? shown + 1 : 0;
        if (shown >= top)
            continue;
        fputs("  ", page->to);
        quo_table_left(page, quo_accumulation_kind_id(a->kind), 14);
        quo_table_left(page, a->name, 26);
        fprintf(page->to, "%10zu", a->protocols);
        quo_table_short(page, a->limit_exposed, 14);
        quo_table_short(page, a->expected, 15);
        quo_table_short(page, a->tail, 14);
        if (a->kind < QUO_ACCUMULATION_PERIL)
            quo_table_short(page, a->shock_tail, 21);
        fputc('\n', page->to);
    }
}

struct ranked {
    double tail;
    size_t policy;
};

static int by_tail(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->tail != y->tail ? (x->tail > y->tail ? -1 : 1) : (x->policy > y->policy) - (x->policy < y->policy);
}

static void contributions(const struct quo_page *page, const struct quo_portfolio *p, const struct quo_exposures *e,
                          size_t top)
{
    struct ranked *order = malloc((p->policies + 1) * sizeof *order);
    if (!order)
        return;
    for (size_t i = 0; i < p->policies; i++)
        order[i] = (struct ranked){p->contribution[i].tail.value, i};
    qsort(order, p->policies, sizeof *order, by_tail);
    char text[128], tvar[48];
    quo_money_short(p->tail_mean, tvar, sizeof tvar);
    snprintf(text, sizeof text, "Policies, by what they add to the TVaR %g of %s", p->tail.level, tvar);
    quo_table_heading(page, text);
    fputs(
        "  policy                        expected    standard error         by quote    to the TVaR  standard error\n",
        page->to);
    for (size_t k = 0; k < p->policies && k < top; k++) {
        const struct quo_contribution *c = &p->contribution[order[k].policy];
        fputs("  ", page->to);
        quo_table_left(page, e->policy[order[k].policy].id, 24);
        quo_table_money(page, c->expected.value, 0, 14);
        quo_table_money(page, c->expected.std_error, 0, 18);
        quo_table_money(page, e->policy[order[k].policy].expected, 0, 17);
        quo_table_money(page, c->tail.value, 0, 15);
        quo_table_money(page, c->tail.std_error, 0, 16);
        fputc('\n', page->to);
    }
    if (p->policies > top)
        fprintf(page->to, "  and %zu more (--json has all)\n", p->policies - top);
    free(order);
}

static void added(const struct quo_page *page, const struct quo_portfolio *p)
{
    const struct quo_portfolio_added *a = &p->added;
    const struct {
        const char *says;
        double amount;
    } line[] = {{"expected payout", a->expected.value},      {"TVaR by itself", a->tvar_alone},
                {"TVaR of the book before", a->tvar_before}, {"TVaR of the book after", a->tvar_after},
                {"TVaR added", a->tvar_added.value},         {"contribution to the book's tail", a->contribution}};
    quo_table_heading(page, a->policies == 1 ? "One policy more" : "More policies, together");
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        fputs("  ", page->to);
        quo_table_left(page, line[i].says, 34);
        quo_table_money(page, line[i].amount, 0, 16);
        fputc('\n', page->to);
    }
    fprintf(page->to, "  the book needs %.1f %% of the capital that it needs by itself\n", 100.0 * a->diversification);
}

static void reinsurance(const struct quo_page *page, const struct quo_portfolio *p, const struct quo_treaties *treaties)
{
    quo_table_heading(page, "Reinsurance");
    fputs("  treaty                  kind                      ceded    standard error      pays in    used up in\n",
          page->to);
    for (size_t k = 0; k < p->n_ceded; k++) {
        fputs("  ", page->to);
        quo_table_left(page, treaties->treaty[k].id, 24);
        quo_table_left(page, quo_treaty_kind_id(treaties->treaty[k].kind), 17);
        quo_table_money(page, p->ceded[k].expected.value, 0, 14);
        quo_table_money(page, p->ceded[k].expected.std_error, 0, 18);
        fprintf(page->to, "%10.2f %%%12.2f %%\n", 100.0 * p->ceded[k].touched, 100.0 * p->ceded[k].exhausted);
    }
    fputs("  years                 all, gross          all, net   one event, gross    one event, net\n", page->to);
    for (int i = 2; i < QUO_PORTFOLIO_PERIODS; i++) {
        fprintf(page->to, "  %8.0f", p->gross.aep[i].return_period);
        quo_table_money(page, p->gross.aep[i].loss, 0, 22);
        quo_table_money(page, p->net.aep[i].loss, 0, 18);
        quo_table_money(page, p->gross.oep[i].loss, 0, 19);
        quo_table_money(page, p->net.oep[i].loss, 0, 18);
        fputc('\n', page->to);
    }
}

void quo_portfoliojson_page(const struct quo_page *page, const struct quo_portfolio *p, const struct quo_shocks *shocks,
                            const struct quo_treaties *treaties, size_t top)
{
    head(page, p);
    curve(page, p);
    if (p->n_ceded)
        reinsurance(page, p, treaties);
    accumulations(page, p, top);
    contributions(page, p, shocks->exposures, 2 * top);
    if (p->added.policies)
        added(page, p);
}
