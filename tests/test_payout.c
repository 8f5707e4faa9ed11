#include "check.h"
#include "policies/payout.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Survival of the index law named in a row's params. */
static double survival(double x, const char *law)
{
    char family[32];
    assert_true(ref_text(law, "family", family, sizeof family));
    if (strcmp(family, "lognormal") == 0)
        return gsl_cdf_lognormal_Q(x, ref_number(law, "meanlog"), ref_number(law, "sdlog"));
    if (strcmp(family, "weibull") == 0)
        return gsl_cdf_weibull_Q(x, ref_number(law, "scale"), ref_number(law, "shape"));
    if (strcmp(family, "gpd") == 0) {
        const double xi = ref_number(law, "xi"), y = (x - ref_number(law, "mu")) / ref_number(law, "beta");
        return y <= 0.0 ? 1.0 : exp(-log1p(xi * y) / xi);
    }
    fail_msg("no such family: %s", law);
    return NAN;
}

/* The row's payout as shares of an amount, which comes back. */
static double payout_of_row(const char *args, struct quo_payout *payout)
{
    char shape[32], points[256];
    double amount = ref_number(args, "amount");
    quo_payout_init(payout);
    assert_true(ref_text(args, "payout", shape, sizeof shape));
    if (strcmp(shape, "binary") == 0) {
        payout->attach = ref_number(args, "trigger");
    } else if (strcmp(shape, "linear") == 0) {
        payout->shape = QUO_PAYOUT_LINEAR;
        payout->attach = ref_number(args, "attachment");
        payout->exhaust = ref_number(args, "exhaustion");
    } else if (strcmp(shape, "linear_from") == 0) { /* jumps to a share at the attachment: a table of two points */
        payout->shape = QUO_PAYOUT_TABLE;
        payout->n_steps = 2;
        payout->step[0] = (struct quo_payout_step){ref_number(args, "attachment"), ref_number(args, "at_attachment")};
        payout->step[1] = (struct quo_payout_step){ref_number(args, "exhaustion"), 1.0};
    } else if (strcmp(shape, "steps") == 0) {
        payout->shape = QUO_PAYOUT_STEPS;
        amount = ref_number(args, "pay3");
        for (int i = 0; i < 3; i++) {
            char from[16], pay[16];
            snprintf(from, sizeof from, "from%d", i + 1);
            snprintf(pay, sizeof pay, "pay%d", i + 1);
            payout->step[payout->n_steps++] =
                (struct quo_payout_step){ref_number(args, from), ref_number(args, pay) / amount};
        }
    } else if (strcmp(shape, "table") == 0) {
        payout->shape = QUO_PAYOUT_TABLE;
        assert_true(ref_text(args, "points", points, sizeof points));
        for (char *rest = points, *one; (one = strsep(&rest, "/"));) {
            struct quo_payout_step *step = &payout->step[payout->n_steps++];
            assert_int_equal(sscanf(one, "%lf:%lf", &step->at, &step->pays), 2);
        }
    } else if (strncmp(shape, "per_hour", 8) == 0) {
        const double hours = ref_number(args, "max_hours");
        payout->shape = QUO_PAYOUT_PER_HOUR;
        payout->per_hour = 1.0 / hours;
        amount = hours * ref_number(args, "rate");
        *(strcmp(shape, "per_hour") == 0 ? &payout->waiting : &payout->franchise) = ref_number(args, "waiting");
    } else {
        fail_msg("no such payout: %s", args);
    }
    assert_null(quo_payout_invalid(payout));
    return amount;
}

/* E[share^k] from the inverse: integral of k y^(k-1) P[share > y], Gauss-Legendre between the bends of the inverse. */
static double moment(int k, const struct quo_payout *payout, const char *law)
{
    struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX];
    const int n = quo_payout_pieces(payout, piece);
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(60);
    double total = 0.0, low = 0.0;
    for (int i = 0; i < 2 * n; i++) { /* both ends of every piece, in order: where the inverse may bend */
        const struct quo_payout_piece *p = &piece[i / 2];
        const double high = i % 2 == 0 ? p->share : p->slope > 0.0 ? p->share + p->slope * (p->to - p->from) : p->share;
        for (size_t j = 0; high > low && j < 60; j++) {
            double y, weight;
            gsl_integration_glfixed_point(low, high, j, &y, &weight, table);
            total += weight * k * pow(y, k - 1) * survival(quo_payout_index_above(y, payout, NULL), law);
        }
        low = fmax(low, high);
    }
    gsl_integration_glfixed_table_free(table);
    return total;
}

static void reference_payouts(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        if (strncmp(row[i].case_id, "payout-", 7) != 0)
            continue;
        struct quo_payout payout;
        const double amount = payout_of_row(row[i].args, &payout), mean = moment(1, &payout, row[i].params);
        if (strcmp(row[i].quantity, "expected_payout") == 0)
            ref_check(&tally, &row[i], amount * mean);
        else if (strcmp(row[i].quantity, "payout_variance") == 0)
            ref_check(&tally, &row[i], amount * amount * (moment(2, &payout, row[i].params) - mean * mean));
        else if (strcmp(row[i].quantity, "probability_of_full_payout") == 0)
            ref_check(&tally, &row[i], survival(payout.exhaust, row[i].params));
        else
            fail_msg("line %d: no such quantity: %s", row[i].line, row[i].quantity);
    }
    ref_free(row, n);
    ref_done(&tally, 29);
}

static uint64_t seed = 20260801;
static double draw(void) /* [0, 1), splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void any_payout(struct quo_payout *payout)
{
    quo_payout_init(payout);
    payout->shape = (enum quo_payout_shape)(draw() * 5);
    payout->attach = draw() < 0.2 ? 0.0 : draw();
    payout->exhaust = payout->attach + 0.05 + draw();
    payout->franchise = draw() < 0.5 ? 0.0 : 1.5 * draw();
    payout->waiting = draw();
    payout->per_hour = 0.2 + 4.0 * draw();
    payout->n_steps = 1 + (int)(draw() * QUO_PAYOUT_STEPS_MAX);
    double at = 0.3 * draw(), pays = 0.0;
    for (int i = 0; i < payout->n_steps; i++) {
        payout->step[i] = (struct quo_payout_step){at, pays = fmin(1.0, pays + (draw() < 0.3 ? 0.0 : 0.2 * draw()))};
        at += 0.01 + 0.2 * draw();
    }
    payout->step[payout->n_steps - 1].pays = fmax(pays, 0.5);
    if (quo_payout_invalid(payout))
        fail_msg("shape %d: %s", payout->shape, quo_payout_invalid(payout));
}

/* payout(x) > y on exactly one side of the inverse; pieces, points and share agree. */
static void identities_of_random_payouts(void **state)
{
    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct quo_payout payout;
        any_payout(&payout);
        struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX];
        const int n = quo_payout_pieces(&payout, piece);
        assert_in_range(n, 1, QUO_PAYOUT_PIECES_MAX);
        assert_true(piece[0].from == 0.0 && isinf(piece[n - 1].to));
        double before = 0.0;
        for (int i = 0; i < 40; i++) {
            const double x = 8.0 * i / 39.0, share = quo_payout_share(x, &payout);
            assert_true(share >= before && share <= 1.0);
            before = share;
            int p = 0;
            while (x >= piece[p].to) {
                assert_true(piece[p].to == piece[p + 1].from);
                p++;
            }
            check_abs(piece[p].share + piece[p].slope * (x - piece[p].from), share, 1e-12, "piece %d of shape %d at %g",
                      p, payout.shape, x);
        }
        for (int i = 0; i < 20; i++) {
            bool jump;
            const double y = draw(), x = quo_payout_index_above(y, &payout, &jump);
            if (isinf(x)) {
                assert_true(quo_payout_share(INFINITY, &payout) <= y);
                continue;
            }
            assert_true(quo_payout_share(x + 1e-9, &payout) > y);
            assert_true(x == 0.0 || quo_payout_share(x - 1e-9, &payout) <= y);
            if (jump)
                assert_true(quo_payout_share(x, &payout) > y);
            else
                check_abs(quo_payout_share(x, &payout), y, 1e-12, "rises through %g", y);
        }
        double points[QUO_PAYOUT_STEPS_MAX];
        const int n_points = quo_payout_points(&payout, points);
        assert_true((n_points > 0) == (payout.shape == QUO_PAYOUT_BINARY || payout.shape == QUO_PAYOUT_STEPS));
        for (int i = 0; i < n_points; i++) { /* each is really paid somewhere, and they ascend */
            assert_true(points[i] > (i ? points[i - 1] : 0.0));
            const double at = quo_payout_index_above(i ? points[i - 1] : 0.0, &payout, NULL);
            check_rel(quo_payout_share(at, &payout), points[i], 0.0, "point %d", i);
        }
    }
}

static void edges_and_infinities(void **state)
{
    (void)state;
    struct quo_payout linear = {.shape = QUO_PAYOUT_LINEAR, .attach = 0.02, .exhaust = 0.2, .franchise = 0.11};
    bool jump;
    assert_true(isnan(quo_payout_share(NAN, &linear)));
    assert_true(quo_payout_share(INFINITY, &linear) == 1.0 && quo_payout_share(-INFINITY, &linear) == 0.0);
    assert_true(quo_payout_share(0.1099, &linear) == 0.0);
    check_rel(quo_payout_share(0.11, &linear), 0.5, 1e-14, "at the franchise");
    assert_true(quo_payout_index_above(0.3, &linear, &jump) == 0.11 && jump);
    check_rel(quo_payout_index_above(0.75, &linear, &jump), 0.155, 1e-14, "above the franchise");
    assert_false(jump);
    assert_true(isinf(quo_payout_index_above(1.0, &linear, NULL)));
    assert_true(quo_payout_index_above(-0.1, &linear, &jump) == 0.0 && jump);
    assert_true(isnan(quo_payout_index_above(NAN, &linear, NULL)));
    /* The example's standstill cover: 25 % at 12 h, 60 % at 48 h, all at 120 h, each inclusive. */
    struct quo_payout steps = {.shape = QUO_PAYOUT_STEPS, .n_steps = 3, .step = {{12, 0.25}, {48, 0.6}, {120, 1.0}}};
    assert_true(quo_payout_share(11.99, &steps) == 0.0 && quo_payout_share(12.0, &steps) == 0.25);
    assert_true(quo_payout_share(119.9, &steps) == 0.6 && quo_payout_share(1e9, &steps) == 1.0);
}

static void impossible_terms_are_told(void **state)
{
    (void)state;
    static const struct {
        struct quo_payout payout;
        const char *part;
    } bad[] = {
        {{.shape = QUO_PAYOUT_BINARY, .attach = -1.0}, "attachment"},
        {{.shape = QUO_PAYOUT_BINARY, .attach = NAN}, "attachment"},
        {{.shape = QUO_PAYOUT_BINARY, .franchise = -1.0}, "franchise"},
        {{.shape = QUO_PAYOUT_LINEAR, .attach = -0.1, .exhaust = 1.0}, "attachment"},
        {{.shape = QUO_PAYOUT_LINEAR, .attach = 0.2, .exhaust = 0.2}, "exhaustion is not above"},
        {{.shape = QUO_PAYOUT_LINEAR, .attach = 0.2, .exhaust = INFINITY}, "exhaustion is not above"},
        {{.shape = QUO_PAYOUT_PER_HOUR, .waiting = -1.0, .per_hour = 1.0}, "waiting"},
        {{.shape = QUO_PAYOUT_PER_HOUR, .per_hour = 0.0}, "an hour"},
        {{.shape = QUO_PAYOUT_STEPS}, "no steps"},
        {{.shape = QUO_PAYOUT_STEPS, .n_steps = 33}, "more than 32"},
        {{.shape = QUO_PAYOUT_STEPS, .n_steps = 1, .step = {{-1.0, 1.0}}}, "negative"},
        {{.shape = QUO_PAYOUT_STEPS, .n_steps = 1, .step = {{1.0, 1.2}}}, "more than 1"},
        {{.shape = QUO_PAYOUT_STEPS, .n_steps = 1, .step = {{1.0, NAN}}}, "more than 1"},
        {{.shape = QUO_PAYOUT_STEPS, .n_steps = 2, .step = {{2.0, 0.1}, {2.0, 0.2}}}, "out of order"},
        {{.shape = QUO_PAYOUT_TABLE, .n_steps = 2, .step = {{1.0, 0.5}, {2.0, 0.2}}}, "pays less"},
        {{.shape = QUO_PAYOUT_TABLE, .n_steps = 1, .step = {{1.0, 0.0}}}, "never pays"},
        {{.shape = (enum quo_payout_shape)9}, "shape"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *said = quo_payout_invalid(&bad[i].payout);
        if (!said || !strstr(said, bad[i].part))
            fail_msg("case %zu: '%s' does not speak of '%s'", i, said ? said : "nothing", bad[i].part);
    }
    assert_string_equal(quo_payout_shape_id(QUO_PAYOUT_PER_HOUR), "per_hour");
    assert_string_equal(quo_payout_shape_id((enum quo_payout_shape)9), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_payouts),
        cmocka_unit_test(identities_of_random_payouts),
        cmocka_unit_test(edges_and_infinities),
        cmocka_unit_test(impossible_terms_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
