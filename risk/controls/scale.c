#include "risk/controls/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"

#define ALL_PERILS (((quo_peril_set)1 << QUO_COVERED_PERILS) - 1)

double quo_scale_raw_loss(const struct quo_run *run, int peril)
{
    return run->raw[peril].frequency * run->raw[peril].severity * run->raw[peril].duration;
}

void quo_scale_stand(const struct quo_scale *scale, enum quo_stand stand, unsigned char *control, unsigned char *domain)
{
    memset(control, (int)stand, scale->catalogue->n_controls);
    memset(domain, (int)stand, scale->catalogue->n_domains);
}

void quo_scale_move(const struct quo_scale *scale, int domain, enum quo_stand stand, unsigned char *control, unsigned char *domain_stand)
{
    domain_stand[domain] = (unsigned char)stand;
    for (size_t c = 0; c < scale->catalogue->n_controls; c++)
        if (scale->catalogue->control[c].domain_index == domain)
            control[c] = (unsigned char)stand;
}

enum quo_status quo_scale_run(const struct quo_scale *scale, const struct quo_protocol *protocol, const struct quo_exponents *exponents,
                              const unsigned char *control, const unsigned char *domain, quo_peril_set perils, const struct quo_run *like,
                              bool caps, struct quo_quorum_set *work, struct quo_run *out)
{
    struct quo_view *view = &out->view;
    view->inputs = &scale->inputs;
    view->effects = scale->effects;
    view->protocol = protocol;
    view->exponents = exponents;
    view->stand = control;
    memcpy(view->domain, domain, scale->catalogue->n_domains);
    quo_effects_apply(scale->effects, exponents, control, view->x);
    if (like) {
        out->shared.quorum = like->shared.quorum;
        out->shared.delays = quo_race_delays(view);
    } else {
        const enum quo_status status = quo_relativity_share(view, work, &out->shared);
        if (status)
            return status;
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (!(perils >> p & 1u))
            continue;
        quo_relativity_raw(view, (enum quo_peril)p, &out->shared, &out->raw[p]);
        out->n_caps[p] = caps ? quo_race_caps(view, (enum quo_peril)p, out->cap[p]) : 0;
        out->cap_factor[p] = quo_race_cap_factor(view, out->cap[p], out->n_caps[p]);
        if (!(quo_scale_raw_loss(out, p) > 0.0) || isinf(quo_scale_raw_loss(out, p)))
            return QUO_DOMAIN;
    }
    return QUO_OK;
}

/* Sums over the profiles, for one peril. */
struct sums {
    struct quo_sum frequency, severity, duration, recovery, secondary, quorum;
};

static enum quo_status add_profile(const struct quo_scale *scale, size_t i, const struct quo_exponents *exponents, struct quo_quorum_set *work,
                                   struct sums sums[QUO_PERILS])
{
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
    struct quo_run run;
    const double w = scale->market->profile[i].weight;
    quo_scale_stand(scale, QUO_STAND_OWN, control, domain);
    const enum quo_status status = quo_scale_run(scale, scale->market->profile[i].protocol, exponents, control, domain, ALL_PERILS, NULL, false, work, &run);
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++) {
        const struct quo_raw *raw = &run.raw[p];
        const double loss = quo_scale_raw_loss(&run, p);
        quo_sum_add(&sums[p].frequency, w * raw->frequency);
        quo_sum_add(&sums[p].severity, w * raw->frequency * raw->severity);
        quo_sum_add(&sums[p].duration, w * loss);
        quo_sum_add(&sums[p].recovery, w * loss * raw->recovery);
        quo_sum_add(&sums[p].secondary, w * loss * raw->secondary);
        quo_sum_add(&sums[p].quorum, w * raw->quorum);
    }
    return status;
}

enum quo_status quo_scale_means(const struct quo_scale *scale, const struct quo_exponents *exponents, struct quo_scale_mean mean[QUO_PERILS])
{
    struct sums sums[QUO_PERILS];
    struct quo_quorum_set work = {0};
    struct quo_exponents *masked = malloc(sizeof *masked);
    enum quo_status status = masked ? QUO_OK : QUO_MACHINE;
    memset(sums, 0, sizeof sums);
    for (size_t i = 0; status == QUO_OK && i < scale->market->n_profiles; i++) {
        *masked = scale->profile[i];
        for (size_t c = 0; exponents && c < masked->n; c++)
            if (exponents->not_applicable[c] && scale->catalogue->control[c].n_effects > 0)
                masked->out[c] = true;
        status = add_profile(scale, i, masked, &work, sums);
    }
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++) {
        const double f = quo_sum_value(&sums[p].frequency), fs = quo_sum_value(&sums[p].severity), loss = quo_sum_value(&sums[p].duration);
        mean[p] = (struct quo_scale_mean){f, fs / f, loss / fs, quo_sum_value(&sums[p].recovery) / loss, quo_sum_value(&sums[p].secondary) / loss,
                                          quo_sum_value(&sums[p].quorum)};
    }
    quo_quorum_free(&work);
    free(masked);
    return status;
}

/* The market's side of the attribution to domains: own controls let in one domain after the other. */
static enum quo_status fill_sequence(struct quo_scale *scale)
{
    struct quo_quorum_set work = {0};
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
    struct quo_run run;
    enum quo_status status = QUO_OK;
    memset(scale->sequence, 0, sizeof scale->sequence);
    for (size_t i = 0; status == QUO_OK && i < scale->market->n_profiles; i++) {
        quo_scale_stand(scale, QUO_STAND_WORST, control, domain);
        for (size_t d = 0; status == QUO_OK && d <= scale->catalogue->n_domains; d++) {
            if (d > 0)
                quo_scale_move(scale, (int)d - 1, QUO_STAND_OWN, control, domain);
            status = quo_scale_run(scale, scale->market->profile[i].protocol, &scale->profile[i], control, domain, ALL_PERILS, NULL, false, &work, &run);
            for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++)
                scale->sequence[d][p] += scale->market->profile[i].weight * quo_scale_raw_loss(&run, p);
        }
    }
    quo_quorum_free(&work);
    return status;
}

static void find_feeds(struct quo_scale *scale)
{
    static const enum quo_input_name inputs[] = {QUO_INPUT_THRESHOLD,          QUO_INPUT_SIGNERS,   QUO_INPUT_SHARED_SIGNERS,  QUO_INPUT_SPOOF_SHARE,
                                                 QUO_INPUT_VERIFIER_THRESHOLD, QUO_INPUT_VERIFIERS, QUO_INPUT_SHARED_VERIFIERS};
    for (size_t c = 0; c < scale->catalogue->n_controls; c++) {
        const struct quo_control *control = &scale->catalogue->control[c];
        bool feeds = control->reliability_gain[QUO_LEVELS - 1] > 0.0;
        for (size_t i = 0; i < control->n_effects; i++)
            feeds |= control->effect[i].channel >= QUO_CHANNEL_KEY_STORAGE;
        for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
            feeds |= scale->inputs.of[inputs[i]].control == (int)c;
        scale->feeds_quorum[c] = feeds;
        scale->domain_feeds_quorum[control->domain_index] |= feeds;
    }
    scale->domain_feeds_quorum[scale->inputs.km] = true;
    scale->domain_feeds_quorum[scale->inputs.sd] = true;
    scale->domain_feeds_quorum[scale->inputs.br] = true;
}

static enum quo_status make(const struct quo_catalogue *catalogue, const struct quo_market *market, uint64_t seed, long draw, struct quo_scale **out)
{
    *out = NULL;
    struct quo_scale *scale = calloc(1, sizeof *scale);
    if (!scale)
        return QUO_MACHINE;
    scale->catalogue = catalogue;
    scale->market = market;
    quo_inputs_find(catalogue, &scale->inputs);
    find_feeds(scale);
    scale->profile = calloc(market->n_profiles + 1, sizeof *scale->profile);
    enum quo_status status = scale->profile ? quo_effects_new(catalogue, seed, draw, &scale->effects) : QUO_MACHINE;
    for (size_t i = 0; status == QUO_OK && i < market->n_profiles; i++)
        quo_effects_exponents(catalogue, market->profile[i].protocol, &scale->profile[i]);
    if (status == QUO_OK)
        status = quo_scale_means(scale, NULL, scale->mean);
    if (status == QUO_OK)
        status = fill_sequence(scale);
    if (status) {
        quo_scale_free(scale);
        return status;
    }
    *out = scale;
    return QUO_OK;
}

enum quo_status quo_scale_new(const struct quo_catalogue *catalogue, const struct quo_market *market, struct quo_scale **out, struct quo_faults *faults)
{
    const enum quo_status status = make(catalogue, market, 0, -1, out);
    if (status == QUO_DOMAIN)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "look for rates or multipliers of 0 in the catalogue or the market",
                              "the market's mean of the controls is no number above 0");
    return status;
}

enum quo_status quo_scale_draw(const struct quo_scale *base, uint64_t seed, long draw, struct quo_scale **out)
{
    return make(base->catalogue, base->market, seed, draw, out);
}

void quo_scale_free(struct quo_scale *scale)
{
    if (!scale)
        return;
    quo_effects_free(scale->effects);
    free(scale->profile);
    free(scale);
}
