#include "pricing/whatif/planproof.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "pricing/whatif/planbound.h"
#include "pricing/whatif/planprice.h"

#define FEW 8 /* open changes whose sets are all priced */
#define BATCH 4 /* nodes at a time, however many threads there are */
#define HARD 16 /* open changes of a node that takes milliseconds */
#define FIRST_STEPS 100
#define STEPS 20
#define HALVES 12 /* of an interval that a bound is looked for in */
#define NODES_PER_SET 20 /* a node takes as long as so many sets */
#define SURE 1.0         /* weight of a change's prices alone, against what the perils quarrel about */

struct quo_planproof {
    struct quo_values *values;
    enum quo_goal goal;
    struct quo_planworlds worlds;
};

struct search {
    struct quo_planscore *score;
    struct quo_planprice *price;
    struct quo_planbound_ask ask;
    size_t nodes, limit;
    bool cut;
};

static struct quo_subset as_subset(uint64_t set)
{
    struct quo_subset s = quo_subset_none();
    s.word[0] = set;
    return s;
}

static bool hopeless(struct search *s, struct quo_planbound *bound, struct quo_plannode *node)
{
    const struct quo_planscore *score = s->score;
    const struct quo_planner_request *r = score->request;
    const double budget = r->budget * (1.0 + QUO_PLAN_SAME), best = score->best_measure,
                 cheaper = score->best.found ? fmin(budget, score->best.cost_per_year * (1.0 + QUO_PLAN_SAME)) : budget;
    if (r->goal == QUO_GOAL_TARGET_SCORE)
        return quo_planbound_none(bound, node, QUO_PLAN_NEAR_SCORE - r->target, cheaper);
    if (r->goal == QUO_GOAL_TARGET_PREMIUM)
        return quo_planbound_none(bound, node, r->target + QUO_PLAN_NEAR, cheaper);
    if (!score->best.found)
        return false;
    if (quo_planbound_none(bound, node, best + QUO_PLAN_NEAR, budget))
        return true;
    /* As good, but for less money. */
    return cheaper < budget && quo_planbound_none(bound, node, best - QUO_PLAN_NEAR, budget) &&
           quo_planbound_none(bound, node, best + QUO_PLAN_NEAR, cheaper);
}

/* All sets of the few open changes. */
static enum quo_status price_rest(struct search *s, const struct quo_plannode *node)
{
    struct quo_subset set[1 << FEW];
    double plain[1 << FEW];
    size_t m = 0;
    uint64_t chosen = 0;
    do { /* all subsets of the bits of open */
        const struct quo_subset one = as_subset(node->in | chosen);
        if (quo_planscore_affordable(s->score->request, quo_planscore_cost(s->score, one)))
            set[m++] = one;
        chosen = (chosen - node->open) & node->open;
    } while (chosen);
    enum quo_status status = quo_planprice_many(s->price, set, m, plain);
    for (size_t k = 0; k < m && status == QUO_OK; k++)
        status = quo_planscore_consider(s->score, set[k], plain[k]);
    return status;
}

/* The largest first; before them all that moves a peril in hours: its many events are what the bounds of a premium are bent by. */
static size_t branch_on(const struct search *s, const struct quo_plannode *node)
{
    size_t best = (size_t)__builtin_ctzll(node->open);
    uint64_t hours = 0;
    for (size_t p = 0; p < s->ask.world->n_tables; p++)
        if (!s->ask.world->table[p].money)
            hours |= s->ask.world->table[p].often | s->ask.world->table[p].rest;
    hours &= node->open;
    double most = -1.0;
    for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++) {
        double weight = 0.0;
        for (size_t p = 0; p < s->ask.world->n_tables; p++)
            weight += fabs(node->mu[p][i]);
        const double unsure = (node->wish[i] * (1.0 - node->wish[i]) + SURE) * weight;
        if ((hours ? hours : node->open) >> i & 1u && unsure > most) {
            most = unsure;
            best = i;
        }
    }
    return best;
}

/* Nodes still to be looked at, the last one first. */
struct stack {
    struct quo_plannode *node;
    size_t n, room;
};

static bool push(struct stack *stack, const struct quo_plannode *node)
{
    if (stack->n == stack->room) {
        struct quo_plannode *grown = realloc(stack->node, (2 * stack->room + 64) * sizeof *grown);
        if (!grown)
            return false;
        stack->node = grown;
        stack->room = 2 * stack->room + 64;
    }
    stack->node[stack->n++] = *node;
    return true;
}

/* With and without the change that is branched on, the likelier one last. */
static bool push_both(const struct search *s, struct stack *stack, const struct quo_plannode *node)
{
    const size_t i = branch_on(s, node);
    const uint64_t one = (uint64_t)1 << i;
    struct quo_plannode with = *node, without = *node;
    with.in |= one;
    with.cost += s->score->cost[i];
    with.open = without.open = node->open & ~one;
    with.steps = without.steps = STEPS;
    const bool likely = node->wish[i] >= 0.5;
    return push(stack, likely ? &without : &with) && push(stack, likely ? &with : &without);
}

static void drop_dear(const struct search *s, struct quo_plannode *node)
{
    for (uint64_t left = node->open; left; left &= left - 1) {
        const size_t i = (size_t)__builtin_ctzll(left);
        if (!quo_planscore_affordable(s->score->request, node->cost + s->score->cost[i]))
            node->open &= ~((uint64_t)1 << i);
    }
}

static bool is_few(const struct quo_plannode *node) { return __builtin_popcountll(node->open) <= FEW; }

/* done[n]: nothing better below. All nodes are held against the best there was before them, so that threads change nothing. */
static enum quo_status bound_all(struct search *s, struct quo_plannode *node, size_t n, bool *done)
{
    const int most = omp_get_max_threads(), lanes = s->ask.world->n_lanes, threads = most < lanes ? most : lanes;
    bool made = true, hard = false; /* worth a thread's waking */
    for (size_t k = 0; k < n; k++)
        hard = hard || __builtin_popcountll(node[k].open) >= HARD;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (n > 1 && hard)
    for (size_t k = 0; k < n; k++) {
        struct quo_planbound_ask ask = s->ask;
        ask.lane = omp_get_thread_num();
        done[k] = false;
        if (is_few(&node[k]))
            continue;
        struct quo_planbound *bound = quo_planbound_new(&ask, &node[k]);
        done[k] = bound && hopeless(s, bound, &node[k]);
        if (!bound) {
#pragma omp atomic write
            made = false;
        }
        quo_planbound_free(bound);
    }
    return made ? QUO_OK : QUO_MACHINE;
}

static enum quo_status visit(struct search *s, struct stack *stack)
{
    struct quo_plannode batch[BATCH];
    bool done[BATCH];
    const size_t n = stack->n < BATCH ? stack->n : BATCH;
    for (size_t k = 0; k < n; k++) {
        batch[k] = stack->node[--stack->n];
        drop_dear(s, &batch[k]);
        s->nodes += !is_few(&batch[k]);
    }
    s->cut = s->nodes > s->limit;
    enum quo_status status = s->cut ? QUO_OK : bound_all(s, batch, n, done);
    for (size_t k = 0; k < n && status == QUO_OK && !s->cut; k++)
        if (is_few(&batch[k]))
            status = price_rest(s, &batch[k]);
    for (size_t k = n; k-- > 0 && status == QUO_OK && !s->cut;)
        if (!is_few(&batch[k]) && !done[k] && !push_both(s, stack, &batch[k]))
            status = QUO_MACHINE;
    return status;
}

enum quo_status quo_planproof_new(struct quo_values *values, enum quo_goal goal, struct quo_planproof **out)
{
    *out = NULL;
    struct quo_planproof *proof = calloc(1, sizeof *proof);
    if (!proof)
        return QUO_MACHINE;
    proof->values = values;
    proof->goal = goal;
    const enum quo_status status = quo_planworlds_new(values, goal, &proof->worlds);
    if (status) {
        quo_planproof_free(proof);
        return status == QUO_MACHINE ? status : QUO_REFUSED;
    }
    *out = proof;
    return QUO_OK;
}

void quo_planproof_free(struct quo_planproof *proof)
{
    if (proof)
        quo_planworlds_free(&proof->worlds);
    free(proof);
}

static struct quo_plannode root_of(const struct quo_planscore *score, const struct quo_planworld *world)
{
    struct quo_plannode root = {.in = world->in, .open = world->open, .steps = FIRST_STEPS};
    root.cost = quo_planscore_cost(score, as_subset(root.in));
    return root;
}

static enum quo_status search_world(struct search *s, const struct quo_planworld *world)
{
    const struct quo_plannode root = root_of(s->score, world);
    struct stack stack = {0};
    s->ask.world = world;
    if (!quo_planscore_affordable(s->score->request, root.cost))
        return QUO_OK;
    enum quo_status status = push(&stack, &root) ? QUO_OK : QUO_MACHINE;
    while (stack.n && status == QUO_OK && !s->cut)
        status = visit(s, &stack);
    free(stack.node);
    return status;
}

static struct quo_planbound_ask ask_of(const struct quo_planproof *proof, const struct quo_planscore *score, double *cost)
{
    for (size_t i = 0; i < QUO_SPLIT_CHANGES; i++)
        cost[i] = i < score->n ? score->cost[i] : 0.0;
    return (struct quo_planbound_ask){.goal = proof->goal, .cost = cost, .term_years = score->request->term_years};
}

/* What a bisection can ask: at a first node, no set below `middle`, or of a target none that costs at most so much. */
static bool none_below(struct quo_planbound *bound, struct quo_plannode *root, const struct quo_planner_request *r, double middle)
{
    const double budget = r->budget * (1.0 + QUO_PLAN_SAME);
    if (r->goal == QUO_GOAL_TARGET_SCORE)
        return quo_planbound_none(bound, root, QUO_PLAN_NEAR_SCORE - r->target, middle);
    if (r->goal == QUO_GOAL_TARGET_PREMIUM)
        return quo_planbound_none(bound, root, r->target + QUO_PLAN_NEAR, middle);
    return quo_planbound_none(bound, root, middle, budget);
}

enum quo_status quo_planproof_bound(struct quo_planproof *proof, const struct quo_planscore *score, double *out)
{
    double cost[QUO_SPLIT_CHANGES];
    const struct quo_planner_request *r = score->request;
    struct quo_planbound_ask ask = ask_of(proof, score, cost);
    double most = quo_planscore_targeted(r->goal) ? score->best.cost_per_year : score->best_measure;
    *out = NAN;
    if (!score->best.found)
        return QUO_OK;
    for (size_t w = 0; w < proof->worlds.n; w++) { /* the least of all */
        struct quo_plannode root = root_of(score, &proof->worlds.world[w]);
        ask.world = &proof->worlds.world[w];
        if (!quo_planscore_affordable(r, root.cost))
            continue;
        struct quo_planbound *bound = quo_planbound_new(&ask, &root);
        if (!bound)
            return QUO_MACHINE;
        double low = 0.0, high = most;
        bool none = none_below(bound, &root, r, most);
        for (int k = 0; k < HALVES && !none; k++) {
            const double middle = 0.5 * (low + high);
            *(none_below(bound, &root, r, middle) ? &low : &high) = middle;
        }
        quo_planbound_free(bound);
        most = none ? most : low;
    }
    *out = most;
    return QUO_OK;
}

enum quo_status quo_planproof_run(struct quo_planproof *proof, struct quo_planscore *score)
{
    double cost[QUO_SPLIT_CHANGES];
    struct search s = {.score = score,
                       .ask = ask_of(proof, score, cost),
                       .limit = score->request->most / NODES_PER_SET};
    enum quo_status status = quo_planprice_new(proof->values, proof->goal, &s.price);
    if (status)
        return status;
    if (!quo_planprice_shared(s.price))
        status = QUO_REFUSED;
    for (size_t w = 0; w < proof->worlds.n && status == QUO_OK; w++)
        status = search_world(&s, &proof->worlds.world[w]);
    if (status == QUO_OK)
        score->best.exact = !s.cut;
    quo_planprice_free(s.price);
    return status == QUO_REFUSED ? QUO_OK : status;
}
