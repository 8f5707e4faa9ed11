/* pricing/whatif/adoption.h -- a plan's change as many different protocols adopt it.
 *
 * What one protocol would set outright, a market adopts at least: a level, a grade of evidence or a delay that is higher already stays; a threshold in
 * per cent ("60%") is that share of the signers, rounded up, and is never lowered; a storage replaces only what is taken more often by
 * the catalogue's rates. '*' in a path stands for every element of the list there (signer sets, signers, delays, caps). */
#ifndef QUO_ADOPTION_H
#define QUO_ADOPTION_H

#include "policies/plan.h"
#include "risk/controls/protocol.h"

/* The settings of the change that make a difference to this protocol, as arguments of quo_config_set below what `paths` of the plan
 * are below: set[n]; the caller frees with quo_adoption_free. */
struct quo_adoption {
    struct quo_plan_setting *set;
    size_t n;
};
enum quo_status quo_adoption_of(const struct quo_change *change, const struct quo_protocol *protocol,
                                const struct quo_catalogue *catalogue, struct quo_adoption *out);
void quo_adoption_free(struct quo_adoption *adoption); /* the contents */
/* The protocol as the text of a libconfig file, `protocol = {...}`: answers, one or more signer sets, vendors; what a row of a book's table
 * can say. NULL without memory; the caller frees. */
char *quo_adoption_text(const struct quo_protocol *protocol, const struct quo_catalogue *catalogue);
#endif
