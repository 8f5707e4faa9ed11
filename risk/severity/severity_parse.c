/* The words of the severity laws: parse and format of severity.h. */
#include "risk/severity/severity.h"

#include <stdio.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/severity/pairs.h"
#include "risk/severity/spliced.h"

#define MOST_PARAMETERS (QUO_PARTS_MAX * (QUO_LAW_MAX + 1))
#define NAME_SIZE 32

/* The names a law's parameters have on the command line: "body.shape" for prefix "body.". */
struct names {
    char text[MOST_PARAMETERS][NAME_SIZE];
    const char *at[MOST_PARAMETERS];
    size_t n;
};

static void add_name(struct names *names, const char *prefix, const char *name)
{
    if (names->n == MOST_PARAMETERS)
        return;
    snprintf(names->text[names->n], NAME_SIZE, "%s%s", prefix, name);
    names->at[names->n] = names->text[names->n];
    names->n++;
}

static void add_law(struct names *names, const char *prefix, enum quo_family family)
{
    for (int i = 0; i < quo_family_parameters(family); i++)
        add_name(names, prefix, quo_family_parameter_name(family, i));
}

static enum quo_status unknown_family(const char *what, const char *name, enum quo_family n_known,
                                      struct quo_faults *faults)
{
    const char *known[QUO_FAMILIES];
    for (int i = 0; i < (int)n_known; i++)
        known[i] = quo_family_name((enum quo_family)i);
    const int near = quo_text_nearest(name, known, n_known);
    char hint[64] = "see quorate help dist for the families";
    if (near >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", known[near]);
    return quo_faults_add(faults, QUO_USAGE, "", 0, hint, "unknown %s '%s'", what, name);
}

/* The family of a part, from "body=gamma" or "body.family=gamma". */
static enum quo_status part_family(const char *whole, const char *key, const char *key_long,
                                   const char *const *key_value, size_t n, enum quo_family *out,
                                   struct quo_faults *faults)
{
    const char *name = quo_pairs_text(key_value, n, key);
    if (!name)
        name = quo_pairs_text(key_value, n, key_long);
    if (!name)
        return quo_faults_add(faults, QUO_USAGE, "", 0, "give it the name of a simple family", "%s: '%s=' is missing",
                              whole, key);
    if (!quo_family_by_name(name, out) || *out >= QUO_SIMPLE_FAMILIES)
        return unknown_family("simple severity family", name, QUO_SIMPLE_FAMILIES, faults);
    return QUO_OK;
}

static enum quo_status parse_spliced(const char *const *key_value, size_t n, struct quo_severity *out,
                                     struct quo_faults *faults)
{
    enum quo_family family;
    const enum quo_status status = part_family("spliced", "body", "body.family", key_value, n, &family, faults);
    if (status != QUO_OK)
        return status;
    const char *weight_name = quo_pairs_text(key_value, n, "tail_weight") ? "tail_weight" : "weight";
    const char *weight_text = quo_pairs_text(key_value, n, weight_name);
    const int continuous = weight_text && strcmp(weight_text, "continuous") == 0;
    struct names names = {.n = 0};
    add_name(&names, "", "threshold");
    add_name(&names, "", "xi");
    add_name(&names, "", "beta");
    add_law(&names, "body.", family);
    if (!continuous)
        add_name(&names, "", weight_name);
    const char *words[] = {"body", "body.family", weight_name};
    double value[MOST_PARAMETERS];
    if (quo_pairs_numbers("spliced", key_value, n, names.at, names.n, words, continuous ? 3 : 2, value, faults) !=
        QUO_OK)
        return QUO_USAGE;
    struct quo_law body = {.family = family};
    memcpy(body.par, value + 3, (size_t)quo_family_parameters(family) * sizeof *value);
    const double weight = continuous ? quo_spliced_continuous(&body, value[0], value[2]) : value[names.n - 1];
    *out = quo_severity_spliced(body, value[0], weight, value[1], value[2]);
    return QUO_OK;
}

static enum quo_status parse_mixture(const char *const *key_value, size_t n, struct quo_severity *out,
                                     struct quo_faults *faults)
{
    enum quo_family family[2];
    const enum quo_status first = part_family("mixture", "c1", "c1.family", key_value, n, &family[0], faults);
    const enum quo_status second = part_family("mixture", "c2", "c2.family", key_value, n, &family[1], faults);
    if (first != QUO_OK || second != QUO_OK)
        return QUO_USAGE;
    struct names names = {.n = 0};
    add_name(&names, "", "weight1");
    add_law(&names, "c1.", family[0]);
    add_law(&names, "c2.", family[1]);
    static const char *const words[] = {"c1", "c2", "c1.family", "c2.family"};
    double value[MOST_PARAMETERS];
    if (quo_pairs_numbers("mixture", key_value, n, names.at, names.n, words, 4, value, faults) != QUO_OK)
        return QUO_USAGE;
    struct quo_law law[2] = {{.family = family[0]}, {.family = family[1]}};
    const size_t n_first = (size_t)quo_family_parameters(family[0]),
                 n_second = (size_t)quo_family_parameters(family[1]);
    memcpy(law[0].par, value + 1, n_first * sizeof *value);
    memcpy(law[1].par, value + 1 + n_first, n_second * sizeof *value);
    *out = quo_severity_mixture(value[0], law[0], law[1]);
    return QUO_OK;
}

/* Parts 1, 2, ... as long as there is one: weight1= c1= c1.KEY= weight2= c2= ... */
static enum quo_status parse_average(const char *const *key_value, size_t n, struct quo_severity *out,
                                     struct quo_faults *faults)
{
    enum quo_family family[QUO_PARTS_MAX];
    struct names names = {.n = 0};
    char key[QUO_PARTS_MAX][2][NAME_SIZE];
    const char *words[2 * QUO_PARTS_MAX];
    int parts = 0;
    for (; parts < QUO_PARTS_MAX; parts++) {
        char weight[NAME_SIZE], prefix[NAME_SIZE];
        snprintf(key[parts][0], NAME_SIZE, "c%d", parts + 1);
        snprintf(key[parts][1], NAME_SIZE, "c%d.family", parts + 1);
        if (parts > 0 && !quo_pairs_text(key_value, n, key[parts][0]) && !quo_pairs_text(key_value, n, key[parts][1]))
            break;
        if (part_family("average", key[parts][0], key[parts][1], key_value, n, &family[parts], faults) != QUO_OK)
            return QUO_USAGE;
        snprintf(weight, sizeof weight, "weight%d", parts + 1);
        snprintf(prefix, sizeof prefix, "c%d.", parts + 1);
        add_name(&names, "", weight);
        add_law(&names, prefix, family[parts]);
        words[2 * parts] = key[parts][0];
        words[2 * parts + 1] = key[parts][1];
    }
    double value[MOST_PARAMETERS], share[QUO_PARTS_MAX];
    struct quo_law law[QUO_PARTS_MAX];
    if (quo_pairs_numbers("average", key_value, n, names.at, names.n, words, 2 * (size_t)parts, value, faults) !=
        QUO_OK)
        return QUO_USAGE;
    const double *next = value;
    for (int i = 0; i < parts; i++) {
        const int k = quo_family_parameters(family[i]);
        share[i] = *next++;
        law[i] = (struct quo_law){.family = family[i]};
        memcpy(law[i].par, next, (size_t)k * sizeof *next);
        next += k;
    }
    *out = quo_severity_average(share, law, parts);
    return QUO_OK;
}

static enum quo_status parse_simple(enum quo_family family, const char *const *key_value, size_t n,
                                    struct quo_severity *out, struct quo_faults *faults)
{
    struct names names = {.n = 0};
    add_law(&names, "", family);
    double value[MOST_PARAMETERS];
    if (quo_pairs_numbers(quo_family_name(family), key_value, n, names.at, names.n, NULL, 0, value, faults) != QUO_OK)
        return QUO_USAGE;
    *out = quo_severity_simple(family, value);
    return QUO_OK;
}

enum quo_status quo_severity_parse(const char *family, const char *const *key_value, size_t n, struct quo_severity *out,
                                   struct quo_faults *faults)
{
    enum quo_family which;
    struct quo_severity s;
    enum quo_status status;
    if (strcmp(family, "splice") == 0)
        which = QUO_SPLICED;
    else if (!quo_family_by_name(family, &which))
        return unknown_family("severity family", family, QUO_FAMILIES, faults);
    if (which == QUO_SPLICED)
        status = parse_spliced(key_value, n, &s, faults);
    else if (which == QUO_MIXTURE)
        status = parse_mixture(key_value, n, &s, faults);
    else if (which == QUO_AVERAGE)
        status = parse_average(key_value, n, &s, faults);
    else
        status = parse_simple(which, key_value, n, &s, faults);
    if (status != QUO_OK)
        return status;
    const char *wrong = quo_severity_invalid(&s);
    if (wrong)
        return quo_faults_add(faults, QUO_USAGE, "", 0, NULL, "%s: %s", quo_family_name(which), wrong);
    *out = s;
    return QUO_OK;
}

static size_t append_law(char *buffer, size_t size, size_t length, const char *prefix, const struct quo_law *law)
{
    char name[NAME_SIZE];
    for (int i = 0; i < quo_family_parameters(law->family); i++) {
        snprintf(name, sizeof name, "%s%s", prefix, quo_family_parameter_name(law->family, i));
        length = quo_pairs_append_number(buffer, size, length, name, law->par[i]);
    }
    return length;
}

static size_t append_part(char *buffer, size_t size, size_t length, const char *key, const struct quo_law *law)
{
    char prefix[NAME_SIZE];
    const char *family = quo_family_name(law->family);
    snprintf(prefix, sizeof prefix, " %s=", key);
    length = quo_pairs_append(buffer, size, length, prefix);
    length = quo_pairs_append(buffer, size, length, family ? family : "?");
    snprintf(prefix, sizeof prefix, "%s.", key);
    return append_law(buffer, size, length, prefix, law);
}

size_t quo_severity_format(const struct quo_severity *s, char *buffer, size_t size)
{
    const char *family = quo_family_name(s->family);
    size_t length = quo_pairs_append(buffer, size, 0, family ? family : "?");
    if (s->family == QUO_SPLICED) {
        length = append_part(buffer, size, length, "body", &s->law[0]);
        length = quo_pairs_append_number(buffer, size, length, "threshold", s->threshold);
        length = quo_pairs_append_number(buffer, size, length, "weight", s->weight);
        length = quo_pairs_append_number(buffer, size, length, "xi", s->law[1].par[0]);
        return quo_pairs_append_number(buffer, size, length, "beta", s->law[1].par[1]);
    }
    if (s->family == QUO_MIXTURE) {
        length = quo_pairs_append_number(buffer, size, length, "weight1", s->weight);
        length = append_part(buffer, size, length, "c1", &s->law[0]);
        return append_part(buffer, size, length, "c2", &s->law[1]);
    }
    for (int i = 0; s->family == QUO_AVERAGE && i < s->parts; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "weight%d", i + 1);
        length = quo_pairs_append_number(buffer, size, length, name, s->share[i]);
        snprintf(name, sizeof name, "c%d", i + 1);
        length = append_part(buffer, size, length, name, &s->law[i]);
    }
    return s->family == QUO_AVERAGE ? length : append_law(buffer, size, length, "", &s->law[0]);
}
