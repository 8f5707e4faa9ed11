#include "pricing/portfolio/years.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/base/stream.h"

enum { STREAM_PORTFOLIO_YEAR = 50 };

/* What a node has left in the year that it was last touched. */
struct left {
    uint64_t year;
    int64_t deductible, limit;
};

struct run {
    double time;
    uint32_t first, n;
};

struct quo_worker {
    const struct quo_shocks *shocks;
    const struct quo_exposures *exposures;
    uint64_t seed;
    uint64_t year;                /* how many it has begun: nodes are stamped with it */
    struct left *left;            /* left[n_nodes] */
    uint64_t *taken;              /* taken[n_risks]: the last event that took it */
    uint64_t events;              /* so far, over all years */
    uint64_t first;               /* of this year */
    struct quo_paid *paid, *kept; /* as they happen; in order of time, after terms */
    size_t n_paid, room, kept_room;
    struct run *run; /* the payments of one event, side by side */
    size_t n_runs, run_room;
    double season[QUO_PERILS];
    struct quo_stream stream;
    bool failed;
};

enum quo_status quo_worker_new(const struct quo_shocks *shocks, uint64_t seed, struct quo_worker **out)
{
    struct quo_worker *w = calloc(1, sizeof *w);
    *out = w;
    if (!w)
        return QUO_MACHINE;
    w->shocks = shocks;
    w->exposures = shocks->exposures;
    w->seed = seed;
    w->left = calloc(w->exposures->n_nodes + 1, sizeof *w->left);
    w->taken = calloc(w->exposures->n_risks + 1, sizeof *w->taken);
    if (w->left && w->taken)
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
    free(w->taken);
    free(w->paid);
    free(w->kept);
    free(w->run);
    free(w);
}

/* One event as it happens. */
struct happening {
    double time;
    uint32_t cause;
    double common; /* normal score that its sizes share */
    double correlation;
    double thinned; /* sizes are drawn from numbers below it alone */
    bool passed_on;
};

static void pay(struct quo_worker *w, const struct happening *h, uint32_t policy, uint32_t node, unsigned peril,
                int64_t cents)
{
    const uint32_t event = (uint32_t)(w->events - w->first);
    if (!quo_exposures_room((void **)&w->paid, &w->room, w->n_paid, sizeof *w->paid) ||
        !quo_exposures_room((void **)&w->run, &w->run_room, w->n_runs, sizeof *w->run)) {
        w->failed = true;
        return;
    }
    if (w->n_paid == 0 || w->paid[w->n_paid - 1].event != event)
        w->run[w->n_runs++] = (struct run){h->time, (uint32_t)w->n_paid, 0};
    w->run[w->n_runs - 1].n++;
    w->paid[w->n_paid++] = (struct quo_paid){.time = h->time,
                                             .event = event,
                                             .cause = h->cause,
                                             .policy = policy,
                                             .node = node,
                                             .peril = (uint8_t)peril,
                                             .passed_on = h->passed_on,
                                             .cents = cents};
}

/* A protocol is struck: one size, one reading of it, one chance to be overlooked, for all its policies alike. Four numbers are
 * consumed whatever becomes of them. */
static void strike(struct quo_worker *w, const struct happening *h, uint32_t risk, unsigned peril)
{
    const struct quo_risk *r = &w->exposures->risk[risk];
    const double u = quo_stream_uniform(&w->stream) * h->thinned, seen = quo_stream_uniform(&w->stream),
                 reading = quo_stream_uniform(&w->stream);
    const uint32_t from = r->row_from[peril], to = r->row_to[peril];
    if (from == to)
        return;
    double chance = u;
    if (h->correlation > 0.0)
        chance = quo_normal_Q(sqrt(h->correlation) * h->common + sqrt(1.0 - h->correlation) * quo_normal_Qinv(u));
    if (chance > r->pays[peril])
        return;
    const double size = quo_sizetable_draw(chance, &r->size[peril]);
    double score = NAN, error = 0.0, factor = 1.0;
    for (uint32_t i = from; i < to; i++) {
        const struct quo_row *row = &w->exposures->row[i];
        if (seen >= row->sees || h->time >= w->exposures->policy[row->policy].term_years)
            continue;
        if (row->error != error) {
            score = isnan(score) ? quo_normal_Qinv(reading) : score;
            error = row->error;
            factor = exp(error * score);
        }
        const int64_t cents = quo_exposures_pays(w->exposures, row, size * row->per_unit * factor);
        if (cents > 0)
            pay(w, h, row->policy, row->node, peril, cents);
    }
}

/* A protocol is struck, and perhaps those who hold its token as collateral. One step: what is passed on is not passed on again, so a
 * ring of lenders ends. */
static void strike_and_pass(struct quo_worker *w, const struct happening *h, uint32_t risk, unsigned peril)
{
    const struct quo_risk *r = &w->exposures->risk[risk];
    strike(w, h, risk, peril);
    for (uint32_t k = r->link_from; k < r->link_to; k++) {
        const struct quo_contagion *link = &w->exposures->link[k];
        if (!(link->perils >> peril & 1u) || quo_stream_uniform(&w->stream) >= link->chance)
            continue;
        struct happening next = *h;
        next.passed_on = true;
        next.thinned = 1.0;
        strike(w, &next, link->to, peril);
    }
}

static void own_events(struct quo_worker *w)
{
    for (unsigned p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_alias *pick = &w->shocks->own[p];
        if (pick->n == 0)
            continue;
        for (int64_t n = quo_stream_poisson(&w->stream, pick->total * w->exposures->horizon * w->season[p]); n > 0;
             n--) {
            const uint32_t risk = w->shocks->own_risk[p][quo_alias_pick(pick, quo_stream_uniform(&w->stream))];
            const struct happening h = {.time = w->exposures->horizon * quo_stream_uniform(&w->stream),
                                        .cause = QUO_CAUSE_OWN,
                                        .thinned = quo_shocks_thinned(&w->exposures->risk[risk], (int)p)};
            w->events++;
            strike_and_pass(w, &h, risk, p);
        }
    }
}

/* Poisson(mean) given that it is not 0. */
static int64_t at_least_one(struct quo_stream *stream, double mean)
{
    if (mean > 20.0)
        return quo_stream_poisson(stream, mean); /* 0 has a chance of 2e-9 */
    double p = exp(-mean), left = quo_stream_uniform(stream) * -expm1(-mean);
    int64_t k = 0;
    do {
        k++;
        p *= mean / (double)k;
        left -= p;
    } while (left > 0.0 && p > 0.0);
    return k;
}

/* One shock or campaign; top: the greatest season of its perils, by which it arrived: the others' targets are thinned. */
static void one_shock(struct quo_worker *w, uint32_t index, double top)
{
    const struct quo_shock *shock = &w->shocks->shock[index];
    struct happening h = {.time = w->exposures->horizon * quo_stream_uniform(&w->stream),
                          .cause = index,
                          .correlation = shock->correlation,
                          .thinned = 1.0};
    int64_t picks;
    if (isinf(shock->shape))
        picks = at_least_one(&w->stream, shock->pick.total);
    else
        picks = quo_stream_poisson(&w->stream,
                                   shock->pick.total * quo_stream_gamma(&w->stream, shock->shape) / shock->shape);
    if (picks <= 0)
        return;
    h.common = h.correlation > 0.0 ? quo_stream_normal(&w->stream) : 0.0;
    w->events++;
    for (; picks > 0; picks--) {
        const struct quo_target t = shock->target[quo_alias_pick(&shock->pick, quo_stream_uniform(&w->stream))];
        if (w->taken[t.risk] == w->events)
            continue;
        w->taken[t.risk] = w->events;
        if (w->season[t.peril] >= top || quo_stream_uniform(&w->stream) * top < w->season[t.peril])
            strike_and_pass(w, &h, t.risk, t.peril);
    }
}

static double greatest_season(const struct quo_worker *w, quo_peril_set perils)
{
    double top = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (perils >> p & 1u)
            top = fmax(top, w->season[p]);
    return top;
}

static void shocks(struct quo_worker *w)
{
    const struct quo_shocks *s = w->shocks;
    for (size_t g = 0; g < s->n_groups; g++) {
        const struct quo_shock_group *group = &s->group[g];
        const double top = greatest_season(w, group->perils);
        for (int64_t n = quo_stream_poisson(&w->stream, group->pick.total * w->exposures->horizon * top); n > 0; n--)
            one_shock(w, group->shock[quo_alias_pick(&group->pick, quo_stream_uniform(&w->stream))], top);
    }
    if (s->campaign < 0)
        return;
    const struct quo_shock *campaign = &s->shock[s->campaign];
    const double top = greatest_season(w, campaign->perils);
    for (int64_t n = quo_stream_poisson(&w->stream, campaign->rate * w->exposures->horizon * top); n > 0; n--)
        one_shock(w, (uint32_t)s->campaign, top);
}

static void alarms(struct quo_worker *w)
{
    const struct quo_alias *pick = &w->shocks->alarm;
    if (pick->n == 0)
        return;
    for (int64_t n = quo_stream_poisson(&w->stream, pick->total * w->exposures->horizon); n > 0; n--) {
        const struct quo_alarm *alarm = &w->exposures->alarm[quo_alias_pick(pick, quo_stream_uniform(&w->stream))];
        const struct happening h = {.time = w->exposures->horizon * quo_stream_uniform(&w->stream),
                                    .cause = QUO_CAUSE_ALARM};
        const uint32_t policy = w->exposures->node[alarm->node].policy;
        const int64_t cents = llrint(100.0 * (double)alarm->pays[quo_stream_below(&w->stream, QUO_ALARM_BINS)]);
        w->events++;
        if (h.time < w->exposures->policy[policy].term_years && cents > 0)
            pay(w, &h, policy, alarm->node, QUO_PERILS, cents);
    }
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

/* What a payment leaves after the year's deductible and limit of its cover, then of its policy. */
static int64_t through_terms(struct quo_worker *w, uint32_t node, int64_t cents)
{
    for (uint32_t at = node; at != QUO_NO_NODE && cents > 0; at = w->exposures->node[at].parent) {
        const struct quo_node *n = &w->exposures->node[at];
        struct left *left = &w->left[at];
        if (left->year != w->year)
            *left = (struct left){w->year, n->deductible, n->limit};
        const int64_t kept = cents < left->deductible ? cents : left->deductible;
        left->deductible -= kept;
        cents -= kept;
        cents = cents < left->limit ? cents : left->limit;
        if (left->limit != INT64_MAX)
            left->limit -= cents;
    }
    return cents;
}

/* What was paid, in the order of time, after the year's terms. */
enum quo_status quo_worker_settle(struct quo_worker *w, const struct quo_paid **paid, size_t *n)
{
    size_t kept = 0;
    *paid = NULL;
    *n = 0;
    sort_runs(w->run, w->n_runs);
    if (w->failed || !quo_exposures_room((void **)&w->kept, &w->kept_room, w->n_paid, sizeof *w->kept))
        return QUO_MACHINE;
    for (size_t r = 0; r < w->n_runs; r++)
        for (uint32_t i = w->run[r].first; i < w->run[r].first + w->run[r].n; i++) {
            const int64_t cents = through_terms(w, w->paid[i].node, w->paid[i].cents);
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
}

void quo_worker_strike(struct quo_worker *w, double time, uint32_t event, uint32_t risk, enum quo_peril peril,
                       double size)
{
    const struct quo_risk *r = &w->exposures->risk[risk];
    const struct happening h = {.time = time, .cause = QUO_CAUSE_OWN};
    w->events = w->first + event;
    for (uint32_t i = r->row_from[peril]; i < r->row_to[peril]; i++) {
        const struct quo_row *row = &w->exposures->row[i];
        const int64_t cents = quo_exposures_pays(w->exposures, row, size * row->per_unit);
        if (cents > 0 && time < w->exposures->policy[row->policy].term_years)
            pay(w, &h, row->policy, row->node, peril, cents);
    }
}

enum quo_status quo_worker_year(struct quo_worker *w, uint64_t year, const struct quo_paid **paid, size_t *n)
{
    w->stream = quo_stream_at(w->seed, year, 0, STREAM_PORTFOLIO_YEAR);
    quo_worker_begin(w);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const double size = w->shocks->size[p];
        w->season[p] = isinf(size) ? 1.0 : quo_stream_gamma(&w->stream, size) / size;
    }
    own_events(w);
    shocks(w);
    alarms(w);
    return quo_worker_settle(w, paid, n);
}
