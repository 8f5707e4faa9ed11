/* pricing/portfolio/assemble.h -- a book from files, made ready to be simulated: policy files (libconfig), the two tables of a book (CSV), or
 * the book itself (SQLite: the newest version of everything).
 *
 * A protocol that several policies name is one protocol: they must describe it alike. */
#ifndef QUO_ASSEMBLE_H
#define QUO_ASSEMBLE_H

#include "pricing/book/bookstore.h"
#include "pricing/book/rejects.h"
#include "pricing/portfolio/exposures.h"
#include "risk/base/faults.h"

/* Policy files that are put behind the book's policies: what they would add is asked. One that the book holds is left out of the book.
 * NULL for none, where one is passed. */
struct quo_additions {
    const char *const *path;
    size_t n;
    const struct quo_ranks *ranks; /* that share the work of making it ready, each of them given the same book; NULL: alone */
};

/* path[n]: policy files. Every fault of every file is told. */
enum quo_status quo_assemble_files(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                   const char *const *path, size_t n, const struct quo_additions *additions,
                                   struct quo_exposures **out, struct quo_faults *faults);
/* protocols.csv and policies.csv; bad rows go to the rejects, good ones go on. Policies stream: memory grows by what a policy is in the
 * exposures. QUO_REFUSED where no policy is left. An addition to a protocol of the tables uses the tables' description of it. */
enum quo_status quo_assemble_tables(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                    const char *protocols, const char *policies, const struct quo_additions *additions,
                                    struct quo_rejects *rejects, struct quo_exposures **out, struct quo_faults *faults);
/* All that a book holds, in its order; what cannot be priced goes to the rejects. */
enum quo_status quo_assemble_book(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                  const struct quo_bookstore *book, const struct quo_additions *additions,
                                  struct quo_rejects *rejects, struct quo_exposures **out, struct quo_faults *faults);
/* QUO_REFUSED, told: all that the book holds is added to it. */
enum quo_status quo_assemble_nothing_left(struct quo_faults *faults);
#endif
