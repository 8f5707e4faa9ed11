/* pricing/desk/quotejson.h -- a quote as the JSON document of docs/formats.md. */
#ifndef QUO_QUOTEJSON_H
#define QUO_QUOTEJSON_H

#include <jansson.h>
#include "pricing/quote.h"

/* policy_files: the files the policy was read from, for inputs[]; n may be 0. NULL if there is no memory. */
json_t *quo_quotejson(const struct quo_quote *quote, const struct quo_file_hash *policy_files, size_t n, uint64_t seed);
#endif
