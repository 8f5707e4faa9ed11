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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(twice_is_found_and_once_is_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
