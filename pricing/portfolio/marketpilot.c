#include "pricing/portfolio/marketpilot.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/portfolio/yearblock.h"

/* Years of their own, beyond those of any run; so many that the book's losses are some 200,000. */
#define FIRST ((uint64_t)1 << 42)
#define SEED 1
#define LOSSES 200000.0
#define YEARS_LEAST 2048
#define YEARS_MOST 32768

static void count(struct quo_marketyears *market, const int64_t *lost, uint32_t events, double each)
{
    for (uint32_t i = 0; i < events; i++) {
        struct quo_booklost one;
        if (!quo_marketblock_lost(lost, i, 0.0, &one))
            continue;
        struct quo_marketperil *peril = &market->peril[one.peril];
        const int bin = peril->events > 0.0 ? quo_marketyears_bin(peril, one.usd) : -1;
        if (bin >= 0)
            peril->book[bin] += each;
    }
}

enum quo_status quo_marketpilot_run(const struct quo_shocks *shocks, struct quo_marketyears *market)
{
    struct quo_yearblock *block = NULL;
    struct quo_tally tally = {0};
    struct quo_tally *const both[2] = {&tally, &tally};
    struct quo_year_sums *sums = malloc(QUO_YEARBLOCK_YEARS * sizeof *sums);
    uint64_t year[QUO_YEARBLOCK_YEARS];
    const double events = fmax(quo_shocks_events(shocks), 1e-9),
                 wanted = fmin(fmax(LOSSES / events, YEARS_LEAST), YEARS_MOST);
    const uint64_t blocks = (uint64_t)ceil(wanted / QUO_YEARBLOCK_YEARS);
    const size_t policies = shocks->exposures->n_policies;
    enum quo_status status = sums ? quo_tally_new(shocks, policies, &tally) : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_yearblock_new(shocks, SEED, policies, &block);
    for (uint64_t b = 0; b < blocks && status == QUO_OK; b++) {
        for (uint64_t i = 0; i < QUO_YEARBLOCK_YEARS; i++)
            year[i] = FIRST + b * QUO_YEARBLOCK_YEARS + i;
        status = quo_yearblock_run(block, year, QUO_YEARBLOCK_YEARS, NULL, both, sums);
        if (status == QUO_OK)
            count(market, quo_yearblock_lost(block), sums[QUO_YEARBLOCK_YEARS - 1].event_to,
                  1.0 / ((double)(blocks * QUO_YEARBLOCK_YEARS) * shocks->exposures->horizon));
    }
    quo_yearblock_free(block);
    quo_tally_free(&tally);
    free(sums);
    return status;
}
