/* pricing/desk/explainjson.h -- designs, other houses' prices and the controls' worth as fields of a quote's JSON. */
#ifndef QUO_EXPLAINJSON_H
#define QUO_EXPLAINJSON_H

#include <jansson.h>
#include "pricing/explain/explanation.h"

/* Adds `design`, `rivals`, `controls`, each where it was asked for. */
void quo_explainjson_add(json_t *document, const struct quo_quote *quote, const struct quo_explanation *explanation);
#endif
