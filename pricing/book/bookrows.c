#include <stdlib.h>
#include <string.h>

#include "pricing/book/reprice.h"

#define BLOCK ((size_t)1 << 20)

void quo_bookrows_clear(struct quo_bookrows *rows)
{
    for (size_t i = 1; i < rows->n_blocks; i++)
        free(rows->block[i]);
    rows->n_blocks = rows->n_blocks ? 1 : 0;
    rows->used = 0;
    rows->n = 0;
}

void quo_bookrows_free(struct quo_bookrows *rows)
{
    for (size_t i = 0; i < rows->n_blocks; i++)
        free(rows->block[i]);
    free(rows->block);
    free(rows->row);
    *rows = (struct quo_bookrows){0};
}

/* n bytes in the blocks; nothing moves while it is in use. A row's texts are below a megabyte: the reader saw to that. */
static void *keep(struct quo_bookrows *rows, const void *bytes, size_t n)
{
    rows->used = (rows->used + 7) / 8 * 8;
    if (rows->n_blocks == 0 || rows->used + n > BLOCK) {
        char **grown = realloc(rows->block, (rows->n_blocks + 1) * sizeof *grown);
        if (!grown || n > BLOCK)
            return NULL;
        rows->block = grown;
        if (!(grown[rows->n_blocks] = malloc(BLOCK)))
            return NULL;
        rows->n_blocks++;
        rows->used = 0;
    }
    char *at = rows->block[rows->n_blocks - 1] + rows->used;
    memcpy(at, bytes, n);
    rows->used += n;
    return at;
}

enum quo_status quo_bookrows_add(struct quo_bookrows *rows, const struct quo_bookpolicy *row)
{
    if (rows->n == rows->room) {
        const size_t room = rows->room ? 2 * rows->room : 1024;
        struct quo_bookpolicy *grown = realloc(rows->row, room * sizeof *grown);
        if (!grown)
            return QUO_MACHINE;
        rows->row = grown;
        rows->room = room;
    }
    struct quo_bookpolicy *copy = &rows->row[rows->n];
    *copy = *row;
    copy->id = keep(rows, row->id, strlen(row->id) + 1);
    copy->protocol_id = keep(rows, row->protocol_id, strlen(row->protocol_id) + 1);
    copy->step = row->n_steps ? keep(rows, row->step, (size_t)row->n_steps * sizeof *row->step) : NULL;
    copy->document = row->document ? keep(rows, row->document, strlen(row->document) + 1) : NULL;
    if (row->document && !copy->document)
        return QUO_MACHINE;
    if (!copy->id || !copy->protocol_id || (row->n_steps && !copy->step))
        return QUO_MACHINE;
    rows->n++;
    return QUO_OK;
}
