#include "pricing/clausefactor.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

double quo_clausefactor_holds(const struct quo_clauses *clauses)
{
    /* Read off the wordings' scope: 5564 takes all cyber operations out, 5565 sublimits them, 5566 needs war or a major
     * detriment to a state, 5567 also covers bystanders. Form B has no attribution wording: harder to invoke. Judgements. */
    static const double by_clause[] = {[QUO_CLAUSE_NONE] = 0.0,
                                       [QUO_CLAUSE_5564] = 0.9,
                                       [QUO_CLAUSE_5565] = 0.9,
                                       [QUO_CLAUSE_5566] = 0.25,
                                       [QUO_CLAUSE_5567] = 0.1};
    if (clauses->state_actor == QUO_CLAUSE_NONE)
        return 0.0;
    if (!isnan(clauses->state_clause_holds))
        return clauses->state_clause_holds;
    return by_clause[clauses->state_actor] * (clauses->attribution ? 1.0 : 0.6);
}

#define A_RISE 12 /* places of a rise at which what is left is computed; between them by cubics */
#define PLACES_MAX (QUO_PAYMENT_PIECES_MAX * (A_RISE + 2))

bool quo_clausefactor_matters(const struct quo_clauses *clauses, const struct quo_peril_model *model)
{
    return quo_clausefactor_holds(clauses) > 0.0 && (model->attribution_a != 0.0 || model->attribution_b != 0.0);
}

/* Losses that stand for the cells of the table and for its atoms, ascending; all arrays one block. */
struct losses {
    size_t n;
    double spread;        /* of ln(index/loss), the largest */
    double *log;          /* ln x */
    double *square;       /* variance of ln x in the cell */
    double *scale;        /* over the spread of ln(index/loss): the index error and the cell's own */
    double *mass, *kept;  /* chance, and chance that the clause leaves it in */
    double *masses, *all; /* sums of these from here on; [n]: 0 */
    double *scratch, *lower;
    const struct quo_normaltable *normal;
};
#define LOSS_ARRAYS 9

#define CLONES __attribute__((target_clones("default", "avx2", "avx512f")))

/* Of each cell of the table: its mean, the variance of ln x, and its chance; where that is 0, mean and variance are no numbers. */
CLONES static void cells_of(const double *x, const double *rest, const double *right, const double *left, size_t n,
                            double *mean, double *square, double *inside)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const double wide = x[i + 1] - x[i], chance = right[i] - left[i + 1];
        const double above = (rest[i] - rest[i + 1] - wide * left[i + 1]) / chance;
        const double positive = above > 0.0 ? above : 0.0, within = positive < wide ? positive : wide;
        const double at = x[i] + within, width = wide / at;
        mean[i] = at;
        square[i] = width * width / 12.0;
        inside[i] = chance;
    }
}

CLONES static void spread_out(const double *square, double error, double spread, size_t n, double *log, double *scale)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        log[i] -= 0.5 * square[i];
        scale[i] = 1.0 / (error > 0.0 ? sqrt(error * error + square[i]) : spread);
    }
}

/* Each atom at its place and each cell at its mean ln x, which is ln of its mean but for half the variance: of a cell of width w, w^2/12. */
static void gather(const struct quo_losstable *table, enum quo_peril p, double error, struct losses *out)
{
    const double *x = table->x, *right = table->right[p], *left = table->left[p];
    double *mean = out->masses, *square = out->all, *inside = out->scratch; /* not yet in use */
    size_t n = 0;
    double widest = 0.0;
    cells_of(x, table->rest[p], right, left, table->n - 1, mean, square, inside);
    inside[table->n - 1] = 0.0;
    for (size_t i = 0; i < table->n; i++) {
        const double atom = left[i] - right[i];
        if (atom > 0.0) {
            out->log[n] = x[i];
            out->square[n] = 0.0;
            out->mass[n++] = atom;
        }
        if (inside[i] > 0.0) {
            out->log[n] = mean[i];
            out->square[n] = square[i];
            out->mass[n++] = inside[i];
            widest = square[i] > widest ? square[i] : widest;
        }
    }
    out->n = n;
    out->spread = sqrt(error * error + widest);
    quo_vectormath_log(out->log, n, out->log);
    spread_out(out->square, error, out->spread, n, out->log, out->scale);
}

/* What the clause leaves of each loss; scratch: exp(-(a + b ln x)) of its logistic curve. */
CLONES static void keep(const double *scratch, const double *square, const double *mass, const double *log, double slope,
                        double holds, size_t n, double *lower, double *kept)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        /* The cell's mean of a logistic curve: half its variance times the curve's second derivative more than at its middle. */
        const double a = 1.0 / (1.0 + scratch[i]), rise = slope * a * (1.0 - a), bend = slope * rise * (1.0 - 2.0 * a);
        kept[i] = mass[i] * (1.0 - holds * (a + 0.5 * square[i] * bend));
        lower[i] = holds * rise * square[i] * mass[i];
    }
    /* More is taken at its upper end, so that what is kept lies a little lower: some of it goes over to the neighbours. */
    if (n > 0)
        lower[0] = lower[n - 1] = 0.0;
#pragma omp simd
    for (size_t i = 1; i < n - (n > 0); i++)
        lower[i] /= log[i + 1] - log[i - 1];
    if (n > 1) {
        kept[0] += lower[1];
        kept[n - 1] -= lower[n - 2];
    }
#pragma omp simd
    for (size_t i = 1; i < n - (n > 0); i++)
        kept[i] = (kept[i] - lower[i - 1]) + lower[i + 1];
}

static enum quo_status losses_of(const struct quo_clausefactor_input *in, struct losses *out)
{
    const struct quo_losstable *table = in->table;
    const size_t room = 2 * table->n + 1;
    const double slope = in->model->attribution_b;
    out->log = malloc(LOSS_ARRAYS * room * sizeof *out->log);
    if (!out->log || table->n == 0)
        return out->log ? QUO_OK : QUO_MACHINE;
    out->square = out->log + room;
    out->scale = out->square + room;
    out->mass = out->scale + room;
    out->kept = out->mass + room;
    out->masses = out->kept + room;
    out->all = out->masses + room;
    out->scratch = out->all + room;
    out->lower = out->scratch + room;
    out->normal = in->normal;
    gather(table, in->model->peril, in->error, out);
    const size_t n = out->n;
    for (size_t i = 0; i < n; i++)
        out->scratch[i] = -(in->model->attribution_a + slope * out->log[i]);
    quo_vectormath_exp(out->scratch, n, out->scratch);
    keep(out->scratch, out->square, out->mass, out->log, slope, quo_clausefactor_holds(in->clauses), n, out->lower, out->kept);
    out->masses[n] = out->all[n] = 0.0;
    for (size_t i = n; i-- > 0;) {
        out->masses[i] = out->masses[i + 1] + out->mass[i];
        out->all[i] = out->all[i + 1] + out->kept[i];
    }
    return QUO_OK;
}

/* The first loss above that ln x. */
static size_t first_above(const struct losses *losses, double log_x)
{
    size_t low = 0, high = losses->n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (losses->log[middle] > log_x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t four_whole __attribute__((vector_size(32)));

/* Sums of weight times mass, and of weight times what is kept of it. */
__attribute__((target_clones("default", "avx2"))) static void weigh(const double *weight, const double *mass,
                                                                   const double *kept, size_t n, double sum[2])
{
    four all = {0.0}, left = {0.0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const four w = *(const four *)(weight + i);
        all += w * *(const four *)(mass + i);
        left += w * *(const four *)(kept + i);
    }
    sum[0] = (all[0] + all[1]) + (all[2] + all[3]);
    sum[1] = (left[0] + left[1]) + (left[2] + left[3]);
    for (; i < n; i++) {
        sum[0] += weight[i] * mass[i];
        sum[1] += weight[i] * kept[i];
    }
}

/* rho at an index: of the losses that can read as that much or more. */
static double left_from(const struct losses *losses, double log_at)
{
    const double reach = QUO_NORMALTABLE_FAR * losses->spread;
    const size_t from = first_above(losses, log_at - reach), to = first_above(losses, log_at + reach), n = to - from;
    double mass = losses->n ? losses->masses[to] : 0.0, kept = losses->n ? losses->all[to] : 0.0;
    double *reads = losses->scratch, near[2];
    if (n) {
        quo_normaltable_Q(losses->normal, log_at, losses->log + from, losses->scale + from, n, reads);
        weigh(reads, losses->mass + from, losses->kept + from, n, near);
        mass += near[0];
        kept += near[1];
    }
    if (mass > 0.0)
        return kept / mass;
    return losses->n ? losses->kept[losses->n - 1] / losses->mass[losses->n - 1] : 1.0;
}

/* Money and what is left from there on, ascending in money; a jump has its two ends. */
struct places {
    double y[PLACES_MAX], left[PLACES_MAX];
    double slope[PLACES_MAX]; /* of left, for one place on */
    double bend[PLACES_MAX];  /* from here to the next, at share p of the money, share p + bend p (1 - p) of ln x */
    size_t n;
};

/* Slopes of values at even places, fourth order inside. */
static void slopes_of(const double *f, int n, double *slope)
{
    for (int i = 0; i < n; i++)
        slope[i] = i == 0       ? -25.0 / 12.0 * f[0] + 4.0 * f[1] - 3.0 * f[2] + 4.0 / 3.0 * f[3] - 0.25 * f[4]
                   : i == 1     ? -0.25 * f[0] - 5.0 / 6.0 * f[1] + 1.5 * f[2] - 0.5 * f[3] + f[4] / 12.0
                   : i == n - 2 ? 0.25 * f[n - 1] + 5.0 / 6.0 * f[n - 2] - 1.5 * f[n - 3] + 0.5 * f[n - 4] -
                                      f[n - 5] / 12.0
                   : i == n - 1 ? 25.0 / 12.0 * f[n - 1] - 4.0 * f[n - 2] + 3.0 * f[n - 3] - 4.0 / 3.0 * f[n - 4] +
                                      0.25 * f[n - 5]
                                : (8.0 * (f[i + 1] - f[i - 1]) - (f[i + 2] - f[i - 2])) / 12.0;
}

/* A rise, cut even in ln x, as attribution is. One that begins at almost nothing has its first place apart. */
static void add_rise(const struct losses *losses, double scale, const struct quo_payment_piece *p, struct places *out)
{
    const double low = fmax(p->x0, 1e-3 * p->x1), ratio = pow(p->x1 / low, 1.0 / A_RISE);
    const double bend = 4.0 * (log(0.5 * (1.0 + ratio)) / log(ratio) - 0.5);
    if (low > p->x0) {
        out->y[out->n] = p->y0;
        out->left[out->n] = left_from(losses, log(fmax(p->x0, 1e-300) * scale));
        out->bend[out->n] = out->slope[out->n] = NAN; /* a straight line */
        out->n++;
    }
    const size_t from = out->n;
    double x = low;
    for (int i = 0; i <= A_RISE; i++, x = i == A_RISE ? p->x1 : x * ratio) {
        out->y[out->n] = p->y0 + (p->y1 - p->y0) * (x - p->x0) / (p->x1 - p->x0);
        out->left[out->n] = left_from(losses, log(x * scale));
        out->bend[out->n++] = bend;
    }
    slopes_of(out->left + from, A_RISE + 1, out->slope + from);
    out->bend[out->n - 1] = NAN;
}

static void find_places(const struct quo_clausefactor_input *in, const struct losses *losses, struct places *out)
{
    out->n = 0;
    for (size_t k = 0; k < in->n_pieces; k++) {
        const struct quo_payment_piece *p = &in->piece[k];
        if (p->x1 > p->x0) {
            add_rise(losses, in->scale, p, out);
            continue;
        }
        const double left = left_from(losses, log(fmax(p->x0, 1e-300) * in->scale));
        for (int i = 0; i < 2; i++) {
            out->y[out->n] = i ? p->y1 : p->y0;
            out->left[out->n] = left;
            out->bend[out->n++] = NAN;
        }
    }
}

/* What is left of what is paid above each of n amounts, `step` apart from `first` on, all between place i and the next or beyond the last. */
__attribute__((target_clones("default", "avx2"))) static void left_between(const struct places *places, size_t i,
                                                                          double first, double step, size_t n,
                                                                          double *rho)
{
    const double low = places->y[i], width = places->y[i + 1] - low, inverse = width > 0.0 ? 1.0 / width : 0.0;
    const double f0 = places->left[i], f1 = places->left[i + 1];
    const bool straight = isnan(places->bend[i]);
    const double bend = straight ? 0.0 : places->bend[i], s0 = straight ? f1 - f0 : places->slope[i],
                 s1 = straight ? f1 - f0 : places->slope[i + 1];
    const four ramp = {0.0, 1.0, 2.0, 3.0}, none = {0.0}, one = {1.0, 1.0, 1.0, 1.0};
    for (size_t k = 0; k < n; k += 4) {
        four part = (first + step * ((double)k + ramp) - low) * inverse;
        part = (four)((four_whole)part & (four_whole)(part > none));
        const four_whole beyond = (four_whole)(part > one);
        part = (four)((beyond & (four_whole)one) | (~beyond & (four_whole)part));
        const four u = part * (1.0 + bend * (1.0 - part)), v = 1.0 - u;
        const four value = v * v * ((1.0 + 2.0 * u) * f0 + u * s0) + u * u * ((3.0 - 2.0 * u) * f1 - v * s1);
        if (n - k >= 4)
            *(four *)(rho + k) = value;
        else
            for (size_t j = 0; j < n - k; j++)
                rho[k + j] = value[j];
    }
}

/* What is left in each of n cells, by the middle of each. */
static void left_in_cells(const struct places *places, double h, size_t n, double *rho)
{
    size_t k = 0;
    for (size_t i = 0; i + 1 < places->n && k < n; i++) {
        const double end = places->y[i + 1], cells = fmax(end / h - 0.5, 0.0);
        size_t to = i + 2 == places->n || cells >= (double)n ? n : (size_t)cells;
        while (to < n && h * (double)to + 0.5 * h <= end) /* a middle on a place is below it */
            to++;
        if (to > k) {
            left_between(places, i, h * ((double)k + 0.5), h, to - k, rho + k);
            k = to;
        }
    }
}

CLONES static void times_left(const double *rho, size_t n, double *survival)
{
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        survival[k] *= rho[k];
}

CLONES static void falls(const double *survival, size_t n, double *mass)
{
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        mass[k + 1] = survival[k] - survival[k + 1];
}

/* The survival function of the payout, cell by cell, times what is left; then masses again. rho: payout->n numbers of room. */
static void thin(const struct quo_lattice *payout, const struct places *places, double sublimit, double *rho,
                 struct quo_clausefactor_left *out)
{
    const double h = payout->step;
    const size_t n = payout->n - 1;
    double above = 0.0, *survival = out->payout.mass;
    for (size_t k = n; k > 0; k--) {
        above += payout->mass[k];
        survival[k - 1] = above;
    }
    survival[n] = 0.0;
    const double mean = quo_numeric_total(survival, n);
    left_in_cells(places, h, n, rho);
    for (size_t k = 0; k < n && isfinite(sublimit); k++)
        rho[k] += (1.0 - rho[k]) * fmin(fmax((sublimit - h * (double)k) / h, 0.0), 1.0);
    times_left(rho, n, survival);
    const double mean_left = quo_numeric_total(survival, n);
    falls(survival, n, rho);
    rho[0] = 1.0 - survival[0];
    memcpy(survival, rho, (n + 1) * sizeof *rho);
    out->share = mean > 0.0 ? mean_left / mean : 1.0;
    out->pays = isfinite(sublimit) && sublimit > 0.0 ? 1.0 : places->left[0];
}

enum quo_status quo_clausefactor_apply(const struct quo_clausefactor_input *in, struct quo_clausefactor_left *out)
{
    struct losses losses = {0};
    struct places *places = malloc(sizeof *places);
    double *rho = malloc(in->payout->n * sizeof *rho);
    *out = (struct quo_clausefactor_left){.share = 1.0, .pays = 1.0};
    enum quo_status status = places && rho ? losses_of(in, &losses) : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_lattice_new(in->payout->step, in->payout->n, &out->payout);
    if (status == QUO_OK) {
        find_places(in, &losses, places);
        if (places->n > 0 && in->payout->n > 1)
            thin(in->payout, places, in->clauses->state_sublimit, rho, out);
        else
            out->payout.mass[0] = 1.0;
    }
    free(losses.log);
    free(places);
    free(rho);
    return status;
}
