/* risk/controls/typical.h -- a protocol whose unanswered questions are answered as the market's typical protocol would.
 *
 * A question without an answer counts as the worst level, never as neutral. What that costs is told beside the price: the same policy with the
 * weighted median level, and the weighted median evidence, of the market's profiles (bridges or others, as the protocol is) in place of each missing answer (the catalogue's "unknown =
 * portfolio median"). Answers given and controls that do not apply stay as they are.                  [methods: controls] */
#ifndef QUO_TYPICAL_H
#define QUO_TYPICAL_H

#include "risk/controls/protocol.h"
#include "risk/market.h"

/* A copy that shares all but its answers with `protocol`, which must outlive it. */
struct quo_typical {
    struct quo_protocol protocol; /* answers owned by this struct, all else by the original */
    size_t n_filled;              /* answers put in */
};

/* QUO_MACHINE: *out is empty then. */
enum quo_status quo_typical_fill(const struct quo_protocol *protocol, const struct quo_market *market,
                                 size_t n_controls, struct quo_typical *out);
void quo_typical_free(struct quo_typical *typical); /* the contents */
#endif
