/* pricing/cmd/quotebeside.h -- quote --book: the policy is put behind a book before it is priced, and priced as one policy of it. */
#ifndef QUO_QUOTEBESIDE_H
#define QUO_QUOTEBESIDE_H

#include <jansson.h>
#include "pricing/cmd/cmd.h"
#include "pricing/desk/table.h"
#include "pricing/portfolio/beside.h"
#include "pricing/quote.h"

/* The policy of that file beside the book: its risk load becomes the cost of the capital that the book needs for it (the principle, unless
 * keep_principle, and the diversification), its protocol's rates get what others of the book pass on. */
enum quo_status quo_quotebeside(struct quo_cmd *cmd, const struct quo_engine *engine, const char *book,
                                const char *file, uint64_t years, uint64_t seed, bool keep_principle,
                                struct quo_policy *policy, struct quo_beside *out);
/* The authority's limits of accumulation on the quote's decision. */
void quo_quotebeside_decide(struct quo_quote *quote, const struct quo_beside *beside);
void quo_quotebeside_page(const struct quo_page *page, const struct quo_quote *quote, const struct quo_beside *beside);
json_t *quo_quotebeside_json(const struct quo_quote *quote, const struct quo_beside *beside);
#endif
