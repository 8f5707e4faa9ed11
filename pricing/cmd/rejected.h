/* pricing/cmd/rejected.h -- what the commands of the book share: rows set aside, as they are told; and who is at work. */
#ifndef QUO_REJECTED_H
#define QUO_REJECTED_H

#include "pricing/book/rejects.h"
#include "pricing/cmd/cmd.h"

/* Tells the bad rows: as faults that refuse where `strict`, else as warnings, and how many were left out. */
void quo_cmd_rejects(struct quo_cmd *cmd, const struct quo_faults *bad_rows, const struct quo_rejects *rejects,
                     bool strict);
/* The name for logs and runs: of the environment, else "unknown". */
const char *quo_cmd_who(void);
#endif
