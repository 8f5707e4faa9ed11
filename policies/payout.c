#include "policies/payout.h"

#include <math.h>
#include <string.h>

static const char *const shapes[] = {"binary", "steps", "linear", "per_hour", "table"};

const char *quo_payout_shape_id(enum quo_payout_shape shape)
{
    return (unsigned)shape <= QUO_PAYOUT_TABLE ? shapes[shape] : "?";
}

const char *const *quo_payout_shape_ids(size_t *n)
{
    *n = sizeof shapes / sizeof *shapes;
    return shapes;
}

void quo_payout_init(struct quo_payout *payout)
{
    memset(payout, 0, sizeof *payout);
    payout->shape = QUO_PAYOUT_BINARY;
}

static const char *steps_invalid(const struct quo_payout *payout)
{
    if (payout->n_steps < 1)
        return "it has no steps";
    if (payout->n_steps > QUO_PAYOUT_STEPS_MAX)
        return "it has more than 32 steps";
    for (int i = 0; i < payout->n_steps; i++) {
        const struct quo_payout_step *step = &payout->step[i];
        if (!isfinite(step->at) || step->at < 0.0)
            return "a step's index is negative or not a number";
        if (!(step->pays >= 0.0 && step->pays <= 1.0))
            return "a step pays less than 0 or more than 1 of the event limit";
        if (i > 0 && step->at <= step[-1].at)
            return "the steps are out of order: each must begin above the one before it";
        if (i > 0 && step->pays < step[-1].pays)
            return "a higher step pays less than the one before it";
    }
    return payout->step[payout->n_steps - 1].pays > 0.0 ? NULL : "it never pays anything";
}

const char *quo_payout_invalid(const struct quo_payout *payout)
{
    if (!isfinite(payout->franchise) || payout->franchise < 0.0)
        return "the franchise is negative or not a number";
    switch (payout->shape) {
    case QUO_PAYOUT_BINARY:
        return isfinite(payout->attach) && payout->attach >= 0.0 ? NULL : "the attachment is negative or not a number";
    case QUO_PAYOUT_LINEAR:
        if (!isfinite(payout->attach) || payout->attach < 0.0)
            return "the attachment is negative or not a number";
        return isfinite(payout->exhaust) && payout->exhaust > payout->attach
                   ? NULL
                   : "the exhaustion is not above the attachment";
    case QUO_PAYOUT_PER_HOUR:
        if (!isfinite(payout->waiting) || payout->waiting < 0.0)
            return "the waiting period is negative or not a number";
        return isfinite(payout->per_hour) && payout->per_hour > 0.0 ? NULL : "the payment an hour is not above 0";
    case QUO_PAYOUT_STEPS:
    case QUO_PAYOUT_TABLE:
        return steps_invalid(payout);
    }
    return "it has no known shape";
}

/* The last step that begins at or below the index, -1 below the first. */
static int step_at(double index, const struct quo_payout *payout)
{
    int i = payout->n_steps - 1;
    while (i >= 0 && payout->step[i].at > index)
        i--;
    return i;
}

static double table_share(double index, const struct quo_payout *payout)
{
    const int i = step_at(index, payout);
    if (i < 0)
        return 0.0;
    const struct quo_payout_step *left = &payout->step[i], *right = left + 1;
    if (i == payout->n_steps - 1)
        return left->pays;
    return left->pays + (right->pays - left->pays) * ((index - left->at) / (right->at - left->at));
}

static double clamp01(double x) { return x <= 0.0 ? 0.0 : x >= 1.0 ? 1.0 : x; }

double quo_payout_share(double index, const struct quo_payout *payout)
{
    if (isnan(index))
        return NAN;
    if (index < payout->franchise)
        return 0.0;
    switch (payout->shape) {
    case QUO_PAYOUT_BINARY:
        return index >= payout->attach ? 1.0 : 0.0;
    case QUO_PAYOUT_STEPS: {
        const int i = step_at(index, payout);
        return i < 0 ? 0.0 : payout->step[i].pays;
    }
    case QUO_PAYOUT_LINEAR:
        if (index >= payout->exhaust) /* also where the index is infinite */
            return 1.0;
        return clamp01((index - payout->attach) / (payout->exhaust - payout->attach));
    case QUO_PAYOUT_PER_HOUR:
        return clamp01(payout->per_hour * (index - payout->waiting));
    case QUO_PAYOUT_TABLE:
        return table_share(index, payout);
    }
    return NAN;
}

/* Without the franchise. */
static double index_above(double share, const struct quo_payout *payout, bool *jump)
{
    *jump = true;
    switch (payout->shape) {
    case QUO_PAYOUT_BINARY:
        return share < 1.0 ? payout->attach : INFINITY;
    case QUO_PAYOUT_LINEAR:
        *jump = false;
        return share < 1.0 ? payout->attach + share * (payout->exhaust - payout->attach) : INFINITY;
    case QUO_PAYOUT_PER_HOUR:
        *jump = false;
        return share < 1.0 ? payout->waiting + share / payout->per_hour : INFINITY;
    case QUO_PAYOUT_STEPS:
    case QUO_PAYOUT_TABLE:
        break;
    }
    for (int i = 0; i < payout->n_steps; i++) {
        const struct quo_payout_step *right = &payout->step[i], *left = right - 1;
        if (!(right->pays > share))
            continue;
        if (i == 0 || payout->shape == QUO_PAYOUT_STEPS)
            return right->at;
        *jump = false;
        return left->at + (right->at - left->at) * ((share - left->pays) / (right->pays - left->pays));
    }
    return INFINITY;
}

double quo_payout_index_above(double share, const struct quo_payout *payout, bool *jump)
{
    bool here;
    double index = NAN;
    if (isnan(share)) {
        here = false;
    } else if (share < 0.0) {
        here = true;
        index = 0.0;
    } else {
        index = index_above(share, payout, &here);
        if (payout->franchise > index) { /* all that lies below comes at once where the franchise is reached */
            index = payout->franchise;
            here = true;
        }
    }
    if (jump)
        *jump = here;
    return index;
}

int quo_payout_points(const struct quo_payout *payout, double shares[QUO_PAYOUT_STEPS_MAX])
{
    int n = 0;
    if (payout->shape == QUO_PAYOUT_BINARY)
        shares[n++] = 1.0;
    if (payout->shape == QUO_PAYOUT_STEPS)
        for (int i = 0; i < payout->n_steps; i++) {
            const double next = i + 1 < payout->n_steps ? payout->step[i + 1].at : INFINITY;
            const double pays = payout->step[i].pays;
            const bool reached = next > payout->franchise; /* a step that lies below the franchise is never paid */
            if (reached && pays > 0.0 && (n == 0 || shares[n - 1] < pays))
                shares[n++] = pays;
        }
    return n;
}

/* The bends of the payout, the franchise left out: at most QUO_PAYOUT_STEPS_MAX. */
static int bends(const struct quo_payout *payout, double *at)
{
    int n = 0;
    switch (payout->shape) {
    case QUO_PAYOUT_BINARY:
        at[n++] = payout->attach;
        break;
    case QUO_PAYOUT_LINEAR:
        at[n++] = payout->attach;
        at[n++] = payout->exhaust;
        break;
    case QUO_PAYOUT_PER_HOUR:
        at[n++] = payout->waiting;
        at[n++] = payout->waiting + 1.0 / payout->per_hour;
        break;
    case QUO_PAYOUT_STEPS:
    case QUO_PAYOUT_TABLE:
        for (int i = 0; i < payout->n_steps; i++)
            at[n++] = payout->step[i].at;
    }
    return n;
}

/* Slope of the payout on the piece that begins with its i-th bend (-1: below the first). */
static double slope_after(int i, const struct quo_payout *payout)
{
    if (payout->shape == QUO_PAYOUT_LINEAR)
        return i == 0 ? 1.0 / (payout->exhaust - payout->attach) : 0.0;
    if (payout->shape == QUO_PAYOUT_PER_HOUR)
        return i == 0 ? payout->per_hour : 0.0;
    if (payout->shape == QUO_PAYOUT_TABLE && i >= 0 && i < payout->n_steps - 1) {
        const struct quo_payout_step *left = &payout->step[i], *right = left + 1;
        return (right->pays - left->pays) / (right->at - left->at);
    }
    return 0.0;
}

int quo_payout_pieces(const struct quo_payout *payout, struct quo_payout_piece piece[QUO_PAYOUT_PIECES_MAX])
{
    double at[QUO_PAYOUT_STEPS_MAX + 2];
    const int n_bends = bends(payout, at);
    int n = 0;
    /* Piece i runs from bend i to bend i + 1; what lies below the franchise pays nothing. */
    for (int i = -1; i < n_bends; i++) {
        double from = i < 0 ? 0.0 : at[i];
        const double to = i + 1 < n_bends ? at[i + 1] : INFINITY;
        if (!(to > from))
            continue;
        if (from < payout->franchise) {
            const double end = fmin(to, payout->franchise);
            if (n > 0 && piece[n - 1].share == 0.0 && piece[n - 1].slope == 0.0)
                piece[n - 1].to = end;
            else
                piece[n++] = (struct quo_payout_piece){from, end, 0.0, 0.0};
            from = end;
        }
        if (to > from)
            piece[n++] = (struct quo_payout_piece){from, to, quo_payout_share(from, payout), slope_after(i, payout)};
    }
    return n;
}
