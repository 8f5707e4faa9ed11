#include "risk/controls/kofn.h"

#include <math.h>

static bool share(double x) { return x >= 0.0 && x <= 1.0; }

static bool shares(const double *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!share(p[i]))
            return false;
    return n <= QUO_KOFN_MAX;
}

static double binomial_coefficient(int n, int k)
{
    double c = 1.0;
    for (int i = 0; i < k; i++)
        c = c * (n - i) / (i + 1); /* whole at every step */
    return c;
}

void quo_kofn_pmf(const double *p, size_t n, double *pmf)
{
    if (!shares(p, n)) {
        for (size_t k = 0; k <= n; k++)
            pmf[k] = NAN;
        return;
    }
    pmf[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        pmf[i + 1] = pmf[i] * p[i];
        for (size_t k = i; k > 0; k--)
            pmf[k] = pmf[k] * (1.0 - p[i]) + pmf[k - 1] * p[i];
        pmf[0] *= 1.0 - p[i];
    }
}

double quo_kofn_tail(const double *p, size_t n, int k)
{
    if (!shares(p, n))
        return NAN;
    if (k <= 0)
        return 1.0;
    if ((size_t)k > n)
        return 0.0;
    double count[QUO_KOFN_MAX + 1] = {1.0}; /* count[k]: k or more */
    for (size_t i = 0; i < n; i++) {
        count[k] += count[k - 1] * p[i];
        for (int j = k - 1; j > 0; j--)
            count[j] = count[j] * (1.0 - p[i]) + count[j - 1] * p[i];
        count[0] *= 1.0 - p[i];
    }
    return count[k];
}

double quo_kofn_birnbaum(const double *p, size_t n, int k, size_t item)
{
    if (item >= n || !shares(p, n) || k < 1 || (size_t)k > n)
        return NAN;
    double others[QUO_KOFN_MAX], pmf[QUO_KOFN_MAX + 1];
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (i != item)
            others[used++] = p[i];
    quo_kofn_pmf(others, used, pmf);
    return pmf[k - 1];
}

bool quo_kofn_shock_pmf(const double *p, size_t n, const double *shock, const double *fall, const bool *member,
                        size_t n_groups, double *pmf)
{
    if (n_groups > QUO_KOFN_GROUPS_MAX || !shares(p, n) || !shares(shock, n_groups) || !shares(fall, n_groups))
        return false;
    for (size_t k = 0; k <= n; k++)
        pmf[k] = 0.0;
    for (unsigned long pattern = 0; pattern < 1ul << n_groups; pattern++) {
        double weight = 1.0, given[QUO_KOFN_MAX + 1], fallen[QUO_KOFN_MAX];
        for (size_t j = 0; j < n; j++)
            fallen[j] = p[j];
        for (size_t g = 0; g < n_groups; g++) {
            const bool struck = pattern >> g & 1;
            weight *= struck ? shock[g] : 1.0 - shock[g];
            for (size_t j = 0; struck && j < n; j++)
                if (member[g * n + j])
                    fallen[j] += (1.0 - fallen[j]) * fall[g];
        }
        if (weight == 0.0)
            continue;
        quo_kofn_pmf(fallen, n, given);
        for (size_t k = 0; k <= n; k++)
            pmf[k] += weight * given[k];
    }
    return true;
}

/* Beta-binomial with factors (a + i step)/(a + b + i step) of success: step 0 is the binomial (a + b = 1). */
static double urn_pmf(int n, double a, double b, double step, int k)
{
    double product = 1.0;
    for (int i = 0; i < k; i++)
        product *= (double)(n - i) / (i + 1) * ((a + i * step) / (a + b + i * step));
    for (int i = 0; i < n - k; i++)
        product *= (b + i * step) / (a + b + (k + i) * step);
    return product;
}

static double urn_tail(int n, double a, double b, double step, int k)
{
    if (k <= 0)
        return 1.0;
    double sum = 0.0;
    for (int i = n; i >= k; i--) /* smallest first in the cases that matter */
        sum += urn_pmf(n, a, b, step, i);
    return sum;
}

static bool possible_n(int n) { return n >= 1 && n <= QUO_KOFN_MAX; }

double quo_kofn_beta_factor_tail(int n, double p, double beta, int k)
{
    if (!possible_n(n) || !share(p) || !share(beta))
        return NAN;
    if (k <= 0)
        return 1.0;
    if (k > n)
        return 0.0;
    const double alone = (1.0 - beta) * p;
    return beta * p + (1.0 - beta * p) * urn_tail(n, alone, 1.0 - alone, 0.0, k);
}

double quo_kofn_beta_factor_rare(int n, double p, double beta)
{
    if (!possible_n(n) || !share(p) || !share(beta))
        return NAN;
    return beta * p + pow((1.0 - beta) * p, n);
}

double quo_kofn_beta_binomial_pmf(int n, double alpha, double beta, int k)
{
    if (!possible_n(n) || !(alpha > 0.0) || !(beta > 0.0) || isinf(alpha) || isinf(beta))
        return NAN;
    return k < 0 || k > n ? 0.0 : urn_pmf(n, alpha, beta, 1.0, k);
}

double quo_kofn_beta_binomial_tail(int n, double alpha, double beta, int k)
{
    if (!possible_n(n) || !(alpha > 0.0) || !(beta > 0.0) || isinf(alpha) || isinf(beta))
        return NAN;
    return urn_tail(n, alpha, beta, 1.0, k);
}

double quo_kofn_correlated_tail(int n, double p, double rho, int k)
{
    if (!possible_n(n) || !share(p) || !share(rho))
        return NAN;
    if (k <= 0)
        return 1.0;
    if (rho == 1.0) /* all or none */
        return k > n ? 0.0 : p;
    return urn_tail(n, p * (1.0 - rho), (1.0 - p) * (1.0 - rho), rho, k);
}

double quo_kofn_correlated_others(int n, double p, double rho, int k)
{
    if (n < 0 || n >= QUO_KOFN_MAX || !share(p) || !share(rho))
        return NAN;
    return urn_tail(n, p * (1.0 - rho) + rho, (1.0 - p) * (1.0 - rho), rho, k);
}

double quo_kofn_alpha_factor(int n, const double *alpha, double total, int k, bool staggered)
{
    if (!possible_n(n) || !share(total) || k < 1 || k > n)
        return NAN;
    double weighted = 0.0;
    for (int i = 0; i < n; i++) {
        if (!share(alpha[i]))
            return NAN;
        weighted += (i + 1) * alpha[i];
    }
    const double factor = staggered ? 1.0 : k / weighted;
    return factor / binomial_coefficient(n - 1, k - 1) * alpha[k - 1] * total;
}

double quo_kofn_greek_letter(int n, const double *greek, double total, int k)
{
    if (!possible_n(n) || !share(total) || k < 1 || k > n)
        return NAN;
    double product = 1.0;
    for (int i = 0; i < n - 1; i++)
        if (!share(greek[i]))
            return NAN;
    for (int i = 0; i < k - 1; i++)
        product *= greek[i];
    const double no_more = k < n ? 1.0 - greek[k - 1] : 1.0;
    return product * no_more * total / binomial_coefficient(n - 1, k - 1);
}

double quo_kofn_failure_rate(int n, double own_rate, double shock_rate, double p, double lethal_rate, int k)
{
    if (!possible_n(n) || !share(p) || !(own_rate >= 0.0) || !(shock_rate >= 0.0) || !(lethal_rate >= 0.0) || k < 1 ||
        k > n)
        return NAN;
    double rate = shock_rate * urn_pmf(n, p, 1.0 - p, 0.0, k);
    if (k == 1)
        rate += n * own_rate;
    if (k == n)
        rate += lethal_rate;
    return rate;
}
