/* pricing/book/bookterms.h -- the pricing terms of all rows of a table: `pricing = {...}` in a file of its own, and what a run keeps of them. */
#ifndef QUO_BOOKTERMS_H
#define QUO_BOOKTERMS_H

#include "policies/terms.h"
#include "risk/base/faults.h"

/* Reads a file with `pricing = {...}` alone; what it leaves out is as quo_bookpolicy_terms has it. What only one policy can have (an
 * expiring premium, a market premium) and what needs draws (uncertainty_quantile) is refused. */
enum quo_status quo_bookterms_load(const char *path, struct quo_terms *out, struct quo_faults *faults);
/* A run's options as JSON, {"pricing": "{ ... }"}; the caller's, NULL without memory. */
char *quo_bookterms_options(const struct quo_terms *terms);
/* Back again. What was written before there were options is of the defaults of policies/terms.h. */
enum quo_status quo_bookterms_read_options(const char *options, struct quo_terms *out);
#endif
