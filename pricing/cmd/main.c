/* quorate: the table of sub-commands, help made from it, and the end of every run: is standard output whole? */
#include "pricing/cmd/cluster.h"

#include <errno.h>
#include <getopt.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pricing/version.h"
#include "risk/base/text.h"

static int run_help(struct quo_cmd *cmd, int argc, char **argv);

static const struct quo_command commands[] = {
    {"check", quo_cmd_check, "files", "say what is wrong with any input file", quo_usage_check},
    {"fit", quo_cmd_fit, "model", "fit the peril model to incidents", quo_usage_fit},
    {"calibrate", quo_cmd_calibrate, "model", "fit the peril model to published aggregates alone", quo_usage_calibrate},
    {"backtest", quo_cmd_backtest, "model", "fit up to a day, predict what followed, compare", quo_usage_backtest},
    {"dist", quo_cmd_dist, "actuary", "calculator for one severity or frequency family", quo_usage_dist},
    {"aggregate", quo_cmd_aggregate, "actuary", "annual aggregate of a frequency and a severity, with layers",
     quo_usage_aggregate},
    {"score", quo_cmd_score, "underwriting", "score a protocol's controls, with relativities", quo_usage_score},
    {"quote", quo_cmd_quote, "underwriting", "price a policy and explain the price", quo_usage_quote},
    {"whatif", quo_cmd_whatif, "underwriting", "what a better control is worth, and the best plan of changes",
     quo_usage_whatif},
    {"book", quo_cmd_book, "book", "keep protocols, policies, runs and quotes; make a sample book", quo_usage_book},
    {"reprice", quo_cmd_reprice, "book", "price a whole book again", quo_usage_reprice},
    {"portfolio", quo_cmd_portfolio, "book", "simulate a book: bad years, accumulations, what each policy adds",
     quo_usage_portfolio},
    {"help", run_help, "program", "this list, or all about one command",
     "usage: quorate help [COMMAND]\n\nWithout COMMAND: the list of commands.\n"},
};
static const char *const groups[] = {"underwriting", "book", "model", "actuary", "files", "program"};

const struct quo_command *quo_cmd_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void list(FILE *to)
{
    fputs("quorate " QUO_VERSION ": prices cover for protocols, infrastructure failure as well as code bugs\n\n"
          "usage: quorate COMMAND [OPTIONS] FILE...\n",
          to);
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        fprintf(to, "\n%s\n", groups[g]);
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
            if (strcmp(commands[i].group, groups[g]) == 0)
                fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].line);
    }
    fputs("\nEvery command takes --json, --quiet and --help; - stands for standard input.\n"
          "Exit status: 0 done, 1 input refused, 2 wrong usage, 3 the machine failed.\n",
          to);
}

static int unknown(const char *name)
{
    const char *names[sizeof commands / sizeof *commands];
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        names[i] = commands[i].name;
    const int near = quo_text_nearest(name, names, sizeof commands / sizeof *commands);
    fprintf(stderr, "quorate: unknown command '%s'", name);
    if (near >= 0)
        fprintf(stderr, "; did you mean '%s'?", names[near]);
    fputs(" 'quorate help' lists them\n", stderr);
    return 2;
}

static int run_help(struct quo_cmd *cmd, int argc, char **argv)
{
    (void)cmd;
    if (argc < 2) {
        list(stdout);
        return 0;
    }
    const struct quo_command *command = quo_cmd_find(argv[1]);
    if (!command)
        return unknown(argv[1]);
    fputs(command->usage, stdout);
    return 0;
}

/* A result that did not reach its reader is no result: closed pipe and full disk show here. */
static int close_output(int code)
{
    const bool bad = ferror(stdout) != 0;
    if ((fclose(stdout) != 0 || bad) && code == 0) {
        fprintf(stderr, "quorate: standard output: %s; the output is not complete\n",
                errno ? strerror(errno) : "cannot be written");
        return 3;
    }
    return code;
}

static void *nothing(void *unused) { return unused; }

/* OpenMP ends the program with status 1 where a thread cannot be made: so one is made here first, and under a limit of memory, which
 * stacks might meet later, there is one thread only. */
static void settle_threads(void)
{
    struct rlimit memory;
    pthread_t thread;
    const bool limited = getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur != RLIM_INFINITY;
    if (!limited && pthread_create(&thread, NULL, nothing, NULL) == 0)
        pthread_join(thread, NULL);
    else
        omp_set_num_threads(1);
}

/* Whoever interrupts gets the exit status of a machine that failed. All that is written appears whole or is kept for --resume, whenever this comes. */
static void interrupted(int number)
{
    static const char text[] = "quorate: interrupted\n";
    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(3);
}

static void end_when_interrupted(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals && !quo_cluster_is_one_of_several(); i++) /* those mpirun ends, and tells of */
        if (signal(signals[i], interrupted) == SIG_IGN) /* as under nohup */
            signal(signals[i], SIG_IGN);
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* the write fails and is told, as on a full disk */
    end_when_interrupted();
    settle_threads();
    quo_cmd_watch_json();
    if (argc < 2) {
        list(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("quorate %s (%s)\n", quo_version(), quo_version_build());
        return close_output(0);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        list(stdout);
        return close_output(0);
    }
    const struct quo_command *command = quo_cmd_find(argv[1]);
    if (!command)
        return unknown(argv[1]);
    struct quo_cmd cmd = {.name = command->name};
    quo_faults_init(&cmd.faults);
    opterr = 0;                                                  /* unknown options are told in our words */
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) /* a fault of an earlier option is told as JSON too */
        cmd.json = cmd.json || strcmp(argv[i], "--json") == 0;
    const int code = command->run(&cmd, argc - 1, argv + 1);
    quo_faults_free(&cmd.faults);
    return close_output(code);
}
