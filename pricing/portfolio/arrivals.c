#include "pricing/portfolio/arrivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A year's streams: what happens; the numbers of each item; those of the items that hit somebody; what is passed on. */
enum { STRUCTURE, ITEMS, HITS, PASSING };

/* Items of one kind: own events of a peril, picks of one shock, false alarms. */
struct quo_arrivals_run {
    uint32_t cause;
    uint8_t peril; /* of own events */
    uint32_t event, n;
    uint32_t part[QUO_ARRIVALS_SIZES]; /* of own events, with a tilt: how many of each size, the largest first among the items */
    double top;         /* of a shock: the greatest season of its perils, by which it arrived */
    double common, own; /* of the score of its sizes: common + own * a score of its own; own 0: nothing is shared */
};

enum quo_status quo_arrivals_init(const struct quo_shocks *shocks, uint64_t seed, struct quo_arrivals *a)
{
    *a = (struct quo_arrivals){.shocks = shocks, .exposures = shocks->exposures, .seed = seed};
    a->taken = calloc(shocks->exposures->n_risks + 1, sizeof *a->taken);
    return a->taken ? QUO_OK : QUO_MACHINE;
}

void quo_arrivals_free(struct quo_arrivals *a)
{
    free(a->event);
    free(a->hit);
    free(a->run);
    free(a->fine);
    free(a->index);
    free(a->taken);
    memset(a, 0, sizeof *a);
}

void quo_arrivals_clear(struct quo_arrivals *a) { a->n_events = a->n_hits = 0; }

/* ---- what happens ------------------------------------------------------------------------------ */

static bool add_run(struct quo_arrivals *a, const struct quo_arrivals_run *run)
{
    if (!quo_exposures_room((void **)&a->run, &a->run_room, a->n_runs, sizeof *a->run))
        return false;
    a->run[a->n_runs++] = *run;
    a->n_items += run->n;
    return true;
}

static bool add_events(struct quo_arrivals *a, size_t n, uint32_t cause, double time)
{
    if (!quo_exposures_room((void **)&a->event, &a->event_room, a->n_events + n, sizeof *a->event))
        return false;
    for (size_t i = 0; i < n; i++)
        a->event[a->n_events++] = (struct quo_event){(float)time, cause};
    return true;
}

/* Own events are tilted apart by their size: the chance to be exceeded, over that of the least that pays, below these. */
static const double cuts[QUO_ARRIVALS_SIZES] = {1.0, 0.1, 0.01};

static size_t class_of_own(unsigned peril, int size) { return peril * QUO_ARRIVALS_SIZES + (size_t)size; }
static size_t class_of_shocks(size_t group) { return QUO_COVERED_PERILS * QUO_ARRIVALS_SIZES + 1 + group; }

size_t quo_arrivals_classes(const struct quo_shocks *shocks) { return class_of_shocks(shocks->n_groups + 1); }

/* How many of a class there are in the year, whose plain mean that is. */
static int64_t arrive(struct quo_arrivals *a, size_t class, double mean)
{
    const double tilt = a->tilt ? a->tilt[class] : 1.0;
    const int64_t n = quo_stream_poisson(&a->structure, a->tilted ? tilt * mean : mean);
    if (a->count)
        a->count[class] = (float)n;
    if (tilt != 1.0)
        a->ratio += (double)n * log(tilt) - (tilt - 1.0) * mean;
    return n;
}

static bool own_events(struct quo_arrivals *a)
{
    if (a->shared_only && a->exposures->n_links == 0)
        return true;
    for (unsigned p = 0; p <= QUO_COVERED_PERILS; p++) { /* false alarms last */
        const bool alarm = p == QUO_COVERED_PERILS;
        const struct quo_alias *pick = alarm ? &a->shocks->alarm : &a->shocks->own[p];
        if (pick->n == 0 || (alarm && a->shared_only))
            continue;
        const double mean = pick->total * a->exposures->horizon * (alarm ? 1.0 : a->season[p]);
        int64_t n = 0, part[QUO_ARRIVALS_SIZES] = {0};
        for (int k = QUO_ARRIVALS_SIZES - 1; k >= 0 && a->tilt && !alarm; n += part[k--])
            part[k] = arrive(a, class_of_own(p, k), mean * (cuts[k] - (k + 1 < QUO_ARRIVALS_SIZES ? cuts[k + 1] : 0.0)));
        if (!a->tilt || alarm)
            n = arrive(a, class_of_shocks(0) - 1, mean);
        const struct quo_arrivals_run run = {.cause = alarm ? QUO_CAUSE_ALARM : QUO_CAUSE_OWN,
                                             .peril = (uint8_t)p,
                                             .event = (uint32_t)a->n_events,
                                             .n = (uint32_t)n,
                                             .part = {(uint32_t)part[0], (uint32_t)part[1], (uint32_t)part[2]}};
        if (n > 0 && (!add_run(a, &run) || !add_events(a, (size_t)n, run.cause, 0.0)))
            return false;
    }
    return true;
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

/* One shock or campaign. */
static bool one_shock(struct quo_arrivals *a, uint32_t index, double top)
{
    const struct quo_shock *shock = &a->shocks->shock[index];
    const double time = a->exposures->horizon * quo_stream_uniform(&a->structure);
    int64_t picks;
    if (isinf(shock->shape))
        picks = at_least_one(&a->structure, shock->pick.total);
    else
        picks = quo_stream_poisson(&a->structure,
                                   shock->pick.total * quo_stream_gamma(&a->structure, shock->shape) / shock->shape);
    if (picks <= 0)
        return true;
    struct quo_arrivals_run run = {
        .cause = index, .event = (uint32_t)a->n_events, .n = (uint32_t)picks, .top = top};
    if (shock->correlation > 0.0) {
        run.common = sqrt(shock->correlation) * quo_scores_of(quo_stream_uniform(&a->structure), &a->shocks->scores);
        run.own = sqrt(1.0 - shock->correlation);
    }
    return add_run(a, &run) && add_events(a, 1, index, time);
}

static double greatest_season(const struct quo_arrivals *a, quo_peril_set perils)
{
    double top = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (perils >> p & 1u)
            top = fmax(top, a->season[p]);
    return top;
}

static bool shocks(struct quo_arrivals *a)
{
    const struct quo_shocks *s = a->shocks;
    for (size_t g = 0; g < s->n_groups; g++) {
        const struct quo_shock_group *group = &s->group[g];
        const double top = greatest_season(a, group->perils);
        for (int64_t n = arrive(a, class_of_shocks(g), group->pick.total * a->exposures->horizon * top);
             n > 0; n--)
            if (!one_shock(a, group->shock[quo_alias_pick(&group->pick, quo_stream_uniform(&a->structure))], top))
                return false;
    }
    if (s->campaign < 0)
        return true;
    const struct quo_shock *campaign = &s->shock[s->campaign];
    const double top = greatest_season(a, campaign->perils);
    for (int64_t n = arrive(a, class_of_shocks(s->n_groups), campaign->rate * a->exposures->horizon * top);
         n > 0; n--)
        if (!one_shock(a, (uint32_t)s->campaign, top))
            return false;
    return true;
}

/* ---- whom it hits ------------------------------------------------------------------------------ */

static inline struct quo_hit *add_hit(struct quo_arrivals *a, uint32_t event, uint32_t risk, unsigned peril, size_t item)
{
    struct quo_hit *hit = &a->hit[a->n_hits++];
    *hit = (struct quo_hit){.time = a->event[event].time,
                            .event = event,
                            .risk = risk,
                            .item = (uint32_t)item,
                            .year = a->place,
                            .peril = (uint8_t)peril};
    return hit;
}

/* A number drawn for a size: it hits nobody unless it is large enough to pay somebody. */
static inline struct quo_hit *draw_size(struct quo_arrivals *a, const struct quo_arrivals_run *run, uint32_t event,
                                        const struct quo_target *target, double u, size_t item)
{
    double score = quo_scores_of(u, &a->shocks->scores);
    if (run->own > 0.0)
        score = run->common + run->own * score;
    if (score < (double)target->score)
        return NULL;
    struct quo_hit *hit = add_hit(a, event, target->risk, target->peril, item);
    hit->score = (float)score;
    return hit;
}

/* To those who hold its token as collateral, perhaps: `share` of such events may be. One step: what is passed on is not passed on again, so a ring of lenders ends. */
static bool pass_on(struct quo_arrivals *a, const struct quo_arrivals_run *run, uint32_t event, uint32_t risk,
                    unsigned peril, double share, size_t items_left)
{
    const struct quo_risk *r = &a->exposures->risk[risk];
    if (!a->passing_open)
        a->passing = quo_stream_at(a->seed, a->year, PASSING, QUO_YEAR_STREAM);
    a->passing_open = true;
    for (uint32_t k = r->link_from; k < r->link_to; k++) {
        const struct quo_contagion *link = &a->exposures->link[k];
        if (!(link->perils >> peril & 1u) || quo_stream_uniform(&a->passing) >= share * link->chance)
            continue;
        if (!quo_exposures_room((void **)&a->hit, &a->hit_room, a->n_hits + items_left + 1, sizeof *a->hit))
            return false;
        const double u = quo_stream_uniform(&a->passing), seen = quo_stream_uniform(&a->passing),
                     reading = quo_stream_uniform(&a->passing);
        const struct quo_target to = {link->to, (float)a->exposures->risk[link->to].score[peril], (uint8_t)peril, false};
        struct quo_hit *hit = draw_size(a, run, event, &to, u, 0);
        if (hit) {
            hit->passed_on = true;
            hit->seen = (float)(floor(seen * 0x1p24) * 0x1p-24);
            hit->reading = (float)quo_scores_of(reading, &a->shocks->scores);
        }
    }
    return true;
}

/* A uniform number within its size. */
static double within(const struct quo_arrivals_run *run, uint32_t i, double u)
{
    int k = QUO_ARRIVALS_SIZES - 1;
    for (uint32_t from = 0; k > 0 && i >= from + run->part[k]; k--)
        from += run->part[k];
    const double low = k + 1 < QUO_ARRIVALS_SIZES ? cuts[k + 1] : 0.0;
    return low + (cuts[k] - low) * u;
}

/* items: where the run's numbers begin. */
static bool hit_own(struct quo_arrivals *a, const struct quo_arrivals_run *run, size_t items)
{
    const struct quo_exposures *e = a->exposures;
    const struct quo_alias *pick = &a->shocks->own[run->peril];
    for (uint32_t i = 0; i < run->n; i++) {
        const size_t item = items + i;
        const uint32_t k = quo_alias_pick(pick, a->middle[item]);
        const struct quo_target *t = &a->shocks->own_target[run->peril][k];
        if (a->shared_only && !t->links)
            continue;
        a->event[run->event + i].time = (float)(e->horizon * a->coarse[item]);
        const double u = a->tilt ? within(run, i, a->fine[item]) : a->fine[item];
        draw_size(a, run, run->event + i, t, u * a->shocks->own_pays[run->peril][k], item);
        if (t->links && !pass_on(a, run, run->event + i, t->risk, run->peril, e->risk[t->risk].passes[run->peril],
                                a->n_items - item))
            return false;
    }
    return true;
}

/* Which picks come through is a toss: a hit is written in any case, and kept by counting it. */
static bool hit_shock(struct quo_arrivals *a, const struct quo_arrivals_run *run, size_t items)
{
    const struct quo_shock *shock = &a->shocks->shock[run->cause];
    const uint64_t number = ++a->event_number;
    for (uint32_t i = 0; i < run->n; i++) {
        const size_t item = items + i;
        const struct quo_target *t = &shock->target[quo_alias_pick(&shock->pick, a->middle[item])];
        /* One that arrived by another peril's season passes this by. */
        const bool fresh = a->taken[t->risk] != number,
                   taken = fresh & (a->coarse[item] * run->top < a->season[t->peril]);
        a->taken[t->risk] = number;
        const double alone = quo_scores_of(a->fine[item], &a->shocks->scores),
                     score = run->own > 0.0 ? run->common + run->own * alone : alone;
        add_hit(a, run->event, t->risk, t->peril, item)->score = (float)score;
        a->n_hits -= !(taken & (score >= (double)t->score));
        if (t->links && taken && !pass_on(a, run, run->event, t->risk, t->peril, 1.0, a->n_items - item))
            return false;
    }
    return true;
}

static void hit_alarms(struct quo_arrivals *a, const struct quo_arrivals_run *run, size_t items)
{
    const struct quo_exposures *e = a->exposures;
    for (uint32_t i = 0; i < run->n; i++) {
        const size_t item = items + i;
        const uint32_t which = quo_alias_pick(&a->shocks->alarm, a->fine[item]);
        a->event[run->event + i].time = (float)(e->horizon * a->coarse[item]);
        struct quo_hit *hit =
            add_hit(a, run->event + i, e->policy[e->node[e->alarm[which].node].policy].risk, QUO_PERILS, which);
        hit->seen = (float)(floor(a->middle[item] * QUO_ALARM_BINS) / QUO_ALARM_BINS);
    }
}

/* ---- a year ------------------------------------------------------------------------------------ */

static bool room_for_items(struct quo_arrivals *a, size_t n)
{
    if (n + 32 <= a->item_room)
        return true;
    const size_t room = 2 * n + 64;
    free(a->fine);
    free(a->index);
    a->fine = malloc(3 * room * sizeof *a->fine);
    a->index = malloc(room * sizeof *a->index);
    a->item_room = a->fine && a->index ? room : 0;
    a->middle = a->fine ? a->fine + room : NULL;
    a->coarse = a->fine ? a->fine + 2 * room : NULL;
    return a->item_room > 0;
}

/* What is drawn for those alone whom the year's items hit. */
static bool finish_hits(struct quo_arrivals *a, struct quo_marks_address address, size_t first)
{
    const size_t n = a->n_hits - first;
    struct quo_hit *hit = a->hit + first;
    if (!room_for_items(a, n))
        return false;
    for (size_t i = 0; i < n; i++)
        a->index[i] = hit[i].item;
    address.entity = HITS;
    quo_marks(&address, a->index, n, a->fine, a->middle, a->coarse);
    for (size_t i = 0; i < n; i++)
        if (!hit[i].passed_on && hit[i].peril != QUO_PERILS) {
            if (!quo_peril_in_hours((enum quo_peril)hit[i].peril)) /* hours are read as they are */
                hit[i].reading = (float)quo_scores_of(a->fine[i], &a->shocks->scores);
            hit[i].seen = (float)a->coarse[i];
        }
    return true;
}

enum quo_status quo_arrivals_year(struct quo_arrivals *a, uint64_t year, uint32_t place)
{
    const size_t first = a->n_hits;
    struct quo_marks_address address = {a->seed, year, ITEMS, QUO_YEAR_STREAM};
    a->structure = quo_stream_at(a->seed, year, STRUCTURE, QUO_YEAR_STREAM);
    a->year = year;
    a->place = (uint16_t)place;
    a->ratio = 0.0;
    a->passing_open = false;
    a->n_runs = a->n_items = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        a->season[p] = quo_season_draw(&a->shocks->season[p], &a->shocks->scores, &a->structure);
    if (!own_events(a) || !shocks(a) || !room_for_items(a, a->n_items) ||
        !quo_exposures_room((void **)&a->hit, &a->hit_room, a->n_hits + a->n_items + 1, sizeof *a->hit))
        return QUO_MACHINE;
    for (size_t i = 0; i < a->n_items + 16; i++)
        a->index[i] = (uint32_t)i;
    quo_marks(&address, a->index, a->n_items, a->fine, a->middle, a->coarse);
    size_t items = 0;
    for (size_t k = 0; k < a->n_runs; k++) {
        const struct quo_arrivals_run *run = &a->run[k];
        if (run->cause == QUO_CAUSE_ALARM)
            hit_alarms(a, run, items);
        else if (!(run->cause == QUO_CAUSE_OWN ? hit_own(a, run, items) : hit_shock(a, run, items)))
            return QUO_MACHINE;
        items += run->n;
    }
    return finish_hits(a, address, first) ? QUO_OK : QUO_MACHINE;
}
