#include "pricing/whatif/periltable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/bitmemo.h"

#define HELD 96      /* sets whose rates are compared with those of the product */
#define HELD_SAME 1e-11
#define LOG_SAME 1e-10

uint64_t quo_periltable_pack(uint64_t set, const unsigned char *bit, size_t n)
{
    uint64_t number = 0;
    for (size_t i = 0; i < n; i++)
        number |= (set >> bit[i] & 1u) << i;
    return number;
}

uint64_t quo_periltable_unpack(uint64_t number, const unsigned char *bit, size_t n)
{
    uint64_t set = 0;
    for (size_t i = 0; i < n; i++)
        set |= (number >> i & 1u) << bit[i];
    return set;
}

double quo_periltable_rate(const struct quo_periltable *t, uint64_t set, unsigned *law)
{
    const uint64_t both = set & t->often & t->rest, rest = quo_periltable_pack(set, t->rest_bit, t->n_rest);
    const double a = t->untouched, often = t->often_rate[quo_periltable_pack(set, t->often_bit, t->n_often)] - a,
                 mechanisms = t->rest_rate[rest] - a,
                 neither = t->often_rate[quo_periltable_pack(both, t->often_bit, t->n_often)] - a;
    if (law)
        *law = t->law[rest];
    return neither > 0.0 ? a + often * (mechanisms / neither) : a;
}

static size_t list_bits(uint64_t set, unsigned char *bit)
{
    size_t n = 0;
    for (; set; set &= set - 1)
        bit[n++] = (unsigned char)__builtin_ctzll(set);
    return n;
}

/* The number of a state's law, found or new. Two laws of one mixed key: once in 2^64. */
static enum quo_status law_of(struct quo_setstates *states, struct quo_periltable *t, struct quo_setperil *state,
                              struct quo_bitmemo *known, size_t entry, unsigned *law)
{
    uint64_t key = 0xCBF29CE484222325u;
    const unsigned char *byte = (const unsigned char *)&state->loss;
    for (size_t i = 0; i < sizeof state->loss; i++)
        key = (key ^ byte[i]) * 0x100000001B3u; /* FNV-1a */
    bool fresh;
    unsigned *number = quo_bitmemo_at(known, key, &fresh);
    if (!number)
        return QUO_MACHINE;
    if (!fresh) {
        *law = *number;
        return QUO_OK;
    }
    *number = *law = (unsigned)t->n_laws;
    struct quo_perillaw *one = &t->laws[t->n_laws++];
    *one = (struct quo_perillaw){.mean = NAN, .entry = entry};
    return quo_setstates_mean(states, state, &one->mean);
}

/* F is the product of frequency effects and of what the signers do: states of either alone are looked up, the others put together. */
static enum quo_status fill_often(struct quo_setstates *states, uint64_t base, uint64_t hits, uint64_t quorum, struct quo_periltable *t)
{
    const size_t first = (size_t)quo_periltable_pack(hits, t->often_bit, t->n_often),
                 second = (size_t)quo_periltable_pack(quorum, t->often_bit, t->n_often);
    const double a = t->untouched;
    double *rate = t->often_rate;
    for (size_t i = 0; i < (size_t)1 << t->n_often; i++) {
        struct quo_setperil *state;
        if ((i & first) != i && (i & second) != i && (i & (first | second)) == i) {
            const double neither = rate[i & first & second] - a;
            rate[i] = neither > 0.0 ? a + (rate[i & first] - a) * ((rate[i & second] - a) / neither) : a;
            continue;
        }
        const enum quo_status status =
            quo_setstates_one(states, t->peril, base | quo_periltable_unpack(i, t->often_bit, t->n_often), &state);
        if (status)
            return status;
        rate[i] = state->rate;
    }
    return QUO_OK;
}

static enum quo_status fill(struct quo_setstates *states, const struct quo_setreach *reach, uint64_t base, struct quo_periltable *t)
{
    struct quo_setperil *state;
    const size_t often = (size_t)1 << t->n_often, rest = (size_t)1 << t->n_rest;
    struct quo_bitmemo *known = quo_bitmemo_new(sizeof(unsigned), NULL);
    t->often_rate = calloc(often, sizeof *t->often_rate);
    t->rest_rate = calloc(rest, sizeof *t->rest_rate);
    t->law = calloc(rest, sizeof *t->law);
    t->laws = calloc(rest, sizeof *t->laws);
    enum quo_status status = known && t->often_rate && t->rest_rate && t->law && t->laws ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = fill_often(states, base, reach->hits[t->peril], reach->quorum, t);
    t->secondary_least = INFINITY;
    for (size_t i = 0; i < rest && status == QUO_OK; i++) {
        status = quo_setstates_one(states, t->peril, base | quo_periltable_unpack(i, t->rest_bit, t->n_rest), &state);
        if (status)
            break;
        t->rest_rate[i] = state->rate;
        t->secondary_least = fmin(t->secondary_least, state->secondary);
        t->recovery_most = fmax(t->recovery_most, state->recovery);
        status = law_of(states, t, state, known, i, &t->law[i]);
    }
    quo_bitmemo_free(known);
    return status;
}

static uint64_t held_set(uint64_t k, uint64_t all)
{
    uint64_t mix = (k + 1) * 0x9E3779B97F4A7C15u;
    mix ^= mix >> 29;
    return k == 0 ? all : all & (mix * 0xBF58476D1CE4E5B9u);
}

/* Some sets of both tables' changes as they are. */
static enum quo_status hold(struct quo_setstates *states, uint64_t base, const struct quo_periltable *t)
{
    for (uint64_t k = 0; k < HELD; k++) {
        const uint64_t set = held_set(k, t->often | t->rest);
        struct quo_setperil *state;
        unsigned law;
        const enum quo_status status = quo_setstates_one(states, t->peril, base | set, &state);
        if (status)
            return status;
        double mean;
        const double rate = quo_periltable_rate(t, set, &law);

        if (!(fabs(rate - state->rate) <= HELD_SAME * state->rate))
            return QUO_REFUSED;
        const enum quo_status known = quo_setstates_mean(states, state, &mean);
        if (known)
            return known;
        if (mean != t->laws[law].mean || state->secondary < t->secondary_least || state->recovery > t->recovery_most)
            return QUO_REFUSED;
    }
    return QUO_OK;
}

enum quo_status quo_periltable_new(struct quo_setstates *states, const struct quo_setreach *reach, enum quo_peril peril,
                                   uint64_t base, uint64_t open, double untouched, struct quo_periltable *t)
{
    struct quo_setperil *state;
    *t = (struct quo_periltable){.peril = peril,
                                 .money = !quo_peril_in_hours(peril) && peril < QUO_COVERED_PERILS,
                                 .often = reach->often[peril] & open,
                                 .rest = reach->rest[peril] & open};
    t->n_often = list_bits(t->often, t->often_bit);
    t->n_rest = list_bits(t->rest, t->rest_bit);
    if (t->n_often > QUO_PERILTABLE_OFTEN || t->n_rest > QUO_PERILTABLE_REST)
        return QUO_REFUSED;
    enum quo_status status = quo_setstates_one(states, peril, base, &state);
    if (status == QUO_OK) {
        t->untouched = untouched * state->base;
        status = fill(states, reach, base, t);
    }
    if (status == QUO_OK)
        status = hold(states, base, t);
    if (status)
        quo_periltable_free(t);
    return status;
}

static bool same_log(double a, double b) { return fabs(a - b) <= LOG_SAME; }

/* Some sets as they are: the stands do not move, and the loss is that product. */
static enum quo_status hold_logs(struct quo_setstates *states, uint64_t base, const struct quo_periltable *t)
{
    static const enum quo_stand stands[] = {QUO_STAND_WORST, QUO_STAND_OWN, QUO_STAND_BEST};
    for (uint64_t k = 0; k < HELD; k++) {
        const uint64_t set = held_set(k, t->often | t->rest);
        double is[3];
        for (int i = 0; i < 3; i++) {
            const enum quo_status status = quo_setstates_log(states, t->peril, base | set, stands[i], &is[i]);
            if (status)
                return status;
        }
        const double own = log(quo_periltable_rate(t, set, NULL)) + t->rest_log[quo_periltable_pack(set, t->rest_bit, t->n_rest)];
        if (!same_log(is[0], t->log_worst) || !same_log(is[1], own) || !same_log(is[2], t->log_best))
            return QUO_REFUSED;
    }
    return QUO_OK;
}

enum quo_status quo_periltable_logs(struct quo_setstates *states, uint64_t base, struct quo_periltable *t)
{
    const size_t rest = (size_t)1 << t->n_rest;
    t->rest_log = calloc(rest, sizeof *t->rest_log);
    enum quo_status status = t->rest_log ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < rest && status == QUO_OK; i++) {
        status = quo_setstates_log(states, t->peril, base | quo_periltable_unpack(i, t->rest_bit, t->n_rest), QUO_STAND_OWN, &t->rest_log[i]);
        t->rest_log[i] -= log(t->rest_rate[i]);
    }
    if (status == QUO_OK)
        status = quo_setstates_log(states, t->peril, base, QUO_STAND_WORST, &t->log_worst);
    if (status == QUO_OK)
        status = quo_setstates_log(states, t->peril, base, QUO_STAND_BEST, &t->log_best);
    return status == QUO_OK ? hold_logs(states, base, t) : status;
}

void quo_periltable_free(struct quo_periltable *t)
{
    for (size_t i = 0; t->laws && i < t->n_laws; i++)
        free(t->laws[i].above);
    free(t->often_rate);
    free(t->rest_rate);
    free(t->rest_log);
    free(t->law);
    free(t->laws);
    memset(t, 0, sizeof *t);
}
