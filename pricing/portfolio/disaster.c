#include "pricing/portfolio/disaster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/years.h"

void quo_disaster_free(struct quo_disaster *d)
{
    if (!d)
        return;
    free(d->struck);
    free(d->policy);
    memset(d, 0, sizeof *d);
}

struct work {
    const struct quo_exposures *exposures;
    struct quo_disaster *out;
    struct quo_worker *worker;
    size_t room;
    double *limit; /* limit[n_risks]: annual limits of its policies, USD */
};

static bool names(const struct quo_risk *risk, const char *vendor)
{
    for (size_t k = 0; k < risk->ties.n; k++)
        if (strcmp(risk->ties.tie[k].name, vendor) == 0)
            return true;
    return false;
}

/* The vendor of a kind with the most limit behind it; NULL if there is none. Ties go to the name that comes first. */
static const char *largest_of(const struct work *w, const char *kind)
{
    const struct quo_exposures *e = w->exposures;
    struct quo_nameindex seen = {0};
    const char *best = NULL;
    double most = -1.0;
    const size_t n = strlen(kind);
    for (size_t i = 0; i < e->n_risks; i++)
        for (size_t k = 0; k < e->risk[i].ties.n; k++) {
            const char *name = e->risk[i].ties.tie[k].name;
            const size_t before = seen.n;
            if (strncmp(name, kind, n) != 0 || name[n] != ':' || quo_nameindex_add(&seen, name) < (long)before)
                continue;
            double behind = 0.0;
            for (size_t j = i; j < e->n_risks; j++)
                behind += names(&e->risk[j], name) ? w->limit[j] : 0.0;
            if (behind > most || (behind == most && best && strcmp(name, best) < 0)) {
                most = behind;
                best = name;
            }
        }
    quo_nameindex_free(&seen);
    return best;
}

static double size_at(const struct quo_strike *strike, const struct quo_risk *risk)
{
    switch (strike->by) {
    case QUO_STRIKE_SHARE:
        return strike->size * risk->exposure_usd;
    case QUO_STRIKE_ONCE_IN:
        return risk->size[strike->peril].log_size ? quo_sizetable_draw(1.0 / strike->size, &risk->size[strike->peril]) : 0.0;
    default:
        return strike->size;
    }
}

static bool strike_one(struct work *w, const struct quo_strike *strike, uint32_t event, uint32_t risk)
{
    struct quo_disaster *out = w->out;
    if (!quo_exposures_room((void **)&out->struck, &w->room, out->n_struck, sizeof *out->struck))
        return false;
    const double size = size_at(strike, &w->exposures->risk[risk]);
    out->struck[out->n_struck++] = (struct quo_struck){risk, strike->peril, size, event};
    out->ground_up += quo_peril_in_hours(strike->peril) ? 0.0 : size;
    quo_worker_strike(w->worker, strike->day / 365.0, event, risk, strike->peril, size);
    return true;
}

struct weighed {
    double weight;
    uint32_t risk;
};

static int heavier(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return x->weight != y->weight ? (x->weight > y->weight ? -1 : 1) : (x->risk > y->risk) - (x->risk < y->risk);
}

/* Those on whom campaigns weigh heaviest: their rate times what is there to take. */
static bool strike_campaign(struct work *w, const struct quo_strike *strike, uint32_t event)
{
    const struct quo_exposures *e = w->exposures;
    struct weighed *order = malloc((e->n_risks + 1) * sizeof *order);
    bool good = order != NULL;
    for (uint32_t i = 0; i < e->n_risks && good; i++) {
        double rate = 0.0;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            rate += e->risk[i].ties.campaign_part[p];
        order[i] = (struct weighed){rate * e->risk[i].exposure_usd, i};
    }
    if (good)
        qsort(order, e->n_risks, sizeof *order, heavier);
    for (size_t i = (size_t)strike->first; good && i < e->n_risks && (long)i < strike->first + strike->count; i++)
        good = strike_one(w, strike, event, order[i].risk);
    free(order);
    return good;
}

static bool strike_all(struct work *w, const struct quo_strike *strike, uint32_t event)
{
    const struct quo_exposures *e = w->exposures;
    if (strike->target == QUO_STRIKE_CAMPAIGN)
        return strike_campaign(w, strike, event);
    if (strike->target == QUO_STRIKE_PROTOCOL) {
        const long at = quo_exposures_find(e, strike->name);
        return at < 0 || strike_one(w, strike, event, (uint32_t)at);
    }
    const char *vendor = strike->target == QUO_STRIKE_VENDOR ? strike->name : largest_of(w, strike->name);
    bool good = true;
    for (uint32_t i = 0; vendor && i < e->n_risks && good; i++)
        if (names(&e->risk[i], vendor))
            good = strike_one(w, strike, event, i);
    return good;
}

struct timed {
    double time;
    uint32_t order;
    struct quo_treaty_event event;
};

static int earlier(const void *a, const void *b)
{
    const struct timed *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* A strike is an event, and so is a window of a market's index: payments bear their numbers, counted from 1. The market has lost what the
 * strikes say, and nothing else. */
static void by_event(const struct work *w, const struct quo_paid *paid, size_t n, struct timed *event)
{
    const struct quo_scenario *scenario = w->out->scenario;
    uint32_t k = 0;
    for (; k < scenario->n_strikes; k++)
        event[k] = (struct timed){scenario->strike[k].day / 365.0, k, {0}};
    for (size_t r = 0; r < w->exposures->n_readings; r++)
        for (uint32_t i = 0; i < w->exposures->reading[r].windows; i++, k++)
            event[k] = (struct timed){(i + 1) * w->exposures->reading[r].window_years, k, {0}};
    for (size_t i = 0; i < n; i++)
        event[paid[i].event - 1].event.cents += paid[i].cents;
    for (size_t i = 0; i < w->out->n_struck; i++)
        if (!quo_peril_in_hours(w->out->struck[i].peril))
            event[w->out->struck[i].event - 1].event.book += llrint(100.0 * w->out->struck[i].size);
    for (uint32_t i = 0; i < k; i++)
        event[i].event.market = event[i].event.book;
    qsort(event, k, sizeof *event, earlier);
}

static enum quo_status reinsure(struct work *w, const struct quo_treaties *treaties, const struct quo_paid *paid, size_t n)
{
    struct quo_treaty_year left;
    size_t n_events = w->out->scenario->n_strikes;
    for (size_t r = 0; r < w->exposures->n_readings; r++)
        n_events += w->exposures->reading[r].windows;
    struct timed *timed = calloc(n_events + 1, sizeof *timed);
    struct quo_treaty_event *events = calloc(n_events + 1, sizeof *events);
    struct quo_treaty_sums *sums = calloc(treaties->n + 1, sizeof *sums);
    const bool good = timed && events && sums;
    if (good) {
        by_event(w, paid, n, timed);
        for (size_t i = 0; i < n_events; i++)
            events[i] = timed[i].event;
        quo_treaties_year(treaties, events, n_events, sums, &left);
        w->out->net = 0.01 * (double)left.net;
    }
    free(timed);
    free(events);
    free(sums);
    return good ? QUO_OK : QUO_MACHINE;
}

static enum quo_status settle(struct work *w, const struct quo_treaties *treaties)
{
    struct quo_disaster *out = w->out;
    const struct quo_paid *paid;
    size_t n;
    const enum quo_status status = quo_worker_settle(w->worker, (uint32_t)out->scenario->n_strikes, &paid, &n);
    if (status)
        return status;
    int64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += paid[i].cents;
        out->policy[paid[i].policy] += 0.01 * (double)paid[i].cents;
    }
    for (size_t i = 0; i < out->n_policies; i++)
        out->n_paying += out->policy[i] > 0.0;
    out->gross = out->net = 0.01 * (double)total;
    return treaties ? reinsure(w, treaties, paid, n) : QUO_OK;
}

enum quo_status quo_disaster_run(const struct quo_shocks *shocks, const struct quo_scenario *scenario,
                                 const struct quo_treaties *treaties, struct quo_disaster *out)
{
    const struct quo_exposures *e = shocks->exposures;
    *out = (struct quo_disaster){.scenario = scenario, .n_policies = e->n_policies};
    struct work w = {.exposures = e, .out = out};
    out->policy = calloc(e->n_policies + 1, sizeof *out->policy);
    w.limit = calloc(e->n_risks + 1, sizeof *w.limit);
    enum quo_status status = out->policy && w.limit ? quo_worker_new(e, &w.worker) : QUO_MACHINE;
    for (size_t i = 0; i < e->n_policies && status == QUO_OK; i++)
        w.limit[e->policy[i].risk] += quo_exposures_limit(e, i);
    if (status == QUO_OK)
        quo_worker_begin(w.worker);
    for (size_t k = 0; k < scenario->n_strikes && status == QUO_OK; k++)
        status = strike_all(&w, &scenario->strike[k], (uint32_t)k + 1) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = settle(&w, treaties);
    quo_worker_free(w.worker);
    free(w.limit);
    if (status)
        quo_disaster_free(out);
    return status;
}

json_t *quo_disaster_json(const struct quo_disaster *d, const struct quo_exposures *e)
{
    json_t *struck = json_array(), *policies = json_array();
    for (size_t i = 0; i < d->n_struck; i++)
        json_array_append_new(struck, json_pack("{s:s, s:s, s:f}", "protocol_id", e->risk[d->struck[i].risk].id,
                                                "peril", quo_peril_id(d->struck[i].peril),
                                                quo_peril_in_hours(d->struck[i].peril) ? "hours" : "loss_usd",
                                                d->struck[i].size));
    for (size_t i = 0; i < d->n_policies; i++)
        if (d->policy[i] > 0.0)
            json_array_append_new(policies, json_pack("{s:s, s:s, s:f}", "policy_id", e->policy[i].id, "protocol_id",
                                                      e->risk[e->policy[i].risk].id, "payout", d->policy[i]));
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:o, s:o}", "id", d->scenario->id, "says", d->scenario->says,
                     "ground_up_usd", d->ground_up, "gross", d->gross, "net", d->net, "struck", struck, "policies",
                     policies);
}

void quo_disaster_page(const struct quo_page *page, const struct quo_disaster *d, const struct quo_exposures *e,
                       size_t top)
{
    quo_table_heading(page, d->scenario->id);
    if (*d->scenario->says)
        fprintf(page->to, "  %s\n", d->scenario->says);
    fprintf(page->to, "  strikes %zu protocols of the book, lost", d->n_struck);
    quo_table_short(page, d->ground_up, 9);
    fprintf(page->to, " USD; %zu policies pay\n  gross", d->n_paying);
    quo_table_money(page, d->gross, 0, 18);
    fputs("\n  net  ", page->to);
    quo_table_money(page, d->net, 0, 18);
    fputc('\n', page->to);
    struct weighed *order = malloc((d->n_policies + 1) * sizeof *order);
    if (!order)
        return;
    for (size_t i = 0; i < d->n_policies; i++)
        order[i] = (struct weighed){d->policy[i], (uint32_t)i};
    qsort(order, d->n_policies, sizeof *order, heavier);
    for (size_t i = 0; i < top && i < d->n_paying; i++) {
        fputs("    ", page->to);
        quo_table_left(page, e->policy[order[i].risk].id, 28);
        quo_table_money(page, order[i].weight, 0, 16);
        fputc('\n', page->to);
    }
    if (d->n_paying > top)
        fprintf(page->to, "    and %zu more (--json has all)\n", d->n_paying - top);
    free(order);
}
