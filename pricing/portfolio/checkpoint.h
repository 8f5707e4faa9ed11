/* pricing/portfolio/checkpoint.h -- how far a simulation has come, in a file: the years' amounts and the sums so far.
 *
 * The file belongs to one run: its key is a hash of the book as it is simulated, of treaties, seed and years. It appears whole or not at all,
 * and ends with the hash of what stands before, so that damage is seen. Numbers are as this machine has them. Any number of threads and
 * ranks goes on from it, since sums are of whole numbers. Inside of the portfolio. */
#ifndef QUO_CHECKPOINT_H
#define QUO_CHECKPOINT_H

#include "pricing/portfolio/portfolio.h"
#include "pricing/portfolio/tally.h"

struct quo_checkpoint {
    const char *path;
    const struct quo_shocks *shocks;
    const struct quo_portfolio_options *options;
    int64_t **column; /* column[n_columns][years] */
    size_t n_columns;
    struct quo_tally *tally;
    struct quo_treaty_sums *ceded; /* ceded[treaties]; NULL: none */
    uint64_t done;                 /* years */
};

/* All ranks must simulate one book from one year on. QUO_REFUSED, told, in those that stand elsewhere than rank 0. */
enum quo_status quo_checkpoint_agree(const struct quo_checkpoint *state, struct quo_faults *faults);
enum quo_status quo_checkpoint_save(const struct quo_checkpoint *state, struct quo_faults *faults);
/* Fills what the state points to. A file that is not there leaves it at year 0; QUO_REFUSED, told: another run's, or damaged. */
enum quo_status quo_checkpoint_load(struct quo_checkpoint *state, struct quo_faults *faults);
#endif
