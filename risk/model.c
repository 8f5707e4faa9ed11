#include "risk/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

#define DRAWS_MAX 100000
#define RATE_MAX 1e6 /* events a year of one protocol: beyond it a file holds another unit */

/* The columns of a draw before those of its severity, in order of struct quo_peril_parameters. */
enum { RATE, RATE_TREND, ALPHA, SEVERITY_TREND, LOG_MEDIAN, GAMMA, SPREAD, FIXED };
static const struct {
    const char *name, *unit;
    double low, high;
} column[FIXED] = {
    {"rate", "events a year", 0.0, RATE_MAX},        {"rate_trend", "a year", -10.0, 10.0}, {"alpha", "", -10.0, 10.0},
    {"severity_trend", "a year", -10.0, 10.0},       {"log_median", "", -100.0, 100.0},     {"gamma", "", -10.0, 10.0},
    {"spread", "", 1e-6, 100.0},
};
#define COLUMNS_MAX (FIXED + 2 * QUO_LAW_MAX + 2)

static double *column_at(struct quo_peril_parameters *p, int i)
{
    double *const at[FIXED] = {&p->rate,       &p->rate_trend, &p->alpha, &p->severity_trend,
                               &p->log_median, &p->gamma,      &p->spread};
    return at[i];
}

/* The free numbers of a severity, in order: threshold, weight, then each law's parameters. Returns how many. */
static int severity_numbers(struct quo_severity *s, double *at[COLUMNS_MAX])
{
    int n = 0;
    if (s->family == QUO_SPLICED)
        at[n++] = &s->threshold;
    if (s->family == QUO_SPLICED || s->family == QUO_MIXTURE)
        at[n++] = &s->weight;
    const int laws = s->family == QUO_SPLICED || s->family == QUO_MIXTURE ? 2 : 1;
    for (int k = 0; k < laws; k++)
        for (int i = 0; i < quo_family_parameters(s->law[k].family); i++)
            at[n++] = &s->law[k].par[i];
    return n;
}

void quo_model_free(struct quo_model *model)
{
    if (!model)
        return;
    for (int p = 0; p < QUO_PERILS; p++)
        free(model->peril[p].draw);
    for (size_t i = 0; i < model->n_assumptions; i++) {
        free(model->assumption[i].parameter);
        free(model->assumption[i].origin);
        free(model->assumption[i].source);
    }
    free(model->assumption);
    free(model->id);
    free(model->data_sha256);
    free(model);
}

enum quo_status quo_model_assume(struct quo_model *model, const char *parameter, double value, const char *origin,
                                 const char *source)
{
    struct quo_assumption *more = realloc(model->assumption, (model->n_assumptions + 1) * sizeof *more);
    if (!more)
        return QUO_MACHINE;
    model->assumption = more;
    struct quo_assumption *a = &more[model->n_assumptions];
    *a = (struct quo_assumption){quo_text_copy(parameter), quo_text_copy(origin), quo_text_copy(source), value};
    model->n_assumptions++; /* counted first, so that quo_model_free finds what was copied */
    return a->parameter && a->origin && a->source ? QUO_OK : QUO_MACHINE;
}

/* ---- writing ---- */

static void put_real(FILE *to, const char *name, double value)
{
    char text[32];
    quo_text_from_real(value, text);
    fprintf(to, "%s = %s; ", name, text);
}

static void put_text(FILE *to, const char *name, const char *text)
{
    fprintf(to, "%s = \"", name);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(to, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(to, "\\x%02x", (unsigned)(unsigned char)*text);
        else
            fputc(*text, to);
    fputs("\"; ", to);
}

static void put_law(FILE *to, const struct quo_law *law)
{
    fprintf(to, "family = \"%s\"; ", quo_family_name(law->family));
    for (int i = 0; i < quo_family_parameters(law->family); i++)
        put_real(to, quo_family_parameter_name(law->family, i), law->par[i]);
}

static void put_severity(FILE *to, const struct quo_severity *s)
{
    fputs("severity = { ", to);
    if (s->family == QUO_SPLICED || s->family == QUO_MIXTURE) {
        fprintf(to, "family = \"%s\"; ", quo_family_name(s->family));
        if (s->family == QUO_SPLICED)
            put_real(to, "threshold", s->threshold);
        put_real(to, "weight", s->weight);
        fputs(s->family == QUO_SPLICED ? "body = { " : "first = { ", to);
        put_law(to, &s->law[0]);
        fputs(s->family == QUO_SPLICED ? "}; tail = { " : "}; second = { ", to);
        put_law(to, &s->law[1]);
        fputs("}; ", to);
    } else {
        put_law(to, &s->law[0]);
    }
    fputs("};\n", to);
}

/* One line a draw, adjacent strings that libconfig joins: twenty thousand list elements would take longer to read than a
 * whole quote may. */
static void put_draws(FILE *to, const struct quo_peril_model *p)
{
    fprintf(to, "    draws = { count = %zu; values =\n", p->n_draws);
    for (size_t d = 0; d < p->n_draws; d++) {
        struct quo_peril_parameters draw = p->draw[d];
        double *at[COLUMNS_MAX];
        const int n = severity_numbers(&draw.severity, at);
        char text[32];
        fputs("      \"", to);
        for (int i = 0; i < FIXED; i++) {
            quo_text_from_real(*column_at(&draw, i), text);
            fprintf(to, "%s ", text);
        }
        for (int i = 0; i < n; i++) {
            quo_text_from_real(*at[i], text);
            fprintf(to, i + 1 < n ? "%s " : "%s;", text);
        }
        fputs("\"\n", to);
    }
    fputs("    ; };\n", to);
}

static void put_peril(FILE *to, const struct quo_peril_model *p)
{
    fprintf(to, "  { id = \"%s\"; incidents = %d; ", quo_peril_id(p->peril), p->n);
    put_real(to, "floor", p->floor);
    put_real(to, "cap_share", p->cap_share);
    if (isfinite(p->size))
        put_real(to, "size", p->size);
    put_real(to, "pooled_weight", p->pooled_weight);
    fputs("\n    ", to);
    struct quo_peril_parameters point = p->point;
    for (int i = 0; i < FIXED; i++)
        put_real(to, column[i].name, *column_at(&point, i));
    fputs("\n    ", to);
    put_severity(to, &p->point.severity);
    fputs("    attribution = { ", to);
    put_real(to, "a", p->attribution_a);
    put_real(to, "b", p->attribution_b);
    fputs("};\n", to);
    if (p->n_draws > 0)
        put_draws(to, p);
    fputs("  }", to);
}

static void put_date(FILE *to, const char *name, int day)
{
    char text[11];
    quo_date_format(day, text);
    fprintf(to, "%s = \"%s\";\n", name, text);
}

static void put_model(FILE *to, const struct quo_model *model)
{
    fputs("# The fitted market, written by `quorate fit`. Money in USD, service_outage in hours, rates a year.\n"
          "# Numbers are the shortest that read back as the same double. docs/formats.md tells every setting.\n",
          to);
    put_text(to, "id", model->id);
    fputc('\n', to);
    put_real(to, "exposure_reference", model->exposure_reference);
    put_real(to, "index_error", model->index_error);
    fputc('\n', to);
    put_date(to, "reference_date", model->reference_day);
    put_date(to, "trend_until", model->trend_until_day);
    put_date(to, "data_from", model->data_from);
    put_date(to, "data_to", model->data_to);
    put_text(to, "data_sha256", model->data_sha256 ? model->data_sha256 : "");
    fputs("\nperils = (\n", to);
    const char *between = "";
    for (int p = 0; p < QUO_PERILS; p++)
        if (model->peril[p].present) {
            fputs(between, to);
            put_peril(to, &model->peril[p]);
            between = ",\n";
        }
    fputs("\n);\n\nassumptions = (\n", to);
    for (size_t i = 0; i < model->n_assumptions; i++) {
        const struct quo_assumption *a = &model->assumption[i];
        fputs("  { ", to);
        put_text(to, "parameter", a->parameter);
        put_real(to, "value", a->value);
        put_text(to, "origin", a->origin);
        put_text(to, "source", a->source);
        fputs(i + 1 < model->n_assumptions ? "},\n" : "}\n", to);
    }
    fputs(");\n", to);
}

static bool parameters_hold(const struct quo_peril_parameters *parameters)
{
    struct quo_peril_parameters p = *parameters;
    for (int i = 0; i < FIXED; i++)
        if (!(*column_at(&p, i) >= column[i].low && *column_at(&p, i) <= column[i].high))
            return false;
    return p.rate > 0.0 && quo_severity_invalid(&p.severity) == NULL;
}

enum quo_status quo_model_save(const struct quo_model *model, const char *path, struct quo_faults *faults)
{
    /* What could not be read back is not written. */
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_peril_model *m = &model->peril[p];
        if (!m->present)
            continue;
        bool good = parameters_hold(&m->point) && isfinite(m->attribution_a) && isfinite(m->attribution_b);
        for (size_t d = 0; d < m->n_draws && good; d++)
            good = parameters_hold(&m->draw[d]) && m->draw[d].severity.family == m->point.severity.family;
        if (!good)
            return quo_faults_add(faults, QUO_DOMAIN, path, 0, NULL, "the model of %s holds impossible parameters; not written",
                                  quo_peril_id(m->peril));
    }
    struct quo_outfile *file;
    enum quo_status status = quo_outfile_open(path, &file, faults);
    if (status != QUO_OK)
        return status;
    put_model(quo_outfile_stream(file), model);
    return quo_outfile_commit(file, faults);
}

/* ---- reading ---- */

static bool read_law(const struct quo_setting *group, struct quo_law *law)
{
    const char *names[QUO_SIMPLE_FAMILIES];
    for (int f = 0; f < QUO_SIMPLE_FAMILIES; f++)
        names[f] = quo_family_name((enum quo_family)f);
    int family;
    if (!group || !quo_setting_word(group, "family", names, QUO_SIMPLE_FAMILIES, true, &family))
        return false;
    law->family = (enum quo_family)family;
    bool good = true;
    for (int i = 0; i < quo_family_parameters(law->family); i++)
        good &= quo_setting_number(group, quo_family_parameter_name(law->family, i), -1e300, 1e300, "", true, &law->par[i]);
    return good;
}

static bool read_severity(const struct quo_setting *group, struct quo_severity *s)
{
    const char *family = NULL;
    memset(s, 0, sizeof *s);
    if (!group || !quo_setting_text(group, "family", true, &family))
        return false;
    bool good = true;
    if (strcmp(family, "spliced") == 0 || strcmp(family, "mixture") == 0) {
        const bool spliced = family[0] == 's';
        s->family = spliced ? QUO_SPLICED : QUO_MIXTURE;
        if (spliced)
            good &= quo_setting_number(group, "threshold", 0.0, 1e300, "USD", true, &s->threshold);
        good &= quo_setting_number(group, "weight", 0.0, 1.0, "", true, &s->weight);
        good &= read_law(quo_setting_group(group, spliced ? "body" : "first", true), &s->law[0]);
        good &= read_law(quo_setting_group(group, spliced ? "tail" : "second", true), &s->law[1]);
    } else {
        good = read_law(group, &s->law[0]);
        s->family = s->law[0].family;
    }
    const char *wrong = good ? quo_severity_invalid(s) : NULL;
    if (wrong) {
        quo_setting_fault(group, "parameters that `quorate fit` could have written", "impossible severity: %s", wrong);
        return false;
    }
    return good;
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

static enum quo_status read_draws(const struct quo_setting *group, struct quo_peril_model *p)
{
    int64_t count = 0;
    const char *text = NULL;
    bool good = quo_setting_int(group, "count", 1, DRAWS_MAX, true, &count);
    good &= quo_setting_text(group, "values", true, &text);
    if (!good)
        return QUO_REFUSED;
    p->draw = calloc((size_t)count, sizeof *p->draw);
    if (!p->draw)
        return QUO_MACHINE;
    for (size_t d = 0; d < (size_t)count; d++) {
        struct quo_peril_parameters *draw = &p->draw[d];
        draw->severity = p->point.severity;
        double *at[COLUMNS_MAX], *severity[COLUMNS_MAX];
        int n = FIXED;
        for (int i = 0; i < FIXED; i++)
            at[i] = column_at(draw, i);
        const int more = severity_numbers(&draw->severity, severity);
        for (int i = 0; i < more; i++)
            at[n++] = severity[i];
        for (int i = 0; i < n; i++) {
            text += strspn(text, " ");
            text = parse_real(text, at[i]);
            if (!text)
                return quo_setting_fault(group, "draws as `quorate fit` writes them", "draw %zu: number %d cannot be read", d + 1, i + 1);
        }
        if (*text != ';')
            return quo_setting_fault(group, "draws as `quorate fit` writes them", "draw %zu does not hold %d numbers", d + 1, n);
        text++;
        if (!parameters_hold(draw))
            return quo_setting_fault(group, "draws as `quorate fit` writes them", "draw %zu holds impossible parameters", d + 1);
    }
    text += strspn(text, " ");
    if (*text != '\0')
        return quo_setting_fault(group, "as many draws as `count` says", "more draws than %zu", (size_t)count);
    p->n_draws = (size_t)count;
    return QUO_OK;
}

static enum quo_status read_peril(const struct quo_setting *group, struct quo_model *model)
{
    int which;
    if (!quo_setting_word(group, "id", quo_peril_ids(), QUO_PERILS, true, &which))
        return QUO_REFUSED;
    if (which >= QUO_COVERED_PERILS)
        return quo_setting_fault(group, "a peril that can be covered", "%s is never covered", quo_peril_id((enum quo_peril)which));
    struct quo_peril_model *p = &model->peril[which];
    if (p->present)
        return quo_setting_fault(group, "each peril once", "%s stands twice", quo_peril_id(p->peril));
    p->present = true;
    p->size = INFINITY;
    p->cap_share = 1.0;
    int64_t n = 0;
    const char *money = quo_peril_in_hours(p->peril) ? "hours" : "USD";
    bool good = quo_setting_int(group, "incidents", 0, 1000000000, true, &n);
    p->n = (int)n;
    good &= quo_setting_number(group, "floor", 0.0, 1e15, money, true, &p->floor);
    quo_setting_number(group, "cap_share", 1e-6, 1.0, "", false, &p->cap_share);
    quo_setting_number(group, "size", 1e-6, 1e12, "", false, &p->size);
    good &= quo_setting_number(group, "pooled_weight", 0.0, 1.0, "", true, &p->pooled_weight);
    for (int i = 0; i < FIXED; i++)
        good &= quo_setting_number(group, column[i].name, column[i].low, column[i].high, column[i].unit, true,
                                   column_at(&p->point, i));
    if (good && !(p->point.rate > 0.0)) {
        quo_setting_fault(group, "more than 0: a peril that never happened has a rate too", "rate is 0");
        good = false;
    }
    good &= read_severity(quo_setting_group(group, "severity", true), &p->point.severity);
    const struct quo_setting *attribution = quo_setting_group(group, "attribution", true);
    if (attribution) {
        good &= quo_setting_number(attribution, "a", -1000.0, 1000.0, "", true, &p->attribution_a);
        good &= quo_setting_number(attribution, "b", -100.0, 100.0, "", true, &p->attribution_b);
    }
    const struct quo_setting *draws = quo_setting_group(group, "draws", false);
    if (!good || !attribution)
        return QUO_REFUSED;
    return draws ? read_draws(draws, p) : QUO_OK;
}

static enum quo_status read_assumption(const struct quo_setting *group, struct quo_model *model)
{
    const char *parameter, *origin, *source = "";
    double value = 0.0;
    bool good = quo_setting_text(group, "parameter", true, &parameter);
    good &= quo_setting_text(group, "origin", true, &origin);
    quo_setting_text(group, "source", false, &source);
    good &= quo_setting_number(group, "value", -1e300, 1e300, "", true, &value);
    return good ? quo_model_assume(model, parameter, value, origin, source) : QUO_REFUSED;
}

static bool read_head(const struct quo_setting *root, struct quo_model *model)
{
    const char *id = NULL, *sha256 = "";
    bool good = quo_setting_text(root, "id", true, &id);
    good &= quo_setting_number(root, "exposure_reference", 1.0, 1e15, "USD", true, &model->exposure_reference);
    good &= quo_setting_number(root, "index_error", 0.0, 10.0, "", true, &model->index_error);
    good &= quo_setting_date(root, "reference_date", true, &model->reference_day);
    good &= quo_setting_date(root, "trend_until", true, &model->trend_until_day);
    good &= quo_setting_date(root, "data_from", true, &model->data_from);
    good &= quo_setting_date(root, "data_to", true, &model->data_to);
    quo_setting_text(root, "data_sha256", false, &sha256);
    if (good && model->data_from > model->data_to) {
        quo_setting_fault(quo_setting_child(root, "data_from"), "the first day of data", "data_from is after data_to");
        good = false;
    }
    model->id = quo_text_copy(id);
    model->data_sha256 = quo_text_copy(sha256);
    return good;
}

enum quo_status quo_model_read(struct quo_config *config, struct quo_model **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t before = quo_faults_refusals(faults);
    struct quo_model *model = calloc(1, sizeof *model);
    if (!model)
        return QUO_MACHINE;
    for (int p = 0; p < QUO_PERILS; p++)
        model->peril[p].peril = (enum quo_peril)p;
    const struct quo_setting *root = quo_config_root(config);
    enum quo_status status = read_head(root, model) ? QUO_OK : QUO_REFUSED;
    if (status == QUO_OK && (!model->id || !model->data_sha256))
        status = QUO_MACHINE;
    const struct quo_setting *perils = quo_setting_list(root, "perils", true);
    const struct quo_setting *assumptions = quo_setting_list(root, "assumptions", false);
    if (perils && quo_setting_length(perils) == 0)
        status = quo_setting_fault(perils, "at least one peril", "perils is empty");
    for (size_t i = 0; i < quo_setting_length(perils) && status != QUO_MACHINE; i++) {
        const enum quo_status one = read_peril(quo_setting_element(perils, i), model);
        status = one != QUO_OK ? one : status;
    }
    for (size_t i = 0; i < quo_setting_length(assumptions) && status != QUO_MACHINE; i++) {
        const enum quo_status one = read_assumption(quo_setting_element(assumptions, i), model);
        status = one != QUO_OK ? one : status;
    }
    if (status != QUO_MACHINE) {
        const enum quo_status unknown = quo_config_finish(config);
        status = unknown != QUO_OK ? unknown : status;
    }
    if (status == QUO_OK && (!perils || quo_faults_refusals(faults) > before))
        status = QUO_REFUSED;
    if (status != QUO_OK) {
        quo_model_free(model);
        return status;
    }
    *out = model;
    return QUO_OK;
}

enum quo_status quo_model_load(const char *path, struct quo_model **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_config *config;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status != QUO_OK)
        return status;
    status = quo_model_read(config, out, faults);
    quo_config_close(config);
    return status;
}
