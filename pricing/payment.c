#include "pricing/payment.h"
#include "risk/base/numeric.h"

#include <math.h>
#include <stdlib.h>

/* The index below which nothing is paid whatever the payout function says. */
static double threshold_of(const struct quo_cover *cover)
{
    return cover->trigger.index == QUO_INDEX_OUTAGE_HOURS && cover->payout.shape != QUO_PAYOUT_PER_HOUR
               ? cover->trigger.waiting_hours
               : 0.0;
}

static size_t add(struct quo_payment_piece *pieces, size_t n, double x0, double x1, double y0, double y1)
{
    if (y1 > y0)
        pieces[n++] = (struct quo_payment_piece){x0, x1, y0, y1};
    return n;
}

static size_t raw_pieces(const struct quo_payout *payout, struct quo_payment_piece *pieces)
{
    struct quo_payout_piece straight[QUO_PAYOUT_PIECES_MAX];
    const int n_straight = quo_payout_pieces(payout, straight);
    double paid = 0.0; /* just below the piece */
    size_t n = 0;
    for (int i = 0; i < n_straight; i++) {
        const struct quo_payout_piece *p = &straight[i];
        n = add(pieces, n, p->from, p->from, paid, p->share);
        paid = p->slope > 0.0 ? p->share + p->slope * (p->to - p->from) : p->share;
        n = add(pieces, n, p->from, p->to, p->share, paid);
    }
    return n;
}

/* Money just below x (`below`) and at x, of pieces in ascending order. */
static double money_at(const struct quo_payment_piece *pieces, size_t n, double x, bool below)
{
    double y = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct quo_payment_piece *p = &pieces[i];
        if (p->x1 > p->x0)
            y += (p->y1 - p->y0) * fmin(fmax((x - p->x0) / (p->x1 - p->x0), 0.0), 1.0);
        else if (x > p->x0 || (!below && x == p->x0))
            y += p->y1 - p->y0;
    }
    return y;
}

/* The sum of two payout functions. */
static size_t sum_pieces(const struct quo_payment_piece *a, size_t n_a, const struct quo_payment_piece *b, size_t n_b,
                         struct quo_payment_piece *out)
{
    double x[2 * QUO_PAYMENT_PIECES_MAX + 4], y = 0.0;
    size_t n_x = 0, n = 0;
    for (size_t i = 0; i < n_a + n_b; i++) {
        const struct quo_payment_piece *p = i < n_a ? &a[i] : &b[i - n_a];
        x[n_x++] = p->x0;
        x[n_x++] = p->x1;
    }
    quo_numeric_sort(x, n_x);
    for (size_t i = 0; i < n_x; i++) {
        if (i && x[i] == x[i - 1])
            continue;
        const double below = money_at(a, n_a, x[i], true) + money_at(b, n_b, x[i], true);
        const double at = money_at(a, n_a, x[i], false) + money_at(b, n_b, x[i], false);
        if (i)
            n = add(out, n, x[i - 1], x[i], y, below);
        n = add(out, n, x[i], x[i], below, at);
        y = at;
    }
    return n;
}

/* The cover's own money: the waiting period turns all below it into one jump. */
static size_t primary_pieces(const struct quo_cover *cover, struct quo_payment_piece *out)
{
    struct quo_payment_piece raw[QUO_PAYMENT_PIECES_MAX];
    const size_t n_raw = raw_pieces(&cover->payout, raw);
    const double least = threshold_of(cover);
    size_t n = 0;
    for (size_t i = 0; i < n_raw; i++) {
        const struct quo_payment_piece p = {raw[i].x0, raw[i].x1, raw[i].y0 * cover->event_limit,
                                            raw[i].y1 * cover->event_limit};
        if (p.x1 <= least) {
            n = add(out, n, least, least, p.y0, p.y1);
        } else if (p.x0 < least) {
            const double middle = p.y0 + (p.y1 - p.y0) * (least - p.x0) / (p.x1 - p.x0);
            n = add(out, n, least, least, p.y0, middle);
            n = add(out, n, least, p.x1, middle, p.y1);
        } else {
            n = add(out, n, p.x0, p.x1, p.y0, p.y1);
        }
    }
    return n;
}

/* Secondary losses: a share of the primary loss up to the sublimit, once the cover pays at all. `rate`: money an index unit. */
static size_t secondary_pieces(double from, double rate, double sublimit, struct quo_payment_piece *out)
{
    const double at_once = fmin(from * rate, sublimit);
    size_t n = add(out, 0, from, from, 0.0, at_once);
    return add(out, n, from, sublimit / rate, at_once, sublimit);
}

/* Money between the event deductible and the limit above it. */
static size_t cut_pieces(const struct quo_payment_piece *in, size_t n_in, double low, double high,
                         struct quo_payment_piece *out)
{
    size_t n = 0;
    for (size_t i = 0; i < n_in; i++) {
        const struct quo_payment_piece *p = &in[i];
        const double slope = p->x1 > p->x0 ? (p->x1 - p->x0) / (p->y1 - p->y0) : 0.0;
        const double y0 = fmin(fmax(p->y0, low), high), y1 = fmin(fmax(p->y1, low), high);
        n = add(out, n, p->x0 + (y0 - p->y0) * slope, p->x0 + (y1 - p->y0) * slope, y0 - low, y1 - low);
    }
    return n;
}

double quo_payment_at(const struct quo_payment_piece *piece, size_t n, double index)
{
    return money_at(piece, n, index, false);
}

size_t quo_payment_pieces(const struct quo_cover *cover, double limit, double kept, double secondary_per_index,
                          double secondary_sublimit, struct quo_payment_piece *out)
{
    struct quo_payment_piece primary[QUO_PAYMENT_PIECES_MAX], both[QUO_PAYMENT_PIECES_MAX], secondary[2];
    size_t n = primary_pieces(cover, primary);
    const struct quo_payment_piece *whole = primary;
    if (n && secondary_per_index > 0.0 && secondary_sublimit > 0.0) {
        const size_t n_secondary = secondary_pieces(primary[0].x0, secondary_per_index, secondary_sublimit, secondary);
        n = sum_pieces(primary, n, secondary, n_secondary, both);
        whole = both;
    }
    n = cut_pieces(whole, n, cover->event_deductible, cover->event_deductible + limit, out);
    for (size_t i = 0; i < n; i++) {
        out[i].y0 *= kept;
        out[i].y1 *= kept;
    }
    return n;
}
