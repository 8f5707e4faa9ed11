/* pricing/portfolio/contagion.h -- who passes losses on to whom in a book, and what that adds to the rates of those who are reached: the same for a
 * simulated book and for its quotes, so that both agree. One step: what is passed on is not passed on again. [methods: dependence] */
#ifndef QUO_CONTAGION_H
#define QUO_CONTAGION_H

#include "pricing/engine.h"
#include "pricing/portfolio/dependence.h"
#include "risk/controls/protocol.h"

struct quo_passing {
    uint32_t from, to; /* places of the protocols */
    quo_peril_set perils;
    double chance; /* that a loss there is one here */
    bool bridge;   /* a bridge that `to` names among its dependencies */
};

struct quo_passings {
    struct quo_passing *passing; /* passing[n], by the protocol that names the other */
    size_t n, room;
};
void quo_passings_free(struct quo_passings *passings); /* the contents */

/* Protocols by id: their place, -1 for others. */
struct quo_whereabouts {
    long (*find)(const void *context, const char *id);
    const void *context;
};

/* protocol[n], NULL for those of no ties. QUO_MACHINE alone. */
enum quo_status quo_passings_find(const struct quo_dependence *dependence, const struct quo_protocol *const *protocol,
                                  size_t n, const struct quo_whereabouts *where, struct quo_passings *out);
/* Sets each protocol's own contagion, of the end of the model's data. Protocols that cannot be scored pass nothing on. */
enum quo_status quo_passings_catch(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                   struct quo_protocol *const *protocol, size_t n, const struct quo_whereabouts *where);
#endif
