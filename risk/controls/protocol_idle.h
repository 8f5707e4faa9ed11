/* risk/controls/protocol_idle.h -- what stands in a protocol and counts for nothing, or for all. Inside of the reader. */
#ifndef QUO_PROTOCOL_IDLE_H
#define QUO_PROTOCOL_IDLE_H

#include "risk/controls/protocol.h"

/* Warns at the lines of `group`, the protocol's own. */
void quo_protocol_idle(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                       const struct quo_setting *group);
/* The entry of `answers` that begins at that line; the list where there is none, the group without one. */
const struct quo_setting *quo_protocol_entry(const struct quo_setting *group, int line);
#endif
