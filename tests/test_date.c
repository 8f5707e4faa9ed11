#include "check.h"
#include "risk/base/date.h"

#include <stdio.h>
#include <string.h>

static bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* Counts the days one after the other from 1900-01-01 and compares every function on each. */
static void every_day_of_three_centuries(void **state)
{
    (void)state;
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int day = -25567; /* 1900-01-01: 70 years of 365 days and 17 leap days before 1970 */
    for (int year = 1900; year <= 2199; year++)
        for (int month = 1; month <= 12; month++)
            for (int d = 1; d <= length[month - 1] + (month == 2 && leap(year)); d++, day++) {
                char want[40], got[11];
                int parsed = 0, y, m, dd;
                snprintf(want, sizeof want, "%04d-%02d-%02d", year, month, d);
                quo_date_format(day, got);
                quo_date_to_civil(day, &y, &m, &dd);
                if (strcmp(want, got) != 0 || !quo_date_parse(want, &parsed) || parsed != day || y != year ||
                    m != month || dd != d || quo_date_from_civil(year, month, d) != day)
                    fail_msg("%s: day %d, parsed %d, formatted %s", want, day, parsed, got);
            }
    assert_int_equal(day, 84006); /* 2200-01-01 */
}

static void known_days(void **state)
{
    (void)state;
    int day = -1;
    assert_true(quo_date_parse("1970-01-01", &day));
    assert_int_equal(day, 0);
    assert_true(quo_date_parse("2000-02-29", &day));
    assert_int_equal(day, 11016);
    assert_true(quo_date_parse("2038-01-19", &day)); /* the 2^31st second */
    assert_int_equal(day, 24855);
}

static void refuses_other_forms_and_days_that_do_not_exist(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "2026-8-1",   "2026-02-29",  "2100-02-29",  "2026-04-31",
                                      "2026-13-01", "2026-00-10", "2026-01-00",  "1899-12-31",  "2200-01-01",
                                      "2026/08/01", "20260801",   "2026-08-01 ", " 2026-08-01", "2026-08-01T00:00",
                                      "+026-08-01", "2026-08-0x", "2026",        "2026-",       "2026-08",
                                      "2026-08-"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int day = 77;
        if (quo_date_parse(bad[i], &day) || day != 77)
            fail_msg("'%s' taken", bad[i]);
    }
    int day;
    assert_false(quo_date_parse(NULL, &day));
}

static void years(void **state)
{
    (void)state;
    check_rel(quo_date_year(quo_date_from_civil(2026, 1, 1)), 2026.0, 0.0, "new year");
    check_rel(quo_date_year(quo_date_from_civil(2026, 7, 2)), 2026.0 + 182.0 / 365.0, 1e-15, "middle");
    check_rel(quo_date_year(quo_date_from_civil(2024, 12, 31)), 2024.0 + 365.0 / 366.0, 1e-15, "leap year");
    check_rel(quo_date_year(-1), 1969.0 + 364.0 / 365.0, 1e-15, "before 1970");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_three_centuries),
        cmocka_unit_test(known_days),
        cmocka_unit_test(refuses_other_forms_and_days_that_do_not_exist),
        cmocka_unit_test(years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
