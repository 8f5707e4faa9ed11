#include "pricing/whatif/setlaw.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/marketcover.h"
#include "pricing/price.h"
#include "pricing/whatif/setperil.h"
#include "risk/base/numeric.h"

#define FEW 64        /* amounts, below which adding point by point is faster than transforms */
#define NOTHING 1e-13 /* chance of an amount: the rounding of a transform */
#define ALL_MONEY(p) ((p) < QUO_COVERED_PERILS && !quo_peril_in_hours((enum quo_peril)(p)))

/* One peril of a cover as it went into the cover's last product. */
struct slot {
    int peril;
    struct quo_setperil *state;
    uint64_t serial; /* of its payout */
    double rate;     /* in the term, as the cover sees it; -1: none yet */
};

struct cover {
    struct slot slot[QUO_PERILS];
    size_t n_slots;
    struct quo_lattice annual; /* after the annual terms; room for `points` */
    bool counted;
    size_t atoms, atom[FEW];  /* amounts of it with any chance at all, in points */
    double weight[FEW];       /* their chances */
    double complex *spectrum; /* of it, where they are many */
    double false_alarms, expected, reinstated;
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX]; /* of the payment as it was last */
    size_t n_pieces;
    double kept, secondary_ratio; /* that it was made with */
};

/* Everything that hangs on the frame alone: covers, terms, exposure. */
struct frame {
    uint64_t changes;
    const struct quo_policy *policy; /* of the frame; its protocol is not looked at */
    struct quo_setgrid grid, sums;   /* of a cover's year, of all covers together */
    double *exponent;                /* exponent[2 row]: two rows, see setgrid.h */
    struct cover *cover;
    struct quo_lattice total;
    double *sum; /* room for a law and as much before it, which stays 0 */
    bool made;
};

struct quo_setlaw {
    const struct quo_engine *engine;
    struct quo_setparts *parts;
    struct quo_setstates *states;
    struct frame frame; /* the last one used */
    /* Of the perils in the overall score, under the frame's changes `weighed`. */
    bool has_weight;
    uint64_t weighed;
    double weight[QUO_PERILS];
};

static void frame_free(struct frame *f)
{
    for (size_t c = 0; f->cover && c < f->policy->n_covers; c++) {
        free(f->cover[c].spectrum);
        quo_lattice_free(&f->cover[c].annual);
    }
    quo_lattice_free(&f->total);
    quo_setgrid_free(&f->grid);
    quo_setgrid_free(&f->sums);
    free(f->cover);
    free(f->exponent);
    free(f->sum);
    memset(f, 0, sizeof *f);
}

enum quo_status quo_setlaw_new(const struct quo_engine *engine, const struct quo_variants *variants,
                               struct quo_setlaw **out)
{
    *out = NULL;
    struct quo_setlaw *law = calloc(1, sizeof *law);
    if (!law)
        return QUO_MACHINE;
    law->engine = engine;
    enum quo_status status = quo_setparts_new(engine, variants, &law->parts);
    if (status == QUO_OK)
        status = quo_setstates_new(engine, law->parts, &law->states);
    if (status) {
        quo_setlaw_free(law);
        return status;
    }
    *out = law;
    return QUO_OK;
}

void quo_setlaw_free(struct quo_setlaw *law)
{
    if (!law)
        return;
    frame_free(&law->frame);
    quo_setstates_free(law->states);
    quo_setparts_free(law->parts);
    free(law);
}

const struct quo_setreach *quo_setlaw_reach(const struct quo_setlaw *law) { return quo_setparts_reach(law->parts); }

static bool cover_room(const struct frame *f, const struct quo_cover *cover, const struct quo_hazard *hazard,
                       struct cover *out)
{
    for (int p = 0; p < QUO_PERILS && !quo_marketcover_is(cover); p++)
        if (cover->perils >> p & 1u && hazard[p].present)
            out->slot[out->n_slots++] = (struct slot){.peril = p, .rate = -1.0};
    out->spectrum = malloc(f->sums.half * sizeof *out->spectrum);
    const bool made = out->spectrum && quo_lattice_new(f->grid.step, f->grid.points + 1, &out->annual) == QUO_OK;
    if (made) {
        out->annual.n = out->n_slots ? 0 : 1; /* not known yet; no peril that pays */
        out->annual.mass[0] = 1.0;
    }
    return made;
}

/* Covers of the market's loss hang on the frame alone. */
static enum quo_status market_covers(const struct quo_setlaw *law, struct frame *f, const struct quo_hazard *hazard)
{
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_payoutmemo *memo = quo_payoutmemo_new();
    enum quo_status status = workspace && memo ? QUO_OK : QUO_MACHINE;
    for (size_t c = 0; c < f->policy->n_covers && status == QUO_OK; c++) {
        const struct quo_losstable *none[QUO_PERILS] = {NULL};
        struct cover *cover = &f->cover[c];
        struct quo_coverlaw one;
        struct quo_cover_input in = {.engine = law->engine,
                                     .draw = -1,
                                     .policy = f->policy,
                                     .cover = &f->policy->cover[c],
                                     .hazard = hazard,
                                     .table = none,
                                     .term_years = f->policy->term_days / 365.0,
                                     .index_error = law->engine->model->index_error,
                                     .step = f->grid.step,
                                     .points = f->grid.points,
                                     .resolution = quo_resolution_fine,
                                     .rule = quo_payoutmemo_rule(memo, quo_resolution_fine.error_nodes),
                                     .memo = memo};
        if (!quo_marketcover_is(in.cover))
            continue;
        status = quo_coverlaw_new(&in, workspace, &one);
        if (status)
            break;
        cover->annual.n = one.annual.n < f->grid.points ? one.annual.n : f->grid.points;
        memcpy(cover->annual.mass, one.annual.mass, cover->annual.n * sizeof *one.annual.mass);
        cover->expected = one.expected;
        cover->reinstated = one.reinstated;
        quo_coverlaw_free(&one);
    }
    quo_payoutmemo_free(memo);
    quo_workspace_free(workspace);
    return status;
}

static enum quo_status make_frame(struct quo_setlaw *law, uint64_t changes)
{
    struct frame *f = &law->frame;
    frame_free(f);
    const struct quo_policy *policy;
    struct quo_hazard hazard[QUO_PERILS];
    enum quo_status status = quo_setparts_policy(law->parts, changes, &policy);
    if (status == QUO_OK)
        status = quo_setparts_frame(law->parts, changes, &f->policy);
    if (status)
        return status;
    quo_peril_set seen = 0;
    for (size_t c = 0; c < policy->n_covers; c++) {
        if (quo_marketcover_is(&policy->cover[c]))
            continue;
        if (seen & policy->cover[c].perils)
            return QUO_REFUSED; /* simulated */
        seen |= policy->cover[c].perils;
    }
    if (!isnan(policy->terms.uncertainty_quantile))
        return QUO_REFUSED; /* drawn */
    status = quo_setstates_hazard(law->states, changes, hazard);
    if (status)
        return status;
    f->changes = changes;
    f->cover = calloc(policy->n_covers, sizeof *f->cover);
    size_t year, sum;
    quo_setgrid_points(f->policy, hazard, &year, &sum);
    bool made = f->cover && quo_setgrid_new(f->policy, year, &f->grid) && quo_setgrid_new(f->policy, sum, &f->sums);
    const size_t room = quo_setgrid_whole(sum);
    f->sum = made ? calloc(2 * room + 2, sizeof *f->sum) : NULL;
    f->exponent = made ? malloc(2 * f->grid.row * sizeof *f->exponent) : NULL;
    made = made && f->exponent && f->sum && quo_lattice_new(f->grid.step, 2 * room + 2, &f->total) == QUO_OK;
    for (size_t c = 0; c < policy->n_covers && made; c++)
        made = cover_room(f, &policy->cover[c], hazard, &f->cover[c]);
    if (!made) {
        frame_free(f);
        return QUO_MACHINE;
    }
    quo_setstates_frame(law->states, f->policy, &f->grid);
    status = market_covers(law, f, hazard);
    f->made = status == QUO_OK;
    if (status)
        frame_free(f);
    return status;
}

/* ---- one set ------------------------------------------------------------------------------------ */

/* The frequencies of one cover's year, before its annual terms, in the plan's product. */
static enum quo_status multiply_cover(struct quo_setlaw *law, const struct cover *cover)
{
    const struct frame *f = &law->frame;
    struct quo_setline line[QUO_PERILS];
    double paying = 0.0;
    memset(f->exponent, 0, 2 * f->grid.row * sizeof *f->exponent);
    for (size_t i = 0; i < cover->n_slots; i++)
        paying += cover->slot[i].rate * cover->slot[i].state->payout->pays;
    for (size_t i = 0; i < cover->n_slots; i++) {
        const struct slot *slot = &cover->slot[i];
        /* A false alarm pays what a true event pays, given that it pays (coverlaw.c). */
        const double extra = paying > 0.0 ? cover->false_alarms * slot->rate / paying : 0.0;
        line[i] = (struct quo_setline){(enum quo_peril)slot->peril, slot->state, slot->rate, extra, NULL};
    }
    const enum quo_status status = quo_setstates_year(law->states, line, cover->n_slots, f->exponent);
    if (status)
        return status;
    quo_setgrid_exponential(&f->grid, f->exponent);
    for (size_t i = 0; i < cover->n_slots; i++)
        if (line[i].factor)
            quo_setgrid_multiply(&f->grid, line[i].factor);
    return QUO_OK;
}

/* The year of one cover under the states and rates of its slots. */
static enum quo_status cover_year(struct quo_setlaw *law, const struct quo_cover *terms, struct cover *cover)
{
    const struct frame *f = &law->frame;
    const enum quo_status status = multiply_cover(law, cover);
    if (status)
        return status;
    cover->expected = quo_setgrid_back(&f->grid, &cover->annual);
    const double limit = quo_coverlaw_annual_limit(terms), most = ceil(limit / f->grid.step - 1e-9) + 2.0;
    if (terms->annual_deductible > 0.0 || limit < (double)(cover->annual.n - 1) * f->grid.step) {
        quo_lattice_layer(&cover->annual, terms->annual_deductible, limit);
        if (most < (double)cover->annual.n)
            cover->annual.n = (size_t)most - 1;
        cover->expected = quo_lattice_mean(&cover->annual);
    }
    cover->counted = false;
    cover->reinstated = 0.0;
    for (size_t k = 0; k < cover->annual.n && terms->reinstatements > 0; k++)
        cover->reinstated +=
            cover->annual.mass[k] * fmin((double)k * f->grid.step, terms->reinstatements * terms->event_limit);
    return QUO_OK;
}

/* What comes back and what secondary losses add hang on all rates together, but seldom show in what is paid (a sublimit is soon
 * full): the numbers of the last set stand as long as they make the same payment. */
static void settle_payment(const struct frame *f, const struct quo_cover *terms, struct cover *cover,
                           struct quo_cover_input *in)
{
    struct quo_payment_piece piece[QUO_PAYMENT_PIECES_MAX];
    const struct quo_clauses *clauses = &f->policy->clauses;
    const double scale = quo_index_scale(terms->trigger.index, f->policy->protocol->exposure_usd);
    const double ratio = clauses->secondary_losses && !quo_coverlaw_in_hours(terms) ? in->secondary_ratio * scale : 0.0;
    if (cover->n_pieces && in->kept == cover->kept && (in->secondary_ratio == cover->secondary_ratio || ratio == 0.0)) {
        in->secondary_ratio = cover->secondary_ratio;
        return;
    }
    memset(piece, 0, sizeof piece);
    const size_t n = quo_payment_pieces(terms, terms->event_limit, in->kept, ratio, clauses->secondary_sublimit, piece);
    if (n == cover->n_pieces && memcmp(piece, cover->piece, sizeof piece) == 0) {
        in->kept = cover->kept;
        in->secondary_ratio = cover->secondary_ratio;
        return;
    }
    memcpy(cover->piece, piece, sizeof piece);
    cover->n_pieces = n;
    cover->kept = in->kept;
    cover->secondary_ratio = in->secondary_ratio;
}

/* States and rates of the cover's perils under this set; *changed: something is not as it was. */
static enum quo_status look(struct quo_setlaw *law, const struct quo_cover *terms, struct cover *cover,
                            struct quo_setperil *const *state, double experience, bool *changed)
{
    const struct frame *f = &law->frame;
    struct quo_cover_input in = {.policy = f->policy, .cover = terms, .step = f->grid.step};
    double weight = 0.0, secondary = 0.0, recovery = 0.0;
    for (size_t i = 0; i < cover->n_slots; i++) {
        struct quo_setperil *s = state[cover->slot[i].peril];
        const double rate = s->rate * (ALL_MONEY(cover->slot[i].peril) ? experience : 1.0);
        weight += rate;
        secondary += rate * s->secondary;
        recovery += rate * s->recovery;
    }
    quo_policylaw_comes_back(weight, secondary, recovery, &in);
    settle_payment(f, terms, cover, &in);
    *changed = cover->n_slots > 0 && cover->annual.n == 0;
    for (size_t i = 0; i < cover->n_slots; i++) {
        struct slot *slot = &cover->slot[i];
        struct quo_setperil *s = state[slot->peril];
        const enum quo_status status = quo_setstates_payout(law->states, (enum quo_peril)slot->peril, s, &in);
        if (status)
            return status;
        const double rate = s->rate * (ALL_MONEY(slot->peril) ? experience : 1.0) * s->payout->seen;
        if (slot->serial != s->payout->serial || slot->rate != rate) {
            *changed = true;
            slot->serial = s->payout->serial;
            slot->rate = rate;
        }
        slot->state = s;
    }
    return QUO_OK;
}

/* The amounts of a cover's year with any chance at all: few, or else its frequencies. */
static void count_amounts(const struct frame *f, struct cover *cover)
{
    const struct quo_lattice *one = &cover->annual;
    cover->atoms = 0;
    for (size_t k = 0; k < one->n && cover->atoms <= FEW; k++)
        if (one->mass[k] > NOTHING && cover->atoms++ < FEW) {
            cover->atom[cover->atoms - 1] = k;
            cover->weight[cover->atoms - 1] = one->mass[k];
        }
    cover->counted = true;
    if (cover->atoms > FEW)
        quo_setgrid_forward(&f->sums, one, cover->spectrum);
}

/* f->total plus one cover: point by point where few amounts have a chance at all (a payout in steps), else by transform. */
static void join_one(struct frame *f, struct cover *cover)
{
    const struct quo_lattice *one = &cover->annual;
    const size_t all = f->total.n + one->n - 1, n = all < f->sums.points ? all : f->sums.points;
    if (!cover->counted)
        count_amounts(f, cover);
    if (cover->atoms > FEW) {
        quo_setgrid_forward(&f->sums, &f->total, f->sums.plan.product);
        quo_setgrid_multiply(&f->sums, cover->spectrum);
        quo_setgrid_back(&f->sums, &f->total);
        f->total.n = n;
        return;
    }
    /* 0 before it and after it; what lies beyond the last point is gathered there. */
    double *x = f->sum + quo_setgrid_whole(f->sums.points);
    const size_t whole = quo_setgrid_whole(n);
    memcpy(x, f->total.mass, f->total.n * sizeof *x);
    if (whole > f->total.n)
        memset(x + f->total.n, 0, (whole - f->total.n) * sizeof *x);
    quo_setgrid_spread(x, n, cover->atom, cover->weight, cover->atoms, f->total.mass);
    for (size_t i = 0; i < cover->atoms && n < all; i++) {
        const size_t k = cover->atom[i], m = k < n ? n - k : 0;
        if (m < f->total.n)
            f->total.mass[n - 1] += cover->weight[i] * quo_numeric_total(x + m, f->total.n - m);
    }
    f->total.n = n;
}

/* Covers added up, the overall limit applied: in f->total. */
static void join(struct frame *f)
{
    const struct quo_lattice *first = &f->cover[0].annual;
    memcpy(f->total.mass, first->mass, first->n * sizeof *first->mass);
    f->total.n = first->n;
    for (size_t c = 1; c < f->policy->n_covers; c++)
        join_one(f, &f->cover[c]);
    if (isfinite(f->policy->annual_limit))
        quo_lattice_layer(&f->total, 0.0, f->policy->annual_limit);
}

static double gross_of(const struct frame *f)
{
    const struct quo_policy *policy = f->policy;
    struct quo_policylaw law = {.annual = f->total, .expected = quo_lattice_mean(&f->total)};
    double share = 0.0, covers = 0.0, risk, credit;
    for (size_t c = 0; c < policy->n_covers; c++) {
        covers += f->cover[c].expected;
        share += quo_policylaw_reinstatement(&policy->cover[c], f->cover[c].expected, f->cover[c].reinstated);
    }
    law.reinstatement_share = covers > 0.0 ? share / covers : 0.0;
    return quo_load_gross(&policy->terms,
                          quo_price_pure(&policy->terms, &law, policy->term_days / 365.0, &risk, &credit))
        .gross;
}

static enum quo_status begin(struct quo_setlaw *law, uint64_t changes, bool all_money, struct quo_setperil **state,
                             double *experience)
{
    const uint64_t frame = changes & quo_setparts_reach(law->parts)->frame;
    if (!law->frame.made || law->frame.changes != frame) {
        const enum quo_status status = make_frame(law, frame);
        if (status)
            return status;
    }
    quo_setstates_tidy(law->states);
    return quo_setstates_get(law->states, changes, all_money, state, experience);
}

enum quo_status quo_setlaw_loss(struct quo_setlaw *law, uint64_t changes, double *loss)
{
    struct quo_setperil *state[QUO_PERILS];
    double experience;
    enum quo_status status = begin(law, changes, true, state, &experience);
    *loss = 0.0;
    for (int p = 0; p < QUO_PERILS && status == QUO_OK; p++) {
        double mean;
        if (!state[p] || !ALL_MONEY(p))
            continue;
        status = quo_setstates_mean(law->states, state[p], &mean);
        *loss += state[p]->rate * experience * mean;
    }
    return status;
}

enum quo_status quo_setlaw_gross(struct quo_setlaw *law, uint64_t changes, double *gross)
{
    struct frame *f = &law->frame;
    struct quo_setperil *state[QUO_PERILS];
    double experience;
    enum quo_status status = begin(law, changes, false, state, &experience);
    for (size_t c = 0; c < f->policy->n_covers && status == QUO_OK; c++) {
        struct cover *cover = &f->cover[c];
        bool changed;
        cover->false_alarms = f->policy->cover[c].trigger.false_alarm_per_year * f->policy->term_days / 365.0;
        status = look(law, &f->policy->cover[c], cover, state, experience, &changed);
        if (status == QUO_OK && changed)
            status = cover_year(law, &f->policy->cover[c], cover);
    }
    if (status) {
        frame_free(f); /* half of it may be of this set */
        return status;
    }
    join(f);
    *gross = gross_of(f);
    return isfinite(*gross) ? QUO_OK : QUO_DOMAIN;
}

enum quo_status quo_setlaw_score(struct quo_setlaw *law, uint64_t changes, double *score)
{
    const uint64_t of_frame = changes & quo_setparts_reach(law->parts)->frame;
    if (!law->has_weight || law->weighed != of_frame) {
        const struct quo_policy *frame;
        const enum quo_status status = quo_setparts_frame(law->parts, changes, &frame);
        if (status)
            return status;
        quo_setstates_weights(law->states, frame, law->weight);
        law->has_weight = true;
        law->weighed = of_frame;
    }
    return quo_setstates_score(law->states, changes, law->weight, score);
}
