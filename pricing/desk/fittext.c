#include "pricing/desk/fittext.h"

#include <math.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/base/money.h"

/* "1.46 bn"; hours as they are. */
static const char *amount(double x, bool hours, char *text, size_t size)
{
    if (isnan(x))
        snprintf(text, size, "-");
    else if (isinf(x))
        snprintf(text, size, "none");
    else if (hours)
        snprintf(text, size, "%.3g h", x);
    else
        quo_money_short(x, text, size);
    return text;
}

static void write_data(const struct quo_perilfit *fit, FILE *to)
{
    char from[11], until[11], floor[48];
    quo_date_format(fit->options.from, from);
    quo_date_format(fit->options.to, until);
    fprintf(to, "Model %s: %zu of %zu incidents, %s to %s, losses above %s USD\n", fit->model->id, fit->used, fit->rows,
            from, until, amount(fit->options.floor, false, floor, sizeof floor));
    fprintf(
        to,
        "  left out: %zu outside the window, %zu below the floor, %zu of a cause that is never covered or not told\n",
        fit->left_out_window, fit->left_out_floor, fit->left_out_cause);
    if (fit->corrected > 0)
        fprintf(to, "  %zu rows corrected by later reports\n", fit->corrected);
    if (fit->bridge_messages + fit->bridge_codes > 0)
        fprintf(to, "  at bridges: %zu bridge_validation, %zu code_bug; a market's bridge_code_faults is counted among them\n",
                fit->bridge_messages, fit->bridge_codes);
    if (fit->model->data_sha256 && *fit->model->data_sha256)
        fprintf(to, "  data sha256 %s\n", fit->model->data_sha256);
    fprintf(to, "  reference date %s; sizes and rates below speak of it\n", until);
    fprintf(to, "  sizes drift by %+.3f a year in logs (standard error %.3f), spread of log sizes within perils %.2f\n",
            fit->trend.trend, fit->trend.std_error, fit->trend.sigma);
    fprintf(to, "  rates per protocol drift by %+.3f a year (%.3f); over-dispersion of half-years %s",
            fit->rates.market.trend, fit->rates.market.std_error, isinf(fit->rates.market.size) ? "none seen" : "");
    if (isfinite(fit->rates.market.size))
        fprintf(to, "size %.1f, p = %.4f", fit->rates.market.size, fit->rates.market.p_value);
    const struct quo_perilfit_exposure *e = &fit->exposure;
    fprintf(to,
            "\n  exposure: loss ~ E^%.2f (%.2f), residual %.2f, from %d incidents; brought into line with the bands: "
            "E^%.2f, residual %.2f\n",
            e->regression_gamma, e->gamma_se, e->regression_sd, e->n, e->gamma, e->residual_sd);
    if (e->shares > 0)
        fprintf(to,
                "    loss over exposure of %d incidents: 10 %% lost %.3g of it or less, half %.3g, 90 %% %.3g, mean "
                "%.3g; who "
                "writes names the exposure when much is gone, so these are too high\n",
                e->shares, e->share_p10, e->share_p50, e->share_p90, e->share_mean);
    fprintf(to, "    chi-square of the mixture over the bands against the sizes: %.0f, before that %.0f\n", e->misfit,
            e->regression_misfit);
    fprintf(to,
            "  attribution to a state: %d of %d incidents, slope %.2f (%.2f) in log loss; index error %.2f from %d "
            "incidents\n\n",
            fit->attribution.marked, fit->attribution.rows, fit->attribution.b, fit->attribution.b_std_error,
            fit->model->index_error, fit->index_rows);
}

/* "weibull 0.46, lognormal 0.28": the parts that count, by Akaike weight. */
static void parts_of(const struct quo_perilfit_average *a, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < a->severity.parts; i++)
        if (a->weight[i] >= 0.0005 && length < size)
            length += (size_t)snprintf(text + length, size - length, "%s%s %.3f", length ? ", " : "",
                                       quo_family_name(a->severity.law[i].family), a->weight[i]);
}

static void write_perils(const struct quo_perilfit *fit, FILE *to)
{
    char mean[48], median[48], text[QUO_SEVERITY_TEXT];
    fputs("peril                        n   a year [95 %]           alpha  rate at E_0  median   mean*    pooled  "
          "sizes\n",
          to);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_perilfit_peril *m = &fit->peril[p];
        if (!m->present)
            continue;
        const bool hours = p == QUO_SERVICE_OUTAGE;
        const struct quo_peril_model *model = &fit->model->peril[p];
        char interval[64];
        snprintf(interval, sizeof interval, "%.3g [%.3g, %.3g]", m->rate_per_year, m->rate_low, m->rate_high);
        if (m->severity.family == QUO_AVERAGE)
            memcpy(text, "average of ", 12), parts_of(&m->sizes.average, text + 11, sizeof text - 11);
        else
            quo_severity_format(&m->severity, text, sizeof text);
        fprintf(
            to, "%-26s %4d  %-22s %6.2f  %11.4g  %-8s %-8s %5.2f   %s\n", quo_peril_id(m->peril), m->n, interval,
            model->point.alpha, model->point.rate, amount(exp(model->point.log_median), hours, median, sizeof median),
            amount(hours ? m->observed_mean : m->mean_capped, hours, mean, sizeof mean), model->pooled_weight, text);
    }
    fputs("  a year: of the whole market, service_outage of one service. median, mean: of sizes above the floor.\n"
          "  * limited to the most that the largest protocol can lose.\n\n",
          to);
}

/* The other rule's threshold, and xi over thresholds: from few exceedances to half of the records. */
static void write_other_tails(const struct quo_perilfit_plots *p, FILE *to)
{
    char threshold[48];
    if (p && p->least_ks.status == QUO_OK)
        fprintf(to, "      by least KS above %s: %zu records, xi %.2f [%.2f, %.2f]\n",
                amount(p->least_ks.threshold, false, threshold, sizeof threshold), p->least_ks.exceedances,
                p->least_ks.xi, p->least_ks.xi_low, p->least_ks.xi_high);
    if (!p || p->n_stability == 0)
        return;
    fputs("      xi over thresholds (records above):", to);
    for (size_t i = 0; i < p->n_stability; i++)
        if (p->stability[i].status == QUO_OK)
            fprintf(to, " %.2f (%zu)", p->stability[i].xi, p->stability[i].exceedances);
    fputc('\n', to);
}

/* "95 % by profile likelihood: shape [0.33, 0.54], ...", where it was made. */
static void write_intervals(const struct quo_perilfit_candidate *c, FILE *to)
{
    char name[64];
    bool any = false;
    for (int k = 0; k < c->fit.n_parameters; k++)
        if (!isnan(c->low[k]) && !isnan(c->high[k])) {
            fprintf(to, "%s%s [%.4g, %.4g]", any ? ", " : "                 95 % by profile likelihood: ",
                    quo_fit_parameter_name(&c->fit, k, name, sizeof name), c->low[k], c->high[k]);
            any = true;
        }
    if (any)
        fputc('\n', to);
}

static void write_candidates(const char *title, const struct quo_perilfit_sizes *s, bool used, bool averaged, FILE *to)
{
    if (s->n_candidates == 0)
        return;
    double best = INFINITY;
    for (int i = 0; i < s->n_candidates; i++)
        if (s->candidate[i].fit.status == QUO_OK)
            best = fmin(best, s->candidate[i].fit.aicc);
    fprintf(to, "%s: %zu records%s\n", title, s->n, used ? "" : "; pooled, so these are for comparison");
    for (int i = 0; i < s->n_candidates; i++) {
        const struct quo_perilfit_candidate *c = &s->candidate[i];
        fprintf(to, "  %c %-12s dAICc %8.2f  weight %.3f  KS %.3f  CvM %.3f  AD %.2f",
                used && !averaged && i == s->chosen ? '>' : ' ', quo_family_name(c->fit.severity.family),
                c->fit.aicc - best, c->weight, c->goodness.ks, c->goodness.cvm, c->goodness.ad);
        if (isfinite(c->p_ad))
            fprintf(to, "  p %.3f %.3f %.3f", c->p_ks, c->p_cvm, c->p_ad);
        if (isfinite(c->log_score))
            fprintf(to, "  score %.3f (%.3f)", c->log_score, c->log_score_se);
        char name[64];
        for (int k = 0; k < c->fit.n_parameters; k++) {
            fprintf(to, "%s%s %.4g", k ? ", " : "  ", quo_fit_parameter_name(&c->fit, k, name, sizeof name),
                    c->fit.parameter[k]);
            if (isnan(c->fit.std_error[k])) /* at the edge of a family there is none */
                fputs(" (-)", to);
            else
                fprintf(to, " (%.2g)", c->fit.std_error[k]);
        }
        if (c->fit.severity.family == QUO_SPLICED)
            fprintf(to, ", threshold %.4g", c->fit.severity.threshold);
        if (c->fit.status != QUO_OK)
            fprintf(to, "  not at a maximum: %s", c->fit.reason);
        fputc('\n', to);
        write_intervals(c, to);
    }
    if (s->average.severity.parts > 1) {
        char parts[400];
        parts_of(&s->average, parts, sizeof parts);
        fprintf(to, "  %c %-12s by Akaike weight          KS %.3f  CvM %.3f  AD %.2f  %s\n",
                used && averaged ? '>' : ' ', "average", s->average.goodness.ks, s->average.goodness.cvm,
                s->average.goodness.ad, parts);
    }
    if (s->tail.status == QUO_OK) {
        char threshold[48];
        fprintf(to, "    tail above %s: %zu records, xi %.2f [%.2f, %.2f], Hill %.2f; %s\n",
                amount(s->tail.threshold, false, threshold, sizeof threshold), s->tail.exceedances, s->tail.xi,
                s->tail.xi_low, s->tail.xi_high, s->hill, s->rule.how);
        write_other_tails(s->plots, to);
    }
}

static void write_outages(const struct quo_perilfit *fit, FILE *to)
{
    if (!fit->options.outages)
        return;
    fputs("\nstops a service-year       services  stops  years   plain  corrected [95 %]   credible (weight of its "
          "own)\n",
          to);
    for (int k = 0; k <= QUO_SERVICE_KINDS; k++) {
        const struct quo_outage_rate *r = &fit->outage_rate[k];
        if (r->services > 0 && k != QUO_SERVICE_CLOUD_REGION) {
            fprintf(to, "  %-24s %8d %6d %6.1f %7.2f %10.2f [%.2f, %.2f]",
                    k == QUO_SERVICE_KINDS ? "all" : quo_outages_kind_id((enum quo_service_kind)k), r->services,
                    r->stops, r->service_years, r->plain, r->rate, r->low, r->high);
            if (!isnan(r->credibility))
                fprintf(to, "  %9.2f (%.2f)", r->credible, r->credibility);
            fputc('\n', to);
        }
    }
}

void quo_fittext_write(const struct quo_perilfit *fit, FILE *to)
{
    char observed[48], modelled[48];
    write_data(fit, to);
    write_perils(fit, to);
    fputs("candidates (> chosen; p-values of KS, CvM, AD by parametric bootstrap; standard errors in brackets)\n", to);
    const bool averaged = fit->options.family == QUO_AVERAGE;
    write_candidates("all perils", &fit->all, true, averaged, to);
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (fit->peril[p].present)
            write_candidates(quo_peril_id((enum quo_peril)p), &fit->peril[p].sizes, !fit->peril[p].pooled, averaged,
                             to);
    if (fit->options.tests > 0)
        fputs("  score: mean log density of records held out in five folds (its standard error)\n", to);
    write_outages(fit, to);
    fputs("\nreconciliation                                              observed   modelled\n", to);
    for (size_t i = 0; i < fit->n_lines; i++) {
        const struct quo_perilfit_line *l = &fit->line[i];
        if (l->observed < 1e4 && l->modelled < 1e4)
            fprintf(to, "  %-54s %11.4g %10.4g\n", l->statistic, l->observed, l->modelled);
        else
            fprintf(to, "  %-54s %11s %10s\n", l->statistic, amount(l->observed, false, observed, sizeof observed),
                    amount(l->modelled, false, modelled, sizeof modelled));
    }
    fputs("\nwarnings\n", to);
    for (size_t i = 0; i < fit->n_warnings; i++)
        fprintf(to, "  - %s\n", fit->warning[i]);
}
