#include "pricing/book/bookwriter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookconfigtext.h"
#include "risk/base/text.h"

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

static const char *ended(struct quo_booktext *text)
{
    quo_booktext_add(text, "", 1);
    return text->text ? text->text : "";
}

/* "KM-02=2/1;SD-04=1/0" in the order of the catalogue. */
static void answers_text(const struct quo_protocol *p, const struct quo_catalogue *catalogue, struct quo_booktext *to)
{
    for (size_t c = 0; c < catalogue->n_controls; c++) {
        const struct quo_answer *a = quo_protocol_answer(p, (int)c);
        char text[64];
        if (!a)
            continue;
        quo_text_print(text, sizeof text, "%s%s=%d/%d", to->n ? ";" : "", catalogue->control[c].id, a->level,
                       a->evidence);
        put(to, text);
    }
}

static void bind_real(sqlite3_stmt *s, int at, double x)
{
    if (isfinite(x))
        sqlite3_bind_double(s, at, x);
    else
        sqlite3_bind_null(s, at);
}

/* Each inserts a version only where the newest one differs. */
static const char insert_protocol[] =
    "INSERT INTO protocol(protocol_id, version, name, exposure_usd, chain, bridge, answers, vendors, threshold, signers,"
    " document) SELECT ?1, 1 + coalesce((SELECT max(version) FROM protocol WHERE protocol_id = ?1), 0), ?2, ?3, ?4, ?5,"
    " ?6, ?7, ?8, ?9, ?10 WHERE NOT EXISTS (SELECT 1 FROM protocol p WHERE p.protocol_id = ?1 AND p.version ="
    " (SELECT max(version) FROM protocol WHERE protocol_id = ?1) AND p.name IS ?2 AND p.exposure_usd = ?3 AND p.chain IS"
    " ?4 AND p.bridge = ?5 AND p.answers = ?6 AND p.vendors = ?7 AND p.threshold = ?8 AND p.signers = ?9 AND p.document"
    " IS ?10)";
static const char insert_policy[] =
    "INSERT INTO policy(policy_id, version, protocol_id, perils, idx, shape, attach, exhaust, steps, event_limit,"
    " annual_limit, waiting_hours, inception, term_days, expiring_premium, document) SELECT ?1, 1 + coalesce((SELECT"
    " max(version) FROM policy WHERE policy_id = ?1), 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15"
    " WHERE NOT EXISTS (SELECT 1 FROM policy p WHERE p.policy_id = ?1 AND p.version = (SELECT max(version) FROM policy"
    " WHERE policy_id = ?1) AND p.protocol_id = ?2 AND p.perils = ?3 AND p.idx = ?4 AND p.shape = ?5 AND p.attach IS ?6"
    " AND p.exhaust IS ?7 AND p.steps = ?8 AND p.event_limit = ?9 AND p.annual_limit IS ?10 AND p.waiting_hours = ?11 AND"
    " p.inception = ?12 AND p.term_days = ?13 AND p.expiring_premium IS ?14 AND p.document IS ?15)";

#define COUNT_PROTOCOLS "SELECT count(DISTINCT protocol_id) FROM protocol"
#define COUNT_POLICIES "SELECT count(DISTINCT policy_id) FROM policy"

enum quo_status quo_bookwriter_open(struct quo_bookwriter *w, const struct quo_bookstore *book,
                                    const struct quo_catalogue *catalogue, struct quo_faults *faults)
{
    *w = (struct quo_bookwriter){.book = book, .catalogue = catalogue, .faults = faults};
    enum quo_status status = quo_bookstore_run(book, "BEGIN IMMEDIATE", faults);
    if (status)
        return status;
    w->protocols_before = quo_bookstore_number(book, COUNT_PROTOCOLS, 0);
    w->policies_before = quo_bookstore_number(book, COUNT_POLICIES, 0);
    w->protocol = quo_bookstore_prepare(book, insert_protocol, faults);
    w->policy = quo_bookstore_prepare(book, insert_policy, faults);
    if (!w->protocol || !w->policy)
        return quo_bookwriter_close(w, QUO_MACHINE, "", "");
    return QUO_OK;
}

/* Steps an insert that has been bound; counts what it did. */
static enum quo_status put_version(const struct quo_bookwriter *w, sqlite3_stmt *insert, struct quo_bookcounts *counts)
{
    const enum quo_status status = quo_bookstore_told(w->book, sqlite3_step(insert), w->faults);
    if (status == QUO_OK && sqlite3_changes(w->book->db))
        counts->changed++; /* at the end new ones are told from new versions */
    counts->rows++;
    sqlite3_reset(insert);
    return status;
}

enum quo_status quo_bookwriter_protocol(struct quo_bookwriter *w, const struct quo_protocol *p, const char *document)
{
    struct quo_booktext answers = {0}, vendors = {0}, signers = {0};
    sqlite3_stmt *insert = w->protocol;
    answers_text(p, w->catalogue, &answers);
    quo_bookconfigtext_vendors(p, &vendors);
    quo_bookconfigtext_signers(p, &signers);
    sqlite3_bind_text(insert, 1, p->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, p->name, -1, SQLITE_STATIC);
    sqlite3_bind_double(insert, 3, p->exposure_usd);
    sqlite3_bind_text(insert, 4, p->chain, -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 5, p->bridge);
    sqlite3_bind_text(insert, 6, ended(&answers), -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 7, ended(&vendors), -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 8, p->n_signer_sets ? p->signer_set[0].threshold : 0);
    sqlite3_bind_text(insert, 9, ended(&signers), -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 10, document, -1, SQLITE_STATIC);
    const bool lost = answers.failed || vendors.failed || signers.failed;
    const enum quo_status status = lost ? QUO_MACHINE : put_version(w, insert, &w->protocols);
    quo_booktext_free(&answers);
    quo_booktext_free(&vendors);
    quo_booktext_free(&signers);
    return status;
}

enum quo_status quo_bookwriter_policy(struct quo_bookwriter *w, const struct quo_bookpolicy *row, const char *document)
{
    struct quo_booktext steps = {0};
    sqlite3_stmt *insert = w->policy;
    quo_bookpolicy_steps(row, &steps);
    sqlite3_bind_text(insert, 1, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, row->protocol_id, -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 3, (int)row->perils);
    sqlite3_bind_int(insert, 4, (int)row->index);
    sqlite3_bind_int(insert, 5, (int)row->shape);
    bind_real(insert, 6, row->attach);
    bind_real(insert, 7, row->exhaust);
    sqlite3_bind_text(insert, 8, ended(&steps), -1, SQLITE_STATIC);
    sqlite3_bind_double(insert, 9, row->event_limit);
    bind_real(insert, 10, row->annual_limit);
    sqlite3_bind_double(insert, 11, row->waiting_hours);
    sqlite3_bind_int(insert, 12, row->inception);
    sqlite3_bind_int(insert, 13, row->term_days);
    bind_real(insert, 14, row->expiring_premium);
    sqlite3_bind_text(insert, 15, document, -1, SQLITE_STATIC);
    const enum quo_status status = steps.failed ? QUO_MACHINE : put_version(w, insert, &w->policies);
    quo_booktext_free(&steps);
    return status;
}

static void tell_new(const struct quo_bookwriter *w, const char *sql, int64_t before, struct quo_bookcounts *counts)
{
    counts->added = (size_t)(quo_bookstore_number(w->book, sql, 0) - before);
    counts->changed -= counts->added;
}

enum quo_status quo_bookwriter_close(struct quo_bookwriter *w, enum quo_status status, const char *what,
                                     const char *path)
{
    char detail[512], safe[256];
    if (status == QUO_OK) {
        tell_new(w, COUNT_PROTOCOLS, w->protocols_before, &w->protocols);
        tell_new(w, COUNT_POLICIES, w->policies_before, &w->policies);
        size_t n = 0;
        for (; path[n] && n + 1 < sizeof safe; n++)
            safe[n] = path[n] == '"' || path[n] == '\\' || (unsigned char)path[n] < ' ' ? '_' : path[n];
        safe[n] = '\0';
        quo_text_print(detail, sizeof detail, "{\"file\":\"%s\",\"rows\":%zu,\"added\":%zu,\"changed\":%zu}", safe,
                       w->protocols.rows + w->policies.rows, w->protocols.added + w->policies.added,
                       w->protocols.changed + w->policies.changed);
        status = quo_bookstore_log(w->book, what, detail, w->faults);
    }
    sqlite3_finalize(w->protocol);
    sqlite3_finalize(w->policy);
    return quo_bookstore_end(w->book, status, w->faults);
}
