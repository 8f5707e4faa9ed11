#include "pricing/portfolio/marketblock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void quo_marketblock_free(struct quo_marketblock *b)
{
    free(b->row_from);
    free(b->index);
    quo_marketyear_free(&b->year);
    free(b->book);
    free(b->kept);
    free(b->paid);
    free(b->other);
    memset(b, 0, sizeof *b);
}

enum quo_status quo_marketblock_init(const struct quo_marketyears *market, struct quo_marketblock *b)
{
    const struct quo_exposures *e = market->exposures;
    size_t windows = 0;
    *b = (struct quo_marketblock){.market = market};
    for (size_t i = 0; i < e->n_readings; i++)
        windows = e->reading[i].windows > windows ? e->reading[i].windows : windows;
    b->row_from = calloc(e->n_readings + 2, sizeof *b->row_from);
    b->index = malloc((windows + 1) * sizeof *b->index);
    if (!b->row_from || !b->index) {
        quo_marketblock_free(b);
        return QUO_MACHINE;
    }
    for (size_t i = 0; i < e->n_market_rows; i++)
        b->row_from[e->market_row[i].reading + 1]++;
    for (size_t i = 0; i < e->n_readings; i++)
        b->row_from[i + 1] += b->row_from[i];
    return QUO_OK;
}

enum quo_status quo_marketblock_clear(struct quo_marketblock *b, size_t events)
{
    b->n_paid = b->n_others = 0;
    if (!quo_exposures_room((void **)&b->kept, &b->kept_room, events, sizeof *b->kept))
        return QUO_MACHINE;
    memset(b->kept, 0, events * sizeof *b->kept);
    return QUO_OK;
}

bool quo_marketblock_lost(const int64_t *lost, uint32_t event, double time, struct quo_booklost *out)
{
    const int64_t *cents = lost + (size_t)event * QUO_COVERED_PERILS;
    unsigned most = 0;
    int64_t all = 0;
    for (unsigned p = 0; p < QUO_COVERED_PERILS; p++) {
        most = cents[p] > cents[most] ? p : most;
        all += cents[p];
    }
    *out = (struct quo_booklost){time, 0.01 * (double)all, event, (uint8_t)most};
    return all > 0;
}

/* What the book lost in a year, and by it the year. */
static enum quo_status draw(struct quo_marketblock *b, const struct quo_arrivals *a, uint64_t year, uint32_t from, uint32_t to,
                            const int64_t *lost, const double season[QUO_PERILS])
{
    struct quo_stream stream = quo_stream_at(a->seed, year, QUO_YEAR_MARKET, QUO_YEAR_STREAM);
    size_t n = 0;
    for (uint32_t i = from; i < to; i++) {
        if (!quo_exposures_room((void **)&b->book, &b->book_room, n, sizeof *b->book))
            return QUO_MACHINE;
        n += quo_marketblock_lost(lost, i, (double)a->event[i].time, &b->book[n]);
    }
    return quo_marketyear_draw(b->market, season, b->book, n, &a->shocks->scores, &stream, &b->year);
}

/* The year's losses as one sees them whose trends have run to their end. */
static bool tell(struct quo_marketblock *b)
{
    for (size_t i = 0; i < b->year.n; i++) {
        const struct quo_marketloss *loss = &b->year.loss[i];
        const struct quo_marketperil *peril = &b->market->peril[loss->peril];
        const int64_t cents = llrint(100.0 * fmin(loss->usd, peril->cap));
        if (loss->mark >= peril->counted_all)
            continue;
        if (loss->event != UINT32_MAX) {
            b->kept[loss->event] += cents;
            continue;
        }
        if (!quo_exposures_room((void **)&b->other, &b->other_room, b->n_others, sizeof *b->other))
            return false;
        b->other[b->n_others++] = (struct quo_marketother){(float)loss->time, cents};
    }
    return true;
}

/* All covers of one reading see its windows alike: one reading error, one chance to be missed. A window that somebody is paid for is an event. */
static bool pay_window(struct quo_marketblock *b, struct quo_arrivals *a, uint32_t reading, double index, double seen, double score,
                       struct quo_hit hit)
{
    const struct quo_exposures *e = a->exposures;
    bool paid = false;
    for (uint32_t i = b->row_from[reading]; i < b->row_from[reading + 1]; i++) {
        const struct quo_market_row *row = &e->market_row[i];
        const int64_t cents =
            seen < row->row.sees ? quo_exposures_market_pays(e, row, index * exp(row->row.error * score)) : 0;
        if (cents <= 0)
            continue;
        if (!quo_exposures_room((void **)&b->paid, &b->paid_room, b->n_paid, sizeof *b->paid) ||
            !quo_exposures_room((void **)&a->hit, &a->hit_room, a->n_hits, sizeof *a->hit) ||
            !quo_exposures_room((void **)&a->event, &a->event_room, a->n_events, sizeof *a->event))
            return false;
        if (!paid)
            a->event[a->n_events++] = (struct quo_event){hit.time, QUO_CAUSE_MARKET};
        paid = true;
        hit.event = (uint32_t)a->n_events - 1;
        hit.risk = e->policy[row->row.policy].risk;
        hit.item = (uint32_t)b->n_paid;
        a->hit[a->n_hits++] = hit;
        b->paid[b->n_paid++] = (struct quo_marketpaid){row->row.node, cents};
    }
    return true;
}

enum quo_status quo_marketblock_year(struct quo_marketblock *b, struct quo_arrivals *a, uint64_t year, uint16_t place,
                                     uint32_t from, uint32_t to, const int64_t *lost, const double season[QUO_PERILS])
{
    const struct quo_exposures *e = a->exposures;
    const enum quo_status status = draw(b, a, year, from, to, lost, season);
    if (status)
        return status;
    if (!tell(b))
        return QUO_MACHINE;
    struct quo_stream stream = quo_stream_at(a->seed, year, QUO_YEAR_READINGS, QUO_YEAR_STREAM);
    for (uint32_t r = 0; r < e->n_readings; r++) {
        quo_marketyear_index(b->market, &b->year, r, b->index);
        for (uint32_t k = 0; k < e->reading[r].windows; k++) {
            const double seen = quo_stream_uniform(&stream), score = quo_stream_normal(&stream);
            const struct quo_hit hit = {.time = (float)((k + 1) * e->reading[r].window_years),
                                        .year = place,
                                        .peril = QUO_HIT_MARKET};
            if (!pay_window(b, a, r, b->index[k], seen, score, hit))
                return QUO_MACHINE;
        }
    }
    return QUO_OK;
}
