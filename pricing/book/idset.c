#include "pricing/book/idset.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct quo_idset {
    uint64_t *hash; /* hash[room]; 0: free */
    int *number;    /* number[room]; NULL beyond QUO_IDSET_NUMBERED ids */
    size_t n, room;
};

static const unsigned char key[crypto_shorthash_KEYBYTES] = "quorate book ids";

static uint64_t hash_of(const char *id)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)id, strlen(id), key);
    return h ? h : 1;
}

/* Where the hash is, or the free place for it. Any number of places: the hash as a fraction of them. */
static size_t place_of(const struct quo_idset *set, uint64_t h)
{
    size_t at = (size_t)(((unsigned __int128)h * set->room) >> 64);
    while (set->hash[at] && set->hash[at] != h)
        at = at + 1 < set->room ? at + 1 : 0;
    return at;
}

static int grow(struct quo_idset *set, size_t room)
{
    struct quo_idset more = {.room = room, .n = set->n};
    more.hash = calloc(room, sizeof *more.hash);
    const int numbered = set->n < QUO_IDSET_NUMBERED && (set->number || set->n == 0);
    more.number = numbered ? calloc(room, sizeof *more.number) : NULL;
    if (!more.hash || (numbered && !more.number)) {
        free(more.hash);
        free(more.number);
        return 0;
    }
    for (size_t i = 0; i < set->room; i++)
        if (set->hash[i]) {
            const size_t at = place_of(&more, set->hash[i]);
            more.hash[at] = set->hash[i];
            if (more.number)
                more.number[at] = set->number[i];
        }
    free(set->hash);
    free(set->number);
    *set = more;
    return 1;
}

struct quo_idset *quo_idset_new(void)
{
    struct quo_idset *set = sodium_init() < 0 ? NULL : calloc(1, sizeof *set);
    if (set && !grow(set, 1024)) {
        free(set);
        return NULL;
    }
    return set;
}

void quo_idset_free(struct quo_idset *set)
{
    if (!set)
        return;
    free(set->hash);
    free(set->number);
    free(set);
}

enum quo_idset_found quo_idset_add(struct quo_idset *set, const char *id, int number, int *before)
{
    *before = 0;
    if (set->n + set->n / 6 >= set->room && !grow(set, set->room + set->room / 2)) /* at most 6/7 full */
        return QUO_IDSET_NO_MEMORY;
    const uint64_t h = hash_of(id);
    const size_t at = place_of(set, h);
    if (set->hash[at]) {
        *before = set->number ? set->number[at] : 0;
        return QUO_IDSET_TWICE;
    }
    set->hash[at] = h;
    if (set->number)
        set->number[at] = number;
    set->n++;
    return QUO_IDSET_NEW;
}
