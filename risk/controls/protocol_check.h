/* risk/controls/protocol_check.h -- answers that contradict each other or what is written out beside them. Inside of the reader, and where
 * answers were changed since. */
#ifndef QUO_PROTOCOL_CHECK_H
#define QUO_PROTOCOL_CHECK_H

#include "risk/controls/protocol.h"

/* Warns at the lines of `group`, the protocol's own; of answers that do not stand in it, at the list of answers. */
void quo_protocol_check(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                        const struct quo_setting *group);
#endif
