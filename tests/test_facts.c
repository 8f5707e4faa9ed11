/* The data sets of fixtures/ hold every fact of the collection they were made from: same rows, same fields, in order.
 * Columns of other people's words (notes, labels) are left out of fixtures/. Skipped where the collection is absent. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "risk/base/csv.h"

#define COLUMNS_MAX 16

static struct quo_csv *open_csv(const char *path, struct quo_faults *faults)
{
    struct quo_csv *csv;
    assert_int_equal(quo_csv_open(path, &csv, faults), QUO_OK);
    return csv;
}

/* All rows of `from`, but for the column `but`, stand in `to`. */
static void holds_all(const char *from, const char *to, const char *but, size_t rows)
{
    char path[160];
    snprintf(path, sizeof path, "../shared/data/%s", from);
    if (access(path, R_OK) != 0)
        skip();
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_csv *a = open_csv(path, &faults), *b = open_csv(to, &faults);
    int place[COLUMNS_MAX];
    const size_t columns = quo_csv_columns(a);
    assert_true(columns <= COLUMNS_MAX);
    for (size_t i = 0; i < columns; i++) {
        place[i] = quo_csv_column(b, quo_csv_column_name(a, i));
        if (strcmp(quo_csv_column_name(a, i), but) == 0)
            place[i] = -1;
        else
            assert_true(place[i] >= 0);
    }
    size_t n = 0;
    for (;; n++) {
        const struct quo_csv_row *x, *y;
        assert_int_equal(quo_csv_next(a, &x, &faults), QUO_OK);
        assert_int_equal(quo_csv_next(b, &y, &faults), QUO_OK);
        assert_true((x == NULL) == (y == NULL));
        if (!x)
            break;
        for (size_t i = 0; i < columns; i++)
            if (place[i] >= 0 && strcmp(x->field[i], y->field[place[i]]) != 0)
                fail_msg("%s:%d: '%s', but %s:%d: '%s'", path, x->line, x->field[i], to, y->line, y->field[place[i]]);
    }
    assert_int_equal(n, rows);
    assert_int_equal(faults.n, 0);
    quo_faults_free(&faults);
    quo_csv_close(a);
    quo_csv_close(b);
}

static void incidents(void **state)
{
    (void)state;
    holds_all("incidents.csv", "fixtures/incidents/incidents.csv", "", 1317);
}

static void loss_shares(void **state)
{
    (void)state;
    holds_all("loss-shares.csv", "fixtures/incidents/loss-shares.csv", "note", 31);
}

static void outages(void **state)
{
    (void)state;
    holds_all("outages.csv", "fixtures/incidents/outages.csv", "cause", 80);
}

static void windows_of_observation(void **state)
{
    (void)state;
    holds_all("outage-observation.csv", "fixtures/incidents/outage-observation.csv", "note", 18);
}

static void aggregates(void **state)
{
    (void)state;
    holds_all("published-aggregates.csv", "fixtures/incidents/published-aggregates.csv", "note", 106);
}

static void exposure_bands(void **state)
{
    (void)state;
    holds_all("exposure-bands.csv", "fixtures/market/exposure-bands.csv", "note", 114);
}

static void value_history(void **state)
{
    (void)state;
    holds_all("tvl-history.csv", "fixtures/market/tvl-history.csv", "note", 293);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incidents),     cmocka_unit_test(loss_shares),
        cmocka_unit_test(outages),       cmocka_unit_test(windows_of_observation),
        cmocka_unit_test(aggregates),    cmocka_unit_test(exposure_bands),
        cmocka_unit_test(value_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
