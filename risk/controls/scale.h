/* risk/controls/scale.h -- the inside of struct quo_scale, shared by scale.c and score.c.  [methods: relativity] */
#ifndef QUO_SCALE_H
#define QUO_SCALE_H

#include "risk/controls/relativity.h"
#include "risk/controls/score.h"

/* Means over the market's profiles of the raw factors. severity is weighted by frequency, duration by both, recovery and secondary
 * by expected loss, so that the product of the normalised ones averages to 1. */
struct quo_scale_mean {
    double frequency, severity, duration, recovery, secondary;
    double quorum; /* of omega^kappa, over those whom the peril concerns */
    double concerned;
};

/* What follows from catalogue and market alone, and takes most of a scale's time: prepared for those that ship. */
struct quo_scale_known {
    struct quo_race_stops stops;
    struct quo_scale_mean mean[QUO_PERILS];
    /* sequence[d][p]: mean expected loss with domains 0..d-1 as the profiles have them and the others at level 0; the last is 1. */
    double sequence[QUO_DOMAINS_MAX + 1][QUO_PERILS];
};

struct quo_scale {
    const struct quo_catalogue *catalogue;
    const struct quo_market *market;
    struct quo_inputs inputs;
    struct quo_effects *effects;
    struct quo_exponents *profile; /* profile[market->n_profiles]; a draw's are its base's */
    const struct quo_scale *base;  /* of a draw; else NULL */
    struct quo_scale_known known;
    bool feeds_quorum[QUO_CONTROLS_MAX]; /* through signers or, by reliability, through everything */
    bool domain_feeds_quorum[QUO_DOMAINS_MAX];
};

/* One evaluation of a protocol. */
struct quo_run {
    struct quo_view view;
    struct quo_relativity_shared shared;
    struct quo_race_clock clock[QUO_PERILS];
    struct quo_raw raw[QUO_PERILS];
    struct quo_outflow outflow[QUO_PERILS];
    int caps_left_out[QUO_PERILS];
    double cap_factor[QUO_PERILS];
    double held[QUO_PERILS]; /* the raw factors' product over what it was before what does not apply was held; 1: nothing */
};

struct quo_run_request {
    const struct quo_protocol *protocol;
    const struct quo_exponents *exponents;
    const unsigned char *control, *domain; /* stands */
    quo_peril_set perils;                  /* to evaluate */
    const struct quo_run *before;          /* at other stands: what is the same is taken from it; NULL: nothing is */
    bool same_quorum;                      /* the signers' rates are those of `before` */
    bool caps, factors;                    /* wanted: the caps; what they leave on the reference law */
    const struct quo_scale_mean *mean;     /* what the protocol is held against (quo_scale_mean_of); NULL: it is of the market */
    struct quo_quorum_set *work;
};

/* Every domain at one stand: stand[n_controls] and the view's domains. */
void quo_scale_stand(const struct quo_scale *scale, enum quo_stand stand, unsigned char *control,
                     unsigned char *domain);
/* Moves one domain. */
void quo_scale_move(const struct quo_scale *scale, int domain, enum quo_stand stand, unsigned char *control,
                    unsigned char *domain_stand);
/* Where controls are not applicable, raw factors are held between what they would be, against the whole market, with these controls at their best
 * and at level 0.                                                                                             [methods: not applicable] */
enum quo_status quo_scale_run(const struct quo_scale *scale, const struct quo_run_request *request,
                              struct quo_run *out);
/* Raw factors against the market's means, the untouched shares mixed in: frequency = u k / mean k + (1 - u) F / mean F with k whom
 * the peril concerns, and so on. the caps are left alone. */
void quo_scale_normalise(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_raw *raw,
                         struct quo_relativity *out);
/* One peril of a run, so normalised, with its caps. */
void quo_scale_relativity(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_run *run,
                          enum quo_peril peril, struct quo_relativity *out);
/* frequency x severity x duration of that. */
double quo_scale_loss(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_raw *raw);
/* The means that a protocol is held against: the scale's, or `room` where some control is not applicable to it. */
enum quo_status quo_scale_mean_of(const struct quo_scale *scale, const struct quo_exponents *exponents,
                                  struct quo_scale_mean room[QUO_PERILS], const struct quo_scale_mean **mean);
/* The market's means, with the controls that are not applicable here out of the market too. */
enum quo_status quo_scale_means(const struct quo_scale *scale, const struct quo_exponents *exponents,
                                struct quo_scale_mean mean[QUO_PERILS]);
#endif
