/* `book import`, `book export`. */
#include <stdio.h>

#include "pricing/book/bookcontent.h"
#include "pricing/book/bookrun.h"
#include "pricing/cmd/bookparts.h"
#include "pricing/cmd/rejected.h"
#include "pricing/engine.h"
#include "risk/base/outfile.h"

static void told_counts(const struct quo_cmd *cmd, const char *what, const struct quo_bookcounts *c,
                        const struct quo_rejects *rejects)
{
    if (!cmd->quiet && !cmd->json)
        printf("%s: %zu rows, %zu new, %zu changed, %zu rejected\n", what, c->rows, c->added, c->changed, rejects->bad);
}

static json_t *counts_json(const struct quo_bookcounts *c, const struct quo_rejects *rejects)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "rows", (json_int_t)c->rows, "added", (json_int_t)c->added, "changed",
                     (json_int_t)c->changed, "rejected", (json_int_t)rejects->bad);
}

enum quo_status quo_bookparts_import(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                     const struct quo_bookstore *book, json_t **document)
{
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    struct quo_outfile *file = NULL;
    struct quo_bookcounts counts;
    struct quo_rejects rejects;
    enum quo_status status = quo_engine_new(&shipped, &engine, &cmd->faults);
    if (status == QUO_OK && request->rejects)
        status = quo_outfile_open(request->rejects, &file, &cmd->faults);
    struct quo_faults bad_rows; /* they refuse rows, not the import */
    quo_faults_init(&bad_rows);
    quo_rejects_init(&rejects, file ? quo_outfile_stream(file) : NULL, &bad_rows, QUO_REJECTS_KEPT);
    *document = json_object();
    for (int k = 0; k < 2 && status == QUO_OK; k++) {
        const char *path = k ? request->policies : request->protocols;
        if (!path)
            continue;
        rejects.good = rejects.bad = 0;
        status = (k ? quo_bookcontent_import_policies : quo_bookcontent_import_protocols)(
            book, path, engine->catalogue, request->strict, &rejects, &counts, &cmd->faults);
        if (status == QUO_OK)
            told_counts(cmd, k ? "policies" : "protocols", &counts, &rejects);
        if (status == QUO_OK)
            json_object_set_new(*document, k ? "policies" : "protocols", counts_json(&counts, &rejects));
    }
    quo_cmd_rejects(cmd, &bad_rows, &rejects, request->strict);
    quo_faults_free(&bad_rows);
    if (file) {
        const enum quo_status kept = quo_outfile_commit(file, &cmd->faults);
        status = status ? status : kept;
    }
    quo_engine_free(engine);
    return status;
}

enum quo_status quo_bookparts_export(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                     const struct quo_bookstore *book)
{
    struct quo_outfile *file = NULL;
    enum quo_status status = quo_bookparts_run(cmd, book, request->run);
    if (status == QUO_OK)
        status = quo_outfile_open(request->output ? request->output : "-", &file, &cmd->faults);
    if (status)
        return status;
    status = quo_bookrun_export(book, request->run, quo_outfile_stream(file), &cmd->faults);
    if (status) {
        quo_outfile_abandon(file);
        return status;
    }
    return quo_outfile_commit(file, &cmd->faults);
}
