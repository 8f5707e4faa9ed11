/* Prices by shared parts against prices by the long way, set by set. */
#include "check.h"
#include "whatifs.h"

#include <math.h>

#include "pricing/whatif/everyset.h"
#include "pricing/whatif/setlaw.h"

#define BRIDGE "fixtures/examples/bridge.policy.cfg"

/* Every `every`-th set of the variants, each by both ways; frees the variants. */
static void compare(struct whatifs_desk *desk, struct quo_variants *v, size_t every)
{
    const struct quo_values_options options = {.draws = 0, .seed = 1};
    struct quo_values *values = NULL;
    struct quo_setlaw *law = NULL;
    assert_int_equal(quo_values_new(desk->engine, v, &options, &values), QUO_OK);
    assert_int_equal(quo_setlaw_new(desk->engine, v, &law), QUO_OK);
    for (size_t m = 0; m < (size_t)1 << v->n; m += every) {
        struct quo_subset s = quo_subset_none();
        struct quo_outcome outcome;
        double gross = NAN;
        s.word[0] = m;
        assert_int_equal(quo_values_get(values, s, &outcome), QUO_OK);
        const enum quo_status status = quo_setlaw_gross(law, m, &gross);
        if (status || !(fabs(gross / outcome.gross - 1.0) < 4e-9))
            fail_msg("set %zx: status %d, %.10g by parts, %.10g", m, status, gross, outcome.gross);
    }
    quo_setlaw_free(law);
    quo_values_free(values);
    quo_variants_free(v);
}

static void plans_of_the_pool(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_stream stream = quo_stream_at(61, 0, 0, 1);
    for (int round = 0; round < 6; round++)
        compare(desk, whatifs_random(desk, &stream, 10), 7);
    compare(desk, whatifs_pool(desk, 20), 8191);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_of_the_pool),
    };
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
