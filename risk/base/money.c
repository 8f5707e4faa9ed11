#include "risk/base/money.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"

#define LARGEST 9e13 /* cents of it still fit a double without loss */

/* The cents of the shortest decimal that stands for the amount, ties to even. amount >= 0. */
static int64_t round_decimal(double amount)
{
    char text[32];
    quo_text_from_real(amount, text);
    int exponent = 0;
    char *e = strchr(text, 'e');
    if (e) {
        exponent = atoi(e + 1);
        *e = '\0';
    }
    /* digits d1 d2 ..., value = 0.d1 d2 ... * 10^point */
    char digit[32];
    int n = 0, point = -1;
    for (const char *at = text; *at; at++) {
        if (*at == '.')
            point = n;
        else
            digit[n++] = (char)(*at - '0');
    }
    point = (point < 0 ? n : point) + exponent;
    const int kept = point + 2; /* digits of the cents */
    int64_t cents = 0;
    for (int i = 0; i < kept; i++)
        cents = 10 * cents + (i < n ? digit[i] : 0);
    if (kept < 0 || kept >= n)
        return cents;
    bool beyond = false;
    for (int i = kept + 1; i < n; i++)
        beyond = beyond || digit[i] != 0;
    const bool up = digit[kept] > 5 || (digit[kept] == 5 && (beyond || cents % 2 != 0));
    return cents + up;
}

int64_t quo_money_round(double amount)
{
    if (!(fabs(amount) < LARGEST))
        return INT64_MIN;
    const double size = fabs(amount), scaled = 100.0 * size, whole = floor(scaled);
    /* Only near a tie do binary and decimal disagree. */
    const double from_tie = fabs(scaled - whole - 0.5);
    const int64_t cents =
        from_tie > 8.0 * DBL_EPSILON * (scaled + 1.0) ? (int64_t)whole + (scaled - whole > 0.5) : round_decimal(size);
    return amount < 0.0 ? -cents : cents;
}

double quo_money_rounded(double amount)
{
    const int64_t cents = quo_money_round(amount);
    return cents == INT64_MIN ? amount : (double)cents / 100.0;
}

struct share {
    double remainder;
    size_t index;
};

static int by_remainder(const void *a, const void *b)
{
    const struct share *x = a, *y = b;
    if (x->remainder != y->remainder)
        return x->remainder > y->remainder ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* The cents of an amount without what is less than a cent, and that rest. */
static int64_t split(double amount, double *remainder)
{
    const double scaled = 100.0 * amount;
    const int64_t nearest = quo_money_round(amount);
    /* 1.15 is 114.99999999999999 cents in binary: a whole number of cents all the same. */
    if (fabs(scaled - (double)nearest) <= 8.0 * DBL_EPSILON * fabs(scaled)) {
        *remainder = 0.0;
        return nearest;
    }
    *remainder = scaled - floor(scaled);
    return (int64_t)floor(scaled);
}

/* Few are put in place one by one: they are a walk's steps, a million times over. */
static void sort_shares(struct share *share, size_t n)
{
    if (n > 64) {
        qsort(share, n, sizeof *share, by_remainder);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const struct share one = share[i];
        size_t k = i;
        for (; k > 0 && by_remainder(&share[k - 1], &one) > 0; k--)
            share[k] = share[k - 1];
        share[k] = one;
    }
}

void quo_money_apportion(const double *amount, size_t n, double total, int64_t *cents)
{
    if (n == 0)
        return;
    bool in_range = quo_money_round(total) != INT64_MIN;
    for (size_t i = 0; i < n; i++)
        in_range = in_range && quo_money_round(amount[i]) != INT64_MIN;
    struct share few[64], *share = !in_range ? NULL : n <= 64 ? few : malloc(n * sizeof *share);
    if (!share) {
        for (size_t i = 0; i < n; i++)
            cents[i] = INT64_MIN;
        return;
    }
    int64_t left = quo_money_round(total);
    for (size_t i = 0; i < n; i++) {
        cents[i] = split(amount[i], &share[i].remainder);
        share[i].index = i;
        left -= cents[i];
    }
    sort_shares(share, n);
    const int64_t count = (int64_t)n, each = left / count, rest = left % count;
    for (size_t i = 0; i < n; i++) {
        const int64_t rank = (int64_t)i;
        int64_t more = each;
        if (rest > 0 && rank < rest)
            more++;
        else if (rest < 0 && rank >= count + rest)
            more--;
        cents[share[i].index] += more;
    }
    if (share != few)
        free(share);
}

size_t quo_money_format(double amount, int decimals, char *buffer, size_t size)
{
    if (isnan(amount))
        return (size_t)snprintf(buffer, size, "n/a");
    if (isinf(amount))
        return (size_t)snprintf(buffer, size, amount < 0 ? "-inf" : "inf");
    decimals = decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;
    if (decimals == 2)
        amount = quo_money_rounded(amount); /* what is shown is what is stored */
    char plain[340];
    quo_text_print(plain, sizeof plain, "%.*f", decimals, fabs(amount));
    const size_t whole = strcspn(plain, "."), length = strlen(plain);
    char grouped[460];
    size_t n = 0;
    if (amount < 0.0 && strspn(plain, "0.") != length) /* no "-0.00" */
        grouped[n++] = '-';
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            grouped[n++] = ',';
        grouped[n++] = plain[i];
    }
    grouped[n] = '\0';
    return (size_t)snprintf(buffer, size, "%s", grouped);
}

size_t quo_money_short(double amount, char *buffer, size_t size)
{
    static const char *const unit[] = {"", " k", " M", " bn", " tn"};
    if (isnan(amount))
        return (size_t)snprintf(buffer, size, "n/a");
    if (isinf(amount) || fabs(amount) >= 9.995e14)
        return (size_t)quo_text_print(buffer, size, "%.2e", amount);
    double x = fabs(amount);
    int k = 0;
    while (x >= 999.5 && k < 4) { /* 999.5 would be shown as 1000 */
        x /= 1000.0;
        k++;
    }
    const int decimals = x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2;
    const bool whole = k == 0 && x == floor(x); /* 12, not 12.0 */
    char digits[32];
    quo_text_fixed(x, whole ? 0 : decimals, digits);
    size_t n = 0;
    const char *const part[] = {amount < 0 && x >= 0.005 ? "-" : "", digits, unit[k]};
    for (size_t i = 0; i < 3; i++)
        for (const char *c = part[i]; *c; c++, n++)
            if (n + 1 < size)
                buffer[n] = *c;
    if (size > 0)
        buffer[n < size ? n : size - 1] = '\0';
    return n;
}
