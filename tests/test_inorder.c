/* Numbered pieces: each is made once, all are taken in their order and one at a time, and a taker that has had enough is given the same piece
 * again, whatever the threads and slots. */
#include <stdatomic.h>
#include <string.h>

#include "risk/base/inorder.h"
#include "risk/base/stream.h"
#include "tests/check.h"

#define PIECES 3000

struct work {
    size_t slots, all, begun, stop; /* stop: taken in one go */
    size_t number[QUO_INORDER_SLOTS];      /* the piece in each slot */
    int made[PIECES];
    atomic_size_t taken;
    atomic_int beginning, taking, wrong;
    double sum;
};

static bool begin(void *context, size_t slot)
{
    struct work *w = context;
    w->wrong += atomic_fetch_add(&w->beginning, 1) != 0;
    const bool more = w->begun < w->all;
    if (more) {
        w->wrong += w->begun % w->slots != slot || w->begun - w->taken >= w->slots;
        w->number[slot] = w->begun++;
    }
    atomic_fetch_sub(&w->beginning, 1);
    return more;
}

static void make(void *context, size_t slot)
{
    struct work *w = context;
    struct quo_stream s = quo_stream_at(1, w->number[slot], 0, 1);
    double x = 0.0;
    for (uint32_t n = quo_stream_below(&s, 3000); n; n--) /* pieces take different times */
        x += quo_stream_uniform(&s);
    w->made[w->number[slot]] += x >= 0.0;
}

static bool take(void *context, size_t slot)
{
    struct work *w = context;
    w->wrong += atomic_fetch_add(&w->taking, 1) != 0;
    const bool go_on = w->taken % w->stop != w->stop - 1 || w->sum < 0.0;
    w->wrong += w->number[slot] != w->taken || w->made[w->taken] != 1;
    w->sum = go_on ? 0.0 : -1.0; /* next time the same piece is taken */
    w->taken += go_on;
    atomic_fetch_sub(&w->taking, 1);
    return go_on;
}

static void all_are_taken_in_order(void **state)
{
    (void)state;
    static struct work w;
    for (int threads = 1; threads <= 5; threads += 2)
        for (size_t slots = 1; slots <= QUO_INORDER_SLOTS; slots = 3 * slots + 1)
            for (size_t all = 0; all <= PIECES; all = all ? all * 54 + 1 : 1) {
                memset(&w, 0, sizeof w);
                w.slots = slots;
                w.all = all < 50 ? all : PIECES;
                w.stop = slots == 4 ? 7 : PIECES + 1;
                const struct quo_inorder work = {slots, begin, make, take, &w};
                struct quo_inorder_place place = {0, 0};
                size_t runs = 0;
                do
                    quo_inorder_run(&work, threads, &place);
                while (++runs <= w.all && w.taken < w.all);
                assert_int_equal(w.taken, w.all);
                assert_int_equal(place.taken, w.all);
                assert_int_equal(place.begun, w.all);
                assert_int_equal(runs, 1 + w.all / w.stop);
                assert_int_equal(w.wrong, 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_are_taken_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
