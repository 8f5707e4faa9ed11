#include "pricing/premium/walk.h"

#include <math.h>
#include <string.h>

#include "pricing/marketcover.h"
#include "risk/base/money.h"

struct steps {
    struct quo_step *step;
    double amount[QUO_STEPS_MAX];
    size_t n;
    double sum;
    size_t settled;  /* steps whose cents are found */
    int64_t reached; /* their sum */
};

static void add(struct steps *s, const char *name, double amount)
{
    if (s->n == QUO_STEPS_MAX || amount == 0.0)
        return;
    char *to = s->step[s->n].name; /* by hand: a book's rows come through here, and most of a row's time went into printing names */
    const size_t length = strlen(name), most = sizeof s->step[s->n].name - 1, n = length < most ? length : most;
    memcpy(to, name, n);
    to[n] = '\0';
    s->amount[s->n++] = amount;
    s->sum += amount;
}

/* Brings the running sum to `to` under that name. */
static void reach(struct steps *s, const char *name, double to) { add(s, name, to - s->sum); }

/* Expected loss of the covered perils under the market and under this protocol's controls. A peril measured in hours has no loss in
 * money: what its cover pays on the terms alone stands for it, so that its rate walks through the same steps. What a cover of the
 * market's loss pays on the terms alone stands for it too, the same at every step: no protocol changes it. */
struct levels {
    double at_reference, at_exposure, controlled, with_experience, with_contagion;
    double market_index; /* in each of them */
};

static struct levels levels_of(const struct quo_quote *quote, const struct quo_policylaw *law)
{
    const struct quo_policy *policy = quote->policy;
    struct levels out = {0};
    quo_peril_set own = 0;
    for (size_t c = 0; c < policy->n_covers; c++) {
        own |= quo_marketcover_is(&policy->cover[c]) ? 0 : policy->cover[c].perils;
        for (int p = 0; p < QUO_PERILS && quo_marketcover_is(&policy->cover[c]); p++)
            out.market_index += law->cover[c].peril[p].expected_true;
    }
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_hazard *h = &quote->hazard[p];
        if (!(own >> p & 1u) || !h->present)
            continue;
        if (quo_peril_in_hours((enum quo_peril)p)) {
            double paid = 0.0;
            for (size_t c = 0; c < policy->n_covers; c++)
                paid += law->cover[c].peril[p].expected_true;
            const double market = h->rate > 0.0 ? paid * h->base_rate * h->exposure_factor / h->rate : 0.0,
                         own_paid = h->rate > 0.0 ? paid * (h->rate - h->contagion) / h->rate : 0.0;
            out.at_reference += h->exposure_factor > 0.0 ? market / h->exposure_factor : 0.0;
            out.at_exposure += market;
            out.controlled += h->experience > 0.0 ? own_paid / h->experience : 0.0;
            out.with_experience += own_paid;
            out.with_contagion += paid;
        } else {
            out.at_reference += quote->weight_reference[p] * quote->term_years;
            out.at_exposure += quote->weight[p] * quote->term_years;
            const double own_rate = h->rate - h->contagion;
            out.controlled += own_rate / h->experience * h->mean_loss * quote->term_years;
            out.with_experience += own_rate * h->mean_loss * quote->term_years;
            out.with_contagion += h->rate * h->mean_loss * quote->term_years;
        }
    }
    out.at_reference += out.market_index;
    out.at_exposure += out.market_index;
    out.controlled += out.market_index;
    out.with_experience += out.market_index;
    out.with_contagion += out.market_index;
    return out;
}

/* Domains in the catalogue's order, each on top of those before it; caps and what else changes the law of one loss come last. */
static void controls(struct steps *s, const struct quo_quote *quote, const struct levels *at)
{
    double factor = 1.0;
    for (size_t d = 0; d < quote->score->n_domains; d++) {
        const struct quo_domain_score *domain = &quote->score->domain[d];
        char name[128];
        /* What does not apply to this protocol is a part of the market's average all the same. */
        const char *title = quote->engine->catalogue->domain[domain->domain].title;
        const bool known = !isnan(domain->score);
        *stpncpy(stpcpy(name, known ? "controls: " : "does not apply: "), title, known ? 36 : 31) = '\0';
        add(s, name, (at->at_exposure - at->market_index) * factor * (domain->factor - 1.0));
        factor *= domain->factor;
    }
    reach(s, "controls: arrangement, caps", at->controlled);
}

/* Cents of the next steps, up to `end`: those of all steps so far then add up to `to`. */
static void settle(struct steps *s, size_t end, int64_t to)
{
    int64_t cents[QUO_STEPS_MAX];
    if (end <= s->settled)
        return;
    quo_money_apportion(s->amount + s->settled, end - s->settled, (double)(to - s->reached) / 100.0, cents);
    for (size_t i = s->settled; i < end; i++)
        s->step[i].cents = cents[i - s->settled];
    s->settled = end;
    s->reached = to;
}

/* All in cents: what a reader finds elsewhere on the page, expected payout, technical and gross premium, is met to the cent. */
static void to_cents(struct steps *s, const struct quo_quote *quote, double expected, size_t n_technical)
{
    const int64_t payout = quo_money_round(expected), gross = quo_money_round(quote->gross.gross),
                  technical = quo_money_round(quote->gross.technical);
    if (payout != INT64_MIN && technical != INT64_MIN && gross != INT64_MIN) {
        settle(s, quote->n_payout_steps, payout);
        if (quote->gross.minimum_added == 0.0 && n_technical < s->n) /* else the technical premium is no sum of the steps before it */
            settle(s, n_technical, technical);
    }
    settle(s, s->n, gross);
}

enum quo_status quo_walk_fill(struct quo_quote *quote, const struct quo_policylaw *law)
{
    if (quote->score->n_domains + 20 > QUO_STEPS_MAX)
        return QUO_DOMAIN;
    struct steps s = {.step = quote->step};
    const struct levels at = levels_of(quote, law);
    double terms = 0.0, seen = 0.0, false_alarms = 0.0;
    for (size_t c = 0; c < law->n_covers; c++) {
        false_alarms += law->cover[c].expected_false;
        for (int p = 0; p < QUO_PERILS; p++) {
            terms += law->cover[c].peril[p].expected_true;
            seen += law->cover[c].peril[p].expected;
        }
    }
    add(&s, "market rate, reference exposure", at.at_reference);
    reach(&s, "exposure", at.at_exposure);
    controls(&s, quote, &at);
    reach(&s, "own experience", at.with_experience);
    reach(&s, "passed on within the book", at.with_contagion);
    reach(&s, "terms: trigger and limits", terms);
    reach(&s, "clauses, missed events, index error", seen);
    add(&s, "false alarms", false_alarms);
    reach(&s, "annual limits", law->expected);
    quote->n_payout_steps = s.n;
    add(&s, "risk load", quote->risk_load);
    add(&s, "reinstatement premiums", -quote->reinstatement_credit);
    add(&s, "model uncertainty", quote->model_uncertainty_load);
    add(&s, "fixed expenses", quote->gross.expenses_fixed);
    add(&s, "expenses", quote->gross.expenses_share);
    add(&s, "profit", quote->gross.profit);
    const size_t n_technical = s.n;
    add(&s, "brokerage", quote->gross.brokerage);
    add(&s, "minimum premium", quote->gross.minimum_added);
    add(&s, "tax", quote->gross.tax);
    quote->n_steps = s.n;
    to_cents(&s, quote, law->expected, n_technical);
    return QUO_OK;
}
