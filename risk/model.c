#include "risk/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"
#include "risk/modeldraws.h"

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
    } else if (s->family == QUO_AVERAGE) {
        fputs("family = \"average\"; parts = (", to);
        for (int i = 0; i < s->parts; i++) {
            fputs(i ? "},\n      { " : "\n      { ", to);
            put_real(to, "weight", s->share[i]);
            put_law(to, &s->law[i]);
        }
        fputs("} ); ", to);
    } else {
        put_law(to, &s->law[0]);
    }
    fputs("};\n", to);
}

static void put_peril(FILE *to, FILE *numbers, const struct quo_peril_model *p)
{
    fprintf(to, "  { id = \"%s\"; incidents = %d; ", quo_peril_id(p->peril), p->n);
    put_real(to, "floor", p->floor);
    put_real(to, "cap_share", p->cap_share);
    if (isfinite(p->size))
        put_real(to, "size", p->size);
    put_real(to, "pooled_weight", p->pooled_weight);
    fputs("\n    ", to);
    struct quo_peril_parameters point = p->point;
    double *at[QUO_MODELDRAWS_NUMBERS_MAX];
    quo_modeldraws_numbers(&point, at);
    for (int i = 0; i < QUO_MODELDRAWS_FIXED; i++)
        put_real(to, quo_modeldraws_column[i].name, *at[i]);
    fputs("\n    ", to);
    put_severity(to, &p->point.severity);
    fputs("    attribution = { ", to);
    put_real(to, "a", p->attribution_a);
    put_real(to, "b", p->attribution_b);
    fputs("};\n", to);
    if (p->n_draws > 0 && numbers)
        quo_modeldraws_pack(to, numbers, p);
    else if (p->n_draws > 0)
        quo_modeldraws_write(to, p);
    fputs("  }", to);
}

static void put_date(FILE *to, const char *name, int day)
{
    char text[11];
    quo_date_format(day, text);
    fprintf(to, "%s = \"%s\";\n", name, text);
}

static void put_model(FILE *to, FILE *numbers, const struct quo_model *model)
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
            put_peril(to, numbers, &model->peril[p]);
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

enum quo_status quo_model_save(const struct quo_model *model, const char *path, struct quo_faults *faults)
{
    /* What could not be read back is not written. */
    for (int p = 0; p < QUO_PERILS; p++) {
        const struct quo_peril_model *m = &model->peril[p];
        if (!m->present)
            continue;
        bool good = quo_modeldraws_hold(&m->point) && isfinite(m->attribution_a) && isfinite(m->attribution_b);
        for (size_t d = 0; d < m->n_draws && good; d++)
            good = quo_modeldraws_hold(&m->draw[d]) && m->draw[d].severity.family == m->point.severity.family;
        if (!good)
            return quo_faults_add(faults, QUO_DOMAIN, path, 0, NULL,
                                  "the model of %s holds impossible parameters; not written", quo_peril_id(m->peril));
    }
    struct quo_outfile *file;
    enum quo_status status = quo_outfile_open(path, &file, faults);
    if (status != QUO_OK)
        return status;
    put_model(quo_outfile_stream(file), NULL, model);
    return quo_outfile_commit(file, faults);
}

void quo_model_pack(const struct quo_model *model, FILE *text, FILE *numbers) { put_model(text, numbers, model); }

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
        good &=
            quo_setting_number(group, quo_family_parameter_name(law->family, i), -1e300, 1e300, "", true, &law->par[i]);
    return good;
}

static bool read_parts(const struct quo_setting *group, struct quo_severity *s)
{
    const struct quo_setting *parts = quo_setting_list(group, "parts", true);
    const size_t n = quo_setting_length(parts);
    if (!parts || n < 1 || n > QUO_PARTS_MAX) {
        if (parts)
            quo_setting_fault(parts, "1 to 10 laws with their weights", "%zu parts", n);
        return false;
    }
    bool good = true;
    s->family = QUO_AVERAGE;
    s->parts = (int)n;
    for (size_t i = 0; i < n; i++) {
        const struct quo_setting *part = quo_setting_element(parts, i);
        good &= quo_setting_number(part, "weight", 0.0, 1e300, "", true, &s->share[i]);
        good &= read_law(part, &s->law[i]);
    }
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
    } else if (strcmp(family, "average") == 0) {
        good = read_parts(group, s);
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

static enum quo_status read_peril(const struct quo_setting *group, struct quo_model *model)
{
    int which;
    if (!quo_setting_word(group, "id", quo_peril_ids(), QUO_PERILS, true, &which))
        return QUO_REFUSED;
    if (which >= QUO_COVERED_PERILS)
        return quo_setting_fault(group, "a peril that can be covered", "%s is never covered",
                                 quo_peril_id((enum quo_peril)which));
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
    double *at[QUO_MODELDRAWS_NUMBERS_MAX];
    quo_modeldraws_numbers(&p->point, at);
    for (int i = 0; i < QUO_MODELDRAWS_FIXED; i++) {
        const struct quo_modeldraws_column *column = &quo_modeldraws_column[i];
        good &= quo_setting_number(group, column->name, column->low, column->high, column->unit, true, at[i]);
    }
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
    return draws ? quo_modeldraws_read(draws, p) : QUO_OK;
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
