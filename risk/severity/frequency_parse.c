/* The words of the count laws: parse and format of frequency.h. */
#include "risk/severity/frequency.h"

#include <stdio.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/severity/pairs.h"
#include "risk/severity/support.h"

static const struct {
    const char *name;
    enum quo_count_family family;
    char form; /* 'm' zero-modified, 't' zero-truncated, 'i' share of extra zeros, 0 none */
} forms[] = {
    {"poisson", QUO_POISSON, 0},     {"negbin", QUO_NEGBIN, 0},     {"binomial", QUO_BINOMIAL, 0},
    {"zmpoisson", QUO_POISSON, 'm'}, {"zmnegbin", QUO_NEGBIN, 'm'}, {"zmbinomial", QUO_BINOMIAL, 'm'},
    {"ztpoisson", QUO_POISSON, 't'}, {"ztnegbin", QUO_NEGBIN, 't'}, {"ztbinomial", QUO_BINOMIAL, 't'},
    {"zip", QUO_POISSON, 'i'},       {"zinb", QUO_NEGBIN, 'i'},
};
#define N_FORMS (sizeof forms / sizeof *forms)

static const char *const parameter_names[QUO_COUNT_FAMILIES][2] = {
    {"lambda", NULL}, {"size", "prob"}, {"size", "prob"}};

const char *quo_frequency_name(size_t i) { return i < N_FORMS ? forms[i].name : NULL; }

static enum quo_status unknown_family(const char *family, struct quo_faults *faults)
{
    const char *known[N_FORMS];
    for (size_t i = 0; i < N_FORMS; i++)
        known[i] = forms[i].name;
    const int near = quo_text_nearest(family, known, N_FORMS);
    char hint[128] = "poisson, negbin, binomial; zm.. and zt.. of each; zip, zinb";
    if (near >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", known[near]);
    return quo_faults_add(faults, QUO_USAGE, "", 0, hint, "unknown frequency family '%s'", family);
}

enum quo_status quo_frequency_parse(const char *family, const char *const *key_value, size_t n,
                                    struct quo_frequency *out, struct quo_faults *faults)
{
    size_t which = 0;
    while (which < N_FORMS && strcmp(forms[which].name, family) != 0)
        which++;
    if (which == N_FORMS)
        return unknown_family(family, faults);
    struct quo_frequency f = {.family = forms[which].family};
    const char form = forms[which].form;
    const char *names[3];
    size_t n_names = 0;
    for (int i = 0; i < 2 && parameter_names[f.family][i]; i++)
        names[n_names++] = parameter_names[f.family][i];
    const size_t n_base = n_names;
    if (form == 'm' || form == 'i')
        names[n_names++] = form == 'm' ? "p0" : "pi";
    double value[3] = {0.0, 0.0, 0.0};
    if (quo_pairs_numbers(family, key_value, n, names, n_names, NULL, 0, value, faults) != QUO_OK)
        return QUO_USAGE;
    for (size_t i = 0; i < n_base; i++)
        f.par[i] = value[i];
    const double extra = value[n_base];
    const char *wrong = quo_frequency_invalid(&f);
    if (!wrong && form == 'i' && !quo_support_share(extra))
        wrong = "pi must be a share between 0 and 1";
    if (!wrong && form != 0) {
        f.p0 = form == 'm' ? extra : form == 'i' ? extra + (1.0 - extra) * quo_frequency_pmf(0, &f) : 0.0;
        f.modified = true;
        wrong = quo_frequency_invalid(&f);
    }
    if (wrong)
        return quo_faults_add(faults, QUO_USAGE, "", 0, NULL, "%s: %s", family, wrong);
    *out = f;
    return QUO_OK;
}

size_t quo_frequency_format(const struct quo_frequency *f, char *buffer, size_t size)
{
    const char form = !f->modified ? 0 : f->p0 == 0.0 ? 't' : 'm';
    const char *name = "?";
    for (size_t i = 0; i < N_FORMS; i++)
        if (forms[i].family == f->family && forms[i].form == form)
            name = forms[i].name;
    size_t length = quo_pairs_append(buffer, size, 0, name);
    for (int i = 0; i < 2 && (unsigned)f->family < QUO_COUNT_FAMILIES && parameter_names[f->family][i]; i++)
        length = quo_pairs_append_number(buffer, size, length, parameter_names[f->family][i], f->par[i]);
    return form == 'm' ? quo_pairs_append_number(buffer, size, length, "p0", f->p0) : length;
}
