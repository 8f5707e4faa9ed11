#include "pricing/book/bookresult.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/money.h"
#include "risk/base/text.h"

const char quo_bookresult_header[] =
    "policy_id,protocol_id,status,expected_payout,payout_sd,technical_premium,gross_premium,rate_on_line,"
    "score,decision,reasons,change,change_why\n";

static const char *const changes[QUO_CHANGES] = {"exposure", "terms", "controls", "model", "rate"};

const char *quo_change_id(enum quo_change change) { return (unsigned)change < QUO_CHANGES ? changes[change] : "?"; }

void quo_bookresult_take(const struct quo_quote *quote, struct quo_bookresult *out)
{
    *out = (struct quo_bookresult){.status = QUO_OK,
                                   .expected_payout = quote->expected_payout,
                                   .payout_sd = quote->payout_sd,
                                   .technical_premium = quote->technical_premium,
                                   .gross_premium = quote->gross_premium,
                                   .rate_on_line = quote->rate_on_line,
                                   .score = quote->score->overall,
                                   .decision = quote->decision,
                                   .before = quote->policy->terms.expiring_premium};
    if (!isnan(out->before))
        out->why[QUO_CHANGE_RATE] = out->gross_premium - out->before;
}

void quo_booktext_free(struct quo_booktext *text)
{
    free(text->text);
    *text = (struct quo_booktext){0};
}

static char *room_for(struct quo_booktext *to, size_t n)
{
    if (to->n + n > to->room) {
        size_t room = to->room ? 2 * to->room : 4096;
        while (room < to->n + n)
            room *= 2;
        char *grown = realloc(to->text, room);
        if (!grown) {
            to->failed = 1;
            return NULL;
        }
        to->text = grown;
        to->room = room;
    }
    return to->text + to->n;
}

void quo_booktext_add(struct quo_booktext *to, const char *text, size_t n)
{
    char *at = room_for(to, n);
    if (!at)
        return;
    memcpy(at, text, n);
    to->n += n;
}

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

void quo_booktext_csv(struct quo_booktext *to, const char *text)
{
    const size_t n = strlen(text);
    const bool blank = n > 0 && (text[0] == ' ' || text[0] == '\t' || text[n - 1] == ' ' || text[n - 1] == '\t');
    if (!blank && !strpbrk(text, ",\"\r\n")) {
        quo_booktext_add(to, text, n);
        return;
    }
    char *at = room_for(to, 2 * n + 2); /* were every character a quote */
    if (!at)
        return;
    const char *const begin = at;
    *at++ = '"';
    for (const char *from = text, *const end = text + n; from < end;) { /* up to and with the next quote, which is doubled */
        const char *quote = memchr(from, '"', (size_t)(end - from));
        const size_t run = (size_t)((quote ? quote + 1 : end) - from);
        at = mempcpy(at, from, run);
        if (quote)
            *at++ = '"';
        from += run;
    }
    *at++ = '"';
    to->n += (size_t)(at - begin);
}

void quo_booktext_money(struct quo_booktext *to, double amount)
{
    char digits[32];
    size_t at = sizeof digits;
    if (isnan(amount))
        return;
    const int64_t cents = quo_money_round(amount);
    if (cents == INT64_MIN) { /* beyond what cents can count */
        quo_booktext_real(to, amount, 17);
        return;
    }
    uint64_t left = cents < 0 ? (uint64_t)-cents : (uint64_t)cents;
    for (int k = 0; k < 3 || left; k++) {
        if (k == 2)
            digits[--at] = '.';
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    }
    if (cents < 0)
        digits[--at] = '-';
    quo_booktext_add(to, digits + at, sizeof digits - at);
}

void quo_booktext_real(struct quo_booktext *to, double value, int digits)
{
    char text[32];
    if (isnan(value))
        return;
    quo_booktext_add(to, text, quo_text_general(value, digits, text));
}

void quo_booktext_exact(struct quo_booktext *to, double value)
{
    char text[32];
    size_t at = sizeof text;
    if (isnan(value))
        return;
    if (value >= 0.0 && value < 1e15 && value == floor(value)) {
        uint64_t left = (uint64_t)value;
        do
            text[--at] = (char)('0' + left % 10);
        while (left /= 10);
        quo_booktext_add(to, text + at, sizeof text - at);
        return;
    }
    const size_t n = quo_text_from_real(value, text);
    quo_booktext_add(to, text, n > 2 && strcmp(text + n - 2, ".0") == 0 ? n - 2 : n);
}

static double moved(const struct quo_bookresult *result)
{
    return quo_money_rounded(result->gross_premium) - quo_money_rounded(result->before);
}

void quo_bookresult_why(const struct quo_bookresult *result, struct quo_booktext *to)
{
    double part[QUO_CHANGES];
    int64_t cents[QUO_CHANGES];
    const char *name[QUO_CHANGES];
    size_t n = 0;
    for (int c = 0; c < QUO_CHANGES; c++) {
        if (quo_money_round(result->why[c]) == 0)
            continue;
        part[n] = result->why[c];
        name[n++] = changes[c];
    }
    quo_money_apportion(part, n, moved(result), cents);
    for (size_t i = 0; i < n; i++) {
        put(to, i ? ";" : "");
        put(to, name[i]);
        put(to, "=");
        quo_booktext_money(to, cents[i] == INT64_MIN ? part[i] : (double)cents[i] / 100.0);
    }
}

void quo_bookresult_write(const struct quo_bookresult *result, const char *policy_id, const char *protocol_id,
                          const char *reasons, struct quo_booktext *to)
{
    quo_booktext_csv(to, policy_id);
    put(to, ",");
    quo_booktext_csv(to, protocol_id);
    if (result->status) {
        put(to, ",refused,,,,,,,,");
        quo_booktext_csv(to, quo_status_text(result->status));
        put(to, ",,\n");
        return;
    }
    put(to, ",priced,");
    const double money[] = {result->expected_payout, result->payout_sd, result->technical_premium,
                            result->gross_premium};
    for (size_t i = 0; i < sizeof money / sizeof *money; i++) {
        quo_booktext_money(to, money[i]);
        put(to, ",");
    }
    quo_booktext_real(to, result->rate_on_line, 6);
    put(to, ",");
    quo_booktext_real(to, result->score, 4);
    put(to, ",");
    put(to, quo_decision_id(result->decision));
    put(to, ",");
    quo_booktext_csv(to, reasons ? reasons : "");
    put(to, ",");
    if (!isnan(result->before)) {
        quo_booktext_money(to, moved(result));
        put(to, ",");
        quo_bookresult_why(result, to);
    } else {
        put(to, ",");
    }
    put(to, "\n");
}
