#include "pricing/explain/worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/price.h"

#define BEST_LEVEL 4
#define EVIDENCE_BEST 4

/* The quote's protocol with this one answer: level < 0 takes none. Shares all but its answers; answer[n_answers + 1] is the caller's. */
static struct quo_protocol with_answer(const struct quo_protocol *said, int control, int level,
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
                                                    .coverage = 1.0,
                                                    .reliability = 1.0,
                                                    .age_months = -1};
    return p;
}

/* The gross premium of the quote's policy on another protocol; the uncertainty load in proportion. */
static enum quo_status gross_on(const struct quo_quote *quote, struct quo_protocol *protocol,
                                struct quo_workspace *workspace, struct quo_payoutmemo *memo, double *gross)
{
    struct quo_relativity factor[QUO_PERILS];
    struct quo_score score = *quote->score; /* shares all but the factors */
    struct quo_policy policy = *quote->policy;
    struct quo_price price;
    policy.protocol = protocol;
    enum quo_status status = quo_score_relativities(protocol, quote->engine->scale, factor);
    if (status != QUO_OK)
        return status;
    quo_score_put(&score, factor);
    const struct quo_price_input input = {
        quote->engine, &policy, &score, 0, quote->seed, workspace, memo, &quote->resolution, false, NULL};
    status = quo_price_new(&input, &price);
    if (status != QUO_OK)
        return status;
    const double now = quote->expected_payout + quote->risk_load - quote->reinstatement_credit;
    const double load = now > 0.0 ? quote->model_uncertainty_load * price.pure / now : 0.0;
    *gross = quo_load_gross(&policy.terms, price.pure + load).gross;
    quo_price_free(&price);
    return QUO_OK;
}

/* One control's line; an answer of level 0 or none costs what the quote does. */
static enum quo_status one_control(const struct quo_quote *quote, int c, struct quo_answer *room,
                                   struct quo_workspace *workspace, struct quo_payoutmemo *memo,
                                   struct quo_worth_line *out)
{
    const struct quo_protocol *said = quote->policy->protocol;
    const struct quo_answer *answer = quo_protocol_answer(said, c);
    *out = (struct quo_worth_line){
        .control = c, .level = answer ? answer->level : -1, .evidence = answer ? answer->evidence : 0};
    out->without = out->best = quote->gross.gross;
    if (answer && answer->not_applicable)
        return QUO_OK;
    enum quo_status status = QUO_OK;
    if (out->level > 0) {
        struct quo_protocol without = with_answer(said, c, -1, room);
        status = gross_on(quote, &without, workspace, memo, &out->without);
    }
    if (status == QUO_OK) {
        struct quo_protocol best = with_answer(said, c, BEST_LEVEL, room);
        status = gross_on(quote, &best, workspace, memo, &out->best);
    }
    out->credit = out->without - quote->gross.gross;
    out->saving = quote->gross.gross - out->best;
    return status;
}

static int larger_saving_first(const void *a, const void *b)
{
    const struct quo_worth_line *x = a, *y = b;
    if (x->saving != y->saving)
        return x->saving < y->saving ? 1 : -1;
    return (x->control > y->control) - (x->control < y->control);
}

enum quo_status quo_worth_of(const struct quo_quote *quote, struct quo_worth *out)
{
    const size_t n = quote->engine->catalogue->n_controls, n_answers = quote->policy->protocol->n_answers;
    enum quo_status failed = QUO_OK;
    *out = (struct quo_worth){.line = calloc(n, sizeof *out->line)};
    if (!out->line)
        return QUO_MACHINE;
#pragma omp parallel
    {
        struct quo_workspace *workspace = quo_workspace_new();
        struct quo_payoutmemo *memo = quo_payoutmemo_new(); /* most controls leave most perils' payouts as they were */
        struct quo_answer *room = malloc((n_answers + 1) * sizeof *room);
#pragma omp for schedule(dynamic)
        for (size_t c = 0; c < n; c++) {
            const enum quo_status status = workspace && memo && room
                                               ? one_control(quote, (int)c, room, workspace, memo, &out->line[c])
                                               : QUO_MACHINE;
            if (status != QUO_OK) {
#pragma omp atomic write
                failed = status;
            }
        }
        free(room);
        quo_payoutmemo_free(memo);
        quo_workspace_free(workspace);
    }
    if (failed != QUO_OK) {
        quo_worth_free(out);
        return failed;
    }
    for (size_t c = 0; c < n; c++)
        if (fabs(out->line[c].credit) >= 0.01 || fabs(out->line[c].saving) >= 0.01)
            out->line[out->n++] = out->line[c];
    qsort(out->line, out->n, sizeof *out->line, larger_saving_first);
    return QUO_OK;
}

void quo_worth_free(struct quo_worth *worth)
{
    free(worth->line);
    *worth = (struct quo_worth){NULL, 0};
}
