#include "pricing/cmd/cluster.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pricing/book/bookcontagion.h"
#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookresult.h"
#include "pricing/book/bookrun.h"
#include "pricing/book/bookterms.h"
#include "pricing/book/rowshare.h"
#include "pricing/book/taskshare.h"
#include "pricing/cmd/enginefiles.h"
#include "pricing/cmd/pricesjson.h"
#include "pricing/cmd/rejected.h"
#include "pricing/engine.h"
#include "risk/base/outfile.h"

const char quo_usage_reprice[] =
    "usage: quorate reprice --protocols PROTOCOLS.csv [OPTIONS] POLICIES.csv\n"
    "       quorate reprice [OPTIONS] BOOK\n"
    "\n"
    "Prices every policy again: a row of CSV for each, in the order of the input; or a new run in a book.\n"
    "The same to the cent as quote --draws 0; where protocols of the book hang on each other (collateral, bridges)\n"
    "as quote --book, which knows what the others pass on.\n"
    "\n"
    "  --protocols FILE   whom the policies cover\n"
    "  -o FILE            output (default: standard output)\n"
    "  --rejects FILE     rows that cannot be read, with line and reason; without it they make the exit status 1, though\n"
    "                     good rows are priced and written\n"
    "  --strict           refuse the whole input if a row is bad\n"
    "  --no-header        a part of a table, as batch engines cut it: policies without their first line, in the order\n"
    "                     of docs/formats.md; none is written either, so that outputs can be put one behind the other\n"
    "  --pricing FILE     pricing = {...} for all rows (default: as a policy's, with expenses_fixed = 1500)\n"
    "  --jobs N           threads (default: all processors); the result is the same for any\n"
    "                     (built by make MPI=1, mpirun -n N quorate reprice ... spreads the policies over N processes,\n"
    "                     with the same result; rank 0 alone reads policies and book, and writes)\n"
    "  --resume           go on with the run that was cut off: of the book, or of -o FILE (in FILE.part)\n"
    "  --batch N          policies kept at once (default: 16384 in a book, a million in a file): what a cut-off run loses\n"
    "                     at most\n"
    "  --against RUN      BOOK: change and why against that run (default: against the expiring premiums)\n"
    "  --against FILE     tables: against the prices of an earlier run, in CSV; made from\n"
    "  --old-protocols FILE, --old-policies FILE, --old-pricing FILE   these, where they are others than now\n"
    "  --old-model FILE   by this model (or catalogue, market, authority)\n"
    QUO_HELP_ENGINE_FILES
    "\n"
    "example: quorate reprice --protocols protocols.csv policies.csv -o prices.csv\n";

struct request {
    struct quo_engine_files files;
    const char *protocols, *policies, *output, *rejects, *pricing;
    const char *against;
    struct quo_tablechange_files then; /* tables: what `against` was made from */
    bool strict, resume, headless;
    int jobs;
    int64_t run, batch; /* run: a book's `against` */
    const struct quo_ranks *ranks;
};

enum {
    OPT_PROTOCOLS = QUO_OPT_OWN,
    OPT_REJECTS,
    OPT_STRICT,
    OPT_JOBS,
    OPT_RESUME,
    OPT_AGAINST,
    OPT_BATCH,
    OPT_PRICING,
    OPT_NO_HEADER,
    OPT_OLD_PROTOCOLS,
    OPT_OLD_POLICIES,
    OPT_OLD_PRICING,
    OPT_OLD_MODEL
};

/* Takes an option that names what is compared with, or what that was made from. */
static bool old_file(int opt, const char *path, struct request *request)
{
    const char **to = opt == OPT_AGAINST        ? &request->against
                      : opt == OPT_OLD_PROTOCOLS ? &request->then.protocols
                      : opt == OPT_OLD_POLICIES ? &request->then.policies
                      : opt == OPT_OLD_PRICING  ? &request->then.pricing
                      : opt == OPT_OLD_MODEL    ? &request->then.model
                                                : NULL;
    if (to)
        *to = path;
    return to != NULL;
}

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    static const struct option options[] = {QUO_CMD_ENGINE_FILES,
                                            {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                            {"rejects", required_argument, NULL, OPT_REJECTS},
                                            {"strict", no_argument, NULL, OPT_STRICT},
                                            {"resume", no_argument, NULL, OPT_RESUME},
                                            {"batch", required_argument, NULL, OPT_BATCH},
                                            {"pricing", required_argument, NULL, OPT_PRICING},
                                            {"no-header", no_argument, NULL, OPT_NO_HEADER},
                                            {"against", required_argument, NULL, OPT_AGAINST},
                                            {"old-protocols", required_argument, NULL, OPT_OLD_PROTOCOLS},
                                            {"old-policies", required_argument, NULL, OPT_OLD_POLICIES},
                                            {"old-pricing", required_argument, NULL, OPT_OLD_PRICING},
                                            {"old-model", required_argument, NULL, OPT_OLD_MODEL},
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
        case OPT_PRICING:
            request->pricing = optarg;
            break;
        case OPT_NO_HEADER:
            request->headless = true;
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
        case OPT_JOBS:
            if (!quo_cmd_whole(cmd, "--jobs", optarg, 1, 1024, &whole))
                return 3;
            request->jobs = (int)whole;
            break;
        case 'o':
            request->output = optarg;
            break;
        default:
            if (!quo_cmd_engine_file(opt, optarg, &request->files) && !old_file(opt, optarg, request) &&
                !quo_cmd_option(cmd, opt))
                return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
    }
    return 0;
}

/* Rate and time left, on a terminal alone. */
struct watch {
    struct timespec start;
    bool wanted;
    double at_start; /* what was done before */
    struct quo_partfile *part;
};

static void tell(struct watch *w, double done, double share, bool end)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds = (double)(now.tv_sec - w->start.tv_sec) + 1e-9 * (double)(now.tv_nsec - w->start.tv_nsec);
    if (!w->wanted || seconds < 1.0)
        return;
    const double rate = (done - w->at_start) / seconds, all = done / share;
    fprintf(stderr, "\r%.0f policies, %.0f a second", done, rate);
    if (!isnan(share) && rate > 0.0)
        fprintf(stderr, ", %.0f %%, %.0f s left", 100.0 * share, (all - done) / rate);
    fputs(end ? "\033[K\n" : "\033[K", stderr);
}

static void book_progress(void *context, size_t done, size_t all)
{
    tell(context, (double)done, (double)done / (double)all, done >= all);
}

static void table_progress(void *context, uint64_t done, double share) { tell(context, (double)done, share, false); }

static enum quo_status keep(void *context, const struct quo_partmark *mark, struct quo_faults *faults)
{
    return quo_partfile_keep(((struct watch *)context)->part, mark, faults);
}

/* What rows are priced at: --pricing, or the tables' own terms. */
static enum quo_status terms_of(struct quo_cmd *cmd, const struct request *request, struct quo_terms *terms)
{
    quo_bookpolicy_terms(terms);
    return request->pricing ? quo_bookterms_load(request->pricing, terms, &cmd->faults) : QUO_OK;
}

/* All ranks must price from the same files; a book's protocols come from rank 0. */
static enum quo_status same_inputs(struct quo_cmd *cmd, const struct request *request, const struct quo_engine *engine,
                                   const struct quo_terms *terms)
{
    char identity[QUO_HASH_SIZE] = "";
    if (!quo_rowshare_several(request->ranks))
        return QUO_OK;
    const enum quo_status status = quo_tablerun_identity(engine, terms, request->protocols, request->against ? &request->then : NULL, identity,
                                       &cmd->faults);
    return status ? status : quo_cluster_same(request->ranks, identity, &cmd->faults);
}

static int reprice_book(struct quo_cmd *cmd, const struct request *request, const char *path)
{
    struct quo_engine *engine = NULL;
    struct quo_bookstore book = {0};
    struct quo_bookrun_result result;
    struct watch watch = {.wanted = !cmd->quiet && isatty(STDERR_FILENO)};
    struct quo_terms terms;
    const struct quo_bookrun_options options = {.terms = &terms, .resume = request->resume,
                                                .against = request->run,
                                                .jobs = request->jobs,
                                                .ranks = request->ranks,
                                                .batch = (size_t)request->batch,
                                                .progress = book_progress,
                                                .context = &watch};
    clock_gettime(CLOCK_MONOTONIC, &watch.start);
    enum quo_status status = terms_of(cmd, request, &terms);
    if (status == QUO_OK)
        status = quo_engine_new(&request->files, &engine, &cmd->faults);
    if (status == QUO_OK && request->ranks->rank == 0)
        status = quo_bookstore_open(path, false, quo_cmd_who(), &book, &cmd->faults);
    status = quo_cluster_go(request->ranks, status);
    if (status == QUO_OK)
        status = same_inputs(cmd, request, engine, &terms);
    if (status == QUO_OK)
        status = request->ranks->rank == 0 ? quo_bookrun_price(&book, engine, &options, &result, &cmd->faults)
                                           : quo_bookrun_help(path, engine, &options, &cmd->faults);
    quo_bookstore_close(&book);
    quo_engine_free(engine);
    const int code = quo_cmd_finish(cmd, status);
    if (code || request->ranks->rank > 0)
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

/* Where the prices of tables go: a part that can be gone on with, or straight to a pipe or device. */
struct output {
    struct quo_partfile *part;
    struct quo_outfile *straight, *rejected;
    struct quo_pricesjson json; /* with --json and no file */
};

static enum quo_status open_output(struct quo_cmd *cmd, const struct request *request, const struct quo_engine *engine,
                                   const struct quo_terms *terms, struct output *to, struct quo_partmark *done)
{
    char identity[QUO_HASH_SIZE];
    enum quo_status status = QUO_OK;
    *to = (struct output){.part = NULL};
    *done = (struct quo_partmark){0};
    if (quo_partfile_can(request->output)) {
        status = quo_tablerun_identity(engine, terms, request->protocols, request->against ? &request->then : NULL, identity,
                                       &cmd->faults);
        if (status == QUO_OK)
            status = quo_partfile_open(request->output, identity, request->resume, &to->part, done, &cmd->faults);
    } else if (cmd->json && strcmp(request->output, "-") == 0) { /* the document is printed at the end */
        if (!(to->json.prices = tmpfile()))
            status = quo_faults_add(&cmd->faults, QUO_MACHINE, "", 0, NULL, "no file for the prices: %s", strerror(errno));
    } else {
        status = quo_outfile_open(request->output, &to->straight, &cmd->faults);
    }
    if (status == QUO_OK && request->rejects) /* read again from the first row, it is whole whatever was done before */
        status = quo_outfile_open(request->rejects, &to->rejected, &cmd->faults);
    return status;
}

/* resumed: work of an earlier run stays, whatever this one met. */
static enum quo_status close_output(struct quo_cmd *cmd, struct output *to, bool resumed, enum quo_status status)
{
    if (status == QUO_OK && to->part) {
        status = quo_partfile_commit(to->part, &cmd->faults);
        to->part = NULL;
    }
    if (status == QUO_OK && to->straight) {
        status = quo_outfile_commit(to->straight, &cmd->faults);
        to->straight = NULL;
    }
    if (to->rejected && status != QUO_MACHINE) {
        const enum quo_status kept = quo_outfile_commit(to->rejected, &cmd->faults);
        status = status ? status : kept;
        to->rejected = NULL;
    }
    quo_partfile_abandon(to->part, resumed || status == QUO_MACHINE);
    quo_outfile_abandon(to->straight);
    quo_outfile_abandon(to->rejected);
    return status;
}

/* Whom the policies cover, with what they catch from each other; and what their prices are compared with. */
static enum quo_status load_protocols(struct quo_cmd *cmd, const struct request *request, struct quo_tablerun *run,
                                      struct quo_rejects *rejects, struct quo_bookprotocols *protocols)
{
    enum quo_status status =
        quo_bookprotocols_load(request->protocols, run->engine->catalogue, protocols, rejects, &cmd->faults);
    if (status == QUO_OK)
        status = quo_bookcontagion_put(run->engine, protocols);
    if (status == QUO_OK && request->against)
        status = quo_tablechange_open(&request->then, run->engine, protocols, run->terms, &run->change, &cmd->faults);
    return status;
}

/* Another rank's part: whom the policies cover it reads itself; their rows come from rank 0. */
static enum quo_status help_tables(struct quo_cmd *cmd, const struct request *request, struct quo_tablerun *run)
{
    struct quo_bookprotocols protocols;
    struct quo_rejects rejects;
    quo_rejects_init(&rejects, NULL, NULL, 0);
    run->protocols = &protocols;
    enum quo_status status = load_protocols(cmd, request, run, &rejects, &protocols);
    if (status == QUO_OK)
        status = quo_taskshare_help(run);
    quo_tablechange_free(run->change);
    quo_bookprotocols_free(&protocols);
    return status;
}

/* The rows themselves. Faults of rows refuse rows and not the run, unless --strict or none is good; where no file keeps such rows they are faults
 * all the same, so that none is lost without a word. */
static enum quo_status price_tables(struct quo_cmd *cmd, const struct request *request, struct quo_tablerun *run,
                                    struct output *to)
{
    struct quo_bookprotocols protocols;
    struct quo_rejects rejects;
    struct quo_faults bad_rows;
    quo_faults_init(&bad_rows);
    quo_rejects_init(&rejects, to->rejected ? quo_outfile_stream(to->rejected) : NULL, &bad_rows, QUO_REJECTS_KEPT);
    run->protocols = &protocols;
    run->rejects = &rejects;
    run->to = to->part ? quo_partfile_stream(to->part) : to->json.prices ? to->json.prices : quo_outfile_stream(to->straight);
    enum quo_status status = load_protocols(cmd, request, run, &rejects, &protocols);
    if (status == QUO_OK)
        status = quo_tablerun_price(run, &cmd->faults);
    quo_tablechange_free(run->change);
    quo_bookprotocols_free(&protocols);
    const bool refused = request->strict || (rejects.bad && !rejects.good), lost = refused || (status == QUO_OK && !request->rejects);
    quo_cmd_rejects(cmd, &bad_rows, &rejects, lost);
    quo_faults_free(&bad_rows);
    if (status == QUO_OK && refused && rejects.bad)
        status = QUO_REFUSED;
    if (status == QUO_OK && rejects.bad)
        quo_faults_add(&cmd->faults, lost ? QUO_REFUSED : QUO_OK, request->policies, 0,
                       request->rejects ? NULL : "--rejects FILE keeps them", "%zu rows priced, %zu rejected",
                       rejects.good, rejects.bad);
    to->json.good = rejects.good;
    to->json.bad = rejects.bad;
    return status;
}

static int finish_tables(struct quo_cmd *cmd, const struct request *request, struct output *to, enum quo_status status)
{
    if (status || !cmd->json || request->ranks->rank > 0)
        return quo_cmd_finish(cmd, status);
    to->json.headless = request->headless;
    const int code = quo_cmd_finish_apart(cmd, status);
    status = quo_pricesjson_print(cmd, &to->json);
    return status ? quo_cmd_finish(cmd, status) : code;
}

static int reprice_tables(struct quo_cmd *cmd, const struct request *request)
{
    struct quo_engine *engine = NULL;
    struct quo_terms terms;
    struct output to = {.part = NULL};
    struct watch watch = {.wanted = !cmd->quiet && isatty(STDERR_FILENO)};
    struct quo_tablerun run = {.terms = &terms,
                               .policies = request->policies,
                               .part = request->headless,
                               .ranks = request->ranks,
                               .jobs = request->jobs,
                               .chunk = (size_t)request->batch,
                               .progress = table_progress,
                               .context = &watch};
    clock_gettime(CLOCK_MONOTONIC, &watch.start);
    enum quo_status status = terms_of(cmd, request, &terms);
    if (status == QUO_OK)
        status = quo_engine_new(&request->files, &engine, &cmd->faults);
    if (status == QUO_OK && request->ranks->rank == 0)
        status = open_output(cmd, request, engine, &terms, &to, &run.done);
    status = quo_cluster_go(request->ranks, status);
    if (status == QUO_OK)
        status = same_inputs(cmd, request, engine, &terms);
    run.engine = engine;
    run.keep = to.part ? keep : NULL;
    watch.part = to.part;
    watch.at_start = (double)run.done.done;
    if (status == QUO_OK)
        status = request->ranks->rank == 0 ? price_tables(cmd, request, &run, &to) : help_tables(cmd, request, &run);
    status = close_output(cmd, &to, run.done.done > 0, status);
    if (watch.wanted)
        fputs("\r\033[K", stderr);
    quo_engine_free(engine);
    const int code = finish_tables(cmd, request, &to, status);
    if (to.json.prices)
        fclose(to.json.prices);
    return code;
}

static int whole_run(struct quo_cmd *cmd, int argc, char **argv, const struct quo_ranks *ranks)
{
    struct request request = {.output = "-", .ranks = ranks};
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (optind + 1 != argc)
        return quo_cmd_usage(cmd, "give a book, or --protocols FILE and one file of policies (- is standard input)");
    const bool old = request.then.protocols || request.then.policies || request.then.pricing || request.then.model;
    if (old && (!request.protocols || !request.against))
        return quo_cmd_usage(cmd, "--old-... tell what the prices of a table were made from: give --protocols and --against FILE");
    if (!request.protocols && request.against && !quo_cmd_whole(cmd, "--against", request.against, 1, INT64_MAX, &request.run))
        return 2;
    if (!quo_cmd_apart(cmd, request.output, argc, argv) || !quo_cmd_apart(cmd, request.rejects, argc, argv))
        return 2;
    if (request.rejects && (strcmp(request.output, request.rejects) == 0 || (cmd->json && strcmp(request.rejects, "-") == 0)))
        return quo_cmd_usage(cmd, "one thing alone can go to %s: the prices or the rejected rows",
                             strcmp(request.rejects, "-") == 0 ? "standard output" : request.rejects);
    if (!request.protocols)
        return reprice_book(cmd, &request, argv[optind]);
    request.then.prices = request.against;
    if (request.resume && !quo_partfile_can(request.output))
        return quo_cmd_usage(cmd, "--resume goes on with a file: give -o FILE");
    request.policies = argv[optind];
    if (ranks->ranks > 1 && strcmp(request.protocols, "-") == 0)
        return quo_cmd_usage(cmd, "--protocols - is one rank's: every rank reads the protocols; give a file");
    return reprice_tables(cmd, &request);
}

int quo_cmd_reprice(struct quo_cmd *cmd, int argc, char **argv)
{
    struct quo_cluster cluster;
    if (!quo_cluster_open(cmd, &cluster))
        return 3;
    return quo_cluster_close(&cluster, whole_run(cmd, argc, argv, &cluster.transport.ranks));
}
