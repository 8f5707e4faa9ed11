/* The distorted price of a law given by its survival function. With x = low + scale exp(t) the integrand falls off
 * exponentially at both ends and is smooth between, so that the trapezoidal rule gains digits by the square [TW14]. */
#include <math.h>
#include "pricing/aggregate/measures.h"
#include "risk/base/numeric.h"

#define TOLERANCE 1e-12
#define HALVINGS 9
/* The right end is looked for up to here: exp(690) is near the greatest double. */
#define T_LEFT (-45.0)
#define T_RIGHT 640.0

struct law {
    const struct quo_distortion *d;
    double (*sf)(double x, const void *context);
    const void *context;
};

static double integrand(double x, void *context)
{
    const struct law *law = context;
    return quo_distortion_g(law->sf(x, law->context), law->d);
}

/* Where sf falls to s, to a part in 10^12, from `low` up; *scale is doubled from 1 until it is passed. */
static double falls_to(const struct law *law, double s, double low, double high)
{
    double step = 1.0;
    while (law->sf(low + step, law->context) > s && low + step < high && step < 1e300)
        step *= 2.0;
    while (law->sf(low + step, law->context) <= s && step > 1e-300)
        step *= 0.5;
    double a = low + step, b = fmin(low + 2.0 * step, high);
    for (int i = 0; i < 100 && b - a > 1e-15 * b; i++) {
        const double middle = 0.5 * (a + b);
        *(law->sf(middle, law->context) > s ? &a : &b) = middle;
    }
    return 0.5 * (a + b);
}

/* Sum of exp(t) g(sf(low + scale exp(t))) over t = first, first + step, ..; *ended: whether the terms died out. */
static double row(const struct law *law, double low, double scale, double first, double step, bool *ended)
{
    double sum = 0.0, last = 0.0;
    *ended = false;
    for (double t = first; t < T_RIGHT; t += step) {
        const double x = low + scale * exp(t), s = law->sf(x, law->context),
                     term = exp(t) * quo_distortion_g(s, law->d);
        sum += term;
        if (t > 2.0 && (s == 0.0 || term <= 1e-18 * sum)) {
            *ended = last <= 1e-9 * sum; /* else the survival function underflowed before the terms died */
            break;
        }
        last = term;
    }
    return sum;
}

static double to_infinity(const struct law *law, double low)
{
    const double scale = falls_to(law, 0.3 * fmin(1.0, law->sf(low, law->context)), low, INFINITY) - low;
    bool ended;
    double step = 0.5, sum = row(law, low, scale, T_LEFT, step, &ended), value = step * sum;
    for (int i = 0; i < HALVINGS && ended; i++) {
        sum += row(law, low, scale, T_LEFT + 0.5 * step, step, &ended);
        step *= 0.5;
        const double last = value;
        value = step * sum;
        if (i > 1 && fabs(value - last) <= TOLERANCE * value)
            break;
    }
    return ended ? scale * value : INFINITY;
}

double quo_distortion_integral(const struct quo_distortion *d, double (*sf)(double x, const void *context),
                               const void *context, double low, double high)
{
    struct law law = {d, sf, context};
    if (quo_distortion_invalid(d) || !isfinite(low) || !(high >= low))
        return NAN;
    if (d->kind == QUO_DISTORTION_TVAR && sf(low, context) > 1.0 - d->parameter) /* g is 1 down to there: a corner */
        low = falls_to(&law, 1.0 - d->parameter, low, high);
    if (low >= high)
        return high;
    if (isinf(high))
        return low + to_infinity(&law, low);
    double error;
    return low + quo_integral(integrand, &law, low, high, 1e-11, &error);
}
