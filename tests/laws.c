#include "tests/laws.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/severity/law.h"
#include "tests/check.h"

bool laws_from_table(const char *params, struct quo_severity *out)
{
    char copy[512], *at = copy, *one, *pair[LAWS_PAIRS], *family = NULL;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", params);
    while ((one = strsep(&at, ";")) && n < LAWS_PAIRS) {
        if (strncmp(one, "family=", 7) == 0)
            family = one + 7;
        else
            pair[n++] = one;
    }
    return family && quo_severity_parse(family, (const char *const *)pair, n, out, NULL) == QUO_OK;
}

double laws_uniform(struct quo_stream *stream, double low, double high)
{
    return low + (high - low) * quo_stream_uniform(stream);
}
double laws_log_uniform(struct quo_stream *stream, double low, double high)
{
    return exp(laws_uniform(stream, log(low), log(high)));
}

static struct quo_law random_law(struct quo_stream *stream, enum quo_family family)
{
    struct quo_law law = {.family = family};
    for (int i = 0; i < quo_family_parameters(family); i++) {
        const char *name = quo_family_parameter_name(family, i);
        law.par[i] = strcmp(name, "meanlog") == 0      ? laws_uniform(stream, -3.0, 16.0)
                     : strcmp(name, "sdlog") == 0      ? laws_log_uniform(stream, 0.05, 6.0)
                     : strcmp(name, "xi") == 0         ? laws_uniform(stream, -0.6, 2.0)
                     : strcmp(name, "mu") == 0         ? fmax(0.0, laws_uniform(stream, -10.0, 10.0))
                     : strstr("scale beta mean", name) ? laws_log_uniform(stream, 0.01, 1e9)
                     : family == QUO_INVGAUSS          ? law.par[0] * laws_log_uniform(stream, 0.02, 200.0)
                                                       : laws_log_uniform(stream, 0.3, 12.0);
    }
    if (family == QUO_GPD && law.par[2] > 0.0)
        law.par[2] *= law.par[1];
    return law;
}

struct quo_severity laws_random(struct quo_stream *stream, enum quo_family family)
{
    const enum quo_family first = quo_stream_below(stream, QUO_GPD), second = quo_stream_below(stream, QUO_GPD);
    if (family == QUO_SPLICED) {
        const struct quo_law body = random_law(stream, first);
        const double threshold = quo_law_Pinv(laws_uniform(stream, 0.3, 0.999), &body);
        return quo_severity_spliced(body, threshold, laws_uniform(stream, 0.01, 0.6), laws_uniform(stream, -0.3, 1.5),
                                    threshold * laws_log_uniform(stream, 0.1, 5.0));
    }
    if (family == QUO_MIXTURE)
        return quo_severity_mixture(quo_stream_uniform(stream), random_law(stream, first), random_law(stream, second));
    if (family == QUO_AVERAGE) {
        struct quo_law law[QUO_PARTS_MAX];
        double share[QUO_PARTS_MAX];
        const int parts = 1 + (int)quo_stream_below(stream, QUO_PARTS_MAX);
        for (int i = 0; i < parts; i++) {
            law[i] = random_law(stream, quo_stream_below(stream, QUO_GPD));
            share[i] = laws_uniform(stream, 0.0, 3.0);
        }
        return quo_severity_average(share, law, parts);
    }
    const struct quo_law law = random_law(stream, family);
    return quo_severity_simple(family, law.par);
}

#define LAWS 60 /* of each family */

void laws_every(void (*check)(struct quo_stream *stream, const struct quo_severity *s, const char *law))
{
    for (unsigned family = 0; family < QUO_FAMILIES; family++)
        for (unsigned i = 0; i < LAWS; i++) {
            struct quo_stream stream = quo_stream_at(2026, i, family, LAWS_PURPOSE);
            const struct quo_severity s = laws_random(&stream, (enum quo_family)family);
            char text[QUO_SEVERITY_TEXT];
            quo_severity_format(&s, text, sizeof text);
            assert_null(quo_severity_invalid(&s));
            check(&stream, &s, text);
        }
}
