#include "pricing/book/policystream.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookpolicies_parts.h"
#include "risk/base/inorder.h"

#define PIECES 16
#define A_THREAD 2 /* pieces: one is made while another waits for its turn. Those that wait when the taker has enough stay in memory */

struct piece {
    struct quo_csv_piece text;
    struct quo_bookpolicies reader; /* of the piece alone: its csv and faults */
    struct quo_bookpolicy *row;     /* row[n]: the good ones before `rest` */
    size_t *place;                  /* place[n]: where they begin */
    struct quo_payout_step *step;
    size_t n, at, room, place_room, n_steps, step_room; /* at: the next to be taken */
    bool rest, resting; /* from `from` on the table's reader goes on; it has begun to */
    size_t from;
    int line; /* there */
    bool no_memory;
};

/* Who wants the rows, and how it goes. */
struct taker {
    enum quo_status (*take)(void *context, const struct quo_bookpolicy *row, bool *enough);
    void *context;
    bool alone; /* no pieces are cut any more */
    bool enough;
    enum quo_status status;
    struct quo_faults *faults;
};

struct quo_policystream {
    struct quo_bookpolicies *reader;
    struct piece piece[PIECES];
    size_t pieces; /* so many of them are used */
    int threads;
    struct quo_inorder_place place;
    struct taker taker;
    enum quo_status broken; /* why no more pieces can be cut, and what is to be told of it */
    struct quo_faults why;
};

struct quo_policystream *quo_policystream_new(struct quo_bookpolicies *reader, int threads)
{
    struct quo_policystream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->reader = reader;
    s->threads = threads > 1 ? threads : 1;
    s->pieces = (size_t)s->threads < PIECES / A_THREAD ? A_THREAD * (size_t)s->threads : PIECES;
    quo_faults_init(&s->why);
    return s;
}

static void free_piece(struct piece *p)
{
    quo_csv_piece_free(&p->text);
    quo_csv_close(p->reader.csv);
    quo_faults_free(&p->reader.of_row);
    free(p->row);
    free(p->place);
    free(p->step);
    *p = (struct piece){0};
}

void quo_policystream_free(struct quo_policystream *s)
{
    for (size_t i = 0; s && i < PIECES; i++)
        free_piece(&s->piece[i]);
    if (s)
        quo_faults_free(&s->why);
    free(s);
}

static bool room_for(void **array, size_t *room, size_t wanted, size_t size)
{
    const size_t more = wanted + wanted / 2 + 64;
    void *grown = wanted > *room ? realloc(*array, more * size) : *array;
    if (!grown)
        return false;
    *room = wanted > *room ? more : *room;
    *array = grown;
    return true;
}

/* The good row that the piece's reader has. */
static bool keep(struct piece *p, size_t place)
{
    const struct quo_bookpolicy *row = &p->reader.row;
    void *rows = p->row, *places = p->place, *steps = p->step;
    const bool room = room_for(&rows, &p->room, p->n + 1, sizeof *p->row) &&
                      room_for(&places, &p->place_room, p->n + 1, sizeof *p->place) &&
                      room_for(&steps, &p->step_room, p->n_steps + QUO_PAYOUT_STEPS_MAX, sizeof *p->step);
    p->row = rows;
    p->place = places;
    p->step = steps;
    if (!room)
        return false;
    p->row[p->n] = *row;
    p->place[p->n++] = place;
    memcpy(p->step + p->n_steps, row->step, (size_t)row->n_steps * sizeof *row->step);
    p->n_steps += (size_t)row->n_steps;
    return true;
}

/* A reader for the piece; it stays for the pieces to come in this place. */
static void open_piece(const struct quo_bookpolicies *whole, struct piece *p)
{
    struct quo_bookpolicies *r = &p->reader;
    if (!r->csv) {
        quo_faults_init(&r->of_row);
        r->csv = quo_csv_beside(whole->csv);
        r->protocols = whole->protocols;
        memcpy(r->place, whole->place, sizeof r->place);
    }
    p->no_memory = !r->csv;
}

/* The next piece of the file. */
static bool cut_piece(void *context, size_t slot)
{
    struct quo_policystream *s = context;
    struct piece *p = &s->piece[slot];
    if (s->taker.alone || s->broken || (s->broken = quo_csv_cut(s->reader->csv, &p->text, &s->why)) || p->text.n == 0)
        return false;
    open_piece(s->reader, p);
    return true;
}

/* Rows of the piece up to the first that is not a plain good one. */
static void make_rows(void *context, size_t slot)
{
    struct piece *p = &((struct quo_policystream *)context)->piece[slot];
    struct quo_bookpolicies *r = &p->reader;
    p->n = p->at = p->n_steps = 0;
    p->rest = p->resting = false;
    p->no_memory = p->no_memory || quo_csv_read_piece(r->csv, &p->text, 0, p->text.line) != QUO_OK;
    while (!p->no_memory && !p->rest) {
        const enum quo_status status = quo_csv_step(r->csv, &r->read, &r->of_row);
        const size_t place = quo_csv_place(r->csv, &p->line);
        p->rest = status || r->of_row.n || (r->read && !quo_csv_stays(r->csv));
        if (!p->rest && !r->read)
            break;
        r->text = r->read;
        if (!p->rest)
            quo_bookpolicies_take(r, &p->no_memory);
        p->rest = p->rest || r->of_row.n > 0;
        p->from = place;
        if (!p->rest && !keep(p, place))
            p->no_memory = true;
    }
    quo_faults_free(&r->of_row); /* the table's reader will tell */
    quo_faults_init(&r->of_row);
    const struct quo_payout_step *step = p->step;
    for (size_t i = 0; i < p->n; step += p->row[i++].n_steps)
        p->row[i].step = step;
}

static void take(struct taker *t, const struct quo_bookpolicy *row)
{
    t->status = t->take(t->context, row, &t->enough);
}

/* The rest of a piece row by row, told and refused as in the table. */
static void take_rest(const struct quo_bookpolicies *whole, struct piece *p, struct taker *t)
{
    const struct quo_bookpolicy *row = NULL;
    if (!p->resting)
        t->status = quo_csv_read_piece(p->reader.csv, &p->text, p->from, p->line);
    p->resting = p->reader.header = true;
    p->reader.rejects = whole->rejects;
    p->reader.seen = whole->seen;
    while (!t->status && !t->enough) {
        t->status = quo_bookpolicies_good(&p->reader, &row, t->faults);
        if (t->status || !row)
            break;
        take(t, row);
    }
    p->reader.seen = NULL;
    p->rest = t->enough || t->status; /* something may be left */
}

/* Rows of a piece in their order, until the taker has enough. True: the piece is done. */
static bool take_piece(void *context, size_t slot)
{
    struct quo_policystream *s = context;
    struct quo_bookpolicies *r = s->reader;
    struct piece *p = &s->piece[slot];
    struct taker *t = &s->taker;
    if (p->no_memory)
        t->status = QUO_MACHINE;
    while (p->at < p->n && !t->status && !t->enough) {
        const struct quo_bookpolicy *row = &p->row[p->at];
        int before;
        const enum quo_idset_found found = quo_idset_add(r->seen, row->id, row->line, &before);
        if (found == QUO_IDSET_NEW) {
            p->at++;
            r->rejects->good++;
            take(t, row);
        } else if (found == QUO_IDSET_TWICE) {
            p->rest = true;
            p->from = p->place[p->at];
            p->line = row->line;
            p->n = p->at;
        } else {
            t->status = QUO_MACHINE;
        }
    }
    if (p->rest && p->at == p->n && !t->status && !t->enough)
        take_rest(r, p, t);
    return p->at == p->n && !p->rest && !t->enough && !t->status;
}

/* The next row by the table's reader. */
static void take_next(struct quo_policystream *s, bool *end)
{
    const struct quo_bookpolicy *row;
    s->taker.status = quo_bookpolicies_next(s->reader, &row, s->taker.faults);
    *end = !row;
    if (row)
        take(&s->taker, row);
}

/* Why the file could not be read on. */
static enum quo_status told(struct quo_policystream *s)
{
    for (size_t i = 0; i < s->why.n; i++)
        quo_faults_add(s->taker.faults, s->why.fault[i].code, s->why.fault[i].file, s->why.fault[i].line, s->why.fault[i].hint, "%s",
                       s->why.fault[i].text);
    return s->broken;
}

enum quo_status quo_policystream_rows(struct quo_policystream *s,
                                      enum quo_status (*take_row)(void *context, const struct quo_bookpolicy *row, bool *enough),
                                      void *context, bool *end, struct quo_faults *faults)
{
    const struct quo_inorder work = {s->pieces, cut_piece, make_rows, take_piece, s};
    struct taker *t = &s->taker;
    *t = (struct taker){.take = take_row, .context = context, .faults = faults};
    t->alone = s->threads < 2 || !s->reader->header || s->reader->translator.row;
    *end = false;
    while (!t->status && !t->enough && !*end) {
        if (!t->alone || s->place.taken < s->place.begun)
            quo_inorder_run(&work, s->threads, &s->place);
        if (!t->status && !t->enough && s->broken)
            t->status = told(s);
        else if (!t->status && !t->enough)
            take_next(s, end);
    }
    for (size_t i = s->place.begun; i < s->place.taken + s->pieces; i++) /* those that hold no rows: a taker has other use for the memory */
        free_piece(&s->piece[i % s->pieces]);
    return t->status;
}
