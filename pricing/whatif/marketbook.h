/* pricing/whatif/marketbook.h -- a set of policies on which a scenario is played: a folder of policy files, or a book's two tables.
 *
 * A case is one protocol with its policies: a policy's file, or a row of protocols.csv with its rows of policies.csv. */
#ifndef QUO_MARKETBOOK_H
#define QUO_MARKETBOOK_H

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookprotocols.h"

struct quo_marketbook_case {
    const char *protocol_id;       /* text of the base below */
    struct quo_config *config;     /* the protocol's text or the policy's file, as it was read */
    struct quo_policy *policy;     /* of a file: the base; NULL for a row */
    struct quo_protocol *protocol; /* the base: the policy's own, or the row's */
    size_t first, n;               /* its rows among row[]; 0 rows for a file, which is one policy */
    bool again;                    /* another case has this protocol too: its losses are counted there */
};

struct quo_marketbook {
    struct quo_marketbook_case *one; /* one[n], by protocol in order of the file, or files by name */
    size_t n;
    size_t n_policies, n_protocols;
    struct quo_bookprotocols protocols;
    struct quo_bookpolicy *row; /* row[n_rows], by protocol; texts and steps are its own */
    size_t n_rows;
    size_t bad;    /* rows left out */
    bool in_files; /* terms can be changed too, not only protocols */
};

/* path: a folder with policies.csv in it, or else with policy files (*.cfg whose root holds `policy`); or a policies.csv itself. protocols: NULL:
 * protocols.csv beside it. Bad rows and their faults are told as warnings and left out; a policy file that is refused refuses all. */
enum quo_status quo_marketbook_load(const char *path, const char *protocols, const struct quo_catalogue *catalogue,
                                    struct quo_marketbook *out, struct quo_faults *faults);
void quo_marketbook_free(struct quo_marketbook *book); /* the contents */
#endif
