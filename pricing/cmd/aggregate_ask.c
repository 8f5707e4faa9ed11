#include "pricing/cmd/aggregate_ask.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/text.h"

const char *const quo_ask_names[] = {"var", "tvar", "sf", "cdf", "density", "mass", "stoploss", "distortion"};

enum {
    OPT_FREQUENCY = QUO_OPT_OWN,
    OPT_SEVERITY,
    OPT_LIMIT,
    OPT_DEDUCTIBLE,
    OPT_SHARE,
    OPT_ANNUAL_LIMIT,
    OPT_ANNUAL_DEDUCTIBLE,
    OPT_REINSTATEMENTS,
    OPT_METHOD,
    OPT_POINTS,
    OPT_TOLERANCE,
    OPT_RULE,
    OPT_STEP,
    OPT_TOP,
    OPT_SEED,
    OPT_YEARS,
    OPT_RESULT /* and the quantities after it */
};

static const struct option options[] = {
    {"frequency", required_argument, NULL, OPT_FREQUENCY},
    {"severity", required_argument, NULL, OPT_SEVERITY},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"deductible", required_argument, NULL, OPT_DEDUCTIBLE},
    {"share", required_argument, NULL, OPT_SHARE},
    {"annual-limit", required_argument, NULL, OPT_ANNUAL_LIMIT},
    {"annual-deductible", required_argument, NULL, OPT_ANNUAL_DEDUCTIBLE},
    {"reinstatements", required_argument, NULL, OPT_REINSTATEMENTS},
    {"method", required_argument, NULL, OPT_METHOD},
    {"points", required_argument, NULL, OPT_POINTS},
    {"tolerance", required_argument, NULL, OPT_TOLERANCE},
    {"discretisation", required_argument, NULL, OPT_RULE},
    {"step", required_argument, NULL, OPT_STEP},
    {"top", required_argument, NULL, OPT_TOP},
    {"seed", required_argument, NULL, OPT_SEED},
    {"years", required_argument, NULL, OPT_YEARS},
    {"var", required_argument, NULL, OPT_RESULT + QUO_ASK_VAR},
    {"tvar", required_argument, NULL, OPT_RESULT + QUO_ASK_TVAR},
    {"sf", required_argument, NULL, OPT_RESULT + QUO_ASK_SF},
    {"cdf", required_argument, NULL, OPT_RESULT + QUO_ASK_CDF},
    {"density", required_argument, NULL, OPT_RESULT + QUO_ASK_DENSITY},
    {"mass", required_argument, NULL, OPT_RESULT + QUO_ASK_MASS},
    {"stoploss", required_argument, NULL, OPT_RESULT + QUO_ASK_STOPLOSS},
    {"distortion", required_argument, NULL, OPT_RESULT + QUO_ASK_DISTORTION},
    QUO_CMD_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* "family:key=value,key=value" cut up in a copy, which begins with the family and into which the pairs point. Returns the copy (the caller
 * frees it), NULL if there is no memory. *n is above PAIRS where there are more than can be held. */
#define PAIRS 80
static char *cut(const char *text, const char **pair, size_t *n)
{
    char *copy = quo_text_copy(text);
    *n = 0;
    if (!copy)
        return NULL;
    char *rest = strchr(copy, ':');
    if (rest)
        *rest++ = '\0';
    for (char *one; rest && *rest && *n < PAIRS && (one = strsep(&rest, ","));)
        pair[(*n)++] = one;
    if (rest && *rest)
        *n = PAIRS + 1;
    return copy;
}

/* What is said of a law that could not be cut up; frees `copy`. */
static int not_cut(struct quo_cmd *cmd, const char *option, char *copy)
{
    free(copy);
    return copy ? quo_cmd_usage(cmd, "%s: more than %d parameters", option, PAIRS)
                : quo_cmd_finish(cmd, QUO_MACHINE);
}

/* Numbers separated by '/'. Returns how many; 0 and a message if one is none or they are too many. */
static size_t numbers(const struct quo_cmd *cmd, const char *option, const char *text, double *out, size_t room)
{
    char *copy = quo_text_copy(text), *rest = copy;
    size_t n = 0;
    bool good = copy != NULL;
    for (char *one; good && (one = strsep(&rest, "/")); n++)
        good = n < room && quo_cmd_real(cmd, option, one, 0.0, 1e300, &out[n]);
    if (copy && !good && n >= room)
        quo_cmd_usage(cmd, "%s: more than %zu numbers", option, room);
    free(copy);
    return good ? n : 0;
}

/* A key that begins with `prefix` followed by '=' or "..": the text behind the first '='. */
static const char *value_of(const char *const *pair, size_t n, const char *prefix)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(pair[i], prefix, strlen(prefix)) == 0 && strchr(pair[i], '='))
            return strchr(pair[i], '=') + 1;
    return NULL;
}

static int read_frequency(struct quo_cmd *cmd, const char *text, struct quo_ask *ask)
{
    const char *pair[PAIRS];
    size_t n;
    char *copy = cut(text, pair, &n);
    if (!copy || n > PAIRS)
        return not_cut(cmd, "--frequency", copy);
    ask->frequency = text;
    int code = 0;
    if (strcmp(copy, "empirical") == 0) {
        const char *list = n == 1 ? value_of(pair, n, "p0") : NULL;
        ask->contract.count = ask->count;
        if (!list)
            code = quo_cmd_usage(
                cmd, "--frequency empirical wants the probabilities of 0, 1, .. events: empirical:p0=0.6/0.3/0.1");
        else if ((ask->contract.n_count = numbers(cmd, "--frequency", list, ask->count, QUO_ASK_COUNTS)) == 0)
            code = 2;
    } else {
        const enum quo_status status = quo_frequency_parse(copy, pair, n, &ask->contract.frequency, &cmd->faults);
        code = status == QUO_OK ? 0 : quo_cmd_finish(cmd, status);
    }
    free(copy);
    return code;
}

static int read_points(struct quo_cmd *cmd, const char *const *pair, size_t n, struct quo_ask *ask)
{
    const char *unit = value_of(pair, n, "unit="), *from_zero = value_of(pair, n, "f0"),
               *from_one = value_of(pair, n, "f1");
    double step = 1.0, *mass = calloc(QUO_ASK_COUNTS, sizeof *mass);
    if (!mass)
        return quo_cmd_finish(cmd, QUO_MACHINE);
    int code = 0;
    if ((!from_zero == !from_one) || n != (size_t)(unit ? 2 : 1))
        code = quo_cmd_usage(
            cmd, "--severity empirical wants a unit and the probabilities of 1, 2, .. units (or from 0 on): "
                 "empirical:unit=25,f1=0.15/0.2/0.65");
    else if (unit && !quo_cmd_real(cmd, "--severity: unit", unit, 1e-300, 1e300, &step))
        code = 2;
    else {
        const size_t count = numbers(cmd, "--severity", from_zero ? from_zero : from_one, mass, QUO_ASK_COUNTS),
                     first = from_zero ? 0 : 1;
        double sum = 0.0;
        for (size_t k = 0; k < count; k++)
            sum += mass[k];
        if (count == 0)
            code = 2;
        else if (fabs(sum - 1.0) > 1e-9)
            code = quo_cmd_usage(cmd, "--severity: the probabilities add up to %.12g, not to 1", sum);
        else if (quo_lattice_new(step, first + count, &ask->points) != QUO_OK)
            code = quo_cmd_finish(cmd, QUO_MACHINE);
        else
            memcpy(ask->points.mass + first, mass, count * sizeof *mass);
    }
    free(mass);
    ask->contract.points = &ask->points;
    return code;
}

static int read_severity(struct quo_cmd *cmd, const char *text, struct quo_ask *ask)
{
    const char *pair[PAIRS];
    size_t n;
    char *copy = cut(text, pair, &n);
    if (!copy || n > PAIRS)
        return not_cut(cmd, "--severity", copy);
    ask->severity = text;
    int code;
    if (strcmp(copy, "empirical") == 0) {
        quo_lattice_free(&ask->points);
        code = read_points(cmd, pair, n, ask);
    } else {
        const enum quo_status status = quo_severity_parse(copy, pair, n, &ask->contract.event.severity, &cmd->faults);
        code = status == QUO_OK ? 0 : quo_cmd_finish(cmd, status);
    }
    free(copy);
    return code;
}

static int read_result(struct quo_cmd *cmd, enum quo_ask_quantity quantity, const char *text, struct quo_ask *ask)
{
    if (ask->results == QUO_ASK_RESULTS)
        return quo_cmd_usage(cmd, "more than %d numbers asked for at once", QUO_ASK_RESULTS);
    struct quo_ask_result *r = &ask->result[ask->results++];
    *r = (struct quo_ask_result){.quantity = quantity, .text = text};
    if (quantity == QUO_ASK_DISTORTION)
        return quo_distortion_parse(text, &r->distortion, &cmd->faults) ? 0 : quo_cmd_finish(cmd, QUO_USAGE);
    char option[32] = "--";
    strcat(option, quo_ask_names[quantity]);
    const bool level = quantity == QUO_ASK_VAR || quantity == QUO_ASK_TVAR;
    return quo_cmd_real(cmd, option, text, 0.0, level ? 1.0 - 1e-12 : 1e300, &r->at) ? 0 : 2;
}

static int read_method(struct quo_cmd *cmd, const char *text, struct quo_ask *ask)
{
    if (strcmp(text, "fft") == 0)
        ask->options.method = QUO_ANNUAL_FFT;
    else if (strcmp(text, "panjer") == 0)
        ask->options.method = QUO_ANNUAL_PANJER;
    else if (strcmp(text, "simulation") == 0)
        ask->simulation = true;
    else
        return quo_cmd_usage(cmd, "--method takes fft, panjer or simulation, not '%s'", text);
    return 0;
}

static int read_reinstatements(struct quo_cmd *cmd, const char *text, struct quo_ask *ask)
{
    ask->reinstated = true;
    if (strcmp(text, "none") == 0)
        return 0;
    ask->reinstatements = numbers(cmd, "--reinstatements", text, ask->rate, QUO_ASK_REINSTATEMENTS);
    return ask->reinstatements ? 0 : 2;
}

/* One option; returns an exit status, 0 to go on. */
static int read_option(struct quo_cmd *cmd, int opt, const char *text, struct quo_ask *ask)
{
    struct quo_contract *c = &ask->contract;
    int64_t whole;
    switch (opt) {
    case OPT_FREQUENCY:
        return read_frequency(cmd, text, ask);
    case OPT_SEVERITY:
        return read_severity(cmd, text, ask);
    case OPT_LIMIT:
        return quo_cmd_real(cmd, "--limit", text, 1e-300, 1e300, &c->event.limit) ? 0 : 2;
    case OPT_DEDUCTIBLE:
        return quo_cmd_real(cmd, "--deductible", text, 0.0, 1e300, &c->event.attach) ? 0 : 2;
    case OPT_SHARE:
        return quo_cmd_real(cmd, "--share", text, 1e-9, 1.0, &c->event.share) ? 0 : 2;
    case OPT_ANNUAL_LIMIT:
        return quo_cmd_real(cmd, "--annual-limit", text, 1e-300, 1e300, &c->annual_limit) ? 0 : 2;
    case OPT_ANNUAL_DEDUCTIBLE:
        return quo_cmd_real(cmd, "--annual-deductible", text, 0.0, 1e300, &c->annual_deductible) ? 0 : 2;
    case OPT_REINSTATEMENTS:
        return read_reinstatements(cmd, text, ask);
    case OPT_METHOD:
        return read_method(cmd, text, ask);
    case OPT_POINTS:
        if (!quo_cmd_whole(cmd, "--points", text, 16, 1 << 22, &whole))
            return 2;
        ask->options.points = (size_t)whole;
        return 0;
    case OPT_TOLERANCE:
        return quo_cmd_real(cmd, "--tolerance", text, 1e-10, 0.1, &ask->options.tolerance) ? 0 : 2;
    case OPT_RULE:
        ask->rule = text;
        return 0;
    case OPT_STEP:
        return quo_cmd_real(cmd, "--step", text, 1e-300, 1e300, &ask->step) ? 0 : 2;
    case OPT_TOP:
        return quo_cmd_real(cmd, "--top", text, 1e-300, 1e300, &ask->top) ? 0 : 2;
    case OPT_SEED:
        if (!quo_cmd_whole(cmd, "--seed", text, 0, INT64_MAX, &whole))
            return 2;
        ask->seed = (uint64_t)whole;
        return 0;
    case OPT_YEARS:
        if (!quo_cmd_whole(cmd, "--years", text, 100, 100000000, &whole))
            return 2;
        ask->years = (size_t)whole;
        return 0;
    default:
        break;
    }
    if (opt >= OPT_RESULT && opt <= OPT_RESULT + QUO_ASK_DISTORTION)
        return read_result(cmd, (enum quo_ask_quantity)(opt - OPT_RESULT), text, ask);
    return quo_cmd_option(cmd, opt) ? 0 : quo_cmd_usage(cmd, "unknown option or missing value");
}

/* The severity on the step asked for, by the textbook's rule: from then on it is one of given points, after event terms. */
static int by_rule(struct quo_cmd *cmd, struct quo_ask *ask)
{
    static const char *const names[] = {"upper", "lower", "rounding", "unbiased", "unbiased-capped"};
    size_t rule = 0;
    while (rule < 5 && strcmp(names[rule], ask->rule) != 0)
        rule++;
    if (rule == 5)
        return quo_cmd_usage(
            cmd, "--discretisation takes upper, lower, rounding, unbiased or unbiased-capped, not '%s'", ask->rule);
    if (ask->contract.points)
        return quo_cmd_usage(cmd, "--discretisation: an empirical severity stands on its points already");
    const double cells = round(ask->top / ask->step);
    if (!(ask->step > 0.0) || !(cells >= 1.0 && cells <= 1e7) || fabs(cells * ask->step - ask->top) > 1e-9 * ask->top)
        return quo_cmd_usage(cmd, "--discretisation wants --step and --top, a whole number of steps (at most 10^7)");
    struct quo_layer *event = &ask->contract.event;
    const enum quo_status status =
        quo_layer_discretise_rule(event, ask->step, ask->top, (enum quo_layer_rule)rule, &ask->points);
    if (status != QUO_OK)
        return quo_cmd_finish(cmd, status);
    ask->contract.points = &ask->points;
    event->attach = 0.0;
    event->limit = INFINITY;
    event->share = 1.0;
    return 0;
}

/* What only the options together can get wrong. */
static int check_together(struct quo_cmd *cmd, struct quo_ask *ask)
{
    struct quo_contract *c = &ask->contract;
    if (!ask->frequency || !ask->severity)
        return quo_cmd_usage(cmd, "--frequency and --severity are both needed");
    if (ask->reinstated) {
        const double cover = c->event.limit * c->event.share * (double)(ask->reinstatements + 1);
        if (isinf(cover))
            return quo_cmd_usage(cmd, "--reinstatements needs --limit: it is the limit that is reinstated");
        if (isfinite(c->annual_limit) && fabs(c->annual_limit - cover) > 1e-9 * cover)
            return quo_cmd_usage(
                cmd,
                "--annual-limit %.12g contradicts %zu reinstatements of the limit: together they pay %.12g at most",
                c->annual_limit, ask->reinstatements, cover);
        c->annual_limit = cover;
    }
    if (ask->simulation && (ask->options.points || ask->rule))
        return quo_cmd_usage(cmd, "a simulation has no grid: --points and --discretisation do not go with it");
    for (size_t i = 0; i < ask->results; i++)
        if (ask->simulation && (ask->result[i].quantity == QUO_ASK_DENSITY || ask->result[i].quantity == QUO_ASK_MASS))
            return quo_cmd_usage(cmd, "--%s does not go with a simulation", quo_ask_names[ask->result[i].quantity]);
    if (!ask->rule && (ask->step > 0.0 || ask->top > 0.0))
        return quo_cmd_usage(cmd, "--step and --top say where a --discretisation puts the severity: by which rule?");
    if (ask->rule) {
        const int code = by_rule(cmd, ask);
        if (code)
            return code;
    }
    const char *why = quo_contract_invalid(c);
    return why ? quo_cmd_usage(cmd, "%s", why) : 0;
}

bool quo_ask_read(struct quo_cmd *cmd, int argc, char **argv, struct quo_ask *ask, int *code)
{
    *ask = (struct quo_ask){.seed = 1, .years = 100000};
    quo_contract_init(&ask->contract);
    quo_annual_options_init(&ask->options);
    *code = 0;
    for (int opt; *code == 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (opt == '?')
            *code = quo_cmd_unknown(cmd, argv[optind - 1], options);
        else
            *code = read_option(cmd, opt, optarg, ask);
        if (*code == 0 && cmd->help) {
            *code = quo_cmd_help(cmd);
            return false;
        }
    }
    if (*code == 0 && optind < argc)
        *code = quo_cmd_usage(cmd, "takes options only, not '%s'", argv[optind]);
    if (*code == 0)
        *code = check_together(cmd, ask);
    return *code == 0;
}

void quo_ask_free(struct quo_ask *ask) { quo_lattice_free(&ask->points); }
