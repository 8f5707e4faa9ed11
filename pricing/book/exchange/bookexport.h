/* pricing/book/exchange/bookexport.h -- what is insured, out of the book into a folder: as tables, or as libconfig files; each can be imported again. */
#ifndef QUO_BOOKEXPORT_H
#define QUO_BOOKEXPORT_H

#include "pricing/book/bookload.h"

/* Both take the newest versions and make the folder if it is not there. */

/* FOLDER/protocols.csv and FOLDER/policies.csv. What a row cannot hold goes into libconfig files beside them: *files of them. */
enum quo_status quo_bookexport_tables(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                      const char *folder, size_t *files, struct quo_faults *faults);
/* FOLDER/ID.protocol.cfg and FOLDER/ID.policy.cfg, which includes the first. */
enum quo_status quo_bookexport_configs(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                       const char *folder, size_t *files, struct quo_faults *faults);
#endif
