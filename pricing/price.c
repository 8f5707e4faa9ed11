#include "pricing/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/drawlaw.h"
#include "pricing/resolution.h"

#define MANY_DRAWS 200  /* threads cost more to start than fewer take */
#define EFFECT_DRAWS 10 /* at least; else a quarter of the model's: one costs as much as several of those */

double quo_price_pure(const struct quo_terms *terms, const struct quo_policylaw *law, double term_years,
                      double *risk_load, double *credit)
{
    *risk_load = quo_load_risk_above(terms, &law->annual, law->expected, term_years);
    *credit = (law->expected + *risk_load) * law->reinstatement_share;
    return law->expected + *risk_load - *credit;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quo_price_quantile(const double *sorted, size_t n, double p)
{
    const double at = p * (double)(n - 1);
    const size_t i = (size_t)at;
    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* Draws that are taken: what is asked for, no more than the model has. Below 2 none. */
static size_t draws_of(const struct quo_price_input *in)
{
    const size_t available = quo_price_draws(in->engine->model);
    return in->draws <= 0 ? 0 : (size_t)in->draws < available ? (size_t)in->draws : available;
}

static size_t effects_of(size_t draws)
{
    const size_t quarter = (draws + 3) / 4;
    return quarter > EFFECT_DRAWS ? quarter : EFFECT_DRAWS;
}

enum quo_status quo_price_effects(const struct quo_price_input *in, struct quo_relativity **out)
{
    const size_t draws = draws_of(in), n = effects_of(draws);
    *out = NULL;
    if (draws < 2)
        return QUO_OK;
    struct quo_relativity *factor = malloc(n * QUO_PERILS * sizeof *factor);
    enum quo_status failed = factor ? QUO_OK : QUO_MACHINE;
#pragma omp parallel for schedule(static) if (n > MANY_DRAWS / 4)
    for (size_t i = 0; i < n; i++) {
        struct quo_scale *scale = NULL;
        enum quo_status status = factor ? quo_scale_draw(in->engine->scale, in->seed, (long)i, &scale) : QUO_MACHINE;
        if (status == QUO_OK)
            status = quo_score_relativities(in->policy->protocol, scale, factor + i * QUO_PERILS);
        quo_scale_free(scale);
        if (status != QUO_OK) {
#pragma omp atomic write
            failed = status;
        }
    }
    *out = factor;
    return failed;
}

/* Payout and risk load under draw i of the model and these factors of the controls, on the coarse law; i = -1 and NULL: the point. */
static enum quo_status draw_one(const struct quo_price_input *in, const struct quo_drawlaw *law, long i,
                                const struct quo_relativity *factor, struct quo_workspace *workspace, double *pure)
{
    const struct quo_policy *policy = in->policy;
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_lattice annual;
    struct quo_score score = *in->score; /* shares all but the factors */
    if (factor)
        quo_score_put(&score, factor);
    enum quo_status status = quo_hazard_laws(in->engine->model, policy->protocol, &score, policy->inception, i, hazard);
    if (status == QUO_OK)
        status = quo_drawlaw_annual(law, hazard, i, workspace, &annual);
    if (status == QUO_OK) {
        *pure = quo_lattice_mean(&annual) + quo_load_risk(&policy->terms, &annual, policy->term_days / 365.0);
        quo_lattice_free(&annual);
    }
    return status;
}

/* All draws; pure[n] is that of the point estimate. Draw i of the model meets draw i mod n_effects of the effects. */
static enum quo_status draw_all(const struct quo_price_input *in, const struct quo_drawlaw *law, size_t n,
                                size_t n_effects, const struct quo_relativity *factor, double *pure)
{
    enum quo_status failed = QUO_OK;
#pragma omp parallel if (n > MANY_DRAWS)
    {
        struct quo_workspace *workspace = quo_workspace_new();
#pragma omp for schedule(static)
        for (size_t i = 0; i <= n; i++) {
            const enum quo_status status =
                !workspace ? QUO_MACHINE
                : i == n   ? draw_one(in, law, -1, NULL, workspace, &pure[i])
                           : draw_one(in, law, (long)i, factor + i % n_effects * QUO_PERILS, workspace, &pure[i]);
            if (status != QUO_OK) {
#pragma omp atomic write
                failed = status;
            }
        }
        quo_workspace_free(workspace);
    }
    return failed;
}

size_t quo_price_draws(const struct quo_model *model)
{
    size_t available = SIZE_MAX;
    for (int p = 0; p < QUO_PERILS; p++)
        if (model->peril[p].present && model->peril[p].n_draws < available)
            available = model->peril[p].n_draws;
    return available == SIZE_MAX ? 0 : available;
}

static enum quo_status summarise_draws(const struct quo_terms *terms, struct quo_price *price)
{
    const size_t n = price->n_draws;
    double *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return QUO_MACHINE;
    memcpy(sorted, price->draw_pure, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    if (!isnan(terms->uncertainty_quantile))
        price->model_uncertainty_load =
            fmax(0.0, quo_price_quantile(sorted, n, terms->uncertainty_quantile) - price->pure);
    price->p05 = quo_load_gross(terms, quo_price_quantile(sorted, n, 0.05)).gross;
    price->p50 = quo_load_gross(terms, quo_price_quantile(sorted, n, 0.50)).gross;
    price->p95 = quo_load_gross(terms, quo_price_quantile(sorted, n, 0.95)).gross;
    free(sorted);
    return QUO_OK;
}

/* The premium over draws of the model's parameters and of the controls' effects, scaled by what the coarse law does to the point estimate. */
static enum quo_status uncertainty(const struct quo_price_input *in, const struct quo_relativity *effect,
                                   struct quo_price *price)
{
    const size_t n = draws_of(in);
    price->p05 = price->p50 = price->p95 = NAN;
    price->n_draws = n;
    if (n < 2)
        return QUO_OK;
    struct quo_drawlaw *law = NULL;
    struct quo_relativity *own = NULL;
    enum quo_status status = effect ? QUO_OK : quo_price_effects(in, &own);
    price->draw_pure = malloc((n + 1) * sizeof *price->draw_pure);
    if (status == QUO_OK)
        status =
            price->draw_pure ? quo_drawlaw_new(in->engine, in->policy, &price->law, price->hazard, &law) : QUO_MACHINE;
    if (status == QUO_OK)
        status = draw_all(in, law, n, effects_of(n), effect ? effect : own, price->draw_pure);
    if (status == QUO_OK) {
        const double scale = price->draw_pure[n] > 0.0 ? price->pure / price->draw_pure[n] : 1.0;
        for (size_t i = 0; i < n; i++)
            price->draw_pure[i] *= scale;
        status = summarise_draws(&in->policy->terms, price);
    }
    quo_drawlaw_free(law);
    free(own);
    return status;
}

enum quo_status quo_price_law(const struct quo_price_input *in, struct quo_price *out)
{
    const struct quo_policy *policy = in->policy;
    const struct quo_resolution resolution = in->resolution ? *in->resolution : quo_resolution_first(in->engine, policy);
    memset(out, 0, sizeof *out);
    enum quo_status status = QUO_OK;
    if (in->hazard)
        memcpy(out->hazard, in->hazard, sizeof out->hazard);
    else
        status = quo_hazard_all(in->engine->model, policy->protocol, in->score, policy->inception, -1, out->hazard);
    if (status == QUO_OK)
        status = !in->memo     ? quo_policylaw_new(in->engine, policy, in->score, out->hazard, resolution, in->seed,
                                                   in->workspace, &out->law)
                 : in->bounded ? quo_policylaw_bounded(in->engine, policy, in->score, out->hazard, resolution, in->seed,
                                                       in->workspace, in->memo, &out->law)
                               : quo_policylaw_remembered(in->engine, policy, in->score, out->hazard, resolution,
                                                          in->seed, in->workspace, in->memo, &out->law);
    if (status)
        return status;
    out->pure = quo_price_pure(&policy->terms, &out->law, policy->term_days / 365.0, &out->risk_load,
                               &out->reinstatement_credit);
    return QUO_OK;
}

enum quo_status quo_price_uncertainty(const struct quo_price_input *in, const struct quo_relativity *effect,
                                      struct quo_price *out)
{
    const enum quo_status status = uncertainty(in, effect, out);
    out->gross = quo_load_gross(&in->policy->terms, out->pure + out->model_uncertainty_load);
    return status;
}

enum quo_status quo_price_new(const struct quo_price_input *in, struct quo_price *out)
{
    enum quo_status status = quo_price_law(in, out);
    if (status)
        return status;
    status = quo_price_uncertainty(in, NULL, out);
    if (status)
        quo_price_free(out);
    return status;
}

void quo_price_free(struct quo_price *price)
{
    if (!price)
        return;
    quo_policylaw_free(&price->law);
    free(price->draw_pure);
    price->draw_pure = NULL;
}
