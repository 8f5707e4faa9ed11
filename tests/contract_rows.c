#include "contract_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Splits "a=1;b=2" into copies of its parts. */
static size_t split(const char *list, char part[][160], size_t room)
{
    size_t n = 0;
    for (const char *at = list; *at && n < room; n++) {
        const size_t length = strcspn(at, ";");
        snprintf(part[n], sizeof part[n], "%.*s", (int)length, at);
        at += length + (at[length] == ';');
    }
    return n;
}

static bool one_of(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(words[i]);
        if (strncmp(text, words[i], length) == 0 && text[length] == '=')
            return true;
    }
    return false;
}

struct quo_severity row_severity(const char *params, const char *family, const char *prefix)
{
    static const char *const keys[] = {"scale", "shape", "shape1", "shape2", "shape3", "meanlog",
                                       "sdlog", "mean",  "xi",     "beta",   "mu"};
    char part[24][160];
    const char *chosen[24];
    const size_t n = split(params, part, 24);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = part[i] + strlen(prefix);
        if (strncmp(part[i], prefix, strlen(prefix)) == 0 && one_of(name, keys, sizeof keys / sizeof *keys))
            chosen[used++] = name;
    }
    struct quo_severity s;
    if (quo_severity_parse(family, chosen, used, &s, NULL) != QUO_OK)
        fail_msg("severity %s of '%s' cannot be read", family, params);
    return s;
}

struct quo_frequency row_frequency(const char *params, const char *family)
{
    static const char *const keys[] = {"lambda", "size", "prob", "p0", "pi"};
    char part[24][160];
    const char *chosen[24];
    const size_t n = split(params, part, 24);
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (one_of(part[i], keys, sizeof keys / sizeof *keys))
            chosen[used++] = part[i];
    struct quo_frequency f;
    if (quo_frequency_parse(family, chosen, used, &f, NULL) != QUO_OK)
        fail_msg("frequency %s of '%s' cannot be read", family, params);
    return f;
}

size_t row_values(const char *params, const char *key, double *out, size_t room)
{
    const char *at = params;
    while (at && strncmp(at, key, strlen(key)) != 0)
        at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL;
    if (!at)
        return 0;
    size_t n = 0;
    for (at = strchr(at, '=') + 1; n < room; n++) {
        char *end;
        out[n] = strtod(at, &end);
        if (*end != '/')
            return n + 1;
        at = end + 1;
    }
    return n;
}

static void lattice_of(double step, size_t first, const double *mass, size_t n, struct quo_lattice *out)
{
    assert_int_equal(quo_lattice_new(step, first + n, out), QUO_OK);
    for (size_t k = 0; k < n; k++)
        out->mass[first + k] = mass[k];
}

/* "layer_loss=discrete;p(1)=0.5;p(2)=0.3" on step 1. */
static void lattice_of_atoms(const char *params, struct quo_lattice *out)
{
    assert_int_equal(quo_lattice_new(1.0, 64, out), QUO_OK);
    size_t n = 1;
    for (const char *at = params; (at = strstr(at, "p(")); at += 2) {
        const size_t k = (size_t)lround(strtod(at + 2, NULL));
        out->mass[k] = strtod(strchr(at, '=') + 1, NULL);
        n = k + 1 > n ? k + 1 : n;
    }
    out->n = n;
}

static void by_rule(const char *params, const char *method, struct row_contract *out)
{
    const double step = ref_number(params, "step"), top = ref_number(params, "top");
    static const struct {
        const char *name;
        enum quo_layer_rule rule;
    } rules[] = {{"upper", QUO_RULE_UPPER},
                 {"lower", QUO_RULE_LOWER},
                 {"rounding", QUO_RULE_ROUNDING},
                 {"unbiased", QUO_RULE_UNBIASED},
                 {"unbiased-capped", QUO_RULE_CAPPED}};
    struct quo_layer *event = &out->contract.event;
    size_t i = 0;
    while (i < 5 && strcmp(rules[i].name, method) != 0)
        i++;
    assert_true(i < 5);
    assert_int_equal(quo_layer_discretise_rule(event, step, top, rules[i].rule, &out->points), QUO_OK);
    out->contract.points = &out->points;
}

void row_contract_read(const char *params, struct row_contract *out)
{
    memset(out, 0, sizeof *out);
    quo_contract_init(&out->contract);
    struct quo_contract *c = &out->contract;
    char family[32], severity[32] = "", method[32];
    double mass[ROWS_COUNTS];
    if (!ref_text(params, "frequency", family, sizeof family))
        fail_msg("no frequency in '%s'", params);
    if (strcmp(family, "empirical") == 0) {
        c->n_count = row_values(params, "p0..", out->count, ROWS_COUNTS);
        c->count = out->count;
    } else {
        c->frequency = row_frequency(params, family);
    }
    if (ref_text(params, "layer_loss", severity, sizeof severity)) {
        lattice_of_atoms(params, &out->points);
        c->points = &out->points;
    } else if (ref_text(params, "severity", severity, sizeof severity) && strcmp(severity, "empirical") == 0) {
        const bool from_zero = strstr(params, "f0..") != NULL;
        const size_t n = row_values(params, from_zero ? "f0.." : "f1..", mass, ROWS_COUNTS);
        const double unit = ref_number(params, "unit");
        lattice_of(isnan(unit) ? 1.0 : unit, from_zero ? 0 : 1, mass, n, &out->points);
        c->points = &out->points;
    } else {
        c->event.severity = row_severity(params, severity, "sev.");
        if (ref_text(params, "method", method, sizeof method))
            by_rule(params, method, out);
    }
    if (!isnan(ref_number(params, "attachment"))) {
        c->event.attach = ref_number(params, "attachment");
        c->event.limit = ref_number(params, "limit");
    }
    if (!isnan(ref_number(params, "aggregate_deductible")))
        c->annual_deductible = ref_number(params, "aggregate_deductible");
}

void row_contract_free(struct row_contract *row) { quo_lattice_free(&row->points); }
