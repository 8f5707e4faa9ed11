#include "risk/base/hash.h"

#include <sodium.h>
#include <stdio.h>

static void finish(const unsigned char digest[crypto_hash_sha256_BYTES], char hex[QUO_HASH_SIZE])
{
    sodium_bin2hex(hex, QUO_HASH_SIZE, digest, crypto_hash_sha256_BYTES);
}

void quo_hash_bytes(const void *bytes, size_t n, char hex[QUO_HASH_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, n ? bytes : (const void *)"", n);
    finish(digest, hex);
}

enum quo_status quo_hash_file(const char *path, char hex[QUO_HASH_SIZE])
{
    hex[0] = '\0';
    FILE *file = fopen(path, "rbe");
    if (!file)
        return QUO_MACHINE;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    unsigned char block[1 << 16];
    size_t n;
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        crypto_hash_sha256_update(&state, block, n);
    const int failed = ferror(file);
    fclose(file);
    if (failed)
        return QUO_MACHINE;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state, digest);
    finish(digest, hex);
    return QUO_OK;
}
