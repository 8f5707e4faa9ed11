/* pricing/book/bookdigest.h -- SHA-256 of rows of the book as they stand in it: each column with its type and length in front, so that
 * no two rows give the same bytes. */
#ifndef QUO_BOOKDIGEST_H
#define QUO_BOOKDIGEST_H

#include <sodium.h>
#include <sqlite3.h>
#include "risk/base/hash.h"

#define QUO_BOOKDIGEST_SIZE 32

struct quo_bookdigest {
    crypto_hash_sha256_state state;
};

void quo_bookdigest_begin(struct quo_bookdigest *digest);
/* n columns of the statement's row, from `first` on. */
void quo_bookdigest_columns(struct quo_bookdigest *digest, sqlite3_stmt *statement, int first, int n);
void quo_bookdigest_end(struct quo_bookdigest *digest, unsigned char out[QUO_BOOKDIGEST_SIZE]);
/* As hexadecimal digits. */
void quo_bookdigest_hex(const unsigned char digest[QUO_BOOKDIGEST_SIZE], char hex[QUO_HASH_SIZE]);
/* What a quote was priced from: the digest of its policy's version and that of its protocol's, hashed together. */
void quo_bookdigest_inputs(const unsigned char policy[QUO_BOOKDIGEST_SIZE],
                           const unsigned char protocol[QUO_BOOKDIGEST_SIZE], char hex[QUO_HASH_SIZE]);
#endif
