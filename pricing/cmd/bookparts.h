/* pricing/cmd/bookparts.h -- the parts of `quorate book`, one function each; cmd_book.c takes the options and opens the book. */
#ifndef QUO_BOOKPARTS_H
#define QUO_BOOKPARTS_H

#include "pricing/book/booksample.h"
#include "pricing/book/bookstore.h"
#include "pricing/cmd/cmd.h"

/* What `export` writes. */
enum quo_bookform { QUO_BOOKFORM_QUOTES, QUO_BOOKFORM_TABLES, QUO_BOOKFORM_CONFIGS, QUO_BOOKFORM_OED, QUO_BOOKFORM_BORDEREAU };

struct quo_bookrequest {
    struct quo_booksample sample;
    const char *output, *protocols, *policies, *configs, *oed, *rejects;
    bool strict;
    int64_t run, from, to; /* runs; 0: not said */
    enum quo_bookform form;
    int first_day, last_day; /* of a bordereau's period */
    const char *contract, *coverholder, *risk_code;
};

/* On an open book; *document gets the JSON, *schema its name where it is not the book's own. */
enum quo_status quo_bookparts_show(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book, json_t **document, const char **schema);
enum quo_status quo_bookparts_diff(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book, json_t **document);
enum quo_status quo_bookparts_verify(struct quo_cmd *cmd, const struct quo_bookstore *book, json_t **document);
enum quo_status quo_bookparts_import(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                     const struct quo_bookstore *book, json_t **document);
/* With --json the quotes of a run are a document like reprice's, printed here; *document tells what was written into files. */
enum quo_status quo_bookparts_export(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                     const struct quo_bookstore *book, json_t **document);
/* Whether there is such a run; a fault if not. */
enum quo_status quo_bookparts_run(struct quo_cmd *cmd, const struct quo_bookstore *book, int64_t run);
#endif
