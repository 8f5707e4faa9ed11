/* Every task of every batch is done once, whoever does it; a failure is told; what nobody has begun is left at the end. */
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
                batch[b] = quo_crew_offer(&crew, count, &tally[b], TASKS);
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
    const size_t batch = quo_crew_offer(&crew, count, &tally, TASKS);
    while (atomic_load(&crew.batch[batch].next) == 0)
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
    quo_crew_offer(&crew, count, &tally, TASKS);
    quo_crew_end(&crew);
    for (int i = 0; i < TASKS; i++)
        assert_int_equal(atomic_load(&tally.times[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_task_once), cmocka_unit_test(both_are_waited_for),
                                       cmocka_unit_test(what_was_not_begun_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
