/* pricing/explain/design.h -- the curve that a designer of a trigger needs: price and basis risk over attachment points.
 *
 * The whole payout of one cover is moved along its index: every threshold times a factor, everything else as it is. For each place the
 * cover's own basis risk and expected payout, and the gross premium of the whole policy.                 [methods: design] */
#ifndef QUO_DESIGN_H
#define QUO_DESIGN_H

#include "pricing/quote.h"

#define QUO_DESIGN_POINTS 13

struct quo_design_point {
    double factor;               /* on every threshold; 1: the policy as it stands */
    double attach;               /* least index that is paid, in the index's unit */
    double expected_payout;      /* of this cover in the term, its annual terms applied */
    double payout_probability;   /* of this cover in the term */
    double gross_premium;        /* of the whole policy; the uncertainty load in proportion to the pure premium */
    struct quo_basis_risk basis; /* of this cover; not known for hours and for yes or no */
};

struct quo_design {
    size_t n;
    struct quo_design_point point[QUO_DESIGN_POINTS]; /* ascending; places outside the index's range are left out */
};

/* Whether the cover has thresholds to move (a yes-or-no index has none). */
bool quo_design_movable(const struct quo_cover *cover);
/* The cover with its thresholds times the factor; false where that leaves the index's range. Shares its texts with the original. */
bool quo_design_move(const struct quo_cover *cover, double factor, struct quo_cover *out);
/* cover: index in the policy. QUO_DOMAIN where it is not movable. */
enum quo_status quo_design_of(const struct quo_quote *quote, size_t cover, struct quo_design *out);
#endif
