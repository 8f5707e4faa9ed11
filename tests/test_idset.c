/* Ids of a long table: what stands twice is found, with its number, whatever the table grew to meanwhile. */
#include <stdio.h>

#include "pricing/book/idset.h"
#include "tests/check.h"

static void twice_is_found_and_once_is_not(void **state)
{
    (void)state;
    struct quo_idset *set = quo_idset_new();
    char id[32];
    int before;
    assert_non_null(set);
    for (int i = 1; i <= 50000; i++) {
        snprintf(id, sizeof id, "q-%07d", i * 7919 % 1000003);
        assert_int_equal(quo_idset_add(set, id, i, &before), QUO_IDSET_NEW);
    }
    for (int i = 1; i <= 50000; i += 17) {
        snprintf(id, sizeof id, "q-%07d", i * 7919 % 1000003);
        assert_int_equal(quo_idset_add(set, id, 1000000 + i, &before), QUO_IDSET_TWICE);
        assert_int_equal(before, i);
    }
    assert_int_equal(quo_idset_add(set, "", 1, &before), QUO_IDSET_NEW);
    assert_int_equal(quo_idset_add(set, "q-0007919 ", 1, &before), QUO_IDSET_NEW);
    quo_idset_free(set);
    quo_idset_free(NULL);
}

/* Beyond a million ids only their hashes are kept, in a file: nothing is forgotten, nothing made up. */
static void nothing_is_forgotten_in_a_long_table(void **state)
{
    (void)state;
    struct quo_idset *set = quo_idset_new();
    char id[32];
    int before;
    const int n = QUO_IDSET_NUMBERED + 600000;
    for (int i = 1; i <= n; i++) {
        snprintf(id, sizeof id, "q-%d", i);
        assert_int_equal(quo_idset_add(set, id, i, &before), QUO_IDSET_NEW);
    }
    for (int i = 1; i <= n; i += 1009) {
        snprintf(id, sizeof id, "q-%d", i);
        assert_int_equal(quo_idset_add(set, id, i, &before), QUO_IDSET_TWICE);
        assert_int_equal(before, 0);
    }
    assert_int_equal(quo_idset_add(set, "q-0", 1, &before), QUO_IDSET_NEW);
    quo_idset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(twice_is_found_and_once_is_not),
                                       cmocka_unit_test(nothing_is_forgotten_in_a_long_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
