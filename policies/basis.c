#include "policies/basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/vectormath.h"

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

#define BLOCK 64
#define ORDERS 3
#define FAR 9.0 /* normal scores: nothing that counts is beyond */

/* Some losses at once, and what a payout does given each of them, if the event is seen. */
struct block {
    size_t n;
    double loss[BLOCK], probability[BLOCK];
    double index[BLOCK], mu[BLOCK]; /* scale * loss at the error's median, and its logarithm */
    double pays[BLOCK], payout[BLOCK], payout_squared[BLOCK], shortfall[BLOCK];
};

/* P[index >= t] by the laws tilted by index^0, index^1, ... */
struct tails {
    double of[ORDERS][BLOCK];
};

/* log_t[stride * i]: stride 0 is one bound for all of the block. */
static void tails_at(const struct block *b, const double *log_t, size_t stride, double sigma, int orders,
                     struct tails *out)
{
    for (int k = 0; k < orders; k++) {
        for (size_t i = 0; i < b->n; i++) {
            const double z = (log_t[stride * i] - b->mu[i]) / sigma - k * sigma;
            const double far = z * M_SQRT1_2, low = far > -40.0 ? far : -40.0;
            out->of[k][i] = low < 40.0 ? low : 40.0;
        }
        quo_vectormath_erfc(out->of[k], b->n, out->of[k]);
        for (size_t i = 0; i < b->n; i++)
            out->of[k][i] *= 0.5;
    }
}

static void tails_at_bound(const struct block *b, double t, double sigma, struct tails *out)
{
    const double log_t = t > 0.0 ? log(t) : -INFINITY;
    if (t > 0.0 && isfinite(t)) {
        tails_at(b, &log_t, 0, sigma, ORDERS, out);
        return;
    }
    for (int k = 0; k < ORDERS; k++)
        for (size_t i = 0; i < b->n; i++)
            out->of[k][i] = t > 0.0 ? 0.0 : 1.0;
}

/* What is lost above the payout, where the payout stays below the loss on this piece. */
static void add_shortfall(const struct piece *p, double sigma, const struct tails *from, const struct tails *to,
                          const double *tilt, struct block *b)
{
    double log_end[BLOCK];
    struct tails end;
    if (p->slope > 0.0) {
        for (size_t i = 0; i < b->n; i++)
            log_end[i] = fmax((b->loss[i] - p->constant) / p->slope, 1e-300);
        quo_vectormath_log(log_end, b->n, log_end);
        tails_at(b, log_end, 1, sigma, 2, &end);
    }
    for (size_t i = 0; i < b->n; i++) {
        const double crossing = p->slope > 0.0              ? (b->loss[i] - p->constant) / p->slope
                                : p->constant < b->loss[i] ? INFINITY
                                                            : -INFINITY;
        if (!(fmin(p->to, crossing) > p->from))
            continue;
        const struct tails *last = crossing < p->to ? &end : to;
        const double m0 = from->of[0][i] - last->of[0][i], m1 = b->index[i] * tilt[1] * (from->of[1][i] - last->of[1][i]);
        b->shortfall[i] += (b->loss[i] - p->constant) * m0 - p->slope * m1;
    }
}

/* Given each loss, every moment of the payout is a partial moment of a lognormal. */
static void scattered(const struct piece *piece, int n, double sigma, struct block *b)
{
    const double tilt[ORDERS] = {1.0, exp(0.5 * sigma * sigma), exp(2.0 * sigma * sigma)};
    struct tails bound[2];
    memset(b->pays, 0, sizeof b->pays);
    memset(b->payout, 0, sizeof b->payout);
    memset(b->payout_squared, 0, sizeof b->payout_squared);
    memset(b->shortfall, 0, sizeof b->shortfall);
    tails_at_bound(b, piece[0].from, sigma, &bound[0]);
    double unpaid[BLOCK];
    for (size_t i = 0; i < b->n; i++)
        unpaid[i] = 1.0 - bound[0].of[0][i];
    struct tails *from = &bound[0], *to = &bound[1];
    for (int j = 0; j < n; j++) {
        const double c = piece[j].constant, k = piece[j].slope;
        if (j > 0 && piece[j].from != piece[j - 1].to)
            tails_at_bound(b, piece[j].from, sigma, from);
        tails_at_bound(b, piece[j].to, sigma, to);
        for (size_t i = 0; i < b->n; i++) {
            const double x = b->index[i], m0 = from->of[0][i] - to->of[0][i],
                         m1 = x * tilt[1] * (from->of[1][i] - to->of[1][i]),
                         m2 = x * x * tilt[2] * (from->of[2][i] - to->of[2][i]);
            b->pays[i] += m0;
            b->payout[i] += c * m0 + k * m1;
            b->payout_squared[i] += c * c * m0 + 2.0 * c * k * m1 + k * k * m2;
        }
        add_shortfall(&piece[j], sigma, from, to, tilt, b);
        struct tails *const last = from;
        from = to;
        to = last;
    }
    for (size_t i = 0; i < b->n; i++)
        b->shortfall[i] = b->loss[i] * unpaid[i] + fmax(0.0, b->shortfall[i]);
}

/* The index is known: no scatter. */
static void sure(const struct piece *piece, int n, struct block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        double payout = 0.0;
        for (int j = 0; j < n; j++)
            if (b->index[i] >= piece[j].from && b->index[i] < piece[j].to)
                payout = piece[j].constant + piece[j].slope * b->index[i];
        b->pays[i] = payout > 0.0 ? 1.0 : 0.0;
        b->payout[i] = payout;
        b->payout_squared[i] = payout * payout;
        b->shortfall[i] = fmax(0.0, b->loss[i] - payout);
    }
}

static void given_losses(const struct quo_basis_terms *terms, const struct piece *piece, int n, struct block *b)
{
    const double scale = terms->scale * exp(terms->error_meanlog), sigma = terms->error;
    double highest = 0.0;
    for (size_t i = 0; i < b->n; i++) {
        b->index[i] = scale * b->loss[i];
        highest = fmax(highest, b->index[i]);
    }
    if (n == 0 || highest * exp(FAR * sigma) < piece[0].from) { /* none of these pays */
        for (size_t i = 0; i < b->n; i++) {
            b->pays[i] = b->payout[i] = b->payout_squared[i] = 0.0;
            b->shortfall[i] = b->loss[i];
        }
    } else if (sigma > 0.0) {
        for (size_t i = 0; i < b->n; i++)
            b->mu[i] = fmax(b->index[i], 1e-300); /* no loss: no index to speak of */
        quo_vectormath_log(b->mu, b->n, b->mu);
        scattered(piece, n, sigma, b);
    } else {
        sure(piece, n, b);
    }
    for (size_t i = 0; i < b->n; i++)
        if (b->loss[i] == 0.0)
            b->pays[i] = b->payout[i] = b->payout_squared[i] = b->shortfall[i] = 0.0;
}

enum sums { LOSS, LOSS_SQUARED, PAYOUT, PAYOUT_SQUARED, CROSS, SHORTFALL, IS_LOSS, PAYS, UNPAID, UNFOUNDED, SUMS };

static void add_block(const struct quo_basis_terms *terms, const struct block *b, struct quo_sum sum[SUMS])
{
    const double seen = 1.0 - terms->missed;
    double part[SUMS] = {0.0};
    for (size_t i = 0; i < b->n; i++) {
        const double x = b->loss[i], w = b->probability[i], pays = w * seen * b->pays[i];
        part[LOSS] += w * x;
        part[LOSS_SQUARED] += w * x * x;
        part[PAYOUT] += w * seen * b->payout[i];
        part[PAYOUT_SQUARED] += w * seen * b->payout_squared[i];
        part[CROSS] += w * seen * b->payout[i] * x;
        part[SHORTFALL] += w * (seen * b->shortfall[i] + terms->missed * x);
        part[PAYS] += pays;
        if (x > terms->loss_threshold) {
            part[IS_LOSS] += w;
            part[UNPAID] += w * (1.0 - seen * b->pays[i]);
        } else {
            part[UNFOUNDED] += pays;
        }
    }
    for (int k = 0; k < SUMS; k++)
        quo_sum_add(&sum[k], part[k]);
}

enum quo_status quo_basis_event(const struct quo_basis_nodes *nodes, const struct quo_basis_terms *terms,
                                struct quo_basis_event *out)
{
    memset(out, 0, sizeof *out);
    if (!possible(terms))
        return QUO_DOMAIN;
    struct piece piece[PIECES_MAX];
    const int n = money_pieces(terms, piece);
    struct quo_sum sum[SUMS] = {0};
    struct block block;
    for (size_t from = 0; from < nodes->n; from += block.n) {
        block.n = nodes->n - from < BLOCK ? nodes->n - from : BLOCK;
        for (size_t i = 0; i < block.n; i++) {
            const struct quo_basis_node *node = &nodes->node[from + i];
            if (!(node->loss >= 0.0 && isfinite(node->loss) && node->probability >= 0.0))
                return QUO_DOMAIN;
            block.loss[i] = node->loss;
            block.probability[i] = node->probability;
        }
        given_losses(terms, piece, n, &block);
        add_block(terms, &block, sum);
    }
    *out = (struct quo_basis_event){.loss = quo_sum_value(&sum[LOSS]),
                                    .loss_squared = quo_sum_value(&sum[LOSS_SQUARED]),
                                    .payout = quo_sum_value(&sum[PAYOUT]),
                                    .payout_squared = quo_sum_value(&sum[PAYOUT_SQUARED]),
                                    .cross = quo_sum_value(&sum[CROSS]),
                                    .shortfall = quo_sum_value(&sum[SHORTFALL]),
                                    .is_loss = quo_sum_value(&sum[IS_LOSS]),
                                    .pays = quo_sum_value(&sum[PAYS]),
                                    .loss_without_payout = quo_sum_value(&sum[UNPAID]),
                                    .payout_without_loss = quo_sum_value(&sum[UNFOUNDED])};
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
