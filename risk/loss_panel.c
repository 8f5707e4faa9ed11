#include "risk/loss_panel.h"

#include <math.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

#define NODES 20
#define WIDEST 2.0 /* panel, in ln x */
#define KINKS (QUO_OUTFLOW_KINKS + 3 + 2 * QUO_PARTS_MAX) /* floor, threshold, cap, and the laws' own */
#define BLOCK 16

/* cos(k pi / 40): the nodes, and all the polynomials at them. */
static const double cosine[4 * NODES] = {
    1.0,
    0.996917333733128,
    0.9876883405951378,
    0.9723699203976766,
    0.9510565162951535,
    0.9238795325112867,
    0.8910065241883679,
    0.8526401643540922,
    0.8090169943749475,
    0.7604059656000309,
    0.7071067811865476,
    0.6494480483301838,
    0.5877852522924731,
    0.5224985647159489,
    0.4539904997395468,
    0.38268343236508984,
    0.30901699437494745,
    0.23344536385590547,
    0.15643446504023092,
    0.078459095727845,
    0.0,
    -0.078459095727845,
    -0.15643446504023092,
    -0.23344536385590547,
    -0.30901699437494745,
    -0.38268343236508984,
    -0.4539904997395468,
    -0.5224985647159489,
    -0.5877852522924731,
    -0.6494480483301838,
    -0.7071067811865476,
    -0.7604059656000309,
    -0.8090169943749475,
    -0.8526401643540922,
    -0.8910065241883679,
    -0.9238795325112867,
    -0.9510565162951535,
    -0.9723699203976766,
    -0.9876883405951378,
    -0.996917333733128,
    -1.0,
    -0.996917333733128,
    -0.9876883405951378,
    -0.9723699203976766,
    -0.9510565162951535,
    -0.9238795325112867,
    -0.8910065241883679,
    -0.8526401643540922,
    -0.8090169943749475,
    -0.7604059656000309,
    -0.7071067811865476,
    -0.6494480483301838,
    -0.5877852522924731,
    -0.5224985647159489,
    -0.4539904997395468,
    -0.38268343236508984,
    -0.30901699437494745,
    -0.23344536385590547,
    -0.15643446504023092,
    -0.078459095727845,
    0.0,
    0.078459095727845,
    0.15643446504023092,
    0.23344536385590547,
    0.30901699437494745,
    0.38268343236508984,
    0.4539904997395468,
    0.5224985647159489,
    0.5877852522924731,
    0.6494480483301838,
    0.7071067811865476,
    0.7604059656000309,
    0.8090169943749475,
    0.8526401643540922,
    0.8910065241883679,
    0.9238795325112867,
    0.9510565162951535,
    0.9723699203976766,
    0.9876883405951378,
    0.996917333733128,
};

typedef double four __attribute__((vector_size(32)));

/* Where the survival function is not smooth, ascending. */
struct walk {
    const struct quo_loss *loss;
    double above; /* P[S > floor] */
    int order, n_kinks, next_kink;
    double kink[KINKS];
    double at, log_at, total;         /* integral so far, up to `at` */
    double width;                     /* of the next panel, in ln x */
    double left, half;                /* the panel before `at`, in ln x */
    double antiderivative[NODES + 1]; /* its Chebyshev coefficients, the integral from `left` */
    int degree;                       /* those beyond are nothing beside the integral */
    four polynomial[NODES / 2][NODES / 4]; /* all at the upper half of the nodes */
};

/* Kinks that only rounding keeps apart are one, the last of them: no panel is as narrow as a rounding. */
static void add_kink(struct walk *walk, double x)
{
    const double apart = 1.0 + QUO_NUMERIC_ROUNDING;
    if (!(x > walk->at * apart) || isinf(x) || walk->n_kinks == KINKS)
        return;
    int i = walk->n_kinks;
    while (i > 0 && walk->kink[i - 1] > x)
        i--;
    if (i < walk->n_kinks && walk->kink[i] <= x * apart)
        return;
    if (i > 0 && x <= walk->kink[i - 1] * apart) {
        walk->kink[i - 1] = x;
        return;
    }
    memmove(walk->kink + i + 1, walk->kink + i, (size_t)(walk->n_kinks - i) * sizeof *walk->kink);
    walk->kink[i] = x;
    walk->n_kinks++;
}

static void start_walk(struct walk *walk, double from, double base, int order, const struct quo_loss *loss)
{
    *walk = (struct walk){.loss = loss, .order = order, .at = from, .log_at = log(from), .total = base, .width = WIDEST};
    walk->above = loss->floor > 0.0 ? quo_severity_Q(loss->floor, &loss->severity) : 1.0;
    const struct quo_severity *s = &loss->severity;
    for (int i = 0; i < NODES / 2; i++)
        for (int k = 0, at = 0; k < NODES; k++) {
            walk->polynomial[i][k / 4][k % 4] = cosine[at];
            at += 2 * i + 1;
            at -= at < 4 * NODES ? 0 : 4 * NODES;
        }
    add_kink(walk, quo_loss_image(loss->floor, loss));
    if (s->family == QUO_SPLICED)
        add_kink(walk, quo_loss_image(s->threshold, loss));
    for (int i = 0; i < (s->family == QUO_SPLICED ? 1 : quo_severity_laws(s)); i++)
        if (s->law[i].family == QUO_GPD) {
            const double xi = s->law[i].par[0], beta = s->law[i].par[1], mu = s->law[i].par[2];
            add_kink(walk, quo_loss_image(mu, loss));
            if (xi < 0.0)
                add_kink(walk, quo_loss_image(mu - beta / xi, loss));
        }
    if (s->family == QUO_SPLICED && s->law[1].par[0] < 0.0)
        add_kink(walk, quo_loss_image(s->threshold - s->law[1].par[1] / s->law[1].par[0], loss));
    add_kink(walk, loss->cap);
    double at[QUO_OUTFLOW_KINKS];
    const size_t n = quo_outflow_kinks(&loss->outflow, at);
    for (size_t i = 0; i < n; i++)
        add_kink(walk, at[i]);
}

/* Coefficients of the polynomial through the nodes' values, ascending. */
__attribute__((target_clones("default", "avx2"))) static void project(const struct walk *walk, const double f[NODES],
                                                                      double c[NODES])
{
    four sum[NODES / 4] = {{0}};
    for (int i = 0; i < NODES / 2; i++) {
        /* Even polynomials see the sums of opposite nodes, odd ones the differences: half the products. */
        const double both = f[NODES - 1 - i] + f[i], apart = f[NODES - 1 - i] - f[i];
        const four paired = {both, apart, both, apart};
#pragma GCC unroll 5
        for (int k = 0; k < NODES / 4; k++)
            sum[k] += paired * walk->polynomial[i][k];
    }
    for (int k = 0; k < NODES; k++)
        c[k] = sum[k / 4][k % 4] * (k ? 2.0 : 1.0) / NODES;
}

/* The Chebyshev coefficients (c[0] halved already) of what is integrated over ln x: order x^order Q, between two ends of ln x. */
static void interpolate(const struct walk *walk, double left, double right, double c[NODES])
{
    double x[NODES], f[NODES];
    const double half = 0.5 * (right - left), middle = left + half;
    for (int i = 0; i < NODES; i++) /* ascending: the cosines from behind */
        x[i] = middle + half * cosine[2 * (NODES - 1 - i) + 1];
    quo_vectormath_exp(x, NODES, x);
    quo_loss_Q_block(x, NODES, walk->loss, walk->above, f);
    for (int i = 0; i < NODES; i++)
        f[i] *= walk->order == 2 ? 2.0 * x[i] * x[i] : x[i];
    project(walk, f, c);
}

static double clenshaw(const double *c, int degree, double t)
{
    double b1 = 0.0, b2 = 0.0;
    for (int k = degree; k > 0; k--) {
        const double b = 2.0 * t * b1 - b2 + c[k];
        b2 = b1;
        b1 = b;
    }
    return t * b1 - b2 + c[0];
}

/* One panel on from walk->at, not beyond `limit`. */
static void advance(struct walk *walk, double limit)
{
    const double tolerance = 1e-12; /* of the integral so far */
    const double noise = 1e-13;     /* of the largest coefficient: what rounding leaves in the last ones */
    const double narrowest = 1e-4;  /* width at which a panel is taken as it is */
    double c[NODES];
    while (walk->next_kink < walk->n_kinks && walk->kink[walk->next_kink] <= walk->at)
        walk->next_kink++;
    if (walk->next_kink < walk->n_kinks)
        limit = fmin(limit, walk->kink[walk->next_kink]);
    const double left = walk->log_at, end = log(limit);
    double right = fmin(end, left + walk->width);
    if (end - right < 0.01 * (right - left))
        right = end; /* no sliver */
    for (;;) {
        interpolate(walk, left, right, c);
        const double half = 0.5 * (right - left);
        const double last = fabs(c[NODES - 1]) + fabs(c[NODES - 2]) + fabs(c[NODES - 3]);
        const double whole = fabs(walk->total) + fabs(c[0]) * 2.0 * half;
        if (last * half <= tolerance * whole || last <= noise * fabs(c[0]) || right - left < narrowest ||
            !isfinite(last)) {
            walk->width = fmin(fmax(2.0 * (right - left), narrowest), WIDEST); /* an end that was near says nothing of the next */
            break;
        }
        right = left + half;
    }
    const double half = 0.5 * (right - left);
    double *a = walk->antiderivative;
    for (int k = 1; k <= NODES; k++) {
        const double below = k == 1 ? 2.0 * c[0] : c[k - 1], above = k + 1 < NODES ? c[k + 1] : 0.0;
        a[k] = half * (below - above) / (2.0 * k);
    }
    a[0] = 0.0;
    for (int k = 1; k <= NODES; k++)
        a[0] -= k % 2 ? -a[k] : a[k]; /* zero at t = -1 */
    walk->left = left;
    walk->half = half;
    walk->log_at = right;
    walk->at = right == end ? limit : exp(right);
    walk->total += clenshaw(a, NODES, 1.0);
    walk->degree = NODES;
    for (double left_out = 0.0; walk->degree > 2; walk->degree--) {
        left_out += fabs(a[walk->degree]);
        if (left_out > 1e-16 * fabs(walk->total))
            break;
    }
}

double quo_loss_panel_integral(double low, double high, int order, double base, const struct quo_loss *loss)
{
    struct walk walk;
    if (!(high > low))
        return 0.0;
    start_walk(&walk, low, base, order, loss);
    while (walk.at < high && walk.at < loss->cap)
        advance(&walk, high);
    return walk.total - base;
}

/* before + the panel's integral up to each of n <= BLOCK points of ln x: Clenshaw, with every lane's state kept in registers. */
__attribute__((target_clones("default", "avx2"))) static void up_to(const struct walk *walk, double before,
                                                                    const double *log_x, size_t n, double *out)
{
    union {
        double lane[BLOCK];
        four v[BLOCK / 4];
    } t = {{0}};
    four b1[BLOCK / 4] = {{0}}, b2[BLOCK / 4] = {{0}}, twice[BLOCK / 4];
    for (size_t i = 0; i < n; i++) { /* on the panel: rounding of its ends is not to be blown up, nor 0/0 where they are one */
        const double at = (log_x[i] - walk->left) / walk->half - 1.0;
        t.lane[i] = at > -1.0 ? (at < 1.0 ? at : 1.0) : -1.0;
    }
    for (int i = 0; i < BLOCK / 4; i++)
        twice[i] = t.v[i] + t.v[i];
    for (int k = walk->degree; k > 0; k--) {
        const double c = walk->antiderivative[k];
        const four all = {c, c, c, c};
#pragma GCC unroll 4
        for (int i = 0; i < BLOCK / 4; i++) {
            const four b = twice[i] * b1[i] - b2[i] + all;
            b2[i] = b1[i];
            b1[i] = b;
        }
    }
    for (int i = 0; i < BLOCK / 4; i++)
        t.v[i] = t.v[i] * b1[i] - b2[i];
    for (size_t i = 0; i < n; i++)
        out[i] = before + (t.lane[i] + walk->antiderivative[0]);
}

void quo_loss_panel_lev(double from, double base, const double *x, size_t n, const struct quo_loss *loss, double *out)
{
    struct walk walk;
    start_walk(&walk, from, base, 1, loss);
    const double last = fmin(x[n - 1], loss->cap);
    size_t i = 0;
    double before = base; /* the integral at the panel's left end */
    while (i < n) {
        if (x[i] == from) {
            out[i++] = base;
            continue;
        }
        while (walk.at < x[i] && walk.at < loss->cap) {
            before = walk.total;
            advance(&walk, last);
        }
        if (x[i] > walk.at) { /* beyond the cap */
            out[i++] = walk.total;
            continue;
        }
        size_t count = 1;
        while (count < BLOCK && i + count < n && x[i + count] <= walk.at)
            count++;
        double log_x[BLOCK];
        quo_vectormath_log(x + i, count, log_x);
        up_to(&walk, before, log_x, count, out + i);
        i += count;
    }
}
