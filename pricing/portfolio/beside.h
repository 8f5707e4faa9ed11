/* pricing/portfolio/beside.h -- one policy more, beside a book: the capital that the book needs for it, what its protocol catches from
 * others, and what then hangs on each name that it shares. [methods: contributions] */
#ifndef QUO_BESIDE_H
#define QUO_BESIDE_H

#include "pricing/portfolio/portfolio.h"
#include "pricing/premium/authority.h"

/* Annual limits behind one vendor, organisation, bridge or chain, USD. */
struct quo_beside_name {
    enum quo_accumulation_kind kind;
    char *name;
    size_t policies;      /* of the book */
    double before, after; /* without and with the policy */
};

struct quo_beside {
    uint64_t years, seed;
    size_t policies; /* of the book */
    double level;    /* of the TVaR */
    struct quo_portfolio_added added;
    double contagion[QUO_PERILS]; /* events a year that reach its protocol from others of the book, at the end of the model's data */
    struct quo_beside_name *name; /* name[n_names] */
    size_t n_names;
};

/* The last policy of the exposures is the one; there must be others. */
enum quo_status quo_beside_of(const struct quo_exposures *exposures, const struct quo_portfolio_options *options,
                              struct quo_beside *out);
void quo_beside_free(struct quo_beside *beside); /* the contents */
/* By the authority's limits of accumulation: adds a reason for each that is passed, and says whether one was. */
bool quo_beside_refers(const struct quo_beside *beside, const struct quo_authority *authority,
                       struct quo_reasons *reasons);
#endif
