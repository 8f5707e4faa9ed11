/* pricing/desk/nextreport.h -- the next best steps of a protocol, for people and as JSON. */
#ifndef QUO_NEXTREPORT_H
#define QUO_NEXTREPORT_H

#include <jansson.h>
#include "pricing/desk/table.h"
#include "pricing/whatif/nextbest.h"

/* The first `most` of them. */
void quo_nextreport_print(const struct quo_page *page, const struct quo_nextbest *best, const struct quo_effort *effort,
                          const struct quo_catalogue *catalogue, size_t most);
json_t *quo_nextreport_json(const struct quo_nextbest *best, const struct quo_effort *effort,
                            const struct quo_catalogue *catalogue, size_t most);
#endif
