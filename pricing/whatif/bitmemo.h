/* pricing/whatif/bitmemo.h -- things remembered by a set of up to 64 changes. */
#ifndef QUO_BITMEMO_H
#define QUO_BITMEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quo_bitmemo;
/* size: of one thing; let_go (may be NULL): called on each when it is forgotten. NULL without memory. */
struct quo_bitmemo *quo_bitmemo_new(size_t size, void (*let_go)(void *content));
void quo_bitmemo_free(struct quo_bitmemo *memo);
/* The thing of that set, with *fresh set (and all 0) where there was none; it stays where it is. NULL without memory. */
void *quo_bitmemo_at(struct quo_bitmemo *memo, uint64_t set, bool *fresh);
/* The last thing made is unmade, without let_go. */
void quo_bitmemo_drop(struct quo_bitmemo *memo, uint64_t set);
/* Everything is forgotten. */
void quo_bitmemo_clear(struct quo_bitmemo *memo);
size_t quo_bitmemo_count(const struct quo_bitmemo *memo);
#endif
