#include "pricing/book/rowshare.h"

#include <stdlib.h>
#include <string.h>

/* Before the rows: how many, in how many bytes; or that there are none left, and why. */
struct head {
    int64_t rows, bytes, status;
};

static void add(struct quo_booktext *to, const void *bytes, size_t n)
{
    if (n)
        quo_booktext_add(to, bytes, n);
}

/* A text with its end, behind its length; SIZE_MAX: there is none. */
static void add_text(struct quo_booktext *to, const char *text)
{
    const size_t n = text ? strlen(text) + 1 : SIZE_MAX;
    add(to, &n, sizeof n);
    add(to, text, text ? n : 0);
}

/* What is left of a message. */
struct rest {
    const char *at, *end;
    bool bad;
};

static const void *take(struct rest *r, size_t n)
{
    const char *at = r->at;
    if ((size_t)(r->end - r->at) < n) {
        r->bad = true;
        return NULL;
    }
    r->at += n;
    return at;
}

static const char *take_text(struct rest *r)
{
    const void *at = take(r, sizeof(size_t));
    size_t n = SIZE_MAX;
    if (at)
        memcpy(&n, at, sizeof n);
    return n == SIZE_MAX ? NULL : take(r, n);
}

enum quo_status quo_rowshare_pass(const struct quo_ranks *ranks, const struct quo_bookrows *rows)
{
    struct quo_booktext all = {0};
    if (!quo_rowshare_several(ranks))
        return QUO_OK;
    for (size_t i = 0; i < rows->n; i++) {
        const struct quo_bookpolicy *row = &rows->row[i];
        add(&all, row, sizeof *row);
        add(&all, row->step, (size_t)row->n_steps * sizeof *row->step);
        add_text(&all, row->id);
        add_text(&all, row->protocol_id);
        add_text(&all, row->document);
    }
    struct head head = {(int64_t)rows->n, (int64_t)all.n, QUO_OK};
    const bool good = !all.failed && ranks->share(ranks->context, &head, sizeof head) &&
                      ranks->share(ranks->context, all.text, all.n);
    quo_booktext_free(&all);
    return good ? QUO_OK : QUO_MACHINE;
}

enum quo_status quo_rowshare_end(const struct quo_ranks *ranks, enum quo_status status)
{
    struct head head = {-1, 0, status};
    if (!quo_rowshare_several(ranks))
        return status;
    return ranks->share(ranks->context, &head, sizeof head) ? status : QUO_MACHINE;
}

static bool read_row(struct rest *r, const struct quo_terms *terms, struct quo_bookrows *rows)
{
    struct quo_bookpolicy row;
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
    const void *at = take(r, sizeof row);
    if (!at)
        return false;
    memcpy(&row, at, sizeof row);
    if (row.n_steps < 0 || row.n_steps > QUO_PAYOUT_STEPS_MAX || !(at = take(r, (size_t)row.n_steps * sizeof *step)))
        return false;
    memcpy(step, at, (size_t)row.n_steps * sizeof *step);
    row.step = step;
    row.id = take_text(r);
    row.protocol_id = take_text(r);
    row.document = take_text(r);
    row.terms = terms;
    return !r->bad && row.id && row.protocol_id && quo_bookrows_add(rows, &row) == QUO_OK;
}

/* The rows that rank 0 passes on; head.rows < 0: no more. */
static bool receive(const struct quo_ranks *ranks, const struct quo_terms *terms, struct head *head,
                    struct quo_bookrows *rows)
{
    quo_bookrows_clear(rows);
    if (!ranks->share(ranks->context, head, sizeof *head))
        return false;
    if (head->rows < 0)
        return true;
    char *bytes = malloc((size_t)head->bytes + 1);
    bool good = bytes && ranks->share(ranks->context, bytes, (size_t)head->bytes);
    struct rest rest = {bytes, bytes + head->bytes, false};
    for (int64_t i = 0; i < head->rows && good; i++)
        good = read_row(&rest, terms, rows);
    free(bytes);
    return good;
}

enum quo_status quo_rowshare_help(const struct quo_engine *engine, const struct quo_bookprotocols *protocols,
                                  const struct quo_terms *terms, const struct quo_reprice_options *options)
{
    struct quo_bookrows rows = {0};
    struct quo_repriced *priced = NULL;
    struct head head = {0};
    enum quo_status status = QUO_OK;
    while (status == QUO_OK) {
        if (!receive(options->ranks, terms, &head, &rows)) {
            status = QUO_MACHINE;
        } else if (head.rows < 0) {
            status = (enum quo_status)head.status;
            break;
        } else if (!(priced = calloc(rows.n + 1, sizeof *priced))) {
            status = QUO_MACHINE;
        } else {
            status = quo_reprice_rows(engine, protocols, rows.row, rows.n, options, priced);
            quo_repriced_free(priced, rows.n);
            free(priced);
        }
    }
    quo_bookrows_free(&rows);
    return status;
}

/* ---- results ----------------------------------------------------------------------------------- */

static char *copy_of(const char *text, bool *good)
{
    char *copy = text ? strdup(text) : NULL;
    *good = *good && (!text || copy);
    return copy;
}

static bool read_results(struct rest *r, const struct quo_bookpolicy *const *at, size_t from, size_t to,
                         const struct quo_bookpolicy *first, struct quo_repriced *priced)
{
    bool good = true;
    for (size_t i = from; i < to && good; i++) {
        struct quo_repriced *p = &priced[at[i] - first];
        const void *result = take(r, sizeof p->result);
        if (!result)
            return false;
        memcpy(&p->result, result, sizeof p->result);
        p->reasons = copy_of(take_text(r), &good);
        p->detail = copy_of(take_text(r), &good);
    }
    return good && !r->bad && r->at == r->end;
}

static bool receive_results(const struct quo_ranks *ranks, int from, size_t n, const struct quo_bookpolicy *const *at,
                            const size_t *part, const struct quo_bookpolicy *first, struct quo_repriced *priced)
{
    char *bytes = malloc(n + 1);
    struct rest rest = {bytes, bytes + n, false};
    const bool good = bytes && ranks->pass(ranks->context, from, 0, bytes, n) &&
                      read_results(&rest, at, part[from], part[from + 1], first, priced);
    free(bytes);
    return good;
}

enum quo_status quo_rowshare_collect(const struct quo_ranks *ranks, const struct quo_bookpolicy *const *at,
                                     const size_t *part, const struct quo_bookpolicy *first, struct quo_repriced *priced)
{
    int64_t *bytes = calloc((size_t)ranks->ranks, sizeof *bytes);
    struct quo_booktext own = {0};
    for (size_t i = part[ranks->rank]; i < part[ranks->rank + 1] && ranks->rank > 0; i++) {
        const struct quo_repriced *p = &priced[at[i] - first];
        add(&own, &p->result, sizeof p->result);
        add_text(&own, p->reasons);
        add_text(&own, p->detail);
    }
    bool good = bytes && !own.failed;
    if (good)
        bytes[ranks->rank] = (int64_t)own.n;
    good = good && ranks->sum(ranks->context, bytes, (size_t)ranks->ranks);
    if (good && ranks->rank > 0)
        good = ranks->pass(ranks->context, ranks->rank, 0, own.text, own.n);
    for (int r = 1; r < ranks->ranks && good && ranks->rank == 0; r++)
        good = receive_results(ranks, r, (size_t)bytes[r], at, part, first, priced);
    quo_booktext_free(&own);
    free(bytes);
    return good ? QUO_OK : QUO_MACHINE;
}
