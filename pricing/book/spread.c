#include "pricing/book/spread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/piles.h"
#include "risk/base/inorder.h"

#define PARTS 256 /* of the protocols */
/* What stays in memory, beside a block a pile. */
#define ROWS_MEMORY ((size_t)12 << 20)
#define TEXT_MEMORY ((size_t)16 << 20)
#define SLICE_ROWS 4096
#define SLICE_BYTES ((size_t)2 << 20) /* about: a row's text is its ids and what is said of them */
#define SAID 400
#define GATHERED 4 /* slices at once: one writes at a time */

/* A row as it is kept; its steps and its id follow, filled up to whole doubles. */
struct kept {
    double attach, exhaust, waiting_hours, event_limit, annual_limit, expiring_premium;
    int32_t line, inception, term_days, n_steps;
    uint32_t protocol, perils, id_size;
    uint16_t index, shape;
};

struct task {
    size_t part, from, to, rows; /* bytes of the part's pile */
    size_t done, slice;          /* rows that have their text; the first slice whose texts do not all begin before it */
};

/* Where a slice begins in a task: rows of the task before it, and bytes of their texts. */
struct start {
    size_t rows, bytes;
};

struct quo_spread {
    bool frugal;
    struct quo_piles *rows; /* a pile a part */
    uint8_t *part;          /* part[room]: of each row */
    size_t n, room;
    size_t part_rows[PARTS];
    struct task *task; /* task[n_tasks] */
    size_t n_tasks;
    struct quo_piles *text; /* a pile a task; NULL before the cut */
    size_t *slice; /* slice[n_slices]: its first row */
    size_t n_slices, slice_room, slice_bytes; /* of the last one */
    struct start *start;                              /* start[n_slices][n_tasks] */
    size_t *task_of[PARTS]; /* a part's tasks in the order of their rows */
    size_t *place;          /* place[n_tasks], in which task_of are */
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

void quo_spread_save(struct quo_spread *s)
{
    s->frugal = true;
    quo_piles_most(s->rows, 0);
}

void quo_spread_clear(struct quo_spread *s)
{
    quo_piles_clear(s->rows);
    quo_piles_free(s->text);
    s->text = NULL;
    s->n = s->n_tasks = s->n_slices = 0;
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
    free(s->slice);
    free(s->start);
    free(s->place);
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

/* The row to come belongs to the last slice, or begins another. */
static bool slice_row(struct quo_spread *s, size_t bytes)
{
    s->slice_bytes += bytes;
    if (s->n_slices && s->n - s->slice[s->n_slices - 1] < SLICE_ROWS && s->slice_bytes < SLICE_BYTES)
        return true;
    if (s->n_slices == s->slice_room) {
        const size_t room = s->slice_room ? 2 * s->slice_room : 64;
        size_t *grown = realloc(s->slice, room * sizeof *grown);
        if (!grown)
            return false;
        s->slice = grown;
        s->slice_room = room;
    }
    s->slice[s->n_slices++] = s->n;
    s->slice_bytes = bytes;
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
    if (!slice_row(s, id_size + strlen(row->protocol_id) + SAID))
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

static bool map_tasks(struct quo_spread *s)
{
    size_t *place = realloc(s->place, (s->n_tasks + 1) * sizeof *place), used = 0;
    if (!place)
        return false;
    s->place = place;
    for (size_t p = 0; p < PARTS; p++) {
        s->task_of[p] = place + used;
        used += s->part_rows[p] ? s->cut[p].n + 1 : 0;
    }
    for (size_t t = 0; t < s->n_tasks; t++) {
        size_t k = 0;
        while (k < s->cut[s->task[t].part].n && s->cut[s->task[t].part].at[k] <= s->task[t].from)
            k++;
        s->task_of[s->task[t].part][k] = t;
    }
    return true;
}

/* How many rows of each task lie before each slice. */
static bool start_slices(struct quo_spread *s)
{
    struct start *start = realloc(s->start, (s->n_slices * s->n_tasks + 1) * sizeof *start);
    size_t done[PARTS] = {0}, row = 0;
    if (!start)
        return false;
    s->start = start;
    for (size_t j = 0; j < s->n_slices; j++) {
        for (; row < s->slice[j]; row++)
            done[s->part[row]]++;
        for (size_t p = 0; p < PARTS; p++)
            for (size_t k = 0; k <= s->cut[p].n && s->part_rows[p]; k++) {
                const size_t t = s->task_of[p][k], before = k * QUO_SPREAD_TASK,
                             rows = done[p] > before ? done[p] - before : 0;
                start[j * s->n_tasks + t].rows = rows < s->task[t].rows ? rows : s->task[t].rows;
            }
    }
    return true;
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
    if (!map_tasks(s) || !start_slices(s))
        return 0;
    quo_piles_free(s->text);
    s->text = quo_piles_new(s->n_tasks, s->frugal ? 0 : TEXT_MEMORY);
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
    struct task *t = &s->task[task];
    for (; t->slice < s->n_slices && s->start[t->slice * s->n_tasks + task].rows == t->done; t->slice++)
        s->start[t->slice * s->n_tasks + task].bytes = quo_piles_size(s->text, task);
    t->done++;
    const enum quo_status status = quo_piles_add(s->text, task, &n, sizeof n);
    return status ? status : quo_piles_add(s->text, task, text, n);
}

/* Where the slice's texts begin in the task; behind the last row's all others do. */
static struct start start_of(const struct quo_spread *s, size_t slice, size_t task)
{
    if (slice < s->n_slices && s->start[slice * s->n_tasks + task].rows < s->task[task].rows)
        return s->start[slice * s->n_tasks + task];
    return (struct start){s->task[task].rows, quo_piles_size(s->text, task)};
}

/* A slice on its way out. */
struct gathered {
    size_t slice;
    char *in, *out; /* in[room]: texts by task, behind their lengths; out[n]: in the order of the rows */
    size_t room, n;
    const char **at; /* at[n_tasks]: what comes next */
    bool good;
};

struct writing {
    const struct quo_spread *spread;
    struct gathered gathered[GATHERED];
    size_t slice; /* the next one */
    FILE *to;
    enum quo_status failed;
    int *error;
};

/* The slice's texts of all tasks into `in`; how many rows of each part lie before it. */
static bool read_slice(const struct quo_spread *s, struct gathered *g, size_t done[PARTS])
{
    const size_t slice = g->slice;
    size_t all = 0;
    for (size_t t = 0; t < s->n_tasks; t++)
        all += start_of(s, slice + 1, t).bytes - start_of(s, slice, t).bytes;
    if (all > g->room || !g->at) {
        free(g->in);
        free(g->out);
        free(g->at);
        g->in = malloc(all + 1);
        g->out = malloc(all + 1);
        g->at = malloc((s->n_tasks + 1) * sizeof *g->at);
        g->room = all;
        if (!g->in || !g->out || !g->at)
            return false;
    }
    char *to = g->in;
    for (size_t t = 0; t < s->n_tasks; t++) {
        const struct start from = start_of(s, slice, t);
        const size_t n = start_of(s, slice + 1, t).bytes - from.bytes;
        if (quo_piles_read(s->text, t, from.bytes, to, n) != QUO_OK)
            return false;
        g->at[t] = to;
        to += n;
        done[s->task[t].part] += from.rows;
    }
    return true;
}

static bool begin_slice(void *context, size_t slot)
{
    struct writing *w = context;
    w->gathered[slot].slice = w->slice;
    return w->slice++ < w->spread->n_slices;
}

static void gather(void *context, size_t slot)
{
    struct writing *w = context;
    const struct quo_spread *s = w->spread;
    struct gathered *g = &w->gathered[slot];
    size_t done[PARTS] = {0};
    if (!(g->good = read_slice(s, g, done)))
        return;
    char *to = g->out;
    const size_t end = g->slice + 1 < s->n_slices ? s->slice[g->slice + 1] : s->n;
    for (size_t i = s->slice[g->slice]; i < end; i++) {
        const size_t p = s->part[i], task = s->task_of[p][done[p]++ / QUO_SPREAD_TASK];
        size_t n;
        memcpy(&n, g->at[task], sizeof n);
        memcpy(to, g->at[task] + sizeof n, n);
        g->at[task] += sizeof n + n;
        to += n;
    }
    g->n = (size_t)(to - g->out);
}

static bool put_out(void *context, size_t slot)
{
    struct writing *w = context;
    const struct gathered *g = &w->gathered[slot];
    w->failed = g->good ? QUO_OK : QUO_MACHINE;
    errno = 0;
    if (g->good && fwrite(g->out, 1, g->n, w->to) != g->n) {
        *w->error = errno ? errno : EIO;
        w->failed = QUO_MACHINE;
    }
    return w->failed == QUO_OK;
}

enum quo_status quo_spread_write(struct quo_spread *s, int threads, FILE *to, int *error)
{
    quo_piles_clear(s->rows); /* their room is the slices' */
    struct writing w = {.spread = s, .to = to, .error = error};
    const struct quo_inorder work = {GATHERED, begin_slice, gather, put_out, &w};
    struct quo_inorder_place place = {0, 0};
    *error = 0;
    quo_inorder_run(&work, threads < GATHERED ? threads : GATHERED, &place);
    for (size_t i = 0; i < GATHERED; i++) {
        free(w.gathered[i].in);
        free(w.gathered[i].out);
        free(w.gathered[i].at);
    }
    return w.failed;
}

bool quo_spread_told(const struct quo_spread *s, struct quo_faults *faults)
{
    return quo_piles_told(s->rows, faults) || (s->text && quo_piles_told(s->text, faults));
}
