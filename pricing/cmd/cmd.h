/* pricing/cmd/cmd.h -- what the sub-commands share: the table, the common options, how faults and tables are printed. */
#ifndef QUO_CMD_H
#define QUO_CMD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/base/faults.h"

/* Options every command has. */
struct quo_cmd {
    const char *name; /* of the sub-command */
    bool json, quiet, help;
    struct quo_faults faults;
};

struct quo_command {
    const char *name;
    int (*run)(struct quo_cmd *cmd, int argc, char **argv); /* argv[0] is the sub-command; returns the exit status */
    const char *group, *line;                               /* for `help` */
    const char *usage;                                      /* the whole of `help NAME`: synopsis, options, examples */
};

/* In main.c, by the table; NULL if there is none. */
const struct quo_command *quo_cmd_find(const char *name);

/* getopt_long options every command adds to its own: --json --quiet --help. Handles one that getopt_long returned;
 * true if it was one of them. */
#define QUO_CMD_OPTIONS                                                                                                \
    {"json", no_argument, NULL, QUO_OPT_JSON}, {"quiet", no_argument, NULL, QUO_OPT_QUIET},                            \
    {                                                                                                                  \
        "help", no_argument, NULL, QUO_OPT_HELP                                                                        \
    }
enum { QUO_OPT_JSON = 1000, QUO_OPT_QUIET, QUO_OPT_HELP, QUO_OPT_OWN = 1100 };
bool quo_cmd_option(struct quo_cmd *cmd, int opt);
/* What --help asks for: the command's usage on standard output; returns 0. Call it when cmd->help is set. */
int quo_cmd_help(const struct quo_cmd *cmd);

/* Wrong usage: message on standard error, "quorate help NAME" named; returns 2. */
int quo_cmd_usage(const struct quo_cmd *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct option;
/* What getopt_long gave '?' for: an unknown option with the nearest known one, or one without its value. Returns 2. */
int quo_cmd_unknown(const struct quo_cmd *cmd, const char *word, const struct option *known);
/* Takes the options of a command that reads one file, each by `take` (false: its fault is told), and finds the file at argv[optind].
 * `what` names its kind. Returns -1 to go on, else the exit status: help was given, or the usage was wrong. */
int quo_cmd_one_file(struct quo_cmd *cmd, int argc, char **argv, const char *letters, const struct option *known,
                     bool (*take)(struct quo_cmd *cmd, int opt, const char *text, void *request), void *request,
                     const char *what);
/* Options' values, parsed whole and with their range; on a fault prints it (option, value, what would have been accepted)
 * and returns false: the command then returns 2. */
bool quo_cmd_real(const struct quo_cmd *cmd, const char *option, const char *text, double low, double high,
                  double *out);
bool quo_cmd_day(const struct quo_cmd *cmd, const char *option, const char *text, int *out);
bool quo_cmd_whole(const struct quo_cmd *cmd, const char *option, const char *text, int64_t low, int64_t high,
                   int64_t *out);
/* Whether what is to be written to `output` (of argv; NULL and "-" are fine) leaves all other files of the call alone; else the usage is told. */
bool quo_cmd_apart(const struct quo_cmd *cmd, const char *output, int argc, char **argv);
/* Prints the collected faults (text on standard error; with --json the errors document on standard output) and returns the
 * exit status that `status` stands for. Warnings alone are printed and leave status as it is. */
int quo_cmd_finish(struct quo_cmd *cmd, enum quo_status status);
/* The same where the command prints a document of its own all the same: the errors go into that one. */
int quo_cmd_finish_apart(struct quo_cmd *cmd, enum quo_status status);
json_t *quo_cmd_errors(const struct quo_cmd *cmd); /* the list of them, as in the errors document; NULL without memory */
/* From now on a document for which memory did not suffice is not printed: exit status 3. */
void quo_cmd_watch_json(void);
/* Prints a JSON document at full precision on standard output and frees it, with "schema": schema in front ("quorate.quote/1"). */
int quo_cmd_print_json(struct quo_cmd *cmd, const char *schema, json_t *document);
/* Whether standard output takes colour (a terminal, and NO_COLOR not set). */
bool quo_cmd_colour(void);

/* The commands: cmd_check.c ... each beside its usage text. */
int quo_cmd_check(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_dist(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_aggregate(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_fit(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_calibrate(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_backtest(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_score(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_quote(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_whatif(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_book(struct quo_cmd *cmd, int argc, char **argv);
int quo_cmd_reprice(struct quo_cmd *cmd, int argc, char **argv);
extern const char quo_usage_check[], quo_usage_dist[], quo_usage_aggregate[], quo_usage_fit[], quo_usage_calibrate[],
    quo_usage_backtest[], quo_usage_score[], quo_usage_quote[];
extern const char quo_usage_whatif[], quo_usage_book[], quo_usage_reprice[];
int quo_cmd_portfolio(struct quo_cmd *cmd, int argc, char **argv);
extern const char quo_usage_portfolio[];
#endif
