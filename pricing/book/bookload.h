/* pricing/book/bookload.h -- what is insured, out of the book: its newest versions, or an older one that a quote was priced from. */
#ifndef QUO_BOOKLOAD_H
#define QUO_BOOKLOAD_H

#include "pricing/book/bookdigest.h"
#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookprotocols.h"
#include "pricing/book/bookresult.h"
#include "pricing/book/bookstore.h"

/* Columns of the tables `policy p` and `protocol r`, as the functions below take them and as they are hashed. */
#define QUO_BOOKLOAD_POLICY_COLUMNS 15
#define QUO_BOOKLOAD_PROTOCOL_COLUMNS 10
extern const char quo_bookload_policy_columns[], quo_bookload_protocol_columns[];
/* The newest version of each policy with a number above ?1, in order of number: p.pk, then the policy's columns. */
extern const char quo_bookload_policies_sql[];

struct quo_bookload_version {
    int64_t pk;
    unsigned char digest[QUO_BOOKDIGEST_SIZE];
    char *document; /* the group as libconfig text; NULL: the columns say all */
};

/* Protocols and, in the same order, which version of each it is. */
struct quo_bookload {
    struct quo_bookprotocols protocols;
    struct quo_bookload_version *version; /* version[protocols.n] */
};

/* The newest version of every protocol, by id. */
enum quo_status quo_bookload_protocols(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                       struct quo_bookload *out, struct quo_faults *faults);
void quo_bookload_free(struct quo_bookload *load);
/* The version with the number pk. The caller frees it. */
enum quo_status quo_bookload_protocol(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                      int64_t pk, struct quo_protocol **out, struct quo_faults *faults);

/* What a policy's row needs beside it; freed by quo_bookload_scratch_free. */
struct quo_bookload_scratch {
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
    struct quo_booktext document;
};
void quo_bookload_scratch_free(struct quo_bookload_scratch *scratch);
/* The policy in the columns from `first` on; its texts live until the statement steps on or the scratch is used again. Its protocol is looked
 * up among `load`'s (NULL: -1, and no document). QUO_REFUSED where it cannot be read or names a protocol that is not there. */
enum quo_status quo_bookload_policy(sqlite3_stmt *statement, int first, const struct quo_bookload *load,
                                    const struct quo_catalogue *catalogue, struct quo_bookload_scratch *scratch,
                                    struct quo_bookpolicy *row);
/* Whether two documents of a protocol differ in nothing but its exposure. */
bool quo_bookload_same_but_exposure(const char *a, const char *b);
/* The digest of n columns. */
void quo_bookload_digest(sqlite3_stmt *statement, int first, int n, unsigned char out[QUO_BOOKDIGEST_SIZE]);
#endif
