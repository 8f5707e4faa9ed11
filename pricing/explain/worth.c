#include "pricing/explain/worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/price.h"

#define BEST_LEVEL 4
#define EVIDENCE_BEST 4

/* A policy and the way it is priced. */
struct base {
    const struct quo_engine *engine;
    const struct quo_policy *policy;
    const struct quo_resolution *resolution; /* NULL: the first */
    long draws;                              /* where the premium hangs on them */
    uint64_t seed;
    double gross;
};

/* Room of a thread. */
struct room {
    struct quo_workspace *workspace;
    struct quo_payoutmemo *memo; /* most controls leave most perils' payouts as they were */
    struct quo_answer *answer;   /* answer[n_answers + 1] */
};

static bool room_new(size_t n_answers, struct room *room)
{
    *room = (struct room){quo_workspace_new(), quo_payoutmemo_new(), malloc((n_answers + 1) * sizeof *room->answer)};
    return room->workspace && room->memo && room->answer;
}

static void room_free(struct room *room)
{
    free(room->answer);
    quo_payoutmemo_free(room->memo);
    quo_workspace_free(room->workspace);
}

/* The policy's protocol with this one answer: level < 0 takes none. Shares all but its answers. */
static struct quo_protocol with_answer(const struct quo_protocol *said, int control, int level, double reliability,
                                       struct quo_answer *answer)
{
    struct quo_protocol p = *said;
    p.answer = answer;
    p.n_answers = 0;
    for (size_t i = 0; i < said->n_answers; i++)
        if (said->answer[i].control != control)
            answer[p.n_answers++] = said->answer[i];
    if (level >= 0)
        answer[p.n_answers++] = (struct quo_answer){.control = control,
                                                    .level = level,
                                                    .evidence = EVIDENCE_BEST,
                                                    .coverage = NAN,
                                                    .reliability = reliability,
                                                    .age_months = -1};
    return p;
}

/* The gross premium of the policy on another protocol, as a what-if finds it. */
static enum quo_status gross_on(const struct base *base, struct quo_protocol *protocol, const struct room *room,
                                double *gross)
{
    struct quo_relativity factor[QUO_PERILS];
    struct quo_score score = {.experience_shape = quo_catalogue_constant(base->engine->catalogue, "experience_shape")};
    struct quo_policy policy = *base->policy;
    struct quo_price price;
    policy.protocol = protocol;
    enum quo_status status = quo_score_relativities(protocol, base->engine->scale, factor);
    if (status != QUO_OK)
        return status;
    quo_score_put(&score, factor);
    const struct quo_price_input input = {.engine = base->engine,
                                          .policy = &policy,
                                          .score = &score,
                                          .draws = isnan(policy.terms.uncertainty_quantile) ? 0 : base->draws,
                                          .seed = base->seed,
                                          .workspace = room->workspace,
                                          .memo = room->memo,
                                          .resolution = base->resolution};
    status = quo_price_new(&input, &price);
    if (status != QUO_OK)
        return status;
    *gross = price.gross.gross;
    quo_price_free(&price);
    return QUO_OK;
}

/* At its best a control keeps its own word on reliability where that is better than none. */
static enum quo_status best_of(const struct base *base, int c, const struct quo_answer *answer, const struct room *room,
                               double *best)
{
    const struct quo_protocol *said = base->policy->protocol;
    struct quo_protocol one = with_answer(said, c, BEST_LEVEL, NAN, room->answer);
    enum quo_status status = gross_on(base, &one, room, best);
    if (status == QUO_OK && answer && !isnan(answer->reliability)) {
        double other = INFINITY;
        one = with_answer(said, c, BEST_LEVEL, answer->reliability, room->answer);
        status = gross_on(base, &one, room, &other);
        *best = fmin(*best, other);
    }
    return status;
}

/* One control's line; an answer of level 0 or none costs what the policy does. */
static enum quo_status one_control(const struct base *base, int c, const struct room *room, struct quo_worth_line *out)
{
    const struct quo_protocol *said = base->policy->protocol;
    const struct quo_answer *answer = quo_protocol_answer(said, c);
    *out = (struct quo_worth_line){
        .control = c, .level = answer ? answer->level : -1, .evidence = answer ? answer->evidence : 0};
    out->without = out->best = base->gross;
    if ((answer && answer->not_applicable) || (base->engine->catalogue->control[c].bridge_only && !said->bridge))
        return QUO_OK;
    enum quo_status status = QUO_OK;
    if (out->level > 0) {
        struct quo_protocol without = with_answer(said, c, -1, NAN, room->answer);
        out->without = NAN;
        status = gross_on(base, &without, room, &out->without);
    }
    if (status == QUO_OK)
        status = best_of(base, c, answer, room, &out->best);
    out->credit = out->without - base->gross;
    out->saving = base->gross - out->best;
    return status;
}

static int larger_saving_first(const void *a, const void *b)
{
    const struct quo_worth_line *x = a, *y = b;
    if (x->saving != y->saving)
        return x->saving < y->saving ? 1 : -1;
    return (x->control > y->control) - (x->control < y->control);
}

/* line[n_controls], in the catalogue's order. Of several that fail the first is told. */
static enum quo_status every_control(const struct base *base, struct quo_worth *out)
{
    const size_t n = base->engine->catalogue->n_controls;
    enum quo_status failed = QUO_OK;
    int first = (int)n;
    bool at_best = false;
    *out = (struct quo_worth){.line = calloc(n + 1, sizeof *out->line), .n = n, .gross = base->gross, .unpriced = -1};
    if (!out->line)
        return QUO_MACHINE;
#pragma omp parallel
    {
        struct room room;
        const bool made = room_new(base->policy->protocol->n_answers, &room);
#pragma omp for schedule(dynamic)
        for (size_t c = 0; c < n; c++) {
            const enum quo_status status = made ? one_control(base, (int)c, &room, &out->line[c]) : QUO_MACHINE;
            if (status != QUO_OK) {
#pragma omp critical
                if ((int)c < first) {
                    failed = status;
                    first = (int)c;
                    at_best = isfinite(out->line[c].without); /* NaN until it has a price */
                }
            }
        }
        room_free(&room);
    }
    if (failed != QUO_OK) {
        quo_worth_free(out);
        out->unpriced = first;
        out->unpriced_best = at_best;
    }
    return failed;
}

enum quo_status quo_worth_of(const struct quo_quote *quote, struct quo_worth *out)
{
    const struct base base = {quote->engine, quote->policy, &quote->resolution, quote->draws, quote->seed, quote->gross.gross};
    const enum quo_status status = every_control(&base, out);
    const size_t n = out->n;
    out->n = 0;
    for (size_t c = 0; c < n; c++)
        if (fabs(out->line[c].credit) >= 0.01 || fabs(out->line[c].saving) >= 0.01)
            out->line[out->n++] = out->line[c];
    if (out->n)
        qsort(out->line, out->n, sizeof *out->line, larger_saving_first);
    return status;
}

enum quo_status quo_worth_alone(const struct quo_engine *engine, const struct quo_policy *policy, long draws,
                                uint64_t seed, struct quo_worth *out)
{
    struct base base = {engine, policy, NULL, draws, seed, 0.0};
    struct quo_protocol own = *policy->protocol;
    struct room room;
    enum quo_status status = room_new(0, &room) ? gross_on(&base, &own, &room, &base.gross) : QUO_MACHINE;
    room_free(&room);
    *out = (struct quo_worth){.line = NULL, .unpriced = -1};
    return status ? status : every_control(&base, out);
}

void quo_worth_free(struct quo_worth *worth)
{
    free(worth->line);
    *worth = (struct quo_worth){.line = NULL, .unpriced = -1};
}
