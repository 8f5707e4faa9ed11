#include "pricing/aggregate/simulate.h"
#include "pricing/aggregate/plainyears.h"
#include "risk/base/numeric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 1e6

/* What a section's random numbers are for. */
enum purpose { PURPOSE_COUNT = 0x4151, PURPOSE_SIZE, PURPOSE_TIME };

struct event {
    double time, paid; /* paid: after the terms of one event */
    size_t section;
};

struct year {
    struct event *event;
    size_t n, room;
};

static int64_t draw_count(const struct quo_contract *c, struct quo_stream *stream)
{
    if (!c->count)
        return quo_frequency_draw(stream, &c->frequency);
    double u = quo_stream_uniform(stream);
    size_t i = 0;
    while (i + 1 < c->n_count && (u -= c->count[i]) > 0.0)
        i++;
    return (int64_t)i;
}

static double draw_size(const struct quo_contract *c, struct quo_stream *stream)
{
    if (!c->points)
        return quo_severity_draw(stream, &c->event.severity);
    double u = quo_stream_uniform(stream);
    size_t k = 0;
    while (k + 1 < c->points->n && (u -= c->points->mass[k]) > 0.0)
        k++;
    return (double)k * c->points->step;
}

/* A severity of which mass is cut off cannot be drawn from. */
static bool whole(const struct quo_contract *c)
{
    double sum = 0.0;
    for (size_t k = 0; c->points && k < c->points->n; k++)
        sum += c->points->mass[k];
    return !c->points || fabs(sum - 1.0) <= 1e-9;
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

static enum quo_status add_events(const struct quo_contract *c, const struct quo_simulation *s, uint64_t number,
                                  size_t section, struct year *year)
{
    struct quo_stream counts = quo_stream_at(s->seed, number, (uint32_t)section, PURPOSE_COUNT);
    struct quo_stream sizes = quo_stream_at(s->seed, number, (uint32_t)section, PURPOSE_SIZE);
    struct quo_stream times = quo_stream_at(s->seed, number, (uint32_t)section, PURPOSE_TIME);
    const int64_t n = draw_count(c, &counts);
    if (year->n + (size_t)n > year->room) {
        const size_t room = 2 * (year->n + (size_t)n) + 16;
        struct event *more = realloc(year->event, room * sizeof *more);
        if (!more)
            return QUO_MACHINE;
        year->event = more;
        year->room = room;
    }
    for (int64_t i = 0; i < n; i++) {
        const double x = draw_size(c, &sizes),
                     paid = c->event.share * fmin(fmax(x - c->event.attach, 0.0), c->event.limit);
        const double time = s->n > 1 ? quo_stream_uniform(&times) : 0.0;
        if (paid > 0.0)
            year->event[year->n++] = (struct event){time, paid, section};
    }
    return QUO_OK;
}

/* What of `amount` is paid once `used` was claimed before it, under an annual deductible and limit. */
static double annual_part(double used, double amount, double deductible, double limit)
{
    if (used >= deductible && used - deductible + amount <= limit)
        return amount; /* not as a difference of sums, whose rounding would depend on what came before */
    const double before = fmin(fmax(used - deductible, 0.0), limit),
                 after = fmin(fmax(used + amount - deductible, 0.0), limit);
    return after - before;
}

static enum quo_status one_year(const struct quo_simulation *s, uint64_t number, struct year *year, double *claimed,
                                double *paid, double *by_section)
{
    year->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const enum quo_status status = add_events(&s->section[i], s, number, i, year);
        if (status != QUO_OK)
            return status;
        claimed[i] = 0.0;
        if (by_section)
            by_section[i] = 0.0;
    }
    if (s->n > 1 && year->n > 1)
        qsort(year->event, year->n, sizeof *year->event, by_time);
    double all = 0.0, total = 0.0;
    for (size_t e = 0; e < year->n; e++) {
        const struct event *event = &year->event[e];
        const struct quo_contract *c = &s->section[event->section];
        const double own = annual_part(claimed[event->section], event->paid, c->annual_deductible, c->annual_limit);
        const double part = annual_part(all, own, s->annual_deductible, s->annual_limit);
        claimed[event->section] += event->paid;
        all += own;
        total += part;
        if (by_section)
            by_section[event->section] += part;
    }
    *paid = total;
    return QUO_OK;
}

enum quo_status quo_simulate(const struct quo_simulation *s, double *paid, double *by_section)
{
    double expected = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        if (quo_contract_invalid(&s->section[i]) || !whole(&s->section[i]))
            return QUO_DOMAIN;
        expected += s->section[i].count ? (double)s->section[i].n_count : quo_frequency_mean(&s->section[i].frequency);
    }
    if (s->n == 0 || s->years == 0 || !(expected <= EVENTS_MAX) || !(s->annual_deductible >= 0.0) ||
        !(s->annual_limit > 0.0))
        return QUO_DOMAIN;
    enum quo_status status = QUO_OK;
#pragma omp parallel
    {
        struct year year = {NULL, 0, 0};
        double *claimed = malloc(s->n * sizeof *claimed);
        enum quo_status own = claimed ? QUO_OK : QUO_MACHINE;
#pragma omp for schedule(static)
        for (size_t i = 0; i < s->years; i++)
            if (own == QUO_OK)
                own = one_year(s, i, &year, claimed, &paid[i], by_section ? &by_section[i * s->n] : NULL);
        free(year.event);
        free(claimed);
        if (own != QUO_OK) {
#pragma omp critical(quo_simulate_status)
            status = own;
        }
    }
    return status;
}

/* ---- one section ------------------------------------------------------------------------------- */

#define PLAIN_YEARS 4096 /* at once; a whole number of addresses */

static double size_of(double u, const void *context)
{
    const struct quo_layer *event = context;
    return event->share * fmin(fmax(quo_severity_Qinv(u, &event->severity) - event->attach, 0.0), event->limit);
}

static enum quo_status plain_years(const struct quo_plainyears *plain, const struct quo_contract *c, uint64_t seed, size_t years,
                                   double *paid)
{
    const bool terms = c->annual_deductible > 0.0 || c->annual_limit < INFINITY;
    enum quo_status status = QUO_OK;
#pragma omp parallel for schedule(static)
    for (size_t from = 0; from < years; from += PLAIN_YEARS) {
        const size_t n = years - from < PLAIN_YEARS ? years - from : PLAIN_YEARS;
        const enum quo_status own = quo_plainyears_run(plain, seed, from, n, paid + from, NULL);
        for (size_t i = from; i < from + n && own == QUO_OK && terms; i++)
            paid[i] = annual_part(0.0, paid[i], c->annual_deductible, c->annual_limit);
        if (own != QUO_OK) {
#pragma omp atomic write
            status = own;
        }
    }
    return status;
}

enum quo_status quo_simulate_one(const struct quo_contract *c, uint64_t seed, size_t years, double *paid)
{
    const struct quo_simulation any = {c, 1, 0.0, INFINITY, seed, years};
    struct quo_plainyears *plain = NULL;
    const bool is_plain = !quo_contract_invalid(c) && !c->count && !c->points && c->frequency.family == QUO_POISSON &&
                          !c->frequency.modified && c->event.severity.family < QUO_SIMPLE_FAMILIES && years > 0;
    const enum quo_status made =
        is_plain ? quo_plainyears_new(c->frequency.par[0], size_of, &c->event, &plain) : QUO_DOMAIN;
    if (made == QUO_DOMAIN)
        return quo_simulate(&any, paid, NULL);
    const enum quo_status status = made == QUO_OK ? plain_years(plain, c, seed, years, paid) : made;
    quo_plainyears_free(plain);
    return status;
}

/* ---- numbers of a sample ------------------------------------------------------------------------ */

/* Mean of n numbers with its error, given their sum and sum of squares about a centre near the mean. */
static struct quo_estimate mean_of(double centre, double sum, double squares, size_t n)
{
    const double m = (double)n, shift = sum / m;
    const double variance = n > 1 ? (squares - m * shift * shift) / (m - 1.0) : NAN;
    return (struct quo_estimate){centre + shift, sqrt(fmax(variance, 0.0) / m)};
}

static double central(const double *paid, size_t n, double mean, int order)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double d = paid[i] - mean;
        sum += order == 2 ? d * d : order == 3 ? d * d * d : d * d * d * d;
    }
    return sum / (double)n;
}

struct quo_estimate quo_sample_mean(const double *paid, size_t n)
{
    const double mean = quo_sum_array(paid, n) / (double)n;
    return mean_of(mean, 0.0, central(paid, n, mean, 2) * (double)n, n);
}

struct quo_estimate quo_sample_variance(const double *paid, size_t n)
{
    const double mean = quo_sum_array(paid, n) / (double)n, second = central(paid, n, mean, 2),
                 fourth = central(paid, n, mean, 4);
    return (struct quo_estimate){second * (double)n / (double)(n - 1),
                                 sqrt(fmax(fourth - second * second, 0.0) / (double)n)};
}

double quo_sample_skewness(const double *paid, size_t n)
{
    const double mean = quo_sum_array(paid, n) / (double)n, second = central(paid, n, mean, 2);
    return central(paid, n, mean, 3) / (second * sqrt(second));
}

/* Number of years at or below x. */
static size_t at_or_below(double x, const double *paid, size_t n)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (paid[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct quo_estimate quo_sample_sf(double x, const double *paid, size_t n)
{
    const double q = (double)(n - at_or_below(x, paid, n)) / (double)n;
    return (struct quo_estimate){q, sqrt(q * (1.0 - q) / (double)n)};
}

struct quo_estimate quo_sample_stoploss(double d, const double *paid, size_t n)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = at_or_below(d, paid, n); i < n; i++) {
        sum += paid[i] - d;
        squares += (paid[i] - d) * (paid[i] - d);
    }
    return mean_of(0.0, sum, squares, n);
}

static double order_statistic(double rank, const double *paid, size_t n)
{
    const double i = fmin(fmax(ceil(rank), 1.0), (double)n);
    return paid[(size_t)i - 1];
}

struct quo_estimate quo_sample_var(double p, const double *paid, size_t n)
{
    if (!(p >= 0.0 && p < 1.0))
        return (struct quo_estimate){NAN, NAN};
    const double rank = p * (double)n, sd = sqrt((double)n * p * (1.0 - p));
    const double low = order_statistic(rank - sd, paid, n), high = order_statistic(rank + sd + 1.0, paid, n);
    return (struct quo_estimate){order_statistic(rank - 1e-9, paid, n), 0.5 * (high - low)};
}

struct quo_estimate quo_sample_tvar(double p, const double *paid, size_t n)
{
    const double var = quo_sample_var(p, paid, n).value;
    const struct quo_estimate beyond = quo_sample_stoploss(var, paid, n);
    return (struct quo_estimate){var + beyond.value / (1.0 - p), beyond.std_error / (1.0 - p)};
}

/* An L-statistic: sum of x_(i) [g((n-i+1)/n) - g((n-i)/n)]. The influence of a year at x is the integral of
 * g'(S(t)) (1{x > t} - S(t)) dt; its variance over n is the error's square [JZ03]. */
struct quo_estimate quo_sample_distortion(const struct quo_distortion *d, const double *paid, size_t n)
{
    double value = 0.0, previous = 0.0, influence = 0.0, sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double s = (double)(n - i) / (double)n, width = paid[i] - previous, g = quo_distortion_g(s, d);
        value += width * g;
        /* g' as the slope to the next step of the empirical law; it accumulates along x */
        influence += width * (g - quo_distortion_g((double)(n - i - 1) / (double)n, d)) * (double)n;
        sum += influence;
        squares += influence * influence;
        previous = paid[i];
    }
    return (struct quo_estimate){value, mean_of(0.0, sum, squares, n).std_error};
}
