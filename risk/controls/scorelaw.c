#include "risk/controls/scorelaw.h"

#include <math.h>
#include <string.h>

static double on_reference_law(const struct quo_scorelaw *law, const struct quo_run *run, int p)
{
    return law->weight[p] * quo_scale_loss(law->scale, &law->mean[p], &run->raw[p]) * run->cap_factor[p];
}

/* Rates settled anew over all perils: the own record looks at their sum. */
static enum quo_status read_off(const struct quo_scorelaw *law, struct quo_hazard hazard[QUO_PERILS],
                                struct quo_scorelaw_loss *out)
{
    const enum quo_status status = quo_hazard_settle(law->model, law->protocol, law->shape, law->day, -1, hazard);
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++) {
        const struct quo_hazard *h = &hazard[p];
        out->peril[p] = h->present ? h->rate * h->mean_loss : 0.0;
        out->alone[p] = h->present ? h->base_rate * h->exposure_factor * h->relativity * h->mean_loss : 0.0;
        if (!quo_peril_in_hours((enum quo_peril)p))
            out->all += out->peril[p];
    }
    return status;
}

/* Whether one loss has the same law under both. */
static bool same_law(const struct quo_relativity *a, const struct quo_relativity *b)
{
    return a->severity == b->severity && a->duration == b->duration && quo_outflow_same(&a->outflow, &b->outflow);
}

static enum quo_status mean_of(const struct quo_scorelaw *law, int p, const struct quo_relativity *r, struct quo_hazard *out)
{
    const enum quo_status status = quo_hazard_alone(law->model, law->protocol, (enum quo_peril)p, r, law->day, out);
    if (status || !out->present)
        return status;
    out->mean_loss = quo_loss_mean(&out->loss);
    return isfinite(out->mean_loss) ? QUO_OK : QUO_DOMAIN;
}

/* Its mean loss against that without outflow caps. */
static double left_by_caps(const struct quo_scorelaw *law, const struct quo_run *run, int p, const struct quo_hazard *capped)
{
    struct quo_relativity open = {.frequency = 1.0};
    struct quo_hazard without;
    quo_scale_normalise(law->scale, &law->mean[p], &run->raw[p], &open);
    if (!capped->present || quo_hazard_alone(law->model, law->protocol, (enum quo_peril)p, &open, law->day, &without) != QUO_OK)
        return 1.0;
    return fmin(1.0, capped->mean_loss / quo_loss_mean(&without.loss));
}

enum quo_status quo_scorelaw_start(struct quo_scorelaw *law, const struct quo_scale *scale, const struct quo_scale_mean *mean,
                                   const struct quo_run *own, struct quo_scorelaw_loss *out)
{
    law->scale = scale;
    law->mean = mean;
    *out = (struct quo_scorelaw_loss){.all = 0.0};
    if (!law->model) {
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            out->all += out->peril[p] = out->alone[p] = on_reference_law(law, own, p);
            out->capped[p] = own->cap_factor[p];
        }
        return QUO_OK;
    }
    memset(law->own, 0, sizeof law->own); /* perils that are never covered have no part in it */
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        quo_scale_relativity(scale, &mean[p], own, (enum quo_peril)p, &law->now[p]);
        const enum quo_status status = mean_of(law, p, &law->now[p], &law->own[p]);
        if (status)
            return status;
        out->capped[p] = left_by_caps(law, own, p, &law->own[p]);
    }
    return read_off(law, law->own, out);
}

enum quo_status quo_scorelaw_at(struct quo_scorelaw *law, quo_peril_set perils, const struct quo_run *run,
                                const struct quo_scorelaw_loss *own, struct quo_scorelaw_loss *out)
{
    *out = law->model ? (struct quo_scorelaw_loss){.all = 0.0} : *own;
    if (!law->model) {
        out->all = 0.0;
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            if (perils >> p & 1u)
                out->peril[p] = out->alone[p] = on_reference_law(law, run, p);
            out->all += out->peril[p];
        }
        return QUO_OK;
    }
    double kept[QUO_PERILS][2]; /* what is changed for the time being */
    enum quo_status status = QUO_OK;
    int p = 0;
    for (; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        struct quo_hazard *h = &law->own[p], other = {.mean_loss = h->mean_loss};
        struct quo_relativity r;
        kept[p][0] = h->relativity;
        kept[p][1] = h->mean_loss;
        if (!(perils >> p & 1u) || !h->present)
            continue;
        quo_scale_relativity(law->scale, &law->mean[p], run, (enum quo_peril)p, &r);
        if (!same_law(&r, &law->now[p]))
            status = mean_of(law, p, &r, &other);
        h->relativity = r.frequency;
        h->mean_loss = other.mean_loss;
    }
    if (status == QUO_OK)
        status = read_off(law, law->own, out);
    while (p-- > 0) {
        law->own[p].relativity = kept[p][0];
        law->own[p].mean_loss = kept[p][1];
    }
    return status;
}
