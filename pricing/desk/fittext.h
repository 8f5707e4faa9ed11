/* pricing/desk/fittext.h -- a fit of the market as text that an actuary can paste in a file note. */
#ifndef QUO_FITTEXT_H
#define QUO_FITTEXT_H

#include <stdio.h>
#include "risk/perils/perilfit.h"

void quo_fittext_write(const struct quo_perilfit *fit, FILE *to);
#endif
