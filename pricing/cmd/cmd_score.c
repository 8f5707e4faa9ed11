/* quorate score: the controls of a protocol, against the market. */
#include "pricing/cmd/enginefiles.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policies/policy.h"
#include "pricing/desk/answerbook.h"
#include "pricing/desk/scorejson.h"
#include "pricing/desk/scorereport.h"
#include "pricing/engine.h"
#include "pricing/portfolio/ties.h"
#include "risk/controls/answersheet.h"
#include "risk/controls/protocol_check.h"
#include "risk/hazard.h"

const char quo_usage_score[] =
    "usage: quorate score [OPTIONS] PROTOCOL.cfg...\n"
    "       quorate score --questionnaire FILE.csv|FILE.xlsx [PROTOCOL.cfg]\n"
    "\n"
    "Scores the controls of a protocol, or of the protocol in a policy: by domain and peril, with "
    "the relativities that a price\n"
    "uses, what each mechanism does, who the signers hang on, what refers or declines, and which "
    "question to ask first: of a\n"
    "policy by the premium that the best answer could save, of a protocol alone by the expected loss.\n"
    "\n"
    QUO_HELP_MODEL_FILES
    "  --questionnaire FILE  writes the questions, with the criteria of each level, for a client to "
    "fill in: a CSV sheet (- is\n"
    "                     standard output), or a workbook if FILE ends in .xlsx; with a protocol, "
    "its answers are filled in;\n"
    "                     nothing is scored\n"
    "  --answers FILE.csv  takes a filled sheet's answers in place of the protocol's own\n"
    "  --json             everything at full precision; several files give {scores: [...]}\n"
    "  --quiet            no warnings\n"
    "\n"
    "example: quorate score fixtures/examples/bridge.protocol.cfg\n";

struct request {
    struct quo_engine_files files;
    const char *questionnaire, *answers;
};

enum { OPT_QUESTIONNAIRE = QUO_OPT_OWN, OPT_ANSWERS };

/* 0 to go on, else the exit status plus one. */
static int parse(struct quo_cmd *cmd, int argc, char **argv, struct request *request)
{
    static const struct option options[] = {QUO_CMD_MODEL_FILES,
                                            {"questionnaire", required_argument, NULL, OPT_QUESTIONNAIRE},
                                            {"answers", required_argument, NULL, OPT_ANSWERS},
                                            QUO_CMD_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (quo_cmd_engine_file(opt, optarg, &request->files))
            continue;
        if (opt == OPT_QUESTIONNAIRE)
            request->questionnaire = optarg;
        else if (opt == OPT_ANSWERS)
            request->answers = optarg;
        else if (!quo_cmd_option(cmd, opt))
            return 1 + quo_cmd_unknown(cmd, argv[optind - 1], options);
    }
    return 0;
}

/* What was read: a protocol of its own, or a policy that owns one. */
struct subject {
    struct quo_config *config;
    struct quo_policy *policy;
    struct quo_protocol *own;
    const struct quo_protocol *protocol;
    int day; /* weights speak of */
};

static enum quo_status subject_read(const char *path, const struct quo_engine *engine, struct quo_faults *faults,
                                    struct subject *out)
{
    enum quo_status status = quo_config_open(path, &out->config, faults);
    if (status)
        return status;
    const struct quo_setting *root = quo_config_root(out->config);
    out->day = engine->model->trend_until_day;
    if (quo_setting_has(root, "policy")) {
        status = quo_policy_read(out->config, engine->catalogue, &out->policy, faults);
        if (status == QUO_OK) {
            out->protocol = out->policy->protocol;
            out->day = out->policy->inception;
            quo_engine_check_term(engine, out->config, out->policy);
        }
        return status;
    }
    const struct quo_setting *group = quo_setting_group(root, "protocol", true);
    status = group ? quo_protocol_read(group, engine->catalogue, &out->own, faults) : QUO_REFUSED;
    const enum quo_status finish = quo_config_finish(out->config);
    out->protocol = out->own;
    return status ? status : finish;
}

static void subject_free(struct subject *subject)
{
    quo_policy_free(subject->policy);
    quo_protocol_free(subject->own);
    quo_config_close(subject->config);
}

static json_t *domains_of(const struct quo_score *score, const struct quo_catalogue *catalogue)
{
    json_t *factors = json_array();
    for (size_t i = 0; i < score->n_domains; i++)
        json_array_append_new(factors, json_pack("{s:s, s:o}", "id", catalogue->domain[score->domain[i].domain].id,
                                                 "factor", quo_scorejson_number(score->domain[i].factor)));
    return factors;
}

/* Own incidents against the modelled rate, as the price takes them. */
static struct quo_own_record record_of(const struct quo_protocol *p, const struct quo_hazard *hazard)
{
    struct quo_own_record out = {.known = p->has_history, .years = p->history_years, .incidents = p->history_incidents};
    for (int k = 0; out.known && k < QUO_COVERED_PERILS; k++)
        if (hazard[k].present && !quo_peril_in_hours((enum quo_peril)k)) {
            out.factor = hazard[k].experience;
            out.expected += hazard[k].rate / hazard[k].experience * out.years;
        }
    return out;
}

/* The rates of a price, and what of them comes through others: the book's own split. */
struct rates {
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_ties ties;
    struct quo_shared_risk shared;
};

static enum quo_status rates_of(const struct quo_score *score, const struct subject *subject,
                                const struct quo_engine *engine, struct rates *out)
{
    struct quo_dependence dependence;
    enum quo_status status = quo_hazard_laws(engine->model, subject->protocol, score, subject->day, -1, out->hazard);
    if (status)
        return status;
    quo_dependence_init(&dependence);
    status =
        quo_ties_find(engine->catalogue, engine->model, &dependence, subject->protocol, score, out->hazard, &out->ties);
    out->shared = (struct quo_shared_risk){record_of(subject->protocol, out->hazard), &out->ties, out->hazard, NULL};
    return status;
}

/* Of a policy: its premium, and under the best and the worst answer to each question, by the draws of a what-if. Where it has none, a warning. */
static enum quo_status premiums_of(const char *path, const struct subject *subject, const struct quo_engine *engine,
                                   struct quo_faults *faults, struct quo_premiums *out, struct rates *rates)
{
    struct quo_quote_options options;
    quo_quote_options_init(&options);
    const enum quo_status status = quo_worth_alone(engine, subject->policy, options.draws, options.seed, &out->worth);
    if (status == QUO_OK) {
        out->currency = subject->policy->currency;
        out->term_years = subject->policy->term_days / 365.0;
        rates->shared.premiums = out;
        return QUO_OK;
    }
    if (status != QUO_DOMAIN && status != QUO_NOT_CONVERGED)
        return status;
    quo_faults_add(faults, QUO_OK, path, 0, "quote tells why", "the policy cannot be priced: questions are ranked by expected loss");
    return QUO_OK;
}

static json_t *record_json(const struct quo_own_record *record)
{
    if (!record->known)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o}", "years", quo_scorejson_number(record->years), "incidents",
                     quo_scorejson_number(record->incidents), "expected", quo_scorejson_number(record->expected),
                     "factor", quo_scorejson_number(record->factor));
}

static json_t *document(const struct quo_score *score, const struct subject *subject, const struct quo_engine *engine,
                        const struct rates *rates)
{
    const struct quo_premiums *premiums = rates->shared.premiums;
    json_t *inputs = json_array();
    for (size_t i = 0; i < quo_config_files(subject->config); i++)
        json_array_append_new(inputs, json_pack("{s:s, s:s}", "file", quo_config_file_path(subject->config, i),
                                                "sha256", quo_config_file_sha256(subject->config, i)));
    for (size_t i = 0; i < engine->n_inputs; i++)
        json_array_append_new(
            inputs, json_pack("{s:s, s:s}", "file", engine->input[i].file, "sha256", engine->input[i].sha256));
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "protocol_id", subject->protocol->id,
        "catalogue_id", engine->catalogue->id, "market_id", engine->market->id, "exposure_usd",
        quo_scorejson_number(subject->protocol->exposure_usd), "expected_loss", quo_scorejson_number(score->loss), "premium", quo_scoreworth_premium_json(premiums), "score", quo_scorejson_score(score, engine->catalogue),
        "signer_sets", quo_scorejson_signer_sets(score, subject->protocol), "perils",
        quo_scorejson_perils(score, engine->catalogue), "domain_factors", domains_of(score, engine->catalogue),
        "controls", quo_scoreworth_controls_json(score, subject->protocol, engine->catalogue, premiums), "ranked_by",
        premiums ? "premium" : "expected_loss", "questions",
        quo_scoreworth_questions_json(score, engine->catalogue, premiums), "unknown_as_market", quo_scorejson_as_market(score),
        "vendors", quo_scorejson_vendors(&rates->ties, rates->hazard), "own_record", record_json(&rates->shared.record),
        "inputs", inputs);
}

/* Answers of a sheet may contradict what the protocol writes out: what was not told of its own answers is told now. */
static enum quo_status check_again(const struct subject *subject, const struct quo_engine *engine, struct quo_faults *told)
{
    struct quo_faults now;
    struct quo_config *copy = NULL;
    quo_faults_init(&now);
    const enum quo_status status = quo_config_copy(subject->config, &copy, &now);
    if (status == QUO_OK) {
        const struct quo_setting *root = quo_config_root(copy);
        quo_protocol_check(
            subject->protocol, engine->catalogue,
            quo_setting_child(subject->policy ? quo_setting_child(root, "policy") : root, "protocol"));
    }
    const size_t before = told->n;
    for (size_t i = 0; i < now.n; i++) {
        const struct quo_fault *fault = &now.fault[i];
        bool known = false;
        for (size_t k = 0; k < before && !known; k++)
            known = told->fault[k].line == fault->line && strcmp(told->fault[k].text, fault->text) == 0;
        if (!known)
            quo_faults_add(told, fault->code, fault->file, fault->line, fault->hint, "%s", fault->text);
    }
    quo_config_close(copy);
    quo_faults_free(&now);
    return status;
}

static enum quo_status score_one(struct quo_cmd *cmd, const char *path, const struct quo_engine *engine,
                                 const struct request *request, json_t *documents, bool first)
{
    struct subject subject = {0};
    struct quo_score *score = NULL;
    double weight[QUO_PERILS];
    enum quo_status status = subject_read(path, engine, &cmd->faults, &subject);
    if (status == QUO_OK && request->answers)
        status = quo_answersheet_read(request->answers, engine->catalogue,
                                      subject.policy ? subject.policy->protocol : subject.own, &cmd->faults);
    if (status == QUO_OK && request->answers)
        status = check_again(&subject, engine, &cmd->faults);
    if (status == QUO_OK) {
        quo_hazard_weights(engine->model, subject.protocol->exposure_usd, subject.day, weight);
        status = quo_score_valued(subject.protocol, engine->scale, weight, engine->model, subject.day,
                                  QUO_SCORE_CONTROLS | QUO_SCORE_SETS | QUO_SCORE_DOMAINS, &score);
        if (status == QUO_DOMAIN)
            status =
                quo_faults_add(&cmd->faults, QUO_REFUSED, path, 0, "look at rates, shares and delays at their extremes",
                               "a mechanism of this protocol has no finite result");
    }
    struct rates rates = {0};
    struct quo_premiums premiums = {.currency = NULL};
    if (status == QUO_OK)
        status = rates_of(score, &subject, engine, &rates);
    if (status == QUO_OK && subject.policy)
        status = premiums_of(path, &subject, engine, &cmd->faults, &premiums, &rates);
    if (status == QUO_OK && documents) {
        json_array_append_new(documents, document(score, &subject, engine, &rates));
    } else if (status == QUO_OK) {
        const struct quo_page page = {stdout, quo_cmd_colour()};
        if (!first)
            fputs("\n\n", stdout);
        quo_scorereport_print(&page, score, subject.protocol, engine->catalogue, &rates.shared);
    }
    quo_worth_free(&premiums.worth);
    quo_ties_free(&rates.ties);
    quo_score_free(score);
    subject_free(&subject);
    return status;
}

static bool is_workbook(const char *path)
{
    const size_t n = strlen(path);
    return n > 5 && strcasecmp(path + n - 5, ".xlsx") == 0;
}

/* The sheet needs the catalogue's words alone; the engine reads it with the rest. */
static enum quo_status write_sheet(struct quo_cmd *cmd, const char *path, const struct quo_engine *engine,
                                   const char *sheet)
{
    struct subject subject = {0};
    enum quo_status status = path ? subject_read(path, engine, &cmd->faults, &subject) : QUO_OK;
    if (status == QUO_OK)
        status = is_workbook(sheet) ? quo_answerbook_write(sheet, engine->catalogue, subject.protocol, &cmd->faults)
                                    : quo_answersheet_write(sheet, engine->catalogue, subject.protocol, &cmd->faults);
    subject_free(&subject);
    return status;
}

int quo_cmd_score(struct quo_cmd *cmd, int argc, char **argv)
{
    struct request request = {0};
    const int stop = parse(cmd, argc, argv, &request);
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (stop)
        return stop - 1;
    if (request.questionnaire && argc - optind > 1)
        return quo_cmd_usage(cmd, "--questionnaire: one protocol at most");
    if (optind >= argc && !request.questionnaire)
        return quo_cmd_usage(cmd, "which protocol? Give a file, or - for standard input");
    struct quo_engine *engine = NULL;
    enum quo_status status = quo_engine_new(&request.files, &engine, &cmd->faults);
    if (status)
        return quo_cmd_finish(cmd, status);
    if (request.questionnaire) {
        status = write_sheet(cmd, optind < argc ? argv[optind] : NULL, engine, request.questionnaire);
        quo_engine_free(engine);
        return quo_cmd_finish(cmd, status);
    }
    const bool several = argc - optind > 1;
    json_t *documents = cmd->json ? json_array() : NULL;
    for (int i = optind; i < argc; i++) {
        const enum quo_status one = score_one(cmd, argv[i], engine, &request, documents, i == optind);
        status = status ? status : one;
    }
    quo_engine_free(engine);
    const int code = quo_cmd_finish(cmd, status);
    if (!documents || code != 0) {
        json_decref(documents);
        return code;
    }
    if (several)
        return quo_cmd_print_json(cmd, "quorate.scores/1", json_pack("{s:o}", "scores", documents));
    json_t *one = json_incref(json_array_get(documents, 0));
    json_decref(documents);
    return quo_cmd_print_json(cmd, "quorate.score/1", one);
}
