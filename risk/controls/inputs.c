#include "risk/controls/inputs.h"

#include <math.h>

static int domain_of(const struct quo_catalogue *catalogue, enum quo_input_name name)
{
    const int control = quo_catalogue_input(catalogue, quo_catalogue_input_names()[name], NULL);
    return catalogue->control[control].domain_index;
}

void quo_inputs_find(const struct quo_catalogue *catalogue, struct quo_inputs *out)
{
    *out = (struct quo_inputs){.catalogue = catalogue};
    for (int i = 0; i < QUO_INPUTS; i++) {
        out->of[i].control = quo_catalogue_input(catalogue, quo_catalogue_input_names()[i], &out->of[i].table);
        out->of[i].perils = catalogue->control[out->of[i].control].perils;
        out->of[i].domain = catalogue->control[out->of[i].control].domain_index;
    }
    out->sd = domain_of(catalogue, QUO_INPUT_THRESHOLD);
    out->km = domain_of(catalogue, QUO_INPUT_HOT_SHARE);
    out->ga = domain_of(catalogue, QUO_INPUT_DELAY_HOURS);
    out->br = domain_of(catalogue, QUO_INPUT_VERIFIER_THRESHOLD);
#define FIND(name) out->name = quo_catalogue_constant(catalogue, #name)
    FIND(key_credibility);
    FIND(bridge_credibility);
    FIND(social_credibility);
    FIND(admin_credibility);
    FIND(loss_credibility);
    FIND(unmodelled_rate);
    FIND(vendor_base_rate);
    FIND(dwell_years);
    FIND(campaign_rate);
    FIND(approves);
    FIND(approves_spoofed);
    FIND(detect_median_hours);
    FIND(detect_sigma);
    FIND(detect_bridge_median_hours);
    FIND(detect_cloud_median_hours);
    FIND(detect_cloud_sigma);
    FIND(respond_sigma);
    FIND(drain_hours);
    FIND(drain_cloud_hours);
    FIND(auto_stop_hours);
    FIND(capture_slope);
    FIND(capture_middle);
    FIND(capture_no_snapshot);
    FIND(capture_absent);
    FIND(non_bridge);
    FIND(cold_reach);
    FIND(bridge_key_paths);
    FIND(score_loss_meanlog);
    FIND(score_loss_sdlog);
    FIND(untouched_frequency);
    FIND(untouched_severity);
#undef FIND
    out->unsaid = quo_catalogue_storage(catalogue, catalogue->storage_unsaid);
}

bool quo_inputs_concern(const struct quo_view *view, enum quo_input_name name, enum quo_peril peril)
{
    return (view->inputs->of[name].perils >> peril & 1u) != 0;
}

double quo_inputs_value(const struct quo_view *view, enum quo_input_name name)
{
    const int control = view->inputs->of[name].control;
    return quo_effects_input(view->inputs->catalogue, view->exponents, control, view->inputs->of[name].table,
                             (enum quo_stand)view->stand[control]);
}
