/* Count laws against the reference table, against identities, and against their own samples. */
#include "check.h"

#include <complex.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/base/faults.h"
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

/* ---- random laws ---- */

enum { PURPOSE = 70 };

static double uniform(struct quo_stream *stream, double low, double high)
{
    return low + (high - low) * quo_stream_uniform(stream);
}

static struct quo_frequency random_law(struct quo_stream *stream)
{
    struct quo_frequency f = {.family = quo_stream_below(stream, QUO_COUNT_FAMILIES)};
    if (f.family == QUO_POISSON) {
        f.par[0] = exp(uniform(stream, -7.0, 7.0));
    } else {
        f.par[0] = f.family == QUO_NEGBIN ? exp(uniform(stream, -3.0, 4.0)) : 1.0 + quo_stream_below(stream, 200);
        f.par[1] = uniform(stream, 0.02, 0.98);
    }
    f.modified = quo_stream_below(stream, 2) == 1;
    f.p0 = f.modified && quo_stream_below(stream, 3) ? uniform(stream, 0.0, 1.0) : 0.0;
    return f;
}

static void for_random_laws(void (*check)(struct quo_stream *, const struct quo_frequency *, const char *))
{
    for (unsigned i = 0; i < 200; i++) {
        struct quo_stream stream = quo_stream_at(8, i, 0, PURPOSE);
        const struct quo_frequency f = random_law(&stream);
        char text[128];
        quo_frequency_format(&f, text, sizeof text);
        assert_null(quo_frequency_invalid(&f));
        check(&stream, &f, text);
    }
}

/* Sums over the probabilities themselves. */
static void check_sums(struct quo_stream *stream, const struct quo_frequency *f, const char *law)
{
    const int64_t last = quo_frequency_Qinv(1e-30, f) + 1;
    const double z = uniform(stream, 0.0, 1.0), angle = uniform(stream, 0.0, 6.28);
    const double deductible = uniform(stream, 0.0, 2.0 * quo_frequency_mean(f));
    double cdf = 0.0, moment[5] = {0.0}, pgf = 0.0, excess = 0.0, limited = 0.0;
    double complex around = 0.0;
    for (int64_t k = 0; k <= last; k++) {
        const double p = quo_frequency_pmf(k, f), n = (double)k;
        cdf += p;
        if (k % (1 + last / 50) == 0) {
            check_abs(quo_frequency_P(k, f), cdf, 1e-12, "%s: P at %g", law, n);
            check_abs(quo_frequency_P(k, f) + quo_frequency_Q(k, f), 1.0, 1e-13, "%s: P + Q at %g", law, n);
            if (p > 1e-300)
                check_abs(quo_frequency_logpmf(k, f), log(p), 1e-12, "%s: logpmf at %g", law, n);
            if (quo_frequency_Q(k, f) > 1e-300)
                check_abs(quo_frequency_logQ(k, f), log(quo_frequency_Q(k, f)), 1e-11, "%s: logQ at %g", law, n);
        }
        for (int order = 0; order < 5; order++)
            moment[order] += p * pow(n, order);
        pgf += p * pow(z, n);
        around += p * cexp(I * angle * n);
        excess += p * fmax(0.0, n - deductible);
        limited += p * fmin(n, deductible);
    }
    for (int order = 0; order < 5; order++)
        check_rel(quo_frequency_moment(order, f), moment[order], 1e-10, "%s: moment %d", law, order);
    const double mean = moment[1], variance = moment[2] - mean * mean;
    check_rel(quo_frequency_mean(f), mean, 1e-11, "%s: mean", law);
    check_abs(quo_frequency_variance(f), variance, 1e-11 * moment[2], "%s: variance", law);
    const double third = moment[3] - 3.0 * mean * moment[2] + 2.0 * mean * mean * mean;
    check_abs(quo_frequency_skewness(f) * pow(quo_frequency_variance(f), 1.5), third, 1e-10 * moment[3], "%s: skewness",
              law);
    check_abs(quo_frequency_pgf(z, f), pgf, 1e-11, "%s: pgf at %g", law, z);
    const double complex got = quo_frequency_pgf_complex(cexp(I * angle), f);
    check_abs(cabs(got - around), 0.0, 1e-11, "%s: pgf on the circle", law);
    check_rel(quo_frequency_pgf(1.0, f), 1.0, 1e-13, "%s: pgf at 1", law);
    check_abs(quo_frequency_stoploss(deductible, f), excess, 1e-11 * mean, "%s: stoploss at %g", law, deductible);
    check_abs(quo_frequency_lev(deductible, f), limited, 1e-11 * mean, "%s: lev at %g", law, deductible);
}

static void probabilities_sum_to_everything_else(void **state)
{
    (void)state;
    for_random_laws(check_sums);
}

static void check_quantiles(struct quo_stream *stream, const struct quo_frequency *f, const char *law)
{
    for (int i = 0; i < 20; i++) {
        const double p = quo_stream_uniform(stream), q = pow(10.0, -uniform(stream, 0.0, 40.0));
        const int64_t k = quo_frequency_Pinv(p, f), j = quo_frequency_Qinv(q, f);
        if (k < 0 || quo_frequency_P(k, f) < p - 1e-15 || (k > 0 && quo_frequency_P(k - 1, f) >= p + 1e-15))
            fail_msg("%s: quantile of %.17g is not %lld", law, p, (long long)k);
        if (j < 0 || quo_frequency_Q(j, f) > q * (1.0 + 1e-14) ||
            (j > 0 && quo_frequency_Q(j - 1, f) <= q * (1.0 - 1e-12)))
            fail_msg("%s: upper quantile of %.17g is not %lld", law, q, (long long)j);
    }
    assert_int_equal(quo_frequency_Pinv(0.0, f), 0);
    assert_true(quo_frequency_Pinv(1.0, f) == (f->family == QUO_BINOMIAL ? (int64_t)f->par[0] : INT64_MAX) ||
                f->p0 == 1.0);
}

static void quantiles_are_the_least_counts(void **state)
{
    (void)state;
    for_random_laws(check_quantiles);
}

/* Thinning by hand: N = n leaves Binomial(n, kept). */
static void check_thinned(struct quo_stream *stream, const struct quo_frequency *f, const char *law)
{
    const double kept = uniform(stream, 0.05, 1.0);
    const struct quo_frequency thin = quo_frequency_thin(f, kept);
    assert_null(quo_frequency_invalid(&thin));
    check_rel(quo_frequency_mean(&thin), kept * quo_frequency_mean(f), 1e-12, "%s thinned to %g: mean", law, kept);
    for (int i = 0; i <= 4; i++) {
        const double z = i / 4.0;
        check_rel(quo_frequency_pgf(z, &thin), quo_frequency_pgf(1.0 - kept + kept * z, f), 2e-11,
                  "%s thinned: pgf at %g", law, z);
    }
    const int64_t last = quo_frequency_Qinv(1e-20, f);
    if (last > 300)
        return;
    for (int64_t k = 0; k <= 3; k++) {
        double p = 0.0;
        for (int64_t n = k; n <= last; n++) {
            const struct quo_frequency left = {.family = QUO_BINOMIAL, .par = {(double)n, kept}};
            p += quo_frequency_pmf(n, f) * quo_frequency_pmf(k, &left);
        }
        check_abs(quo_frequency_pmf(k, &thin), p, 1e-12, "%s thinned: pmf at %d", law, (int)k);
    }
}

static void thinned_laws_are_of_the_same_kind(void **state)
{
    (void)state;
    for_random_laws(check_thinned);
    struct quo_frequency f = quo_frequency_negbin(2.0, 0.3);
    f.modified = true;
    f.p0 = 0.4;
    f = quo_frequency_thin(&f, 0.0);
    assert_true(quo_frequency_pmf(0, &f) == 1.0 && quo_frequency_mean(&f) == 0.0);
    f = quo_frequency_poisson(1.0);
    f = quo_frequency_thin(&f, 1.5);
    assert_non_null(quo_frequency_invalid(&f));
}

static void rare_and_plentiful_events(void **state)
{
    (void)state;
    const struct quo_frequency rare = quo_frequency_negbin_mean(1e-9, 0.5);
    check_rel(quo_frequency_mean(&rare), 1e-9, 1e-7, "size/(size + mean) rounds, the mean of a rare event with it");
    check_rel(quo_frequency_Q(0, &rare), 1e-9, 1e-6, "one event");
    const struct quo_frequency many = quo_frequency_poisson(1e8);
    check_abs(quo_frequency_P(100000000, &many), 0.5 + 2.0 / 3.0 / sqrt(2.0 * M_PI * 1e8), 1e-9,
              "median of a large mean, Edgeworth");
    assert_int_equal(quo_frequency_Pinv(0.5, &many), 100000000);
    const struct quo_frequency limit = quo_frequency_negbin_mean(3.0, INFINITY),
                               near = quo_frequency_negbin_mean(3.0, 1e9);
    assert_int_equal(limit.family, QUO_POISSON);
    check_rel(quo_frequency_pmf(5, &near), quo_frequency_pmf(5, &limit), 1e-7, "negative binomial of large size");
    check_rel(quo_frequency_pgf(1.2, &near), exp(0.6), 1e-7, "pgf beyond 1");
    const struct quo_frequency negbin = quo_frequency_negbin(2.0, 0.25);
    check_rel(quo_frequency_pgf(1.25, &negbin), 16.0, 1e-13, "pgf inside the radius 4/3");
    assert_true(quo_frequency_pgf(4.0 / 3.0, &negbin) == INFINITY && quo_frequency_pgf(2.0, &negbin) == INFINITY);
    assert_true(isnan(creal(quo_frequency_pgf_complex(I * 1.4, &negbin))));
}

/* The means of monte_carlo.csv, and the counts of small values by a chi-square. */
static void samples_agree_with_the_exact_law(void **state)
{
    (void)state;
    size_t n, rows = 0;
    struct ref_row *row = ref_read("monte_carlo.csv", &n);
    const int draws = 100000;
    for (size_t i = 0; i < n; i++) {
        struct quo_frequency f;
        char family[32];
        if (strncmp(row[i].case_id, "mc-", 3) != 0 || !ref_text(row[i].params, "family", family, sizeof family) ||
            (strcmp(family, "poisson") && strcmp(family, "negbin") && strcmp(family, "binomial")))
            continue;
        assert_true(law_of(row[i].params, &f));
        struct quo_stream stream = quo_stream_at(2, i, 0, PURPOSE);
        double sum = 0.0;
        for (int k = 0; k < draws; k++)
            sum += (double)quo_frequency_draw(&stream, &f);
        check_rel(sum / draws, row[i].value, row[i].tol * sqrt(1e6 / draws), "mean of a sample of %s", row[i].params);
        ref_seen(&row[i]);
        rows++;
    }
    ref_free(row, n);
    assert_int_equal(rows, 4);
    const char *laws[] = {"family=zmnegbin;size=2;prob=0.5;p0=0.6", "family=ztpoisson;lambda=1.7",
                          "family=zip;lambda=1.5;pi=0.3", "family=negbin;size=0.7;prob=0.2",
                          "family=binomial;size=9;prob=0.35"};
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        struct quo_frequency f;
        assert_true(law_of(laws[i], &f));
        struct quo_stream stream = quo_stream_at(3, i, 0, PURPOSE);
        int seen[7] = {0}; /* 0..5 and above */
        for (int k = 0; k < draws; k++) {
            const int64_t count = quo_frequency_draw(&stream, &f);
            seen[count > 5 ? 6 : count]++;
        }
        double chi = 0.0;
        for (int k = 0; k < 7; k++) {
            const double want = draws * (k < 6 ? quo_frequency_pmf(k, &f) : quo_frequency_Q(5, &f));
            if (want > 0.0)
                chi += (seen[k] - want) * (seen[k] - want) / want;
            else
                assert_int_equal(seen[k], 0);
        }
        if (chi > 35.0) /* six degrees: probability 4e-6 */
            fail_msg("%s: chi-square %g", laws[i], chi);
    }
}

static void edges_and_impossible_arguments(void **state)
{
    (void)state;
    const struct quo_frequency f = quo_frequency_poisson(2.5);
    assert_true(quo_frequency_pmf(-1, &f) == 0.0 && quo_frequency_P(-1, &f) == 0.0 && quo_frequency_Q(-1, &f) == 1.0);
    assert_true(quo_frequency_logpmf(-1, &f) == -INFINITY && quo_frequency_logQ(-3, &f) == 0.0);
    assert_true(quo_frequency_Pinv(NAN, &f) == -1 && quo_frequency_Pinv(1.5, &f) == -1 &&
                quo_frequency_Qinv(-0.1, &f) == -1);
    assert_true(isnan(quo_frequency_pgf(NAN, &f)) && isnan(quo_frequency_moment(-1, &f)) &&
                isnan(quo_frequency_moment(21, &f)));
    assert_true(isnan(quo_frequency_stoploss(NAN, &f)) && isnan(quo_frequency_lev(NAN, &f)));
    assert_true(quo_frequency_stoploss(-1.0, &f) == 3.5 && quo_frequency_lev(-1.0, &f) == 0.0);
    assert_true(quo_frequency_stoploss(1e300, &f) == 0.0 && quo_frequency_lev(INFINITY, &f) == 2.5);
    const struct quo_frequency none = quo_frequency_poisson(0.0);
    assert_true(quo_frequency_pmf(0, &none) == 1.0 && quo_frequency_pgf(0.3, &none) == 1.0 &&
                quo_frequency_Pinv(1.0, &none) == 0);
    assert_true(quo_frequency_P(0, &none) == 1.0 && quo_frequency_Q(0, &none) == 0.0 &&
                quo_frequency_pmf(3, &none) == 0.0);
    const struct quo_frequency impossible[] = {
        quo_frequency_poisson(-1.0),
        quo_frequency_poisson(NAN),
        quo_frequency_negbin(0.0, 0.5),
        quo_frequency_negbin(1.0, 0.0),
        quo_frequency_negbin(1.0, 1.1),
        {QUO_BINOMIAL, {2.5, 0.5}, false, 0.0},
        {QUO_BINOMIAL, {3.0, -0.5}, false, 0.0},
        {QUO_POISSON, {1.0, 0.0}, true, 1.5},
        {QUO_POISSON, {0.0, 0.0}, true, 0.5},
        {.family = QUO_COUNT_FAMILIES},
    };
    struct quo_stream stream = quo_stream_at(1, 0, 0, PURPOSE);
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        const struct quo_frequency *g = &impossible[i];
        assert_non_null(quo_frequency_invalid(g));
        assert_true(isnan(quo_frequency_pmf(1, g)) && isnan(quo_frequency_P(1, g)) && isnan(quo_frequency_Q(1, g)));
        assert_true(isnan(quo_frequency_logpmf(1, g)) && isnan(quo_frequency_logQ(1, g)) &&
                    isnan(quo_frequency_moment(2, g)));
        assert_true(isnan(quo_frequency_mean(g)) && isnan(quo_frequency_variance(g)) &&
                    isnan(quo_frequency_skewness(g)));
        assert_true(isnan(quo_frequency_pgf(0.5, g)) && isnan(creal(quo_frequency_pgf_complex(0.5, g))));
        assert_true(isnan(quo_frequency_stoploss(1.0, g)) && isnan(quo_frequency_lev(1.0, g)));
        assert_true(quo_frequency_Pinv(0.5, g) == -1 && quo_frequency_Qinv(0.5, g) == -1 &&
                    quo_frequency_draw(&stream, g) == -1);
        assert_non_null(quo_frequency_invalid(&(struct quo_frequency[]){quo_frequency_thin(g, 0.5)}[0]));
    }
}

static void read_back(struct quo_stream *stream, const struct quo_frequency *f, const char *law)
{
    (void)stream;
    char params[160], *at = params;
    snprintf(params, sizeof params, "family=%s", law);
    while ((at = strchr(at, ' ')))
        *at = ';';
    struct quo_frequency back;
    assert_true(law_of(params, &back));
    assert_true(back.family == f->family && back.par[0] == f->par[0] && back.par[1] == f->par[1] && back.p0 == f->p0);
}

static void format_and_parse_are_inverse(void **state)
{
    (void)state;
    for_random_laws(read_back);
}

static void wrong_words_are_told(void **state)
{
    (void)state;
    const struct {
        const char *family, *pair[3], *said;
    } wrong[] = {
        {"poison", {"lambda=1"}, "did you mean 'poisson'"},
        {"wibble", {"lambda=1"}, "poisson, negbin, binomial"},
        {"poisson", {"lamda=1"}, "did you mean 'lambda'"},
        {"negbin", {"size=1"}, "'prob' is missing"},
        {"negbin", {"size=1", "prob=0.5", "size=2"}, "'size' is given twice"},
        {"zmpoisson", {"lambda=1"}, "'p0' is missing"},
        {"zip", {"lambda=1", "pi=2"}, "pi must be a share"},
        {"zmpoisson", {"lambda=1", "p0=-1"}, "p0 must be a share"},
        {"ztpoisson", {"lambda=0"}, "nothing to modify"},
        {"poisson", {"lambda=-1"}, "lambda must be 0 or more"},
        {"binomial", {"size=1.5", "prob=0.1"}, "whole number"},
        {"poisson", {"lambda=x"}, "not a number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quo_faults faults;
        struct quo_frequency f;
        char text[256] = "";
        quo_faults_init(&faults);
        size_t n = 0;
        while (n < 3 && wrong[i].pair[n])
            n++;
        assert_int_equal(quo_frequency_parse(wrong[i].family, wrong[i].pair, n, &f, &faults), QUO_USAGE);
        bool found = false;
        for (size_t k = 0; k < faults.n; k++) {
            quo_fault_format(&faults.fault[k], text, sizeof text);
            found = found || strstr(text, wrong[i].said);
        }
        if (!found)
            fail_msg("case %zu: '%s' does not speak of \"%s\"", i, text, wrong[i].said);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_match_the_reference_table), cmocka_unit_test(probabilities_sum_to_everything_else),
        cmocka_unit_test(quantiles_are_the_least_counts), cmocka_unit_test(thinned_laws_are_of_the_same_kind),
        cmocka_unit_test(rare_and_plentiful_events),      cmocka_unit_test(samples_agree_with_the_exact_law),
        cmocka_unit_test(edges_and_impossible_arguments), cmocka_unit_test(format_and_parse_are_inverse),
        cmocka_unit_test(wrong_words_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
