#include "pricing/book/piles.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "risk/base/tempfile.h"

#define BLOCK QUO_PILES_BLOCK

struct block {
    char *memory; /* NULL: it is in the file */
    size_t place; /* there, in blocks */
};

struct pile {
    struct block *block; /* block[n_blocks]: whole ones */
    size_t n_blocks, room;
    char *open; /* what comes after them; open[BLOCK] */
    size_t size;
};

struct quo_piles {
    struct pile *pile;
    size_t n, most, held, filed; /* piles; blocks that may be, and are, in memory; blocks in the file */
    int fd;                      /* -1: no file yet */
    int error;                   /* errno of the file, 0: none */
    pthread_mutex_t lock;        /* of most to error */
};

struct quo_piles *quo_piles_new(size_t n, size_t memory)
{
    struct quo_piles *p = calloc(1, sizeof *p);
    if (!p || !(p->pile = calloc(n ? n : 1, sizeof *p->pile))) {
        free(p);
        return NULL;
    }
    p->n = n;
    p->most = memory / BLOCK;
    p->fd = -1;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void quo_piles_most(struct quo_piles *p, size_t memory)
{
    pthread_mutex_lock(&p->lock);
    p->most = memory / BLOCK;
    pthread_mutex_unlock(&p->lock);
}

void quo_piles_clear(struct quo_piles *p)
{
    for (size_t i = 0; i < p->n; i++) {
        for (size_t b = 0; b < p->pile[i].n_blocks; b++)
            free(p->pile[i].block[b].memory);
        free(p->pile[i].open);
        p->pile[i].open = NULL;
        p->pile[i].n_blocks = p->pile[i].size = 0;
    }
    p->held = p->filed = 0;
    if (p->fd >= 0 && ftruncate(p->fd, 0) != 0)
        p->error = errno;
}

void quo_piles_free(struct quo_piles *p)
{
    if (!p)
        return;
    quo_piles_clear(p);
    for (size_t i = 0; i < p->n; i++)
        free(p->pile[i].block);
    if (p->fd >= 0)
        close(p->fd);
    pthread_mutex_destroy(&p->lock);
    free(p->pile);
    free(p);
}

/* All of a block at its place in the file; what a signal cuts short goes on. */
static int write_block(int fd, const char *bytes, size_t place)
{
    for (size_t done = 0; done < BLOCK;) {
        const ssize_t n = pwrite(fd, bytes + done, BLOCK - done, (off_t)(place * BLOCK + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        done += (size_t)n;
    }
    return 0;
}

/* A whole block: into memory while there is room, else into the file. */
static enum quo_status put_block(struct quo_piles *p, struct pile *pile)
{
    if (pile->n_blocks == pile->room) {
        const size_t room = pile->room ? 2 * pile->room : 8;
        struct block *grown = realloc(pile->block, room * sizeof *grown);
        if (!grown)
            return QUO_MACHINE;
        pile->block = grown;
        pile->room = room;
    }
    struct block *to = &pile->block[pile->n_blocks];
    int error = 0;
    *to = (struct block){NULL, 0};
    pthread_mutex_lock(&p->lock);
    const bool stays = p->held < p->most;
    if (stays)
        p->held++;
    else if (p->fd < 0 && (p->fd = quo_tempfile_open()) < 0)
        error = errno;
    else
        to->place = p->filed++;
    p->error = error ? error : p->error;
    pthread_mutex_unlock(&p->lock);
    if (stays) {
        to->memory = pile->open;
        pile->open = NULL;
    } else if (!error && (error = write_block(p->fd, pile->open, to->place)) != 0) {
        pthread_mutex_lock(&p->lock);
        p->error = error;
        pthread_mutex_unlock(&p->lock);
    }
    pile->n_blocks += error == 0;
    return error ? QUO_MACHINE : QUO_OK;
}

enum quo_status quo_piles_add(struct quo_piles *p, size_t i, const void *bytes, size_t n)
{
    struct pile *pile = &p->pile[i];
    const char *from = bytes;
    while (n > 0) {
        const size_t used = pile->size % BLOCK, take = n < BLOCK - used ? n : BLOCK - used;
        if (!pile->open && !(pile->open = malloc(BLOCK)))
            return QUO_MACHINE;
        memcpy(pile->open + used, from, take);
        pile->size += take;
        from += take;
        n -= take;
        if (used + take == BLOCK && put_block(p, pile) != QUO_OK)
            return QUO_MACHINE;
    }
    return QUO_OK;
}

size_t quo_piles_size(const struct quo_piles *p, size_t i) { return p->pile[i].size; }

enum quo_status quo_piles_read(const struct quo_piles *p, size_t i, size_t from, void *to, size_t n)
{
    const struct pile *pile = &p->pile[i];
    char *at = to;
    while (n > 0) {
        const size_t b = from / BLOCK, begin = from % BLOCK, take = n < BLOCK - begin ? n : BLOCK - begin;
        const char *memory = b == pile->n_blocks ? pile->open : pile->block[b].memory;
        if (memory)
            memcpy(at, memory + begin, take);
        for (size_t done = memory ? take : 0; done < take;) {
            const ssize_t got = pread(p->fd, at + done, take - done, (off_t)(pile->block[b].place * BLOCK + begin + done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return QUO_MACHINE;
            done += (size_t)got;
        }
        from += take;
        at += take;
        n -= take;
    }
    return QUO_OK;
}

bool quo_piles_told(const struct quo_piles *p, struct quo_faults *faults)
{
    if (p->error)
        quo_faults_add(faults, QUO_MACHINE, quo_tempfile_folder(), 0,
                       "make room there, or set TMPDIR to a folder with room",
                       "the temporary file cannot be written: %s", strerrordesc_np(p->error));
    return p->error != 0;
}
