/* Rows of the reference tables that no module's own test takes: portfolios whose parts are known in closed form, loads and gross
 * premiums, piecewise Pareto layers, PERT. Each is put together from the library's functions. */
#include "check.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pricing/aggregate/compound.h"
#include "pricing/aggregate/measures.h"
#include "pricing/premium/load.h"
#include "pricing/whatif/shares.h"
#include "risk/base/numeric.h"
#include "risk/controls/effects.h"
#include "risk/severity/severity.h"

static bool is(const struct ref_row *row, const char *quantity) { return strcmp(row->quantity, quantity) == 0; }

/* ---- elliptical portfolios ---- */

struct elliptical {
    size_t n;
    double mean[8], covariance[8][8], total, with_total[8], sd, nu;
};

static struct elliptical elliptical_of(const char *params)
{
    struct elliptical e = {.nu = ref_number(params, "nu")};
    double sd[8];
    e.n = ref_numbers(params, "mean", e.mean, 8);
    ref_numbers(params, isnan(e.nu) ? "sd" : "scale", sd, 8);
    double variance = 0.0;
    for (size_t i = 0; i < e.n; i++) {
        e.total += e.mean[i];
        for (size_t j = 0; j < e.n; j++) {
            char key[16];
            snprintf(key, sizeof key, "rho%zu%zu", (i < j ? i : j) + 1, (i < j ? j : i) + 1);
            e.covariance[i][j] = sd[i] * sd[j] * (i == j ? 1.0 : ref_number(params, key));
            e.with_total[i] += e.covariance[i][j];
        }
        variance += e.with_total[i];
    }
    e.sd = sqrt(variance);
    return e;
}

/* How many sd beyond the mean VaR and TVaR lie. */
static double depth(const struct elliptical *e, double p, bool tvar)
{
    if (isnan(e->nu)) {
        const double z = quo_normal_Qinv(1.0 - p);
        return tvar ? exp(-0.5 * z * z) / sqrt(2.0 * M_PI) / (1.0 - p) : z;
    }
    const double t = gsl_cdf_tdist_Pinv(p, e->nu);
    return tvar ? gsl_ran_tdist_pdf(t, e->nu) / (1.0 - p) * (e->nu + t * t) / (e->nu - 1.0) : t;
}

static double elliptical_answer(const struct ref_row *row)
{
    const struct elliptical e = elliptical_of(row->params);
    const double p = ref_number(row->args, "p"), unit = ref_number(row->args, "unit");
    const bool tvar = strncmp(row->quantity, "tvar", 4) == 0;
    if (is(row, "total_mean"))
        return e.total;
    if (is(row, "total_sd"))
        return e.sd;
    if (is(row, "var") || is(row, "tvar"))
        return e.total + depth(&e, p, tvar) * e.sd;
    const size_t i = (size_t)unit - 1;
    const double slope = e.with_total[i] / e.sd; /* d sd / d share of unit i */
    if (is(row, "var_contribution") || is(row, "tvar_contribution"))
        return e.mean[i] + depth(&e, p, tvar) * slope;
    if (is(row, "covariance_share"))
        return slope / e.sd;
    if (is(row, "sd_principle_contribution"))
        return e.mean[i] + ref_number(row->args, "theta") * slope;
    if (is(row, "wang_contribution"))
        return e.mean[i] + ref_number(row->args, "lambda") * slope;
    assert_true(is(row, "marginal_sd"));
    return e.sd - sqrt(e.sd * e.sd - 2.0 * e.with_total[i] + e.covariance[i][i]);
}

/* ---- discrete portfolios: E[X_i; S = s] from the law of the whole, or of the others ---- */

#define POINTS 120
struct part {
    bool poisson;
    double rate, amount, size[5];
    bool shocked;
};
struct portfolio {
    struct part part[8];
    size_t n;
    double shock;
};

static struct portfolio portfolio_of(const char *params)
{
    struct portfolio f = {.n = 0};
    for (const char *at = params; (at = strstr(at, "unit")); at++) {
        const char *value = strchr(at, '=');
        if (!value || value > at + 6) /* "units 1/2/4" of the shock */
            continue;
        struct part *part = &f.part[f.n++];
        value++;
        part->poisson = strncmp(value, "lambda ", 7) == 0;
        part->rate = strtod(value + (part->poisson ? 7 : 2), NULL);
        if (part->poisson) {
            const char *size = strstr(value, "f1.. ") + 5;
            for (int k = 1; k <= 4; k++, size++)
                part->size[k] = strtod(size, (char **)&size);
        } else {
            part->amount = strtod(strstr(value, "amount ") + 7, NULL);
        }
    }
    const char *shock = strstr(params, "shock=p ");
    if (shock) {
        f.shock = strtod(shock + 8, NULL);
        for (const char *at = strstr(shock, "units ") + 6; *at; at++)
            if (*at >= '1' && *at <= '8')
                f.part[*at - '1'].shocked = true;
    }
    return f;
}

/* The law of the sum without part `left_out`, a shocked part paying surely where there is a shock. */
static void law_of_rest(const struct portfolio *f, bool shock, size_t left_out, double mass[POINTS])
{
    struct quo_component c[8];
    struct quo_lattice severity[8], law;
    size_t n = 0, sure = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct part *part = &f->part[i];
        if (i == left_out)
            continue;
        if (shock && part->shocked) {
            sure += (size_t)part->amount;
            continue;
        }
        assert_int_equal(quo_lattice_new(1.0, part->poisson ? 5 : (size_t)part->amount + 1, &severity[n]), QUO_OK);
        if (part->poisson)
            memcpy(severity[n].mass, part->size, sizeof part->size);
        else
            severity[n].mass[(size_t)part->amount] = 1.0;
        c[n].frequency = part->poisson ? quo_frequency_poisson(part->rate)
                                       : (struct quo_frequency){QUO_BINOMIAL, {1.0, part->rate}, false, 0.0};
        c[n].severity = &severity[n];
        n++;
    }
    memset(mass, 0, POINTS * sizeof *mass);
    if (n == 0) {
        mass[sure] = 1.0;
        return;
    }
    assert_int_equal(quo_compound_panjer(c, n, POINTS - sure, 0, &law), QUO_OK);
    memcpy(mass + sure, law.mass, (POINTS - sure) * sizeof *mass);
    quo_lattice_free(&law);
    for (size_t j = 0; j < n; j++)
        quo_lattice_free(&severity[j]);
}

/* part of SIZE_MAX: P[S = s]; else E[X_i; S = s]. */
static void moments(const struct portfolio *f, size_t i, double out[POINTS])
{
    double mass[POINTS];
    memset(out, 0, POINTS * sizeof *out);
    for (int shock = 0; shock < (f->shock > 0.0 ? 2 : 1); shock++) {
        const double w = f->shock > 0.0 ? (shock ? f->shock : 1.0 - f->shock) : 1.0;
        const struct part *part = i < f->n ? &f->part[i] : NULL;
        law_of_rest(f, shock, part && !part->poisson ? i : SIZE_MAX, mass);
        for (int s = 0; s < POINTS; s++) {
            if (!part) {
                out[s] += w * mass[s];
            } else if (part->poisson) { /* E[X_i; S = s] = rate sum x f(x) P[S = s - x] */
                for (int x = 1; x <= 4 && x <= s; x++)
                    out[s] += w * part->rate * x * part->size[x] * mass[s - x];
            } else if (s >= part->amount) {
                out[s] += w * (shock && part->shocked ? 1.0 : part->rate) * part->amount * mass[s - (int)part->amount];
            }
        }
    }
}

static double discrete_answer(const struct ref_row *row)
{
    const struct portfolio f = portfolio_of(row->params);
    double mass[POINTS], part[POINTS];
    moments(&f, SIZE_MAX, mass);
    const struct quo_lattice law = {1.0, POINTS, mass};
    const double p = ref_number(row->args, "p"), s = ref_number(row->args, "s");
    if (is(row, "mean"))
        return quo_lattice_mean(&law);
    if (is(row, "variance"))
        return quo_lattice_variance(&law);
    if (is(row, "var"))
        return quo_measure_var(p, &law);
    if (is(row, "tvar"))
        return quo_measure_tvar(p, &law);
    if (is(row, "pmf"))
        return mass[lround(s)];
    moments(&f, (size_t)ref_number(row->args, "unit") - 1, part);
    if (is(row, "conditional_mean"))
        return part[lround(s)] / mass[lround(s)];
    assert_true(is(row, "tvar_contribution")); /* with the share of the atom that the tail holds */
    const long v = lround(quo_measure_var(p, &law));
    double sum = (quo_measure_cdf((double)v, &law) - p) / mass[v] * part[v];
    for (long k = v + 1; k < POINTS; k++)
        sum += part[k];
    return sum / (1.0 - p);
}

static double gamma_answer(const struct ref_row *row)
{
    double shape[8], all = 0.0;
    const size_t n = ref_numbers(row->params, "shape", shape, 8);
    for (size_t i = 0; i < n; i++)
        all += shape[i];
    const struct quo_severity whole =
        quo_severity_simple(QUO_GAMMA, (const double[]){all, ref_number(row->params, "scale")});
    const double tvar = quo_severity_tvar(ref_number(row->args, "p"), &whole);
    const double unit = ref_number(row->args, "unit");
    return isnan(unit) ? (is(row, "var") ? quo_severity_Pinv(ref_number(row->args, "p"), &whole) : tvar)
                       : shape[(size_t)unit - 1] / all * tvar;
}

/* The tables' values v(T) are gains, so their costs are -v. */
static double shapley_answer(const struct ref_row *row)
{
    double cost[8], share[3], multiplier[3] = {0.0, 0.0, 0.0};
    const bool glove = strstr(row->case_id, "glove");
    ref_numbers(row->params, "multipliers", multiplier, 3);
    for (unsigned set = 0; set < 8; set++) {
        double product = 1.0;
        for (unsigned i = 0; i < 3; i++)
            product *= set >> i & 1u ? multiplier[i] : 1.0;
        cost[set] = glove ? -(double)((set & 4u) && (set & 3u)) : -100.0 * (1.0 - product);
    }
    quo_shares_shapley(cost, 3, share);
    return share[(size_t)ref_number(row->args, "player") - 1];
}

static void allocations_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("allocation.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        const char *id = row[i].case_id;
        ref_check(&tally, &row[i],
                  strstr(id, "shapley")                                    ? shapley_answer(&row[i])
                  : strstr(id, "alloc-gamma")                              ? gamma_answer(&row[i])
                  : strstr(id, "alloc-discrete") || strstr(id, "alloc-cp") ? discrete_answer(&row[i])
                                                                           : elliptical_answer(&row[i]));
    }
    ref_free(row, n);
    ref_done(&tally, 251);
}

/* ---- premiums ---- */

static void loads_and_gross_premiums_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("distortion.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        char principle[32] = "";
        if (strncmp(row[i].case_id, "dist-discrete", 13) != 0 || !strstr(row[i].quantity, "premium"))
            continue;
        double mass[21] = {0.0};
        for (const char *at = row[i].params; (at = strstr(at, "p(")); at += 2)
            mass[lround(strtod(at + 2, NULL) / 5e5)] = strtod(strchr(at, '=') + 1, NULL);
        const struct quo_lattice law = {5e5, 21, mass};
        const double mean = quo_lattice_mean(&law);
        struct quo_terms t;
        quo_terms_init(&t);
        ref_text(row[i].args, "principle", principle, sizeof principle);
        t.parameter = ref_number(row[i].args, "theta");
        t.principle = strcmp(principle, "expected_value") == 0       ? QUO_PRINCIPLE_EXPECTED_VALUE
                      : strcmp(principle, "standard_deviation") == 0 ? QUO_PRINCIPLE_STANDARD_DEVIATION
                                                                     : QUO_PRINCIPLE_VARIANCE;
        if (strncmp(row[i].quantity, "gross", 5) == 0) { /* "risk_load=0.2 of EP" */
            t.expenses_fixed = ref_number(row[i].args, "fixed");
            t.brokerage = ref_number(row[i].args, "brokerage");
            t.expenses_share = ref_number(row[i].args, "variable");
            t.profit = ref_number(row[i].args, "profit");
            t.tax = is(&row[i], "gross_premium") ? 0.0 : ref_number(row[i].args, "tax");
            t.minimum_premium = 0.0;
            ref_check(&tally, &row[i], quo_load_gross(&t, mean * (1.0 + ref_number(row[i].args, "risk_load"))).gross);
        } else if (!isnan(t.parameter)) {
            ref_check(&tally, &row[i], mean + quo_load_risk(&t, &law, 1.0));
        }
    }
    ref_free(row, n);
    ref_done(&tally, 10);
}

/* ---- piecewise Pareto, PERT ---- */

/* X on the pieces [t_k, t_k+1) with tail index alpha_k: E[(min(X, b) - a)+^order] by pieces, each a Pareto's own limited moments. */
static double piecewise(const double *threshold, const double *alpha, size_t n, double a, double b, double order)
{
    double reach = 1.0, sum = 0.0; /* P[X > t_k] */
    for (size_t k = 0; k < n; k++) {
        const double from = threshold[k], to = k + 1 < n ? threshold[k + 1] : INFINITY;
        const struct quo_severity s =
            quo_severity_simple(QUO_GPD, (const double[]){1.0 / alpha[k], from / alpha[k], from});
        const double low = fmax(a, from), high = fmin(b, to);
        if (high > low) { /* integral of order (x - a)^(order - 1) Q(x) over the piece */
            const double first = quo_severity_lev(high, 1.0, &s) - quo_severity_lev(low, 1.0, &s);
            const double second = quo_severity_lev(high, 2.0, &s) - quo_severity_lev(low, 2.0, &s);
            sum += reach * (order == 1.0 ? first : second - 2.0 * a * first);
        }
        reach *= isinf(to) ? 0.0 : quo_severity_Q(to, &s);
    }
    return sum;
}

static void piecewise_pareto_layers_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers_pareto.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        double threshold[8], alpha[8];
        const size_t pieces = ref_numbers(row[i].params, "thresholds", threshold, 8);
        if (pieces == 0)
            continue;
        assert_int_equal(ref_numbers(row[i].params, "alphas", alpha, 8), pieces);
        const double a = ref_number(row[i].params, "attachment"), b = a + ref_number(row[i].params, "limit");
        const double mean = piecewise(threshold, alpha, pieces, a, b, 1.0);
        ref_check(&tally, &row[i],
                  is(&row[i], "layer_mean") ? mean : piecewise(threshold, alpha, pieces, a, b, 2.0) - mean * mean);
    }
    ref_free(row, n);
    ref_done(&tally, 6);
}

static double log_pert(double u, void *context)
{
    const double *at = context; /* a, b, low, range */
    return gsl_ran_beta_pdf(u, at[0], at[1]) * log(at[2] + at[3] * u);
}

static void pert_laws_of_the_table(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("monte_carlo.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].case_id, "pert", 4) != 0)
            continue;
        const struct quo_effect effect = {.low = ref_number(row[i].params, "low"),
                                          .mode = ref_number(row[i].params, "mode"),
                                          .high = ref_number(row[i].params, "high")};
        const double mean = quo_effects_pert_mean(&effect), range = effect.high - effect.low;
        double at[4] = {1.0 + 4.0 * (effect.mode - effect.low) / range, 1.0 + 4.0 * (effect.high - effect.mode) / range,
                        effect.low, range},
               error;
        const double p = ref_number(row[i].args, "p");
        ref_check(&tally, &row[i],
                  is(&row[i], "mean")       ? mean
                  : is(&row[i], "variance") ? (mean - effect.low) * (effect.high - mean) / 7.0
                  : is(&row[i], "quantile") ? effect.low + range * gsl_cdf_beta_Pinv(p, at[0], at[1])
                                            : quo_integral(log_pert, at, 0.0, 1.0, 1e-10, &error));
        if (is(&row[i],
               "quantile")) { /* the draws' own law: the share of 20,000 below it, within five standard errors */
            int below = 0;
            for (uint64_t d = 0; d < 20000; d++)
                below += quo_effects_pert_draw(&effect, 9, d, 3) < row[i].value;
            check_abs(below / 20000.0, p, 5.0 * sqrt(p * (1.0 - p) / 20000.0), "draws below the quantile at %g", p);
        }
    }
    ref_free(row, n);
    ref_done(&tally, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_of_the_table),
        cmocka_unit_test(loads_and_gross_premiums_of_the_table),
        cmocka_unit_test(piecewise_pareto_layers_of_the_table),
        cmocka_unit_test(pert_laws_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
