#include "risk/controls/effects.h"

#include <math.h>
#include <stdlib.h>

#include "risk/base/stream.h"

enum { PURPOSE_PERT = 0x4546 }; /* of the address of a draw */

static bool feeds_signers(int channel) { return channel >= QUO_CHANNEL_KEY_STORAGE; }

double quo_effects_pert_mean(const struct quo_effect *effect)
{
    return (effect->low + 4.0 * effect->mode + effect->high) / 6.0;
}

double quo_effects_pert_draw(const struct quo_effect *effect, uint64_t seed, uint64_t draw, uint32_t place)
{
    const double range = effect->high - effect->low;
    if (!(range > 0.0))
        return effect->mode;
    struct quo_stream stream = quo_stream_at(seed, draw, place, PURPOSE_PERT);
    const double a = quo_stream_gamma(&stream, 1.0 + 4.0 * (effect->mode - effect->low) / range);
    const double b = quo_stream_gamma(&stream, 1.0 + 4.0 * (effect->high - effect->mode) / range);
    return effect->low + range * a / (a + b);
}

/* Whether the effect belongs to the list of that peril and its channel. */
static bool listed(const struct quo_effect *effect, int peril)
{
    return feeds_signers((int)effect->channel) ? peril == 0 : (effect->perils >> peril & 1u) != 0;
}

/* Room for all lists, one after the other. */
static enum quo_status lay_out(const struct quo_catalogue *catalogue, struct quo_effects *e)
{
    size_t n = 0;
    for (size_t c = 0; c < catalogue->n_controls; c++)
        for (size_t i = 0; i < catalogue->control[c].n_effects; i++)
            for (int p = 0; p < QUO_PERILS; p++)
                e->count[p][catalogue->control[c].effect[i].channel] += listed(&catalogue->control[c].effect[i], p);
    for (int p = 0; p < QUO_PERILS; p++)
        for (int k = 0; k < QUO_CHANNELS; k++) {
            e->first[p][k] = n;
            n += e->count[p][k];
        }
    e->entry = calloc(n + 1, sizeof *e->entry);
    return e->entry ? QUO_OK : QUO_MACHINE;
}

enum quo_status quo_effects_new(const struct quo_catalogue *catalogue, uint64_t seed, long draw,
                                struct quo_effects **out)
{
    *out = NULL;
    struct quo_effects *e = calloc(1, sizeof *e);
    if (!e || lay_out(catalogue, e) != QUO_OK) {
        quo_effects_free(e);
        return QUO_MACHINE;
    }
    e->catalogue = catalogue;
    e->reliability_base = quo_catalogue_constant(catalogue, "reliability_base");
    size_t used[QUO_PERILS][QUO_CHANNELS] = {{0}};
    for (size_t c = 0; c < catalogue->n_controls; c++)
        for (size_t i = 0; i < catalogue->control[c].n_effects; i++) {
            const struct quo_effect *effect = &catalogue->control[c].effect[i];
            const uint32_t place = (uint32_t)(c * 16 + i);
            const int k = (int)effect->channel;
            const double m4 =
                draw < 0 ? quo_effects_pert_mean(effect) : quo_effects_pert_draw(effect, seed, (uint64_t)draw, place);
            const struct quo_effect_entry entry = {(int)c, log(m4)};
            for (int p = 0; p < QUO_PERILS; p++)
                if (listed(effect, p))
                    e->entry[e->first[p][k] + used[p][k]++] = entry;
        }
    *out = e;
    return QUO_OK;
}

void quo_effects_free(struct quo_effects *effects)
{
    if (effects)
        free(effects->entry);
    free(effects);
}

/* What the age of an answer's evidence takes off its credit. */
static double age_loss(const struct quo_catalogue *catalogue, const struct quo_answer *answer)
{
    return answer->age_months > 24 ? catalogue->age_less_24 : answer->age_months > 12 ? catalogue->age_less_12 : 0.0;
}

static double credit_of(const struct quo_catalogue *catalogue, const struct quo_answer *answer)
{
    return fmax(0.0, catalogue->evidence_credit[answer->evidence] - age_loss(catalogue, answer));
}

void quo_effects_exponents(const struct quo_catalogue *catalogue, const struct quo_protocol *protocol,
                           struct quo_exponents *out)
{
    out->n = catalogue->n_controls;
    for (size_t c = 0; c < out->n; c++) {
        out->own[c] = 0.0;
        out->said_reliability[c] = NAN;
        out->not_applicable[c] = false;
        out->out[c] = catalogue->control[c].bridge_only && !protocol->bridge;
        out->answer[c] = NULL;
    }
    for (size_t i = 0; i < protocol->n_answers; i++) {
        const struct quo_answer *answer = &protocol->answer[i];
        const int c = answer->control;
        out->answer[c] = answer;
        if (answer->not_applicable) {
            out->not_applicable[c] = !out->out[c];
            out->out[c] = true;
        } else if (answer->level > 0) {
            out->own[c] = catalogue->level_exponent[answer->level] * credit_of(catalogue, answer) *
                          (isnan(answer->coverage) ? 1.0 : answer->coverage);
        }
        out->said_reliability[c] = answer->reliability;
    }
}

static double or_1(double said) { return isnan(said) ? 1.0 : said; }

/* Share of time that a control works which says nothing of its own: raised by the variance controls, each by its own credit. */
static double common_reliability(const struct quo_effects *effects, const struct quo_exponents *exponents,
                                 const unsigned char *stand)
{
    const struct quo_catalogue *catalogue = effects->catalogue;
    double r = effects->reliability_base;
    for (size_t c = 0; c < exponents->n; c++) {
        const double *gain = catalogue->control[c].reliability_gain;
        const struct quo_answer *answer = exponents->answer[c];
        if (gain[QUO_LEVELS - 1] <= 0.0 || exponents->out[c])
            continue;
        if (stand[c] == QUO_STAND_BEST)
            r += gain[QUO_LEVELS - 1];
        else if (stand[c] == QUO_STAND_OWN && answer && answer->level > 0)
            r +=
                gain[answer->level] * credit_of(catalogue, answer) * or_1(answer->coverage) * or_1(answer->reliability);
    }
    return fmin(r, 1.0);
}

void quo_effects_apply(const struct quo_effects *effects, const struct quo_exponents *exponents,
                       const unsigned char *stand, double *x)
{
    const double common = common_reliability(effects, exponents, stand);
    for (size_t c = 0; c < exponents->n; c++) {
        const double said = exponents->said_reliability[c];
        if (exponents->out[c] || stand[c] == QUO_STAND_WORST)
            x[c] = 0.0;
        else if (stand[c] == QUO_STAND_BEST)
            x[c] = fmax(common, isnan(said) ? 0.0 : said);
        else
            x[c] = exponents->own[c] * (isnan(said) ? common : said);
    }
}

double quo_effects_multiplier(const struct quo_effects *effects, enum quo_peril peril, enum quo_channel channel,
                              const double *x)
{
    const int row = feeds_signers((int)channel) ? 0 : (int)peril;
    const size_t n = effects->count[row][channel];
    const struct quo_effect_entry *entry = effects->entry + effects->first[row][channel];
    double sorted[QUO_CONTROLS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < QUO_CONTROLS_MAX; i++) {
        const double strength = fabs(entry[i].log_m4 * x[entry[i].control]);
        if (strength == 0.0)
            continue;
        size_t at = kept++;
        for (; at > 0 && sorted[at - 1] < strength; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = strength;
    }
    double total = 0.0, weight = 1.0;
    for (size_t i = 0; i < kept; i++, weight *= effects->catalogue->overlap)
        total += weight * sorted[i];
    if (channel == QUO_CHANNEL_RECOVERY)
        return exp(total);
    return fmax(exp(-total), effects->catalogue->floor[channel]);
}

struct quo_claim quo_effects_claim(const struct quo_catalogue *catalogue, const struct quo_exponents *exponents,
                                   int control, enum quo_stand stand)
{
    const struct quo_answer *answer = exponents->answer[control];
    if (stand == QUO_STAND_BEST && !exponents->out[control])
        return (struct quo_claim){QUO_LEVELS - 1, QUO_LEVELS - 1, 1.0};
    if (stand == QUO_STAND_WORST || exponents->out[control] || !answer || answer->level <= 0)
        return (struct quo_claim){0, 0, 1.0};
    const int base = answer->evidence < 2 ? answer->evidence : 1;
    const double credit = answer->evidence < 2 ? catalogue->evidence_credit[answer->evidence] : 1.0;
    return (struct quo_claim){answer->level, answer->level < base ? answer->level : base,
                              fmax(0.0, credit - age_loss(catalogue, answer))};
}

double quo_effects_in_place(const struct quo_exponents *exponents, int control, enum quo_stand stand)
{
    const struct quo_answer *answer = exponents->answer[control];
    if (stand != QUO_STAND_OWN || !answer || answer->level <= 0)
        return 1.0;
    return or_1(answer->coverage) * or_1(answer->reliability);
}

double quo_effects_input(const struct quo_catalogue *catalogue, const struct quo_exponents *exponents, int control,
                         const struct quo_input *input, enum quo_stand stand)
{
    const struct quo_claim claim = quo_effects_claim(catalogue, exponents, control, stand);
    const double value = claim.weight * input->level[claim.level] + (1.0 - claim.weight) * input->level[claim.fallback];
    const double in_place = quo_effects_in_place(exponents, control, stand);
    return in_place < 1.0 ? in_place * value + (1.0 - in_place) * input->level[0] : value;
}
