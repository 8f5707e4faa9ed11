#include "pricing/cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pricing/book/bookcontent.h"
#include "pricing/book/bookrun.h"
#include "pricing/book/booksample.h"
#include "pricing/book/bookstore.h"
#include "pricing/cmd/rejected.h"
#include "pricing/engine.h"
#include "risk/base/money.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

const char quo_usage_book[] =
    "usage: quorate book init BOOK\n"
    "       quorate book import BOOK [--protocols P.csv] [--policies Q.csv] [--rejects FILE] [--strict]\n"
    "       quorate book show BOOK\n"
    "       quorate book diff BOOK RUN RUN\n"
    "       quorate book export BOOK --run RUN [-o FILE]\n"
    "       quorate book verify BOOK\n"
    "       quorate book sample --policies N --protocols M [--seed S] [--distinct] -o FOLDER\n"
    "\n"
    "init     makes an empty book: one SQLite file\n"
    "import   takes protocols, then policies; what differs from the book becomes a new version\n"
    "show     what is in it, and its runs\n"
    "diff     the premiums that differ between two runs\n"
    "export   the quotes of a run as CSV\n"
    "verify   recomputes the log's chain of hashes and those of all quotes; every damage is told\n"
    "sample   writes FOLDER/protocols.csv and FOLDER/policies.csv: a synthetic book\n"
    "\n"
    "  --protocols P      import: protocols.csv; sample: how many\n"
    "  --policies Q       import: policies.csv; sample: how many\n"
    "  --rejects FILE     rows that cannot be read, with line and reason; good rows go on\n"
    "  --strict           import nothing if a row is bad\n"
    "  --run RUN          number of a run\n"
    "  --seed S           sample: same seed, same book (default 1)\n"
    "  --distinct         sample: every policy with attachments of its own, not from a menu of products\n"
    "  -o PATH            output; sample: a folder, made if it is not there\n"
    "\n"
    "example: quorate book sample --policies 10000 --protocols 100 -o sample\n";

struct request {
    struct quo_booksample sample;
    const char *folder, *protocols, *policies, *rejects;
    bool strict;
    int64_t run;
};

enum { OPT_POLICIES = QUO_OPT_OWN, OPT_PROTOCOLS, OPT_SEED, OPT_DISTINCT, OPT_REJECTS, OPT_STRICT, OPT_RUN };

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    static const struct option options[] = {{"policies", required_argument, NULL, OPT_POLICIES},
                                            {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                            {"seed", required_argument, NULL, OPT_SEED},
                                            {"distinct", no_argument, NULL, OPT_DISTINCT},
                                            {"rejects", required_argument, NULL, OPT_REJECTS},
                                            {"strict", no_argument, NULL, OPT_STRICT},
                                            {"run", required_argument, NULL, OPT_RUN},
                                            {"output", required_argument, NULL, 'o'},
                                            QUO_CMD_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    int64_t whole;
    for (int opt; (opt = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        switch (opt) {
        case OPT_POLICIES:
            request->policies = optarg;
            break;
        case OPT_PROTOCOLS:
            request->protocols = optarg;
            break;
        case OPT_REJECTS:
            request->rejects = optarg;
            break;
        case OPT_STRICT:
            request->strict = true;
            break;
        case OPT_RUN:
            if (!quo_cmd_whole(cmd, "--run", optarg, 1, INT64_MAX, &request->run))
                return 3;
            break;
        case OPT_SEED:
            if (!quo_cmd_whole(cmd, "--seed", optarg, 0, INT64_MAX, &whole))
                return 3;
            request->sample.seed = (uint64_t)whole;
            break;
        case OPT_DISTINCT:
            request->sample.distinct = true;
            break;
        case 'o':
            request->folder = optarg;
            break;
        default:
            if (!quo_cmd_option(cmd, opt))
                return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
    }
    return 0;
}

static enum quo_status write_one(struct quo_cmd *cmd, const struct request *request, const char *name,
                                 const struct quo_catalogue *catalogue)
{
    char path[4096];
    struct quo_outfile *file = NULL;
    snprintf(path, sizeof path, "%s/%s", request->folder, name);
    enum quo_status status = quo_outfile_open(path, &file, &cmd->faults);
    if (status)
        return status;
    FILE *to = quo_outfile_stream(file);
    /* A failed write is told by the commit, with its reason. */
    status = catalogue ? quo_booksample_protocols(&request->sample, catalogue, to)
                       : quo_booksample_policies(&request->sample, to);
    if (status && !ferror(to)) {
        quo_outfile_abandon(file);
        return status;
    }
    return quo_outfile_commit(file, &cmd->faults);
}

static int sample(struct quo_cmd *cmd, struct request *request)
{
    int64_t policies = 0, protocols = 0;
    if (!request->policies || !request->protocols || !request->folder)
        return quo_cmd_usage(cmd, "sample: give --policies N, --protocols M and -o FOLDER");
    if (!quo_cmd_whole(cmd, "--policies", request->policies, 1, 1000000000, &policies) ||
        !quo_cmd_whole(cmd, "--protocols", request->protocols, 1, 10000000, &protocols))
        return 2;
    request->sample.policies = (size_t)policies;
    request->sample.protocols = (size_t)protocols;
    if (mkdir(request->folder, 0777) != 0 && errno != EEXIST) {
        quo_faults_add(&cmd->faults, QUO_MACHINE, request->folder, 0, "a folder that can be made", "cannot be made: %s",
                       strerror(errno));
        return quo_cmd_finish(cmd, QUO_MACHINE);
    }
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    struct quo_engine *engine = NULL;
    enum quo_status status = quo_engine_new(&shipped, &engine, &cmd->faults);
    if (status == QUO_OK)
        status = write_one(cmd, request, "protocols.csv", engine->catalogue);
    if (status == QUO_OK)
        status = write_one(cmd, request, "policies.csv", NULL);
    quo_engine_free(engine);
    return quo_cmd_finish(cmd, status);
}

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

static enum quo_status import(struct quo_cmd *cmd, const struct request *request, const struct quo_bookstore *book,
                              json_t **document)
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

static enum quo_status show(struct quo_cmd *cmd, const struct quo_bookstore *book, json_t **document)
{
    const int64_t protocols = quo_bookstore_number(book, "SELECT count(DISTINCT protocol_id) FROM protocol", 0);
    const int64_t policies = quo_bookstore_number(book, "SELECT count(DISTINCT policy_id) FROM policy", 0);
    json_t *runs = json_array();
    *document = json_pack("{s:I, s:I, s:o}", "protocols", (json_int_t)protocols, "policies", (json_int_t)policies,
                          "runs", runs);
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT run.pk, started, coalesce(finished, ''), who, model_id, count(q.pk), coalesce(sum(q.gross_premium), 0),"
        " coalesce(sum(q.expected_payout), 0), coalesce(sum(q.decision <> 'quote'), 0) FROM run JOIN model ON model.pk "
        "= run.model"
        " LEFT JOIN quote q ON q.run = run.pk GROUP BY run.pk ORDER BY run.pk",
        &cmd->faults);
    if (!s)
        return QUO_MACHINE;
    if (!cmd->json)
        printf("%lld protocols, %lld policies\n", (long long)protocols, (long long)policies);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        const char *finished = (const char *)sqlite3_column_text(s, 2);
        json_array_append_new(
            runs,
            json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:f, s:f, s:I}", "run", (json_int_t)sqlite3_column_int64(s, 0),
                      "started", sqlite3_column_text(s, 1), "finished", finished, "who", sqlite3_column_text(s, 3),
                      "model_id", sqlite3_column_text(s, 4), "quotes", (json_int_t)sqlite3_column_int64(s, 5),
                      "gross_premium", sqlite3_column_double(s, 6), "expected_payout", sqlite3_column_double(s, 7),
                      "referred", (json_int_t)sqlite3_column_int64(s, 8)));
        char gross[48], payout[48];
        quo_money_format(sqlite3_column_double(s, 6), 2, gross, sizeof gross);
        quo_money_format(sqlite3_column_double(s, 7), 2, payout, sizeof payout);
        if (!cmd->json)
            printf("run %lld  %s  %s  %lld quotes, %lld not within authority; gross %s, expected payout %s%s\n",
                   (long long)sqlite3_column_int64(s, 0), sqlite3_column_text(s, 1), sqlite3_column_text(s, 4),
                   (long long)sqlite3_column_int64(s, 5), (long long)sqlite3_column_int64(s, 8), gross, payout,
                   finished[0] ? "" : "; cut off");
    }
    sqlite3_finalize(s);
    return quo_bookstore_told(book, code, &cmd->faults);
}

static enum quo_status diff(struct quo_cmd *cmd, const struct quo_bookstore *book, int64_t a, int64_t b,
                            json_t **document)
{
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT p.policy_id, p.gross_premium, q.gross_premium, p.decision, q.decision FROM quote p JOIN quote q ON"
        " q.policy_id = p.policy_id AND q.run = ?2 WHERE p.run = ?1 AND (p.gross_premium IS NOT q.gross_premium OR"
        " p.decision IS NOT q.decision) ORDER BY abs(q.gross_premium - p.gross_premium) DESC, p.policy_id",
        &cmd->faults);
    json_t *rows = json_array();
    *document = json_pack("{s:I, s:I, s:o}", "from", (json_int_t)a, "to", (json_int_t)b, "changes", rows);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, a);
    sqlite3_bind_int64(s, 2, b);
    size_t n = 0;
    double sum = 0.0;
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        const double before = sqlite3_column_double(s, 1), after = sqlite3_column_double(s, 2);
        char from[48], to[48];
        quo_money_format(before, 2, from, sizeof from);
        quo_money_format(after, 2, to, sizeof to);
        sum += after - before;
        n++;
        if (cmd->json)
            json_array_append_new(rows, json_pack("{s:s, s:f, s:f, s:s?, s:s?}", "policy_id", sqlite3_column_text(s, 0),
                                                  "before", before, "after", after, "decision_before",
                                                  sqlite3_column_text(s, 3), "decision", sqlite3_column_text(s, 4)));
        else if (n <= 50) /* the largest; all of them as JSON */
            printf("%-24s %16s %16s  %+.1f %%  %s -> %s\n", (const char *)sqlite3_column_text(s, 0), from, to,
                   100.0 * (after / before - 1.0), (const char *)sqlite3_column_text(s, 3),
                   (const char *)sqlite3_column_text(s, 4));
    }
    sqlite3_finalize(s);
    char total[48];
    quo_money_format(sum, 2, total, sizeof total);
    if (!cmd->json)
        printf("%zu policies differ%s, together %s\n", n, n > 50 ? " (the largest 50 shown; --json gives all)" : "",
               total);
    return quo_bookstore_told(book, code, &cmd->faults);
}

static enum quo_status verify(struct quo_cmd *cmd, const struct quo_bookstore *book, json_t **document)
{
    int64_t entries, quotes;
    const enum quo_status status = quo_bookstore_verify(book, &entries, &quotes, &cmd->faults);
    if (status == QUO_OK && !cmd->json)
        printf("%s: whole; %lld log entries and %lld quotes are what was written\n", book->path, (long long)entries,
               (long long)quotes);
    *document = json_pack("{s:I, s:I}", "log_entries", (json_int_t)entries, "quotes", (json_int_t)quotes);
    return status;
}

static enum quo_status export(struct quo_cmd *cmd, const struct request *request, const struct quo_bookstore *book) {
    struct quo_outfile *file = NULL; char sql[80];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM run WHERE pk = %lld", (long long)request->run);
    if (quo_bookstore_number(book, sql, 0) == 0) return quo_faults_add(&cmd->faults, QUO_REFUSED, book->path, 0,
                                                                       "'quorate book show' lists them",
                                                                       "there is no run %lld", (long long)request->run);
    enum quo_status status = quo_outfile_open(request->folder ? request->folder : "-", &file, &cmd->faults);
    if (status) return status;
    status = quo_bookrun_export(book, request->run, quo_outfile_stream(file), &cmd->faults);
    if (status == QUO_OK) return quo_outfile_commit(file, &cmd->faults);
    quo_outfile_abandon(file);
    return status;
}

/* The parts that work on a book. */
static int on_book(struct quo_cmd *cmd, const struct request *request, const char *part, int argc, char **argv)
{
    struct quo_bookstore book = {0};
    json_t *document = NULL;
    int64_t a = 0, b = 0;
    if (strcmp(part, "diff") == 0 && (argc != 3 || !quo_cmd_whole(cmd, "RUN", argv[1], 1, INT64_MAX, &a) ||
                                      !quo_cmd_whole(cmd, "RUN", argv[2], 1, INT64_MAX, &b)))
        return argc == 3 ? 2 : quo_cmd_usage(cmd, "diff: give a book and two runs");
    if (strcmp(part, "diff") != 0 && argc != 1)
        return quo_cmd_usage(cmd, "%s: give one book", part);
    if (strcmp(part, "export") == 0 && !request->run)
        return quo_cmd_usage(cmd, "export: give --run RUN");
    if (strcmp(part, "import") == 0 && !request->protocols && !request->policies)
        return quo_cmd_usage(cmd, "import: give --protocols P.csv, --policies Q.csv or both");
    enum quo_status status = quo_bookstore_open(argv[0], strcmp(part, "init") == 0, quo_cmd_who(), &book, &cmd->faults);
    if (status == QUO_OK && strcmp(part, "import") == 0)
        status = import(cmd, request, &book, &document);
    if (status == QUO_OK && strcmp(part, "show") == 0)
        status = show(cmd, &book, &document);
    if (status == QUO_OK && strcmp(part, "diff") == 0)
        status = diff(cmd, &book, a, b, &document);
    if (status == QUO_OK && strcmp(part, "verify") == 0)
        status = verify(cmd, &book, &document);
    if (status == QUO_OK && strcmp(part, "export") == 0)
        status = export(cmd, request, &book);
    quo_bookstore_close(&book);
    int code = quo_cmd_finish(cmd, status);
    if (code == 0 && cmd->json && document)
        code = quo_cmd_print_json(cmd, "quorate.book/1", document);
    else
        json_decref(document);
    return code;
}

int quo_cmd_book(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {.sample = {.seed = 1}};
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    static const char *const parts[] = {"sample", "init", "import", "show", "diff", "export", "verify"};
    if (optind >= argc)
        return quo_cmd_usage(cmd, "which part? init, import, show, diff, export, verify or sample");
    const char *part = argv[optind];
    const int near = quo_text_nearest(part, parts, 7);
    if (near < 0 || strcmp(parts[near], part) != 0)
        return quo_cmd_usage(cmd, "unknown part '%s'%s%s", part, near < 0 ? "" : "; did you mean ",
                             near < 0 ? "" : parts[near]);
    if (near == 0)
        return sample(cmd, &request);
    return on_book(cmd, &request, part, argc - optind - 1, argv + optind + 1);
}
