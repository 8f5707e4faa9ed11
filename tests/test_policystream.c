/* A table read in pieces by several threads against the same one read row by row: the same rows, rejects, faults and end, whatever is in it
 * and wherever the taker stops. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pricing/book/policystream.h"
#include "risk/base/stream.h"
#include "tests/check.h"

static const char header[] = "policy_id,protocol_id,perils,index,shape,attach,exhaust,steps,event_limit,annual_limit,waiting_hours,"
                             "inception,term_days,expiring_premium\n";

/* What a line may be beside a plain good one. */
enum kind { PLAIN, QUOTED, TWO_LINES, BAD_NUMBER, TWICE, NO_PROTOCOL, FEW_FIELDS, ACCENT, BLANK, RETURN, LONG_FIELD, OPEN_QUOTE, MANY_FAULTS, NOT_UTF8, KINDS };

static void write_line(FILE *to, enum kind kind, size_t i)
{
    static const char good[] = "key_compromise;code_bug,loss_share,steps,,,0.05:0.25;0.5:1,200000,400000,,2026-07-22,365,12697.64";
    switch (kind) {
    case QUOTED:
        fprintf(to, "\"q-%zu\",p-%zu,%s\n", i, i % 7, good);
        break;
    case TWO_LINES:
        fprintf(to, "\"q-\n%zu\",p-%zu,%s\n", i, i % 7, good);
        break;
    case BAD_NUMBER:
        fprintf(to, "q-%zu,p-%zu,code_bug,loss_share,linear,0.1,x,,1e6,,,2026-07-22,365,\n", i, i % 7);
        break;
    case TWICE:
        fprintf(to, "q-%zu,p-%zu,%s\n", i / 2, i % 7, good);
        break;
    case NO_PROTOCOL:
        fprintf(to, "q-%zu,nobody,%s\n", i, good);
        break;
    case FEW_FIELDS:
        fprintf(to, "q-%zu,p-1\n", i);
        break;
    case ACCENT:
        fprintf(to, "q-%zu-é,p-%zu,%s\n", i, i % 7, good);
        break;
    case BLANK:
        fputs(i % 2 ? "\n" : "  \t\r\n", to);
        break;
    case RETURN:
        fprintf(to, "q-%zu, p-%zu ,%s\r\n", i, i % 7, good);
        break;
    case LONG_FIELD:
        fprintf(to, "q-%0*zu,p-1,%s\n", i % 3 ? 30000 : 70000, i, good);
        break;
    case OPEN_QUOTE:
        fprintf(to, "q-%zu,p-\"1,%s\n", i, good);
        break;
    case MANY_FAULTS:
        fprintf(to, "q-%zu,nobody,code_bugs,loss,steps,,,1:2,-1,0,,2026-13-22,0,-1\n", i);
        break;
    case NOT_UTF8:
        fprintf(to, "q-%zu-\xFF,p-1,%s\n", i, good);
        break;
    default:
        fprintf(to, "q-%zu,p-%zu,key_compromise;admin_abuse,loss_usd,linear,%zu,%zu.5,,200000,400000,,2026-07-%02zu,365,\n", i, i % 7, i, 2 * i + 1,
                1 + i % 30);
    }
}

struct heard {
    char *rows, *rejects, *faults;
    size_t n_rows, n_rejects, n_faults;
    FILE *to;
    size_t stops[64], n_stops, taken;
};

static enum quo_status take(void *context, const struct quo_bookpolicy *row, bool *enough)
{
    struct heard *h = context;
    fprintf(h->to, "%d %s %s %ld %u %d %d %g %g %d", row->line, row->id, row->protocol_id, row->protocol, (unsigned)row->perils,
            (int)row->index, (int)row->shape, row->attach, row->exhaust, row->n_steps);
    for (int k = 0; k < row->n_steps; k++)
        fprintf(h->to, " %g:%g", row->step[k].at, row->step[k].pays);
    fprintf(h->to, " %g %g %g %g %d %d\n", row->waiting_hours, row->event_limit, row->annual_limit, row->expiring_premium,
            row->inception, row->term_days);
    h->taken++;
    *enough = h->n_stops > 0 && h->taken % h->stops[h->taken / 1000 % h->n_stops] == 0;
    return QUO_OK;
}

/* The whole table, with what is told of it. */
static void hear(const char *path, const struct quo_bookprotocols *protocols, bool part, int threads, struct heard *h)
{
    struct quo_faults faults;
    struct quo_rejects rejects;
    struct quo_bookpolicies *reader = NULL;
    h->to = open_memstream(&h->rows, &h->n_rows);
    FILE *bad = open_memstream(&h->rejects, &h->n_rejects), *told = open_memstream(&h->faults, &h->n_faults);
    quo_faults_init(&faults);
    quo_rejects_init(&rejects, bad, &faults, 5);
    enum quo_status status = (part ? quo_bookpolicies_open_part : quo_bookpolicies_open)(path, protocols, &rejects, &reader, &faults);
    struct quo_policystream *stream = status ? NULL : quo_policystream_new(reader, threads);
    for (bool end = false; !status && !end;)
        status = quo_policystream_rows(stream, take, h, &end, &faults);
    for (size_t i = 0; i < faults.n; i++)
        fprintf(told, "%d %s %d %s %s\n", (int)faults.fault[i].code, faults.fault[i].file, faults.fault[i].line, faults.fault[i].text,
                faults.fault[i].hint);
    fprintf(told, "%d: %zu good, %zu bad\n", (int)status, rejects.good, rejects.bad);
    quo_policystream_free(stream);
    quo_bookpolicies_close(reader);
    quo_faults_free(&faults);
    fclose(h->to);
    fclose(bad);
    fclose(told);
}

static void forget(struct heard *h)
{
    free(h->rows);
    free(h->rejects);
    free(h->faults);
    *h = (struct heard){0};
}

static void compare(const char *path, const struct quo_bookprotocols *protocols, bool part, struct quo_stream *s)
{
    struct heard one = {0}, other = {0};
    hear(path, protocols, part, 1, &one);
    for (int threads = 2; threads <= 4; threads++) {
        other = (struct heard){.n_stops = threads == 2 ? 0 : 5};
        for (size_t i = 0; i < other.n_stops; i++)
            other.stops[i] = 1 + quo_stream_below(s, threads == 3 ? 900 : 7);
        hear(path, protocols, part, threads, &other);
        assert_string_equal(one.faults, other.faults);
        assert_int_equal(one.n_rejects, other.n_rejects);
        assert_memory_equal(one.rejects, other.rejects, one.n_rejects);
        assert_int_equal(one.n_rows, other.n_rows);
        assert_memory_equal(one.rows, other.rows, one.n_rows);
        forget(&other);
    }
    forget(&one);
}

static void pieces_are_the_table(void **state)
{
    (void)state;
    struct quo_bookprotocols protocols;
    quo_bookprotocols_init(&protocols);
    for (int p = 0; p < 7; p++) {
        struct quo_protocol *protocol = calloc(1, sizeof *protocol);
        assert_true(asprintf(&protocol->id, "p-%d", p) > 0);
        assert_int_equal(quo_bookprotocols_add(&protocols, protocol), QUO_OK);
    }
    for (uint64_t table = 0; table < 2 * KINDS + 10; table++) {
        struct quo_stream s = quo_stream_at(5, table, 0, 1);
        char path[] = "/tmp/quorate-test-XXXXXX";
        const int fd = mkstemp(path);
        FILE *to = fdopen(fd, "w");
        const bool part = table % 4 == 3;
        if (!part)
            fputs(table % 3 ? header : "\xEF\xBB\xBFpolicy_id,protocol_id,perils,index,shape,attach,exhaust,steps,event_limit,"
                                       "annual_limit,waiting_hours,inception,term_days,expiring_premium\r\n", to);
        const uint32_t often = table % 2 ? 2 : 400;
        const size_t lines = table % KINDS == LONG_FIELD ? 150 : 2000;
        for (size_t i = 0; i < lines; i++) {
            const enum kind kind = table < 2 * KINDS ? (enum kind)(table / 2) : (enum kind)quo_stream_below(&s, KINDS);
            write_line(to, quo_stream_below(&s, often) == 0 ? kind : PLAIN, i);
        }
        if (table == 2 * KINDS + 6) /* a zero byte ends it */
            fwrite("q-x,p-\0,1\nq-y,p-1\n", 1, 19, to);
        if (table == 2 * KINDS + 7) /* no line feed at the end */
            fputs("q-z,p-1,code_bug,loss_share,binary,0.1,,,1e6,,,2026-07-22,365,", to);
        if (table == 2 * KINDS + 8) /* a quote that nobody closes */
            fputs("\"q-z,p-1,code_bug,loss_share,binary,0.1,,,1e6,,,2026-07-22,365,\nq-yy\n", to);
        assert_int_equal(fclose(to), 0);
        compare(path, &protocols, part, &s);
        remove(path);
    }
    quo_bookprotocols_free(&protocols);
}

/* A header that is wrong, a table without a row, and a path that is none. */
static void what_is_no_table_is_told_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {"policy_id,protocol\nq,p\n", header, "", "policy_id\n\n\n"};
    struct quo_stream s = quo_stream_at(6, 0, 0, 1);
    for (size_t i = 0; i < 4; i++) {
        const char *text = i == 1 ? header : texts[i];
        char path[] = "/tmp/quorate-test-XXXXXX";
        const int fd = mkstemp(path);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
        compare(path, NULL, false, &s);
        compare(path, NULL, true, &s);
        remove(path);
    }
    compare("/nowhere", NULL, false, &s);
    quo_policystream_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_are_the_table), cmocka_unit_test(what_is_no_table_is_told_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
