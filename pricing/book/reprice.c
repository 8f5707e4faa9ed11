#include "pricing/book/reprice.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookdetail.h"
#include "pricing/book/bookdocument.h"
#include "pricing/book/rowshare.h"
#include "pricing/quote.h"
#include "pricing/resolution.h"
#include "risk/base/text.h"

/* Beyond it a thread forgets the payouts of the protocols before this one. */
#define MEMO_BYTES ((size_t)8 << 20)

void quo_repriced_free(struct quo_repriced *priced, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(priced[i].reasons);
        free(priced[i].detail);
        priced[i].reasons = priced[i].detail = NULL;
    }
}

/* One protocol at one pricing day, and the law at hand, in shares of the event limit. */
struct quo_repricer {
    const struct quo_engine *engine;
    struct quo_workspace *workspace;
    struct quo_payoutmemo *memo;
    struct quo_quoter *quoter; /* for policies kept as documents; NULL before the first */
    struct quo_quote *unit, *quote; /* the law's quote for a limit of 1; the row's */
    struct quo_score *score;
    struct quo_hazard hazard[QUO_PERILS];
    double weight_reference[QUO_PERILS], weight[QUO_PERILS];
    struct quo_price price; /* of the unit policy; law empty where status is not QUO_OK */
    struct quo_price scaled; /* the row's: every field is as empty as at the start, or written for each row anew */
    enum quo_status status, protocol_status;
};

/* The day from which on a model says the same of every day. */
static int pricing_day(const struct quo_engine *engine, const struct quo_bookpolicy *row)
{
    return row->inception < engine->model->trend_until_day ? row->inception : engine->model->trend_until_day;
}

static int by_number(double a, double b) /* NaN, which stands for what is not said, before all numbers */
{
    if (isnan(a) || isnan(b))
        return (int)isnan(b) - (int)isnan(a);
    return (a > b) - (a < b);
}

static const struct quo_engine *sort_engine(const void *context) { return context; }

/* Rows with one law stand together: protocol, pricing day, then terms in shares of the event limit. */
static int by_terms(const void *a, const void *b, void *context)
{
    const struct quo_bookpolicy *x = *(const struct quo_bookpolicy *const *)a,
                                *y = *(const struct quo_bookpolicy *const *)b;
    const struct quo_engine *engine = sort_engine(context);
    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    const int whole[][2] = {{x->document != NULL, y->document != NULL}, /* documents last */
                            {pricing_day(engine, x), pricing_day(engine, y)},
                            {(int)x->perils, (int)y->perils},
                            {(int)x->index, (int)y->index},
                            {(int)x->shape, (int)y->shape},
                            {x->term_days, y->term_days},
                            {x->n_steps, y->n_steps}};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (whole[i][0] != whole[i][1])
            return whole[i][0] < whole[i][1] ? -1 : 1;
    if (x->terms != y->terms)
        return (uintptr_t)x->terms < (uintptr_t)y->terms ? -1 : 1;
    const double number[][2] = {{x->attach, y->attach},
                                {x->exhaust, y->exhaust},
                                {x->waiting_hours, y->waiting_hours},
                                {x->annual_limit / x->event_limit, y->annual_limit / y->event_limit}};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        if (by_number(number[i][0], number[i][1]))
            return by_number(number[i][0], number[i][1]);
    for (int i = 0; i < x->n_steps; i++) {
        const int order = by_number(x->step[i].at, y->step[i].at);
        if (order || (x->step[i].pays != y->step[i].pays))
            return order ? order : by_number(x->step[i].pays, y->step[i].pays);
    }
    return 0;
}

static bool same_terms(const struct quo_engine *engine, const struct quo_bookpolicy *a, const struct quo_bookpolicy *b)
{
    return by_terms(&a, &b, (void *)(uintptr_t)engine) == 0;
}

static void drop_law(struct quo_repricer *w)
{
    quo_price_free(&w->price);
    memset(&w->price, 0, sizeof w->price);
}

/* A quote of the protocol at hand before any policy. */
static void begin_quote(const struct quo_repricer *w, struct quo_quote *quote)
{
    memset(quote, 0, sizeof *quote);
    quote->engine = w->engine;
    quote->seed = 1;
    quote->score = w->score;
    memcpy(quote->hazard, w->hazard, sizeof quote->hazard);
    memcpy(quote->weight_reference, w->weight_reference, sizeof quote->weight_reference);
    memcpy(quote->weight, w->weight, sizeof quote->weight);
    quote->p05 = quote->p50 = quote->p95 = NAN;
}

static void open_protocol(struct quo_repricer *w, const struct quo_protocol *protocol, int day)
{
    quo_score_free(w->score);
    w->score = NULL;
    quo_payoutmemo_sweep(w->memo, MEMO_BYTES);
    quo_hazard_weights(w->engine->model, w->engine->model->exposure_reference, day, w->weight_reference);
    quo_hazard_weights(w->engine->model, protocol->exposure_usd, day, w->weight);
    w->protocol_status = quo_score_parts(protocol, w->engine->scale, w->weight, 0, &w->score);
    if (w->protocol_status == QUO_OK)
        w->protocol_status = quo_hazard_all(w->engine->model, protocol, w->score, day, -1, w->hazard);
    begin_quote(w, w->unit);
    begin_quote(w, w->quote);
}

/* The next policy: what explaining adds to or may leave alone is as before the first. All else it writes anew; to clear the tens of kilobytes of a quote
 * takes longer than to explain one. */
static void turn_quote(const struct quo_policy *policy, struct quo_quote *quote)
{
    quote->policy = policy;
    quote->term_years = policy->term_days / 365.0;
    quote->code_seen = quote->code_missed = 0.0;
    quote->n_steps = quote->n_payout_steps = 0;
    quote->reasons = (struct quo_reasons){0};
}

/* The law of these terms for an event limit of 1, with its measures. */
static void open_law(struct quo_repricer *w, const struct quo_bookpolicy *row, struct quo_protocol *protocol)
{
    drop_law(w);
    struct quo_bookpolicy unit = *row;
    struct quo_cover cover;
    struct quo_policy policy;
    unit.annual_limit /= unit.event_limit;
    unit.event_limit = 1.0;
    quo_bookpolicy_expand(&unit, protocol, &cover, &policy);
    w->status = w->protocol_status;
    if (w->status == QUO_OK)
        w->status = quo_policylaw_remembered(w->engine, &policy, w->score, w->hazard,
                                             quo_resolution_first(w->engine, &policy), 1, w->workspace, w->memo, &w->price.law);
    if (w->status)
        return;
    turn_quote(&policy, w->unit);
    w->price.pure = quo_price_pure(&policy.terms, &w->price.law, policy.term_days / 365.0, &w->price.risk_load,
                                   &w->price.reinstatement_credit);
    w->price.gross = quo_load_gross(&policy.terms, w->price.pure);
    w->status = quo_quote_explain(w->unit, &w->price, NULL, 1.0);
    quo_reasons_free(&w->unit->reasons);
}

/* The unit law in money: its points stay shared, only their step grows. */
static void scale_law(const struct quo_policylaw *unit, double scale, struct quo_coverlaw *cover,
                      struct quo_policylaw *out)
{
    *cover = unit->cover[0];
    cover->event.step *= scale;
    cover->annual.step *= scale;
    for (int p = 0; p < QUO_PERILS; p++) {
        cover->peril[p].mean_payout *= scale;
        cover->peril[p].expected *= scale;
        cover->peril[p].expected_true *= scale;
    }
    cover->expected_false *= scale;
    cover->expected_events *= scale;
    cover->annual_limit *= scale;
    cover->expected *= scale;
    cover->reinstated *= scale;
    *out = *unit;
    out->cover = cover;
    out->annual.step *= scale;
    out->expected *= scale;
    out->expected_events *= scale;
    out->annual_limit *= scale;
}

static char *joined(const struct quo_reasons *reasons)
{
    size_t n = 1;
    for (size_t i = 0; i < reasons->n; i++)
        n += strlen(reasons->text[i]) + 2;
    char *out = malloc(n), *at = out;
    for (size_t i = 0; out && i < reasons->n; i++) {
        at = i ? stpcpy(at, "; ") : at;
        at = stpcpy(at, reasons->text[i]);
    }
    if (out)
        *at = '\0';
    return out;
}

enum quo_status quo_repriced_take(const struct quo_quote *quote, bool detail, struct quo_repriced *out)
{
    quo_bookresult_take(quote, &out->result);
    out->reasons = quote->reasons.n ? joined(&quote->reasons) : NULL;
    out->detail = detail ? quo_bookdetail_of(quote) : NULL;
    return (quote->reasons.n && !out->reasons) || (detail && !out->detail) ? QUO_MACHINE : QUO_OK;
}

static enum quo_status price_row(struct quo_repricer *w, const struct quo_bookpolicy *row, struct quo_protocol *protocol,
                                 bool detail, struct quo_repriced *out)
{
    struct quo_cover cover;
    struct quo_policy policy;
    struct quo_coverlaw law;
    struct quo_price *price = &w->scaled;
    out->result = (struct quo_bookresult){.status = w->status, .before = NAN};
    if (w->status)
        return w->status == QUO_MACHINE ? QUO_MACHINE : QUO_OK;
    quo_bookpolicy_expand(row, protocol, &cover, &policy);
    scale_law(&w->price.law, row->event_limit, &law, &price->law);
    /* Every principle's load grows with money, but for the variance's, which grows with its square. */
    const bool squared = policy.terms.principle == QUO_PRINCIPLE_VARIANCE;
    price->risk_load = row->event_limit * (squared ? row->event_limit : 1.0) * w->price.risk_load;
    price->reinstatement_credit = row->event_limit * w->price.reinstatement_credit;
    price->pure = price->law.expected + price->risk_load - price->reinstatement_credit;
    price->gross = quo_load_gross(&policy.terms, price->pure);
    price->p05 = price->p50 = price->p95 = NAN;
    turn_quote(&policy, w->quote);
    enum quo_status status = quo_quote_explain(w->quote, price, w->unit, row->event_limit);
    out->result.status = status;
    if (status == QUO_OK)
        status = quo_repriced_take(w->quote, detail, out);
    quo_reasons_free(&w->quote->reasons);
    return status == QUO_MACHINE ? QUO_MACHINE : QUO_OK;
}

void quo_repricer_free(struct quo_repricer *w)
{
    if (!w)
        return;
    drop_law(w);
    quo_score_free(w->score);
    quo_payoutmemo_free(w->memo);
    quo_workspace_free(w->workspace);
    quo_quoter_free(w->quoter);
    free(w->unit);
    free(w->quote);
    free(w);
}

struct quo_repricer *quo_repricer_new(const struct quo_engine *engine)
{
    struct quo_repricer *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->engine = engine;
    w->workspace = quo_workspace_new();
    w->memo = quo_payoutmemo_new();
    w->unit = calloc(1, sizeof *w->unit);
    w->quote = calloc(1, sizeof *w->quote);
    if (w->workspace && w->memo && w->unit && w->quote)
        return w;
    quo_repricer_free(w);
    return NULL;
}

/* All rows of one protocol: sorted, so that a law is made once. */
static enum quo_status price_protocol(struct quo_repricer *w, struct quo_protocol *protocol, const struct quo_bookpolicy *const *at,
                                      size_t n, const struct quo_bookpolicy *first, bool detail,
                                      struct quo_repriced *priced)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        if (at[i]->document) {
            w->quoter = w->quoter ? w->quoter : quo_quoter_new();
            status = w->quoter ? quo_bookdocument_price(w->quoter, w->engine, at[i], protocol, detail, &priced[at[i] - first])
                               : QUO_MACHINE;
            continue;
        }
        if (i == 0 || pricing_day(w->engine, at[i]) != pricing_day(w->engine, at[i - 1]))
            open_protocol(w, protocol, pricing_day(w->engine, at[i]));
        if (i == 0 || !same_terms(w->engine, at[i], at[i - 1]))
            open_law(w, at[i], protocol);
        status = price_row(w, at[i], protocol, detail, &priced[at[i] - first]);
    }
    return status;
}

/* A protocol's rows among the sorted ones. */
struct group {
    size_t begin, n;
};

static int larger_first(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x->begin > y->begin) - (x->begin < y->begin);
}

/* The rows sorted, and their groups; NULL without memory. */
static const struct quo_bookpolicy **sorted_rows(const struct quo_engine *engine, const struct quo_bookpolicy *row,
                                                 size_t n, struct group **group, size_t *groups)
{
    const struct quo_bookpolicy **at = malloc((n + 1) * sizeof *at);
    struct group *g = malloc((n + 1) * sizeof *g);
    *groups = 0;
    *group = g;
    if (!at || !g) {
        free(at);
        free(g);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        at[i] = &row[i];
    if (n > 0)
        qsort_r(at, n, sizeof *at, by_terms, (void *)(uintptr_t)engine);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || at[i]->protocol != at[i - 1]->protocol)
            g[(*groups)++] = (struct group){i, 0};
        g[*groups - 1].n++;
    }
    return at;
}

enum quo_status quo_repricer_rows(struct quo_repricer *w, const struct quo_bookprotocols *protocols,
                                  const struct quo_bookpolicy *row, size_t n, bool detail, struct quo_repriced *priced)
{
    struct group *group;
    size_t groups;
    memset(priced, 0, n * sizeof *priced);
    const struct quo_bookpolicy **at = sorted_rows(w->engine, row, n, &group, &groups);
    enum quo_status status = at ? QUO_OK : QUO_MACHINE;
    for (size_t g = 0; g < groups && status == QUO_OK; g++)
        status = price_protocol(w, protocols->protocol[at[group[g].begin]->protocol], at + group[g].begin, group[g].n,
                                row, detail, priced);
    if (at)
        free(group);
    free(at);
    return status;
}

/* Sorted rows at[n] in as many parts as there are ranks, with as many laws to be made in each: part[ranks + 1]. */
static void share_out(const struct quo_engine *engine, const struct quo_bookpolicy *const *at, size_t n, size_t ranks,
                      size_t *part)
{
    size_t laws = 0, seen = 0, r = 0;
    for (size_t i = 0; i < n; i++)
        laws += i == 0 || at[i]->document || !same_terms(engine, at[i], at[i - 1]);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !at[i]->document && same_terms(engine, at[i], at[i - 1]))
            continue;
        while (r < ranks && seen * ranks >= r * laws)
            part[r++] = i;
        seen++;
    }
    while (r <= ranks)
        part[r++] = n;
}

/* What of the groups lies from `from` to before `to`; how many that are. */
static size_t cut_groups(struct group *group, size_t groups, size_t from, size_t to)
{
    size_t kept = 0;
    for (size_t g = 0; g < groups; g++) {
        const size_t begin = group[g].begin > from ? group[g].begin : from,
                     end = group[g].begin + group[g].n < to ? group[g].begin + group[g].n : to;
        if (begin < end)
            group[kept++] = (struct group){begin, end - begin};
    }
    return kept;
}

static enum quo_status price_groups(const struct quo_engine *engine, const struct quo_bookprotocols *protocols,
                                    const struct quo_bookpolicy *const *at, const struct group *group, size_t groups,
                                    const struct quo_bookpolicy *row, const struct quo_reprice_options *options,
                                    struct quo_repriced *priced)
{
    enum quo_status failed = QUO_OK;
    const size_t first = options->beside ? 1 : 0;
#pragma omp parallel num_threads(options->jobs > 0 ? options->jobs : omp_get_max_threads()) if (first + groups > 1)
    {
        struct quo_repricer *w = quo_repricer_new(engine);
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < first + groups; i++) {
            const struct group *g = i < first ? NULL : &group[i - first];
            const struct quo_bookpolicy *const *at_first = g ? at + g->begin : NULL;
            const enum quo_status status =
                !g  ? options->beside(options->context)
                : w ? price_protocol(w, protocols->protocol[(*at_first)->protocol], at_first, g->n, row, options->detail, priced)
                    : QUO_MACHINE;
            if (status != QUO_OK) {
#pragma omp atomic write
                failed = status;
            }
        }
        quo_repricer_free(w);
    }
    return failed;
}

enum quo_status quo_reprice_rows(const struct quo_engine *engine, const struct quo_bookprotocols *protocols,
                                 const struct quo_bookpolicy *row, size_t n, const struct quo_reprice_options *options,
                                 struct quo_repriced *priced)
{
    const struct quo_ranks *ranks = quo_rowshare_several(options->ranks) ? options->ranks : NULL;
    struct group *group;
    size_t groups, *part = ranks ? malloc(((size_t)ranks->ranks + 1) * sizeof *part) : NULL;
    memset(priced, 0, n * sizeof *priced);
    const struct quo_bookpolicy **at = sorted_rows(engine, row, n, &group, &groups);
    if (!at || (ranks && !part)) {
        if (at)
            free(group);
        free(at);
        free(part);
        return QUO_MACHINE;
    }
    if (ranks) {
        share_out(engine, at, n, (size_t)ranks->ranks, part);
        groups = cut_groups(group, groups, part[ranks->rank], part[ranks->rank + 1]);
    }
    qsort(group, groups, sizeof *group, larger_first); /* the last to be taken are soon done */
    enum quo_status status = price_groups(engine, protocols, at, group, groups, row, options, priced);
    if (status == QUO_OK && ranks)
        status = quo_rowshare_collect(ranks, at, part, row, priced);
    free(at);
    free(group);
    free(part);
    return status;
}
