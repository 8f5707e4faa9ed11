#include "risk/loss.h"

#include <float.h>
#include <math.h>
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"
#include "risk/loss_panel.h"

const char *quo_loss_invalid(const struct quo_loss *loss)
{
    if (!(loss->floor >= 0.0) || isinf(loss->floor))
        return "the floor is negative or not a number";
    if (!isfinite(loss->log_scale) || !(loss->power >= 0.0) || isinf(loss->power))
        return "the scale or the power is not a number";
    if (!(loss->cap >= 0.0))
        return "the cap is negative or not a number";
    if (quo_outflow_invalid(&loss->outflow))
        return quo_outflow_invalid(&loss->outflow);
    if (loss->power > 0.0 && !(quo_severity_Q(loss->floor, &loss->severity) > 0.0))
        return "the severity is impossible, or never exceeds the floor";
    return NULL;
}

/* S where X would be x without any cap, and back. */
static double severity_at(double x, const struct quo_loss *loss)
{
    if (loss->power == 0.0)
        return x < exp(loss->log_scale) ? 0.0 : INFINITY; /* its image, to the last bit: log(x) would round */
    return exp((log(x) - loss->log_scale) / loss->power);
}

double quo_loss_image(double severity, const struct quo_loss *loss)
{
    if (loss->power == 0.0)
        return exp(loss->log_scale);
    return severity > 0.0 ? exp(loss->log_scale + loss->power * log(severity)) : 0.0;
}

/* P[X > x] with no cap of any kind; x > 0. */
static double open_Q(double x, const struct quo_loss *loss)
{
    if (loss->power == 0.0)
        return x < exp(loss->log_scale) ? 1.0 : 0.0;
    const double s = severity_at(x, loss);
    if (s <= loss->floor)
        return 1.0;
    const double above = loss->floor > 0.0 ? quo_severity_Q(loss->floor, &loss->severity) : 1.0;
    return quo_severity_Q(s, &loss->severity) / above;
}

double quo_loss_Q(double x, const struct quo_loss *loss)
{
    if (isnan(x) || quo_loss_invalid(loss))
        return NAN;
    if (x >= loss->cap)
        return 0.0;
    if (x < 0.0)
        return 1.0;
    const double open = x > 0.0 ? open_Q(x, loss) : 1.0;
    return open * quo_outflow_left(x, &loss->outflow, false);
}

double quo_loss_Q_from(double x, const struct quo_loss *loss)
{
    if (isnan(x) || quo_loss_invalid(loss))
        return NAN;
    if (x > loss->cap * (1.0 + QUO_NUMERIC_ROUNDING)) /* else on it: another's node, or an amount in another unit */
        return 0.0;
    if (x <= 0.0)
        return 1.0;
    const bool certain = loss->power == 0.0 && x * (1.0 - QUO_NUMERIC_ROUNDING) <= exp(loss->log_scale);
    return (certain ? 1.0 : open_Q(x, loss)) * quo_outflow_left(x, &loss->outflow, true);
}

double quo_loss_atom(const struct quo_loss *loss) { return isinf(loss->cap) ? 0.0 : quo_loss_Q_from(loss->cap, loss); }

/* E[min(X, limit)^order] without outflow caps; limit <= cap. With x0 the image of the floor,
 * x0^order + (M(limit) - M(x0)) / Q_S(floor), M the limited moment of the whole severity. */
static double open_lev(double limit, double order, const struct quo_loss *loss)
{
    const double floor_image = loss->power == 0.0 ? quo_loss_image(0.0, loss) : quo_loss_image(loss->floor, loss);
    if (limit <= floor_image || loss->power == 0.0)
        return pow(fmin(limit, floor_image), order);
    const double moment_order = order * loss->power, scale = exp(order * loss->log_scale);
    const double s = severity_at(limit, loss);
    const double whole = isinf(s) ? quo_severity_moment(moment_order, &loss->severity)
                                  : quo_severity_lev(s, moment_order, &loss->severity);
    if (loss->floor == 0.0)
        return scale * whole;
    const double below = quo_severity_lev(loss->floor, moment_order, &loss->severity);
    return pow(floor_image, order) + scale * (whole - below) / quo_severity_Q(loss->floor, &loss->severity);
}

/* Where the caps bite from the first dollar on: so near 0 that nothing else has happened yet. */
static double first_dollar(const struct quo_loss *loss)
{
    const double least = quo_loss_image(fmax(quo_severity_Pinv(1e-16, &loss->severity), loss->floor), loss);
    return fmax(fmin(least, quo_outflow_onset_above_0(&loss->outflow)), DBL_MIN);
}

static double limited_moment(double limit, int order, const struct quo_loss *loss)
{
    if (isnan(limit) || quo_loss_invalid(loss))
        return NAN;
    if (limit <= 0.0)
        return 0.0;
    const double top = fmin(limit, loss->cap), onset = quo_outflow_onset(&loss->outflow);
    if (top <= onset)
        return open_lev(top, order, loss);
    const double start = onset > 0.0 ? onset : fmin(first_dollar(loss), top);
    const double base = onset > 0.0 ? open_lev(onset, order, loss)
                                    : pow(start, order) * quo_outflow_left(0.0, &loss->outflow, false);
    if (!isinf(top))
        return base + quo_loss_panel_integral(start, top, order, base, loss);

    /* Beyond the last cap the survival function is that of the open paths: in closed form. */
    double end = start, tail = 0.0;
    const double open_share = quo_outflow_open(&loss->outflow, &end);
    if (open_share > 0.0)
        tail = open_share * (open_lev(INFINITY, order, loss) - open_lev(end, order, loss));
    return base + quo_loss_panel_integral(start, end, order, base, loss) + tail;
}

double quo_loss_lev(double limit, const struct quo_loss *loss) { return limited_moment(limit, 1, loss); }
double quo_loss_mean(const struct quo_loss *loss) { return limited_moment(INFINITY, 1, loss); }
double quo_loss_second_moment(const struct quo_loss *loss) { return limited_moment(INFINITY, 2, loss); }

double quo_loss_layer(double low, double high, const struct quo_loss *loss)
{
    if (isnan(low) || isnan(high) || quo_loss_invalid(loss) || low > high)
        return NAN;
    const double top = fmin(high, loss->cap), bottom = fmax(low, 0.0);
    if (top <= bottom)
        return 0.0;
    /* Near the ground the two limited means are the integral; further out their difference would lose digits. */
    if (isinf(top) || bottom == 0.0 || quo_loss_Q(bottom, loss) > 0.1)
        return limited_moment(top, 1, loss) - limited_moment(bottom, 1, loss);
    return quo_loss_panel_integral(bottom, top, 1, 0.0, loss);
}

double quo_loss_Qinv(double q, const struct quo_loss *loss)
{
    if (!(q >= 0.0 && q <= 1.0) || quo_loss_invalid(loss))
        return NAN;
    if (q == 1.0)
        return 0.0;
    const double above = loss->floor > 0.0 ? quo_severity_Q(loss->floor, &loss->severity) : 1.0;
    const double s = loss->power == 0.0 ? 1.0 : fmax(quo_severity_Qinv(q * above, &loss->severity), loss->floor);
    const double open = fmin(quo_loss_image(s, loss), loss->cap);
    const double onset = quo_outflow_onset(&loss->outflow);
    if (open <= onset)
        return open;
    /* The least x with Q(x) <= q lies between the onset of the caps and the quantile without them. Bisection on log x: the
     * survival function may jump there. */
    double low = fmax(onset, DBL_MIN), high = fmin(open, DBL_MAX);
    if (low >= high || quo_loss_Q(low, loss) <= q)
        return fmin(low, open);
    for (int i = 0; i < 1100 && high > low * (1.0 + 4.0 * DBL_EPSILON); i++) {
        const double middle = high / low > 4.0 ? sqrt(low) * sqrt(high) : low + 0.5 * (high - low);
        if (quo_loss_Q(middle, loss) <= q)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* The caps are drawn as the minimum they are, which is the product of survival functions. */
double quo_loss_draw(struct quo_stream *stream, const struct quo_loss *loss)
{
    if (quo_loss_invalid(loss))
        return NAN;
    double x;
    const double above = loss->floor > 0.0 ? quo_severity_Q(loss->floor, &loss->severity) : 1.0;
    const double s = quo_severity_Qinv(quo_stream_uniform(stream) * above, &loss->severity);
    x = fmin(quo_loss_image(fmax(s, loss->floor), loss), loss->cap);
    return fmin(x, quo_outflow_draw(stream, &loss->outflow));
}

/* ---- many points ---- */

#define BLOCK QUO_LOSS_BLOCK

void quo_loss_Q_block(const double *x, size_t n, const struct quo_loss *loss, double above, double *out)
{
    double s[BLOCK], product[BLOCK], open[BLOCK];
    for (size_t i = 0; i < n; i++)
        product[i] = x[i] < loss->cap ? 1.0 : 0.0;
    quo_outflow_left_block(x, n, &loss->outflow, product);
    if (loss->power == 0.0) {
        for (size_t i = 0; i < n; i++)
            out[i] = open_Q(x[i], loss) * product[i];
        return;
    }
    quo_vectormath_log(x, n, s);
    const double inverse = 1.0 / loss->power;
    for (size_t i = 0; i < n; i++)
        s[i] = (s[i] - loss->log_scale) * inverse;
    quo_vectormath_exp(s, n, s);
    quo_severity_Q_many(s, n, &loss->severity, open);
    for (size_t i = 0; i < n; i++)
        out[i] = (s[i] <= loss->floor ? 1.0 : open[i] / above) * product[i];
}

void quo_loss_Q_many(const double *x, size_t n, const struct quo_loss *loss, double *out)
{
    const bool impossible = quo_loss_invalid(loss) != NULL;
    const double above = loss->floor > 0.0 && !impossible ? quo_severity_Q(loss->floor, &loss->severity) : 1.0;
    size_t i = 0;
    while (i < n && (impossible || !(x[i] > 0.0))) { /* ascending: those at 0 or below come first */
        out[i] = impossible ? NAN : quo_loss_Q(x[i], loss);
        i++;
    }
    for (; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        quo_loss_Q_block(x + i, count, loss, above, out + i);
    }
}

void quo_loss_lev_many(const double *x, size_t n, const struct quo_loss *loss, double *out)
{
    const size_t few = 12; /* fewer points are cheaper one by one */
    const bool impossible = quo_loss_invalid(loss) != NULL;
    size_t i = 0;
    while (i < n && (impossible || !(x[i] > 0.0) || n - i < few)) {
        out[i] = impossible ? NAN : limited_moment(x[i], 1, loss);
        i++;
    }
    if (i == n)
        return;
    for (; n > i && isinf(x[n - 1]); n--)
        out[n - 1] = limited_moment(INFINITY, 1, loss);
    if (i == n)
        return;
    /* The first point in closed form if no cap bites there; then by panels. */
    const double base = limited_moment(x[i], 1, loss), from = x[i];
    quo_loss_panel_lev(from, base, x + i, n - i, loss, out + i);
}
