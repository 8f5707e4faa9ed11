/* The risk loads on a law small enough to redo by hand, and the way from there to the gross premium. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "pricing/premium/load.h"
#include "risk/base/stream.h"

/* 0 with 0.9, 100 with 0.08, 200 with 0.02: mean 12, E[S^2] = 1600, sd = sqrt(1456). */
static double mass[3] = {0.90, 0.08, 0.02};
static const struct quo_lattice law = {100.0, 3, mass};

static struct quo_terms terms_of(enum quo_principle principle, double parameter)
{
    struct quo_terms terms;
    quo_terms_init(&terms);
    terms.principle = principle;
    terms.parameter = parameter;
    return terms;
}

static void loads_by_hand(void **state)
{
    (void)state;
    struct quo_terms t = terms_of(QUO_PRINCIPLE_EXPECTED_VALUE, 0.3);
    check_rel(quo_load_risk(&t, &law, 1.0), 3.6, 1e-14, "0.3 times the mean");
    t = terms_of(QUO_PRINCIPLE_STANDARD_DEVIATION, 0.25);
    check_rel(quo_load_risk(&t, &law, 1.0), 0.25 * sqrt(1456.0), 1e-13, "a quarter of the standard deviation");
    t = terms_of(QUO_PRINCIPLE_VARIANCE, 1e-3);
    check_rel(quo_load_risk(&t, &law, 1.0), 1.456, 1e-13, "a thousandth of the variance");
    /* S(0) = 0.1, S(100) = 0.02: price = 100 (g(0.1) + g(0.02)). */
    t = terms_of(QUO_PRINCIPLE_PROPORTIONAL_HAZARD, 0.5);
    check_rel(quo_load_risk(&t, &law, 1.0), 100.0 * (sqrt(0.1) + sqrt(0.02)) - 12.0, 1e-13,
              "proportional hazard r = 1/2");
    t = terms_of(QUO_PRINCIPLE_DUAL_POWER, 2.0);
    check_rel(quo_load_risk(&t, &law, 1.0), 100.0 * (2.0 - 0.81 - 0.98 * 0.98) - 12.0, 1e-13, "dual power k = 2");
    t = terms_of(QUO_PRINCIPLE_WANG, 0.0);
    check_abs(quo_load_risk(&t, &law, 1.0), 0.0, 1e-11, "Wang with lambda 0 adds nothing");
    t = terms_of(QUO_PRINCIPLE_TVAR, 0.95);
    t.level = 0.95; /* worst 5 %: 200 with 0.02, 100 with 0.03 */
    check_rel(quo_load_risk(&t, &law, 1.0), (200 * 0.02 + 100 * 0.03) / 0.05 - 12.0, 1e-12, "TVaR 95");
    t = terms_of(QUO_PRINCIPLE_COST_OF_CAPITAL, NAN);
    t.level = 0.95;
    t.rate = 0.12;
    t.diversification = 0.35;
    check_rel(quo_load_capital(&t, &law), (140.0 - 12.0) * 0.35, 1e-12, "capital");
    check_rel(quo_load_risk(&t, &law, 0.5), 0.12 * 128.0 * 0.35 * 0.5, 1e-12, "half a year of capital");
    t = terms_of(QUO_PRINCIPLE_TWO_LAYER_CAPITAL, NAN);
    t.junior_level = 0.95;
    t.junior_rate = 0.2;
    t.senior_level = 0.995;
    t.senior_rate = 0.1;
    /* VaR 95 = 100: junior 88; VaR 99.5 = 200: senior 200 - 12 - 88 = 100. */
    check_rel(quo_load_risk(&t, &law, 1.0), 0.2 * 88.0 + 0.1 * 100.0, 1e-12, "two layers");
}

static void gross_adds_up(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(11, 0, 0, 0);
    for (int i = 0; i < 2000; i++) {
        struct quo_terms t = terms_of(QUO_PRINCIPLE_EXPECTED_VALUE, 0.0);
        t.brokerage = 0.3 * quo_stream_uniform(&stream);
        t.profit = 0.2 * quo_stream_uniform(&stream);
        t.expenses_share = 0.2 * quo_stream_uniform(&stream);
        t.tax = 0.2 * quo_stream_uniform(&stream);
        t.expenses_fixed = 1e4 * quo_stream_uniform(&stream);
        t.minimum_premium = 1e5 * quo_stream_uniform(&stream);
        const double pure = 2e5 * quo_stream_uniform(&stream);
        const struct quo_gross g = quo_load_gross(&t, pure);
        check_rel(pure + g.expenses_fixed + g.expenses_share + g.profit + g.brokerage + g.minimum_added + g.tax,
                  g.gross, 1e-12, "the parts are the premium");
        assert_true(g.gross / (1.0 + t.tax) >= t.minimum_premium * (1.0 - 1e-12));
        assert_true(g.technical <= g.gross);
    }
}

static void gross_by_hand(void **state)
{
    (void)state;
    struct quo_terms t = terms_of(QUO_PRINCIPLE_EXPECTED_VALUE, 0.0);
    t.expenses_fixed = 15000.0;
    t.expenses_share = 0.08;
    t.brokerage = 0.15;
    t.profit = 0.05;
    t.tax = 0.1;
    t.minimum_premium = 0.0;
    struct quo_gross g = quo_load_gross(&t, 57000.0); /* (57000 + 15000)/0.72 = 100000 */
    check_rel(g.gross, 110000.0, 1e-14, "gross with tax");
    check_rel(g.technical, 85000.0, 1e-14, "technical is before brokerage and tax");
    t.minimum_premium = 120000.0;
    g = quo_load_gross(&t, 57000.0);
    check_rel(g.gross, 132000.0, 1e-14, "the minimum, with tax on it");
    check_rel(g.minimum_added, 20000.0, 1e-12, "what the minimum adds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(loads_by_hand), cmocka_unit_test(gross_by_hand),
                                       cmocka_unit_test(gross_adds_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
