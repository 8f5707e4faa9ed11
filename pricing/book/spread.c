#include "pricing/book/spread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/piles.h"

#define PARTS 256 /* of the protocols */
#define ROWS_MEMORY ((size_t)12 << 20)
#define TEXT_MEMORY ((size_t)16 << 20)

/* A row as it is kept; its steps and its id follow, filled up to whole doubles. */
struct kept {
    double attach, exhaust, waiting_hours, event_limit, annual_limit, expiring_premium;
    int32_t line, inception, term_days, n_steps;
    uint32_t protocol, perils, id_size;
    uint16_t index, shape;
};

struct task {
    size_t part, from, to, rows; /* bytes of the part's pile */
};

struct quo_spread {
    struct quo_piles *rows; /* a pile a part */
    uint8_t *part;          /* part[room]: of each row */
    size_t n, room;
    size_t part_rows[PARTS];
    struct task *task; /* task[n_tasks] */
    size_t n_tasks;
    struct quo_piles *text; /* a pile a task; NULL before the cut */
    size_t text_room;
    struct { /* where a part is cut for the first time, the second ... in bytes */
        size_t *at, n;
    } cut[PARTS];
};

struct quo_spread *quo_spread_new(void)
{
    struct quo_spread *s = calloc(1, sizeof *s);
    if (s && !(s->rows = quo_piles_new(PARTS, ROWS_MEMORY))) {
        free(s);
        return NULL;
    }
    return s;
}

void quo_spread_clear(struct quo_spread *s)
{
    quo_piles_clear(s->rows);
    if (s->text)
        quo_piles_clear(s->text);
    s->n = s->n_tasks = 0;
    memset(s->part_rows, 0, sizeof s->part_rows);
    for (size_t p = 0; p < PARTS; p++)
        s->cut[p].n = 0;
}

void quo_spread_free(struct quo_spread *s)
{
    if (!s)
        return;
    for (size_t p = 0; p < PARTS; p++)
        free(s->cut[p].at);
    quo_piles_free(s->rows);
    quo_piles_free(s->text);
    free(s->part);
    free(s->task);
    free(s);
}

static size_t padding(size_t n) { return (8 - n % 8) % 8; }

/* Where the part holds as many rows as a task may: the next begins here. */
static bool cut_here(struct quo_spread *s, size_t p)
{
    size_t *grown = realloc(s->cut[p].at, (s->cut[p].n + 1) * sizeof *grown);
    if (!grown)
        return false;
    s->cut[p].at = grown;
    grown[s->cut[p].n++] = quo_piles_size(s->rows, p);
    return true;
}

enum quo_status quo_spread_add(struct quo_spread *s, const struct quo_bookpolicy *row)
{
    static const char zero[8] = {0};
    const size_t p = (size_t)row->protocol % PARTS, id_size = strlen(row->id) + 1;
    if (s->n == s->room) {
        const size_t room = s->room ? 2 * s->room : 4096;
        uint8_t *grown = realloc(s->part, room);
        if (!grown)
            return QUO_MACHINE;
        s->part = grown;
        s->room = room;
    }
    if (s->part_rows[p] && s->part_rows[p] % QUO_SPREAD_TASK == 0 && !cut_here(s, p))
        return QUO_MACHINE;
    const struct kept kept = {.attach = row->attach,
                              .exhaust = row->exhaust,
                              .waiting_hours = row->waiting_hours,
                              .event_limit = row->event_limit,
                              .annual_limit = row->annual_limit,
                              .expiring_premium = row->expiring_premium,
                              .line = row->line,
                              .inception = row->inception,
                              .term_days = row->term_days,
                              .n_steps = row->n_steps,
                              .protocol = (uint32_t)row->protocol,
                              .perils = row->perils,
                              .id_size = (uint32_t)id_size,
                              .index = (uint16_t)row->index,
                              .shape = (uint16_t)row->shape};
    enum quo_status status = quo_piles_add(s->rows, p, &kept, sizeof kept);
    if (status == QUO_OK)
        status = quo_piles_add(s->rows, p, row->step, (size_t)row->n_steps * sizeof *row->step);
    if (status == QUO_OK)
        status = quo_piles_add(s->rows, p, row->id, id_size);
    if (status == QUO_OK)
        status = quo_piles_add(s->rows, p, zero, padding(id_size));
    if (status == QUO_OK) {
        s->part[s->n++] = (uint8_t)p;
        s->part_rows[p]++;
    }
    return status;
}

size_t quo_spread_rows(const struct quo_spread *s) { return s->n; }

size_t quo_spread_task_rows(const struct quo_spread *s, size_t task) { return s->task[task].rows; }

static int by_rows(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->part != y->part ? (x->part > y->part) - (x->part < y->part) : (x->from > y->from) - (x->from < y->from);
}

size_t quo_spread_cut(struct quo_spread *s)
{
    size_t most = 0;
    for (size_t p = 0; p < PARTS; p++)
        most += 1 + s->cut[p].n;
    struct task *task = realloc(s->task, most * sizeof *task);
    if (!task)
        return 0;
    s->task = task;
    s->n_tasks = 0;
    for (size_t p = 0; p < PARTS; p++)
        for (size_t i = 0; i <= s->cut[p].n && s->part_rows[p]; i++) {
            const bool last = i == s->cut[p].n;
            task[s->n_tasks++] =
                (struct task){.part = p,
                              .from = i ? s->cut[p].at[i - 1] : 0,
                              .to = last ? quo_piles_size(s->rows, p) : s->cut[p].at[i],
                              .rows = last ? s->part_rows[p] - i * QUO_SPREAD_TASK : QUO_SPREAD_TASK};
        }
    qsort(task, s->n_tasks, sizeof *task, by_rows);
    if (s->text_room < s->n_tasks) {
        quo_piles_free(s->text);
        s->text = quo_piles_new(s->n_tasks, TEXT_MEMORY);
        s->text_room = s->text ? s->n_tasks : 0;
    }
    return s->text || s->n_tasks == 0 ? s->n_tasks : 0;
}

void quo_spreadrows_free(struct quo_spreadrows *rows)
{
    free(rows->row);
    free(rows->bytes);
    *rows = (struct quo_spreadrows){0};
}

size_t quo_spread_task_bytes(const struct quo_spread *s, size_t task) { return s->task[task].to - s->task[task].from; }

enum quo_status quo_spread_task_read(const struct quo_spread *s, size_t task, char *bytes)
{
    const struct task *t = &s->task[task];
    return quo_piles_read(s->rows, t->part, t->from, bytes, t->to - t->from);
}

enum quo_status quo_spread_read(const struct quo_spread *s, size_t task, const struct quo_bookprotocols *protocols,
                                const struct quo_terms *terms, struct quo_spreadrows *out)
{
    char *bytes = malloc(quo_spread_task_bytes(s, task));
    *out = (struct quo_spreadrows){0};
    if (!bytes || quo_spread_task_read(s, task, bytes) != QUO_OK) {
        free(bytes);
        return QUO_MACHINE;
    }
    return quo_spreadrows_parse(bytes, s->task[task].rows, protocols, terms, out);
}

enum quo_status quo_spreadrows_parse(char *bytes, size_t n, const struct quo_bookprotocols *protocols,
                                     const struct quo_terms *terms, struct quo_spreadrows *out)
{
    *out = (struct quo_spreadrows){.row = malloc((n + 1) * sizeof *out->row), .bytes = bytes, .n = n};
    if (!out->row) {
        quo_spreadrows_free(out);
        return QUO_MACHINE;
    }
    const char *at = out->bytes;
    for (size_t i = 0; i < n; i++) {
        struct kept k;
        memcpy(&k, at, sizeof k);
        at += sizeof k;
        const char *id = at + (size_t)k.n_steps * sizeof(struct quo_payout_step);
        out->row[i] = (struct quo_bookpolicy){.line = k.line,
                                              .id = id,
                                              .protocol_id = protocols->protocol[k.protocol]->id,
                                              .protocol = (long)k.protocol,
                                              .perils = (quo_peril_set)k.perils,
                                              .index = (enum quo_index)k.index,
                                              .shape = (enum quo_payout_shape)k.shape,
                                              .attach = k.attach,
                                              .exhaust = k.exhaust,
                                              .waiting_hours = k.waiting_hours,
                                              .n_steps = k.n_steps,
                                              .step = k.n_steps ? (const void *)at : NULL,
                                              .event_limit = k.event_limit,
                                              .annual_limit = k.annual_limit,
                                              .expiring_premium = k.expiring_premium,
                                              .inception = k.inception,
                                              .term_days = k.term_days,
                                              .terms = terms};
        at = id + k.id_size + padding(k.id_size);
    }
    return QUO_OK;
}

enum quo_status quo_spread_text(struct quo_spread *s, size_t task, const char *text, size_t n)
{
    const enum quo_status status = quo_piles_add(s->text, task, &n, sizeof n);
    return status ? status : quo_piles_add(s->text, task, text, n);
}

/* A task's texts on their way out. */
struct cursor {
    char *bytes; /* bytes[room], from begin to end still to come */
    size_t room, begin, end, place; /* place: in the pile, behind them */
};

/* n bytes together, of those still to come. */
static const char *take(const struct quo_spread *s, struct cursor *c, size_t task, size_t n)
{
    if (c->end - c->begin < n) {
        const size_t left = c->end - c->begin, size = quo_piles_size(s->text, task);
        const size_t room = n > QUO_PILES_BLOCK ? n : QUO_PILES_BLOCK;
        if (c->room < room) {
            char *grown = realloc(c->bytes, room);
            if (!grown)
                return NULL;
            c->bytes = grown;
            c->room = room;
        }
        memmove(c->bytes, c->bytes + c->begin, left);
        const size_t more = size - c->place < c->room - left ? size - c->place : c->room - left;
        if (left + more < n || quo_piles_read(s->text, task, c->place, c->bytes + left, more) != QUO_OK)
            return NULL;
        c->place += more;
        c->begin = 0;
        c->end = left + more;
    }
    const char *at = c->bytes + c->begin;
    c->begin += n;
    return at;
}

/* The tasks of each part in the order of its rows: first[part][k] is task + 1, by slices of QUO_SPREAD_TASK rows. */
static enum quo_status write_all(const struct quo_spread *s, struct cursor *cursor, size_t *const task_of[PARTS],
                                 FILE *to, int *error)
{
    size_t done[PARTS] = {0};
    for (size_t i = 0; i < s->n; i++) {
        const size_t p = s->part[i], task = task_of[p][done[p]++ / QUO_SPREAD_TASK];
        const char *at = take(s, &cursor[task], task, sizeof(size_t));
        size_t n = 0;
        if (at)
            memcpy(&n, at, sizeof n);
        if (!at || !(at = take(s, &cursor[task], task, n)))
            return QUO_MACHINE;
        errno = 0;
        if (fwrite(at, 1, n, to) != n) {
            *error = errno ? errno : EIO;
            return QUO_MACHINE;
        }
    }
    return QUO_OK;
}

enum quo_status quo_spread_write(const struct quo_spread *s, FILE *to, int *error)
{
    struct cursor *cursor = calloc(s->n_tasks + 1, sizeof *cursor);
    size_t *place = calloc(s->n_tasks + 1, sizeof *place), *task_of[PARTS], used = 0;
    *error = 0;
    for (size_t p = 0; p < PARTS && place; p++) {
        task_of[p] = place + used;
        used += s->part_rows[p] ? s->cut[p].n + 1 : 0;
    }
    for (size_t t = 0; t < s->n_tasks && place; t++) {
        size_t k = 0;
        while (k < s->cut[s->task[t].part].n && s->cut[s->task[t].part].at[k] <= s->task[t].from)
            k++;
        task_of[s->task[t].part][k] = t;
    }
    const enum quo_status status = cursor && place ? write_all(s, cursor, task_of, to, error) : QUO_MACHINE;
    for (size_t t = 0; t < s->n_tasks && cursor; t++)
        free(cursor[t].bytes);
    free(cursor);
    free(place);
    return status;
}

bool quo_spread_told(const struct quo_spread *s, struct quo_faults *faults)
{
    return quo_piles_told(s->rows, faults) || (s->text && quo_piles_told(s->text, faults));
}
