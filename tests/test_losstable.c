/* The table against the laws it was made from, and the index law against plain quadrature. */
#include "check.h"
#include "hazards.h"

#include <math.h>
#include <string.h>

#include "pricing/indexlaw.h"
#include "pricing/losstable.h"
#include "risk/base/numeric.h"

static const quo_peril_set money =
    1u << QUO_KEY_COMPROMISE | 1u << QUO_BRIDGE_VALIDATION | 1u << QUO_ADMIN_ABUSE | 1u << QUO_CODE_BUG;
static const double exposure = 1.8e8;

static void rates_of(const struct quo_hazard *hazard, double weight[QUO_PERILS])
{
    for (int p = 0; p < QUO_PERILS; p++)
        weight[p] = hazard[p].rate;
}

static void a_curve_is_the_sum_of_its_perils(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(3, 0, 0, 0);
    for (int round = 0; round < 20; round++) {
        struct quo_hazard hazard[QUO_PERILS];
        double weight[QUO_PERILS];
        struct quo_losstable table;
        struct quo_curve curve;
        hazards_random(&stream, exposure, hazard);
        rates_of(hazard, weight);
        assert_int_equal(quo_losstable_new(hazard, money, 600, &table), QUO_OK);
        assert_int_equal(quo_curve_new(&table, money, weight, &curve), QUO_OK);
        for (int k = 0; k < 300; k++) {
            const double x = exposure * exp(-9.0 * quo_stream_uniform(&stream));
            double lev, want = 0.0, tail = 0.0, rest = 0.0;
            for (int p = 0; p < QUO_PERILS; p++)
                if (money >> p & 1u) {
                    want += weight[p] * quo_loss_lev(x, &hazard[p].loss);
                    tail += weight[p] * quo_loss_Q(x, &hazard[p].loss);
                    rest += weight[p] * quo_loss_layer(x, exposure, &hazard[p].loss);
                }
            quo_curve_rest(&curve, &x, 1, &lev);
            check_rel(quo_curve_mean(&curve) - lev, want, 1e-8, "limited mean at %g", x);
            check_rel(lev, rest, 1e-6, "what is above %g", x);
            check_rel(quo_curve_Q(&curve, x), tail, 1e-4, "tail at %g", x);
        }
        double top = 0.0, mean = 0.0, beyond = 2.0 * exposure, lev;
        for (int p = 0; p < QUO_PERILS; p++)
            if (money >> p & 1u) {
                mean += weight[p] * hazard[p].mean_loss;
                top += weight[p] * quo_loss_atom(&hazard[p].loss);
            }
        quo_curve_rest(&curve, &beyond, 1, &lev);
        assert_true(lev == 0.0);
        check_rel(quo_curve_mean(&curve), mean, 1e-9, "the mean");
        check_rel(quo_curve_Q_left(&curve, exposure), top, 1e-9, "the atom at the cap");
        assert_true(quo_curve_Q(&curve, exposure) == 0.0);
        quo_curve_free(&curve);
        quo_losstable_free(&table);
    }
}

struct plain {
    const struct quo_hazard *hazard;
    double t, error;
};

static double plain_rest(double z, void *context)
{
    const struct plain *c = context;
    const double eps = exp(c->error * z), at = c->t * exposure / eps;
    double rest = 0.0;
    for (int p = 0; p < QUO_PERILS; p++)
        if (money >> p & 1u && at < exposure)
            rest += c->hazard[p].rate * quo_loss_layer(at, exposure, &c->hazard[p].loss);
    return eps * rest / exposure * exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
}

static double plain_tail(double z, void *context)
{
    const struct plain *c = context;
    double tail = 0.0;
    for (int p = 0; p < QUO_PERILS; p++)
        if (money >> p & 1u)
            tail += c->hazard[p].rate * quo_loss_Q(c->t * exposure / exp(c->error * z), &c->hazard[p].loss);
    return tail * exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
}

/* Split where t/eps is the cap: there the integrand jumps. */
static double split(double (*f)(double, void *), struct plain *c)
{
    double error, sum = 0.0;
    const double z0 = log(c->t) / c->error, edge[] = {-9.0, fmin(fmax(z0, -9.0), 9.0), 9.0};
    for (int i = 0; i < 2; i++)
        if (edge[i + 1] > edge[i])
            sum += quo_integral(f, c, edge[i], edge[i + 1], 1e-8, &error);
    return sum;
}

static void the_index_scatters_as_it_should(void **state)
{
    (void)state;
    const struct quo_indexlaw_rule rule = quo_indexlaw_rule(48);
    struct quo_hazard hazard[QUO_PERILS];
    double weight[QUO_PERILS];
    struct quo_losstable table;
    struct quo_curve curve;
    hazards_example(exposure, hazard);
    rates_of(hazard, weight);
    assert_int_equal(quo_losstable_new(hazard, money, 600, &table), QUO_OK);
    assert_int_equal(quo_curve_new(&table, money, weight, &curve), QUO_OK);
    const double errors[] = {0.0, 0.05, 0.15, 0.6}, at[] = {0.001, 0.02, 0.1, 0.2, 0.6, 0.95, 1.0, 1.3, 4.0};
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        struct quo_indexlaw law;
        double rest[9];
        assert_int_equal(quo_indexlaw_new(&curve, errors[e], exposure, &rule, NULL, &law), QUO_OK);
        assert_int_equal(quo_indexlaw_rest(&law, at, 9, rest), QUO_OK);
        for (int i = 0; i < 9; i++) {
            struct plain c = {hazard, at[i], errors[e]};
            if (errors[e] == 0.0) {
                double want = 0.0;
                for (int p = 0; p < QUO_PERILS; p++)
                    if (money >> p & 1u && at[i] < 1.0)
                        want += hazard[p].rate * quo_loss_layer(at[i] * exposure, exposure, &hazard[p].loss) / exposure;
                check_rel(rest[i], want, 1e-6, "no error, index %g", at[i]);
                continue;
            }
            const double want = split(plain_rest, &c);
            /* Far beyond the cap the grid keeps digits of the whole, not of the tail. */
            check_abs(rest[i], want, (i ? 1e-6 : 5e-6) * want + 4e-11, "error %g, index %g", errors[e], at[i]);
            const double tail = split(plain_tail, &c);
            /* The tail itself has kinks, at floors and thresholds, which the quadrature meets. */
            check_abs(quo_indexlaw_at_least(&law, at[i]), tail, 1e-4 * tail + 1e-10, "tail: error %g, index %g",
                      errors[e], at[i]);
        }
        quo_indexlaw_free(&law);
    }
    quo_curve_free(&curve);
    quo_losstable_free(&table);
}

static void nothing_covered_is_nothing(void **state)
{
    (void)state;
    struct quo_hazard hazard[QUO_PERILS];
    const double weight[QUO_PERILS] = {0.0};
    struct quo_losstable table;
    struct quo_curve curve;
    memset(hazard, 0, sizeof hazard);
    assert_int_equal(quo_losstable_new(hazard, money, 100, &table), QUO_OK);
    assert_int_equal(table.n, 0);
    assert_int_equal(quo_curve_new(&table, money, weight, &curve), QUO_OK);
    const double x = 5.0;
    double rest = 1.0;
    quo_curve_rest(&curve, &x, 1, &rest);
    assert_true(rest == 0.0 && quo_curve_Q(&curve, 1.0) == 0.0);
    assert_int_equal(quo_losstable_new(hazard, money, 4, &table), QUO_DOMAIN);
    quo_curve_free(&curve);
    quo_losstable_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_curve_is_the_sum_of_its_perils),
                                       cmocka_unit_test(the_index_scatters_as_it_should),
                                       cmocka_unit_test(nothing_covered_is_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
