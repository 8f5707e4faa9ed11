/* pricing/book/idset.h -- the ids of a long table, to find one that stands twice: 64 bits of a keyed hash (SipHash-2-4 of libsodium) an id
 * and no text, in memory that does not grow beyond a million rows (14 MiB; then a file in TMPDIR, 8 bytes a row). Two different ids are taken for one with a chance of n^2/2^65 over n ids: 3e-6 for ten million. */
#ifndef QUO_IDSET_H
#define QUO_IDSET_H

/* Numbers are kept for so many ids; of later ones it is only known that they are there. */
#define QUO_IDSET_NUMBERED 1000000

struct quo_idset;
struct quo_idset *quo_idset_new(void); /* NULL without memory */
void quo_idset_free(struct quo_idset *set);
enum quo_idset_found { QUO_IDSET_NEW, QUO_IDSET_TWICE, QUO_IDSET_NO_MEMORY }; /* the last: of the temporary file too */
/* number: what to remember of it, above 0. *before: the number that it was added with; 0 where that is not known. */
enum quo_idset_found quo_idset_add(struct quo_idset *set, const char *id, int number, int *before);
#endif
