/* Memory that cannot be had ends the program: exit status 3 and a line that says so, whoever asked for it.
 *
 * The library returns QUO_MACHINE, but not all that it stands on does as much: libconfig 1.5 uses what it did not get, FFTW aborts,
 * OpenMP's runtime exits with 1, and a solver without its workspace gives a NaN that looks like a result. So the program puts its own names
 * before those of the C library, on the same heap. Nothing half-written stays behind: a file has no name before it is whole
 * (risk/base/outfile.h), and a book rolls back (SQLite).
 *
 * Sanitizers bring an allocator of their own. */
#include <features.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_ALLOCATOR
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(OWN_ALLOCATOR) && defined(__GLIBC__)
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
void *memalign(size_t alignment, size_t size);

/* Async-signal-safe: nothing here may want memory. */
static void give_up(void)
{
    static const char text[] = "quorate: memory does not suffice\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        /* there is nobody left to tell */
    }
    _exit(3);
}

static void *had(void *block, size_t size)
{
    if (!block && size > 0)
        give_up();
    return block;
}

void *malloc(size_t size) { return had(__libc_malloc(size), size); }

void *calloc(size_t n, size_t size) { return had(__libc_calloc(n, size), n && size); }

void *realloc(void *block, size_t size) { return had(__libc_realloc(block, size), size); }

void *memalign(size_t alignment, size_t size) { return had(__libc_memalign(alignment, size), size); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
        return EINVAL;
    *block = memalign(alignment, size);
    return 0;
}

void free(void *block) { __libc_free(block); }
#else
typedef int quo_outofmemory_is_the_sanitizers; /* a file of C holds a declaration */
#endif
