#include "pricing/cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pricing/book/booksample.h"
#include "pricing/engine.h"
#include "risk/base/outfile.h"

const char quo_usage_book[] =
    "usage: quorate book sample --policies N --protocols M [--seed S] [--distinct] -o FOLDER\n"
    "\n"
    "sample   writes FOLDER/protocols.csv and FOLDER/policies.csv: a synthetic book\n"
    "\n"
    "  --policies N       rows of policies.csv\n"
    "  --protocols M      rows of protocols.csv\n"
    "  --seed S           same seed, same book (default 1)\n"
    "  --distinct         every policy with attachments of its own, not from a menu of products\n"
    "  -o FOLDER          made if it is not there\n"
    "\n"
    "example: quorate book sample --policies 10000 --protocols 100 -o sample\n";

struct request {
    struct quo_booksample sample;
    const char *folder;
};

enum { OPT_POLICIES = QUO_OPT_OWN, OPT_PROTOCOLS, OPT_SEED, OPT_DISTINCT };

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    static const struct option options[] = {{"policies", required_argument, NULL, OPT_POLICIES},
                                            {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                            {"seed", required_argument, NULL, OPT_SEED},
                                            {"distinct", no_argument, NULL, OPT_DISTINCT},
                                            {"output", required_argument, NULL, 'o'},
                                            QUO_CMD_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    int64_t whole;
    for (int opt; (opt = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        switch (opt) {
        case OPT_POLICIES:
            if (!quo_cmd_whole(cmd, "--policies", optarg, 1, 1000000000, &whole))
                return 3;
            request->sample.policies = (size_t)whole;
            break;
        case OPT_PROTOCOLS:
            if (!quo_cmd_whole(cmd, "--protocols", optarg, 1, 10000000, &whole))
                return 3;
            request->sample.protocols = (size_t)whole;
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

static enum quo_status write_one(struct quo_cmd *cmd, const struct request *request, const char *name, const struct quo_catalogue *catalogue)
{
    char path[4096];
    struct quo_outfile *file = NULL;
    snprintf(path, sizeof path, "%s/%s", request->folder, name);
    enum quo_status status = quo_outfile_open(path, &file, &cmd->faults);
    if (status)
        return status;
    FILE *to = quo_outfile_stream(file);
    /* A failed write is told by the commit, with its reason. */
    status = catalogue ? quo_booksample_protocols(&request->sample, catalogue, to) : quo_booksample_policies(&request->sample, to);
    if (status && !ferror(to)) {
        quo_outfile_abandon(file);
        return status;
    }
    return quo_outfile_commit(file, &cmd->faults);
}

static int sample(struct quo_cmd *cmd, const struct request *request)
{
    if (request->sample.policies == 0 || request->sample.protocols == 0 || !request->folder)
        return quo_cmd_usage(cmd, "sample: give --policies N, --protocols M and -o FOLDER");
    if (mkdir(request->folder, 0777) != 0 && errno != EEXIST) {
        quo_faults_add(&cmd->faults, QUO_MACHINE, request->folder, 0, "a folder that can be made", "cannot be made: %s", strerror(errno));
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

int quo_cmd_book(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {.sample = {.seed = 1}};
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (optind >= argc)
        return quo_cmd_usage(cmd, "which part? sample");
    if (strcmp(argv[optind], "sample") == 0)
        return sample(cmd, &request);
    return quo_cmd_usage(cmd, "unknown part '%s': sample", argv[optind]);
}
