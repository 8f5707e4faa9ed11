/* pricing/cmd/openbook.h -- a book made ready to be simulated, for the commands that are given one: policy files, two tables, or a book that
 * `book init` made. */
#ifndef QUO_OPENBOOK_H
#define QUO_OPENBOOK_H

#include "pricing/cmd/cmd.h"
#include "pricing/portfolio/exposures.h"

struct quo_openbook {
    const struct quo_engine *engine;
    const struct quo_dependence *dependence;
    const char *protocols; /* the table of protocols; NULL: files or a book */
    char *const *path;     /* path[n] */
    size_t n;
    bool strict;              /* a bad row refuses everything */
    const char *const *added; /* added[n_added]: policies behind the book's */
    size_t n_added;
    const struct quo_ranks *ranks; /* rank 0 alone opens a book, the others are passed what is in it; NULL: alone */
};

/* Whether the file is a book, and not text. */
bool quo_openbook_is(const char *path);
/* Faults, rows left out among them, are told as the command's. */
enum quo_status quo_openbook(struct quo_cmd *cmd, const struct quo_openbook *what, struct quo_exposures **out);
#endif
