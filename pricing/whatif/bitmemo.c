#include "pricing/whatif/bitmemo.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 64 /* things allocated together: they never move */

struct quo_bitmemo {
    size_t size;
    void (*let_go)(void *content);
    unsigned char **block; /* block[n_blocks] of BLOCK things each */
    size_t n_blocks, n;    /* n: things */
    uint64_t *key;         /* key[n] */
    size_t *slot;          /* slot[slots]: 1 + place; open addressing */
    size_t slots;
};

struct quo_bitmemo *quo_bitmemo_new(size_t size, void (*let_go)(void *content))
{
    struct quo_bitmemo *memo = calloc(1, sizeof *memo);
    if (memo) {
        memo->size = size;
        memo->let_go = let_go;
    }
    return memo;
}

static void *thing(const struct quo_bitmemo *m, size_t i) { return m->block[i / BLOCK] + i % BLOCK * m->size; }

void quo_bitmemo_clear(struct quo_bitmemo *m)
{
    for (size_t i = 0; i < m->n && m->let_go; i++)
        m->let_go(thing(m, i));
    m->n = 0;
    if (m->slots)
        memset(m->slot, 0, m->slots * sizeof *m->slot);
}

void quo_bitmemo_free(struct quo_bitmemo *m)
{
    if (!m)
        return;
    quo_bitmemo_clear(m);
    for (size_t i = 0; i < m->n_blocks; i++)
        free(m->block[i]);
    free(m->block);
    free(m->key);
    free(m->slot);
    free(m);
}

static size_t *find(const struct quo_bitmemo *m, uint64_t set)
{
    uint64_t h = set * 0x9E3779B97F4A7C15u; /* Fibonacci hashing */
    h ^= h >> 32;
    for (size_t i = (size_t)h;; i++) {
        size_t *slot = &m->slot[i & (m->slots - 1)];
        if (*slot == 0 || m->key[*slot - 1] == set)
            return slot;
    }
}

static bool grow(struct quo_bitmemo *m)
{
    if (m->n == m->n_blocks * BLOCK) {
        unsigned char **block = realloc(m->block, (m->n_blocks + 1) * sizeof *block);
        if (block)
            m->block = block;
        uint64_t *key = realloc(m->key, (m->n_blocks + 1) * BLOCK * sizeof *key);
        if (key)
            m->key = key;
        unsigned char *fresh = block && key ? malloc(BLOCK * m->size) : NULL;
        if (!fresh)
            return false;
        m->block[m->n_blocks++] = fresh;
    }
    if (2 * (m->n + 1) <= m->slots)
        return true;
    const size_t slots = m->slots ? 2 * m->slots : 128;
    size_t *slot = calloc(slots, sizeof *slot);
    if (!slot)
        return false;
    free(m->slot);
    m->slot = slot;
    m->slots = slots;
    for (size_t i = 0; i < m->n; i++)
        *find(m, m->key[i]) = i + 1;
    return true;
}

void *quo_bitmemo_at(struct quo_bitmemo *m, uint64_t set, bool *fresh)
{
    *fresh = false;
    if (m->slots) {
        const size_t at = *find(m, set);
        if (at)
            return thing(m, at - 1);
    }
    if (!grow(m))
        return NULL;
    *fresh = true;
    m->key[m->n] = set;
    *find(m, set) = m->n + 1;
    void *content = thing(m, m->n++);
    memset(content, 0, m->size);
    return content;
}

void quo_bitmemo_drop(struct quo_bitmemo *m, uint64_t set)
{
    *find(m, set) = 0; /* the last one made: nobody was put behind it */
    m->n--;
}

size_t quo_bitmemo_count(const struct quo_bitmemo *m) { return m->n; }
