#include "kit_book.h"

#include "check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

const char *const kit_book_files[] = {"fixtures/examples/bridge.policy.cfg",  "fixtures/cases/ronin.policy.cfg",
                                      "fixtures/cases/bybit.policy.cfg",      "fixtures/cases/resolv.policy.cfg",
                                      "fixtures/cases/drift.policy.cfg",      "fixtures/cases/kelp.policy.cfg",
                                      "fixtures/cases/crosscurve.policy.cfg", "fixtures/cases/counterpart.policy.cfg"};
const size_t kit_book_n_files = sizeof kit_book_files / sizeof *kit_book_files;

void kit_book_open(struct kit_book *book)
{
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    memset(book, 0, sizeof *book);
    quo_faults_init(&book->faults);
    assert_int_equal(quo_engine_new(&shipped, &book->engine, &book->faults), QUO_OK);
}

void kit_book_close(struct kit_book *book)
{
    for (size_t i = 0; i < book->n; i++)
        quo_policy_free(book->policy[i]);
    quo_engine_free(book->engine);
    quo_faults_free(&book->faults);
}

static char *suffixed(char *text, const char *suffix)
{
    char buffer[256];
    snprintf(buffer, sizeof buffer, "%s%s", text, suffix);
    free(text);
    return quo_text_copy(buffer);
}

struct quo_policy *kit_book_add(struct kit_book *book, const char *file, const char *suffix)
{
    struct quo_policy *policy = NULL;
    assert_true(book->n < KIT_BOOK_MAX);
    assert_int_equal(quo_policy_load(file, book->engine->catalogue, &policy, &book->faults), QUO_OK);
    policy->id = suffixed(policy->id, suffix);
    policy->protocol->id = suffixed(policy->protocol->id, suffix);
    book->protocol[book->n] = policy->protocol;
    book->risk[book->n] = (uint32_t)book->n;
    return book->policy[book->n++] = policy;
}

void kit_book_depend(struct quo_policy *policy, const char *kind, const char *vendor)
{
    struct quo_protocol *p = policy->protocol;
    p->dependency = realloc(p->dependency, (p->n_dependencies + 1) * sizeof *p->dependency);
    assert_non_null(p->dependency);
    p->dependency[p->n_dependencies++] = (struct quo_dependency){quo_text_copy(kind), quo_text_copy(vendor), 0.0};
}

void kit_book_lend(struct quo_policy *policy, const char *lender, double usd)
{
    struct quo_protocol *p = policy->protocol;
    p->collateral = realloc(p->collateral, (p->n_collateral + 1) * sizeof *p->collateral);
    assert_non_null(p->collateral);
    p->collateral[p->n_collateral++] = (struct quo_collateral){quo_text_copy(lender), usd};
}

void kit_book_random(struct kit_book *book, struct quo_stream *stream, size_t n)
{
    static const char *const kinds[] = {"cloud", "rpc", "custody", "oracle", "ui"};
    for (size_t i = 0; i < n; i++) {
        char suffix[32], vendor[32];
        snprintf(suffix, sizeof suffix, "-%zu", i);
        struct quo_policy *policy =
            kit_book_add(book, kit_book_files[quo_stream_below(stream, (uint32_t)kit_book_n_files)], suffix);
        policy->protocol->exposure_usd *= exp(quo_stream_normal(stream));
        policy->term_days = 90 + (int)quo_stream_below(stream, 300);
        for (size_t c = 0; c < policy->n_covers; c++)
            policy->cover[c].event_limit *=
                0.2 + 0.8 * quo_stream_uniform(stream); /* the year's limit binds less, or not at all */
        for (size_t k = quo_stream_below(stream, 4); k > 0; k--) {
            snprintf(vendor, sizeof vendor, "v%u", (unsigned)quo_stream_below(stream, 3));
            kit_book_depend(policy, kinds[quo_stream_below(stream, 5)], vendor);
        }
        if (i && quo_stream_uniform(stream) < 0.4)
            kit_book_lend(policy, book->protocol[quo_stream_below(stream, (uint32_t)i)]->id,
                          1e8 * quo_stream_uniform(stream));
    }
}

struct quo_exposures *kit_book_exposures(const struct kit_book *book, const struct quo_dependence *dependence)
{
    struct quo_dependence defaults;
    struct quo_exposures *e = NULL;
    quo_dependence_init(&defaults);
    assert_int_equal(quo_exposures_new(book->engine, dependence ? dependence : &defaults, &e), QUO_OK);
    for (size_t i = 0; i < book->n; i++)
        assert_int_equal(quo_exposures_protocol(e, book->protocol[i], book->policy[i]->inception), QUO_OK);
    assert_int_equal(quo_exposures_link(e, book->protocol), QUO_OK);
    enum quo_status outcome[KIT_BOOK_MAX];
    assert_int_equal(
        quo_exposures_policies(e, (const struct quo_policy *const *)book->policy, book->risk, book->n, outcome),
        QUO_OK);
    assert_int_equal(e->n_policies, book->n);
    assert_int_equal(quo_exposures_finish(e), QUO_OK);
    return e;
}

struct quo_portfolio *kit_book_run(const struct quo_exposures *exposures, uint64_t years, uint64_t seed)
{
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *portfolio = NULL;
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = years;
    options.seed = seed;
    assert_int_equal(quo_shocks_new(exposures, &shocks), QUO_OK);
    assert_int_equal(quo_portfolio_run(shocks, &options, &portfolio), QUO_OK);
    quo_shocks_free(shocks);
    return portfolio;
}
