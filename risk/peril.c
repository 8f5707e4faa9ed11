#include "risk/peril.h"

#include <string.h>

static const struct {
    const char *id, *title;
    enum quo_peril_group group;
} perils[QUO_PERILS] = {
    {"key_compromise", "private keys stolen or leaked", QUO_GROUP_INFRASTRUCTURE},
    {"signer_social_engineering", "signers tricked into approving", QUO_GROUP_INFRASTRUCTURE},
    {"governance_capture", "voting power bought, borrowed or colluded", QUO_GROUP_INFRASTRUCTURE},
    {"admin_abuse", "a privileged function used without limits", QUO_GROUP_INFRASTRUCTURE},
    {"bridge_validation", "a message or proof accepted that should not be", QUO_GROUP_INFRASTRUCTURE},
    {"vendor_infrastructure", "cloud, RPC, DNS, front end, custody vendor", QUO_GROUP_INFRASTRUCTURE},
    {"key_loss", "fewer keys than the threshold remain", QUO_GROUP_INFRASTRUCTURE},
    {"service_outage", "withdrawals, bridge or custody stand still", QUO_GROUP_INFRASTRUCTURE},
    {"oracle_price_manipulation", "a price feed is moved", QUO_GROUP_MARKET},
    {"code_bug", "the contract itself is exploited", QUO_GROUP_CODE},
    {"insider_rug", "fraud by the insured", QUO_GROUP_NONE},
};
static const char *const ids[QUO_PERILS] = {
    "key_compromise",        "signer_social_engineering", "governance_capture", "admin_abuse",
    "bridge_validation",     "vendor_infrastructure",     "key_loss",           "service_outage",
    "oracle_price_manipulation", "code_bug",              "insider_rug",
};
static const char *const groups[] = {"infrastructure", "market", "code", "none"};

const char *quo_peril_id(enum quo_peril peril) { return (unsigned)peril < QUO_PERILS ? perils[peril].id : "?"; }

const char *quo_peril_title(enum quo_peril peril) { return (unsigned)peril < QUO_PERILS ? perils[peril].title : "?"; }

const char *const *quo_peril_ids(void) { return ids; }

bool quo_peril_by_id(const char *id, enum quo_peril *out)
{
    for (int p = 0; p < QUO_PERILS; p++)
        if (strcmp(id, perils[p].id) == 0) {
            *out = (enum quo_peril)p;
            return true;
        }
    return false;
}

enum quo_peril_group quo_peril_group_of(enum quo_peril peril)
{
    return (unsigned)peril < QUO_PERILS ? perils[peril].group : QUO_GROUP_NONE;
}

const char *quo_peril_group_id(enum quo_peril_group group) { return (unsigned)group <= QUO_GROUP_NONE ? groups[group] : "?"; }

bool quo_peril_in_hours(enum quo_peril peril) { return peril == QUO_SERVICE_OUTAGE; }

quo_peril_set quo_peril_set_of(const char *id_or_group)
{
    enum quo_peril one;
    if (quo_peril_by_id(id_or_group, &one))
        return (quo_peril_set)1 << one;
    quo_peril_set set = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (strcmp(id_or_group, "all") == 0 || strcmp(id_or_group, groups[perils[p].group]) == 0)
            set |= (quo_peril_set)1 << p;
    return set;
}
