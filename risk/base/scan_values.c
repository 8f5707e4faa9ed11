/* Texts, numbers and words of a scanned file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/scan_parts.h"
#include "risk/base/text.h"

/* An escape in a text: control characters and bytes above 127 would break the texts they end up in. */
static bool bad_escape(const char *at)
{
    if (at[0] != '\\' || at[1] != 'x')
        return false;
    char digits[3] = {0};
    for (int i = 0; i < 2; i++) {
        const char d = at[2 + i];
        if (!quo_scan_is_digit(d) && !(d >= 'a' && d <= 'f') && !(d >= 'A' && d <= 'F'))
            return false; /* libconfig takes it as it stands */
        digits[i] = d;
    }
    const long value = strtol(digits, NULL, 16);
    return value >= 0x7F || (value < 0x20 && value != '\t' && value != '\n' && value != '\r');
}

enum quo_status quo_scan_take_text(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    if (!(s->after_text && (s->state == QUO_SCAN_AFTER || s->state == QUO_SCAN_NEXT))) {
        const enum quo_status status = quo_scan_begin_value(s, c);
        if (status != QUO_OK)
            return status;
    }
    const char *from = c->at++;
    bool told = false;
    while ((c->at += strcspn(c->at, "\\\"\n")) < c->end && *c->at == '\\') {
        if (bad_escape(c->at) && !told) {
            QUO_SCAN_TELL(s, c, "write the character itself, in UTF-8", "the escape %.4s is not taken", c->at);
            told = true;
        }
        c->at += *c->at == '\\' && c->at + 1 < c->end && c->at[1] != '\n' ? 2 : 1;
    }
    if (c->at >= c->end || *c->at == '\n') {
        QUO_SCAN_TELL(s, c, "close it on the same line; texts side by side are joined: \"one \" \"two\"",
                      "the text has no closing quote");
        told = true;
    } else {
        c->at++;
    }
    quo_scan_put(s, " ");
    if (told)
        quo_scan_put_told(s);
    else
        quo_source_put(s->source, from, (size_t)(c->at - from));
    quo_scan_end_value(s, true);
    return QUO_OK;
}

/* Letters, digits and what stands within a number, a date or a dotted name. */
static size_t run_length(const struct quo_scan_cursor *c)
{
    const char *at = c->at;
    while (at < c->end && (quo_scan_is_letter(*at) || quo_scan_is_digit(*at) || strchr("_.-+*%", *at)))
        at++;
    return (size_t)(at - c->at);
}

static bool is_hexadecimal(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2] != '\0' &&
           strspn(text + 2, "0123456789abcdefABCDEF") == strlen(text + 2) && strlen(text + 2) <= 16;
}

/* The number as libconfig shall read it, or what would be right if it is none. */
static const char *rewrite_number(char *text, char out[48])
{
    size_t n = strlen(text);
    const char *sign_off = text + (*text == '-' || *text == '+');
    for (int i = 0; i < 2 && n > 1 && text[n - 1] == 'L'; i++) /* libconfig's mark of a long number */
        text[--n] = '\0';
    if (is_hexadecimal(text)) {
        const unsigned long long value = strtoull(text, NULL, 16);
        if (value > INT64_MAX)
            return "a whole number is below 2^63";
        snprintf(out, 48, "%lluL", value);
        return NULL;
    }
    if (strspn(sign_off, "0123456789") == strlen(sign_off) && *sign_off == '0' && sign_off[1] != '\0')
        return "a number does not begin with 0, and its thousands are not separated";
    int64_t whole;
    double real;
    if (quo_text_whole(text, &whole)) {
        snprintf(out, 48, "%lldL", (long long)whole);
        return NULL;
    }
    if (quo_text_real(text, &real)) {
        quo_text_from_real(real, out);
        return NULL;
    }
    int year, month, day, used = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && (size_t)used == n)
        return "a date goes in quotes: \"2026-08-01\"";
    if (strspn(text, "0123456789.eE+-") == n && isinf(strtod(text, NULL)))
        return "the largest number is 1.797e308";
    return "a number is written 5, 5.0 or 5e6, without unit, per cent sign or separators";
}

enum quo_status quo_scan_take_number(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    const size_t n = run_length(c);
    if (s->state == QUO_SCAN_NAME && s->after_number) {
        QUO_SCAN_TELL(s, c, "write 12000000 or 12e6, and 0.75 with a point", "a number with separators, or with a decimal comma");
        c->at += n;
        while (c->at < c->end && (quo_scan_is_digit(*c->at) || *c->at == ',' || *c->at == '.'))
            c->at++;
        return QUO_OK;
    }
    const enum quo_status status = quo_scan_begin_value(s, c);
    if (status != QUO_OK)
        return status;
    char *text = strndup(c->at, n);
    if (!text) {
        s->source->no_memory = true;
        return QUO_MACHINE;
    }
    char out[48];
    const char *hint = rewrite_number(text, out);
    free(text);
    quo_scan_put(s, " ");
    if (hint) {
        QUO_SCAN_TELL(s, c, hint, "'%.*s' is no number that can be taken", quo_scan_shown(n), c->at);
        quo_scan_put_told(s);
    } else {
        quo_scan_put(s, out);
    }
    c->at += n;
    quo_scan_end_value(s, false);
    return QUO_OK;
}

static bool is_word(const char *text, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(text, word, n) == 0;
}

static bool is_one_of(const char *text, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (is_word(text, n, *words))
            return true;
    return false;
}

static void put_bare_word(struct quo_scanner *s, const struct quo_scan_cursor *c, size_t n)
{
    static const char *const not_finite[] = {"nan", "inf", "infinity", NULL};
    static const char *const truths[] = {"yes", "no", "on", "off", NULL};
    if (is_word(c->at, n, "true") || is_word(c->at, n, "false")) {
        quo_scan_put(s, " ");
        quo_source_put(s->source, c->at, n);
        return;
    }
    char quoted[128];
    snprintf(quoted, sizeof quoted, "text goes in quotes: \"%.*s\"", quo_scan_shown(n), c->at);
    if (is_one_of(c->at, n, not_finite))
        QUO_SCAN_TELL(s, c, "give a finite number", "'%.*s' is not a finite number", (int)n, c->at);
    else if (is_one_of(c->at, n, truths))
        QUO_SCAN_TELL(s, c, "write true or false", "'%.*s' is not a value", (int)n, c->at);
    else
        QUO_SCAN_TELL(s, c, quoted, "'%.*s' is not a value", quo_scan_shown(n), c->at);
    quo_scan_put_told(s);
}

enum quo_status quo_scan_take_word(struct quo_scanner *s, struct quo_scan_cursor *c)
{
    const size_t n = run_length(c);
    enum quo_status status;
    if (s->state == QUO_SCAN_NAME || s->state == QUO_SCAN_AFTER) {
        for (size_t i = 0; i < n; i++)
            if (!quo_scan_is_letter(c->at[i]) && !quo_scan_is_digit(c->at[i]) && c->at[i] != '_' && c->at[i] != '-')
                return QUO_SCAN_STOP(s, c, "a name is made of letters, digits, '-' and '_'", "'%.*s' is not a name",
                                     quo_scan_shown(n), c->at);
        quo_scan_put(s, " ");
        status = quo_scan_enter_name(s, c, c->at, n);
        s->state = QUO_SCAN_EQUALS;
        s->after_text = false;
    } else {
        status = quo_scan_begin_value(s, c);
        if (status == QUO_OK) {
            put_bare_word(s, c, n);
            quo_scan_end_value(s, false);
        }
    }
    c->at += n;
    return status;
}
