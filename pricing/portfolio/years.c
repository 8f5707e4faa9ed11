#include "pricing/portfolio/years.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/yearterms.h"

struct run {
    double time;
    uint32_t first, n;
};

struct quo_worker {
    const struct quo_exposures *exposures;
    uint64_t year;                /* how many it has begun: nodes are stamped with it */
    struct quo_yearterms *left;   /* left[n_nodes] */
    uint64_t events;              /* so far, over all years */
    uint64_t first;               /* of this year */
    struct quo_paid *paid, *kept; /* as they happen; in order of time, after terms */
    size_t n_paid, room, kept_room;
    double *index;                /* the market's losses, reading by reading, window by window */
    size_t n_windows;
    struct run *run; /* the payments of one event, side by side */
    size_t n_runs, run_room;
    bool failed;
};

enum quo_status quo_worker_new(const struct quo_exposures *exposures, struct quo_worker **out)
{
    struct quo_worker *w = calloc(1, sizeof *w);
    *out = w;
    if (!w)
        return QUO_MACHINE;
    w->exposures = exposures;
    w->left = calloc(exposures->n_nodes + 1, sizeof *w->left);
    for (size_t i = 0; i < exposures->n_readings; i++)
        w->n_windows += exposures->reading[i].windows;
    w->index = calloc(w->n_windows + 1, sizeof *w->index);
    if (w->left && w->index)
        return QUO_OK;
    quo_worker_free(w);
    *out = NULL;
    return QUO_MACHINE;
}

void quo_worker_free(struct quo_worker *w)
{
    if (!w)
        return;
    free(w->left);
    free(w->index);
    free(w->paid);
    free(w->kept);
    free(w->run);
    free(w);
}

static void pay(struct quo_worker *w, double time, uint32_t policy, uint32_t node, unsigned peril,
                int64_t cents)
{
    const uint32_t event = (uint32_t)(w->events - w->first);
    if (!quo_exposures_room((void **)&w->paid, &w->room, w->n_paid, sizeof *w->paid) ||
        !quo_exposures_room((void **)&w->run, &w->run_room, w->n_runs, sizeof *w->run)) {
        w->failed = true;
        return;
    }
    if (w->n_paid == 0 || w->paid[w->n_paid - 1].event != event)
        w->run[w->n_runs++] = (struct run){time, (uint32_t)w->n_paid, 0};
    w->run[w->n_runs - 1].n++;
    w->paid[w->n_paid++] = (struct quo_paid){.time = time,
                                             .event = event,
                                             .policy = policy,
                                             .node = node,
                                             .peril = (uint8_t)peril,
                                             .cents = cents};
}

static int earlier(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Few runs go faster by hand. */
static void sort_runs(struct run *run, size_t n)
{
    if (n > 32) {
        qsort(run, n, sizeof *run, earlier);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const struct run one = run[i];
        size_t k = i;
        for (; k > 0 && earlier(&run[k - 1], &one) > 0; k--)
            run[k] = run[k - 1];
        run[k] = one;
    }
}

static void add_to_market(struct quo_worker *w, double time, enum quo_peril peril, double usd)
{
    double *index = w->index;
    for (size_t i = 0; i < w->exposures->n_readings; index += w->exposures->reading[i++].windows) {
        const struct quo_reading *r = &w->exposures->reading[i];
        const double window = floor(time / r->window_years);
        if (r->perils >> peril & 1u && window < r->windows && !quo_peril_in_hours(peril))
            index[(size_t)window] += usd;
    }
}

static void pay_market(struct quo_worker *w, uint32_t last)
{
    const struct quo_exposures *e = w->exposures;
    const double *index = w->index;
    w->events = w->first + last;
    for (uint32_t r = 0; r < e->n_readings; index += e->reading[r++].windows)
        for (uint32_t k = 0; k < e->reading[r].windows; k++) {
            w->events++;
            for (size_t i = 0; i < e->n_market_rows; i++) {
                const struct quo_market_row *row = &e->market_row[i];
                const int64_t cents = row->reading == r ? quo_exposures_market_pays(e, row, index[k]) : 0;
                if (cents > 0)
                    pay(w, (k + 1) * e->reading[r].window_years, row->row.policy, row->row.node, QUO_PERILS, cents);
            }
        }
}

/* What was paid, in the order of time, after the year's terms. */
enum quo_status quo_worker_settle(struct quo_worker *w, uint32_t last, const struct quo_paid **paid, size_t *n)
{
    size_t kept = 0;
    pay_market(w, last);
    *paid = NULL;
    *n = 0;
    sort_runs(w->run, w->n_runs);
    if (w->failed || !quo_exposures_room((void **)&w->kept, &w->kept_room, w->n_paid, sizeof *w->kept))
        return QUO_MACHINE;
    for (size_t r = 0; r < w->n_runs; r++)
        for (uint32_t i = w->run[r].first; i < w->run[r].first + w->run[r].n; i++) {
            const int64_t cents = quo_yearterms_pay(w->exposures, w->left, 0, w->year, w->paid[i].node, w->paid[i].cents);
            if (cents <= 0)
                continue;
            w->kept[kept] = w->paid[i];
            w->kept[kept++].cents = cents;
        }
    *paid = w->kept;
    *n = kept;
    return QUO_OK;
}

void quo_worker_begin(struct quo_worker *w)
{
    w->year++;
    w->first = w->events;
    w->n_paid = w->n_runs = 0;
    memset(w->index, 0, w->n_windows * sizeof *w->index);
}

void quo_worker_strike(struct quo_worker *w, double time, uint32_t event, uint32_t risk, enum quo_peril peril,
                       double size)
{
    const struct quo_risk *r = &w->exposures->risk[risk];
    w->events = w->first + event;
    add_to_market(w, time, peril, size);
    for (uint32_t k = r->policy_from; k < r->policy_to; k++) {
        const struct quo_held *held = &w->exposures->policy[w->exposures->by_risk[k]];
        for (uint32_t i = held->row_from; i < held->row_to && time < held->term_years; i++) {
            const struct quo_row *row = &w->exposures->row[i];
            const int64_t cents =
                row->peril == peril ? quo_exposures_pays(w->exposures, row, size * row->per_unit) : 0;
            if (cents > 0)
                pay(w, time, row->policy, row->node, peril, cents);
        }
    }
}

