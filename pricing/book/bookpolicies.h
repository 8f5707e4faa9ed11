/* pricing/book/bookpolicies.h -- policies.csv of the book, row by row: one cover on one protocol (docs/formats.md). Memory is bounded
 * by what tells ids twice: 8 to 16 bytes a row.
 *
 * A row becomes the policy that a libconfig file with the same settings is: one cover "cover", USD, no clauses, pricing terms of all rows,
 * nothing missed, no false alarms, the model's index error. per_hour pays from the waiting period on and is full at `exhaust` hours. */
#ifndef QUO_BOOKPOLICIES_H
#define QUO_BOOKPOLICIES_H

#include <stddef.h>
#include <stdint.h>
#include "policies/policy.h"
#include "pricing/book/bookprotocols.h"
#include "pricing/book/rejects.h"
#include "risk/base/csv.h"

/* One good row. Text belongs to the reader and is valid until its next call. */
struct quo_bookpolicy {
    int line;
    const char *id, *protocol_id;
    long protocol; /* place among the protocols; -1 where the reader has none */
    quo_peril_set perils;
    enum quo_index index;
    enum quo_payout_shape shape;
    double attach, exhaust; /* NaN: not said */
    double waiting_hours;
    int n_steps;
    const struct quo_payout_step *step; /* step[n_steps]; the reader's */
    double event_limit;
    double annual_limit;     /* INFINITY: none */
    double expiring_premium; /* NaN: not said */
    int inception, term_days;
    const struct quo_terms *terms; /* NULL: quo_bookpolicy_terms; not owned */
    /* The whole policy as libconfig text, protocol included, where a row cannot hold it; then perils to term above are but its outline.
     * NULL else. */
    const char *document;
};

/* The names of the columns, in the order of docs/formats.md. */
#define QUO_BOOKPOLICY_COLUMNS 14
const char *const *quo_bookpolicies_columns(void);

struct quo_bookpolicies;
/* Reads the header. protocols: whom a row may name; NULL: anybody. All arguments must outlive the reader. */
enum quo_status quo_bookpolicies_open(const char *path, const struct quo_bookprotocols *protocols,
                                      struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                      struct quo_faults *faults);
/* The same for a part of a file, without the header: the columns in the order of quo_bookpolicies_columns. It may be empty. */
enum quo_status quo_bookpolicies_open_part(const char *path, const struct quo_bookprotocols *protocols,
                                           struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                           struct quo_faults *faults);
/* The same on a file whose header is read; it stays the caller's. */
enum quo_status quo_bookpolicies_on(struct quo_csv *csv, const struct quo_bookprotocols *protocols,
                                    struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                    struct quo_faults *faults);
/* The same for a table of another kind: each of its rows is translated before it is read. field[QUO_BOOKPOLICY_COLUMNS]: texts in the order of
 * the columns, which live until the next call; a fault added to `of_row` refuses the row. */
struct quo_bookpolicies_translator {
    void (*row)(void *context, const struct quo_csv_row *from, const char *path, const char **field,
                struct quo_faults *of_row);
    void *context;
};
enum quo_status quo_bookpolicies_translated(struct quo_csv *csv, const struct quo_bookpolicies_translator *translator,
                                            const struct quo_bookprotocols *protocols, struct quo_rejects *rejects,
                                            struct quo_bookpolicies **out, struct quo_faults *faults);
void quo_bookpolicies_close(struct quo_bookpolicies *reader);
double quo_bookpolicies_share(const struct quo_bookpolicies *reader); /* as quo_csv_share */
/* The next good row; *row is NULL at the end. Bad rows go to the rejects. At the end QUO_REFUSED where the header was wrong. */
enum quo_status quo_bookpolicies_next(struct quo_bookpolicies *reader, const struct quo_bookpolicy **row,
                                      struct quo_faults *faults);

/* The pricing terms of a row where nothing else is said: the defaults of policies/terms.h, but for the fixed expenses. A row is one of many
 * that are priced at once by a table, and nobody reads each: 1,500 a policy (a judgement) in place of the 15,000 of a policy that an
 * underwriter writes alone.                                                              [methods: table terms] */
#define QUO_BOOKPOLICY_EXPENSES_FIXED 1500.0
void quo_bookpolicy_terms(struct quo_terms *terms);
/* The row's steps as "AT:PAYS;AT:PAYS", and the whole row as it stands in policies.csv, with its line feed. */
struct quo_booktext;
void quo_bookpolicy_steps(const struct quo_bookpolicy *row, struct quo_booktext *to);
void quo_bookpolicy_write(const struct quo_bookpolicy *row, struct quo_booktext *to);
/* The row as a policy. `policy` and `cover` are the caller's and borrow every text of `row` and the protocol: not to be freed. */
void quo_bookpolicy_expand(const struct quo_bookpolicy *row, struct quo_protocol *protocol, struct quo_cover *cover,
                           struct quo_policy *policy);
#endif
