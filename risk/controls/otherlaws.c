#include "risk/controls/otherlaws.h"

#include <math.h>

#include "risk/controls/kofn.h"

static double through_groups(const struct quo_signers *set, size_t j)
{
    double rate = 0.0;
    for (size_t i = 0; i < set->member[j].n_groups; i++) {
        const struct quo_signers_group *g = &set->group[set->member[j].group[i]];
        rate += g->shock_rate * g->lethality;
    }
    return rate;
}

/* Rate at which signers i and j fall in the same shock. */
static double together(const struct quo_signers *set, size_t i, size_t j)
{
    double rate = 0.0;
    for (size_t a = 0; a < set->member[i].n_groups; a++)
        for (size_t b = 0; b < set->member[j].n_groups; b++)
            if (set->member[i].group[a] == set->member[j].group[b]) {
                const struct quo_signers_group *g = &set->group[set->member[i].group[a]];
                rate += g->shock_rate * g->lethality * g->lethality;
            }
    return rate;
}

static double mean_correlation(const struct quo_signers *set, const double *pi)
{
    double sum = 0.0, pairs = 0.0;
    for (size_t i = 0; i < set->n; i++)
        for (size_t j = i + 1; j < set->n; j++) {
            const double spread = sqrt(pi[i] * (1.0 - pi[i]) * pi[j] * (1.0 - pi[j]));
            if (spread > 0.0)
                sum += fmin(1.0, set->dwell_years * together(set, i, j) / spread);
            pairs += 1.0;
        }
    return pairs > 0.0 ? sum / pairs : 0.0;
}

struct quo_other_laws quo_otherlaws_of(const struct quo_signers *set)
{
    struct quo_other_laws out = {NAN, NAN, NAN, NAN, NAN};
    struct quo_signers_member member[QUO_SIGNERS_MAX];
    double pi[QUO_SIGNERS_MAX], rate[QUO_SIGNERS_MAX], mean = 0.0, share = 0.0, mean_pi = 0.0;
    static const int all = 0;
    if (quo_signers_invalid(set))
        return out;
    const double n = (double)set->n;
    for (size_t j = 0; j < set->n; j++) {
        const double groups = through_groups(set, j);
        rate[j] = set->member[j].compromise_rate + groups;
        pi[j] = -expm1(-set->dwell_years * rate[j]);
        mean += rate[j] / n;
        mean_pi += pi[j] / n;
        share += rate[j] > 0.0 ? groups / rate[j] / n : 0.0;
        member[j] = set->member[j];
        member[j].compromise_rate = rate[j];
        member[j].n_groups = 0;
    }
    struct quo_signers other = *set;
    other.member = member;
    other.n_groups = 0;
    out.independent = quo_signers_breach_rate(&other);
    const struct quo_signers_group sure = {.shock_rate = share * mean, .lethality = 1.0};
    other.group = &sure;
    other.n_groups = 1;
    for (size_t j = 0; j < set->n; j++) {
        member[j].compromise_rate = (1.0 - share) * rate[j];
        member[j].group = &all;
        member[j].n_groups = 1;
    }
    out.beta = share;
    out.beta_factor = quo_signers_breach_rate(&other);
    if (set->dwell_years > 0.0) {
        out.rho = mean_correlation(set, pi);
        out.beta_binomial =
            n * mean * quo_kofn_correlated_others((int)set->n - 1, mean_pi, out.rho, set->threshold - 1);
    }
    return out;
}
