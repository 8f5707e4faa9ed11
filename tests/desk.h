/* tests/desk.h -- what tests of prices share: the shipped engine, and policies from a few lines of text. */
#ifndef DESK_H
#define DESK_H

#include "check.h"
#include "pricing/quote.h"

struct desk {
    struct quo_engine *engine;
    struct quo_faults faults;
};
/* cmocka group set-up and tear-down; *state is a struct desk. */
int desk_open(void **state);
int desk_close(void **state);
struct quo_policy *desk_load(struct desk *desk, const char *file);
/* A year from 2026-08-01 on a protocol of 180 M USD with the example's answers and signers; `covers` is what stands between the
 * list's parentheses, `rest` (may be "") further settings of the policy. Fails the test with the fault if it is refused. */
struct quo_policy *desk_policy(struct desk *desk, const char *covers, const char *rest);
struct quo_quote *desk_quote(struct desk *desk, const struct quo_policy *policy, long draws);
#endif
