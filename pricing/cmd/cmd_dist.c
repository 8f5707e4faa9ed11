/* quorate dist: an actuary's calculator for one severity or frequency family. */
#include "pricing/cmd/cmd.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/stream.h"
#include "risk/base/text.h"
#include "risk/severity/frequency.h"
#include "risk/severity/pairs.h"
#include "risk/severity/severity.h"

const char quo_usage_dist[] =
    "usage: quorate dist FAMILY KEY=VALUE... [OPTIONS]\n"
    "\n"
    "Severity families and their parameters:\n"
    "  exponential   scale                    gamma        shape scale\n"
    "  weibull       shape scale              lognormal    meanlog sdlog\n"
    "  invgauss      mean shape               pareto2      shape scale (Lomax)\n"
    "  burr          shape1 shape2 scale      loglogistic  shape scale\n"
    "  paralogistic  shape scale              gpd          xi beta mu\n"
    "  gb2           shape1 shape2 shape3 scale\n"
    "  spliced       body=FAMILY body.KEY=VALUE... threshold weight xi beta (weight=continuous: no jump there)\n"
    "  mixture       weight1 c1=FAMILY c1.KEY=VALUE... c2=FAMILY c2.KEY=VALUE...\n"
    "  average       weight1 c1=FAMILY c1.KEY=VALUE... weight2 c2=... and so on, up to 10 (weights: in proportion)\n"
    "Frequency families and their parameters:\n"
    "  poisson lambda, negbin size prob, binomial size prob; zm... of each takes p0 too (the probability of none),\n"
    "  zt... of each is never 0; zip and zinb take pi (the share of extra zeros)\n"
    "\n"
    "Options, each as often as wanted, answered in the order given:\n"
    "  --pdf X  --logpdf X      density; of a count its probability\n"
    "  --cdf X  --sf X  --logsf X   P[X <= x], P[X > x] and its log\n"
    "  --quantile P             the x with P[X <= x] = P; of a count the least with at least P\n"
    "  --quantile-upper Q       the x with P[X > x] = Q, also for Q far below 1e-16\n"
    "  --lev X  --stoploss X    E[min(X, x)], E[(X - x)+]\n"
    "  --moment K               E[X^K]; any real K, of a count a whole one from 0 to 20\n"
    "  --tvar P                 the mean of the worst share 1 - P\n"
    "Without any of them: the mean, five quantiles and a TVaR.\n"
    "  --sample N --seed S      N draws (1 to 10000000; seed 1 unless given); the same for every N in what they share\n"
    "  --json --quiet --help\n"
    "\n"
    "example: quorate dist spliced body=lognormal body.meanlog=12 body.sdlog=2 threshold=2e6 weight=0.2 xi=0.9 "
    "beta=3e6 \\\n"
    "           --quantile 0.99 --lev 5e7\n";

enum quantity {
    PDF,
    LOGPDF,
    CDF,
    SF,
    LOGSF,
    QUANTILE,
    QUANTILE_UPPER,
    LEV,
    STOPLOSS,
    MOMENT,
    TVAR,
    QUANTITIES,
    SAMPLE = QUANTITIES,
    SEED
};

static const struct option options[] = {{"pdf", required_argument, NULL, QUO_OPT_OWN + PDF},
                                        {"logpdf", required_argument, NULL, QUO_OPT_OWN + LOGPDF},
                                        {"cdf", required_argument, NULL, QUO_OPT_OWN + CDF},
                                        {"sf", required_argument, NULL, QUO_OPT_OWN + SF},
                                        {"logsf", required_argument, NULL, QUO_OPT_OWN + LOGSF},
                                        {"quantile", required_argument, NULL, QUO_OPT_OWN + QUANTILE},
                                        {"quantile-upper", required_argument, NULL, QUO_OPT_OWN + QUANTILE_UPPER},
                                        {"lev", required_argument, NULL, QUO_OPT_OWN + LEV},
                                        {"stoploss", required_argument, NULL, QUO_OPT_OWN + STOPLOSS},
                                        {"moment", required_argument, NULL, QUO_OPT_OWN + MOMENT},
                                        {"tvar", required_argument, NULL, QUO_OPT_OWN + TVAR},
                                        {"sample", required_argument, NULL, QUO_OPT_OWN + SAMPLE},
                                        {"seed", required_argument, NULL, QUO_OPT_OWN + SEED},
                                        QUO_CMD_OPTIONS,
                                        {NULL, 0, NULL, 0}};

#define MOST_SAMPLE 10000000
#define PURPOSE_SAMPLE 1

struct question {
    enum quantity quantity;
    double at;
};

struct job {
    bool is_count;
    struct quo_severity severity;
    struct quo_frequency frequency;
    const char *family;        /* as asked for */
    const char **key_value;    /* key_value[n_pairs], into argv */
    struct question *question; /* question[n] */
    size_t n_pairs, n;
    int64_t sample, seed;
};

/* ---- what was asked ---- */

static bool read_question(const struct quo_cmd *cmd, struct job *job, enum quantity quantity, const char *text)
{
    char name[32];
    snprintf(name, sizeof name, "--%s", options[quantity].name);
    if (quantity == SAMPLE)
        return quo_cmd_whole(cmd, name, text, 1, MOST_SAMPLE, &job->sample);
    if (quantity == SEED)
        return quo_cmd_whole(cmd, name, text, 0, INT64_MAX, &job->seed);
    const bool share = quantity == QUANTILE || quantity == QUANTILE_UPPER || quantity == TVAR;
    job->question[job->n].quantity = quantity;
    return quo_cmd_real(cmd, name, text, share ? 0.0 : -HUGE_VAL, share ? 1.0 : HUGE_VAL, &job->question[job->n++].at);
}

/* Fills the job's words; returns 0, or the exit status of a fault. */
static int read_words(struct quo_cmd *cmd, int argc, char **argv, struct job *job)
{
    for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (opt == '?')
            return quo_cmd_unknown(cmd, argv[optind - 1], options);
        if (!quo_cmd_option(cmd, opt) && !read_question(cmd, job, (enum quantity)(opt - QUO_OPT_OWN), optarg))
            return 2;
    }
    if (cmd->help)
        return 0;
    if (optind >= argc)
        return quo_cmd_usage(cmd, "which family? 'quorate dist lognormal meanlog=7 sdlog=1.5 --quantile 0.99'");
    job->family = argv[optind++];
    for (; optind < argc; optind++)
        job->key_value[job->n_pairs++] = argv[optind];
    return 0;
}

static bool is_frequency(const char *name)
{
    for (size_t i = 0; quo_frequency_name(i); i++)
        if (strcmp(quo_frequency_name(i), name) == 0)
            return true;
    return false;
}

/* The law itself, with the nearest family over both kinds if there is none of that name. */
static enum quo_status read_law(struct quo_cmd *cmd, struct job *job)
{
    enum quo_family family;
    job->is_count = is_frequency(job->family);
    if (job->is_count)
        return quo_frequency_parse(job->family, job->key_value, job->n_pairs, &job->frequency, &cmd->faults);
    if (quo_family_by_name(job->family, &family) || strcmp(job->family, "splice") == 0)
        return quo_severity_parse(job->family, job->key_value, job->n_pairs, &job->severity, &cmd->faults);
    const char *known[64];
    size_t n = 0;
    for (int i = 0; i < QUO_FAMILIES; i++)
        known[n++] = quo_family_name((enum quo_family)i);
    for (size_t i = 0; quo_frequency_name(i) && n < 64; i++)
        known[n++] = quo_frequency_name(i);
    const int near = quo_text_nearest(job->family, known, n);
    char hint[64] = "'quorate help dist' lists them";
    if (near >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", known[near]);
    return quo_faults_add(&cmd->faults, QUO_USAGE, "", 0, hint, "unknown family '%s'", job->family);
}

/* Without questions: where the law lies and how heavy its tail is. */
static void usual_questions(struct job *job)
{
    static const struct question usual[] = {{MOMENT, 1.0},    {QUANTILE, 0.05},  {QUANTILE, 0.5}, {QUANTILE, 0.95},
                                            {QUANTILE, 0.99}, {QUANTILE, 0.999}, {TVAR, 0.99}};
    memcpy(job->question, usual, sizeof usual);
    job->n = sizeof usual / sizeof *usual;
}
#define USUAL 7

/* ---- the answers ---- */

static double severity_answer(const struct question *q, const struct quo_severity *s)
{
    switch (q->quantity) {
    case PDF:
        return quo_severity_pdf(q->at, s);
    case LOGPDF:
        return quo_severity_logpdf(q->at, s);
    case CDF:
        return quo_severity_P(q->at, s);
    case SF:
        return quo_severity_Q(q->at, s);
    case LOGSF:
        return quo_severity_logQ(q->at, s);
    case QUANTILE:
        return quo_severity_Pinv(q->at, s);
    case QUANTILE_UPPER:
        return quo_severity_Qinv(q->at, s);
    case LEV:
        return quo_severity_lev(q->at, 1.0, s);
    case STOPLOSS:
        return quo_severity_stoploss(q->at, s);
    case MOMENT:
        return quo_severity_moment(q->at, s);
    default:
        return quo_severity_tvar(q->at, s);
    }
}

/* The greatest count not above x, as far as counts go. */
static int64_t count_at(double x) { return x >= 9e15 ? INT64_C(9000000000000000) : x < 0.0 ? -1 : (int64_t)floor(x); }

static double count_value(int64_t k) { return k == INT64_MAX ? INFINITY : (double)k; }

static double frequency_answer(const struct question *q, const struct quo_frequency *f)
{
    const int64_t k = count_at(q->at);
    const bool whole = q->at == floor(q->at);
    switch (q->quantity) {
    case PDF:
        return whole ? quo_frequency_pmf(k, f) : 0.0;
    case LOGPDF:
        return whole ? quo_frequency_logpmf(k, f) : -INFINITY;
    case CDF:
        return quo_frequency_P(k, f);
    case SF:
        return quo_frequency_Q(k, f);
    case LOGSF:
        return quo_frequency_logQ(k, f);
    case QUANTILE:
        return count_value(quo_frequency_Pinv(q->at, f));
    case QUANTILE_UPPER:
        return count_value(quo_frequency_Qinv(q->at, f));
    case LEV:
        return quo_frequency_lev(q->at, f);
    case STOPLOSS:
        return quo_frequency_stoploss(q->at, f);
    case MOMENT:
        return quo_frequency_moment((int)q->at, f);
    default: {
        const double quantile = count_value(quo_frequency_Pinv(q->at, f));
        return q->at == 1.0 ? quantile : quantile + quo_frequency_stoploss(quantile, f) / (1.0 - q->at);
    }
    }
}

static double answer(const struct question *q, const struct job *job)
{
    const double value = job->is_count ? frequency_answer(q, &job->frequency) : severity_answer(q, &job->severity);
    return value + 0.0; /* -0 means 0 */
}

static double draw(int64_t i, const struct job *job)
{
    struct quo_stream stream = quo_stream_at((uint64_t)job->seed, (uint64_t)i, 0, PURPOSE_SAMPLE);
    return job->is_count ? (double)quo_frequency_draw(&stream, &job->frequency)
                         : quo_severity_draw(&stream, &job->severity);
}

/* A count's moments of broken or high order have no closed form here; say so before anything is printed. */
static int check_orders(const struct quo_cmd *cmd, const struct job *job)
{
    for (size_t i = 0; job->is_count && i < job->n; i++) {
        const double at = job->question[i].at;
        if (job->question[i].quantity == MOMENT && !(at >= 0.0 && at <= QUO_FREQUENCY_MOST_ORDER && at == floor(at)))
            return quo_cmd_usage(cmd, "--moment of a count takes a whole number from 0 to %d, not %.10g",
                                 QUO_FREQUENCY_MOST_ORDER, at);
    }
    return 0;
}

static void describe(const struct job *job, char *buffer, size_t size)
{
    if (!job->is_count) {
        quo_severity_format(&job->severity, buffer, size);
        return;
    }
    /* As given: a share of extra zeros stays one, although the law is kept as zero-modified. */
    size_t length = quo_pairs_append(buffer, size, 0, job->family);
    for (size_t i = 0; i < job->n_pairs; i++) {
        char key[32];
        double value;
        const char *equals = strchr(job->key_value[i], '=');
        snprintf(key, sizeof key, "%.*s", (int)(equals - job->key_value[i]), job->key_value[i]);
        if (quo_text_real(equals + 1, &value))
            length = quo_pairs_append_number(buffer, size, length, key, value);
    }
}

static void print_table(const struct job *job, const char *law)
{
    printf("%s\n\n%-14s %18s %18s\n", law, "quantity", "at", "value");
    for (size_t i = 0; i < job->n; i++) {
        const struct question *q = &job->question[i];
        printf("%-14s %18.10g %18.10g\n", options[q->quantity].name, q->at, answer(q, job));
    }
}

static void print_sample(const struct job *job)
{
    char text[32];
    for (int64_t i = 0; i < job->sample; i++) {
        const double x = draw(i, job);
        if (job->is_count)
            printf("%.0f\n", x);
        else if (quo_text_from_real(x, text))
            puts(text);
    }
}

/* JSON has no infinity and no NaN: the first is told as text, the second cannot be told. */
static json_t *json_number(double x)
{
    if (isnan(x))
        return json_null();
    return isinf(x) ? json_string(x > 0.0 ? "inf" : "-inf") : json_real(x);
}

static json_t *json_parameters(char *law)
{
    json_t *parameters = json_object();
    strtok(law, " "); /* the family */
    for (char *pair; (pair = strtok(NULL, " "));) {
        double x;
        char *value = strchr(pair, '=');
        if (!value)
            continue;
        *value++ = '\0';
        json_object_set_new(parameters, pair, quo_text_real(value, &x) ? json_real(x) : json_string(value));
    }
    return parameters;
}

static int print_json(struct quo_cmd *cmd, const struct job *job, char *law)
{
    json_t *results = json_array();
    for (size_t i = 0; i < job->n; i++) {
        const struct question *q = &job->question[i];
        json_array_append_new(results, json_pack("{s:s, s:f, s:o}", "quantity", options[q->quantity].name, "at", q->at,
                                                 "value", json_number(answer(q, job))));
    }
    json_t *document =
        json_pack("{s:s, s:o, s:o}", "family", job->is_count ? job->family : quo_family_name(job->severity.family),
                  "parameters", json_parameters(law), "results", results);
    if (document && job->sample > 0) {
        json_t *sample = json_array();
        for (int64_t i = 0; i < job->sample; i++)
            json_array_append_new(sample, json_number(draw(i, job)));
        json_object_set_new(document, "seed", json_integer(job->seed));
        json_object_set_new(document, "sample", sample);
    }
    return quo_cmd_print_json(cmd, "quorate.dist/1", document);
}

int quo_cmd_dist(struct quo_cmd *cmd, int argc, char **argv)
{
    struct job job = {.seed = 1};
    char law[QUO_SEVERITY_TEXT];
    int code = 3;
    job.key_value = calloc((size_t)argc + 1, sizeof *job.key_value);
    job.question = calloc((size_t)argc + USUAL, sizeof *job.question);
    if (!job.key_value || !job.question) {
        code = quo_cmd_finish(cmd, QUO_MACHINE);
        goto done;
    }
    code = read_words(cmd, argc, argv, &job);
    if (code != 0)
        goto done;
    if (cmd->help) {
        code = quo_cmd_help(cmd);
        goto done;
    }
    const enum quo_status status = read_law(cmd, &job);
    if (status != QUO_OK) {
        code = quo_cmd_finish(cmd, status);
        goto done;
    }
    code = check_orders(cmd, &job);
    if (code != 0)
        goto done;
    if (job.n == 0 && job.sample == 0)
        usual_questions(&job);
    describe(&job, law, sizeof law);
    if (cmd->json) {
        code = print_json(cmd, &job, law);
        goto done;
    }
    if (job.n > 0)
        print_table(&job, law);
    if (job.n > 0 && job.sample > 0)
        putchar('\n');
    print_sample(&job);
done:
    free(job.key_value);
    free(job.question);
    return code;
}
