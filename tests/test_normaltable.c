/* The table of normal tails beside the C library: inside, on its places, at and beyond both ends, one by one and many at a time. */
#include "check.h"

#include <math.h>

#include "risk/base/normaltable.h"

#define POINTS 3001

static void as_the_c_library(void **state)
{
    (void)state;
    static struct quo_normaltable table;
    static double at[POINTS], scale[POINTS], out[POINTS];
    quo_normaltable_init(&table);
    for (int i = 0; i < POINTS; i++) {
        at[i] = 10.0 - 0.00671 * i; /* read at 0: scores from far below to far above */
        scale[i] = i % 3 == 0 ? 1.0 : 0.5 * (1 + i % 3);
    }
    quo_normaltable_Q(&table, 0.0, at, scale, POINTS, out);
    for (int i = 0; i < POINTS; i++)
        check_abs(out[i], 0.5 * erfc(-at[i] * scale[i] * M_SQRT1_2), 4e-9, "score %g", -at[i] * scale[i]);
    for (int z = -6 * QUO_NORMALTABLE_EACH; z <= 6 * QUO_NORMALTABLE_EACH; z++) {
        const double score = (double)z / QUO_NORMALTABLE_EACH, none = 0.0, one = 1.0;
        double q;
        quo_normaltable_Q(&table, score, &none, &one, 1, &q);
        check_rel(q, 0.5 * erfc(score * M_SQRT1_2), 1e-13, "place %d", z);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_c_library)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
