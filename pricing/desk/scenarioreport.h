/* pricing/desk/scenarioreport.h -- a scenario on a book, for people and as JSON. */
#ifndef QUO_SCENARIOREPORT_H
#define QUO_SCENARIOREPORT_H

#include <jansson.h>
#include "pricing/desk/table.h"
#include "pricing/whatif/scenario.h"

void quo_scenarioreport_print(const struct quo_page *page, const struct quo_scenario *scenario);
json_t *quo_scenarioreport_json(const struct quo_scenario *scenario);
#endif
