#include "pricing/whatif/setperil.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/spectrum.h"
#include "pricing/marketcover.h"
#include "pricing/resolution.h"
#include "pricing/whatif/bitmemo.h"
#include "risk/controls/perilscore.h"
#include "risk/controls/reach.h"

#define MUCH ((size_t)384 << 20) /* bytes, a thread */
#define MONEY ((((quo_peril_set)1 << QUO_COVERED_PERILS) - 1) & ~((quo_peril_set)1 << QUO_SERVICE_OUTAGE))
#define FACTORS 64 /* kept for each peril: sets that follow each other share most */
/* Ratios that differ by less are one: they are sums in another order. */
#define SAME 1e-12

struct factor {
    uint64_t serial; /* of the state; 0: none */
    double rate;
    double complex *value;
};

struct quo_setstates {
    const struct quo_engine *engine;
    struct quo_setparts *parts;
    const struct quo_setreach *reach;
    struct quo_reach_room *room;
    struct quo_payoutmemo *memo;
    struct quo_bitmemo *quorum, *state[QUO_PERILS], *score[QUO_PERILS]; /* score: double */
    struct quo_bitmemo *payout; /* struct quo_setpayout by the address of the loss table, which is one for each law */
    struct quo_bitmemo *mean;   /* double by the bytes of a loss law, mixed */
    struct factor factor[QUO_PERILS][FACTORS];
    const struct quo_policy *frame;
    const struct quo_setgrid *grid;
    quo_peril_set covered, wanted;
    uint64_t serial;
    struct quo_lattice law; /* room for one law */
    double shape;           /* of own experience */
    /* As a cover's input wants them: one element filled. */
    struct quo_hazard hazard[QUO_PERILS];
    const struct quo_losstable *table[QUO_PERILS];
};

static void free_spectrum(void *content) { free(((struct quo_setpayout *)content)->spectrum); }

static void forget_factors(struct quo_setstates *s)
{
    for (int p = 0; p < QUO_PERILS; p++)
        for (int i = 0; i < FACTORS; i++) {
            free(s->factor[p][i].value);
            s->factor[p][i] = (struct factor){0};
        }
}

enum quo_status quo_setstates_new(const struct quo_engine *engine, struct quo_setparts *parts,
                                  struct quo_setstates **out)
{
    struct quo_setstates *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return QUO_MACHINE;
    s->engine = engine;
    s->parts = parts;
    s->reach = quo_setparts_reach(parts);
    s->shape = quo_catalogue_constant(engine->catalogue, "experience_shape");
    s->room = quo_reach_room_new();
    s->memo = quo_payoutmemo_new();
    s->quorum = quo_bitmemo_new(sizeof(struct quo_quorum), NULL);
    s->payout = quo_bitmemo_new(sizeof(struct quo_setpayout), free_spectrum);
    s->mean = quo_bitmemo_new(sizeof(double), NULL);
    bool made = s->mean && s->room && s->memo && s->quorum && s->payout;
    for (int p = 0; p < QUO_PERILS; p++) {
        s->state[p] = quo_bitmemo_new(sizeof(struct quo_setperil), NULL);
        s->score[p] = quo_bitmemo_new(sizeof(double), NULL);
        made = made && s->state[p] && s->score[p];
    }
    if (made)
        return QUO_OK;
    quo_setstates_free(s);
    *out = NULL;
    return QUO_MACHINE;
}

void quo_setstates_free(struct quo_setstates *s)
{
    if (!s)
        return;
    forget_factors(s);
    for (int p = 0; p < QUO_PERILS; p++)
        quo_bitmemo_free(s->state[p]);
    for (int p = 0; p < QUO_PERILS; p++)
        quo_bitmemo_free(s->score[p]);
    quo_bitmemo_free(s->payout);
    quo_bitmemo_free(s->mean);
    quo_bitmemo_free(s->quorum);
    quo_payoutmemo_free(s->memo);
    quo_reach_room_free(s->room);
    quo_lattice_free(&s->law);
    free(s);
}

/* States and what hangs on a frame. The signers' rates stay: their key holds the frame's changes. */
static void forget(struct quo_setstates *s)
{
    for (int p = 0; p < QUO_PERILS; p++)
        quo_bitmemo_clear(s->state[p]);
    quo_bitmemo_clear(s->payout);
    quo_payoutmemo_sweep(s->memo, 0);
}

void quo_setstates_frame(struct quo_setstates *s, const struct quo_policy *frame, const struct quo_setgrid *grid)
{
    forget(s);
    forget_factors(s);
    quo_lattice_free(&s->law);
    s->frame = frame;
    s->grid = grid;
    s->covered = 0;
    for (size_t c = 0; c < frame->n_covers; c++)
        s->covered |= quo_marketcover_is(&frame->cover[c]) ? 0 : frame->cover[c].perils;
    s->wanted = s->covered;
    if (frame->protocol->has_history)
        s->wanted |= MONEY;
}

void quo_setstates_tidy(struct quo_setstates *s)
{
    size_t bytes = quo_payoutmemo_bytes(s->memo) + quo_bitmemo_count(s->payout) * 2 * s->grid->row * sizeof(double);
    for (int p = 0; p < QUO_PERILS; p++)
        bytes += quo_bitmemo_count(s->state[p]) * sizeof(struct quo_setperil);
    if (bytes > MUCH)
        forget(s);
}

static enum quo_status quorum_of(struct quo_setstates *s, uint64_t changes, const struct quo_protocol *protocol,
                                 const struct quo_quorum **out)
{
    bool fresh;
    struct quo_quorum *q = quo_bitmemo_at(s->quorum, changes & s->reach->quorum, &fresh);
    if (!q)
        return QUO_MACHINE;
    *out = q;
    const enum quo_status status = fresh ? quo_reach_quorum(protocol, s->engine->scale, s->room, q) : QUO_OK;
    if (status)
        quo_bitmemo_drop(s->quorum, changes & s->reach->quorum);
    return status;
}

/* Everything about one peril but its payout. */
static enum quo_status fill(struct quo_setstates *s, enum quo_peril p, uint64_t changes, struct quo_setperil *out)
{
    const struct quo_policy *policy;
    const struct quo_quorum *quorum;
    struct quo_relativity r;
    /* The quorum is that of all changes; the policy put together last is the peril's. */
    enum quo_status status = quo_setparts_policy(s->parts, changes, &policy);
    if (status == QUO_OK)
        status = quorum_of(s, changes, policy->protocol, &quorum);
    if (status == QUO_OK)
        status = quo_reach_relativity(policy->protocol, s->engine->scale, quorum, p, s->room, &r);
    if (status)
        return status;
    struct quo_hazard *hazard = &s->hazard[p];
    status = quo_hazard_alone(s->engine->model, policy->protocol, p, &r, policy->inception, hazard);
    if (status)
        return status;
    *out = (struct quo_setperil){.rate = hazard->base_rate * hazard->exposure_factor * hazard->relativity *
                                         policy->term_days / 365.0,
                                 .base = hazard->base_rate * hazard->exposure_factor * policy->term_days / 365.0,
                                 .secondary = r.secondary,
                                 .recovery = r.recovery,
                                 .size = hazard->size,
                                 .loss = hazard->loss,
                                 .mean_loss = NAN};
    if (s->covered >> p & 1u)
        status = quo_payoutmemo_table(s->memo, hazard, quo_resolution_first(s->engine, policy).table_nodes, &out->table);
    return status;
}

enum quo_status quo_setstates_one(struct quo_setstates *s, enum quo_peril p, uint64_t changes, struct quo_setperil **out)
{
    bool fresh;
    const uint64_t key = changes & s->reach->peril[p];
    *out = quo_bitmemo_at(s->state[p], key, &fresh);
    if (!*out)
        return QUO_MACHINE;
    const enum quo_status status = fresh ? fill(s, p, changes, *out) : QUO_OK;
    if (status)
        quo_bitmemo_drop(s->state[p], key);
    return status;
}

/* Of the changes' own protocol; its history is the frame's. */
static double experience_of(const struct quo_setstates *s, struct quo_setperil *const *state)
{
    const struct quo_protocol *protocol = s->frame->protocol;
    double expected = 0.0;
    if (!protocol->has_history)
        return 1.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (state[p] && !quo_peril_in_hours((enum quo_peril)p))
            expected += state[p]->rate * 365.0 / s->frame->term_days;
    return quo_hazard_experience(protocol, s->shape, expected);
}

enum quo_status quo_setstates_get(struct quo_setstates *s, uint64_t changes, bool all_money,
                                  struct quo_setperil **state, double *experience)
{
    const quo_peril_set wanted = all_money ? s->wanted | MONEY : s->wanted;
    for (int p = 0; p < QUO_PERILS; p++) {
        state[p] = NULL;
        if (!(wanted >> p & 1u) || !s->engine->model->peril[p].present)
            continue;
        const enum quo_status status = quo_setstates_one(s, (enum quo_peril)p, changes, &state[p]);
        if (status)
            return status;
    }
    *experience = experience_of(s, state);
    return QUO_OK;
}

/* The mean takes an integral, and many states share one law. Two laws of one mixed key: once in 2^64. */
enum quo_status quo_setstates_mean(struct quo_setstates *s, struct quo_setperil *state, double *mean)
{
    if (isnan(state->mean_loss)) {
        uint64_t key = 0x9E3779B97F4A7C15u;
        const unsigned char *byte = (const unsigned char *)&state->loss;
        for (size_t i = 0; i < sizeof state->loss; i++)
            key = (key ^ byte[i]) * 0x100000001B3u; /* FNV-1a */
        bool fresh;
        double *kept = quo_bitmemo_at(s->mean, key, &fresh);
        if (!kept)
            return QUO_MACHINE;
        if (fresh)
            *kept = quo_loss_mean(&state->loss);
        state->mean_loss = *kept;
    }
    *mean = state->mean_loss;
    return isfinite(*mean) ? QUO_OK : QUO_DOMAIN;
}

void quo_setstates_weights(const struct quo_setstates *s, const struct quo_policy *frame, double weight[QUO_PERILS])
{
    double loss[QUO_PERILS];
    quo_hazard_weights(s->engine->model, frame->protocol->exposure_usd, frame->inception, loss);
    quo_perilscore_weights(frame->protocol, s->engine->scale, loss, weight);
}

enum quo_status quo_setstates_log(struct quo_setstates *s, enum quo_peril p, uint64_t changes, enum quo_stand stand, double *log_loss)
{
    const struct quo_policy *policy;
    const enum quo_status status = quo_setparts_policy(s->parts, changes, &policy);
    return status ? status : quo_perilscore_log(policy->protocol, s->engine->scale, p, stand, log_loss);
}

enum quo_status quo_setstates_score(struct quo_setstates *s, uint64_t changes, const double *weight, double *score)
{
    const struct quo_policy *policy;
    double of[QUO_PERILS];
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        bool fresh;
        double *kept = quo_bitmemo_at(s->score[p], changes & s->reach->peril[p], &fresh);
        if (!kept)
            return QUO_MACHINE;
        if (fresh) {
            enum quo_status status = quo_setparts_policy(s->parts, changes, &policy);
            if (status == QUO_OK)
                status = quo_perilscore_of(policy->protocol, s->engine->scale, (enum quo_peril)p, kept);
            if (status) {
                quo_bitmemo_drop(s->score[p], changes & s->reach->peril[p]);
                return status;
            }
        }
        of[p] = *kept;
    }
    *score = quo_perilscore_mean(weight, of);
    return QUO_OK;
}

enum quo_status quo_setstates_hazard(struct quo_setstates *s, uint64_t changes, struct quo_hazard *hazard)
{
    const struct quo_policy *policy;
    struct quo_relativity r[QUO_PERILS];
    struct quo_score score = {.experience_shape = quo_catalogue_constant(s->engine->catalogue, "experience_shape")};
    enum quo_status status = quo_setparts_policy(s->parts, changes, &policy);
    if (status == QUO_OK)
        status = quo_score_relativities(policy->protocol, s->engine->scale, r);
    if (status)
        return status;
    quo_score_put(&score, r);
    return quo_hazard_laws(s->engine->model, policy->protocol, &score, policy->inception, -1, hazard);
}

static void spectrum_of(const struct quo_setstates *s, const struct quo_lattice *payout, double *out)
{
    quo_setgrid_forward(s->grid, payout, s->grid->plan.product);
    for (size_t j = 0; j < s->grid->half; j++) {
        out[j] = creal(s->grid->plan.product[j]) - 1.0;
        out[s->grid->row + j] = cimag(s->grid->plan.product[j]);
    }
}

static bool near(double a, double b) { return fabs(a - b) <= SAME * fmax(fabs(a), fabs(b)); }

static enum quo_status make_payout(struct quo_setstates *s, enum quo_peril p, const struct quo_setperil *state,
                                   struct quo_cover_input *in, struct quo_setpayout *out)
{
    const struct quo_lattice *law;
    struct quo_cover_peril line;
    s->hazard[p] = (struct quo_hazard){.peril = p, .present = true, .rate = 1.0, .loss = state->loss};
    s->table[p] = state->table;
    in->engine = s->engine;
    in->draw = -1;
    in->hazard = s->hazard;
    in->table = s->table;
    in->term_years = 1.0; /* an event: its rate is the share that is seen */
    in->index_error = s->engine->model->index_error;
    in->step = s->grid->step;
    in->points = s->grid->points;
    in->resolution = quo_resolution_first(s->engine, in->policy);
    in->rule = quo_payoutmemo_rule(s->memo, in->resolution.error_nodes);
    in->memo = s->memo;
    if (!out->spectrum)
        out->spectrum = calloc(2 * s->grid->row, sizeof *out->spectrum);
    if (!out->spectrum)
        return QUO_MACHINE;
    const enum quo_status status = quo_coverlaw_peril(in, p, &line, &out->seen, &law);
    if (status)
        return status;
    spectrum_of(s, law, out->spectrum);
    out->serial = ++s->serial;
    out->pays = out->seen > 0.0 ? line.rate * line.pays / out->seen : 0.0;
    out->kept = in->kept;
    out->secondary_ratio = in->secondary_ratio;
    return QUO_OK;
}

enum quo_status quo_setstates_payout(struct quo_setstates *s, enum quo_peril p, struct quo_setperil *state,
                                     struct quo_cover_input *in)
{
    bool fresh;
    if (!state->payout) {
        state->payout = quo_bitmemo_at(s->payout, (uint64_t)(uintptr_t)state->table, &fresh);
        state->annual_sublimit = quo_coverlaw_sublimit(in->cover, p, true);
    }
    struct quo_setpayout *payout = state->payout;
    if (!payout)
        return QUO_MACHINE;
    if (payout->serial && near(payout->kept, in->kept) &&
        (!in->policy->clauses.secondary_losses || near(payout->secondary_ratio, in->secondary_ratio)))
        return QUO_OK;
    const enum quo_status status = make_payout(s, p, state, in, payout);
    payout->serial = status ? 0 : payout->serial;
    return status;
}

/* The peril's own year, cut at its sublimit, as frequencies again. */
static enum quo_status cut(struct quo_setstates *s, const struct quo_setperil *state, double complex *value)
{
    const struct quo_setgrid *g = s->grid;
    if (!s->law.mass) {
        const enum quo_status status = quo_lattice_new(g->step, g->points + 1, &s->law);
        if (status)
            return status;
    }
    memcpy(g->plan.product, value, g->half * sizeof *value);
    quo_setgrid_back(g, &s->law);
    quo_lattice_layer(&s->law, 0.0, state->annual_sublimit);
    quo_setgrid_forward(g, &s->law, value);
    return QUO_OK;
}

/* The peril's generating function, of any size, cut where it is to be cut. */
static enum quo_status make_factor(struct quo_setstates *s, const struct quo_setperil *state, double rate,
                                   double complex *value)
{
    const size_t half = s->grid->half;
    double complex *z = s->grid->plan.spectrum;
    for (size_t j = 0; j < half; j++) {
        value[j] = 1.0;
        z[j] = CMPLX(1.0 + state->payout->spectrum[j], state->payout->spectrum[s->grid->row + j]);
    }
    const struct quo_frequency count = quo_frequency_negbin_mean(rate, state->size);
    quo_spectrum_times_pgf(z, half, &count, value);
    return isfinite(state->annual_sublimit) ? cut(s, state, value) : QUO_OK;
}

/* As a factor of its own, kept for the sets that follow. */
static enum quo_status factor_of(struct quo_setstates *s, struct quo_setline *line)
{
    if (line->extra > 0.0)
        return QUO_DOMAIN; /* the caller has put it elsewhere */
    uint64_t bits;
    memcpy(&bits, &line->rate, sizeof bits);
    const uint64_t serial = line->state->payout->serial;
    struct factor *f = &s->factor[line->peril][(bits * 0x9E3779B97F4A7C15u + serial) >> 32 & (FACTORS - 1)];
    if (!f->value)
        f->value = malloc(s->grid->half * sizeof *f->value);
    if (!f->value)
        return QUO_MACHINE;
    line->factor = f->value;
    if (f->serial == serial && f->rate == line->rate)
        return QUO_OK;
    const enum quo_status status = make_factor(s, line->state, line->rate, f->value);
    f->serial = status ? 0 : serial;
    f->rate = line->rate;
    return status;
}

/* Those from line[first] on whose counts have its size, together; done[n] is set. Where their series is too slow each has its own, or a
 * factor. */
static enum quo_status together(struct quo_setstates *s, struct quo_setline *line, size_t first, size_t n, bool *done,
                                double *exponent)
{
    struct quo_setgrid_count count[QUO_PERILS] = {{0}};
    size_t of[QUO_PERILS], m = 0;
    const double size = line[first].state->size;
    for (size_t i = first; i < n; i++)
        if (!done[i] && line[i].state->size == size) {
            of[m] = i;
            count[m++] = (struct quo_setgrid_count){line[i].state->payout->spectrum, line[i].rate, line[i].extra};
            done[i] = true;
        }
    if (quo_setgrid_add_mixed(s->grid, count, m, size, exponent))
        return QUO_OK;
    enum quo_status status = QUO_OK;
    for (size_t k = 0; k < m && status == QUO_OK; k++) {
        if (quo_setgrid_add_mixed(s->grid, &count[k], 1, size, exponent))
            continue;
        quo_setgrid_add(s->grid, count[k].z, count[k].weight, exponent);
        line[of[k]].extra = 0.0;
        status = factor_of(s, &line[of[k]]);
    }
    return status;
}

enum quo_status quo_setstates_year(struct quo_setstates *s, struct quo_setline *line, size_t n, double *exponent)
{
    bool done[QUO_PERILS] = {false};
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < n; i++) {
        const struct quo_setperil *state = line[i].state;
        line[i].factor = NULL;
        done[i] = !(line[i].rate > 0.0) || isinf(state->size) || isfinite(state->annual_sublimit);
        if (!(line[i].rate > 0.0))
            continue;
        const bool whole = isinf(state->size) && isinf(state->annual_sublimit);
        if (whole || (done[i] && line[i].extra > 0.0))
            quo_setgrid_add(s->grid, state->payout->spectrum, line[i].extra + (whole ? line[i].rate : 0.0), exponent);
        line[i].extra = done[i] ? 0.0 : line[i].extra;
        if (done[i] && !whole && status == QUO_OK)
            status = factor_of(s, &line[i]);
    }
    for (size_t i = 0; i < n && status == QUO_OK; i++)
        if (!done[i])
            status = together(s, line, i, n, done, exponent);
    return status;
}
