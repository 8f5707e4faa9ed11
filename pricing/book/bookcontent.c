#include "pricing/book/bookcontent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookcell.h"
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

static void vendors_text(const struct quo_protocol *p, struct quo_booktext *to)
{
    for (size_t i = 0; i < p->n_dependencies; i++) {
        put(to, i ? ";" : "");
        put(to, p->dependency[i].kind);
        put(to, ":");
        put(to, p->dependency[i].vendor);
    }
}

static void signers_text(const struct quo_protocol *p, struct quo_booktext *to)
{
    for (size_t i = 0; p->n_signer_sets && i < p->signer_set[0].n_signers; i++) {
        const struct quo_signer *s = &p->signer_set[0].signer[i];
        put(to, i ? ";" : "");
        put(to, s->storage);
        put(to, "@");
        for (size_t g = 0; g < s->n_groups; g++) {
            put(to, g ? "+" : "");
            put(to, p->signer_set[0].group_name[s->group[g]]);
        }
    }
}

static void bind_real(sqlite3_stmt *s, int at, double x)
{
    if (isfinite(x))
        sqlite3_bind_double(s, at, x);
    else
        sqlite3_bind_null(s, at);
}

/* Steps an insert that has been bound; counts what it did. sql inserts only where the newest version differs. */
static enum quo_status put_version(const struct quo_bookstore *book, sqlite3_stmt *insert,
                                   struct quo_bookcounts *counts, struct quo_faults *faults)
{
    const enum quo_status status = quo_bookstore_told(book, sqlite3_step(insert), faults);
    if (status == QUO_OK && sqlite3_changes(book->db))
        counts->changed++; /* end() tells new ones from new versions */
    sqlite3_reset(insert);
    return status;
}

static enum quo_status begin(const struct quo_bookstore *book, struct quo_faults *faults)
{
    return quo_bookstore_run(book, "BEGIN IMMEDIATE", faults);
}

/* Commits with an entry in the log, or undoes all. */
static enum quo_status end(const struct quo_bookstore *book, enum quo_status status, const char *what, const char *path,
                           int64_t before, const char *count_sql, struct quo_bookcounts *counts,
                           struct quo_faults *faults)
{
    char detail[512];
    if (status == QUO_OK) {
        const size_t newer = counts->changed;
        counts->added = (size_t)(quo_bookstore_number(book, count_sql, 0) - before);
        counts->changed = newer - counts->added;
        char safe[256];
        size_t n = 0;
        for (; path[n] && n + 1 < sizeof safe; n++)
            safe[n] = path[n] == '"' || path[n] == '\\' || (unsigned char)path[n] < ' ' ? '_' : path[n];
        safe[n] = '\0';
        quo_text_print(detail, sizeof detail, "{\"file\":\"%s\",\"rows\":%zu,\"added\":%zu,\"changed\":%zu}", safe,
                       counts->rows, counts->added, counts->changed);
        status = quo_bookstore_log(book, what, detail, faults);
    }
    if (status == QUO_OK)
        status = quo_bookstore_run(book, "COMMIT", faults);
    if (status)
        sqlite3_exec(book->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static const char count_protocols[] = "SELECT count(DISTINCT protocol_id) FROM protocol";
static const char count_policies[] = "SELECT count(DISTINCT policy_id) FROM policy";

static enum quo_status put_protocol(const struct quo_bookstore *book, sqlite3_stmt *insert,
                                    const struct quo_protocol *p, const struct quo_catalogue *catalogue,
                                    struct quo_bookcounts *counts, struct quo_faults *faults)
{
    struct quo_booktext answers = {0}, vendors = {0}, signers = {0};
    answers_text(p, catalogue, &answers);
    vendors_text(p, &vendors);
    signers_text(p, &signers);
    sqlite3_bind_text(insert, 1, p->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, p->name, -1, SQLITE_STATIC);
    sqlite3_bind_double(insert, 3, p->exposure_usd);
    sqlite3_bind_text(insert, 4, p->chain, -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 5, p->bridge);
    sqlite3_bind_text(insert, 6, ended(&answers), -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 7, ended(&vendors), -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 8, p->n_signer_sets ? p->signer_set[0].threshold : 0);
    sqlite3_bind_text(insert, 9, ended(&signers), -1, SQLITE_STATIC);
    const bool lost = answers.failed || vendors.failed || signers.failed;
    const enum quo_status status = lost ? QUO_MACHINE : put_version(book, insert, counts, faults);
    quo_booktext_free(&answers);
    quo_booktext_free(&vendors);
    quo_booktext_free(&signers);
    return status;
}

enum quo_status quo_bookcontent_import_protocols(const struct quo_bookstore *book, const char *path,
                                                 const struct quo_catalogue *catalogue, bool strict,
                                                 struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                 struct quo_faults *faults)
{
    static const char sql[] = "INSERT INTO protocol(protocol_id, version, name, exposure_usd, chain, bridge, answers, "
                              "vendors, threshold, signers)"
                              " SELECT ?1, 1 + coalesce((SELECT max(version) FROM protocol WHERE protocol_id = ?1), "
                              "0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"
                              " WHERE NOT EXISTS (SELECT 1 FROM protocol p WHERE p.protocol_id = ?1 AND p.version = "
                              "(SELECT max(version) FROM protocol WHERE protocol_id = ?1)"
                              " AND p.name IS ?2 AND p.exposure_usd = ?3 AND p.chain IS ?4 AND p.bridge = ?5 AND "
                              "p.answers = ?6 AND p.vendors = ?7 AND p.threshold = ?8"
                              " AND p.signers = ?9)";
    struct quo_bookprotocols protocols;
    *counts = (struct quo_bookcounts){0};
    enum quo_status status = quo_bookprotocols_load(path, catalogue, &protocols, rejects, faults);
    if (status == QUO_OK && strict && rejects->bad)
        status = QUO_REFUSED;
    if (status == QUO_OK && (status = begin(book, faults)) == QUO_OK) {
        const int64_t before = quo_bookstore_number(book, count_protocols, 0);
        sqlite3_stmt *insert = quo_bookstore_prepare(book, sql, faults);
        status = insert ? QUO_OK : QUO_MACHINE;
        for (size_t i = 0; i < protocols.n && status == QUO_OK; i++)
            status = put_protocol(book, insert, protocols.protocol[i], catalogue, counts, faults);
        counts->rows = protocols.n;
        sqlite3_finalize(insert);
        status = end(book, status, "import protocols", path, before, count_protocols, counts, faults);
    }
    quo_bookprotocols_free(&protocols);
    return status;
}

static void steps_text(const struct quo_bookpolicy *row, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < row->n_steps && at < size; i++)
        at += (size_t)quo_text_print(text + at, size - at, "%s%.17g:%.17g", i ? ";" : "", row->step[i].at,
                                     row->step[i].pays);
}

static enum quo_status put_policy(const struct quo_bookstore *book, sqlite3_stmt *insert,
                                  const struct quo_bookpolicy *row, struct quo_bookcounts *counts,
                                  struct quo_faults *faults)
{
    char steps[QUO_PAYOUT_STEPS_MAX * 56];
    steps_text(row, steps, sizeof steps);
    sqlite3_bind_text(insert, 1, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, row->protocol_id, -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 3, (int)row->perils);
    sqlite3_bind_int(insert, 4, (int)row->index);
    sqlite3_bind_int(insert, 5, (int)row->shape);
    bind_real(insert, 6, row->attach);
    bind_real(insert, 7, row->exhaust);
    sqlite3_bind_text(insert, 8, steps, -1, SQLITE_STATIC);
    sqlite3_bind_double(insert, 9, row->event_limit);
    bind_real(insert, 10, row->annual_limit);
    sqlite3_bind_double(insert, 11, row->waiting_hours);
    sqlite3_bind_int(insert, 12, row->inception);
    sqlite3_bind_int(insert, 13, row->term_days);
    bind_real(insert, 14, row->expiring_premium);
    return put_version(book, insert, counts, faults);
}

enum quo_status quo_bookcontent_import_policies(const struct quo_bookstore *book, const char *path,
                                                const struct quo_catalogue *catalogue, bool strict,
                                                struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                struct quo_faults *faults)
{
    static const char sql[] = "INSERT INTO policy(policy_id, version, protocol_id, perils, idx, shape, attach, "
                              "exhaust, steps, event_limit, annual_limit, waiting_hours,"
                              " inception, term_days, expiring_premium)"
                              " SELECT ?1, 1 + coalesce((SELECT max(version) FROM policy WHERE policy_id = ?1), 0), "
                              "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14"
                              " WHERE NOT EXISTS (SELECT 1 FROM policy p WHERE p.policy_id = ?1 AND p.version = "
                              "(SELECT max(version) FROM policy WHERE policy_id = ?1)"
                              " AND p.protocol_id = ?2 AND p.perils = ?3 AND p.idx = ?4 AND p.shape = ?5 AND p.attach "
                              "IS ?6 AND p.exhaust IS ?7 AND p.steps = ?8"
                              " AND p.event_limit = ?9 AND p.annual_limit IS ?10 AND p.waiting_hours = ?11 AND "
                              "p.inception = ?12 AND p.term_days = ?13"
                              " AND p.expiring_premium IS ?14)";
    struct quo_bookprotocols protocols;
    struct quo_bookpolicies *reader = NULL;
    const struct quo_bookpolicy *row;
    int64_t *pk = NULL;
    *counts = (struct quo_bookcounts){0};
    enum quo_status status = quo_bookcontent_protocols(book, catalogue, &protocols, &pk, faults);
    if (status == QUO_OK)
        status = quo_bookpolicies_open(path, &protocols, rejects, &reader, faults);
    if (status == QUO_OK && (status = begin(book, faults)) == QUO_OK) {
        const int64_t before = quo_bookstore_number(book, count_policies, 0);
        sqlite3_stmt *insert = quo_bookstore_prepare(book, sql, faults);
        status = insert ? QUO_OK : QUO_MACHINE;
        while (status == QUO_OK && (status = quo_bookpolicies_next(reader, &row, faults)) == QUO_OK && row) {
            status = put_policy(book, insert, row, counts, faults);
            counts->rows++;
        }
        if (status == QUO_OK && strict && rejects->bad)
            status = QUO_REFUSED;
        sqlite3_finalize(insert);
        status = end(book, status, "import policies", path, before, count_policies, counts, faults);
    }
    quo_bookpolicies_close(reader);
    quo_bookprotocols_free(&protocols);
    free(pk);
    return status;
}

static char *column_copy(sqlite3_stmt *s, int c)
{
    return quo_text_copy((const char *)sqlite3_column_text(s, c)); /* NULL stays NULL */
}

/* Answers as the import wrote them; a control that the catalogue no longer has is left out. */
static bool read_answers(const char *text, const struct quo_catalogue *catalogue, struct quo_protocol *p)
{
    char hint[QUO_BOOKCELL_HINT], id[64], cell[8];
    p->answer = calloc(catalogue->n_controls + 1, sizeof *p->answer);
    for (const char *at = text; p->answer && *at;) {
        const size_t name = strcspn(at, "="), whole = strcspn(at, ";");
        struct quo_answer a = {.coverage = NAN, .reliability = NAN, .age_months = -1};
        if (name < whole && name < sizeof id && whole - name - 1 < sizeof cell) {
            quo_text_print(id, sizeof id, "%.*s", (int)name, at);
            quo_text_print(cell, sizeof cell, "%.*s", (int)(whole - name - 1), at + name + 1);
            a.control = quo_catalogue_control(catalogue, id);
            if (a.control >= 0 && p->n_answers < catalogue->n_controls &&
                quo_bookcell_answer(cell, &a.level, &a.evidence, hint))
                p->answer[p->n_answers++] = a;
        }
        at += whole + (at[whole] == ';');
    }
    return p->answer != NULL;
}

static struct quo_protocol *read_protocol(sqlite3_stmt *s, const struct quo_catalogue *catalogue, bool *no_memory)
{
    char hint[QUO_BOOKCELL_HINT];
    struct quo_protocol *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->hot_share = p->capture_cost_usd = p->extractable_usd = p->borrow_cost_usd = p->bribe_cost_usd = NAN;
    p->exit_liquidity_usd = INFINITY;
    p->id = column_copy(s, 1);
    p->name = column_copy(s, 2);
    p->exposure_usd = sqlite3_column_double(s, 3);
    p->chain = column_copy(s, 4);
    p->bridge = sqlite3_column_int(s, 5);
    const char *vendors = (const char *)sqlite3_column_text(s, 7), *signers = (const char *)sqlite3_column_text(s, 9);
    bool good = p->id && read_answers((const char *)sqlite3_column_text(s, 6), catalogue, p);
    good = good && (!vendors[0] || quo_bookcell_vendors(vendors, p, hint, no_memory));
    good = good && (!signers[0] || quo_bookcell_signers(signers, catalogue, p, hint, no_memory));
    if (good && p->n_signer_sets) {
        p->signer_set[0].threshold = sqlite3_column_int(s, 8);
        p->signer_set[0].powers = QUO_POWER_MOVE | QUO_POWER_MINT | QUO_POWER_UPGRADE | QUO_POWER_CONFIGURE |
                                  QUO_POWER_PAUSE | (p->bridge ? (unsigned)QUO_POWER_BRIDGE_MESSAGES : 0u);
    }
    if (good)
        return p;
    quo_protocol_free(p);
    return NULL;
}

enum quo_status quo_bookcontent_protocols(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                          struct quo_bookprotocols *out, int64_t **pk, struct quo_faults *faults)
{
    quo_bookprotocols_init(out);
    *pk = NULL;
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT pk, protocol_id, name, exposure_usd, chain, bridge, answers, vendors, threshold, signers, max(version)"
        " FROM protocol GROUP BY protocol_id ORDER BY protocol_id",
        faults);
    if (!s)
        return QUO_MACHINE;
    int code;
    enum quo_status status = QUO_OK;
    bool no_memory = false;
    while (status == QUO_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct quo_protocol *p = read_protocol(s, catalogue, &no_memory);
        if (!p) {
            status =
                quo_faults_add(faults, QUO_REFUSED, book->path, 0, "the catalogue that it was imported with",
                               "protocol '%s' does not fit this catalogue", (const char *)sqlite3_column_text(s, 1));
            break;
        }
        int64_t *grown = realloc(*pk, (out->n + 1) * sizeof *grown);
        if (grown)
            *pk = grown;
        status = grown ? quo_bookprotocols_add(out, p) : QUO_MACHINE;
        if (status)
            quo_protocol_free(p);
        else
            grown[out->n - 1] = sqlite3_column_int64(s, 0);
    }
    if (status == QUO_OK)
        status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(s);
    if (status) {
        quo_bookprotocols_free(out);
        free(*pk);
        *pk = NULL;
    }
    return status;
}

const char quo_bookcontent_policies_sql[] = "SELECT pk, policy_id, protocol_id, perils, idx, shape, attach, exhaust, "
                                            "steps, event_limit, annual_limit, waiting_hours, inception, term_days,"
                                            " expiring_premium FROM policy p WHERE pk > ?1 AND NOT EXISTS (SELECT 1 "
                                            "FROM policy q WHERE q.policy_id = p.policy_id AND q.version > p.version)"
                                            " ORDER BY pk";

static double real_or(sqlite3_stmt *s, int c, double otherwise)
{
    return sqlite3_column_type(s, c) == SQLITE_NULL ? otherwise : sqlite3_column_double(s, c);
}

bool quo_bookcontent_policy(sqlite3_stmt *s, const struct quo_bookprotocols *protocols, struct quo_payout_step *step,
                            struct quo_bookpolicy *row, int64_t *pk)
{
    char hint[QUO_BOOKCELL_HINT];
    *pk = sqlite3_column_int64(s, 0);
    *row = (struct quo_bookpolicy){.id = (const char *)sqlite3_column_text(s, 1),
                                   .protocol_id = (const char *)sqlite3_column_text(s, 2),
                                   .perils = (quo_peril_set)sqlite3_column_int(s, 3),
                                   .index = (enum quo_index)sqlite3_column_int(s, 4),
                                   .shape = (enum quo_payout_shape)sqlite3_column_int(s, 5),
                                   .attach = real_or(s, 6, NAN),
                                   .exhaust = real_or(s, 7, NAN),
                                   .step = step,
                                   .event_limit = sqlite3_column_double(s, 9),
                                   .annual_limit = real_or(s, 10, INFINITY),
                                   .waiting_hours = sqlite3_column_double(s, 11),
                                   .inception = sqlite3_column_int(s, 12),
                                   .term_days = sqlite3_column_int(s, 13),
                                   .expiring_premium = real_or(s, 14, NAN)};
    const char *steps = (const char *)sqlite3_column_text(s, 8);
    if (steps[0] && !quo_bookcell_steps(steps, step, &row->n_steps, hint))
        return false;
    row->protocol = protocols ? quo_bookprotocols_find(protocols, row->protocol_id) : -1;
    return !protocols || row->protocol >= 0;
}
