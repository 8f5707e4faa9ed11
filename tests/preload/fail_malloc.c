/* Put before a program by LD_PRELOAD: its QUO_FAIL_AT-th request for memory fails, and with QUO_FAIL_ON set every one after it. Without
 * QUO_FAIL_AT nothing fails, and the number of requests is written to the file QUO_FAIL_COUNT at the end.
 *
 * The program has malloc of its own (pricing/cmd/outofmemory.c), which asks the C library by the names below. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long requests;
static long fail_at;
static bool fail_on, ready;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("QUO_FAIL_AT");
    fail_at = at ? atol(at) : 0;
    fail_on = getenv("QUO_FAIL_ON") != NULL;
    ready = true; /* what the loader asked for is not counted */
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("QUO_FAIL_COUNT");
    const long n = requests;
    ready = false;
    FILE *to = path ? fopen(path, "w") : NULL;
    if (to) {
        fprintf(to, "%ld\n", n);
        fclose(to);
    }
}

static bool fails(void)
{
    if (!ready)
        return false;
    const long now = ++requests;
    if (fail_at == 0 || (fail_on ? now < fail_at : now != fail_at))
        return false;
    errno = ENOMEM;
    return true;
}

/* dlsym may ask for a little memory itself, before it has an answer. */
static _Alignas(16) char early[4096];
static size_t early_used;

#define REAL(name)                                                                                                     \
    static __typeof__(name) *real;                                                                                     \
    static bool asking;                                                                                                \
    if (!real && !asking) {                                                                                            \
        asking = true;                                                                                                 \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                                            \
        asking = false;                                                                                                \
    }

static void *from_early(size_t size)
{
    void *block = early + early_used;
    early_used += (size + 15) / 16 * 16;
    return early_used <= sizeof early ? block : NULL;
}

void *__libc_malloc(size_t size)
{
    REAL(__libc_malloc)
    return !real ? from_early(size) : fails() ? NULL : real(size);
}

void *__libc_calloc(size_t n, size_t size)
{
    REAL(__libc_calloc)
    return !real ? from_early(n * size) : fails() ? NULL : real(n, size);
}

void *__libc_realloc(void *block, size_t size)
{
    REAL(__libc_realloc)
    return fails() ? NULL : real(block, size);
}

void *__libc_memalign(size_t alignment, size_t size)
{
    REAL(__libc_memalign)
    return fails() ? NULL : real(alignment, size);
}
