#include "random_contracts.h"

#include <math.h>
#include <string.h>
#include "risk/base/stream.h"

static struct quo_frequency draw_frequency(struct quo_stream *s)
{
    const double mean = 0.02 * exp(6.0 * quo_stream_uniform(s)); /* 0.02 .. 8 */
    struct quo_frequency f = quo_frequency_poisson(mean);
    switch (quo_stream_below(s, 4)) {
    case 0:
        f = quo_frequency_negbin_mean(mean, 0.5 + 4.0 * quo_stream_uniform(s));
        break;
    case 1:
        f = (struct quo_frequency){QUO_BINOMIAL, {10.0, mean / 10.0}, false, 0.0};
        break;
    case 2:
        f.modified = true;
        f.p0 = quo_stream_uniform(s);
        break;
    default:
        break;
    }
    return f;
}

/* Of typical size 1 to 10^6. */
static struct quo_severity draw_severity(struct quo_stream *s)
{
    const double scale = exp(14.0 * quo_stream_uniform(s)), u = quo_stream_uniform(s);
    switch (quo_stream_below(s, 6)) {
    case 0:
        return quo_severity_simple(QUO_LOGNORMAL, (const double[]){log(scale), 0.5 + 2.5 * u});
    case 1:
        return quo_severity_simple(QUO_GPD, (const double[]){0.2 + 1.2 * u, scale, 0.3 * scale});
    case 2:
        return quo_severity_simple(QUO_GAMMA, (const double[]){0.4 + 3.0 * u, scale});
    case 3:
        return quo_severity_simple(QUO_PARETO2, (const double[]){0.7 + 2.0 * u, scale});
    case 4:
        return quo_severity_simple(QUO_WEIBULL, (const double[]){0.5 + u, scale});
    default:
        return quo_severity_simple(QUO_BURR, (const double[]){0.8 + u, 1.2, scale});
    }
}

void random_contract_draw(unsigned i, struct random_contract *out)
{
    struct quo_stream s = quo_stream_at(20261121, i, 0, 0x7E57);
    memset(out, 0, sizeof *out);
    quo_contract_init(&out->contract);
    struct quo_contract *c = &out->contract;
    c->frequency = draw_frequency(&s);
    c->event.share = quo_stream_below(&s, 3) ? 1.0 : 0.1 + 0.9 * quo_stream_uniform(&s);
    double unit;
    if (quo_stream_below(&s, 5) == 0) {
        unit = exp(10.0 * quo_stream_uniform(&s));
        double sum = 0.0;
        for (int k = 1; k < 16; k++)
            sum += out->mass[k] = k == 15 || quo_stream_below(&s, 2) ? quo_stream_uniform(&s) : 0.0;
        for (int k = 1; k < 16; k++)
            out->mass[k] /= sum;
        out->points = (struct quo_lattice){unit, 16, out->mass};
        c->points = &out->points;
        c->event.attach =
            unit * (double)quo_stream_below(&s, 4); /* terms on the points, so that nothing is discretised */
        c->event.limit = unit * (double)(4 + quo_stream_below(&s, 12));
    } else {
        c->event.severity = draw_severity(&s);
        unit = quo_severity_Qinv(0.5, &c->event.severity);
        c->event.attach = quo_stream_below(&s, 2) ? unit * 2.0 * quo_stream_uniform(&s) : 0.0;
        c->event.limit = unit * (1.0 + 30.0 * quo_stream_uniform(&s));
    }
    const double most = c->event.share * c->event.limit;
    if (quo_stream_below(&s, 2))
        c->annual_limit = most * (0.6 + 3.0 * quo_stream_uniform(&s));
    if (quo_stream_below(&s, 3) == 0)
        c->annual_deductible = most * 0.7 * quo_stream_uniform(&s);
}
