/* `book import`, `book export`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pricing/book/bookcontent.h"
#include "pricing/book/bookrun.h"
#include "pricing/book/exchange/bookexport.h"
#include "pricing/book/exchange/bookfolder.h"
#include "pricing/book/exchange/bookoed.h"
#include "pricing/book/exchange/bordereau.h"
#include "pricing/cmd/bookparts.h"
#include "pricing/cmd/pricesjson.h"
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

/* One kind of input. */
struct part {
    const char *name, *path;
    enum quo_status (*import)(const struct quo_bookstore *book, const char *path, const struct quo_catalogue *catalogue,
                              bool strict, struct quo_rejects *rejects, struct quo_bookcounts *counts,
                              struct quo_faults *faults);
};

static enum quo_status import_part(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                   const struct part *part, struct quo_rejects *rejects, bool *good, json_t *document)
{
    struct quo_bookcounts counts, policies = {0};
    rejects->good = rejects->bad = 0;
    enum quo_status status =
        part->import ? part->import(book, part->path, catalogue, request->strict, rejects, &counts, &cmd->faults)
                     : quo_bookfolder_import(book, part->path, catalogue, request->strict, rejects, &counts, &policies,
                                             &cmd->faults);
    if (status)
        return status;
    *good |= counts.rows || policies.rows;
    told_counts(cmd, part->import ? part->name : "protocols", &counts, rejects);
    json_object_set_new(document, part->import ? part->name : "protocols", counts_json(&counts, rejects));
    if (!part->import) {
        told_counts(cmd, "policies", &policies, rejects);
        json_object_set_new(document, "policies", counts_json(&policies, rejects));
    }
    return QUO_OK;
}

enum quo_status quo_bookparts_import(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                     const struct quo_bookstore *book, json_t **document)
{
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    const struct part parts[] = {{"protocols", request->protocols, quo_bookcontent_import_protocols},
                                 {"configs", request->configs, NULL},
                                 {"policies", request->policies, quo_bookcontent_import_policies},
                                 {"oed", request->oed, quo_bookoed_import}};
    struct quo_engine *engine = NULL;
    struct quo_outfile *file = NULL;
    struct quo_rejects rejects;
    bool good = false; /* some row */
    enum quo_status status = quo_engine_new(&shipped, &engine, &cmd->faults);
    if (status == QUO_OK && request->rejects)
        status = quo_outfile_open(request->rejects, &file, &cmd->faults);
    struct quo_faults bad_rows; /* they refuse rows, not the import */
    quo_faults_init(&bad_rows);
    quo_rejects_init(&rejects, file ? quo_outfile_stream(file) : NULL, &bad_rows, QUO_REJECTS_KEPT);
    *document = json_object();
    for (size_t k = 0; k < sizeof parts / sizeof *parts && status == QUO_OK; k++)
        if (parts[k].path)
            status = import_part(cmd, request, book, engine->catalogue, &parts[k], &rejects, &good, *document);
    quo_cmd_rejects(cmd, &bad_rows, &rejects, request->strict || (status == QUO_OK && (!request->rejects || !good)));
    quo_faults_free(&bad_rows);
    if (file) {
        const enum quo_status kept = quo_outfile_commit(file, &cmd->faults);
        status = status ? status : kept;
    }
    quo_engine_free(engine);
    return status;
}

static enum quo_status write_form(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                  const struct quo_bookstore *book, const struct quo_catalogue *catalogue, FILE *to)
{
    const struct quo_bordereau bordereau = {.run = request->run,
                                            .from = request->first_day,
                                            .to = request->last_day,
                                            .contract = request->contract,
                                            .coverholder = request->coverholder,
                                            .risk_code = request->risk_code};
    size_t left_out = 0;
    enum quo_status status;
    switch (request->form) {
    case QUO_BOOKFORM_OED:
        status = quo_bookoed_export(book, catalogue, to, &left_out, &cmd->faults);
        break;
    case QUO_BOOKFORM_BORDEREAU:
        status = quo_bordereau_write(book, &bordereau, to, &left_out, &cmd->faults);
        break;
    default:
        return quo_bookrun_export(book, request->run, to, &cmd->faults);
    }
    if (status == QUO_OK && left_out)
        quo_faults_add(&cmd->faults, QUO_OK, book->path, 0, NULL,
                       request->form == QUO_BOOKFORM_OED
                           ? "%zu policies that only libconfig files can hold are left out; --as configs has them"
                           : "%zu policies that were declined or not priced are left out",
                       left_out);
    return status;
}

/* One file, or standard output. */
static enum quo_status export_file(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book, const struct quo_catalogue *catalogue)
{
    struct quo_outfile *file = NULL;
    enum quo_status status = quo_outfile_open(request->output ? request->output : "-", &file, &cmd->faults);
    if (status)
        return status;
    status = write_form(cmd, request, book, catalogue, quo_outfile_stream(file));
    if (status) {
        quo_outfile_abandon(file);
        return status;
    }
    return quo_outfile_commit(file, &cmd->faults);
}

/* A run's quotes as one document on standard output: the table, read back. */
static enum quo_status export_json(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book)
{
    char sql[80];
    struct quo_pricesjson json = {.prices = tmpfile()};
    if (!json.prices)
        return quo_faults_add(&cmd->faults, QUO_MACHINE, "", 0, NULL, "no file for the quotes: %s",
                              strerrordesc_np(errno));
    snprintf(sql, sizeof sql, "SELECT count(*) FROM quote WHERE run = %lld", (long long)request->run);
    json.good = (size_t)quo_bookstore_number(book, sql, 0);
    enum quo_status status = quo_bookrun_export(book, request->run, json.prices, &cmd->faults);
    if (status == QUO_OK)
        status = quo_pricesjson_print(cmd, &json);
    fclose(json.prices);
    return status;
}

enum quo_status quo_bookparts_export(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                     const struct quo_bookstore *book, json_t **document)
{
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    size_t files = 0;
    enum quo_status status = quo_engine_new(&shipped, &engine, &cmd->faults);
    const bool of_run = request->form == QUO_BOOKFORM_QUOTES || request->form == QUO_BOOKFORM_BORDEREAU;
    const bool printed = cmd->json && (!request->output || strcmp(request->output, "-") == 0);
    if (status == QUO_OK && of_run)
        status = quo_bookparts_run(cmd, book, request->run);
    if (status == QUO_OK && request->form == QUO_BOOKFORM_TABLES)
        status = quo_bookexport_tables(book, engine->catalogue, request->output, &files, &cmd->faults);
    else if (status == QUO_OK && request->form == QUO_BOOKFORM_CONFIGS)
        status = quo_bookexport_configs(book, engine->catalogue, request->output, &files, &cmd->faults);
    else if (status == QUO_OK && printed)
        status = export_json(cmd, request, book);
    else if (status == QUO_OK)
        status = export_file(cmd, request, book, engine->catalogue);
    if (status == QUO_OK && cmd->json && !printed)
        *document = json_pack("{s:s, s:I}", "output", request->output, "libconfig_files", (json_int_t)files);
    if (status == QUO_OK && files && !cmd->quiet && !cmd->json)
        printf("%zu libconfig files\n", files);
    quo_engine_free(engine);
    return status;
}
