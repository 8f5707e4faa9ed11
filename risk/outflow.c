#include "risk/outflow.h"

#include <float.h>
#include <math.h>

#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

#define BLOCK QUO_OUTFLOW_BLOCK

struct quo_outflow quo_outflow_one(struct quo_outflow_cap cap, double share, double meanlog, double sdlog)
{
    return (struct quo_outflow){
        .n_caps = 1, .n_lanes = 1, .cap = {cap}, .lane = {{share, 1u}}, .meanlog = meanlog, .sdlog = sdlog};
}

static bool lognormal(double meanlog, double sdlog) { return !isnan(meanlog) && sdlog >= 0.0 && !isinf(sdlog); }

const char *quo_outflow_invalid(const struct quo_outflow *o)
{
    double shares = 0.0;
    if (o->n_caps < 0 || o->n_caps > QUO_OUTFLOW_CAPS || o->n_lanes < 0 || o->n_lanes > QUO_OUTFLOW_LANES)
        return "too many outflow caps";
    for (int k = 0; k < o->n_caps; k++)
        if (!(o->cap[k].per_hour >= 0.0) || !(o->cap[k].burst >= 0.0) || !(o->cap[k].hard >= 0.0))
            return "an amount of an outflow cap is negative or not a number";
    for (int j = 0; j < o->n_lanes; j++) {
        if (!(o->lane[j].share >= 0.0 && o->lane[j].share <= 1.0))
            return "a share of an outflow cap is not in 0..1";
        if (o->lane[j].caps >> o->n_caps)
            return "an outflow cap that does not exist guards a share";
        shares += o->lane[j].share;
    }
    if (shares > 1.0 + 1e-12 || !(o->p_auto >= 0.0 && o->p_auto <= 1.0))
        return "a share of an outflow cap is not in 0..1";
    if (o->n_lanes > 0 && !lognormal(o->meanlog, o->sdlog))
        return "a time to stop is not lognormal";
    if (o->p_auto > 0.0 && !lognormal(o->auto_meanlog, o->auto_sdlog))
        return "an automatic time to stop is not lognormal";
    return NULL;
}

bool quo_outflow_same(const struct quo_outflow *a, const struct quo_outflow *b)
{
    bool same = a->n_caps == b->n_caps && a->n_lanes == b->n_lanes;
    for (int k = 0; same && k < a->n_caps; k++)
        same = a->cap[k].per_hour == b->cap[k].per_hour && a->cap[k].burst == b->cap[k].burst && a->cap[k].hard == b->cap[k].hard;
    for (int j = 0; same && j < a->n_lanes; j++)
        same = a->lane[j].share == b->lane[j].share && a->lane[j].caps == b->lane[j].caps;
    if (a->n_lanes == 0 || !same)
        return same;
    return a->meanlog == b->meanlog && a->sdlog == b->sdlog && a->p_auto == b->p_auto &&
           a->auto_meanlog == b->auto_meanlog && a->auto_sdlog == b->auto_sdlog;
}

static double open_share(const struct quo_outflow *o)
{
    double open = 1.0;
    for (int j = 0; j < o->n_lanes; j++)
        open -= o->lane[j].share;
    return open < 1e-12 ? 0.0 : open; /* shares that add up to all, but for rounding */
}

/* A lane as one bound that holds whatever T is, and lines in T. */
struct bound {
    double hard;
    int n;
    double burst[QUO_OUTFLOW_CAPS], per_hour[QUO_OUTFLOW_CAPS];
};

static struct bound bound_of(const struct quo_outflow *o, unsigned caps)
{
    struct bound b = {.hard = INFINITY};
    for (int k = 0; k < o->n_caps; k++) {
        const struct quo_outflow_cap *cap = &o->cap[k];
        if (!(caps >> k & 1u))
            continue;
        b.hard = fmin(b.hard, cap->per_hour == 0.0 ? fmin(cap->hard, cap->burst) : cap->hard);
        if (cap->per_hour > 0.0 && !isinf(cap->per_hour)) {
            b.burst[b.n] = cap->burst;
            b.per_hour[b.n++] = cap->per_hour;
        }
    }
    return b;
}

static double bound_at(const struct bound *b, double hours)
{
    double least = b->hard;
    for (int i = 0; i < b->n; i++)
        least = fmin(least, b->burst[i] + b->per_hour[i] * hours);
    return least;
}

double quo_outflow_bound(const struct quo_outflow *o, unsigned caps, double hours)
{
    const struct bound b = bound_of(o, caps);
    return bound_at(&b, hours);
}

/* A bound that is certain, against x. Above it only by rounding is on it: x may be the same amount, reckoned in another way. */
static bool lets(double bound, double x, bool inclusive)
{
    return inclusive ? bound >= x * (1.0 - QUO_NUMERIC_ROUNDING) : bound > x;
}

static bool spread(double meanlog, double sdlog) { return sdlog > 0.0 && isfinite(meanlog); }

/* P[bound > x], or P[bound >= x] if inclusive, for one law of T; t: the longest of the times at which the lines exceed x, below 0 if all
 * do at once. */
static double stop_Q(double x, double t, const struct bound *b, double meanlog, double sdlog, bool inclusive)
{
    if (!spread(meanlog, sdlog))
        return lets(bound_at(b, exp(meanlog)), x, inclusive) ? 1.0 : 0.0;
    return t < 0.0 || (t == 0.0 && inclusive) ? 1.0 : isinf(t) ? 0.0 : quo_normal_Q((log(t) - meanlog) / sdlog);
}

static double lane_Q(double x, const struct bound *b, const struct quo_outflow *o, bool inclusive)
{
    double t = -1.0;
    if (!lets(b->hard, x, inclusive))
        return 0.0;
    for (int i = 0; i < b->n; i++)
        if (x >= b->burst[i])
            t = fmax(t, (x - b->burst[i]) / b->per_hour[i]);
    if (b->n == 0)
        return 1.0;
    const double by_people = stop_Q(x, t, b, o->meanlog, o->sdlog, inclusive);
    return o->p_auto == 0.0 ? by_people
                            : o->p_auto * stop_Q(x, t, b, o->auto_meanlog, o->auto_sdlog, inclusive) +
                                  (1.0 - o->p_auto) * by_people;
}

double quo_outflow_left(double x, const struct quo_outflow *o, bool inclusive)
{
    double left = open_share(o);
    for (int j = 0; j < o->n_lanes; j++) {
        const struct bound b = bound_of(o, o->lane[j].caps);
        left += o->lane[j].share * lane_Q(x, &b, o, inclusive);
    }
    return left;
}

/* q[] = P[T > t], lognormal with a spread; log_t[] as given. */
static void lognormal_block(const double *log_t, size_t n, double meanlog, double sdlog, double *q)
{
    const double scale = M_SQRT1_2 / sdlog;
    for (size_t i = 0; i < n; i++)
        q[i] = (log_t[i] - meanlog) * scale;
    quo_vectormath_erfc(q, n, q);
    for (size_t i = 0; i < n; i++)
        q[i] *= 0.5;
}

static void stop_block(const double *x, const double *log_t, size_t n, const struct bound *b, const struct quo_outflow *o,
                       double *q)
{
    double automatic[BLOCK];
    lognormal_block(log_t, n, o->meanlog, o->sdlog, q);
    if (o->p_auto == 0.0)
        return;
    if (spread(o->auto_meanlog, o->auto_sdlog)) {
        lognormal_block(log_t, n, o->auto_meanlog, o->auto_sdlog, automatic);
    } else {
        const double bound = bound_at(b, exp(o->auto_meanlog));
        for (size_t i = 0; i < n; i++)
            automatic[i] = lets(bound, x[i], false) ? 1.0 : 0.0;
    }
    for (size_t i = 0; i < n; i++)
        q[i] = o->p_auto * automatic[i] + (1.0 - o->p_auto) * q[i];
}

static void lane_block(const double *x, size_t n, const struct bound *b, const struct quo_outflow *o, double *q)
{
    double t[BLOCK] = {0.0}, log_t[BLOCK];
    for (int k = 0; k < b->n; k++) {
        const double inverse = 1.0 / b->per_hour[k];
        for (size_t i = 0; i < n; i++)
            t[i] = fmax(t[i], (x[i] - b->burst[k]) * inverse);
    }
    for (size_t i = 0; i < n; i++) /* before the burst is out: certain */
        log_t[i] = t[i] > DBL_MIN ? t[i] : DBL_MIN;
    quo_vectormath_log(log_t, n, log_t);
    stop_block(x, log_t, n, b, o, q);
    for (size_t i = 0; i < n; i++)
        q[i] = lets(b->hard, x[i], false) ? q[i] : 0.0;
}

void quo_outflow_left_block(const double *x, size_t n, const struct quo_outflow *o, double *out)
{
    double left[BLOCK], q[BLOCK];
    if (o->n_lanes == 0)
        return;
    const double open = open_share(o);
    const bool spreads = spread(o->meanlog, o->sdlog);
    for (size_t i = 0; i < n; i++)
        left[i] = open;
    for (int j = 0; j < o->n_lanes; j++) {
        const struct bound b = bound_of(o, o->lane[j].caps);
        bool vector = spreads && b.n > 0;
        for (int k = 0; k < b.n; k++)
            vector = vector && isfinite(1.0 / b.per_hour[k]);
        if (vector)
            lane_block(x, n, &b, o, q);
        else
            for (size_t i = 0; i < n; i++)
                q[i] = lane_Q(x[i], &b, o, false);
        for (size_t i = 0; i < n; i++)
            left[i] += o->lane[j].share * q[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] *= left[i];
}

/* T beyond sds standard deviations on one side. */
static double extreme_hours(const struct quo_outflow *o, double sds)
{
    const double people = exp(o->meanlog + sds * o->sdlog);
    if (o->p_auto == 0.0)
        return people;
    const double automatic = exp(o->auto_meanlog + sds * o->auto_sdlog);
    return sds < 0.0 ? fmin(people, automatic) : fmax(people, automatic);
}

static double least_onset(const struct quo_outflow *o, bool above_0)
{
    double least = INFINITY;
    const double hours = o->n_lanes ? extreme_hours(o, -8.3) : 0.0; /* P[T < exp(meanlog - 8.3 sdlog)] = 5e-17 */
    for (int j = 0; j < o->n_lanes; j++) {
        const double onset = o->lane[j].share > 0.0 ? quo_outflow_bound(o, o->lane[j].caps, hours) : INFINITY;
        if (!above_0 || onset > 0.0)
            least = fmin(least, onset);
    }
    return least;
}

double quo_outflow_onset(const struct quo_outflow *o) { return least_onset(o, false); }
double quo_outflow_onset_above_0(const struct quo_outflow *o) { return least_onset(o, true); }

double quo_outflow_open(const struct quo_outflow *o, double *end)
{
    double open = open_share(o);
    const double hours = o->n_lanes ? extreme_hours(o, 8.6) : 0.0;
    for (int j = 0; j < o->n_lanes; j++) {
        const double last = quo_outflow_bound(o, o->lane[j].caps, hours);
        if (isinf(last))
            open += o->lane[j].share; /* never bites */
        else if (o->lane[j].share > 0.0)
            *end = fmax(*end, last);
    }
    return open;
}

static double draw_time(struct quo_stream *stream, double meanlog, double sdlog)
{
    return exp(meanlog + (sdlog > 0.0 ? sdlog * quo_stream_normal(stream) : 0.0));
}

double quo_outflow_draw(struct quo_stream *stream, const struct quo_outflow *o)
{
    if (o->n_lanes == 0)
        return INFINITY;
    double at = quo_stream_uniform(stream);
    for (int j = 0; j < o->n_lanes; j++) {
        at -= o->lane[j].share;
        if (at >= 0.0)
            continue;
        const bool by_breaker = o->p_auto > 0.0 && quo_stream_uniform(stream) < o->p_auto;
        const double hours = by_breaker ? draw_time(stream, o->auto_meanlog, o->auto_sdlog)
                                        : draw_time(stream, o->meanlog, o->sdlog);
        return quo_outflow_bound(o, o->lane[j].caps, hours);
    }
    return INFINITY;
}

static bool line(const struct quo_outflow_cap *cap) { return cap->per_hour > 0.0 && !isinf(cap->per_hour); }

static bool share_a_lane(const struct quo_outflow *o, int a, int b)
{
    for (int j = 0; j < o->n_lanes; j++)
        if ((o->lane[j].caps >> a & 1u) && (o->lane[j].caps >> b & 1u))
            return true;
    return false;
}

/* Where two lines of one lane cross, the longer time is the other's from there on. */
static double crossing(const struct quo_outflow_cap *a, const struct quo_outflow_cap *b)
{
    return (a->burst * b->per_hour - b->burst * a->per_hour) / (b->per_hour - a->per_hour);
}

static void put(double *at, size_t *n, double x)
{
    if (isfinite(x) && x > 0.0)
        at[(*n)++] = x;
}

size_t quo_outflow_kinks(const struct quo_outflow *o, double *at)
{
    size_t n = 0;
    for (int k = 0; k < o->n_caps; k++) {
        const struct quo_outflow_cap *cap = &o->cap[k];
        put(at, &n, cap->hard);
        if (!isinf(cap->per_hour))
            put(at, &n, cap->burst);
        if (!line(cap))
            continue;
        if (o->sdlog == 0.0)
            put(at, &n, cap->burst + cap->per_hour * exp(o->meanlog));
        if (o->p_auto > 0.0 && o->auto_sdlog == 0.0)
            put(at, &n, cap->burst + cap->per_hour * exp(o->auto_meanlog));
        for (int other = 0; other < k; other++)
            if (line(&o->cap[other]) && share_a_lane(o, k, other))
                put(at, &n, crossing(cap, &o->cap[other]));
    }
    return n;
}
