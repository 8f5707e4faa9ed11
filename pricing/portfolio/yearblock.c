#include "pricing/portfolio/yearblock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/yearterms.h"
#include "risk/base/vectormath.h"

/* Lists are filled up to whole vectors with what nobody sees. */
#define LANES 8
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
    uint32_t *order;               /* the block's hits by protocol, then by year and time */
    size_t order_room;
    struct quo_yearterms *left;    /* of the policy at hand */
    uint64_t stamp;                /* of the year and policy at hand */
    /* Of the protocol at hand: by hit, in the order of time. */
    size_t room;
    int64_t *paid;                 /* by the book, cents */
    uint32_t *slot;                /* the first of the policy's payments for it */
    uint64_t *set;                 /* bits: those that the policy pays for */
    /* By peril. */
    struct list list[QUO_PERILS];
    double *size, *seen, *time, *score, *read, *pays; /* size in USD or hours; read: as the policies of one error do */
    uint32_t *at;                  /* place among the hits */
    struct asked *asked;
    size_t n_asked, asked_room;
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
    free(b->order);
    free(b->left);
    free(b->paid);
    free(b->slot);
    free(b->set);
    free(b->size);
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
    if (b->risk_at && b->left && quo_arrivals_init(shocks, seed, &b->arrivals) == QUO_OK)
        return QUO_OK;
    quo_yearblock_free(b);
    *out = NULL;
    return QUO_MACHINE;
}

const struct quo_event *quo_yearblock_events(const struct quo_yearblock *block) { return block->arrivals.event; }

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
    free(b->at);
    b->paid = malloc(room * sizeof *b->paid);
    b->slot = malloc(room * sizeof *b->slot);
    b->set = calloc(room / 64 + 1, sizeof *b->set);
    b->size = malloc(6 * padded * sizeof *b->size);
    b->at = malloc(padded * sizeof *b->at);
    b->room = b->paid && b->slot && b->set && b->size && b->at ? room : 0;
    if (b->size) {
        b->seen = b->size + padded;
        b->time = b->seen + padded;
        b->score = b->time + padded;
        b->read = b->score + padded;
        b->pays = b->read + padded;
    }
    return b->room > 0;
}

static bool earlier(const struct quo_yearblock *b, uint32_t x, uint32_t y)
{
    const struct quo_event *e = b->arrivals.event;
    const uint32_t i = b->arrivals.hit[x].event, k = b->arrivals.hit[y].event;
    return e[i].year == e[k].year && e[i].time < e[k].time;
}

/* Hits come by year: within one, few are to be put in order of time. */
static void sort_hits(const struct quo_yearblock *b, uint32_t *order, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint32_t one = order[i];
        size_t k = i;
        for (; k > 0 && earlier(b, one, order[k - 1]); k--)
            order[k] = order[k - 1];
        order[k] = one;
    }
}

/* The hits by peril, each list filled up. */
static void make_lists(struct quo_yearblock *b, const struct quo_risk *risk, const uint32_t *order, size_t n)
{
    const struct quo_hit *hit = b->arrivals.hit;
    size_t count[QUO_PERILS + 1] = {0}, from = 0;
    for (size_t i = 0; i < n; i++)
        count[hit[order[i]].peril]++;
    for (int p = 0; p < QUO_PERILS; p++) {
        b->list[p] = (struct list){from, 0, (count[p] + LANES - 1) / LANES * LANES, NAN};
        from += b->list[p].padded;
    }
    for (size_t i = 0; i < n; i++) {
        const struct quo_hit *h = &hit[order[i]];
        if (h->peril == QUO_PERILS)
            continue;
        const size_t at = b->list[h->peril].from + b->list[h->peril].n++;
        b->size[at] = h->chance;
        b->seen[at] = h->seen;
        b->time[at] = b->arrivals.event[h->event].time;
        b->score[at] = h->reading;
        b->at[at] = (uint32_t)i;
    }
    for (int p = 0; p < QUO_PERILS; p++)
        for (size_t at = b->list[p].from + b->list[p].n; at < b->list[p].from + b->list[p].padded; at++) {
            b->size[at] = 1.0;
            b->seen[at] = INFINITY;
            b->time[at] = INFINITY;
            b->score[at] = 0.5;
        }
    quo_vectormath_log(b->size, from, b->size);
    for (int p = 0; p < QUO_PERILS; p++)
        for (size_t at = b->list[p].from; at < b->list[p].from + b->list[p].n; at++)
            b->size[at] = quo_sizetable_log(b->size[at], &risk->size[p]);
    quo_vectormath_exp(b->size, from, b->size);
}

/* ---- a policy's payments ----------------------------------------------------------------------- */

/* Whole cents, half to even as llrint has it: beyond 2^52 doubles have no halves, and no limit is that large. */
#define WHOLE 0x1.8p52

/* What the row pays for each of n sizes, cents; n is a whole number of vectors. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void
row_pays(const struct quo_row *row, const struct quo_row_piece *piece, double term, const double *size,
         const double *seen, const double *time, size_t n, double *out)
{
    for (size_t from = 0; from < n; from += LANES) {
        double y[LANES] = {0.0}, index[LANES];
        for (int i = 0; i < LANES; i++)
            index[i] = size[from + (size_t)i] * row->per_unit;
        for (uint32_t k = 0; k < row->n_pieces; k++) {
            const double x0 = piece[k].x0, y0 = piece[k].y0, y1 = piece[k].y1, slope = piece[k].slope;
#pragma omp simd
            for (int i = 0; i < LANES; i++) {
                const double rising = y0 + slope * (index[i] - x0), value = rising < y1 ? rising : y1;
                y[i] = index[i] >= x0 ? value : y[i];
            }
        }
#pragma omp simd
        for (int i = 0; i < LANES; i++) {
            const size_t at = from + (size_t)i;
            const double cents = 100.0 * y[i] + WHOLE - WHOLE;
            out[at] = (seen[at] < row->sees) & (time[at] < term) ? cents : 0.0;
        }
    }
}

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
        read[i] = error * quo_scores_of(b->score[list->from + i], &b->shocks->scores);
    quo_vectormath_exp(read, list->padded, read);
    for (size_t i = 0; i < list->padded; i++)
        read[i] *= b->size[list->from + i];
    return read;
}

static inline void ask(struct quo_yearblock *b, uint32_t place, uint32_t node, int64_t cents)
{
    uint64_t *word = &b->set[place / 64];
    const uint64_t bit = (uint64_t)1 << place % 64;
    b->asked[b->n_asked] = (struct asked){cents, node, *word & bit ? b->slot[place] : NOBODY};
    b->slot[place] = (uint32_t)b->n_asked++;
    *word |= bit;
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
        row_pays(row, b->exposures->piece + row->piece, held->term_years, read_with(b, list, row->error),
                 b->seen + list->from, b->time + list->from, list->padded, b->pays);
        for (size_t k = 0; k < list->n; k++)
            if (b->pays[k] > 0.0)
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
static void pay_all(struct quo_yearblock *b, const uint32_t *order, size_t n, uint32_t policy)
{
    const struct quo_held *held = &b->exposures->policy[policy];
    const bool in_book = policy < b->in_book;
    uint32_t year = NOBODY;
    int64_t of_year = 0;
    for (size_t w = 0; w <= (n - 1) / 64; w++)
        for (uint64_t bits = b->set[w]; bits; bits &= bits - 1) {
            const size_t place = 64 * w + (size_t)__builtin_ctzll(bits);
            const uint32_t now = b->arrivals.event[b->arrivals.hit[order[place]].event].year;
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
static void add_up(struct quo_yearblock *b, const uint32_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct quo_hit *hit = &b->arrivals.hit[order[i]];
        struct quo_event *event = &b->arrivals.event[hit->event];
        struct quo_tally *t = b->tally[b->which ? b->which[event->year] : 0];
        event->cents += b->paid[i];
        t->peril[hit->peril] += b->paid[i];
        t->passed_on += hit->passed_on ? b->paid[i] : 0;
    }
}

static enum quo_status one_risk(struct quo_yearblock *b, const struct quo_risk *risk, uint32_t *order, size_t n)
{
    const struct quo_exposures *e = b->exposures;
    if (!room_for(b, n))
        return QUO_MACHINE;
    sort_hits(b, order, n);
    make_lists(b, risk, order, n);
    memset(b->paid, 0, n * sizeof *b->paid);
    for (uint32_t k = risk->policy_from; k < risk->policy_to; k++) {
        const uint32_t policy = e->by_risk[k];
        b->n_asked = 0;
        if (!ask_all(b, &e->policy[policy]))
            return QUO_MACHINE;
        for (size_t i = 0; i < n && e->n_alarms; i++) {
            const struct quo_hit *hit = &b->arrivals.hit[order[i]];
            if (hit->peril != QUO_PERILS || e->node[hit->node].policy != policy || !(hit->chance > 0.0) ||
                b->arrivals.event[hit->event].time >= e->policy[policy].term_years)
                continue;
            if (!quo_exposures_room((void **)&b->asked, &b->asked_room, b->n_asked, sizeof *b->asked))
                return QUO_MACHINE;
            ask(b, (uint32_t)i, hit->node, (int64_t)hit->chance);
        }
        if (b->n_asked)
            pay_all(b, order, n, policy);
    }
    add_up(b, order, n);
    return QUO_OK;
}

static enum quo_status sort_by_risk(struct quo_yearblock *b)
{
    const struct quo_arrivals *a = &b->arrivals;
    const size_t risks = b->exposures->n_risks;
    if (!quo_exposures_room((void **)&b->order, &b->order_room, a->n_hits, sizeof *b->order))
        return QUO_MACHINE;
    memset(b->risk_at, 0, (risks + 2) * sizeof *b->risk_at);
    for (size_t i = 0; i < a->n_hits; i++)
        b->risk_at[a->hit[i].risk + 2]++;
    for (size_t r = 0; r < risks; r++)
        b->risk_at[r + 2] += b->risk_at[r + 1];
    for (size_t i = 0; i < a->n_hits; i++)
        b->order[b->risk_at[a->hit[i].risk + 1]++] = (uint32_t)i;
    return QUO_OK;
}

/* Totals of the years, and causes. */
static void finish_years(struct quo_yearblock *b, size_t n)
{
    for (size_t y = 0; y < n; y++) {
        struct quo_year_sums *s = &b->sums[y];
        struct quo_tally *t = b->tally[b->which ? b->which[y] : 0];
        for (uint32_t i = s->event_from; i < s->event_to; i++) {
            const struct quo_event *event = &b->arrivals.event[i];
            s->total += event->cents;
            s->largest = event->cents > s->largest ? event->cents : s->largest;
            if (event->cause < QUO_CAUSE_ALARM)
                t->shock[event->cause] += event->cents;
            else if (event->cause == QUO_CAUSE_OWN)
                t->own += event->cents;
        }
    }
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
        status = quo_arrivals_year(&b->arrivals, year[i], (uint32_t)i);
        sums[i].event_to = (uint32_t)b->arrivals.n_events;
    }
    if (status == QUO_OK)
        status = sort_by_risk(b);
    for (size_t r = 0; r < b->exposures->n_risks && status == QUO_OK; r++)
        if (b->risk_at[r + 1] > b->risk_at[r])
            status = one_risk(b, &b->exposures->risk[r], b->order + b->risk_at[r], b->risk_at[r + 1] - b->risk_at[r]);
    if (status == QUO_OK)
        finish_years(b, n);
    return status;
}
