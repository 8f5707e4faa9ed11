/* pricing/whatif/setparts.h -- the policy under any set of changes, put together from parts that were read once.
 *
 * A change goes to places: the answer to one control, one signer set, the delays, the caps; whatever else it touches (exposure, covers,
 * terms) is the frame. A place's content depends on the changes that go there and on the frame alone, so that each is read in as many
 * versions as those have sets, and any policy is a frame with its places filled: the policy that quo_variants_policy would read, at a
 * hundredth of its time. That a reader judges places one by one holds for every refusal of today's readers; warnings alone
 * look across places. Whoever relies on it compares some sets with quotes.                              [methods: sets] */
#ifndef QUO_SETPARTS_H
#define QUO_SETPARTS_H

#include "pricing/engine.h"
#include "pricing/whatif/variants.h"

#define QUO_SETPARTS_MAX 64 /* changes */

/* Which changes matter to what, as bits of a set. */
struct quo_setreach {
    uint64_t frame;             /* everything hangs on these */
    uint64_t peril[QUO_PERILS]; /* the relativity and loss law of a peril; the frame's among them */
    uint64_t quorum;            /* the signers' rates */
    /* What bounds tell apart (periltable.h): changes to the reliability of all answers; those that multiply a peril's rate by frequency
     * effects or through signers; those that move it in any other way. Of a peril's changes that are neither frame nor global each is in one of the two or in both. */
    uint64_t global, often[QUO_PERILS], rest[QUO_PERILS];
    uint64_t hits[QUO_PERILS]; /* of `often` those with frequency effects of their own; the others work through the signers alone */
};

struct quo_setparts;
/* QUO_REFUSED: more than QUO_SETPARTS_MAX changes. One a thread; the variants and the engine must outlive it. */
enum quo_status quo_setparts_new(const struct quo_engine *engine, const struct quo_variants *variants,
                                 struct quo_setparts **out);
void quo_setparts_free(struct quo_setparts *parts);
const struct quo_setreach *quo_setparts_reach(const struct quo_setparts *parts);
/* The policy under these changes, valid until the next call. Its texts and arrays belong to the parts. */
enum quo_status quo_setparts_policy(struct quo_setparts *parts, uint64_t changes, const struct quo_policy **out);
/* The frame alone: covers and terms under the frame's changes among these. Stays where it is; its protocol is as it was read. */
enum quo_status quo_setparts_frame(struct quo_setparts *parts, uint64_t changes, const struct quo_policy **out);
#endif
