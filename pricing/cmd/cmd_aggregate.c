#include "pricing/cmd/cmd.h"

#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/reinstatement.h"
#include "pricing/aggregate/simulate.h"
#include "pricing/cmd/aggregate_ask.h"

const char quo_usage_aggregate[] =
    "usage: quorate aggregate --frequency F:KEY=VALUE,... --severity F:KEY=VALUE,... [OPTIONS]\n"
    "\n"
    "The annual amount of any frequency and severity. An event of size X pays\n"
    "SHARE * min(max(X - DEDUCTIBLE, 0), LIMIT); the sum S of a year pays\n"
    "min(max(S - ANNUAL_DEDUCTIBLE, 0), ANNUAL_LIMIT). All numbers are of that.\n"
    "\n"
    "law\n"
    "  --frequency F:...        poisson:lambda=  negbin:size=,prob=  binomial:size=,prob=\n"
    "                           zmpoisson:lambda=,p0= ztpoisson: ..., empirical:p0=0.6/0.3/0.1\n"
    "  --severity F:...         any family of 'quorate dist' (lognormal:meanlog=,sdlog= ...),\n"
    "                           empirical:unit=25,f1=0.15/0.2/0.65 (f0= if it begins at 0)\n"
    "terms\n"
    "  --deductible X --limit X --share S     of one event\n"
    "  --annual-deductible X --annual-limit X\n"
    "  --reinstatements R1/R2/..  the limit is reinstated, the k-th time for Rk premiums pro\n"
    "                           rata to the amount; 'none' for the limit once. Adds the\n"
    "                           expected cover, the reinstatement premiums in initial\n"
    "                           premiums, and the fair initial premium\n"
    "numbers (each may be repeated)\n"
    "  --var Q --tvar Q         least s with P[S <= s] >= Q; VaR + E[(S - VaR)+]/(1 - Q)\n"
    "  --sf X --cdf X           P[S > X], P[S <= X]\n"
    "  --density X --mass X     between the atoms; P[S = X] of payouts on given points\n"
    "  --stoploss X             E[(S - X)+]\n"
    "  --distortion D:K=V       wang:lambda= ph:r= dual_power:k= tvar:p= ccoc:rate=\n"
    "how\n"
    "  --method M               fft, panjer or simulation; default: panjer for payouts on few\n"
    "                           points, fft else\n"
    "  --tolerance T            the grid is refined until mean and TVaR 99 move by less than\n"
    "                           this share; default 1e-6\n"
    "  --points N               a grid of N points, and its double, instead\n"
    "  --discretisation R --step H --top X   severity on the points 0, H, .. X by upper, lower,\n"
    "                           rounding, unbiased (what exceeds X is left out), or\n"
    "                           unbiased-capped (it stands on X)\n"
    "  --years N --seed S       of a simulation; default 100000 and 1\n"
    "  --json --quiet --help\n"
    "\n"
    "Every number has its error: by how far halving the step moves it, which bounds what is\n"
    "left, or the standard error of the simulation. 'n/a' (null in JSON): it does not exist or\n"
    "is infinite.\n"
    "\n"
    "example\n"
    "  quorate aggregate --frequency poisson:lambda=0.2 --severity gpd:xi=0.9,beta=3e5,mu=1e5 \\\n"
    "      --limit 5e6 --annual-limit 1e7 --tvar 0.99 --distortion wang:lambda=0.25\n";

static struct quo_annual_value of_grid(const struct quo_ask_result *r, struct quo_annual *a)
{
    const struct quo_lattice *law = quo_annual_law(a);
    switch (r->quantity) {
    case QUO_ASK_VAR:
        return quo_annual_var(r->at, a);
    case QUO_ASK_TVAR:
        return quo_annual_tvar(r->at, a);
    case QUO_ASK_SF:
        return quo_annual_sf(r->at, a);
    case QUO_ASK_CDF:
        return quo_annual_cdf(r->at, a);
    case QUO_ASK_DENSITY:
        return quo_annual_density(r->at, a);
    case QUO_ASK_STOPLOSS:
        return quo_annual_stoploss(r->at, a);
    case QUO_ASK_DISTORTION:
        return quo_annual_distortion(&r->distortion, a);
    case QUO_ASK_MASS:
        break;
    }
    const double k = law ? round(r->at / law->step) : NAN;
    if (!quo_annual_contract(a)->points || !law || fabs(k * law->step - r->at) > 1e-9 * law->step)
        return (struct quo_annual_value){NAN, NAN};
    return (struct quo_annual_value){k < (double)law->n ? law->mass[(size_t)k] : 0.0, 0.0};
}

static double relative(struct quo_annual_value v)
{
    return v.error > 0.0 && isfinite(v.value) && v.value != 0.0 ? v.error / fabs(v.value) : 0.0;
}

static int by_grid(struct quo_cmd *cmd, struct quo_ask *ask)
{
    struct quo_annual *a;
    enum quo_status status = quo_annual_new(&ask->contract, &ask->options, &a, &cmd->faults);
    if (status != QUO_OK)
        return quo_cmd_finish(cmd, status);
    struct quo_ask_moments m = {
        .zero = quo_annual_zero(a), .mean = quo_annual_mean(a), .variance = quo_annual_variance(a)};
    m.skewness = quo_annual_skewness(a);
    m.method = quo_annual_method_used(a) == QUO_ANNUAL_PANJER ? "panjer" : "fft";
    m.points = quo_annual_points(a);
    m.error = fmax(fmax(relative(m.zero), relative(m.mean)), relative(m.variance));
    for (size_t i = 0; i < ask->results; i++) {
        ask->result[i].got = of_grid(&ask->result[i], a);
        m.error = fmax(m.error, relative(ask->result[i].got));
    }
    if (ask->reinstated) {
        struct quo_reinstatement_price price;
        const double limit = ask->contract.annual_limit / (double)(ask->reinstatements + 1);
        status = quo_reinstatement_price(limit, ask->rate, ask->reinstatements, a, &price);
        m.cover = price.expected_cover;
        m.multiple = price.expected_multiple;
        m.premium = price.initial_premium;
    }
    const int code = status != QUO_OK ? quo_cmd_finish(cmd, status)
                     : cmd->json      ? quo_ask_print_json(cmd, ask, &m)
                                      : quo_ask_print_table(cmd, ask, &m, a);
    quo_annual_free(a);
    return code;
}

static struct quo_annual_value from_estimate(struct quo_estimate e)
{
    return (struct quo_annual_value){e.value, e.std_error};
}

static struct quo_annual_value of_sample(const struct quo_ask_result *r, const double *paid, size_t n)
{
    struct quo_annual_value v;
    switch (r->quantity) {
    case QUO_ASK_VAR:
        return from_estimate(quo_sample_var(r->at, paid, n));
    case QUO_ASK_TVAR:
        return from_estimate(quo_sample_tvar(r->at, paid, n));
    case QUO_ASK_SF:
        return from_estimate(quo_sample_sf(r->at, paid, n));
    case QUO_ASK_CDF:
        v = from_estimate(quo_sample_sf(r->at, paid, n));
        v.value = 1.0 - v.value;
        return v;
    case QUO_ASK_STOPLOSS:
        return from_estimate(quo_sample_stoploss(r->at, paid, n));
    case QUO_ASK_DISTORTION:
        return from_estimate(quo_sample_distortion(&r->distortion, paid, n));
    default:
        return (struct quo_annual_value){NAN, NAN};
    }
}

static int by_simulation(struct quo_cmd *cmd, struct quo_ask *ask)
{
    double *paid = malloc(ask->years * sizeof *paid);
    const enum quo_status status = paid ? quo_simulate_one(&ask->contract, ask->seed, ask->years, paid) : QUO_MACHINE;
    if (status != QUO_OK) {
        free(paid);
        if (status == QUO_DOMAIN)
            quo_faults_add(&cmd->faults, QUO_REFUSED, "", 0, "--method fft",
                           "more than a million events a year cannot be simulated");
        return quo_cmd_finish(cmd, status);
    }
    const size_t n = ask->years;
    quo_numeric_sort(paid, n);
    struct quo_ask_moments m = {.mean = from_estimate(quo_sample_mean(paid, n)),
                                .variance = from_estimate(quo_sample_variance(paid, n))};
    m.zero = from_estimate(quo_sample_sf(0.0, paid, n));
    m.zero.value = 1.0 - m.zero.value;
    m.skewness = (struct quo_annual_value){quo_sample_skewness(paid, n), NAN};
    m.method = "simulation";
    m.points = n;
    m.error = NAN;
    for (size_t i = 0; i < ask->results; i++)
        ask->result[i].got = of_sample(&ask->result[i], paid, n);
    if (ask->reinstated) {
        const double limit = ask->contract.annual_limit / (double)(ask->reinstatements + 1);
        double multiple = 0.0;
        for (size_t i = 0; i < n; i++)
            multiple += quo_reinstatement_charge(paid[i], limit, ask->rate, ask->reinstatements);
        m.cover = m.mean.value;
        m.multiple = multiple / (double)n;
        m.premium = m.cover / (1.0 + m.multiple);
    }
    free(paid);
    return cmd->json ? quo_ask_print_json(cmd, ask, &m) : quo_ask_print_table(cmd, ask, &m, NULL);
}

int quo_cmd_aggregate(struct quo_cmd *cmd, int argc, char **argv)
{
    struct quo_ask *ask = malloc(sizeof *ask);
    if (!ask)
        return quo_cmd_finish(cmd, QUO_MACHINE);
    int code;
    if (quo_ask_read(cmd, argc, argv, ask, &code))
        code = ask->simulation ? by_simulation(cmd, ask) : by_grid(cmd, ask);
    quo_ask_free(ask);
    free(ask);
    return code;
}
