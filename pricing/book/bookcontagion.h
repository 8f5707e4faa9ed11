/* pricing/book/bookcontagion.h -- what the protocols of a book or of a table catch from each other, put into each of them: quotes and the simulated
 * book then speak of the same law. [methods: dependence] */
#ifndef QUO_BOOKCONTAGION_H
#define QUO_BOOKCONTAGION_H

#include "pricing/book/bookprotocols.h"
#include "pricing/engine.h"

/* With the dependence that ships. Protocols that nobody passes anything on to stay as they are, bit by bit. */
enum quo_status quo_bookcontagion_put(const struct quo_engine *engine, const struct quo_bookprotocols *protocols);
#endif
