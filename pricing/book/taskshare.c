#include "pricing/book/taskshare.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum quo_status quo_taskshare_price(const struct quo_tablerun *run, struct quo_repricer *repricer,
                                    const struct quo_spreadrows *rows,
                                    enum quo_status (*put)(void *context, const char *text, size_t n), void *context)
{
    struct quo_booktext text = {0};
    struct quo_repriced *priced = calloc(rows->n + 1, sizeof *priced);
    enum quo_status status =
        priced ? quo_repricer_rows(repricer, run->protocols, rows->row, rows->n, false, priced) : QUO_MACHINE;
    if (status == QUO_OK && run->change)
        status = quo_tablechange_explain(run->change, rows->row, rows->n, priced);
    for (size_t i = 0; i < rows->n && status == QUO_OK; i++) {
        text.n = 0;
        quo_bookresult_write(&priced[i].result, rows->row[i].id, rows->row[i].protocol_id, priced[i].reasons, &text);
        status = text.failed ? QUO_MACHINE : put(context, text.text, text.n);
    }
    if (priced)
        quo_repriced_free(priced, rows->n);
    free(priced);
    quo_booktext_free(&text);
    return status;
}

static bool several(const struct quo_ranks *ranks) { return ranks && ranks->ranks > 1; }

void quo_taskshare_out(const struct quo_ranks *ranks, const struct quo_spread *spread, size_t tasks, int *owner)
{
    size_t *load = several(ranks) ? calloc((size_t)ranks->ranks, sizeof *load) : NULL;
    memset(owner, 0, tasks * sizeof *owner);
    for (size_t t = 0; t < tasks && load; t++) { /* the largest come first */
        for (int r = 1; r < ranks->ranks; r++)
            owner[t] = load[r] < load[owner[t]] ? r : owner[t];
        load[owner[t]] += quo_spread_task_rows(spread, t);
    }
    free(load); /* without memory for it rank 0 prices all */
}

/* Before a rank's tasks: how many (-1: no more, because of status); then rows and bytes of each, then their bytes. */
struct head {
    int64_t tasks, status;
};
struct size {
    int64_t rows, bytes;
};

static bool send(const struct quo_ranks *ranks, int to, const void *bytes, size_t n)
{
    return n == 0 || ranks->pass(ranks->context, ranks->rank, to, (void *)(uintptr_t)bytes, n);
}

static bool receive(const struct quo_ranks *ranks, int from, void *bytes, size_t n)
{
    return n == 0 || ranks->pass(ranks->context, from, ranks->rank, bytes, n);
}

static bool hand_task(const struct quo_ranks *ranks, const struct quo_spread *spread, size_t task, int to)
{
    const struct size size = {(int64_t)quo_spread_task_rows(spread, task), (int64_t)quo_spread_task_bytes(spread, task)};
    char *bytes = malloc((size_t)size.bytes + 1);
    const bool good = bytes && quo_spread_task_read(spread, task, bytes) == QUO_OK &&
                      send(ranks, to, &size, sizeof size) && send(ranks, to, bytes, (size_t)size.bytes);
    free(bytes);
    return good;
}

enum quo_status quo_taskshare_hand(const struct quo_ranks *ranks, const struct quo_spread *spread, size_t tasks,
                                   const int *owner)
{
    bool good = true;
    for (int r = 1; several(ranks) && r < ranks->ranks && good; r++) {
        struct head head = {0, QUO_OK};
        for (size_t t = 0; t < tasks; t++)
            head.tasks += owner[t] == r;
        good = send(ranks, r, &head, sizeof head);
        for (size_t t = 0; t < tasks && good; t++)
            good = owner[t] != r || hand_task(ranks, spread, t, r);
    }
    return good ? QUO_OK : QUO_MACHINE;
}

static enum quo_status take_texts(const struct quo_ranks *ranks, struct quo_spread *spread, size_t task, int from)
{
    int64_t n;
    if (!receive(ranks, from, &n, sizeof n))
        return QUO_MACHINE;
    char *bytes = malloc((size_t)n + 1);
    enum quo_status status = bytes && receive(ranks, from, bytes, (size_t)n) ? QUO_OK : QUO_MACHINE;
    for (char *at = bytes; status == QUO_OK && at < bytes + n;) {
        size_t size;
        memcpy(&size, at, sizeof size);
        status = quo_spread_text(spread, task, at + sizeof size, size);
        at += sizeof size + size;
    }
    free(bytes);
    return status;
}

enum quo_status quo_taskshare_collect(const struct quo_ranks *ranks, struct quo_spread *spread, size_t tasks,
                                      const int *owner)
{
    enum quo_status status = QUO_OK;
    for (int r = 1; several(ranks) && r < ranks->ranks; r++)
        for (size_t t = 0; t < tasks && status == QUO_OK; t++)
            if (owner[t] == r)
                status = take_texts(ranks, spread, t, r);
    return status;
}

enum quo_status quo_taskshare_end(const struct quo_ranks *ranks, enum quo_status status)
{
    const struct head head = {-1, status};
    for (int r = 1; several(ranks) && r < ranks->ranks; r++)
        if (!send(ranks, r, &head, sizeof head))
            return QUO_MACHINE;
    return status;
}

/* ---- another rank ------------------------------------------------------------------------------ */

struct task {
    struct quo_spreadrows rows;
    struct quo_booktext texts; /* each behind its length */
};

static enum quo_status keep(void *context, const char *text, size_t n)
{
    struct quo_booktext *texts = context;
    quo_booktext_add(texts, (const char *)&n, sizeof n);
    quo_booktext_add(texts, text, n);
    return texts->failed ? QUO_MACHINE : QUO_OK;
}

static enum quo_status be_handed(const struct quo_tablerun *run, struct task *task)
{
    struct size size;
    if (!receive(run->ranks, 0, &size, sizeof size))
        return QUO_MACHINE;
    char *bytes = malloc((size_t)size.bytes + 1);
    if (!bytes || !receive(run->ranks, 0, bytes, (size_t)size.bytes)) {
        free(bytes);
        return QUO_MACHINE;
    }
    return quo_spreadrows_parse(bytes, (size_t)size.rows, run->protocols, run->terms, &task->rows);
}

static enum quo_status price_tasks(const struct quo_tablerun *run, struct task *task, size_t n)
{
    enum quo_status failed = QUO_OK;
#pragma omp parallel num_threads(run->jobs > 0 ? run->jobs : omp_get_max_threads()) if (n > 1)
    {
        struct quo_repricer *repricer = quo_repricer_new(run->engine);
#pragma omp for schedule(dynamic, 1)
        for (size_t t = 0; t < n; t++) {
            const enum quo_status status =
                repricer ? quo_taskshare_price(run, repricer, &task[t].rows, keep, &task[t].texts) : QUO_MACHINE;
            quo_spreadrows_free(&task[t].rows);
            if (status) {
#pragma omp atomic write
                failed = status;
            }
        }
        quo_repricer_free(repricer);
    }
    return failed;
}

static enum quo_status help_once(const struct quo_tablerun *run, size_t n)
{
    struct task *task = calloc(n + 1, sizeof *task);
    enum quo_status status = task ? QUO_OK : QUO_MACHINE;
    for (size_t t = 0; t < n && status == QUO_OK; t++)
        status = be_handed(run, &task[t]);
    if (status == QUO_OK)
        status = price_tasks(run, task, n);
    for (size_t t = 0; t < n && status == QUO_OK; t++) {
        const int64_t bytes = (int64_t)task[t].texts.n;
        if (!send(run->ranks, 0, &bytes, sizeof bytes) || !send(run->ranks, 0, task[t].texts.text, task[t].texts.n))
            status = QUO_MACHINE;
    }
    for (size_t t = 0; t < n && task; t++) {
        quo_spreadrows_free(&task[t].rows);
        quo_booktext_free(&task[t].texts);
    }
    free(task);
    return status;
}

enum quo_status quo_taskshare_help(const struct quo_tablerun *run)
{
    struct head head;
    for (;;) {
        if (!receive(run->ranks, 0, &head, sizeof head))
            return QUO_MACHINE;
        if (head.tasks < 0)
            return (enum quo_status)head.status;
        const enum quo_status status = help_once(run, (size_t)head.tasks);
        if (status)
            return status;
    }
}
