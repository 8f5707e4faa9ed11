/* Severity laws against the reference tables, against identities at random parameters, and against their own samples. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/stream.h"
#include "risk/severity/law.h"
#include "risk/severity/severity.h"

#define MOST_PAIRS 16

/* "family=gamma;shape=2;scale=500" as a law; the table's names go through the reader of the command line. */
static bool law_of(const char *params, struct quo_severity *out)
{
    char copy[512], *at = copy, *one, *pair[MOST_PAIRS], *family = NULL;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", params);
    while ((one = strsep(&at, ";")) && n < MOST_PAIRS) {
        if (strncmp(one, "family=", 7) == 0)
            family = one + 7;
        else
            pair[n++] = one;
    }
    return family && quo_severity_parse(family, (const char *const *)pair, n, out, NULL) == QUO_OK;
}

static double variance(const struct quo_severity *s)
{
    const double mean = quo_severity_moment(1.0, s), second = quo_severity_moment(2.0, s);
    return isinf(second) ? INFINITY : second - mean * mean;
}

static double quantity(const char *name, const char *args, const struct quo_severity *s)
{
    const double x = ref_number(args, "x"), d = ref_number(args, "d");
    const double p = ref_number(args, "p"), q = ref_number(args, "q");
    const struct {
        const char *name;
        double value;
    } all[] = {
        {"pdf", quo_severity_pdf(x, s)},
        {"logpdf", quo_severity_logpdf(x, s)},
        {"cdf", quo_severity_P(x, s)},
        {"sf", quo_severity_Q(x, s)},
        {"logsf", quo_severity_logQ(x, s)},
        {"quantile", quo_severity_Pinv(p, s)},
        {"quantile_upper", quo_severity_Qinv(q, s)},
        {"moment", quo_severity_moment(ref_number(args, "k"), s)},
        {"variance", variance(s)},
        {"lev", quo_severity_lev(d, 1.0, s)},
        {"lev2", quo_severity_lev(d, 2.0, s)},
        {"stoploss", quo_severity_stoploss(d, s)},
        {"mean_excess", quo_severity_stoploss(d, s) / quo_severity_Q(d, s)},
        {"tvar", quo_severity_tvar(p, s)},
        {"tvar_upper", quo_severity_tvar_upper(q, s)},
        {"tail_weight", s->weight},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].value;
    fail_msg("unknown quantity %s", name);
    return NAN;
}

static void every_row(const char *table, size_t rows)
{
    size_t n;
    struct ref_row *row = ref_read(table, &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        struct quo_severity s;
        if (!law_of(row[i].params, &s))
            fail_msg("line %d: %s is refused", row[i].line, row[i].params);
        ref_check(&tally, &row[i], quantity(row[i].quantity, row[i].args, &s));
    }
    ref_free(row, n);
    assert_int_equal(n, rows);
    ref_done(&tally, rows);
}

static void simple_laws_match_the_reference_table(void **state)
{
    (void)state;
    every_row("severity_functions.csv", 2723);
}

static void composite_laws_match_the_reference_table(void **state)
{
    (void)state;
    every_row("severity_composite.csv", 428);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_laws_match_the_reference_table),
        cmocka_unit_test(composite_laws_match_the_reference_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
