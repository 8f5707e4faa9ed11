/* The market's losses in simulated years: covers of them have the law of their quotes whatever the book holds, and what the book loses is part
 * of them. */
#include "check.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "kit_book.h"
#include "pricing/marketlaw.h"
#include "risk/base/date.h"
#include "risk/base/numeric.h"

#define T14 "fixtures/triggers/t14.policy.cfg"

static struct quo_policy *add_market(struct kit_book *book, const char *suffix, int term_days, int windows)
{
    struct quo_policy *policy = kit_book_add(book, T14, suffix);
    policy->term_days = term_days;
    policy->cover[0].trigger.observation_hours = 24.0 * term_days / windows;
    return policy;
}

/* Mean and errors of covers of the market's loss alone; returns their number and adds their scores. */
static size_t score(const struct quo_exposures *e, const struct quo_portfolio *p, double *sum, double *squares, const char *what, int b)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n_market_rows; i++, n++) {
        const uint32_t policy = e->market_row[i].row.policy;
        const double error = e->policy[policy].sd / sqrt((double)p->years),
                     z = (p->contribution[policy].expected.value - e->policy[policy].expected) / error;
        if (!(fabs(z) < 4.0))
            fail_msg("%s %d, policy %s: %.0f, quote %.0f, error %.0f", what, b, e->policy[policy].id,
                     p->contribution[policy].expected.value, e->policy[policy].expected, error);
        *sum += z;
        *squares += z * z;
    }
    return n;
}

/* 24 books of two policies of their own protocols and a cover of the market, some with a second: windows, terms, errors, limits and dates at random. */
static void covers_of_the_market_are_their_quotes(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(9, 0, 0, 61);
    double sum = 0.0, squares = 0.0;
    size_t n = 0;
    struct kit_book book;
    kit_book_open(&book);
    for (int b = 0; b < 24; b++) {
        kit_book_random(&book, &stream, 2);
        for (int k = 0; k < (b % 2 ? 1 : 2); k++) {
            struct quo_policy *policy = add_market(&book, k ? "-b" : "-a", b % 3 == 0 ? 500 : 365 - 100 * k,
                                                   1 + (int)quo_stream_below(&stream, 6));
            struct quo_cover *cover = &policy->cover[0];
            if (k)
                policy->inception = quo_date_from_civil(2023 + b % 4, 5, 1);
            cover->trigger.missed_probability = 0.3 * quo_stream_uniform(&stream);
            cover->trigger.false_alarm_per_year = b % 2 ? 0.2 : 0.0;
            cover->trigger.reporting_error = 0.4 * quo_stream_uniform(&stream);
            cover->annual_deductible = b % 5 == 0 ? 5e5 : 0.0;
            for (int s = 0; s < cover->payout.n_steps; s++)
                cover->payout.step[s].at *= 0.3 + quo_stream_uniform(&stream);
            for (int s = 1; s < cover->payout.n_steps; s++)
                cover->payout.step[s].at = fmax(cover->payout.step[s].at, 1.01 * cover->payout.step[s - 1].at);
        }
        struct quo_exposures *e = kit_book_exposures(&book, NULL);
        struct quo_portfolio *p = kit_book_run(e, 800, (uint64_t)b);
        n += score(e, p, &sum, &squares, "book", b);
        quo_portfolio_free(p);
        quo_exposures_free(e);
        for (size_t i = 0; i < book.n; i++)
            quo_policy_free(book.policy[i]);
        book.n = 0;
    }
    kit_book_close(&book);
    assert_int_equal(n, 36);
    assert_true(fabs(sum) < 4.0 * sqrt((double)n));
    check_abs(squares / (double)n, 1.0, 4.0 * sqrt(2.0 / (double)n), "mean square of the scores");
}

/* A book of giants: of great losses it has more than the whole market is said to have. So many years that the book's rates matter to 2 %, with
 * and without vendors, campaigns and lenders that they share. */
static void a_book_larger_than_the_market(void **state)
{
    (void)state;
    struct kit_book book;
    struct quo_dependence apart, shared;
    kit_book_open(&book);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < 24; i++) {
        char suffix[16];
        snprintf(suffix, sizeof suffix, "-%d", i);
        struct quo_policy *policy = kit_book_add(&book, kit_book_files[(size_t)i % kit_book_n_files], suffix);
        policy->protocol->exposure_usd = 20e9;
        kit_book_depend(policy, "cloud", "one");
    }
    struct quo_policy *market = add_market(&book, "-m", 365, 4);
    market->cover[0].trigger.reporting_error = 0.0;
    quo_dependence_init(&shared);
    quo_dependence_init(&apart);
    apart.n_links = 0;
    apart.campaigns = apart.contagion = apart.bridge_contagion = 0.0;
    for (int k = 0; k < 2; k++) {
        struct quo_exposures *e = kit_book_exposures(&book, k ? &shared : &apart);
        struct quo_shocks *shocks = NULL;
        assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
        size_t more = 0;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            for (int bin = 0; bin < QUO_MARKETYEARS_BINS; bin++)
                more += shocks->market->peril[p].book[bin] > shocks->market->peril[p].all[bin];
        assert_true(more > 50);
        quo_shocks_free(shocks);
        struct quo_portfolio *p = kit_book_run(e, 12000, 5);
        score(e, p, &sum, &squares, k ? "giants that share their shocks" : "giants", 0);
        quo_portfolio_free(p);
        quo_exposures_free(e);
    }
    kit_book_close(&book);
}

/* One window, no error, all or nothing: as a warranty by the year on the same market, paid in the same years. By the event its rate is that of the
 * fitted losses above the trigger. */
static void warranties_and_covers_read_one_market(void **state)
{
    (void)state;
    struct kit_book book;
    kit_book_open(&book);
    kit_book_add(&book, "fixtures/cases/kelp.policy.cfg", "");
    book.policy[0]->cover[0].event_limit = 0.01; /* there, but worth nothing */
    struct quo_policy *market = add_market(&book, "-m", 365, 1);
    struct quo_cover *cover = &market->cover[0];
    cover->trigger.reporting_error = 0.0;
    for (int k = 0; k < QUO_COVERED_PERILS; k++)
        if (!quo_peril_in_hours((enum quo_peril)k))
            cover->perils |= (quo_peril_set)1 << k;
    cover->payout.n_steps = 1;
    cover->payout.step[0] = (struct quo_payout_step){3e9, 1.0};
    cover->event_limit = cover->annual_limit = 5e6;
    struct quo_exposures *e = kit_book_exposures(&book, NULL);
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *p = NULL;
    struct quo_treaty treaty[] = {{.kind = QUO_TREATY_INDUSTRY_LOSS, .share = 1.0, .limit = 500000000, .trigger = 300000000000, .by_year = true},
                                  {.kind = QUO_TREATY_INDUSTRY_LOSS, .share = 1.0, .limit = 100, .trigger = 20000000000, .reinstatements = 90}};
    const struct quo_treaties treaties = {treaty, 2};
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = 10000;
    options.treaties = &treaties;
    assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_OK);
    check_rel(p->ceded[0].expected.value, p->contribution[1].expected.value, 1e-12, "the cover and the warranty");
    assert_true(p->ceded[0].touched > 0.05 && p->ceded[0].touched < 0.95);
    double rate = 0.0;
    for (int k = 0; k < QUO_COVERED_PERILS; k++) {
        if (quo_peril_in_hours((enum quo_peril)k) || !book.engine->model->peril[k].present)
            continue;
        const struct quo_marketlaw_input input = {.engine = book.engine, .day = market->inception, .draw = -1, .window_years = 1.0};
        struct quo_loss loss;
        double events, size;
        quo_marketlaw_peril(&input, (enum quo_peril)k, &events, &size, &loss);
        rate += events * quo_loss_Q(200e6, &loss);
    }
    check_abs(p->ceded[1].expected.value, rate, 4.0 * p->ceded[1].expected.std_error + 2e-3 * rate, "losses above 200 M a year");
    quo_portfolio_free(p);
    quo_shocks_free(shocks);
    quo_exposures_free(e);
    kit_book_close(&book);
}

/* What the book loses is part of the market: where a giant falls the market's cover pays too, which two laws drawn apart would not do. */
static void the_book_is_part_of_the_market(void **state)
{
    (void)state;
    struct kit_book book;
    kit_book_open(&book);
    struct quo_policy *giant = kit_book_add(&book, "fixtures/cases/bybit.policy.cfg", "");
    giant->protocol->exposure_usd = 60e9;
    struct quo_policy *market = add_market(&book, "-m", 365, 1);
    market->cover[0].trigger.reporting_error = 0.0;
    market->cover[0].payout.n_steps = 1;
    market->cover[0].payout.step[0] = (struct quo_payout_step){4e9, 1.0};
    market->cover[0].event_limit = market->cover[0].annual_limit = giant->cover[0].event_limit;
    struct quo_exposures *e = kit_book_exposures(&book, NULL);
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *p = NULL;
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = 40000;
    options.added = 1;
    options.level = 0.995;
    assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_OK);
    /* In the giant's worst years the market pays far more often than in all. */
    assert_true(p->added.contribution - 4.0 * p->added.tvar_added.std_error > 5.0 * p->added.quoted);
    quo_shocks_free(shocks);
    quo_portfolio_free(p);
    quo_exposures_free(e);
    kit_book_close(&book);
}

/* Threads and blocks of years: the same bits; a longer run begins with the shorter one's years. */
static void any_number_of_threads(void **state)
{
    (void)state;
    struct kit_book book;
    kit_book_open(&book);
    kit_book_add(&book, "fixtures/cases/kelp.policy.cfg", "");
    add_market(&book, "-m", 365, 12);
    add_market(&book, "-n", 365, 12);
    struct quo_exposures *e = kit_book_exposures(&book, NULL);
    assert_int_equal(e->n_readings, 1); /* both read one index */
    const int before = omp_get_max_threads();
    struct quo_portfolio *one = NULL;
    for (int jobs = 1; jobs <= 3; jobs++) {
        omp_set_num_threads(jobs);
        struct quo_portfolio *p = kit_book_run(e, 3000, 2);
        if (one) {
            assert_memory_equal(&one->gross, &p->gross, sizeof p->gross);
            assert_memory_equal(one->contribution, p->contribution, p->policies * sizeof *p->contribution);
            quo_portfolio_free(p);
        } else {
            one = p;
        }
    }
    omp_set_num_threads(before);
    assert_memory_equal(&one->contribution[1], &one->contribution[2], sizeof *one->contribution);
    double causes = 0.0, perils = 0.0;
    for (size_t i = 0; i < one->n_accumulations; i++) {
        const struct quo_accumulation *a = &one->accumulation[i];
        causes += a->kind == QUO_ACCUMULATION_CAUSE ? a->expected : 0.0;
        perils += a->kind == QUO_ACCUMULATION_PERIL ? a->expected : 0.0;
        if (a->kind == QUO_ACCUMULATION_PERIL && strcmp(a->name, "market_loss") == 0)
            assert_int_equal(a->policies, 2);
    }
    check_rel(causes, one->gross.mean.value, 1e-12, "causes add up");
    check_rel(perils, one->gross.mean.value, 1e-12, "perils add up");
    quo_portfolio_free(one);
    quo_exposures_free(e);
    kit_book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(covers_of_the_market_are_their_quotes),
                                       cmocka_unit_test(a_book_larger_than_the_market),
                                       cmocka_unit_test(warranties_and_covers_read_one_market),
                                       cmocka_unit_test(the_book_is_part_of_the_market),
                                       cmocka_unit_test(any_number_of_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
