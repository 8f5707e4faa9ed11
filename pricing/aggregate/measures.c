#include "pricing/aggregate/measures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/text.h"

/* Probabilities nearer than this are one: sums of 10^5 masses carry that much rounding. In the tail the share of what is
 * left counts, so that p = 1 - 1e-12 still means something. */
#define SAME 1e-12
#define SAME_SHARE 1e-7
/* An amount this near to a point (in steps, or relative) stands on it. */
#define ON_POINT 1e-9
/* Less than this is rounding of the transform, no probability. */
#define NOISE 1e-15
/* Masses that lack no more than this to 1 lack nothing: it is the rounding of many. */
#define MISSING 1e-11

/* Number of the first point above x. */
static size_t first_above(double x, const struct quo_lattice *law)
{
    if (x < 0.0)
        return 0;
    const double steps = x / law->step, near = round(steps);
    const double at = fabs(steps - near) <= ON_POINT * fmax(1.0, near) ? near : floor(steps);
    return at >= (double)law->n ? law->n : (size_t)at + 1;
}

/* What the masses lack to 1, but for rounding. */
static double missing(const struct quo_lattice *law)
{
    const double lacks = 1.0 - quo_numeric_total(law->mass, law->n);
    return lacks > MISSING ? lacks : 0.0;
}

void quo_measure_sf_many(const double *x, size_t n, const struct quo_lattice *law, double *out)
{
    double sum = missing(law);
    size_t k = law->n;
    while (n-- > 0) {
        for (const size_t first = isnan(x[n]) ? k : first_above(x[n], law); k > first;)
            sum += law->mass[--k];
        out[n] = isnan(x[n]) ? NAN : sum;
    }
}

double quo_measure_sf(double x, const struct quo_lattice *law)
{
    double sf;
    quo_measure_sf_many(&x, 1, law, &sf);
    return sf;
}

double quo_measure_cdf(double x, const struct quo_lattice *law)
{
    if (isnan(x))
        return NAN;
    double sum = 0.0;
    for (size_t k = 0, end = first_above(x, law); k < end; k++)
        sum += law->mass[k];
    return fmin(sum, 1.0);
}

#define DOWN 64

/* Sum of DOWN masses, and of those at and above each of them. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static double block(const double *mass, double *in_steps)
{
    double all = 0.0, steps = 0.0;
#pragma omp simd reduction(+ : all, steps)
    for (int i = 0; i < DOWN; i++) {
        all += mass[i];
        steps += mass[i] * (double)(i + 1);
    }
    *in_steps = steps;
    return all;
}

/* From the top: what lies above VaR is at most 1 - p. With it goes E[(S - k step)+] in steps, the sum of P[S > j] from k on: all terms
 * positive, and each VaR is a point. */
void quo_measure_tail(const double *p, size_t n, const struct quo_lattice *law, double *var, double *tvar)
{
    double above = missing(law), beyond = 0.0,
           rest = 0.0; /* at k: P[S > k] with what is missing and without; the rest there */
    size_t k = law->n;
    while (n-- > 0) {
        const double slack = fmin(SAME, SAME_SHARE * (1.0 - p[n])), most = 1.0 - p[n] + slack;
        var[n] = tvar[n] = NAN;
        if (!(p[n] >= 0.0 && p[n] <= 1.0))
            continue;
        if (k == law->n && above > most) {
            var[n] = tvar[n] = INFINITY;
            continue;
        }
        k = k == law->n ? k - 1 : k;
        while (k > DOWN) { /* many at a time, as long as none of them is it */
            double in_steps;
            const double all = block(law->mass + k - DOWN + 1, &in_steps);
            if (above + all > most)
                break;
            k -= DOWN;
            rest += DOWN * beyond + in_steps;
            above += all;
            beyond += all;
        }
        while (k > 0 && !(above + law->mass[k] > most)) {
            above += law->mass[k];
            beyond += law->mass[k];
            rest += beyond;
            k--;
        }
        var[n] = (double)k * law->step;
        tvar[n] = p[n] < 1.0 ? var[n] + rest * law->step / (1.0 - p[n]) : var[n];
    }
}

double quo_measure_var(double p, const struct quo_lattice *law)
{
    double var, tvar;
    quo_measure_tail(&p, 1, law, &var, &tvar);
    return var;
}

double quo_measure_stoploss(double d, const struct quo_lattice *law)
{
    if (isnan(d))
        return NAN;
    double sum = 0.0;
    for (size_t k = law->n, first = first_above(d, law); k-- > first;)
        sum += law->mass[k] * ((double)k * law->step - d);
    return sum;
}

double quo_measure_tvar(double p, const struct quo_lattice *law)
{
    double var, tvar;
    quo_measure_tail(&p, 1, law, &var, &tvar);
    return tvar;
}

double quo_measure_skewness(const struct quo_lattice *law)
{
    const double mean = quo_lattice_mean(law) / law->step,
                 variance = quo_lattice_variance(law) / (law->step * law->step);
    double sum = 0.0;
    for (size_t k = law->n; k-- > 0;) {
        const double z = (double)k - mean;
        sum += law->mass[k] * z * z * z;
    }
    return sum / (variance * sqrt(variance));
}

static const char *const distortion_names[] = {"wang", "ph", "dual_power", "tvar", "ccoc"};
static const char *const parameter_names[] = {"lambda", "r", "k", "p", "rate"};
#define DISTORTIONS (sizeof distortion_names / sizeof *distortion_names)

const char *quo_distortion_name(enum quo_distortion_kind kind)
{
    return (size_t)kind < DISTORTIONS ? distortion_names[kind] : NULL;
}

const char *quo_distortion_invalid(const struct quo_distortion *d)
{
    const double x = d->parameter;
    switch (d->kind) {
    case QUO_DISTORTION_WANG:
        return isfinite(x) ? NULL : "lambda is a finite number";
    case QUO_DISTORTION_PH:
        return x > 0.0 && x <= 1.0 ? NULL : "r lies above 0 and at most at 1";
    case QUO_DISTORTION_DUAL_POWER:
        return x >= 1.0 && isfinite(x) ? NULL : "k is at least 1";
    case QUO_DISTORTION_TVAR:
        return x >= 0.0 && x < 1.0 ? NULL : "p lies from 0 up to below 1";
    case QUO_DISTORTION_CCOC:
        return x >= 0.0 && isfinite(x) ? NULL : "rate is at least 0";
    }
    return "no such distortion";
}

bool quo_distortion_parse(const char *text, struct quo_distortion *out, struct quo_faults *faults)
{
    const char *colon = strchr(text, ':'), *equals = colon ? strchr(colon, '=') : NULL;
    char name[32] = "", key[32] = "";
    if (!equals) {
        quo_faults_add(faults, QUO_USAGE, "", 0, "NAME:KEY=VALUE, such as wang:lambda=0.25",
                       "distortion '%s' cannot be read", text);
        return false;
    }
    snprintf(name, sizeof name, "%.*s", (int)(colon - text), text);
    snprintf(key, sizeof key, "%.*s", (int)(equals - colon - 1), colon + 1);
    for (size_t i = 0; i < DISTORTIONS; i++) {
        if (strcmp(name, distortion_names[i]) != 0)
            continue;
        struct quo_distortion got = {(enum quo_distortion_kind)i, NAN};
        char hint[64];
        snprintf(hint, sizeof hint, "%s:%s=VALUE", name, parameter_names[i]);
        if (strcmp(key, parameter_names[i]) != 0) {
            quo_faults_add(faults, QUO_USAGE, "", 0, hint, "distortion %s has no parameter '%s'", name, key);
            return false;
        }
        const char *why = "is not a number";
        if (!quo_text_real(equals + 1, &got.parameter) || (why = quo_distortion_invalid(&got)) != NULL) {
            quo_faults_add(faults, QUO_USAGE, "", 0, hint, "distortion %s: '%s': %s", name, equals + 1, why);
            return false;
        }
        *out = got;
        return true;
    }
    const int near = quo_text_nearest(name, distortion_names, DISTORTIONS);
    char hint[96] = "wang, ph, dual_power, tvar or ccoc";
    if (near >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", distortion_names[near]);
    quo_faults_add(faults, QUO_USAGE, "", 0, hint, "unknown distortion '%s'", name);
    return false;
}

double quo_distortion_g(double s, const struct quo_distortion *d)
{
    if (isnan(s))
        return NAN;
    if (s <= 0.0)
        return 0.0;
    if (s >= 1.0)
        return 1.0;
    switch (d->kind) {
    case QUO_DISTORTION_WANG:
        return quo_normal_Q(quo_normal_Qinv(s) - d->parameter);
    case QUO_DISTORTION_PH:
        return pow(s, d->parameter);
    case QUO_DISTORTION_DUAL_POWER:
        return -expm1(d->parameter * log1p(-s));
    case QUO_DISTORTION_TVAR:
        return fmin(1.0, s / (1.0 - d->parameter));
    case QUO_DISTORTION_CCOC:
        return (s + d->parameter) / (1.0 + d->parameter);
    }
    return NAN;
}

/* Integral of g(P[S > x]): g is constant between two points. */
double quo_distortion_price(const struct quo_distortion *d, const struct quo_lattice *law)
{
    double sum = 0.0, above = 0.0;
    for (size_t k = law->n; k-- > 1;) {
        above += law->mass[k];
        if (above > NOISE)
            sum += quo_distortion_g(above, d);
    }
    return sum * law->step;
}

struct implied {
    enum quo_distortion_kind kind;
    double price;
    const struct quo_lattice *law;
};

/* The search runs over a number u on which the price rises from the mean (u = 0) towards the greatest amount. */
static struct quo_distortion at_search(enum quo_distortion_kind kind, double u)
{
    struct quo_distortion d = {kind, u};
    switch (kind) {
    case QUO_DISTORTION_WANG:
        break;
    case QUO_DISTORTION_PH:
        d.parameter = exp(-u);
        break;
    case QUO_DISTORTION_DUAL_POWER:
        d.parameter = exp(u);
        break;
    case QUO_DISTORTION_TVAR:
        d.parameter = -expm1(-u);
        break;
    case QUO_DISTORTION_CCOC:
        d.parameter = expm1(u);
        break;
    }
    return d;
}

static double price_off(double u, void *context)
{
    const struct implied *search = context;
    const struct quo_distortion d = at_search(search->kind, u);
    return quo_distortion_price(&d, search->law) - search->price;
}

double quo_distortion_implied(enum quo_distortion_kind kind, double price, const struct quo_lattice *law)
{
    if (!isfinite(price) || price < 0.0)
        return NAN;
    struct implied search = {kind, price, law};
    /* tvar: 1 - exp(-30) is as near to 1 as matters; wang also prices below the mean. */
    const double low = kind == QUO_DISTORTION_WANG ? -8.0 : 0.0, high = kind == QUO_DISTORTION_WANG ? 8.0 : 30.0;
    const double at_low = price_off(low, &search), at_high = price_off(high, &search);
    if (fabs(at_low) <= SAME * price)
        return at_search(kind, low).parameter;
    if (!(at_low < 0.0 && at_high >= 0.0))
        return NAN;
    return at_search(kind, quo_root(price_off, &search, low, high, 1e-14)).parameter;
}
