/* risk/base/hash.h -- SHA-256 by libsodium, as 64 hexadecimal digits. */
#ifndef QUO_HASH_H
#define QUO_HASH_H

#include <stddef.h>
#include "risk/base/status.h"

#define QUO_HASH_SIZE 65 /* with the final NUL */

void quo_hash_bytes(const void *bytes, size_t n, char hex[QUO_HASH_SIZE]);
/* The whole file, streamed. QUO_MACHINE if it cannot be read. */
enum quo_status quo_hash_file(const char *path, char hex[QUO_HASH_SIZE]);
#endif
