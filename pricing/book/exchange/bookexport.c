#include "pricing/book/exchange/bookexport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pricing/book/bookconfigtext.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

struct export {
    const struct quo_bookstore *book;
    const struct quo_catalogue *catalogue;
    const char *folder;
    struct quo_faults *faults;
    struct quo_bookload load;
    struct quo_booktext text;
    size_t files;
};

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

/* An id as the name of a file: letters, digits, '-', '_' and '.' within stay, all else becomes %XX, so that no two ids meet. */
static void put_name(struct quo_booktext *to, const char *id)
{
    for (const unsigned char *c = (const unsigned char *)id; *c; c++) {
        const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                           *c == '-' || *c == '_' || (*c == '.' && c != (const unsigned char *)id);
        char code[4];
        if (plain) {
            quo_booktext_add(to, (const char *)c, 1);
        } else {
            snprintf(code, sizeof code, "%%%02X", *c);
            put(to, code);
        }
    }
}

/* The text at hand as FOLDER/ID.KIND.cfg, or FOLDER/KIND where there is no id. */
static enum quo_status write_file(struct export *e, const char *id, const char *kind)
{
    struct quo_booktext path = {0};
    struct quo_outfile *file = NULL;
    put(&path, e->folder);
    put(&path, "/");
    if (id) {
        put_name(&path, id);
        put(&path, ".");
    }
    put(&path, kind);
    quo_booktext_add(&path, id ? ".cfg" : "", id ? 5 : 1);
    enum quo_status status = path.failed || e->text.failed ? QUO_MACHINE
                                                           : quo_outfile_open(path.text, &file, e->faults);
    if (status == QUO_OK) {
        fwrite(e->text.text, 1, e->text.n, quo_outfile_stream(file)); /* the commit tells what failed */
        status = quo_outfile_commit(file, e->faults);
    }
    quo_booktext_free(&path);
    e->text.n = 0;
    return status;
}

static enum quo_status begin(struct export *e)
{
    if (mkdir(e->folder, 0777) != 0 && errno != EEXIST)
        return quo_faults_add(e->faults, QUO_MACHINE, e->folder, 0, "a folder that can be made", "cannot be made: %s",
                              strerrordesc_np(errno));
    return quo_bookload_protocols(e->book, e->catalogue, &e->load, e->faults);
}

static void end(struct export *e)
{
    quo_bookload_free(&e->load);
    quo_booktext_free(&e->text);
}

static enum quo_status write_protocol(struct export *e, size_t i)
{
    put(&e->text, "protocol = ");
    if (e->load.version[i].document)
        put(&e->text, e->load.version[i].document);
    else
        quo_bookconfigtext_protocol(e->load.protocols.protocol[i], e->catalogue, &e->text);
    put(&e->text, ";\n");
    e->files++;
    return write_file(e, e->load.protocols.protocol[i]->id, "protocol");
}

/* A policy beside the file of its protocol. document: its group; NULL: it is made from the row. */
static enum quo_status write_policy(struct export *e, const struct quo_bookpolicy *row, const char *document)
{
    const struct quo_protocol *p = e->load.protocols.protocol[row->protocol];
    put(&e->text, "policy = ");
    if (document)
        put(&e->text, document);
    else
        quo_bookconfigtext_policy(row, p->name, &e->text);
    if (e->text.n)
        e->text.n--; /* its closing brace */
    put(&e->text, "  @include \"");
    put_name(&e->text, p->id);
    put(&e->text, ".protocol.cfg\"\n};\n");
    e->files++;
    return write_file(e, row->id, "policy");
}

/* The policies, each handed to `take`; those of documents with their text. */
static enum quo_status each_policy(struct export *e, enum quo_status (*take)(struct export *, const struct quo_bookpolicy *,
                                                                            const char *document, void *),
                                   void *context)
{
    struct quo_bookload_scratch scratch = {.document = {0}};
    struct quo_bookpolicy row;
    sqlite3_stmt *s = quo_bookstore_prepare(e->book, quo_bookload_policies_sql, e->faults);
    if (!s)
        return QUO_MACHINE;
    int code = SQLITE_DONE;
    enum quo_status status = QUO_OK;
    sqlite3_bind_int64(s, 1, 0);
    while (status == QUO_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        status = quo_bookload_policy(s, 1, &e->load, e->catalogue, &scratch, &row);
        if (status == QUO_REFUSED)
            quo_faults_add(e->faults, QUO_REFUSED, e->book->path, 0, "'quorate book verify' tells more",
                           "policy '%s' cannot be read", row.id);
        if (status == QUO_OK)
            status = take(e, &row, (const char *)sqlite3_column_text(s, 15), context);
    }
    if (status == QUO_OK)
        status = quo_bookstore_told(e->book, code, e->faults);
    sqlite3_finalize(s);
    quo_bookload_scratch_free(&scratch);
    return status;
}

static enum quo_status as_config(struct export *e, const struct quo_bookpolicy *row, const char *document, void *context)
{
    (void)context;
    return write_policy(e, row, document);
}

enum quo_status quo_bookexport_configs(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                       const char *folder, size_t *files, struct quo_faults *faults)
{
    struct export e = {.book = book, .catalogue = catalogue, .folder = folder, .faults = faults};
    enum quo_status status = begin(&e);
    for (size_t i = 0; i < e.load.protocols.n && status == QUO_OK; i++)
        status = write_protocol(&e, i);
    if (status == QUO_OK)
        status = each_policy(&e, as_config, NULL);
    *files = e.files;
    end(&e);
    return status;
}

/* protocols.csv: a column for each control of the catalogue. */
static enum quo_status write_protocols(struct export *e)
{
    put(&e->text, "protocol_id,name,exposure_usd,chain,bridge");
    for (size_t c = 0; c < e->catalogue->n_controls; c++) {
        put(&e->text, ",");
        put(&e->text, e->catalogue->control[c].id);
    }
    put(&e->text, ",vendors,threshold,signers\n");
    for (size_t i = 0; i < e->load.protocols.n; i++) {
        const struct quo_protocol *p = e->load.protocols.protocol[i];
        if (e->load.version[i].document)
            continue;
        quo_booktext_csv(&e->text, p->id);
        put(&e->text, ",");
        quo_booktext_csv(&e->text, p->name ? p->name : p->id);
        put(&e->text, ",");
        quo_booktext_exact(&e->text, p->exposure_usd);
        put(&e->text, ",");
        quo_booktext_csv(&e->text, p->chain ? p->chain : "");
        put(&e->text, p->bridge ? ",1" : ",0");
        for (size_t c = 0; c < e->catalogue->n_controls; c++) {
            const struct quo_answer *a = quo_protocol_answer(p, (int)c);
            char cell[16] = ",";
            if (a)
                snprintf(cell, sizeof cell, ",%d/%d", a->level, a->evidence);
            put(&e->text, cell);
        }
        put(&e->text, ",");
        quo_bookconfigtext_ties(p, &e->text);
        put(&e->text, "\n");
    }
    return write_file(e, NULL, "protocols.csv");
}

static enum quo_status as_row(struct export *e, const struct quo_bookpolicy *row, const char *document, void *context)
{
    if (!document) {
        quo_bookpolicy_write(row, context);
        return ((struct quo_booktext *)context)->failed ? QUO_MACHINE : QUO_OK;
    }
    const enum quo_status status = write_policy(e, row, document);
    return status ? status : write_protocol(e, (size_t)row->protocol);
}

enum quo_status quo_bookexport_tables(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                      const char *folder, size_t *files, struct quo_faults *faults)
{
    struct export e = {.book = book, .catalogue = catalogue, .folder = folder, .faults = faults};
    struct quo_booktext rows = {0};
    enum quo_status status = begin(&e);
    if (status == QUO_OK)
        status = write_protocols(&e);
    for (size_t c = 0; c < QUO_BOOKPOLICY_COLUMNS; c++) {
        put(&rows, c ? "," : "");
        put(&rows, quo_bookpolicies_columns()[c]);
    }
    put(&rows, "\n");
    if (status == QUO_OK)
        status = each_policy(&e, as_row, &rows);
    if (status == QUO_OK) {
        quo_booktext_free(&e.text);
        e.text = rows;
        rows = (struct quo_booktext){0};
        status = write_file(&e, NULL, "policies.csv");
    }
    *files = e.files;
    quo_booktext_free(&rows);
    end(&e);
    return status;
}
