/* tests/told.h -- what a collection of faults says, as one text, so that a test compares whole messages. */
#ifndef TOLD_H
#define TOLD_H

#include "risk/base/faults.h"

/* Every fault formatted, one a line; the last comparison's text stays until the next call. */
const char *told(const struct quo_faults *faults);
/* Fails with both texts unless the faults say exactly `want`. */
void check_told(const struct quo_faults *faults, const char *want, const char *what);
#endif
