/* risk/controls/protocol_check.h -- answers that contradict each other or what is written out beside them. Inside of the reader. */
#ifndef QUO_PROTOCOL_CHECK_H
#define QUO_PROTOCOL_CHECK_H

#include "risk/controls/protocol.h"

/* Warns at the lines of `group`, the protocol's own. */
void quo_protocol_check(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                        const struct quo_setting *group);
#endif
