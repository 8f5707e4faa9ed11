/* Quorum rates: the Poisson-binomial recursion against enumeration of all 2^n states, 9 and 16 signers, 5 groups. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "risk/base/stream.h"
#include "risk/controls/signers.h"

#define SETS 64

struct built {
    struct quo_signers set;
    struct quo_signers_member member[QUO_SIGNERS_MAX];
    struct quo_signers_group group[64];
    int list[QUO_SIGNERS_MAX][3];
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Each signer in an organisation, a device model and a site, as real sets are. */
static void build(struct built *b, size_t n, size_t groups, uint64_t seed)
{
    struct quo_stream stream = quo_stream_at(seed, n, 0, 49);
    memset(b, 0, sizeof *b);
    b->set = (struct quo_signers){.threshold = (int)(n + 1) / 2,
                                  .n = n,
                                  .member = b->member,
                                  .n_groups = groups,
                                  .group = b->group,
                                  .dwell_years = 0.5};
    for (size_t g = 0; g < groups; g++)
        b->group[g] = (struct quo_signers_group){.shock_rate = 0.05 * quo_stream_uniform(&stream),
                                                 .lethality = quo_stream_uniform(&stream)};
    for (size_t j = 0; j < n; j++) {
        b->member[j].compromise_rate = 0.1 * quo_stream_uniform(&stream);
        b->member[j].group = b->list[j];
        for (uint32_t k = 0; k < 3 && groups >= 3; k++) { /* one of each third of the groups */
            const uint32_t third = (uint32_t)groups / 3;
            b->list[j][b->member[j].n_groups++] = (int)(k * third + quo_stream_below(&stream, third));
        }
    }
}

static double by_states(const struct quo_signers *set)
{
    double fallen[16], rate = 0.0;
    unsigned in_group[64] = {0};
    const int n = (int)set->n;
    for (int j = 0; j < n; j++) {
        double all = set->member[j].compromise_rate;
        for (size_t i = 0; i < set->member[j].n_groups; i++) {
            const struct quo_signers_group *group = &set->group[set->member[j].group[i]];
            all += group->shock_rate * group->lethality;
            in_group[set->member[j].group[i]] |= 1u << j;
        }
        fallen[j] = -expm1(-set->dwell_years * all);
    }
    for (unsigned state = 0; state < 1u << n; state++) {
        const int down = __builtin_popcount(state);
        if (down >= set->threshold)
            continue;
        double p = 1.0;
        for (int j = 0; j < n; j++)
            p *= state >> j & 1 ? fallen[j] : 1.0 - fallen[j];
        for (int j = 0; j < n && down == set->threshold - 1; j++)
            rate += state >> j & 1 ? 0.0 : p * set->member[j].compromise_rate;
        for (size_t g = 0; g < set->n_groups; g++) {
            const int up = __builtin_popcount(in_group[g] & ~state);
            const double q = set->group[g].lethality;
            double choose = 1.0, falls = 0.0;
            for (int k = 0; k <= up; k++) {
                if (k >= set->threshold - down)
                    falls += choose * pow(q, k) * pow(1.0 - q, up - k);
                choose = choose * (up - k) / (k + 1);
            }
            rate += p * set->group[g].shock_rate * falls;
        }
    }
    return rate;
}

/* Seconds a call: the least of several rounds over all sets. */
static double time_of(double (*f)(const struct quo_signers *), struct built *sets, int calls)
{
    double best = INFINITY;
    double sink = 0.0;
    for (int round = 0; round < 5; round++) {
        const double start = now();
        for (int i = 0; i < calls; i++)
            sink += f(&sets[i % SETS].set);
        best = fmin(best, (now() - start) / calls);
    }
    return sink >= 0.0 ? best : NAN; /* a use, so that no call is left out */
}

static double importance_of(const struct quo_signers *set)
{
    double signer[QUO_SIGNERS_MAX], group[64];
    quo_signers_importance(set, signer, group);
    return signer[0];
}

int main(void)
{
    static struct built sets[SETS];
    const struct {
        size_t n, groups;
    } size[] = {{9, 5}, {16, 9}};
    for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
        double worst = 0.0;
        for (int i = 0; i < SETS; i++) {
            build(&sets[i], size[s].n, size[s].groups, (uint64_t)i);
            worst = fmax(worst, fabs(quo_signers_compromise_rate(&sets[i].set) / by_states(&sets[i].set) - 1.0));
        }
        if (!(worst < 1e-11)) {
            printf("signers: WRONG, off by %.3g\n", worst);
            return 1;
        }
        const double ours = time_of(quo_signers_compromise_rate, sets, 20000),
                     states = time_of(by_states, sets, s ? 4 : 200);
        printf("signers n=%zu groups=%zu: %.2f us, all states %.1f us, %.0f times faster, agree to "
               "%.1g\n",
               size[s].n, size[s].groups, 1e6 * ours, 1e6 * states, states / ours, worst);
        printf("signers n=%zu groups=%zu: breach rate %.2f us, importance %.2f us\n", size[s].n, size[s].groups,
               1e6 * time_of(quo_signers_breach_rate, sets, 20000), 1e6 * time_of(importance_of, sets, 5000));
    }
    for (int i = 0; i < SETS; i++)
        build(&sets[i], QUO_SIGNERS_MAX, 48, (uint64_t)i);
    printf("signers n=256 groups=48: rate %.2f ms, importance %.1f ms\n",
           1e3 * time_of(quo_signers_compromise_rate, sets, 8), 1e3 * time_of(importance_of, sets, 2));
    return 0;
}
