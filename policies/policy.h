/* policies/policy.h -- one policy: who, which covers, which triggers, which limits, and the terms it is priced at.
 * libconfig `policy = {...}` (docs/formats.md; fixtures/examples/bridge.policy.cfg). The struct owns all its text. */
#ifndef QUO_POLICY_H
#define QUO_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include "policies/clauses.h"
#include "policies/cover.h"
#include "policies/payout.h"
#include "policies/terms.h"
#include "policies/trigger.h"
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/controls/catalogue.h"
#include "risk/controls/protocol.h"
#include "risk/peril.h"

#define QUO_INCEPTION_FIRST 14247 /* 2009-01-03, the first block of Bitcoin: before it there was nothing of the kind */
#define QUO_TERM_DAYS_MAX 3653 /* ten years: beyond it no fitted rate speaks */

#define QUO_POLICY_WINDOWS_MAX 3653 /* of an index of the market's loss in one term: days */

struct quo_policy {
    char *id, *insured, *currency;
    double
        usd_per_unit; /* value of one unit of the currency: limits and premiums are in the currency, exposure and losses in
                          * USD; 1 for USD */
    int inception;    /* day */
    int term_days;
    struct quo_protocol *protocol;
    struct quo_cover *cover;
    size_t n_covers;
    double annual_limit; /* over all covers; INFINITY: none */
    struct quo_clauses clauses;
    struct quo_terms terms;
    int line;
};

void quo_policy_free(struct quo_policy *policy);
enum quo_status quo_policy_load(const char *path, const struct quo_catalogue *catalogue, struct quo_policy **out,
                                struct quo_faults *faults);
/* From an opened config (what-if changes it first). Calls quo_config_finish. `faults` is the config's own collection. */
enum quo_status quo_policy_read(struct quo_config *config, const struct quo_catalogue *catalogue,
                                struct quo_policy **out, struct quo_faults *faults);
#endif
