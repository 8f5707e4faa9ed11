#include "risk/controls/moves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALL_PERILS (((quo_peril_set)1 << QUO_COVERED_PERILS) - 1)

struct trial {
    const struct quo_scale *scale;
    const struct quo_run *own;
    struct quo_scorelaw *law;
    const struct quo_scorelaw_loss *now; /* as it stands */
    struct quo_quorum_set *work;
    struct quo_run *run; /* room */
};

/* The least easily stolen kind of key that hangs on no account and no person; of equals the least easily lost. */
static const struct quo_storage *best_storage(const struct quo_catalogue *catalogue)
{
    const struct quo_storage *best = NULL;
    for (size_t i = 0; i < catalogue->n_storage; i++) {
        const struct quo_storage *s = &catalogue->storage[i];
        if (s->person || s->account)
            continue;
        if (!best || s->compromise_rate < best->compromise_rate ||
            (s->compromise_rate == best->compromise_rate && s->loss_rate < best->loss_rate))
            best = s;
    }
    return best;
}

/* The protocol with one signer, or the threshold, of one set changed; the copies belong to the caller. */
struct changed {
    struct quo_protocol protocol;
    struct quo_signer_set *set;
    struct quo_signer *signer;
    int *group;
};

static void changed_free(struct changed *c)
{
    free(c->set);
    free(c->signer);
    free(c->group);
}

static enum quo_status change(const struct quo_protocol *from, size_t s, const struct quo_set_move *move, char *storage,
                              struct changed *out)
{
    const struct quo_signer_set *set = &from->signer_set[s];
    *out = (struct changed){.protocol = *from};
    out->set = malloc(from->n_signer_sets * sizeof *out->set);
    out->signer = malloc(set->n_signers * sizeof *out->signer);
    out->group = malloc((set->signer[move->signer].n_groups + 1) * sizeof *out->group);
    if (!out->set || !out->signer || !out->group) {
        changed_free(out);
        return QUO_MACHINE;
    }
    memcpy(out->set, from->signer_set, from->n_signer_sets * sizeof *out->set);
    memcpy(out->signer, set->signer, set->n_signers * sizeof *out->signer);
    out->protocol.signer_set = out->set;
    out->set[s].signer = out->signer;
    struct quo_signer *one = &out->signer[move->signer];
    if (move->change == QUO_SIGNERS_RAISE)
        out->set[s].threshold++;
    if (move->change == QUO_SIGNERS_BETTER_KEY) {
        one->storage = storage;
        one->compromise_rate = one->loss_rate = NAN;
    }
    if (move->change == QUO_SIGNERS_LEAVE_GROUP) {
        size_t kept = 0;
        for (size_t i = 0; i < one->n_groups; i++)
            if ((size_t)one->group[i] != move->group)
                out->group[kept++] = one->group[i];
        one->group = out->group;
        one->n_groups = kept;
        one->groups_said = true; /* what it shared without a word on it is among what it leaves */
    }
    return QUO_OK;
}

static double cost_of(const struct quo_scale *scale, int change_kind)
{
    const char *name = change_kind == QUO_SIGNERS_RAISE        ? "move_threshold_usd"
                       : change_kind == QUO_SIGNERS_BETTER_KEY ? "move_key_usd"
                                                               : "move_group_usd";
    return quo_catalogue_constant(scale->catalogue, name);
}

/* The best move of one kind; change QUO_SIGNERS_STAY if none of it helps. */
static enum quo_status try_kind(struct trial *t, size_t s, int kind, struct quo_set_move *out)
{
    const struct quo_view *view = &t->own->view;
    const struct quo_protocol *p = view->protocol;
    const struct quo_signer_set *set = &p->signer_set[s];
    const struct quo_storage *storage = best_storage(t->scale->catalogue);
    const bool verifiers = p->bridge && (set->powers & ~(unsigned)QUO_POWER_PAUSE) == QUO_POWER_BRIDGE_MESSAGES;
    *out = (struct quo_set_move){.change = QUO_SIGNERS_STAY};
    if (kind == QUO_SIGNERS_BETTER_KEY && !storage)
        return QUO_OK;
    /* All of all is no improvement: one lost key would freeze it. */
    if (kind == QUO_SIGNERS_RAISE && (size_t)set->threshold + 1 >= set->n_signers)
        return QUO_OK;
    enum quo_status status = quo_quorum_build(view, set, verifiers, 0, t->work);
    if (status)
        return status;
    const struct quo_signers_move best =
        quo_signers_best_move(&t->work->set, storage ? storage->compromise_rate : 0.0, 1u << kind);
    if (best.change == QUO_SIGNERS_STAY)
        return QUO_OK;
    *out = (struct quo_set_move){.change = (int)best.change,
                                 .signer = best.signer,
                                 .group = best.group,
                                 .storage = kind == QUO_SIGNERS_BETTER_KEY ? storage->name : NULL,
                                 .breach_rate = best.breach_rate,
                                 .key_loss_breach_rate = best.key_loss_breach_rate,
                                 .compromise_rate = best.compromise_rate,
                                 .key_loss_rate = best.key_loss_rate,
                                 .cost_usd = cost_of(t->scale, kind)};
    struct changed after;
    status = change(p, s, out, storage ? storage->name : NULL, &after);
    if (status)
        return status;
    const struct quo_run_request request = {.protocol = &after.protocol,
                                            .exponents = view->exponents,
                                            .control = view->stand,
                                            .domain = view->domain,
                                            .perils = ALL_PERILS,
                                            .caps = true,
                                            .factors = true,
                                            .mean = t->law->mean,
                                            .work = t->work};
    struct quo_scorelaw_loss then;
    status = quo_scale_run(t->scale, &request, t->run);
    changed_free(&after);
    if (status == QUO_OK)
        status = quo_scorelaw_at(t->law, ALL_PERILS, t->run, t->now, &then);
    if (status)
        return status;
    out->saved = t->now->all - then.all;
    out->saved_share = t->now->all > 0.0 ? out->saved / t->now->all : 0.0;
    if (!(out->saved > 0.0))
        out->change = QUO_SIGNERS_STAY;
    return QUO_OK;
}

static int dearer(const void *a, const void *b)
{
    const struct quo_set_move *x = a, *y = b;
    const double left = x->saved * y->cost_usd, right = y->saved * x->cost_usd;
    return left > right ? -1 : left < right ? 1 : x->change - y->change;
}

enum quo_status quo_moves_fill(const struct quo_run *own, struct quo_scorelaw *law, const struct quo_scorelaw_loss *now,
                               struct quo_quorum_set *work, struct quo_score *score)
{
    static const int kinds[QUO_SET_MOVES] = {QUO_SIGNERS_RAISE, QUO_SIGNERS_BETTER_KEY, QUO_SIGNERS_LEAVE_GROUP};
    struct trial t = {law->scale, own, law, now, work, malloc(sizeof *t.run)};
    enum quo_status status = t.run ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; status == QUO_OK && i < score->n_sets; i++) {
        struct quo_signer_set_score *set = &score->set[i];
        for (int k = 0; status == QUO_OK && k < QUO_SET_MOVES; k++) {
            status = try_kind(&t, set->set, kinds[k], &set->move[set->n_moves]);
            if (status == QUO_OK && set->move[set->n_moves].change != QUO_SIGNERS_STAY)
                set->n_moves++;
        }
        qsort(set->move, set->n_moves, sizeof *set->move, dearer);
    }
    free(t.run);
    return status;
}
