/* A simulated book: each policy alone as its quote has it, parts that add up, and the same result for any number of threads. */
#include "check.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit_book.h"

static struct kit_book shipped;

static int open_shipped(void **state)
{
    (void)state;
    kit_book_open(&shipped);
    for (size_t i = 0; i < kit_book_n_files; i++) {
        struct quo_policy *policy = kit_book_add(&shipped, kit_book_files[i], "");
        kit_book_depend(policy, "cloud", "shared");
        kit_book_depend(policy, "library", "shared");
    }
    return 0;
}

static int close_shipped(void **state)
{
    (void)state;
    kit_book_close(&shipped);
    return 0;
}

/* 100 books of 3 policies, 800 years each: the z scores of all 300 means against the quotes' own law (4 standard errors each), and their
 * mean square, which a bias of a tenth of an error in each would move. */
static void marginals_are_the_quotes_on_random_books(void **state)
{
    (void)state;
    double squares = 0.0, sum = 0.0;
    size_t n = 0, scored = 0;
    struct quo_stream stream = quo_stream_at(8, 0, 0, 61);
    struct kit_book book;
    kit_book_open(&book);
    for (int b = 0; b < 100; b++) {
        const uint64_t years = 800;
        kit_book_random(&book, &stream, 3);
        struct quo_exposures *e = kit_book_exposures(&book, NULL);
        struct quo_portfolio *p = kit_book_run(e, years, (uint64_t)b);
        for (size_t i = 0; i < p->policies; i++, n++) {
            /* The error of the law itself, not of the sample: a rare payer may not have paid at all. */
            const double error = e->policy[i].sd / sqrt((double)years),
                         off = p->contribution[i].expected.value - e->policy[i].expected;
            const double z = off / error;
            /* 4 errors and what one largest payment more would add, where payments are few. */
            const double one = 0.01 * (double)e->policy[i].limit / (double)years;
            if (fabs(off) > 4.0 * error + one)
                fail_msg("book %d, policy %s: %.0f, quote %.0f, error %.0f", b, e->policy[i].id,
                         p->contribution[i].expected.value, e->policy[i].expected, error);
            squares += z * z;
            sum += z;
            scored++;
        }
        quo_portfolio_free(p);
        quo_exposures_free(e);
        for (size_t i = 0; i < book.n; i++)
            quo_policy_free(book.policy[i]);
        book.n = 0;
    }
    assert_true(n == 300 && scored == n);
    check_abs(sum / (double)n, 0.0, 4.0 / sqrt((double)n), "mean of the z scores");
    check_abs(squares / (double)n, 1.0, 0.5, "mean square of the z scores");
    kit_book_close(&book);
}

/* The whole law of one policy, and not its mean alone: sd and the chance of no payout too, with all kinds of ties. */
static void one_policys_law_is_its_quotes(void **state)
{
    (void)state;
    const uint64_t years = 30000;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    struct quo_portfolio *p = kit_book_run(e, years, 5);
    for (size_t i = 0; i < p->policies; i++) {
        check_abs(p->contribution[i].expected.value, e->policy[i].expected, 4.0 * e->policy[i].sd / sqrt((double)years),
                  "mean of %s", e->policy[i].id);
        check_rel(p->contribution[i].expected.std_error * sqrt((double)years), e->policy[i].sd, 0.15, "sd of %s",
                  e->policy[i].id);
    }
    check_abs(p->gross.mean.value, p->exact_mean, 4.0 * p->gross.mean.std_error, "mean of the book");
    quo_portfolio_free(p);
    quo_exposures_free(e);
}

static void same(const struct quo_portfolio *a, const struct quo_portfolio *b)
{
    assert_memory_equal(&a->gross, &b->gross, sizeof a->gross);
    assert_memory_equal(&a->net, &b->net, sizeof a->net);
    assert_memory_equal(a->contribution, b->contribution, a->policies * sizeof *a->contribution);
    assert_int_equal(a->n_accumulations, b->n_accumulations);
    for (size_t i = 0; i < a->n_accumulations; i++) {
        assert_string_equal(a->accumulation[i].name, b->accumulation[i].name);
        assert_memory_equal(&a->accumulation[i].tail, &b->accumulation[i].tail, sizeof(double));
    }
}

/* State-actor clauses take events by their size: the means under annual limits of all heights, which are the law, are the quotes', with
 * and without a sublimit and for another inception; taking a share of all events, whatever their size, would miss the low limits. */
static void clauses_take_events_by_size(void **state)
{
    (void)state;
    const uint64_t years = 20000;
    static const double heights[] = {0.02, 0.2, 1.0};
    struct kit_book book;
    kit_book_open(&book);
    for (int i = 0; i < 12; i++) {
        char suffix[16];
        snprintf(suffix, sizeof suffix, "-%d", i);
        struct quo_policy *policy = kit_book_add(&book, kit_book_files[i % 2 ? 2 : 1], suffix);
        policy->clauses.state_actor = i / 3 % 2 ? QUO_CLAUSE_5565 : QUO_CLAUSE_5564;
        policy->clauses.attribution = true;
        policy->clauses.state_sublimit = i / 3 % 2 ? 0.03 * policy->cover[0].event_limit : INFINITY;
        policy->annual_limit = heights[i % 3] * policy->cover[0].event_limit;
        policy->inception -= i / 6 * 200;
    }
    struct quo_exposures *e = kit_book_exposures(&book, NULL);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    struct quo_portfolio *one = kit_book_run(e, years, 11);
    omp_set_num_threads(3);
    struct quo_portfolio *p = kit_book_run(e, years, 11);
    omp_set_num_threads(before);
    same(one, p);
    size_t taken = 0;
    for (size_t i = 0; i < p->policies; i++) {
        const double error = e->policy[i].sd / sqrt((double)years);
        check_abs(p->contribution[i].expected.value, e->policy[i].expected, 4.0 * error, "mean of %s", e->policy[i].id);
        assert_true(error < 0.08 * e->policy[i].expected);
    }
    for (size_t i = 0; i < e->n_rows; i++)
        taken += e->row[i].holds > 0.0;
    assert_true(taken > 12);
    quo_portfolio_free(one);
    quo_portfolio_free(p);
    quo_exposures_free(e);
    kit_book_close(&book);
}

static void contributions_add_up(void **state)
{
    (void)state;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    struct quo_portfolio *p = kit_book_run(e, 20001, 3); /* 200.01 years of tail: a fraction of one at the VaR */
    double tail = 0.0, expected = 0.0, of_kind[QUO_ACCUMULATIONS] = {0.0};
    for (size_t i = 0; i < p->policies; i++) {
        tail += p->contribution[i].tail.value;
        expected += p->contribution[i].expected.value;
    }
    for (size_t i = 0; i < p->n_accumulations; i++)
        of_kind[p->accumulation[i].kind] += p->accumulation[i].tail;
    check_rel(tail, p->gross.tvar[2].value, 1e-12, "policies' parts of the TVaR");
    check_rel(p->tail_mean, p->gross.tvar[2].value, 1e-12, "TVaR of the second pass");
    check_rel(expected, p->gross.mean.value, 1e-12, "policies' means");
    check_rel(of_kind[QUO_ACCUMULATION_PERIL], p->tail_mean, 1e-12, "perils' parts");
    check_rel(of_kind[QUO_ACCUMULATION_CAUSE], p->tail_mean, 1e-12, "causes' parts");
    for (int i = 1; i < QUO_PORTFOLIO_PERIODS; i++) {
        assert_true(p->gross.aep[i].loss >= p->gross.aep[i - 1].loss &&
                    p->gross.oep[i].loss >= p->gross.oep[i - 1].loss);
        assert_true(p->gross.aep[i].loss >= p->gross.oep[i].loss && p->gross.aep[i].low <= p->gross.aep[i].loss &&
                    p->gross.aep[i].loss <= p->gross.aep[i].high);
    }
    quo_portfolio_free(p);
    quo_exposures_free(e);
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    struct quo_portfolio *one = kit_book_run(e, 5000, 2);
    for (int jobs = 2; jobs <= 3; jobs++) {
        omp_set_num_threads(jobs);
        struct quo_portfolio *many = kit_book_run(e, 5000, 2);
        same(one, many);
        quo_portfolio_free(many);
    }
    struct quo_portfolio *other = kit_book_run(e, 5000, 3);
    assert_true(other->gross.mean.value != one->gross.mean.value);
    omp_set_num_threads(before);
    quo_portfolio_free(one);
    quo_portfolio_free(other);
    quo_exposures_free(e);
}

/* Ranks as threads of this process: sums meet at a barrier. */
struct meeting {
    pthread_barrier_t barrier;
    int64_t *sum;
    size_t room;
};
struct member {
    const struct quo_shocks *shocks;
    struct quo_portfolio_options options;
    struct quo_portfolio *result;
    enum quo_status status;
};

static bool meet(void *context, int64_t *x, size_t n)
{
    struct meeting *m = context;
    assert_true(n <= m->room);
    if (pthread_barrier_wait(&m->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        memset(m->sum, 0, n * sizeof *m->sum);
    pthread_barrier_wait(&m->barrier);
    for (size_t i = 0; i < n; i++)
        __atomic_fetch_add(&m->sum[i], x[i], __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&m->barrier);
    memcpy(x, m->sum, n * sizeof *x);
    pthread_barrier_wait(&m->barrier);
    return true;
}

static void *take_part(void *argument)
{
    struct member *member = argument;
    omp_set_num_threads(1);
    member->status = quo_portfolio_run(member->shocks, &member->options, &member->result);
    return NULL;
}

static void any_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *alone = kit_book_run(e, 3000, 2);
    assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
    for (int ranks = 2; ranks <= 3; ranks++) {
        struct meeting meeting = {.room = 1 << 16};
        struct member member[3];
        pthread_t thread[3];
        meeting.sum = calloc(meeting.room, sizeof *meeting.sum);
        assert_int_equal(pthread_barrier_init(&meeting.barrier, NULL, (unsigned)ranks), 0);
        for (int r = 0; r < ranks; r++) {
            member[r] = (struct member){.shocks = shocks};
            quo_portfolio_options_init(&member[r].options);
            member[r].options.years = 3000;
            member[r].options.seed = 2;
            member[r].options.ranks = (struct quo_ranks){.rank = r, .ranks = ranks, .sum = meet, .context = &meeting};
            assert_int_equal(pthread_create(&thread[r], NULL, take_part, &member[r]), 0);
        }
        for (int r = 0; r < ranks; r++) {
            pthread_join(thread[r], NULL);
            assert_int_equal(member[r].status, QUO_OK);
            same(alone, member[r].result);
            quo_portfolio_free(member[r].result);
        }
        pthread_barrier_destroy(&meeting.barrier);
        free(meeting.sum);
    }
    quo_portfolio_free(alone);
    quo_shocks_free(shocks);
    quo_exposures_free(e);
}

/* Of different policies in the same year, over the variance. */
static double covariance(const struct quo_portfolio *p)
{
    double own = 0.0;
    for (size_t i = 0; i < p->policies; i++)
        own += pow(p->contribution[i].expected.std_error, 2.0) * (double)p->years;
    return 1.0 - own / pow(p->gross.sd.value, 2.0);
}

/* Ties move the tail and no mean: the same book with a vendor that all share, against each for itself. */
static void ties_thicken_the_tail_alone(void **state)
{
    (void)state;
    struct quo_dependence apart, together;
    quo_dependence_init(&apart);
    quo_dependence_init(&together);
    apart.n_links = 0;
    apart.campaigns = 0.0;
    for (size_t k = 0; k < together.n_links; k++)
        together.link[k].share = fmin(1.0, 3.0 * together.link[k].share);
    together.campaign_part = 1.0;
    together.campaigns = 1.0;
    struct quo_exposures *a = kit_book_exposures(&shipped, &apart), *t = kit_book_exposures(&shipped, &together);
    struct quo_portfolio *pa = kit_book_run(a, 40000, 4), *pt = kit_book_run(t, 40000, 4);
    check_rel(a->risk[0].rate[0], t->risk[0].rate[0], 0.0, "rates do not depend on ties");
    check_rel(pa->exact_mean, pt->exact_mean, 1e-9, "nor do quotes");
    check_abs(pt->gross.mean.value, pa->gross.mean.value,
              4.0 * hypot(pt->gross.mean.std_error, pa->gross.mean.std_error), "nor means");
    assert_true(covariance(pt) > covariance(pa));
    quo_portfolio_free(pa);
    quo_portfolio_free(pt);
    quo_exposures_free(a);
    quo_exposures_free(t);
}

/* A book without overlap: variances add up (seasons aside, which are off here). */
static void without_ties_variances_add_up(void **state)
{
    (void)state;
    struct quo_dependence apart;
    quo_dependence_init(&apart);
    apart.n_links = 0;
    apart.campaigns = 0.0;
    apart.contagion = 0.0;
    struct kit_book book;
    kit_book_open(&book);
    size_t sets[16] = {0};
    for (size_t i = 1; i < kit_book_n_files; i++) {
        struct quo_policy *policy = kit_book_add(&book, kit_book_files[i], "");
        sets[i] = policy->protocol->n_signer_sets;
        policy->protocol->n_signer_sets = i == 3 ? sets[i] : 0; /* no shared signers */
    }
    for (int p = 0; p < QUO_PERILS; p++)
        book.engine->model->peril[p].size = INFINITY;
    struct quo_exposures *e = kit_book_exposures(&book, &apart);
    struct quo_portfolio *p = kit_book_run(e, 60000, 6);
    double variance = 0.0;
    for (size_t i = 0; i < e->n_policies; i++)
        variance += e->policy[i].sd * e->policy[i].sd;
    check_abs(p->gross.sd.value, sqrt(variance), 4.0 * p->gross.sd.std_error + 2e-3 * p->gross.sd.value,
              "sd of the book");
    quo_portfolio_free(p);
    quo_exposures_free(e);
    for (size_t i = 1; i < kit_book_n_files; i++) /* to be freed with the policy */
        book.policy[i - 1]->protocol->n_signer_sets = sets[i];
    kit_book_close(&book);
}

/* A ring of lenders: each policy still has its own law, with what the ring adds in its rate. */
static void a_ring_of_contagion_ends(void **state)
{
    (void)state;
    struct kit_book book;
    kit_book_open(&book);
    for (size_t i = 0; i < 3; i++)
        kit_book_add(&book, "fixtures/cases/kelp.policy.cfg", i == 0 ? "-a" : i == 1 ? "-b" : "-c");
    for (size_t i = 0; i < 3; i++) {
        kit_book_lend(book.policy[i], book.protocol[(i + 1) % 3]->id, 1e12);
        kit_book_lend(book.policy[i], book.protocol[i]->id, 1e12); /* to itself: passes nothing on */
    }
    struct quo_exposures *e = kit_book_exposures(&book, NULL);
    assert_int_equal(e->n_links, 3);
    check_rel(e->risk[0].contagion[QUO_CODE_BUG], 0.5 * e->risk[2].rate[QUO_CODE_BUG], 1e-12,
              "half of its neighbour's rate");
    struct quo_portfolio *p = kit_book_run(e, 30000, 7);
    for (size_t i = 0; i < 3; i++)
        check_abs(p->contribution[i].expected.value, e->policy[i].expected, 4.0 * e->policy[i].sd / sqrt(30000.0),
                  "policy %zu", i);
    quo_portfolio_free(p);
    quo_exposures_free(e);
    kit_book_close(&book);
}

/* The same years with and without a policy: what it adds is the difference of two books, to the last cent. */
static void what_a_policy_adds(void **state)
{
    (void)state;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *whole = kit_book_run(e, 20000, 9), *p = NULL;
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = 20000;
    options.seed = 9;
    options.added = e->n_policies - 2;
    assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_OK);
    assert_int_equal(p->policies, e->n_policies - 2);
    assert_int_equal(p->added.policies, 2);
    check_rel(p->added.tvar_after, whole->gross.tvar[2].value, 1e-14, "TVaR with them");
    check_rel(p->added.tvar_before, p->gross.tvar[2].value, 1e-14, "TVaR without");
    check_rel(p->gross.mean.value + p->added.expected.value, whole->gross.mean.value, 1e-12, "means");
    double tail = 0.0;
    for (size_t i = 0; i < p->policies; i++)
        tail += p->contribution[i].tail.value;
    check_rel(tail, p->tail_mean, 1e-12, "the book's own parts");
    assert_true(p->added.tvar_added.value <= p->added.tvar_alone); /* TVaR is subadditive, in the sample too */
    assert_true(p->added.contribution <=
                p->added.tvar_added.value + 1e-6); /* and convex: the slope is the least it can cost */
    options.added = 0;
    struct quo_portfolio *none = NULL;
    assert_int_equal(quo_portfolio_run(shocks, &options, &none), QUO_DOMAIN);
    quo_portfolio_free(whole);
    quo_portfolio_free(p);
    quo_shocks_free(shocks);
    quo_exposures_free(e);
}

/* Gross is net and ceded; a share of a book is that share of its curves. */
static void reinsurance_of_a_book(void **state)
{
    (void)state;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *p = NULL;
    struct quo_portfolio_options options;
    struct quo_treaty treaty[] = {
        {.kind = QUO_TREATY_EVENT_EXCESS, .share = 0.8, .retention = 100000000, .limit = 500000000, .reinstatements = 2},
        {.kind = QUO_TREATY_QUOTA_SHARE, .share = 0.5, .limit = INT64_MAX, .reinstatements = -1}};
    struct quo_treaties treaties = {treaty, 2};
    quo_portfolio_options_init(&options);
    options.years = 5000;
    options.treaties = &treaties;
    assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_OK);
    check_rel(p->net.mean.value + p->ceded[0].expected.value + p->ceded[1].expected.value, p->gross.mean.value, 1e-12,
              "gross is net and ceded");
    for (int i = 0; i < QUO_PORTFOLIO_PERIODS; i++)
        assert_true(p->net.aep[i].loss <= p->gross.aep[i].loss);
    quo_portfolio_free(p);
    treaties.treaty = treaty + 1;
    treaties.n = 1;
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_OK);
    check_rel(p->net.tvar[2].value, 0.5 * p->gross.tvar[2].value, 1e-8, "half");
    quo_portfolio_free(p);
    quo_shocks_free(shocks);
    quo_exposures_free(e);
}

static void edges(void **state)
{
    (void)state;
    struct quo_exposures *e = kit_book_exposures(&shipped, NULL);
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *p = NULL;
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    assert_int_equal(quo_shocks_new(e, &shocks), QUO_OK);
    options.years = 0;
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_DOMAIN);
    options.years = QUO_PORTFOLIO_YEARS_MAX + 1;
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_DOMAIN);
    assert_null(p);
    options.years = 1;
    assert_int_equal(quo_portfolio_run(shocks, &options, &p), QUO_OK);
    check_rel(p->tail_mean, p->gross.mean.value, 1e-12, "one year is its own tail");
    quo_portfolio_free(p);
    quo_shocks_free(shocks);
    quo_exposures_free(e);
    /* A vendor that never fails takes no part of any rate; what hangs on it is told still. */
    struct quo_dependence never;
    quo_dependence_init(&never);
    for (size_t k = 0; k < never.n_links; k++)
        never.link[k].shock_rate = 0.0;
    e = kit_book_exposures(&shipped, &never);
    size_t tied = 0;
    for (size_t i = 0; i < e->n_risks; i++)
        for (size_t k = 0; k < e->risk[i].ties.n; k++)
            if (strcmp(e->risk[i].ties.tie[k].name, "library:shared") == 0) {
                assert_true(e->risk[i].ties.tie[k].part == 0.0);
                tied++;
            }
    assert_true(tied >= e->n_risks);
    p = kit_book_run(e, 2000, 1);
    size_t told = 0;
    for (size_t i = 0; i < p->n_accumulations; i++)
        if (strcmp(p->accumulation[i].name, "library:shared") == 0) {
            told++;
            assert_true(p->accumulation[i].policies == p->policies && p->accumulation[i].shock_expected == 0.0 && p->accumulation[i].limit_exposed > 0.0);
        }
    assert_int_equal(told, 1);
    check_abs(p->gross.mean.value, p->exact_mean, 4.0 * p->gross.mean.std_error, "mean");
    quo_portfolio_free(p);
    quo_exposures_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marginals_are_the_quotes_on_random_books),
        cmocka_unit_test(one_policys_law_is_its_quotes),
        cmocka_unit_test(clauses_take_events_by_size),
        cmocka_unit_test(contributions_add_up),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(any_number_of_ranks_gives_the_same_bits),
        cmocka_unit_test(ties_thicken_the_tail_alone),
        cmocka_unit_test(without_ties_variances_add_up),
        cmocka_unit_test(a_ring_of_contagion_ends),
        cmocka_unit_test(what_a_policy_adds),
        cmocka_unit_test(reinsurance_of_a_book),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, open_shipped, close_shipped);
}
