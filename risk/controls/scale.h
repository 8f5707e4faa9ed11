/* risk/controls/scale.h -- the inside of struct quo_scale, shared by scale.c and score.c. */
#ifndef QUO_SCALE_H
#define QUO_SCALE_H

#include "risk/controls/relativity.h"
#include "risk/controls/score.h"

/* Means over the market's profiles of the raw factors. severity is weighted by frequency, duration by both, recovery and secondary
 * by expected loss, so that the product of the normalised ones averages to 1. */
struct quo_scale_mean {
    double frequency, severity, duration, recovery, secondary;
    double quorum; /* of omega^kappa */
};

struct quo_scale {
    const struct quo_catalogue *catalogue;
    const struct quo_market *market;
    struct quo_inputs inputs;
    struct quo_effects *effects;
    struct quo_exponents *profile; /* profile[market->n_profiles] */
    struct quo_scale_mean mean[QUO_PERILS];
    /* sequence[d][p]: mean raw expected loss with domains 0..d-1 as the profiles have them and the others at level 0. */
    double sequence[QUO_DOMAINS_MAX + 1][QUO_PERILS];
    bool feeds_quorum[QUO_CONTROLS_MAX];   /* through signers or, by reliability, through everything */
    bool domain_feeds_quorum[QUO_DOMAINS_MAX];
};

/* One evaluation of a protocol. */
struct quo_run {
    struct quo_view view;
    struct quo_relativity_shared shared;
    struct quo_raw raw[QUO_PERILS];
    struct quo_loss_cap cap[QUO_PERILS][QUO_LOSS_CAPS];
    int n_caps[QUO_PERILS];
    double cap_factor[QUO_PERILS];
};

/* Every domain at one stand: stand[n_controls] and the view's domains. */
void quo_scale_stand(const struct quo_scale *scale, enum quo_stand stand, unsigned char *control, unsigned char *domain);
/* Moves one domain. */
void quo_scale_move(const struct quo_scale *scale, int domain, enum quo_stand stand, unsigned char *control, unsigned char *domain_stand);
/* Evaluates `perils`. like: a run whose quorum is the same, to save its time; NULL: computed. caps: whether caps are wanted. */
enum quo_status quo_scale_run(const struct quo_scale *scale, const struct quo_protocol *protocol, const struct quo_exponents *exponents,
                              const unsigned char *control, const unsigned char *domain, quo_peril_set perils, const struct quo_run *like,
                              bool caps, struct quo_quorum_set *work, struct quo_run *out);
/* frequency x severity x duration of a run, raw. */
double quo_scale_raw_loss(const struct quo_run *run, int peril);
/* The market's means, with the controls that are not applicable here out of the market too. */
enum quo_status quo_scale_means(const struct quo_scale *scale, const struct quo_exponents *exponents, struct quo_scale_mean mean[QUO_PERILS]);
#endif
