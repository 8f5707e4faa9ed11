/* pricing/desk/calibrateshow.h -- what `calibrate` shows: text for people, and the document of product.md. */
#ifndef QUO_CALIBRATESHOW_H
#define QUO_CALIBRATESHOW_H

#include <jansson.h>
#include <stdio.h>
#include "risk/perils/calibrate.h"

void quo_calibrateshow_text(const struct quo_calibrate *calibrate, FILE *to);
/* New reference; NULL if memory ran out. */
json_t *quo_calibrateshow_document(const struct quo_calibrate *calibrate);
#endif
