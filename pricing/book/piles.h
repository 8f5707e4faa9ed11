/* pricing/book/piles.h -- many texts that grow side by side and are read back when all of them are there. Their bytes stay in memory up to a limit;
 * the rest goes to a file without a name in TMPDIR. */
#ifndef QUO_PILES_H
#define QUO_PILES_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"

/* A pile is kept in blocks of so many bytes: what each has in memory at least while it grows. */
#define QUO_PILES_BLOCK ((size_t)4 << 10)

struct quo_piles;
/* n piles, no more than `memory` bytes in whole blocks. NULL without memory. */
struct quo_piles *quo_piles_new(size_t n, size_t memory);
void quo_piles_most(struct quo_piles *piles, size_t memory); /* from now on; what is in memory stays there */
void quo_piles_free(struct quo_piles *piles);
void quo_piles_clear(struct quo_piles *piles); /* all empty; memory and file give their room back */
/* Behind what the pile has. Threads may add at once, each to piles of its own. QUO_MACHINE: no memory, or no room in the file. */
enum quo_status quo_piles_add(struct quo_piles *piles, size_t pile, const void *bytes, size_t n);
size_t quo_piles_size(const struct quo_piles *piles, size_t pile);
/* n bytes from `from` on, which are there; any number of threads. */
enum quo_status quo_piles_read(const struct quo_piles *piles, size_t pile, size_t from, void *to, size_t n);
/* Why QUO_MACHINE came, if the file is to blame: a fault that names the folder and what would help. False: memory is. */
bool quo_piles_told(const struct quo_piles *piles, struct quo_faults *faults);
#endif
