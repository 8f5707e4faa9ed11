#include "pricing/desk/scorereport.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/signers.h"

#define BAR 24

struct sheet {
    const struct quo_page *page;
    const struct quo_score *score;
    const struct quo_protocol *protocol;
    const struct quo_catalogue *catalogue;
    const struct quo_shared_risk *shared;
};

static void number(const struct sheet *sheet, double x, const char *format, int width)
{
    char text[32];
    if (isnan(x))
        snprintf(text, sizeof text, "n/a");
    else
        snprintf(text, sizeof text, format, x);
    fprintf(sheet->page->to, "%*s", width, text);
}

/* A loss of a year. */
static void amount(const struct sheet *sheet, double loss, bool hours, int width)
{
    if (hours)
        fprintf(sheet->page->to, "%*.3g h", width - 2, loss);
    else
        quo_table_short(sheet->page, loss, width);
}

static enum quo_ink ink_of(char grade)
{
    return grade <= 'B' ? QUO_INK_GREEN : grade == 'C' ? QUO_INK_YELLOW : QUO_INK_RED;
}

static void head(const struct sheet *sheet)
{
    FILE *to = sheet->page->to;
    const struct quo_protocol *p = sheet->protocol;
    quo_table_ink(sheet->page, QUO_INK_BOLD, "%s", p->name ? p->name : p->id);
    fprintf(to, "  (%s)%s, exposure ", p->id, p->bridge ? ", a bridge" : "");
    quo_table_short(sheet->page, p->exposure_usd, 1);
    fprintf(to, " USD; catalogue %s\n\n  score %.1f of 100, grade ", sheet->catalogue->id, sheet->score->overall);
    quo_table_ink(sheet->page, ink_of(sheet->score->grade), "%c", sheet->score->grade);
    fprintf(to, "; %zu of %zu questions have no answer\n", sheet->score->n_questions, sheet->catalogue->n_controls);
    fprintf(to, "  A score is a loss ratio: 0 is every control at level 0, 100 every control at "
                "its best.\n");
    const struct quo_as_market *m = &sheet->score->as_market;
    if (sheet->score->n_questions)
        fprintf(to,
                "  Unanswered counts as level 0. Were it as the market's median: %.1f, grade %c, "
                "%.0f %% of the loss.\n",
                m->overall, m->grade, 100.0 * m->loss_share);
    const struct quo_own_record *record = sheet->shared ? &sheet->shared->record : NULL;
    if (record && record->known)
        fprintf(to,
                "  Own record: %.0f incidents in %.4g years, %.2g expected: a price takes rates x "
                "%.2f.\n",
                record->incidents, record->years, record->expected, record->factor);
}

static void domains(const struct sheet *sheet)
{
    FILE *to = sheet->page->to;
    quo_table_heading(sheet->page,
                      "Domains                             score                              loss, x market");
    double product = 1.0;
    for (size_t i = 0; i < sheet->score->n_domains; i++) {
        const struct quo_domain_score *d = &sheet->score->domain[i];
        fputs("  ", to);
        quo_table_left(sheet->page, sheet->catalogue->domain[d->domain].title, 34);
        number(sheet, d->score, "%.1f", 5);
        fputs("  ", to);
        quo_table_bar(sheet->page, isnan(d->score) ? 0.0 : d->score / 100.0, BAR);
        fprintf(to, "%18.3f\n", d->factor);
        product *= d->factor;
    }
    fputs("  ", to);
    quo_table_left(sheet->page, "all of it, before caps", 34);
    fprintf(to, "%49.3f\n", product);
}

static const struct quo_mechanism_value *value_of(const struct quo_peril_score *s, const char *name)
{
    for (size_t i = 0; i < s->n_values; i++)
        if (strcmp(s->value[i].name, name) == 0)
            return &s->value[i];
    return NULL;
}

/* "  timelock stops 0.31 (24 h, notice 0.6, veto 0.6)" under a peril's line: only what works there. */
static void mechanisms(const struct sheet *sheet, const struct quo_peril_score *s)
{
    FILE *to = sheet->page->to;
    const struct quo_mechanism_value *rate = value_of(s, "quorum.rate"), *market = value_of(s, "quorum.market_rate"),
                                     *stopped = value_of(s, "timelock.stopped"),
                                     *capture = value_of(s, "capture.multiplier"),
                                     *cap = value_of(s, "cap.per_hour_usd"), *hot = value_of(s, "hot.share"),
                                     *code = value_of(s, "bridge.code_share");
    const char *comma = "      ";
    if (rate && market) {
        fprintf(to, "%s%s %.2g times a year (market %.2g): x %.2f", comma,
                s->peril == QUO_SIGNER_SOCIAL_ENGINEERING ? "signers deceived"
                : s->peril == QUO_KEY_LOSS                ? "keys lost"
                : s->peril == QUO_VENDOR_INFRASTRUCTURE   ? "vendors strike"
                                                          : "quorum falls",
                rate->value, market->value, value_of(s, "quorum.multiplier")->value);
        comma = "; ";
    }
    if (stopped && stopped->value > 0.0) {
        fprintf(to, "%sdelay of %.4g h stops %.0f %%", comma, value_of(s, "timelock.delay_hours")->value,
                100.0 * stopped->value);
        comma = "; ";
    }
    if (capture) {
        fprintf(to, "%scapture x %.2f", comma, capture->value);
        comma = "; ";
    }
    if (hot) {
        fprintf(to, "%s%.0f %% hot", comma, 100.0 * hot->value);
        comma = "; ";
    }
    if (code && code->value < 1.0) {
        fprintf(to, "%s%.0f %% of a bridge's faults of code, the rest is bridge_validation", comma, 100.0 * code->value);
        comma = "; ";
    }
    if (cap && s->capped < 0.995) {
        fprintf(to, "%sa cap leaves %.0f %%", comma, 100.0 * s->capped);
        comma = "; ";
    }
    if (comma[0] == ';')
        fputc('\n', to);
}

static void perils(const struct sheet *sheet)
{
    FILE *to = sheet->page->to;
    quo_table_heading(sheet->page, "Perils                         score    relativity = frequency "
                                   "x severity     expected loss, USD");
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_score *s = &sheet->score->peril[p];
        const bool hours = quo_peril_in_hours((enum quo_peril)p);
        fprintf(to, "  %-27s", quo_peril_id((enum quo_peril)p));
        number(sheet, s->score, "%.1f", 6);
        fprintf(to, "%12.3f%14.3f%11.3f", s->relativity, s->frequency, hours ? s->duration : s->severity);
        amount(sheet, s->loss, hours, 20);
        fputc('\n', to);
        mechanisms(sheet, s);
    }
    fprintf(to, "  Relativities: against the market's mix of protocols (1), before caps; of "
                "service_outage, hours.\n"
                "  Expected losses a year, own record and caps in them, as a quote takes them before its terms.\n");
}

static const char *group_of(const struct quo_signer_set *set, size_t g)
{
    return g < set->n_group_names ? set->group_name[g] : "what it shares";
}

/* "    best single move: dev-1 out of org:foundation: falls once in 700 years, saves 2.1 k USD a year (3 %)" */
static void best_move(const struct sheet *sheet, const struct quo_signer_set *set,
                      const struct quo_signer_set_score *result)
{
    FILE *to = sheet->page->to;
    if (result->n_moves == 0)
        return;
    const struct quo_set_move *m = &result->move[0];
    fprintf(to, "    best single move: ");
    if (m->change == QUO_SIGNERS_RAISE)
        fprintf(to, "%d of %zu", set->threshold + 1, set->n_signers);
    else if (m->change == QUO_SIGNERS_BETTER_KEY)
        fprintf(to, "%s to %s", set->signer[m->signer].id, m->storage);
    else
        fprintf(to, "%s out of %s", set->signer[m->signer].id, group_of(set, m->group));
    fprintf(to, ": falls ");
    quo_table_once(sheet->page, m->breach_rate);
    fprintf(to, ", saves ");
    quo_table_short(sheet->page, m->saved, 1);
    fprintf(to, " USD a year (%.1f %%) for ", 100.0 * m->saved_share);
    quo_table_short(sheet->page, m->cost_usd, 1);
    fputc('\n', to);
}

static void other_laws(const struct sheet *sheet, const struct quo_other_laws *laws)
{
    FILE *to = sheet->page->to;
    fprintf(to, "    other laws: independent ");
    quo_table_once(sheet->page, laws->independent);
    fprintf(to, ", beta factor (%.2f) ", laws->beta);
    quo_table_once(sheet->page, laws->beta_factor);
    if (!isnan(laws->beta_binomial)) {
        fprintf(to, ", beta-binomial (%.3f) ", laws->rho);
        quo_table_once(sheet->page, laws->beta_binomial);
    }
    fputc('\n', to);
}

/* "    what it hangs on: org:foundation 42 %, dev-1 10 %": the four that count for most. */
static void hangs_on(const struct sheet *sheet, const struct quo_signer_set_score *set)
{
    FILE *to = sheet->page->to;
    bool taken[QUO_SIGNERS_MAX * 2] = {false};
    fprintf(to, "    what it hangs on:");
    for (int n = 0; n < 4; n++) {
        size_t best = set->n_importance;
        for (size_t k = 0; k < set->n_importance && k < sizeof taken / sizeof *taken; k++)
            if (!taken[k] && (best == set->n_importance || set->importance[k].share > set->importance[best].share))
                best = k;
        const bool counts = best < set->n_importance && set->importance[best].share >= 0.005;
        if (!counts && n == 0)
            fprintf(to, "%s", set->breach_rate > 0.0 ? " no single one, each is less than 0.5 %" : " nothing");
        if (!counts)
            break;
        taken[best] = true;
        const char *name = set->importance[best].name;
        fprintf(to, "%s %s %.0f %%", n ? "," : "", strcmp(name, QUO_GROUP_UNSAID) ? name : "ties that are not told",
                100.0 * set->importance[best].share);
    }
    fputc('\n', to);
}

/* Whether a name is of somebody outside: a kind that the catalogue does not know as the insured's own. */
static bool outside(const struct sheet *sheet, const char *name)
{
    char kind[64] = "";
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(name, ":"), name);
    for (size_t i = 0; i < sheet->catalogue->n_group_kinds; i++)
        if (strcmp(sheet->catalogue->group_kind[i].kind, kind) == 0)
            return sheet->catalogue->group_kind[i].vendor;
    return true;
}

/* Expected loss that comes with one name, all its events and perils in money, or hours where there is none; the peril that most of it is. */
static double loss_through(const struct sheet *sheet, const char *name, int *by)
{
    double loss = 0.0, out = 0.0, most = 0.0;
    int outage = -1;
    *by = -1;
    for (size_t i = 0; i < sheet->shared->ties->n; i++) {
        const struct quo_tie *t = &sheet->shared->ties->tie[i];
        if (strcmp(t->name, name) != 0)
            continue;
        const double one = sheet->score->peril[t->peril].loss * t->part / sheet->shared->hazard[t->peril].rate;
        if (quo_peril_in_hours(t->peril)) {
            out += one;
            outage = one > 0.0 ? (int)t->peril : outage;
            continue;
        }
        loss += one;
        if (one > most) {
            most = one;
            *by = (int)t->peril;
        }
    }
    if (*by >= 0)
        return loss;
    *by = outage;
    return out;
}

/* Through whom else's failures the losses come: the split that the book simulates. */
static void vendors(const struct sheet *sheet)
{
    FILE *to = sheet->page->to;
    bool headed = false;
    for (size_t i = 0; sheet->shared && i < sheet->shared->ties->n; i++) {
        const struct quo_tie *t = &sheet->shared->ties->tie[i];
        bool seen = !outside(sheet, t->name);
        for (size_t k = 0; k < i; k++)
            seen |= strcmp(sheet->shared->ties->tie[k].name, t->name) == 0;
        if (seen)
            continue;
        if (!headed)
            quo_table_heading(sheet->page,
                              "Vendors                             expected loss through them, USD     most by");
        headed = true;
        int by;
        const double loss = loss_through(sheet, t->name, &by);
        fputs("  ", to);
        quo_table_left(sheet->page, t->name, 34);
        amount(sheet, loss, by >= 0 && quo_peril_in_hours((enum quo_peril)by), 31);
        fprintf(to, "     %s\n", by < 0 ? "-" : quo_peril_id((enum quo_peril)by));
    }
}

static void signers(const struct sheet *sheet)
{
    FILE *to = sheet->page->to;
    if (sheet->score->n_sets)
        quo_table_heading(sheet->page, "Signers");
    for (size_t i = 0; i < sheet->score->n_sets; i++) {
        const struct quo_signer_set_score *set = &sheet->score->set[i];
        const struct quo_signer_set *written = &sheet->protocol->signer_set[set->set];
        fprintf(to, "  %s, %d of %zu, ", written->id, written->threshold, written->n_signers);
        const unsigned harms = written->powers & ~(unsigned)QUO_POWER_PAUSE;
        if (!harms)
            fprintf(to, "can only pause, not priced: falls ");
        else if (!sheet->protocol->bridge && harms == QUO_POWER_BRIDGE_MESSAGES)
            fprintf(to, "attests for no bridge, not priced: falls ");
        else
            fprintf(to, "reaches %.0f %%: falls ", 100.0 * written->reach_share);
        quo_table_once(sheet->page, set->breach_rate);
        fprintf(to, ", is lost ");
        quo_table_once(sheet->page, set->key_loss_breach_rate);
        fputc('\n', to);
        hangs_on(sheet, set);
        best_move(sheet, written, set);
        if (written->n_signers > 1 && set->laws.beta > 0.0) /* of those who share nothing all laws say the same */
            other_laws(sheet, &set->laws);
    }
}

static void knockouts(const struct sheet *sheet)
{
    const struct quo_score *score = sheet->score;
    if (score->n_knockouts)
        quo_table_heading(sheet->page, "Knock-outs");
    for (size_t i = 0; i < score->n_knockouts; i++) {
        fputs("  ", sheet->page->to);
        quo_table_ink(sheet->page, score->knockout[i].decline ? QUO_INK_RED : QUO_INK_YELLOW, "%-8s",
                      score->knockout[i].decline ? "decline" : "refer");
        fprintf(sheet->page->to, "%-5s %s\n", score->knockout[i].id, score->knockout[i].why);
    }
}

void quo_scorereport_print(const struct quo_page *page, const struct quo_score *score,
                           const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                           const struct quo_shared_risk *shared)
{
    const struct sheet sheet = {
        .page = page, .score = score, .protocol = protocol, .catalogue = catalogue, .shared = shared};
    head(&sheet);
    domains(&sheet);
    perils(&sheet);
    signers(&sheet);
    vendors(&sheet);
    const struct quo_premiums *premiums = shared ? shared->premiums : NULL;
    quo_scoreworth_controls(page, score, protocol, catalogue, premiums);
    knockouts(&sheet);
    quo_scoreworth_questions(page, score, catalogue, premiums);
}
