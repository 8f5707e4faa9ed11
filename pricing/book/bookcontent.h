/* pricing/book/bookcontent.h -- the tables of protocols and policies into the book, each change a new version beside the old. */
#ifndef QUO_BOOKCONTENT_H
#define QUO_BOOKCONTENT_H

#include "pricing/book/bookwriter.h"
#include "pricing/book/rejects.h"

/* One transaction each; nothing is changed where it fails, or where `strict` and a row was bad. */
enum quo_status quo_bookcontent_import_protocols(const struct quo_bookstore *book, const char *path,
                                                 const struct quo_catalogue *catalogue, bool strict,
                                                 struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                 struct quo_faults *faults);
enum quo_status quo_bookcontent_import_policies(const struct quo_bookstore *book, const char *path,
                                                const struct quo_catalogue *catalogue, bool strict,
                                                struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                struct quo_faults *faults);
/* Policies from a reader that is open; what: its name in the log. */
enum quo_status quo_bookcontent_import_from(const struct quo_bookstore *book, struct quo_bookpolicies *reader,
                                            const struct quo_catalogue *catalogue, bool strict, const char *what,
                                            const char *path, struct quo_rejects *rejects,
                                            struct quo_bookcounts *counts, struct quo_faults *faults);
#endif
