/* quorate backtest: fit up to a day, predict the months after it, compare. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pricing/cmd/cmd.h"
#include "pricing/cmd/marketfile.h"
#include "pricing/desk/scorejson.h"
#include "risk/base/date.h"
#include "risk/base/money.h"
#include "risk/perils/backtest.h"

const char quo_usage_backtest[] = "usage: quorate backtest --split DATE [OPTIONS] INCIDENTS.csv\n"
                                  "\n"
                                  "Fits the incidents before DATE, predicts the months from DATE on, and compares: "
                                  "count, total, median, mean, largest loss and the\n"
                                  "share of keys, signers, bridges and vendors in the loss, each with its place (pit) "
                                  "in the predictive law; log scores beside the\n"
                                  "simplest model (one Poisson, one lognormal).\n"
                                  "\n"
                                  "      --split DATE        first day that is predicted\n"
                                  "      --months N          how long (6)\n"
                                  "      --from DAY          first day of data (2022-07-01)\n"
                                  "      --floor USD         losses up to it are left out (100000)\n"
                                  "      --market FILE --catalogue FILE   (what ships)\n"
                                  "      --bootstrap B       parameter draws (200)\n"
                                  "      --simulations N     of the predicted months (20000)\n"
                                  "      --seed S            (1)\n"
                                  "      --no-trend          a flat average of the years before the split\n"
                                  "      --json --quiet --help\n"
                                  "\n"
                                  "example: quorate backtest --split 2026-01-01 fixtures/incidents/incidents.csv\n";

enum { SPLIT = QUO_OPT_OWN, MONTHS, FROM, FLOOR, MARKET, CATALOGUE, BOOTSTRAP, SIMULATIONS, SEED, NO_TREND };
static const struct option long_options[] = {
    QUO_CMD_OPTIONS,
    {"split", required_argument, NULL, SPLIT},
    {"months", required_argument, NULL, MONTHS},
    {"from", required_argument, NULL, FROM},
    {"floor", required_argument, NULL, FLOOR},
    {"market", required_argument, NULL, MARKET},
    {"catalogue", required_argument, NULL, CATALOGUE},
    {"bootstrap", required_argument, NULL, BOOTSTRAP},
    {"simulations", required_argument, NULL, SIMULATIONS},
    {"seed", required_argument, NULL, SEED},
    {"no-trend", no_argument, NULL, NO_TREND},
    {NULL, 0, NULL, 0},
};

struct request {
    struct quo_backtest_options options;
    bool has_split;
    const char *market, *catalogue;
};

static bool take(struct quo_cmd *cmd, int opt, const char *text, void *request)
{
    struct request *r = request;
    struct quo_backtest_options *o = &r->options;
    int64_t whole = 0;
    bool good = true;
    switch (opt) {
    case SPLIT:
        good = r->has_split = quo_cmd_day(cmd, "--split", text, &o->split);
        break;
    case MONTHS:
        good = quo_cmd_whole(cmd, "--months", text, 1, 120, &whole);
        o->months = (int)whole;
        break;
    case FROM:
        good = quo_cmd_day(cmd, "--from", text, &o->fit.from);
        break;
    case FLOOR:
        good = quo_cmd_real(cmd, "--floor", text, 1.0, 1e12, &o->fit.floor);
        break;
    case MARKET:
        r->market = text;
        break;
    case CATALOGUE:
        r->catalogue = text;
        break;
    case BOOTSTRAP:
        good = quo_cmd_whole(cmd, "--bootstrap", text, 0, 100000, &whole);
        o->fit.draws = (int)whole;
        break;
    case SIMULATIONS:
        good = quo_cmd_whole(cmd, "--simulations", text, 100, 10000000, &whole);
        o->simulations = (int)whole;
        break;
    case SEED:
        good = quo_cmd_whole(cmd, "--seed", text, 0, INT64_MAX, &whole);
        o->fit.seed = (uint64_t)whole;
        break;
    case NO_TREND:
        o->fit.no_trend = true;
        break;
    default:
        good = quo_cmd_option(cmd, opt);
        break;
    }
    return good;
}

static json_t *document(const struct quo_backtest *b)
{
    char split[11], from[11], to[11];
    quo_date_format(b->split, split);
    quo_date_format(b->from, from);
    quo_date_format(b->to, to);
    json_t *list = json_array();
    for (int k = 0; k < QUO_BACKTEST_STATISTICS; k++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "statistic", quo_backtest_name(k),
                                              "observed", quo_scorejson_number(b->line[k].observed), "median",
                                              quo_scorejson_number(b->line[k].median), "low",
                                              quo_scorejson_number(b->line[k].low), "high",
                                              quo_scorejson_number(b->line[k].high), "pit",
                                              quo_scorejson_number(b->line[k].pit)));
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:{s:{s:o, s:o}, s:{s:o, s:o}}}", "data_from", from, "split",
                     split, "to", to, "fitted", (json_int_t)b->fitted, "observed", (json_int_t)b->observed,
                     "statistics", list, "log_score", "model", "count", quo_scorejson_number(b->log_score_count),
                     "sizes", quo_scorejson_number(b->log_score_sizes), "simple", "count",
                     quo_scorejson_number(b->simple_count), "sizes", quo_scorejson_number(b->simple_sizes));
}

static void print(const struct quo_backtest *b)
{
    char split[11], from[11], to[11], text[4][48];
    quo_date_format(b->split, split);
    quo_date_format(b->from, from);
    quo_date_format(b->to, to);
    printf("Fitted to %zu incidents from %s; predicted %s to %s, where %zu happened\n\n", b->fitted, from, split, to,
           b->observed);
    puts("statistic               observed     median        5 %       95 %    pit");
    for (int k = 0; k < QUO_BACKTEST_STATISTICS; k++) {
        const struct quo_backtest_line *l = &b->line[k];
        const double value[4] = {l->observed, l->median, l->low, l->high};
        for (int i = 0; i < 4; i++)
            if (isnan(value[i]))
                snprintf(text[i], sizeof text[i], "-");
            else if (k == QUO_BACKTEST_COUNT || k == QUO_BACKTEST_INFRASTRUCTURE)
                snprintf(text[i], sizeof text[i], k == QUO_BACKTEST_COUNT ? "%.0f" : "%.2f", value[i]);
            else
                quo_money_short(value[i], text[i], sizeof text[i]);
        printf("%-21s %10s %10s %10s %10s  %5.3f\n", quo_backtest_name(k), text[0], text[1], text[2], text[3], l->pit);
    }
    printf("\nlog score            count      sizes\n  this model      %8.2f %10.2f\n  simplest        %8.2f %10.2f\n",
           b->log_score_count, b->log_score_sizes, b->simple_count, b->simple_sizes);
}

int quo_cmd_backtest(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request r = {.has_split = false};
    quo_backtest_options_init(&r.options);
    const int stop = quo_cmd_one_file(cmd, argc, argv, "", long_options, take, &r, "incidents");
    if (stop >= 0)
        return stop;
    if (!r.has_split)
        return quo_cmd_usage(cmd, "--split is needed: the first day that is predicted");
    struct quo_incidents *incidents = NULL;
    struct quo_market *market = NULL;
    struct quo_backtest result;
    enum quo_status status = quo_incidents_load(argv[optind], &incidents, &cmd->faults), one;
    if ((one = quo_marketfile_load(r.market, r.catalogue, &market, &cmd->faults)) != QUO_OK)
        status = one;
    if (status == QUO_OK)
        status = quo_backtest_run(incidents, market, &r.options, &result, &cmd->faults);
    quo_market_free(market);
    quo_incidents_free(incidents);
    if (status != QUO_OK || quo_faults_refusals(&cmd->faults))
        return quo_cmd_finish(cmd, status);
    if (cmd->json)
        return quo_cmd_print_json(cmd, "quorate.backtest/1", document(&result));
    if (!cmd->quiet)
        print(&result);
    return quo_cmd_finish(cmd, status);
}
