/* The best single move saves what it says. */
#include <math.h>
#include <stdlib.h>

#include "risk/controls/scale.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static double loss_of(const struct quo_protocol *p, const double *weight)
{
    struct quo_score *s;
    double sum = 0.0;
    assert_int_equal(quo_score_protocol(p, kit.scale, weight, &s), QUO_OK);
    for (int k = 0; k < QUO_COVERED_PERILS; k++)
        sum += weight[k] * s->peril[k].relativity * s->peril[k].cap_factor;
    quo_score_free(s);
    return sum;
}

/* What a move is said to save is what the changed protocol saves. */
static void a_move_saves_what_it_says(void **state)
{
    (void)state;
    double weight[QUO_PERILS];
    int checked = 0;
    for (int k = 0; k < QUO_PERILS; k++)
        weight[k] = 1e5 * (1 + k);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, 50 + seed, 20, 2);
        struct quo_score *s;
        assert_int_equal(quo_score_protocol(p, kit.scale, weight, &s), QUO_OK);
        const double now = loss_of(p, weight);
        for (size_t i = 0; i < s->n_sets; i++) {
            struct quo_signer_set *set = &p->signer_set[s->set[i].set];
            for (size_t k = 0; k < s->set[i].n_moves; k++) {
                const struct quo_set_move *m = &s->set[i].move[k];
                struct quo_signer *one = &set->signer[m->signer];
                const struct quo_signer own = *one;
                assert_true(m->saved > 0.0 && m->cost_usd > 0.0);
                if (k > 0)
                    assert_true(m->saved * m[-1].cost_usd <= m[-1].saved * m->cost_usd * (1 + 1e-12));
                if (m->change == QUO_SIGNERS_RAISE) {
                    set->threshold++;
                    assert_true((size_t)set->threshold < set->n_signers);
                } else if (m->change == QUO_SIGNERS_BETTER_KEY) {
                    one->storage = (char *)(uintptr_t)m->storage;
                    one->compromise_rate = one->loss_rate = NAN;
                } else if (m->group == set->n_group_names) {
                    one->groups_said = true;
                } else {
                    continue; /* out of one of several: the order of the others is not this test's business */
                }
                check_rel(now - loss_of(p, weight), m->saved, 1e-7, "seed %d, set %d, move %d", (int)seed, (int)i,
                          m->change);
                checked++;
                if (m->change == QUO_SIGNERS_RAISE)
                    set->threshold--;
                *one = own;
            }
        }
        quo_score_free(s);
        quo_protocol_free(p);
    }
    assert_true(checked > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_saves_what_it_says),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
