/* risk/peril.h -- what goes wrong: the perils, their groups, and the index each is measured by. */
#ifndef QUO_PERIL_H
#define QUO_PERIL_H

#include <stdbool.h>
#include <stdint.h>

enum quo_peril {
    QUO_KEY_COMPROMISE,
    QUO_SIGNER_SOCIAL_ENGINEERING,
    QUO_GOVERNANCE_CAPTURE,
    QUO_ADMIN_ABUSE,
    QUO_BRIDGE_VALIDATION,
    QUO_VENDOR_INFRASTRUCTURE,
    QUO_KEY_LOSS,
    QUO_SERVICE_OUTAGE,
    QUO_ORACLE_PRICE_MANIPULATION,
    QUO_CODE_BUG,
    QUO_INSIDER_RUG, /* fraud by the insured: read, counted, never covered */
    QUO_PERILS
};
#define QUO_COVERED_PERILS QUO_INSIDER_RUG /* the perils before it can be covered */

enum quo_peril_group { QUO_GROUP_INFRASTRUCTURE, QUO_GROUP_MARKET, QUO_GROUP_CODE, QUO_GROUP_NONE };

/* A set of perils: bit 1 << peril. */
typedef uint32_t quo_peril_set;

const char *quo_peril_id(enum quo_peril peril); /* "key_compromise" */
/* All ids in order, for the nearest-name hint. */
const char *const *quo_peril_ids(void);
bool quo_peril_by_id(const char *id, enum quo_peril *out);
enum quo_peril_group quo_peril_group_of(enum quo_peril peril);
/* Whether its index is hours (service_outage) and not money. */
bool quo_peril_in_hours(enum quo_peril peril);
/* Accepts a peril id or a group id ("infrastructure", "code", "market", "all"); 0 if neither. */
quo_peril_set quo_peril_set_of(const char *id_or_group);
#endif
