/* pricing/book/bookstore.h -- the book: one SQLite file with protocols and policies (every version of them), models, runs, quotes and a log.
 *
 * WAL, foreign keys, strict tables, schema version in user_version. Quotes and log are never changed or removed: triggers refuse it. Each
 * entry of the log holds the SHA-256 of the one before and of itself; the entry of a batch of quotes holds the hash of their contents, so
 * that `verify` finds what was changed behind the program's back. Every change is one transaction: a book is never half-written. */
#ifndef QUO_BOOKSTORE_H
#define QUO_BOOKSTORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include "risk/base/faults.h"
#include "risk/base/hash.h"

#define QUO_BOOKSTORE_SCHEMA 1

struct quo_bookstore {
    sqlite3 *db;
    char *path;
    const char *who; /* not owned: who is named in log and runs */
};

/* create: the file must not be there yet; else it must, and be a book of this schema or one that can be brought to it. QUO_REFUSED: no
 * book, damaged, or newer than the program; QUO_MACHINE: locked, disk. */
enum quo_status quo_bookstore_open(const char *path, bool create, const char *who, struct quo_bookstore *out,
                                   struct quo_faults *faults);
void quo_bookstore_close(struct quo_bookstore *book);

/* What a result of SQLite's means, told with the book's path; SQLITE_OK, _ROW and _DONE are QUO_OK. */
enum quo_status quo_bookstore_told(const struct quo_bookstore *book, int code, struct quo_faults *faults);
enum quo_status quo_bookstore_run(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults);
/* NULL where it fails; told. */
sqlite3_stmt *quo_bookstore_prepare(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults);
/* The first column of the first row; `otherwise` if there is none. */
int64_t quo_bookstore_number(const struct quo_bookstore *book, const char *sql, int64_t otherwise);

/* Seconds since 1970 as 2026-08-01T12:00:00Z. */
void quo_bookstore_now(char text[32]);
/* One more entry of the log, within the caller's transaction. */
enum quo_status quo_bookstore_log(const struct quo_bookstore *book, const char *what, const char *detail,
                                  struct quo_faults *faults);
/* Runs integrity and foreign key checks, the log's chain, and the hashes of every batch of quotes. Each damage is a fault. */
enum quo_status quo_bookstore_verify(const struct quo_bookstore *book, int64_t *entries, int64_t *quotes,
                                     struct quo_faults *faults);
/* The hash of the quotes of a run from one to another (their numbers), in order. */
enum quo_status quo_bookstore_quotes_hash(const struct quo_bookstore *book, int64_t run, int64_t from, int64_t to,
                                          char hex[QUO_HASH_SIZE], struct quo_faults *faults);
#endif
