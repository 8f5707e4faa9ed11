/* pricing/whatif/setperil.h -- each peril under each set of the changes that reach it: rate, loss law, payout, spectrum.  [methods: sets]
 *
 * Inside of setlaw.h. What is handed out belongs to the states and lives until they are tidied. */
#ifndef QUO_SETPERIL_H
#define QUO_SETPERIL_H

#include <complex.h>

#include "pricing/policylaw.h"
#include "pricing/whatif/setgrid.h"
#include "pricing/whatif/setparts.h"
#include "risk/controls/scale.h"

/* What one event of a loss law pays under the cover of its peril; many states share one. */
struct quo_setpayout {
    uint64_t serial;              /* never given twice; 0: not made */
    double seen, pays;            /* share of events that are seen; of those, that pay */
    double kept, secondary_ratio; /* that it was made with */
    double *spectrum;             /* two rows (setgrid.h): frequencies of the payout less 1; owned */
};

struct quo_setperil {
    double rate, base;          /* events in the term, before own experience; the same of a protocol whose relativity is 1 */
    double secondary, recovery; /* relativities */
    double size;                /* of the count; INFINITY: Poisson */
    double annual_sublimit;     /* of its cover */
    struct quo_loss loss;
    const struct quo_losstable *table; /* NULL where it is not covered */
    struct quo_setpayout *payout;      /* NULL: not asked for yet */
    double mean_loss;                  /* NaN: not asked for yet */
};

struct quo_setstates;
enum quo_status quo_setstates_new(const struct quo_engine *engine, struct quo_setparts *parts,
                                  struct quo_setstates **out);
void quo_setstates_free(struct quo_setstates *states);
/* What one protocol faces under these changes, own experience in it: hazard[QUO_PERILS], mean losses left at 0. */
enum quo_status quo_setstates_hazard(struct quo_setstates *states, uint64_t changes, struct quo_hazard *hazard);
/* From here on for this frame and its grid: all else is forgotten. */
void quo_setstates_frame(struct quo_setstates *states, const struct quo_policy *frame, const struct quo_setgrid *grid);
/* Forgets what it holds if it is much. */
void quo_setstates_tidy(struct quo_setstates *states);
/* state[QUO_PERILS]: NULL for perils that the frame's price does not hang on, unless all in money are asked for; the factor of own experience
 * on those in money. */
enum quo_status quo_setstates_get(struct quo_setstates *states, uint64_t changes, bool all_money,
                                  struct quo_setperil **state, double *experience);
/* One peril, which the model holds. */
enum quo_status quo_setstates_one(struct quo_setstates *states, enum quo_peril peril, uint64_t changes,
                                  struct quo_setperil **state);
/* USD or hours. */
enum quo_status quo_setstates_mean(struct quo_setstates *states, struct quo_setperil *state, double *mean);
/* The perils' weights in the overall score under a frame. */
void quo_setstates_weights(const struct quo_setstates *states, const struct quo_policy *frame, double weight[QUO_PERILS]);
/* ln of a peril's expected loss at that stand, against the market's: what scores are made of. */
enum quo_status quo_setstates_log(struct quo_setstates *states, enum quo_peril peril, uint64_t changes, enum quo_stand stand, double *log_loss);
/* The overall score. weight[QUO_PERILS]: the perils' in it. */
enum quo_status quo_setstates_score(struct quo_setstates *states, uint64_t changes, const double *weight,
                                    double *score);
/* Makes the payout under `in`, of which cover, kept and secondary_ratio are filled in, if it is not there. */
enum quo_status quo_setstates_payout(struct quo_setstates *states, enum quo_peril peril, struct quo_setperil *state,
                                     struct quo_cover_input *in);
/* One peril of a cover's year. extra: events besides, Poisson and not cut. */
struct quo_setline {
    enum quo_peril peril;
    const struct quo_setperil *state;
    double rate, extra;
    const double complex *factor; /* out */
};
/* Puts what the perils' events do to the frequencies of the year into the exponent; or, where they are cut at an annual sublimit or
 * vary much, into line->factor, which is NULL else and lives until the next call. */
enum quo_status quo_setstates_year(struct quo_setstates *states, struct quo_setline *line, size_t n, double *exponent);
#endif
