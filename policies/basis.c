#include "policies/basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"

/* On [from, to) of the index the payout is constant + slope * index, money. */
struct piece {
    double from, to, constant, slope;
};
#define PIECES_MAX (2 * QUO_PAYOUT_PIECES_MAX)

static bool possible(const struct quo_basis_terms *terms)
{
    return terms->payout && !quo_payout_invalid(terms->payout) && terms->event_limit > 0.0 &&
           isfinite(terms->event_limit) && terms->event_deductible >= 0.0 && terms->scale > 0.0 &&
           isfinite(terms->scale) && isfinite(terms->error_meanlog) && terms->error >= 0.0 && isfinite(terms->error) &&
           terms->missed >= 0.0 && terms->missed <= 1.0 && terms->loss_threshold >= 0.0;
}

/* The payout in money, after the deductible, cut where it leaves 0. Pieces that pay nothing are left out. */
static int money_pieces(const struct quo_basis_terms *terms, struct piece *out)
{
    struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX];
    const int n = quo_payout_pieces(terms->payout, piece);
    int count = 0;
    for (int i = 0; i < n; i++) {
        const double slope = terms->event_limit * piece[i].slope;
        const double start = terms->event_limit * piece[i].share - terms->event_deductible;
        double from = piece[i].from;
        if (start <= 0.0) {
            if (slope <= 0.0)
                continue;
            from -= start / slope; /* here the deductible is used up */
        }
        if (from < piece[i].to)
            out[count++] = (struct piece){from, piece[i].to, start - slope * piece[i].from, slope};
    }
    return count;
}

/* E[index^k; low <= index < high] for k = 0 .. orders - 1, ln index normal(mu, sigma). Upper tails are taken where both ends lie
 * above the centre, so that nothing is lost in a difference of numbers near 1. */
static void partial_moments(double low, double high, double mu, double sigma, int orders, double moment[3])
{
    const double from = low > 0.0 ? (log(low) - mu) / sigma : -INFINITY;
    const double to = isinf(high) ? INFINITY : high > 0.0 ? (log(high) - mu) / sigma : -INFINITY;
    for (int k = 0; k < orders; k++) {
        const double a = from - k * sigma, b = to - k * sigma;
        if (a > 39.0) { /* no double is so small */
            moment[k] = 0.0;
            continue;
        }
        const double inside = a > 0.0 ? quo_normal_Q(a) - quo_normal_Q(b) : quo_normal_Q(-b) - quo_normal_Q(-a);
        moment[k] = inside > 0.0 ? exp(k * mu + 0.5 * k * k * sigma * sigma) * inside : 0.0;
    }
}

/* What a payout does given the loss, if the event is seen. */
struct given {
    double pays, payout, payout_squared, shortfall;
};

/* The index is known: no scatter. */
static struct given given_sure(const struct piece *piece, int n, double loss, double index)
{
    double payout = 0.0;
    for (int i = 0; i < n; i++)
        if (index >= piece[i].from && index < piece[i].to)
            payout = piece[i].constant + piece[i].slope * index;
    return (struct given){payout > 0.0 ? 1.0 : 0.0, payout, payout * payout, fmax(0.0, loss - payout)};
}

static struct given given_loss(const struct piece *piece, int n, double loss, double mu, double sigma)
{
    struct given got = {0.0, 0.0, 0.0, 0.0};
    double unpaid = 1.0; /* P[P = 0], summed from the gaps for accuracy near 0 */
    double covered = 0.0;
    for (int i = 0; i < n; i++) {
        const double c = piece[i].constant, k = piece[i].slope;
        double m[3];
        partial_moments(piece[i].from, piece[i].to, mu, sigma, 3, m);
        got.pays += m[0];
        got.payout += c * m[0] + k * m[1];
        got.payout_squared += c * c * m[0] + 2.0 * c * k * m[1] + k * k * m[2];
        /* Where the payout stays below the loss. */
        const double crossing = k > 0.0 ? (loss - c) / k : c < loss ? INFINITY : -INFINITY;
        const double end = fmin(piece[i].to, crossing);
        if (end > piece[i].from) {
            if (end < piece[i].to)
                partial_moments(piece[i].from, end, mu, sigma, 2, m);
            covered += (loss - c) * m[0] - k * m[1];
        }
    }
    if (n > 0) {
        double m[3];
        partial_moments(0.0, piece[0].from, mu, sigma, 1, m);
        unpaid = m[0];
    }
    got.shortfall = loss * unpaid + fmax(0.0, covered);
    return got;
}

enum quo_status quo_basis_event(const struct quo_basis_nodes *nodes, const struct quo_basis_terms *terms,
                                struct quo_basis_event *out)
{
    memset(out, 0, sizeof *out);
    if (!possible(terms))
        return QUO_DOMAIN;
    struct piece piece[PIECES_MAX];
    const int n = money_pieces(terms, piece);
    const double seen = 1.0 - terms->missed;
    struct quo_sum sum[9] = {0};
    for (size_t i = 0; i < nodes->n; i++) {
        const double x = nodes->node[i].loss, w = nodes->node[i].probability;
        if (!(x >= 0.0 && isfinite(x) && w >= 0.0))
            return QUO_DOMAIN;
        struct given got = {0.0, 0.0, 0.0, x};
        if (x > 0.0) {
            const double mu = log(terms->scale * x) + terms->error_meanlog;
            got = terms->error > 0.0 ? given_loss(piece, n, x, mu, terms->error) : given_sure(piece, n, x, exp(mu));
        } else {
            got.shortfall = 0.0;
        }
        const bool loss = x > terms->loss_threshold;
        const double pays = seen * got.pays;
        const double term[9] = {x,
                                x * x,
                                seen * got.payout,
                                seen * got.payout_squared,
                                x * seen * got.payout,
                                seen * got.shortfall + terms->missed * x,
                                loss ? 1.0 : 0.0,
                                pays,
                                loss ? 1.0 - pays : pays};
        for (int k = 0; k < 8; k++)
            quo_sum_add(&sum[k], w * term[k]);
        if (loss)
            quo_sum_add(&sum[8], w * term[8]);
        else
            out->payout_without_loss += w * term[8];
    }
    out->loss = quo_sum_value(&sum[0]);
    out->loss_squared = quo_sum_value(&sum[1]);
    out->payout = quo_sum_value(&sum[2]);
    out->payout_squared = quo_sum_value(&sum[3]);
    out->cross = quo_sum_value(&sum[4]);
    out->shortfall = quo_sum_value(&sum[5]);
    out->is_loss = quo_sum_value(&sum[6]);
    out->pays = quo_sum_value(&sum[7]);
    out->loss_without_payout = quo_sum_value(&sum[8]);
    return QUO_OK;
}

void quo_basis_year(const struct quo_basis_event *event, const double *rate, size_t n, double false_alarms,
                    struct quo_basis *out)
{
    /* Compound Poisson: the variance of a year's sum is rate times the second moment of one event. */
    double loss = 0.0, loss2 = 0.0, payout = 0.0, payout2 = 0.0, cross = 0.0, shortfall = 0.0;
    double losses = 0.0, payouts = 0.0, unpaid = 0.0, unfounded = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct quo_basis_event *e = &event[i];
        loss += rate[i] * e->loss;
        loss2 += rate[i] * e->loss_squared;
        payout += rate[i] * e->payout;
        payout2 += rate[i] * e->payout_squared;
        cross += rate[i] * e->cross;
        shortfall += rate[i] * e->shortfall;
        losses += rate[i] * e->is_loss;
        payouts += rate[i] * e->pays;
        unpaid += rate[i] * e->loss_without_payout;
        unfounded += rate[i] * e->payout_without_loss;
    }
    if (false_alarms > 0.0 && payouts > 0.0) { /* a false alarm pays as an event that pays */
        const double more = false_alarms / payouts;
        payout += more * payout;
        payout2 += more * payout2;
        unfounded += false_alarms;
        payouts += false_alarms;
    }
    *out = (struct quo_basis){
        .loss_without_payout = -expm1(-unpaid),
        .payout_without_loss = -expm1(-unfounded),
        .loss_unpaid_share = losses > 0.0 ? unpaid / losses : NAN,
        .payout_unfounded_share = payouts > 0.0 ? unfounded / payouts : NAN,
        .expected_loss = loss,
        .expected_payout = payout,
        .expected_shortfall = shortfall,
        .expected_excess = fmax(0.0, shortfall - loss + payout),
        .hedge_effectiveness = loss2 > 0.0 ? (2.0 * cross - payout2) / loss2 : NAN,
        .correlation = loss2 > 0.0 && payout2 > 0.0 ? cross / sqrt(loss2 * payout2) : NAN,
    };
    out->expected_gap = out->expected_shortfall + out->expected_excess;
}
