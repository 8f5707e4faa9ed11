/* Rows laid out by protocol: each comes back as it was, all of a protocol in one task, and what is made of them in the order they came. Piles
 * the same in memory and in a file; a file that cannot be. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pricing/book/piles.h"
#include "pricing/book/spread.h"
#include "risk/base/stream.h"
#include "risk/base/tempfile.h"
#include "tests/check.h"

#define PILES 7

/* Byte k of a pile. */
static unsigned char byte_of(size_t pile, size_t k) { return (unsigned char)(k * 131 + (k >> 8) * 7 + pile * 29); }

static void fill_and_compare(struct quo_piles *piles, uint64_t seed)
{
    struct quo_stream s = quo_stream_at(seed, 0, 0, 1);
    unsigned char bytes[5000];
    size_t size[PILES] = {0};
    for (int i = 0; i < 2000; i++) {
        const size_t pile = quo_stream_below(&s, PILES), n = quo_stream_below(&s, sizeof bytes);
        for (size_t k = 0; k < n; k++)
            bytes[k] = byte_of(pile, size[pile] + k);
        assert_int_equal(quo_piles_add(piles, pile, bytes, n), QUO_OK);
        size[pile] += n;
    }
    for (size_t pile = 0; pile < PILES; pile++) {
        unsigned char *all = malloc(size[pile]);
        assert_int_equal(quo_piles_size(piles, pile), size[pile]);
        for (size_t from = 0; from < size[pile];) {
            const size_t some = 1 + quo_stream_below(&s, 100000), n = size[pile] - from < some ? size[pile] - from : some;
            assert_int_equal(quo_piles_read(piles, pile, from, all + from, n), QUO_OK);
            from += n;
        }
        for (size_t k = 0; k < size[pile]; k++)
            if (all[k] != byte_of(pile, k))
                fail_msg("pile %zu differs at byte %zu", pile, k);
        free(all);
    }
}

static void piles_come_back_from_memory_and_file(void **state)
{
    (void)state;
    for (size_t memory = 0; memory <= (size_t)64 << 20; memory += (size_t)1 << 20) {
        struct quo_piles *piles = quo_piles_new(PILES, memory);
        assert_non_null(piles);
        fill_and_compare(piles, 1);
        quo_piles_clear(piles);
        fill_and_compare(piles, 2);
        quo_piles_free(piles);
        memory = memory > 0 ? memory + ((size_t)31 << 20) : memory;
    }
    quo_piles_free(NULL);
}

static void a_temporary_file_that_cannot_be_is_told(void **state)
{
    (void)state;
    char block[QUO_PILES_BLOCK] = {0};
    struct quo_faults faults;
    struct quo_piles *piles = quo_piles_new(1, 0);
    quo_faults_init(&faults);
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    assert_int_equal(quo_tempfile_open(), -1);
    assert_false(quo_piles_told(piles, &faults));
    assert_int_equal(quo_piles_add(piles, 0, block, sizeof block - 1), QUO_OK); /* no file is needed yet */
    assert_int_equal(quo_piles_add(piles, 0, block, 1), QUO_MACHINE);
    assert_true(quo_piles_told(piles, &faults));
    assert_int_equal(faults.n, 1);
    assert_string_equal(faults.fault[0].file, "/nowhere/at/all");
    assert_non_null(strstr(faults.fault[0].text, "No such file"));
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
    quo_piles_free(piles);
    quo_faults_free(&faults);
}

#define PROTOCOLS 300
#define ROWS 200000

static struct quo_bookpolicy row_of(size_t i, char id[32], struct quo_payout_step step[3])
{
    struct quo_stream s = quo_stream_at(3, i, 0, 1);
    snprintf(id, 32, "q-%zu%.*s", i, (int)(i % 7), "xxxxxxx");
    /* Half of them are one protocol's, more than a task takes. */
    struct quo_bookpolicy row = {.line = (int)i + 2,
                                 .id = id,
                                 .protocol_id = "",
                                 .protocol = i % 2 ? 256 : (long)quo_stream_below(&s, PROTOCOLS),
                                 .perils = 1 + quo_stream_below(&s, 100),
                                 .index = (enum quo_index)(i % 3),
                                 .shape = (enum quo_payout_shape)(i % 4),
                                 .attach = quo_stream_uniform(&s),
                                 .exhaust = quo_stream_uniform(&s),
                                 .waiting_hours = (double)(i % 5),
                                 .event_limit = 1e6 * quo_stream_uniform(&s),
                                 .annual_limit = 2e6,
                                 .expiring_premium = 1e3 * quo_stream_uniform(&s),
                                 .n_steps = (int)(i % 4),
                                 .step = step,
                                 .inception = (int)(20000 + i % 400),
                                 .term_days = 365};
    for (int k = 0; k < row.n_steps; k++)
        step[k] = (struct quo_payout_step){quo_stream_uniform(&s), 0.25 * k};
    return row;
}

static void same_row(const struct quo_bookpolicy *got, const struct quo_bookpolicy *want, const char *protocol_id)
{
    struct quo_bookpolicy one = *got, other = *want;
    assert_string_equal(got->id, want->id);
    assert_string_equal(got->protocol_id, protocol_id);
    if (want->n_steps)
        assert_memory_equal(got->step, want->step, (size_t)want->n_steps * sizeof *want->step);
    one.id = other.id = one.protocol_id = other.protocol_id = NULL;
    one.step = other.step = NULL;
    one.terms = other.terms = NULL;
    assert_true(one.line == other.line && one.protocol == other.protocol && one.perils == other.perils &&
                one.index == other.index && one.shape == other.shape && one.attach == other.attach &&
                one.exhaust == other.exhaust && one.waiting_hours == other.waiting_hours &&
                one.event_limit == other.event_limit && one.annual_limit == other.annual_limit &&
                one.expiring_premium == other.expiring_premium && one.n_steps == other.n_steps &&
                one.inception == other.inception && one.term_days == other.term_days && !one.document);
}

static void one_round(struct quo_spread *spread, struct quo_bookprotocols *protocols, size_t n)
{
    char id[32], text[64];
    struct quo_payout_step step[3];
    int task_of[PROTOCOLS] = {0}, error;
    for (size_t i = 0; i < n; i++) {
        const struct quo_bookpolicy row = row_of(i, id, step);
        assert_int_equal(quo_spread_add(spread, &row), QUO_OK);
    }
    assert_int_equal(quo_spread_rows(spread), n);
    const size_t tasks = quo_spread_cut(spread);
    size_t seen = 0, before = SIZE_MAX;
    for (size_t t = tasks; t-- > 0;) { /* the last first: the order in which they are done does not matter */
        struct quo_spreadrows rows;
        assert_int_equal(quo_spread_read(spread, t, protocols, NULL, &rows), QUO_OK);
        assert_int_equal(rows.n, quo_spread_task_rows(spread, t));
        assert_true(rows.n <= QUO_SPREAD_TASK && (before == SIZE_MAX || rows.n >= before));
        before = rows.n;
        for (size_t k = 0; k < rows.n; k++) {
            const struct quo_bookpolicy want = row_of((size_t)rows.row[k].line - 2, id, step);
            same_row(&rows.row[k], &want, protocols->protocol[want.protocol]->id);
            if (want.protocol != 256) { /* the protocols of one part stand together */
                assert_true(task_of[want.protocol] == 0 || task_of[want.protocol] == (int)t + 1 || want.protocol % 256 == 0);
                task_of[want.protocol] = (int)t + 1;
            }
            const int length = snprintf(text, sizeof text, "%d,%s\n", rows.row[k].line, rows.row[k].id);
            assert_int_equal(quo_spread_text(spread, t, text, (size_t)length), QUO_OK);
        }
        seen += rows.n;
        quo_spreadrows_free(&rows);
    }
    assert_int_equal(seen, n);
    for (int threads = 1; threads <= 5; threads += 2) {
        FILE *to = tmpfile();
        assert_int_equal(quo_spread_write(spread, threads, to, &error), QUO_OK);
        rewind(to);
        for (size_t i = 0; i < n; i++) {
            char line[64];
            row_of(i, id, step);
            snprintf(text, sizeof text, "%zu,%s\n", i + 2, id);
            assert_non_null(fgets(line, sizeof line, to));
            assert_string_equal(line, text);
        }
        assert_int_equal(fgetc(to), EOF);
        fclose(to);
    }
    FILE *full = n ? fopen("/dev/full", "w") : NULL;
    if (full) {
        setvbuf(full, NULL, _IONBF, 0);
        assert_int_equal(quo_spread_write(spread, 2, full, &error), QUO_MACHINE);
        assert_int_equal(error, ENOSPC);
        fclose(full);
    }
}

static void rows_come_back_by_protocol_and_texts_in_order(void **state)
{
    (void)state;
    struct quo_protocol protocol[PROTOCOLS];
    struct quo_protocol *at[PROTOCOLS];
    char name[PROTOCOLS][16];
    for (int p = 0; p < PROTOCOLS; p++) {
        snprintf(name[p], sizeof name[p], "p-%d", p);
        protocol[p] = (struct quo_protocol){.id = name[p]};
        at[p] = &protocol[p];
    }
    struct quo_bookprotocols protocols = {.protocol = at, .n = PROTOCOLS};
    struct quo_spread *spread = quo_spread_new();
    assert_non_null(spread);
    one_round(spread, &protocols, ROWS);
    quo_spread_clear(spread);
    one_round(spread, &protocols, 11);
    quo_spread_save(spread); /* with what is in memory, and without */
    quo_spread_clear(spread);
    one_round(spread, &protocols, ROWS);
    quo_spread_clear(spread);
    one_round(spread, &protocols, 0);
    quo_spread_free(spread);
    quo_spread_free(NULL);
}

/* Ids of 20 kB, short ones between them: slices end by their bytes too. */
static void long_rows_come_back_in_order(void **state)
{
    (void)state;
    enum { LONG = 20000, N = 2000 };
    struct quo_protocol protocol[3] = {{.id = (char *)(uintptr_t) "p"}, {.id = (char *)(uintptr_t) "q"}, {.id = (char *)(uintptr_t) "r"}};
    struct quo_protocol *at[3] = {&protocol[0], &protocol[1], &protocol[2]};
    const struct quo_bookprotocols protocols = {.protocol = at, .n = 3};
    struct quo_spread *spread = quo_spread_new();
    char *id = malloc(LONG + 1);
    int error;
    for (size_t i = 0; i < N; i++) {
        memset(id, 'a' + (int)(i % 26), LONG);
        id[i % 3 ? 3 : LONG] = '\0';
        const struct quo_bookpolicy row = {.line = (int)i, .id = id, .protocol_id = "p", .protocol = (long)(i * i % 3)};
        assert_int_equal(quo_spread_add(spread, &row), QUO_OK);
    }
    const size_t tasks = quo_spread_cut(spread);
    for (size_t t = 0; t < tasks; t++) {
        struct quo_spreadrows rows;
        assert_int_equal(quo_spread_read(spread, t, &protocols, NULL, &rows), QUO_OK);
        for (size_t k = 0; k < rows.n; k++)
            assert_int_equal(quo_spread_text(spread, t, rows.row[k].id, strlen(rows.row[k].id)), QUO_OK);
        quo_spreadrows_free(&rows);
    }
    FILE *to = tmpfile();
    assert_int_equal(quo_spread_write(spread, 2, to, &error), QUO_OK);
    rewind(to);
    for (size_t i = 0; i < N; i++) {
        const size_t n = i % 3 ? 3 : LONG;
        assert_int_equal(fread(id, 1, n, to), n);
        assert_true(id[0] == 'a' + (int)(i % 26) && memcmp(id, id + 1, n - 1) == 0);
    }
    assert_int_equal(fgetc(to), EOF);
    fclose(to);
    free(id);
    quo_spread_free(spread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(piles_come_back_from_memory_and_file),
                                       cmocka_unit_test(a_temporary_file_that_cannot_be_is_told),
                                       cmocka_unit_test(rows_come_back_by_protocol_and_texts_in_order),
                                       cmocka_unit_test(long_rows_come_back_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
