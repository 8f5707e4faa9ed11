/* pricing/book/bookresult.h -- what repricing says of one policy, and its row in the output CSV. Money in USD of the term, as text to the
 * cent. `change` is the gross premium less the one before; `change_why` splits it so that the parts add up to it. */
#ifndef QUO_BOOKRESULT_H
#define QUO_BOOKRESULT_H

#include <stddef.h>
#include "pricing/book/bookpolicies.h"
#include "pricing/quote.h"

/* What moved a premium. RATE is the price level where risk, terms and model are the same: pricing terms and engine, or, against an expiring
 * premium of which nothing else is known, everything. */
enum quo_change {
    QUO_CHANGE_EXPOSURE,
    QUO_CHANGE_TERMS,
    QUO_CHANGE_CONTROLS,
    QUO_CHANGE_MODEL,
    QUO_CHANGE_RATE,
    QUO_CHANGES
};
const char *quo_change_id(enum quo_change change);

struct quo_bookresult {
    enum quo_status status; /* QUO_OK, or why it could not be priced */
    double expected_payout, payout_sd, technical_premium, gross_premium, rate_on_line, score;
    enum quo_decision decision;
    double before;           /* the premium compared with; NaN: none */
    double why[QUO_CHANGES]; /* money; adds up to gross_premium - before */
};

void quo_bookresult_take(const struct quo_quote *quote, struct quo_bookresult *out);

/* Text that grows. */
struct quo_booktext {
    char *text;
    size_t n, room;
    int failed; /* memory ran out: some of it is missing */
};
void quo_booktext_free(struct quo_booktext *text);
void quo_booktext_add(struct quo_booktext *to, const char *text, size_t n);
void quo_booktext_csv(struct quo_booktext *to, const char *text); /* a field, quoted where RFC 4180 asks for it */
void quo_booktext_money(struct quo_booktext *to, double amount);  /* "1234.56", "" for NaN */
void quo_booktext_real(struct quo_booktext *to, double value, int digits);
void quo_booktext_exact(struct quo_booktext *to, double value); /* the shortest that reads back as the same; "" for NaN */

/* "exposure=1200.00;model=-300.00", to the cent what `change` is; parts below half a cent left out. Empty without a premium before. */
void quo_bookresult_why(const struct quo_bookresult *result, struct quo_booktext *to);
extern const char quo_bookresult_header[]; /* with its line feed */
#define QUO_BOOKRESULT_COLUMNS 13
/* reasons may be NULL. */
void quo_bookresult_write(const struct quo_bookresult *result, const char *policy_id, const char *protocol_id,
                          const char *reasons, struct quo_booktext *to);
#endif
