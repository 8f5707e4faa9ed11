/* pricing/premium/authority.h -- who may sign what: the rules that turn a price into quote, refer or decline, each with its
 * reason. libconfig `authority = {...}`; the shipped one is fixtures/authority/authority.cfg. Every number there is a judgement of
 * the underwriting house, not of the model.                                      [methods: decision] */
#ifndef QUO_AUTHORITY_H
#define QUO_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/config.h"
#include "risk/base/faults.h"

enum quo_decision { QUO_DECISION_QUOTE, QUO_DECISION_REFER, QUO_DECISION_DECLINE };
const char *quo_decision_id(enum quo_decision decision);

#define QUO_AUTHORITY_KINDS 4 /* vendor, organisation, bridge, chain */

/* A rule that the file leaves out is NaN, which no number lies beyond. */
struct quo_authority {
    char *id;
    double refer_limit, decline_limit;               /* annual limit, money */
    double refer_exposure_share;                     /* annual limit over exposure */
    double refer_score, decline_score;               /* overall score below */
    double refer_rate_on_line, decline_rate_on_line; /* above */
    double refer_payout_probability;                 /* chance of a payout in the term, above */
    double refer_unknown_share;                      /* share of the controls without an answer, above */
    double refer_interval_ratio;                     /* p95 / p05 of the premium, above */
    double refer_exposure_low, refer_exposure_high;  /* outside: the model extrapolates */
    double refer_tail_index;                         /* xi of a covered peril's tail, above */
    double refer_adequacy, decline_adequacy;         /* offered / technical premium, below */
    double refer_age_days;                           /* inception beyond the end of the data, days */
    double refer_increase, refer_decrease;           /* of a premium against the one before, shares; INFINITY: no rule */
    double refer_accumulation[QUO_AUTHORITY_KINDS];  /* annual limits of a book behind one name, by kind; INFINITY: no rule */
};

void quo_authority_free(struct quo_authority *authority);
/* Reads and finishes the config (does not close it). */
enum quo_status quo_authority_read(struct quo_config *config, struct quo_authority **out, struct quo_faults *faults);

/* What the rules look at. NaN: not known, its rules pass. */
struct quo_authority_facts {
    double annual_limit, exposure, score, rate_on_line, payout_probability, unknown_share, interval_ratio, tail_index,
        adequacy, age_days, movement; /* movement: premium over the one before, less 1 */
};
struct quo_reasons {
    char **text; /* text[n] */
    size_t n;
    bool lost; /* memory ran out for one of them */
};
void quo_reasons_free(struct quo_reasons *reasons);
enum quo_status quo_reasons_add(struct quo_reasons *reasons, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The rules on a premium's movement alone: adds a reason where one is met, and says whether. */
bool quo_authority_refers_movement(const struct quo_authority *authority, double movement, struct quo_reasons *reasons);
/* The rule on what hangs on one name of that kind, USD of annual limits: adds a reason where it is passed, and says whether. */
bool quo_authority_refers_accumulation(const struct quo_authority *authority, const char *kind, const char *name,
                                       double limit, struct quo_reasons *reasons);
/* The decision by the rules alone; adds a reason for each that is met. */
enum quo_decision quo_authority_decide(const struct quo_authority *authority, const struct quo_authority_facts *facts,
                                       struct quo_reasons *reasons);
#endif
