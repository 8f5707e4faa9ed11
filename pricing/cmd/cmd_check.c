/* quorate check: does each file hold what its kind asks for? */
#include "pricing/cmd/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "pricing/cmd/checkkind.h"
#include "risk/controls/catalogue.h"
#include "risk/defaults.h"

const char quo_usage_check[] =
    "usage: quorate check [--catalogue FILE] FILE...\n\n"
    "Says of each file what kind of input it is, told by its content, and everything that is wrong with it.\n"
    "Kinds: policy, protocol, plan, catalogue, market, model, authority, effort, dependence, reinsurance, scenarios\n"
    "(libconfig); incidents, aggregates, outages, outage windows, and the book's protocols and policies (CSV). - is\n"
    "standard input.\n\n"
    "  --catalogue FILE   controls and storage classes by which protocols are read; default: the shipped one\n"
    "  --json             {files: [{file, kind, status, summary, faults: [{file, line, text, hint, warning}]}]}\n"
    "  --quiet            no line for good files, no warnings\n\n"
    "Exit status 1 if any file has a fault.\n\n"
    "example: quorate check fixtures/examples/*.cfg\n";

/* The catalogue by which the others are read: --catalogue, or what ships. */
static enum quo_status open_catalogue(const char *path, struct quo_catalogue **out, struct quo_faults *faults)
{
    if (path)
        return quo_catalogue_load(path, out, faults);
    struct quo_config *config = NULL;
    enum quo_status status = quo_default_open(QUO_DEFAULT_CATALOGUE, &config, faults);
    *out = NULL;
    if (status == QUO_OK)
        status = quo_catalogue_read(config, out, faults);
    quo_config_close(config);
    return status;
}

static json_t *faults_json(const struct quo_faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->n; i++) {
        const struct quo_fault *f = &faults->fault[i];
        json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:b}", "file", f->file ? f->file : "", "line",
                                              f->line, "text", f->text ? f->text : "", "hint", f->hint ? f->hint : "",
                                              "warning", f->code == QUO_OK));
    }
    return list;
}

static void print_faults(const struct quo_cmd *cmd, const struct quo_faults *faults)
{
    for (size_t i = 0; i < faults->n; i++) {
        const bool warning = faults->fault[i].code == QUO_OK;
        if (warning && cmd->quiet)
            continue;
        char text[2048];
        quo_fault_format(&faults->fault[i], text, sizeof text);
        fprintf(stderr, "%s%s\n", text, warning ? " (warning)" : "");
    }
}

/* One file: its line on standard output and its faults on standard error, or its entry in the document. */
static int check_one(const struct quo_cmd *cmd, const char *path, const struct quo_catalogue *catalogue, json_t *files)
{
    struct quo_checkkind got;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_checkkind_read(path, catalogue, &got, &faults);
    quo_faults_sort(&faults);
    quo_faults_sum_up(&faults);
    const size_t refusals = quo_faults_told(&faults);
    for (size_t i = 0; i < faults.n; i++)
        if (faults.fault[i].code == QUO_MACHINE)
            got.status = QUO_MACHINE;
    if (got.status != QUO_OK && refusals == 0)
        quo_faults_add(&faults, got.status, path, 0, NULL, "%s", quo_status_text(got.status));
    if (files) {
        json_array_append_new(files, json_pack("{s:s, s:s, s:s, s:s, s:o}", "file", path, "kind", got.kind, "status",
                                               got.status == QUO_OK ? "good" : "refused", "summary", got.summary,
                                               "faults", faults_json(&faults)));
    } else {
        print_faults(cmd, &faults);
        if (got.status != QUO_OK && refusals > 0)
            printf("%s: %s: %zu fault%s\n", path, got.kind, refusals, refusals == 1 ? "" : "s");
        else if (got.status == QUO_OK && !cmd->quiet)
            printf("%s: %s, %s: good\n", path, got.kind, got.summary);
        fflush(stdout);
    }
    quo_faults_free(&faults);
    return got.status == QUO_OK ? 0 : got.status == QUO_MACHINE ? 3 : 1;
}

int quo_cmd_check(struct quo_cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"catalogue", required_argument, NULL, QUO_OPT_OWN}, QUO_CMD_OPTIONS, {0}};
    const char *catalogue_path = NULL;
    for (int opt; (opt = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (opt == QUO_OPT_OWN)
            catalogue_path = optarg;
        else if (!quo_cmd_option(cmd, opt))
            return quo_cmd_unknown(cmd, argv[optind - 1], options);
    }
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (optind == argc)
        return quo_cmd_usage(cmd, "which file? name at least one");
    struct quo_catalogue *catalogue = NULL;
    const enum quo_status status = open_catalogue(catalogue_path, &catalogue, &cmd->faults);
    if (status != QUO_OK)
        return quo_cmd_finish(cmd, status);
    json_t *files = cmd->json ? json_array() : NULL;
    int worst = 0;
    for (int i = optind; i < argc; i++) {
        const int exit_status = check_one(cmd, argv[i], catalogue, files);
        worst = exit_status > worst ? exit_status : worst;
    }
    quo_catalogue_free(catalogue);
    if (files) {
        const int printed = quo_cmd_print_json(cmd, "quorate.check/1", json_pack("{s:o}", "files", files));
        worst = printed > worst ? printed : worst;
    }
    return worst;
}
