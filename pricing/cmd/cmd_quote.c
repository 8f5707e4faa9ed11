#include "pricing/cmd/cmd.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/policy.h"
#include "pricing/book/bookquote.h"
#include "pricing/cmd/enginefiles.h"
#include "pricing/cmd/quotebeside.h"
#include "pricing/cmd/rejected.h"
#include "pricing/desk/explainjson.h"
#include "pricing/desk/explainreport.h"
#include "pricing/desk/quotebook.h"
#include "pricing/desk/quotejson.h"
#include "pricing/desk/quotepage.h"
#include "pricing/desk/report.h"
#include "pricing/engine.h"
#include "pricing/price.h"
#include "pricing/quote.h"
#include "risk/base/outfile.h"
#include "risk/base/text.h"

const char quo_usage_quote[] =
    "usage: quorate quote [OPTIONS] POLICY.cfg...\n"
    "\n"
    "Prices a policy and explains the price. Several policies give a line each.\n"
    "\n"
    QUO_HELP_ENGINE_FILES
    "  --principle P      risk load by another principle than the policy's: expected_value, standard_deviation,\n"
    "                     variance, wang, proportional_hazard, dual_power, tvar, cost_of_capital, two_layer_capital\n"
    "  --draws B          draws of the model's parameters for the interval, 0..100000 (default 50; no more than the "
    "model has)\n"
    "  --seed S           of anything drawn (default 1)\n"
    "  --market-premium X gross premium offered elsewhere: adequacy, and the distortion it implies\n"
    "  --controls         what each control is worth in premium: its answer, and the best one\n"
    "  --design           price and basis risk of each cover over attachment points\n"
    "  --compare          the same cover by formulas of Nexus Mutual v2, Neptune Mutual, InsureDAO and Ensuro\n"
    "  --pool-capacity X  for --compare: the most that their pool may cover (default: 20 times the cover)\n"
    "  --pool-used U      for --compare: share of it in use, 0 to 1 (default 0.3)\n"
    "  --error E          largest discretisation error of mean and TVaR 99, relative: the resolution is doubled, three\n"
    "                     times at most, until the stated error is below (default: stated as it is at the resolution at\n"
    "                     which whatif and reprice price too, to the cent)\n"
    "  --html FILE        the quote as one web page that needs nothing else, beside the report; - for standard output\n"
    "  --xlsx FILE        the quote as a workbook\n"
    "  --book BOOK        price it as one policy more of that book: the risk load is the cost of the capital that the book\n"
    "                     needs for it, its rates get what other protocols pass on, accumulations are held to the authority's\n"
    "  --book-years N     simulated years for that, 1000..10000000 (default 20000)\n"
    "  --save BOOK        keep the quote in a book: never changed, with its inputs, model, program, seed, time and who\n"
    "  --summary          one line a policy, also for one policy\n"
    "  --json             the whole quote as JSON; several policies give {quotes: [...]}\n"
    "  --quiet            no warnings\n"
    "\n"
    "example: quorate quote fixtures/examples/bridge.policy.cfg\n";

struct request {
    struct quo_engine_files files;
    struct quo_quote_options options;
    int principle;         /* -1: the policy's */
    double market_premium; /* NaN: the policy's */
    struct quo_explanation_wants wants;
    bool summary;
    const char *save, *html, *xlsx, *book; /* NULL: not wanted */
    uint64_t book_years; /* 0: not said */
};
#define BOOK_YEARS 20000

enum {
    OPT_PRINCIPLE = QUO_OPT_OWN,
    OPT_DRAWS,
    OPT_SEED,
    OPT_SUMMARY,
    OPT_MARKET_PREMIUM,
    OPT_CONTROLS,
    OPT_DESIGN,
    OPT_COMPARE,
    OPT_POOL_CAPACITY,
    OPT_POOL_USED,
    OPT_SAVE,
    OPT_ERROR,
    OPT_HTML,
    OPT_XLSX,
    OPT_BOOK,
    OPT_BOOK_YEARS
};

/* What is wanted beside the price. 0 to go on, -1 if the option is another's, else the exit status plus one. */
static int parse_beside(struct quo_cmd *cmd, int opt, const char *text, struct request *request)
{
    switch (opt) {
    case OPT_CONTROLS:
        request->wants.worth = true;
        return 0;
    case OPT_DESIGN:
        request->wants.design = true;
        return 0;
    case OPT_COMPARE:
        request->wants.rivals = true;
        return 0;
    case OPT_POOL_CAPACITY:
        return quo_cmd_real(cmd, "--pool-capacity", text, 1.0, QUO_LIMIT_MAX, &request->wants.pool_capacity) ? 0 : 3;
    case OPT_POOL_USED:
        return quo_cmd_real(cmd, "--pool-used", text, 0.0, 1.0, &request->wants.pool_used) ? 0 : 3;
    case OPT_ERROR:
        request->options.refined = true;
        return quo_cmd_real(cmd, "--error", text, 1e-9, 1.0, &request->options.error) ? 0 : 3;
    case OPT_HTML:
        request->html = text;
        return 0;
    case OPT_XLSX:
        request->xlsx = text;
        return 0;
    case OPT_BOOK:
        request->book = text;
        return 0;
    case OPT_BOOK_YEARS: {
        int64_t whole;
        const bool good = quo_cmd_whole(cmd, "--book-years", text, 1000, 10000000, &whole);
        request->book_years = good ? (uint64_t)whole : 0;
        return good ? 0 : 3;
    }
    default:
        return -1;
    }
}

static const struct option options[] = {QUO_CMD_ENGINE_FILES,
                                        {"save", required_argument, NULL, OPT_SAVE},
                                        {"error", required_argument, NULL, OPT_ERROR},
                                        {"html", required_argument, NULL, OPT_HTML},
                                        {"xlsx", required_argument, NULL, OPT_XLSX},
                                        {"book", required_argument, NULL, OPT_BOOK},
                                        {"book-years", required_argument, NULL, OPT_BOOK_YEARS},
                                        {"principle", required_argument, NULL, OPT_PRINCIPLE},
                                        {"draws", required_argument, NULL, OPT_DRAWS},
                                        {"seed", required_argument, NULL, OPT_SEED},
                                        {"summary", no_argument, NULL, OPT_SUMMARY},
                                        {"market-premium", required_argument, NULL, OPT_MARKET_PREMIUM},
                                        {"controls", no_argument, NULL, OPT_CONTROLS},
                                        {"design", no_argument, NULL, OPT_DESIGN},
                                        {"compare", no_argument, NULL, OPT_COMPARE},
                                        {"pool-capacity", required_argument, NULL, OPT_POOL_CAPACITY},
                                        {"pool-used", required_argument, NULL, OPT_POOL_USED},
                                        QUO_CMD_OPTIONS,
                                        {NULL, 0, NULL, 0}};

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    int64_t whole;
    for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (opt) {
        case OPT_SAVE:
            request->save = optarg;
            break;
        case OPT_PRINCIPLE: {
            const int near = quo_text_nearest(optarg, quo_principle_ids(), QUO_PRINCIPLES);
            if (near < 0 || strcmp(quo_principle_ids()[near], optarg) != 0)
                return 1 + quo_cmd_usage(cmd, "--principle: unknown principle '%s'%s%s", optarg,
                                         near < 0 ? "" : "; did you mean ", near < 0 ? "" : quo_principle_ids()[near]);
            request->principle = near;
            break;
        }
        case OPT_DRAWS:
            if (!quo_cmd_whole(cmd, "--draws", optarg, 0, 100000, &whole))
                return 3;
            request->options.draws = whole;
            break;
        case OPT_SEED:
            if (!quo_cmd_whole(cmd, "--seed", optarg, 0, INT64_MAX, &whole))
                return 3;
            request->options.seed = (uint64_t)whole;
            break;
        case OPT_MARKET_PREMIUM:
            if (!quo_cmd_real(cmd, "--market-premium", optarg, 0.0, QUO_LIMIT_MAX, &request->market_premium))
                return 3;
            break;
        case OPT_SUMMARY:
            request->summary = true;
            break;
        default: {
            const int beside = parse_beside(cmd, opt, optarg, request);
            if (beside > 0)
                return beside;
            if (beside < 0 && !quo_cmd_engine_file(opt, optarg, &request->files) && !quo_cmd_option(cmd, opt))
                return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        }
        }
    }
    return 0;
}

/* The files behind one policy, for the audit trail. */
static struct quo_file_hash *files_of(const struct quo_config *config, size_t *n)
{
    *n = quo_config_files(config);
    struct quo_file_hash *files = calloc(*n + 1, sizeof *files);
    for (size_t i = 0; files && i < *n; i++) {
        files[i].file = quo_text_copy(quo_config_file_path(config, i));
        snprintf(files[i].sha256, sizeof files[i].sha256, "%s", quo_config_file_sha256(config, i));
    }
    return files;
}

static void free_files(struct quo_file_hash *files, size_t n)
{
    for (size_t i = 0; files && i < n; i++)
        free(files[i].file);
    free(files);
}

/* What would be asked for and never seen. The exit status; 0: none of it. */
static int unseen(struct quo_cmd *cmd, const struct request *request, int policies)
{
    const struct quo_explanation_wants *w = &request->wants;
    const char *beside = w->worth ? "--controls" : w->design ? "--design" : w->rivals ? "--compare" : NULL;
    if (!w->rivals && !(isnan(w->pool_capacity) && isnan(w->pool_used)))
        return quo_cmd_usage(cmd, "%s is the pool's that --compare asks about; add --compare",
                             isnan(w->pool_used) ? "--pool-capacity" : "--pool-used");
    if (!request->book && request->book_years)
        return quo_cmd_usage(cmd, "--book-years is of the book that --book names; add --book BOOK");
    if (beside && !cmd->json && !request->html && !request->xlsx && (request->summary || policies > 1))
        return quo_cmd_usage(cmd, "one line a policy has no room for %s; one policy without --summary, or --json", beside);
    return 0;
}

/* What one call of the command works with. */
struct desk {
    const struct quo_engine *engine;
    const struct request *request;
    struct quo_bookstore *book; /* NULL: nothing is kept */
    bool summary, headed;
    bool silent; /* standard output is a file's */
    json_t *documents;
};

/* Keeps a quote in the book. */
static enum quo_status save(struct quo_cmd *cmd, const struct desk *desk, const struct quo_config *config,
                            const struct quo_quote *quote, const json_t *detail)
{
    const struct request *request = desk->request;
    json_t *asked = json_pack("{s:I}", "draws", (json_int_t)request->options.draws);
    if (request->principle >= 0)
        json_object_set_new(asked, "principle", json_string(quo_principle_id(quote->policy->terms.principle)));
    if (!isnan(request->market_premium))
        json_object_set_new(asked, "market_premium", json_real(request->market_premium));
    if (request->options.refined)
        json_object_set_new(asked, "error", json_real(request->options.error));
    char *document = quo_setting_print(quo_config_root(config), NULL), *how = json_dumps(asked, JSON_COMPACT);
    const struct quo_bookquote what = {quote, document, how, detail};
    int64_t run = 0;
    enum quo_status status = document && how && detail ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_bookquote_save(desk->book, &what, &run, &cmd->faults);
    if (status == QUO_OK && !cmd->json && !cmd->quiet && !desk->silent)
        printf("%skept as run %lld of %s\n", desk->summary ? "" : "\n", (long long)run, desk->book->path);
    json_decref(asked);
    free(document);
    free(how);
    return status;
}

/* As a web page and as a workbook. */
static enum quo_status write_files(struct quo_cmd *cmd, const struct request *request, const struct quo_quote *quote,
                                   const json_t *document)
{
    struct quo_sheet sheet;
    struct quo_outfile *page = NULL;
    enum quo_status status = quo_quotesheet_new(quote, document, &sheet);
    if (status)
        return status;
    if (request->html)
        status = quo_outfile_open(request->html, &page, &cmd->faults);
    if (page) {
        quo_quotepage_write(quo_outfile_stream(page), quote, &sheet);
        status = quo_outfile_commit(page, &cmd->faults);
    }
    if (status == QUO_OK && request->xlsx)
        status = quo_quotebook_write(request->xlsx, &sheet, &cmd->faults);
    quo_quotesheet_free(&sheet);
    return status;
}

/* The policy has a price; something that was asked for beside it has none. */
static void tell_unpriced(struct quo_cmd *cmd, const struct quo_quote *quote, const char *path, enum quo_status status,
                          const struct quo_worth *tried)
{
    if (status != QUO_DOMAIN && status != QUO_NOT_CONVERGED)
        return;
    if (tried->unpriced >= 0)
        quo_faults_add(&cmd->faults, QUO_REFUSED, path, quote->policy->line, "without --controls it is quoted",
                       "this policy has a price, but not with %s at %s: %s",
                       quote->engine->catalogue->control[tried->unpriced].id, tried->unpriced_best ? "its best" : "level 0",
                       quo_status_text(status));
    else
        quo_faults_add(&cmd->faults, QUO_REFUSED, path, quote->policy->line, "without --design it is quoted",
                       "this policy has a price, but not at all the attachment points of --design: %s", quo_status_text(status));
}

/* On the page, into the document, into files and into the book. */
static enum quo_status show(struct quo_cmd *cmd, struct desk *desk, const char *path, const struct quo_config *config,
                            const struct quo_quote *quote, const struct quo_beside *beside)
{
    struct quo_explanation explanation = {0};
    struct quo_file_hash *files = NULL;
    size_t n_files = 0;
    enum quo_status status = quo_explanation_of(quote, &desk->request->wants, &explanation);
    tell_unpriced(cmd, quote, path, status, &explanation.worth);
    if (status == QUO_OK && !(files = files_of(config, &n_files)))
        status = QUO_MACHINE;
    const struct request *request = desk->request;
    const bool files_wanted = request->html || request->xlsx;
    json_t *document = status == QUO_OK && (desk->documents || desk->book || files_wanted)
                           ? quo_quotejson(quote, files, n_files, desk->request->options.seed)
                           : NULL;
    const struct quo_page page = {stdout, quo_cmd_colour()};
    if (document)
        quo_explainjson_add(document, quote, &explanation);
    if (document && beside)
        json_object_set_new(document, "book", quo_quotebeside_json(quote, beside));
    if (status == QUO_OK && desk->documents) {
        json_array_append(desk->documents, document);
    } else if (status == QUO_OK && desk->summary) {
        if (!desk->headed) /* a table of nothing has no heading */
            quo_report_summary_heading(&page);
        desk->headed = true;
        quo_report_summary(&page, quote);
    } else if (status == QUO_OK && !desk->silent) {
        quo_report_quote(&page, quote);
        quo_explainreport(&page, quote, &explanation);
        if (beside)
            quo_quotebeside_page(&page, quote, beside);
    }
    if (status == QUO_OK && files_wanted)
        status = document ? write_files(cmd, request, quote, document) : QUO_MACHINE;
    if (status == QUO_OK && desk->book)
        status = save(cmd, desk, config, quote, document);
    json_decref(document);
    quo_explanation_free(&explanation);
    free_files(files, n_files);
    return status;
}

static enum quo_status quote_one(struct quo_cmd *cmd, const char *path, struct desk *desk)
{
    const struct quo_engine *engine = desk->engine;
    const struct request *request = desk->request;
    struct quo_config *config = NULL;
    struct quo_policy *policy = NULL;
    struct quo_quote *quote = NULL;
    struct quo_beside beside = {.years = 0};
    enum quo_status status = quo_config_open(path, &config, &cmd->faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, engine->catalogue, &policy, &cmd->faults);
    if (status == QUO_OK) {
        quo_engine_check_term(engine, config, policy);
        if (request->principle >= 0)
            quo_terms_choose(&policy->terms, (enum quo_principle)request->principle);
        if (!isnan(request->market_premium))
            policy->terms.market_premium = request->market_premium;
        if (request->book)
            status = quo_quotebeside(cmd, engine, request->book, path, request->book_years ? request->book_years : BOOK_YEARS, request->options.seed,
                                     request->principle >= 0, policy, &beside);
        if (status == QUO_OK)
            status = quo_quote_price(engine, policy, &request->options, &quote);
        if (status == QUO_DOMAIN || status == QUO_NOT_CONVERGED)
            quo_faults_add(&cmd->faults, QUO_REFUSED, path, policy->line, "look at its extremes",
                           "this policy cannot be priced: %s", quo_status_text(status));
    }
    if (status == QUO_OK && request->options.refined && quote->discretisation_error > request->options.error &&
        !quote->shared_events)
        quo_faults_add(&cmd->faults, QUO_OK, path, policy->line, "the error that the quote states",
                       "an error of %.1e was asked for; three doublings of the resolution reach %.1e",
                       request->options.error, quote->discretisation_error);
    if (status == QUO_OK && request->book)
        quo_quotebeside_decide(quote, &beside);
    if (status == QUO_OK)
        status = show(cmd, desk, path, config, quote, request->book ? &beside : NULL);
    quo_beside_free(&beside);
    quo_quote_free(quote);
    quo_policy_free(policy);
    quo_config_close(config);
    return status;
}

static int on_standard_output(const char *file) { return file && strcmp(file, "-") == 0; }

static int print_documents(struct quo_cmd *cmd, json_t *documents, bool several)
{
    if (several)
        return quo_cmd_print_json(cmd, "quorate.quotes/1", json_pack("{s:o}", "quotes", documents));
    json_t *one = json_incref(json_array_get(documents, 0));
    json_decref(documents);
    return quo_cmd_print_json(cmd, "quorate.quote/1", one);
}

int quo_cmd_quote(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {
        .principle = -1, .market_premium = NAN, .wants = {.pool_capacity = NAN, .pool_used = NAN}};
    quo_quote_options_init(&request.options);
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (optind >= argc)
        return quo_cmd_usage(cmd, "which policy? Give a file, or - for standard input");
    if (argc - optind > 1 && (request.html || request.xlsx))
        return quo_cmd_usage(cmd, "%s holds one quote; %d policies are given", request.html ? "--html" : "--xlsx", argc - optind);
    const int never_seen = unseen(cmd, &request, argc - optind);
    if (never_seen)
        return never_seen;
    const int on_output = on_standard_output(request.html) + on_standard_output(request.xlsx);
    if (on_output + cmd->json > 1)
        return quo_cmd_usage(cmd, "one thing alone can go to standard output: the page, the workbook or --json");
    if (!quo_cmd_apart(cmd, request.html, argc, argv) || !quo_cmd_apart(cmd, request.xlsx, argc, argv))
        return 2;
    const bool silent = on_output > 0;
    const bool several = argc - optind > 1, summary = several || request.summary;
    struct quo_engine *engine = NULL;
    enum quo_status status = quo_engine_new(&request.files, &engine, &cmd->faults);
    if (status)
        return quo_cmd_finish(cmd, status);
    const size_t held = quo_price_draws(engine->model);
    if (request.options.draws > (long)held)
        quo_faults_add(&cmd->faults, QUO_OK, request.files.model ? request.files.model : "the shipped model", 0,
                       "'quorate fit --bootstrap B' makes a model with more",
                       "holds %zu draws; %ld were asked for, %zu are used", held, request.options.draws, held);
    struct quo_bookstore book = {0};
    if (request.save)
        status = quo_bookstore_open(request.save, false, quo_cmd_who(), &book, &cmd->faults);
    json_t *documents = cmd->json ? json_array() : NULL;
    struct desk desk = {engine, &request, request.save ? &book : NULL, summary, false, silent, documents};
    for (int i = optind; i < argc && (desk.book == NULL || book.db); i++) {
        const enum quo_status one = quote_one(cmd, argv[i], &desk);
        status = status ? status : one;
    }
    quo_bookstore_close(&book);
    quo_engine_free(engine);
    int code = quo_cmd_finish(cmd, status);
    if (documents && code == 0)
        code = print_documents(cmd, documents, several);
    else
        json_decref(documents);
    return code;
}
