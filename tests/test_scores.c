/* What the years are made of: random numbers in vectors, normal scores, seasons. */
#include "check.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "risk/base/marks.h"
#include "pricing/portfolio/scores.h"
#include "pricing/portfolio/season.h"
#include "risk/base/numeric.h"
#include "risk/base/stream.h"

/* Whole vectors or a rest, any order of blocks: those of the stream at the same address. */
static void marks_are_the_streams(void **state)
{
    (void)state;
    static const uint64_t years[] = {0, 1, 0xFFFFFFFFu, 0x123456789ABCu};
    for (size_t k = 0; k < sizeof years / sizeof *years; k++)
        for (size_t n = 1; n <= 50; n += 7) {
            const struct quo_marks_address at = {0xFEDCBA9876543210u + k, years[k], 3, 50};
            uint32_t index[64];
            double fine[64], middle[64], coarse[64];
            for (uint32_t i = 0; i < 64; i++)
                index[i] = i < n ? (uint32_t)(n - 1) - i : 0;
            quo_marks(&at, index, n, fine, middle, coarse);
            struct quo_stream stream = quo_stream_at(at.seed, at.simulation, at.entity, at.purpose);
            for (size_t i = n; i-- > 0;) {
                const double u = quo_stream_uniform(&stream);
                const uint32_t c = quo_stream_bits(&stream), d = quo_stream_bits(&stream);
                assert_true(fine[i] == u);
                assert_true(middle[i] == (double)((uint64_t)(c >> 12) << 20 | d >> 12) * 0x1p-40);
                assert_true(coarse[i] == (double)((c & 0xFFFu) << 12 | (d & 0xFFFu)) * 0x1p-24);
            }
        }
}

/* Word k of block first + i, on past the last number of a block's address too. */
static void words_are_the_streams(void **state)
{
    (void)state;
    static const uint32_t first[] = {0, 7, 0xFFFFFFF0u};
    for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
        const struct quo_marks_address at = {0xFEDCBA9876543210u, 0x123456789ABCu + k, 9, 51};
        uint32_t words[4 * 48];
        quo_marks_words(&at, first[k], 48, words);
        for (uint32_t i = 0; i < 48; i++) {
            struct quo_stream stream = quo_stream_at(at.seed, at.simulation, at.entity, at.purpose);
            stream.counter[0] = first[k] + i;
            for (uint32_t word = 0; word < 4; word++)
                assert_int_equal(words[i / 16 * 64 + 16 * word + i % 16], quo_stream_bits(&stream));
        }
    }
}

static void scores_are_right_to_2e_8(void **state)
{
    (void)state;
    static struct quo_scores scores;
    quo_scores_init(&scores);
    double before = INFINITY;
    for (int e = 53; e >= 1; e--)
        for (int k = 0; k < 331; k++) { /* 331 is no power of two: within cells and at their ends */
            const double u = ldexp(1.0 + k / 331.0, -e);
            const double z = quo_scores_of(u, &scores);
            check_abs(z, quo_normal_Qinv(u), 2e-8, "score of %g", u);
            if (z > before + 1e-12)
                fail_msg("scores rise with the chance at %g", u);
            before = z;
            if (e < 30)
                check_abs(quo_scores_of(1.0 - u, &scores), quo_normal_Qinv(1.0 - u), 2e-8, "score of 1 - %g", u);
        }
    check_abs(quo_scores_of(0.5, &scores), 0.0, 2e-8, "middle");
    check_abs(quo_scores_of(1.0 - 0x1p-53, &scores), quo_normal_Qinv(1.0 - 0x1p-53), 2e-8, "the last");
}

/* The table between its nodes, through the draw itself; below a size of 2 the moments. */
static void seasons_are_gamma(void **state)
{
    (void)state;
    static struct quo_scores scores;
    quo_scores_init(&scores);
    static const double sizes[] = {2.0, 3.7, 15.2427, 27.1382, 400.0};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct quo_season season;
        quo_season_init(sizes[k], &season);
        struct quo_stream stream = quo_stream_at(3, k, 0, 63), same = stream;
        for (int i = 0; i < 4000; i++) {
            const double u = quo_stream_uniform(&same);
            check_rel(quo_season_draw(&season, &scores, &stream), gsl_cdf_gamma_Pinv(u, sizes[k], 1.0 / sizes[k]), 3e-5,
                      "size %g at %g", sizes[k], u);
        }
    }
    struct quo_season wild, none;
    quo_season_init(0.5, &wild);
    quo_season_init(INFINITY, &none);
    struct quo_stream stream = quo_stream_at(3, 9, 0, 63);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < 20000; i++) {
        const double g = quo_season_draw(&wild, &scores, &stream);
        sum += g;
        squares += g * g;
    }
    check_abs(sum / 20000, 1.0, 4.0 * sqrt(2.0 / 20000), "mean");
    check_abs(squares / 20000 - 1.0, 2.0, 0.4, "variance");
    assert_true(quo_season_draw(&none, &scores, &stream) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_the_streams),
        cmocka_unit_test(words_are_the_streams),
        cmocka_unit_test(scores_are_right_to_2e_8),
        cmocka_unit_test(seasons_are_gamma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
