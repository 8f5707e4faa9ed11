#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/cmd/cmd.h"
#include "pricing/cmd/marketfile.h"
#include "pricing/desk/fitjson.h"
#include "pricing/desk/fittext.h"
#include "risk/base/date.h"
#include "risk/base/text.h"
#include "risk/perils/perilfit.h"

const char quo_usage_fit[] =
    "usage: quorate fit [OPTIONS] INCIDENTS.csv\n"
    "\n"
    "Fits the peril model to incidents: sizes, rates, the elasticity in exposure, bootstrap draws, and the\n"
    "reconciliation with the market. Prints the report; -o writes the model that `quote` reads.\n"
    "\n"
    "  -o, --output MODEL.cfg    write the model there\n"
    "      --from DAY --to DAY   window of data, both days included; --to is also the reference date\n"
    "                            (2022-07-01 and the end of the half-year of the last incident)\n"
    "      --floor USD           leave losses up to it out: sizes are left truncated there (100000)\n"
    "      --market FILE         bands, protocol-years and completeness (what ships with the program)\n"
    "      --catalogue FILE      control catalogue that the market's profiles speak of (what ships)\n"
    "      --outages FILE --outage-windows FILE\n"
    "                            stops and watched windows: without them service_outage is not in the model\n"
    "      --bootstrap B         draws of all parameters kept in the model (200)\n"
    "      --seed S              of the draws and of the tests (1)\n"
    "      --tests N             bootstrap replicates behind the p-values of the chosen families (199; 0: none)\n"
    "      --intervals           profile-likelihood intervals of every candidate's parameters, not of the chosen's "
    "alone\n"
    "      --peril P             report and model of this peril alone\n"
    "      --family F            this family for every peril with a fit of its own, in place of the choice by AICc\n"
    "                            (average: all of them, each by its Akaike weight)\n"
    "      --own-least N         records from which a peril has a fit of its own and is not pooled (50)\n"
    "      --tail-threshold USD  where the tail begins (by rule: Anderson-Darling with ForwardStop)\n"
    "      --profile-threshold   the splice's threshold by profile likelihood instead, counted as a parameter\n"
    "      --late-days N --late-share S\n"
    "                            share S of the incidents of the last N days is in the file by now (0 and 1)\n"
    "      --no-trend            a flat average of all years; without it trends are always fitted\n"
    "      --exposure-reference USD   E_0 (1e8)\n"
    "      --id ID               name of the model (market-YYYY-MM of the reference date)\n"
    "      --json --quiet --help\n"
    "\n"
    "example: quorate fit fixtures/incidents/incidents.csv --outages fixtures/incidents/outages.csv \\\n"
    "           --outage-windows fixtures/incidents/outage-observation.csv -o model.cfg\n";

enum {
    FROM = QUO_OPT_OWN,
    TO,
    FLOOR,
    MARKET,
    CATALOGUE,
    OUTAGES,
    WINDOWS,
    BOOTSTRAP,
    SEED,
    TESTS,
    INTERVALS,
    PERIL,
    FAMILY,
    OWN_LEAST,
    TAIL,
    PROFILE_THRESHOLD,
    LATE_DAYS,
    LATE_SHARE,
    NO_TREND,
    REFERENCE,
    ID
};
static const struct option long_options[] = {
    QUO_CMD_OPTIONS,
    {"output", required_argument, NULL, 'o'},
    {"from", required_argument, NULL, FROM},
    {"to", required_argument, NULL, TO},
    {"floor", required_argument, NULL, FLOOR},
    {"market", required_argument, NULL, MARKET},
    {"catalogue", required_argument, NULL, CATALOGUE},
    {"outages", required_argument, NULL, OUTAGES},
    {"outage-windows", required_argument, NULL, WINDOWS},
    {"bootstrap", required_argument, NULL, BOOTSTRAP},
    {"seed", required_argument, NULL, SEED},
    {"tests", required_argument, NULL, TESTS},
    {"intervals", no_argument, NULL, INTERVALS},
    {"peril", required_argument, NULL, PERIL},
    {"family", required_argument, NULL, FAMILY},
    {"own-least", required_argument, NULL, OWN_LEAST},
    {"tail-threshold", required_argument, NULL, TAIL},
    {"profile-threshold", no_argument, NULL, PROFILE_THRESHOLD},
    {"late-days", required_argument, NULL, LATE_DAYS},
    {"late-share", required_argument, NULL, LATE_SHARE},
    {"no-trend", no_argument, NULL, NO_TREND},
    {"exposure-reference", required_argument, NULL, REFERENCE},
    {"id", required_argument, NULL, ID},
    {NULL, 0, NULL, 0},
};

struct request {
    struct quo_perilfit_options options;
    const char *output, *market, *catalogue, *outages, *windows;
};

static bool take_peril(struct quo_cmd *cmd, const char *text, int *out)
{
    enum quo_peril peril;
    if (quo_peril_by_id(text, &peril) && peril < QUO_COVERED_PERILS) {
        *out = (int)peril;
        return true;
    }
    const int near = quo_text_nearest(text, quo_peril_ids(), QUO_COVERED_PERILS);
    quo_cmd_usage(cmd, near >= 0 ? "--peril: unknown peril '%s'; did you mean '%s'?" : "--peril: unknown peril '%s'%s",
                  text, near >= 0 ? quo_peril_ids()[near] : "");
    return false;
}

static bool take_family(struct quo_cmd *cmd, const char *text, int *out)
{
    enum quo_family family;
    if (quo_family_by_name(text, &family)) {
        *out = (int)family;
        return true;
    }
    const char *names[QUO_FAMILIES];
    for (int f = 0; f < QUO_FAMILIES; f++)
        names[f] = quo_family_name((enum quo_family)f);
    const int near = quo_text_nearest(text, names, QUO_FAMILIES);
    quo_cmd_usage(cmd,
                  near >= 0 ? "--family: unknown family '%s'; did you mean '%s'?" : "--family: unknown family '%s'%s",
                  text, near >= 0 ? names[near] : "");
    return false;
}

/* An option that is a text as it stands; false if it is none of these. */
static bool take_text(int opt, const char *text, struct request *r)
{
    switch (opt) {
    case 'o':
        r->output = text;
        return true;
    case MARKET:
        r->market = text;
        return true;
    case CATALOGUE:
        r->catalogue = text;
        return true;
    case OUTAGES:
        r->outages = text;
        return true;
    case WINDOWS:
        r->windows = text;
        return true;
    case ID:
        r->options.model_id = text;
        return true;
    default:
        return false;
    }
}

static bool take_count(const struct quo_cmd *cmd, const char *option, const char *text, int low, int high, int *out)
{
    int64_t whole = *out;
    const bool good = quo_cmd_whole(cmd, option, text, low, high, &whole);
    *out = (int)whole;
    return good;
}

/* One option; false after wrong usage was told. */
static bool take(struct quo_cmd *cmd, int opt, const char *text, void *request)
{
    struct request *r = request;
    struct quo_perilfit_options *o = &r->options;
    int64_t whole = 0;
    bool good = true;
    if (take_text(opt, text, r))
        return true;
    switch (opt) {
    case FROM:
        return quo_cmd_day(cmd, "--from", text, &o->from);
    case TO:
        return quo_cmd_day(cmd, "--to", text, &o->to);
    case FLOOR:
        return quo_cmd_real(cmd, "--floor", text, 1.0, 1e12, &o->floor);
    case BOOTSTRAP:
        return take_count(cmd, "--bootstrap", text, 0, 100000, &o->draws);
    case SEED:
        good = quo_cmd_whole(cmd, "--seed", text, 0, INT64_MAX, &whole);
        o->seed = (uint64_t)whole;
        return good;
    case TESTS:
        return take_count(cmd, "--tests", text, 0, 100000, &o->tests);
    case PERIL:
        return take_peril(cmd, text, &o->only);
    case FAMILY:
        return take_family(cmd, text, &o->family);
    case OWN_LEAST:
        return take_count(cmd, "--own-least", text, 10, 1000000000, &o->own_least);
    case TAIL:
        return quo_cmd_real(cmd, "--tail-threshold", text, 1.0, 1e15, &o->tail_threshold);
    case LATE_DAYS:
        return take_count(cmd, "--late-days", text, 0, 3650, &o->late_days);
    case LATE_SHARE:
        return quo_cmd_real(cmd, "--late-share", text, 0.01, 1.0, &o->late_share);
    case PROFILE_THRESHOLD:
        o->profile_threshold = true;
        return true;
    case INTERVALS:
        o->intervals = true;
        return true;
    case NO_TREND:
        o->no_trend = true;
        return true;
    case REFERENCE:
        return quo_cmd_real(cmd, "--exposure-reference", text, 1e3, 1e13, &o->exposure_reference);
    default:
        return quo_cmd_option(cmd, opt);
    }
}

static int run(struct quo_cmd *cmd, const char *path, struct request *r)
{
    struct quo_incidents *incidents = NULL;
    struct quo_market *market = NULL;
    struct quo_outages *outages = NULL;
    struct quo_perilfit *fit = NULL;
    enum quo_status status = quo_incidents_load(path, &incidents, &cmd->faults), one;
    if ((one = quo_marketfile_load(r->market, r->catalogue, &market, &cmd->faults)) != QUO_OK)
        status = one;
    if (r->outages && (one = quo_outages_load(r->outages, r->windows, &outages, &cmd->faults)) != QUO_OK)
        status = one;
    r->options.outages = outages;
    if (status == QUO_OK)
        status = quo_perilfit_run(incidents, market, &r->options, &fit, &cmd->faults);
    if (status == QUO_OK && r->output)
        status = quo_model_save(fit->model, r->output, &cmd->faults);
    int code;
    if (status != QUO_OK || quo_faults_refusals(&cmd->faults)) {
        code = quo_cmd_finish(cmd, status);
    } else if (cmd->json) {
        code = quo_cmd_print_json(cmd, "quorate.fit/1", quo_fitjson_document(fit));
    } else {
        if (!cmd->quiet)
            quo_fittext_write(fit, stdout);
        code = quo_cmd_finish(cmd, status);
    }
    quo_perilfit_free(fit);
    quo_outages_free(outages);
    quo_market_free(market);
    quo_incidents_free(incidents);
    return code;
}

int quo_cmd_fit(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request r = {0};
    quo_perilfit_options_init(&r.options);
    const int stop = quo_cmd_one_file(cmd, argc, argv, "o:", long_options, take, &r, "incidents");
    if (stop >= 0 || !quo_cmd_apart(cmd, r.output, argc, argv))
        return stop >= 0 ? stop : 2;
    if ((r.outages != NULL) != (r.windows != NULL))
        return quo_cmd_usage(cmd, "--outages and --outage-windows go together");
    if (r.outages && strcmp(argv[optind], "-") == 0 && (strcmp(r.outages, "-") == 0 || strcmp(r.windows, "-") == 0))
        return quo_cmd_usage(cmd, "only one file can be standard input");
    return run(cmd, argv[optind], &r);
}
