#include "pricing/desk/report.h"

#include <math.h>
#include <string.h>

#include "pricing/sharedlaw.h"
#include "risk/base/date.h"

static enum quo_ink ink_of(enum quo_decision decision)
{
    return decision == QUO_DECISION_QUOTE   ? QUO_INK_GREEN
           : decision == QUO_DECISION_REFER ? QUO_INK_YELLOW
                                            : QUO_INK_RED;
}

static void head(const struct quo_page *page, const struct quo_quote *q)
{
    const struct quo_policy *policy = q->policy;
    char date[11];
    quo_date_format(policy->inception, date);
    quo_table_ink(page, QUO_INK_BOLD, "%s  %s\n", policy->id,
                  policy->insured ? policy->insured : policy->protocol->name);
    fprintf(page->to, "%s, exposure ", policy->protocol->name);
    quo_table_short(page, policy->protocol->exposure_usd, 1);
    fprintf(page->to, " USD; %d days from %s; model %s\n\n", policy->term_days, date, q->engine->model->id);
    fprintf(page->to, "  gross premium      ");
    quo_table_money(page, q->gross_premium, 2, 16);
    fprintf(page->to, " %s    rate on line %.2f %%    ", policy->currency, 100.0 * q->rate_on_line);
    quo_table_ink(page, ink_of(q->decision), "%s\n", quo_decision_id(q->decision));
    fprintf(page->to, "  technical premium  ");
    quo_table_money(page, q->technical_premium, 2, 16);
    fprintf(page->to, " %s    annual limit ", policy->currency);
    if (isinf(q->annual_limit))
        fprintf(page->to, "none\n");
    else {
        quo_table_money(page, q->annual_limit, 0, 1);
        fputc('\n', page->to);
    }
    if (q->draws > 1) {
        fprintf(page->to, "  5 %% to 95 %%        ");
        quo_table_money(page, q->p05, 0, 13);
        fprintf(page->to, "    to ");
        quo_table_money(page, q->p95, 0, 1);
        fprintf(page->to, ", over %ld parameter draws\n", q->draws);
    }
    fprintf(page->to, "  expected payout    ");
    quo_table_money(page, q->expected_payout, 2, 16);
    fprintf(page->to, " %s    sd ", policy->currency);
    quo_table_money(page, q->payout_sd, 0, 1);
    fprintf(page->to, ", chance of any payout %.2f %%\n", 100.0 * q->payout_probability);
}

static void score(const struct quo_page *page, const struct quo_quote *q)
{
    char text[64];
    snprintf(text, sizeof text, "Score %.1f of 100, grade %c", q->score->overall, q->score->grade);
    quo_table_heading(page, text);
    for (size_t i = 0; i < q->score->n_domains; i++) {
        const struct quo_domain_score *domain = &q->score->domain[i];
        fputs("  ", page->to);
        quo_table_left(page, q->engine->catalogue->domain[domain->domain].title, 34);
        if (isnan(domain->score)) {
            fprintf(page->to, "    -  does not apply\n");
            continue;
        }
        fprintf(page->to, "%5.1f  ", domain->score);
        quo_table_bar(page, domain->score / 100.0, 30);
        fputc('\n', page->to);
    }
    for (size_t i = 0; i < q->score->n_sets; i++) {
        const struct quo_signer_set_score *set = &q->score->set[i];
        const struct quo_signer_set *described = &q->policy->protocol->signer_set[set->set];
        fprintf(page->to, "  signers '%s', %d of %zu: ", described->id, described->threshold, described->n_signers);
        fprintf(page->to, "quorum falls ");
        quo_table_once(page, set->breach_rate);
        if (set->n_importance) {
            const struct quo_importance *top = &set->importance[0];
            for (size_t k = 1; k < set->n_importance; k++)
                top = set->importance[k].share > top->share ? &set->importance[k] : top;
            if (strcmp(top->name, QUO_GROUP_UNSAID) == 0)
                fprintf(page->to, "; most depends on ties between signers, which are not told");
            else if (top->share >= 0.005) /* of hundreds alike it is nobody */
                fprintf(page->to, "; most depends on %s %s", top->is_group ? "group" : "signer", top->name);
            if (top->share >= 0.005)
                fprintf(page->to, " (%.0f %%)", 100.0 * top->share);
        }
        fputc('\n', page->to);
    }
}

static void perils(const struct quo_page *page, const struct quo_quote *q)
{
    quo_table_heading(page, "Perils");
    fprintf(page->to, "  %-27s%12s%8s%10s%12s%13s%14s\n", "", "events/year", "score", "relative", "mean loss",
            "exp. loss", "exp. payout");
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_quote_peril *line = &q->peril[p];
        if (!q->hazard[p].present)
            continue;
        fprintf(page->to, "%c %-27s%12.3g%8.1f%10.2f", line->covered ? '*' : ' ', quo_peril_id((enum quo_peril)p),
                line->rate, q->score->peril[p].score, line->relativity);
        if (quo_peril_in_hours((enum quo_peril)p))
            fprintf(page->to, "%10.1f h%11.1f h", line->mean_loss, line->expected_loss);
        else {
            quo_table_short(page, line->mean_loss, 12);
            quo_table_short(page, line->expected_loss, 13);
        }
        if (line->covered)
            quo_table_money(page, line->expected_payout, 0, 14);
        fputc('\n', page->to);
    }
    fprintf(page->to, "  * covered. relative: events against the average of the market, after controls. Losses: of the "
                      "term, before any terms.\n");
}

/* An index that no control of this protocol changes. */
static void market_index(const struct quo_page *page, const struct quo_quote *q)
{
    const struct quo_market_index *m = &q->market_index;
    if (!m->cover)
        return;
    quo_table_heading(page, "The market's loss as an index");
    fprintf(page->to, "  cover '%s': %d window%s of %.5g days; the market is expected to lose", m->cover->id, m->windows,
            m->windows == 1 ? "" : "s", m->window_hours / 24.0);
    quo_table_short(page, m->window_mean, 9);
    fprintf(page->to, " USD in one; it pays in %.2f %% of them\n  a peril's payout above is its share of that loss\n",
            100.0 * m->pays);
}

static void walk(const struct quo_page *page, const struct quo_quote *q)
{
    quo_table_heading(page, "From the market's rate to the premium");
    double sum = 0.0;
    for (size_t i = 0; i < q->n_steps; i++) {
        const double amount = (double)q->step[i].cents / 100.0;
        sum += amount;
        fputs("  ", page->to);
        quo_table_left(page, q->step[i].name, 48);
        quo_table_money(page, amount, 2, 18);
        quo_table_money(page, sum, 2, 18);
        fputc('\n', page->to);
        if (i + 1 == q->n_payout_steps)
            quo_table_ink(page, QUO_INK_DIM, "  = expected payout\n");
    }
    fputs("  ", page->to);
    quo_table_left(page, "= gross premium", 66);
    quo_table_money(page, sum, 2, 18);
    fputc('\n', page->to);
}

static void tail(const struct quo_page *page, const struct quo_quote *q)
{
    quo_table_heading(page, "The year's payout");
    fprintf(page->to, "  %-10s", "level");
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++)
        fprintf(page->to, "%14.1f %%", 100.0 * q->quantile[i].level);
    fprintf(page->to, "\n  %-10s", "VaR");
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++)
        quo_table_money(page, q->quantile[i].var, 0, 16);
    fprintf(page->to, "\n  %-10s", "TVaR");
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++)
        quo_table_money(page, q->quantile[i].tvar, 0, 16);
    fprintf(page->to, "\n  discretisation error below %.1e of mean and TVaR 99\n", q->discretisation_error);
    if (q->shared_events)
        fprintf(page->to,
                "  a peril is in two covers: %d terms simulated, relative standard error %.1e (the mean is exact)\n",
                QUO_SHAREDLAW_TERMS, q->simulation_error);
}

/* The other price of the state-actor clause, and premiums that somebody else names. */
static void premiums(const struct quo_page *page, const struct quo_quote *q)
{
    const struct quo_adequacy *a = &q->adequacy;
    if (isnan(q->gross_without_clause) && isnan(q->gross_typical) && isnan(a->expiring) && isnan(a->market))
        return;
    quo_table_heading(page, "Other premiums for this cover");
    if (!isnan(q->gross_without_clause)) {
        fprintf(page->to, "  without clause %-22s", quo_clauses_code(&q->policy->clauses));
        quo_table_money(page, q->gross_without_clause, 2, 18);
        fprintf(page->to, "  the clause takes %.1f %% off\n", 100.0 * (1.0 - q->gross.gross / q->gross_without_clause));
    }
    if (!isnan(q->gross_typical)) {
        fprintf(page->to, "  %-37s", "unanswered = the market's median");
        quo_table_money(page, q->gross_typical, 2, 18);
        fprintf(page->to, "  %zu answers put in place of none\n", q->n_unanswered);
    }
    if (!isnan(a->expiring)) {
        fprintf(page->to, "  %-37s", "expiring");
        quo_table_money(page, a->expiring, 2, 18);
        fprintf(page->to, "  %.1f %% of this quote\n", 100.0 * a->to_expiring);
    }
    if (!isnan(a->market)) {
        fprintf(page->to, "  %-37s", "offered in the market");
        quo_table_money(page, a->market, 2, 18);
        fprintf(page->to, "  %.1f %% of this quote; implied wang lambda %.3g, ph r %.3g\n", 100.0 * a->to_market,
                a->implied_wang, a->implied_ph);
    }
}

static void comparison(const struct quo_page *page, const struct quo_quote *q)
{
    const double all = q->code_seen + q->code_missed;
    if (q->basis.known) {
        quo_table_heading(page, q->basis.of_market ? "Basis risk: does the market's loss follow the insured's own?"
                                                   : "Basis risk: does the payout follow the loss?");
        fprintf(page->to,
                q->basis.of_market
                    ? "  own loss and no payout: %.1f %% of windows with a loss; payout without own loss: %.2f %% of terms\n"
                    : "  a loss is not paid: %.1f %% of events; paid without a loss: %.2f %% of terms\n",
                100.0 * q->basis.loss_without_payout, 100.0 * q->basis.payout_without_loss);
        fprintf(page->to, "  loss above payout, expected in the term: ");
        quo_table_money(page, q->basis.expected_shortfall, 0, 1);
        fprintf(page->to, "; hedge effectiveness %.1f %%\n", 100.0 * q->basis.hedge_effectiveness);
    }
    premiums(page, q);
    quo_table_heading(page, "A cover for code alone");
    fprintf(page->to, "  sees ");
    quo_table_short(page, q->code_seen, 1);
    fprintf(page->to, " of expected loss and misses ");
    quo_table_short(page, q->code_missed, 1);
    fprintf(page->to, ": %.0f %% of it\n", all > 0.0 ? 100.0 * q->code_missed / all : 0.0);
}

void quo_report_quote(const struct quo_page *page, const struct quo_quote *q)
{
    head(page, q);
    score(page, q);
    perils(page, q);
    market_index(page, q);
    walk(page, q);
    tail(page, q);
    comparison(page, q);
    char title[32];
    snprintf(title, sizeof title, "Decision: %s", quo_decision_id(q->decision));
    quo_table_heading(page, title);
    if (q->reasons.n == 0)
        fprintf(page->to, "  no rule of authority '%s' and no knock-out was met\n", q->engine->authority->id);
    for (size_t i = 0; i < q->reasons.n; i++)
        fprintf(page->to, "  %s\n", q->reasons.text[i]);
}

void quo_report_summary_heading(const struct quo_page *page)
{
    fprintf(page->to, "%-20s%12s%7s%7s%10s%18s%11s%13s\n", "policy", "exposure", "score", "grade", "decision",
            "gross premium", "on line", "code misses");
}

void quo_report_summary(const struct quo_page *page, const struct quo_quote *q)
{
    const double all = q->code_seen + q->code_missed;
    quo_table_left(page, q->policy->id, 20);
    quo_table_short(page, q->policy->protocol->exposure_usd, 12);
    fprintf(page->to, "%7.1f%7c", q->score->overall, q->score->grade);
    quo_table_ink(page, ink_of(q->decision), "%10s", quo_decision_id(q->decision));
    quo_table_money(page, q->gross_premium, 2, 18);
    fprintf(page->to, " %8.2f %%%11.0f %%\n", 100.0 * q->rate_on_line, all > 0.0 ? 100.0 * q->code_missed / all : 0.0);
}
