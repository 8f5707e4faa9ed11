#include "pricing/perilpayout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "pricing/payoutlaw.h"

/* The index with the trigger's error, and without. The rule is kept beside them. */
struct quo_perilindex {
    struct quo_indexlaw_rule rule;
    struct quo_indexlaw law[2];
    mtx_t lock; /* to ask a grid is to fold it: one thread at a time */
};

void quo_perilpayout_index_free(struct quo_perilindex *pair)
{
    if (!pair)
        return;
    quo_indexlaw_free(&pair->law[0]);
    quo_indexlaw_free(&pair->law[1]);
    mtx_destroy(&pair->lock);
    free(pair);
}

static enum quo_status pair_of(const struct quo_perilpayout_terms *t, const struct quo_curve *curve,
                               const struct quo_indexlaw *like, struct quo_perilindex **out)
{
    struct quo_perilindex *pair = calloc(1, sizeof *pair);
    if (pair && mtx_init(&pair->lock, mtx_plain) != thrd_success) {
        free(pair);
        pair = NULL;
    }
    enum quo_status status = pair ? QUO_OK : QUO_MACHINE;
    if (pair && t->error > 0.0 && t->error < QUO_INDEXGRID_ERROR_MIN)
        pair->rule = quo_indexlaw_rule(t->rule->n);
    else if (pair)
        pair->rule.n = t->rule->n; /* nobody looks at its nodes */
    for (int exact = 0; exact < 2 && status == QUO_OK; exact++)
        status = quo_indexlaw_new(curve, exact ? 0.0 : t->error, t->scale, &pair->rule, like, &pair->law[exact]);
    if (status) {
        quo_perilpayout_index_free(pair);
        pair = NULL;
    }
    *out = pair;
    return status;
}

enum quo_status quo_perilpayout_index(const struct quo_perilpayout_terms *t, const struct quo_losstable *table,
                                      enum quo_peril peril, const struct quo_indexlaw *like, struct quo_perilindex **out)
{
    const struct quo_curve curve = quo_curve_of(table, peril);
    return pair_of(t, &curve, like, out);
}

/* An index without error is the loss: the chances of its jumps are known, not read off a table. */
static void exact_jumps(const struct quo_loss *loss, double scale, struct quo_payoutlaw *law)
{
    for (size_t i = 0; i < law->n_pieces && law->index->error == 0.0; i++)
        if (law->piece[i].x1 <= law->piece[i].x0)
            law->jump[i] = quo_loss_Q_from(law->piece[i].x0 * scale, loss);
}

/* loss: NULL where the index is of no peril's loss. */
static enum quo_status make_payout(const struct quo_perilpayout_terms *t, const struct quo_loss *loss,
                                   const struct quo_perilindex *pair, struct quo_perilpayout *out)
{
    enum quo_status status = QUO_OK;
    for (int exact = 0; exact < 2 && status == QUO_OK; exact++) {
        const struct quo_indexlaw *index = &pair->law[exact];
        struct quo_payoutlaw law;
        quo_payoutlaw_init(&law, index, exact ? t->piece_true : t->piece, exact ? t->n_pieces_true : t->n_pieces, &status);
        if (loss)
            exact_jumps(loss, t->scale, &law);
        quo_payoutlaw_lev(&t->limit, 1, exact ? &out->mean_true : &out->mean, &law);
        if (status == QUO_OK && !exact) {
            const size_t cells = (size_t)fmax(1.0, ceil(t->limit / t->step - 1e-9));
            out->pays = loss && index->error == 0.0 && law.n_pieces > 0
                            ? quo_loss_Q_from(law.piece[0].x0 * t->scale, loss)
                            : quo_payoutlaw_pays(&law);
            const enum quo_status made =
                quo_lattice_discretise(quo_payoutlaw_lev, &law, t->step * (double)cells, cells, &out->payout);
            status = status ? status : made;
        }
    }
    return status;
}

enum quo_status quo_perilpayout_of(const struct quo_perilpayout_terms *terms, const struct quo_curve *curve,
                                   struct quo_perilpayout *out)
{
    struct quo_perilindex *pair;
    memset(out, 0, sizeof *out);
    enum quo_status status = pair_of(terms, curve, NULL, &pair);
    if (status == QUO_OK)
        status = make_payout(terms, NULL, pair, out);
    quo_perilpayout_index_free(pair);
    return status;
}

enum quo_status quo_perilpayout_from(const struct quo_perilpayout_terms *terms, struct quo_perilindex *index,
                                     struct quo_perilpayout *out)
{
    mtx_lock(&index->lock);
    const enum quo_status status = make_payout(terms, terms->loss, index, out);
    mtx_unlock(&index->lock);
    return status;
}

const struct quo_indexlaw *quo_perilpayout_with_error(const struct quo_perilindex *index) { return &index->law[0]; }
