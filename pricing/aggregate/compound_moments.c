/* Exact moments of a compound sum, from its components [KPW12] 9.3. */
#include <math.h>
#include "pricing/aggregate/compound.h"

/* The first three moments of a severity about 0, whatever its total mass (what is missing counts as 0). */
static void raw_moments(const struct quo_lattice *s, double moment[3])
{
    moment[0] = moment[1] = moment[2] = 0.0;
    for (size_t k = s->n; k-- > 1;) {
        const double x = (double)k, m = s->mass[k];
        moment[0] += m * x;
        moment[1] += m * x * x;
        moment[2] += m * x * x * x;
    }
    moment[0] *= s->step;
    moment[1] *= s->step * s->step;
    moment[2] *= s->step * s->step * s->step;
}

double quo_compound_mean(const struct quo_component *component, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += quo_frequency_mean(&component[i].frequency) * quo_lattice_mean(component[i].severity);
    return sum;
}

double quo_compound_variance(const struct quo_component *component, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double m[3];
        raw_moments(component[i].severity, m);
        sum += quo_frequency_mean(&component[i].frequency) * (m[1] - m[0] * m[0]) +
               quo_frequency_variance(&component[i].frequency) * m[0] * m[0];
    }
    return sum;
}

/* Third cumulant of a compound sum [KPW12 9.3]. */
double quo_compound_skewness(const struct quo_component *component, size_t n)
{
    double third = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct quo_frequency *f = &component[i].frequency;
        const double mean = quo_frequency_mean(f), variance = quo_frequency_variance(f);
        double m[3];
        raw_moments(component[i].severity, m);
        const double m2 = m[1] - m[0] * m[0], m3 = m[2] - 3.0 * m[0] * m[1] + 2.0 * m[0] * m[0] * m[0];
        third += mean * m3 + 3.0 * variance * m[0] * m2 +
                 quo_frequency_skewness(f) * variance * sqrt(variance) * m[0] * m[0] * m[0];
    }
    const double variance = quo_compound_variance(component, n);
    return third / (variance * sqrt(variance));
}

double quo_compound_zero(const struct quo_component *component, size_t n)
{
    double product = 1.0;
    for (size_t i = 0; i < n; i++)
        product *= quo_frequency_pgf(component[i].severity->mass[0], &component[i].frequency);
    return product;
}
