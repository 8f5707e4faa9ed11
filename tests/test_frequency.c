/* Count laws against the reference table, against identities, and against their own samples. */
#include "check.h"

#include <complex.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/base/stream.h"
#include "risk/severity/frequency.h"

static bool law_of(const char *params, struct quo_frequency *out)
{
    char copy[256], *at = copy, *one, *pair[8], *family = NULL;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", params);
    while ((one = strsep(&at, ";")) && n < 8) {
        if (strncmp(one, "family=", 7) == 0)
            family = one + 7;
        else
            pair[n++] = one;
    }
    return family && quo_frequency_parse(family, (const char *const *)pair, n, out, NULL) == QUO_OK;
}

static double quantity(const char *name, const char *args, const struct quo_frequency *f)
{
    const double k = ref_number(args, "k");
    const int64_t count = isnan(k) ? 0 : (int64_t)k;
    if (strcmp(name, "quantile") == 0)
        return (double)quo_frequency_Pinv(ref_number(args, "p"), f);
    if (strcmp(name, "pgf") == 0)
        return quo_frequency_pgf(ref_number(args, "z"), f);
    return strcmp(name, "pmf") == 0        ? quo_frequency_pmf(count, f)
           : strcmp(name, "cdf") == 0      ? quo_frequency_P(count, f)
           : strcmp(name, "sf") == 0       ? quo_frequency_Q(count, f)
           : strcmp(name, "mean") == 0     ? quo_frequency_mean(f)
           : strcmp(name, "variance") == 0 ? quo_frequency_variance(f)
           : strcmp(name, "skewness") == 0 ? quo_frequency_skewness(f)
                                           : NAN;
}

static void laws_match_the_reference_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("frequency.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].params, "family=", 7) != 0) /* the rest of the table are fits and regressions */
            continue;
        struct quo_frequency f;
        if (!law_of(row[i].params, &f))
            fail_msg("line %d: %s is refused", row[i].line, row[i].params);
        ref_check(&tally, &row[i], quantity(row[i].quantity, row[i].args, &f));
    }
    ref_free(row, n);
    assert_int_equal(tally.rows, 333);
    ref_done(&tally, 333);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_match_the_reference_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
