#include "fitting_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

static bool read_grouped(const char *path, struct test_sample *out)
{
    size_t n, records = 0;
    double *lower = column_read(path, "lower", &n), *upper = column_read(path, "upper", &n),
           *count = column_read(path, "count", &n);
    if (!lower || !upper || !count)
        return false;
    for (size_t i = 0; i < n; i++)
        records += (size_t)count[i];
    double *low = out->memory[0] = malloc(records * sizeof *low),
           *high = out->memory[1] = malloc(records * sizeof *high);
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < (size_t)count[i]; j++, at++) {
            low[at] = lower[i];
            high[at] = upper[i];
        }
    out->sample = (struct quo_sample){.n = records, .value = high, .low = low, .high = high};
    free(lower);
    free(upper);
    free(count);
    return true;
}

/* Years of a column of ISO dates. */
static double *years(const char *path, size_t *n)
{
    return column_read(path, "date", n); /* strtod stops at the first '-' */
}

bool test_sample_read(const char *params, const char *args, struct test_sample *out)
{
    char file[128], column[64], filter[64] = "", text[64], path[512];
    memset(out, 0, sizeof *out);
    if (!ref_text(params, "data", file, sizeof file) || !shared_data(file))
        return false;
    snprintf(path, sizeof path, "%s", shared_data(file));
    if (ref_text(args, "censoring", text, sizeof text))
        return read_grouped(path, out);
    size_t n, m;
    if (!ref_text(params, "column", column, sizeof column))
        return false;
    double *value = out->memory[0] = column_read(path, column, &n);
    double *keep = NULL, *flag = NULL, *year = NULL, limit = 0.0;
    char *how = NULL;
    if (!value)
        return false;
    if (ref_text(params, "filter", filter, sizeof filter)) {
        how = strchr(filter, ':');
        *how++ = '\0';
        limit = strtod(strchr(how, ':') + 1, NULL);
        keep = column_read(path, filter, &m);
    }
    if (ref_text(args, "right_censored_where", text, sizeof text))
        flag = column_read(path, text, &m);
    if (ref_text(args, "weight", text, sizeof text))
        year = years(path, &m);
    bool *censored = malloc(n * sizeof *censored);
    double *weight = malloc(n * sizeof *weight);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(value[i]) || (keep && !(how[0] == 'e' ? keep[i] == limit : keep[i] > limit)))
            continue;
        censored[count] = flag && flag[i] == 1.0;
        weight[count] = year ? pow(0.8, 1990.0 - year[i]) : 1.0;
        value[count++] = value[i];
    }
    out->memory[1] = (double *)(void *)censored;
    out->memory[2] = weight;
    out->sample = (struct quo_sample){.n = count, .value = value};
    if (flag)
        out->sample.censored = censored;
    if (year)
        out->sample.weight = weight;
    const double floor = ref_number(args, "left_truncation");
    if (!isnan(floor))
        out->sample.floor = floor;
    free(keep);
    free(flag);
    free(year);
    return true;
}

void test_sample_free(struct test_sample *sample)
{
    for (int i = 0; i < 6; i++)
        free(sample->memory[i]);
    memset(sample, 0, sizeof *sample);
}
