#include "pricing/book/policystream.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookpolicies_parts.h"

#define PIECES 32 /* cut at once */

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

struct quo_policystream {
    struct quo_bookpolicies *reader;
    struct piece piece[PIECES];
    size_t n, at; /* pieces that are cut; those that are done */
};

/* Who wants the rows, and how it goes. */
struct taker {
    enum quo_status (*take)(void *context, const struct quo_bookpolicy *row, bool *enough);
    void *context;
    bool enough;
    enum quo_status status;
    struct quo_faults *faults;
};

struct quo_policystream *quo_policystream_new(struct quo_bookpolicies *reader)
{
    struct quo_policystream *s = calloc(1, sizeof *s);
    if (s)
        s->reader = reader;
    return s;
}

void quo_policystream_free(struct quo_policystream *s)
{
    for (size_t i = 0; s && i < PIECES; i++) {
        struct piece *p = &s->piece[i];
        quo_csv_piece_free(&p->text);
        quo_csv_close(p->reader.csv);
        quo_faults_free(&p->reader.of_row);
        free(p->row);
        free(p->place);
        free(p->step);
    }
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

/* Rows of the piece up to the first that is not a plain good one. */
static void make_rows(struct piece *p)
{
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

/* The rest of a piece by the table's reader, which tells what is wrong and asks for ids that stand twice. */
static void take_rest(struct quo_bookpolicies *r, struct piece *p, struct taker *t)
{
    struct quo_csv *const file = r->csv;
    const struct quo_bookpolicy *row = NULL;
    if (!p->resting)
        t->status = quo_csv_read_piece(p->reader.csv, &p->text, p->from, p->line);
    p->resting = true;
    r->csv = p->reader.csv;
    while (!t->status && !t->enough) {
        t->status = quo_bookpolicies_good(r, &row, t->faults);
        if (t->status || !row)
            break;
        take(t, row);
    }
    p->rest = t->enough || t->status; /* something may be left */
    r->csv = file;
}

/* Rows of a piece in their order, until the taker has enough. True: the piece is done. */
static bool take_piece(struct quo_bookpolicies *r, struct piece *p, struct taker *t)
{
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
    return p->at == p->n && !p->rest;
}

/* The next pieces, and their rows for the taker. */
static void take_pieces(struct quo_policystream *s, int threads, struct taker *t)
{
    s->n = s->at = 0;
    while (s->n < PIECES && (t->status = quo_csv_cut(s->reader->csv, &s->piece[s->n].text, t->faults)) == QUO_OK &&
           s->piece[s->n].text.n)
        open_piece(s->reader, &s->piece[s->n++]);
    if (t->status)
        return;
#pragma omp parallel for ordered schedule(dynamic, 1) num_threads(threads) if (s->n > 1)
    for (size_t i = 0; i < s->n; i++) {
        make_rows(&s->piece[i]);
#pragma omp ordered
        {
            if (!t->enough && !t->status && take_piece(s->reader, &s->piece[i], t))
                s->at = i + 1;
        }
    }
}

/* The next row by the table's reader. */
static void take_next(struct quo_policystream *s, struct taker *t, bool *end)
{
    const struct quo_bookpolicy *row;
    t->status = quo_bookpolicies_next(s->reader, &row, t->faults);
    *end = !row;
    if (row)
        take(t, row);
}

enum quo_status quo_policystream_rows(struct quo_policystream *s, int threads,
                                      enum quo_status (*take_row)(void *context, const struct quo_bookpolicy *row, bool *enough),
                                      void *context, bool *end, struct quo_faults *faults)
{
    struct taker t = {.take = take_row, .context = context, .faults = faults};
    const bool alone = threads < 2 || !s->reader->header || s->reader->translator.row;
    *end = false;
    while (!t.status && !t.enough && !*end) {
        if (s->at < s->n)
            s->at += take_piece(s->reader, &s->piece[s->at], &t);
        else if (alone)
            take_next(s, &t, end);
        else {
            take_pieces(s, threads, &t);
            if (!t.status && s->n == 0)
                take_next(s, &t, end);
        }
    }
    return t.status;
}
