/* pricing/portfolio/nameindex.h -- from a name to the number it was given first: a table that grows. Owns copies of the names. */
#ifndef QUO_NAMEINDEX_H
#define QUO_NAMEINDEX_H

#include <stddef.h>
#include <stdint.h>

struct quo_nameindex {
    char **name; /* name[n], in order of appearance */
    size_t n, room;
    uint32_t *slot; /* slot[n_slots]: 0 free, else number + 1 */
    size_t n_slots;
};

void quo_nameindex_free(struct quo_nameindex *index); /* the contents; a zeroed struct is empty */
/* Its number, a new one for a new name; -1 without memory. */
long quo_nameindex_add(struct quo_nameindex *index, const char *name);
/* Its number; -1 if it is not there. */
long quo_nameindex_find(const struct quo_nameindex *index, const char *name);
#endif
