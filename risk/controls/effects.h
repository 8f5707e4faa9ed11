/* risk/controls/effects.h -- from answers to multipliers: m = m4^(g e c r), overlap damped, floored.        [methods: effects]
 *
 * The table of effects is made once from the catalogue (point estimate: the mean of each PERT) or once for each draw of the
 * uncertainty; it is immutable. Exponents are computed once for each protocol; a channel's multiplier is then a short sum. */
#ifndef QUO_EFFECTS_H
#define QUO_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"

/* Which value of a control is meant: the protocol's own, level 0, or level 4 with the best evidence. */
enum quo_stand { QUO_STAND_OWN, QUO_STAND_WORST, QUO_STAND_BEST };

/* One effect as the sums want it: which control, and ln m4 (at most 0; recovery: at least 0). */
struct quo_effect_entry {
    int control;
    double log_m4;
};

struct quo_effects {
    const struct quo_catalogue *catalogue; /* the caller's, outlives this */
    struct quo_effect_entry *entry;
    /* entry[first[p][k]] ... of peril p and channel k. The key_ and shared_ channels stand under every peril alike, in row 0. */
    size_t first[QUO_PERILS][QUO_CHANNELS], count[QUO_PERILS][QUO_CHANNELS];
    double reliability_base; /* r of a control of which nothing is said and nobody watches */
};

/* draw < 0: the point estimate. Else draw number `draw` of the uncertainty, addressed by seed, draw and the effect's place. */
enum quo_status quo_effects_new(const struct quo_catalogue *catalogue, uint64_t seed, long draw,
                                struct quo_effects **out);
void quo_effects_free(struct quo_effects *effects);

/* PERT(low, mode, high): the mean (low + 4 mode + high)/6, and a draw of it (beta of that mean, [Vos08]). */
double quo_effects_pert_mean(const struct quo_effect *effect);
double quo_effects_pert_draw(const struct quo_effect *effect, uint64_t seed, uint64_t draw, uint32_t place);

/* What the answers of a protocol come to, by control of the catalogue. */
struct quo_exponents {
    size_t n;                                  /* controls of the catalogue */
    double own[QUO_CONTROLS_MAX];              /* g e c, without r */
    double said_reliability[QUO_CONTROLS_MAX]; /* r where the answer says it, else NaN */
    bool out[QUO_CONTROLS_MAX];                /* drops out: not applicable, or about a bridge where there is none */
    bool not_applicable[QUO_CONTROLS_MAX];     /* of these, those the answer declares */
    const struct quo_answer *answer[QUO_CONTROLS_MAX]; /* NULL: unknown */
};
void quo_effects_exponents(const struct quo_catalogue *catalogue, const struct quo_protocol *protocol,
                           struct quo_exponents *out);

/* The exponent g e c r of each control at its stand: x[n]. stand[n]: an enum quo_stand each. */
void quo_effects_apply(const struct quo_effects *effects, const struct quo_exponents *exponents,
                       const unsigned char *stand, double *x);
/* The multiplier of one channel of one peril: exp(sum of overlap^rank x ln m4), floored. */
double quo_effects_multiplier(const struct quo_effects *effects, enum quo_peril peril, enum quo_channel channel,
                              const double *x);
/* The value of an input at the control's stand: the level's value; what is claimed on evidence below grade 2 is blended with that of
 * level 0 (asserted) or 1 (policy document) by its credit; coverage blends with level 0. Unknown is level 0. */
double quo_effects_input(const struct quo_catalogue *catalogue, const struct quo_exponents *exponents, int control,
                         const struct quo_input *input, enum quo_stand stand);
/* For inputs that cannot be blended (a threshold): the level claimed, the level it falls back to, and the weight of the claim. */
struct quo_claim {
    int level, fallback;
    double weight;
};
struct quo_claim quo_effects_claim(const struct quo_catalogue *catalogue, const struct quo_exponents *exponents,
                                   int control, enum quo_stand stand);
/* The share of the value and of the time that the answer holds for: its coverage x reliability, 1 where it does not say. */
double quo_effects_in_place(const struct quo_exponents *exponents, int control, enum quo_stand stand);
#endif
