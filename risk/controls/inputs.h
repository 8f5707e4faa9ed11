/* risk/controls/inputs.h -- what the mechanisms ask of a catalogue, found once by name. Inside of the score. */
#ifndef QUO_INPUTS_H
#define QUO_INPUTS_H

#include "risk/controls/catalogue.h"
#include "risk/controls/effects.h"

/* In the order of quo_catalogue_input_names(). */
enum quo_input_name {
    QUO_INPUT_THRESHOLD,
    QUO_INPUT_SIGNERS,
    QUO_INPUT_SHARED_SIGNERS,
    QUO_INPUT_SPOOF_SHARE,
    QUO_INPUT_VERIFIER_THRESHOLD,
    QUO_INPUT_VERIFIERS,
    QUO_INPUT_SHARED_VERIFIERS,
    QUO_INPUT_HOT_SHARE,
    QUO_INPUT_DELAY_HOURS,
    QUO_INPUT_VETO,
    QUO_INPUT_NOTICE,
    QUO_INPUT_CAPTURE_RATIO,
    QUO_INPUT_CAP_SHARE_DAY,
    QUO_INPUT_ROUTE_CAP_SHARE_DAY,
    QUO_INPUT_ROUTE_SHARE,
    QUO_INPUT_AUTO_STOP,
    QUO_INPUT_RESPOND_HOURS,
    QUO_INPUT_RESERVE_SHARE,
    QUO_INPUTS
};

struct quo_race_stops;
struct quo_inputs {
    const struct quo_catalogue *catalogue;
    struct {
        int control;
        const struct quo_input *table;
        quo_peril_set perils; /* of the control */
        int domain;
    } of[QUO_INPUTS];
    int km, br, ga, sd; /* domains that own the storage of keys, routes, delays and limits, signer sets */
    /* The constants of the file, by their names there. */
    double key_credibility, bridge_credibility, social_credibility, admin_credibility, loss_credibility,
        unmodelled_rate, vendor_base_rate, dwell_years, campaign_rate, approves, approves_spoofed, detect_median_hours,
        detect_sigma, detect_bridge_median_hours, detect_cloud_median_hours, detect_cloud_sigma, respond_sigma,
        drain_hours, drain_cloud_hours, auto_stop_hours, capture_slope, capture_middle, capture_no_snapshot,
        capture_absent, non_bridge, cold_reach, bridge_key_paths, score_loss_meanlog, score_loss_sdlog,
        untouched_frequency, untouched_severity;
    double bridge_code; /* share of a bridge's faults of code that count as code_bug; from the market, not found here */
    const struct quo_storage *unsaid;
    const struct quo_race_stops *stops; /* risk/controls/race.h; NULL: each is integrated */
};

/* The catalogue must have been read: every name is there. */
void quo_inputs_find(const struct quo_catalogue *catalogue, struct quo_inputs *out);

/* One protocol as the mechanisms see it, at given stands. */
struct quo_view {
    const struct quo_inputs *inputs;
    const struct quo_effects *effects;
    const struct quo_protocol *protocol;
    const struct quo_exponents *exponents;
    const unsigned char *stand; /* stand[n_controls]: enum quo_stand */
    unsigned char domain
        [QUO_DOMAINS_MAX]; /* stand of what is written out and belongs to a domain: sets SD, storage KM, delays GA, routes BR */
    double x[QUO_CONTROLS_MAX]; /* exponents at these stands */
};
double quo_inputs_value(const struct quo_view *view, enum quo_input_name name);
/* Whether the input's control speaks of that peril. */
bool quo_inputs_concern(const struct quo_view *view, enum quo_input_name name, enum quo_peril peril);
#endif
