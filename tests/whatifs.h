/* tests/whatifs.h -- plans and what-ifs for the tests: the shipped example, and random plans on a policy. */
#ifndef WHATIFS_H
#define WHATIFS_H

#include "pricing/whatif/whatif.h"
#include "risk/base/stream.h"

struct whatifs_desk {
    struct quo_engine *engine;
    struct quo_faults faults;
};
/* cmocka set-up and tear-down: *state is a struct whatifs_desk. */
int whatifs_open(void **state);
int whatifs_close(void **state);

/* Variants of a policy under a plan's file. */
struct quo_variants *whatifs_file(struct whatifs_desk *desk, const char *policy, const char *plan);
/* The same under a plan in memory. */
struct quo_variants *whatifs_text(struct whatifs_desk *desk, const char *policy, const char *plan);
/* n changes out of a pool that reaches answers, signers, thresholds, delays and caps of the example bridge, with random costs; some do
 * harm, some need each other. The caller frees. n at most WHATIFS_POOL. */
#define WHATIFS_POOL 20
struct quo_variants *whatifs_random(struct whatifs_desk *desk, struct quo_stream *stream, size_t n);
/* The pool's first n, at set costs: for times. */
struct quo_variants *whatifs_pool(struct whatifs_desk *desk, size_t n);
#endif
