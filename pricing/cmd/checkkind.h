/* pricing/cmd/checkkind.h -- what kind of input a file is, told by its content, and whether its reader takes it. Prints nothing. */
#ifndef QUO_CHECKKIND_H
#define QUO_CHECKKIND_H

#include <stdbool.h>
#include "risk/base/faults.h"
#include "risk/controls/catalogue.h"

struct quo_checkkind {
    const char *kind;  /* "policy", "incidents" ...; "unknown" */
    char summary[160]; /* "2 covers, 6+1 perils"; "" where the file is refused */
    enum quo_status status;
};

/* Reads the file ("-" is standard input) with the reader of its kind. Every fault goes to `faults`. */
void quo_checkkind_read(const char *path, const struct quo_catalogue *catalogue, struct quo_checkkind *out,
                        struct quo_faults *faults);
#endif
