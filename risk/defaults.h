/* risk/defaults.h -- the files that ship inside the library, so that a quote works from any folder.
 *
 * They are read and hashed when the library is built (risk/prepare.c) and embedded as the trees that this gave; the model's draws
 * as the numbers they are. Read so, they are bit for bit what the files give (tests/test_defaults.c). */
#ifndef QUO_DEFAULTS_H
#define QUO_DEFAULTS_H

#include "risk/base/config.h"

enum quo_default { QUO_DEFAULT_CATALOGUE, QUO_DEFAULT_MARKET, QUO_DEFAULT_MODEL, QUO_DEFAULT_AUTHORITY, QUO_DEFAULTS };

/* "fixtures/catalogue/controls.cfg": stands for the file in faults and in the audit trail, with the hash of its bytes. */
const char *quo_default_name(enum quo_default which);
enum quo_status quo_default_open(enum quo_default which, struct quo_config **out, struct quo_faults *faults);
/* What the scale of the shipped catalogue and market needs no more to compute. */
struct quo_scale_known;
const struct quo_scale_known *quo_default_scale(void);
#endif
