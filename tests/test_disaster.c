/* Stated disasters: April 2026 by hand, who is struck, and files that are refused. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kit_book.h"
#include "pricing/portfolio/disaster.h"

struct desk {
    struct kit_book book;
    struct quo_exposures *exposures;
    struct quo_shocks *shocks;
    struct quo_scenarios *scenarios;
};

static int open_desk(void **state)
{
    static struct desk desk;
    kit_book_open(&desk.book);
    for (size_t i = 1; i < kit_book_n_files; i++)
        kit_book_add(&desk.book, kit_book_files[i], "");
    desk.exposures = kit_book_exposures(&desk.book, NULL);
    assert_int_equal(quo_shocks_new(desk.exposures, &desk.shocks), QUO_OK);
    assert_int_equal(quo_scenarios_load("fixtures/scenarios/disasters.cfg", &desk.scenarios, &desk.book.faults),
                     QUO_OK);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    quo_scenarios_free(desk->scenarios);
    quo_shocks_free(desk->shocks);
    quo_exposures_free(desk->exposures);
    kit_book_close(&desk->book);
    return 0;
}

static void run(const struct desk *desk, const char *id, const struct quo_treaties *treaties, struct quo_disaster *out)
{
    for (size_t i = 0; i < desk->scenarios->n; i++)
        if (strcmp(desk->scenarios->scenario[i].id, id) == 0) {
            assert_int_equal(quo_disaster_run(desk->shocks, &desk->scenarios->scenario[i], treaties, out), QUO_OK);
            return;
        }
    fail_msg("no scenario %s", id);
}

static double paid(const struct desk *desk, const struct quo_disaster *d, const char *policy)
{
    for (size_t i = 0; i < d->n_policies; i++)
        if (strcmp(desk->exposures->policy[i].id, policy) == 0)
            return d->policy[i];
    return NAN;
}

/* Drift: 285 of 550 M is beyond a fifth: all of 5.5 M. KelpDAO: (292/1600 - 0.02)/0.18 of 16 M. The published month is 577 M. */
static void april_2026(void **state)
{
    const struct desk *desk = *state;
    struct quo_disaster d;
    run(desk, "april-2026", NULL, &d);
    check_rel(d.ground_up, 577e6, 1e-12, "ground up");
    check_rel(paid(desk, &d, "CASE-DRIFT-2026"), 5.5e6, 1e-9, "Drift");
    check_abs(paid(desk, &d, "CASE-KELP-2026"), 16e6 * (292.0 / 1600.0 - 0.02) / 0.18, 0.01, "KelpDAO");
    check_abs(d.gross, 5.5e6 + 16e6 * (292.0 / 1600.0 - 0.02) / 0.18, 0.01, "the book");
    assert_int_equal(d.n_paying, 2);
    quo_disaster_free(&d);
    struct quo_treaty excess = {
        .kind = QUO_TREATY_EVENT_EXCESS, .share = 1.0, .retention = 500000000, .limit = 10000000000, .reinstatements = -1};
    run(desk, "april-2026", &(struct quo_treaties){&excess, 1}, &d);
    check_rel(d.net, 10e6, 1e-12, "two events of which 5 M each are kept");
    quo_disaster_free(&d);
}

static void who_is_struck(void **state)
{
    const struct desk *desk = *state;
    struct quo_disaster d;
    run(desk, "verifier-network", NULL, &d); /* all that name it */
    size_t naming = 0;
    for (size_t i = 0; i < desk->exposures->n_risks; i++)
        for (size_t k = 0; k < desk->exposures->risk[i].ties.n; k++)
            if (strcmp(desk->exposures->risk[i].ties.tie[k].name, "verifier:layerzero-labs") == 0) {
                naming++;
                break;
            }
    assert_true(naming >= 1 && d.n_struck == naming);
    quo_disaster_free(&d);
    run(desk, "two-campaigns", NULL, &d);
    assert_int_equal(d.n_struck, 3);
    assert_int_equal(d.struck[0].risk, d.struck[1].risk); /* the one it weighs heaviest on is in both */
    const uint32_t second = d.struck[2].risk;
    quo_disaster_free(&d);
    run(desk, "april-2026-anywhere", NULL, &d);
    assert_int_equal(d.n_struck, 2);
    assert_int_equal(d.struck[1].risk, second);
    check_rel(d.struck[1].size, 0.1825 * desk->exposures->risk[second].exposure_usd, 1e-12, "its share");
    quo_disaster_free(&d);
}

static void refuses(const char *strike, const char *says)
{
    const char *path = "scenario.test.cfg";
    struct quo_faults faults;
    struct quo_scenarios *scenarios = NULL;
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fprintf(to, "scenarios = ( { id = \"a\"; strikes = ( %s ); } );\n", strike);
    fclose(to);
    quo_faults_init(&faults);
    assert_int_equal(quo_scenarios_load(path, &scenarios, &faults), QUO_REFUSED);
    bool told = false;
    for (size_t i = 0; i < faults.n; i++)
        told |= strstr(faults.fault[i].text, says) != NULL;
    if (!told)
        fail_msg("'%s' is not told: %s", says, faults.n ? faults.fault[0].text : "nothing is");
    quo_faults_free(&faults);
    remove(path);
}

static void files_that_are_refused(void **state)
{
    (void)state;
    refuses("{ protocol = \"a\"; peril = \"code_bug\"; }", "has no size");
    refuses("{ protocol = \"a\"; peril = \"code_bug\"; loss_usd = 1.0; loss_share = 0.5; }", "its size is said twice");
    refuses("{ peril = \"code_bug\"; loss_usd = 1.0; }", "strikes nobody");
    refuses("{ protocol = \"a\"; vendor = \"b\"; peril = \"code_bug\"; loss_usd = 1.0; }",
            "whom it strikes is said twice");
    refuses("{ campaign_rank = 1; campaign_targets = 2; peril = \"code_bug\"; loss_usd = 1.0; }", "whom it strikes is said twice");
    refuses("{ campaign_rank = 0; peril = \"code_bug\"; loss_usd = 1.0; }", "campaign_rank");
    refuses("{ protocol = \"a\"; peril = \"service_outage\"; loss_usd = 1.0; }", "not measured so");
    refuses("{ protocol = \"a\"; peril = \"weather\"; loss_usd = 1.0; }", "weather");
    refuses("{ protocol = \"a\"; peril = \"code_bug\"; day = 5.0; loss_usd = 1.0; }, { protocol = \"a\"; peril = "
            "\"code_bug\"; loss_usd = 1.0; }",
            "comes after day 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(april_2026), cmocka_unit_test(who_is_struck),
                                       cmocka_unit_test(files_that_are_refused)};
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
