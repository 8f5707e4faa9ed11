#include "pricing/whatif/bitmemo.h"

#include "check.h"

static size_t let_go;
static void count(void *content) { let_go += *(uint64_t *)content; }

static void keeps_what_it_was_given(void **state)
{
    (void)state;
    struct quo_bitmemo *memo = quo_bitmemo_new(sizeof(uint64_t), count);
    uint64_t *first = NULL, sum = 0;
    bool fresh;
    let_go = 0;
    for (uint64_t i = 0; i < 1000; i++) { /* high bits, low bits, collisions */
        uint64_t *content = quo_bitmemo_at(memo, i << (i % 50), &fresh);
        first = i ? first : content;
        if (fresh) {
            assert_true(*content == 0);
            *content = 1 + (i << (i % 50));
            sum += *content;
        } else {
            assert_true(*content == 1 + (i << (i % 50)));
        }
    }
    assert_ptr_equal(first, quo_bitmemo_at(memo, 0, &fresh)); /* it stays where it is */
    assert_false(fresh);
    const size_t n = quo_bitmemo_count(memo);
    quo_bitmemo_at(memo, 12345678, &fresh);
    assert_true(fresh && quo_bitmemo_count(memo) == n + 1);
    quo_bitmemo_drop(memo, 12345678);
    assert_int_equal(quo_bitmemo_count(memo), n);
    quo_bitmemo_at(memo, 12345678, &fresh);
    assert_true(fresh);
    quo_bitmemo_clear(memo);
    assert_true(let_go == sum && quo_bitmemo_count(memo) == 0);
    quo_bitmemo_free(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_what_it_was_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
