/* pricing/desk/scoreworth.h -- what each control of a score is worth, and which question to ask first: by premium where there is a policy, by
 * expected loss where there is only a protocol.                                        [methods: worth], [methods: money of a score] */
#ifndef QUO_SCOREWORTH_H
#define QUO_SCOREWORTH_H

#include <jansson.h>
#include "pricing/desk/table.h"
#include "pricing/explain/worth.h"

/* Premiums of a policy, of its term. */
struct quo_premiums {
    struct quo_worth worth; /* quo_worth_alone */
    const char *currency;
    double term_years;
};

/* One unanswered control. */
struct quo_asked {
    struct quo_question question;
    double premium; /* saved by the best answer, to the cent, as a what-if tells it; NaN without premiums */
};
/* The score's questions, the first to ask first: by premium, then expected loss, then hours; without premiums as the score ranks them.
 * asked[QUO_CONTROLS_MAX]; returns how many. */
size_t quo_scoreworth_rank(const struct quo_score *score, const struct quo_premiums *premiums,
                           struct quo_asked asked[QUO_CONTROLS_MAX]);

/* For people; premiums may be NULL in all of these. */
void quo_scoreworth_controls(const struct quo_page *page, const struct quo_score *score, const struct quo_protocol *protocol,
                             const struct quo_catalogue *catalogue, const struct quo_premiums *premiums);
void quo_scoreworth_questions(const struct quo_page *page, const struct quo_score *score,
                              const struct quo_catalogue *catalogue, const struct quo_premiums *premiums);
/* {currency, gross_premium, term_years}, or null. */
json_t *quo_scoreworth_premium_json(const struct quo_premiums *premiums);
/* [{id, question, could_save_share, could_save_usd, could_save_hours, could_save_premium}] */
json_t *quo_scoreworth_questions_json(const struct quo_score *score, const struct quo_catalogue *catalogue,
                                      const struct quo_premiums *premiums);
/* [{id, level, evidence, loss_takes_off, loss_best_saves, takes_off, best_saves}], in the catalogue's order. */
json_t *quo_scoreworth_controls_json(const struct quo_score *score, const struct quo_protocol *protocol,
                                     const struct quo_catalogue *catalogue, const struct quo_premiums *premiums);
#endif
