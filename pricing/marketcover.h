/* pricing/marketcover.h -- a cover that pays by the loss of the whole market: window after window of the term reads the index once.
 *
 * The index is what the market lost in the window, times the reporting error. Every window is an event of the cover: its limit is the
 * event limit, what is missed is a window that is not read. Who was hurt and by whom does not matter, so clauses, secondary losses
 * and the return of funds leave it alone.                                                          [methods: market loss] */
#ifndef QUO_MARKETCOVER_H
#define QUO_MARKETCOVER_H

#include "pricing/coverlaw.h"

bool quo_marketcover_is(const struct quo_cover *cover);
/* Windows of the term; the window's length in years. The reader has seen to it that they fill the term. */
int quo_marketcover_windows(const struct quo_policy *policy, const struct quo_cover *cover, double *years);
/* USD: where no reading of the index can change the payout any more. */
double quo_marketcover_top(const struct quo_cover *cover, double error);
/* As quo_coverlaw_new, for such a cover; in->draw chooses the model's parameters. A peril's line is its share of the index. */
enum quo_status quo_marketcover_new(const struct quo_cover_input *in, struct quo_workspace *workspace,
                                    struct quo_coverlaw *out);
#endif
