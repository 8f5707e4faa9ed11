#include "pricing/book/bookstore.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pricing/book/bookschema.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

enum quo_status quo_bookstore_told(const struct quo_bookstore *book, int code, struct quo_faults *faults)
{
    const char *said = book->db ? sqlite3_errmsg(book->db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return QUO_OK;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy; nothing was written",
                              "damaged, or no book: %s", said);
    case SQLITE_CONSTRAINT:
        return quo_faults_add(faults, QUO_REFUSED, book->path, 0, NULL, "refused by the book: %s", said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0, "wait for the other program to end",
                              "another program is writing to the book");
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0,
                              book->begun ? "make room and run it again; nothing was left behind"
                                          : "make room and run it again, reprice with --resume; the book is whole",
                              "cannot be written: %s", said);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0, "a file and a folder that can be written",
                              "cannot be opened: %s", said);
    default:
        return quo_faults_add(faults, QUO_MACHINE, book->path, 0, NULL, "%s", said);
    }
}

enum quo_status quo_bookstore_run(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults)
{
    return quo_bookstore_told(book, sqlite3_exec(book->db, sql, NULL, NULL, NULL), faults);
}

enum quo_status quo_bookstore_end(const struct quo_bookstore *book, enum quo_status status, struct quo_faults *faults)
{
    if (status == QUO_OK)
        status = quo_bookstore_run(book, "COMMIT", faults);
    if (status)
        sqlite3_exec(book->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

sqlite3_stmt *quo_bookstore_prepare(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults)
{
    sqlite3_stmt *statement = NULL;
    if (quo_bookstore_told(book, sqlite3_prepare_v2(book->db, sql, -1, &statement, NULL), faults) != QUO_OK) {
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

int64_t quo_bookstore_number(const struct quo_bookstore *book, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = otherwise;
    if (sqlite3_prepare_v2(book->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

void quo_bookstore_close(struct quo_bookstore *book)
{
    if (book->db)
        sqlite3_close(book->db);
    free(book->path);
    *book = (struct quo_bookstore){0};
}

static enum quo_status is_there(const char *path, struct quo_faults *faults)
{
    return quo_faults_add(faults, QUO_REFUSED, path, 0, "another name; a book is never made anew over an old one", "is there already");
}

/* The new book at `made`, made with a journal of its own that goes with the last change: WAL begins when it is opened. */
static enum quo_status make(struct quo_bookstore *book, const char *made, struct quo_faults *faults)
{
    enum quo_status status = quo_bookstore_told(
        book, sqlite3_open_v2(made, &book->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(book, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;", faults);
    if (status == QUO_OK)
        status = quo_bookschema_create(book, faults);
    if (book->db)
        sqlite3_close(book->db);
    book->db = NULL;
    return status;
}

/* Makes a book under another name and gives it its own when it is whole, so that neither half a book nor another program's is ever there. */
static enum quo_status create(const char *path, const char *who, struct quo_faults *faults)
{
    struct quo_bookstore book = {.path = quo_text_copy(path), .who = who, .begun = true};
    const size_t room = strlen(path) + 32;
    char *made = malloc(room), *journal = malloc(room);
    enum quo_status status = book.path && made && journal && sodium_init() >= 0 ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        quo_text_print(made, room, "%s.%08x", path, randombytes_random());
        quo_text_print(journal, room, "%s-journal", made);
        status = make(&book, made, faults);
        if (status == QUO_OK && renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
            (errno == EEXIST || rename(made, path) != 0)) /* not every file system can hold back */
            status = errno == EEXIST ? is_there(path, faults)
                                     : quo_faults_add(faults, QUO_MACHINE, path, 0, NULL, "cannot be made: %s", strerrordesc_np(errno));
        if (status == QUO_OK)
            quo_outfile_sync_folder(path);
        unlink(made);
        unlink(journal);
    }
    free(journal);
    free(made);
    quo_bookstore_close(&book);
    return status;
}

static enum quo_status can_be_opened(const char *path, bool to_be_made, struct quo_faults *faults)
{
    struct stat about;
    const bool there = stat(path, &about) == 0;
    if (to_be_made)
        return there ? is_there(path, faults) : QUO_OK;
    if (!there)
        return quo_faults_add(faults, QUO_REFUSED, path, 0, "make it with 'quorate book init'", "there is no such book");
    if (S_ISDIR(about.st_mode))
        return quo_faults_add(faults, QUO_REFUSED, path, 0, "give the path of a book", "is a folder");
    return QUO_OK;
}

enum quo_status quo_bookstore_open(const char *path, bool to_be_made, const char *who, struct quo_bookstore *out,
                                   struct quo_faults *faults)
{
    *out = (struct quo_bookstore){.path = quo_text_copy(path), .who = who};
    if (!out->path)
        return QUO_MACHINE;
    enum quo_status status = can_be_opened(path, to_be_made, faults);
    if (status == QUO_OK && to_be_made)
        status = create(path, who, faults);
    if (status == QUO_OK)
        status = quo_bookstore_told(out, sqlite3_open_v2(path, &out->db, SQLITE_OPEN_READWRITE, NULL), faults);
    if (status == QUO_OK)
        sqlite3_busy_timeout(out->db, 2000);
    if (status == QUO_OK)
        status = quo_bookschema_check(out, faults);
    if (status == QUO_OK)
        status = quo_bookstore_run(
            out, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;", faults);
    if (status)
        quo_bookstore_close(out);
    return status;
}

/* Whether SQLite may change the file and put its log of changes beside it. */
static bool can_be_written(const char *path)
{
    char *folder = quo_text_copy(path);
    if (!folder)
        return false;
    const bool can = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 &&
                     faccessat(AT_FDCWD, dirname(folder), W_OK, AT_EACCESS) == 0;
    free(folder);
    return can;
}

/* "file:PATH?immutable=1", or, where a log of changes must be read too, "file:PATH?mode=ro"; NULL without memory. */
static char *uri_of(const char *path)
{
    const size_t room = 3 * strlen(path) + 32;
    char *uri = malloc(room), *at = uri;
    struct stat about;
    if (!uri)
        return NULL;
    quo_text_print(uri, room, "%s-wal", path);
    const bool log = stat(uri, &about) == 0 && about.st_size > 0;
    at += quo_text_print(at, room, "file:");
    for (; *path; path++)
        at += quo_text_print(at, room - (size_t)(at - uri), strchr("?#%", *path) ? "%%%02X" : "%c", (unsigned char)*path);
    quo_text_print(at, room - (size_t)(at - uri), log ? "?mode=ro" : "?immutable=1");
    return uri;
}

enum quo_status quo_bookstore_read(const char *path, const char *who, struct quo_bookstore *out, struct quo_faults *faults)
{
    struct stat about;
    if (stat(path, &about) != 0 || S_ISDIR(about.st_mode) || can_be_written(path))
        return quo_bookstore_open(path, false, who, out, faults);
    *out = (struct quo_bookstore){.path = quo_text_copy(path), .who = who};
    char *uri = uri_of(path);
    enum quo_status status = out->path && uri ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_bookstore_told(
            out, sqlite3_open_v2(uri, &out->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL), faults);
    free(uri);
    if (status == QUO_OK)
        sqlite3_busy_timeout(out->db, 2000);
    if (status == QUO_OK)
        status = quo_bookschema_check(out, faults);
    if (status)
        quo_bookstore_close(out);
    return status;
}

void quo_bookstore_now(char text[32])
{
    const time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

void quo_bookstore_entry_hash(const char *const part[5], char hex[QUO_HASH_SIZE])
{
    size_t n = 0;
    for (int i = 0; i < 5; i++)
        n += strlen(part[i]) + 24;
    char *all = malloc(n), *at = all;
    if (!all) {
        hex[0] = '\0';
        return;
    }
    for (int i = 0; i < 5; i++)
        at += quo_text_print(at, n - (size_t)(at - all), "%zu:%s", strlen(part[i]), part[i]);
    quo_hash_bytes(all, (size_t)(at - all), hex);
    free(all);
}

enum quo_status quo_bookstore_log(const struct quo_bookstore *book, const char *what, const char *detail,
                                  struct quo_faults *faults)
{
    char now[32], previous[QUO_HASH_SIZE] = "", hex[QUO_HASH_SIZE];
    sqlite3_stmt *last = quo_bookstore_prepare(book, "SELECT hash FROM log ORDER BY pk DESC LIMIT 1", faults);
    if (!last)
        return QUO_MACHINE;
    if (sqlite3_step(last) == SQLITE_ROW)
        quo_text_print(previous, sizeof previous, "%s", (const char *)sqlite3_column_text(last, 0));
    sqlite3_finalize(last);
    quo_bookstore_now(now);
    quo_bookstore_entry_hash((const char *const[5]){now, book->who, what, detail, previous}, hex);
    sqlite3_stmt *insert = quo_bookstore_prepare(
        book, "INSERT INTO log(time, who, what, detail, previous, hash) VALUES(?,?,?,?,?,?)", faults);
    if (!insert || !hex[0]) {
        sqlite3_finalize(insert);
        return QUO_MACHINE;
    }
    const char *field[] = {now, book->who, what, detail, previous, hex};
    for (int i = 0; i < 6; i++)
        sqlite3_bind_text(insert, i + 1, field[i], -1, SQLITE_STATIC);
    const enum quo_status status = quo_bookstore_told(book, sqlite3_step(insert), faults);
    sqlite3_finalize(insert);
    return status;
}
