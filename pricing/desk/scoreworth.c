#include "pricing/desk/scoreworth.h"

#include <math.h>
#include <stdlib.h>

#include "pricing/desk/scorejson.h"
#include "risk/base/money.h"

#define CONTROLS_SHOWN 10
#define QUESTIONS_SHOWN 10
#define LEAST 1e-9 /* of the expected loss: below is rounding */
#define NUMBER quo_scorejson_number

/* Of two premiums, as pages show them: the difference of two amounts in cents. */
static double between(double more, double less)
{
    return quo_money_rounded(quo_money_rounded(more) - quo_money_rounded(less));
}

static double best_saves(const struct quo_premiums *premiums, int control)
{
    return premiums ? between(premiums->worth.gross, premiums->worth.line[control].best) : NAN;
}

static double takes_off(const struct quo_premiums *premiums, int control)
{
    return premiums ? between(premiums->worth.line[control].without, premiums->worth.gross) : NAN;
}

static int by_premium(const void *a, const void *b)
{
    const struct quo_asked *x = a, *y = b;
    if (x->premium != y->premium)
        return x->premium > y->premium ? -1 : 1;
    if (x->question.saved != y->question.saved)
        return x->question.saved > y->question.saved ? -1 : 1;
    if (x->question.saved_hours != y->question.saved_hours)
        return x->question.saved_hours > y->question.saved_hours ? -1 : 1;
    return x->question.control - y->question.control;
}

size_t quo_scoreworth_rank(const struct quo_score *score, const struct quo_premiums *premiums,
                           struct quo_asked asked[QUO_CONTROLS_MAX])
{
    for (size_t i = 0; i < score->n_questions; i++)
        asked[i] = (struct quo_asked){score->question[i], best_saves(premiums, score->question[i].control)};
    if (premiums && score->n_questions)
        qsort(asked, score->n_questions, sizeof *asked, by_premium);
    return score->n_questions;
}

/* ---- for people ---- */

struct line {
    const struct quo_control_worth *worth;
    double takes_off; /* NaN without premiums */
};

static int by_help(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    const bool premium = !isnan(x->takes_off) && x->takes_off != y->takes_off;
    const double left = premium ? x->takes_off : x->worth->lost, right = premium ? y->takes_off : y->worth->lost;
    return left > right ? -1 : left < right ? 1 : x->worth->control - y->worth->control;
}

void quo_scoreworth_controls(const struct quo_page *page, const struct quo_score *score, const struct quo_protocol *protocol,
                             const struct quo_catalogue *catalogue, const struct quo_premiums *premiums)
{
    struct line line[QUO_CONTROLS_MAX];
    char heading[128];
    size_t n = 0;
    for (size_t i = 0; i < score->n_worth; i++) {
        const struct line one = {&score->worth[i], takes_off(premiums, score->worth[i].control)};
        if (one.worth->lost > LEAST * score->loss || one.takes_off > 0.0)
            line[n++] = one;
    }
    if (n == 0)
        return;
    qsort(line, n, sizeof *line, by_help);
    if (premiums)
        snprintf(heading, sizeof heading, "%-69s%14s%12s", "Controls that help today: without them", "premium", "loss");
    else
        snprintf(heading, sizeof heading, "%-66s%s", "Controls that help today", "loss without them");
    quo_table_heading(page, heading);
    for (size_t i = 0; i < n && i < CONTROLS_SHOWN; i++) {
        const struct quo_control *control = &catalogue->control[line[i].worth->control];
        const struct quo_answer *answer = quo_protocol_answer(protocol, line[i].worth->control);
        char text[64] = "";
        if (answer)
            snprintf(text, sizeof text, "level %d, evidence %d", answer->level, answer->evidence);
        fprintf(page->to, "  %-6s ", control->id);
        quo_table_left(page, control->title, 38);
        quo_table_left(page, text, 22);
        if (premiums)
            quo_table_money(page, line[i].takes_off, 0, 14);
        fprintf(page->to, "%+9.1f %%\n", 100.0 * line[i].worth->lost / score->loss);
    }
}

void quo_scoreworth_questions(const struct quo_page *page, const struct quo_score *score,
                              const struct quo_catalogue *catalogue, const struct quo_premiums *premiums)
{
    struct quo_asked asked[QUO_CONTROLS_MAX];
    char heading[128];
    const size_t n = quo_scoreworth_rank(score, premiums, asked);
    if (premiums)
        snprintf(heading, sizeof heading, "%-65sof premium, %s  of the loss", "Ask first, by premium: the best answer could save",
                 premiums->currency);
    else
        snprintf(heading, sizeof heading, "%-74sof the loss", "Ask first, by expected loss: the best answer could save");
    bool headed = false;
    for (size_t i = 0; i < n && i < QUESTIONS_SHOWN; i++) {
        const struct quo_question *q = &asked[i].question;
        const struct quo_control *control = &catalogue->control[q->control];
        const bool of_loss = q->share > LEAST, of_hours = !of_loss && q->saved_hours > 0.0;
        if (premiums ? !(asked[i].premium > 0.0) : !of_loss && !of_hours)
            break;
        if (!headed)
            quo_table_heading(page, heading);
        headed = true;
        fprintf(page->to, "  %-6s ", control->id);
        quo_table_left(page, control->question, premiums ? 57 : 68);
        if (premiums)
            quo_table_money(page, asked[i].premium, 0, 15);
        if (of_hours)
            fprintf(page->to, "%*.3g h\n", premiums ? 11 : 7, q->saved_hours);
        else
            fprintf(page->to, "%*.1f %%\n", premiums ? 11 : 7, 100.0 * q->share);
    }
}

/* ---- JSON ---- */

json_t *quo_scoreworth_premium_json(const struct quo_premiums *premiums)
{
    return premiums ? json_pack("{s:s, s:o, s:o}", "currency", premiums->currency, "gross_premium",
                                NUMBER(quo_money_rounded(premiums->worth.gross)), "term_years", NUMBER(premiums->term_years))
                    : json_null();
}

json_t *quo_scoreworth_questions_json(const struct quo_score *score, const struct quo_catalogue *catalogue,
                                      const struct quo_premiums *premiums)
{
    struct quo_asked asked[QUO_CONTROLS_MAX];
    const size_t n = quo_scoreworth_rank(score, premiums, asked);
    json_t *questions = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct quo_question *q = &asked[i].question;
        const struct quo_control *control = &catalogue->control[q->control];
        json_array_append_new(
            questions, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "id", control->id, "question", control->question,
                                 "could_save_share", NUMBER(q->share), "could_save_usd", NUMBER(q->saved),
                                 "could_save_hours", NUMBER(q->saved_hours), "could_save_premium", NUMBER(asked[i].premium)));
    }
    return questions;
}

json_t *quo_scoreworth_controls_json(const struct quo_score *score, const struct quo_protocol *protocol,
                                     const struct quo_catalogue *catalogue, const struct quo_premiums *premiums)
{
    json_t *controls = json_array();
    for (size_t i = 0; i < score->n_worth; i++) {
        const struct quo_control_worth *w = &score->worth[i];
        const struct quo_answer *answer = quo_protocol_answer(protocol, w->control);
        const bool said = answer && answer->level >= 0;
        json_array_append_new(
            controls, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "id", catalogue->control[w->control].id, "level",
                                said ? json_integer(answer->level) : json_null(), "evidence",
                                said ? json_integer(answer->evidence) : json_null(), "loss_takes_off", NUMBER(w->lost),
                                "loss_best_saves", NUMBER(w->saved), "takes_off", NUMBER(takes_off(premiums, w->control)),
                                "best_saves", NUMBER(best_saves(premiums, w->control))));
    }
    return controls;
}
