/* pricing/book/bookprotocols.h -- protocols.csv of the book in memory: one row a protocol (docs/formats.md).
 *
 * What a row does not say is as in a libconfig file that does not say it. A bridge's one signer set holds every power, attesting messages
 * included; elsewhere every power but that (a judgement: a table has room for one set, and the set that can do all is the weak one). */
#ifndef QUO_BOOKPROTOCOLS_H
#define QUO_BOOKPROTOCOLS_H

#include <stddef.h>
#include <stdint.h>
#include "pricing/book/rejects.h"
#include "risk/base/csv.h"
#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"

struct quo_bookprotocols {
    struct quo_protocol **protocol; /* protocol[n], owned, in order of the file */
    size_t n, room;
    uint32_t *slot; /* hash of id to place + 1; slot[slots] */
    size_t slots;
};

void quo_bookprotocols_init(struct quo_bookprotocols *protocols);
void quo_bookprotocols_free(struct quo_bookprotocols *protocols); /* the contents; NULL is fine */
/* Takes the protocol over unless it fails. QUO_DOMAIN: its id is there already. */
enum quo_status quo_bookprotocols_add(struct quo_bookprotocols *protocols, struct quo_protocol *protocol);
/* What the one signer set of a row can do. */
unsigned quo_bookprotocols_powers(bool bridge);
/* Its place, -1 if there is none of that id. */
long quo_bookprotocols_find(const struct quo_bookprotocols *protocols, const char *id);
/* Reads a whole file ("-": standard input). Bad rows go to `rejects`, good rows go on. QUO_REFUSED, with a fault, for a header that is wrong
 * or a file without a row; the rows' faults are in `rejects` alone. */
enum quo_status quo_bookprotocols_load(const char *path, const struct quo_catalogue *catalogue,
                                       struct quo_bookprotocols *out, struct quo_rejects *rejects,
                                       struct quo_faults *faults);
/* The same from a file whose header is read. */
enum quo_status quo_bookprotocols_read(struct quo_csv *csv, const struct quo_catalogue *catalogue,
                                       struct quo_bookprotocols *out, struct quo_rejects *rejects,
                                       struct quo_faults *faults);
#endif
