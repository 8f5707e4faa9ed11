#include "risk/controls/signers.h"

#include <math.h>
#include <string.h>

/* One way a quorum goes: by compromise (need = m) or by loss (need = n - m + 1). Everything below works on this. */
struct side {
    const struct quo_signers *set;
    bool loss;
    size_t n, need;
    double dwell;
    double own[QUO_SIGNERS_MAX];
    double fallen[QUO_SIGNERS_MAX], standing[QUO_SIGNERS_MAX]; /* pi_j and 1 - pi_j */
};

static double shock_rate(const struct side *side, size_t g)
{
    return side->loss ? side->set->group[g].loss_shock_rate : side->set->group[g].shock_rate;
}

static double lethality(const struct side *side, size_t g)
{
    return side->loss ? side->set->group[g].loss_lethality : side->set->group[g].lethality;
}

static bool belongs(const struct quo_signers_member *member, size_t g)
{
    for (size_t i = 0; i < member->n_groups; i++)
        if ((size_t)member->group[i] == g)
            return true;
    return false;
}

static void set_fallen(struct side *side, size_t j, double rate)
{
    side->standing[j] = exp(-side->dwell * rate);
    side->fallen[j] = -expm1(-side->dwell * rate);
}

/* Rate at which signer j falls, by itself or with a group. */
static double rate_of(const struct side *side, size_t j)
{
    double rate = side->own[j];
    for (size_t i = 0; i < side->set->member[j].n_groups; i++) {
        const size_t g = (size_t)side->set->member[j].group[i];
        rate += shock_rate(side, g) * lethality(side, g);
    }
    return rate;
}

static bool prepare(struct side *side, const struct quo_signers *set, bool loss)
{
    if (quo_signers_invalid(set))
        return false;
    side->set = set;
    side->loss = loss;
    side->n = set->n;
    side->need = loss ? set->n - (size_t)set->threshold + 1 : (size_t)set->threshold;
    side->dwell = loss ? set->loss_dwell_years : set->dwell_years;
    for (size_t j = 0; j < set->n; j++) {
        side->own[j] = loss ? set->member[j].loss_rate : set->member[j].compromise_rate;
        set_fallen(side, j, rate_of(side, j));
    }
    return true;
}

/* ---- one signer more in the distribution of a count ----
 * count[0..top]: probability of exactly k; with `top` absorbing it is "top or more" in the last place. */
static void add_signer(double *count, size_t top, double fallen, double standing, bool absorbing)
{
    count[top] = count[top] * (absorbing ? 1.0 : standing) + (top ? count[top - 1] * fallen : 0.0);
    if (absorbing && top == 0)
        return;
    for (size_t k = top; k-- > 1;)
        count[k] = count[k] * standing + count[k - 1] * fallen;
    if (top > 0)
        count[0] *= standing;
}

static void start(double *a, double *b, size_t top)
{
    memset(a, 0, (top + 1) * sizeof *a);
    memset(b, 0, (top + 1) * sizeof *b);
    *a = 1.0;
}

/* omega: designated[] holds the sum over the signers so far of (its rate to fall) x (count of the others): the event that
 * makes a quorum happens to one designated signer while need - 1 others are down. Terms are all positive. */
static double own_falls(const struct side *side)
{
    double count[QUO_SIGNERS_MAX + 1], designated[QUO_SIGNERS_MAX + 1];
    const size_t top = side->need - 1;
    start(count, designated, top);
    for (size_t j = 0; j < side->n; j++) {
        add_signer(designated, top, side->fallen[j], side->standing[j], false);
        for (size_t k = 0; k <= top; k++)
            designated[k] += side->own[j] * side->standing[j] * count[k];
        add_signer(count, top, side->fallen[j], side->standing[j], false);
    }
    return designated[top];
}

/* P[K after a shock to g >= need] - P[K >= need], as a sum: the members are struck one after the other, and the designated one
 * is that which completes the quorum: those before it are struck already, those after it not yet. */
static double shock_crosses(const struct side *side, size_t g)
{
    double count[QUO_SIGNERS_MAX + 1], designated[QUO_SIGNERS_MAX + 1];
    const size_t top = side->need - 1;
    const double q = lethality(side, g);
    start(count, designated, top);
    for (size_t j = 0; j < side->n; j++) {
        const double fallen = side->fallen[j], standing = side->standing[j];
        add_signer(designated, top, fallen, standing, false);
        if (!belongs(&side->set->member[j], g)) {
            add_signer(count, top, fallen, standing, false);
            continue;
        }
        for (size_t k = 0; k <= top; k++)
            designated[k] += standing * q * count[k];
        add_signer(count, top, fallen + standing * q, standing * (1.0 - q), false);
    }
    return designated[top];
}

static double falls(const struct side *side)
{
    double rate = own_falls(side);
    for (size_t g = 0; g < side->set->n_groups; g++)
        if (shock_rate(side, g) > 0.0 && lethality(side, g) > 0.0)
            rate += shock_rate(side, g) * shock_crosses(side, g);
    return rate;
}

double quo_signers_compromise_rate(const struct quo_signers *set)
{
    struct side side;
    return prepare(&side, set, false) ? falls(&side) : NAN;
}

double quo_signers_key_loss_rate(const struct quo_signers *set)
{
    struct side side;
    return prepare(&side, set, true) ? falls(&side) : NAN;
}

double quo_signers_down(const struct quo_signers *set)
{
    struct side side;
    if (!prepare(&side, set, false))
        return NAN;
    double count[QUO_SIGNERS_MAX + 1] = {1.0};
    for (size_t j = 0; j < side.n; j++)
        add_signer(count, side.need, side.fallen[j], side.standing[j], true);
    return count[side.need];
}

/* ---- the breach rate: a sum of terms, each with two distributions that run side by side ----
 * term 0, own events:  a = count of all so far, b = the same with one designated: absorbing at need - 1, value b[need - 1]
 * term 1 + g, a shock: a = nobody was struck yet, b = somebody was: absorbing at need, value b[need] */
static void term_start(const struct side *side, size_t term, double *a, double *b)
{
    start(a, b, term ? side->need : side->need - 1);
}

static void term_add(const struct side *side, size_t term, size_t j, double *a, double *b)
{
    const double fallen = side->fallen[j], standing = side->standing[j];
    const size_t need = side->need;
    if (term == 0) {
        add_signer(b, need - 1, fallen, standing, true);
        for (size_t k = 0; k < need; k++)
            b[k] += side->own[j] * a[k];
        add_signer(a, need - 1, fallen, standing, true);
    } else if (!belongs(&side->set->member[j], term - 1)) {
        add_signer(a, need, fallen, standing, true);
        add_signer(b, need, fallen, standing, true);
    } else {
        const double q = lethality(side, term - 1);
        add_signer(b, need, fallen + standing * q, standing * (1.0 - q), true);
        b[need] += q * (a[need] + a[need - 1]);
        for (size_t k = 1; k < need; k++)
            b[k] += q * a[k - 1];
        for (size_t k = 0; k <= need; k++)
            a[k] *= 1.0 - q;
        add_signer(a, need, fallen, standing, true);
    }
}

static double term_weight(const struct side *side, size_t term)
{
    return term == 0 ? 1.0 : lethality(side, term - 1) > 0.0 ? shock_rate(side, term - 1) : 0.0;
}

static double term_value(const struct side *side, size_t term)
{
    double a[QUO_SIGNERS_MAX + 1], b[QUO_SIGNERS_MAX + 1];
    term_start(side, term, a, b);
    for (size_t j = 0; j < side->n; j++)
        term_add(side, term, j, a, b);
    return b[term ? side->need : side->need - 1];
}

static double breach(const struct side *side)
{
    double rate = 0.0;
    for (size_t term = 0; term <= side->set->n_groups; term++)
        if (term_weight(side, term) > 0.0)
            rate += term_weight(side, term) * term_value(side, term);
    return rate;
}

double quo_signers_breach_rate(const struct quo_signers *set)
{
    struct side side;
    return prepare(&side, set, false) ? breach(&side) : NAN;
}

double quo_signers_key_loss_breach_rate(const struct quo_signers *set)
{
    struct side side;
    return prepare(&side, set, true) ? breach(&side) : NAN;
}

/* Own events of the members of one kind alone. */
static double own_part(const struct side *side, bool vendor)
{
    struct side some = *side;
    double any = 0.0;
    for (size_t j = 0; j < side->n; j++)
        any += some.own[j] = side->set->member[j].vendor == vendor ? side->own[j] : 0.0;
    return any > 0.0 ? term_value(&some, 0) : 0.0;
}

bool quo_signers_breach_parts(const struct quo_signers *set, bool loss, double *vendor, double *other, double *group)
{
    struct side side;
    const bool possible = prepare(&side, set, loss);
    *vendor = possible ? own_part(&side, true) : NAN;
    *other = possible ? own_part(&side, false) : NAN;
    for (size_t g = 0; g < set->n_groups; g++) {
        double part = possible ? term_weight(&side, 1 + g) : NAN;
        part *= part > 0.0 ? term_value(&side, 1 + g) : 1.0;
        *(set->group[g].vendor ? vendor : other) += part;
        if (group)
            group[g] = part;
    }
    return possible;
}

/* ---- all but one: a[], b[] with every signer of the set but j, for each j, in O(n need log n) a term ---- */
static void all_but_one(const struct side *side, size_t term, size_t low, size_t high, const double *a, const double *b,
                        void (*leaf)(const struct side *, size_t, size_t, const double *, const double *, void *),
                        void *context)
{
    if (high - low == 1) {
        leaf(side, term, low, a, b, context);
        return;
    }
    const size_t middle = low + (high - low) / 2, size = (side->need + 1) * sizeof *a;
    double a_half[QUO_SIGNERS_MAX + 1], b_half[QUO_SIGNERS_MAX + 1];
    for (int right = 0; right < 2; right++) {
        memcpy(a_half, a, size);
        memcpy(b_half, b, size);
        for (size_t j = right ? low : middle; j < (right ? middle : high); j++)
            term_add(side, term, j, a_half, b_half);
        all_but_one(side, term, right ? middle : low, right ? high : middle, a_half, b_half, leaf, context);
    }
}

static void for_each_left_out(const struct side *side, size_t term,
                              void (*leaf)(const struct side *, size_t, size_t, const double *, const double *, void *),
                              void *context)
{
    double a[QUO_SIGNERS_MAX + 1] = {0}, b[QUO_SIGNERS_MAX + 1] = {0};
    term_start(side, term, a, b);
    all_but_one(side, term, 0, side->n, a, b, leaf, context);
}

/* The breach rate is linear in each pi_j and in each own rate: these slopes are exact for moves of any size. */
struct slopes {
    double by_fallen[QUO_SIGNERS_MAX]; /* d / d pi_j, own rates held */
    double by_own[QUO_SIGNERS_MAX];    /* d / d h_j, pi_j held */
};

static double slope_by_fallen(const struct side *side, size_t term, size_t j, const double *a, const double *b)
{
    const size_t need = side->need;
    if (term == 0)
        return need > 1 ? b[need - 2] : 0.0;
    const double q = belongs(&side->set->member[j], term - 1) ? lethality(side, term - 1) : 0.0;
    (void)a; /* a struck signer is down whatever it was before */
    return b[need - 1] * (1.0 - q);
}

static void collect_slopes(const struct side *side, size_t term, size_t j, const double *a, const double *b,
                           void *context)
{
    struct slopes *slopes = context;
    slopes->by_fallen[j] += term_weight(side, term) * slope_by_fallen(side, term, j, a, b);
    if (term == 0)
        slopes->by_own[j] = a[side->need - 1];
}

static void find_slopes(const struct side *side, struct slopes *slopes)
{
    memset(slopes, 0, sizeof *slopes);
    for (size_t term = 0; term <= side->set->n_groups; term++)
        if (term_weight(side, term) > 0.0)
            for_each_left_out(side, term, collect_slopes, slopes);
}

bool quo_signers_importance(const struct quo_signers *set, double *signer, double *group)
{
    struct side side;
    struct slopes slopes;
    const bool possible = prepare(&side, set, false);
    for (size_t j = 0; j < set->n && !possible; j++)
        signer[j] = NAN;
    for (size_t g = 0; g < set->n_groups && !possible; g++)
        group[g] = NAN;
    if (!possible)
        return false;

    find_slopes(&side, &slopes);
    double total = 0.0;
    for (size_t j = 0; j < set->n; j++) {
        const double by_dwell = side.dwell * side.standing[j]; /* d pi_j / d rate */
        slopes.by_fallen[j] *= by_dwell;
        signer[j] = side.own[j] * (slopes.by_own[j] + slopes.by_fallen[j]);
        total += signer[j];
    }
    for (size_t g = 0; g < set->n_groups; g++) {
        group[g] = 0.0;
        if (term_weight(&side, 1 + g) == 0.0)
            continue;
        double slope = term_value(&side, 1 + g);
        for (size_t j = 0; j < set->n; j++)
            if (belongs(&set->member[j], g))
                slope += lethality(&side, g) * slopes.by_fallen[j];
        group[g] = shock_rate(&side, g) * slope;
        total += group[g];
    }
    for (size_t j = 0; j < set->n && total > 0.0; j++)
        signer[j] /= total;
    for (size_t g = 0; g < set->n_groups && total > 0.0; g++)
        group[g] /= total;
    return true;
}

/* ---- the best single move ---- */

struct search {
    const struct slopes *slopes;
    double best; /* most negative change of the breach rate so far */
    struct quo_signers_move move;
};

static void consider(struct search *search, double change, enum quo_signers_change what, size_t j, size_t g)
{
    if (!(change < search->best))
        return;
    search->best = change;
    search->move = (struct quo_signers_move){what, j, g, NAN, NAN, NAN, NAN};
}

/* pi_j at another rate, less pi_j now. */
static double change_of_fallen(const struct side *side, size_t j, double rate)
{
    return side->standing[j] - exp(-side->dwell * rate);
}

static void consider_leaving(const struct side *side, size_t term, size_t j, const double *a, const double *b,
                             void *context)
{
    struct search *search = context;
    const size_t g = term - 1, need = side->need;
    if (!belongs(&side->set->member[j], g))
        return;
    const double q = lethality(side, g), weight = term_weight(side, term);
    const double without = fmax(rate_of(side, j) - shock_rate(side, g) * q, 0.0);
    const double dpi = change_of_fallen(side, j, without), fallen = side->fallen[j];
    /* The other terms are linear in pi_j; this one loses a member: what it loses, exactly. */
    const double others = (search->slopes->by_fallen[j] - weight * b[need - 1] * (1.0 - q)) * dpi;
    const double member = b[need - 1] * (fallen + side->standing[j] * q) + q * (a[need] + a[need - 1]);
    consider(search, others + weight * (b[need - 1] * (fallen + dpi) - member), QUO_SIGNERS_LEAVE_GROUP, j, g);
}

/* The set after the move, in the caller's room. */
static struct quo_signers moved(const struct quo_signers *set, const struct quo_signers_move *move, double best_rate,
                                struct quo_signers_member *member, int *group)
{
    struct quo_signers after = *set;
    memcpy(member, set->member, set->n * sizeof *member);
    after.member = member;
    struct quo_signers_member *one = &member[move->signer];
    if (move->change == QUO_SIGNERS_RAISE)
        after.threshold++;
    if (move->change == QUO_SIGNERS_BETTER_KEY)
        one->compromise_rate = best_rate;
    if (move->change == QUO_SIGNERS_LEAVE_GROUP) {
        size_t kept = 0;
        for (size_t i = 0; i < one->n_groups; i++)
            if ((size_t)one->group[i] != move->group)
                group[kept++] = one->group[i];
        one->group = group;
        one->n_groups = kept;
    }
    return after;
}

struct quo_signers_move quo_signers_best_move(const struct quo_signers *set, double best_rate, unsigned moves)
{
    struct side side;
    struct slopes slopes;
    struct search search = {&slopes, 0.0, {QUO_SIGNERS_STAY, 0, 0, NAN, NAN, NAN, NAN}};
    if (!(best_rate >= 0.0) || best_rate > QUO_SIGNERS_RATE_MAX || !prepare(&side, set, false))
        return search.move;
    find_slopes(&side, &slopes);
    if (moves & 1u << QUO_SIGNERS_LEAVE_GROUP)
        for (size_t g = 0; g < set->n_groups; g++)
            if (term_weight(&side, 1 + g) > 0.0)
                for_each_left_out(&side, 1 + g, consider_leaving, &search);
    for (size_t j = 0; j < set->n && moves & 1u << QUO_SIGNERS_BETTER_KEY; j++) {
        const double lower = best_rate - side.own[j];
        consider(&search,
                 lower * slopes.by_own[j] + change_of_fallen(&side, j, rate_of(&side, j) + lower) * slopes.by_fallen[j],
                 QUO_SIGNERS_BETTER_KEY, j, 0);
    }
    if (moves & 1u << QUO_SIGNERS_RAISE && (size_t)set->threshold < set->n) {
        const double now = breach(&side);
        side.need++;
        consider(&search, breach(&side) - now, QUO_SIGNERS_RAISE, 0, 0);
    }

    struct quo_signers_member member[QUO_SIGNERS_MAX];
    int group[QUO_SIGNERS_GROUPS_MAX];
    const struct quo_signers after = moved(set, &search.move, best_rate, member, group);
    search.move.breach_rate = quo_signers_breach_rate(&after);
    search.move.key_loss_breach_rate = quo_signers_key_loss_breach_rate(&after);
    search.move.compromise_rate = quo_signers_compromise_rate(&after);
    search.move.key_loss_rate = quo_signers_key_loss_rate(&after);
    return search.move;
}
