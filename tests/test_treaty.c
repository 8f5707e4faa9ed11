/* Reinsurance by hand: layers, reinstatements in order of time, treaties on what those before them left; and files that are refused. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "pricing/portfolio/treaty.h"

static struct quo_treaty_year run(struct quo_treaty *treaty, size_t n, const double *usd, size_t events,
                                  struct quo_treaty_sums *sums)
{
    struct quo_treaty_event event[32];
    struct quo_treaty_year out;
    const struct quo_treaties treaties = {treaty, n};
    memset(sums, 0, n * sizeof *sums);
    for (size_t i = 0; i < events; i++)
        event[i] = (struct quo_treaty_event){(int64_t)(100.0 * usd[i]), (int64_t)(1000.0 * usd[i]), (int64_t)(500.0 * usd[i])};
    quo_treaties_year(&treaties, event, events, sums, &out);
    return out;
}

static void excess_of_loss_with_reinstatements(void **state)
{
    (void)state;
    /* 20 xs 10, one reinstatement: 15, 0, 20, then 5 of the 40 are left. */
    struct quo_treaty t = {.kind = QUO_TREATY_EVENT_EXCESS, .share = 1.0, .retention = 1000, .limit = 2000, .reinstatements = 1,
                           .reinstatement_premium = 1.0, .premium = 6.0};
    const double usd[] = {25.0, 8.0, 90.0, 30.0};
    struct quo_treaty_sums sums;
    const struct quo_treaty_year left = run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 1500 + 2000 + 500);
    assert_int_equal(left.net, 15300 - 4000);
    assert_int_equal(left.largest, 7000);
    assert_int_equal(sums.exhausted, 1);
    assert_int_equal(sums.touched, 1);
    assert_int_equal(sums.reinstatement_premium, 600); /* the whole limit came back once */
    assert_true(sums.square == (unsigned __int128)4000 * 4000);
    t.reinstatements = -1; /* no limit of the year */
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 1500 + 2000 + 2000);
    t.share = 0.5;
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 750 + 1000 + 1000);
}

/* The market loses ten times what the book pays. Limit 20 at 80 of the market: the second and third event; by year at 400: once. */
static void industry_loss_warranties(void **state)
{
    (void)state;
    const double usd[] = {7.0, 9.0, 30.0, 1.0};
    struct quo_treaty t = {.kind = QUO_TREATY_INDUSTRY_LOSS,
                           .share = 1.0,
                           .limit = 2000,
                           .reinstatements = 1,
                           .market_factor = 1.0,
                           .trigger = 8000};
    struct quo_treaty_sums sums;
    struct quo_treaty_year left = run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 4000);
    assert_int_equal(sums.exhausted, 1);
    assert_int_equal(left.net, 4700 - 4000);
    assert_int_equal(left.largest, 3000); /* of the events themselves it takes nothing */
    t.reinstatements = 0;
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 2000);
    t.reinstatements = 1;
    t.own_loss = 901; /* the second event cost the book less */
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 2000);
    t.own_loss = 0;
    t.market_factor = 1000.0; /* of the book's protocols alone */
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 4000);
    t.of_book = true; /* which lose five times what the book pays: 35, 45, 150, 5 */
    t.market_factor = 1.0;
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 2000);
    t.market_factor = 1.8; /* 63, 81, 270, 9 */
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 4000);
    t.share = 0.25;
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 1000);
    t = (struct quo_treaty){.kind = QUO_TREATY_INDUSTRY_LOSS, .share = 1.0, .limit = 10000, .market_factor = 1.0, .trigger = 47000, .by_year = true};
    left = run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 10000);
    assert_int_equal(left.net, 4700 - 10000); /* parametric: more than was lost */
    t.trigger++;
    run(&t, 1, usd, 4, &sums);
    assert_int_equal(sums.ceded, 0);
}

static void one_after_the_other(void **state)
{
    (void)state;
    struct quo_treaty t[] = {{.kind = QUO_TREATY_QUOTA_SHARE, .share = 0.25, .limit = INT64_MAX, .reinstatements = -1},
                             {.kind = QUO_TREATY_EVENT_EXCESS, .share = 1.0, .retention = 6000, .limit = 1500},
                             {.kind = QUO_TREATY_ANNUAL_AGGREGATE, .share = 0.9, .retention = 10000, .limit = 5000}};
    const double usd[] = {100.0, 120.0};
    struct quo_treaty_sums sums[3];
    const struct quo_treaty_year left = run(t, 3, usd, 2, sums);
    assert_int_equal(sums[0].ceded, 2500 + 3000); /* leaves 75 and 90 */
    assert_int_equal(sums[1].ceded, 1500);        /* 15 of the first; the limit of the year is gone: 60 and 90 */
    assert_int_equal(sums[2].ceded, 4500);        /* 50 xs 100 of 150, nine tenths */
    assert_int_equal(left.net, 22000 - 5500 - 1500 - 4500);
    assert_int_equal(left.largest, 9000);
    assert_int_equal(sums[1].exhausted + sums[2].exhausted, 2);
}

static void nothing_is_ceded_of_nothing(void **state)
{
    (void)state;
    struct quo_treaty t = {.kind = QUO_TREATY_QUOTA_SHARE, .share = 0.25, .limit = INT64_MAX, .reinstatements = -1};
    struct quo_treaty_sums sums;
    const struct quo_treaty_year left = run(&t, 1, NULL, 0, &sums);
    assert_true(left.net == 0 && left.largest == 0 && sums.ceded == 0 && sums.touched == 0);
}

static void refuses(const char *text, const char *says)
{
    const char *path = "treaty.test.cfg";
    struct quo_faults faults;
    struct quo_treaties *treaties = NULL;
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
    quo_faults_init(&faults);
    assert_int_equal(quo_treaties_load(path, &treaties, &faults), QUO_REFUSED);
    assert_null(treaties);
    bool told = false;
    for (size_t i = 0; i < faults.n; i++)
        told |= strstr(faults.fault[i].text, says) != NULL;
    if (!told)
        fail_msg("'%s' is not told: %s", says, faults.n ? faults.fault[0].text : "nothing is");
    quo_faults_free(&faults);
    remove(path);
}

static void files(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_treaties *treaties = NULL;
    quo_faults_init(&faults);
    assert_int_equal(quo_treaties_load("fixtures/scenarios/reinsurance.cfg", &treaties, &faults), QUO_OK);
    assert_int_equal(treaties->n, 3);
    assert_int_equal(treaties->treaty[1].limit, 2000000000);
    quo_treaties_free(treaties);
    quo_faults_free(&faults);
    refuses("reinsurance = { treaties = ( ); };", "without a treaty");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"stop_los\"; } ); };", "stop_los");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"quota_share\"; share = 1.5; } ); };", "1.5");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"industry_loss\"; limit = 5.0; } ); };", "trigger");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"industry_loss\"; limit = 5.0; trigger = 1.0; market_factor = 2.0; } ); };", "market");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"industry_loss\"; limit = 5.0; trigger = 1.0; market = \"some\"; } ); };", "some");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"industry_loss\"; limit = 5.0; trigger = 1.0; by = \"month\"; } ); };",
            "month");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"event_excess\"; limit = 5.0; } ); };", "retention");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"event_excess\"; retention = 1.0; limit = 5.0; "
            "reinstatements = 1; "
            "reinstatement_premium = 1.0; } ); };",
            "premium, which is not said");
    refuses("reinsurance = { treaties = ( { id = \"a\"; kind = \"annual_aggregate\"; retention = 1.0; limit = 5.0; }, "
            "{ id = \"b\"; kind = \"quota_share\"; share = 0.5; } ); };",
            "after one on the year");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(excess_of_loss_with_reinstatements),
                                       cmocka_unit_test(industry_loss_warranties), cmocka_unit_test(one_after_the_other),
                                       cmocka_unit_test(nothing_is_ceded_of_nothing), cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
