/* pricing/book/bookpolicies_parts.h -- the inside of a reader of policies.csv, for bookpolicies.c and policystream.c alone. */
#ifndef QUO_BOOKPOLICIES_PARTS_H
#define QUO_BOOKPOLICIES_PARTS_H

#include "pricing/book/bookpolicies.h"
#include "pricing/book/idset.h"

struct quo_bookpolicies {
    struct quo_csv *csv, *own; /* own: to be closed */
    const struct quo_bookprotocols *protocols;
    struct quo_rejects *rejects;
    struct quo_idset *seen; /* NULL: nobody asks here for an id that stands twice */
    int place[QUO_BOOKPOLICY_COLUMNS];
    bool header;
    bool part; /* of a file, which may be empty */
    struct quo_bookpolicies_translator translator;
    struct quo_csv_row translated;
    const char *field[QUO_BOOKPOLICY_COLUMNS];
    const struct quo_csv_row *text, *read; /* as it is read here, and as it stands in the file */
    struct quo_faults of_row;
    struct quo_bookpolicy row;
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
};

/* The fields in r->text become r->row; what is wrong goes to r->of_row. */
void quo_bookpolicies_take(struct quo_bookpolicies *r, bool *no_memory);
/* As quo_bookpolicies_next, without what is asked of the table as a whole. */
enum quo_status quo_bookpolicies_good(struct quo_bookpolicies *r, const struct quo_bookpolicy **row, struct quo_faults *faults);
#endif
