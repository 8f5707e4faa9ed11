#include "risk/fitting/outages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"
#include "risk/base/date.h"

#define STOPS "fixtures/incidents/outages.csv"
#define WINDOWS "fixtures/incidents/outage-observation.csv"
#define HEAD "start,service,kind,duration_hours,scope,lower_bound,after_incident,sources\n"
#define WHEAD "service,kind,observed_from,observed_to,completeness\n"

static void write_file(char *path, const char *text)
{
    strcpy(path, "/tmp/quorate-outages-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (long)strlen(text));
    close(fd);
}

static enum quo_status load(const char *stops, const char *windows, struct quo_outages **out, struct quo_faults *faults)
{
    char a[64], b[64];
    write_file(a, stops);
    write_file(b, windows);
    quo_faults_init(faults);
    const enum quo_status status = quo_outages_load(a, b, out, faults);
    unlink(a);
    unlink(b);
    return status;
}

static void the_shipped_files_give_the_counts_of_their_readme(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_outages *all;
    quo_faults_init(&faults);
    assert_int_equal(quo_outages_load(STOPS, WINDOWS, &all, &faults), QUO_OK);
    assert_int_equal(faults.n, 0);
    assert_int_equal(all->n, 80);
    assert_int_equal(all->n_windows, 18);
    size_t told = 0, after = 0, bound = 0;
    for (size_t i = 0; i < all->n; i++) {
        told += (size_t)!isnan(all->outage[i].hours);
        after += all->outage[i].after_incident;
        bound += all->outage[i].lower_bound;
    }
    assert_int_equal(told, 56);
    assert_int_equal(after, 9);
    assert_int_equal(bound, 7);
    struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1];
    quo_outages_rates(all, rate);
    for (int k = 0; k < QUO_SERVICE_KINDS; k++)
        if (!isnan(rate[k].credibility)) { /* between its own and the collective, as its weight says */
            const double level = rate[QUO_SERVICE_KINDS].rate / rate[QUO_SERVICE_KINDS].plain;
            assert_true(rate[k].credibility >= 0.0 && rate[k].credibility <= 1.0);
            check_rel(rate[k].credible,
                      rate[k].credibility * rate[k].plain * level +
                          (1.0 - rate[k].credibility) * rate[QUO_SERVICE_KINDS].credible,
                      1e-12, "kind %d", k);
            assert_true(rate[k].low < rate[k].rate && rate[k].rate < rate[k].high);
        }
    /* sequencers: Arbitrum 3, Base 2, zkSync 2, Starknet 1, Polygon zkEVM 1 */
    assert_int_equal(rate[QUO_SERVICE_SEQUENCER].stops, 9);
    for (int k = 0; k <= QUO_SERVICE_KINDS; k++)
        if (isfinite(rate[k].rate))
            assert_true(rate[k].rate < rate[k].plain && rate[k].rate > 0.2 * rate[k].plain);
    double value[80];
    bool censored[80];
    const size_t n = quo_outages_durations(all, 0.25, value, censored);
    assert_true(n > 25 && n < 40);
    for (size_t i = 0; i < n; i++)
        assert_true(value[i] > 0.25);
    quo_outages_free(all);
    quo_faults_free(&faults);
}

static void the_corrected_rate_solves_its_likelihood(void **state)
{
    (void)state;
    /* Two services watched for two years each (731 and 730 days), 3 and 1 full stops; one not selected by a stop of its own. */
    struct quo_outages *all;
    struct quo_faults faults;
    assert_int_equal(
        load(HEAD
             "2021,A,chain,2,full,0,0,x\n2021-03,A,chain,,full,0,0,x\n2022-05-05T10:00Z,A,chain,3,full,1,0,x\n"
             "2022-01-01,A,chain,9,partial,0,0,x\n2022-02-01,A,chain,9,full,0,1,x\n2022-06-01,B,chain,0.2,full,0,0,x\n"
             "2029-06-01,B,chain,4,full,0,0,x\n",
             WHEAD "A,chain,2021-01-01,2023-01-01,list\nB,chain,2021-01-01,2022-12-31,press\nC,chain,2021-01-01,2022-"
                   "12-31,list\n",
             &all, &faults),
        QUO_OK);
    struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1];
    quo_outages_rates(all, rate);
    const struct quo_outage_rate *r = &rate[QUO_SERVICE_CHAIN];
    assert_int_equal(r->services, 3);
    assert_int_equal(r->stops,
                     4); /* the partial one, the one after an incident, the one outside the window do not count */
    const double a = 731 / 365.25, b = 730 / 365.25;
    check_rel(r->service_years, a + 2 * b, 1e-14, "service-years");
    const double mean_a = r->rate * a, mean_b = r->rate * b;
    check_rel(mean_a / (1 - exp(-mean_a)) + mean_b / (1 - exp(-mean_b)) + mean_b, 4.0, 1e-9,
              "expected stops given the choice");
    assert_true(r->rate < r->plain);
    assert_true(r->std_error > 0.0);
    assert_true(isnan(rate[QUO_SERVICE_BRIDGE].rate));
    double value[7];
    bool censored[7];
    assert_int_equal(quo_outages_durations(all, 0.25, value, censored), 3);
    assert_true(value[0] == 2 && !censored[0] && value[1] == 3 && censored[1] && value[2] == 4);
    quo_outages_free(all);
    quo_faults_free(&faults);
}

static void once_each_gives_no_rate(void **state)
{
    (void)state;
    struct quo_outages *all;
    struct quo_faults faults;
    assert_int_equal(
        load(HEAD "2021-03-01,A,chain,2,full,0,0,x\n", WHEAD "A,chain,2021-01-01,2023-01-01,list\n", &all, &faults),
        QUO_OK);
    struct quo_outage_rate rate[QUO_SERVICE_KINDS + 1];
    quo_outages_rates(all, rate);
    assert_true(rate[QUO_SERVICE_CHAIN].plain > 0.4 && isnan(rate[QUO_SERVICE_CHAIN].rate));
    quo_outages_free(all);
    quo_faults_free(&faults);
}

static void every_fault_of_both_files_is_told(void **state)
{
    (void)state;
    struct quo_outages *all;
    struct quo_faults faults;
    assert_int_equal(load(HEAD
                          "2021-13,A,chain,2,full,0,0,x\n2021,A,chains,2,full,0,0,x\n2021,A,chain,-2,full,0,0,x\n"
                          "2021,A,chain,2,whole,0,0,x\n2021,A,chain,2,full,2,0,x\n2021-02-30,A,chain,2,full,0,no,x\n"
                          "2021-02-03T1:00Z,A,chain,1e400,full,0,0,x\n",
                          WHEAD "A,train,2021-01-01,2023-01-01,list\nA,chain,2021-01-32,2023-01-01,list\nA,chain,2021-"
                                "01-01,2020-01-01,list\n"
                                "A,chain,2021-01-01,2023-01-01,some\n",
                          &all, &faults),
                     QUO_REFUSED);
    assert_null(all);
    static const char *const want[] = {"start",         "kind",        "duration_hours",
                                       "scope",         "lower_bound", "after_incident",
                                       "observed_from", "observed_to", "completeness"};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        bool found = false;
        for (size_t i = 0; i < faults.n; i++)
            found |= strncmp(faults.fault[i].text, want[k], strlen(want[k])) == 0 && *faults.fault[i].hint &&
                     faults.fault[i].line > 1;
        if (!found)
            fail_msg("no fault for %s", want[k]);
    }
    assert_true(faults.n >= 12);
    quo_faults_free(&faults);
    assert_int_equal(load(HEAD, WHEAD, &all, &faults), QUO_REFUSED);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_files_give_the_counts_of_their_readme),
        cmocka_unit_test(the_corrected_rate_solves_its_likelihood),
        cmocka_unit_test(once_each_gives_no_rate),
        cmocka_unit_test(every_fault_of_both_files_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
