#include "pricing/premium/authority.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/money.h"
#include "risk/base/text.h"

static const char *const kinds[QUO_AUTHORITY_KINDS] = {"vendor", "organisation", "bridge", "chain"};

const char *quo_decision_id(enum quo_decision decision)
{
    static const char *const ids[] = {"quote", "refer", "decline"};
    return (unsigned)decision < 3 ? ids[decision] : "?";
}

void quo_authority_free(struct quo_authority *authority)
{
    if (!authority)
        return;
    free(authority->id);
    free(authority);
}

enum quo_status quo_authority_read(struct quo_config *config, struct quo_authority **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_authority *a = calloc(1, sizeof *a);
    if (!a)
        return QUO_MACHINE;
    const size_t before = quo_faults_refusals(faults);
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "authority", true);
    const char *id = NULL;
    quo_setting_text(group, "id", true, &id);
    a->id = quo_text_copy(id);
    const struct {
        const char *name, *unit;
        double low, high, *to;
    } rules[] = {
        {"refer_limit", "USD", 0.0, 1e15, &a->refer_limit},
        {"decline_limit", "USD", 0.0, 1e15, &a->decline_limit},
        {"refer_exposure_share", "", 0.0, 1e6, &a->refer_exposure_share},
        {"refer_score", "", 0.0, 100.0, &a->refer_score},
        {"decline_score", "", 0.0, 100.0, &a->decline_score},
        {"refer_rate_on_line", "", 0.0, 1e3, &a->refer_rate_on_line},
        {"decline_rate_on_line", "", 0.0, 1e3, &a->decline_rate_on_line},
        {"refer_payout_probability", "", 0.0, 1.0, &a->refer_payout_probability},
        {"refer_unknown_share", "", 0.0, 1.0, &a->refer_unknown_share},
        {"refer_interval_ratio", "", 1.0, 1e6, &a->refer_interval_ratio},
        {"refer_exposure_low", "USD", 0.0, 1e15, &a->refer_exposure_low},
        {"refer_exposure_high", "USD", 0.0, 1e15, &a->refer_exposure_high},
        {"refer_tail_index", "", 0.0, 10.0, &a->refer_tail_index},
        {"refer_adequacy", "", 0.0, 10.0, &a->refer_adequacy},
        {"decline_adequacy", "", 0.0, 10.0, &a->decline_adequacy},
        {"refer_age_days", "days", 0.0, 1e5, &a->refer_age_days},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        *rules[i].to = NAN;
        quo_setting_number(group, rules[i].name, rules[i].low, rules[i].high, rules[i].unit, false, rules[i].to);
    }
    a->refer_increase = a->refer_decrease = INFINITY;
    quo_setting_number(group, "refer_increase", 0.0, 1e3, "", false, &a->refer_increase);
    quo_setting_number(group, "refer_decrease", 0.0, 1.0, "", false, &a->refer_decrease);
    const struct quo_setting *accumulation = quo_setting_group(group, "refer_accumulation", false);
    for (int k = 0; k < QUO_AUTHORITY_KINDS; k++) {
        a->refer_accumulation[k] = INFINITY;
        if (accumulation)
            quo_setting_number(accumulation, kinds[k], 0.0, 1e15, "USD", false, &a->refer_accumulation[k]);
    }
    const enum quo_status finished = quo_config_finish(config); /* remembers what was told at opening */
    if (finished || quo_faults_refusals(faults) > before) {
        quo_authority_free(a);
        return QUO_REFUSED;
    }
    *out = a;
    return QUO_OK;
}

void quo_reasons_free(struct quo_reasons *reasons)
{
    for (size_t i = 0; i < reasons->n; i++)
        free(reasons->text[i]);
    free(reasons->text);
    *reasons = (struct quo_reasons){0};
}

/* A text by a format of %s and %% alone, which is what a book's rows come through by the million; NULL: another one, or no memory. */
static char *put_together(const char *format, va_list arguments)
{
    const char *part[16];
    size_t length[16], n = 0, all = 0;
    for (const char *at = format; *at; n++) {
        if (n == 16 || (*at == '%' && at[1] != 's' && at[1] != '%'))
            return NULL;
        part[n] = *at != '%' ? at : at[1] == 's' ? va_arg(arguments, const char *) : "%";
        length[n] = *at != '%' ? strcspn(at, "%") : strlen(part[n]);
        at += *at != '%' ? length[n] : 2;
        all += length[n];
    }
    char *text = malloc(all + 1), *to = text;
    for (size_t i = 0; i < n && text; i++)
        to = mempcpy(to, part[i], length[i]);
    if (text)
        *to = '\0';
    return text;
}

enum quo_status quo_reasons_add(struct quo_reasons *reasons, const char *format, ...)
{
    char **grown = reasons->text, *text = NULL;
    if (reasons->n % 8 == 0)
        grown = realloc(reasons->text, (reasons->n + 8) * sizeof *grown);
    reasons->text = grown ? grown : reasons->text;
    va_list arguments;
    va_start(arguments, format);
    if (grown)
        text = put_together(format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    if (grown && !text && vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (!text) {
        reasons->lost = true;
        return QUO_MACHINE;
    }
    reasons->text[reasons->n++] = text;
    return QUO_OK;
}

bool quo_authority_refers_movement(const struct quo_authority *a, double movement, struct quo_reasons *reasons)
{
    const bool up = movement > a->refer_increase, down = -movement > a->refer_decrease;
    if (up && isinf(movement)) {
        quo_reasons_add(reasons, "refer: premium exceeds the one before, which was 0");
    } else if (up || down) {
        char by[32], most[32];
        quo_text_general(100.0 * fabs(movement), 4, by);
        quo_text_general(100.0 * (up ? a->refer_increase : a->refer_decrease), 4, most);
        quo_reasons_add(reasons, "refer: premium %s the one before by %s %%, more than %s %%", up ? "exceeds" : "is below", by, most);
    }
    return up || down;
}

bool quo_authority_refers_accumulation(const struct quo_authority *a, const char *kind, const char *name, double limit,
                                       struct quo_reasons *reasons)
{
    for (int k = 0; k < QUO_AUTHORITY_KINDS; k++)
        if (strcmp(kinds[k], kind) == 0 && limit > a->refer_accumulation[k]) {
            quo_reasons_add(reasons, "refer: annual limits behind %s %s would be %.4g, above %.4g", kind, name, limit,
                            a->refer_accumulation[k]);
            return true;
        }
    return false;
}

/* One rule: a value beyond a bound, above or below. NaN meets no rule. */
struct rule {
    enum quo_decision decision;
    bool above;
    double value, bound;
    const char *what;
    enum { PLAIN, MONEY, SHARE, DAYS } unit;
};

/* As a reader writes it: "163 M USD", "25.4 %". */
static const char *shown(const struct rule *rule, double value, char buffer[64])
{
    char number[48];
    if (rule->unit == MONEY)
        quo_money_short(value, number, sizeof number);
    else
        quo_text_general(rule->unit == SHARE ? 100.0 * value : value, 4, number);
    const char *const unit[] = {"", " USD", " %", " days"};
    stpcpy(stpcpy(buffer, number), unit[rule->unit]);
    return buffer;
}

enum quo_decision quo_authority_decide(const struct quo_authority *a, const struct quo_authority_facts *f,
                                       struct quo_reasons *reasons)
{
    const double share = isinf(f->annual_limit) ? NAN : f->annual_limit / f->exposure; /* no limit is one reason */
    const struct rule rules[] = {
        {QUO_DECISION_DECLINE, true, f->annual_limit, a->decline_limit, "annual limit", MONEY},
        {QUO_DECISION_REFER, true, f->annual_limit, a->refer_limit, "annual limit", MONEY},
        {QUO_DECISION_REFER, true, share, a->refer_exposure_share, "annual limit over exposure", SHARE},
        {QUO_DECISION_DECLINE, false, f->score, a->decline_score, "overall score", PLAIN},
        {QUO_DECISION_REFER, false, f->score, a->refer_score, "overall score", PLAIN},
        {QUO_DECISION_DECLINE, true, f->rate_on_line, a->decline_rate_on_line, "rate on line", SHARE},
        {QUO_DECISION_REFER, true, f->rate_on_line, a->refer_rate_on_line, "rate on line", SHARE},
        {QUO_DECISION_REFER, true, f->payout_probability, a->refer_payout_probability, "probability of a payout", SHARE},
        {QUO_DECISION_REFER, true, f->unknown_share, a->refer_unknown_share, "share of controls without an answer", SHARE},
        {QUO_DECISION_REFER, true, f->interval_ratio, a->refer_interval_ratio,
         "95 % point of the premium over its 5 % point", PLAIN},
        {QUO_DECISION_REFER, false, f->exposure, a->refer_exposure_low,
         "exposure, outside what the model has seen:", MONEY},
        {QUO_DECISION_REFER, true, f->exposure, a->refer_exposure_high,
         "exposure, outside what the model has seen:", MONEY},
        {QUO_DECISION_REFER, true, f->tail_index, a->refer_tail_index, "tail index of a covered peril", PLAIN},
        {QUO_DECISION_DECLINE, false, f->adequacy, a->decline_adequacy, "offered over gross premium", SHARE},
        {QUO_DECISION_REFER, false, f->adequacy, a->refer_adequacy, "offered over gross premium", SHARE},
        {QUO_DECISION_REFER, true, f->age_days, a->refer_age_days, "inception after the last day of data,", DAYS},
    };
    enum quo_decision decision = QUO_DECISION_QUOTE;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *r = &rules[i];
        if (r->above ? !(r->value > r->bound) : !(r->value < r->bound))
            continue;
        if (r->decision > decision)
            decision = r->decision;
        char value[64], bound[64];
        if (isinf(r->value))
            quo_reasons_add(reasons, "%s: no %s, which must not be above %s", quo_decision_id(r->decision), r->what,
                            shown(r, r->bound, bound));
        else
            quo_reasons_add(reasons, "%s: %s %s is %s %s", quo_decision_id(r->decision), r->what,
                            shown(r, r->value, value), r->above ? "above" : "below",
                            shown(r, r->bound, bound));
        if (r->decision == QUO_DECISION_DECLINE)
            i++; /* its milder twin stands next and would say the same */
    }
    if (quo_authority_refers_movement(a, f->movement, reasons) && decision < QUO_DECISION_REFER)
        decision = QUO_DECISION_REFER;
    return decision;
}
