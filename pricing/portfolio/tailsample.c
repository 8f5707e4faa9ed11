#include "pricing/portfolio/tailsample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/yearblock.h"

#define BLOCK QUO_YEARBLOCK_YEARS
/* Years of their own, beyond those of any plain run. */
#define PILOT_FROM ((uint64_t)1 << 40)
#define YEARS_FROM ((uint64_t)1 << 41)
#define PILOT_MOST 20000
#define PILOT_LEVEL 0.99
#define TILT_MOST 30.0

static const double levels[QUO_TAILSAMPLE_LEVELS] = {0.99, 0.995, 0.999, 0.9995, 0.9999};

void quo_tailsample_free(struct quo_tailsample *s)
{
    free(s->tilt);
    s->tilt = NULL;
    s->n_tilts = 0;
}

struct work {
    const struct quo_shocks *shocks;
    const struct quo_portfolio_options *options;
    size_t in_book, classes;
    const double *tilt;
    bool pilot;
    uint64_t first, years;
    int64_t *total;      /* [years] */
    double *ratio;       /* [years]: log of the tilted over the plain density */
    float *count;        /* [years][classes]; NULL: nobody asks */
};

static enum quo_status one_block(const struct work *w, struct quo_yearblock *block, struct quo_tally *tally,
                                 uint64_t from, uint64_t to)
{
    uint64_t year[BLOCK];
    uint8_t tilted[BLOCK];
    struct quo_year_sums sums[BLOCK];
    struct quo_tally *const two[2] = {tally, tally};
    for (uint64_t i = 0; i < BLOCK; i++) {
        year[i] = w->first + from + i;
        tilted[i] = (uint8_t)((from + i) % 2);
    }
    const struct quo_yearblock_tilt tilt = {.tilt = w->tilt,
                                            .tilted = tilted,
                                            .ratio = w->ratio ? w->ratio + from : NULL,
                                            .count = w->count ? w->count + from * w->classes : NULL};
    quo_yearblock_tilt(block, &tilt);
    const enum quo_status status = quo_yearblock_run(block, year, (size_t)(to - from), NULL, two, sums);
    for (uint64_t i = from; i < to && status == QUO_OK; i++)
        w->total[i] = sums[i - from].total;
    return status;
}

/* All ranks simulate the pilot; the years proper are shared out. */
static enum quo_status simulate(const struct work *w)
{
    const struct quo_ranks *ranks = &w->options->ranks;
    enum quo_status failed = QUO_OK;
#pragma omp parallel
    {
        struct quo_yearblock *block = NULL;
        struct quo_tally tally;
        enum quo_status status = quo_yearblock_new(w->shocks, w->options->seed, w->in_book, &block);
        const enum quo_status second = quo_tally_new(w->shocks, w->in_book, &tally);
        status = status ? status : second;
#pragma omp for schedule(dynamic, 1)
        for (uint64_t from = 0; from < w->years; from += BLOCK)
            if (status == QUO_OK && (w->pilot || from / BLOCK % (uint64_t)ranks->ranks == (uint64_t)ranks->rank))
                status = one_block(w, block, &tally, from, from + BLOCK < w->years ? from + BLOCK : w->years);
        quo_yearblock_free(block);
        quo_tally_free(&tally);
        if (status) {
#pragma omp atomic write
            failed = status;
        }
    }
    if (failed || w->pilot || ranks->ranks == 1)
        return failed;
    /* Each year is one rank's and zero at all others: the sum of bits is the number. */
    int64_t *bits = malloc(w->years * sizeof *bits);
    if (!bits)
        return QUO_MACHINE;
    memcpy(bits, w->ratio, w->years * sizeof *bits);
    const bool good =
        ranks->sum(ranks->context, w->total, w->years) && ranks->sum(ranks->context, bits, w->years);
    memcpy(w->ratio, bits, w->years * sizeof *bits);
    free(bits);
    return good ? QUO_OK : QUO_MACHINE;
}

/* Mean count in the pilot's tail over that in all its years; one more of each, so that a class of few events is left alone. */
static void tilts(const struct work *pilot, const int64_t *sorted, double *tilt)
{
    const int64_t from = sorted[(size_t)ceil(PILOT_LEVEL * (double)pilot->years) - 1];
    double tail_years = 0.0;
    for (uint64_t y = 0; y < pilot->years; y++)
        tail_years += pilot->total[y] > from;
    for (size_t c = 0; c < pilot->classes; c++) {
        double all = 0.0, tail = 0.0;
        for (uint64_t y = 0; y < pilot->years; y++) {
            const double n = (double)pilot->count[y * pilot->classes + c];
            all += n;
            tail += pilot->total[y] > from ? n : 0.0;
        }
        const double expected = all * tail_years / (double)pilot->years;
        tilt[c] = all > 0.0 ? fmin(TILT_MOST, fmax(1.0, (tail + 1.0) / (expected + 1.0))) : 1.0;
    }
}

struct weighed {
    double usd, weight;
    uint64_t year;
};

static int worse(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->usd != y->usd)
        return x->usd > y->usd ? -1 : 1;
    return (x->year > y->year) - (x->year < y->year);
}

/* Mean of n numbers that are 0 but for those of the first k years of the order, and its error over the two halves. */
static struct quo_estimate mean_of(const struct weighed *order, size_t k, double var, bool indicator, uint64_t n)
{
    double sum[2] = {0.0, 0.0}, squares[2] = {0.0, 0.0}, variance = 0.0;
    for (size_t i = 0; i < k; i++) {
        const double x = order[i].weight * (indicator ? 1.0 : order[i].usd - var);
        sum[order[i].year % 2] += x;
        squares[order[i].year % 2] += x * x;
    }
    for (int half = 0; half < 2; half++) {
        const double years = (double)(n / 2 + (half == 0 ? n % 2 : 0)), mean = sum[half] / years;
        variance += years * fmax(0.0, squares[half] / years - mean * mean);
    }
    return (struct quo_estimate){(sum[0] + sum[1]) / (double)n, sqrt(variance) / (double)n};
}

static void level_of(const struct weighed *order, uint64_t n, double level, struct quo_tailsample_level *out)
{
    const double part = 1.0 - level;
    double above = 0.0, squares = 0.0;
    size_t k = 0;
    while (k < n && (above + order[k].weight) / (double)n < part) {
        above += order[k].weight;
        squares += order[k].weight * order[k].weight;
        k++;
    }
    *out = (struct quo_tailsample_level){.level = level, .var = order[k < n ? k : n - 1].usd, .years = (double)k};
    const struct quo_estimate over = mean_of(order, k, out->var, false, n);
    out->tvar = (struct quo_estimate){out->var + over.value / part, over.std_error / part};
    out->effective = squares > 0.0 ? above * above / squares / part : 0.0;
}

static enum quo_status estimate(const struct work *w, struct quo_tailsample *out)
{
    struct weighed *order = malloc(w->years * sizeof *order);
    if (!order)
        return QUO_MACHINE;
    for (uint64_t y = 0; y < w->years; y++)
        order[y] = (struct weighed){0.01 * (double)w->total[y], 1.0 / (0.5 + 0.5 * exp(w->ratio[y])), y};
    qsort(order, w->years, sizeof *order, worse);
    for (int i = 0; i < QUO_TAILSAMPLE_LEVELS; i++)
        level_of(order, w->years, levels[i], &out->level[i]);
    out->mean = mean_of(order, w->years, 0.0, false, w->years);
    out->weight = mean_of(order, w->years, 0.0, true, w->years);
    free(order);
    return QUO_OK;
}

enum quo_status quo_tailsample_run(const struct quo_shocks *shocks, const struct quo_portfolio_options *options,
                                   uint64_t years, struct quo_tailsample *out)
{
    const size_t policies = shocks->exposures->n_policies,
                 in_book = options->added < policies ? options->added : policies;
    *out = (struct quo_tailsample){.years = years, .pilot = years < PILOT_MOST ? years : PILOT_MOST};
    if (years < 1000 || years > QUO_PORTFOLIO_YEARS_MAX || in_book == 0)
        return QUO_DOMAIN;
    const size_t classes = quo_arrivals_classes(shocks);
    out->tilt = calloc(classes, sizeof *out->tilt);
    for (size_t c = 0; c < classes && out->tilt; c++)
        out->tilt[c] = 1.0;
    struct work w = {shocks, options, in_book, quo_arrivals_classes(shocks), out->tilt, true, PILOT_FROM, out->pilot, NULL, NULL,
                     NULL};
    w.total = calloc(years, sizeof *w.total);
    w.ratio = calloc(years, sizeof *w.ratio);
    w.count = calloc(out->pilot * w.classes, sizeof *w.count);
    int64_t *sorted = malloc(out->pilot * sizeof *sorted);
    enum quo_status status = out->tilt && w.total && w.ratio && w.count && sorted ? simulate(&w) : QUO_MACHINE;
    if (status == QUO_OK) {
        memcpy(sorted, w.total, out->pilot * sizeof *sorted);
        quo_ordered_sort(sorted, out->pilot);
        tilts(&w, sorted, out->tilt);
        out->n_tilts = w.classes;
        memset(w.total, 0, years * sizeof *w.total);
        memset(w.ratio, 0, years * sizeof *w.ratio);
        free(w.count);
        w.count = NULL;
        w.pilot = false;
        w.first = YEARS_FROM;
        w.years = years;
        status = simulate(&w);
    }
    if (status == QUO_OK)
        status = estimate(&w, out);
    free(sorted);
    free(w.total);
    free(w.ratio);
    free(w.count);
    if (status)
        quo_tailsample_free(out);
    return status;
}

json_t *quo_tailsample_json(const struct quo_tailsample *s)
{
    json_t *levels_told = json_array();
    double most = 1.0;
    for (size_t c = 0; c < s->n_tilts; c++)
        most = fmax(most, s->tilt[c]);
    for (int i = 0; i < QUO_TAILSAMPLE_LEVELS; i++) {
        const struct quo_tailsample_level *l = &s->level[i];
        json_array_append_new(levels_told, json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "level", l->level, "var", l->var,
                                                     "tvar", l->tvar.value, "std_error", l->tvar.std_error, "years_above",
                                                     l->years, "effective_years", l->effective));
    }
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:o}", "years", (json_int_t)s->years, "pilot_years",
                     (json_int_t)s->pilot, "largest_tilt", most, "mean", s->mean.value, "mean_std_error",
                     s->mean.std_error, "mean_weight", s->weight.value, "mean_weight_std_error", s->weight.std_error,
                     "levels", levels_told);
}

void quo_tailsample_page(const struct quo_page *page, const struct quo_tailsample *s)
{
    fputc('\n', page->to);
    quo_table_heading(page, "Far tail, by importance sampling");
    fprintf(page->to, "  %llu years more, half of them from rates that a pilot of %llu found in bad years\n",
            (unsigned long long)s->years, (unsigned long long)s->pilot);
    fprintf(page->to, "  %8s %17s %17s %17s %15s %15s\n", "level", "VaR", "TVaR", "standard error", "years above",
            "worth plain");
    for (int i = 0; i < QUO_TAILSAMPLE_LEVELS; i++) {
        const struct quo_tailsample_level *l = &s->level[i];
        fprintf(page->to, "  %8g ", l->level);
        quo_table_money(page, l->var, 0, 17);
        quo_table_money(page, l->tvar.value, 0, 18);
        quo_table_money(page, l->tvar.std_error, 0, 18);
        fprintf(page->to, " %15.0f %15.0f\n", l->years, l->effective);
    }
}
