#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/stream.h"
#include "risk/controls/signers.h"

enum { PURPOSE = 41 };

/* A set with room for what it points to. */
struct built {
    struct quo_signers set;
    struct quo_signers_member member[64];
    struct quo_signers_group group[16];
    int list[64][16];
};

static void join(struct built *b, size_t j, int g) { b->list[j][b->member[j].n_groups++] = g; }

static void wire(struct built *b)
{
    b->set.member = b->member;
    b->set.group = b->group;
    for (size_t j = 0; j < b->set.n; j++)
        b->member[j].group = b->list[j];
}

/* ---- brute force: every state of every signer, every outcome of every shock ---- */

static double binomial_tail(int n, double q, int k)
{
    double sum = 0.0;
    for (int i = k > 0 ? k : 0; i <= n; i++) {
        double c = 1.0;
        for (int t = 0; t < i; t++)
            c = c * (n - t) / (t + 1);
        sum += c * pow(q, i) * pow(1.0 - q, n - i);
    }
    return sum;
}

struct brute {
    double rate, breach, down;
    double vendor, group[16]; /* parts of breach */
};

static struct brute brute_force(const struct quo_signers *set, bool loss)
{
    const int n = (int)set->n, need = loss ? n - set->threshold + 1 : set->threshold;
    const double tau = loss ? set->loss_dwell_years : set->dwell_years;
    double own[16], fallen[16];
    unsigned in_group[16] = {0};
    for (int j = 0; j < n; j++) {
        const struct quo_signers_member *member = &set->member[j];
        own[j] = loss ? member->loss_rate : member->compromise_rate;
        double rate = own[j];
        for (size_t i = 0; i < member->n_groups; i++) {
            const struct quo_signers_group *group = &set->group[member->group[i]];
            rate += loss ? group->loss_shock_rate * group->loss_lethality : group->shock_rate * group->lethality;
            in_group[member->group[i]] |= 1u << j;
        }
        fallen[j] = -expm1(-tau * rate);
    }
    struct brute out = {0};
    for (unsigned state = 0; state < 1u << n; state++) {
        const int down = __builtin_popcount(state);
        double p = 1.0;
        for (int j = 0; j < n; j++)
            p *= state >> j & 1 ? fallen[j] : 1.0 - fallen[j];
        out.down += down >= need ? p : 0.0;
        for (int j = 0; j < n; j++) {
            const int after = down + !(state >> j & 1);
            out.rate += down < need && after >= need ? p * own[j] : 0.0;
            out.breach += after >= need ? p * own[j] : 0.0;
            out.vendor += after >= need && set->member[j].vendor ? p * own[j] : 0.0;
        }
        for (size_t g = 0; g < set->n_groups; g++) {
            const double s = loss ? set->group[g].loss_shock_rate : set->group[g].shock_rate;
            const double q = loss ? set->group[g].loss_lethality : set->group[g].lethality;
            const int up = __builtin_popcount(in_group[g] & ~state),
                      hit_before = __builtin_popcount(in_group[g] & state);
            const double crosses = binomial_tail(up, q, need - down);
            const double part = p * s * (down < need ? crosses : 1.0 - pow(1.0 - q, up + hit_before));
            out.rate += down < need ? p * s * crosses : 0.0;
            out.breach += part;
            out.group[g] += part;
            out.vendor += set->group[g].vendor ? part : 0.0;
        }
    }
    return out;
}

static double uniform(struct quo_stream *stream, double low, double high)
{
    return low + (high - low) * quo_stream_uniform(stream);
}

/* log-uniform rates, groups that overlap, every threshold. `hot` sets have keys that are compromised much of the time. */
static void random_set(struct quo_stream *stream, size_t n_max, bool hot, struct built *b)
{
    memset(b, 0, sizeof *b);
    b->set.n = 1 + quo_stream_below(stream, (uint32_t)n_max);
    b->set.n_groups = quo_stream_below(stream, 6);
    b->set.threshold = 1 + (int)quo_stream_below(stream, (uint32_t)b->set.n);
    const double top = hot ? 3.0 : 0.3;
    b->set.dwell_years = uniform(stream, 0.02, hot ? 2.0 : 0.5);
    b->set.loss_dwell_years = uniform(stream, 0.02, 1.0);
    for (size_t g = 0; g < b->set.n_groups; g++) {
        b->group[g].shock_rate = exp(uniform(stream, log(1e-4), log(top)));
        b->group[g].lethality = quo_stream_below(stream, 8) ? quo_stream_uniform(stream) : 1.0;
        b->group[g].loss_shock_rate = exp(uniform(stream, log(1e-4), log(0.1)));
        b->group[g].loss_lethality = quo_stream_uniform(stream);
        b->group[g].vendor = quo_stream_below(stream, 2);
    }
    for (size_t j = 0; j < b->set.n; j++) {
        b->member[j].compromise_rate = quo_stream_below(stream, 10) ? exp(uniform(stream, log(1e-4), log(top))) : 0.0;
        b->member[j].loss_rate = exp(uniform(stream, log(1e-4), log(0.2)));
        b->member[j].vendor = quo_stream_below(stream, 3) == 0;
        b->member[j].approves = quo_stream_uniform(stream);
        b->member[j].approves_spoofed = quo_stream_uniform(stream);
        for (size_t g = 0; g < b->set.n_groups; g++)
            if (quo_stream_below(stream, 5) < 2)
                join(b, j, (int)g);
    }
    wire(b);
}

static void read_shocks(const char *params, struct built *b)
{
    for (size_t g = 0;; g++) {
        char key[32], text[128];
        snprintf(key, sizeof key, "group%zu", g + 1);
        if (!ref_text(params, key, text, sizeof text))
            return;
        assert_int_equal(sscanf(text, "shock_rate %lf fall %lf", &b->group[g].shock_rate, &b->group[g].lethality), 2);
        for (char *at = strstr(text, "members ") + 8; at; at = strchr(at, '/'), at = at ? at + 1 : NULL)
            join(b, (size_t)atol(at) - 1, (int)g);
        b->set.n_groups++;
    }
}

static void the_reference_table_is_met(void **state)
{
    (void)state;
    size_t n;
    struct ref_row *row = ref_read("kofn.csv", &n);
    struct ref_tally tally = {0};
    for (size_t i = 0; i < n; i++) {
        struct built b = {0};
        double value[64];
        b.set.threshold = (int)ref_number(row[i].params, "m");
        b.set.dwell_years = ref_number(row[i].params, "tau");
        if (strstr(row[i].params, "model=quorum_rate")) {
            b.set.n = ref_numbers(row[i].params, "h", value, 64);
            for (size_t j = 0; j < b.set.n; j++)
                b.member[j].compromise_rate = value[j];
            read_shocks(row[i].params, &b);
            wire(&b);
            ref_check(&tally, &row[i],
                      strcmp(row[i].quantity, "rate") ? quo_signers_down(&b.set) : quo_signers_compromise_rate(&b.set));
        } else if (strstr(row[i].params, "model=deceived_approvals")) {
            b.set.dwell_years = 0.0;
            b.set.n = ref_numbers(row[i].params, "d", value, 64);
            for (size_t j = 0; j < b.set.n; j++)
                b.member[j].approves = value[j];
            assert_int_equal(ref_numbers(row[i].params, "d_spoofed", value, 64), b.set.n);
            for (size_t j = 0; j < b.set.n; j++)
                b.member[j].approves_spoofed = value[j];
            wire(&b);
            ref_check(&tally, &row[i],
                      quo_signers_deceived_rate(&b.set, ref_number(row[i].params, "campaign_rate"),
                                                ref_number(row[i].params, "shared_interface")));
        }
    }
    ref_done(&tally, 9);
    ref_free(row, n);
}

static void brute_force_over_all_states_agrees(void **state)
{
    (void)state;
    struct built b;
    for (uint64_t i = 0; i < 400; i++) {
        struct quo_stream stream = quo_stream_at(2026, i, 0, PURPOSE);
        random_set(&stream, i % 40 == 0 ? 16 : 9, i % 2, &b);
        const struct brute theft = brute_force(&b.set, false), loss = brute_force(&b.set, true);
        const int n = (int)b.set.n, m = b.set.threshold;
        check_rel(quo_signers_compromise_rate(&b.set), theft.rate, 1e-11, "set %d, %d of %d, rate", (int)i, m, n);
        check_rel(quo_signers_breach_rate(&b.set), theft.breach, 1e-11, "set %d, %d of %d, breach", (int)i, m, n);
        check_rel(quo_signers_down(&b.set), theft.down, 1e-11, "set %d, %d of %d, down", (int)i, m, n);
        check_rel(quo_signers_key_loss_rate(&b.set), loss.rate, 1e-11, "set %d, %d of %d, key loss", (int)i, m, n);
        check_rel(quo_signers_key_loss_breach_rate(&b.set), loss.breach, 1e-11, "set %d, %d of %d, loss breach", (int)i,
                  m, n);
    }
}

/* What starts a breach: the parts are those of the enumeration, and add up to the whole. */
static void the_parts_of_a_breach_agree(void **state)
{
    (void)state;
    struct built b;
    for (uint64_t i = 0; i < 200; i++) {
        struct quo_stream stream = quo_stream_at(2027, i, 0, PURPOSE);
        random_set(&stream, 9, i % 2, &b);
        for (int loss = 0; loss < 2; loss++) {
            const struct brute want = brute_force(&b.set, loss);
            double vendor, other, group[16];
            assert_true(quo_signers_breach_parts(&b.set, loss, &vendor, &other, group));
            check_rel(vendor + other, want.breach, 1e-11, "set %d, all", (int)i);
            check_rel(vendor, want.vendor, 1e-11, "set %d, vendors", (int)i);
            for (size_t g = 0; g < b.set.n_groups; g++)
                check_rel(group[g], want.group[g], 1e-11, "set %d, group %d", (int)i, (int)g);
        }
    }
    double vendor, other;
    b.set.threshold = 0;
    assert_false(quo_signers_breach_parts(&b.set, false, &vendor, &other, NULL));
    assert_true(isnan(vendor) && isnan(other));
}

/* 256 of 256 with rates of 1e-4: about 256 (1e-4 tau)^255 h, far below what 1 - P could see. */
static void the_far_tail_keeps_its_digits(void **state)
{
    (void)state;
    static struct quo_signers_member member[QUO_SIGNERS_MAX];
    for (size_t j = 0; j < 256; j++)
        member[j].compromise_rate = 0.9;
    const struct quo_signers set = {.threshold = 256, .n = 256, .member = member, .dwell_years = 0.5};
    const double pi = -expm1(-0.45);
    check_rel(quo_signers_compromise_rate(&set), exp(log(256 * 0.9 * exp(-0.45)) + 255 * log(pi)), 1e-11, "256 of 256");
    struct built b = {.set = {.threshold = 9, .n = 9, .n_groups = 1, .dwell_years = 0.01},
                      .group = {{.shock_rate = 1e-9, .lethality = 1e-3}}};
    for (size_t j = 0; j < 9; j++)
        join(&b, j, 0);
    wire(&b);
    const double small = -expm1(-0.01 * 1e-12);
    double want = 0.0; /* k down already, the other 9 - k fall in one shock */
    for (int k = 0; k < 9; k++)
        want += 1e-9 * exp(lgamma(10) - lgamma(k + 1) - lgamma(10 - k)) * pow(small, k) * pow(1.0 - small, 9 - k) *
                pow(1e-3, 9 - k);
    check_rel(quo_signers_compromise_rate(&b.set), want, 1e-11, "a shock of 1e-27");
}

static void a_worse_set_is_never_breached_less_often(void **state)
{
    (void)state;
    struct built b;
    for (uint64_t i = 0; i < 3000; i++) {
        struct quo_stream stream = quo_stream_at(7, i, 0, PURPOSE);
        random_set(&stream, 12, i % 2, &b);
        const double base = quo_signers_breach_rate(&b.set), loss = quo_signers_key_loss_breach_rate(&b.set),
                     slack = 1.0 + 1e-13;
        const size_t j = quo_stream_below(&stream, (uint32_t)b.set.n);
        struct built worse = b;
        wire(&worse);
        worse.member[j].compromise_rate = worse.member[j].compromise_rate * 3.0 + 0.1;
        assert_true(quo_signers_breach_rate(&worse.set) * slack >= base);
        worse = b, wire(&worse), worse.set.dwell_years *= 1.7;
        assert_true(quo_signers_breach_rate(&worse.set) * slack >= base);
        worse = b, wire(&worse), worse.set.threshold++;
        if (worse.set.threshold <= (int)worse.set.n) {
            assert_true(quo_signers_breach_rate(&worse.set) <= base * slack);
            assert_true(quo_signers_key_loss_breach_rate(&worse.set) * slack >= loss);
        }
        worse = b, wire(&worse);
        if (worse.member[j].n_groups) {
            worse.member[j].n_groups--;
            assert_true(quo_signers_breach_rate(&worse.set) <= base * slack);
            assert_true(quo_signers_key_loss_breach_rate(&worse.set) <= loss * slack);
        }
        if (b.set.n_groups) {
            worse = b, wire(&worse);
            struct quo_signers_group *group = &worse.group[quo_stream_below(&stream, (uint32_t)b.set.n_groups)];
            group->lethality = fmin(1.0, group->lethality * 1.5);
            group->shock_rate *= 1.5;
            assert_true(quo_signers_breach_rate(&worse.set) * slack >= base);
        }
        assert_true(quo_signers_compromise_rate(&b.set) <= base * slack);
    }
}

/* Why the breach rate stands beside omega: a quorum that is nearly always down falls seldom. */
static void the_crossing_rate_alone_is_not_monotone(void **state)
{
    (void)state;
    struct built b = {.set = {.threshold = 1, .n = 2, .dwell_years = 1.0},
                      .member = {{.compromise_rate = 3.0}, {.compromise_rate = 3.0}}};
    wire(&b);
    const double one_of_two = quo_signers_compromise_rate(&b.set), one_of_two_breach = quo_signers_breach_rate(&b.set);
    check_rel(one_of_two, 6.0 * exp(-6.0), 1e-13, "1 of 2");
    check_rel(one_of_two_breach, 6.0, 1e-13, "1 of 2, breach");
    b.set.threshold = 2;
    assert_true(quo_signers_compromise_rate(&b.set) > 10.0 * one_of_two);
    assert_true(quo_signers_breach_rate(&b.set) < one_of_two_breach);
}

/* Central differences of the breach rate in each rate. */
static void importance_is_rate_times_slope(void **state)
{
    (void)state;
    struct built b;
    double signer[64], group[16], slope[80];
    for (uint64_t i = 0; i < 60; i++) {
        struct quo_stream stream = quo_stream_at(8, i, 0, PURPOSE);
        random_set(&stream, 12, i % 2, &b);
        assert_true(quo_signers_importance(&b.set, signer, group));
        double total = 0.0, sum = 0.0;
        const double step = 1e-4;
        for (size_t k = 0; k < b.set.n + b.set.n_groups; k++) {
            struct built up = b, down = b;
            wire(&up), wire(&down);
            double *high = k < b.set.n ? &up.member[k].compromise_rate : &up.group[k - b.set.n].shock_rate;
            double *low = k < b.set.n ? &down.member[k].compromise_rate : &down.group[k - b.set.n].shock_rate;
            *high *= 1.0 + step, *low *= 1.0 - step;
            slope[k] = (quo_signers_breach_rate(&up.set) - quo_signers_breach_rate(&down.set)) / (2.0 * step);
            total += slope[k];
            sum += k < b.set.n ? signer[k] : group[k - b.set.n];
        }
        if (total == 0.0)
            continue;
        check_rel(sum, 1.0, 1e-12, "shares add up, set %d", (int)i);
        for (size_t k = 0; k < b.set.n + b.set.n_groups; k++)
            check_abs(k < b.set.n ? signer[k] : group[k - b.set.n], slope[k] / total, 1e-6, "set %d, part %d", (int)i,
                      (int)k);
    }
}

static void the_best_move_is_the_best_of_all(void **state)
{
    (void)state;
    struct built b;
    const double best_rate = 0.002;
    size_t seen[4] = {0};
    for (uint64_t i = 0; i < 300; i++) {
        struct quo_stream stream = quo_stream_at(9, i, 0, PURPOSE);
        random_set(&stream, 10, i % 2, &b);
        const unsigned moves = i % 3 ? 1u << QUO_SIGNERS_LEAVE_GROUP | 1u << QUO_SIGNERS_BETTER_KEY : ~0u;
        const struct quo_signers_move move = quo_signers_best_move(&b.set, best_rate, moves);
        double best = quo_signers_breach_rate(&b.set);
        for (size_t j = 0; j < b.set.n; j++) {
            struct built after = b;
            wire(&after);
            after.member[j].compromise_rate = best_rate;
            best = fmin(best, quo_signers_breach_rate(&after.set));
            for (size_t k = 0; k < b.member[j].n_groups; k++) {
                after = b, wire(&after);
                after.list[j][k] = after.list[j][--after.member[j].n_groups];
                best = fmin(best, quo_signers_breach_rate(&after.set));
            }
        }
        if (i % 3 == 0 && b.set.threshold < (int)b.set.n) {
            struct built after = b;
            wire(&after);
            after.set.threshold++;
            best = fmin(best, quo_signers_breach_rate(&after.set));
        }
        check_rel(move.breach_rate, best, 1e-9, "set %d, move %d", (int)i, move.change);
        seen[move.change]++;
    }
    for (int k = QUO_SIGNERS_LEAVE_GROUP; k <= QUO_SIGNERS_RAISE; k++)
        assert_true(seen[k] > 3);
    /* A set of perfect keys has nothing to improve. */
    struct built perfect = {.set = {.threshold = 1, .n = 1}};
    wire(&perfect);
    assert_int_equal(quo_signers_best_move(&perfect.set, 0.1, ~0u).change, QUO_SIGNERS_STAY);
}

static void edges_are_exact(void **state)
{
    (void)state;
    struct built b = {.set = {.threshold = 1, .n = 1, .dwell_years = 0.0},
                      .member = {{.compromise_rate = 0.3, .loss_rate = 0.1}}};
    wire(&b);
    check_rel(quo_signers_compromise_rate(&b.set), 0.3, 0.0, "no dwell, 1 of 1");
    check_rel(quo_signers_key_loss_rate(&b.set), 0.1, 0.0, "key loss 1 of 1");
    b.set.n = 2, b.set.threshold = 2, b.member[1] = b.member[0];
    check_rel(quo_signers_compromise_rate(&b.set), 0.0, 0.0, "no dwell, 2 of 2: never both");
    check_rel(quo_signers_key_loss_rate(&b.set), 0.2, 1e-15, "n of n is lost with any of its keys");
    b.set.dwell_years = 1e6; /* keys never rotated: always down, yet breached at every event */
    check_rel(quo_signers_compromise_rate(&b.set), 0.0, 0.0, "always down");
    check_rel(quo_signers_breach_rate(&b.set), 0.6, 1e-14, "always down, breached");
    /* Lethality 1: the shock alone takes everybody, at its own rate. */
    struct built shared = {.set = {.threshold = 3, .n = 3, .n_groups = 1},
                           .group = {{.shock_rate = 0.02, .lethality = 1.0}}};
    for (size_t j = 0; j < 3; j++)
        join(&shared, j, 0);
    wire(&shared);
    check_rel(quo_signers_compromise_rate(&shared.set), 0.02, 0.0, "one shock, all fall");
}

static void impossible_sets_are_refused(void **state)
{
    (void)state;
    struct built good = {.set = {.threshold = 1, .n = 2, .n_groups = 1},
                         .group = {{.shock_rate = 0.1, .lethality = 0.5}}},
                 b;
    join(&good, 0, 0);
    wire(&good);
    assert_null(quo_signers_invalid(&good.set));
#define REFUSED(change, word)                                                                                          \
    do {                                                                                                               \
        b = good, wire(&b), change;                                                                                    \
        const char *says = quo_signers_invalid(&b.set);                                                                \
        assert_non_null(says);                                                                                         \
        assert_non_null(strstr(says, word));                                                                           \
        assert_true(isnan(quo_signers_compromise_rate(&b.set)));                                                       \
    } while (0)
    REFUSED(b.set.n = 0, "number of signers");
    REFUSED(b.set.n = 257, "number of signers");
    REFUSED(b.set.threshold = 0, "threshold");
    REFUSED(b.set.threshold = 3, "threshold");
    REFUSED(b.set.dwell_years = NAN, "dwell");
    REFUSED(b.set.loss_dwell_years = INFINITY, "dwell");
    REFUSED(b.group[0].shock_rate = -0.1, "shock rate");
    REFUSED(b.group[0].loss_lethality = 1.1, "lethality");
    REFUSED(b.member[1].compromise_rate = NAN, "signer's rate");
    REFUSED(b.member[1].loss_rate = 2e9, "signer's rate");
    REFUSED(b.list[0][0] = 1, "does not exist");
    REFUSED(join(&b, 0, 0), "twice");
    REFUSED(b.member[0].n_groups = QUO_SIGNERS_GROUPS_MAX + 1, "more than 256");
#undef REFUSED
    double signer[2], group[1];
    b = good, wire(&b), b.set.threshold = 0;
    assert_false(quo_signers_importance(&b.set, signer, group));
    assert_true(isnan(signer[0]) && isnan(group[0]));
    assert_true(isnan(quo_signers_best_move(&b.set, 0.1, ~0u).breach_rate));
    assert_true(isnan(quo_signers_deceived_rate(&good.set, NAN, 0.1)));
    good.member[0].approves = 1.5;
    assert_true(isnan(quo_signers_deceived_rate(&good.set, 1.0, 0.1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_table_is_met),
        cmocka_unit_test(brute_force_over_all_states_agrees),
        cmocka_unit_test(the_parts_of_a_breach_agree),
        cmocka_unit_test(the_far_tail_keeps_its_digits),
        cmocka_unit_test(a_worse_set_is_never_breached_less_often),
        cmocka_unit_test(the_crossing_rate_alone_is_not_monotone),
        cmocka_unit_test(importance_is_rate_times_slope),
        cmocka_unit_test(the_best_move_is_the_best_of_all),
        cmocka_unit_test(edges_are_exact),
        cmocka_unit_test(impossible_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
