/* risk/controls/signers.h -- m-of-n signers with common causes: how often a quorum falls, is lost, or is deceived.
 *
 * A signer's key is compromised by its own events (compromise_rate a year) and by shocks to the groups it belongs to (shock_rate a
 * year; each member falls with probability `lethality`). A compromised key stays usable for dwell_years. Groups may overlap. The
 * rate at which the m-th key falls, with K ~ Poisson-binomial(pi):                                  [methods: signers]
 *
 *   pi_j  = 1 - exp(-tau (h_j + sum_{g has j} s_g q_g))
 *   omega = sum_j h_j (1 - pi_j) P[K without j = m - 1] + sum_g s_g P[a shock to g carries K from below m to m or above]
 *
 * All functions are pure, allocate nothing, and return NaN for an impossible set (quo_signers_invalid says why).
 * Relative error below 1e-11, however small the result: sums of positive terms only. */
#ifndef QUO_SIGNERS_H
#define QUO_SIGNERS_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/controls/protocol.h" /* QUO_SIGNERS_MAX */

#define QUO_SIGNERS_GROUPS_MAX 256 /* of one signer */
#define QUO_SIGNERS_RATE_MAX 1e9   /* a year */

struct quo_signers_member {
    double compromise_rate; /* own, a year: h_j */
    double loss_rate;       /* own, a year: l_j */
    double approves,
        approves_spoofed; /* chance to approve a deceptive request, alone and when all see a spoofed page */
    const int *group;     /* group[n_groups], indices, each at most once; the caller's */
    size_t n_groups;
    bool vendor; /* its own events are a vendor's doing (a cloud account): it only sorts the breach rate */
};

struct quo_signers_group {
    double shock_rate, lethality;           /* a year; 0..1 */
    double loss_shock_rate, loss_lethality; /* the same for losing keys */
    bool vendor;                            /* its shocks are a vendor's: it only sorts the breach rate */
};

struct quo_signers {
    int threshold; /* m: 1..n */
    size_t n;      /* 1..QUO_SIGNERS_MAX */
    const struct quo_signers_member *member;
    size_t n_groups;
    const struct quo_signers_group *group;
    double dwell_years;      /* how long a stolen key stays usable, >= 0 */
    double loss_dwell_years; /* how long a lost key goes unreplaced, >= 0 */
};

/* NULL if the set is possible, else what is wrong, in words. */
const char *quo_signers_invalid(const struct quo_signers *set);

double quo_signers_compromise_rate(const struct quo_signers *set); /* omega, quorums fallen a year */
double quo_signers_down(const struct quo_signers *set);            /* P[K >= m] at a random time */
double quo_signers_key_loss_rate(const struct quo_signers *set);   /* the dual: n - m + 1 keys lost */
/* a [(1 - c) P(PB(d) >= m) + c P(PB(d') >= m)]: campaigns a year, share of them with a spoofed page for all. */
double quo_signers_deceived_rate(const struct quo_signers *set, double campaigns, double shared_interface);

/* For comparisons between sets (relativities): compromises a year after which m keys or more are in wrong hands, also those on
 * top of a quorum that had fallen already:
 *
 *   sum_j h_j P[K without j >= m - 1] + sum_g s_g P[the shock takes somebody, and K >= m after it]
 *
 * omega counts falls of quorums that stood, so it goes DOWN where keys are compromised nearly all the time (1-of-1: h exp(-tau h);
 * this: h). This one never falls with a rate, a shock, a lethality, a membership or the dwell time, and never rises with the
 * threshold; for rarely compromised keys the two agree. The second is the same for key loss. */
double quo_signers_breach_rate(const struct quo_signers *set);
double quo_signers_key_loss_breach_rate(const struct quo_signers *set);

/* The breach rate (loss: that of key loss) by what starts it: events of vendors, and all others; the two add up to it. group[n_groups],
 * if not NULL: the part that shocks of each group start. false, and NaN everywhere, for an impossible set. */
bool quo_signers_breach_parts(const struct quo_signers *set, bool loss, double *vendor, double *other, double *group);

/* Importance of each signer and each group: the rate of its events times Birnbaum's measure (d breach rate / d that rate), as
 * shares that add up to 1: what a cut of this rate by one per cent saves, against the same cut of the others. signer[n],
 * group[n_groups]; all 0 where no quorum can fall. false, and NaN everywhere, for an impossible set. */
bool quo_signers_importance(const struct quo_signers *set, double *signer, double *group);

/* One change to a set. */
enum quo_signers_change {
    QUO_SIGNERS_STAY,        /* nothing helps */
    QUO_SIGNERS_LEAVE_GROUP, /* `signer` out of `group` */
    QUO_SIGNERS_BETTER_KEY,  /* `signer` to a key of rate best_rate */
    QUO_SIGNERS_RAISE        /* threshold + 1 */
};
struct quo_signers_move {
    enum quo_signers_change change;
    size_t signer, group;
    double breach_rate, key_loss_breach_rate, compromise_rate, key_loss_rate; /* after it */
};
/* The single move that lowers the breach rate most; `moves` is a set of bits 1 << change. best_rate: own compromise rate of the best kind
 * of key. Ties go to the first in the order of the enum, then of the signers, then of the groups. */
struct quo_signers_move quo_signers_best_move(const struct quo_signers *set, double best_rate, unsigned moves);
#endif
