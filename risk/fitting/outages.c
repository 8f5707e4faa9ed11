#include "risk/fitting/outages.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/csv.h"
#include "risk/base/date.h"
#include "risk/base/numeric.h"
#include "risk/fitting/credibility.h"
#include "risk/base/text.h"

static const char *const kinds[QUO_SERVICE_KINDS] = {"chain", "sequencer", "bridge", "exchange", "cloud_region"};

const char *quo_outages_kind_id(enum quo_service_kind kind)
{
    return (unsigned)kind < QUO_SERVICE_KINDS ? kinds[kind] : "?";
}

enum { START, SERVICE, KIND, HOURS, SCOPE, COLUMNS };
static const char *const columns[COLUMNS] = {"start", "service", "kind", "duration_hours", "scope"};
enum { LOWER_BOUND, AFTER, SOURCES, MORE };
static const char *const more_columns[MORE] = {"lower_bound", "after_incident", "sources"};
enum { W_SERVICE, W_KIND, W_FROM, W_TO, W_COMPLETENESS, W_COLUMNS };
static const char *const window_columns[W_COLUMNS] = {"service", "kind", "observed_from", "observed_to",
                                                      "completeness"};

static enum quo_status fault(const struct quo_csv *csv, const struct quo_csv_row *row, struct quo_faults *faults,
                             const char *hint, const char *what, const char *text)
{
    return quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), row->line, hint, "%s is '%.60s'", what, text);
}

/* "2021", "2022-12", "2021-09-02", "2020-11-25T13:15Z": the days on which it may have begun. */
static bool parse_start(const char *text, int *from, int *to)
{
    char day[16];
    const size_t n = strlen(text);
    if (n == 4 || n == 7) {
        snprintf(day, sizeof day, "%.7s%s", text, n == 4 ? "-01-01" : "-01");
        if (!quo_date_parse(day, from))
            return false;
        int year, month, d;
        quo_date_to_civil(*from, &year, &month, &d);
        *to =
            (n == 4 || month == 12 ? quo_date_from_civil(year + 1, 1, 1) : quo_date_from_civil(year, month + 1, 1)) - 1;
        return true;
    }
    if (n != 10 && !(n == 17 && text[10] == 'T' && text[13] == ':' && text[16] == 'Z'))
        return false;
    memcpy(day, text, 10);
    day[10] = '\0';
    const bool good = quo_date_parse(day, from);
    *to = *from;
    return good;
}

static bool parse_kind(const char *text, enum quo_service_kind *out)
{
    for (int k = 0; k < QUO_SERVICE_KINDS; k++)
        if (strcmp(text, kinds[k]) == 0) {
            *out = (enum quo_service_kind)k;
            return true;
        }
    return false;
}

static enum quo_status read_outage(const struct quo_csv *csv, const struct quo_csv_row *row, const int *c, const int *m,
                                   struct quo_outage *it, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    memset(it, 0, sizeof *it);
    it->line = row->line;
    it->hours = NAN;
    const char *const *f = row->field;
    if (!parse_start(f[c[START]], &it->day_from, &it->day_to))
        status = fault(csv, row, faults, "2021, 2021-09, 2021-09-14 or 2021-09-14T14:14Z", "start", f[c[START]]);
    if (!parse_kind(f[c[KIND]], &it->kind))
        status = fault(csv, row, faults, "chain, sequencer, bridge, exchange or cloud_region", "kind", f[c[KIND]]);
    if (*f[c[HOURS]] && (!quo_text_real(f[c[HOURS]], &it->hours) || !(it->hours > 0.0) || it->hours > 1e6))
        status = fault(csv, row, faults, "hours above 0, at most 1e6, or empty where not told", "duration_hours",
                       f[c[HOURS]]);
    it->full = strcmp(f[c[SCOPE]], "full") == 0;
    if (!it->full && strcmp(f[c[SCOPE]], "partial") != 0)
        status = fault(csv, row, faults, "full or partial", "scope", f[c[SCOPE]]);
    bool *const flag[2] = {&it->lower_bound, &it->after_incident};
    for (int i = 0; i < 2; i++) {
        const char *text = m[i] < 0 ? "0" : f[m[i]];
        *flag[i] = strcmp(text, "1") == 0;
        if (!*flag[i] && strcmp(text, "0") != 0)
            status = fault(csv, row, faults, "0 or 1", more_columns[i], text);
    }
    if (status == QUO_OK && !(it->service = quo_text_copy(f[c[SERVICE]])))
        status = QUO_MACHINE;
    return status;
}

static enum quo_status read_window(const struct quo_csv *csv, const struct quo_csv_row *row, const int *c,
                                   struct quo_outage_window *it, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    memset(it, 0, sizeof *it);
    it->line = row->line;
    const char *const *f = row->field;
    if (!parse_kind(f[c[W_KIND]], &it->kind))
        status = fault(csv, row, faults, "chain, sequencer, bridge, exchange or cloud_region", "kind", f[c[W_KIND]]);
    const bool from = quo_date_parse(f[c[W_FROM]], &it->from), to = quo_date_parse(f[c[W_TO]], &it->to);
    if (!from)
        status = fault(csv, row, faults, "a day that exists, as 2021-01-01", "observed_from", f[c[W_FROM]]);
    if (!to)
        status = fault(csv, row, faults, "a day that exists, as 2021-01-01", "observed_to", f[c[W_TO]]);
    if (from && to && it->to < it->from)
        status = fault(csv, row, faults, "a day not before observed_from", "observed_to", f[c[W_TO]]);
    it->list = strcmp(f[c[W_COMPLETENESS]], "list") == 0;
    if (!it->list && strcmp(f[c[W_COMPLETENESS]], "press") != 0)
        status = fault(csv, row, faults, "list or press", "completeness", f[c[W_COMPLETENESS]]);
    if (status == QUO_OK && !(it->service = quo_text_copy(f[c[W_SERVICE]])))
        status = QUO_MACHINE;
    return status;
}

/* Makes room for one more in an array that grows by doubling. */
static void *room_for(void *array, size_t n, size_t size)
{
    if (n > 0 && (n & (n - 1)) != 0)
        return array;
    void *more = realloc(array, (n ? 2 * n : 1) * size);
    return more;
}

static enum quo_status read_outages(const char *path, struct quo_outages *all, struct quo_faults *faults)
{
    struct quo_csv *csv;
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status != QUO_OK)
        return status;
    int c[COLUMNS], m[MORE];
    status = quo_csv_expect(csv, columns, COLUMNS, c, more_columns, MORE, m, faults);
    const struct quo_csv_row *row = NULL;
    bool refused = status != QUO_OK;
    while (status == QUO_OK && (status = quo_csv_next(csv, &row, faults)) == QUO_OK && row) {
        struct quo_outage *more = room_for(all->outage, all->n, sizeof *more);
        if (!more) {
            status = QUO_MACHINE;
            break;
        }
        all->outage = more;
        const enum quo_status one = read_outage(csv, row, c, m, &all->outage[all->n], faults);
        all->n += one == QUO_OK;
        refused |= one == QUO_REFUSED;
        status = one == QUO_MACHINE ? one : QUO_OK;
    }
    quo_csv_close(csv);
    return status == QUO_OK && refused ? QUO_REFUSED : status;
}

static enum quo_status read_windows(const char *path, struct quo_outages *all, struct quo_faults *faults)
{
    struct quo_csv *csv;
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status != QUO_OK)
        return status;
    int c[W_COLUMNS];
    status = quo_csv_expect(csv, window_columns, W_COLUMNS, c, NULL, 0, NULL, faults);
    const struct quo_csv_row *row = NULL;
    bool refused = status != QUO_OK;
    while (status == QUO_OK && (status = quo_csv_next(csv, &row, faults)) == QUO_OK && row) {
        struct quo_outage_window *more = room_for(all->window, all->n_windows, sizeof *more);
        if (!more) {
            status = QUO_MACHINE;
            break;
        }
        all->window = more;
        const enum quo_status one = read_window(csv, row, c, &all->window[all->n_windows], faults);
        all->n_windows += one == QUO_OK;
        refused |= one == QUO_REFUSED;
        status = one == QUO_MACHINE ? one : QUO_OK;
    }
    quo_csv_close(csv);
    return status == QUO_OK && refused ? QUO_REFUSED : status;
}

enum quo_status quo_outages_load(const char *outages_path, const char *windows_path, struct quo_outages **out,
                                 struct quo_faults *faults)
{
    *out = NULL;
    struct quo_outages *all = calloc(1, sizeof *all);
    if (!all)
        return QUO_MACHINE;
    const size_t before = quo_faults_refusals(faults);
    enum quo_status status = read_outages(outages_path, all, faults);
    if (status != QUO_MACHINE) {
        const enum quo_status windows = read_windows(windows_path, all, faults);
        status = windows != QUO_OK ? windows : status;
    }
    if (status == QUO_OK && quo_faults_refusals(faults) > before)
        status = QUO_REFUSED;
    if (status == QUO_OK && (all->n == 0 || all->n_windows == 0))
        status = quo_faults_add(faults, QUO_REFUSED, all->n == 0 ? outages_path : windows_path, 1,
                                "at least one row below the header", "no row");
    if (status != QUO_OK) {
        quo_outages_free(all);
        return status;
    }
    *out = all;
    return QUO_OK;
}

void quo_outages_free(struct quo_outages *outages)
{
    if (!outages)
        return;
    for (size_t i = 0; i < outages->n; i++)
        free(outages->outage[i].service);
    for (size_t i = 0; i < outages->n_windows; i++)
        free(outages->window[i].service);
    free(outages->outage);
    free(outages->window);
    free(outages);
}

static bool counts(const struct quo_outage *o)
{
    return o->full && !o->after_incident && o->kind != QUO_SERVICE_CLOUD_REGION;
}

static int stops_in(const struct quo_outages *all, const struct quo_outage_window *w)
{
    int n = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct quo_outage *o = &all->outage[i];
        const int middle = o->day_from + (o->day_to - o->day_from) / 2;
        n += counts(o) && o->kind == w->kind && middle >= w->from && middle <= w->to &&
             strcmp(o->service, w->service) == 0;
    }
    return n;
}

static double years(const struct quo_outage_window *w) { return (w->to - w->from + 1) / QUO_DAYS_PER_YEAR; }

struct truncated {
    const struct quo_outages *all;
    int kind; /* -1: all but cloud regions */
};

static bool wanted(const struct truncated *t, const struct quo_outage_window *w)
{
    return t->kind < 0 ? w->kind != QUO_SERVICE_CLOUD_REGION : (int)w->kind == t->kind;
}

/* Score in log rate of counts, those above 0 seen only because they are. */
static double score(double log_rate, void *context)
{
    const struct truncated *t = context;
    double sum = 0.0;
    for (size_t i = 0; i < t->all->n_windows; i++) {
        const struct quo_outage_window *w = &t->all->window[i];
        if (!wanted(t, w))
            continue;
        const int n = stops_in(t->all, w);
        const double mean = exp(log_rate) * years(w);
        sum += n - (n > 0 ? mean / -expm1(-mean) : mean);
    }
    return sum;
}

/* The log likelihood whose slope `score` is. */
static double loglik(double log_rate, const struct truncated *t)
{
    double sum = 0.0;
    for (size_t i = 0; i < t->all->n_windows; i++) {
        const struct quo_outage_window *w = &t->all->window[i];
        if (!wanted(t, w))
            continue;
        const int n = stops_in(t->all, w);
        const double mean = exp(log_rate) * years(w);
        sum += n * log(mean) - mean - (n > 0 ? quo_log1mexp(-mean) : 0.0);
    }
    return sum;
}

struct drop {
    const struct truncated *truncated;
    double level;
};

static double drop_gap(double log_rate, void *context)
{
    const struct drop *d = context;
    return loglik(log_rate, d->truncated) - d->level;
}

/* Where the log likelihood has fallen by half the chi-square point; 0 where towards rate 0 it never does. */
static void interval(double log_rate, const struct truncated *t, struct quo_outage_rate *r)
{
    struct drop d = {t, loglik(log_rate, t) - 0.5 * gsl_cdf_chisq_Pinv(0.95, 1.0)};
    double low = log_rate - 1.0, high = log_rate + 1.0;
    while (drop_gap(low, &d) > 0.0 && low > log_rate - 40.0)
        low -= 1.0;
    while (drop_gap(high, &d) > 0.0)
        high += 1.0;
    r->low = drop_gap(low, &d) > 0.0 ? 0.0 : exp(quo_root(drop_gap, &d, low, log_rate, 1e-10));
    r->high = exp(quo_root(drop_gap, &d, log_rate, high, 1e-10));
}

/* Units: the kinds; periods: their services, weighted by the years they were watched. [methods: credibility] */
static void weigh_kinds(const struct quo_outages *all, struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1])
{
    const struct quo_outage_rate *whole = &rate[QUO_SERVICE_KINDS];
    size_t units = 0, periods = 0, unit_of[QUO_SERVICE_KINDS], at[QUO_SERVICE_KINDS] = {0};
    for (int k = 0; k <= QUO_SERVICE_KINDS; k++)
        rate[k].credibility = rate[k].credible = NAN;
    for (int k = 0; k < QUO_SERVICE_KINDS; k++)
        if (k != QUO_SERVICE_CLOUD_REGION && rate[k].services > 0) {
            unit_of[k] = units++;
            periods = (size_t)rate[k].services > periods ? (size_t)rate[k].services : periods;
        }
    double *value = units > 1 ? calloc(2 * units * periods, sizeof *value) : NULL;
    if (!value)
        return;
    double *weight = value + units * periods, factor[QUO_SERVICE_KINDS], premium[QUO_SERVICE_KINDS];
    for (size_t i = 0; i < all->n_windows; i++) {
        const struct quo_outage_window *w = &all->window[i];
        if (w->kind == QUO_SERVICE_CLOUD_REGION)
            continue;
        const size_t place = unit_of[w->kind] * periods + at[w->kind]++;
        weight[place] = years(w);
        value[place] = stops_in(all, w) / years(w);
    }
    struct quo_credibility out;
    if (quo_credibility_fit(value, weight, units, periods, QUO_CREDIBILITY_UNBIASED, &out, NULL, factor, premium) ==
        QUO_OK) {
        const double level = whole->rate / whole->plain;
        for (int k = 0; k < QUO_SERVICE_KINDS; k++)
            if (k != QUO_SERVICE_CLOUD_REGION && rate[k].services > 0) {
                rate[k].credibility = factor[unit_of[k]];
                rate[k].credible = premium[unit_of[k]] * level;
            }
        rate[QUO_SERVICE_KINDS].credible = out.collective * level;
    }
    free(value);
}

void quo_outages_rates(const struct quo_outages *outages, struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1])
{
    for (int k = 0; k <= QUO_SERVICE_KINDS; k++) {
        struct quo_outage_rate *r = &rate[k];
        struct truncated t = {outages, k == QUO_SERVICE_KINDS ? -1 : k};
        *r = (struct quo_outage_rate){.rate = NAN, .plain = NAN, .std_error = NAN, .low = NAN, .high = NAN};
        for (size_t i = 0; i < outages->n_windows; i++)
            if (wanted(&t, &outages->window[i])) {
                r->services++;
                r->stops += stops_in(outages, &outages->window[i]);
                r->service_years += years(&outages->window[i]);
            }
        if (r->stops == 0)
            continue;
        r->plain = r->stops / r->service_years;
        /* Where every service stopped once only, the likelihood climbs to rate 0: then there is no estimate. */
        const double low = log(r->plain) - 12.0, high = log(r->plain) + 1e-9;
        const double at_low = score(low, &t), at_high = score(high, &t);
        if (!(at_low > 0.0 && at_high <= 0.0))
            continue;
        const double log_rate = quo_root(score, &t, low, high, 1e-12);
        const double h = 1e-4, information = (score(log_rate - h, &t) - score(log_rate + h, &t)) / (2.0 * h);
        r->rate = exp(log_rate);
        r->std_error = information > 0.0 ? 1.0 / sqrt(information) : NAN;
        interval(log_rate, &t, r);
    }
    weigh_kinds(outages, rate);
}

size_t quo_outages_durations(const struct quo_outages *outages, double floor, double *value, bool *censored)
{
    size_t n = 0;
    for (size_t i = 0; i < outages->n; i++) {
        const struct quo_outage *o = &outages->outage[i];
        if (!counts(o) || !(o->hours > floor))
            continue;
        value[n] = o->hours;
        censored[n++] = o->lower_bound;
    }
    return n;
}
