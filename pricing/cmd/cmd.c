#include "pricing/cmd/cmd.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "risk/base/date.h"
#include "risk/base/text.h"

bool quo_cmd_option(struct quo_cmd *cmd, int opt)
{
    if (opt == QUO_OPT_JSON)
        cmd->json = true;
    else if (opt == QUO_OPT_QUIET)
        cmd->quiet = true;
    else if (opt == QUO_OPT_HELP)
        cmd->help = true;
    else
        return false;
    return true;
}

int quo_cmd_help(const struct quo_cmd *cmd)
{
    fputs(quo_cmd_find(cmd->name)->usage, stdout);
    return 0;
}

/* Jansson leaves out what it has no memory for, and says so to nobody who does not ask at every field. */
static bool json_incomplete;

static void *json_memory(size_t bytes)
{
    void *memory = malloc(bytes);
    json_incomplete |= !memory;
    return memory;
}

void quo_cmd_watch_json(void) { json_set_alloc_funcs(json_memory, free); }

json_t *quo_cmd_errors(const struct quo_cmd *cmd)
{
    json_t *errors = json_array();
    for (size_t i = 0; i < cmd->faults.n; i++) {
        const struct quo_fault *f = &cmd->faults.fault[i];
        if (f->code == QUO_OK)
            continue;
        json_array_append_new(errors, json_pack("{s:s, s:i, s:s, s:s}", "file", f->file ? f->file : "", "line", f->line,
                                                "text", f->text ? f->text : "", "hint", f->hint ? f->hint : ""));
    }
    return errors;
}

static void errors_json(const struct quo_cmd *cmd)
{
    json_t *document = json_pack("{s:s, s:o}", "schema", "quorate.errors/1", "errors", quo_cmd_errors(cmd));
    if (document) {
        json_dumpf(document, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(document);
    }
}

int quo_cmd_usage(const struct quo_cmd *cmd, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "quorate %s: %s\n'quorate help %s' tells all of it\n", cmd->name, text, cmd->name);
    if (cmd->json) {
        json_t *document = json_pack("{s:s, s:[{s:s, s:i, s:s, s:s}]}", "schema", "quorate.errors/1", "errors", "file",
                                     "", "line", 0, "text", text, "hint", "see quorate help");
        if (document) {
            json_dumpf(document, stdout, JSON_INDENT(2));
            putchar('\n');
            json_decref(document);
        }
    }
    return 2;
}

int quo_cmd_unknown(const struct quo_cmd *cmd, const char *word, const struct option *known)
{
    const char *names[64];
    size_t n = 0;
    char name[64];
    snprintf(name, sizeof name, "%s", word + strspn(word, "-"));
    name[strcspn(name, "=")] = '\0';
    for (; n < sizeof names / sizeof *names && known[n].name; n++) {
        names[n] = known[n].name;
        if (strcmp(name, names[n]) == 0 && known[n].has_arg == no_argument)
            return quo_cmd_usage(cmd, "--%s takes no value", name);
        if (strcmp(name, names[n]) == 0)
            return quo_cmd_usage(cmd, "%s needs a value", word);
    }
    const int near = quo_text_nearest(name, names, n);
    if (near >= 0)
        return quo_cmd_usage(cmd, "unknown option '%s'; did you mean '--%s'?", word, names[near]);
    return quo_cmd_usage(cmd, "unknown option '%s'", word);
}

int quo_cmd_one_file(struct quo_cmd *cmd, int argc, char **argv, const char *letters, const struct option *known,
                     bool (*take)(struct quo_cmd *cmd, int opt, const char *text, void *request), void *request,
                     const char *what)
{
    for (int opt; (opt = getopt_long(argc, argv, letters, known, NULL)) != -1;) {
        if (opt == '?')
            return quo_cmd_unknown(cmd, argv[optind - 1], known);
        if (!take(cmd, opt, optarg, request))
            return 2;
    }
    if (cmd->help)
        return quo_cmd_help(cmd);
    if (argc - optind != 1)
        return quo_cmd_usage(cmd, argc == optind ? "one %s file is needed" : "one %s file only", what);
    return -1;
}

bool quo_cmd_real(const struct quo_cmd *cmd, const char *option, const char *text, double low, double high, double *out)
{
    double value;
    if (quo_text_real(text, &value) && value >= low && value <= high) {
        *out = value;
        return true;
    }
    quo_cmd_usage(cmd, "%s takes a number from %.12g to %.12g, not '%s'", option, low, high, text);
    return false;
}

bool quo_cmd_day(const struct quo_cmd *cmd, const char *option, const char *text, int *out)
{
    if (quo_date_parse(text, out))
        return true;
    quo_cmd_usage(cmd, "%s takes a day that exists, as 2026-06-30, not '%s'", option, text);
    return false;
}

bool quo_cmd_whole(const struct quo_cmd *cmd, const char *option, const char *text, int64_t low, int64_t high,
                   int64_t *out)
{
    int64_t value;
    if (quo_text_whole(text, &value) && value >= low && value <= high) {
        *out = value;
        return true;
    }
    quo_cmd_usage(cmd, "%s takes a whole number from %lld to %lld, not '%s'", option, (long long)low, (long long)high,
                  text);
    return false;
}

/* One file that is there, under two names. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
}

bool quo_cmd_apart(const struct quo_cmd *cmd, const char *output, int argc, char **argv)
{
    for (int i = 1; i < argc && output && strcmp(output, "-") != 0; i++) {
        const char *value = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
        const char *path = value ? value + 1 : strncmp(argv[i], "-o", 2) == 0 && argv[i][2] ? argv[i] + 2 : argv[i];
        if (path == output || !same_file(path, output))
            continue;
        quo_cmd_usage(cmd, "'%s' is named twice, and would be written over; give what is written a name of its own", output);
        return false;
    }
    return true;
}

static int exit_status(enum quo_status status)
{
    switch (status) {
    case QUO_OK:
        return 0;
    case QUO_USAGE:
        return 2;
    case QUO_MACHINE:
        return 3;
    default:
        return 1;
    }
}

int quo_cmd_finish(struct quo_cmd *cmd, enum quo_status status)
{
    bool told = false;
    quo_faults_sort(&cmd->faults);
    quo_faults_sum_up(&cmd->faults);
    for (size_t i = 0; i < cmd->faults.n; i++) {
        const struct quo_fault *fault = &cmd->faults.fault[i];
        const bool warning = fault->code == QUO_OK;
        if (warning && cmd->quiet)
            continue;
        char text[2048];
        quo_fault_format(fault, text, sizeof text);
        fprintf(stderr, "%s%s\n", text, warning ? " (warning)" : "");
        if (fault->code == QUO_MACHINE)
            status = QUO_MACHINE;
        told |= fault->code == QUO_MACHINE;
    }
    if (status == QUO_OK && quo_faults_refusals(&cmd->faults))
        status = QUO_REFUSED;
    if (status == QUO_MACHINE
            ? !told
            : status != QUO_OK && !quo_faults_refusals(&cmd->faults)) { /* memory may not suffice to keep a fault */
        quo_faults_add(&cmd->faults, status, "", 0, NULL, "%s", quo_status_text(status));
        fprintf(stderr, "quorate %s: %s\n", cmd->name,
                status == QUO_MACHINE ? "the machine failed; does memory suffice?" : quo_status_text(status));
    }
    if (cmd->json && status != QUO_OK)
        errors_json(cmd);
    return exit_status(status);
}

int quo_cmd_finish_apart(struct quo_cmd *cmd, enum quo_status status)
{
    const bool json = cmd->json;
    cmd->json = false;
    const int code = quo_cmd_finish(cmd, status);
    cmd->json = json;
    return code;
}

int quo_cmd_print_json(struct quo_cmd *cmd, const char *schema, json_t *document)
{
    json_t *whole = json_object();
    if (!document || !whole || json_incomplete || json_object_set_new(whole, "schema", json_string(schema)) ||
        json_object_update(whole, document) || json_dumpf(whole, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) ||
        putchar('\n') == EOF) {
        json_decref(document);
        json_decref(whole);
        return ferror(stdout) ? 0
                              : quo_cmd_finish(cmd, QUO_MACHINE); /* the end of main tells what became of the output */
    }
    json_decref(document);
    json_decref(whole);
    return 0;
}

bool quo_cmd_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && *no);
}
