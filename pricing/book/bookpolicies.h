/* pricing/book/bookpolicies.h -- policies.csv of the book, row by row: one cover on one protocol (docs/formats.md). Memory is bounded
 * by what tells ids twice: 8 to 16 bytes a row.
 *
 * A row becomes the policy that a libconfig file with the same settings is: one cover "cover", USD, no clauses, the default pricing terms,
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
};

/* The names of the columns, in the order of docs/formats.md. */
#define QUO_BOOKPOLICY_COLUMNS 14
const char *const *quo_bookpolicies_columns(void);

struct quo_bookpolicies;
/* Reads the header. protocols: whom a row may name; NULL: anybody. All arguments must outlive the reader. */
enum quo_status quo_bookpolicies_open(const char *path, const struct quo_bookprotocols *protocols,
                                      struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                      struct quo_faults *faults);
/* The same on a file whose header is read; it stays the caller's. */
enum quo_status quo_bookpolicies_on(struct quo_csv *csv, const struct quo_bookprotocols *protocols,
                                    struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                    struct quo_faults *faults);
void quo_bookpolicies_close(struct quo_bookpolicies *reader);
/* The next good row; *row is NULL at the end. Bad rows go to the rejects. At the end QUO_REFUSED where the header was wrong. */
enum quo_status quo_bookpolicies_next(struct quo_bookpolicies *reader, const struct quo_bookpolicy **row,
                                      struct quo_faults *faults);

/* The row as a policy. `policy` and `cover` are the caller's and borrow every text of `row` and the protocol: not to be freed. */
void quo_bookpolicy_expand(const struct quo_bookpolicy *row, struct quo_protocol *protocol, struct quo_cover *cover,
                           struct quo_policy *policy);
#endif
