/* risk/controls/protocol_reader.h -- what the parts of the protocol's reader share. Inside of the reader. */
#ifndef QUO_PROTOCOL_READER_H
#define QUO_PROTOCOL_READER_H

#include <string.h>

#include "risk/controls/protocol.h"

#define QUO_TIES_MAX 1024 /* dependencies, collateral, shared groups */

struct quo_protocol_reader {
    const struct quo_catalogue *catalogue;
    struct quo_protocol *protocol;
    bool no_memory;
    int domain_line[QUO_DOMAINS_MAX]; /* where a domain was answered; 0: not yet */
};

void *quo_protocol_room(struct quo_protocol_reader *r, size_t n, size_t size); /* calloc that remembers its failure */
/* The list's length, 0 with a fault if it is longer than `most`; then nothing in it is looked at. */
size_t quo_protocol_length(const struct quo_setting *list, size_t most, const char *what);
char *quo_protocol_copy(struct quo_protocol_reader *r, const char *text);
char *quo_protocol_text(struct quo_protocol_reader *r, const struct quo_setting *group, const char *name,
                        bool required);
/* "did you mean 'x'?", or `otherwise` where nothing is near. */
const char *quo_protocol_suggest(char buffer[128], const char *near, const char *otherwise);
unsigned quo_protocol_powers(const struct quo_setting *group, const char *name);

/* An id and its being unique among the `n` before it. */
#define QUO_PROTOCOL_REFUSE_TWICE(element, what, array, n, field)                                                      \
    for (size_t before_ = 0; before_ < (n); before_++)                                                                 \
        if ((array)[before_].field && (array)[n].field && strcmp((array)[before_].field, (array)[n].field) == 0) {     \
            quo_setting_fault(element, "give each its own", "%s '%s' stands twice", what, (array)[n].field);           \
            break;                                                                                                     \
        }

/* In protocol_signers.c. */
void quo_protocol_read_sets(struct quo_protocol_reader *r, const struct quo_setting *group);
#endif
