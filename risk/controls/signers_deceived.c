/* What makes a set impossible, and how often its signers are deceived. */
#include <math.h>

#include "risk/controls/kofn.h"
#include "risk/controls/signers.h"

static bool rate_ok(double rate) { return rate >= 0.0 && rate <= QUO_SIGNERS_RATE_MAX; }
static bool share_ok(double share) { return share >= 0.0 && share <= 1.0; }

const char *quo_signers_invalid(const struct quo_signers *set)
{
    if (set->n < 1 || set->n > QUO_SIGNERS_MAX)
        return "the number of signers is not in 1..256";
    if (set->threshold < 1 || (size_t)set->threshold > set->n)
        return "the threshold is not in 1..number of signers";
    if (!(set->dwell_years >= 0.0) || isinf(set->dwell_years) || !(set->loss_dwell_years >= 0.0) ||
        isinf(set->loss_dwell_years))
        return "a dwell time is negative or not a number of years";
    for (size_t g = 0; g < set->n_groups; g++) {
        const struct quo_signers_group *group = &set->group[g];
        if (!rate_ok(group->shock_rate) || !rate_ok(group->loss_shock_rate))
            return "a shock rate is not in 0..1e9 a year";
        if (!share_ok(group->lethality) || !share_ok(group->loss_lethality))
            return "a lethality is not in 0..1";
    }
    for (size_t j = 0; j < set->n; j++) {
        const struct quo_signers_member *member = &set->member[j];
        if (!rate_ok(member->compromise_rate) || !rate_ok(member->loss_rate))
            return "a signer's rate is not in 0..1e9 a year";
        if (member->n_groups > QUO_SIGNERS_GROUPS_MAX)
            return "a signer is in more than 256 groups";
        for (size_t i = 0; i < member->n_groups; i++) {
            if (member->group[i] < 0 || (size_t)member->group[i] >= set->n_groups)
                return "a signer names a group that does not exist";
            for (size_t k = 0; k < i; k++)
                if (member->group[k] == member->group[i])
                    return "a signer is twice in the same group";
        }
    }
    return NULL;
}

double quo_signers_deceived_rate(const struct quo_signers *set, double campaigns, double shared_interface)
{
    if (quo_signers_invalid(set) || !rate_ok(campaigns) || !share_ok(shared_interface))
        return NAN;
    double alone[QUO_SIGNERS_MAX], spoofed[QUO_SIGNERS_MAX];
    for (size_t j = 0; j < set->n; j++) {
        alone[j] = set->member[j].approves;
        spoofed[j] = set->member[j].approves_spoofed;
        if (!share_ok(alone[j]) || !share_ok(spoofed[j]))
            return NAN;
    }
    return campaigns * ((1.0 - shared_interface) * quo_kofn_tail(alone, set->n, set->threshold) +
                        shared_interface * quo_kofn_tail(spoofed, set->n, set->threshold));
}
