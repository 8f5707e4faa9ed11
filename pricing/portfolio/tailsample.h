/* pricing/portfolio/tailsample.h -- a book's far tail by importance sampling: what brings bad years is made to happen more often, and each
 * year is weighed for it.
 *
 * Rates of own events by peril, of shocks by group and of campaigns are multiplied by what a pilot of plain years says (the mean count in its
 * worst hundredth over that in all: the cross-entropy tilt [RK17]). Half of the years stay as they are: the weight
 * w = 1/(1/2 + 1/2 g/f) is below 2 whatever the tilt [OZ00]. [methods: tail sampling] */
#ifndef QUO_TAILSAMPLE_H
#define QUO_TAILSAMPLE_H

#include <jansson.h>
#include "pricing/desk/table.h"
#include "pricing/portfolio/portfolio.h"

#define QUO_TAILSAMPLE_LEVELS 5

struct quo_tailsample_level {
    double level, var;         /* USD */
    struct quo_estimate tvar;
    double years;              /* above the VaR, as they were drawn */
    double effective;          /* plain years that are worth as much: (sum of w)^2 / sum of w^2 of those over 1 - level */
};

struct quo_tailsample {
    uint64_t years, pilot;
    size_t n_tilts;
    double *tilt; /* tilt[n_tilts]: as quo_arrivals' classes */
    struct quo_estimate mean, weight; /* of a year, USD; of the weights, which is 1 */
    struct quo_tailsample_level level[QUO_TAILSAMPLE_LEVELS];
};

/* years >= 1000. Of the book alone (options->added); without reinsurance. */
enum quo_status quo_tailsample_run(const struct quo_shocks *shocks, const struct quo_portfolio_options *options,
                                   uint64_t years, struct quo_tailsample *out);
void quo_tailsample_free(struct quo_tailsample *sample); /* the contents */
json_t *quo_tailsample_json(const struct quo_tailsample *sample);
void quo_tailsample_page(const struct quo_page *page, const struct quo_tailsample *sample);
#endif
