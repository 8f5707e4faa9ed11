/* The planner against brute force: every set of up to twelve changes priced, every goal, random costs, budgets and targets. */
#include "check.h"
#include "whatifs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/planprice.h"
#include "risk/base/money.h"

struct game {
    struct quo_variants *v;
    struct quo_values *values;
    struct quo_shares a;
    double cost[WHATIFS_POOL];
};

static void start(struct whatifs_desk *desk, struct quo_variants *v, struct game *g)
{
    const struct quo_values_options priced = {.draws = 0, .seed = 1, .scored = true};
    const struct quo_shares_options options = {.orders = 4, .seed = 3};
    g->v = v;
    assert_int_equal(quo_values_new(desk->engine, v, &priced, &g->values), QUO_OK);
    assert_int_equal(quo_shares_new(g->values, v->n, &options, &g->a), QUO_OK);
    for (size_t i = 0; i < v->n; i++)
        g->cost[i] = v->plan->change[i].cost_per_year;
}

static void stop(struct game *g)
{
    quo_shares_free(&g->a);
    quo_values_free(g->values);
    quo_variants_free(g->v);
}

struct truth {
    bool found;
    double measure, cost;
};

/* The least of the goal over all sets, by the plainest code there is. */
static struct truth brute_force(struct game *g, const struct quo_planner_request *r)
{
    struct truth best = {false, INFINITY, INFINITY};
    for (size_t m = 0; m < (size_t)1 << g->v->n; m++) {
        struct quo_subset s = quo_subset_none();
        struct quo_outcome o;
        double cost = 0.0;
        s.word[0] = m;
        assert_int_equal(quo_values_get(g->values, s, &o), QUO_OK);
        for (size_t i = 0; i < g->v->n; i++)
            cost += m >> i & 1u ? g->cost[i] : 0.0;
        if (cost > r->budget + 1e-6)
            continue;
        double measure = 0.0, first, second;
        switch (r->goal) {
        case QUO_GOAL_PREMIUM:
            measure = o.gross_premium;
            break;
        case QUO_GOAL_NET:
            measure = o.gross_premium + cost;
            break;
        case QUO_GOAL_LOSS:
            measure = quo_money_rounded(o.expected_loss);
            break;
        case QUO_GOAL_TARGET_PREMIUM:
            measure = o.gross_premium;
            if (measure > r->target)
                continue;
            break;
        case QUO_GOAL_TARGET_SCORE:
            measure = -o.score;
            if (o.score < r->target)
                continue;
            break;
        }
        const bool targeted = r->goal >= QUO_GOAL_TARGET_PREMIUM;
        first = targeted ? cost : measure;
        second = targeted ? best.cost : best.measure;
        if (first < second - 1e-6) {
            best.found = true;
            best.measure = measure;
            best.cost = cost;
        }
    }
    return best;
}

static void compare(struct game *g, struct quo_planner_request r, const char *what, size_t round)
{
    for (int searched = 0; searched < 2; searched++) {
        struct quo_planned p;
        r.searched = searched;
        assert_int_equal(quo_planner_find(g->values, &g->a, g->cost, &r, &p), QUO_OK);
        const struct truth truth = brute_force(g, &r);
        if (p.found != truth.found)
            fail_msg("%s, plan %zu, searched %d: found %d, there is %d", what, round, searched, p.found, truth.found);
        if (!p.found)
            continue;
        const double cost = p.cost_per_year;
        const double measure = r.goal == QUO_GOAL_NET    ? p.outcome.gross_premium + cost
                               : r.goal == QUO_GOAL_LOSS ? p.outcome.expected_loss
                                                         : p.outcome.gross_premium;
        const bool targeted = r.goal >= QUO_GOAL_TARGET_PREMIUM;
        if (targeted ? fabs(cost - truth.cost) > 1e-6 : fabs(measure - truth.measure) > 0.006)
            fail_msg("%s, plan %zu, searched %d, exact %d: %.6f at %.2f, best %.6f at %.2f", what, round, searched,
                     p.exact, measure, cost, truth.measure, truth.cost);
        /* A score has no shared parts. */
        assert_int_equal(p.exact, !searched);
        assert_true(p.exact || p.searched);
        assert_true(cost <= r.budget + 1e-6);
    }
}

/* Every goal under random budgets and targets. */
static void all_goals(struct game *g, struct quo_stream *stream, int rounds, size_t round)
{
    double all = 0.0;
    for (size_t i = 0; i < g->v->n; i++)
        all += g->cost[i];
    for (int k = 0; k < rounds; k++) {
        const double budget = k == 3 ? INFINITY : all * quo_stream_uniform(stream), u = quo_stream_uniform(stream);
        const struct quo_planner_request r = {.budget = budget, .term_years = 1.0, .most = 100000};
        struct quo_planner_request one = r;
        one.goal = QUO_GOAL_PREMIUM;
        compare(g, one, "premium", round);
        one.goal = QUO_GOAL_NET;
        compare(g, one, "net", round);
        one.goal = QUO_GOAL_LOSS;
        compare(g, one, "loss", round);
        one.goal = QUO_GOAL_TARGET_PREMIUM;
        one.target = g->a.base.gross_premium + 1.1 * u * (g->a.all.gross_premium - g->a.base.gross_premium);
        compare(g, one, "target premium", round);
        one.goal = QUO_GOAL_TARGET_SCORE;
        one.target = g->a.base.score + 1.1 * u * (g->a.all.score - g->a.base.score);
        compare(g, one, "target score", round);
    }
}

static void equals_brute_force(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(21, 0, 0, 1);
    static const size_t changes[] = {4, 5, 6, 7, 8, 12};
    for (size_t round = 0; round < sizeof changes / sizeof *changes; round++) {
        struct game g;
        start(desk, whatifs_random(desk, &stream, changes[round]), &g);
        all_goals(&g, &stream, 4, round);
        stop(&g);
    }
}

/* Eleven changes that meet in few mechanisms: thresholds, storage and groups of one set, delays and who watches them; some do harm, some
 * do nothing alone. */
static void changes_that_meet(void **state)
{
    static const char plan[] =
        "changes = ( { id = \"a\"; cost_per_year = 9000; set = [\"protocol.signer_sets.treasury.threshold=4\"]; },"
        " { id = \"b\"; cost_per_year = 4000; set = [\"protocol.signer_sets.treasury.signers.ops-3.storage=hsm\"]; },"
        " { id = \"c\"; cost_per_year = 3000; set = "
        "[\"protocol.signer_sets.treasury.signers.ops-2.groups=org:outside\"]; },"
        " { id = \"d\"; cost_per_year = 0; set = [\"protocol.signer_sets.treasury.signers.ops-1.storage=env_file\"]; },"
        " { id = \"e\"; cost_per_year = 2000; set = [\"protocol.delays.upgrade.delay_hours=168\"]; },"
        " { id = \"f\"; cost_per_year = 30000; set = [\"protocol.answers.MO-02.level=4\", "
        "\"protocol.answers.MO-02.evidence=4\"]; },"
        " { id = \"g\"; cost_per_year = 12000; set = [\"protocol.answers.GA-02.level=4\", "
        "\"protocol.answers.GA-02.evidence=4\"]; },"
        " { id = \"h\"; cost_per_year = 15000; set = [\"protocol.answers.IR-01.level=4\", "
        "\"protocol.answers.IR-01.evidence=4\"]; },"
        " { id = \"i\"; cost_per_year = 1000; set = [\"protocol.answers.SD-04.level=0\"]; },"
        " { id = \"j\"; cost_per_year = 8000; set = [\"protocol.answers.PP-04.level=4\", "
        "\"protocol.answers.PP-04.evidence=4\"]; },"
        " { id = \"k\"; cost_per_year = 6000; set = [\"protocol.answers.KM-03.level=4\", "
        "\"protocol.answers.KM-03.evidence=3\"]; } );";
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(22, 0, 0, 1);
    struct game g;
    start(desk, whatifs_text(desk, "fixtures/examples/bridge.policy.cfg", plan), &g);
    assert_true(g.a.exact && g.a.shared);
    all_goals(&g, &stream, 3, 99);
    stop(&g);
}

static void no_budget_no_change(void **state)
{
    struct whatifs_desk *desk = *state;
    struct game g;
    struct quo_planned p;
    start(desk, whatifs_file(desk, "fixtures/examples/bridge.policy.cfg", "fixtures/examples/bridge.plan.cfg"), &g);
    struct quo_planner_request r = {.goal = QUO_GOAL_PREMIUM, .budget = 0.0, .term_years = 1.0, .most = 1000};
    assert_int_equal(quo_planner_find(g.values, &g.a, g.cost, &r, &p), QUO_OK);
    assert_true(p.found && p.exact && quo_subset_count(p.chosen) == 0 && p.cost_per_year == 0.0);
    /* A target that nothing reaches, and one that is reached already. */
    r = (struct quo_planner_request){
        .goal = QUO_GOAL_TARGET_PREMIUM, .budget = INFINITY, .target = 1.0, .term_years = 1.0, .most = 1000};
    assert_int_equal(quo_planner_find(g.values, &g.a, g.cost, &r, &p), QUO_OK);
    assert_true(!p.found && p.exact);
    r.target = 2e6;
    assert_int_equal(quo_planner_find(g.values, &g.a, g.cost, &r, &p), QUO_OK);
    assert_true(p.found && quo_subset_count(p.chosen) == 0);
    stop(&g);
}

/* Cut short, it says so and still gives its best. */
static void a_search_cut_short_is_not_exact(void **state)
{
    struct whatifs_desk *desk = *state;
    struct game g;
    struct quo_planned p;
    start(desk, whatifs_pool(desk, 6), &g);
    const struct quo_planner_request r = {
        .goal = QUO_GOAL_PREMIUM, .budget = 60000.0, .term_years = 1.0, .most = 0, .searched = true};
    assert_int_equal(quo_planner_find(g.values, &g.a, g.cost, &r, &p), QUO_OK);
    assert_true(p.found && !p.exact && !p.searched && p.gap >= 0.0);
    stop(&g);
}

static void the_frontier_is_efficient(void **state)
{
    struct whatifs_desk *desk = *state;
    struct game g;
    struct quo_frontier_point *point;
    size_t n;
    start(desk, whatifs_pool(desk, 6), &g);
    assert_int_equal(quo_planner_frontier(g.values, &g.a, g.cost, QUO_GOAL_PREMIUM, 1000, &point, &n), QUO_OK);
    assert_true(n > 2 && point[0].cost_per_year == 0.0);
    for (size_t i = 0; i < n; i++) {
        struct quo_planner_request r = {.goal = QUO_GOAL_PREMIUM, .budget = point[i].cost_per_year, .term_years = 1.0};
        const struct truth truth = brute_force(&g, &r);
        assert_true(point[i].exact && truth.measure == point[i].outcome.gross_premium);
        if (i + 1 < n) { /* nothing between two points beats the first */
            assert_true(point[i + 1].cost_per_year > point[i].cost_per_year &&
                        point[i + 1].outcome.gross_premium < point[i].outcome.gross_premium);
            r.budget = point[i + 1].cost_per_year - 1.0;
            assert_true(brute_force(&g, &r).measure == point[i].outcome.gross_premium);
        }
    }
    free(point);
    stop(&g);
}

/* What the shares have not priced is listed by parts: the same frontier, of premium and of loss. */
static void a_frontier_by_parts(void **state)
{
    struct whatifs_desk *desk = *state;
    struct game g;
    struct quo_values *values = NULL;
    struct quo_shares margins;
    const struct quo_values_options priced = {.draws = 0, .seed = 1};
    start(desk, whatifs_pool(desk, 11), &g);
    assert_int_equal(quo_values_new(desk->engine, g.v, &priced, &values), QUO_OK);
    assert_int_equal(quo_shares_margins(values, g.v->n, &margins), QUO_OK);
    for (int loss = 0; loss < 2; loss++) {
        const enum quo_goal goal = loss ? QUO_GOAL_LOSS : QUO_GOAL_PREMIUM;
        struct quo_frontier_point *known, *listed;
        size_t n, m;
        assert_int_equal(quo_planner_frontier(g.values, &g.a, g.cost, goal, 1000, &known, &n), QUO_OK);
        assert_int_equal(quo_planner_frontier(values, &margins, g.cost, goal, 1000, &listed, &m), QUO_OK);
        assert_true(n == m && n > 3);
        for (size_t i = 0; i < n; i++) {
            assert_true(listed[i].exact);
            assert_true(known[i].cost_per_year == listed[i].cost_per_year);
            check_rel(listed[i].outcome.gross, known[i].outcome.gross, 1e-12, "premium of a point");
        }
        free(known);
        free(listed);
    }
    quo_shares_free(&margins);
    quo_values_free(values);
    stop(&g);
}

/* A search measures by parts what quotes say; where a change takes the price out of parts' reach, by quotes. */
static void measures_of_a_search(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_variants *v = whatifs_text(
        desk, "fixtures/examples/bridge.policy.cfg",
        "changes = ( { id = \"a\"; cost_per_year = 1; set = [\"protocol.answers.SD-04.level=4\"]; },"
        " { id = \"b\"; cost_per_year = 1; set = [\"pricing.uncertainty_quantile=0.9\"]; },"
        " { id = \"c\"; cost_per_year = 1; set = [\"protocol.delays.upgrade.delay_hours=72\"]; } );");
    const struct quo_values_options priced = {.draws = 0, .seed = 1, .scored = true};
    static const enum quo_goal goals[] = {QUO_GOAL_PREMIUM, QUO_GOAL_NET, QUO_GOAL_LOSS, QUO_GOAL_TARGET_SCORE};
    struct quo_values *values = NULL;
    struct quo_subset set[9];
    assert_int_equal(quo_values_new(desk->engine, v, &priced, &values), QUO_OK);
    for (size_t m = 0; m < 9; m++) { /* one of them twice */
        set[m] = quo_subset_none();
        set[m].word[0] = m % 8;
    }
    for (size_t k = 0; k < sizeof goals / sizeof *goals; k++) {
        struct quo_planprice *price = NULL;
        double measure[9];
        assert_int_equal(quo_planprice_new(values, goals[k], &price), QUO_OK);
        assert_true(quo_planprice_shared(price));
        for (int again = 0; again < 2; again++)
            assert_int_equal(quo_planprice_many(price, set, 9, measure), QUO_OK);
        for (size_t m = 0; m < 9; m++) {
            struct quo_outcome o;
            assert_int_equal(quo_values_get(values, set[m], &o), QUO_OK);
            check_rel(measure[m],
                      goals[k] == QUO_GOAL_LOSS           ? o.expected_loss
                      : goals[k] == QUO_GOAL_TARGET_SCORE ? -o.score
                                                          : o.gross,
                      4e-9, "measure");
        }
        quo_planprice_free(price);
    }
    quo_values_free(values);
    quo_variants_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_brute_force),        cmocka_unit_test(changes_that_meet),
        cmocka_unit_test(no_budget_no_change),       cmocka_unit_test(a_search_cut_short_is_not_exact),
        cmocka_unit_test(the_frontier_is_efficient), cmocka_unit_test(a_frontier_by_parts),
        cmocka_unit_test(measures_of_a_search),
    };
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
