#include "pricing/book/bookcontagion.h"

#include "pricing/portfolio/contagion.h"

static long find(const void *protocols, const char *id) { return quo_bookprotocols_find(protocols, id); }

enum quo_status quo_bookcontagion_put(const struct quo_engine *engine, const struct quo_bookprotocols *protocols)
{
    const struct quo_whereabouts where = {find, protocols};
    struct quo_dependence dependence;
    quo_dependence_init(&dependence);
    return quo_passings_catch(engine, &dependence, protocols->protocol, protocols->n, &where);
}
