/* pricing/desk/answerbook.h -- the questions as a workbook (.xlsx) for a client to fill in: the columns of risk/controls/answersheet.h,
 * with the choices of each cell, and a page that says how. Saved as CSV from there, quo_answersheet_read takes it back. */
#ifndef QUO_ANSWERBOOK_H
#define QUO_ANSWERBOOK_H

#include "risk/controls/protocol.h"

/* As quo_answersheet_write. Written whole or not at all; same input, same bytes. */
enum quo_status quo_answerbook_write(const char *path, const struct quo_catalogue *catalogue,
                                     const struct quo_protocol *protocol, struct quo_faults *faults);
#endif
