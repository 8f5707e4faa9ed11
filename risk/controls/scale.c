#include "risk/controls/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/controls/lanes.h"

#define ALL_PERILS (((quo_peril_set)1 << QUO_COVERED_PERILS) - 1)
enum { PURPOSE_BRIDGE_CODE = 0x4243 }; /* of the address of a draw */

void quo_scale_normalise(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_raw *raw,
                         struct quo_relativity *out)
{
    const double u = scale->inputs.untouched_frequency, v = scale->inputs.untouched_severity;
    out->frequency = u * raw->concerned / mean->concerned + (1.0 - u) * raw->frequency / mean->frequency;
    out->severity = v + (1.0 - v) * raw->severity / mean->severity;
    out->duration = v + (1.0 - v) * raw->duration / mean->duration;
    out->recovery = raw->recovery / mean->recovery;
    out->secondary = raw->secondary / mean->secondary;
}

void quo_scale_relativity(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_run *run,
                          enum quo_peril peril, struct quo_relativity *out)
{
    quo_scale_normalise(scale, mean, &run->raw[peril], out);
    out->outflow = run->outflow[peril];
}

double quo_scale_loss(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_raw *raw)
{
    struct quo_relativity r;
    quo_scale_normalise(scale, mean, raw, &r);
    return r.frequency * r.severity * r.duration;
}

void quo_scale_stand(const struct quo_scale *scale, enum quo_stand stand, unsigned char *control, unsigned char *domain)
{
    memset(control, (int)stand, scale->catalogue->n_controls);
    memset(domain, (int)stand, scale->catalogue->n_domains);
}

void quo_scale_move(const struct quo_scale *scale, int domain, enum quo_stand stand, unsigned char *control,
                    unsigned char *domain_stand)
{
    domain_stand[domain] = (unsigned char)stand;
    for (size_t c = 0; c < scale->catalogue->n_controls; c++)
        if (scale->catalogue->control[c].domain_index == domain)
            control[c] = (unsigned char)stand;
}

/* Whether it drops out of the market's mean too. */
static bool drops_out(const struct quo_scale *scale, const struct quo_exponents *exponents, size_t c)
{
    return exponents->not_applicable[c] && scale->catalogue->control[c].n_effects > 0;
}

/* The factors held against `whole` as they would stand against `mean`. */
static struct quo_raw restated(const struct quo_raw *raw, const struct quo_scale_mean *whole, const struct quo_scale_mean *mean)
{
    struct quo_raw out = *raw;
    out.frequency *= mean->frequency / whole->frequency;
    out.severity *= mean->severity / whole->severity;
    out.duration *= mean->duration / whole->duration;
    out.recovery *= mean->recovery / whole->recovery;
    out.secondary *= mean->secondary / whole->secondary;
    return out;
}

/* No factor below that of the best, and no loss above that of level 0: a mean without a control has other weights for sizes too. */
static void hold_one(const struct quo_scale *scale, const struct quo_scale_mean *mean, const struct quo_raw *best,
                     const struct quo_raw *none, struct quo_raw *raw)
{
    raw->frequency = fmax(raw->frequency, best->frequency);
    raw->severity = fmax(raw->severity, best->severity);
    raw->duration = fmax(raw->duration, best->duration);
    raw->recovery = fmax(fmin(raw->recovery, best->recovery), none->recovery);
    raw->secondary = fmin(fmax(raw->secondary, best->secondary), none->secondary);
    if (quo_scale_loss(scale, mean, raw) > quo_scale_loss(scale, mean, none)) {
        raw->frequency = none->frequency;
        raw->severity = none->severity;
        raw->duration = none->duration;
    }
}

/* The same protocol with what does not apply at that stand, against the whole market. */
static enum quo_status run_applied(const struct quo_scale *scale, const struct quo_run_request *request, enum quo_stand stand,
                                   struct quo_run *out)
{
    struct quo_run_request applied = *request;
    struct quo_exponents exponents = *request->exponents;
    unsigned char control[QUO_CONTROLS_MAX];
    memcpy(control, request->control, exponents.n);
    for (size_t c = 0; c < exponents.n; c++)
        if (drops_out(scale, request->exponents, c)) {
            exponents.out[c] = exponents.not_applicable[c] = false;
            exponents.said_reliability[c] = NAN;
            control[c] = (unsigned char)stand;
        }
    applied.exponents = &exponents;
    applied.control = control;
    applied.before = NULL;
    applied.mean = NULL;
    applied.same_quorum = applied.caps = applied.factors = false;
    return quo_scale_run(scale, &applied, out);
}

/* What does not apply is worth no more than it would be at its best, and no less than at level 0. */
static enum quo_status hold(const struct quo_scale *scale, const struct quo_run_request *request, struct quo_run *out)
{
    struct quo_run best, none;
    enum quo_status status = run_applied(scale, request, QUO_STAND_BEST, &best);
    if (status == QUO_OK)
        status = run_applied(scale, request, QUO_STAND_WORST, &none);
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++) {
        if (!(request->perils >> p & 1u))
            continue;
        struct quo_raw *raw = &out->raw[p];
        const struct quo_scale_mean *mean = &request->mean[p], *whole = &scale->known.mean[p];
        const struct quo_raw least = restated(&best.raw[p], whole, mean), most = restated(&none.raw[p], whole, mean);
        const double before = raw->frequency * raw->severity * raw->duration;
        hold_one(scale, mean, &least, &most, raw);
        out->held[p] = raw->frequency * raw->severity * raw->duration / before;
    }
    return status;
}

enum quo_status quo_scale_run(const struct quo_scale *scale, const struct quo_run_request *request, struct quo_run *out)
{
    struct quo_view *view = &out->view;
    const struct quo_run *before = request->before;
    view->inputs = &scale->inputs;
    view->effects = scale->effects;
    view->protocol = request->protocol;
    view->exponents = request->exponents;
    view->stand = request->control;
    memcpy(view->domain, request->domain, scale->catalogue->n_domains);
    quo_effects_apply(scale->effects, request->exponents, request->control, view->x);
    if (before && request->same_quorum) {
        out->shared.quorum = before->shared.quorum;
        out->shared.delays = quo_race_delays(view);
    } else {
        const enum quo_status status = quo_relativity_share(view, request->work, &out->shared);
        if (status)
            return status;
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (!(request->perils >> p & 1u))
            continue;
        quo_race_start(view, (enum quo_peril)p, before ? &before->clock[p] : NULL, &out->clock[p]);
        for (int other = 0; other < p; other++)
            if (request->perils >> other & 1u)
                quo_race_share(&out->clock[other], &out->clock[p]);
        quo_relativity_raw(view, (enum quo_peril)p, &out->shared, &out->clock[p], &out->raw[p]);
        out->outflow[p].n_lanes = out->outflow[p].n_caps = out->caps_left_out[p] = 0;
        if (request->caps)
            out->caps_left_out[p] = quo_lanes_find(view, (enum quo_peril)p, &out->clock[p], &out->outflow[p]);
        out->cap_factor[p] = out->held[p] = 1.0;
        if (before && request->factors && quo_outflow_same(&out->outflow[p], &before->outflow[p]))
            out->cap_factor[p] = before->cap_factor[p];
        else if (request->factors)
            out->cap_factor[p] = quo_lanes_factor(view, &out->outflow[p], QUO_LANES_ALL);
        const double loss = out->raw[p].frequency * out->raw[p].severity * out->raw[p].duration;
        if (!(loss > 0.0) || isinf(loss))
            return QUO_DOMAIN;
    }
    return request->mean && request->mean != scale->known.mean ? hold(scale, request, out) : QUO_OK;
}

/* The means from the raw factors of every profile, raw[n_profiles][QUO_PERILS]: each is taken with the weights that the factors
 * before it have after normalising, so that every product of them averages to 1. */
static void take_means(const struct quo_scale *scale, const struct quo_raw (*raw)[QUO_PERILS], int p,
                       struct quo_scale_mean *mean)
{
    const size_t n = scale->market->n_profiles;
    const struct quo_profile *profile = scale->market->profile;
    struct quo_sum frequency = {0.0, 0.0}, severity = {0.0, 0.0}, duration = {0.0, 0.0}, recovery = {0.0, 0.0},
                   secondary = {0.0, 0.0}, quorum = {0.0, 0.0}, concerned = {0.0, 0.0};
    struct quo_relativity r;
    *mean = (struct quo_scale_mean){1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    for (size_t i = 0; i < n; i++) {
        const double weight = quo_market_weight(&profile[i], (enum quo_peril)p);
        quo_sum_add(&frequency, weight * raw[i][p].frequency);
        quo_sum_add(&quorum, weight * raw[i][p].concerned * raw[i][p].quorum);
        quo_sum_add(&concerned, weight * raw[i][p].concerned);
    }
    mean->frequency = quo_sum_value(&frequency);
    mean->concerned = quo_sum_value(&concerned);
    mean->quorum = quo_sum_value(&quorum) / mean->concerned;
    for (size_t i = 0; i < n; i++) {
        quo_scale_normalise(scale, mean, &raw[i][p], &r);
        const double weight = quo_market_weight(&profile[i], (enum quo_peril)p);
        quo_sum_add(&severity, weight * r.frequency * raw[i][p].severity);
    }
    mean->severity = quo_sum_value(&severity);
    for (size_t i = 0; i < n; i++) {
        quo_scale_normalise(scale, mean, &raw[i][p], &r);
        const double weight = quo_market_weight(&profile[i], (enum quo_peril)p);
        quo_sum_add(&duration, weight * r.frequency * r.severity * raw[i][p].duration);
    }
    mean->duration = quo_sum_value(&duration);
    for (size_t i = 0; i < n; i++) {
        const double weight = quo_market_weight(&profile[i], (enum quo_peril)p);
        const double loss = weight * quo_scale_loss(scale, mean, &raw[i][p]);
        quo_sum_add(&recovery, loss * raw[i][p].recovery);
        quo_sum_add(&secondary, loss * raw[i][p].secondary);
    }
    mean->recovery = quo_sum_value(&recovery);
    mean->secondary = quo_sum_value(&secondary);
}

enum quo_status quo_scale_means(const struct quo_scale *scale, const struct quo_exponents *exponents,
                                struct quo_scale_mean mean[QUO_PERILS])
{
    struct quo_quorum_set work = {0};
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
    struct quo_exponents *masked = malloc(sizeof *masked);
    struct quo_run *run = malloc(sizeof *run);
    struct quo_raw(*raw)[QUO_PERILS] = calloc(scale->market->n_profiles + 1, sizeof *raw);
    enum quo_status status = masked && run && raw ? QUO_OK : QUO_MACHINE;
    quo_scale_stand(scale, QUO_STAND_OWN, control, domain);
    for (size_t i = 0; status == QUO_OK && i < scale->market->n_profiles; i++) {
        *masked = scale->profile[i];
        for (size_t c = 0; exponents && c < masked->n; c++)
            if (drops_out(scale, exponents, c))
                masked->out[c] = true;
        const struct quo_run_request request = {.protocol = scale->market->profile[i].protocol,
                                                .exponents = masked,
                                                .control = control,
                                                .domain = domain,
                                                .perils = ALL_PERILS,
                                                .work = &work};
        status = quo_scale_run(scale, &request, run);
        if (status == QUO_OK)
            memcpy(raw[i], run->raw, sizeof raw[i]);
    }
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++)
        take_means(scale, (const struct quo_raw(*)[QUO_PERILS])raw, p, &mean[p]);
    quo_quorum_free(&work);
    free(raw);
    free(run);
    free(masked);
    return status;
}

enum quo_status quo_scale_mean_of(const struct quo_scale *scale, const struct quo_exponents *exponents,
                                  struct quo_scale_mean room[QUO_PERILS], const struct quo_scale_mean **mean)
{
    *mean = scale->known.mean;
    for (size_t c = 0; c < exponents->n; c++)
        if (drops_out(scale, exponents, c)) {
            *mean = room;
            return quo_scale_means(scale, exponents, room);
        }
    return QUO_OK;
}

/* The market's side of the attribution to domains: own controls let in one domain after the other. */
static enum quo_status fill_sequence(struct quo_scale *scale)
{
    struct quo_quorum_set work = {0};
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
    struct quo_run *run = malloc(2 * sizeof *run);
    enum quo_status status = run ? QUO_OK : QUO_MACHINE;
    memset(scale->known.sequence, 0, sizeof scale->known.sequence);
    for (size_t i = 0; status == QUO_OK && i < scale->market->n_profiles; i++) {
        quo_scale_stand(scale, QUO_STAND_WORST, control, domain);
        for (size_t d = 0; status == QUO_OK && d <= scale->catalogue->n_domains; d++) {
            if (d > 0)
                quo_scale_move(scale, (int)d - 1, QUO_STAND_OWN, control, domain);
            const struct quo_run_request request = {.protocol = scale->market->profile[i].protocol,
                                                    .exponents = &scale->profile[i],
                                                    .control = control,
                                                    .domain = domain,
                                                    .perils = ALL_PERILS,
                                                    .before = d > 0 ? &run[(d - 1) % 2] : NULL,
                                                    .same_quorum = d > 0 && !scale->domain_feeds_quorum[d - 1],
                                                    .work = &work};
            status = quo_scale_run(scale, &request, &run[d % 2]);
            for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++)
                scale->known.sequence[d][p] += quo_market_weight(&scale->market->profile[i], (enum quo_peril)p) *
                                               quo_scale_loss(scale, &scale->known.mean[p], &run[d % 2].raw[p]);
        }
    }
    quo_quorum_free(&work);
    free(run);
    return status;
}

static void find_feeds(struct quo_scale *scale)
{
    static const enum quo_input_name inputs[] = {
        QUO_INPUT_THRESHOLD,          QUO_INPUT_SIGNERS,   QUO_INPUT_SHARED_SIGNERS,  QUO_INPUT_SPOOF_SHARE,
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

/* All but what is known of catalogue and market. */
static enum quo_status begin(const struct quo_catalogue *catalogue, const struct quo_market *market,
                             struct quo_scale **out)
{
    struct quo_scale *scale = *out = calloc(1, sizeof *scale);
    if (!scale)
        return QUO_MACHINE;
    scale->catalogue = catalogue;
    scale->market = market;
    quo_inputs_find(catalogue, &scale->inputs);
    scale->inputs.stops = &scale->known.stops;
    scale->inputs.bridge_code = quo_market_bridge_code(market, NULL);
    find_feeds(scale);
    scale->profile = malloc((market->n_profiles + 1) * sizeof *scale->profile);
    for (size_t i = 0; scale->profile && i < market->n_profiles; i++)
        quo_effects_exponents(catalogue, market->profile[i].protocol, &scale->profile[i]);
    return scale->profile ? quo_effects_new(catalogue, 0, -1, &scale->effects) : QUO_MACHINE;
}

static enum quo_status end(enum quo_status status, struct quo_scale **scale)
{
    if (status) {
        quo_scale_free(*scale);
        *scale = NULL;
    }
    return status;
}

enum quo_status quo_scale_new(const struct quo_catalogue *catalogue, const struct quo_market *market,
                              struct quo_scale **out, struct quo_faults *faults)
{
    enum quo_status status = begin(catalogue, market, out);
    if (status == QUO_OK) {
        quo_race_fill_stops(&(*out)->inputs, &(*out)->known.stops);
        status = quo_scale_means(*out, NULL, (*out)->known.mean);
    }
    if (status == QUO_OK)
        status = fill_sequence(*out);
    if (end(status, out) == QUO_DOMAIN)
        return quo_faults_add(faults, QUO_REFUSED, "", 0,
                              "look for rates or multipliers of 0 in the catalogue or the market",
                              "the market's mean of the controls is no number above 0");
    return status;
}

enum quo_status quo_scale_known(const struct quo_catalogue *catalogue, const struct quo_market *market,
                                const struct quo_scale_known *known, struct quo_scale **out)
{
    const enum quo_status status = begin(catalogue, market, out);
    if (status == QUO_OK)
        (*out)->known = *known;
    return end(status, out);
}

enum quo_status quo_scale_draw(const struct quo_scale *base, uint64_t seed, long draw, struct quo_scale **out)
{
    struct quo_scale *scale = *out = malloc(sizeof *scale);
    if (!scale)
        return QUO_MACHINE;
    *scale = *base; /* stops do not change, domains' factors are not shown for draws */
    scale->base = base;
    scale->inputs.stops = &scale->known.stops;
    struct quo_stream stream = quo_stream_at(seed, (uint64_t)draw, QUO_CODE_BUG, PURPOSE_BRIDGE_CODE);
    scale->inputs.bridge_code = quo_market_bridge_code(base->market, &stream);
    enum quo_status status = quo_effects_new(base->catalogue, seed, draw, &scale->effects);
    if (status == QUO_OK)
        status = quo_scale_means(scale, NULL, scale->known.mean);
    return end(status, out);
}

void quo_scale_free(struct quo_scale *scale)
{
    if (!scale)
        return;
    quo_effects_free(scale->effects);
    if (!scale->base)
        free(scale->profile);
    free(scale);
}
