#include "pricing/book/idset.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "risk/base/tempfile.h"

/* The first QUO_IDSET_NUMBERED ids stand in a table with their numbers. When they are more, the table's hashes are sorted, written to a file
 * without a name, and the table begins again: a run. A Bloom filter of all that is in runs [Bloom70] says of nearly every new id that it is in
 * none; of the rest the file is asked. So memory does not grow with the file: 14 MiB of table, then 2 and 8 of filter. */
#define TABLE_MAX (QUO_IDSET_NUMBERED * 7 / 6 + 8)
#define RUN_MAX (QUO_IDSET_NUMBERED / 4) /* ids of the later tables, which have no numbers */
#define FILTER_BITS ((uint64_t)64 << 20)
#define FILTER_TESTS 5 /* the best for ten million ids: 6.7 bits each, 4 % of the last asked for nothing */
#define PAGE 512 /* hashes of a run that are read at once; the first of each is kept in memory: 156 KiB for ten million */

struct run {
    size_t begin, end; /* in the file, in hashes */
    uint64_t *first;   /* of each page */
};

struct quo_idset {
    uint64_t *hash; /* hash[room]; 0: free */
    int *number;    /* number[room]; NULL once there are runs */
    size_t n, room;
    uint64_t *filter; /* NULL: no runs */
    FILE *runs;       /* sorted hashes, run after run */
    struct run *run;  /* run[n_runs] */
    size_t n_runs;
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

static bool grow(struct quo_idset *set, size_t room)
{
    struct quo_idset more = *set;
    more.room = room < TABLE_MAX ? room : TABLE_MAX;
    more.hash = calloc(more.room, sizeof *more.hash);
    more.number = calloc(more.room, sizeof *more.number);
    if (!more.hash || !more.number) {
        free(more.hash);
        free(more.number);
        return false;
    }
    for (size_t i = 0; i < set->room; i++)
        if (set->hash[i]) {
            const size_t at = place_of(&more, set->hash[i]);
            more.hash[at] = set->hash[i];
            more.number[at] = set->number[i];
        }
    free(set->hash);
    free(set->number);
    *set = more;
    return true;
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
    if (set->runs)
        fclose(set->runs);
    for (size_t r = 0; r < set->n_runs; r++)
        free(set->run[r].first);
    free(set->run);
    free(set->filter);
    free(set->hash);
    free(set->number);
    free(set);
}

/* The bits of a hash, by two halves of it [KM06]. */
static uint64_t bit_of(uint64_t h, unsigned test)
{
    return (uint64_t)(((unsigned __int128)(h + test * ((h >> 32 | h << 32) | 1)) * FILTER_BITS) >> 64);
}

static bool may_be_in_runs(const struct quo_idset *set, uint64_t h)
{
    for (unsigned t = 0; t < FILTER_TESTS; t++)
        if (!(set->filter[bit_of(h, t) / 64] >> (bit_of(h, t) & 63) & 1))
            return false;
    return true;
}

static int by_hash(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static FILE *unnamed(void)
{
    const int fd = quo_tempfile_open();
    FILE *file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

/* The last run's hashes into the filter, from the file: the table has given its room back by then. */
static bool mark_last_run(struct quo_idset *set)
{
    uint64_t some[PAGE];
    const size_t end = set->run[set->n_runs - 1].end;
    size_t at = set->run[set->n_runs - 1].begin;
    if (fseeko(set->runs, (off_t)(at * sizeof *some), SEEK_SET) != 0)
        return false;
    for (size_t n = 0; at < end; at += n) {
        n = end - at < PAGE ? end - at : PAGE;
        if (fread(some, sizeof *some, n, set->runs) != n)
            return false;
        for (size_t i = 0; i < n; i++)
            for (unsigned t = 0; t < FILTER_TESTS; t++)
                set->filter[bit_of(some[i], t) / 64] |= (uint64_t)1 << (bit_of(some[i], t) & 63);
    }
    return true;
}

/* The table's hashes, sorted, behind the other runs of the file. */
static bool write_run(struct quo_idset *set)
{
    if (!set->runs)
        set->runs = unnamed();
    struct run *more = realloc(set->run, (set->n_runs + 1) * sizeof *more);
    set->run = more ? more : set->run;
    uint64_t *first = malloc((set->n / PAGE + 1) * sizeof *first);
    if (!set->runs || !more || !first) {
        free(first);
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < set->room; i++)
        if (set->hash[i])
            set->hash[n++] = set->hash[i];
    qsort(set->hash, n, sizeof *set->hash, by_hash);
    for (size_t i = 0; i < n; i += PAGE)
        first[i / PAGE] = set->hash[i];
    const size_t begin = set->n_runs ? more[set->n_runs - 1].end : 0;
    more[set->n_runs++] = (struct run){begin, begin + n, first};
    return fseeko(set->runs, 0, SEEK_END) == 0 && fwrite(set->hash, sizeof *set->hash, n, set->runs) == n &&
           fflush(set->runs) == 0;
}

/* The table becomes a run, and is empty afterwards; later ones are smaller, as the filter has taken their room. */
static bool spill(struct quo_idset *set)
{
    if (!write_run(set))
        return false;
    free(set->number);
    free(set->hash);
    set->number = NULL;
    set->n = 0;
    set->room = RUN_MAX * 7 / 6 + 8;
    set->hash = calloc(set->room, sizeof *set->hash);
    if (!set->filter)
        set->filter = calloc(FILTER_BITS / 64, sizeof *set->filter);
    return set->hash && set->filter && mark_last_run(set);
}

/* By halves among the pages' first hashes, and then in the one page of the file. */
static enum quo_idset_found ask_run(const struct quo_idset *set, const struct run *run, uint64_t h)
{
    uint64_t page[PAGE];
    size_t low = 0, high = (run->end - run->begin + PAGE - 1) / PAGE;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (run->first[middle] <= h)
            low = middle;
        else
            high = middle;
    }
    const size_t at = run->begin + low * PAGE, n = run->end - at < PAGE ? run->end - at : PAGE;
    if (fseeko(set->runs, (off_t)(at * sizeof *page), SEEK_SET) != 0 || fread(page, sizeof *page, n, set->runs) != n)
        return QUO_IDSET_NO_MEMORY;
    return bsearch(&h, page, n, sizeof *page, by_hash) ? QUO_IDSET_TWICE : QUO_IDSET_NEW;
}

static enum quo_idset_found ask_runs(const struct quo_idset *set, uint64_t h)
{
    enum quo_idset_found found = QUO_IDSET_NEW;
    for (size_t r = 0; r < set->n_runs && found == QUO_IDSET_NEW; r++)
        found = ask_run(set, &set->run[r], h);
    return found;
}

enum quo_idset_found quo_idset_add(struct quo_idset *set, const char *id, int number, int *before)
{
    *before = 0;
    const size_t most = set->number ? QUO_IDSET_NUMBERED : RUN_MAX;
    if (set->n >= most) {
        if (!spill(set))
            return QUO_IDSET_NO_MEMORY;
    } else if (set->n + set->n / 6 >= set->room && !grow(set, set->room + set->room / 2)) { /* at most 6/7 full */
        return QUO_IDSET_NO_MEMORY;
    }
    const uint64_t h = hash_of(id);
    const size_t at = place_of(set, h);
    if (set->hash[at]) {
        *before = set->number ? set->number[at] : 0;
        return QUO_IDSET_TWICE;
    }
    if (set->filter && may_be_in_runs(set, h)) {
        const enum quo_idset_found there = ask_runs(set, h);
        if (there != QUO_IDSET_NEW)
            return there;
    }
    set->hash[at] = h;
    if (set->number)
        set->number[at] = number;
    set->n++;
    return QUO_IDSET_NEW;
}
