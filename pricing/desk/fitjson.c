#include "pricing/desk/fitjson.h"

#include <math.h>
#include <stdio.h>
#include "pricing/desk/scorejson.h"
#include "risk/base/date.h"

static json_t *number(double x) { return quo_scorejson_number(x); }

static json_t *date(int day)
{
    char text[11];
    quo_date_format(day, text);
    return json_string(text);
}

static json_t *interval(double low, double high) { return json_pack("[o, o]", number(low), number(high)); }

/* An end that the profile never reaches is null. */
static json_t *profile(double low, double high)
{
    return json_pack("[o, o]", isfinite(low) ? number(low) : json_null(), isfinite(high) ? number(high) : json_null());
}

static const char *family_of(const struct quo_perilfit_candidate *c) { return quo_family_name(c->fit.severity.family); }

static json_t *candidate(const struct quo_perilfit_candidate *c)
{
    json_t *parameters = json_object(), *errors = json_object(), *intervals = json_object();
    char name[64];
    for (int i = 0; i < c->fit.n_parameters; i++) {
        quo_fit_parameter_name(&c->fit, i, name, sizeof name);
        json_object_set_new(parameters, name, number(c->fit.parameter[i]));
        json_object_set_new(errors, name, number(c->fit.std_error[i]));
        if (!isnan(c->low[i]) && !isnan(c->high[i]))
            json_object_set_new(intervals, name, profile(c->low[i], c->high[i]));
    }
    if (c->fit.severity.family == QUO_SPLICED)
        json_object_set_new(parameters, "threshold", number(c->fit.severity.threshold));
    if (c->fit.severity.family == QUO_GPD)
        json_object_set_new(parameters, "mu", number(c->fit.severity.law[0].par[2]));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, "
                     "s:o, s:o, s:o, s:i, "
                     "s:b, s:s}",
                     "family", family_of(c), "parameters", parameters, "standard_errors", errors, "profile_intervals",
                     intervals, "loglik", number(c->fit.loglik), "aic", number(c->fit.aic), "aicc", number(c->fit.aicc),
                     "bic", number(c->fit.bic), "ks", number(c->goodness.ks), "ad", number(c->goodness.ad), "cvm",
                     number(c->goodness.cvm), "p_values", "ks", number(c->p_ks), "ad", number(c->p_ad), "cvm",
                     number(c->p_cvm), "ad_upper", number(c->p_ad_upper), "weight", number(c->weight), "log_score",
                     number(c->log_score), "log_score_standard_error", number(c->log_score_se), "ad_upper",
                     number(c->goodness.ad_upper), "gradient", number(c->fit.gradient_norm), "condition",
                     number(c->fit.condition), "starts", c->fit.starts, "converged", c->fit.status == QUO_OK, "reason",
                     c->fit.reason);
}

static json_t *candidates(const struct quo_perilfit_sizes *sizes)
{
    json_t *list = json_array();
    for (int i = 0; i < sizes->n_candidates; i++)
        json_array_append_new(list, candidate(&sizes->candidate[i]));
    return list;
}

static json_t *tail(const struct quo_perilfit_sizes *sizes)
{
    const struct quo_tail_fit *t = &sizes->tail;
    if (t->status != QUO_OK)
        return json_null();
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:s}", "threshold", number(t->threshold), "exceedances",
                     (json_int_t)t->exceedances, "xi", number(t->xi), "xi_interval", interval(t->xi_low, t->xi_high),
                     "beta", number(t->beta), "hill", number(sizes->hill), "rule", sizes->rule.how);
}

static json_t *numbers(const double *x, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, number(x[i]));
    return list;
}

static json_t *tail_at(const struct quo_tail_fit *t)
{
    return t->status == QUO_OK ? json_pack("{s:o, s:I, s:o, s:o, s:o}", "threshold", number(t->threshold),
                                           "exceedances", (json_int_t)t->exceedances, "xi", number(t->xi),
                                           "xi_interval", interval(t->xi_low, t->xi_high), "beta", number(t->beta))
                               : json_null();
}

/* The curves that a report draws; the bands of PP and QQ follow from `band`. */
static json_t *plots(const struct quo_perilfit_sizes *sizes)
{
    const struct quo_perilfit_plots *p = sizes->plots;
    if (!p)
        return json_null();
    json_t *stability = json_array(), *observed = json_array(), *expected = json_array(), *low = json_array(),
           *high = json_array();
    for (size_t i = 0; i < p->n_stability; i++)
        json_array_append_new(stability, tail_at(&p->stability[i]));
    for (size_t i = 0; i < p->n; i++) {
        json_array_append_new(expected, number(-log1p(-p->empirical[i])));
        json_array_append_new(observed, number(-log1p(-p->model[i])));
        json_array_append_new(low, number(-log1p(-fmax(0.0, p->empirical[i] - p->band))));
        json_array_append_new(high, number(p->empirical[i] + p->band < 1.0 ? -log1p(-p->empirical[i] - p->band) : NAN));
    }
    return json_pack("{s:{s:o, s:o, s:o}, s:{s:o, s:o, s:o, s:o}, s:o, s:{s:o, s:o}, s:o, s:o}", "pp", "empirical",
                     numbers(p->empirical, p->n), "model", numbers(p->model, p->n), "band", number(p->band), "qq",
                     "exponential", expected, "residual", observed, "low", low, "high", high, "hill",
                     numbers(p->hill, p->n_tail), "mean_excess", "at", numbers(p->excess_at, p->n_tail), "excess",
                     numbers(p->excess, p->n_tail), "stability", stability, "minimum_ks", tail_at(&p->least_ks));
}

static json_t *severity(const struct quo_severity *s)
{
    char text[QUO_SEVERITY_TEXT];
    quo_severity_format(s, text, sizeof text);
    return json_string(text);
}

static json_t *average(const struct quo_perilfit_average *a)
{
    json_t *parts = json_array();
    if (a->severity.parts == 0) {
        json_decref(parts);
        return json_null();
    }
    for (int i = 0; i < a->severity.parts; i++) {
        const struct quo_severity part = quo_severity_simple(a->severity.law[i].family, a->severity.law[i].par);
        json_array_append_new(parts, json_pack("{s:o, s:o}", "weight", number(a->weight[i]), "law", severity(&part)));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "parts", parts, "ks", number(a->goodness.ks), "ad",
                     number(a->goodness.ad), "cvm", number(a->goodness.cvm), "severity", severity(&a->severity));
}

static json_t *peril(const struct quo_perilfit *fit, const struct quo_perilfit_peril *m)
{
    const struct quo_peril_model *model = &fit->model->peril[m->peril];
    json_t *frequency = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "family", isinf(m->rate.size) ? "poisson" : "negbin", "rate_per_year",
        number(m->rate_per_year), "rate_per_protocol_year", number(m->rate.rate), "dispersion",
        isinf(m->rate.size) ? json_null() : number(m->rate.size), "dispersion_p_value", number(m->rate.p_value),
        "trend_per_year", number(m->rate.trend), "interval", interval(m->rate_low, m->rate_high));
    json_t *one =
        json_pack("{s:s, s:i, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:i}", "id", quo_peril_id(m->peril), "n", m->n,
                  "floor", number(m->floor), "frequency", frequency, "candidates", candidates(&m->sizes), "chosen",
                  quo_family_name(m->severity.family), "tail", tail(&m->sizes), "pooled_weight",
                  number(model->pooled_weight), "mean_capped", number(m->mean_capped), "draws", m->draws);
    if (!one)
        return NULL;
    json_object_set_new(one, "severity", severity(&m->severity));
    json_object_set_new(one, "average", average(&m->sizes.average));
    json_object_set_new(one, "plots", plots(&m->sizes));
    json_object_set_new(one, "at_reference_exposure",
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "rate", number(model->point.rate), "alpha",
                                  number(model->point.alpha), "gamma", number(model->point.gamma), "spread",
                                  number(model->point.spread), "median", number(exp(model->point.log_median))));
    json_object_set_new(one, "attribution",
                        json_pack("{s:o, s:o}", "a", number(model->attribution_a), "b", number(model->attribution_b)));
    return one;
}

json_t *quo_fitjson_document(const struct quo_perilfit *fit)
{
    json_t *data = json_pack("{s:I, s:I, s:o, s:o, s:s, s:{s:I, s:I, s:I}, s:I, s:{s:I, s:I}}", "rows", (json_int_t)fit->rows, "used",
                             (json_int_t)fit->used, "from", date(fit->options.from), "to", date(fit->options.to),
                             "sha256", fit->model->data_sha256 ? fit->model->data_sha256 : "", "left_out",
                             "outside_window", (json_int_t)fit->left_out_window, "never_covered_or_other",
                             (json_int_t)fit->left_out_cause, "below_floor", (json_int_t)fit->left_out_floor, "corrected",
                             (json_int_t)fit->corrected, "at_bridges", "bridge_validation", (json_int_t)fit->bridge_messages,
                             "code_bug", (json_int_t)fit->bridge_codes);
    json_t *perils = json_array(), *lines = json_array(), *warnings = json_array(), *outages = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (fit->peril[p].present)
            json_array_append_new(perils, peril(fit, &fit->peril[p]));
    for (size_t i = 0; i < fit->n_lines; i++)
        json_array_append_new(lines,
                              json_pack("{s:s, s:o, s:o}", "statistic", fit->line[i].statistic, "observed",
                                        number(fit->line[i].observed), "modelled", number(fit->line[i].modelled)));
    for (size_t i = 0; i < fit->n_warnings; i++)
        json_array_append_new(warnings, json_string(fit->warning[i]));
    for (int k = 0; k < QUO_SERVICE_KINDS && fit->options.outages; k++) {
        const struct quo_outage_rate *r = &fit->outage_rate[k];
        json_array_append_new(outages, json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
                                                 quo_outages_kind_id((enum quo_service_kind)k), "services", r->services,
                                                 "stops", r->stops, "service_years", number(r->service_years),
                                                 "rate_plain", number(r->plain), "rate", number(r->rate), "interval",
                                                 interval(r->low, r->high), "credibility", number(r->credibility),
                                                 "credible_rate", number(r->credible)));
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:{s:i, s:o, s:o, s:o, s:o, s:o, s:{s:i, s:o, s:o, "
                     "s:o, s:o}}, s:{s:i, s:i, s:o}, s:o, s:o}",
                     "model_id", fit->model->id, "data", data, "perils", perils, "reconciliation", lines, "warnings",
                     warnings, "severity_trend", "per_year", number(fit->trend.trend), "standard_error",
                     number(fit->trend.std_error), "spread_within_perils", number(fit->trend.sigma), "exposure",
                     "incidents", fit->exposure.n, "regression_gamma", number(fit->exposure.regression_gamma),
                     "standard_error", number(fit->exposure.gamma_se), "regression_sd",
                     number(fit->exposure.regression_sd), "gamma", number(fit->exposure.gamma), "residual_sd",
                     number(fit->exposure.residual_sd), "loss_share", "incidents", fit->exposure.shares, "p10",
                     number(fit->exposure.share_p10), "p50", number(fit->exposure.share_p50), "p90",
                     number(fit->exposure.share_p90), "mean", number(fit->exposure.share_mean), "attribution", "marked",
                     fit->attribution.marked, "rows", fit->attribution.rows, "slope", number(fit->attribution.b),
                     "outages", outages, "all_perils", candidates(&fit->all));
}
