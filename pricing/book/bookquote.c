#include "pricing/book/bookquote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookmodel.h"
#include "pricing/book/bookverify.h"
#include "pricing/book/reprice.h"

static enum quo_status insert(const struct quo_bookstore *book, const struct quo_bookquote *what, int64_t run,
                              const char *detail, struct quo_faults *faults)
{
    const struct quo_quote *q = what->quote;
    struct quo_repriced kept = {.reasons = NULL};
    char hex[QUO_HASH_SIZE];
    quo_hash_bytes(what->document, strlen(what->document), hex);
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "INSERT INTO quote(run, policy_id, protocol_id, status, expected_payout, payout_sd, technical_premium,"
        " gross_premium, rate_on_line, score, decision, reasons, detail, inputs, document)"
        " VALUES(?,?,?,'priced',?,?,?,?,?,?,?,?,?,?,?)",
        faults);
    if (!s || quo_repriced_take(q, false, &kept) != QUO_OK) {
        sqlite3_finalize(s);
        return QUO_MACHINE;
    }
    sqlite3_bind_int64(s, 1, run);
    sqlite3_bind_text(s, 2, q->policy->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, q->policy->protocol->id, -1, SQLITE_STATIC);
    const double number[] = {q->expected_payout, q->payout_sd,    q->technical_premium,
                             q->gross_premium,   q->rate_on_line, q->score->overall};
    for (int k = 0; k < 6; k++)
        sqlite3_bind_double(s, 4 + k, number[k]);
    const char *text[] = {quo_decision_id(q->decision), kept.reasons, detail, hex, what->document};
    for (int k = 0; k < 5; k++)
        sqlite3_bind_text(s, 10 + k, text[k], -1, SQLITE_STATIC);
    const enum quo_status status = quo_bookstore_told(book, sqlite3_step(s), faults);
    sqlite3_finalize(s);
    quo_repriced_free(&kept, 1);
    return status;
}

enum quo_status quo_bookquote_save(const struct quo_bookstore *book, const struct quo_bookquote *what, int64_t *run,
                                   struct quo_faults *faults)
{
    char *detail = json_dumps(what->detail, JSON_COMPACT | JSON_REAL_PRECISION(17));
    struct quo_bookmodel_run begun = {.seed = what->quote->seed, .kind = "quote", .options = what->options};
    enum quo_status status = detail ? quo_bookstore_run(book, "BEGIN IMMEDIATE", faults) : QUO_MACHINE;
    if (status) {
        free(detail);
        return status;
    }
    status = quo_bookmodel_note(book, what->quote->engine, &begun.model, faults);
    if (status == QUO_OK)
        status = quo_bookmodel_begin(book, &begun, run, faults);
    if (status == QUO_OK)
        status = insert(book, what, *run, detail, faults);
    const int64_t pk = sqlite3_last_insert_rowid(book->db);
    if (status == QUO_OK)
        status = quo_bookverify_log_quotes(book, *run, pk, pk, faults);
    if (status == QUO_OK)
        status = quo_bookmodel_finish(book, *run, faults);
    free(detail);
    return quo_bookstore_end(book, status, faults);
}
