#include "pricing/book/changeways.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The inputs that are laid out by Shapley's value; a set of them is a place in `price`. */
enum { EXPOSURE = QUO_WAY_EXPOSURE, TERMS = QUO_WAY_TERMS, CONTROLS = QUO_WAY_CONTROLS, SETS = 8 };

/* One policy's way from then to now. */
struct way {
    size_t place;      /* among the rows */
    double before;     /* the premium then */
    unsigned differ;   /* inputs that differ */
    struct quo_protocol *protocol; /* then */
    size_t job[SETS], old_pricing; /* places among the jobs + 1; 0: not priced */
};

struct work {
    const struct quo_changeways *c;
    struct way *way;
    size_t n_ways;
    struct quo_bookrows jobs;
    struct quo_bookprotocols mixed; /* protocols of the jobs: some old, some partly old; not found by id */
    bool *shell;                    /* shell[mixed.n]: only the struct itself is owned */
};

static bool push(struct work *w, struct quo_protocol *p, bool shell)
{
    struct quo_protocol **grown = realloc(w->mixed.protocol, (w->mixed.n + 1) * sizeof *grown);
    w->mixed.protocol = grown ? grown : w->mixed.protocol;
    bool *shells = grown ? realloc(w->shell, (w->mixed.n + 1) * sizeof *shells) : NULL;
    w->shell = shells ? shells : w->shell;
    if (!shells)
        return false;
    w->mixed.protocol[w->mixed.n] = p;
    w->shell[w->mixed.n++] = shell;
    return true;
}

static void close_work(struct work *w)
{
    for (size_t i = 0; i < w->mixed.n; i++)
        free(w->shell[i] ? w->mixed.protocol[i] : NULL);
    free(w->mixed.protocol);
    free(w->shell);
    free(w->way);
    quo_bookrows_free(&w->jobs);
}

/* The place in `mixed` of the protocol with exposure and controls of now where the set holds them, else of then. */
static enum quo_status mix(struct work *w, const struct way *way, unsigned now, long protocol, long *place)
{
    struct quo_protocol *new = w->c->protocols->protocol[protocol], *shell = NULL;
    struct quo_protocol *old = way->differ & (EXPOSURE | CONTROLS) ? way->protocol : new;
    struct quo_protocol *controls = now & CONTROLS ? new : old, *exposure = now & EXPOSURE ? new : old;
    if (controls != exposure) {
        shell = malloc(sizeof *shell);
        if (!shell)
            return QUO_MACHINE;
        *shell = *controls;
        shell->exposure_usd = exposure->exposure_usd;
    }
    struct quo_protocol *p = shell ? shell : controls;
    *place = (long)w->mixed.n;
    /* Jobs of one protocol stand one after the other: the last is often the one again. */
    if (!shell && w->mixed.n && w->mixed.protocol[w->mixed.n - 1] == p) {
        *place = (long)w->mixed.n - 1;
        return QUO_OK;
    }
    if (push(w, p, shell != NULL))
        return QUO_OK;
    free(shell);
    return QUO_MACHINE;
}

/* One price more to be made: inputs of now where the set holds them, of then elsewhere. *job: its place + 1. */
static enum quo_status add_job(struct work *w, const struct way *way, unsigned now, const struct quo_terms *terms,
                               const struct quo_bookpolicy *row, const struct quo_bookpolicy *then, size_t *job)
{
    struct quo_bookpolicy one = now & TERMS ? *row : *then;
    one.terms = terms;
    enum quo_status status = mix(w, way, now, row->protocol, &one.protocol);
    if (status == QUO_OK)
        status = quo_bookrows_add(&w->jobs, &one);
    *job = w->jobs.n;
    return status;
}

/* All prices between then and now that are not known: those of the sets of differing inputs, none left out but the whole one, which is the
 * price of now, and the empty one where model and rate are as they were, which is the price of then. */
static enum quo_status add_jobs(struct work *w, struct way *way, const struct quo_bookpolicy *row,
                                const struct quo_bookpolicy *then)
{
    const struct quo_changeways *c = w->c;
    enum quo_status status = QUO_OK;
    for (unsigned set = 0; set < SETS && status == QUO_OK; set++) {
        const bool subset = (set & ~way->differ) == 0, whole = set == way->differ;
        if (!subset || whole || (set == 0 && !c->model && !c->rate))
            continue;
        status = add_job(w, way, set, c->terms, row, then, &way->job[set]);
    }
    if (status == QUO_OK && c->model && c->pricing)
        status = add_job(w, way, 0, &c->terms_then, row, then, &way->old_pricing);
    return status;
}

/* Shapley's value of each differing input, over the prices of the sets. n! / (|S|! (n - |S| - 1)!) ways have S before the input. */
static void shapley(const double *price, unsigned differ, double why[QUO_CHANGES])
{
    static const double ways[4] = {1.0, 1.0, 2.0, 6.0};
    static const unsigned input[] = {EXPOSURE, TERMS, CONTROLS};
    static const enum quo_change name[] = {QUO_CHANGE_EXPOSURE, QUO_CHANGE_TERMS, QUO_CHANGE_CONTROLS};
    const int n = __builtin_popcount(differ);
    for (int k = 0; k < 3; k++)
        for (unsigned set = 0; set < SETS && differ & input[k]; set++) {
            const int size = __builtin_popcount(set);
            if (!(set & ~differ) && !(set & input[k]))
                why[name[k]] += ways[size] * ways[n - size - 1] / ways[n] * (price[set | input[k]] - price[set]);
        }
}

/* False where a price between the two cannot be made: all of the change is then the model's or the rate's. */
static bool lay_out(const struct work *w, const struct way *way, const struct quo_repriced *between,
                    struct quo_bookresult *result)
{
    double price[SETS] = {way->before};
    for (unsigned set = 0; set < SETS; set++)
        if (way->job[set]) {
            if (between[way->job[set] - 1].result.status)
                return false;
            price[set] = between[way->job[set] - 1].result.gross_premium;
        }
    price[way->differ] = result->gross_premium; /* where nothing differs: the empty set */
    shapley(price, way->differ, result->why);
    const double level = price[0] - way->before;
    double rate = w->c->model ? 0.0 : level;
    if (way->old_pricing) {
        if (between[way->old_pricing - 1].result.status)
            return false;
        rate = price[0] - between[way->old_pricing - 1].result.gross_premium;
    }
    result->why[QUO_CHANGE_RATE] = rate;
    result->why[QUO_CHANGE_MODEL] = level - rate;
    return true;
}

static bool refer(const struct quo_changeways *c, struct quo_repriced *p)
{
    struct quo_reasons reasons = {0};
    const double movement = p->result.gross_premium / p->result.before - 1.0;
    char *joined = NULL;
    bool good = true;
    if (quo_authority_refers_movement(c->engine->authority, movement, &reasons) && reasons.n) {
        good = asprintf(&joined, "%s%s%s", p->reasons ? p->reasons : "", p->reasons ? "; " : "", reasons.text[0]) >= 0;
        if (good) {
            free(p->reasons);
            p->reasons = joined;
        }
        if (p->result.decision < QUO_DECISION_REFER)
            p->result.decision = QUO_DECISION_REFER;
    }
    good = good && !reasons.lost;
    quo_reasons_free(&reasons);
    return good;
}

/* Row i's way, and the prices on it that are missing. */
static enum quo_status begin_way(struct work *w, const struct quo_bookpolicy *row, size_t i)
{
    struct quo_way_then then = {.before = NAN, .policy = *row};
    bool found = false;
    const enum quo_status status = w->c->then(w->c->context, row, i, &then, &found);
    if (status || !found)
        return status;
    struct way *way = &w->way[w->n_ways++];
    *way = (struct way){.place = i, .before = then.before, .differ = then.differ, .protocol = then.protocol};
    return add_jobs(w, way, row, &then.policy);
}

enum quo_status quo_changeways_explain(const struct quo_changeways *c, const struct quo_bookpolicy *row, size_t n,
                                       struct quo_repriced *priced)
{
    struct work w = {.c = c, .way = malloc((n + 1) * sizeof *w.way)};
    enum quo_status status = w.way ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        priced[i].result.before = NAN;
        memset(priced[i].result.why, 0, sizeof priced[i].result.why);
        if (priced[i].result.status == QUO_OK)
            status = begin_way(&w, &row[i], i);
    }
    struct quo_repriced *between = calloc(w.jobs.n + 1, sizeof *between);
    const struct quo_reprice_options how = {.jobs = c->jobs};
    if (status == QUO_OK)
        status = between ? quo_reprice_rows(c->engine, &w.mixed, w.jobs.row, w.jobs.n, &how, between) : QUO_MACHINE;
    for (size_t i = 0; i < w.n_ways && status == QUO_OK; i++) {
        struct quo_bookresult *result = &priced[w.way[i].place].result;
        result->before = w.way[i].before;
        if (!lay_out(&w, &w.way[i], between, result)) {
            memset(result->why, 0, sizeof result->why);
            result->why[c->model ? QUO_CHANGE_MODEL : QUO_CHANGE_RATE] = result->gross_premium - result->before;
        }
        if (!refer(c, &priced[w.way[i].place]))
            status = QUO_MACHINE;
    }
    if (between)
        quo_repriced_free(between, w.jobs.n);
    free(between);
    close_work(&w);
    return status;
}
