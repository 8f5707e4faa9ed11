#include "pricing/cmd/openbook.h"

#include <stdio.h>
#include <string.h>

#include "pricing/book/bookcopy.h"
#include "pricing/cmd/cluster.h"
#include "pricing/cmd/rejected.h"
#include "pricing/portfolio/assemble.h"

bool quo_openbook_is(const char *path)
{
    static const char magic[] = "SQLite format 3"; /* and its final zero: the file format's own first bytes */
    char start[sizeof magic] = "";
    FILE *from = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    const bool read = from && fread(start, sizeof start, 1, from) == 1;
    if (from)
        fclose(from);
    return read && memcmp(start, magic, sizeof magic) == 0;
}

/* What rank 0's book holds now, whoever writes to it meanwhile, in all ranks. */
static enum quo_status copy(struct quo_cmd *cmd, const struct quo_openbook *what, struct quo_bookstore *book,
                            enum quo_status opened)
{
    if (opened == QUO_OK && what->ranks->rank == 0)
        opened = quo_bookstore_run(book, "BEGIN", &cmd->faults); /* closing it ends that */
    const enum quo_status status = quo_cluster_go(what->ranks, opened);
    if (status)
        return status;
    return what->ranks->rank == 0 ? quo_bookcopy_give(book, true, what->ranks, &cmd->faults)
                                  : quo_bookcopy_take(what->path[0], what->ranks, book, &cmd->faults);
}

static enum quo_status from_book(struct quo_cmd *cmd, const struct quo_openbook *what,
                                 const struct quo_additions *additions, struct quo_rejects *rejects,
                                 struct quo_exposures **out)
{
    struct quo_bookstore book = {0};
    const bool several = what->ranks && what->ranks->ranks > 1;
    enum quo_status status = QUO_OK;
    if (!several || what->ranks->rank == 0)
        status = quo_bookstore_read(what->path[0], quo_cmd_who(), &book, &cmd->faults);
    if (several)
        status = copy(cmd, what, &book, status);
    if (status == QUO_OK)
        status = quo_assemble_book(what->engine, what->dependence, &book, additions, rejects, out, &cmd->faults);
    quo_bookstore_close(&book);
    return status;
}

enum quo_status quo_openbook(struct quo_cmd *cmd, const struct quo_openbook *what, struct quo_exposures **out)
{
    const struct quo_additions additions = {what->added, what->n_added, what->ranks};
    bool book = !what->protocols && what->n == 1 && (!what->ranks || what->ranks->rank == 0) && quo_openbook_is(what->path[0]);
    if (what->ranks && what->ranks->ranks > 1 && !what->ranks->share(what->ranks->context, &book, sizeof book))
        return QUO_MACHINE;
    *out = NULL;
    if (!what->protocols && !book)
        return quo_assemble_files(what->engine, what->dependence, (const char *const *)what->path, what->n, &additions,
                                  out, &cmd->faults);
    struct quo_faults rows;
    struct quo_rejects rejects;
    quo_faults_init(&rows);
    quo_rejects_init(&rejects, NULL, &rows, QUO_REJECTS_KEPT);
    enum quo_status status = book ? from_book(cmd, what, &additions, &rejects, out)
                                  : quo_assemble_tables(what->engine, what->dependence, what->protocols, what->path[0],
                                                        &additions, &rejects, out, &cmd->faults);
    const bool refuse = status != QUO_OK || what->strict;
    for (size_t i = 0; i < rows.n; i++) /* rows left out are warnings, unless nothing may be */
        quo_faults_add(&cmd->faults, refuse ? rows.fault[i].code : QUO_OK, rows.fault[i].file, rows.fault[i].line,
                       rows.fault[i].hint, "%s", rows.fault[i].text);
    if (rejects.bad)
        quo_faults_add(&cmd->faults, QUO_OK, "", 0, NULL, "%zu rows left out, %zu policies read", rejects.bad,
                       rejects.good);
    quo_faults_free(&rows);
    return status == QUO_OK && what->strict && rejects.bad ? QUO_REFUSED : status;
}
