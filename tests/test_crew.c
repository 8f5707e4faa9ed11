/* Every task of every batch is done once, whoever does it, and after what it waits for; a failure is told; what nobody has begun is left at the end
 * of a round; a sleeping thread wakes. */
#include "check.h"

#include <omp.h>
#include <stdatomic.h>

#include "pricing/crew.h"

#define TASKS 200

struct tally {
    atomic_int times[TASKS], by[2];
    atomic_bool gate; /* task 0 waits for it */
    bool gated;
    size_t fails; /* this one does; TASKS: none */
};

static enum quo_status count(void *context, size_t i, int worker)
{
    struct tally *tally = context;
    while (tally->gated && i == 0 && worker == 1 && !atomic_load(&tally->gate))
        thrd_yield();
    atomic_fetch_add(&tally->times[i], 1);
    atomic_fetch_add(&tally->by[worker], 1);
    return i == tally->fails ? QUO_DOMAIN : QUO_OK;
}

static void each_task_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++)
        for (int round = 0; round < 50; round++) {
            struct quo_crew crew;
            static struct tally tally[3];
            size_t batch[3];
            omp_set_num_threads(threads);
            quo_crew_begin(&crew, true);
            assert_true(crew.apart == (threads == 2));
            for (int b = 0; b < 3; b++) {
                tally[b] = (struct tally){.fails = b == 1 ? 7 : TASKS};
                batch[b] = quo_crew_offer(&crew, count, &tally[b], TASKS, QUO_CREW_AT_ONCE);
            }
            for (int b = 2; b >= 0; b--)
                assert_int_equal(quo_crew_wait(&crew, batch[b]), b == 1 ? QUO_DOMAIN : QUO_OK);
            assert_int_equal(quo_crew_wait(&crew, batch[1]), QUO_DOMAIN); /* asked again */
            quo_crew_end(&crew);
            for (int b = 0; b < 3; b++)
                for (int i = 0; i < TASKS; i++)
                    assert_int_equal(atomic_load(&tally[b].times[i]), 1);
            assert_true(threads == 2 || tally[0].by[1] + tally[1].by[1] + tally[2].by[1] == 0);
        }
}

/* The other thread is held in its first task: the rest is the caller's, and he waits for that one. */
static void both_are_waited_for(void **state)
{
    (void)state;
    struct quo_crew crew;
    static struct tally tally;
    tally = (struct tally){.gated = true, .fails = TASKS};
    omp_set_num_threads(2);
    quo_crew_begin(&crew, true);
    const size_t batch = quo_crew_offer(&crew, count, &tally, TASKS, QUO_CREW_AT_ONCE);
    while ((uint32_t)atomic_load(&crew.batch[batch].next) == 0)
        thrd_yield(); /* the other has it */
    atomic_store(&tally.gate, true);
    assert_int_equal(quo_crew_wait(&crew, batch), QUO_OK);
    assert_int_equal(atomic_load(&tally.times[0]), 1);
    assert_true(atomic_load(&tally.by[1]) >= 1);
    quo_crew_end(&crew);
}

static void what_was_not_begun_is_left(void **state)
{
    (void)state;
    struct quo_crew crew;
    static struct tally tally;
    tally = (struct tally){.fails = TASKS};
    quo_crew_begin(&crew, false);
    assert_false(crew.apart);
    quo_crew_offer(&crew, count, &tally, TASKS, QUO_CREW_AT_ONCE);
    quo_crew_end(&crew);
    for (int i = 0; i < TASKS; i++)
        assert_int_equal(atomic_load(&tally.times[i]), 0);
}

/* A chain of batches: each task looks whether all of the batch before is done. */
struct link {
    struct link *before;
    atomic_int done;
    atomic_bool early;
    bool fails;
};

static enum quo_status follow(void *context, size_t i, int worker)
{
    struct link *link = context;
    (void)worker;
    if (link->before && atomic_load(&link->before->done) != TASKS)
        atomic_store(&link->early, true);
    atomic_fetch_add(&link->done, 1);
    return link->fails && i == 3 ? QUO_MACHINE : QUO_OK;
}

#define LINKS 4

static void one_after_the_other(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        struct quo_crew crew;
        omp_set_num_threads(threads);
        quo_crew_begin(&crew, true);
        for (int round = 0; round < 200; round++) { /* of one crew: numbers of batches begin anew */
            static struct link chain[LINKS];
            size_t batch[LINKS];
            const int fails = round % 3 == 2 ? 1 : LINKS;
            for (int k = 0; k < LINKS; k++)
                chain[k] = (struct link){.before = k ? &chain[k - 1] : NULL, .fails = k == fails};
            for (int k = 0; k < LINKS; k++)
                batch[k] = quo_crew_offer(&crew, follow, &chain[k], TASKS, k ? batch[k - 1] : QUO_CREW_AT_ONCE);
            assert_int_equal(batch[0], 0);
            assert_int_equal(quo_crew_wait(&crew, batch[LINKS - 1]), fails < LINKS ? QUO_MACHINE : QUO_OK);
            for (int k = 0; k < LINKS; k++) {
                assert_int_equal(atomic_load(&chain[k].done), k <= fails ? TASKS : 0); /* what hangs on a failure is not done */
                assert_false(atomic_load(&chain[k].early));
            }
            quo_crew_round(&crew);
        }
        quo_crew_end(&crew);
    }
}

/* What is left at the end of a round is never begun, what was begun is finished, and the next round finds a free crew. */
static void a_round_ends(void **state)
{
    (void)state;
    struct quo_crew crew;
    static struct tally tally[2];
    omp_set_num_threads(2);
    quo_crew_begin(&crew, true);
    for (int round = 0; round < 500; round++) {
        for (int b = 0; b < 2; b++) {
            tally[b] = (struct tally){.fails = TASKS};
            quo_crew_offer(&crew, count, &tally[b], TASKS, QUO_CREW_AT_ONCE);
        }
        quo_crew_round(&crew);
        const int done = atomic_load(&tally[0].by[1]) + atomic_load(&tally[1].by[1]);
        assert_int_equal(atomic_load(&tally[0].by[0]), 0);
        tally[0].fails = tally[1].fails = 0; /* nobody looks any more */
        for (int i = 0, sum = 0; i < TASKS; i++) {
            sum += atomic_load(&tally[0].times[i]) + atomic_load(&tally[1].times[i]);
            assert_true(i < TASKS - 1 || sum == done);
        }
    }
    quo_crew_end(&crew);
}

/* The second thread is left until it sleeps: a gated task of the next round is begun by it all the same. */
static void it_wakes(void **state)
{
    (void)state;
    struct quo_crew crew;
    static struct tally tally;
    omp_set_num_threads(2);
    quo_crew_begin(&crew, true);
    for (int round = 0; round < 20; round++) {
        while (!atomic_load(&crew.asleep))
            thrd_yield();
        tally = (struct tally){.fails = TASKS};
        const size_t batch = quo_crew_offer(&crew, count, &tally, TASKS, QUO_CREW_AT_ONCE);
        while (atomic_load(&tally.by[1]) == 0) /* by nobody else: this one only looks */
            thrd_yield();
        assert_int_equal(quo_crew_wait(&crew, batch), QUO_OK);
        quo_crew_round(&crew);
    }
    while (!atomic_load(&crew.asleep)) /* and it ends from its sleep */
        thrd_yield();
    quo_crew_end(&crew);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_task_once), cmocka_unit_test(both_are_waited_for),
                                       cmocka_unit_test(what_was_not_begun_is_left),
                                       cmocka_unit_test(one_after_the_other),
                                       cmocka_unit_test(a_round_ends),
                                       cmocka_unit_test(it_wakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
