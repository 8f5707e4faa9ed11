#include "pricing/portfolio/nameindex.h"

#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

/* FNV-1a. */
static uint64_t hash_of(const char *name)
{
    uint64_t h = 1469598103934665603u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h ^ h >> 32;
}

void quo_nameindex_free(struct quo_nameindex *index)
{
    if (!index)
        return;
    for (size_t i = 0; i < index->n; i++)
        free(index->name[i]);
    free(index->name);
    free(index->slot);
    memset(index, 0, sizeof *index);
}

/* The slot that holds the name, or the free one where it would go. */
static size_t slot_of(const struct quo_nameindex *index, const char *name)
{
    size_t at = hash_of(name) & (index->n_slots - 1);
    while (index->slot[at] && strcmp(index->name[index->slot[at] - 1], name) != 0)
        at = (at + 1) & (index->n_slots - 1);
    return at;
}

static int grow(struct quo_nameindex *index)
{
    const size_t room = index->room ? 2 * index->room : 64;
    char **name = realloc(index->name, room * sizeof *name);
    if (!name)
        return 0;
    index->name = name;
    uint32_t *slot = calloc(2 * room, sizeof *slot);
    if (!slot)
        return 0;
    free(index->slot);
    index->slot = slot;
    index->room = room;
    index->n_slots = 2 * room; /* a power of 2, half empty */
    for (size_t i = 0; i < index->n; i++)
        slot[slot_of(index, name[i])] = (uint32_t)i + 1;
    return 1;
}

long quo_nameindex_find(const struct quo_nameindex *index, const char *name)
{
    return index->n ? (long)index->slot[slot_of(index, name)] - 1 : -1;
}

long quo_nameindex_add(struct quo_nameindex *index, const char *name)
{
    const long known = quo_nameindex_find(index, name);
    if (known >= 0)
        return known;
    if (index->n == index->room && !grow(index))
        return -1;
    char *copy = quo_text_copy(name);
    if (!copy)
        return -1;
    index->slot[slot_of(index, name)] = (uint32_t)index->n + 1;
    index->name[index->n] = copy;
    return (long)index->n++;
}
