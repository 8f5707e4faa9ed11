/* pricing/desk/explainreport.h -- designs, other houses' prices and the controls' worth as tables for people. */
#ifndef QUO_EXPLAINREPORT_H
#define QUO_EXPLAINREPORT_H

#include "pricing/desk/table.h"
#include "pricing/explain/explanation.h"

void quo_explainreport(const struct quo_page *page, const struct quo_quote *quote,
                       const struct quo_explanation *explanation);
#endif
