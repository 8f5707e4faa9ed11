/* tests/hazards.h -- made-up hazards for the tests of pricing: every family that bends, caps and atoms included. */
#ifndef HAZARDS_H
#define HAZARDS_H

#include "risk/base/stream.h"
#include "risk/hazard.h"

/* Four money perils and the outage, all present; exposure is the cap. */
void hazards_example(double exposure, struct quo_hazard hazard[QUO_PERILS]);
/* The same with random parameters. */
void hazards_random(struct quo_stream *stream, double exposure, struct quo_hazard hazard[QUO_PERILS]);
#endif
