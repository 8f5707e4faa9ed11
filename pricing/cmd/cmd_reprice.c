#include "pricing/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookresult.h"
#include "pricing/engine.h"
#include "risk/base/outfile.h"

const char quo_usage_reprice[] =
    "usage: quorate reprice --protocols PROTOCOLS.csv [OPTIONS] POLICIES.csv\n"
    "\n"
    "Prices every policy of a book and writes a row for each, in the order of the input.\n"
    "\n"
    "  --protocols FILE   whom the policies cover\n"
    "  -o FILE            output (default: standard output)\n"
    "  --rejects FILE     rows that cannot be read, with line and reason\n"
    "  --strict           refuse the whole input if a row is bad\n"
    "  --model FILE, --catalogue FILE, --market FILE, --authority FILE   as for quote\n"
    "\n"
    "example: quorate reprice --protocols protocols.csv policies.csv -o prices.csv\n";

struct request {
    struct quo_engine_files files;
    const char *protocols, *policies, *output, *rejects;
    bool strict;
};

enum { OPT_MODEL = QUO_OPT_OWN, OPT_CATALOGUE, OPT_MARKET, OPT_AUTHORITY, OPT_PROTOCOLS, OPT_REJECTS, OPT_STRICT };

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    static const struct option options[] = {{"model", required_argument, NULL, OPT_MODEL},
                                            {"catalogue", required_argument, NULL, OPT_CATALOGUE},
                                            {"market", required_argument, NULL, OPT_MARKET},
                                            {"authority", required_argument, NULL, OPT_AUTHORITY},
                                            {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                            {"rejects", required_argument, NULL, OPT_REJECTS},
                                            {"strict", no_argument, NULL, OPT_STRICT},
                                            {"output", required_argument, NULL, 'o'},
                                            QUO_CMD_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        switch (opt) {
        case OPT_MODEL:
            request->files.model = optarg;
            break;
        case OPT_CATALOGUE:
            request->files.catalogue = optarg;
            break;
        case OPT_MARKET:
            request->files.market = optarg;
            break;
        case OPT_AUTHORITY:
            request->files.authority = optarg;
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
        case 'o':
            request->output = optarg;
            break;
        default:
            if (!quo_cmd_option(cmd, opt))
                return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
    }
    return 0;
}

static enum quo_status price_one(const struct quo_engine *engine, const struct quo_bookpolicy *row, struct quo_protocol *protocol,
                                 struct quo_booktext *text)
{
    struct quo_cover cover;
    struct quo_policy policy;
    struct quo_quote *quote = NULL;
    struct quo_quote_options options;
    struct quo_bookresult result = {0};
    quo_quote_options_init(&options);
    options.draws = 0;
    options.halved = false;
    quo_bookpolicy_expand(row, protocol, &cover, &policy);
    result.status = quo_quote_price(engine, &policy, &options, &quote);
    if (result.status == QUO_MACHINE)
        return QUO_MACHINE;
    if (quote)
        quo_bookresult_take(quote, &result);
    quo_bookresult_write(&result, row->id, row->protocol_id, quote ? &quote->reasons : NULL, text);
    quo_quote_free(quote);
    return text->failed ? QUO_MACHINE : QUO_OK;
}

static enum quo_status price_all(struct quo_cmd *cmd, const struct request *request, const struct quo_engine *engine,
                                 struct quo_rejects *rejects, FILE *to)
{
    struct quo_bookprotocols protocols;
    struct quo_bookpolicies *policies = NULL;
    const struct quo_bookpolicy *row = NULL;
    struct quo_booktext text = {0};
    enum quo_status status = quo_bookprotocols_load(request->protocols, engine->catalogue, &protocols, rejects, &cmd->faults);
    rejects->good = 0;
    if (status == QUO_OK)
        status = quo_bookpolicies_open(request->policies, &protocols, rejects, &policies, &cmd->faults);
    if (status == QUO_OK)
        fputs(quo_bookresult_header, to);
    while (status == QUO_OK && (status = quo_bookpolicies_next(policies, &row, &cmd->faults)) == QUO_OK && row) {
        text.n = 0;
        status = price_one(engine, row, protocols.protocol[row->protocol], &text);
        fwrite(text.text, 1, text.n, to);
    }
    quo_booktext_free(&text);
    quo_bookpolicies_close(policies);
    quo_bookprotocols_free(&protocols);
    return status;
}

int quo_cmd_reprice(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {.output = "-"};
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (optind + 1 != argc || !request.protocols)
        return quo_cmd_usage(cmd, "give --protocols FILE and one file of policies, or - for standard input");
    request.policies = argv[optind];
    struct quo_engine *engine = NULL;
    struct quo_outfile *output = NULL, *rejected = NULL;
    struct quo_rejects rejects;
    enum quo_status status = quo_engine_new(&request.files, &engine, &cmd->faults);
    if (status == QUO_OK)
        status = quo_outfile_open(request.output, &output, &cmd->faults);
    if (status == QUO_OK && request.rejects)
        status = quo_outfile_open(request.rejects, &rejected, &cmd->faults);
    quo_rejects_init(&rejects, rejected ? quo_outfile_stream(rejected) : NULL, &cmd->faults, QUO_REJECTS_KEPT);
    if (status == QUO_OK)
        status = price_all(cmd, &request, engine, &rejects, quo_outfile_stream(output));
    if (status == QUO_OK && request.strict && rejects.bad)
        status = QUO_REFUSED;
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
