#include "pricing/cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pricing/cmd/bookparts.h"
#include "pricing/cmd/rejected.h"
#include "pricing/engine.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

const char quo_usage_book[] =
    "usage: quorate book init BOOK\n"
    "       quorate book import BOOK [--protocols P.csv] [--policies Q.csv] [--configs FOLDER] [--oed ACC.csv]\n"
    "                           [--rejects FILE] [--strict]\n"
    "       quorate book show BOOK [--run RUN]\n"
    "       quorate book diff BOOK RUN RUN\n"
    "       quorate book export BOOK --run RUN [-o FILE]\n"
    "       quorate book export BOOK --as tables|configs -o FOLDER\n"
    "       quorate book export BOOK --as oed [-o FILE]\n"
    "       quorate book export BOOK --as bordereau --run RUN --from DAY --to DAY [-o FILE]\n"
    "       quorate book verify BOOK\n"
    "       quorate book sample --policies N --protocols M [--seed S] [--distinct] -o FOLDER\n"
    "\n"
    "init     makes an empty book: one SQLite file\n"
    "import   takes protocols, then policies; what differs from the book becomes a new version\n"
    "show     what is in it, and its runs; with --run all of one: a kept quote as JSON is the very quote\n"
    "diff     the premiums that differ between two runs, and why if the later was priced against the earlier\n"
    "export   the quotes of a run as CSV; or what is insured, to be imported again; or a bordereau\n"
    "verify   recomputes the log's chain of hashes and those of all quotes; every damage is told\n"
    "sample   writes FOLDER/protocols.csv and FOLDER/policies.csv: a synthetic book\n"
    "\n"
    "  --protocols P      import: protocols.csv; sample: how many\n"
    "  --policies Q       import: policies.csv; sample: how many\n"
    "  --configs FOLDER   import: every *.cfg in it, a policy with its protocol or a protocol, with all its terms\n"
    "  --oed ACC.csv      import: account file of Open Exposure Data, cyber, on protocols of the book\n"
    "  --as FORM          export: quotes (default); tables (protocols.csv, policies.csv); configs (libconfig files); "
    "oed;\n"
    "                     bordereau (risks and premiums that begin from one day to another; --contract, "
    "--coverholder,\n"
    "                     --risk-code TEXT fill their columns)\n"
    "  --rejects FILE     rows that cannot be read, with line and reason; good rows go on. Without it they go on too, "
    "and\n"
    "                     the exit status is 1\n"
    "  --strict           import nothing if a row is bad\n"
    "  --run RUN          number of a run\n"
    "  --seed S           sample: same seed, same book (default 1)\n"
    "  --distinct         sample: every policy with attachments of its own, not from a menu of products\n"
    "  -o PATH            output; sample: a folder, made if it is not there\n"
    "\n"
    "example: quorate book sample --policies 10000 --protocols 100 -o sample\n";

enum {
    OPT_POLICIES = QUO_OPT_OWN,
    OPT_PROTOCOLS,
    OPT_SEED,
    OPT_DISTINCT,
    OPT_REJECTS,
    OPT_STRICT,
    OPT_RUN,
    OPT_CONFIGS,
    OPT_OED,
    OPT_AS,
    OPT_FROM,
    OPT_TO,
    OPT_CONTRACT,
    OPT_COVERHOLDER,
    OPT_RISK_CODE
};

static const struct option options[] = {{"policies", required_argument, NULL, OPT_POLICIES},
                                        {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                        {"seed", required_argument, NULL, OPT_SEED},
                                        {"distinct", no_argument, NULL, OPT_DISTINCT},
                                        {"rejects", required_argument, NULL, OPT_REJECTS},
                                        {"strict", no_argument, NULL, OPT_STRICT},
                                        {"run", required_argument, NULL, OPT_RUN},
                                        {"configs", required_argument, NULL, OPT_CONFIGS},
                                        {"oed", required_argument, NULL, OPT_OED},
                                        {"as", required_argument, NULL, OPT_AS},
                                        {"from", required_argument, NULL, OPT_FROM},
                                        {"to", required_argument, NULL, OPT_TO},
                                        {"contract", required_argument, NULL, OPT_CONTRACT},
                                        {"coverholder", required_argument, NULL, OPT_COVERHOLDER},
                                        {"risk-code", required_argument, NULL, OPT_RISK_CODE},
                                        {"output", required_argument, NULL, 'o'},
                                        QUO_CMD_OPTIONS,
                                        {NULL, 0, NULL, 0}};

/* Options that are a text and nothing else; NULL for any other. */
static const char **text_of(struct quo_bookrequest *request, int opt)
{
    switch (opt) {
    case OPT_POLICIES:
        return &request->policies;
    case OPT_PROTOCOLS:
        return &request->protocols;
    case OPT_CONFIGS:
        return &request->configs;
    case OPT_OED:
        return &request->oed;
    case OPT_REJECTS:
        return &request->rejects;
    case OPT_CONTRACT:
        return &request->contract;
    case OPT_COVERHOLDER:
        return &request->coverholder;
    case OPT_RISK_CODE:
        return &request->risk_code;
    case 'o':
        return &request->output;
    default:
        return NULL;
    }
}

static bool form_of(struct quo_cmd *cmd, const char *text, enum quo_bookform *form)
{
    static const char *const forms[] = {"quotes", "tables", "configs", "oed", "bordereau"};
    const int near = quo_text_nearest(text, forms, 5);
    if (near >= 0 && strcmp(forms[near], text) == 0) {
        *form = (enum quo_bookform)near;
        return true;
    }
    quo_cmd_usage(cmd, "--as: unknown form '%s'%s%s", text,
                  near < 0 ? "; quotes, tables, configs, oed or bordereau" : "; did you mean ",
                  near < 0 ? "" : forms[near]);
    return false;
}

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct quo_bookrequest *request)
{
    int64_t whole;
    for (int opt; (opt = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        const char **text = text_of(request, opt);
        switch (text ? 0 : opt) {
        case 0:
            *text = optarg;
            break;
        case OPT_STRICT:
            request->strict = true;
            break;
        case OPT_RUN:
            if (!quo_cmd_whole(cmd, "--run", optarg, 1, INT64_MAX, &request->run))
                return 3;
            break;
        case OPT_AS:
            if (!form_of(cmd, optarg, &request->form))
                return 3;
            break;
        case OPT_FROM:
        case OPT_TO:
            if (!quo_cmd_day(cmd, opt == OPT_FROM ? "--from" : "--to", optarg,
                             opt == OPT_FROM ? &request->first_day : &request->last_day))
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
        default:
            if (!quo_cmd_option(cmd, opt))
                return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
    }
    return 0;
}

static enum quo_status write_one(struct quo_cmd *cmd, const struct quo_bookrequest *request, const char *name,
                                 const struct quo_catalogue *catalogue)
{
    char path[4096];
    struct quo_outfile *file = NULL;
    snprintf(path, sizeof path, "%s/%s", request->output, name);
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

static int sample(struct quo_cmd *cmd, struct quo_bookrequest *request)
{
    int64_t policies = 0, protocols = 0;
    if (!request->policies || !request->protocols || !request->output)
        return quo_cmd_usage(cmd, "sample: give --policies N, --protocols M and -o FOLDER");
    if (!quo_cmd_whole(cmd, "--policies", request->policies, 1, 1000000000, &policies) ||
        !quo_cmd_whole(cmd, "--protocols", request->protocols, 1, 10000000, &protocols))
        return 2;
    request->sample.policies = (size_t)policies;
    request->sample.protocols = (size_t)protocols;
    if (mkdir(request->output, 0777) != 0 && errno != EEXIST) {
        quo_faults_add(&cmd->faults, QUO_MACHINE, request->output, 0, "a folder that can be made", "cannot be made: %s",
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

/* What each form of export needs; told where it is missing. */
static bool can_export(const struct quo_cmd *cmd, const struct quo_bookrequest *request)
{
    const bool of_run = request->form == QUO_BOOKFORM_QUOTES || request->form == QUO_BOOKFORM_BORDEREAU;
    const bool folder = request->form == QUO_BOOKFORM_TABLES || request->form == QUO_BOOKFORM_CONFIGS;
    if (of_run && !request->run)
        quo_cmd_usage(cmd, "export: give --run RUN");
    else if (folder && !request->output)
        quo_cmd_usage(cmd, "export: give -o FOLDER");
    else if (request->form == QUO_BOOKFORM_BORDEREAU &&
             (!request->first_day || !request->last_day || request->last_day < request->first_day))
        quo_cmd_usage(cmd, "export: give the period of the bordereau, --from DAY and a later --to DAY");
    else if (cmd->json && (!request->output || strcmp(request->output, "-") == 0) && request->form >= QUO_BOOKFORM_OED)
        quo_cmd_usage(cmd, "export: what is written is CSV, not JSON; give -o FILE, or leave --json out");
    else
        return true;
    return false;
}

/* An import whose good rows went on tells its counts beside the rows that no file keeps. */
static int finish(struct quo_cmd *cmd, enum quo_status status, bool imported, const char *schema, json_t *document)
{
    const bool apart = imported && status == QUO_OK && cmd->json;
    const int code = apart ? quo_cmd_finish_apart(cmd, status) : quo_cmd_finish(cmd, status);
    if (!document || !cmd->json || (code && !apart)) {
        json_decref(document);
        return code;
    }
    if (code)
        json_object_set_new(document, "errors", quo_cmd_errors(cmd));
    const int printed = quo_cmd_print_json(cmd, schema, document);
    return code ? code : printed;
}

/* The parts that work on a book. */
static int on_book(struct quo_cmd *cmd, struct quo_bookrequest *request, const char *part, int argc, char **argv)
{
    struct quo_bookstore book = {0};
    json_t *document = NULL;
    const char *schema = "quorate.book/1";
    if (strcmp(part, "diff") == 0 && (argc != 3 || !quo_cmd_whole(cmd, "RUN", argv[1], 1, INT64_MAX, &request->from) ||
                                      !quo_cmd_whole(cmd, "RUN", argv[2], 1, INT64_MAX, &request->to)))
        return argc == 3 ? 2 : quo_cmd_usage(cmd, "diff: give a book and two runs");
    if (strcmp(part, "diff") != 0 && argc != 1)
        return quo_cmd_usage(cmd, "%s: give one book", part);
    if (strcmp(part, "export") == 0 && !can_export(cmd, request))
        return 2;
    if (strcmp(part, "import") == 0 && !request->protocols && !request->policies && !request->configs && !request->oed)
        return quo_cmd_usage(cmd,
                             "import: give --protocols P.csv, --policies Q.csv, --configs FOLDER or --oed ACC.csv");
    const bool init = strcmp(part, "init") == 0, writes = init || strcmp(part, "import") == 0;
    enum quo_status status = writes ? quo_bookstore_open(argv[0], init, quo_cmd_who(), &book, &cmd->faults)
                                    : quo_bookstore_read(argv[0], quo_cmd_who(), &book, &cmd->faults);
    if (status == QUO_OK && strcmp(part, "import") == 0)
        status = quo_bookparts_import(cmd, request, &book, &document);
    if (status == QUO_OK && strcmp(part, "show") == 0)
        status = quo_bookparts_show(cmd, request, &book, &document, &schema);
    if (status == QUO_OK && strcmp(part, "diff") == 0)
        status = quo_bookparts_diff(cmd, request, &book, &document);
    if (status == QUO_OK && strcmp(part, "verify") == 0)
        status = quo_bookparts_verify(cmd, &book, &document);
    if (status == QUO_OK && strcmp(part, "export") == 0)
        status = quo_bookparts_export(cmd, request, &book, &document);
    quo_bookstore_close(&book);
    return finish(cmd, status, strcmp(part, "import") == 0, schema, document);
}

int quo_cmd_book(struct quo_cmd *cmd, int argc, char **argv)
{
    struct quo_bookrequest request = {.sample = {.seed = 1}};
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
    if (!quo_cmd_apart(cmd, request.output, argc, argv) || !quo_cmd_apart(cmd, request.rejects, argc, argv))
        return 2;
    if (near == 0)
        return sample(cmd, &request);
    return on_book(cmd, &request, part, argc - optind - 1, argv + optind + 1);
}
