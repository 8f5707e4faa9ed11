#include "pricing/cmd/rejected.h"

#include <stdlib.h>

void quo_cmd_rejects(struct quo_cmd *cmd, const struct quo_faults *bad_rows, const struct quo_rejects *rejects,
                     bool strict)
{
    for (size_t i = 0; i < bad_rows->n; i++) {
        const struct quo_fault *f = &bad_rows->fault[i];
        quo_faults_add(&cmd->faults, strict ? f->code : QUO_OK, f->file, f->line, f->hint, "%s", f->text);
    }
    if (rejects->left_out)
        quo_faults_add(&cmd->faults, strict ? QUO_REFUSED : QUO_OK, "", 0, "--rejects FILE holds all",
                       "%zu more faults of rows", rejects->left_out);
}

const char *quo_cmd_who(void)
{
    const char *user = getenv("USER"), *login = getenv("LOGNAME");
    return user && *user ? user : login && *login ? login : "unknown";
}
