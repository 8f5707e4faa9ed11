#include "risk/peril.h"

#include <string.h>

static const enum quo_peril_group group_of[QUO_PERILS] = {
    [QUO_ORACLE_PRICE_MANIPULATION] = QUO_GROUP_MARKET,
    [QUO_CODE_BUG] = QUO_GROUP_CODE,
    [QUO_INSIDER_RUG] = QUO_GROUP_NONE, /* all others: infrastructure, which is 0 */
};
static const char *const ids[QUO_PERILS] = {
    "key_compromise",
    "signer_social_engineering",
    "governance_capture",
    "admin_abuse",
    "bridge_validation",
    "vendor_infrastructure",
    "key_loss",
    "service_outage",
    "oracle_price_manipulation",
    "code_bug",
    "insider_rug",
};
static const char *const groups[] = {"infrastructure", "market", "code", "none"};

const char *quo_peril_id(enum quo_peril peril) { return (unsigned)peril < QUO_PERILS ? ids[peril] : "?"; }

const char *const *quo_peril_ids(void) { return ids; }

bool quo_peril_by_id(const char *id, enum quo_peril *out)
{
    for (int p = 0; p < QUO_PERILS; p++)
        if (strcmp(id, ids[p]) == 0) {
            *out = (enum quo_peril)p;
            return true;
        }
    return false;
}

enum quo_peril_group quo_peril_group_of(enum quo_peril peril)
{
    return (unsigned)peril < QUO_PERILS ? group_of[peril] : QUO_GROUP_NONE;
}

bool quo_peril_in_hours(enum quo_peril peril) { return peril == QUO_SERVICE_OUTAGE; }

quo_peril_set quo_peril_set_of(const char *id_or_group)
{
    enum quo_peril one;
    if (quo_peril_by_id(id_or_group, &one))
        return (quo_peril_set)1 << one;
    quo_peril_set set = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (strcmp(id_or_group, "all") == 0 || strcmp(id_or_group, groups[group_of[p]]) == 0)
            set |= (quo_peril_set)1 << p;
    return set;
}
