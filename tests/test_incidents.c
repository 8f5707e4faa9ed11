#include "risk/fitting/incidents.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"
#include "risk/base/date.h"

#define HEAD "date,entity,loss_usd,recovered_usd,cause,bridge,chain,state_actor_attributed,sources"

static char path[64];

static struct quo_incidents *read_text(const char *text, size_t n, enum quo_status want, struct quo_faults *faults)
{
    strcpy(path, "/tmp/quorate-incidents-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (long)n);
    close(fd);
    struct quo_incidents *incidents;
    quo_faults_init(faults);
    const enum quo_status status = quo_incidents_load(path, &incidents, faults);
    unlink(path);
    assert_int_equal(status, want);
    assert_true((incidents != NULL) == (want == QUO_OK));
    return incidents;
}

/* The fault at that line with that text in it; hint too unless NULL. */
static void has_fault(const struct quo_faults *faults, int line, const char *text, const char *hint)
{
    for (size_t i = 0; i < faults->n; i++)
        if (faults->fault[i].line == line && strstr(faults->fault[i].text, text) &&
            (!hint || strstr(faults->fault[i].hint, hint)))
            return;
    for (size_t i = 0; i < faults->n; i++)
        print_message("%d: %s; %s\n", faults->fault[i].line, faults->fault[i].text, faults->fault[i].hint);
    fail_msg("no fault at line %d with '%s'", line, text);
}

static void the_shipped_file_is_read_whole(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_incidents *all;
    quo_faults_init(&faults);
    assert_int_equal(quo_incidents_load("fixtures/incidents/incidents.csv", &all, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    assert_int_equal(all->n, 1317);
    assert_int_equal(all->from, quo_date_from_civil(2014, 2, 28));
    assert_int_equal(all->to, quo_date_from_civil(2026, 6, 27));
    size_t perils[QUO_PERILS + 1] = {0}, state_actor = 0, exposure = 0, corrected = 0;
    double total = 0.0;
    for (size_t i = 0; i < all->n; i++) {
        perils[all->incident[i].peril]++;
        state_actor += all->incident[i].state_actor == 1;
        exposure += (size_t)!isnan(all->incident[i].exposure);
        total += all->incident[i].loss;
        corrected += all->incident[i].corrected;
        assert_true(all->incident[i].low <= all->incident[i].loss && all->incident[i].loss <= all->incident[i].high);
    }
    /* As collected 713, 185, 17, 125, 32; then the corrections, counted in the file: 9 fewer, 5, 5 more, 3 fewer, 1 more. */
    assert_int_equal(perils[QUO_CODE_BUG], 704);
    assert_int_equal(perils[QUO_KEY_COMPROMISE], 190);
    assert_int_equal(perils[QUO_BRIDGE_VALIDATION], 22);
    assert_int_equal(perils[QUO_INSIDER_RUG], 122);
    assert_int_equal(perils[QUO_INCIDENT_OTHER], 33);
    assert_int_equal(corrected, 30);
    assert_int_equal(state_actor, 41);
    assert_int_equal(exposure, 26);
    check_rel(total, 17e9, 0.03, "17 bn in all");
    assert_int_equal(strlen(all->sha256), 64);
    quo_incidents_free(all);
    quo_faults_free(&faults);
}

static void empty_is_unknown_and_not_nothing(void **state)
{
    (void)state;
    const char text[] = HEAD ",exposure_usd,loss_low_usd,loss_high_usd,floor_usd\r\n"
                             "2026-04-18,\"Kelp, DAO\",293e6,,bridge_validation,1,eth+2,,a;b;c,,,,\r\n"
                             "2026-04-19,Other,5.5,0,other,,,0,,10,5,6,1\r\n";
    struct quo_faults faults;
    struct quo_incidents *all = read_text(text, sizeof text - 1, QUO_OK, &faults);
    assert_int_equal(all->n, 2);
    const struct quo_incident *it = all->incident;
    assert_string_equal(it->entity, "Kelp, DAO");
    assert_true(it->loss == 293e6 && isnan(it->recovered) && isnan(it->exposure) && isnan(it->low) && isnan(it->floor));
    assert_int_equal(it->state_actor, -1);
    assert_int_equal(it->bridge, 1);
    assert_int_equal(it->n_sources, 3);
    assert_int_equal(it->peril, QUO_BRIDGE_VALIDATION);
    it++;
    assert_true(it->recovered == 0.0 && it->exposure == 10.0 && it->low == 5.0 && it->high == 6.0 && it->floor == 1.0);
    assert_int_equal(it->state_actor, 0);
    assert_int_equal(it->bridge, -1);
    assert_int_equal(it->n_sources, 0);
    assert_int_equal(it->peril, QUO_INCIDENT_OTHER);
    quo_incidents_free(all);
    quo_faults_free(&faults);
}

/* What a later report tells is used; what was collected stays in the file. */
static void corrections_are_used_and_have_a_name(void **state)
{
    (void)state;
    struct quo_faults faults;
    const char good[] = HEAD ",cause_corrected,bridge_corrected,corrected_by\n"
                             "2026-04-18,A,1e6,,code_bug,0,,,x,bridge_validation,1,\"B, as told by C\"\n"
                             "2026-04-19,B,1e6,,code_bug,1,,,x,,0,D\n"
                             "2026-04-20,C,1e6,,insider_rug,,,,x,other,,E\n"
                             "2026-04-21,D,1e6,,code_bug,0,,,x,,,\n";
    struct quo_incidents *all = read_text(good, sizeof good - 1, QUO_OK, &faults);
    const struct quo_incident *it = all->incident;
    assert_true(it[0].peril == QUO_BRIDGE_VALIDATION && it[0].bridge == 1 && it[0].corrected);
    assert_true(it[1].peril == QUO_CODE_BUG && it[1].bridge == 0 && it[1].corrected);
    assert_true(it[2].peril == QUO_INCIDENT_OTHER && it[2].bridge == -1 && it[2].corrected);
    assert_true(it[3].peril == QUO_CODE_BUG && it[3].bridge == 0 && !it[3].corrected);
    quo_incidents_free(all);
    quo_faults_free(&faults);
    const char bad[] = HEAD ",cause_corrected,bridge_corrected,corrected_by\n"
                            "2026-04-18,A,1e6,,code_bug,0,,,x,bridge_validation,,\n" /* 2: by whom */
                            "2026-04-18,B,1e6,,code_bug,0,,,x,,,C\n"                 /* 3: what */
                            "2026-04-18,C,1e6,,code_bug,0,,,x,code_bug,,D\n"         /* 4: nothing new */
                            "2026-04-18,D,1e6,,code_bug,0,,,x,,0,D\n"                /* 5: nothing new */
                            "2026-04-18,E,1e6,,code_bug,0,,,x,code_bog,,D\n"         /* 6: near name */
                            "2026-04-18,F,1e6,,code_bug,0,,,x,,2,D\n"                /* 7: flag */
                            "2026-04-18,G,,,code_bug,0,,,x,code_bug,0,\n";           /* 8: four at once */
    read_text(bad, sizeof bad - 1, QUO_REFUSED, &faults);
    has_fault(&faults, 2, "without corrected_by", "whose report");
    has_fault(&faults, 3, "corrected_by without", "what was corrected");
    has_fault(&faults, 4, "cause_corrected is what", "empty");
    has_fault(&faults, 5, "bridge_corrected is what", "empty");
    has_fault(&faults, 6, "code_bog", "code_bug");
    has_fault(&faults, 7, "bridge_corrected", "1, 0");
    has_fault(&faults, 6, "unknown cause_corrected", NULL);
    has_fault(&faults, 7, "bridge_corrected", "not corrected");
    has_fault(&faults, 8, "loss_usd is empty", NULL);
    has_fault(&faults, 8, "cause_corrected is what", NULL);
    has_fault(&faults, 8, "bridge_corrected is what", NULL);
    has_fault(&faults, 8, "without corrected_by", NULL);
    assert_int_equal(faults.n, 10);
    quo_faults_free(&faults);
}

static void every_fault_is_told_at_its_line(void **state)
{
    (void)state;
    const char text[] = HEAD ",loss_low_usd,loss_high_usd,floor_usd\n"
                             "2026-02-29,A,1e6,,code_bug,0,,,x,,,\n"       /* 2: no such day */
                             "2026-02-28,B,1e400,,code_bug,0,,,x,,,\n"     /* 3: overflow */
                             "2026-02-28,C,-5,,code_bug,0,,,x,,,\n"        /* 4: negative */
                             "2026-02-28,D,nan,,code_bug,0,,,x,,,\n"       /* 5: NaN */
                             "2026-02-28,E,1e6,,key_compromize,0,,,x,,,\n" /* 6: near name */
                             "2026-02-28,F,1e6,,code_bug,2,,,x,,,\n"       /* 7: flag */
                             "2026-02-28,G,1e6,,code_bug,0,,yes,x,,,\n"    /* 8: flag */
                             "2026-02-28,,1e6,,code_bug,0,,,x,,,\n"        /* 9: no name */
                             "2026-02-28,H,1e6,,code_bug,0,,,x,7,6,\n"     /* 10: interval upside down */
                             "2026-02-28,I,1e6,,code_bug,0,,,x,,,1e6\n"    /* 11: not above its floor */
                             "2026-02-28,J,0,,code_bug,0,,,x,,,\n"         /* 12: zero */
                             "2026-02-28,K,2e15,,code_bug,0,,,x,,,\n"      /* 13: more than there is */
                             "2026-02-28,L,\"1,000\",,code_bug,0,,,x,,,\n" /* 14: separators */
                             "2026-02-28,M,,,code_bug,0,,,x,,,\n"          /* 15: empty */
                             "2026-02-28,N,5,-1,code_bug,0,,,x,,,\n"       /* 16: recovered negative */
                             "2026-02-28,O,1e6,,code_bug,0,,,x,,\n"        /* 17: a field short */
                             "2026-02-28,P,1e6,,code_bug,0,,,x,,,\n"
                             "2026-02-28,P,1e6,,code_bug,0,,,x,,,\n"; /* 19: twice */
    struct quo_faults faults;
    read_text(text, sizeof text - 1, QUO_REFUSED, &faults);
    has_fault(&faults, 2, "2026-02-29", "a day that exists");
    has_fault(&faults, 3, "1e400", "number");
    has_fault(&faults, 4, "-5", "more than 0");
    has_fault(&faults, 5, "nan", "number");
    has_fault(&faults, 6, "key_compromize", "key_compromise");
    has_fault(&faults, 7, "bridge", "1, 0");
    has_fault(&faults, 8, "state_actor_attributed", "1, 0");
    has_fault(&faults, 9, "entity", NULL);
    has_fault(&faults, 10, "loss_low_usd", "lower");
    has_fault(&faults, 11, "floor_usd", NULL);
    has_fault(&faults, 12, "loss_usd", "more than 0");
    has_fault(&faults, 13, "2e15", "1e15");
    has_fault(&faults, 14, "1,000", "separators");
    has_fault(&faults, 15, "empty", NULL);
    has_fault(&faults, 16, "recovered_usd", "unknown");
    has_fault(&faults, 17, "", NULL);
    has_fault(&faults, 19, "line 18", "one row");
    quo_faults_free(&faults);
}

static void refused(const char *text, size_t n, int line, const char *what)
{
    struct quo_faults faults;
    read_text(text, n, QUO_REFUSED, &faults);
    has_fault(&faults, line, what, NULL);
    quo_faults_free(&faults);
}

static void files_that_are_none_are_refused(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_incidents *all;
    quo_faults_init(&faults);
    assert_int_not_equal(quo_incidents_load("/nowhere/incidents.csv", &all, &faults), QUO_OK);
    assert_null(all);
    assert_int_not_equal(quo_incidents_load("fixtures", &all, &faults), QUO_OK);
    assert_true(faults.n >= 2);
    quo_faults_free(&faults);

    refused("", 0, 1, "");
    refused(HEAD "\n", sizeof HEAD, 1, "no incident");
    const char missing[] = "date,entity,loss_usd,cause,bridge,chain,state_actor_attributed,sources\n";
    refused(missing, sizeof missing - 1, 1, "recovered_usd");
    const char nul[] = HEAD "\n2026-02-28,P\0Q,1e6,,code_bug,0,,,x\n";
    refused(nul, sizeof nul - 1, 2, "");
    const char cut[] = HEAD "\n2026-02-28,\"P,1e6,,code_bug,0,,,x\n";
    refused(cut, sizeof cut - 1, 2, "");
}

static void a_bad_number_on_line_1000_is_found(void **state)
{
    (void)state;
    char *text = malloc(100000), *at = text;
    at += sprintf(at, HEAD "\n");
    for (int i = 2; i <= 1200; i++)
        at += sprintf(at, "2026-01-01,E%d,%s,,code_bug,0,,,x\n", i, i == 1000 ? "12x" : "100000");
    struct quo_faults faults;
    read_text(text, (size_t)(at - text), QUO_REFUSED, &faults);
    assert_int_equal(faults.n, 1);
    has_fault(&faults, 1000, "12x", "number");
    quo_faults_free(&faults);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_file_is_read_whole),     cmocka_unit_test(empty_is_unknown_and_not_nothing),
        cmocka_unit_test(corrections_are_used_and_have_a_name),
        cmocka_unit_test(every_fault_is_told_at_its_line),    cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(a_bad_number_on_line_1000_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
