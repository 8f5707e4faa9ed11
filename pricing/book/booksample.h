/* pricing/book/booksample.h -- a book made up for tests and benchmarks: synthetic, from a seed, its shape stated here and nowhere fitted.
 *
 * Exposures are Pareto (index 0.9, from 5 M to 20 bn USD); a protocol's answers share one normal factor, so that who is careful in one thing is
 * careful in others; vendors and signers' organisations are shared, a few by very many; policies are drawn on protocols by a power of their
 * number; limits are a lognormal share of the exposure, cut to 1-2-5 figures. Terms come from a menu of products, as a book of one
 * market has them, or with `distinct` each policy has attachments of its own. */
#ifndef QUO_BOOKSAMPLE_H
#define QUO_BOOKSAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "risk/controls/catalogue.h"

struct quo_booksample {
    size_t policies, protocols;
    uint64_t seed;
    bool distinct;
};

/* Each writes a whole table with its header; whether it reached the disk is for the caller to ask of the stream. */
enum quo_status quo_booksample_protocols(const struct quo_booksample *what, const struct quo_catalogue *catalogue,
                                         FILE *to);
enum quo_status quo_booksample_policies(const struct quo_booksample *what, FILE *to);
#endif
