/* risk/fitting/aggregates.h -- what publications print of a period: counts, totals, medians, shares. CSV (docs/formats.md).
 * [methods: aggregates] */
#ifndef QUO_AGGREGATES_H
#define QUO_AGGREGATES_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"
#include "risk/base/hash.h"

struct quo_aggregate {
    int line;
    int from, to; /* days, both included */
    char *source, *statistic, *unit, *scope;
    char qualifier; /* '~' about, '>' more than, '<' less than, ' ' none */
    double value;
};
struct quo_aggregates {
    struct quo_aggregate *row;
    size_t n;
    char sha256[QUO_HASH_SIZE]; /* "" for standard input */
};
/* All faults of the file are told. A figure that stands twice in one source (same statistic, scope, period) is refused. */
enum quo_status quo_aggregates_load(const char *path, struct quo_aggregates **out, struct quo_faults *faults);
void quo_aggregates_free(struct quo_aggregates *aggregates);

/* Whether two rows of different sources speak of the same thing and cannot both hold: the same statistic and scope; the same
 * period (a level or a single loss: one period within the other, or single losses within a month); values that differ by more than
 * 0.5 %, or 2 % where either says "about". A '>' contradicts only what lies below it, a '<' what lies above. */
bool quo_aggregates_contradict(const struct quo_aggregate *a, const struct quo_aggregate *b);
/* Every value that contradicts row i, as "83 (002); 126 (001)"; "" if none. Length as snprintf. */
size_t quo_aggregates_against(const struct quo_aggregates *aggregates, size_t i, char *buffer, size_t size);
/* All contradictions of the file in words, each once: figures of one thing that differ, and counts or totals whose two parts in time
 * do not add up to the whole. *text[*n] and its strings are the caller's. */
enum quo_status quo_aggregates_contradictions(const struct quo_aggregates *aggregates, char ***text, size_t *n);
#endif
