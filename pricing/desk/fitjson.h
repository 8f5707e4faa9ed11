/* pricing/desk/fitjson.h -- a fit of the market as JSON (docs/formats.md). */
#ifndef QUO_FITJSON_H
#define QUO_FITJSON_H

#include <jansson.h>
#include "risk/perils/perilfit.h"

/* {data, perils[], reconciliation[], warnings[], ...}; NULL if there is no memory. */
json_t *quo_fitjson_document(const struct quo_perilfit *fit);
#endif
