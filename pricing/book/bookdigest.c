#include "pricing/book/bookdigest.h"

#include <stdint.h>
#include <string.h>

void quo_bookdigest_begin(struct quo_bookdigest *digest) { crypto_hash_sha256_init(&digest->state); }

void quo_bookdigest_columns(struct quo_bookdigest *digest, sqlite3_stmt *statement, int first, int n)
{
    for (int c = first; c < first + n; c++) {
        unsigned char head[9];
        const int type = sqlite3_column_type(statement, c);
        const double real = type == SQLITE_FLOAT ? sqlite3_column_double(statement, c) : 0.0;
        const int64_t whole = type == SQLITE_INTEGER ? sqlite3_column_int64(statement, c) : 0;
        const void *bytes = type == SQLITE_FLOAT     ? (const void *)&real
                            : type == SQLITE_INTEGER ? (const void *)&whole
                            : type == SQLITE_NULL    ? NULL
                                                     : (const void *)sqlite3_column_text(statement, c);
        const uint64_t length = type == SQLITE_NULL                              ? 0
                                : type == SQLITE_FLOAT || type == SQLITE_INTEGER ? 8
                                                                                 : (uint64_t)sqlite3_column_bytes(statement, c);
        head[0] = (unsigned char)type;
        memcpy(head + 1, &length, 8);
        crypto_hash_sha256_update(&digest->state, head, sizeof head);
        if (bytes)
            crypto_hash_sha256_update(&digest->state, bytes, length);
    }
}

void quo_bookdigest_end(struct quo_bookdigest *digest, unsigned char out[QUO_BOOKDIGEST_SIZE])
{
    crypto_hash_sha256_final(&digest->state, out);
}

void quo_bookdigest_hex(const unsigned char digest[QUO_BOOKDIGEST_SIZE], char hex[QUO_HASH_SIZE])
{
    sodium_bin2hex(hex, QUO_HASH_SIZE, digest, QUO_BOOKDIGEST_SIZE);
}

void quo_bookdigest_inputs(const unsigned char policy[QUO_BOOKDIGEST_SIZE],
                           const unsigned char protocol[QUO_BOOKDIGEST_SIZE], char hex[QUO_HASH_SIZE])
{
    unsigned char both[2 * QUO_BOOKDIGEST_SIZE];
    memcpy(both, policy, QUO_BOOKDIGEST_SIZE);
    memcpy(both + QUO_BOOKDIGEST_SIZE, protocol, QUO_BOOKDIGEST_SIZE);
    quo_hash_bytes(both, sizeof both, hex);
}
