/* risk/base/memory.h -- whether memory suffices, for libraries that do not look.
 *
 * libconfig 1.5 writes through the NULL of a failed allocation, and FFTW's planner aborts the program. So what they will take is asked
 * for beforehand and given back: under a limit (ulimit -v, a container) that tells as well as they would, in words. */
#ifndef QUO_MEMORY_H
#define QUO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

bool quo_memory_suffices(size_t bytes);
#endif
