/* `book show`, `book diff`, `book verify`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pricing/book/bookverify.h"
#include "pricing/cmd/bookparts.h"
#include "risk/base/money.h"

static const char *text_of(sqlite3_stmt *s, int c)
{
    const char *text = (const char *)sqlite3_column_text(s, c);
    return text ? text : "";
}

enum quo_status quo_bookparts_run(struct quo_cmd *cmd, const struct quo_bookstore *book, int64_t run)
{
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM run WHERE pk = %lld", (long long)run);
    if (quo_bookstore_number(book, sql, 0))
        return QUO_OK;
    return quo_faults_add(&cmd->faults, QUO_REFUSED, book->path, 0, "'quorate book show' lists them",
                          "there is no run %lld", (long long)run);
}

/* A quote that was kept alone, as JSON; NULL where the run is of another kind. */
static json_t *kept_quote(const struct quo_bookstore *book, int64_t run)
{
    sqlite3_stmt *s = NULL;
    json_t *quote = NULL;
    if (sqlite3_prepare_v2(book->db,
                           "SELECT detail FROM quote JOIN run ON run.pk = quote.run WHERE run.pk = ? AND kind = 'quote'",
                           -1, &s, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(s, 1, run);
        if (sqlite3_step(s) == SQLITE_ROW)
            quote = json_loads(text_of(s, 0), 0, NULL);
    }
    sqlite3_finalize(s);
    return quote;
}

/* Everything that is kept of one run. */
static enum quo_status show_run(struct quo_cmd *cmd, const struct quo_bookstore *book, int64_t run, json_t **document,
                                const char **schema)
{
    enum quo_status status = quo_bookparts_run(cmd, book, run);
    if (status)
        return status;
    if (cmd->json && (*document = kept_quote(book, run))) {
        *schema = "quorate.quote/1";
        return QUO_OK;
    }
    static const char sql[] =
        "SELECT run.kind, started, coalesce(finished, ''), who, engine, build, seed, options, model_id, model.sha256,"
        " coalesce(against, 0), count(q.pk), coalesce(sum(q.gross_premium), 0), coalesce(sum(q.decision = 'refer'), 0),"
        " coalesce(sum(q.decision = 'decline'), 0), max(q.policy_id), max(q.inputs), max(q.decision) FROM run JOIN model"
        " ON model.pk = run.model LEFT JOIN quote q ON q.run = run.pk WHERE run.pk = ? GROUP BY run.pk";
    static const char *const names[] = {"kind",  "started", "finished", "who",      "engine",       "build",
                                        "seed",  "options", "model_id", "model_sha256"};
    sqlite3_stmt *s = quo_bookstore_prepare(book, sql, &cmd->faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, run);
    const int code = sqlite3_step(s);
    status = quo_bookstore_told(book, code, &cmd->faults);
    if (status == QUO_OK && code == SQLITE_ROW) {
        char gross[48];
        quo_money_format(sqlite3_column_double(s, 12), 2, gross, sizeof gross);
        *document = json_pack("{s:I, s:I, s:I, s:f, s:I, s:I}", "run", (json_int_t)run, "against",
                              (json_int_t)sqlite3_column_int64(s, 10), "quotes", (json_int_t)sqlite3_column_int64(s, 11),
                              "gross_premium", sqlite3_column_double(s, 12), "referred",
                              (json_int_t)sqlite3_column_int64(s, 13), "declined",
                              (json_int_t)sqlite3_column_int64(s, 14));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            json_object_set_new(*document, names[i], json_string(text_of(s, (int)i)));
            if (!cmd->json)
                printf("%-14s %s\n", names[i], text_of(s, (int)i));
        }
        if (!cmd->json && sqlite3_column_int64(s, 11) == 1)
            printf("%-14s %s\n%-14s %s\n%-14s %s\n", "policy_id", text_of(s, 15), "inputs_sha256", text_of(s, 16),
                   "decision", text_of(s, 17));
        if (!cmd->json)
            printf("%-14s %lld quotes, %lld referred, %lld declined, gross %s\n", "holds",
                   (long long)sqlite3_column_int64(s, 11), (long long)sqlite3_column_int64(s, 13),
                   (long long)sqlite3_column_int64(s, 14), gross);
    }
    sqlite3_finalize(s);
    return status;
}

/* A line of the list of runs, and its part of the JSON. */
static json_t *list_run(const struct quo_cmd *cmd, sqlite3_stmt *s)
{
    const char *finished = text_of(s, 2), *kind = text_of(s, 9);
    char gross[48], payout[48];
    quo_money_format(sqlite3_column_double(s, 6), 2, gross, sizeof gross);
    quo_money_format(sqlite3_column_double(s, 7), 2, payout, sizeof payout);
    if (!cmd->json && strcmp(kind, "quote") == 0)
        printf("run %lld  %s  %s  quote of %s; gross %s, expected payout %s\n", (long long)sqlite3_column_int64(s, 0),
               text_of(s, 1), text_of(s, 4), text_of(s, 10), gross, payout);
    else if (!cmd->json)
        printf("run %lld  %s  %s  %lld quotes, %lld not within authority; gross %s, expected payout %s%s\n",
               (long long)sqlite3_column_int64(s, 0), text_of(s, 1), text_of(s, 4),
               (long long)sqlite3_column_int64(s, 5), (long long)sqlite3_column_int64(s, 8), gross, payout,
               finished[0] ? "" : "; cut off");
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:f, s:f, s:I}", "run", (json_int_t)sqlite3_column_int64(s, 0),
                     "kind", kind, "started", text_of(s, 1), "finished", finished, "who", text_of(s, 3), "model_id",
                     text_of(s, 4), "quotes", (json_int_t)sqlite3_column_int64(s, 5), "gross_premium",
                     sqlite3_column_double(s, 6), "expected_payout", sqlite3_column_double(s, 7), "referred",
                     (json_int_t)sqlite3_column_int64(s, 8));
}

enum quo_status quo_bookparts_show(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book, json_t **document, const char **schema)
{
    if (request->run)
        return show_run(cmd, book, request->run, document, schema);
    const int64_t protocols = quo_bookstore_number(book, "SELECT count(DISTINCT protocol_id) FROM protocol", 0);
    const int64_t policies = quo_bookstore_number(book, "SELECT count(DISTINCT policy_id) FROM policy", 0);
    json_t *runs = json_array();
    *document = json_pack("{s:I, s:I, s:o}", "protocols", (json_int_t)protocols, "policies", (json_int_t)policies,
                          "runs", runs);
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT run.pk, started, coalesce(finished, ''), who, model_id, count(q.pk), coalesce(sum(q.gross_premium), 0),"
        " coalesce(sum(q.expected_payout), 0), coalesce(sum(q.decision <> 'quote'), 0), kind, max(q.policy_id) FROM run"
        " JOIN model ON model.pk = run.model LEFT JOIN quote q ON q.run = run.pk GROUP BY run.pk ORDER BY run.pk",
        &cmd->faults);
    if (!s)
        return QUO_MACHINE;
    if (!cmd->json)
        printf("%lld protocols, %lld policies\n", (long long)protocols, (long long)policies);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        json_array_append_new(runs, list_run(cmd, s));
    const enum quo_status status = quo_bookstore_told(book, code, &cmd->faults);
    sqlite3_finalize(s);
    return status;
}

/* Adds the parts of "exposure=1200.00;model=-300.00" to sums, in order of first appearance. */
struct causes {
    char name[8][16];
    double sum[8];
    size_t n;
};

static void add_causes(struct causes *c, const char *why)
{
    char name[16];
    double amount;
    int length;
    while (sscanf(why, "%15[^=]=%lf%n", name, &amount, &length) == 2) {
        size_t i = 0;
        while (i < c->n && strcmp(c->name[i], name) != 0)
            i++;
        if (i == c->n && c->n < 8)
            snprintf(c->name[c->n++], sizeof c->name[0], "%s", name);
        if (i < 8)
            c->sum[i] += amount;
        why += length;
        why += *why == ';';
    }
}

static void print_causes(const struct causes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        char money[48];
        quo_money_format(c->sum[i], 2, money, sizeof money);
        printf("%s%s %s", i ? ", " : "of it: ", c->name[i], money);
    }
    if (c->n)
        putchar('\n');
}

#define SHOWN 50 /* movements as text; all of them as JSON */

enum quo_status quo_bookparts_diff(struct quo_cmd *cmd, const struct quo_bookrequest *request,
                                   const struct quo_bookstore *book, json_t **document)
{
    enum quo_status status = quo_bookparts_run(cmd, book, request->from);
    if (status == QUO_OK)
        status = quo_bookparts_run(cmd, book, request->to);
    if (status)
        return status;
    /* The reasons stand where the later run was compared with the earlier one. */
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT p.policy_id, p.gross_premium, q.gross_premium, p.decision, q.decision, CASE WHEN r.against = ?1 THEN"
        " q.change_why END FROM quote p JOIN quote q ON q.policy_id = p.policy_id AND q.run = ?2 JOIN run r ON r.pk = ?2"
        " WHERE p.run = ?1 AND (p.gross_premium IS NOT q.gross_premium OR p.decision IS NOT q.decision)"
        " ORDER BY abs(q.gross_premium - p.gross_premium) DESC, p.policy_id",
        &cmd->faults);
    json_t *rows = json_array();
    *document = json_pack("{s:I, s:I, s:o}", "from", (json_int_t)request->from, "to", (json_int_t)request->to,
                          "changes", rows);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, request->from);
    sqlite3_bind_int64(s, 2, request->to);
    struct causes causes = {.n = 0};
    size_t n = 0;
    double sum = 0.0;
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        const double before = sqlite3_column_double(s, 1), after = sqlite3_column_double(s, 2);
        char from[48], to[48];
        quo_money_format(before, 2, from, sizeof from);
        quo_money_format(after, 2, to, sizeof to);
        sum += after - before;
        n++;
        add_causes(&causes, text_of(s, 5));
        if (cmd->json)
            json_array_append_new(
                rows, json_pack("{s:s, s:f, s:f, s:s, s:s, s:s?}", "policy_id", text_of(s, 0), "before", before, "after",
                                after, "decision_before", text_of(s, 3), "decision", text_of(s, 4), "why",
                                sqlite3_column_text(s, 5)));
        else if (n <= SHOWN)
            printf("%-24s %16s %16s  %+.1f %%  %s -> %s%s%s\n", text_of(s, 0), from, to, 100.0 * (after / before - 1.0),
                   text_of(s, 3), text_of(s, 4), *text_of(s, 5) ? "  " : "", text_of(s, 5));
    }
    status = quo_bookstore_told(book, code, &cmd->faults);
    sqlite3_finalize(s);
    char total[48];
    quo_money_format(sum, 2, total, sizeof total);
    if (!cmd->json && status == QUO_OK) {
        print_causes(&causes);
        printf("%zu policies differ%s, together %s\n", n,
               n > SHOWN ? " (the largest 50 shown; --json gives all)" : "", total);
    }
    return status;
}

enum quo_status quo_bookparts_verify(struct quo_cmd *cmd, const struct quo_bookstore *book, json_t **document)
{
    int64_t entries, quotes;
    const enum quo_status status = quo_bookverify_book(book, &entries, &quotes, &cmd->faults);
    if (status == QUO_OK && !cmd->json)
        printf("%s: whole; %lld log entries and %lld quotes are what was written\n", book->path, (long long)entries,
               (long long)quotes);
    *document = json_pack("{s:I, s:I}", "log_entries", (json_int_t)entries, "quotes", (json_int_t)quotes);
    return status;
}
