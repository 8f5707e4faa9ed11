/* pricing/book/bookconfigtext.h -- rows of the tables as the libconfig files that mean the same, and protocols as rows. */
#ifndef QUO_BOOKCONFIGTEXT_H
#define QUO_BOOKCONFIGTEXT_H

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookresult.h"

/* The group { ... } of a protocol that came from protocols.csv. */
void quo_bookconfigtext_protocol(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue,
                                 struct quo_booktext *to);
/* The group { ... } of a policy that came from policies.csv, without its protocol. insured: may be NULL. */
void quo_bookconfigtext_policy(const struct quo_bookpolicy *row, const char *insured, struct quo_booktext *to);
/* As fields of protocols.csv: "KIND:NAME;...", "STORAGE@ORG+GROUP;..."; both with the threshold between, as they stand in a row. */
void quo_bookconfigtext_vendors(const struct quo_protocol *protocol, struct quo_booktext *to);
void quo_bookconfigtext_signers(const struct quo_protocol *protocol, struct quo_booktext *to);
void quo_bookconfigtext_ties(const struct quo_protocol *protocol, struct quo_booktext *to);
/* The group { ... } of pricing terms. expiring_premium: NaN for none. */
void quo_bookconfigtext_terms(const struct quo_terms *terms, double expiring_premium, struct quo_booktext *to);
#endif
