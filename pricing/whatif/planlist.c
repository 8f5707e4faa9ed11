/* Plans by listing: every set that the budget allows, priced by shared parts (everyset.h) or known from the shares. What comes out best is
 * priced as a quote prices it, together with all that lie within a cent of it. Some of the list are held against quotes. [methods: plans] */
#include <math.h>
#include <stdlib.h>

#include "pricing/whatif/planscore.h"
#include "risk/base/money.h"

#define HELD 8         /* sets of the list that are priced by the long way too */
#define HELD_SAME 4e-9 /* relative, as in values.c */
#define OFFERS 4096    /* sets within a cent of the best that are priced; the cheaper ones first */

/* Sets and what they come to. set NULL: all, by their bits. */
struct listed {
    uint64_t *set;
    double *own; /* owned: gross, loss or score */
    const double *gross, *loss, *score;
    size_t n;
};

struct one {
    uint64_t set;
    double cost, measure;
};

static uint64_t set_of(const struct listed *l, size_t i) { return l->set ? l->set[i] : (uint64_t)i; }

static double cost_of(const struct quo_planscore *s, uint64_t set)
{
    double sum = 0.0;
    for (; set; set &= set - 1)
        sum += s->cost[__builtin_ctzll(set)];
    return sum;
}

static double measure_of(const struct quo_planscore *s, const struct listed *l, size_t i, double cost)
{
    const struct quo_planner_request *r = s->request;
    if (r->goal == QUO_GOAL_LOSS)
        return l->loss[i];
    if (r->goal == QUO_GOAL_TARGET_SCORE)
        return -l->score[i];
    return l->gross[i] + (r->goal == QUO_GOAL_NET ? cost * r->term_years : 0.0);
}

static void listed_free(struct listed *l)
{
    free(l->set);
    free(l->own);
}

static bool near(double a, double b) { return fabs(a - b) <= HELD_SAME * fabs(b); }

/* Some of the list by the long way too, the last among them; *same: they agree. */
static enum quo_status hold(struct quo_planscore *s, const struct listed *l, bool *same)
{
    *same = true;
    for (size_t k = 1; k <= HELD && *same && l->n; k++) {
        struct quo_subset set = quo_subset_none();
        struct quo_outcome outcome;
        const size_t i = (l->n - 1) * k / HELD;
        set.word[0] = set_of(l, i);
        const enum quo_status status = quo_values_get(s->values, set, &outcome);
        if (status)
            return status;
        *same = (!l->gross || near(l->gross[i], outcome.gross)) &&
                (!l->loss || near(l->loss[i], outcome.expected_loss)) &&
                (!l->score || near(l->score[i], outcome.score));
    }
    return QUO_OK;
}

/* QUO_REFUSED: too many, or not by parts. */
static enum quo_status make_list(struct quo_planscore *s, double budget, struct listed *l)
{
    const struct quo_variants *variants = quo_values_variants(s->values);
    const enum quo_goal goal = s->request->goal;
    *l = (struct listed){.n = 0};
    if (s->n != variants->n)
        return QUO_REFUSED;
    if (goal != QUO_GOAL_TARGET_SCORE && quo_values_known(s->values, &l->gross, &l->loss)) {
        l->n = (size_t)1 << s->n;
        return QUO_OK;
    }
    const size_t most = s->request->most > QUO_PLANNER_SETS ? s->request->most : QUO_PLANNER_SETS;
    bool same = true;
    enum quo_status status = quo_everyset_within(quo_values_engine(s->values), variants, s->cost,
                                                 budget * (1.0 + QUO_PLAN_SAME), most, &l->set, &l->n);
    if (status == QUO_OK && !(l->own = malloc((l->n + 1) * sizeof *l->own)))
        status = QUO_MACHINE;
    if (status == QUO_OK) {
        const double **of = goal == QUO_GOAL_LOSS ? &l->loss : goal == QUO_GOAL_TARGET_SCORE ? &l->score : &l->gross;
        *of = l->own;
        status = quo_everyset_some(quo_values_engine(s->values), variants, l->set, l->n, NULL, l->gross ? l->own : NULL,
                                   l->loss ? l->own : NULL, l->score ? l->own : NULL);
    }
    if (status == QUO_OK)
        status = hold(s, l, &same);
    if (status == QUO_OK && !same)
        status = QUO_REFUSED;
    if (status)
        listed_free(l);
    return status == QUO_DOMAIN || status == QUO_NOT_CONVERGED ? QUO_REFUSED : status;
}

static double target_of(const struct quo_planscore *s)
{
    return s->request->goal == QUO_GOAL_TARGET_SCORE ? -s->request->target : s->request->target;
}

static double slack_of(const struct quo_planscore *s)
{
    return s->request->goal == QUO_GOAL_TARGET_SCORE ? QUO_PLAN_NEAR_SCORE : QUO_PLAN_NEAR;
}

/* The best measure, or of a target the least cost that reaches it for certain. INFINITY: none. */
static double best_of(const struct quo_planscore *s, const struct listed *l)
{
    const bool targeted = quo_planscore_targeted(s->request->goal);
    double best = INFINITY;
    for (size_t i = 0; i < l->n; i++) {
        const double cost = cost_of(s, set_of(l, i));
        if (!quo_planscore_affordable(s->request, cost))
            continue;
        const double measure = measure_of(s, l, i, cost);
        if (!targeted)
            best = fmin(best, measure);
        else if (measure <= target_of(s) - slack_of(s))
            best = fmin(best, cost);
    }
    return best;
}

static int by_cost(const void *a, const void *b)
{
    const struct one *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    const int n = __builtin_popcountll(x->set), m = __builtin_popcountll(y->set);
    return n != m ? n - m : x->set < y->set ? -1 : 1;
}

/* Those that may be the best once they are priced to the cent, the cheaper first: one[*n]. */
static enum quo_status candidates(const struct quo_planscore *s, const struct listed *l, struct one **out, size_t *n)
{
    const bool targeted = quo_planscore_targeted(s->request->goal);
    const double best = best_of(s, l);
    size_t room = 0;
    *n = 0;
    *out = NULL;
    for (size_t i = 0; i < l->n; i++) {
        const uint64_t set = set_of(l, i);
        const double cost = cost_of(s, set);
        if (!quo_planscore_affordable(s->request, cost))
            continue;
        const double measure = measure_of(s, l, i, cost);
        if (targeted ? measure > target_of(s) + slack_of(s) || cost > best * (1.0 + QUO_PLAN_SAME)
                     : measure > best + QUO_PLAN_NEAR)
            continue;
        if (*n == room) {
            room = 2 * room + 64;
            struct one *grown = realloc(*out, room * sizeof *grown);
            if (!grown)
                return QUO_MACHINE;
            *out = grown;
        }
        (*out)[(*n)++] = (struct one){set, cost, measure};
    }
    if (*n)
        qsort(*out, *n, sizeof **out, by_cost);
    return QUO_OK;
}

static enum quo_status offer_all(struct quo_planscore *s, const struct one *one, size_t n)
{
    enum quo_status status = QUO_OK;
    const bool targeted = quo_planscore_targeted(s->request->goal);
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        struct quo_subset set = quo_subset_none();
        set.word[0] = one[i].set;
        if (targeted && s->best.found && one[i].cost > s->best.cost_per_year * (1.0 + QUO_PLAN_SAME))
            break;
        if (i >= OFFERS && s->best.found)
            break;
        status = quo_planscore_offer(s, set, NULL);
    }
    return status;
}

enum quo_status quo_planlist_run(struct quo_planscore *s, double budget)
{
    struct listed l;
    struct one *one = NULL;
    size_t n = 0;
    enum quo_status status = make_list(s, fmin(budget, s->request->budget), &l);
    if (status)
        return status;
    status = candidates(s, &l, &one, &n);
    if (status == QUO_OK)
        status = offer_all(s, one, n);
    if (status == QUO_OK) {
        s->best.exact = true;
        s->best.priced = l.n;
    }
    free(one);
    listed_free(&l);
    return status;
}

/* The sets that no other beats, from numbers by shared parts. */
static size_t sweep(struct one *one, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || one[i].measure < one[kept - 1].measure - QUO_PLAN_NEAR)
            one[kept++] = one[i];
    return kept;
}

static int by_cost_and_measure(const void *a, const void *b)
{
    const struct one *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->measure < y->measure ? -1 : x->measure > y->measure ? 1 : by_cost(a, b);
}

enum quo_status quo_planlist_front(struct quo_planscore *s, double budget, struct quo_subset **out, size_t *n)
{
    struct listed l;
    *out = NULL;
    *n = 0;
    const enum quo_status status = make_list(s, budget, &l);
    if (status)
        return status;
    struct one *one = malloc((l.n + 1) * sizeof *one);
    for (size_t i = 0; one && i < l.n; i++) {
        const double cost = cost_of(s, set_of(&l, i));
        if (cost <= budget * (1.0 + QUO_PLAN_SAME))
            one[(*n)++] = (struct one){set_of(&l, i), cost, measure_of(s, &l, i, cost)};
    }
    if (*n)
        qsort(one, *n, sizeof *one, by_cost_and_measure);
    *n = sweep(one, *n);
    *out = calloc(*n + 1, sizeof **out);
    for (size_t i = 0; one && *out && i < *n; i++)
        (*out)[i].word[0] = one[i].set;
    const bool made = one && *out;
    if (!made) {
        free(*out);
        *out = NULL;
    }
    free(one);
    listed_free(&l);
    return made ? QUO_OK : QUO_MACHINE;
}
