#include "risk/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_WORD 128 /* no name of ours comes near it; bounds the work on noise */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Restricted Damerau-Levenshtein (optimal string alignment), three rows of the table at a time. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            now[j] = least(least(now[j - 1], last[j]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[m];
}

int quo_text_nearest(const char *word, const char *const *known, size_t n_known)
{
    const size_t length = word ? strlen(word) : 0;
    if (length == 0 || length > LONGEST_WORD)
        return -1;
    const size_t limit = length / 3 > 1 ? length / 3 : 1;
    size_t nearest = limit + 1;
    int found = -1;
    for (size_t i = 0; i < n_known; i++) {
        const size_t m = known[i] ? strlen(known[i]) : 0;
        if (m == 0 || m > LONGEST_WORD)
            continue;
        const size_t d = distance(word, length, known[i], m);
        if (d < nearest) {
            nearest = d;
            found = (int)i;
        }
    }
    return found;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

/* Whether only blanks are left. */
static bool ends(const char *at)
{
    while (is_blank(*at))
        at++;
    return *at == '\0';
}

/* A plain decimal of at most 15 digits: digits and power of ten are doubles without error, so their quotient is rounded once, as strtod
 * would. False for all else, which may be a number all the same. */
static bool plain_decimal(const char *text, double *out)
{
    static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t whole = 0;
    int digits = 0, fraction = 0;
    const char *at = text + (*text == '-');
    for (; is_digit(*at) && digits <= 15; at++, digits++)
        whole = 10 * whole + (*at - '0');
    if (*at == '.')
        for (at++; is_digit(*at) && digits <= 15; at++, digits++, fraction++)
            whole = 10 * whole + (*at - '0');
    if (*at != '\0' || digits == 0 || digits > 15)
        return false;
    const double value = (double)whole / power[fraction];
    *out = *text == '-' ? -value : value;
    return true;
}

bool quo_text_real(const char *text, double *out)
{
    if (!text)
        return false;
    while (is_blank(*text))
        text++;
    if (plain_decimal(text, out))
        return true;
    const char *at = text + (*text == '-' || *text == '+');
    const char *whole = at;
    at = skip_digits(at);
    ptrdiff_t digits = at - whole;
    if (*at == '.') {
        const char *fraction = ++at;
        at = skip_digits(at);
        digits += at - fraction;
    }
    if (digits == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        const char *exponent = at;
        at = skip_digits(at);
        if (at == exponent)
            return false;
    }
    if (!ends(at))
        return false;
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* in glibc a constant, not an allocation */
    if (!c)
        return false;
    const double value = strtod_l(text, NULL, c);
    freelocale(c);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

bool quo_text_whole(const char *text, int64_t *out)
{
    if (!text)
        return false;
    while (is_blank(*text))
        text++;
    const char *digits = text + (*text == '-' || *text == '+');
    const char *at = skip_digits(digits);
    if (at == digits || !ends(at))
        return false;
    const int before = errno;
    errno = 0;
    const long long value = strtoll(text, NULL, 10);
    const bool fits = errno == 0;
    errno = before;
    if (fits)
        *out = value;
    return fits;
}

int quo_text_vprint(char *buffer, size_t size, const char *format, va_list args)
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = c ? uselocale(c) : (locale_t)0;
    const int length = vsnprintf(buffer, size, format, args);
    if (c) {
        uselocale(before);
        freelocale(c);
    }
    return length;
}

int quo_text_print(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = quo_text_vprint(buffer, size, format, args);
    va_end(args);
    return length;
}

size_t quo_text_from_real(double value, char buffer[32])
{
    if (isnan(value) || isinf(value)) /* the sign of a NaN says nothing */
        return (size_t)snprintf(buffer, 32, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        length = quo_text_print(buffer, 32, "%.*g", digits, value);
        if (quo_text_real(buffer, &back) && back == value)
            break;
    }
    if (!strpbrk(buffer, ".e")) {
        buffer[length++] = '.';
        buffer[length++] = '0';
        buffer[length] = '\0';
    }
    return (size_t)length;
}

/* Length of the sequence that a lead byte opens and the range its second byte must be in (Unicode table 3-7);
 * 0 if it opens none. */
static size_t sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead < 0x80)
        return lead != 0;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    if (lead == 0xE0)
        *low = 0xA0; /* overlong */
    if (lead == 0xED)
        *high = 0x9F; /* surrogates */
    if (lead == 0xF0)
        *low = 0x90;
    if (lead == 0xF4)
        *high = 0x8F; /* above U+10FFFF */
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

bool quo_text_is_utf8(const char *bytes, size_t n, size_t *bad)
{
    for (size_t i = 0; i < n;) {
        unsigned char low, high;
        const size_t length = sequence((unsigned char)bytes[i], &low, &high);
        bool good = length > 0 && length <= n - i;
        for (size_t k = 1; good && k < length; k++) {
            const unsigned char c = (unsigned char)bytes[i + k];
            good = c >= (k == 1 ? low : 0x80) && c <= (k == 1 ? high : 0xBF);
        }
        if (!good) {
            if (bad)
                *bad = i;
            return false;
        }
        i += length;
    }
    return true;
}

char *quo_text_copy(const char *text) { return text ? strdup(text) : NULL; }

void quo_text_trim(const char **text, size_t *n)
{
    while (*n > 0 && is_blank(**text)) {
        ++*text;
        --*n;
    }
    while (*n > 0 && is_blank((*text)[*n - 1]))
        --*n;
}
