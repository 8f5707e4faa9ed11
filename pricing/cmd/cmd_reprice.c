#include "pricing/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookresult.h"
#include "pricing/book/bookrun.h"
#include "pricing/book/bookterms.h"
#include "pricing/cmd/enginefiles.h"
#include "pricing/cmd/rejected.h"
#include "pricing/engine.h"
#include "risk/base/outfile.h"

const char quo_usage_reprice[] =
    "usage: quorate reprice --protocols PROTOCOLS.csv [OPTIONS] POLICIES.csv\n"
    "       quorate reprice [OPTIONS] BOOK\n"
    "\n"
    "Prices every policy again: a row of CSV for each, in the order of the input; or a new run in a book.\n"
    "The same to the cent as quote --draws 0.\n"
    "\n"
    "  --protocols FILE   whom the policies cover\n"
    "  -o FILE            output (default: standard output)\n"
    "  --rejects FILE     rows that cannot be read, with line and reason\n"
    "  --strict           refuse the whole input if a row is bad\n"
    "  --jobs N           threads (default: all processors); the result is the same for any\n"
    "  --resume           BOOK: go on with the run that was cut off\n"
    "  --batch N          BOOK: policies kept by one transaction (default 16384): what a cut-off run loses at most\n"
    "  --against RUN      BOOK: change and why against that run (default: against the expiring premiums)\n"
    QUO_HELP_ENGINE_FILES
    "\n"
    "example: quorate reprice --protocols protocols.csv policies.csv -o prices.csv\n";

struct request {
    struct quo_engine_files files;
    const char *protocols, *policies, *output, *rejects;
    bool strict, resume;
    int jobs;
    int64_t against, batch;
};

enum {
    OPT_PROTOCOLS = QUO_OPT_OWN,
    OPT_REJECTS,
    OPT_STRICT,
    OPT_JOBS,
    OPT_RESUME,
    OPT_AGAINST,
    OPT_BATCH
};

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    static const struct option options[] = {QUO_CMD_ENGINE_FILES,
                                            {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                            {"rejects", required_argument, NULL, OPT_REJECTS},
                                            {"strict", no_argument, NULL, OPT_STRICT},
                                            {"resume", no_argument, NULL, OPT_RESUME},
                                            {"batch", required_argument, NULL, OPT_BATCH},
                                            {"against", required_argument, NULL, OPT_AGAINST},
                                            {"jobs", required_argument, NULL, OPT_JOBS},
                                            {"output", required_argument, NULL, 'o'},
                                            QUO_CMD_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    int64_t whole;
    for (int opt; (opt = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        switch (opt) {
        case OPT_PROTOCOLS:
            request->protocols = optarg;
            break;
        case OPT_REJECTS:
            request->rejects = optarg;
            break;
        case OPT_STRICT:
            request->strict = true;
            break;
        case OPT_RESUME:
            request->resume = true;
            break;
        case OPT_BATCH:
            if (!quo_cmd_whole(cmd, "--batch", optarg, 1, 1000000, &request->batch))
                return 3;
            break;
        case OPT_AGAINST:
            if (!quo_cmd_whole(cmd, "--against", optarg, 1, INT64_MAX, &request->against))
                return 3;
            break;
        case OPT_JOBS:
            if (!quo_cmd_whole(cmd, "--jobs", optarg, 1, 1024, &whole))
                return 3;
            request->jobs = (int)whole;
            break;
        case 'o':
            request->output = optarg;
            break;
        default:
            if (!quo_cmd_engine_file(opt, optarg, &request->files) && !quo_cmd_option(cmd, opt))
                return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
    }
    return 0;
}

/* Rows priced together: many, so that a protocol's work is done seldom; few enough for bounded memory. */
#define CHUNK 262144

static enum quo_status write_rows(const struct quo_bookrows *rows, struct quo_repriced *priced, FILE *to)
{
    struct quo_booktext text = {0};
    for (size_t i = 0; i < rows->n; i++) {
        quo_bookresult_write(&priced[i].result, rows->row[i].id, rows->row[i].protocol_id, priced[i].reasons, &text);
        if (text.n > ((size_t)1 << 20) || i + 1 == rows->n) {
            fwrite(text.text, 1, text.n, to);
            text.n = 0;
        }
    }
    const bool failed = text.failed;
    quo_booktext_free(&text);
    return failed ? QUO_MACHINE : QUO_OK;
}

static enum quo_status price_all(struct quo_cmd *cmd, const struct request *request, const struct quo_engine *engine,
                                 struct quo_rejects *rejects, FILE *to)
{
    struct quo_bookprotocols protocols;
    struct quo_bookpolicies *policies = NULL;
    const struct quo_bookpolicy *row = NULL;
    struct quo_bookrows rows = {0};
    struct quo_repriced *priced = calloc(CHUNK, sizeof *priced);
    const struct quo_reprice_options options = {.jobs = request->jobs};
    enum quo_status status =
        quo_bookprotocols_load(request->protocols, engine->catalogue, &protocols, rejects, &cmd->faults);
    rejects->good = 0;
    if (status == QUO_OK && !priced)
        status = QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_bookpolicies_open(request->policies, &protocols, rejects, &policies, &cmd->faults);
    if (status == QUO_OK)
        fputs(quo_bookresult_header, to);
    for (bool more = true; status == QUO_OK && more;) {
        while (rows.n < CHUNK && (status = quo_bookpolicies_next(policies, &row, &cmd->faults)) == QUO_OK && row &&
               status == QUO_OK)
            status = quo_bookrows_add(&rows, row);
        more = row != NULL;
        if (status == QUO_OK)
            status = quo_reprice_rows(engine, &protocols, rows.row, rows.n, &options, priced);
        if (status == QUO_OK)
            status = write_rows(&rows, priced, to);
        quo_repriced_free(priced, rows.n);
        quo_bookrows_clear(&rows);
    }
    free(priced);
    quo_bookrows_free(&rows);
    quo_bookpolicies_close(policies);
    quo_bookprotocols_free(&protocols);
    return status;
}

/* Rate and time left, on a terminal alone. */
struct watch {
    struct timespec start;
    bool wanted;
    size_t at_start;
};

static void progress(void *context, size_t done, size_t all)
{
    struct watch *w = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds = (double)(now.tv_sec - w->start.tv_sec) + 1e-9 * (double)(now.tv_nsec - w->start.tv_nsec);
    if (!w->wanted || seconds < 1.0)
        return;
    const double rate = (double)(done - w->at_start) / seconds;
    fprintf(stderr, "\r%zu of %zu policies, %.0f a second, %.0f s left ", done, all, rate,
            rate > 0.0 ? (double)(all - done) / rate : 0.0);
    if (done >= all)
        putc('\n', stderr);
}

static int reprice_book(struct quo_cmd *cmd, const struct request *request, const char *path)
{
    struct quo_engine *engine = NULL;
    struct quo_bookstore book = {0};
    struct quo_bookrun_result result;
    struct watch watch = {.wanted = !cmd->quiet && isatty(STDERR_FILENO)};
    struct quo_terms terms;
    quo_bookpolicy_terms(&terms);
    const struct quo_bookrun_options options = {.terms = &terms, .resume = request->resume,
                                                .against = request->against,
                                                .jobs = request->jobs,
                                                .batch = (size_t)request->batch,
                                                .progress = progress,
                                                .context = &watch};
    clock_gettime(CLOCK_MONOTONIC, &watch.start);
    enum quo_status status = quo_engine_new(&request->files, &engine, &cmd->faults);
    if (status == QUO_OK)
        status = quo_bookstore_open(path, false, quo_cmd_who(), &book, &cmd->faults);
    if (status == QUO_OK)
        status = quo_bookrun_price(&book, engine, &options, &result, &cmd->faults);
    quo_bookstore_close(&book);
    quo_engine_free(engine);
    const int code = quo_cmd_finish(cmd, status);
    if (code)
        return code;
    if (cmd->json)
        return quo_cmd_print_json(cmd, "quorate.reprice/1",
                                  json_pack("{s:I, s:I, s:I, s:I}", "run", (json_int_t)result.run, "priced",
                                            (json_int_t)result.priced, "refused", (json_int_t)result.refused,
                                            "resumed_after", (json_int_t)result.resumed_after));
    if (!cmd->quiet)
        printf("run %lld: %zu policies priced%s\n", (long long)result.run, result.priced + result.resumed_after,
               result.resumed_after ? ", some of them before the run was cut off" : "");
    return 0;
}

int quo_cmd_reprice(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {.output = "-"};
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (optind + 1 != argc)
        return quo_cmd_usage(cmd, "give a book, or --protocols FILE and one file of policies (- is standard input)");
    if (!request.protocols)
        return reprice_book(cmd, &request, argv[optind]);
    if (request.resume || request.against)
        return quo_cmd_usage(cmd, "--resume and --against are for a book: import the tables into one");
    request.policies = argv[optind];
    struct quo_engine *engine = NULL;
    struct quo_outfile *output = NULL, *rejected = NULL;
    struct quo_rejects rejects;
    enum quo_status status = quo_engine_new(&request.files, &engine, &cmd->faults);
    if (status == QUO_OK)
        status = quo_outfile_open(request.output, &output, &cmd->faults);
    if (status == QUO_OK && request.rejects)
        status = quo_outfile_open(request.rejects, &rejected, &cmd->faults);
    struct quo_faults bad_rows; /* they refuse rows, not the run */
    quo_faults_init(&bad_rows);
    quo_rejects_init(&rejects, rejected ? quo_outfile_stream(rejected) : NULL, &bad_rows, QUO_REJECTS_KEPT);
    if (status == QUO_OK)
        status = price_all(cmd, &request, engine, &rejects, quo_outfile_stream(output));
    quo_cmd_rejects(cmd, &bad_rows, &rejects, request.strict);
    quo_faults_free(&bad_rows);
    if (status == QUO_OK && request.strict && rejects.bad)
        status = QUO_REFUSED;
    if (status == QUO_OK && rejects.bad)
        quo_faults_add(&cmd->faults, QUO_OK, request.policies, 0, request.rejects ? NULL : "--rejects FILE keeps them",
                       "%zu rows priced, %zu rejected", rejects.good, rejects.bad);
    if (status == QUO_OK && output) {
        status = quo_outfile_commit(output, &cmd->faults);
        output = NULL;
    }
    if (rejected && status != QUO_MACHINE) {
        const enum quo_status kept = quo_outfile_commit(rejected, &cmd->faults);
        status = status ? status : kept;
        rejected = NULL;
    }
    quo_outfile_abandon(output);
    quo_outfile_abandon(rejected);
    quo_engine_free(engine);
    return quo_cmd_finish(cmd, status);
}
