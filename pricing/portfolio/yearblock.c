#include "pricing/portfolio/yearblock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/rowpays.h"
#include "pricing/portfolio/yearterms.h"
#include "risk/base/vectormath.h"

/* Lists are filled up to whole vectors with what nobody sees. */
#define LANES QUO_ROWPAYS_LANES
#define NOBODY UINT32_MAX

/* A protocol's hits by one peril. */
struct list {
    size_t from, n, padded;
    double error; /* what `read` was made with; NaN: nothing yet */
};

/* One payment of a policy, before the year's terms; those of one hit are chained. */
struct asked {
    int64_t cents;
    uint32_t node, next;
};

struct quo_yearblock {
    const struct quo_shocks *shocks;
    const struct quo_exposures *exposures;
    size_t in_book;
    struct quo_arrivals arrivals;
    uint32_t *risk_at;             /* risk_at[n_risks + 1]: where the hits of each begin in `order` */
    struct quo_hit *hit;           /* the block's hits by protocol, then by year and time */
    size_t hit_room;
    int64_t *event_cents;          /* paid by the book for each event */
    int64_t *event_lost;           /* [events][QUO_COVERED_PERILS]: by the book's protocols, where every loss is drawn */
    size_t event_room, lost_room, drawn; /* hits that were drawn; behind them those of the market's covers */
    struct quo_marketblock market; /* where there is one */
    double (*season)[QUO_PERILS];
    struct quo_yearterms *left;    /* of the policy at hand */
    uint64_t stamp;                /* of the year and policy at hand */
    /* Of the protocol at hand: by hit, in the order of time. */
    size_t room;
    int64_t *paid;                 /* by the book, cents */
    uint32_t *slot;                /* the first of the policy's payments for it */
    uint64_t *set;                 /* bits: those that the policy pays for */
    /* By peril. */
    struct list list[QUO_PERILS];
    double *size, *read, *pays, *seen, *time; /* size in USD or hours; read: as the policies of one error do */
    float *score;                             /* of the reading */
    uint32_t *at;                  /* place among the hits */
    struct asked *asked;
    size_t n_asked, asked_room;
    struct quo_yearblock_tilt tilt;
    /* What a year adds to. */
    const uint8_t *which;
    struct quo_tally *const *tally;
    struct quo_year_sums *sums;
};

void quo_yearblock_free(struct quo_yearblock *b)
{
    if (!b)
        return;
    quo_arrivals_free(&b->arrivals);
    free(b->risk_at);
    free(b->hit);
    free(b->event_cents);
    free(b->event_lost);
    free(b->season);
    quo_marketblock_free(&b->market);
    free(b->left);
    free(b->paid);
    free(b->slot);
    free(b->set);
    free(b->size);
    free(b->score);
    free(b->at);
    free(b->asked);
    free(b);
}

enum quo_status quo_yearblock_new(const struct quo_shocks *shocks, uint64_t seed, size_t in_book,
                                  struct quo_yearblock **out)
{
    const struct quo_exposures *e = shocks->exposures;
    struct quo_yearblock *b = calloc(1, sizeof *b);
    size_t nodes = 0;
    *out = b;
    if (!b)
        return QUO_MACHINE;
    b->shocks = shocks;
    b->exposures = e;
    b->in_book = in_book;
    for (size_t i = 0; i < e->n_policies; i++)
        nodes = e->policy[i].n_nodes > nodes ? e->policy[i].n_nodes : nodes;
    b->risk_at = malloc((e->n_risks + 2) * sizeof *b->risk_at);
    b->left = calloc(nodes + 1, sizeof *b->left);
    b->season = malloc(QUO_YEARBLOCK_YEARS * sizeof *b->season);
    if (b->risk_at && b->left && b->season && quo_arrivals_init(shocks, seed, &b->arrivals) == QUO_OK &&
        (!shocks->market || quo_marketblock_init(shocks->market, &b->market) == QUO_OK))
        return QUO_OK;
    quo_yearblock_free(b);
    *out = NULL;
    return QUO_MACHINE;
}

const struct quo_event *quo_yearblock_events(const struct quo_yearblock *block, const int64_t **cents,
                                             const int64_t **market)
{
    *cents = block->event_cents;
    *market = block->market.kept;
    return block->arrivals.event;
}

const int64_t *quo_yearblock_lost(const struct quo_yearblock *block) { return block->event_lost; }

const struct quo_marketother *quo_yearblock_others(const struct quo_yearblock *block) { return block->market.other; }

void quo_yearblock_tilt(struct quo_yearblock *block, const struct quo_yearblock_tilt *tilt) { block->tilt = *tilt; }

/* ---- a protocol's hits ------------------------------------------------------------------------- */

static bool room_for(struct quo_yearblock *b, size_t n)
{
    if (n <= b->room)
        return true;
    const size_t room = 2 * n + 64, padded = room + QUO_PERILS * LANES;
    free(b->paid);
    free(b->slot);
    free(b->set);
    free(b->size);
    free(b->score);
    free(b->at);
    b->paid = malloc(room * sizeof *b->paid);
    b->slot = calloc(room, sizeof *b->slot);
    b->set = calloc(room / 64 + 1, sizeof *b->set);
    b->size = malloc(5 * padded * sizeof *b->size);
    b->score = malloc(padded * sizeof *b->score);
    b->at = malloc(padded * sizeof *b->at);
    b->room = b->paid && b->slot && b->set && b->size && b->score && b->at ? room : 0;
    if (b->size) {
        b->read = b->size + padded;
        b->pays = b->read + padded;
        b->seen = b->pays + padded;
        b->time = b->seen + padded;
    }
    return b->room > 0;
}

/* Hits come by year: within one, few are to be put in order of time. */
static void sort_hits(struct quo_hit *hit, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (hit[i].year != hit[i - 1].year || hit[i].time >= hit[i - 1].time)
            continue;
        const struct quo_hit one = hit[i];
        size_t k = i;
        for (; k > 0 && hit[k - 1].year == one.year && one.time < hit[k - 1].time; k--)
            hit[k] = hit[k - 1];
        hit[k] = one;
    }
}

/* The hits by peril, each list filled up. */
static void make_lists(struct quo_yearblock *b, const struct quo_risk *risk, const struct quo_hit *hit, size_t n)
{
    size_t count[QUO_HIT_MARKET + 1] = {0}, from = 0;
    for (size_t i = 0; i < n; i++)
        count[hit[i].peril]++;
    for (int p = 0; p < QUO_PERILS; p++) {
        b->list[p] = (struct list){from, 0, (count[p] + LANES - 1) / LANES * LANES, NAN};
        from += b->list[p].padded;
    }
    for (size_t i = 0; i < n; i++) {
        const struct quo_hit *h = &hit[i];
        if (h->peril >= QUO_PERILS)
            continue;
        const size_t at = b->list[h->peril].from + b->list[h->peril].n++;
        b->size[at] = quo_sizetable_log((double)h->score, &risk->size[h->peril]);
        b->seen[at] = (double)h->seen;
        b->time[at] = (double)h->time;
        b->score[at] = h->reading;
        b->at[at] = (uint32_t)i;
    }
    for (int p = 0; p < QUO_PERILS; p++)
        for (size_t at = b->list[p].from + b->list[p].n; at < b->list[p].from + b->list[p].padded; at++) {
            b->size[at] = 0.0;
            b->seen[at] = b->time[at] = INFINITY;
            b->score[at] = 0.0f;
        }
    quo_vectormath_exp(b->size, from, b->size);
}

/* What the protocol lost itself, insured or not. */
static void add_lost(struct quo_yearblock *b, const struct quo_hit *hit)
{
    for (size_t p = 0; p < QUO_COVERED_PERILS; p++)
        for (size_t i = b->list[p].from; i < b->list[p].from + b->list[p].n && !quo_peril_in_hours((enum quo_peril)p); i++)
            b->event_lost[hit[b->at[i]].event * (size_t)QUO_COVERED_PERILS + p] += llrint(100.0 * b->size[i]);
}

/* ---- a policy's payments ----------------------------------------------------------------------- */

/* The sizes as those read them whose reading has that error. */
static const double *read_with(struct quo_yearblock *b, struct list *list, double error)
{
    if (!(error > 0.0))
        return b->size + list->from;
    double *read = b->read + list->from;
    if (list->error == error)
        return read;
    list->error = error;
    for (size_t i = 0; i < list->padded; i++)
        read[i] = error * (double)b->score[list->from + i];
    quo_vectormath_exp(read, list->padded, read);
    for (size_t i = 0; i < list->padded; i++)
        read[i] *= b->size[list->from + i];
    return read;
}

/* Whether anything is due is a toss: a payment is written in any case, and kept by counting it. There is room for it. */
static inline void ask(struct quo_yearblock *b, uint32_t place, uint32_t node, int64_t cents)
{
    const bool due = cents > 0;
    uint64_t *word = &b->set[place / 64];
    const bool chained = *word >> place % 64 & 1u;
    const uint32_t before = b->slot[place], at = (uint32_t)b->n_asked;
    b->asked[at] = (struct asked){cents, node, chained ? before : NOBODY};
    b->slot[place] = due ? at : before;
    *word |= (uint64_t)due << place % 64;
    b->n_asked += due;
}

/* All that a policy's rows ask for: the last row first, so that each hit's chain is in the rows' order. */
static bool ask_all(struct quo_yearblock *b, const struct quo_held *held)
{
    for (uint32_t i = held->row_to; i-- > held->row_from;) {
        const struct quo_row *row = &b->exposures->row[i];
        struct list *list = &b->list[row->peril];
        if (list->n == 0)
            continue;
        if (!quo_exposures_room((void **)&b->asked, &b->asked_room, b->n_asked + list->n, sizeof *b->asked))
            return false;
        quo_rowpays(row, b->exposures->piece + row->piece, held->term_years, read_with(b, list, row->error),
                 b->seen + list->from, b->time + list->from, list->padded, b->pays);
        if (row->holds > 0.0)
            quo_rowpays_exclude(row, b->size + list->from, b->seen + list->from, list->n, b->pays);
        for (size_t k = 0; k < list->n; k++)
            ask(b, b->at[list->from + k], row->node, (int64_t)b->pays[k]);
    }
    return true;
}

/* A policy's year is over. */
static void close_year(struct quo_yearblock *b, uint32_t policy, uint32_t year, int64_t cents)
{
    if (cents == 0)
        return;
    struct quo_tally *t = b->tally[b->which ? b->which[year] : 0];
    t->policy[policy] += cents;
    t->square[policy] += (quo_wide)(uint64_t)cents * (uint64_t)cents;
    if (policy >= b->in_book)
        b->sums[year].added += cents;
}

/* In the order of time, through the year's terms. */
static void pay_all(struct quo_yearblock *b, const struct quo_hit *hit, size_t n, uint32_t policy)
{
    const struct quo_held *held = &b->exposures->policy[policy];
    const bool in_book = policy < b->in_book;
    uint32_t year = NOBODY;
    int64_t of_year = 0;
    for (size_t w = 0; w <= (n - 1) / 64; w++)
        for (uint64_t bits = b->set[w]; bits; bits &= bits - 1) {
            const size_t place = 64 * w + (size_t)__builtin_ctzll(bits);
            const uint32_t now = hit[place].year;
            if (now != year) {
                close_year(b, policy, year, of_year);
                of_year = 0;
                year = now;
                b->stamp++;
            }
            int64_t of_hit = 0;
            for (uint32_t k = b->slot[place]; k != NOBODY; k = b->asked[k].next)
                of_hit += quo_yearterms_pay(b->exposures, b->left, held->node, b->stamp, b->asked[k].node,
                                            b->asked[k].cents);
            of_year += of_hit;
            if (in_book)
                b->paid[place] += of_hit;
        }
    memset(b->set, 0, ((n - 1) / 64 + 1) * sizeof *b->set);
    close_year(b, policy, year, of_year);
}

/* ---- a protocol, and all of them --------------------------------------------------------------- */

/* What the book was paid for its hits, to their events, years and causes. */
static void add_up(struct quo_yearblock *b, const struct quo_hit *hit, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (b->paid[i] == 0)
            continue;
        struct quo_tally *t = b->tally[b->which ? b->which[hit[i].year] : 0];
        b->event_cents[hit[i].event] += b->paid[i];
        t->peril[hit[i].peril] += b->paid[i];
        t->passed_on += hit[i].passed_on ? b->paid[i] : 0;
    }
}

/* A false alarm pays what it pays, and a window of the market's loss what it was found to pay; to whom it belongs. */
static bool ask_others(struct quo_yearblock *b, const struct quo_hit *hit, size_t n, uint32_t policy)
{
    const struct quo_exposures *e = b->exposures;
    for (size_t i = 0; i < n; i++) {
        if (hit[i].peril < QUO_PERILS)
            continue;
        const bool alarm = hit[i].peril == QUO_PERILS;
        const uint32_t node = alarm ? e->alarm[hit[i].item].node : b->market.paid[hit[i].item].node;
        if (e->node[node].policy != policy || (alarm && (double)hit[i].time >= e->policy[policy].term_years))
            continue;
        const int64_t cents = alarm ? llrint(100.0 * (double)e->alarm[hit[i].item].pays[(int)(hit[i].seen * QUO_ALARM_BINS)])
                                    : b->market.paid[hit[i].item].cents;
        if (!quo_exposures_room((void **)&b->asked, &b->asked_room, b->n_asked, sizeof *b->asked))
            return false;
        ask(b, (uint32_t)i, node, cents);
    }
    return true;
}

static enum quo_status one_risk(struct quo_yearblock *b, const struct quo_risk *risk, struct quo_hit *hit, size_t n)
{
    const struct quo_exposures *e = b->exposures;
    if (!room_for(b, n))
        return QUO_MACHINE;
    sort_hits(hit, n);
    make_lists(b, risk, hit, n);
    memset(b->paid, 0, n * sizeof *b->paid);
    for (uint32_t k = risk->policy_from; k < risk->policy_to; k++) {
        const uint32_t policy = e->by_risk[k];
        b->n_asked = 0;
        if (!ask_all(b, &e->policy[policy]) || ((e->n_alarms || e->n_market_rows) && !ask_others(b, hit, n, policy)))
            return QUO_MACHINE;
        if (b->n_asked)
            pay_all(b, hit, n, policy);
    }
    add_up(b, hit, n);
    return QUO_OK;
}

static enum quo_status sort_by_risk(struct quo_yearblock *b)
{
    const struct quo_arrivals *a = &b->arrivals;
    const size_t risks = b->exposures->n_risks;
    if (!quo_exposures_room((void **)&b->hit, &b->hit_room, a->n_hits, sizeof *b->hit) ||
        !quo_exposures_room((void **)&b->event_cents, &b->event_room, a->n_events, sizeof *b->event_cents))
        return QUO_MACHINE;
    memset(b->event_cents, 0, a->n_events * sizeof *b->event_cents);
    memset(b->risk_at, 0, (risks + 2) * sizeof *b->risk_at);
    for (size_t i = 0; i < a->n_hits; i++)
        b->risk_at[a->hit[i].risk + 2]++;
    for (size_t r = 0; r < risks; r++)
        b->risk_at[r + 2] += b->risk_at[r + 1];
    /* Both parts are by year: so is what they make together. */
    size_t k = b->drawn;
    for (size_t i = 0; i < b->drawn; i++) {
        for (; k < a->n_hits && a->hit[k].year < a->hit[i].year; k++)
            b->hit[b->risk_at[a->hit[k].risk + 1]++] = a->hit[k];
        b->hit[b->risk_at[a->hit[i].risk + 1]++] = a->hit[i];
    }
    for (; k < a->n_hits; k++)
        b->hit[b->risk_at[a->hit[k].risk + 1]++] = a->hit[k];
    return QUO_OK;
}

/* What the book's protocols lost in each event. */
static enum quo_status find_lost(struct quo_yearblock *b)
{
    const size_t n = b->arrivals.n_events * QUO_COVERED_PERILS;
    if (!quo_exposures_room((void **)&b->event_lost, &b->lost_room, n, sizeof *b->event_lost))
        return QUO_MACHINE;
    memset(b->event_lost, 0, n * sizeof *b->event_lost);
    for (size_t r = 0; r < b->exposures->n_risks; r++) {
        struct quo_hit *hit = b->hit + b->risk_at[r];
        const size_t hits = b->risk_at[r + 1] - b->risk_at[r];
        if (hits && !room_for(b, hits))
            return QUO_MACHINE;
        if (hits) {
            make_lists(b, &b->exposures->risk[r], hit, hits);
            add_lost(b, hit);
        }
    }
    return QUO_OK;
}

/* The market's years need what the book lost; what its covers pay are hits like others, so that all hits are put in order again. */
static enum quo_status add_market(struct quo_yearblock *b, const uint64_t *year, size_t n)
{
    enum quo_status status = find_lost(b);
    if (status || !b->shocks->market)
        return status;
    status = quo_marketblock_clear(&b->market, b->arrivals.n_events);
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        struct quo_year_sums *s = &b->sums[i];
        s->paid_from = (uint32_t)b->arrivals.n_events;
        s->other_from = (uint32_t)b->market.n_others;
        status = quo_marketblock_year(&b->market, &b->arrivals, year[i], (uint16_t)i, s->event_from, s->event_to,
                                      b->event_lost, b->season[i]);
        s->paid_to = (uint32_t)b->arrivals.n_events;
        s->other_to = (uint32_t)b->market.n_others;
    }
    return status == QUO_OK && b->market.n_paid ? sort_by_risk(b) : status;
}

/* Totals of the years, and causes. */
static void finish_years(struct quo_yearblock *b, size_t n)
{
    for (size_t y = 0; y < n; y++) {
        struct quo_year_sums *s = &b->sums[y];
        struct quo_tally *t = b->tally[b->which ? b->which[y] : 0];
        for (uint32_t i = s->event_from; i < s->event_to; i++) {
            const int64_t cents = b->event_cents[i];
            const uint32_t cause = b->arrivals.event[i].cause;
            s->total += cents;
            s->largest = cents > s->largest ? cents : s->largest;
            if (cause < QUO_CAUSE_MARKET)
                t->shock[cause] += cents;
            else if (cause == QUO_CAUSE_OWN)
                t->own += cents;
        }
        for (uint32_t i = s->paid_from; i < s->paid_to; i++) {
            s->total += b->event_cents[i];
            s->largest = b->event_cents[i] > s->largest ? b->event_cents[i] : s->largest;
        }
    }
}

enum quo_status quo_yearblock_shared(struct quo_yearblock *b, const uint64_t *year, size_t n, size_t *events)
{
    enum quo_status status = QUO_OK;
    quo_arrivals_clear(&b->arrivals);
    b->arrivals.shared_only = true;
    for (size_t i = 0; i < n && status == QUO_OK; i++)
        status = quo_arrivals_year(&b->arrivals, year[i], (uint32_t)i);
    b->arrivals.shared_only = false;
    b->drawn = b->arrivals.n_hits;
    *events = b->arrivals.n_events;
    if (status == QUO_OK)
        status = sort_by_risk(b);
    return status == QUO_OK ? find_lost(b) : status;
}

enum quo_status quo_yearblock_run(struct quo_yearblock *b, const uint64_t *year, size_t n, const uint8_t *which,
                                  struct quo_tally *const tally[2], struct quo_year_sums *sums)
{
    enum quo_status status = QUO_OK;
    b->which = which;
    b->tally = tally;
    b->sums = sums;
    quo_arrivals_clear(&b->arrivals);
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        sums[i] = (struct quo_year_sums){.event_from = (uint32_t)b->arrivals.n_events};
        b->arrivals.tilt = b->tilt.tilt;
        b->arrivals.tilted = b->tilt.tilt && b->tilt.tilted[i];
        b->arrivals.count = b->tilt.count ? b->tilt.count + i * quo_arrivals_classes(b->shocks) : NULL;
        status = quo_arrivals_year(&b->arrivals, year[i], (uint32_t)i);
        if (b->tilt.ratio)
            b->tilt.ratio[i] = b->arrivals.ratio;
        sums[i].event_to = (uint32_t)b->arrivals.n_events;
        memcpy(b->season[i], b->arrivals.season, sizeof b->season[i]);
    }
    b->drawn = b->arrivals.n_hits;
    if (status == QUO_OK)
        status = sort_by_risk(b);
    if (status == QUO_OK && b->exposures->dependence.every_loss)
        status = add_market(b, year, n);
    for (size_t r = 0; r < b->exposures->n_risks && status == QUO_OK; r++)
        if (b->risk_at[r + 1] > b->risk_at[r])
            status = one_risk(b, &b->exposures->risk[r], b->hit + b->risk_at[r], b->risk_at[r + 1] - b->risk_at[r]);
    if (status == QUO_OK)
        finish_years(b, n);
    return status;
}
