/* One policy beside a book: its quote and the book agree on what others pass on, on capital, and on what hangs on a name. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kit_book.h"
#include "pricing/portfolio/beside.h"
#include "pricing/quote.h"

struct desk {
    struct kit_book book;
    struct quo_exposures *exposures;
    struct quo_beside beside;
};

/* The last policy's protocol takes the tokens of two others as collateral and shares a cloud with them. */
static int open_desk(void **state)
{
    static struct desk desk;
    kit_book_open(&desk.book);
    struct quo_policy *a = kit_book_add(&desk.book, kit_book_files[0], "-a"),
                      *b = kit_book_add(&desk.book, kit_book_files[2], "-b"),
                      *last = kit_book_add(&desk.book, "fixtures/cases/kelp.policy.cfg", "-last");
    kit_book_lend(a, last->protocol->id, 1e12);
    kit_book_lend(b, last->protocol->id, 0.5 * last->protocol->exposure_usd);
    for (size_t i = 0; i < 3; i++)
        kit_book_depend(desk.book.policy[i], "cloud", "shared");
    desk.exposures = kit_book_exposures(&desk.book, NULL);
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    options.years = 20000;
    assert_int_equal(quo_beside_of(desk.exposures, &options, &desk.beside), QUO_OK);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    quo_beside_free(&desk->beside);
    quo_exposures_free(desk->exposures);
    kit_book_close(&desk->book);
    return 0;
}

static struct quo_quote *quoted(const struct desk *desk, bool with)
{
    struct quo_policy *policy = desk->book.policy[2];
    struct quo_quote_options options;
    struct quo_quote *quote = NULL;
    quo_quote_options_init(&options);
    options.draws = 0;
    for (int p = 0; p < QUO_PERILS; p++)
        policy->protocol->contagion[p] = with ? desk->beside.contagion[p] : 0.0;
    assert_int_equal(quo_quote_price(desk->book.engine, policy, &options, &quote), QUO_OK);
    return quote;
}

static void contagion_is_in_the_quote(void **state)
{
    const struct desk *desk = *state;
    const struct quo_exposures *e = desk->exposures;
    struct quo_quote *alone = quoted(desk, false), *with = quoted(desk, true);
    /* By hand: half of what strikes the first, a quarter of what strikes the second. */
    const double caught = 0.5 * e->risk[0].rate[QUO_CODE_BUG] + 0.25 * e->risk[1].rate[QUO_CODE_BUG];
    check_rel(desk->beside.contagion[QUO_CODE_BUG] * quo_hazard_trend(e->engine->model, QUO_CODE_BUG, e->risk[2].day, -1),
              caught, 1e-12, "contagion");
    check_rel(with->hazard[QUO_CODE_BUG].rate, alone->hazard[QUO_CODE_BUG].rate + caught, 1e-14, "rate");
    assert_true(with->expected_payout > 1.01 * alone->expected_payout);
    check_rel(with->expected_payout, e->policy[2].expected, 2e-3, "the quote's law and the book's");
    check_abs(desk->beside.added.expected.value, with->expected_payout, 4.0 * e->policy[2].sd / sqrt(20000.0) + 2e-3,
              "simulated");
    int64_t sum = 0;
    bool told = false;
    for (size_t i = 0; i < with->n_steps; i++) {
        sum += with->step[i].cents;
        told |= strcmp(with->step[i].name, "passed on within the book") == 0;
    }
    assert_true(told);
    assert_int_equal(sum, llrint(100.0 * with->gross_premium));
    quo_quote_free(alone);
    quo_quote_free(with);
}

static void what_hangs_on_a_name(void **state)
{
    const struct desk *desk = *state;
    const struct quo_exposures *e = desk->exposures;
    const double all = quo_exposures_limit(e, 0) + quo_exposures_limit(e, 1) + quo_exposures_limit(e, 2);
    bool found = false;
    for (size_t i = 0; i < desk->beside.n_names; i++) {
        const struct quo_beside_name *n = &desk->beside.name[i];
        if (strcmp(n->name, "cloud:shared") != 0)
            continue;
        found = true;
        assert_int_equal(n->kind, QUO_ACCUMULATION_VENDOR);
        assert_int_equal(n->policies, 2);
        check_rel(n->after, all, 1e-12, "limits behind it");
        check_rel(n->after - n->before, quo_exposures_limit(e, 2), 1e-12, "the policy's own");
    }
    assert_true(found);
    struct quo_authority authority = *desk->book.engine->authority;
    struct quo_reasons reasons = {0};
    for (int k = 0; k < QUO_AUTHORITY_KINDS; k++)
        authority.refer_accumulation[k] = INFINITY;
    assert_false(quo_beside_refers(&desk->beside, &authority, &reasons));
    authority.refer_accumulation[0] = all;
    assert_false(quo_beside_refers(&desk->beside, &authority, &reasons));
    authority.refer_accumulation[0] = all * (1.0 - 1e-9);
    assert_true(quo_beside_refers(&desk->beside, &authority, &reasons));
    assert_true(reasons.n >= 1 && strstr(reasons.text[0], "vendor shared would be"));
    quo_reasons_free(&reasons);
}

static void capital_of_one_more(void **state)
{
    const struct desk *desk = *state;
    const struct quo_portfolio_added *a = &desk->beside.added;
    assert_int_equal(desk->beside.policies, 2);
    assert_true(a->diversification >= 0.0 && a->diversification <= 1.0);
    check_rel(a->tvar_added.value, a->tvar_after - a->tvar_before, 1e-12, "what it adds");
    assert_true(a->contribution <= a->tvar_added.value * (1.0 + 1e-12));
    struct quo_beside none;
    struct quo_portfolio_options options;
    struct kit_book one;
    quo_portfolio_options_init(&options);
    kit_book_open(&one);
    kit_book_add(&one, kit_book_files[0], "");
    struct quo_exposures *e = kit_book_exposures(&one, NULL);
    assert_int_equal(quo_beside_of(e, &options, &none), QUO_DOMAIN); /* beside nothing */
    quo_exposures_free(e);
    kit_book_close(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contagion_is_in_the_quote),
        cmocka_unit_test(what_hangs_on_a_name),
        cmocka_unit_test(capital_of_one_more),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
