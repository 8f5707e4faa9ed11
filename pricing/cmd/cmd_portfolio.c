#include "pricing/cmd/cluster.h"
#include "pricing/cmd/enginefiles.h"
#include "pricing/cmd/openbook.h"

#include <getopt.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pricing/engine.h"
#include "pricing/portfolio/disaster.h"
#include "pricing/portfolio/portfoliojson.h"
#include "pricing/portfolio/tailsample.h"
#include "risk/base/text.h"

const char quo_usage_portfolio[] =
    "usage: quorate portfolio [OPTIONS] BOOK\n"
    "       quorate portfolio [OPTIONS] POLICY.cfg...\n"
    "       quorate portfolio [OPTIONS] --protocols PROTOCOLS.csv POLICIES.csv\n"
    "\n"
    "Simulates a book: what all of it costs in a bad year, what hangs on one vendor, and what each policy adds.\n"
    "Vendors that several protocols name fail for all of them at once, campaigns strike several, losses pass to "
    "lenders.\n"
    "Each policy alone keeps the law of its quote.\n"
    "\n"
    "  --protocols FILE   protocols of a book in tables; bad rows are told and left out\n"
    "  BOOK               one that 'book init' made: the newest version of every policy and protocol in it\n"
    "  --strict           refuse the whole book if a row is bad\n"
    "  --add POLICY.cfg   what this policy would add to the book (repeatable: what they add together); one that the\n"
    "                     book holds already is left out of it first\n"
    "  --years N          simulated years (default 100000)\n"
    "  --seed S           of the simulation (default 1)\n"
    "  --jobs N           threads (default: all processors); the result is the same for any number\n"
    "                     (built by make MPI=1, mpirun -n N quorate portfolio ... spreads the years over N processes, "
    "with the same result)\n"
    "  --tail-years N     so many years more for the far tail, by importance sampling: with errors and effective sample\n"
    "  --checkpoint FILE  write there now and then how far it has come; the file is gone when the run is done\n"
    "  --resume           go on from that file: the same result as a run that was never cut off\n"
    "  --level P          level of the TVaR that is split into contributions (default 0.99)\n"
    "  --dependence FILE  how failures hang together, in place of the defaults\n"
    "  --reinsurance FILE treaties on the book: quota share, excess of loss by event, industry loss, annual aggregate\n"
    "  --scenarios FILE   stated disasters: what each policy pays if they happen (fixtures/scenarios/disasters.cfg)\n"
    "  --top N            lines of each list (default 8; --json has all)\n"
    QUO_HELP_ENGINE_FILES
    "  --json             everything as JSON\n"
    "  --quiet            no warnings, no progress\n"
    "\n"
    "example: quorate portfolio --years 20000 fixtures/cases/*.policy.cfg\n";

struct request {
    struct quo_engine_files files;
    struct quo_portfolio_options options;
    const char *dependence, *protocols, *reinsurance, *disasters;
    struct quo_treaties *treaties;
    struct quo_scenarios *scenarios;
    int64_t jobs, top, tail_years;
    bool strict;
    const char *added[64];
    size_t n_added;
};

enum {
    OPT_YEARS = QUO_OPT_OWN,
    OPT_SEED,
    OPT_JOBS,
    OPT_LEVEL,
    OPT_DEPENDENCE,
    OPT_PROTOCOLS,
    OPT_STRICT,
    OPT_ADD,
    OPT_REINSURANCE,
    OPT_SCENARIOS,
    OPT_TOP,
    OPT_CHECKPOINT,
    OPT_TAIL_YEARS,
    OPT_RESUME
};

static const struct option options[] = {{"years", required_argument, NULL, OPT_YEARS},
                                        {"seed", required_argument, NULL, OPT_SEED},
                                        {"jobs", required_argument, NULL, OPT_JOBS},
                                        {"level", required_argument, NULL, OPT_LEVEL},
                                        {"dependence", required_argument, NULL, OPT_DEPENDENCE},
                                        {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                        {"strict", no_argument, NULL, OPT_STRICT},
                                        {"add", required_argument, NULL, OPT_ADD},
                                        {"reinsurance", required_argument, NULL, OPT_REINSURANCE},
                                        {"scenarios", required_argument, NULL, OPT_SCENARIOS},
                                        {"top", required_argument, NULL, OPT_TOP},
                                        {"tail-years", required_argument, NULL, OPT_TAIL_YEARS},
                                        {"checkpoint", required_argument, NULL, OPT_CHECKPOINT},
                                        {"resume", no_argument, NULL, OPT_RESUME},
                                        QUO_CMD_ENGINE_FILES,
                                        QUO_CMD_OPTIONS,
                                        {NULL, 0, NULL, 0}};

/* Too many years are refused with what they would need. */
static bool years_of(const struct quo_cmd *cmd, const char *text, uint64_t *years)
{
    int64_t whole;
    if (quo_text_whole(text, &whole) && whole > (int64_t)QUO_PORTFOLIO_YEARS_MAX) {
        quo_cmd_usage(cmd,
                      "--years %lld would need at least %.1f GB for the amounts of every year; %llu is the most, and its "
                      "error is 1 part in 8,000 of a standard deviation",
                      (long long)whole, 32e-9 * (double)whole, (unsigned long long)QUO_PORTFOLIO_YEARS_MAX);
        return false;
    }
    if (!quo_cmd_whole(cmd, "--years", text, 1, (int64_t)QUO_PORTFOLIO_YEARS_MAX, &whole))
        return false;
    *years = (uint64_t)whole;
    return true;
}

static bool one_option(struct quo_cmd *cmd, int opt, struct request *r)
{
    int64_t whole;
    switch (opt) {
    case OPT_YEARS:
        return years_of(cmd, optarg, &r->options.years);
    case OPT_SEED:
        if (!quo_cmd_whole(cmd, "--seed", optarg, 0, INT64_MAX, &whole))
            return false;
        r->options.seed = (uint64_t)whole;
        return true;
    case OPT_JOBS:
        return quo_cmd_whole(cmd, "--jobs", optarg, 1, 4096, &r->jobs);
    case OPT_LEVEL:
        return quo_cmd_real(cmd, "--level", optarg, 0.0, 0.999999, &r->options.level);
    case OPT_TOP:
        return quo_cmd_whole(cmd, "--top", optarg, 1, 1000000, &r->top);
    case OPT_DEPENDENCE:
        r->dependence = optarg;
        return true;
    case OPT_PROTOCOLS:
        r->protocols = optarg;
        return true;
    case OPT_ADD:
        if (r->n_added == sizeof r->added / sizeof *r->added) {
            quo_cmd_usage(cmd, "--add: %zu policies are the most", r->n_added);
            return false;
        }
        r->added[r->n_added++] = optarg;
        return true;
    case OPT_REINSURANCE:
        r->reinsurance = optarg;
        return true;
    case OPT_SCENARIOS:
        r->disasters = optarg;
        return true;
    case OPT_TAIL_YEARS:
        return quo_cmd_whole(cmd, "--tail-years", optarg, 1000, (int64_t)QUO_PORTFOLIO_YEARS_MAX, &r->tail_years);
    case OPT_CHECKPOINT:
        r->options.checkpoint = optarg;
        return true;
    case OPT_RESUME:
        r->options.resume = true;
        return true;
    case OPT_STRICT:
        r->strict = true;
        return true;
    default:
        return quo_cmd_engine_file(opt, optarg, &r->files);
    }
}

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (opt >= QUO_OPT_OWN) {
            if (!one_option(cmd, opt, request))
                return 3;
        } else if (!quo_cmd_option(cmd, opt)) {
            return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
    }
    return 0;
}

/* Told after a second, and then each half. */
struct progress {
    double start, last;
};

static void tell(void *context, uint64_t done, uint64_t all)
{
    struct progress *p = context;
    const double now = omp_get_wtime(), spent = now - p->start;
    if (spent < 1.0 || now - p->last < 0.5)
        return;
    p->last = now;
    const double rate = (double)done / spent;
    fprintf(stderr, "\r%3.0f %%  %.0f years a second, %.0f s left ", 100.0 * (double)done / (double)all, rate,
            (double)(all - done) / rate);
    if (done == all)
        fputs("\r\033[K", stderr);
}

static enum quo_status simulate(struct quo_cmd *cmd, const struct request *request, const struct quo_shocks *shocks,
                                json_t **document)
{
    struct quo_portfolio *portfolio = NULL;
    struct quo_portfolio_options simulation = request->options;
    simulation.treaties = request->treaties;
    if (request->n_added)
        simulation.added = shocks->exposures->n_policies - request->n_added;
    enum quo_status status = quo_portfolio_run(shocks, &simulation, &portfolio);
    if (status == QUO_OK && cmd->json)
        status = (*document = quo_portfoliojson(portfolio, shocks, request->treaties)) ? QUO_OK : QUO_MACHINE;
    else if (status == QUO_OK)
        quo_portfoliojson_page(&(struct quo_page){stdout, quo_cmd_colour()}, portfolio, shocks, request->treaties,
                               (size_t)request->top);
    quo_portfolio_free(portfolio);
    return status;
}

static enum quo_status sample_tail(const struct request *request, const struct quo_shocks *shocks,
                                   json_t *document)
{
    struct quo_tailsample sample;
    struct quo_portfolio_options simulation = request->options;
    if (request->n_added)
        simulation.added = shocks->exposures->n_policies - request->n_added;
    const enum quo_status status = quo_tailsample_run(shocks, &simulation, (uint64_t)request->tail_years, &sample);
    if (status == QUO_OK && document)
        json_object_set_new(document, "tail_sampling", quo_tailsample_json(&sample));
    else if (status == QUO_OK)
        quo_tailsample_page(&(struct quo_page){stdout, quo_cmd_colour()}, &sample);
    if (status == QUO_OK)
        quo_tailsample_free(&sample);
    return status;
}

static enum quo_status strike(struct quo_cmd *cmd, const struct request *request, const struct quo_shocks *shocks,
                              json_t *document)
{
    json_t *list = cmd->json ? json_array() : NULL;
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < request->scenarios->n && status == QUO_OK; i++) {
        struct quo_disaster disaster;
        status = quo_disaster_run(shocks, &request->scenarios->scenario[i], request->treaties, &disaster);
        if (status == QUO_OK && list)
            json_array_append_new(list, quo_disaster_json(&disaster, shocks->exposures));
        else if (status == QUO_OK)
            quo_disaster_page(&(struct quo_page){stdout, quo_cmd_colour()}, &disaster, shocks->exposures,
                              (size_t)request->top);
        if (status == QUO_OK)
            quo_disaster_free(&disaster);
    }
    if (list)
        json_object_set_new(document, "scenarios", list);
    return status;
}

static enum quo_status run(struct quo_cmd *cmd, const struct request *request, const struct quo_exposures *exposures,
                           json_t **document)
{
    struct quo_shocks *shocks = NULL;
    enum quo_status status = quo_shocks_new(exposures, &shocks);
    if (status == QUO_OK)
        status = simulate(cmd, request, shocks, document);
    if (status == QUO_OK && request->tail_years)
        status = sample_tail(request, shocks, *document);
    if (status == QUO_OK && request->scenarios)
        status = strike(cmd, request, shocks, *document);
    quo_shocks_free(shocks);
    return status;
}

/* Everything besides the book; faults of all files are told. */
static enum quo_status open_files(struct quo_cmd *cmd, struct request *request, struct quo_dependence *dependence,
                                  struct quo_engine **engine)
{
    quo_dependence_init(dependence);
    const enum quo_status each[] = {
        request->dependence ? quo_dependence_load(request->dependence, dependence, &cmd->faults) : QUO_OK,
        request->reinsurance ? quo_treaties_load(request->reinsurance, &request->treaties, &cmd->faults) : QUO_OK,
        request->disasters ? quo_scenarios_load(request->disasters, &request->scenarios, &cmd->faults) : QUO_OK,
        quo_engine_new(&request->files, engine, &cmd->faults),
    };
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (each[i])
            return each[i];
    return QUO_OK;
}

/* Every rank reads all of the book, what comes by standard input too. */
static enum quo_status spread_input(const struct request *request, char **path, int n)
{
    const struct quo_ranks *ranks = &request->options.ranks;
    bool wanted = request->protocols && strcmp(request->protocols, "-") == 0;
    for (int i = 0; i < n; i++)
        wanted |= strcmp(path[i], "-") == 0;
    return ranks->ranks == 1 || !wanted || quo_cluster_spread_input(ranks) ? QUO_OK : QUO_MACHINE;
}

static int whole_run(struct quo_cmd *cmd, int argc, char **argv, const struct quo_ranks *ranks)
{
    struct request request = {.top = 8};
    struct progress progress = {omp_get_wtime(), 0.0};
    quo_portfolio_options_init(&request.options);
    request.options.ranks = *ranks;
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (optind >= argc)
        return quo_cmd_usage(cmd, "which book? Give a book, policy files, or --protocols and a table of policies");
    if (request.protocols && optind + 1 != argc)
        return quo_cmd_usage(cmd, "with --protocols give one table of policies, or - for standard input");
    if (request.options.resume && !request.options.checkpoint)
        return quo_cmd_usage(cmd, "--resume goes on from a file: name it with --checkpoint");
    if (!quo_cmd_apart(cmd, request.options.checkpoint, argc, argv))
        return 2;
    request.options.faults = &cmd->faults;
    if (request.jobs)
        omp_set_num_threads((int)request.jobs);
    if (isatty(STDERR_FILENO) && !cmd->quiet) {
        request.options.progress = tell;
        request.options.context = &progress;
    }
    struct quo_dependence dependence;
    struct quo_engine *engine = NULL;
    struct quo_exposures *exposures = NULL;
    json_t *document = NULL;
    enum quo_status status = spread_input(&request, argv + optind, argc - optind);
    const enum quo_status opened = open_files(cmd, &request, &dependence, &engine);
    status = status ? status : opened;
    dependence.every_loss = quo_treaties_every_loss(request.treaties);
    if (status == QUO_OK)
        status = quo_openbook(cmd,
                              &(struct quo_openbook){engine, &dependence, request.protocols, argv + optind,
                                                     (size_t)(argc - optind), request.strict, request.added,
                                                     request.n_added, ranks},
                              &exposures);
    if (status == QUO_OK)
        status = run(cmd, &request, exposures, &document);
    quo_exposures_free(exposures);
    quo_treaties_free(request.treaties);
    quo_scenarios_free(request.scenarios);
    quo_engine_free(engine);
    const int code = quo_cmd_finish(cmd, status);
    const int printed =
        document && code == 0 ? quo_cmd_print_json(cmd, "quorate.portfolio/1", document) : code;
    if (printed == 0 && request.options.checkpoint && ranks->rank == 0)
        remove(request.options.checkpoint);
    return printed;
}

int quo_cmd_portfolio(struct quo_cmd *cmd, int argc, char **argv)
{
    struct quo_cluster cluster;
    if (!quo_cluster_open(cmd, &cluster))
        return 3;
    return quo_cluster_close(&cluster, whole_run(cmd, argc, argv, &cluster.transport.ranks));
}
