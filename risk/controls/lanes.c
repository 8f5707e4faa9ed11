#include "risk/controls/lanes.h"

#include <math.h>
#include <string.h>

#include "risk/base/numeric.h"

#define NO_LIMIT_SHARE_DAY 100.0 /* a level whose limit is this often the value a day has none */
#define NODES 16 /* of the mean over T in the factor: a per cent, enough for a score, and monotone */
#define CLASSES (QUO_POWERS + 1) /* of paths: by the power they use, and those that use none */
#define ROOM (QUO_OUTFLOW_CAPS + 1)

/* E[min(share of value, limit)] with the reference law: ln(loss share) normal, cut at 1. */
static double limited(double limit, double meanlog, double sdlog)
{
    if (limit <= 0.0)
        return 0.0;
    const double z = (log(limit) - meanlog) / sdlog;
    return exp(meanlog + 0.5 * sdlog * sdlog) * quo_normal_Q(sdlog - z) + limit * quo_normal_Q(z);
}

static double limited_at(const struct quo_view *view, const struct quo_outflow *o, unsigned caps, double hours)
{
    const double most = quo_outflow_bound(o, caps, hours) / view->protocol->exposure_usd;
    return limited(fmin(1.0, most), view->inputs->score_loss_meanlog, view->inputs->score_loss_sdlog);
}

/* Mean over a lognormal time: midpoints of equal probability in the normal scale, so that it is monotone in every argument. */
static double limited_over(const struct quo_view *view, const struct quo_outflow *o, unsigned caps, double meanlog,
                           double sdlog)
{
    static const double node[NODES] = {-1.8627, -1.3180, -1.0100, -0.7764, -0.5791, -0.4023, -0.2372, -0.0784,
                                       0.0784,  0.2372,  0.4023,  0.5791,  0.7764,  1.0100,  1.3180,  1.8627};
    if (sdlog <= 0.0 || quo_outflow_bound(o, caps, 0.0) == quo_outflow_bound(o, caps, INFINITY))
        return limited_at(view, o, caps, exp(meanlog));
    double sum = 0.0;
    for (int i = 0; i < NODES; i++)
        sum += limited_at(view, o, caps, exp(meanlog + sdlog * node[i]));
    return sum / NODES;
}

double quo_lanes_factor(const struct quo_view *view, const struct quo_outflow *o, unsigned caps)
{
    const double full = limited(1.0, view->inputs->score_loss_meanlog, view->inputs->score_loss_sdlog);
    double factor = 1.0;
    for (int j = 0; j < o->n_lanes; j++) {
        const unsigned these = o->lane[j].caps & caps;
        if (!these)
            continue;
        double capped = limited_over(view, o, these, o->meanlog, o->sdlog);
        if (o->p_auto > 0.0)
            capped = (1.0 - o->p_auto) * capped + o->p_auto * limited_over(view, o, these, o->auto_meanlog, o->auto_sdlog);
        factor -= o->lane[j].share * (1.0 - capped / full);
    }
    return factor;
}

int quo_lanes_strictest(const struct quo_view *view, const struct quo_outflow *o)
{
    int strictest = -1;
    double least = INFINITY;
    for (int k = 0; k < o->n_caps; k++) {
        const double factor = o->n_caps > 1 ? quo_lanes_factor(view, o, 1u << k) : 0.0;
        if (factor < least) {
            least = factor;
            strictest = k;
        }
    }
    return strictest;
}

double quo_lanes_share(const struct quo_outflow *o, int cap)
{
    double share = 0.0;
    for (int j = 0; j < o->n_lanes; j++)
        if (o->lane[j].caps >> cap & 1u)
            share += o->lane[j].share;
    return share;
}

/* The caps found so far, and what part of each class of paths every one guards. */
struct found {
    const struct quo_view *view;
    double path[CLASSES];
    int n;
    struct quo_outflow_cap cap[ROOM];
    double guards[ROOM][CLASSES];
    struct quo_outflow times; /* no caps: T alone */
    int left_out;
};

static bool guards_all(const struct found *f, int a, const double *guards)
{
    for (int c = 0; c < CLASSES; c++)
        if (f->path[c] > 0.0 && f->guards[a][c] < guards[c])
            return false;
    return true;
}

static bool tighter(const struct quo_outflow_cap *a, const struct quo_outflow_cap *b)
{
    return a->per_hour <= b->per_hour && a->burst <= b->burst && a->hard <= b->hard;
}

static void take_out(struct found *f, int k)
{
    for (f->n--; k < f->n; k++) {
        f->cap[k] = f->cap[k + 1];
        memcpy(f->guards[k], f->guards[k + 1], sizeof f->guards[k]);
    }
}

/* Paths of one class in strips: within the smallest share all caps bind, beyond the largest none. */
static bool add_strips(const struct found *f, int c, struct quo_outflow *o)
{
    for (double above = 0.0; above < 1.0;) {
        double next = 1.0;
        unsigned caps = 0;
        for (int k = 0; k < f->n; k++)
            if (f->guards[k][c] > above) {
                caps |= 1u << k;
                next = fmin(next, f->guards[k][c]);
            }
        if (!caps)
            return true;
        int lane = 0;
        while (lane < o->n_lanes && o->lane[lane].caps != caps)
            lane++;
        if (lane == QUO_OUTFLOW_LANES)
            return false;
        o->lane[lane].caps = caps;
        o->lane[lane].share += f->path[c] * (next - above);
        o->n_lanes += lane == o->n_lanes;
        above = next;
    }
    return true;
}

/* false: more than there is room for. */
static bool arrange(const struct found *f, struct quo_outflow *o)
{
    *o = f->times;
    if (f->n > QUO_OUTFLOW_CAPS)
        return false;
    o->n_caps = f->n;
    memcpy(o->cap, f->cap, (size_t)f->n * sizeof *f->cap);
    for (int c = 0; c < CLASSES; c++)
        if (f->path[c] > 0.0 && !add_strips(f, c, o))
            return false;
    return true;
}

/* Without cap k; what its absence costs on the reference law, or INFINITY if it does not help. */
static double factor_without(const struct found *f, int k)
{
    struct found rest = *f;
    struct quo_outflow o;
    take_out(&rest, k);
    return arrange(&rest, &o) ? quo_lanes_factor(f->view, &o, QUO_LANES_ALL) : INFINITY;
}

#define ALWAYS_FIT 4 /* caps: of so many there are no more than 15 sets */

static void make_room(struct found *f)
{
    struct quo_outflow o;
    while (f->n > ALWAYS_FIT && !arrange(f, &o)) {
        int least = f->n - 1;
        double best = INFINITY;
        for (int k = 0; k < f->n; k++) {
            const double factor = factor_without(f, k);
            if (factor < best) {
                best = factor;
                least = k;
            }
        }
        take_out(f, least);
        f->left_out++;
    }
}

/* guards[CLASSES]: shares of each class. */
static void add_cap(struct found *f, const struct quo_caps_terms *terms, const double *guards)
{
    const struct quo_outflow_cap one = quo_caps_outflow(terms);
    double own[CLASSES];
    bool any = false;
    for (int c = 0; c < CLASSES; c++) {
        own[c] = f->path[c] > 0.0 ? guards[c] : 0.0;
        any = any || own[c] > 0.0;
    }
    for (int k = 0; k < f->n && any; k++)
        any = !(tighter(&f->cap[k], &one) && guards_all(f, k, own));
    if (!any)
        return;
    for (int k = f->n; k-- > 0;) {
        if (memcmp(&f->cap[k], &one, sizeof one) == 0) /* the same limit elsewhere: one cap on both */
            for (int c = 0; c < CLASSES; c++)
                own[c] = fmax(own[c], f->guards[k][c]);
    }
    memcpy(f->guards[f->n], own, sizeof own);
    f->cap[f->n++] = one;
    for (int k = f->n - 1; k-- > 0;)
        if (tighter(&one, &f->cap[k]) && guards_all(f, f->n - 1, f->guards[k]))
            take_out(f, k);
    make_room(f);
}

/* On a share of the paths of each of these powers. */
static void add_on(struct found *f, const struct quo_caps_terms *terms, unsigned powers, double share)
{
    double guards[CLASSES];
    for (int k = 0; k < QUO_POWERS; k++)
        guards[k] = powers >> k & 1u ? share : 0.0;
    guards[QUO_POWERS] = 0.0;
    add_cap(f, terms, guards);
}

static int compared(const struct quo_cap *a, const struct quo_cap *b)
{
    const double of_a[] = {a->per_hour_usd, a->burst_usd, a->window_hours, a->hard_usd, a->share, a->powers};
    const double of_b[] = {b->per_hour_usd, b->burst_usd, b->window_hours, b->hard_usd, b->share, b->powers};
    for (size_t i = 0; i < sizeof of_a / sizeof *of_a; i++)
        if (of_a[i] != of_b[i])
            return of_a[i] < of_b[i] ? -1 : 1;
    return 0;
}

/* In an order of their own where one may be left out: which one must not hang on that of the file. */
static void add_written(struct found *f)
{
    const struct quo_protocol *p = f->view->protocol;
    const struct quo_cap *cap[QUO_SETS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < p->n_caps && i < QUO_SETS_MAX; i++) {
        size_t at = n++;
        for (; p->n_caps > ALWAYS_FIT && at > 0 && compared(&p->cap[i], cap[at - 1]) < 0; at--)
            cap[at] = cap[at - 1];
        cap[at] = &p->cap[i];
    }
    for (size_t i = 0; i < n; i++) {
        const bool route = !(cap[i]->powers & QUO_POWERS_FIXED);
        const struct quo_caps_terms terms = {cap[i]->per_hour_usd, cap[i]->burst_usd, cap[i]->window_hours,
                                             cap[i]->hard_usd};
        if (f->view->domain[route ? f->view->inputs->br : f->view->inputs->ga] == QUO_STAND_OWN)
            add_on(f, &terms, cap[i]->powers, cap[i]->share);
    }
}

/* The limit that one answer speaks of: on what it covers, as often as it works and is believed; what is not believed falls back to
 * a lower level's limit, what is not covered to none. */
static void add_answer(struct found *f, enum quo_input_name name, unsigned powers)
{
    const struct quo_view *view = f->view;
    const struct quo_inputs *in = view->inputs;
    const int control = in->of[name].control;
    const enum quo_stand stand = (enum quo_stand)view->stand[control];
    const struct quo_claim claim = quo_effects_claim(in->catalogue, view->exponents, control, stand);
    const double in_place = quo_effects_in_place(view->exponents, control, stand);
    const struct {
        int level;
        double share;
    } part[] = {{claim.level, in_place * claim.weight}, {claim.fallback, in_place}, {0, 1.0}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        const double day = in->of[name].table->level[part[i].level];
        const struct quo_caps_terms terms = {day * view->protocol->exposure_usd / 24.0, 0.0, 24.0, INFINITY};
        if (day < NO_LIMIT_SHARE_DAY)
            add_on(f, &terms, powers, part[i].share);
    }
}

static void add_answered(struct found *f, enum quo_peril peril)
{
    if (quo_inputs_concern(f->view, QUO_INPUT_CAP_SHARE_DAY, peril))
        add_answer(f, QUO_INPUT_CAP_SHARE_DAY, QUO_POWERS_FIXED | QUO_POWER_BRIDGE_MESSAGES);
    if (quo_inputs_concern(f->view, QUO_INPUT_ROUTE_CAP_SHARE_DAY, peril) && f->view->protocol->bridge)
        add_answer(f, QUO_INPUT_ROUTE_CAP_SHARE_DAY, QUO_POWER_BRIDGE_MESSAGES);
}

/* What nobody buys does not leave, on whichever path. */
static void add_exit(struct found *f)
{
    const struct quo_protocol *p = f->view->protocol;
    double guards[CLASSES];
    for (int c = 0; c < CLASSES; c++)
        guards[c] = 1.0;
    if (p->exit_liquidity_usd < p->exposure_usd)
        add_cap(f, &(struct quo_caps_terms){INFINITY, 0.0, 0.0, p->exit_liquidity_usd}, guards);
}

static void start(struct found *f, const struct quo_view *view, enum quo_peril peril, struct quo_race_clock *clock)
{
    f->view = view;
    f->n = f->left_out = 0;
    memset(&f->times, 0, sizeof f->times);
    double rest = 1.0;
    for (int k = 0; k < QUO_POWERS; k++) {
        f->path[k] = quo_race_path(view, peril, 1u << k);
        rest -= f->path[k];
    }
    f->path[QUO_POWERS] = rest > 1e-12 ? rest : 0.0; /* shares that add up to all, but for rounding */
    const struct quo_timelock_time stop = quo_race_stop(clock);
    f->times.meanlog = stop.meanlog;
    f->times.sdlog = stop.sdlog;
    if (quo_inputs_concern(view, QUO_INPUT_AUTO_STOP, peril) && quo_inputs_value(view, QUO_INPUT_AUTO_STOP) > 0.0) {
        f->times.p_auto = quo_inputs_value(view, QUO_INPUT_AUTO_STOP);
        f->times.auto_meanlog = log(view->inputs->auto_stop_hours);
    }
}

int quo_lanes_find(const struct quo_view *view, enum quo_peril peril, struct quo_race_clock *clock, struct quo_outflow *out)
{
    struct found f;
    memset(out, 0, sizeof *out);
    if (!quo_inputs_concern(view, QUO_INPUT_CAP_SHARE_DAY, peril) && !quo_inputs_concern(view, QUO_INPUT_ROUTE_CAP_SHARE_DAY, peril) &&
        peril != QUO_GOVERNANCE_CAPTURE)
        return 0;
    start(&f, view, peril, clock);
    add_written(&f);
    add_answered(&f, peril);
    add_exit(&f);
    if (f.n > 0)
        arrange(&f, out);
    return f.left_out;
}
