/* pricing/desk/whatifjson.h -- a what-if as JSON (docs/formats.md): everything at full precision. */
#ifndef QUO_WHATIFJSON_H
#define QUO_WHATIFJSON_H

#include <jansson.h>
#include "pricing/whatif/whatif.h"

/* The document without its schema; NULL without memory. */
json_t *quo_whatifjson(const struct quo_whatif *whatif);
#endif
