#include "risk/fitting/aggregates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

static const char header[] = "source_file,period_start,period_end,statistic,value,unit,scope,qualifier,note\n";

static enum quo_status read_text(const char *rows, struct quo_aggregates **out, struct quo_faults *faults)
{
    char path[] = "/tmp/aggregates-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *to = fdopen(file, "w");
    fprintf(to, "%s%s", header, rows);
    fclose(to);
    quo_faults_init(faults);
    const enum quo_status status = quo_aggregates_load(path, out, faults);
    unlink(path);
    return status;
}

static void the_published_table_is_read_whole(void **state)
{
    (void)state;
    struct quo_aggregates *all;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_aggregates_load("fixtures/incidents/published-aggregates.csv", &all, &faults), QUO_OK);
    assert_int_equal(all->n, 106);
    assert_int_equal(strlen(all->sha256), 64);
    const struct quo_aggregate *median = NULL;
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->row[i].statistic, "loss_median") == 0)
            median = &all->row[i];
    assert_true(median && median->value == 219000.0 && strcmp(median->unit, "USD") == 0 &&
                strcmp(median->scope, "all") == 0);
    quo_aggregates_free(all);
    quo_faults_free(&faults);
}

/* What the notes of the table name by hand: the counts of the first half of 2025 and of the second quarter, the levels of TVL, the
 * total of the second quarter, and a first quarter that counts large losses only. */
static void contradictions_are_found(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "incidents of all, 2025-01-01 to 2025-06-30: 85 (001) against 83 (002); 83 (004)",
        "incidents of all, 2026-04-01 to 2026-06-30: 70 (000) against 126 (001); 123 (002)",
        "loss_total of all, 2026-04-01 to 2026-06-30: 746000000 (000) against 780300000 (002)",
        "tvl_peak of DeFi, 2026-01-01 to 2026-06-30: 1.7e+11 (000) against 1.2e+11 (001)",
        ("incidents of all: 31 (003) to the eve of 2026-04-01 and 126 (001) from then make 157, not the 207 (001) of "
         "2026-01-01 to 2026-06-30"),
    };
    struct quo_aggregates *all;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_aggregates_load("fixtures/incidents/published-aggregates.csv", &all, &faults), QUO_OK);
    char **text;
    size_t n;
    assert_int_equal(quo_aggregates_contradictions(all, &text, &n), QUO_OK);
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        size_t found = 0;
        for (size_t i = 0; i < n; i++)
            found += strcmp(text[i], wanted[w]) == 0;
        if (found != 1)
            fail_msg("%zu times: %s", found, wanted[w]);
    }
    for (size_t i = 0; i < n; i++)
        free(text[i]);
    free(text);
    quo_aggregates_free(all);
    quo_faults_free(&faults);
}

static void roundings_and_bounds_do_not_contradict(void **state)
{
    (void)state;
    struct quo_aggregate a = {.from = 10,
                              .to = 20,
                              .statistic = (char *)"loss_total",
                              .unit = (char *)"USD",
                              .scope = (char *)"all",
                              .qualifier = ' ',
                              .value = 1000.0};
    struct quo_aggregate b = a;
    b.value = 1004.0;
    assert_false(quo_aggregates_contradict(&a, &b));
    b.value = 1010.0;
    assert_true(quo_aggregates_contradict(&a, &b) && quo_aggregates_contradict(&b, &a));
    b.qualifier = '~'; /* about: two per cent */
    assert_false(quo_aggregates_contradict(&a, &b));
    b.qualifier = '>';
    b.value = 900.0;
    assert_false(quo_aggregates_contradict(&a, &b));
    b.value = 1100.0;
    assert_true(quo_aggregates_contradict(&a, &b) && quo_aggregates_contradict(&b, &a));
    a.qualifier = '<'; /* less than 1000, more than 1100 */
    assert_true(quo_aggregates_contradict(&a, &b));
    b.value = 900.0;
    assert_false(quo_aggregates_contradict(&a, &b));
    b = a;
    b.value = 5.0;
    b.qualifier = ' ';
    b.to = 21; /* another period is another thing */
    assert_false(quo_aggregates_contradict(&a, &b));
}

static void every_fault_is_told(void **state)
{
    (void)state;
    struct quo_aggregates *all;
    struct quo_faults faults;
    const char *rows = "a,2026-01-01,2026-06-30,loss_share,76,share,infrastructure,~,\n"
                       "a,2026-13-01,2026-06-30,incidents,207,count,all,,\n"
                       "a,2026-06-30,2026-01-01,incidents,207,count,all,,\n"
                       "a,2026-01-01,2026-06-30,incidents,nan,count,all,,\n"
                       "a,2026-01-01,2026-06-30,incidents,-3,count,all,,\n"
                       "a,2026-01-01,2026-06-30,loss_total,1e9,USD,all,?,\n"
                       "a,2026-01-01,2026-06-30,,5,USD,all,,\n"
                       "a,2026-01-01,2026-06-30,loss_mean,4.7e6,USD,all,,\n"
                       "a,2026-01-01,2026-06-30,loss_mean,4.7e6,USD,all,,\n";
    static const int lines[] = {2, 3, 4, 5, 6, 7, 8, 10};
    assert_int_equal(read_text(rows, &all, &faults), QUO_REFUSED);
    assert_null(all);
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
        size_t found = 0;
        for (size_t i = 0; i < faults.n; i++)
            found += faults.fault[i].line == lines[k] && faults.fault[i].hint[0] != '\0';
        if (found != 1)
            fail_msg("line %d has %zu faults with a hint", lines[k], found);
    }
    quo_faults_free(&faults);
    assert_int_equal(read_text("", &all, &faults), QUO_REFUSED);
    assert_int_equal(quo_faults_told(&faults), 1);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_table_is_read_whole), cmocka_unit_test(contradictions_are_found),
        cmocka_unit_test(roundings_and_bounds_do_not_contradict), cmocka_unit_test(every_fault_is_told)};
    return cmocka_run_group_tests_name("aggregates", tests, NULL, NULL);
}
