/* pricing/portfolio/dependence.h -- how failures of different protocols hang together: shares and rates, none of which moves a single
 * policy's own law.                                                                               [methods: dependence]
 *
 * A peril's rate at a protocol splits into own, vendor and campaign parts that add up to it. Signers' groups need no number here: their
 * shocks are those of the signer model. Every default is a judgement unless docs/methods says otherwise. */
#ifndef QUO_DEPENDENCE_H
#define QUO_DEPENDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"
#include "risk/peril.h"

/* What a declared dependency of that kind ("cloud", "rpc", "oracle", "chain" ...) does to one peril. */
struct quo_dependence_link {
    char kind[32];
    enum quo_peril peril;
    double
        shock_rate; /* failures of one such vendor a year that can reach its customers; NaN: the catalogue's for that kind */
    double share; /* of the peril's rate that comes through vendors of this kind, 0..1, shared out over those named */
};
#define QUO_DEPENDENCE_LINKS 64

struct quo_dependence {
    struct quo_dependence_link link[QUO_DEPENDENCE_LINKS];
    size_t n_links;
    double highest_chance;             /* that one shock takes one protocol: shares are cut there */
    double campaigns;                  /* a year, over the whole market */
    double campaign_shape;             /* of the gamma intensity of a campaign, mean 1: the smaller, the wilder */
    double campaign_share[QUO_PERILS]; /* of a peril's rate; NaN: the share that the model attributes to states */
    double campaign_part;              /* of the attributed share that comes in campaigns rather than single strikes */
    double size_correlation;           /* of the normal scores of losses that one shock or campaign causes */
    double outage_correlation;         /* the same for hours */
    double
        contagion; /* chance that a loss reaches a lender, for each unit of its exposure that the collateral makes up */
    double bridge_contagion; /* chance that a forged bridge takes a protocol that depends on it */
    bool every_loss; /* not of the file: losses that pay nobody are drawn too, for an index of the market's losses */
};

void quo_dependence_init(struct quo_dependence *dependence);
/* Settings of `dependence = {...}` in place of the defaults. */
enum quo_status quo_dependence_load(const char *path, struct quo_dependence *dependence, struct quo_faults *faults);
#endif
