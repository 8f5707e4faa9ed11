/* risk/controls/catalogue_reader.h -- what the two halves of the catalogue's reader share. Inside of the reader. */
#ifndef QUO_CATALOGUE_READER_H
#define QUO_CATALOGUE_READER_H

#include "risk/controls/catalogue.h"

struct quo_catalogue_code {
    const char *name; /* points into the config */
    quo_peril_set set;
};

struct quo_catalogue_reader {
    struct quo_catalogue *catalogue;
    struct quo_catalogue_code *code;
    size_t n_codes;
    bool no_memory;
};

/* calloc that remembers its failure; 0 elements give NULL without one. */
void *quo_catalogue_room(struct quo_catalogue_reader *r, size_t n, size_t size);
char *quo_catalogue_text(struct quo_catalogue_reader *r, const struct quo_setting *group, const char *name,
                         bool required);
char *quo_catalogue_origin(struct quo_catalogue_reader *r, const struct quo_setting *group);
/* A name that may stand only once; `before` are the names read so far. */
void quo_catalogue_refuse_twice(const struct quo_setting *at, const char *what, const char *name,
                                const char *const *before, size_t n);

/* Storage, group kinds, constants, paths, knock-outs: all below the root. */
void quo_catalogue_read_tables(struct quo_catalogue_reader *r, const struct quo_setting *root);
#endif
