#include "pricing/desk/calibrateshow.h"

#include <math.h>
#include <string.h>
#include "pricing/desk/scorejson.h"
#include "risk/base/date.h"
#include "risk/base/money.h"

static json_t *number(double x) { return quo_scorejson_number(x); }

/* Money short, counts and shares as they are. */
static const char *figure(const struct quo_calibrate_line *l, double x, char *text, size_t size)
{
    if (isnan(x))
        snprintf(text, size, "-");
    else if (strstr(l->statistic, "share"))
        snprintf(text, size, "%.3f", x);
    else if (strncmp(l->statistic, "loss_", 5) == 0)
        quo_money_short(x, text, size);
    else
        snprintf(text, size, "%.4g", x);
    return text;
}

void quo_calibrateshow_text(const struct quo_calibrate *c, FILE *to)
{
    char from[11], until[11], text[5][48];
    quo_date_format(c->options.from, from);
    quo_date_format(c->options.to, until);
    fprintf(to, "Model %s: %zu of %zu published figures, %s to %s\n", c->model->id, c->rows_used, c->rows, from, until);
    if (c->model->data_sha256 && *c->model->data_sha256)
        fprintf(to, "  data sha256 %s\n", c->model->data_sha256);
    fprintf(to, "  sizes above %s USD, a judgement; simulated moments: %s, objective %.3g\n\n",
            quo_money_short(c->options.floor, text[0], sizeof text[0]) ? text[0] : "",
            c->converged ? "minimum found" : "NO MINIMUM FOUND", c->objective);
    fputs("statistic                of                          published     median        5 %       95 %  residual  "
          "tail p\n",
          to);
    for (int i = 0; i < c->n_lines; i++) {
        const struct quo_calibrate_line *l = &c->line[i];
        fprintf(to, "%c %-22s %-24s %12s %10s %10s %10s  %8.2f  %6.3f%s%s\n", l->fitted ? '*' : ' ', l->statistic,
                l->scope, figure(l, l->published, text[0], sizeof text[0]),
                figure(l, l->median, text[1], sizeof text[1]), figure(l, l->low, text[2], sizeof text[2]),
                figure(l, l->high, text[3], sizeof text[3]), l->residual, l->tail_probability,
                *l->contradicted_by ? "  contradicted by " : "", l->contradicted_by);
    }
    fputs("  * entered the search. Intervals hold the parameters at the fit: what one such period scatters.\n\n", to);
    fputs("group             a year   meanlog (s.e.)    sdlog (s.e.)\n", to);
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++)
        fprintf(to, "%-15s %8.1f  %7.2f (%.2f)   %7.2f (%.2f)\n", c->group[g].id, c->group[g].per_year,
                c->group[g].meanlog, c->group[g].meanlog_se, c->group[g].sdlog,
                c->group[g].sdlog * c->group[g].log_sdlog_se);
    fprintf(to, "  attributed to a state: 1/(1 + exp(-(%.2f + %.2f ln x)))\n", c->law.state_a, c->law.state_b);
    fputs("\nperil                        a year [95 %]           alpha  rate at E_0  median   mean*\n", to);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_calibrate_peril *m = &c->peril[p];
        const struct quo_peril_parameters *point = &c->model->peril[p].point;
        if (!m->present)
            continue;
        char interval[64];
        snprintf(interval, sizeof interval, "%.3g [%.3g, %.3g]", m->rate_per_year, m->rate_low, m->rate_high);
        quo_money_short(exp(point->log_median), text[0], sizeof text[0]);
        quo_money_short(m->mean_capped, text[1], sizeof text[1]);
        fprintf(to, "%-28s %-22s %6.2f  %11.4g  %-8s %s\n", quo_peril_id((enum quo_peril)p), interval, point->alpha,
                point->rate, text[0], text[1]);
    }
    fputs("  * above the floor, limited to the most that the largest protocol can lose. A group's rate is split over "
          "its perils by judgement.\n",
          to);
    fputs("\ncontradictions between publications\n", to);
    for (size_t i = 0; i < c->n_contradictions; i++)
        fprintf(to, "  - %s\n", c->contradiction[i]);
    if (c->n_contradictions == 0)
        fputs("  none\n", to);
}

static json_t *peril(const struct quo_calibrate *c, int p)
{
    const struct quo_calibrate_peril *m = &c->peril[p];
    const struct quo_peril_model *model = &c->model->peril[p];
    const struct quo_calibrate_group *group =
        &c->group[quo_peril_group_of((enum quo_peril)p) == QUO_GROUP_INFRASTRUCTURE ? QUO_CALIBRATE_SIM_INFRASTRUCTURE
                                                                                    : QUO_CALIBRATE_SIM_CODE];
    json_t *candidate = json_pack("{s:s, s:{s:o, s:o}, s:{s:o, s:o}, s:b}", "family", "lognormal", "parameters",
                                  "meanlog", number(group->meanlog), "sdlog", number(group->sdlog), "standard_errors",
                                  "meanlog", number(group->meanlog_se), "sdlog",
                                  number(group->sdlog * group->log_sdlog_se), "converged", c->converged);
    json_t *frequency =
        json_pack("{s:s, s:o, s:o, s:n, s:o, s:[o, o]}", "family", "poisson", "rate_per_year", number(m->rate_per_year),
                  "rate_per_protocol_year", number(model->point.rate), "dispersion", "trend_per_year", number(0.0),
                  "interval", number(m->rate_low), number(m->rate_high));
    return json_pack(
        "{s:s, s:i, s:o, s:o, s:[o], s:s, s:n, s:o, s:o, s:I, s:s, s:{s:o, s:o, s:o, s:o, s:o}, s:{s:o, s:o}}", "id",
        quo_peril_id((enum quo_peril)p), "n", m->n, "floor", number(model->floor), "frequency", frequency, "candidates",
        candidate, "chosen", "lognormal", "tail", "pooled_weight", number(model->pooled_weight), "mean_capped",
        number(m->mean_capped), "draws", (json_int_t)model->n_draws, "group", group->id, "at_reference_exposure",
        "rate", number(model->point.rate), "alpha", number(model->point.alpha), "gamma", number(model->point.gamma),
        "spread", number(model->point.spread), "median", number(exp(model->point.log_median)), "attribution", "a",
        number(model->attribution_a), "b", number(model->attribution_b));
}

json_t *quo_calibrateshow_document(const struct quo_calibrate *c)
{
    char from[11], to[11];
    quo_date_format(c->options.from, from);
    quo_date_format(c->options.to, to);
    json_t *lines = json_array(), *perils = json_array(), *groups = json_array(), *contradictions = json_array();
    for (int i = 0; i < c->n_lines; i++) {
        const struct quo_calibrate_line *l = &c->line[i];
        json_array_append_new(lines, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:b}", "scope", l->scope,
                                               "statistic", l->statistic, "published", number(l->published), "median",
                                               number(l->median), "low", number(l->low), "high", number(l->high),
                                               "tail_probability", number(l->tail_probability), "residual",
                                               number(l->residual), "contradicted_by",
                                               *l->contradicted_by ? l->contradicted_by : NULL, "fitted", l->fitted));
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (c->peril[p].present)
            json_array_append_new(perils, peril(c, p));
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++)
        json_array_append_new(groups, json_pack("{s:s, s:o, s:o, s:o}", "id", c->group[g].id, "rate_per_year",
                                                number(c->group[g].per_year), "meanlog", number(c->group[g].meanlog),
                                                "sdlog", number(c->group[g].sdlog)));
    for (size_t i = 0; i < c->n_contradictions; i++)
        json_array_append_new(contradictions, json_string(c->contradiction[i]));
    return json_pack("{s:s, s:{s:I, s:I, s:s, s:s, s:s}, s:o, s:o, s:o, s:o, s:b, s:o}", "model_id", c->model->id,
                     "data", "rows", (json_int_t)c->rows, "used", (json_int_t)c->rows_used, "from", from, "to", to,
                     "sha256", c->model->data_sha256, "statistics", lines, "perils", perils, "groups", groups,
                     "contradictions", contradictions, "converged", c->converged, "objective", number(c->objective));
}
