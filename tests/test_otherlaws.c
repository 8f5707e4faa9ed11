/* The other laws of common causes: by hand, against quadrature over the beta density, and at the ends of the correlation. */
#include <math.h>

#include "risk/base/stream.h"
#include "risk/controls/kofn.h"
#include "risk/controls/otherlaws.h"
#include "tests/check.h"

#define PURPOSE 0x0714

/* A set of up to 256 signers, its arrays its own. Signers are in the first `n_groups` groups or in none. */
struct built {
    struct quo_signers set;
    struct quo_signers_member member[QUO_SIGNERS_MAX];
    struct quo_signers_group group[1];
};

static void build(struct built *b, int m, size_t n, double rate, double shock, double lethality, double dwell)
{
    static const int zero = 0;
    for (size_t j = 0; j < n; j++)
        b->member[j] = (struct quo_signers_member){.compromise_rate = rate, .group = &zero, .n_groups = shock > 0.0};
    b->group[0] = (struct quo_signers_group){.shock_rate = shock, .lethality = lethality};
    b->set = (struct quo_signers){
        .threshold = m, .n = n, .member = b->member, .n_groups = shock > 0.0, .group = b->group, .dwell_years = dwell};
}

/* Four signers of 0.02 a year, all in one group struck 0.01 times a year with q = 0.5; 2 of 4; dwell 0.5. */
static void by_hand(void **state)
{
    (void)state;
    struct built b;
    build(&b, 2, 4, 0.02, 0.01, 0.5, 0.5);
    const struct quo_other_laws laws = quo_otherlaws_of(&b.set);
    const double rate = 0.025, pi = -expm1(-0.5 * rate), beta = 0.2, none = pow(1.0 - pi, 3);
    check_rel(laws.independent, 4.0 * rate * (1.0 - none), 1e-12, "one falls, another is down");
    check_rel(laws.beta, beta, 1e-12, "a fifth comes through the group");
    check_rel(laws.beta_factor, 4.0 * 0.02 * (1.0 - none) + 0.005, 1e-12,
              "own rates of 0.02; a sure shock of 0.005 takes all");
    const double rho = 0.5 * 0.01 * 0.25 / (pi * (1.0 - pi)), a = pi * (1.0 - rho) / rho,
                 c = (1.0 - pi) * (1.0 - rho) / rho;
    check_rel(laws.rho, rho, 1e-12, "two fall together with s q^2");
    const double none_given = c * (c + 1.0) * (c + 2.0) / ((a + c + 1.0) * (a + c + 2.0) * (a + c + 3.0));
    check_rel(laws.beta_binomial, 4.0 * rate * (1.0 - none_given), 1e-12, "beta-binomial");

    b.set.dwell_years = 0.0;
    assert_true(isnan(quo_otherlaws_of(&b.set).beta_binomial));
    b.set.threshold = 0;
    assert_true(isnan(quo_otherlaws_of(&b.set).independent));
    assert_true(
        isnan(quo_kofn_correlated_others(3, 0.1, -0.1, 1)) && isnan(quo_kofn_correlated_others(3, 0.1, 1.1, 1)) &&
        isnan(quo_kofn_correlated_others(3, NAN, 0.1, 1)) && isnan(quo_kofn_correlated_others(-1, 0.1, 0.1, 1)) &&
        isnan(quo_kofn_correlated_others(256, 0.1, 0.1, 1)));
}

static double choose(int n, int k) { return exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)); }

/* P[k or more of n] at p, q = 1 - p, term by term. */
static double binomial_tail(int n, int k, double p, double q)
{
    double sum = 0.0;
    for (int i = n; i >= k; i--)
        sum += choose(n, i) * pow(p, i) * pow(q, n - i);
    return sum;
}

/* Signers who all fall with the same p, p ~ Beta(a, b) of mean pi, at r p / pi a year: the mean over p of n (r p / pi) P[m - 1 or more
 * of the others are down at p], by the double exponential rule on 0..1. */
static double over_the_density(int n, int m, double rate, double pi, double rho)
{
    const double a = pi * (1.0 - rho) / rho, b = (1.0 - pi) * (1.0 - rho) / rho,
                 log_beta = lgamma(a) + lgamma(b) - lgamma(a + b), step = 1.0 / 64.0;
    double sum = 0.0;
    for (int i = -64 * 7; i <= 64 * 7; i++) {
        const double t = i * step, s = M_PI * sinh(t);
        const double less = log1p(exp(-fabs(s))), log_p = fmin(s, 0.0) - less,
                     log_q = -fmax(s, 0.0) - less;                                     /* p = 1 / (1 + e^-s) */
        const double density = exp(a * log_p + b * log_q - log_beta) * M_PI * cosh(t); /* dp = p q ds */
        sum += density * n * rate * exp(log_p) / pi * binomial_tail(n - 1, m - 1, exp(log_p), exp(log_q));
    }
    return sum * step;
}

static void quadrature_over_the_density_agrees(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 120; i++) {
        struct quo_stream s = quo_stream_at(21, i, 0, PURPOSE);
        const int n = 1 + (int)quo_stream_below(&s, i % 10 ? 24 : 255), m = 1 + (int)quo_stream_below(&s, (uint32_t)n);
        const double pi = exp(log(1e-6) + quo_stream_uniform(&s) * log(0.9e6)),
                     rho = 0.01 + 0.98 * quo_stream_uniform(&s);
        check_rel(n * 0.1 * quo_kofn_correlated_others(n - 1, pi, rho, m - 1), over_the_density(n, m, 0.1, pi, rho),
                  1e-9, "%d of %d, pi %g, rho %g", m, n, pi, rho);
    }
    /* The law as it is shown, its pi and rho from shocks. */
    struct built b;
    build(&b, 4, 7, 0.03, 0.02, 0.4, 1.5);
    const struct quo_other_laws laws = quo_otherlaws_of(&b.set);
    check_rel(laws.beta_binomial, over_the_density(7, 4, 0.038, -expm1(-1.5 * 0.038), laws.rho), 1e-10, "4 of 7");
}

/* Alike and sharing nothing, the law is the independent one; it is reached from small correlations without a jump. */
static void without_correlation_it_is_the_independent_law(void **state)
{
    (void)state;
    struct built b;
    for (uint64_t i = 0; i < 300; i++) {
        struct quo_stream s = quo_stream_at(22, i, 0, PURPOSE);
        const int n = 1 + (int)quo_stream_below(&s, i % 10 ? 40 : 256), m = 1 + (int)quo_stream_below(&s, (uint32_t)n);
        build(&b, m, (size_t)n, exp(log(1e-6) + quo_stream_uniform(&s) * log(2e7)), 0.0, 0.0,
              0.01 + quo_stream_uniform(&s));
        const struct quo_other_laws laws = quo_otherlaws_of(&b.set);
        check_rel(laws.rho, 0.0, 0.0, "nobody shares");
        if (laws.independent > 1e-290)
            check_rel(laws.beta_binomial, laws.independent, 1e-10, "%d of %d, rho 0", m, n);
        check_rel(laws.independent, quo_signers_breach_rate(&b.set), 1e-12, "the set's own rate, nothing being shared");
        check_rel(laws.beta_factor, laws.independent, 1e-12, "beta 0");
        const double pi = -expm1(-b.set.dwell_years * b.member[0].compromise_rate);
        if (laws.independent > 1e-250) /* rho / pi is what moves a tail */
            check_rel(n * b.member[0].compromise_rate * quo_kofn_correlated_others(n - 1, pi, 1e-17 * pi, m - 1),
                      laws.independent, 1e-10, "%d of %d, rho goes to 0", m, n);
    }
    build(&b, 5, 9, 0.015, 0.0, 0.0,
          1.0); /* not a fifth of it: the window's P[K >= m] / tau counts no order of falls */
    check_rel(quo_otherlaws_of(&b.set).beta_binomial, quo_signers_breach_rate(&b.set), 1e-12, "5 of 9");
    build(&b, 5, 256, 1e-12, 0.0, 0.0, 1.0);
    check_rel(quo_otherlaws_of(&b.set).beta_binomial, 256e-12 * choose(255, 4) * 1e-48, 1e-9, "small pi, many signers");
}

/* One sure cause and nothing else: whenever one falls the others are down, and the threshold no longer counts. */
static void fully_correlated_all_are_down(void **state)
{
    (void)state;
    struct built b;
    for (int m = 1; m <= 6; m++) {
        build(&b, m, 6, 0.0, 0.2, 1.0, 0.5);
        const struct quo_other_laws laws = quo_otherlaws_of(&b.set);
        check_rel(laws.rho, 1.0, 0.0, "rho");
        check_rel(laws.beta_binomial, 6 * 0.2, 1e-13, "%d of 6", m);
        check_rel(laws.beta_factor, 0.2, 1e-13, "the beta factor takes the shock as one event");
        check_rel(6 * 0.2 * quo_kofn_correlated_others(5, 0.1, 1.0 - 1e-13, m - 1), 6 * 0.2, 1e-10, "rho goes to 1");
    }
}

/* Never more with one signature more; of seldom compromised keys never less with more correlation. */
static void it_keeps_the_order(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        struct quo_stream s = quo_stream_at(23, i, 0, PURPOSE);
        const int n = 1 + (int)quo_stream_below(&s, 40), k = (int)quo_stream_below(&s, (uint32_t)n);
        const double pi = 0.5 * quo_stream_uniform(&s), rho = quo_stream_uniform(&s), slack = 1.0 + 1e-12;
        const double now = quo_kofn_correlated_others(n, pi, rho, k);
        assert_true(quo_kofn_correlated_others(n, pi, rho, k + 1) <= now * slack && now <= slack);
        if (n * pi < 0.5)
            assert_true(quo_kofn_correlated_others(n, pi, rho + 0.3 * (1.0 - rho), k) * slack >= now);
    }
}

/* What the mean of pi loses: of unlike signers it says too much, and how much in one worked case. */
static void unlike_signers_are_taken_as_alike(void **state)
{
    (void)state;
    struct built b;
    for (uint64_t i = 0; i < 500; i++) {
        struct quo_stream s = quo_stream_at(24, i, 0, PURPOSE);
        const size_t n = 2 + quo_stream_below(&s, 9);
        build(&b, 2 + (int)quo_stream_below(&s, (uint32_t)n - 1), n, 0.0, 0.0, 0.0, 0.5);
        for (size_t j = 0; j < n; j++)
            b.member[j].compromise_rate = exp(log(1e-4) + quo_stream_uniform(&s) * log(100.0));
        const struct quo_other_laws laws = quo_otherlaws_of(&b.set);
        assert_true(laws.beta_binomial * (1.0 + 1e-12) >= laws.independent);
    }
    build(&b, 2, 3, 0.02, 0.0, 0.0, 0.25);
    b.member[0].compromise_rate = 0.2;
    const struct quo_other_laws laws = quo_otherlaws_of(&b.set);
    const double few = -expm1(-0.005), many = -expm1(-0.05), mean = (2.0 * few + many) / 3.0;
    check_rel(laws.independent, 0.2 * (1.0 - (1.0 - few) * (1.0 - few)) + 0.04 * (1.0 - (1.0 - few) * (1.0 - many)),
              1e-12, "one of three ten times as often");
    check_rel(laws.beta_binomial, 0.24 * mean * (2.0 - mean), 1e-12, "the same by the mean");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(quadrature_over_the_density_agrees),
        cmocka_unit_test(without_correlation_it_is_the_independent_law),
        cmocka_unit_test(fully_correlated_all_are_down),
        cmocka_unit_test(it_keeps_the_order),
        cmocka_unit_test(unlike_signers_are_taken_as_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
