#include "pricing/cmd/checkkind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policies/plan.h"
#include "policies/policy.h"
#include "pricing/cmd/checktable.h"
#include "pricing/portfolio/disaster.h"
#include "pricing/premium/authority.h"
#include "risk/base/config.h"
#include "pricing/whatif/effort.h"
#include "risk/base/csv.h"
#include "risk/base/date.h"
#include "risk/fitting/aggregates.h"
#include "risk/fitting/incidents.h"
#include "risk/market.h"
#include "risk/model.h"

/* The setting at the top of a file that tells its kind. In this order: a file with two of them is read as the first. */
static const struct {
    const char *setting, *kind;
} roots[] = {
    {"policy", "policy"},       {"protocol", "protocol"},  {"changes", "plan"},
    {"authority", "authority"}, {"controls", "catalogue"}, {"bands", "market"},
    {"profiles", "market"},     {"perils", "model"},       {"effort", "effort"},
    {"dependence", "dependence"}, {"reinsurance", "reinsurance"}, {"scenarios", "scenarios"},
};
#define N_ROOTS (sizeof roots / sizeof *roots)

/* "1 cover", "2 covers". */
static const char *plural(size_t n) { return n == 1 ? "" : "s"; }

static const char *kind_of_config(const struct quo_config *config)
{
    const struct quo_setting *root = quo_config_root(config);
    for (size_t k = 0; k < N_ROOTS; k++)
        for (size_t i = 0; i < quo_setting_length(root); i++) {
            const char *name = quo_setting_name(quo_setting_element(root, i));
            if (name && strcmp(name, roots[k].setting) == 0)
                return roots[k].kind;
        }
    return NULL;
}

static enum quo_status read_policy(struct quo_config *config, const struct quo_catalogue *catalogue, char *summary,
                                   size_t size, struct quo_faults *faults)
{
    struct quo_policy *policy = NULL;
    const enum quo_status status = quo_policy_read(config, catalogue, &policy, faults);
    if (policy) {
        size_t at = (size_t)snprintf(summary, size, "%zu cover%s, ", policy->n_covers, plural(policy->n_covers));
        for (size_t i = 0; i < policy->n_covers && at < size; i++)
            at += (size_t)snprintf(summary + at, size - at, "%s%d", i ? "+" : "",
                                   __builtin_popcount(policy->cover[i].perils));
        if (at < size)
            snprintf(summary + at, size - at, " peril%s",
                     policy->n_covers == 1 && __builtin_popcount(policy->cover[0].perils) == 1 ? "" : "s");
    }
    quo_policy_free(policy);
    return status;
}

static enum quo_status read_protocol(struct quo_config *config, const struct quo_catalogue *catalogue, char *summary,
                                     size_t size, struct quo_faults *faults)
{
    struct quo_protocol *protocol = NULL;
    enum quo_status status =
        quo_protocol_read(quo_setting_group(quo_config_root(config), "protocol", true), catalogue, &protocol, faults);
    const enum quo_status finished = quo_config_finish(config);
    status = status ? status : finished;
    if (protocol) {
        size_t signers = 0;
        for (size_t i = 0; i < protocol->n_signer_sets; i++)
            signers += protocol->signer_set[i].n_signers;
        snprintf(summary, size, "%zu answer%s, %zu signer set%s, %zu signer%s", protocol->n_answers,
                 plural(protocol->n_answers), protocol->n_signer_sets, plural(protocol->n_signer_sets), signers,
                 plural(signers));
    }
    quo_protocol_free(protocol);
    return status;
}

static enum quo_status read_plan(struct quo_config *config, char *summary, size_t size, struct quo_faults *faults)
{
    struct quo_plan *plan = NULL;
    const enum quo_status status = quo_plan_read(config, &plan, faults);
    if (plan)
        snprintf(summary, size, "%zu change%s", plan->n_changes, plural(plan->n_changes));
    quo_plan_free(plan);
    return status;
}

static enum quo_status read_effort(struct quo_config *config, const struct quo_catalogue *catalogue, char *summary,
                                   size_t size, struct quo_faults *faults)
{
    struct quo_effort *effort = NULL;
    const enum quo_status status = quo_effort_read(config, catalogue, &effort, faults);
    if (effort)
        snprintf(summary, size, "%zu class%s", effort->n_classes, effort->n_classes == 1 ? "" : "es");
    quo_effort_free(effort);
    return status;
}

static enum quo_status read_catalogue(struct quo_config *config, char *summary, size_t size, struct quo_faults *faults)
{
    struct quo_catalogue *catalogue = NULL;
    const enum quo_status status = quo_catalogue_read(config, &catalogue, faults);
    if (catalogue)
        snprintf(summary, size, "%zu controls in %zu domains", catalogue->n_controls, catalogue->n_domains);
    quo_catalogue_free(catalogue);
    return status;
}

static enum quo_status read_market(struct quo_config *config, const struct quo_catalogue *catalogue, char *summary,
                                   size_t size, struct quo_faults *faults)
{
    struct quo_market *market = NULL;
    const enum quo_status status = quo_market_read(config, catalogue, &market, faults);
    if (market)
        snprintf(summary, size, "%zu bands, %zu years, %zu profiles", market->n_bands, market->n_years,
                 market->n_profiles);
    quo_market_free(market);
    return status;
}

static enum quo_status read_model(struct quo_config *config, char *summary, size_t size, struct quo_faults *faults)
{
    struct quo_model *model = NULL;
    const enum quo_status status = quo_model_read(config, &model, faults);
    if (model) {
        size_t perils = 0, draws = 0;
        for (int p = 0; p < QUO_PERILS; p++) {
            perils += model->peril[p].present;
            draws = model->peril[p].n_draws > draws ? model->peril[p].n_draws : draws;
        }
        snprintf(summary, size, "%zu perils, %zu draws", perils, draws);
    }
    quo_model_free(model);
    return status;
}

static enum quo_status read_authority(struct quo_config *config, char *summary, size_t size, struct quo_faults *faults)
{
    struct quo_authority *authority = NULL;
    const enum quo_status status = quo_authority_read(config, &authority, faults);
    if (authority)
        snprintf(summary, size, "rules of %s", authority->id);
    quo_authority_free(authority);
    return status;
}

/* What goes with a simulated book is read by its path. */
static enum quo_status read_of_book(const char *path, const char *kind, char *summary, size_t size, struct quo_faults *faults)
{
    enum quo_status status;
    if (strcmp(kind, "dependence") == 0) {
        struct quo_dependence dependence;
        quo_dependence_init(&dependence);
        status = quo_dependence_load(path, &dependence, faults);
        snprintf(summary, size, "%zu link%s", dependence.n_links, plural(dependence.n_links));
    } else if (strcmp(kind, "reinsurance") == 0) {
        struct quo_treaties *treaties = NULL;
        status = quo_treaties_load(path, &treaties, faults);
        if (treaties)
            snprintf(summary, size, "%zu treat%s", treaties->n, treaties->n == 1 ? "y" : "ies");
        quo_treaties_free(treaties);
    } else {
        struct quo_scenarios *scenarios = NULL;
        status = quo_scenarios_load(path, &scenarios, faults);
        if (scenarios)
            snprintf(summary, size, "%zu scenario%s", scenarios->n, plural(scenarios->n));
        quo_scenarios_free(scenarios);
    }
    return status;
}

static enum quo_status unknown_config(struct quo_config *config, const char *path, struct quo_faults *faults)
{
    const struct quo_setting *root = quo_config_root(config);
    for (size_t k = 0; k < N_ROOTS; k++) /* so that a misspelt one is told with the nearest */
        quo_setting_has(root, roots[k].setting);
    if (quo_setting_length(root) > 0)
        quo_config_finish(config);
    return quo_faults_add(
        faults, QUO_REFUSED, path, 1,
        "at the top one of policy, protocol, changes (a plan), controls (a catalogue), bands (a market), perils (a "
        "model), authority, effort, dependence, reinsurance, scenarios; or a CSV with the columns of docs/formats.md",
        "this is no kind of input that the program reads");
}

static void check_config(const char *path, const struct quo_catalogue *catalogue, struct quo_checkkind *out,
                         struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    out->status = quo_config_open(path, &config, faults);
    if (out->status == QUO_OK) {
        const char *kind = kind_of_config(config);
        char *summary = out->summary;
        const size_t size = sizeof out->summary;
        out->kind = kind ? kind : "unknown";
        if (!kind)
            out->status = unknown_config(config, path, faults);
        else if (strcmp(kind, "policy") == 0)
            out->status = read_policy(config, catalogue, summary, size, faults);
        else if (strcmp(kind, "protocol") == 0)
            out->status = read_protocol(config, catalogue, summary, size, faults);
        else if (strcmp(kind, "plan") == 0)
            out->status = read_plan(config, summary, size, faults);
        else if (strcmp(kind, "effort") == 0)
            out->status = read_effort(config, catalogue, summary, size, faults);
        else if (strcmp(kind, "authority") == 0)
            out->status = read_authority(config, summary, size, faults);
        else if (strcmp(kind, "catalogue") == 0)
            out->status = read_catalogue(config, summary, size, faults);
        else if (strcmp(kind, "market") == 0)
            out->status = read_market(config, catalogue, summary, size, faults);
        else if (strcmp(kind, "model") == 0)
            out->status = read_model(config, summary, size, faults);
        else
            out->status = read_of_book(path, kind, summary, size, faults);
    }
    quo_config_close(config);
}

static void check_incidents(const char *path, struct quo_checkkind *out, struct quo_faults *faults)
{
    struct quo_incidents *incidents = NULL;
    out->status = quo_incidents_load(path, &incidents, faults);
    if (incidents) {
        char from[11], to[11];
        quo_date_format(incidents->from, from);
        quo_date_format(incidents->to, to);
        snprintf(out->summary, sizeof out->summary, "%zu rows, %s to %s", incidents->n, from, to);
    }
    quo_incidents_free(incidents);
}

static void check_aggregates(const char *path, struct quo_checkkind *out, struct quo_faults *faults)
{
    struct quo_aggregates *aggregates = NULL;
    out->status = quo_aggregates_load(path, &aggregates, faults);
    if (aggregates) {
        char **text = NULL;
        size_t n = 0;
        if (quo_aggregates_contradictions(aggregates, &text, &n) != QUO_OK)
            out->status = QUO_MACHINE;
        snprintf(out->summary, sizeof out->summary, "%zu row%s, %zu contradiction%s", aggregates->n,
                 plural(aggregates->n), n, plural(n));
        for (size_t i = 0; i < n; i++)
            free(text[i]);
        free(text);
    }
    quo_aggregates_free(aggregates);
}

static void check_csv(const char *path, const struct quo_catalogue *catalogue, struct quo_checkkind *out,
                      struct quo_faults *faults)
{
    struct quo_csv *csv = NULL;
    out->status = quo_csv_open(path, &csv, faults);
    if (out->status == QUO_OK) {
        const char *kind = quo_checktable_kind(csv);
        size_t rows = 0;
        if (kind)
            out->kind = kind;
        if (!kind)
            out->status = quo_faults_add(faults, QUO_REFUSED, path, 1, "the columns of docs/formats.md",
                                         "the header is that of no table the program reads");
        else if (strcmp(kind, "incidents") != 0 && strcmp(kind, "aggregates") != 0)
            out->status = quo_checktable_read(csv, kind, catalogue, &rows, faults);
        snprintf(out->summary, sizeof out->summary, "%zu row%s", rows, plural(rows));
    }
    quo_csv_close(csv);
    if (out->status == QUO_OK && strcmp(out->kind, "incidents") == 0) /* these have a reader of their own */
        check_incidents(path, out, faults);
    else if (out->status == QUO_OK && strcmp(out->kind, "aggregates") == 0)
        check_aggregates(path, out, faults);
}

/* A first line with commas and none of a config's signs is a CSV header. */
static bool looks_like_csv(const char *text)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    text += strspn(text, " \t\r\n");
    const size_t n = strcspn(text, "\r\n");
    return memchr(text, ',', n) && !memchr(text, '=', n) && !memchr(text, '{', n) && !memchr(text, '(', n) &&
           text[0] != '#' && text[0] != '/' && text[0] != '@';
}

static bool peek_says_csv(const char *path)
{
    char text[4097];
    FILE *in = fopen(path, "rb");
    if (!in)
        return false; /* the reader of configs tells why */
    const size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = '\0';
    for (size_t i = 0; i < n && !strchr("\r\n", text[i] ? text[i] : 'x'); i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\t') /* noise may have a comma too, a header no control characters */
            return false;
    return looks_like_csv(text);
}

/* Standard input in memory, under a path that can be opened twice: -1 where that fails. */
static int whole_input(char path[32])
{
    const int file = memfd_create("input", 0);
    char block[65536];
    size_t n;
    if (file < 0)
        return -1;
    while ((n = fread(block, 1, sizeof block, stdin)) > 0)
        if (write(file, block, n) != (ssize_t)n) {
            close(file);
            return -1;
        }
    snprintf(path, 32, "/proc/self/fd/%d", file);
    return file;
}

void quo_checkkind_read(const char *path, const struct quo_catalogue *catalogue, struct quo_checkkind *out,
                        struct quo_faults *faults)
{
    *out = (struct quo_checkkind){.kind = "unknown", .status = QUO_OK};
    char held[32];
    const bool input = strcmp(path, "-") == 0;
    const int file = input ? whole_input(held) : -1;
    const size_t first = faults->n, refused = quo_faults_refusals(faults);
    if (input && file < 0) {
        out->status =
            quo_faults_add(faults, QUO_MACHINE, path, 0, NULL, "standard input cannot be held: %s", strerror(errno));
        return;
    }
    const char *real = input ? held : path;
    if (peek_says_csv(real))
        check_csv(real, catalogue, out, faults);
    else
        check_config(real, catalogue, out, faults);
    if (out->status == QUO_OK && quo_faults_refusals(faults) > refused)
        out->status = QUO_REFUSED;
    if (out->status != QUO_OK)
        out->summary[0] = '\0';
    for (size_t i = first; input && i < faults->n; i++) /* the reader saw another name */
        if (faults->fault[i].file && strcmp(faults->fault[i].file, held) == 0)
            strcpy(faults->fault[i].file, "-");
    if (input)
        close(file);
}
