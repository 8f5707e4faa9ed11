#include "pricing/portfolio/marketpilot.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/portfolio/yearblock.h"

/* Years of their own, beyond those of any run: so many that the rate of the market's losses above any size is right to ERROR of itself, where it
 * is at least RATE a year. */
#define FIRST ((uint64_t)1 << 42)
#define SEED 1
#define BLOCKS_LEAST 4
#define BLOCKS_MOST 128
#define ERROR 0.005
#define RATE 0.1

/* Shared losses of the book that were counted. */
struct counted {
    double n[QUO_COVERED_PERILS][QUO_MARKETYEARS_BINS];
};

static void count(const struct quo_marketyears *market, const int64_t *lost, size_t events, struct counted *counted)
{
    for (size_t i = 0; i < events; i++) {
        struct quo_booklost one;
        if (!quo_marketblock_lost(lost, (uint32_t)i, 0.0, &one))
            continue;
        const struct quo_marketperil *peril = &market->peril[one.peril];
        const int bin = peril->events > 0.0 ? quo_marketyears_bin(peril, one.usd) : -1;
        if (bin >= 0)
            counted->n[one.peril][bin]++;
    }
}

/* Years that are wanted, as far as the years so far tell: a rate B that is counted over T years has an error of sqrt(B/T). */
static double years_wanted(const struct quo_marketyears *market, const struct counted *counted, double years)
{
    double wanted = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        double all = 0.0, book = 0.0;
        for (int b = QUO_MARKETYEARS_BINS - 1; b >= 0 && market->peril[p].events > 0.0; b--) {
            all += market->peril[p].all[b];
            book += counted->n[p][b] / years;
            if (all >= RATE)
                wanted = fmax(wanted, book / (ERROR * ERROR * all * all));
        }
    }
    return wanted;
}

/* What protocols that pass nothing on lose by themselves has the law of their sizes. */
static void add_own(const struct quo_shocks *shocks, unsigned p, struct quo_marketperil *peril)
{
    double edge[QUO_MARKETYEARS_BINS + 1], beyond[QUO_MARKETYEARS_BINS + 1];
    for (int b = 0; b <= QUO_MARKETYEARS_BINS; b++)
        edge[b] = b < QUO_MARKETYEARS_BINS ? log(peril->floor) + b / QUO_MARKETYEARS_BINS_TO_E : INFINITY;
    for (size_t k = 0; k < shocks->own[p].n; k++) {
        const struct quo_target *t = &shocks->own_target[p][k];
        const struct quo_risk *risk = &shocks->exposures->risk[t->risk];
        if (t->links)
            continue;
        quo_sizetable_beyond(&risk->size[p], edge, QUO_MARKETYEARS_BINS + 1, beyond);
        for (int b = 0; b < QUO_MARKETYEARS_BINS; b++)
            peril->book[b] += risk->own[p] * (beyond[b] - beyond[b + 1]);
    }
}

/* A count C of mean m has E[1/(C + 1)] = (1 - e^-m)/m: divided by one more, what is kept of the book is right in the mean; by less than one
 * where a part of the book's rate is known. */
static void finish(struct quo_marketperil *peril, const double *counted, double each)
{
    for (int b = 0; b < QUO_MARKETYEARS_BINS; b++) {
        const double shared = each * counted[b];
        peril->book[b] += shared;
        peril->over[b] = peril->book[b] + (shared > 0.0 ? each * shared / peril->book[b] : 0.0);
    }
}

enum quo_status quo_marketpilot_run(const struct quo_shocks *shocks, struct quo_marketyears *market)
{
    const double horizon = shocks->exposures->horizon;
    struct counted *counted = calloc(1, sizeof *counted);
    struct quo_yearblock *block = NULL;
    uint64_t year[QUO_YEARBLOCK_YEARS], done = 0, blocks = BLOCKS_LEAST;
    enum quo_status status =
        counted ? quo_yearblock_new(shocks, SEED, shocks->exposures->n_policies, &block) : QUO_MACHINE;
    while (done < blocks && status == QUO_OK) {
        size_t n = 0;
        for (uint64_t i = 0; i < QUO_YEARBLOCK_YEARS; i++)
            year[i] = FIRST + done * QUO_YEARBLOCK_YEARS + i;
        status = quo_yearblock_shared(block, year, QUO_YEARBLOCK_YEARS, &n);
        if (status)
            break;
        count(market, quo_yearblock_lost(block), n, counted);
        if (++done == BLOCKS_LEAST) {
            const double wanted = years_wanted(market, counted, (double)(done * QUO_YEARBLOCK_YEARS) * horizon) / horizon;
            blocks = (uint64_t)fmin(fmax(ceil(wanted / QUO_YEARBLOCK_YEARS), BLOCKS_LEAST), BLOCKS_MOST);
        }
    }
    quo_yearblock_free(block);
    for (unsigned p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++)
        if (market->peril[p].events > 0.0) {
            add_own(shocks, p, &market->peril[p]);
            finish(&market->peril[p], counted->n[p], 1.0 / ((double)(done * QUO_YEARBLOCK_YEARS) * horizon));
        }
    free(counted);
    return status;
}
