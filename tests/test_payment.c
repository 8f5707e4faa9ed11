/* A cover's pieces against its payout function, point by point. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "pricing/payment.h"
#include "risk/base/stream.h"

static double money_of(const struct quo_payment_piece *piece, size_t n, double x)
{
    double y = 0.0;
    for (size_t i = 0; i < n; i++)
        if (piece[i].x1 > piece[i].x0)
            y += (piece[i].y1 - piece[i].y0) * fmin(fmax((x - piece[i].x0) / (piece[i].x1 - piece[i].x0), 0.0), 1.0);
        else if (x >= piece[i].x0)
            y += piece[i].y1 - piece[i].y0;
    return y;
}

static void random_payout(struct quo_stream *stream, struct quo_payout *payout)
{
    quo_payout_init(payout);
    payout->shape = (enum quo_payout_shape)quo_stream_below(stream, 5);
    payout->attach = quo_stream_uniform(stream);
    payout->exhaust = payout->attach + 0.05 + quo_stream_uniform(stream);
    payout->franchise = quo_stream_below(stream, 2) ? 1.5 * quo_stream_uniform(stream) : 0.0;
    payout->waiting = payout->shape == QUO_PAYOUT_PER_HOUR ? quo_stream_uniform(stream) : 0.0;
    payout->per_hour = payout->shape == QUO_PAYOUT_PER_HOUR ? 0.2 + quo_stream_uniform(stream) : 0.0;
    payout->n_steps = payout->shape == QUO_PAYOUT_STEPS || payout->shape == QUO_PAYOUT_TABLE
                          ? 1 + (int)quo_stream_below(stream, 6)
                          : 0;
    double at = 0.0, pays = 0.0;
    for (int i = 0; i < payout->n_steps; i++) {
        at += 0.05 + quo_stream_uniform(stream);
        pays += (1.0 - pays) * (0.05 + 0.9 * quo_stream_uniform(stream));
        payout->step[i] = (struct quo_payout_step){at, pays};
    }
}

static void pieces_are_the_payout(void **state)
{
    (void)state;
    struct quo_stream stream = quo_stream_at(5, 0, 0, 0);
    for (int round = 0; round < 4000; round++) {
        struct quo_cover cover;
        memset(&cover, 0, sizeof cover);
        random_payout(&stream, &cover.payout);
        assert_null(quo_payout_invalid(&cover.payout));
        const bool hours = quo_stream_below(&stream, 2) && cover.payout.shape != QUO_PAYOUT_PER_HOUR;
        cover.trigger.index = hours ? QUO_INDEX_OUTAGE_HOURS : QUO_INDEX_LOSS_SHARE;
        cover.trigger.waiting_hours = hours ? quo_stream_uniform(&stream) : 0.0;
        cover.event_limit = 1e6 * (1.0 + quo_stream_uniform(&stream));
        cover.event_deductible = quo_stream_below(&stream, 2) ? 2e5 * quo_stream_uniform(&stream) : 0.0;
        const double limit = cover.event_limit * (0.3 + quo_stream_uniform(&stream));
        const bool secondary = quo_stream_below(&stream, 2);
        const double per_index = secondary ? 1e6 * quo_stream_uniform(&stream) : 0.0, sub = 3e5;
        const double kept = quo_stream_below(&stream, 2) ? 1.0 : quo_stream_uniform(&stream);
        struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
        const size_t n = quo_payment_pieces(&cover, limit, kept, per_index, sub, piece);
        assert_true(n <= QUO_PAYMENT_PIECES_MAX);
        for (int k = 0; k < 40; k++) {
            const double x = 4.0 * quo_stream_uniform(&stream);
            const double first = fmax(quo_payout_index_above(0.0, &cover.payout, NULL), cover.trigger.waiting_hours);
            double want =
                x >= cover.trigger.waiting_hours ? cover.event_limit * quo_payout_share(x, &cover.payout) : 0.0;
            if (secondary && x >= first)
                want += fmin(per_index * x, sub);
            want = kept * fmin(fmax(want - cover.event_deductible, 0.0), limit);
            check_abs(money_of(piece, n, x), want, 1e-6, "round %d, shape %d, index %.17g", round, cover.payout.shape,
                      x);
        }
        for (size_t i = 1; i < n; i++) {
            assert_true(piece[i].x0 >= piece[i - 1].x1 - 1e-12);
            assert_true(piece[i].y0 >= piece[i - 1].y1 - 1e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_are_the_payout)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
