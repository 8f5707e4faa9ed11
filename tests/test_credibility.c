#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/fitting/credibility.h"

enum { UNITS = 20, PERIODS = 12 };

struct panel {
    size_t units, periods;
    double value[UNITS * PERIODS], weight[UNITS * PERIODS];
};

static void read_panel(const char *file, const char *unit, const char *period, const char *value, const char *weight,
                       double first, struct panel *out)
{
    size_t n;
    char path[256];
    strcpy(path, shared_data(file));
    double *u = column_read(path, unit, &n), *t = column_read(path, period, &n), *v = column_read(path, value, &n);
    double *w = weight ? column_read(path, weight, &n) : NULL;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out->units = u[i] > (double)out->units ? (size_t)u[i] : out->units;
        out->periods = t[i] - first + 1.0 > (double)out->periods ? (size_t)(t[i] - first + 1.0) : out->periods;
    }
    assert_true(out->units <= UNITS && out->periods <= PERIODS);
    for (size_t i = 0; i < n; i++) {
        const size_t at = ((size_t)u[i] - 1) * out->periods + (size_t)(t[i] - first);
        out->value[at] = v[i];
        out->weight[at] = w ? w[i] : 1.0;
    }
    free(u);
    free(t);
    free(v);
    free(w);
}

static void reference_premiums(void **state)
{
    (void)state;
    if (!shared_data("hachemeister.csv"))
        skip();
    size_t n;
    struct ref_row *row = ref_read("credibility.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        struct panel panel;
        struct quo_credibility c;
        double mean[UNITS], factor[UNITS], premium[UNITS];
        if (strstr(row[i].case_id, "norberg"))
            read_panel("norberg_counts.csv", "risk", "year", "claims", NULL, 1.0, &panel);
        else
            read_panel("hachemeister.csv", "state", "quarter", "ratio", "weight", 1.0, &panel);
        const bool iterative = strstr(row[i].params, "iterative");
        assert_int_equal(quo_credibility_fit(panel.value, panel.weight, panel.units, panel.periods,
                                             iterative ? QUO_CREDIBILITY_ITERATIVE : QUO_CREDIBILITY_UNBIASED, &c, mean,
                                             factor, premium),
                         QUO_OK);
        const char *q = row[i].quantity;
        const size_t unit = strncmp(row[i].args, "unit=", 5) == 0 ? (size_t)atoi(row[i].args + 5) - 1 : 0;
        ref_check(&tally, &row[i],
                  strcmp(q, "collective_premium") == 0   ? c.collective
                  : strcmp(q, "between_variance") == 0   ? c.between
                  : strcmp(q, "within_variance") == 0    ? c.within
                  : strcmp(q, "individual_mean") == 0    ? mean[unit]
                  : strcmp(q, "credibility_factor") == 0 ? factor[unit]
                                                         : premium[unit]);
    }
    ref_free(row, n);
    ref_done(&tally, 94);
}

static void units_that_do_not_differ_have_no_credibility(void **state)
{
    (void)state;
    const double value[] = {1, 3, 2, 2, 3, 1, 1, 3};
    struct quo_credibility c;
    double factor[4], premium[4];
    for (int estimator = 0; estimator < 2; estimator++) {
        assert_int_equal(quo_credibility_fit(value, NULL, 4, 2, (enum quo_credibility_estimator)estimator, &c, NULL,
                                             factor, premium),
                         QUO_OK);
        assert_true(c.between == 0.0 && factor[0] == 0.0 && premium[0] == 2.0 && c.collective == 2.0);
    }
}

static void too_little_or_impossible_data_is_refused(void **state)
{
    (void)state;
    const double value[] = {1, 3, 2, NAN}, once[] = {1, 0, 1, 0}, negative[] = {1, 1, -1, 1};
    struct quo_credibility c;
    assert_int_equal(quo_credibility_fit(value, NULL, 0, 2, QUO_CREDIBILITY_UNBIASED, &c, NULL, NULL, NULL),
                     QUO_REFUSED);
    assert_int_equal(quo_credibility_fit(value, NULL, 1, 2, QUO_CREDIBILITY_UNBIASED, &c, NULL, NULL, NULL),
                     QUO_REFUSED);
    assert_int_equal(quo_credibility_fit(value, NULL, 2, 2, QUO_CREDIBILITY_UNBIASED, &c, NULL, NULL, NULL),
                     QUO_REFUSED);
    assert_int_equal(quo_credibility_fit(value, once, 2, 2, QUO_CREDIBILITY_UNBIASED, &c, NULL, NULL, NULL),
                     QUO_REFUSED);
    assert_int_equal(quo_credibility_fit(value, negative, 2, 2, QUO_CREDIBILITY_UNBIASED, &c, NULL, NULL, NULL),
                     QUO_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_premiums),
        cmocka_unit_test(units_that_do_not_differ_have_no_credibility),
        cmocka_unit_test(too_little_or_impossible_data_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
