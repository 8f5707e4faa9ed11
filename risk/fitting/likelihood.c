#include "risk/fitting/likelihood.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include "risk/base/numeric.h"

struct quo_sample quo_likelihood_sample(const double *value, size_t n)
{
    return (struct quo_sample){.n = n, .value = value};
}

double quo_likelihood_truncation(const struct quo_sample *sample, size_t i)
{
    return sample->truncation ? sample->truncation[i] : sample->floor;
}

/* Whether record i is an interval; a record with NaN ends is not. */
static bool interval(const struct quo_sample *s, size_t i) { return s->low && s->high && s->high[i] > s->low[i]; }

static const char *record_fault(const struct quo_sample *s, size_t i, char *buffer, size_t size)
{
    const double w = s->weight ? s->weight[i] : 1.0, d = quo_likelihood_truncation(s, i);
    if (!(w >= 0.0) || isinf(w)) {
        snprintf(buffer, size, "record %zu: weight %g is not a finite number of at least 0", i + 1, w);
        return buffer;
    }
    if (!(d >= 0.0) || isinf(d)) {
        snprintf(buffer, size, "record %zu: floor %g is not a finite number of at least 0", i + 1, d);
        return buffer;
    }
    if (interval(s, i)) {
        if (!(s->low[i] >= 0.0)) {
            snprintf(buffer, size, "record %zu: the interval's low end %g is below 0", i + 1, s->low[i]);
            return buffer;
        }
        if (s->low[i] < d) {
            snprintf(buffer, size, "record %zu: the interval begins at %g, below its floor %g", i + 1, s->low[i], d);
            return buffer;
        }
        return NULL;
    }
    if (!(s->value[i] > 0.0) || isinf(s->value[i])) {
        snprintf(buffer, size, "record %zu: size %g is not a finite number above 0", i + 1, s->value[i]);
        return buffer;
    }
    if (s->value[i] < d) {
        snprintf(buffer, size, "record %zu: size %g is below its floor %g", i + 1, s->value[i], d);
        return buffer;
    }
    return NULL;
}

const char *quo_likelihood_invalid(const struct quo_sample *s, char *buffer, size_t size)
{
    if (s->n == 0 || !s->value) {
        snprintf(buffer, size, "the sample is empty");
        return buffer;
    }
    if (!s->low != !s->high) {
        snprintf(buffer, size, "intervals need both ends");
        return buffer;
    }
    if (!s->low && !s->weight && !s->truncation && s->floor >= 0.0) { /* sizes and one floor: one look at all of them */
        double good = 0.0; /* a double, so that lanes compare and add alike */
#pragma omp simd reduction(+ : good)
        for (size_t i = 0; i < s->n; i++)
            good += s->value[i] > s->floor && s->value[i] <= DBL_MAX ? 1.0 : 0.0;
        if (good == (double)s->n)
            return NULL;
    }
    double mass = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        const char *fault = record_fault(s, i, buffer, size);
        if (fault)
            return fault;
        mass += s->weight ? s->weight[i] : 1.0;
    }
    if (!(mass > 0.0)) {
        snprintf(buffer, size, "all weights are 0");
        return buffer;
    }
    return NULL;
}

static double log_interval(double low, double high, const struct quo_severity *law)
{
    const double a = quo_severity_logQ(low, law), b = isinf(high) ? -INFINITY : quo_severity_logQ(high, law);
    if (a > -0.7) /* the lower tail keeps the digits here */
        return log((isinf(high) ? 1.0 : quo_severity_P(high, law)) - quo_severity_P(low, law));
    return a + quo_log1mexp(b - a);
}

double quo_likelihood_record(const struct quo_sample *s, size_t i, const struct quo_severity *law)
{
    const double d = quo_likelihood_truncation(s, i), base = d > 0.0 ? quo_severity_logQ(d, law) : 0.0;
    if (interval(s, i))
        return log_interval(s->low[i], s->high[i], law) - base;
    if (s->censored && s->censored[i])
        return quo_severity_logQ(s->value[i], law) - base;
    return quo_severity_logpdf(s->value[i], law) - base;
}

double quo_likelihood_log(const struct quo_sample *s, const struct quo_severity *law)
{
    struct quo_sum sum = {0.0, 0.0};
    double floor = 0.0, base = 0.0; /* log Q of the last floor met: most samples have one */
    for (size_t i = 0; i < s->n; i++) {
        const double w = s->weight ? s->weight[i] : 1.0, d = quo_likelihood_truncation(s, i);
        if (w == 0.0)
            continue;
        if (d != floor) {
            floor = d;
            base = d > 0.0 ? quo_severity_logQ(d, law) : 0.0;
        }
        const double one = interval(s, i)                  ? log_interval(s->low[i], s->high[i], law)
                           : s->censored && s->censored[i] ? quo_severity_logQ(s->value[i], law)
                                                           : quo_severity_logpdf(s->value[i], law);
        if (isnan(one - base) || one == -INFINITY)
            return -INFINITY;
        quo_sum_add(&sum, w * (one - base));
    }
    return quo_sum_value(&sum);
}
