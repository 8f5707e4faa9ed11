/* risk/controls/quorum.h -- the signer sets of a protocol, written out or implied by the answers, as rates.     [methods: quorum]
 *
 * A set that is not written out is implied: m of n by SD-01 (verifiers of a bridge: BR-01), keys by KM-02, and one common cause
 * that takes all at beta times a key's rate, beta by SD-02 and SD-03 (BR-01 and BR-02). Signers whose `groups` are not written out
 * share that common cause too. Inside of the score. */
#ifndef QUO_QUORUM_H
#define QUO_QUORUM_H

#include "risk/controls/inputs.h"
#include "risk/controls/signers.h"

/* Rates a year. */
struct quo_quorum_rates {
    double compromise;  /* breach rate of the quorum */
    double vendor, own; /* of it, what vendors' events start; the rest */
    double deceived;
    double key_loss;
};

/* A set as the signer mechanism takes it: set.member and set.group point into this; its memory grows and is kept for the next. */
struct quo_quorum_set {
    struct quo_signers set;
    struct quo_signers_member *member;
    struct quo_signers_group *group;
    int *group_index;
    size_t member_room, group_room, index_room;
};
void quo_quorum_free(struct quo_quorum_set *work);

/* A group's numbers: the protocol's own, else its kind's. */
struct quo_signers_group quo_quorum_group(const struct quo_catalogue *catalogue, const struct quo_protocol *protocol, const char *name);

/* The set as it is written out. set NULL: the implied one (verifiers: of a bridge), level: of the threshold's claim. QUO_MACHINE without
 * memory. */
enum quo_status quo_quorum_build(const struct quo_view *view, const struct quo_signer_set *set, bool verifiers,
                                 int level, struct quo_quorum_set *work);
/* All sets of a protocol, by what falls with them: sums of reach_share x rate, the unmodelled rate on top. Of a domain that stands at its worst
 * or best (SD signers, BR verifiers) nothing is written out: one implied set, on the keys that there are, reaches everything. One event is one peril's: of
 * a set that holds keys, what vendors start is `vendor`, or `messages` if it attests messages too; the rest is `keys`. What signers
 * share without a word on it is no vendor's. */
struct quo_quorum {
    double keys;     /* sets that move, mint or upgrade; else an implied one */
    double vendor;   /* the same, started by a vendor; vendor_base_rate on top, for what does not go through signers */
    double admin;    /* sets that mint, upgrade or configure: insiders, whatever starts it */
    double deceived; /* sets that move, mint, upgrade or configure */
    double messages; /* sets that attest messages; 0 where the protocol is no bridge */
    double key_loss; /* all of these */
};
enum quo_status quo_quorum_all(const struct quo_view *view, struct quo_quorum_set *work, struct quo_quorum *out);
/* Chance that a campaign shows all signers the same false picture. */
double quo_quorum_spoof_share(const struct quo_view *view);
#endif
