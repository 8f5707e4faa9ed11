#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/loss.h"

static struct quo_severity lognormal(double meanlog, double sdlog)
{
    return quo_severity_simple(QUO_LOGNORMAL, (double[]){meanlog, sdlog});
}

static struct quo_loss plain(struct quo_severity severity)
{
    return (struct quo_loss){.severity = severity, .power = 1.0, .cap = INFINITY};
}

static const struct quo_outflow_cap no_cap = {.per_hour = INFINITY, .hard = INFINITY};

static void the_reference_table_is_met(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("layers.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        const char *hours = strstr(row[i].params, "hours=lognormal;");
        if (!hours)
            continue;
        struct quo_loss loss =
            plain(lognormal(ref_number(row[i].params, "meanlog"), ref_number(row[i].params, "sdlog")));
        hours += strlen("hours=lognormal;");
        loss.outflow = quo_outflow_one(
            (struct quo_outflow_cap){.per_hour = ref_number(row[i].params, "cap_per_hour"), .hard = INFINITY},
            ref_number(row[i].params, "share_capped"), ref_number(hours, "meanlog"), ref_number(hours, "sdlog"));
        const bool sf = strcmp(row[i].quantity, "sf") == 0;
        const double at = ref_number(row[i].args, sf ? "x" : "d");
        ref_check(&tally, &row[i], sf ? quo_loss_Q(at, &loss) : quo_loss_lev(at, &loss));
        double many[20];
        for (int k = 0; k < 20; k++)
            many[k] = at * (k + 1) / 20.0;
        if (sf)
            quo_loss_Q_many(many, 20, &loss, many);
        else
            quo_loss_lev_many(many, 20, &loss, many);
        ref_check(&tally, &row[i], many[19]);
    }
    ref_done(&tally, 12);
    ref_free(row, n);
}

static double uniform(struct quo_stream *stream, double low, double high)
{
    return low + (high - low) * quo_stream_uniform(stream);
}

static struct quo_severity random_severity(struct quo_stream *stream)
{
    const double scale = exp(uniform(stream, 11.0, 15.0));
    switch (quo_stream_below(stream, 7)) {
    case 0:
        return lognormal(log(scale), uniform(stream, 0.5, 3.0));
    case 1:
        return quo_severity_simple(QUO_PARETO2, (double[]){uniform(stream, 0.6, 4.0), scale});
    case 2:
        return quo_severity_simple(QUO_WEIBULL, (double[]){uniform(stream, 0.3, 2.0), scale});
    case 3:
        return quo_severity_simple(QUO_BURR, (double[]){uniform(stream, 0.4, 2.0), uniform(stream, 0.5, 2.0), scale});
    case 4:
        return quo_severity_simple(QUO_GPD, (double[]){uniform(stream, -0.3, 1.4), scale, 1e5});
    case 5: {
        const struct quo_law body = lognormal(log(scale), uniform(stream, 0.8, 2.5)).law[0];
        return quo_severity_spliced(body, scale * uniform(stream, 1.0, 5.0), uniform(stream, 0.05, 0.5),
                                    uniform(stream, 0.1, 1.3), scale);
    }
    default: {
        const struct quo_law a = lognormal(log(scale), uniform(stream, 0.8, 2.5)).law[0];
        const struct quo_law b = quo_severity_simple(QUO_GAMMA, (double[]){uniform(stream, 0.5, 3.0), scale}).law[0];
        return quo_severity_mixture(uniform(stream, 0.1, 0.9), a, b);
    }
    }
}

/* So many caps on lanes of random shares, each guarded by a random set of them. */
static struct quo_outflow random_outflow(struct quo_stream *stream, int caps)
{
    struct quo_outflow o = {.n_caps = caps, .n_lanes = caps == 0 ? 0 : 1 + (int)quo_stream_below(stream, 3)};
    double left = 1.0;
    for (int k = 0; k < caps; k++)
        o.cap[k] = (struct quo_outflow_cap){
            .per_hour = quo_stream_below(stream, 4) ? exp(uniform(stream, 9.0, 16.0)) : INFINITY,
            .burst = quo_stream_below(stream, 2) ? exp(uniform(stream, 10.0, 15.0)) : 0.0,
            .hard = quo_stream_below(stream, 2) ? exp(uniform(stream, 13.0, 20.0)) : INFINITY};
    for (int j = 0; j < o.n_lanes; j++) {
        o.lane[j].share = quo_stream_below(stream, 4) ? left * quo_stream_uniform(stream) : left;
        o.lane[j].caps = 1 + (unsigned)quo_stream_below(stream, (1u << caps) - 1);
        left -= o.lane[j].share;
    }
    o.meanlog = uniform(stream, -2.0, 5.0);
    o.sdlog = quo_stream_below(stream, 5) ? uniform(stream, 0.2, 2.0) : 0.0;
    if (quo_stream_below(stream, 3) == 0) {
        o.p_auto = quo_stream_uniform(stream);
        o.auto_meanlog = uniform(stream, -4.0, 0.0);
        o.auto_sdlog = quo_stream_below(stream, 2) ? uniform(stream, 0.2, 1.0) : 0.0;
    }
    return o;
}

static struct quo_loss random_loss(struct quo_stream *stream, int caps)
{
    struct quo_loss loss = plain(random_severity(stream));
    if (quo_stream_below(stream, 2))
        loss.floor = 1e5 * uniform(stream, 0.2, 3.0);
    loss.power = quo_stream_below(stream, 3) ? uniform(stream, 0.4, 1.0) : 1.0;
    loss.log_scale = (1.0 - loss.power) * 13.0 + uniform(stream, -2.0, 2.0);
    loss.cap = exp(uniform(stream, 14.0, 21.0));
    loss.outflow = random_outflow(stream, caps);
    return loss;
}

struct weighted {
    const struct quo_loss *loss;
    int order;
};
static double by_log_x(double u, void *context)
{
    const struct weighted *w = context;
    const double x = exp(u);
    return w->order * pow(x, w->order) * quo_loss_Q(x, w->loss);
}

static int compare(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* order * integral of x^(order-1) Q(x), on ln x, cut wherever the law can have a kink or a jump. */
static double by_quadrature(double low, double high, int order, const struct quo_loss *loss)
{
    double cut[128], sum = 0.0, error;
    size_t n = 0;
    const struct quo_severity *s = &loss->severity;
    const double top = fmin(high, loss->cap), bottom = fmax(low, 1e-6);
    const double at[] = {
        loss->floor, s->threshold, s->family == QUO_GPD ? s->law[0].par[2] : 0.0,
        s->family == QUO_GPD && s->law[0].par[0] < 0.0 ? s->law[0].par[2] - s->law[0].par[1] / s->law[0].par[0] : 0.0};
    cut[n++] = bottom, cut[n++] = top;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        cut[n++] = quo_loss_image(at[i], loss);
    const struct quo_outflow *o = &loss->outflow;
    for (int k = 0; k < o->n_caps; k++) {
        const struct quo_outflow_cap *cap = &o->cap[k];
        cut[n++] = cap->burst, cut[n++] = cap->hard;
        for (int other = 0; other < k; other++) /* where two lines cross */
            cut[n++] = (cap->burst * o->cap[other].per_hour - o->cap[other].burst * cap->per_hour) /
                       (o->cap[other].per_hour - cap->per_hour);
        for (int sd = -6; sd <= 6 && cap->per_hour < INFINITY; sd += 2) {
            cut[n++] = cap->burst + cap->per_hour * exp(o->meanlog + sd * o->sdlog);
            cut[n++] = cap->burst + cap->per_hour * exp(o->auto_meanlog + sd * o->auto_sdlog);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (!(cut[i] > bottom))
            cut[i] = bottom;
    qsort(cut, n, sizeof *cut, compare);
    const struct weighted w = {loss, order};
    for (size_t i = 0; i + 1 < n; i++) {
        const double a = fmin(fmax(cut[i], bottom), top), b = fmin(fmax(cut[i + 1], bottom), top);
        for (double u = log(a); u < log(b) - 1e-13; u += 2.0)
            if (w.order * pow(b, w.order) * quo_loss_Q(exp(u), loss) > 1e-12 * sum) /* else it is nothing, and no relative error of it is met */
                sum += quo_integral(by_log_x, (void *)&w, u, fmin(u + 2.0, log(b)), 1e-11, &error);
    }
    return sum + (low < bottom ? pow(bottom, order) : 0.0);
}

static void limited_means_are_integrals_of_the_survival_function(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 120; i++) {
        struct quo_stream stream = quo_stream_at(21, i, 0, 45);
        const struct quo_loss loss = random_loss(&stream, (int)(i % 3));
        assert_null(quo_loss_invalid(&loss));
        const double limit = loss.cap * uniform(&stream, 0.01, 1.2);
        check_rel(quo_loss_lev(limit, &loss), by_quadrature(0.0, limit, 1, &loss), 1e-9, "law %d, lev", (int)i);
        check_rel(quo_loss_mean(&loss), by_quadrature(0.0, INFINITY, 1, &loss), 1e-9, "law %d, mean", (int)i);
        check_rel(quo_loss_second_moment(&loss), by_quadrature(0.0, INFINITY, 2, &loss), 1e-9, "law %d, second moment",
                  (int)i);
        const double low = quo_loss_Qinv(1e-4, &loss);
        if (low < loss.cap && quo_loss_Q(low, &loss) > 0.0)
            check_rel(quo_loss_layer(low, 3.0 * low, &loss), by_quadrature(low, 3.0 * low, 1, &loss), 1e-9,
                      "law %d, layer", (int)i);
    }
}

/* Without a cap on the whole the open paths go on for ever: their tail is in closed form. */
static void the_open_paths_have_their_tail(void **state)
{
    (void)state;
    struct quo_loss loss = plain(lognormal(13.0, 1.5));
    loss.floor = 2e4, loss.power = 0.8, loss.log_scale = 3.0;
    loss.outflow = quo_outflow_one((struct quo_outflow_cap){.per_hour = 1e4, .hard = INFINITY}, 0.5, 1.0, 0.8);
    loss.outflow.n_caps = loss.outflow.n_lanes = 2;
    loss.outflow.cap[1] = (struct quo_outflow_cap){.per_hour = INFINITY, .hard = 3e5};
    loss.outflow.lane[1] = (struct quo_outflow_lane){.share = 0.2, .caps = 2u};
    check_rel(quo_loss_mean(&loss), by_quadrature(0.0, 1e16, 1, &loss), 1e-9, "mean");
    check_rel(quo_loss_second_moment(&loss), by_quadrature(0.0, 1e16, 2, &loss), 1e-9, "second moment");
    loss.outflow.lane[0].share = 0.8; /* none is left open */
    check_rel(quo_loss_mean(&loss), by_quadrature(0.0, 1e16, 1, &loss), 1e-9, "mean, all paths capped");
}

static void many_points_are_the_same_as_one_by_one(void **state)
{
    (void)state;
    enum { N = 300 };
    double x[N], got[N];
    for (uint64_t i = 0; i < 150; i++) {
        struct quo_stream stream = quo_stream_at(22, i, 0, 45);
        const struct quo_loss loss = random_loss(&stream, (int)(i % 3));
        const bool logarithmic = i % 2;
        for (int k = 0; k < N; k++)
            x[k] = logarithmic ? exp(8.0 + 16.0 * k / N) : 1.1 * loss.cap * k / N;
        if (i % 5 == 0)
            x[N - 1] = INFINITY;
        quo_loss_lev_many(x, N, &loss, got);
        for (int k = 0; k < N; k += 7)
            check_rel(got[k], quo_loss_lev(x[k], &loss), 2e-11, "law %d, lev at %g", (int)i, x[k]);
        check_rel(got[N - 1], quo_loss_lev(x[N - 1], &loss), 2e-11, "law %d, lev at the last", (int)i);
        quo_loss_Q_many(x, N, &loss, got);
        for (int k = 0; k < N; k++)
            check_rel(got[k], quo_loss_Q(x[k], &loss), 3e-12, "law %d, Q at %g", (int)i, x[k]);
        memcpy(got, x, sizeof got);
        quo_loss_lev_many(got, N, &loss, got);
        check_rel(got[N - 2], quo_loss_lev(x[N - 2], &loss), 2e-11, "law %d, in place", (int)i);
    }
}

static void quantiles_invert_and_draws_follow(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        struct quo_stream stream = quo_stream_at(23, i, 0, 45);
        const struct quo_loss loss = random_loss(&stream, (int)(i % 3));
        for (double q = 0.9; q > 1e-9; q *= 0.2) {
            const double x = quo_loss_Qinv(q, &loss);
            assert_true(quo_loss_Q(x * (1.0 + 1e-9), &loss) <= q * (1.0 + 1e-6));
            assert_true(x == 0.0 || quo_loss_Q(x * (1.0 - 1e-9), &loss) >= q * (1.0 - 1e-6));
        }
        const int n = 20000;
        const double median = quo_loss_Qinv(0.5, &loss), tail = quo_loss_Qinv(0.05, &loss);
        double sum = 0.0, above_median = 0.0, above_tail = 0.0;
        for (int k = 0; k < n; k++) {
            const double x = quo_loss_draw(&stream, &loss);
            sum += x;
            above_median += x > median;
            above_tail += x > tail;
        }
        const double mean = quo_loss_mean(&loss), sd = sqrt(fmax(quo_loss_second_moment(&loss) - mean * mean, 0.0));
        check_abs(sum / n, mean, 5.0 * sd / sqrt(n) + 1e-9 * mean, "law %d, mean of draws", (int)i);
        const double q50 = quo_loss_Q(median, &loss), q05 = quo_loss_Q(tail, &loss);
        check_abs(above_median / n, q50, 5.0 * sqrt(q50 * (1.0 - q50) / n) + 1e-12, "law %d, above the median", (int)i);
        check_abs(above_tail / n, q05, 5.0 * sqrt(q05 * (1.0 - q05) / n) + 1e-12, "law %d, above the 95 %% point",
                  (int)i);
    }
}

static void caps_never_raise_a_loss(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        struct quo_stream stream = quo_stream_at(24, i, 0, 45);
        struct quo_loss loss = random_loss(&stream, 2);
        loss.outflow.lane[0].caps = 3u;
        const double two = quo_loss_mean(&loss);
        for (int j = 0; j < loss.outflow.n_lanes; j++) { /* without the second: its own lanes are open */
            loss.outflow.lane[j].caps &= 1u;
            if (!loss.outflow.lane[j].caps)
                loss.outflow.lane[j].share = 0.0;
        }
        const double one = quo_loss_mean(&loss);
        loss.outflow.n_caps = loss.outflow.n_lanes = 0;
        const double none = quo_loss_mean(&loss);
        assert_true(two <= one * (1.0 + 1e-9) && one <= none * (1.0 + 1e-9));
        loss.cap *= 0.5;
        assert_true(quo_loss_mean(&loss) <= none * (1.0 + 1e-12));
    }
}

/* There is one theft and one time to stop it: a cap that stands in the file twice, or of which another part is looser, is one. */
static void caps_on_the_same_paths_bind_together(void **state)
{
    (void)state;
    struct quo_loss loss = plain(lognormal(14.0, 1.8));
    loss.cap = 1e9;
    const struct quo_outflow_cap tight = {.per_hour = 2e5, .burst = 5e5, .hard = INFINITY};
    loss.outflow = quo_outflow_one(tight, 0.7, 1.5, 1.1);
    const double once = quo_loss_mean(&loss);
    loss.outflow.n_caps = 2, loss.outflow.cap[1] = tight, loss.outflow.lane[0].caps = 3u;
    check_rel(quo_loss_mean(&loss), once, 1e-11, "twice");
    loss.outflow.cap[1].per_hour *= 3.0, loss.outflow.cap[1].burst *= 1.5;
    check_rel(quo_loss_mean(&loss), once, 1e-11, "and a looser one");
    /* On two halves of the same paths it is the same cap. */
    loss.outflow = quo_outflow_one(tight, 0.3, 1.5, 1.1);
    loss.outflow.n_lanes = 2, loss.outflow.lane[1] = (struct quo_outflow_lane){0.4, 1u};
    check_rel(quo_loss_mean(&loss), once, 1e-11, "in two lanes");
    /* Two that cross: the loss is below what either leaves, and the time is the longer: by hand at one point beyond the crossing. */
    loss.outflow = quo_outflow_one(tight, 1.0, 1.5, 1.1);
    loss.outflow.n_caps = 2, loss.outflow.lane[0].caps = 3u;
    loss.outflow.cap[1] = (struct quo_outflow_cap){.per_hour = 5e4, .burst = 2e6, .hard = INFINITY};
    /* at 3 M: 12.5 hours by the first, 20 by the second; at 2.1 M: 8 and 2; they cross at 2.5 M, 10 hours */
    check_rel(quo_loss_Q(3e6, &loss), quo_normal_Q((log(3e6) - 14.0) / 1.8) * quo_normal_Q((log(20.0) - 1.5) / 1.1), 1e-13,
              "beyond the crossing");
    check_rel(quo_loss_Q(2.1e6, &loss), quo_normal_Q((log(2.1e6) - 14.0) / 1.8) * quo_normal_Q((log(8.0) - 1.5) / 1.1), 1e-13,
              "before it");
    double kink[QUO_OUTFLOW_KINKS];
    bool found = false;
    for (size_t i = quo_outflow_kinks(&loss.outflow, kink); i-- > 0;)
        found = found || fabs(kink[i] - 2.5e6) < 1e-3;
    assert_true(found);
}

static void atoms_stand_where_they_belong(void **state)
{
    (void)state;
    struct quo_loss loss = plain(lognormal(14.0, 2.0));
    check_rel(quo_loss_atom(&loss), 0.0, 0.0, "no cap, no atom");
    loss.cap = 1e8;
    check_rel(quo_loss_atom(&loss), quo_normal_Q((log(1e8) - 14.0) / 2.0), 1e-13, "everything is lost");
    check_rel(quo_loss_Q(1e8, &loss), 0.0, 0.0, "nothing above the cap");
    check_rel(quo_loss_Q_from(1e8, &loss), quo_loss_atom(&loss), 0.0, "at the cap");
    loss.outflow = quo_outflow_one((struct quo_outflow_cap){.per_hour = INFINITY, .hard = 1e7}, 0.75, 0.0, 1.0);
    const double above = quo_normal_Q((log(1e7) - 14.0) / 2.0);
    check_rel(quo_loss_Q_from(1e7, &loss), above, 1e-13, "hard bound: all that reach it stop there");
    check_rel(quo_loss_Q(1e7, &loss), 0.25 * above, 1e-13, "but the open paths go on");
    check_rel(quo_loss_atom(&loss), 0.25 * quo_normal_Q((log(1e8) - 14.0) / 2.0), 1e-13,
              "atom at the cap of the open paths");
    check_rel(quo_loss_Qinv(0.5 * above, &loss), 1e7, 1e-12, "a quantile in the jump is the jump");
    /* A certain time to stop: the bound is burst + per_hour * hours. */
    loss.outflow = quo_outflow_one((struct quo_outflow_cap){.per_hour = 1e6, .burst = 5e5, .hard = INFINITY}, 1.0, log(3.0), 0.0);
    check_rel(quo_loss_Q(3.4999999e6, &loss), quo_normal_Q((log(3.4999999e6) - 14.0) / 2.0), 1e-13, "before the stop");
    check_rel(quo_loss_Q(3.5000001e6, &loss), 0.0, 0.0, "after the stop");
    check_rel(quo_loss_mean(&loss), quo_severity_lev(3.5e6, 1.0, &loss.severity), 1e-10, "mean up to the stop");
}

/* A cap and a bound an ulp apart, points an ulp apart, a stop that is certain: the limited mean stays that of the one cap there is. */
static void what_rounding_parts_is_one(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        struct quo_stream stream = quo_stream_at(25, i, 0, 45);
        struct quo_loss one = plain(lognormal(14.0, 2.0));
        const double at = exp(uniform(&stream, 11.0, 16.0)), hours = uniform(&stream, 0.1, 50.0), above = nextafter(at, INFINITY);
        one.cap = i % 2 ? 100.0 * at : at;
        one.outflow = quo_outflow_one((struct quo_outflow_cap){.per_hour = INFINITY, .hard = at}, 1.0, 0.0, 1.0);
        struct quo_loss many = one;
        many.cap = i % 2 ? one.cap : above;
        many.outflow.n_caps = 3;
        many.outflow.cap[1] = (struct quo_outflow_cap){.per_hour = 0.7 * at / hours, .burst = at - 0.7 * at, .hard = INFINITY};
        many.outflow.cap[2] = (struct quo_outflow_cap){.per_hour = 1e-3 * at, .burst = above, .hard = INFINITY};
        many.outflow.lane[0].caps = 7u;
        many.outflow.meanlog = log(hours);
        many.outflow.sdlog = 0.0;
        double x[24], y[24];
        for (int k = 0; k < 20; k++)
            x[k] = y[k] = at * exp(0.3 * (k - 19)) * (k == 19 ? 1.0 - 1e-16 * (double)(i % 5) : 1.0);
        for (int k = 20; k < 24; k++)
            x[k] = y[k] = k == 20 ? at : k == 21 ? above : k == 22 ? above * (1.0 + 3e-16) : 3.0 * at;
        check_rel(quo_loss_mean(&many), quo_loss_mean(&one), 1e-9, "law %d, mean", (int)i);
        check_rel(quo_loss_Q_from(at, &many), quo_loss_Q_from(at, &one), 1e-9, "law %d, the jump from below", (int)i);
        check_rel(quo_loss_Q_from(above, &many), quo_loss_Q_from(at, &one), 1e-9, "law %d, an ulp on", (int)i);
        quo_loss_lev_many(x, 24, &one, x);
        quo_loss_lev_many(y, 24, &many, y);
        for (int k = 0; k < 24; k++)
            check_rel(y[k], x[k], 1e-9, "law %d, limited mean %d", (int)i, k);
    }
}

static void edges_are_exact(void **state)
{
    (void)state;
    struct quo_loss loss = plain(lognormal(14.0, 2.0));
    loss.floor = 1e6, loss.cap = 4e5; /* every loss is the whole */
    check_rel(quo_loss_Q(3.9e5, &loss), 1.0, 0.0, "below a cap under the floor");
    check_rel(quo_loss_atom(&loss), 1.0, 0.0, "cap under the floor: all mass there");
    check_rel(quo_loss_mean(&loss), 4e5, 0.0, "mean is the cap");
    check_rel(quo_loss_second_moment(&loss), 1.6e11, 1e-15, "second moment");
    check_rel(quo_loss_Qinv(0.3, &loss), 4e5, 0.0, "every quantile is the cap");
    check_rel(quo_loss_lev(1e5, &loss), 1e5, 0.0, "limit under all");

    loss = plain(lognormal(14.0, 2.0));
    loss.power = 0.0, loss.log_scale = log(2e6); /* no spread at all */
    check_rel(quo_loss_mean(&loss), 2e6, 1e-14, "power 0: the scale surely");
    check_rel(quo_loss_Q(1.999e6, &loss), 1.0, 0.0, "power 0, below");
    check_rel(quo_loss_Q(2.001e6, &loss), 0.0, 0.0, "power 0, above");
    check_rel(quo_loss_Qinv(0.2, &loss), 2e6, 1e-14, "power 0, quantile");
    double x[16], got[16];
    for (int k = 0; k < 16; k++)
        x[k] = 3e5 * k;
    quo_loss_lev_many(x, 16, &loss, got);
    check_rel(got[15], 2e6, 1e-13, "power 0, many");
    loss.power = 1e-6;
    check_rel(quo_loss_mean(&loss), 2e6 * exp(14e-6 + 2e-12), 1e-12, "power near 0");

    struct quo_loss heavy = plain(quo_severity_simple(QUO_PARETO2, (double[]){0.7, 1e6}));
    assert_true(isinf(quo_loss_mean(&heavy)) && isinf(quo_loss_second_moment(&heavy)));
    heavy.cap = 1e9;
    check_rel(quo_loss_mean(&heavy), 1e6 / 0.3 * (pow(1001.0, 0.3) - 1.0), 1e-12, "infinite mean, capped");
    heavy.cap = INFINITY, heavy.outflow = quo_outflow_one(no_cap, 1.0, 0.0, 1.0);
    heavy.outflow.cap[0].hard = 1e9;
    check_rel(quo_loss_mean(&heavy), 1e6 / 0.3 * (pow(1001.0, 0.3) - 1.0), 1e-10,
              "infinite mean, hard bound on all paths");
    heavy.outflow.lane[0].share = 0.999;
    assert_true(isinf(quo_loss_mean(&heavy))); /* the open paths alone */
    heavy.outflow = quo_outflow_one(no_cap, 1.0, 0.0, 1.0); /* a cap that limits nothing */
    assert_true(isinf(quo_loss_mean(&heavy)));
    heavy.outflow.cap[0].hard = 0.0; /* nothing can leave */
    check_rel(quo_loss_mean(&heavy), 0.0, 0.0, "hard bound 0");
    heavy.outflow.cap[0] = no_cap, heavy.outflow.cap[0].per_hour = 0.0, heavy.outflow.cap[0].burst = 1e5;
    check_rel(quo_loss_mean(&heavy), 1e6 / 0.3 * (pow(1.1, 0.3) - 1.0), 1e-10, "only the burst");
    check_rel(quo_loss_Q(0.0, &heavy), 1.0, 0.0, "some loss surely");
    check_rel(quo_loss_Q(-1.0, &heavy), 1.0, 0.0, "below 0");
}

static void a_change_of_currency_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        struct quo_stream stream = quo_stream_at(25, i, 0, 45);
        struct quo_loss usd = random_loss(&stream, (int)(i % 3)), cents = usd;
        cents.log_scale += log(100.0);
        cents.cap *= 100.0;
        for (int k = 0; k < cents.outflow.n_caps; k++) {
            struct quo_outflow_cap *cap = &cents.outflow.cap[k];
            cap->per_hour *= 100.0, cap->burst *= 100.0, cap->hard *= 100.0;
        }
        check_rel(quo_loss_mean(&cents), 100.0 * quo_loss_mean(&usd), 1e-10, "law %d, mean", (int)i);
        check_rel(quo_loss_lev(5e8, &cents), 100.0 * quo_loss_lev(5e6, &usd), 1e-10, "law %d, lev", (int)i);
        check_rel(quo_loss_Q(3.3e8, &cents), quo_loss_Q(3.3e6, &usd), 1e-10, "law %d, Q", (int)i);
    }
}

static void impossible_laws_are_refused(void **state)
{
    (void)state;
    const struct quo_loss good = plain(lognormal(14.0, 2.0));
    struct quo_loss loss;
    assert_null(quo_loss_invalid(&good));
#define REFUSED(change, word)                                                                                          \
    do {                                                                                                               \
        loss = good, loss.outflow = quo_outflow_one(no_cap, 1.0, 0.0, 1.0), change;                                                  \
        assert_non_null(quo_loss_invalid(&loss));                                                                      \
        assert_non_null(strstr(quo_loss_invalid(&loss), word));                                                        \
        assert_true(isnan(quo_loss_Q(1e6, &loss)) && isnan(quo_loss_mean(&loss)) && isnan(quo_loss_Qinv(0.1, &loss))); \
    } while (0)
    REFUSED(loss.floor = -1.0, "floor");
    REFUSED(loss.floor = INFINITY, "floor");
    REFUSED(loss.floor = 1e300, "floor"); /* the severity never gets there */
    REFUSED(loss.power = -0.1, "power");
    REFUSED(loss.log_scale = NAN, "scale");
    REFUSED(loss.cap = NAN, "cap");
    REFUSED(loss.outflow.n_caps = QUO_OUTFLOW_CAPS + 1, "too many");
    REFUSED(loss.outflow.n_lanes = QUO_OUTFLOW_LANES + 1, "too many");
    REFUSED(loss.outflow.lane[0].caps = 2u, "does not exist");
    REFUSED((loss.outflow.n_lanes = 2, loss.outflow.lane[1] = loss.outflow.lane[0]), "share");
    REFUSED(loss.outflow.lane[0].share = 1.1, "share");
    REFUSED(loss.outflow.p_auto = NAN, "share");
    REFUSED(loss.outflow.cap[0].burst = -1.0, "amount");
    REFUSED(loss.outflow.sdlog = -1.0, "lognormal");
    REFUSED((loss.outflow.p_auto = 0.1, loss.outflow.auto_meanlog = NAN), "automatic");
    REFUSED(loss.severity.law[0].par[1] = -2.0, "severity");
#undef REFUSED
    assert_true(isnan(quo_loss_Q(NAN, &good)) && isnan(quo_loss_lev(NAN, &good)) && isnan(quo_loss_Qinv(1.5, &good)));
    assert_true(isnan(quo_loss_layer(2.0, 1.0, &good)));
    double x[20];
    for (int k = 0; k < 20; k++)
        x[k] = 1e5 * (k + 1);
    loss = good, loss.cap = NAN;
    quo_loss_lev_many(x, 20, &loss, x);
    assert_true(isnan(x[0]) && isnan(x[19]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_table_is_met),
        cmocka_unit_test(limited_means_are_integrals_of_the_survival_function),
        cmocka_unit_test(the_open_paths_have_their_tail),
        cmocka_unit_test(many_points_are_the_same_as_one_by_one),
        cmocka_unit_test(quantiles_invert_and_draws_follow),
        cmocka_unit_test(caps_never_raise_a_loss),
        cmocka_unit_test(caps_on_the_same_paths_bind_together),
        cmocka_unit_test(atoms_stand_where_they_belong),
        cmocka_unit_test(what_rounding_parts_is_one),
        cmocka_unit_test(edges_are_exact),
        cmocka_unit_test(a_change_of_currency_changes_nothing),
        cmocka_unit_test(impossible_laws_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
