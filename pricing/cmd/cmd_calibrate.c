/* quorate calibrate: the peril model from published aggregates alone. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/cmd/cmd.h"
#include "pricing/cmd/marketfile.h"
#include "pricing/desk/calibrateshow.h"
#include "risk/base/date.h"
#include "risk/perils/calibrate.h"

const char quo_usage_calibrate[] =
    "usage: quorate calibrate [OPTIONS] AGGREGATES.csv\n"
    "\n"
    "Fits the peril model to what publications print of one period: counts, totals, medians, largest losses, shares by "
    "group.\n"
    "Shows every published figure beside the model's predictive median and interval, with its residual and tail "
    "probability, and\n"
    "names the publications that contradict each other. -o writes the model that `quote` reads.\n"
    "\n"
    "  -o, --output MODEL.cfg    write the model there\n"
    "      --from DAY --to DAY   the period, both days included (the one of which most is published)\n"
    "      --floor USD           below it nobody counts an incident (10000)\n"
    "      --market FILE --catalogue FILE   (what ships)\n"
    "      --bootstrap B         draws of all parameters kept in the model (200)\n"
    "      --simulations N       of the period in the search; the report uses eight times as many (400)\n"
    "      --seed S              (1)\n"
    "      --exposure-reference USD   E_0 (1e8)\n"
    "      --id ID               name of the model (published-YYYY-MM of the period's end)\n"
    "      --json --quiet --help\n"
    "\n"
    "example: quorate calibrate fixtures/incidents/published-aggregates.csv -o model.cfg\n";

enum { FROM = QUO_OPT_OWN, TO, FLOOR, MARKET, CATALOGUE, BOOTSTRAP, SIMULATIONS, SEED, REFERENCE, ID };
static const struct option long_options[] = {
    QUO_CMD_OPTIONS,
    {"output", required_argument, NULL, 'o'},
    {"from", required_argument, NULL, FROM},
    {"to", required_argument, NULL, TO},
    {"floor", required_argument, NULL, FLOOR},
    {"market", required_argument, NULL, MARKET},
    {"catalogue", required_argument, NULL, CATALOGUE},
    {"bootstrap", required_argument, NULL, BOOTSTRAP},
    {"simulations", required_argument, NULL, SIMULATIONS},
    {"seed", required_argument, NULL, SEED},
    {"exposure-reference", required_argument, NULL, REFERENCE},
    {"id", required_argument, NULL, ID},
    {NULL, 0, NULL, 0},
};

struct request {
    struct quo_calibrate_options options;
    const char *output, *market, *catalogue;
};

static bool take(struct quo_cmd *cmd, int opt, const char *text, void *request)
{
    struct request *r = request;
    struct quo_calibrate_options *o = &r->options;
    int64_t whole = 0;
    bool good = true;
    switch (opt) {
    case 'o':
        r->output = text;
        break;
    case FROM:
        good = quo_cmd_day(cmd, "--from", text, &o->from);
        break;
    case TO:
        good = quo_cmd_day(cmd, "--to", text, &o->to);
        break;
    case FLOOR:
        good = quo_cmd_real(cmd, "--floor", text, 1.0, 1e9, &o->floor);
        break;
    case MARKET:
        r->market = text;
        break;
    case CATALOGUE:
        r->catalogue = text;
        break;
    case BOOTSTRAP:
        good = quo_cmd_whole(cmd, "--bootstrap", text, 0, 100000, &whole);
        o->draws = (int)whole;
        break;
    case SIMULATIONS:
        good = quo_cmd_whole(cmd, "--simulations", text, 50, 1000000, &whole);
        o->simulations = (int)whole;
        break;
    case SEED:
        good = quo_cmd_whole(cmd, "--seed", text, 0, INT64_MAX, &whole);
        o->seed = (uint64_t)whole;
        break;
    case REFERENCE:
        good = quo_cmd_real(cmd, "--exposure-reference", text, 1e3, 1e13, &o->exposure_reference);
        break;
    case ID:
        o->model_id = text;
        break;
    default:
        good = quo_cmd_option(cmd, opt);
        break;
    }
    return good;
}

int quo_cmd_calibrate(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request r = {0};
    quo_calibrate_options_init(&r.options);
    const int stop = quo_cmd_one_file(cmd, argc, argv, "o:", long_options, take, &r, "aggregates");
    if (stop >= 0 || !quo_cmd_apart(cmd, r.output, argc, argv))
        return stop >= 0 ? stop : 2;
    struct quo_aggregates *aggregates = NULL;
    struct quo_market *market = NULL;
    struct quo_calibrate *result = NULL;
    enum quo_status status = quo_aggregates_load(argv[optind], &aggregates, &cmd->faults), one;
    if ((one = quo_marketfile_load(r.market, r.catalogue, &market, &cmd->faults)) != QUO_OK)
        status = one;
    if (status == QUO_OK)
        status = quo_calibrate_run(aggregates, market, &r.options, &result, &cmd->faults);
    if (status == QUO_OK && r.output)
        status = quo_model_save(result->model, r.output, &cmd->faults);
    quo_market_free(market);
    quo_aggregates_free(aggregates);
    int code;
    if (status != QUO_OK || quo_faults_refusals(&cmd->faults)) {
        code = quo_cmd_finish(cmd, status);
    } else if (cmd->json) {
        code = quo_cmd_print_json(cmd, "quorate.calibrate/1", quo_calibrateshow_document(result));
    } else {
        if (!cmd->quiet)
            quo_calibrateshow_text(result, stdout);
        code = quo_cmd_finish(cmd, status);
    }
    quo_calibrate_free(result);
    return code;
}
