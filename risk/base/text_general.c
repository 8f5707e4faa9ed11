/* Of text.h: numbers to so many digits, as printf writes them. */
#include <float.h>
#include <math.h>

#include "risk/base/text.h"

static const long double ten[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L, 1e9L,
                                  1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L};

/* value 10^shift as a whole number; false where it is beyond 2^63 or rounding is not certain. One product or quotient with a power of ten
 * that is exact: its error is below half a unit of the last place. */
static bool rounded(double value, int shift, uint64_t *whole)
{
    const long double scaled = shift >= 0 ? (long double)value * ten[shift] : (long double)value / ten[-shift];
    if (!(scaled < 9e18L))
        return false;
    const uint64_t below = (uint64_t)scaled;
    const long double rest = scaled - (long double)below, doubt = 8.0L * scaled * LDBL_EPSILON;
    *whole = below + (rest > 0.5L);
    return doubt < 0.25L && !(rest > 0.5L - doubt && rest < 0.5L + doubt);
}

/* Digits of the value, the first of them at 10^exponent; false where rounding is not certain, or the number is huge, tiny or none. */
static bool digits_of(double value, int digits, uint64_t *whole, int *exponent)
{
    static const double power[] = {1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (!(value >= power[0] && value < power[19]) || digits < 1 || digits > 15)
        return false;
    int x = -4;
    while (value >= power[x + 5])
        x++;
    if (!rounded(value, digits - 1 - x, whole))
        return false;
    *exponent = x;
    if ((long double)*whole >= ten[digits]) { /* 9.99 to one digit is 10 */
        *whole /= 10;
        *exponent = x + 1;
    }
    return *exponent < digits; /* else printf writes an exponent */
}

/* whole 10^-decimals, with the sign of the value. */
static size_t written(double value, uint64_t whole, int decimals, char buffer[32])
{
    char reversed[32];
    size_t n = 0, length = 0;
    for (int k = 0; whole || k <= decimals; k++) {
        if (k == decimals && k > 0)
            reversed[n++] = '.';
        reversed[n++] = (char)('0' + whole % 10);
        whole /= 10;
    }
    if (signbit(value))
        buffer[length++] = '-';
    while (n > 0)
        buffer[length++] = reversed[--n];
    buffer[length] = '\0';
    return length;
}

size_t quo_text_general(double value, int digits, char buffer[32])
{
    uint64_t whole;
    int exponent;
    if (value == 0.0)
        return written(value, 0, 0, buffer);
    if (!digits_of(fabs(value), digits, &whole, &exponent))
        return (size_t)quo_text_print(buffer, 32, "%.*g", digits, value);
    int decimals = digits - 1 - exponent;
    while (decimals > 0 && whole % 10 == 0) { /* zeros at the end are not written */
        whole /= 10;
        decimals--;
    }
    return written(value, whole, decimals, buffer);
}

size_t quo_text_fixed(double value, int decimals, char buffer[32])
{
    uint64_t whole;
    if (decimals < 0 || decimals > 6 || !(fabs(value) < 1e15) || !rounded(fabs(value), decimals, &whole))
        return (size_t)quo_text_print(buffer, 32, "%.*f", decimals, value);
    return written(value, whole, decimals, buffer);
}
