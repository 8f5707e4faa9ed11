/* A simulation that goes on where it was cut off ends with the same bits; files that are another's or damaged are refused. */
#include "check.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit_book.h"

#define YEARS 60000

struct desk {
    struct kit_book book;
    struct quo_exposures *exposures;
    struct quo_shocks *shocks;
    struct quo_treaty treaty;
    struct quo_treaties treaties;
    struct quo_portfolio *alone;
    char path[64];
};

static struct quo_portfolio_options options_of(struct desk *desk)
{
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = YEARS;
    options.treaties = &desk->treaties;
    options.added = desk->exposures->n_policies - 1;
    options.faults = &desk->book.faults;
    options.checkpoint_seconds = 0.0;
    return options;
}

static int open_desk(void **state)
{
    static struct desk desk;
    kit_book_open(&desk.book);
    for (size_t i = 0; i < kit_book_n_files; i++)
        kit_book_add(&desk.book, kit_book_files[i], "");
    desk.exposures = kit_book_exposures(&desk.book, NULL);
    desk.treaty = (struct quo_treaty){.kind = QUO_TREATY_EVENT_EXCESS, .share = 0.8, .retention = 100000000, .limit = 500000000,
                                      .reinstatements = 2, .reinstatement_premium = 1.0, .premium = 1e6};
    desk.treaties = (struct quo_treaties){&desk.treaty, 1};
    assert_int_equal(quo_shocks_new(desk.exposures, &desk.shocks), QUO_OK);
    strcpy(desk.path, "/tmp/quorate-checkpoint-XXXXXX");
    assert_int_equal(close(mkstemp(desk.path)), 0);
    const struct quo_portfolio_options options = options_of(&desk);
    assert_int_equal(quo_portfolio_run(desk.shocks, &options, &desk.alone), QUO_OK);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    remove(desk->path);
    quo_portfolio_free(desk->alone);
    quo_shocks_free(desk->shocks);
    quo_exposures_free(desk->exposures);
    kit_book_close(&desk->book);
    return 0;
}

static void same(const struct quo_portfolio *a, const struct quo_portfolio *b)
{
    assert_memory_equal(&a->gross, &b->gross, sizeof a->gross);
    assert_memory_equal(&a->net, &b->net, sizeof a->net);
    assert_memory_equal(&a->added, &b->added, sizeof a->added);
    assert_memory_equal(a->ceded, b->ceded, a->n_ceded * sizeof *a->ceded);
    assert_memory_equal(a->contribution, b->contribution, a->policies * sizeof *a->contribution);
    for (size_t i = 0; i < a->n_accumulations; i++)
        assert_memory_equal(&a->accumulation[i].limit_exposed, &b->accumulation[i].limit_exposed, 5 * sizeof(double));
}

static void it_goes_on_where_it_was(void **state)
{
    struct desk *desk = *state;
    struct quo_portfolio_options options = options_of(desk);
    struct quo_portfolio *p = NULL;
    options.checkpoint = desk->path;
    remove(desk->path);
    assert_int_equal(quo_portfolio_run(desk->shocks, &options, &p), QUO_OK);
    same(desk->alone, p);
    quo_portfolio_free(p);
    assert_int_equal(access(desk->path, R_OK), 0);
    options.resume = true;
    const int before = omp_get_max_threads();
    for (int jobs = 1; jobs <= 3; jobs++) {
        omp_set_num_threads(jobs);
        assert_int_equal(quo_portfolio_run(desk->shocks, &options, &p), QUO_OK);
        same(desk->alone, p);
        quo_portfolio_free(p);
    }
    omp_set_num_threads(before);
    remove(desk->path); /* nothing there: from the start */
    assert_int_equal(quo_portfolio_run(desk->shocks, &options, &p), QUO_OK);
    same(desk->alone, p);
    quo_portfolio_free(p);
}

static void refused(struct desk *desk, const struct quo_portfolio_options *options, const char *says)
{
    struct quo_portfolio *p = NULL;
    const size_t before = desk->book.faults.n;
    assert_int_equal(quo_portfolio_run(desk->shocks, options, &p), QUO_REFUSED);
    assert_null(p);
    assert_int_equal(desk->book.faults.n, before + 1);
    if (!strstr(desk->book.faults.fault[before].text, says))
        fail_msg("'%s' is not told: %s", says, desk->book.faults.fault[before].text);
}

static void put(const char *path, const char *bytes, size_t n)
{
    FILE *to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, n, to), n);
    fclose(to);
}

static void others_and_damaged_ones_are_refused(void **state)
{
    struct desk *desk = *state;
    struct quo_portfolio_options options = options_of(desk);
    struct quo_portfolio *p = NULL;
    options.checkpoint = desk->path;
    options.resume = true;
    remove(desk->path);
    assert_int_equal(quo_portfolio_run(desk->shocks, &options, &p), QUO_OK);
    quo_portfolio_free(p);
    struct quo_portfolio_options other = options;
    other.seed++;
    refused(desk, &other, "another seed");
    other = options;
    other.years--;
    refused(desk, &other, "another number of years");
    other = options;
    desk->treaty.limit++;
    refused(desk, &other, "of another book");
    desk->treaty.limit--;
    FILE *from = fopen(desk->path, "rb");
    assert_non_null(from);
    char *bytes = malloc((size_t)8 << 20);
    const size_t n = fread(bytes, 1, (size_t)8 << 20, from);
    fclose(from);
    assert_true(n > 100000 && n < (size_t)8 << 20);
    for (size_t at = 200; at < n; at += n / 5) { /* one bit, anywhere behind the header */
        bytes[at] ^= 4;
        put(desk->path, bytes, n);
        refused(desk, &options, "damaged");
        bytes[at] ^= 4;
    }
    put(desk->path, bytes, n - 1);
    refused(desk, &options, "damaged");
    put(desk->path, bytes, n / 2);
    refused(desk, &options, "damaged");
    put(desk->path, "policy = {};\n", 13);
    refused(desk, &options, "no checkpoint");
    free(bytes);
    options.checkpoint = "/nowhere/at/all";
    options.resume = false;
    assert_int_equal(quo_portfolio_run(desk->shocks, &options, &p), QUO_MACHINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_where_it_was),
        cmocka_unit_test(others_and_damaged_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
