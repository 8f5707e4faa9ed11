/* risk/controls/answersheet.h -- the questions as a CSV sheet for a client to fill in, and a filled sheet read back.
 *
 * Columns: control, title, question, level_0 ... level_4 (the criteria), level, evidence, coverage, reliability, age_months,
 * not_applicable, note. The client fills the last seven; a row whose level is empty (and that is not declared not applicable) is no answer.
 * level: 0..4 or "unknown"; not_applicable: "yes", and the note is its reason. Percent signs are taken: 80 % is 0.8. */
#ifndef QUO_ANSWERSHEET_H
#define QUO_ANSWERSHEET_H

#include "risk/controls/protocol.h"

/* protocol: whose answers are filled in, and whether bridges are asked about; NULL: every question, no answers. "-" is standard
 * output. Written whole or not at all. */
enum quo_status quo_answersheet_write(const char *path, const struct quo_catalogue *catalogue,
                                      const struct quo_protocol *protocol, struct quo_faults *faults);
/* The sheet's answers in place of the protocol's own, control by control; all faults are collected, and with one the protocol
 * stays as it was. Only the columns control and level must be there. */
enum quo_status quo_answersheet_read(const char *path, const struct quo_catalogue *catalogue,
                                     struct quo_protocol *protocol, struct quo_faults *faults);
#endif
