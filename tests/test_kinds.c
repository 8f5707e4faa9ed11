/* What docs/methods.md 4.6 and 5.2 tell of bridges: how many of the fitted incidents hit them against what the model expects, how many of
 * their faults of code were in the checking of messages, and the power of the exposure against its likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/scale.h"
#include "risk/controls/score.h"
#include "risk/fitting/incidents.h"
#include "risk/market.h"
#include "risk/model.h"
#include "risk/perils/perilfit.h"
#include "risk/perils/reconcile.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static struct {
    struct quo_market *plain; /* the shipped market without bridge_code_faults */
    struct quo_scale *scale;
    struct quo_model *model;
    struct quo_incidents *incidents;
    struct quo_faults faults;
} desk;

static void open_plain(void)
{
    char *text = kit_file("fixtures/market/market.cfg");
    char *from = strstr(text, "bridge_code_faults = {");
    assert_non_null(from);
    char *to = strstr(from, "};");
    assert_non_null(to);
    memset(from, ' ', (size_t)(to + 2 - from));
    struct quo_config *config;
    assert_int_equal(quo_config_open_text(text, strlen(text), "plain.cfg", &config, &desk.faults), QUO_OK);
    assert_int_equal(quo_market_read(config, kit.catalogue, &desk.plain, &desk.faults), QUO_OK);
    quo_config_close(config);
    free(text);
    assert_int_equal(quo_scale_new(kit.catalogue, desk.plain, &desk.scale, &desk.faults), QUO_OK);
}

static int open_desk(void **state)
{
    (void)state;
    kit_open(&kit);
    quo_faults_init(&desk.faults);
    open_plain();
    assert_int_equal(quo_model_load("fixtures/model/model.cfg", &desk.model, &desk.faults), QUO_OK);
    assert_int_equal(quo_incidents_load("fixtures/incidents/incidents.csv", &desk.incidents, &desk.faults), QUO_OK);
    return 0;
}

static int close_desk(void **state)
{
    (void)state;
    quo_incidents_free(desk.incidents);
    quo_model_free(desk.model);
    quo_scale_free(desk.scale);
    quo_market_free(desk.plain);
    quo_faults_free(&desk.faults);
    kit_close(&kit);
    return 0;
}

static bool fitted(const struct quo_incident *it, enum quo_peril p)
{
    return it->peril == (int)p && it->loss > desk.model->peril[p].floor && it->day >= desk.model->data_from &&
           it->day <= desk.model->data_to;
}

/* P[s X > floor | E] (7.1), s the relativity of severity. */
static double seen(const struct quo_peril_model *peril, double exposure, double severity)
{
    const struct quo_peril_parameters *par = &peril->point;
    if (peril->floor >= exposure)
        return 0.0;
    const double scale = log(severity) + (1.0 - par->spread) * par->log_median +
                         par->gamma * log(exposure / desk.model->exposure_reference);
    const double size = exp((log(peril->floor) - scale) / par->spread);
    return size <= peril->floor ? 1.0
                                : quo_severity_Q(size, &par->severity) / quo_severity_Q(peril->floor, &par->severity);
}

/* Incidents that bridges, or the others, should have by number and size, and where asked by their profiles' controls, up to a factor
 * that both share. */
static double due(enum quo_peril p, bool bridges, bool controls)
{
    const struct quo_peril_model *peril = &desk.model->peril[p];
    const struct quo_market *m = desk.plain;
    const double weight = bridges ? m->bridge_weight : 1.0 - m->bridge_weight;
    double sum = 0.0;
    for (size_t i = 0; i < m->n_profiles; i++) {
        struct quo_relativity r[QUO_PERILS];
        if (m->profile[i].protocol->bridge != bridges)
            continue;
        assert_int_equal(quo_score_relativities(m->profile[i].protocol, desk.scale, r), QUO_OK);
        const double frequency = controls ? r[p].frequency : 1.0, severity = controls ? r[p].severity : 1.0;
        for (size_t b = 0; b < m->n_bands; b++) {
            const struct quo_band *band = &m->band[b];
            const double all = band->count * band->mean_usd, part = band->bridges * band->bridges_mean_usd,
                         count = bridges ? band->bridges : band->count - band->bridges,
                         exposure = (bridges ? part : all - part) / count;
            sum += m->profile[i].weight / weight * frequency * count *
                   pow(exposure / desk.model->exposure_reference, peril->point.alpha) * seen(peril, exposure, severity);
        }
    }
    return sum;
}

static double at_bridges(enum quo_peril p, double *all)
{
    double bridges = 0.0;
    *all = 0.0;
    for (size_t i = 0; i < desk.incidents->n; i++)
        if (fitted(&desk.incidents->incident[i], p)) {
            *all += 1.0;
            bridges += desk.incidents->incident[i].bridge == 1 ? 1.0 : 0.0;
        }
    return bridges;
}

/* The market's faults of code at bridges are those of the incident file, and each is under one peril alone. */
static void faults_of_code_at_bridges_are_counted_once(void **state)
{
    (void)state;
    double all, rate[2] = {0.0, 0.0}, mean = 0.0;
    const double in = at_bridges(QUO_BRIDGE_VALIDATION, &all) - 1.0, /* KelpDAO's verifier was fed false data: no fault of code */
        out = at_bridges(QUO_CODE_BUG, &all), share = quo_market_bridge_code(kit.market, NULL);
    print_message("faults of code at bridges: %g in the checking of messages, %g elsewhere\n", in, out);
    /* As `fit` tells them. */
    struct quo_perilfit_options options;
    struct quo_perilfit *fit = NULL;
    quo_perilfit_options_init(&options);
    options.tests = 0;
    options.draws = 0;
    assert_int_equal(quo_perilfit_run(desk.incidents, kit.market, &options, &fit, &desk.faults), QUO_OK);
    assert_true(fit->bridge_messages == (size_t)(in + 1.0) && fit->bridge_codes == (size_t)out && fit->corrected == 30);
    quo_perilfit_free(fit);
    assert_true(kit.market->bridge_faults.in_messages == in && kit.market->bridge_faults.elsewhere == out);
    check_rel(share, (out + 0.5) / (in + out + 1.0), 1e-14, "mean of the share");
    assert_true(quo_market_bridge_code(desk.plain, NULL) == 1.0);
    /* A bridge's code_bug is that share of what it was, but for what the mean over the market makes of it. */
    for (size_t i = 0; i < kit.market->n_profiles; i++) {
        struct quo_relativity r[QUO_PERILS], plain[QUO_PERILS];
        const struct quo_profile *profile = &kit.market->profile[i];
        const int bridge = profile->protocol->bridge;
        assert_int_equal(quo_score_relativities(profile->protocol, kit.scale, r), QUO_OK);
        assert_int_equal(quo_score_relativities(desk.plain->profile[i].protocol, desk.scale, plain), QUO_OK);
        mean += profile->weight * r[QUO_CODE_BUG].frequency;
        if (rate[bridge] == 0.0)
            rate[bridge] = r[QUO_CODE_BUG].frequency / plain[QUO_CODE_BUG].frequency;
        check_rel(r[QUO_CODE_BUG].frequency / plain[QUO_CODE_BUG].frequency, rate[bridge], 2e-3, "%s", profile->id);
        check_rel(r[QUO_KEY_COMPROMISE].frequency, plain[QUO_KEY_COMPROMISE].frequency, 1e-12, "another peril");
    }
    check_rel(rate[1] / rate[0], share, 2e-3, "bridges against the others");
    check_rel(mean, 1.0, 1e-9, "the market's mean");
}

/* The overall score weighs a peril by what it is to the average protocol of that kind, as methods 5.4 tells. */
static void scores_are_weighed_by_kind(void **state)
{
    (void)state;
    double weight[QUO_PERILS];
    for (int p = 0; p < QUO_PERILS; p++)
        weight[p] = 1.0 + (double)((7 * p) % 5);
    const double share = quo_market_bridge_code(kit.market, NULL), rest = kit.scale->inputs.non_bridge;
    for (size_t i = 0; i < kit.market->n_profiles; i++) {
        const struct quo_protocol *protocol = kit.market->profile[i].protocol;
        struct quo_score *s;
        double sum = 0.0, all = 0.0;
        assert_int_equal(quo_score_protocol(protocol, kit.scale, weight, &s), QUO_OK);
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            double stake = weight[p];
            if (p == QUO_BRIDGE_VALIDATION)
                stake *= (protocol->bridge ? 1.0 : rest) / (0.1 + 0.9 * rest);
            if (p == QUO_CODE_BUG)
                stake *= (protocol->bridge ? share : 1.0) / (0.9 + 0.1 * share);
            if (isnan(s->peril[p].score))
                continue;
            sum += stake * s->peril[p].score;
            all += stake;
        }
        check_rel(s->overall, sum / all, 1e-12, "%s", kit.market->profile[i].id);
        quo_score_free(s);
    }
}

static void draws_of_the_share_are_beta(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    const double a = kit.market->bridge_faults.elsewhere + 0.5, b = kit.market->bridge_faults.in_messages + 0.5;
    const double mean = a / (a + b), variance = mean * (1.0 - mean) / (a + b + 1.0);
    double sum = 0.0, square = 0.0;
    for (int d = 0; d < DRAWS; d++) {
        struct quo_stream stream = quo_stream_at(7, (uint64_t)d, 1, 1);
        const double x = quo_market_bridge_code(kit.market, &stream);
        sum += x / DRAWS;
        square += (x - mean) * (x - mean) / DRAWS;
    }
    check_abs(sum, mean, 5.0 * sqrt(variance / DRAWS), "mean of the draws");
    check_rel(square, variance, 0.05, "their variance");
    /* A draw of the controls has a share of its own, the same each time. */
    enum { SCALES = 200 };
    sum = square = 0.0;
    for (long d = 0; d < SCALES; d++) {
        struct quo_scale *one, *again;
        assert_int_equal(quo_scale_draw(kit.scale, 11, d, &one), QUO_OK);
        assert_int_equal(quo_scale_draw(kit.scale, 11, d, &again), QUO_OK);
        assert_true(one->inputs.bridge_code == again->inputs.bridge_code);
        sum += one->inputs.bridge_code / SCALES;
        square += (one->inputs.bridge_code - mean) * (one->inputs.bridge_code - mean) / SCALES;
        quo_scale_free(one);
        quo_scale_free(again);
    }
    check_abs(sum, mean, 5.0 * sqrt(variance / SCALES), "mean over the controls' draws");
    check_rel(square, variance, 0.5, "their variance"); /* five times its error, sqrt(2/200) */
}

/* ln of the chance of the counts where each peril's factor at bridges is gamma of mean 1 and that shape; INFINITY: no such factor. */
static double log_chance(const double *hit, const double *expected, size_t n, double shape)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += isinf(shape) ? hit[i] * log(expected[i]) - expected[i] - lgamma(hit[i] + 1.0)
                            : lgamma(shape + hit[i]) - lgamma(shape) - lgamma(hit[i] + 1.0) +
                                  shape * log(shape / (shape + expected[i])) +
                                  hit[i] * log(expected[i] / (shape + expected[i]));
    return sum;
}

static void bridges_are_hit_as_methods_tell(void **state)
{
    (void)state;
    static const struct {
        enum quo_peril peril;
        double all, bridges, by_size, by_controls;
    } told[] = {
        {QUO_KEY_COMPROMISE, 110, 20, 12.1, 6.9},      {QUO_SIGNER_SOCIAL_ENGINEERING, 6, 0, 0.8, 0.6},
        {QUO_GOVERNANCE_CAPTURE, 8, 0, 1.0, 0.7},      {QUO_ADMIN_ABUSE, 5, 0, 0.6, 0.4},
        {QUO_VENDOR_INFRASTRUCTURE, 25, 1, 3.2, 2.4},  {QUO_ORACLE_PRICE_MANIPULATION, 85, 0, 9.1, 7.0},
        {QUO_CODE_BUG, 320, 11, 35.8, 23.2},
    };
    enum { N = sizeof told / sizeof *told };
    double hit[N], expected[N];
    for (size_t k = 0; k < N; k++) {
        const enum quo_peril p = told[k].peril;
        double all, of_size[2];
        const double bridges = at_bridges(p, &all);
        for (int c = 0; c < 2; c++)
            of_size[c] = all * due(p, true, c == 1) / (due(p, true, c == 1) + due(p, false, c == 1));
        print_message("%-26s %3g, %2g at bridges; by size %.2f, by controls too %.2f\n", quo_peril_id(p), all, bridges,
                      of_size[0], of_size[1]);
        assert_true(all == told[k].all && bridges == told[k].bridges);
        check_abs(of_size[0], told[k].by_size, 0.1, "%s by number and size", quo_peril_id(p));
        check_abs(of_size[1], told[k].by_controls, 0.1, "%s by controls", quo_peril_id(p));
        hit[k] = bridges;
        expected[k] = of_size[1];
    }
    double best = 0.0, most = -INFINITY;
    for (double a = 0.05; a < 20.0; a *= 1.005)
        if (log_chance(hit, expected, N, a) > most) {
            most = log_chance(hit, expected, N, a);
            best = a;
        }
    const double ratio = 2.0 * (most - log_chance(hit, expected, N, INFINITY));
    print_message("shape %.2f, likelihood ratio %.1f\n", best, ratio);
    check_abs(best, 0.46, 0.01, "shape");
    check_abs(ratio, 28.0, 0.1, "twice the log of the likelihood ratio");
}

/* ln likelihood of the recorded losses in the mixture over the bands, each within 8 % of its figure. */
static double losses_at(enum quo_peril p, double alpha)
{
    const struct quo_peril_model *peril = &desk.model->peril[p];
    struct quo_peril_parameters par = peril->point;
    const struct quo_reconcile_terms terms = {.market = kit.market,
                                              .exposure_reference = desk.model->exposure_reference,
                                              .floor = peril->floor,
                                              .cap_share = peril->cap_share,
                                              .peril = p};
    double sum = 0.0;
    par.alpha = alpha;
    const double all = quo_reconcile_number_above(&terms, &par, peril->floor);
    for (size_t i = 0; i < desk.incidents->n; i++)
        if (fitted(&desk.incidents->incident[i], p)) {
            const double loss = desk.incidents->incident[i].loss;
            sum += log((quo_reconcile_number_above(&terms, &par, loss / 1.08) -
                        quo_reconcile_number_above(&terms, &par, loss * 1.08)) /
                       all);
        }
    return sum;
}

static void the_power_is_within_its_likelihood(void **state)
{
    (void)state;
    static const struct {
        enum quo_peril peril;
        double likely, ratio;
    } told[] = {{QUO_BRIDGE_VALIDATION, 0.22, 2.8}, {QUO_CODE_BUG, 0.14, 1.5}, {QUO_KEY_COMPROMISE, 0.36, 9.6}};
    for (size_t k = 0; k < sizeof told / sizeof *told; k++) {
        double best = 0.0, most = -INFINITY;
        for (double a = -0.5; a < 1.2; a += 0.01)
            if (losses_at(told[k].peril, a) > most) {
                most = losses_at(told[k].peril, a);
                best = a;
            }
        const double used = desk.model->peril[told[k].peril].point.alpha,
                     ratio = 2.0 * (most - losses_at(told[k].peril, used));
        print_message("%s: alpha %.2f, most likely %.2f, likelihood ratio %.2f\n", quo_peril_id(told[k].peril), used, best, ratio);
        check_abs(best, told[k].likely, 0.015, "%s", quo_peril_id(told[k].peril));
        check_abs(ratio, told[k].ratio, 0.1, "likelihood ratio of %s", quo_peril_id(told[k].peril));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_code_at_bridges_are_counted_once),
        cmocka_unit_test(scores_are_weighed_by_kind),
        cmocka_unit_test(draws_of_the_share_are_beta),
        cmocka_unit_test(bridges_are_hit_as_methods_tell),
        cmocka_unit_test(the_power_is_within_its_likelihood),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
