/* policies/cover.h -- one cover of a policy: perils, trigger, payout, limits. */
#ifndef QUO_COVER_H
#define QUO_COVER_H

#include <stddef.h>
#include "policies/payout.h"
#include "policies/trigger.h"
#include "risk/base/config.h"
#include "risk/peril.h"

/* The most a limit, a deductible or a premium can be: above it a number is a slip, and cents no longer fit a double. */
#define QUO_LIMIT_MAX 1e13
#define QUO_REINSTATEMENTS_MAX 100

struct quo_sublimit {
    enum quo_peril peril;
    double event_limit, annual_limit; /* INFINITY: none */
};

struct quo_cover {
    char *id;
    quo_peril_set perils;
    struct quo_trigger trigger;
    struct quo_payout payout;
    double event_limit;
    double
        annual_limit; /* the lesser of what is said and what event limit and reinstatements give; INFINITY: neither */
    double annual_deductible; /* 0: none */
    double event_deductible;
    int reinstatements;           /* -1: not said (then only the annual limit counts) */
    double reinstatement_premium; /* share of the original premium for each, 0..; default 1 */
    struct quo_sublimit *sublimit;
    size_t n_sublimits;
    int line;
};

/* Reads one element of `covers`. Faults go to the config's collection. False where memory ran out. The cover's contents
 * belong to the caller either way (quo_cover_clear). */
bool quo_cover_read(const struct quo_setting *group, struct quo_cover *cover);
void quo_cover_clear(struct quo_cover *cover);
#endif
