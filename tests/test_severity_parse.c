/* Severity laws as words: what is written reads back, what is wrong is told. */
#include "check.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

#include "risk/base/faults.h"
#include "risk/severity/severity.h"
#include "tests/laws.h"

static void words_read_back(struct quo_stream *stream, const struct quo_severity *s, const char *law)
{
    (void)stream;
    char copy[QUO_SEVERITY_TEXT], *at = copy, *pair[LAWS_PAIRS];
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", law);
    const char *family = strsep(&at, " ");
    while (at && n < LAWS_PAIRS)
        pair[n++] = strsep(&at, " ");
    struct quo_severity back;
    assert_int_equal(quo_severity_parse(family, (const char *const *)pair, n, &back, NULL), QUO_OK);
    const double x = quo_severity_Pinv(0.7, s);
    assert_true(quo_severity_Q(x, s) == quo_severity_Q(x, &back) && s->weight == back.weight);
    char cut[8];
    assert_int_equal(quo_severity_format(s, cut, sizeof cut), strlen(law));
    assert_memory_equal(cut, law, 7);
}

static void format_and_parse_are_inverse(void **state)
{
    (void)state;
    laws_every(words_read_back);
}

static void wrong_words_are_told(void **state)
{
    (void)state;
    const struct {
        const char *family, *pair[4], *said;
    } wrong[] = {
        {"lognormale", {"meanlog=1"}, "did you mean 'lognormal'"},
        {"lognormal", {"meanlog=1", "sdlg=2"}, "did you mean 'sdlog'"},
        {"lognormal", {"meanlog=1", "sdlog=2", "sdlog=3"}, "'sdlog' is given twice"},
        {"lognormal", {"meanlog=1"}, "'sdlog' is missing"},
        {"lognormal", {"meanlog=1", "sdlog=big"}, "'sdlog=big' is not a number"},
        {"lognormal", {"meanlog", "sdlog=1"}, "written KEY=VALUE"},
        {"lognormal", {"meanlog=1", "sdlog=-1"}, "sdlog positive"},
        {"spliced", {"threshold=1"}, "'body=' is missing"},
        {"spliced", {"body=spliced"}, "unknown simple severity family"},
        {"spliced", {"body=gamma", "threshold=3", "body.shap=2"}, "did you mean 'body.shape'"},
        {"mixture", {"c1=gamma", "weight1=0.5"}, "'c2=' is missing"},
        {"mixture", {"c1=gama", "c2=gamma"}, "did you mean 'gamma'"},
        {"average", {"c2=gamma"}, "'c1=' is missing"},
        {"average", {"c1=gamma", "c1.shape=1", "c1.scale=2"}, "'weight1' is missing"},
        {"average", {"c1=exponential", "c1.scale=1", "weight1=1", "weight2=1"}, "no parameter 'weight2'"},
        {"average", {"c1=exponential", "c1.scale=1", "weight1=0"}, "weights must not all be 0"},
        {"average", {"c1=exponential", "c1.scale=1", "weight1=-1"}, "weights must be 0 or more"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quo_faults faults;
        struct quo_severity s;
        quo_faults_init(&faults);
        size_t n = 0;
        while (n < 4 && wrong[i].pair[n])
            n++;
        assert_int_equal(quo_severity_parse(wrong[i].family, wrong[i].pair, n, &s, &faults), QUO_USAGE);
        bool found = false;
        for (size_t k = 0; k < faults.n; k++) {
            char text[256];
            quo_fault_format(&faults.fault[k], text, sizeof text);
            found = found || strstr(text, wrong[i].said);
        }
        if (!found)
            fail_msg("case %zu: no fault speaks of \"%s\"", i, wrong[i].said);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_and_parse_are_inverse),
        cmocka_unit_test(wrong_words_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
