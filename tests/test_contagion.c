/* What protocols of a book catch from each other: quotes that know of it say what the simulated book pays, policy by policy. */
#include "kit_book.h"

#include "check.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookcontagion.h"
#include "pricing/portfolio/contagion.h"
#include "pricing/quote.h"

static long find(const void *context, const char *id)
{
    const struct kit_book *book = context;
    for (size_t i = 0; i < book->n; i++)
        if (strcmp(book->protocol[i]->id, id) == 0)
            return (long)i;
    return -1;
}

/* As out of a book: every protocol at the end of the data. */
static struct quo_exposures *exposures_of(const struct kit_book *book, const struct quo_dependence *dependence)
{
    struct quo_exposures *e = NULL;
    enum quo_status outcome[KIT_BOOK_MAX];
    assert_int_equal(quo_exposures_new(book->engine, dependence, &e), QUO_OK);
    for (size_t i = 0; i < book->n; i++)
        assert_int_equal(quo_exposures_protocol(e, book->protocol[i], INT_MAX), QUO_OK);
    assert_int_equal(quo_exposures_link(e, book->protocol), QUO_OK);
    assert_int_equal(quo_exposures_policies(e, (const struct quo_policy *const *)book->policy, book->risk, book->n, outcome),
                     QUO_OK);
    assert_int_equal(quo_exposures_finish(e), QUO_OK);
    return e;
}

static double quoted(const struct kit_book *book, const struct quo_policy *policy)
{
    struct quo_quote_options plain;
    struct quo_quote *quote = NULL;
    quo_quote_options_init(&plain);
    plain.draws = 0;
    plain.halved = false;
    assert_int_equal(quo_quote_price(book->engine, policy, &plain, &quote), QUO_OK);
    const double usd = quote->expected_payout * policy->usd_per_unit;
    quo_quote_free(quote);
    return usd;
}

static void catch_all(const struct kit_book *book, const struct quo_dependence *dependence)
{
    struct quo_protocol *protocol[KIT_BOOK_MAX];
    const struct quo_whereabouts where = {find, book};
    for (size_t i = 0; i < book->n; i++)
        protocol[i] = book->policy[i]->protocol;
    assert_int_equal(quo_passings_catch(book->engine, dependence, protocol, book->n, &where), QUO_OK);
}

static void empty(struct kit_book *book)
{
    for (size_t i = 0; i < book->n; i++)
        quo_policy_free(book->policy[i]);
    book->n = 0;
}

/* 25 books of 4 policies, early inceptions among them; every one of them lends or depends on a bridge. The quotes' law is the book's to the accuracy
 * of its tables, and the simulated means are the quotes' within 4 standard errors. */
static void quotes_with_contagion_are_the_books_marginals(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(8, 0, 0, 62);
    struct quo_dependence dependence;
    struct kit_book book;
    size_t caught = 0, n = 0;
    double squares = 0.0;
    quo_dependence_init(&dependence);
    kit_book_open(&book);
    for (int b = 0; b < 25; b++) {
        const uint64_t years = 1500;
        kit_book_random(&book, &stream, 4);
        for (size_t i = 1; i < book.n; i++) { /* links are heavy enough to be seen in the means */
            kit_book_lend(book.policy[i - 1], book.protocol[i]->id, book.protocol[i]->exposure_usd * quo_stream_uniform(&stream));
            kit_book_depend(book.policy[i], "bridge", book.protocol[quo_stream_below(&stream, (uint32_t)i)]->id);
        }
        struct quo_exposures *e = exposures_of(&book, &dependence);
        struct quo_portfolio *p = kit_book_run(e, years, (uint64_t)b);
        double before[KIT_BOOK_MAX];
        for (size_t i = 0; i < book.n; i++)
            before[i] = quoted(&book, book.policy[i]);
        catch_all(&book, &dependence);
        for (size_t i = 0; i < book.n; i++) {
            const double quote = quoted(&book, book.policy[i]), error = e->policy[i].sd / sqrt((double)years),
                         off = p->contribution[i].expected.value - quote;
            const double one = 0.01 * (double)e->policy[i].limit / (double)years;
            check_rel(e->policy[i].expected, quote, 1e-2, "%s", e->policy[i].id);
            if (fabs(off) > 4.0 * error + one)
                fail_msg("book %d, policy %s: %.0f, quote %.0f, error %.0f", b, e->policy[i].id,
                         p->contribution[i].expected.value, quote, error);
            assert_true(quote >= before[i]);
            caught += quote > 1.02 * before[i];
            squares += off / error * off / error;
            n++;
        }
        quo_portfolio_free(p);
        quo_exposures_free(e);
        empty(&book);
    }
    assert_true(caught > n / 4);
    check_abs(squares / (double)n, 1.0, 0.5, "mean square of the z scores");
    kit_book_close(&book);
}

/* By hand: a borrower passes its money perils on to its lender by chance times the collateral's share; a bridge its forged messages. */
static void rates_are_passed_on(void **state)
{
    (void)state;
    struct quo_dependence dependence;
    struct kit_book book;
    quo_dependence_init(&dependence);
    kit_book_open(&book);
    kit_book_add(&book, "fixtures/cases/kelp.policy.cfg", "-bridge");
    kit_book_add(&book, "fixtures/cases/counterpart.policy.cfg", "-lender");
    kit_book_lend(book.policy[0], book.protocol[1]->id, 0.3 * book.protocol[1]->exposure_usd);
    kit_book_lend(book.policy[0], "nobody", 1e9);
    kit_book_lend(book.policy[1], book.protocol[1]->id, 1e9); /* to itself: nothing */
    kit_book_depend(book.policy[1], "bridge", book.protocol[0]->id);
    struct quo_exposures *e = exposures_of(&book, &dependence);
    catch_all(&book, &dependence);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const bool hours = quo_peril_in_hours((enum quo_peril)p);
        const double chance = (hours ? 0.0 : 0.3 * dependence.contagion) +
                              (p == QUO_BRIDGE_VALIDATION ? dependence.bridge_contagion : 0.0);
        check_rel(book.protocol[1]->contagion[p] + 1e-300, chance * e->risk[0].rate[p] + 1e-300, 1e-12, "lender");
        check_rel(book.protocol[1]->contagion[p] + 1e-300, e->risk[1].contagion[p] + 1e-300, 1e-12, "as the book has it");
        assert_true(book.protocol[0]->contagion[p] == 0.0);
    }
    /* Once more changes nothing: what was caught is not passed on, nor caught twice. */
    const double first = book.protocol[1]->contagion[QUO_BRIDGE_VALIDATION];
    assert_true(first > 0.0);
    catch_all(&book, &dependence);
    assert_true(book.protocol[1]->contagion[QUO_BRIDGE_VALIDATION] == first);
    dependence.contagion = dependence.bridge_contagion = 0.0;
    catch_all(&book, &dependence);
    assert_true(book.protocol[1]->contagion[QUO_BRIDGE_VALIDATION] == 0.0);
    quo_exposures_free(e);
    empty(&book);
    kit_book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_with_contagion_are_the_books_marginals),
        cmocka_unit_test(rates_are_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
