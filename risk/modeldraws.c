#include "risk/modeldraws.h"

#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"

#define DRAWS_MAX 100000
#define RATE_MAX 1e6 /* events a year of one protocol: beyond it a file holds another unit */

const struct quo_modeldraws_column quo_modeldraws_column[QUO_MODELDRAWS_FIXED] = {
    {"rate", "events a year", 0.0, RATE_MAX},
    {"rate_trend", "a year", -10.0, 10.0},
    {"alpha", "", -10.0, 10.0},
    {"severity_trend", "a year", -10.0, 10.0},
    {"log_median", "", -100.0, 100.0},
    {"gamma", "", -10.0, 10.0},
    {"spread", "", 1e-6, 100.0},
};

int quo_modeldraws_numbers(struct quo_peril_parameters *p, double *at[QUO_MODELDRAWS_NUMBERS_MAX])
{
    double *const fixed[QUO_MODELDRAWS_FIXED] = {&p->rate,       &p->rate_trend, &p->alpha, &p->severity_trend,
                                                 &p->log_median, &p->gamma,      &p->spread};
    struct quo_severity *s = &p->severity;
    const bool two = s->family == QUO_SPLICED || s->family == QUO_MIXTURE;
    int n = 0;
    while (n < QUO_MODELDRAWS_FIXED) {
        at[n] = fixed[n];
        n++;
    }
    if (s->family == QUO_SPLICED)
        at[n++] = &s->threshold;
    if (two)
        at[n++] = &s->weight;
    for (int k = 0; k < quo_severity_laws(s); k++) {
        if (s->family == QUO_AVERAGE)
            at[n++] = &s->share[k];
        for (int i = 0; i < quo_family_parameters(s->law[k].family); i++)
            at[n++] = &s->law[k].par[i];
    }
    return n;
}

bool quo_modeldraws_hold(const struct quo_peril_parameters *parameters)
{
    struct quo_peril_parameters p = *parameters;
    double *at[QUO_MODELDRAWS_NUMBERS_MAX];
    quo_modeldraws_numbers(&p, at);
    for (int i = 0; i < QUO_MODELDRAWS_FIXED; i++)
        if (!(*at[i] >= quo_modeldraws_column[i].low && *at[i] <= quo_modeldraws_column[i].high))
            return false;
    return p.rate > 0.0 && quo_severity_invalid(&p.severity) == NULL;
}

/* One line a draw, adjacent strings that libconfig joins: twenty thousand list elements would take longer to read than a
 * whole quote may. */
void quo_modeldraws_write(FILE *to, const struct quo_peril_model *p)
{
    fprintf(to, "    draws = { count = %zu; values =\n", p->n_draws);
    for (size_t d = 0; d < p->n_draws; d++) {
        struct quo_peril_parameters draw = p->draw[d];
        double *at[QUO_MODELDRAWS_NUMBERS_MAX];
        const int n = quo_modeldraws_numbers(&draw, at);
        char text[32];
        fputs("      \"", to);
        for (int i = 0; i < n; i++) {
            quo_text_from_real(*at[i], text);
            fprintf(to, i + 1 < n ? "%s " : "%s;", text);
        }
        fputs("\"\n", to);
    }
    fputs("    ; };\n", to);
}

void quo_modeldraws_pack(FILE *to, FILE *numbers, const struct quo_peril_model *p)
{
    fprintf(to, "    draws = { count = %zu; packed = %ld; };\n", p->n_draws, ftell(numbers) / (long)sizeof(double));
    for (size_t d = 0; d < p->n_draws; d++) {
        struct quo_peril_parameters draw = p->draw[d];
        double *at[QUO_MODELDRAWS_NUMBERS_MAX];
        const int n = quo_modeldraws_numbers(&draw, at);
        for (int i = 0; i < n; i++)
            fwrite(at[i], sizeof *at[i], 1, numbers);
    }
}

/* Decimal text to double: where the digits fit a whole number below 2^53 and the power of ten is exact, one rounding gives the
 * nearest double [Cli90]; anything else goes the long way. Ten times as fast as strtod, and a model holds 20,000 numbers. */
static const char *parse_real(const char *text, double *out)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = text;
    const bool negative = *p == '-';
    p += negative;
    uint64_t digits = 0;
    int n = 0, scale = 0, exponent = 0;
    for (; *p >= '0' && *p <= '9'; p++, n++)
        digits = digits * 10 + (uint64_t)(*p - '0');
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++, n++, scale--)
            digits = digits * 10 + (uint64_t)(*p - '0');
    if ((*p == 'e' || *p == 'E') && n > 0) {
        const bool down = p[1] == '-';
        const char *q = p + 1 + (p[1] == '-' || p[1] == '+');
        int m = 0;
        for (; *q >= '0' && *q <= '9' && m < 4; q++, m++)
            exponent = exponent * 10 + (*q - '0');
        exponent = m > 0 && m < 4 ? (down ? -exponent : exponent) : 999;
        p = q;
    }
    scale += exponent;
    const bool ends = *p == ' ' || *p == ';' || *p == '\0';
    if (n > 0 && n <= 15 && ends && scale >= -22 && scale <= 22) {
        const double whole = (double)digits;
        const double x = scale < 0 ? whole / power[-scale] : whole * power[scale];
        *out = negative ? -x : x;
        return p;
    }
    const size_t length = strcspn(text, " ;");
    char word[64];
    if (length == 0 || length >= sizeof word)
        return NULL;
    memcpy(word, text, length);
    word[length] = '\0';
    return quo_text_real(word, out) ? text + length : NULL;
}

static const char hint[] = "draws as `quorate fit` writes them";

/* One draw's numbers from text; NULL after a fault. */
static const char *parse_draw(const struct quo_setting *group, const char *text, size_t d, double *const *at, int n)
{
    for (int i = 0; i < n; i++) {
        text += strspn(text, " ");
        text = parse_real(text, at[i]);
        if (!text) {
            quo_setting_fault(group, hint, "draw %zu: number %d cannot be read", d + 1, i + 1);
            return NULL;
        }
    }
    if (*text != ';') {
        quo_setting_fault(group, hint, "draw %zu does not hold %d numbers", d + 1, n);
        return NULL;
    }
    return text + 1;
}

static enum quo_status read_text(const struct quo_setting *group, size_t count, struct quo_peril_model *p)
{
    const char *text = NULL;
    if (!quo_setting_text(group, "values", true, &text))
        return QUO_REFUSED;
    for (size_t d = 0; d < count; d++) {
        double *at[QUO_MODELDRAWS_NUMBERS_MAX];
        const int n = quo_modeldraws_numbers(&p->draw[d], at);
        text = parse_draw(group, text, d, at, n);
        if (!text)
            return QUO_REFUSED;
        if (!quo_modeldraws_hold(&p->draw[d]))
            return quo_setting_fault(group, hint, "draw %zu holds impossible parameters", d + 1);
    }
    if (text[strspn(text, " ")] != '\0')
        return quo_setting_fault(group, "as many draws as `count` says", "more draws than %zu", count);
    return QUO_OK;
}

/* Numbers that stand beside a prepared config: written from a model that was read, so not looked at again. */
static enum quo_status read_packed(const struct quo_setting *group, const double *number, size_t n_numbers,
                                   size_t count, struct quo_peril_model *p)
{
    int64_t first = 0;
    double *at[QUO_MODELDRAWS_NUMBERS_MAX];
    const size_t n = (size_t)quo_modeldraws_numbers(&p->draw[0], at);
    if (!quo_setting_int(group, "packed", 0, (int64_t)n_numbers, true, &first))
        return QUO_REFUSED;
    if ((size_t)first + n * count > n_numbers)
        return quo_setting_fault(group, hint, "there are not so many numbers beside the text");
    number += first;
    for (size_t d = 0; d < count; d++) {
        quo_modeldraws_numbers(&p->draw[d], at);
        for (size_t i = 0; i < n; i++)
            *at[i] = *number++;
    }
    return QUO_OK;
}

enum quo_status quo_modeldraws_read(const struct quo_setting *group, struct quo_peril_model *p)
{
    int64_t count = 0;
    if (!quo_setting_int(group, "count", 1, DRAWS_MAX, true, &count))
        return QUO_REFUSED;
    p->draw = calloc((size_t)count, sizeof *p->draw);
    if (!p->draw)
        return QUO_MACHINE;
    for (size_t d = 0; d < (size_t)count; d++)
        p->draw[d].severity = p->point.severity;
    size_t n_numbers;
    const double *number = quo_setting_numbers(group, &n_numbers);
    const enum quo_status status =
        number ? read_packed(group, number, n_numbers, (size_t)count, p) : read_text(group, (size_t)count, p);
    if (status == QUO_OK)
        p->n_draws = (size_t)count;
    return status;
}
