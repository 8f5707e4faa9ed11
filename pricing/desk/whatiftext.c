#include "pricing/desk/whatiftext.h"

#include <math.h>
#include <string.h>

#include "risk/base/money.h"

#define NAME 24 /* columns of a change's id */
#define BAR 12
#define PAIRS_SHOWN 5
#define WIDTH 80

static const struct quo_change *change_at(const struct quo_whatif *w, size_t i)
{
    return &w->variants->plan->change[i];
}

/* A change's id in `width` columns; of a longer one the end, which tells more. */
static void name_of(const struct quo_page *page, const struct quo_whatif *w, size_t i, int width)
{
    const char *id = change_at(w, i)->id;
    size_t columns = 0;
    for (const char *at = id; *at; at++)
        columns += ((unsigned char)*at & 0xC0) != 0x80;
    if (columns <= (size_t)width) {
        quo_table_left(page, id, width);
        return;
    }
    for (size_t skip = columns - (size_t)width + 2; skip > 0; id++)
        skip -= ((unsigned char)id[1] & 0xC0) != 0x80;
    fprintf(page->to, "..%s", id);
}

/* '#' for what is saved, '-' for what is added, as a share of `most`. */
static void bar(const struct quo_page *page, double amount, double most)
{
    int full = most > 0.0 ? (int)lround(fmin(fabs(amount) / most, 1.0) * BAR) : 0;
    full = full == 0 && fabs(amount) > 0.004 ? 1 : full;
    for (int i = 0; i < BAR; i++)
        fputc(i < full ? (amount > 0.0 ? '#' : '-') : '.', page->to);
}

static void head(const struct quo_page *page, const struct quo_whatif *w)
{
    const struct quo_outcome *base = &w->attribution.base;
    quo_table_ink(page, QUO_INK_BOLD, "%s  %s\n\n", w->policy_id, w->insured);
    fprintf(page->to, "  base premium     ");
    quo_table_money(page, base->gross_premium, 2, 16);
    fprintf(page->to, " %s    expected payout", w->currency);
    quo_table_money(page, base->expected_payout, 0, 13);
    fprintf(page->to, "\n  with all changes ");
    quo_table_money(page, w->attribution.all.gross_premium, 2, 16);
    fprintf(page->to, " %s    expected payout", w->currency);
    quo_table_money(page, w->attribution.all.expected_payout, 0, 13);
    fprintf(page->to, "\n  saved            ");
    quo_table_money(page, quo_whatif_saving(w, &w->attribution.all), 2, 16);
    fprintf(page->to, " %s", w->currency);
    if (w->n_draws > 1) {
        fprintf(page->to, "    5 %% to 95 %%");
        quo_table_short(page, w->all.p05, 9);
        fprintf(page->to, " to");
        quo_table_short(page, w->all.p95, 9);
    }
    fputc('\n', page->to);
}

static void shares(const struct quo_page *page, const struct quo_whatif *w)
{
    const struct quo_shares *a = &w->attribution;
    double most = 0.0;
    for (size_t i = 0; i < a->n; i++)
        most = fmax(most, fabs(quo_whatif_saving(w, &a->share[i].alone)));
    quo_table_heading(page, "Premium saved by each change");
    fprintf(page->to, "  %-*s %-*s%13s%13s%13s\n", NAME, "", BAR, "", "alone", "added last", "share of all");
    for (size_t i = 0; i < a->n; i++) {
        const struct quo_share *share = &a->share[i];
        const double alone = quo_whatif_saving(w, &share->alone);
        fputs("  ", page->to);
        name_of(page, w, i, NAME);
        fputc(' ', page->to);
        bar(page, alone, most);
        quo_table_money(page, alone, 0, 13);
        quo_table_money(page, share->others.gross_premium - a->all.gross_premium, 0, 13);
        quo_table_money(page, share->shapley, 0, 13);
        fputc('\n', page->to);
    }
    if (!a->exact && a->n) {
        double error = 0.0;
        for (size_t i = 0; i < a->n; i++)
            error = fmax(error, a->share[i].shapley_error);
        fprintf(page->to, "  share of all: mean over %ld random orders, standard error up to ", a->orders);
        quo_table_money(page, error, 0, 1);
        fputc('\n', page->to);
    } else if (a->n) {
        fprintf(page->to, "  share of all: mean over all orders in which the changes can come (Shapley);\n  the shares "
                          "add up to what all changes save\n");
    }
}

static void intervals(const struct quo_page *page, const struct quo_whatif *w)
{
    if (w->n_draws < 2)
        return;
    char title[96];
    snprintf(title, sizeof title, "Saved alone, over %zu parameter draws, each for both sides", w->n_draws);
    quo_table_heading(page, title);
    fprintf(page->to, "  %-*s %-*s%13s%13s%13s\n", NAME, "", BAR, "", "5 %", "50 %", "95 %");
    for (size_t i = 0; i < w->attribution.n; i++) {
        fputs("  ", page->to);
        name_of(page, w, i, NAME);
        fprintf(page->to, " %-*s", BAR, "");
        quo_table_money(page, w->alone[i].p05, 0, 13);
        quo_table_money(page, w->alone[i].p50, 0, 13);
        quo_table_money(page, w->alone[i].p95, 0, 13);
        fputc('\n', page->to);
    }
}

static void nothings(const struct quo_page *page, const struct quo_whatif *w)
{
    for (size_t i = 0; i < w->attribution.n; i++) {
        const struct quo_share *share = &w->attribution.share[i];
        const bool never = share->does_nothing && share->others.gross == w->attribution.all.gross;
        if (share->does_nothing)
            quo_table_ink(page, QUO_INK_YELLOW,
                          never ? "  '%s' changes nothing that this policy's price rests on\n"
                                : "  '%s' changes nothing alone\n",
                          change_at(w, i)->id);
    }
}

static void pairs(const struct quo_page *page, const struct quo_whatif *w)
{
    const struct quo_shares *a = &w->attribution;
    /* Worth knowing: a hundredth of what all save. */
    const double least = 0.01 * fabs(a->base.gross - a->all.gross);
    bool headed = false;
    for (size_t k = 0; k < a->n_pairs && k < PAIRS_SHOWN; k++) {
        const struct quo_pair *pair = &a->pair[k];
        if (!(fabs(pair->extra) > fmax(least, 1.0)))
            break;
        if (!headed)
            quo_table_heading(page, "Pairs worth knowing");
        headed = true;
        fputs("  ", page->to);
        name_of(page, w, pair->first, NAME);
        fputs(" and ", page->to);
        name_of(page, w, pair->second, NAME);
        fputs(pair->extra > 0.0 ? " save more: " : " overlap by:", page->to);
        quo_table_money(page, fabs(pair->extra), 0, 11);
        fputc('\n', page->to);
    }
}

/* The ids, wrapped within the width. */
static void list(const struct quo_page *page, const struct quo_whatif *w, struct quo_subset changes, size_t indent,
                 size_t at)
{
    bool any = false;
    for (size_t i = 0; i < w->attribution.n; i++) {
        if (!quo_subset_has(changes, i))
            continue;
        const char *id = change_at(w, i)->id;
        if (any && at + strlen(id) + 2 > WIDTH) {
            fprintf(page->to, ",\n%*s", (int)indent, "");
            at = indent;
            any = false;
        }
        fprintf(page->to, "%s%s", any ? ", " : "", id);
        at += strlen(id) + (any ? 2 : 0);
        any = true;
    }
    fputs(quo_subset_count(changes) ? "\n" : "nothing\n", page->to);
}

static void plan_title(const struct quo_page *page, const struct quo_whatif *w)
{
    static const char *const goals[] = {"least premium", "least premium and cost together", "least expected loss",
                                        "cheapest to the target premium", "cheapest to the target score"};
    char title[160], amount[48];
    size_t n = (size_t)snprintf(title, sizeof title, "Plan: %s", goals[w->request.goal]);
    if (w->request.goal == QUO_GOAL_TARGET_SCORE) {
        n += (size_t)snprintf(title + n, sizeof title - n, " %g", w->request.target);
    } else if (w->request.goal == QUO_GOAL_TARGET_PREMIUM) {
        quo_money_format(w->request.target, 0, amount, sizeof amount);
        n += (size_t)snprintf(title + n, sizeof title - n, " %s", amount);
    }
    if (isfinite(w->request.budget)) {
        quo_money_format(w->request.budget, 0, amount, sizeof amount);
        snprintf(title + n, sizeof title - n, ", at most %s a year", amount);
    }
    quo_table_heading(page, title);
}

static void line_of(const struct quo_page *page, const char *name, double amount)
{
    fprintf(page->to, "  %-34s", name);
    quo_table_money(page, amount, 2, 18);
    fputc('\n', page->to);
}

/* How far off a plan can be that a search by bounds did not end with. */
static void gap_to_bound(const struct quo_page *page, const struct quo_whatif *w)
{
    const struct quo_planned *p = &w->plan;
    const enum quo_goal goal = w->request.goal;
    const bool targeted = goal == QUO_GOAL_TARGET_PREMIUM || goal == QUO_GOAL_TARGET_SCORE;
    char amount[48];
    quo_money_format(p->bound, 0, amount, sizeof amount);
    fprintf(page->to, "  (not proven: the search was cut short; no set %s less than %s,\n   so that this one is within %.1f %%)\n",
            targeted ? "that gets there costs" : "comes to", amount, p->bound + p->gap > 0.0 ? 100.0 * fmax(p->gap, 0.0) / (p->bound + p->gap) : 0.0);
}

/* What stands behind the plan. */
static void proof(const struct quo_page *page, const struct quo_whatif *w)
{
    const struct quo_planned *p = &w->plan;
    if (p->exact) {
        fputs("  (proven: every set that could be better was priced)\n", page->to);
        return;
    }
    if (isfinite(p->bound)) {
        gap_to_bound(page, w);
        return;
    }
    fputs(p->searched ? "  (not proven: none better by branch and bound, but its bounds are judged to 2 %"
                      : "  (not proven: the search was cut short or a bound did not hold",
          page->to);
    if (isfinite(p->gap)) {
        char amount[48];
        quo_money_format(fmax(p->gap, 0.0), 0, amount, sizeof amount);
        fprintf(page->to, ";\n   all changes, were they free, come to %s less", amount);
    }
    fputs(")\n", page->to);
}

static void plan(const struct quo_page *page, const struct quo_whatif *w)
{
    if (!w->planned)
        return;
    plan_title(page, w);
    const struct quo_planned *p = &w->plan;
    if (!p->found) {
        fprintf(page->to, "  no set of these changes gets there%s\n",
                p->exact ? "" : ", as far as was searched (not proven)");
        return;
    }
    const struct quo_outcome *base = &w->attribution.base;
    const double saving = quo_whatif_saving(w, &p->outcome), cost = p->cost_per_year * w->term_years;
    fputs("  take ", page->to);
    list(page, w, p->chosen, 7, 7);
    proof(page, w);
    line_of(page, "premium", p->outcome.gross_premium);
    line_of(page, "insured: premium saved", saving);
    line_of(page, "insured: cost over the term", -cost);
    line_of(page, "insured: net", saving - cost);
    line_of(page, "insured: expected loss avoided", base->expected_loss - p->outcome.expected_loss);
    line_of(page, "insurer: expected payout avoided", base->expected_payout - p->outcome.expected_payout);
    line_of(page, "insurer: TVaR 99 avoided", base->tail - p->outcome.tail);
    if (saving > 0.0 && cost > 0.0)
        fprintf(page->to, "  a year's cost is back in premium after %.2f years\n", cost / saving);
    if (!isnan(p->outcome.score))
        fprintf(page->to, "  score %.1f, from %.1f\n", p->outcome.score, base->score);
}

/* The most that an unproven point can be off, of its measure; NaN where one does not know. */
static double furthest_off(const struct quo_frontier_point *point, size_t n, bool loss)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double measure = loss ? point[i].outcome.expected_loss : point[i].outcome.gross_premium;
        if (isnan(point[i].gap) || !(measure > 0.0))
            return NAN;
        most = fmax(most, point[i].gap / measure);
    }
    return most;
}

#define FRONTIER_LINES 24

static void frontier(const struct quo_page *page, const struct quo_whatif *w, const struct quo_frontier_point *point,
                     size_t n, bool loss)
{
    if (n < 2)
        return;
    quo_table_heading(page, loss ? "Frontier: expected loss against cost" : "Frontier: premium against cost");
    fprintf(page->to, "  %12s%16s  %s\n", "cost a year", loss ? "expected loss" : "premium", "changes");
    /* Of many, those next above even steps of the cost. */
    double from = 0.0;
    const double step = n > FRONTIER_LINES ? point[n - 1].cost_per_year / FRONTIER_LINES : 0.0;
    for (size_t i = 0; i < n; i++) {
        if (point[i].cost_per_year < from && i + 1 < n)
            continue;
        while (step > 0.0 && from <= point[i].cost_per_year)
            from += step;
        fputs("  ", page->to);
        quo_table_money(page, point[i].cost_per_year, 0, 12);
        quo_table_money(page, loss ? point[i].outcome.expected_loss : point[i].outcome.gross_premium, 0, 16);
        fputs("  ", page->to);
        list(page, w, point[i].chosen, 32, 32);
    }
    if (step > 0.0)
        fprintf(page->to, "  (%zu sets are efficient: all of them with --json)\n", n);
    size_t listed = 0, exact = 0; /* the dearer ones may have been searched */
    while (listed < n && point[listed].listed)
        listed++;
    for (size_t i = 0; i < n; i++)
        exact += point[i].exact;
    const double off = furthest_off(point, n, loss);
    if (listed == n)
        return;
    char amount[48] = "all";
    if (listed)
        quo_money_format(point[listed - 1].cost_per_year, 0, amount, sizeof amount);
    fprintf(page->to, "  (%s%s%s by branch and bound under even budgets: ", listed ? "above " : "", amount, listed ? " a year" : "");
    if (exact == n)
        fputs("each proven)\n", page->to);
    else if (isfinite(off))
        fprintf(page->to, "%zu of %zu proven, the others within %.1f %%)\n", exact - listed, n - listed, 100.0 * off);
    else
        fprintf(page->to, "%zu of %zu proven)\n", exact - listed, n - listed);
}

void quo_whatiftext_print(const struct quo_page *page, const struct quo_whatif *w)
{
    head(page, w);
    shares(page, w);
    nothings(page, w);
    intervals(page, w);
    pairs(page, w);
    plan(page, w);
    frontier(page, w, w->frontier, w->n_frontier, false);
    frontier(page, w, w->loss_frontier, w->n_loss_frontier, true);
}
