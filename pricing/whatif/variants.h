/* pricing/whatif/variants.h -- a base policy and the changes on offer: the policy under any set of them.
 *
 * The base is read once and stays as it was; each variant is a copy of its tree with the settings changed, in the order of the changes, judged
 * by the same reader as the base. */
#ifndef QUO_VARIANTS_H
#define QUO_VARIANTS_H

#include "policies/plan.h"
#include "policies/policy.h"
#include "pricing/whatif/subset.h"

struct quo_variants {
    const struct quo_catalogue *catalogue; /* not owned */
    struct quo_config *config;             /* the base as it was read; owned; never read by a reader */
    struct quo_plan *plan;                 /* owned; settings below `policy` */
    size_t n;                              /* changes */
};

/* Takes the plan over (also on failure). policy_path: "-" is standard input. plan_name: the plan's file for faults, NULL where changes come from
 * the command line. Told, with the change's place: a path that does not exist, a value the reader refuses, changes that contradict
 * each other, more than QUO_SUBSET_MAX of them. Faults of the base itself come first, and alone. */
enum quo_status quo_variants_new(const char *policy_path, const struct quo_catalogue *catalogue, struct quo_plan *plan,
                                 const char *plan_name, struct quo_variants **out, struct quo_faults *faults);
void quo_variants_free(struct quo_variants *variants);
/* Other changes on the same base, the plan taken over: alternatives, each meant for itself, which nobody has judged yet. */
void quo_variants_replace(struct quo_variants *variants, struct quo_plan *plan);
/* The policy under these changes; the caller frees it. QUO_REFUSED where they cannot stand together; the faults (may be NULL) say why. */
enum quo_status quo_variants_policy(const struct quo_variants *variants, struct quo_subset changes,
                                    struct quo_policy **out, struct quo_faults *faults);
#endif
