/* The detail written by hand against Jansson's dump of the same values, byte for byte, and read back. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookdetail.h"
#include "risk/base/stream.h"
#include "tests/check.h"

static char *by_jansson(const struct quo_quote *q)
{
    json_t *walk = json_array(), *var = json_object(), *tvar = json_object(), *all = json_object();
    for (size_t i = 0; i < q->n_steps; i++)
        json_array_append_new(walk, json_pack("[s, f]", q->step[i].name, (double)q->step[i].cents / 100.0));
    for (int i = 0; i < QUO_QUOTE_LEVELS; i++) {
        char level[32];
        snprintf(level, sizeof level, "%g", q->quantile[i].level);
        json_object_set_new(var, level, json_real(q->quantile[i].var)); /* nothing for what is no number */
        json_object_set_new(tvar, level, json_real(q->quantile[i].tvar));
    }
    json_object_set_new(all, "payout_probability", json_real(q->payout_probability));
    json_object_set_new(all, "risk_load", json_real(q->risk_load));
    json_object_set_new(all, "annual_limit", isinf(q->annual_limit) ? json_null() : json_real(q->annual_limit));
    json_object_set_new(all, "var", var);
    json_object_set_new(all, "tvar", tvar);
    json_object_set_new(all, "walk", walk);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(all);
    return text;
}

/* Of any size, money of a quote most often. */
static double some_number(struct quo_stream *s)
{
    switch (quo_stream_below(s, 5)) {
    case 0:
        return (double)quo_stream_below(s, 1000);
    case 1:
        return quo_stream_uniform(s) * pow(10.0, (int)quo_stream_below(s, 60) - 30);
    case 2:
        return -1e6 * quo_stream_uniform(s);
    default:
        return 1e8 * quo_stream_uniform(s);
    }
}

static void the_bytes_are_those_of_jansson(void **state)
{
    (void)state;
    static const char *const names[] = {"exposure", "controls: key management", "", "say \"so\"", "back\\slash", "Schlüssel", "tab\tand\x01", "a/b"};
    struct quo_quote *q = calloc(1, sizeof *q);
    for (uint64_t i = 0; i < 3000; i++) {
        struct quo_stream s = quo_stream_at(12, i, 0, 1);
        q->payout_probability = quo_stream_uniform(&s);
        q->risk_load = some_number(&s);
        q->annual_limit = i % 3 ? some_number(&s) : INFINITY;
        for (int k = 0; k < QUO_QUOTE_LEVELS; k++) {
            q->quantile[k].level = 1.0 - quo_stream_uniform(&s);
            q->quantile[k].var = i % 50 == 7 ? NAN : some_number(&s);
            q->quantile[k].tvar = i % 70 == (uint64_t)k ? INFINITY : some_number(&s);
        }
        q->n_steps = quo_stream_below(&s, 25);
        for (size_t k = 0; k < q->n_steps; k++) {
            strcpy(q->step[k].name, names[quo_stream_below(&s, 8)]);
            q->step[k].cents = (int64_t)(100.0 * some_number(&s));
        }
        char *got = quo_bookdetail_of(q), *want = by_jansson(q);
        assert_non_null(got);
        assert_string_equal(got, want);
        free(got);
        free(want);
    }
    free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_bytes_are_those_of_jansson)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
