#include "risk/perils/reconcile.h"

#include <math.h>
#include "risk/base/numeric.h"

#define BANDS_MAX 256

/* X = scale S^r at exposure E, so X > x where S > (x/scale)^(1/r). */
static double log_scale(const struct quo_reconcile_terms *t, const struct quo_peril_parameters *p, double exposure)
{
    return (1.0 - p->spread) * p->log_median + p->gamma * log(exposure / t->exposure_reference);
}

static double size_behind(const struct quo_reconcile_terms *t, const struct quo_peril_parameters *p, double exposure,
                          double x)
{
    return exp((log(x) - log_scale(t, p, exposure)) / p->spread);
}

/* P[X > x | E]; S is conditioned on its floor. */
static double share_above(const struct quo_reconcile_terms *t, const struct quo_peril_parameters *p, double exposure,
                          double x)
{
    if (x >= t->cap_share * exposure)
        return 0.0;
    const double s = size_behind(t, p, exposure, x);
    if (s <= t->floor)
        return 1.0;
    return exp(quo_severity_logQ(s, &p->severity) - quo_severity_logQ(t->floor, &p->severity));
}

/* E[min(X, cap); X > floor | E], from limited moments of S of order r. */
static double loss_above(const struct quo_reconcile_terms *t, const struct quo_peril_parameters *p, double exposure)
{
    const double cap = t->cap_share * exposure;
    if (cap <= t->floor)
        return 0.0;
    const double low = fmax(t->floor, size_behind(t, p, exposure, t->floor)), high = size_behind(t, p, exposure, cap);
    if (high <= low) /* every such loss is the whole */
        return cap * share_above(t, p, exposure, t->floor);
    const double r = p->spread;
    const double layer = quo_severity_lev(high, r, &p->severity) - quo_severity_lev(low, r, &p->severity) +
                         pow(low, r) * quo_severity_Q(low, &p->severity);
    return exp(log_scale(t, p, exposure)) * layer / quo_severity_Q(t->floor, &p->severity);
}

struct balance {
    size_t n;
    double log_size[BANDS_MAX], count[BANDS_MAX], share[BANDS_MAX], loss[BANDS_MAX]; /* a band's */
    double mean_wanted;
};

static void totals(const struct balance *b, double alpha, double *number, double *loss, double *log_size)
{
    *number = *loss = *log_size = 0.0;
    for (size_t i = 0; i < b->n; i++) {
        const double weight = b->count[i] * exp(alpha * b->log_size[i]);
        *number += weight * b->share[i];
        *loss += weight * b->loss[i];
        *log_size += weight * b->share[i] * b->log_size[i];
    }
    *log_size /= *number;
}

static double mean_gap(double alpha, void *context)
{
    const struct balance *b = context;
    double number, loss, log_size;
    totals(b, alpha, &number, &loss, &log_size);
    return log(loss / number) - log(b->mean_wanted);
}

enum quo_status quo_reconcile_solve(const struct quo_reconcile_terms *terms, struct quo_peril_parameters *point,
                                    struct quo_reconcile_result *out)
{
    *out = (struct quo_reconcile_result){QUO_DOMAIN, NAN, NAN, NAN};
    const struct quo_market *market = terms->market;
    const double q_floor = quo_severity_Q(terms->floor, &point->severity);
    struct balance b = {.n = 0};
    if (!(q_floor > 0.0) || !(point->spread > 0.0) || market->n_bands > BANDS_MAX)
        return out->status;
    point->log_median = log(quo_severity_Qinv(0.5 * q_floor, &point->severity));
    double top = 0.0, number = 0.0, loss, log_size;
    for (size_t i = 0; i < market->n_bands; i++) {
        const struct quo_band band = quo_market_band(market, i, terms->peril);
        if (!(band.count > 0.0) || !(band.mean_usd > 0.0))
            continue;
        b.log_size[b.n] = log(band.mean_usd / terms->exposure_reference);
        b.count[b.n] = band.count;
        b.share[b.n] = share_above(terms, point, band.mean_usd, terms->floor);
        b.loss[b.n] = loss_above(terms, point, band.mean_usd);
        number += b.share[b.n];
        b.n++;
        top = fmax(top, terms->cap_share * band.mean_usd);
    }
    if (!(number > 0.0) || !(top > terms->floor))
        return out->status;
    b.mean_wanted = terms->floor + (quo_severity_lev(top, 1.0, &point->severity) -
                                    quo_severity_lev(terms->floor, 1.0, &point->severity)) /
                                       q_floor;
    out->mean_wanted = b.mean_wanted;
    const double low = mean_gap(QUO_ALPHA_MIN, &b), high = mean_gap(QUO_ALPHA_MAX, &b);
    out->status = QUO_OK;
    if (low < 0.0 && high > 0.0) {
        point->alpha = quo_root(mean_gap, &b, QUO_ALPHA_MIN, QUO_ALPHA_MAX, 1e-13);
    } else {
        point->alpha = fabs(low) < fabs(high) ? QUO_ALPHA_MIN : QUO_ALPHA_MAX;
        out->status = QUO_NOT_CONVERGED;
    }
    totals(&b, point->alpha, &number, &loss, &log_size);
    point->rate = terms->events / number;
    out->mean_modelled = loss / number;
    out->victims_log_exposure = log_size + log(terms->exposure_reference);
    return isfinite(point->alpha) && isfinite(point->rate) ? out->status : (out->status = QUO_DOMAIN);
}

void quo_reconcile_flat(struct quo_peril_parameters *point)
{
    point->alpha = 0.0;
    point->gamma = 0.0;
    point->spread = 1.0;
}

double quo_reconcile_number_above(const struct quo_reconcile_terms *terms, const struct quo_peril_parameters *point,
                                  double x)
{
    double sum = 0.0;
    for (size_t i = 0; i < terms->market->n_bands; i++) {
        const struct quo_band band = quo_market_band(terms->market, i, terms->peril);
        if (band.count > 0.0 && band.mean_usd > 0.0)
            sum += band.count * pow(band.mean_usd / terms->exposure_reference, point->alpha) *
                   share_above(terms, point, band.mean_usd, x);
    }
    return point->rate * sum;
}

double quo_reconcile_loss(const struct quo_reconcile_terms *terms, const struct quo_peril_parameters *point)
{
    double sum = 0.0;
    for (size_t i = 0; i < terms->market->n_bands; i++) {
        const struct quo_band band = quo_market_band(terms->market, i, terms->peril);
        if (band.count > 0.0 && band.mean_usd > 0.0)
            sum += band.count * pow(band.mean_usd / terms->exposure_reference, point->alpha) *
                   loss_above(terms, point, band.mean_usd);
    }
    return point->rate * sum;
}

double quo_reconcile_log_sd(const struct quo_severity *severity, double floor)
{
    enum { NODES = 48 };
    double x[NODES], w[NODES], mean = 0.0, square = 0.0;
    const double q = quo_severity_Q(floor, severity);
    quo_gauss_legendre(NODES, x, w);
    /* ln S grows as -ln of the upper probability at most; with u = t^2 the integrand is smooth at the far end. */
    for (int i = 0; i < NODES; i++) {
        const double t = 0.5 * (1.0 + x[i]), log_size = log(quo_severity_Qinv(q * t * t, severity)), weight = w[i] * t;
        mean += weight * log_size;
        square += weight * log_size * log_size;
    }
    return sqrt(fmax(0.0, square - mean * mean));
}

double quo_reconcile_misfit(const struct quo_reconcile_terms *terms, const struct quo_peril_parameters *point)
{
    static const double upper[] = {0.75, 0.5, 0.25, 0.1, 0.03, 0.0};
    const double q = quo_severity_Q(terms->floor, &point->severity);
    const double all = quo_reconcile_number_above(terms, point, terms->floor);
    double before = 1.0, modelled_before = 1.0, sum = 0.0;
    for (size_t k = 0; k < sizeof upper / sizeof *upper; k++) {
        const double modelled =
            upper[k] > 0.0
                ? quo_reconcile_number_above(terms, point, quo_severity_Qinv(upper[k] * q, &point->severity)) / all
                : 0.0;
        const double cell = before - upper[k], off = (modelled_before - modelled) - cell;
        sum += off * off / cell;
        before = upper[k];
        modelled_before = modelled;
    }
    return sum;
}
