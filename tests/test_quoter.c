/* One quoter for many policies gives the bits that each has on its own, on one thread and on two, also after one that cannot be priced. */
#include "check.h"
#include "desk.h"

#include <jansson.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/desk/quotejson.h"
#include "pricing/quoter.h"

/* Several covers and a clause; real cases; a cover of the market's loss; the first once more with an error for which its resolution is doubled. */
static const char *const file[] = {
    "fixtures/examples/bridge.policy.cfg", "fixtures/cases/ronin.policy.cfg",     "fixtures/cases/kelp.policy.cfg",
    "fixtures/triggers/t14.policy.cfg",    "fixtures/examples/bridge.policy.cfg",
};
#define FILES (sizeof file / sizeof *file)

static struct desk *desk;
static struct quo_policy *policy[FILES];

static char *text_of(const struct quo_quote *quote)
{
    json_t *json = quo_quotejson(quote, NULL, 0, 1);
    char *text = json_dumps(json, JSON_REAL_PRECISION(17));
    json_decref(json);
    assert_non_null(text);
    return text;
}

static void options_of(size_t i, struct quo_quote_options *options)
{
    quo_quote_options_init(options);
    options->draws = i % 2 ? 12 : 0;
    options->shown = i == 0;
    options->halved = i != 1;
    options->error = i == 4 ? 1e-9 : 1e-6;
    options->refined = i == 4;
}

static void the_same_bits(void **state)
{
    (void)state;
    char *alone[FILES];
    for (size_t i = 0; i < FILES; i++) {
        struct quo_quote_options options;
        struct quo_quote *quote;
        options_of(i, &options);
        omp_set_num_threads(1);
        assert_int_equal(quo_quote_price(desk->engine, policy[i], &options, &quote), QUO_OK);
        alone[i] = text_of(quote);
        quo_quote_free(quote);
    }
    for (int threads = 1; threads <= 2; threads++) {
        omp_set_num_threads(threads);
        struct quo_quoter *quoter = quo_quoter_new();
        for (size_t i = 0; i < 3 * FILES; i++) {
            const size_t k = (i * i + i / FILES) % FILES; /* in another order each time */
            struct quo_quote_options options;
            struct quo_quote *quote;
            options_of(k, &options);
            assert_int_equal(quo_quoter_price(quoter, desk->engine, policy[k], &options, &quote), QUO_OK);
            assert_true((quote->resolution.cells > quo_resolution_fine.cells) == (k == 4));
            char *text = text_of(quote);
            assert_string_equal(text, alone[k]);
            free(text);
            quo_quote_free(quote);
        }
        quo_quoter_free(quoter);
    }
    for (size_t i = 0; i < FILES; i++)
        free(alone[i]);
}

static void a_failure_leaves_nothing(void **state)
{
    (void)state;
    struct quo_quoter *quoter = quo_quoter_new();
    struct quo_quote_options options;
    struct quo_quote *quote;
    double gross = NAN;
    options_of(0, &options);
    const double exposure = policy[0]->protocol->exposure_usd;
    for (int round = 0; round < 6; round++) {
        policy[0]->protocol->exposure_usd = round % 2 ? INFINITY : exposure;
        const enum quo_status status = quo_quoter_price(quoter, desk->engine, policy[0], &options, &quote);
        assert_int_equal(status, round % 2 ? QUO_DOMAIN : QUO_OK);
        assert_true((quote == NULL) == (round % 2 == 1));
        if (quote && round > 0)
            assert_true(quote->gross.gross == gross);
        gross = quote ? quote->gross.gross : gross;
        quo_quote_free(quote);
    }
    policy[0]->protocol->exposure_usd = exposure;
    quo_quoter_free(quoter);
    quo_quoter_free(NULL);
}

static int open_files(void **state)
{
    if (desk_open(state) != 0)
        return -1;
    desk = *state;
    for (size_t i = 0; i < FILES; i++)
        policy[i] = desk_load(desk, file[i]);
    return 0;
}

static int close_files(void **state)
{
    for (size_t i = 0; i < FILES; i++)
        quo_policy_free(policy[i]);
    return desk_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_bits), cmocka_unit_test(a_failure_leaves_nothing)};
    return cmocka_run_group_tests(tests, open_files, close_files);
}
