/* risk/defaults.h -- the files that ship inside the library, so that a quote works from any folder: embedded at build. */
#ifndef QUO_DEFAULTS_H
#define QUO_DEFAULTS_H

#include <stddef.h>

enum quo_default { QUO_DEFAULT_CATALOGUE, QUO_DEFAULT_MARKET, QUO_DEFAULT_MODEL, QUO_DEFAULT_AUTHORITY, QUO_DEFAULTS };

struct quo_default_file {
    const char *name; /* "fixtures/catalogue/controls.cfg": stands for the file in faults and in the audit trail */
    const char *text;
    size_t n;
};
struct quo_default_file quo_default_file(enum quo_default which);
#endif
