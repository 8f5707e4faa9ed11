/* The far tail by importance sampling, and plain years, against the exact law of a book of policies that share nothing: their laws convolved. */
#include "check.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "kit_book.h"
#include "pricing/portfolio/tailsample.h"
#include "pricing/quote.h"

#define CELL 50000.0 /* USD */
#define CELLS 8000

struct desk {
    struct kit_book book;
    size_t sets[KIT_BOOK_MAX];
    struct quo_exposures *exposures;
    struct quo_shocks *shocks;
    double *law; /* law[CELLS]: of the book's year */
};

/* law * policy, the policy's points shared out between neighbours so that its mean stays. */
static void convolve(double *law, const struct quo_lattice *policy, double usd)
{
    double *one = calloc(CELLS, sizeof *one), *out = calloc(CELLS, sizeof *out);
    size_t last = 0, end = 0;
    for (size_t k = 0; k < policy->n; k++) {
        const double at = (double)k * policy->step * usd / CELL, part = at - floor(at);
        const size_t i = (size_t)at;
        assert_true(i + 1 < CELLS);
        one[i] += (1.0 - part) * policy->mass[k];
        one[i + 1] += part * policy->mass[k];
    }
    for (size_t i = 0; i < CELLS; i++) {
        last = one[i] > 0.0 ? i : last;
        end = law[i] > 0.0 ? i : end;
    }
    assert_true(last + end < CELLS);
    for (size_t i = 0; i <= end; i++)
        for (size_t k = 0; k <= last; k++)
            out[i + k] += law[i] * one[k];
    memcpy(law, out, CELLS * sizeof *law);
    free(one);
    free(out);
}

static int open_desk(void **state)
{
    static struct desk desk;
    struct quo_dependence apart;
    quo_dependence_init(&apart);
    apart.n_links = 0;
    apart.campaigns = 0.0;
    apart.contagion = 0.0;
    kit_book_open(&desk.book);
    for (int p = 0; p < QUO_PERILS; p++)
        desk.book.engine->model->peril[p].size = INFINITY; /* no seasons */
    for (size_t i = 1; i < kit_book_n_files; i++)
        kit_book_add(&desk.book, kit_book_files[i], "");
    for (size_t i = 0; i < desk.book.n; i++) { /* no signers in common; given back before they are freed */
        desk.sets[i] = desk.book.policy[i]->protocol->n_signer_sets;
        desk.book.policy[i]->protocol->n_signer_sets = 0;
    }
    desk.exposures = kit_book_exposures(&desk.book, &apart);
    assert_int_equal(quo_shocks_new(desk.exposures, &desk.shocks), QUO_OK);
    assert_int_equal(desk.shocks->n, 0);
    desk.law = calloc(CELLS, sizeof *desk.law);
    desk.law[0] = 1.0;
    struct quo_workspace *workspace = quo_workspace_new();
    for (size_t i = 0; i < desk.book.n; i++) {
        struct quo_score *score = NULL;
        double weight[QUO_PERILS];
        struct quo_price price;
        quo_hazard_weights(desk.book.engine->model, desk.book.protocol[i]->exposure_usd, desk.book.policy[i]->inception,
                           weight);
        assert_int_equal(quo_score_protocol(desk.book.protocol[i], desk.book.engine->scale, weight, &score), QUO_OK);
        const struct quo_price_input input = {
            .engine = desk.book.engine, .policy = desk.book.policy[i], .score = score, .workspace = workspace};
        assert_int_equal(quo_price_new(&input, &price), QUO_OK);
        convolve(desk.law, &price.law.annual, desk.book.policy[i]->usd_per_unit);
        quo_price_free(&price);
        quo_score_free(score);
    }
    quo_workspace_free(workspace);
    *state = &desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < desk->book.n; i++)
        desk->book.policy[i]->protocol->n_signer_sets = desk->sets[i];
    free(desk->law);
    quo_shocks_free(desk->shocks);
    quo_exposures_free(desk->exposures);
    kit_book_close(&desk->book);
    return 0;
}

static double exact_tvar(const struct desk *desk, double level)
{
    double above = 0.0, sum = 0.0;
    size_t i = CELLS;
    while (i > 1 && above + desk->law[i - 1] < 1.0 - level) {
        i--;
        above += desk->law[i];
        sum += desk->law[i] * (double)i * CELL;
    }
    return (sum + (1.0 - level - above) * (double)(i - 1) * CELL) / (1.0 - level);
}

static double exact_mean(const struct desk *desk)
{
    double sum = 0.0;
    for (size_t i = 0; i < CELLS; i++)
        sum += desk->law[i] * (double)i * CELL;
    return sum;
}

static void plain_years_have_the_convolved_law(void **state)
{
    const struct desk *desk = *state;
    struct quo_portfolio *p = kit_book_run(desk->exposures, 100000, 3);
    check_abs(p->gross.mean.value, exact_mean(desk), 4.0 * p->gross.mean.std_error, "mean");
    check_rel(p->exact_mean, exact_mean(desk), 2e-3, "the quotes'");
    for (int i = 0; i < QUO_PORTFOLIO_LEVELS; i++) {
        const double level = p->gross.var[i].return_period;
        check_abs(p->gross.tvar[i].value, exact_tvar(desk, level), 4.0 * p->gross.tvar[i].std_error + CELL, "TVaR %g",
                  level);
        double below = 0.0, low = 0.0; /* chances of at most, and less than, the VaR, to a cell */
        for (size_t k = 0; k < CELLS; k++) {
            below += (double)k * CELL <= p->gross.var[i].high + CELL ? desk->law[k] : 0.0;
            low += (double)k * CELL < p->gross.var[i].low - CELL ? desk->law[k] : 0.0;
        }
        assert_true(below >= level - 4.0 * sqrt(level * (1.0 - level) / 100000.0) && low <= level);
    }
    quo_portfolio_free(p);
}

static void sampled_tails_have_the_convolved_law(void **state)
{
    const struct desk *desk = *state;
    struct quo_portfolio_options options;
    quo_portfolio_options_init(&options);
    double squares = 0.0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct quo_tailsample s;
        options.seed = seed;
        assert_int_equal(quo_tailsample_run(desk->shocks, &options, 40000, &s), QUO_OK);
        check_abs(s.weight.value, 1.0, 4.0 * s.weight.std_error + 1e-12, "mean weight");
        check_abs(s.mean.value, exact_mean(desk), 4.0 * s.mean.std_error, "mean");
        for (int i = 0; i < 3; i++) {
            const double off = s.level[i].tvar.value - exact_tvar(desk, s.level[i].level);
            check_abs(off, 0.0, 4.5 * s.level[i].tvar.std_error + CELL, "TVaR %g, seed %d", s.level[i].level, (int)seed);
            squares += i == 0 ? pow(off / s.level[i].tvar.std_error, 2.0) : 0.0;
        }
        assert_true(s.level[2].years > 1.5 * 0.001 * 40000.0); /* more of the tail than plain years have */
        quo_tailsample_free(&s);
    }
    assert_true(squares / 6.0 < 3.5 && squares / 6.0 > 0.05); /* the error is what it is said to be */
}

static void same_bits_for_any_number_of_threads(void **state)
{
    const struct desk *desk = *state;
    struct quo_portfolio_options options;
    struct quo_tailsample one, many;
    quo_portfolio_options_init(&options);
    const int before = omp_get_max_threads();
    omp_set_num_threads(1);
    assert_int_equal(quo_tailsample_run(desk->shocks, &options, 5001, &one), QUO_OK);
    for (int jobs = 2; jobs <= 3; jobs++) {
        omp_set_num_threads(jobs);
        assert_int_equal(quo_tailsample_run(desk->shocks, &options, 5001, &many), QUO_OK);
        assert_memory_equal(one.level, many.level, sizeof one.level);
        assert_memory_equal(&one.mean, &many.mean, sizeof one.mean);
        assert_memory_equal(one.tilt, many.tilt, one.n_tilts * sizeof *one.tilt);
        quo_tailsample_free(&many);
    }
    omp_set_num_threads(before);
    quo_tailsample_free(&one);
    assert_int_equal(quo_tailsample_run(desk->shocks, &options, 999, &many), QUO_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_years_have_the_convolved_law),
        cmocka_unit_test(sampled_tails_have_the_convolved_law),
        cmocka_unit_test(same_bits_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
