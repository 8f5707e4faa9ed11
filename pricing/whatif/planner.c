#include "pricing/whatif/planner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/planproof.h"
#include "pricing/whatif/planscore.h"
#include "risk/base/money.h"

#define QUICK 10000 /* sets, before a proof */
#define QUICK_POINT 2500 /* of a frontier's point, which starts from the last one */

static const char *const goal_ids[] = {"premium", "net", "loss", "target_premium", "target_score"};

const char *const *quo_goal_ids(void) { return goal_ids; }

bool quo_planscore_targeted(enum quo_goal goal)
{
    return goal == QUO_GOAL_TARGET_PREMIUM || goal == QUO_GOAL_TARGET_SCORE;
}

double quo_planscore_measure(const struct quo_planner_request *request, const struct quo_outcome *outcome,
                             double cost_per_year)
{
    switch (request->goal) {
    case QUO_GOAL_PREMIUM:
    case QUO_GOAL_TARGET_PREMIUM:
        return outcome->gross_premium;
    case QUO_GOAL_NET:
        return quo_money_rounded(outcome->gross_premium + cost_per_year * request->term_years);
    case QUO_GOAL_LOSS:
        return quo_money_rounded(outcome->expected_loss);
    case QUO_GOAL_TARGET_SCORE:
        return -round(1e6 * outcome->score) / 1e6;
    }
    return NAN;
}

double quo_planscore_cost(const struct quo_planscore *score, struct quo_subset changes)
{
    double sum = 0.0;
    for (size_t i = 0; i < score->n; i++)
        if (quo_subset_has(changes, i))
            sum += score->cost[i];
    return sum;
}

bool quo_planscore_affordable(const struct quo_planner_request *request, double cost_per_year)
{
    return cost_per_year <= request->budget * (1.0 + QUO_PLAN_SAME);
}

static double target_of(const struct quo_planner_request *request)
{
    return request->goal == QUO_GOAL_TARGET_SCORE ? -request->target : request->target;
}

/* -1, 0, 1: costs compare up to rounding. */
static int compare_costs(double a, double b)
{
    const double slack = QUO_PLAN_SAME * fmax(fabs(a), fabs(b));
    return a < b - slack ? -1 : a > b + slack;
}

static bool earlier(struct quo_subset a, struct quo_subset b)
{
    for (size_t i = 0; i < QUO_SUBSET_MAX; i++)
        if (quo_subset_has(a, i) != quo_subset_has(b, i))
            return quo_subset_has(a, i);
    return false;
}

static bool better(const struct quo_planscore *s, struct quo_subset changes, double cost, double measure)
{
    const struct quo_planned *best = &s->best;
    if (!best->found)
        return true;
    const int by_cost = compare_costs(cost, best->cost_per_year);
    const int by_measure = measure < s->best_measure ? -1 : measure > s->best_measure;
    const bool targeted = quo_planscore_targeted(s->request->goal);
    const int first = targeted ? by_cost : by_measure, second = targeted ? by_measure : by_cost;
    if (first || second)
        return first ? first < 0 : second < 0;
    const size_t count = quo_subset_count(changes), best_count = quo_subset_count(best->chosen);
    return count != best_count ? count < best_count : earlier(changes, best->chosen);
}

enum quo_status quo_planscore_offer(struct quo_planscore *s, struct quo_subset changes, double *measure)
{
    struct quo_outcome outcome;
    const enum quo_status status = quo_values_get(s->values, changes, &outcome);
    if (measure)
        *measure = INFINITY;
    if (status)
        return status == QUO_REFUSED || status == QUO_DOMAIN ? QUO_OK : status;
    const double cost = quo_planscore_cost(s, changes), value = quo_planscore_measure(s->request, &outcome, cost);
    if (measure)
        *measure = value;
    s->best.priced++;
    const bool reaches = !quo_planscore_targeted(s->request->goal) || value <= target_of(s->request);
    if (!reaches || !quo_planscore_affordable(s->request, cost) || !better(s, changes, cost, value))
        return QUO_OK;
    s->best.found = true;
    s->best.chosen = changes;
    s->best.cost_per_year = cost;
    s->best.outcome = outcome;
    s->best_measure = value;
    return QUO_OK;
}

enum quo_status quo_planscore_consider(struct quo_planscore *s, struct quo_subset changes, double plain)
{
    const struct quo_planner_request *r = s->request;
    const double cost = quo_planscore_cost(s, changes),
                 measure = r->goal == QUO_GOAL_NET ? plain + cost * r->term_years : plain,
                 slack = r->goal == QUO_GOAL_TARGET_SCORE ? QUO_PLAN_NEAR_SCORE : QUO_PLAN_NEAR;
    if (!isfinite(plain) || !quo_planscore_affordable(r, cost))
        return QUO_OK;
    if (quo_planscore_targeted(r->goal)
            ? measure > target_of(r) + slack || (s->best.found && cost > s->best.cost_per_year * (1.0 + QUO_PLAN_SAME))
            : measure > s->best_measure + slack)
        return QUO_OK;
    return quo_planscore_offer(s, changes, NULL);
}

static struct quo_subset mask_of(size_t mask)
{
    struct quo_subset s = quo_subset_none();
    s.word[0] = mask;
    return s;
}

/* All sets of at most QUO_PLANNER_LISTED changes are priced at once. */
static enum quo_status price_all(struct quo_values *values, size_t n)
{
    const size_t sets = (size_t)1 << n;
    struct quo_subset *wanted = malloc(sets * sizeof *wanted);
    if (!wanted)
        return QUO_MACHINE;
    for (size_t m = 0; m < sets; m++)
        wanted[m] = mask_of(m);
    const enum quo_status status = quo_values_fill(values, wanted, sets);
    free(wanted);
    return status;
}

static enum quo_status list_all(struct quo_planscore *s)
{
    enum quo_status status = price_all(s->values, s->n);
    for (size_t m = 0; m < (size_t)1 << s->n && status == QUO_OK; m++)
        status = quo_planscore_offer(s, mask_of(m), NULL);
    s->best.exact = true;
    return status;
}

static double gap_of(const struct quo_planscore *s)
{
    const struct quo_planner_request *r = s->request;
    const bool targeted = quo_planscore_targeted(r->goal);
    if (s->best.found && isfinite(s->best.bound))
        return (targeted ? s->best.cost_per_year : s->best_measure) - s->best.bound;
    if (!s->best.found || targeted)
        return NAN;
    return s->best_measure - quo_planscore_measure(r, &s->attribution->all, 0.0);
}

/* From the search's best on, by bounds that hold. */
static enum quo_status prove(struct quo_planscore *s, struct quo_planproof *proof)
{
    enum quo_status status = quo_planproof_run(proof, s);
    if (status == QUO_OK && !s->best.exact)
        status = quo_planproof_bound(proof, s, &s->best.bound);
    return status == QUO_REFUSED ? QUO_OK : status;
}

/* So many sets are looked at for a plan that a proof may start from. */
static enum quo_status look_around(struct quo_planscore *s, size_t most)
{
    const struct quo_planner_request *asked = s->request;
    struct quo_planner_request quick = *asked;
    quick.most = asked->most < most ? asked->most : most;
    s->request = &quick;
    const enum quo_status status = quo_plansearch_run(s);
    s->request = asked;
    return status;
}

/* More changes than can be listed: a good plan soon, a proof; without one all that --most allows. */
static enum quo_status search_and_prove(struct quo_planscore *s)
{
    struct quo_planproof *proof = NULL;
    enum quo_status status = look_around(s, QUICK);
    if (status == QUO_OK)
        status = quo_planproof_new(s->values, s->request->goal, &proof);
    if (status == QUO_OK)
        status = prove(s, proof);
    quo_planproof_free(proof);
    status = status == QUO_REFUSED ? QUO_OK : status;
    if (status || s->best.exact)
        return status;
    status = quo_plansearch_run(s);
    if (status == QUO_OK) { /* of a target, only what costs less can be cheaper */
        const bool targeted = quo_planscore_targeted(s->request->goal);
        status = quo_planlist_run(s, targeted && s->best.found ? s->best.cost_per_year : INFINITY);
    }
    return status == QUO_REFUSED ? QUO_OK : status;
}

enum quo_status quo_planner_find(struct quo_values *values, const struct quo_shares *attribution, const double *cost,
                                 const struct quo_planner_request *request, struct quo_planned *out)
{
    struct quo_planscore s = {.values = values,
                              .attribution = attribution,
                              .cost = cost,
                              .n = attribution->n,
                              .request = request,
                              .best_measure = INFINITY};
    const double *gross, *loss;
    const bool targeted = quo_planscore_targeted(request->goal), few = s.n <= QUO_SHAPLEY_EXACT,
               known = quo_values_known(values, &gross, &loss) && request->goal != QUO_GOAL_TARGET_SCORE;
    enum quo_status status = QUO_REFUSED;
    s.best.bound = NAN;
    if (!request->searched && s.n <= QUO_PLANNER_LISTED)
        status = list_all(&s);
    else if (!request->searched && (known || (few && !targeted)))
        status = quo_planlist_run(&s, INFINITY);
    if (status == QUO_REFUSED) {
        status = request->searched ? quo_plansearch_run(&s) : search_and_prove(&s);
        s.best.gap = gap_of(&s);
    }
    *out = s.best;
    return status;
}

struct candidate {
    double cost, measure;
    struct quo_subset changes;
    struct quo_outcome outcome;
    bool exact, listed;
    double gap;
};

static int by_cost(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    const int cost = compare_costs(x->cost, y->cost);
    if (cost)
        return cost;
    if (x->measure != y->measure)
        return x->measure < y->measure ? -1 : 1;
    const size_t n = quo_subset_count(x->changes), m = quo_subset_count(y->changes);
    return n != m ? (n < m ? -1 : 1) : earlier(x->changes, y->changes) ? -1 : 1;
}

/* Those of n candidates that no other beats, sorted by cost. */
static size_t keep_front(struct candidate *c, size_t n)
{
    size_t kept = 0;
    qsort(c, n, sizeof *c, by_cost);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || c[i].measure < c[kept - 1].measure)
            c[kept++] = c[i];
    return kept;
}

static enum quo_status front_listed(const struct quo_planscore *s, struct candidate *c, size_t *n)
{
    enum quo_status status = price_all(s->values, s->n);
    *n = 0;
    for (size_t m = 0; m < (size_t)1 << s->n && status == QUO_OK; m++) {
        struct candidate *one = &c[*n];
        one->changes = mask_of(m);
        one->exact = one->listed = true;
        const enum quo_status priced = quo_values_get(s->values, one->changes, &one->outcome);
        if (priced == QUO_REFUSED || priced == QUO_DOMAIN)
            continue;
        status = priced;
        one->cost = quo_planscore_cost(s, one->changes);
        one->measure = quo_planscore_measure(s->request, &one->outcome, one->cost);
        ++*n;
    }
    return status;
}

/* The sets that are left on the front by all that cost at most so much: added to c, which has room for *n now. */
static enum quo_status front_of_all(struct quo_planscore *s, double budget, struct candidate **c, size_t *n)
{
    struct quo_subset *set;
    size_t m;
    enum quo_status status = quo_planlist_front(s, budget, &set, &m);
    if (status)
        return status;
    *n = 0;
    *c = calloc(m + QUO_FRONTIER_BUDGETS + 1, sizeof **c);
    status = *c ? quo_values_fill(s->values, set, m) : QUO_MACHINE;
    for (size_t i = 0; i < m && status == QUO_OK; i++) {
        struct candidate *one = &(*c)[(*n)++];
        one->changes = set[i];
        one->exact = one->listed = true;
        status = quo_values_get(s->values, set[i], &one->outcome);
        one->cost = quo_planscore_cost(s, set[i]);
        one->measure = quo_planscore_measure(s->request, &one->outcome, one->cost);
    }
    free(set);
    return status;
}

/* The best set under each of a row of budgets, from the first-th of them to all. */
static enum quo_status front_searched(const struct quo_planscore *s, struct quo_planner_request *request, int first,
                                      struct candidate *c, size_t *n)
{
    const double all = quo_planscore_cost(s, quo_subset_all(s->n));
    struct quo_planproof *proof;
    enum quo_status status = quo_planproof_new(s->values, request->goal, &proof);
    status = status == QUO_REFUSED ? QUO_OK : status;
    for (int k = first; k <= QUO_FRONTIER_BUDGETS && status == QUO_OK; k++) {
        struct quo_planscore one = *s;
        request->budget = all * k / QUO_FRONTIER_BUDGETS;
        one.best = (struct quo_planned){.bound = NAN};
        one.best_measure = INFINITY;
        if (*n) /* what costs less is within this budget too */
            status = quo_planscore_offer(&one, c[*n - 1].changes, NULL);
        if (status == QUO_OK)
            status = look_around(&one, proof ? QUICK_POINT : request->most / QUO_FRONTIER_BUDGETS + 1);
        if (status == QUO_OK && proof)
            status = prove(&one, proof);
        if (status == QUO_OK && one.best.found)
            c[(*n)++] = (struct candidate){one.best.cost_per_year, one.best_measure, one.best.chosen, one.best.outcome,
                                           one.best.exact, false, gap_of(&one)};
    }
    quo_planproof_free(proof);
    return status;
}

/* All that can be listed: every set, or those within the largest of the row of budgets that buys few enough; beyond it is searched. */
static enum quo_status front(struct quo_planscore *s, struct quo_planner_request *request, struct candidate **c,
                             size_t *n)
{
    const double all = quo_planscore_cost(s, quo_subset_all(s->n));
    enum quo_status status = front_of_all(s, INFINITY, c, n);
    int k = QUO_FRONTIER_BUDGETS;
    while (status == QUO_REFUSED && --k >= 0)
        status = front_of_all(s, all * k / QUO_FRONTIER_BUDGETS, c, n);
    if (status == QUO_REFUSED) {
        *c = calloc(QUO_FRONTIER_BUDGETS + 1, sizeof **c);
        status = *c ? QUO_OK : QUO_MACHINE;
    }
    return status == QUO_OK && k < QUO_FRONTIER_BUDGETS ? front_searched(s, request, k + 1, *c, n) : status;
}

enum quo_status quo_planner_frontier(struct quo_values *values, const struct quo_shares *attribution,
                                     const double *cost, enum quo_goal goal, size_t most,
                                     struct quo_frontier_point **out, size_t *n)
{
    struct quo_planner_request request = {.goal = goal,
                                          .budget = INFINITY,
                                          .target = NAN,
                                          .term_years = 1.0,
                                          .most = most / 8, /* of each point */
                                          .searched = true};
    struct quo_planscore s = {
        .values = values, .attribution = attribution, .cost = cost, .n = attribution->n, .request = &request};
    struct candidate *c = NULL;
    enum quo_status status = QUO_MACHINE;
    *out = NULL;
    *n = 0;
    if (s.n > QUO_PLANNER_LISTED)
        status = front(&s, &request, &c, n);
    else if ((c = calloc((size_t)1 << s.n, sizeof *c)))
        status = front_listed(&s, c, n);
    if (status == QUO_OK) {
        *n = keep_front(c, *n);
        *out = calloc(*n + 1, sizeof **out);
        status = *out ? QUO_OK : QUO_MACHINE;
    }
    for (size_t i = 0; status == QUO_OK && i < *n; i++)
        (*out)[i] = (struct quo_frontier_point){c[i].cost,    c[i].changes, c[i].outcome,
                                                 c[i].exact, c[i].listed,  c[i].exact ? 0.0 : c[i].gap};
    free(c);
    return status;
}
