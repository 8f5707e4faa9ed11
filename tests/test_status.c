#include "check.h"
#include "risk/base/status.h"

#include <string.h>

static void every_status_has_its_own_text(void **state)
{
    (void)state;
    for (int i = QUO_OK; i <= QUO_DOMAIN; i++) {
        const char *text = quo_status_text((enum quo_status)i);
        assert_non_null(text);
        assert_true(strlen(text) > 3);
        for (int k = QUO_OK; k < i; k++)
            assert_string_not_equal(text, quo_status_text((enum quo_status)k));
    }
}

static void a_value_outside_the_list_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(quo_status_text((enum quo_status)99), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_text),
        cmocka_unit_test(a_value_outside_the_list_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
