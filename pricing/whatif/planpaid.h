/* pricing/whatif/planpaid.h -- what the sets of changes between two pay at least and at most. Inside of planpremium.c. [methods: proofs] */
#ifndef QUO_PLANPAID_H
#define QUO_PLANPAID_H

#include "pricing/whatif/planpiece.h"

/* The one cover whose false alarms are shared among several perils, all of them with own experience. */
struct quo_planshared {
    int cover; /* -1: none */
    double rate, paying_least, paying_most; /* of alarms; of events that pay, before own experience */
};

struct quo_planpremium {
    struct quo_boundyear least, most;                           /* the least and the most that any set pays */
    double *events_least[QUO_PERILS], *events_most[QUO_PERILS]; /* by peril, own experience in them; NULL: not covered */
    double *alarm_least, *alarm_most;                           /* [n_covers x points] */
    double *slope;            /* slope[n_covers x points]: what one more step of a payout is worth, at least */
    double *worth[QUO_PERILS]; /* of an event, by law */
    double tilt[QUO_PERILS];  /* of slopes, by table */
    double *back;             /* by entry of the piece of what reinstatements bring back; NULL: nothing */
    double alone[QUO_PERILS]; /* alarms of a cover of that one table; 0: none or not alone */
    struct quo_planshared shared;
};
/* NULL without memory, or where nothing can be told. */
struct quo_planpremium *quo_planpaid_new(const struct quo_planbound *bound);
#endif
