/* Branch and bound of planner.h [methods: plans]. A node is a set that is decided (in or out) and a set that is not; its bounds are those of planner.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/planprice.h"
#include "pricing/whatif/planscore.h"

/* What is left for three and more changes that save more together than their pairs explain, or harm each other on the way. Judgement. */
#define MARGIN 1.02

struct node {
    struct quo_subset in;   /* decided to be in */
    struct quo_subset open; /* not decided */
    double cost, plain;     /* of `in` */
    double bound;           /* no set below this node was expected to measure less */
};

struct search {
    struct quo_planscore *score;
    struct quo_planprice *price;
    double harm
        [QUO_SUBSET_MAX]; /* what a change adds to the measure alone or on top of all the others, 0 if it does not */
    double *synergy;      /* synergy[n * n]: what a pair saves extra, 0 if it overlaps */
    size_t limit;         /* sets that may be priced */
    bool cut, broken;
};

static double rate(const struct search *s, size_t i) { return s->score->cost[i]; }

static double goal_target(const struct search *s)
{
    const struct quo_planner_request *r = s->score->request;
    return r->goal == QUO_GOAL_TARGET_SCORE ? -r->target : r->target;
}

/* The goal's measure from the plain one, which leaves the cost of the changes out and is what the bounds are about. */
static double whole(const struct search *s, double plain, double cost)
{
    const struct quo_planner_request *r = s->score->request;
    return r->goal == QUO_GOAL_NET ? plain + cost * r->term_years : plain;
}

struct item {
    size_t change;
    double saves, cost; /* at most so much of the measure; a year */
};

static double ratio(const struct item *item)
{
    return item->cost > 0.0 ? item->saves / item->cost : item->saves > 0.0 ? INFINITY : 0.0;
}

static int by_ratio(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    const double u = ratio(x), v = ratio(y);
    if (u != v)
        return u > v ? -1 : 1;
    return x->change < y->change ? -1 : x->change > y->change;
}

/* The most that a budget buys, fractions allowed [Dantzig 1957]; items by falling ratio. */
static double knapsack(const struct item *item, size_t n, double budget)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (item[i].cost <= budget) {
            sum += item[i].saves;
            budget -= item[i].cost;
        } else {
            return MARGIN * (sum + item[i].saves * budget / item[i].cost);
        }
    }
    return MARGIN * sum;
}

/* The least cost that saves so much; INFINITY where all does not. */
static double least_cost(const struct item *item, size_t n, double wanted)
{
    double sum = 0.0;
    wanted = wanted > 0.0 ? wanted / MARGIN : wanted;
    for (size_t i = 0; i < n; i++) {
        if (item[i].saves >= wanted)
            return sum + (wanted > 0.0 ? item[i].cost * wanted / item[i].saves : 0.0);
        sum += item[i].cost;
        wanted -= item[i].saves;
    }
    return wanted > 0.0 ? INFINITY : sum;
}

static double net_gain(const struct search *s, const struct item *item, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += fmax(0.0, MARGIN * item[i].saves - item[i].cost * s->score->request->term_years);
    return sum;
}

/* Whether nothing below can be better than what was found. top: the plain measure with all that is open in, less harm. *bound: the
 * least measure that the node can reach (of a target: its least plain measure). */
static bool hopeless(const struct search *s, const struct node *node, const struct item *item, size_t n, double top,
                     double *bound)
{
    const struct quo_planscore *score = s->score;
    const struct quo_planner_request *r = score->request;
    const double here = node->plain, slack = r->goal == QUO_GOAL_TARGET_SCORE ? QUO_PLAN_NEAR_SCORE : QUO_PLAN_NEAR;
    if (quo_planscore_targeted(r->goal)) {
        *bound = fmax(top, here - knapsack(item, n, r->budget - node->cost));
        const double wanted = here - goal_target(s), cost = node->cost + least_cost(item, n, wanted);
        if (*bound > goal_target(s) + slack)
            return true;
        return score->best.found && cost > score->best.cost_per_year * (1.0 + QUO_PLAN_SAME);
    }
    double least = fmax(top, here - knapsack(item, n, r->budget - node->cost));
    if (r->goal == QUO_GOAL_NET)
        least = fmax(least + node->cost * r->term_years, whole(s, here, node->cost) - net_gain(s, item, n));
    *bound = least;
    if (!score->best.found)
        return false;
    return least > score->best_measure + slack ||
           (least > score->best_measure - slack && node->cost >= score->best.cost_per_year);
}

/* What is open and still affordable. */
static struct quo_subset affordable(const struct search *s, const struct node *node)
{
    struct quo_subset open = node->open;
    for (size_t i = 0; i < s->score->n; i++)
        if (quo_subset_has(open, i) && !quo_planscore_affordable(s->score->request, node->cost + rate(s, i)))
            open = quo_subset_without(open, i);
    return open;
}

static struct quo_subset joined(struct quo_subset a, struct quo_subset b)
{
    for (size_t w = 0; w < QUO_SUBSET_MAX / 64; w++)
        a.word[w] |= b.word[w];
    return a;
}

/* Prices `in` with each open change, and with all of them; the items with what they save at most. */
static enum quo_status look(struct search *s, struct node *node, struct item *item, size_t *n, double *top)
{
    struct quo_planscore *score = s->score;
    struct quo_subset wanted[QUO_SUBSET_MAX + 1];
    double plain[QUO_SUBSET_MAX + 1];
    size_t k = 0;
    for (size_t i = 0; i < score->n; i++)
        if (quo_subset_has(node->open, i))
            wanted[k++] = quo_subset_with(node->in, i);
    wanted[k++] = joined(node->in, node->open);
    enum quo_status status = quo_planprice_many(s->price, wanted, k, plain);
    for (size_t i = 0; i < k && status == QUO_OK; i++)
        status = quo_planscore_consider(score, wanted[i], plain[i]);
    /* All cannot stand together: that bound says nothing. */
    const double here = node->plain;
    *top = isfinite(plain[k - 1]) ? here - MARGIN * fmax(here - plain[k - 1], 0.0) : -INFINITY;
    *n = 0;
    for (size_t i = 0; i < score->n && status == QUO_OK; i++) {
        if (!quo_subset_has(node->open, i))
            continue;
        double extra = 0.0;
        for (size_t m = 0; m < score->n; m++)
            extra += quo_subset_has(node->open, m) ? s->synergy[i * score->n + m] : 0.0;
        const double harm = plain[*n] - here, saves = 0.5 * extra - harm;
        *top -= fmax(s->harm[i], isfinite(harm) ? harm : 0.0);
        item[(*n)++] = (struct item){i, isfinite(saves) ? fmax(saves, 0.0) : 0.0, rate(s, i)};
    }
    return status;
}

static enum quo_status visit(struct search *s, struct node node)
{
    struct quo_planscore *score = s->score;
    enum quo_status status = quo_planprice_many(s->price, &node.in, 1, &node.plain);
    if (status == QUO_OK)
        status = quo_planscore_consider(s->score, node.in, node.plain);
    if (status)
        return status;
    if (whole(s, node.plain, node.cost) < node.bound - QUO_PLAN_NEAR)
        s->broken = true; /* better than the bound above it said it could be */
    struct item *item = malloc((score->n + 1) * sizeof *item);
    if (!item)
        return QUO_MACHINE;
    while (status == QUO_OK) {
        node.open = affordable(s, &node);
        if (quo_subset_count(node.open) == 0 || !isfinite(node.plain))
            break;
        if (quo_planprice_count(s->price) >= s->limit) {
            s->cut = true;
            break;
        }
        double top, bound;
        size_t n;
        status = look(s, &node, item, &n, &top);
        if (status || n == 0)
            break;
        qsort(item, n, sizeof *item, by_ratio);
        if (hopeless(s, &node, item, n, top, &bound))
            break;
        /* The best buy goes in, everything below is searched; then it is out, and the loop goes on without it. */
        const size_t i = item[0].change;
        const struct node with = {.in = quo_subset_with(node.in, i),
                                  .open = quo_subset_without(node.open, i),
                                  .cost = node.cost + rate(s, i),
                                  .bound = bound};
        node.open = with.open;
        status = visit(s, with);
    }
    free(item);
    return status;
}

static double measure_of(const struct quo_planner_request *plain_request, const struct quo_outcome *outcome)
{
    return quo_planscore_measure(plain_request, outcome, 0.0);
}

/* All changes but each pair: what pairs do to each other at the top, where the shares have priced them at the base. The caller frees
 * *out. */
static enum quo_status price_ends(const struct search *s, double **out)
{
    const struct quo_shares *a = s->score->attribution;
    const struct quo_subset top = quo_subset_all(s->score->n);
    struct quo_subset *wanted = calloc(a->n_pairs + 1, sizeof *wanted);
    *out = malloc((a->n_pairs + 1) * sizeof **out);
    enum quo_status status = wanted && *out ? QUO_OK : QUO_MACHINE;
    for (size_t k = 0; k < a->n_pairs && status == QUO_OK; k++)
        wanted[k] = quo_subset_without(quo_subset_without(top, a->pair[k].first), a->pair[k].second);
    if (status == QUO_OK)
        status = quo_planprice_many(s->price, wanted, a->n_pairs, *out);
    free(wanted);
    return status;
}

/* What pairs at both ends of the lattice tell, and the top of it. */
static enum quo_status prepare(struct search *s)
{
    struct quo_planscore *score = s->score;
    const struct quo_shares *a = score->attribution;
    const struct quo_planner_request *r = score->request;
    const size_t n = score->n;
    struct quo_planner_request plain_request = *r;
    plain_request.goal = r->goal == QUO_GOAL_NET ? QUO_GOAL_PREMIUM : r->goal;
    s->synergy = calloc(n * n + 1, sizeof *s->synergy);
    if (!s->synergy)
        return QUO_MACHINE;
    const double base = quo_planscore_measure(&plain_request, &a->base, 0.0),
                 all = quo_planscore_measure(&plain_request, &a->all, 0.0);
    for (size_t i = 0; i < n; i++)
        s->harm[i] = fmax(0.0, fmax(all - measure_of(&plain_request, &a->share[i].others),
                                    measure_of(&plain_request, &a->share[i].alone) - base));
    double *neither;
    enum quo_status status = price_ends(s, &neither);
    for (size_t k = 0; k < a->n_pairs && status == QUO_OK; k++) {
        const size_t i = a->pair[k].first, j = a->pair[k].second;
        struct quo_outcome both;
        status = quo_values_get(score->values, quo_subset_with(quo_subset_with(quo_subset_none(), i), j), &both);
        if (status == QUO_REFUSED || status == QUO_DOMAIN || (status == QUO_OK && isinf(neither[k]))) {
            status = QUO_OK; /* cannot stand together */
            continue;
        }
        const double first = measure_of(&plain_request, &a->share[i].alone) +
                             measure_of(&plain_request, &a->share[j].alone) - base - measure_of(&plain_request, &both);
        const double last = measure_of(&plain_request, &a->share[i].others) +
                            measure_of(&plain_request, &a->share[j].others) - all - neither[k];
        s->synergy[i * n + j] = s->synergy[j * n + i] = fmax(0.0, fmax(first, last));
    }
    free(neither);
    return status;
}

/* A set by quotes takes as long as so many by parts. */
#define BY_QUOTES 25

enum quo_status quo_plansearch_run(struct quo_planscore *score)
{
    struct search s = {.score = score};
    enum quo_status status = quo_planprice_new(score->values, score->request->goal, &s.price);
    if (status)
        return status;
    status = prepare(&s);
    s.limit = quo_planprice_count(s.price) + score->request->most / (quo_planprice_shared(s.price) ? 1 : BY_QUOTES);
    const struct node root = {.open = quo_subset_all(score->n), .bound = -INFINITY};
    if (status == QUO_OK)
        status = visit(&s, root);
    score->best.searched = !s.cut && !s.broken && score->n <= QUO_PAIRED_MAX; /* beyond, not all pairs are known */
    score->best.priced = quo_planprice_count(s.price);
    quo_planprice_free(s.price);
    free(s.synergy);
    return status;
}
