/* pricing/book/changeways.h -- the way of each premium from then to now, laid to exposure, terms, controls, model and rate. Where the past is kept (a
 * book, tables) is the caller's; prices between the two are made here.                                 [methods: change] */
#ifndef QUO_CHANGEWAYS_H
#define QUO_CHANGEWAYS_H

#include "pricing/book/reprice.h"

/* Inputs that may differ, as a set. */
enum { QUO_WAY_EXPOSURE = 1, QUO_WAY_TERMS = 2, QUO_WAY_CONTROLS = 4 };

/* A policy as it was. */
struct quo_way_then {
    double before;                 /* the premium */
    unsigned differ;               /* which of its inputs were others */
    struct quo_bookpolicy policy;  /* set to the row of now; written anew where TERMS differs, its texts and steps to live until the next is asked for */
    struct quo_protocol *protocol; /* where EXPOSURE or CONTROLS differs; to live until all is explained */
};

struct quo_changeways {
    const struct quo_engine *engine;
    const struct quo_bookprotocols *protocols; /* what the rows cover now */
    bool model, rate;              /* whether model files, and pricing terms or program, are others than then */
    bool pricing;                  /* of the rate, the pricing terms */
    struct quo_terms terms_then;   /* the pricing terms of then, where they are others */
    const struct quo_terms *terms; /* of now */
    int jobs;
    /* *found: there is a premium to compare with. */
    enum quo_status (*then)(void *context, const struct quo_bookpolicy *row, size_t i, struct quo_way_then *out,
                            bool *found);
    void *context;
};

/* Fills `before` and `why` of each result that was found, and refers movements beyond authority. Prices between the two are computed where several inputs differ. */
enum quo_status quo_changeways_explain(const struct quo_changeways *ways, const struct quo_bookpolicy *row, size_t n,
                                       struct quo_repriced *priced);
#endif
