#include "risk/hazard.h"

#include <math.h>
#include <string.h>

#define DAYS_A_YEAR 365.25
#define HOURS_A_YEAR 8766.0 /* no outage of a policy year is longer */

double quo_hazard_trend_years(const struct quo_model *model, int day)
{
    const int until = day < model->trend_until_day ? day : model->trend_until_day;
    return (until - model->reference_day) / DAYS_A_YEAR;
}

const struct quo_peril_parameters *quo_hazard_parameters(const struct quo_peril_model *peril, long draw)
{
    return draw < 0 || peril->n_draws == 0 ? &peril->point : &peril->draw[(size_t)draw % peril->n_draws];
}

/* The most of the exposure that the protocol's signers can reach, for the perils that come through them. */
static double reach(enum quo_peril peril, const struct quo_protocol *protocol)
{
    if (peril != QUO_KEY_COMPROMISE && peril != QUO_SIGNER_SOCIAL_ENGINEERING && peril != QUO_KEY_LOSS)
        return 1.0;
    double most = protocol->n_signer_sets ? 0.0 : 1.0;
    for (size_t i = 0; i < protocol->n_signer_sets; i++)
        most = fmax(most, protocol->signer_set[i].reach_share);
    return most;
}

/* ln X = m + gamma ln(E/E_0) + r (ln S - m) + trend, capped. */
static struct quo_loss market_loss(const struct quo_model *model, const struct quo_peril_model *peril,
                                   const struct quo_peril_parameters *par, double exposure_usd, double years)
{
    const bool hours = quo_peril_in_hours(peril->peril);
    struct quo_loss loss = {.severity = par->severity, .floor = peril->floor, .power = par->spread};
    loss.log_scale = (1.0 - par->spread) * par->log_median + par->severity_trend * years;
    if (!hours)
        loss.log_scale += par->gamma * log(exposure_usd / model->exposure_reference);
    loss.cap = hours ? HOURS_A_YEAR : peril->cap_share * exposure_usd;
    return loss;
}

static void set_controls(struct quo_loss *loss, enum quo_peril peril, const struct quo_protocol *protocol,
                         const struct quo_peril_score *score)
{
    const bool hours = quo_peril_in_hours(peril);
    loss->log_scale += log(hours ? score->duration : score->severity);
    if (!hours)
        loss->cap *= reach(peril, protocol);
    loss->outflow = score->outflow;
}

static void set_market(const struct quo_model *model, enum quo_peril p, double exposure_usd, int day, long draw,
                       struct quo_hazard *out)
{
    const struct quo_peril_model *peril = &model->peril[p];
    *out = (struct quo_hazard){.peril = p,
                               .present = peril->present,
                               .relativity = 1.0,
                               .experience = 1.0,
                               .exposure_factor = 1.0,
                               .size = INFINITY};
    if (!peril->present)
        return;
    const struct quo_peril_parameters *par = quo_hazard_parameters(peril, draw);
    const double years = quo_hazard_trend_years(model, day);
    out->base_rate = par->rate * exp(par->rate_trend * years);
    out->exposure_factor = pow(exposure_usd / model->exposure_reference, par->alpha);
    out->size = peril->size;
    out->market_loss = market_loss(model, peril, par, exposure_usd, years);
    out->loss = out->market_loss;
}

/* Gamma prior of mean 1 on the protocol's own multiplier, Poisson incidents: (shape + n) / (shape + expected). Only the
 * perils measured in money are told apart from mishaps in the records. */
double quo_hazard_experience(const struct quo_protocol *protocol, double shape, double expected_a_year)
{
    if (!protocol->has_history)
        return 1.0;
    shape = shape > 0.0 ? shape : QUO_HAZARD_EXPERIENCE_SHAPE;
    return (shape + protocol->history_incidents) / (shape + expected_a_year * protocol->history_years);
}

double quo_hazard_trend(const struct quo_model *model, enum quo_peril peril, int day, long draw)
{
    const double years = quo_hazard_trend_years(model, day) - quo_hazard_trend_years(model, model->trend_until_day);
    return exp(quo_hazard_parameters(&model->peril[peril], draw)->rate_trend * years);
}

enum quo_status quo_hazard_settle(const struct quo_model *model, const struct quo_protocol *protocol, double shape, int day,
                                  long draw, struct quo_hazard hazard[QUO_PERILS])
{
    double expected = 0.0;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!hazard[p].present)
            continue;
        hazard[p].rate = hazard[p].base_rate * hazard[p].exposure_factor * hazard[p].relativity;
        if (p < QUO_COVERED_PERILS && !quo_peril_in_hours((enum quo_peril)p))
            expected += hazard[p].rate;
    }
    const double experience = quo_hazard_experience(protocol, shape, expected);
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!hazard[p].present)
            continue;
        if (p < QUO_COVERED_PERILS && !quo_peril_in_hours((enum quo_peril)p))
            hazard[p].experience = experience;
        hazard[p].contagion = protocol->contagion[p] > 0.0 ? protocol->contagion[p] * quo_hazard_trend(model, (enum quo_peril)p, day, draw) : 0.0;
        hazard[p].rate = hazard[p].rate * hazard[p].experience + hazard[p].contagion;
        if (!isfinite(hazard[p].rate))
            return QUO_DOMAIN;
    }
    return QUO_OK;
}

enum quo_status quo_hazard_laws(const struct quo_model *model, const struct quo_protocol *protocol,
                                const struct quo_score *score, int day, long draw, struct quo_hazard hazard[QUO_PERILS])
{
    if (!(protocol->exposure_usd > 0.0) || isinf(protocol->exposure_usd))
        return QUO_DOMAIN;
    for (int p = 0; p < QUO_PERILS; p++) {
        set_market(model, (enum quo_peril)p, protocol->exposure_usd, day, draw, &hazard[p]);
        if (!hazard[p].present || p >= QUO_COVERED_PERILS)
            continue;
        hazard[p].relativity = score->peril[p].frequency;
        set_controls(&hazard[p].loss, (enum quo_peril)p, protocol, &score->peril[p]);
    }
    return quo_hazard_settle(model, protocol, score->experience_shape, day, draw, hazard);
}

enum quo_status quo_hazard_alone(const struct quo_model *model, const struct quo_protocol *protocol, enum quo_peril p,
                                 const struct quo_relativity *relativity, int day, struct quo_hazard *out)
{
    struct quo_peril_score score = {
        .severity = relativity->severity, .duration = relativity->duration, .outflow = relativity->outflow};
    if (!(protocol->exposure_usd > 0.0) || isinf(protocol->exposure_usd))
        return QUO_DOMAIN;
    set_market(model, p, protocol->exposure_usd, day, -1, out);
    if (!out->present)
        return QUO_OK;
    if (p < QUO_COVERED_PERILS) {
        out->relativity = relativity->frequency;
        set_controls(&out->loss, p, protocol, &score);
    }
    out->rate = out->base_rate * out->exposure_factor * out->relativity;
    return isfinite(out->rate) ? QUO_OK : QUO_DOMAIN;
}

enum quo_status quo_hazard_all(const struct quo_model *model, const struct quo_protocol *protocol,
                               const struct quo_score *score, int day, long draw, struct quo_hazard hazard[QUO_PERILS])
{
    const enum quo_status status = quo_hazard_laws(model, protocol, score, day, draw, hazard);
    for (int p = 0; p < QUO_PERILS && status == QUO_OK; p++) {
        if (!hazard[p].present)
            continue;
        hazard[p].mean_loss = quo_loss_mean(&hazard[p].loss);
        if (!isfinite(hazard[p].mean_loss))
            return QUO_DOMAIN;
    }
    return status;
}

void quo_hazard_weights(const struct quo_model *model, double exposure_usd, int day, double weight[QUO_PERILS])
{
    for (int p = 0; p < QUO_PERILS; p++) {
        struct quo_hazard hazard;
        set_market(model, (enum quo_peril)p, exposure_usd, day, -1, &hazard);
        weight[p] = 0.0;
        if (!hazard.present || p >= QUO_COVERED_PERILS)
            continue;
        const double unit =
            quo_peril_in_hours((enum quo_peril)p) ? QUO_HAZARD_OUTAGE_SHARE_AN_HOUR * exposure_usd : 1.0;
        weight[p] = hazard.base_rate * hazard.exposure_factor * quo_loss_mean(&hazard.market_loss) * unit;
    }
}
