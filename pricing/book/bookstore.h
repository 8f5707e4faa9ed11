/* pricing/book/bookstore.h -- the book: one SQLite file with protocols and policies (every version of them), models, runs, quotes and a log.
 *
 * WAL, foreign keys, strict tables, schema version in user_version. Quotes, log, models and versions are never changed or removed: triggers
 * refuse it. Each entry of the log holds the SHA-256 of the one before and of itself; the entry of a batch of quotes holds the hash of their
 * contents, so that bookverify.h finds what was changed behind the program's back. Every change is one transaction: a book is never half-written. */
#ifndef QUO_BOOKSTORE_H
#define QUO_BOOKSTORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include "risk/base/faults.h"
#include "risk/base/hash.h"

#define QUO_BOOKSTORE_SCHEMA 2

struct quo_bookstore {
    sqlite3 *db;
    char *path;
    const char *who; /* not owned: who is named in log and runs */
    bool begun;      /* it is being made: nothing is there yet */
};

/* to_be_made: the file must not be there yet; else it must, and be a book of this schema or one that can be brought to it. QUO_REFUSED: no
 * book, damaged, or newer than the program; QUO_MACHINE: locked, disk. */
enum quo_status quo_bookstore_open(const char *path, bool to_be_made, const char *who, struct quo_bookstore *out,
                                   struct quo_faults *faults);
/* The same book to be read only, also where neither it nor its folder can be written: it is then opened as a file that nobody changes,
 * unless a log of changes not yet in it stands beside it. */
enum quo_status quo_bookstore_read(const char *path, const char *who, struct quo_bookstore *out, struct quo_faults *faults);
void quo_bookstore_close(struct quo_bookstore *book);

/* What a result of SQLite's means, told with the book's path; SQLITE_OK, _ROW and _DONE are QUO_OK. */
enum quo_status quo_bookstore_told(const struct quo_bookstore *book, int code, struct quo_faults *faults);
enum quo_status quo_bookstore_run(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults);
/* Ends a transaction: commits where status is QUO_OK, else undoes it all. */
enum quo_status quo_bookstore_end(const struct quo_bookstore *book, enum quo_status status, struct quo_faults *faults);
/* NULL where it fails; told. */
sqlite3_stmt *quo_bookstore_prepare(const struct quo_bookstore *book, const char *sql, struct quo_faults *faults);
/* The first column of the first row; `otherwise` if there is none. */
int64_t quo_bookstore_number(const struct quo_bookstore *book, const char *sql, int64_t otherwise);

/* Seconds since 1970 as 2026-08-01T12:00:00Z. */
void quo_bookstore_now(char text[32]);
/* One more entry of the log, within the caller's transaction. */
enum quo_status quo_bookstore_log(const struct quo_bookstore *book, const char *what, const char *detail,
                                  struct quo_faults *faults);
/* The hash of an entry: of time, who, what, detail and the hash before, each with its length in front. "" without memory. */
void quo_bookstore_entry_hash(const char *const part[5], char hex[QUO_HASH_SIZE]);
#endif
