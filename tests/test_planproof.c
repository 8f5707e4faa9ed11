/* Bounds that hold: no set measures less than a node's bound says, over random nodes of random plans; and proofs against brute force. */
#include "check.h"
#include "whatifs.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/planbound.h"
#include "pricing/whatif/planproof.h"

#define MANY 10  /* changes of which every set is priced */
#define WHOLE 11 /* of a proof: some are left when all but eight are decided */
#define SETS ((uint64_t)1 << WHOLE)

struct game {
    struct quo_variants *v;
    struct quo_values *values;
    struct quo_shares a;
    double cost[QUO_SPLIT_CHANGES];
    const double *gross, *loss; /* of every set */
    double *score;              /* the same; NULL: not asked for */
};

static void start(struct whatifs_desk *desk, struct quo_variants *v, bool every, struct game *g)
{
    const struct quo_values_options priced = {.draws = 0, .seed = 1, .scored = true};
    memset(g, 0, sizeof *g);
    g->v = v;
    assert_int_equal(quo_values_new(desk->engine, v, &priced, &g->values), QUO_OK);
    assert_int_equal(quo_shares_margins(g->values, v->n, &g->a), QUO_OK);
    for (size_t i = 0; i < v->n; i++)
        g->cost[i] = v->plan->change[i].cost_per_year;
    if (every)
        assert_int_equal(quo_values_all(g->values, v->n, false, NULL, &g->gross, &g->loss), QUO_OK);
}

/* The score of every set too. */
static void score_all(struct whatifs_desk *desk, struct game *g)
{
    const size_t n = (size_t)1 << g->v->n;
    uint64_t *set = malloc(n * sizeof *set);
    g->score = malloc(n * sizeof *g->score);
    assert_true(set && g->score);
    for (size_t i = 0; i < n; i++)
        set[i] = i;
    assert_int_equal(quo_everyset_some(desk->engine, g->v, set, n, NULL, NULL, NULL, g->score), QUO_OK);
    free(set);
}

static void stop(struct game *g)
{
    free(g->score);
    quo_shares_free(&g->a);
    quo_values_free(g->values);
    quo_variants_free(g->v);
}

static double cost_of(const struct game *g, uint64_t set)
{
    double sum = 0.0;
    for (size_t i = 0; i < g->v->n; i++)
        sum += set >> i & 1u ? g->cost[i] : 0.0;
    return sum;
}

static double measure_of(const struct game *g, enum quo_goal goal, uint64_t set)
{
    return goal == QUO_GOAL_LOSS           ? g->loss[set]
           : goal == QUO_GOAL_TARGET_SCORE ? -g->score[set]
                                           : g->gross[set] + (goal == QUO_GOAL_NET ? cost_of(g, set) : 0.0);
}

/* The least of all sets between, within the budget, by the plainest code there is. */
static double least_between(const struct game *g, enum quo_goal goal, uint64_t in, uint64_t open, double budget)
{
    double least = INFINITY;
    for (uint64_t set = 0; set < (uint64_t)1 << g->v->n; set++)
        if ((set & in) == in && (set & ~(in | open)) == 0 && cost_of(g, set) <= budget + 1e-6)
            least = fmin(least, measure_of(g, goal, set));
    return least;
}

struct tally {
    size_t asked, close; /* bounds; of them those within 2 % of the truth */
};

/* At random nodes: never "none" where there is one; often "none" a little below the least. */
static void ask_nodes(struct game *g, struct quo_planworlds *worlds, enum quo_goal goal, struct quo_stream *stream, int nodes,
                      struct tally *tally)
{
    double all = cost_of(g, ((uint64_t)1 << g->v->n) - 1);
    for (int k = 0; k < nodes; k++) {
        struct quo_planworld *w = &worlds->world[quo_stream_below(stream, (uint32_t)worlds->n)];
        struct quo_plannode node = {.in = w->in, .steps = 60};
        for (size_t i = 0; i < g->v->n; i++) {
            const uint32_t kind = quo_stream_below(stream, 3);
            if (w->open >> i & 1u)
                *(kind ? &node.open : &node.in) |= kind == 2 ? 0 : (uint64_t)1 << i;
        }
        node.cost = cost_of(g, node.in);
        const double budget = k % 3 ? node.cost + (all - node.cost) * quo_stream_uniform(stream) : INFINITY,
                     least = least_between(g, goal, node.in, node.open, budget);
        const struct quo_planbound_ask ask = {.world = w, .goal = goal, .cost = g->cost, .term_years = 1.0};
        struct quo_planbound *bound = quo_planbound_new(&ask, &node);
        assert_non_null(bound);
        if (quo_planbound_none(bound, &node, least + 1e-7 * fabs(least), budget))
            fail_msg("goal %d, node %d: in %llx open %llx: none below %.6f, there is one", (int)goal, k,
                     (unsigned long long)node.in, (unsigned long long)node.open, least);
        tally->asked++;
        tally->close += quo_planbound_none(bound, &node, least - 0.02 * fabs(least), budget);
        quo_planbound_free(bound);
    }
}

static void bounds_hold(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(31, 0, 0, 1);
    static const enum quo_goal goals[] = {QUO_GOAL_LOSS, QUO_GOAL_PREMIUM, QUO_GOAL_NET, QUO_GOAL_TARGET_SCORE};
    struct tally tally[4] = {{0}};
    for (int plan = 0; plan < 4; plan++) {
        struct game g;
        start(desk, whatifs_random(desk, &stream, MANY), true, &g);
        score_all(desk, &g);
        for (size_t k = 0; k < 4; k++) {
            struct quo_planworlds worlds; /* those of a premium are good for premium and cost too */
            assert_int_equal(quo_planworlds_new(g.values, goals[k], &worlds), QUO_OK);
            ask_nodes(&g, &worlds, goals[k], &stream, k == 1 ? 80 : 240, &tally[k]);
            if (goals[k] == QUO_GOAL_PREMIUM) {
                k++;
                ask_nodes(&g, &worlds, goals[k], &stream, 80, &tally[k]);
            }
            quo_planworlds_free(&worlds);
        }
        stop(&g);
    }
    for (size_t k = 0; k < 4; k++) {
        print_message("goal %d: %zu bounds hold, %zu within 2 %%\n", (int)goals[k], tally[k].asked, tally[k].close);
        assert_true(2 * tally[k].close > tally[k].asked);
    }
}

/* The same under the other principles that the bounds know, more incidents, and signers' thresholds. */
static void bounds_hold_under_other_terms(void **state)
{
    static const char *const terms[] = {"\"pricing.principle=expected_value\", \"pricing.loading=0.3\"",
                                        "\"pricing.principle=tvar\", \"pricing.level=0.9\"",
                                        "\"protocol.history.incidents=2\", \"protocol.history.years=6\"",
                                        "\"covers.theft.trigger.false_alarm_per_year=0.05\""};
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(32, 0, 0, 1);
    for (size_t t = 0; t < sizeof terms / sizeof *terms; t++) {
        char text[4096];
        struct game g;
        struct quo_planworlds worlds;
        struct tally tally = {0};
        snprintf(text, sizeof text,
                 "changes = ( { id = \"t\"; cost_per_year = 0; set = [%s]; },"
                 " { id = \"a\"; cost_per_year = 9000; set = [\"protocol.signer_sets.treasury.threshold=4\"]; },"
                 " { id = \"b\"; cost_per_year = 4000; set = [\"protocol.signer_sets.treasury.signers.ops-3.storage=hsm\"]; },"
                 " { id = \"c\"; cost_per_year = 3000; set = [\"protocol.signer_sets.verifiers.signers.v-2.groups=org:second\"]; },"
                 " { id = \"d\"; cost_per_year = 2000; set = [\"protocol.caps.bridge-outflow.per_hour_usd=1e6\"]; },"
                 " { id = \"e\"; cost_per_year = 2000; set = [\"protocol.delays.upgrade.delay_hours=168\"]; },"
                 " { id = \"f\"; cost_per_year = 30000; set = [\"protocol.answers.MO-02.level=4\"]; },"
                 " { id = \"g\"; cost_per_year = 12000; set = [\"protocol.answers.MO-04.level=4\"]; },"
                 " { id = \"h\"; cost_per_year = 7000; set = [\"protocol.answers.KM-05.level=4\"]; } );",
                 terms[t]);
        start(desk, whatifs_text(desk, "fixtures/examples/bridge.policy.cfg", text), true, &g);
        assert_int_equal(quo_planworlds_new(g.values, QUO_GOAL_PREMIUM, &worlds), QUO_OK);
        assert_int_equal(worlds.n, 2);
        ask_nodes(&g, &worlds, QUO_GOAL_PREMIUM, &stream, 60, &tally);
        quo_planworlds_free(&worlds);
        stop(&g);
    }
}

static void proofs_equal_brute_force(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(33, 0, 0, 1);
    static const enum quo_goal goals[] = {QUO_GOAL_LOSS, QUO_GOAL_PREMIUM, QUO_GOAL_NET, QUO_GOAL_TARGET_PREMIUM,
                                          QUO_GOAL_TARGET_SCORE};
    for (int plan = 0; plan < 3; plan++) {
        struct game g;
        start(desk, whatifs_random(desk, &stream, WHOLE), true, &g);
        score_all(desk, &g);
        const double all = cost_of(&g, SETS - 1);
        for (size_t k = 0; k < 5; k++) {
            const bool scored = goals[k] == QUO_GOAL_TARGET_SCORE, targeted = scored || goals[k] == QUO_GOAL_TARGET_PREMIUM;
            const double *of = scored ? g.score : g.gross;
            struct quo_planner_request r = {.goal = goals[k], .budget = plan ? all * quo_stream_uniform(&stream) : INFINITY, .term_years = 1.0, .most = 1000000};
            r.target = of[0] + quo_stream_uniform(&stream) * (of[SETS - 1] - of[0]);
            struct quo_planscore s = {.values = g.values, .attribution = &g.a, .cost = g.cost, .n = WHOLE, .request = &r, .best_measure = INFINITY};
            struct quo_planproof *proof;
            struct quo_planscore alone = s;
            assert_int_equal(quo_planproof_new(g.values, goals[k], &proof), QUO_OK);
            assert_int_equal(quo_planproof_run(proof, &s), QUO_OK);
            omp_set_num_threads(1); /* threads change nothing */
            assert_int_equal(quo_planproof_run(proof, &alone), QUO_OK);
            omp_set_num_threads(omp_get_num_procs());
            quo_planproof_free(proof);
            assert_true(s.best.exact && alone.best.exact);
            assert_int_equal(s.best.priced, alone.best.priced);
            assert_memory_equal(&s.best.chosen, &alone.best.chosen, sizeof s.best.chosen);
            double least = INFINITY;
            for (uint64_t set = 0; set < SETS; set++) {
                if (cost_of(&g, set) <= r.budget && (!targeted || (scored ? of[set] >= r.target : of[set] <= r.target)))
                    least = fmin(least, targeted ? cost_of(&g, set) : measure_of(&g, goals[k], set));
            }
            assert_int_equal(s.best.found, isfinite(least));
            if (s.best.found)
                assert_true(fabs((targeted ? s.best.cost_per_year : s.best_measure) - least) < 0.02);
        }
        stop(&g);
    }
}

/* The first n of forty changes: more sets than can be listed, proved all the same. */
static void proved(struct whatifs_desk *desk, size_t n, enum quo_goal goal, double budget)
{
    struct quo_plan *plan = NULL;
    struct quo_variants *v = NULL;
    struct game g;
    struct quo_planned p;
    assert_int_equal(quo_plan_load("fixtures/plans/bridge-forty.plan.cfg", &plan, &desk->faults), QUO_OK);
    quo_plan_cut(plan, n);
    assert_int_equal(quo_variants_new("fixtures/examples/bridge.policy.cfg", desk->engine->catalogue, plan, "plan", &v, &desk->faults), QUO_OK);
    start(desk, v, false, &g);
    const struct quo_planner_request r = {.goal = goal, .budget = budget, .target = 0.5 * (g.a.base.score + g.a.all.score), .term_years = 1.0, .most = 6000};
    assert_int_equal(quo_planner_find(g.values, &g.a, g.cost, &r, &p), QUO_OK);
    assert_true(p.found && p.exact && p.cost_per_year <= budget);
    stop(&g);
}

static void more_than_can_be_listed(void **state)
{
    proved(*state, 23, QUO_GOAL_PREMIUM, 500e3);
    proved(*state, 26, QUO_GOAL_LOSS, 600e3);
    proved(*state, 24, QUO_GOAL_TARGET_SCORE, 600e3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(bounds_hold_under_other_terms),
        cmocka_unit_test(proofs_equal_brute_force),
        cmocka_unit_test(more_than_can_be_listed),
    };
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
