/* quorate whatif: changes priced against the base. */
#include "pricing/cmd/enginefiles.h"

#include <getopt.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pricing/cmd/scenariorun.h"
#include "pricing/desk/nextreport.h"
#include "pricing/desk/whatifjson.h"
#include "pricing/desk/whatiftext.h"
#include "pricing/engine.h"
#include "pricing/whatif/whatif.h"
#include "risk/base/text.h"

const char quo_usage_whatif[] =
    "usage: quorate whatif [OPTIONS] POLICY.cfg\n"
    "       quorate whatif --policies FOLDER|POLICIES.csv --plan FILE [--protocols FILE] [--only ID,...]\n"
    "\n"
    "What changes are worth: each alone, all together, each one's share, and the best set of them. The policy's file\n"
    "stays as it is. Every premium is that of a quote of the changed policy, to the cent.\n"
    "\n"
    "  --set PATH=VALUE   a change (repeatable); the path is that of the setting below policy, elements by their id:\n"
    "                     protocol.answers.SD-04.level=3, protocol.signer_sets.treasury.threshold=4,\n"
    "                     covers.theft.event_limit=5e6; LIST+={id=\"x\"; ...} adds an element, LIST-=ID takes one "
    "away\n"
    "  --plan FILE        changes with their costs; the best set of them is looked for\n"
    "  --budget X         at most that cost a year: the set with the least premium\n"
    "  --target-premium X the cheapest set that brings the premium to X or below\n"
    "  --target-score X   the cheapest set that brings the overall score to X or above\n"
    "  --goal G           premium, net (premium and cost together) or loss; default net, with a budget premium\n"
    "  --frontier         the efficient sets: cost against premium and against expected loss\n"
    "  --next N           without changes: the N next steps of the catalogue's controls that save most\n"
    "  --effort FILE      classes of effort and their costs, for --next\n"
    "  --policies PATH    a scenario: the plan adopted by every protocol of a book (a folder of policies, or its two "
    "tables);\n"
    "                     what a protocol has already stays, '*' in a path is every element of a list, 60% of a "
    "threshold's signers\n"
    "  --protocols FILE   the book's protocols (default: protocols.csv beside the policies)\n"
    "  --only ID,...      only these protocols adopt\n"
    "  --draws B          draws of the model's parameters, for intervals, as a quote's (default 50)\n"
    "  --seed S           of anything drawn (default 1)\n"
    "  --orders N         shares of more than 12 changes over N random orders, with a standard error; default: over all\n"
    "                     orders up to 20 changes, 64 beyond\n"
    "  --exact            shares over all orders up to 20 changes even where every set must be priced the long way\n"
    "                     (a peril in two covers, an uncertainty load): 16 take half a minute, 20 many minutes\n"
    "  --most N           sets of changes that the search may price (default 500000)\n"
    QUO_HELP_MODEL_FILES
    "  --json             everything at full precision, a tornado's data too\n"
    "  --quiet            no warnings\n"
    "\n"
    "examples: quorate whatif --policies fixtures/market-sample --plan fixtures/plans/three-adoptions.plan.cfg\n"
    "          quorate whatif --plan fixtures/examples/bridge.plan.cfg fixtures/examples/bridge.policy.cfg\n"
    "          quorate whatif --next 10 fixtures/examples/bridge.policy.cfg\n";

struct request {
    struct quo_engine_files files;
    struct quo_whatif_options options;
    const char *plan, *goal, *effort, *policies, *protocols, *only;
    int64_t next; /* 0: not asked for */
    char **set;   /* set[n_sets], pointing into argv */
    size_t n_sets;
    double target_premium, target_score;
};

enum {
    OPT_SET = QUO_OPT_OWN,
    OPT_PLAN,
    OPT_BUDGET,
    OPT_TARGET_PREMIUM,
    OPT_TARGET_SCORE,
    OPT_GOAL,
    OPT_FRONTIER,
    OPT_DRAWS,
    OPT_SEED,
    OPT_ORDERS,
    OPT_EXACT,
    OPT_MOST,
    OPT_NEXT,
    OPT_EFFORT,
    OPT_POLICIES,
    OPT_PROTOCOLS,
    OPT_ONLY
};

static const struct option options[] = {{"set", required_argument, NULL, OPT_SET},
                                        {"plan", required_argument, NULL, OPT_PLAN},
                                        {"budget", required_argument, NULL, OPT_BUDGET},
                                        {"target-premium", required_argument, NULL, OPT_TARGET_PREMIUM},
                                        {"target-score", required_argument, NULL, OPT_TARGET_SCORE},
                                        {"goal", required_argument, NULL, OPT_GOAL},
                                        {"frontier", no_argument, NULL, OPT_FRONTIER},
                                        {"draws", required_argument, NULL, OPT_DRAWS},
                                        {"seed", required_argument, NULL, OPT_SEED},
                                        {"orders", required_argument, NULL, OPT_ORDERS},
                                        {"exact", no_argument, NULL, OPT_EXACT},
                                        {"most", required_argument, NULL, OPT_MOST},
                                        {"next", required_argument, NULL, OPT_NEXT},
                                        {"effort", required_argument, NULL, OPT_EFFORT},
                                        {"policies", required_argument, NULL, OPT_POLICIES},
                                        {"protocols", required_argument, NULL, OPT_PROTOCOLS},
                                        {"only", required_argument, NULL, OPT_ONLY},
                                        QUO_CMD_MODEL_FILES,
                                        QUO_CMD_OPTIONS,
                                        {NULL, 0, NULL, 0}};

static bool take_number(struct quo_cmd *cmd, int opt, struct request *r)
{
    struct quo_whatif_options *o = &r->options;
    int64_t whole;
    switch (opt) {
    case OPT_BUDGET:
        return quo_cmd_real(cmd, "--budget", optarg, 0.0, QUO_LIMIT_MAX, &o->plan.budget);
    case OPT_TARGET_PREMIUM:
        return quo_cmd_real(cmd, "--target-premium", optarg, 0.0, QUO_LIMIT_MAX, &r->target_premium);
    case OPT_TARGET_SCORE:
        return quo_cmd_real(cmd, "--target-score", optarg, 0.0, 100.0, &r->target_score);
    case OPT_DRAWS:
        if (!quo_cmd_whole(cmd, "--draws", optarg, 0, 100000, &whole))
            return false;
        o->values.draws = whole;
        return true;
    case OPT_NEXT:
        return quo_cmd_whole(cmd, "--next", optarg, 1, 1000, &r->next);
    case OPT_SEED:
        if (!quo_cmd_whole(cmd, "--seed", optarg, 0, INT64_MAX, &whole))
            return false;
        o->values.seed = o->attribution.seed = (uint64_t)whole;
        return true;
    case OPT_ORDERS:
        if (!quo_cmd_whole(cmd, "--orders", optarg, 4, 1000000, &whole))
            return false;
        o->attribution.orders = whole;
        o->attribution.sampled = true;
        return true;
    default:
        if (!quo_cmd_whole(cmd, "--most", optarg, 1, 100000000, &whole))
            return false;
        o->plan.most = (size_t)whole;
        return true;
    }
}

static int take_goal(struct quo_cmd *cmd, struct request *r)
{
    const int near = quo_text_nearest(optarg, quo_goal_ids(), QUO_GOAL_TARGET_PREMIUM);
    if (near < 0 || strcmp(quo_goal_ids()[near], optarg) != 0)
        return 1 + quo_cmd_usage(cmd, "--goal: unknown goal '%s'; one of premium, net, loss", optarg);
    r->goal = optarg;
    r->options.plan.goal = (enum quo_goal)near;
    return 0;
}

/* Where the text of an option goes that needs no reading; NULL: another option. */
static const char **text_of(struct request *r, int opt)
{
    switch (opt) {
    case OPT_PLAN:
        return &r->plan;
    case OPT_EFFORT:
        return &r->effort;
    case OPT_POLICIES:
        return &r->policies;
    case OPT_PROTOCOLS:
        return &r->protocols;
    case OPT_ONLY:
        return &r->only;
    default:
        return NULL;
    }
}

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *r)
{
    opterr = 0;
    for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        int stop = 0;
        const char **text = text_of(r, opt);
        if (text) {
            *text = optarg;
            continue;
        }
        if (quo_cmd_engine_file(opt, optarg, &r->files))
            continue;
        switch (opt) {
        case OPT_SET:
            r->set[r->n_sets++] = optarg;
            break;
        case OPT_GOAL:
            stop = take_goal(cmd, r);
            break;
        case OPT_EXACT:
            r->options.attribution.exact = true;
            break;
        case OPT_FRONTIER:
            r->options.frontier = true;
            break;
        case '?':
            return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
        default:
            if (!quo_cmd_option(cmd, opt) && !take_number(cmd, opt, r))
                return 3;
        }
        if (stop)
            return stop;
    }
    return 0;
}

/* What is to be planned, from the options together; 0 to go on. */
static int settle(struct quo_cmd *cmd, struct request *r)
{
    struct quo_planner_request *plan = &r->options.plan;
    const bool premium = !isnan(r->target_premium), score = !isnan(r->target_score);
    const bool changes = r->plan || r->n_sets > 0;
    if (r->next && changes)
        return 1 + quo_cmd_usage(cmd, "--next looks for changes itself: without --set and --plan");
    if (r->policies && !changes)
        return 1 + quo_cmd_usage(cmd, "what does the book adopt? Give --plan FILE or --set PATH=VALUE");
    if ((r->protocols || r->only) && !r->policies)
        return 1 + quo_cmd_usage(cmd, "--protocols and --only go with --policies");
    if (r->policies && (premium || score || r->goal || isfinite(plan->budget) || r->options.frontier))
        return 1 + quo_cmd_usage(cmd, "--policies plays all of the plan: without budget, goal, target and frontier");
    if (r->effort && !r->next)
        return 1 + quo_cmd_usage(cmd, "--effort goes with --next");
    if (!r->next && !changes)
        return 1 + quo_cmd_usage(cmd, "what is to change? Give --set PATH=VALUE, --plan FILE or --next N");
    if (premium + score + (r->goal != NULL) > 1)
        return 1 + quo_cmd_usage(cmd, "--goal, --target-premium and --target-score: one of them");
    if (premium || score) {
        plan->goal = premium ? QUO_GOAL_TARGET_PREMIUM : QUO_GOAL_TARGET_SCORE;
        plan->target = premium ? r->target_premium : r->target_score;
    } else if (!r->goal && isfinite(plan->budget)) {
        plan->goal = QUO_GOAL_PREMIUM;
    }
    r->options.planned = r->plan != NULL || premium || score || r->goal || isfinite(plan->budget);
    r->options.values.scored = true;
    return 0;
}

/* The plan's changes, then one for each --set, named as it was written. */
static enum quo_status read_changes(struct quo_cmd *cmd, const struct request *r, struct quo_plan **out)
{
    *out = NULL;
    struct quo_plan *plan = NULL;
    enum quo_status status = QUO_OK;
    if (r->plan)
        status = quo_plan_load(r->plan, &plan, &cmd->faults);
    else if (!(plan = calloc(1, sizeof *plan)))
        status = QUO_MACHINE;
    if (status)
        return status;
    for (size_t i = 0; i < r->n_sets && status != QUO_MACHINE; i++) {
        const enum quo_status one = quo_plan_add(plan, r->set[i]);
        if (one == QUO_REFUSED)
            quo_faults_add(&cmd->faults, QUO_REFUSED, "--set", 0, "PATH=VALUE, such as protocol.answers.SD-04.level=3",
                           "'%s' is no change of a setting", r->set[i]);
        status = status ? status : one;
    }
    if (status)
        quo_plan_free(plan);
    else
        *out = plan;
    return status;
}

static enum quo_status unpriced(struct quo_cmd *cmd, const char *path, enum quo_status status)
{
    if (status == QUO_DOMAIN || status == QUO_NOT_CONVERGED || status == QUO_REFUSED)
        quo_faults_add(&cmd->faults, QUO_REFUSED, path, 0, "leave changes out until it can",
                       "a set of these changes cannot be priced: %s", quo_status_text(status));
    return status;
}

/* --next. */
static enum quo_status run_next(struct quo_cmd *cmd, const char *path, const struct request *r,
                                struct quo_engine *engine, json_t **document)
{
    struct quo_effort *effort = NULL;
    struct quo_variants *variants = NULL;
    struct quo_nextbest best = {0};
    struct quo_plan *none = calloc(1, sizeof *none);
    enum quo_status status = none ? quo_effort_load(r->effort, engine->catalogue, &effort, &cmd->faults) : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_variants_new(path, engine->catalogue, none, NULL, &variants, &cmd->faults);
    else
        quo_plan_free(none);
    if (status == QUO_OK)
        status = unpriced(cmd, path, quo_nextbest_find(engine, variants, effort, &r->options.values, &best));
    if (status == QUO_OK && cmd->json) {
        *document = quo_nextreport_json(&best, effort, engine->catalogue, (size_t)r->next);
    } else if (status == QUO_OK) {
        const struct quo_page page = {stdout, quo_cmd_colour()};
        quo_nextreport_print(&page, &best, effort, engine->catalogue, (size_t)r->next);
    }
    quo_nextbest_free(&best);
    quo_variants_free(variants);
    quo_effort_free(effort);
    return status;
}

/* Sets priced, on standard error, where somebody waits there for longer than a second. */
struct progress {
    double start, told;
};

static void tell(void *context, size_t done, size_t of)
{
    struct progress *p = context;
    const double now = omp_get_wtime(), rate = (double)done / fmax(now - p->start, 1e-9);
    if (now - p->start < 1.0 || (now - p->told < 0.5 && done < of))
        return;
    p->told = now;
    fprintf(stderr, "\r%zu of %zu sets, %.0f a second, %.0f s left ", done, of, rate, (double)(of - done) / rate);
    if (done == of)
        fputs("\r\033[K", stderr);
}

static enum quo_status run(struct quo_cmd *cmd, const char *path, const struct request *r, struct quo_engine *engine,
                           json_t **document)
{
    struct quo_plan *plan = NULL;
    struct quo_variants *variants = NULL;
    struct quo_whatif *whatif = NULL;
    enum quo_status status = read_changes(cmd, r, &plan);
    if (status == QUO_OK)
        status = quo_variants_new(path, engine->catalogue, plan, r->plan, &variants, &cmd->faults);
    struct progress progress = {omp_get_wtime(), 0.0};
    struct quo_whatif_options watched = r->options;
    if (!cmd->quiet && isatty(STDERR_FILENO)) {
        watched.attribution.watch.progress = tell;
        watched.attribution.watch.context = &progress;
    }
    if (status == QUO_OK)
        status = unpriced(cmd, path, quo_whatif_new(engine, variants, &watched, &whatif));
    if (status == QUO_OK && cmd->json) {
        *document = quo_whatifjson(whatif);
    } else if (status == QUO_OK) {
        const struct quo_page page = {stdout, quo_cmd_colour()};
        quo_whatiftext_print(&page, whatif);
    }
    quo_whatif_free(whatif);
    quo_variants_free(variants);
    return status;
}

/* --policies. */
static enum quo_status run_book(struct quo_cmd *cmd, const char *path, const struct request *r,
                                struct quo_engine *engine, json_t **document)
{
    (void)path;
    struct quo_plan *plan = NULL;
    const struct quo_scenariorun scenario = {r->policies, r->protocols, r->only, r->options.values.seed};
    enum quo_status status = read_changes(cmd, r, &plan);
    if (status == QUO_OK)
        status = quo_scenariorun_run(cmd, &scenario, plan, engine, document);
    quo_plan_free(plan);
    return status;
}

/* What is asked for: one policy, its next steps, or a book. */
static const struct kind {
    enum quo_status (*run)(struct quo_cmd *cmd, const char *path, const struct request *r, struct quo_engine *engine,
                           json_t **document);
    const char *schema;
} kinds[] = {{run, "quorate.whatif/1"}, {run_next, "quorate.next/1"}, {run_book, "quorate.scenario/1"}};

static const char *files_wanted(const struct request *r, int given)
{
    if (r->policies)
        return given ? "--policies names the policies: no other file" : NULL;
    return given == 1 ? NULL : given ? "one policy at a time" : "which policy? Give a file, or - for standard input";
}

int quo_cmd_whatif(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {.target_premium = NAN, .target_score = NAN};
    quo_whatif_options_init(&request.options);
    request.set = calloc((size_t)argc + 1, sizeof *request.set);
    if (!request.set)
        return quo_cmd_finish(cmd, QUO_MACHINE);
    int stop = parse(cmd, argc, argv, &request);
    if (!cmd->help && stop == 0 && files_wanted(&request, argc - optind))
        stop = 1 + quo_cmd_usage(cmd, "%s", files_wanted(&request, argc - optind));
    if (!cmd->help && stop == 0)
        stop = settle(cmd, &request);
    const struct kind *kind = &kinds[request.policies ? 2 : request.next ? 1 : 0];
    int code = cmd->help ? quo_cmd_help(cmd) : stop - 1;
    if (!cmd->help && stop == 0) {
        struct quo_engine *engine = NULL;
        json_t *document = NULL;
        enum quo_status status = quo_engine_new(&request.files, &engine, &cmd->faults);
        if (status == QUO_OK)
            status = kind->run(cmd, argv[optind], &request, engine, &document);
        quo_engine_free(engine);
        code = quo_cmd_finish(cmd, status);
        if (document && code == 0)
            code = quo_cmd_print_json(cmd, kind->schema, document);
        else
            json_decref(document);
    }
    free(request.set);
    return code;
}
