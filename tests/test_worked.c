/* The worked examples of docs/methods.md, sections 5 and 6: each number printed there is computed again by the library's own functions,
 * must be right to its last digit, and must stand on the page. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/numeric.h"
#include "risk/controls/caps.h"
#include "risk/controls/capture.h"
#include "risk/controls/kofn.h"
#include "risk/controls/otherlaws.h"
#include "risk/controls/scale.h"
#include "risk/hazard.h"
#include "risk/model.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static char *page;

static int open_kit(void **state)
{
    (void)state;
    kit_open(&kit);
    page = kit_file("docs/methods.md");
    return 0;
}

static int close_kit(void **state)
{
    (void)state;
    kit_close(&kit);
    free(page);
    return 0;
}

/* The section of a name: from its heading to the next. Two have a heading alone. */
static const char *section_of(const char *name, size_t *n)
{
    char mark[64];
    snprintf(mark, sizeof mark, "[methods: %s]", name);
    if (strcmp(name, "worked") == 0)
        strcpy(mark, "### 5.5 Worked example");
    if (strcmp(name, "worked_66") == 0)
        strcpy(mark, "### 6.6 Whose event it is");
    const char *at = strstr(page, mark);
    if (!at)
        fail_msg("no section %s", name);
    const char *end = strstr(at, "\n### ");
    *n = end ? (size_t)(end - at) : strlen(at);
    return at;
}

/* `text` stands in the section as a number of its own, and is `value` rounded to its digits. */
static void printed(const char *section, const char *text, double value)
{
    size_t n, length = strlen(text);
    const char *at = section_of(section, &n), *end = at + n;
    bool found = false;
    for (const char *p = at; (p = strstr(p, text)) && p < end; p++) {
        const char before = p > at ? p[-1] : ' ', after = p[length];
        found |= !(before >= '0' && before <= '9') && before != '.' && !(after >= '0' && after <= '9') &&
                 !(after == '.' && p[length + 1] >= '0' && p[length + 1] <= '9');
    }
    if (!found)
        fail_msg("section %s does not print %s", section, text);
    const char *dot = strchr(text, '.');
    const double unit = dot ? pow(10.0, -(double)strlen(dot + 1)) : 1.0;
    if (!(fabs(strtod(text, NULL) - value) <= 0.5000001 * unit))
        fail_msg("section %s prints %s, it is %.12g", section, text, value);
}

static void effects(void **state)
{
    (void)state;
    const struct quo_effect ce02 = {.low = 0.60, .mode = 0.80, .high = 0.95};
    const int control = quo_catalogue_control(kit.catalogue, "CE-02");
    const struct quo_effect *shipped = &kit.catalogue->control[control].effect[0];
    assert_true(shipped->low == 0.60 && shipped->mode == 0.80 && shipped->high == 0.95);
    const double m4 = quo_effects_pert_mean(&ce02), x = 0.8 * 0.95 * 0.5 * 0.9;
    const double other = quo_effects_pert_mean(&(struct quo_effect){.low = 0.5, .mode = 0.75, .high = 0.95});
    printed("effects", "0.79167", m4);
    printed("effects", "0.342", x);
    printed("effects", "0.92321", pow(m4, x));
    printed("effects", "0.74167", other);
    printed("effects", "0.6017", pow(other, 1.7));
    printed("effects", "0.8918", pow(m4, 0.49));
    printed("effects", "0.5366", pow(other, 1.7) * pow(m4, 0.49));
}

static void relativity_and_score(void **state)
{
    (void)state;
    const struct quo_scale_mean mean = {1.55, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    struct quo_relativity r[2];
    const double raw[2] = {2.0, 0.5}, weight[2] = {0.7, 0.3};
    double sum = 0.0, average = 0.0;
    for (int i = 0; i < 2; i++) {
        const struct quo_raw one = {raw[i], 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
        quo_scale_normalise(kit.scale, &mean, &one, &r[i]);
        sum += weight[i] * raw[i];
        average += weight[i] * r[i].frequency;
    }
    printed("relativity", "1.55", sum);
    printed("relativity", "1.275806", r[0].frequency);
    printed("relativity", "0.356452", r[1].frequency);
    check_rel(average, 1.0, 1e-14, "the market averages to 1");
    printed("controls", "21.646", 100.0 * log(2.0 / 0.9) / log(2.0 / 0.05));
}

static struct quo_signers set_of(int threshold, size_t n, const struct quo_signers_member *member, size_t n_groups,
                                 const struct quo_signers_group *group, double dwell)
{
    return (struct quo_signers){threshold, n, member, n_groups, group, dwell, dwell};
}

static void quorum(void **state)
{
    (void)state;
    const int zero = 0;
    const struct quo_signers_group group = {.shock_rate = 0.05, .lethality = 0.8};
    struct quo_signers_member member[3] = {{.compromise_rate = 0.1, .group = &zero, .n_groups = 1},
                                           {.compromise_rate = 0.1, .group = &zero, .n_groups = 1},
                                           {.compromise_rate = 0.2}};
    struct quo_signers set = set_of(2, 3, member, 1, &group, 0.25);
    const double p1 = -expm1(-0.25 * 0.14), p3 = -expm1(-0.25 * 0.2), struck = p1 + (1.0 - p1) * 0.8;
    printed("signers", "0.0343946", p1);
    printed("signers", "0.0487706", p3);
    printed("signers", "0.0798103", p1 * (1.0 - p3) + (1.0 - p1) * p3);
    printed("signers", "0.0664232", 2.0 * p1 * (1.0 - p1));
    printed("signers", "0.8068789", struck);
    printed("signers", "0.6662530", quo_kofn_tail((double[]){struck, struck, p3}, 3, 2));
    printed("signers", "0.0044225", quo_signers_down(&set));
    printed("signers", "0.0611413", quo_signers_compromise_rate(&set));
    printed("signers", "0.0631226", quo_signers_breach_rate(&set));
    /* Key loss and deceived approvals. */
    for (int j = 0; j < 3; j++)
        member[j] = (struct quo_signers_member){.loss_rate = 0.02, .approves = 0.05, .approves_spoofed = 0.5};
    set = set_of(2, 3, member, 0, NULL, 1.0);
    printed("signers", "0.0198013", -expm1(-0.02));
    printed("signers", "0.00228299", quo_signers_key_loss_rate(&set));
    printed("signers", "0.00725", quo_kofn_tail((double[]){0.05, 0.05, 0.05}, 3, 2));
    printed("signers", "0.1268125", quo_signers_deceived_rate(&set, 0.5, 0.5));
}

static void verifiers(void **state)
{
    (void)state;
    const int zero = 0;
    const struct quo_signers_group rpc = {.shock_rate = 0.01, .lethality = 0.6, .vendor = true};
    struct quo_signers_member member[3];
    for (int j = 0; j < 3; j++)
        member[j] = (struct quo_signers_member){.compromise_rate = 0.015, .group = &zero, .n_groups = 1};
    const struct quo_signers set = set_of(2, 3, member, 1, &rpc, 1.0);
    double vendor, own;
    quo_signers_breach_parts(&set, false, &vendor, &own, NULL);
    const double pi = -expm1(-0.021), struck = pi + (1.0 - pi) * 0.6, all = vendor + own;
    printed("signers", "0.020781", pi);
    printed("signers", "0.041130", quo_kofn_tail((double[]){pi, pi}, 2, 1));
    printed("signers", "0.00185086", own);
    printed("signers", "0.608312", struck);
    printed("signers", "0.659927", quo_kofn_tail((double[]){struck, struck, struck}, 3, 2));
    printed("signers", "0.00127761", quo_kofn_tail((double[]){pi, pi, pi}, 3, 2));
    printed("signers", "0.659846", vendor / 0.01);
    printed("signers", "0.00659846", vendor);
    printed("signers", "0.00844931", all);
    printed("signers", "78", 100.0 * vendor / all);
    member[2].n_groups = 0;
    const double apart = quo_signers_breach_rate(&set);
    printed("signers", "0.00544747", apart);
    printed("signers", "0.843236", pow((apart + 2e-4) / (all + 2e-4), 0.4));
}

static void counts(void **state)
{
    (void)state;
    printed("kofn", "0.0058927", quo_kofn_correlated_tail(3, 0.045, 0.0, 2));
    printed("kofn", "0.010863", quo_kofn_beta_factor_tail(3, 0.05, 0.1, 2));
    printed("kofn", "0.0272", quo_kofn_correlated_tail(3, 0.05, 0.2, 2));
}

static double integrand(double y)
{
    const double t = 24.0 / (1.0 + exp(-y)), z = (log(t) - 1.5) / 0.6;
    return exp(-0.5 * z * z) / sqrt(2.0 * M_PI) / 0.6 * (1.0 - t / 24.0) * quo_normal_Q(-(log(24.0 - t) - 2.0) / 0.9);
}

static void timelock(void **state)
{
    (void)state;
    double sum = 0.0;
    for (int i = -10; i <= 6; i++)
        sum += integrand(0.5 * i);
    printed("timelock", "2.8609", 24.0 / (1.0 + exp(2.0)));
    printed("timelock", "0.388939", integrand(-2.0));
    printed("timelock", "0.467732", integrand(-1.5));
    printed("timelock", "0.336052", integrand(-1.0));
    printed("timelock", "0.060924", integrand(0.0));
    printed("timelock", "1.668285", sum);
    printed("timelock", "0.83414", 0.5 * sum);
    printed("timelock", "0.83414379634",
            quo_timelock_in_time(24.0, (struct quo_timelock_time){1.5, 0.6}, (struct quo_timelock_time){2.0, 0.9}));
}

static void caps_and_drains(void **state)
{
    (void)state;
    const struct quo_timelock_time stop = quo_timelock_median(1.5, 1.3);
    const double z = (log(4.0) - stop.meanlog) / stop.sdlog;
    printed("caps", "0.75448", z);
    printed("caps", "3.49197", exp(stop.meanlog + 0.5 * 1.69));
    printed("caps", "0.25552", exp(stop.meanlog + 0.5 * 1.69) / 4.0 * quo_normal_Q(1.3 - z));
    printed("caps", "0.22528", quo_normal_Q(z));
    printed("caps", "0.48080", quo_caps_drained(4.0, stop));
    const struct quo_caps_terms terms = {
        .per_hour_usd = 0.5e6, .burst_usd = 2e6, .window_hours = 24.0, .hard_usd = INFINITY};
    printed("caps", "14", quo_caps_outflow(&terms).burst / 1e6);
}

/* One peril 0.20 a year at 0.1 M, one 0.05 at 10 M, ten years without a loss; then the first halved. */
static void a_record_less_of_a_surprise(void **state)
{
    (void)state;
    const struct quo_protocol clean = {.has_history = true, .history_years = 10.0};
    printed("experience", "0.231", (0.20 * 0.1 + 0.05 * 10.0) * quo_hazard_experience(&clean, 2.0, 0.25));
    printed("experience", "0.291", (0.10 * 0.1 + 0.05 * 10.0) * quo_hazard_experience(&clean, 2.0, 0.15));
}

static void caps_together(void **state)
{
    (void)state;
    struct quo_outflow two = quo_outflow_one((struct quo_outflow_cap){0.2e6, 0.5e6, INFINITY}, 1.0, 1.5, 1.1);
    two.cap[two.n_caps++] = (struct quo_outflow_cap){0.05e6, 2e6, INFINITY};
    two.lane[0].caps = 3u;
    printed("capped loss", "0.086953", quo_outflow_left(3e6, &two, false));
    printed("capped loss", "0.299178", quo_outflow_left(2.1e6, &two, false));
    double kink[QUO_OUTFLOW_KINKS], crossing = 0.0;
    for (size_t i = quo_outflow_kinks(&two, kink); i-- > 0;)
        crossing = fmax(crossing, kink[i]);
    printed("capped loss", "2.5", crossing / 1e6);
}

static void capture(void **state)
{
    (void)state;
    const struct quo_capture_curve curve = {1.0, 2.0, 0.5};
    const struct quo_capture_votes_for votes = {.supply = 1e9,
                                                .price_usd = 0.5,
                                                .quorum_share = 0.04,
                                                .depth = 1e8,
                                                .resale_share = 0.5,
                                                .borrowable_share = 0.05,
                                                .borrow_rate = 0.1,
                                                .borrow_days = 7.0,
                                                .bribe_yield = NAN};
    double needed;
    const struct quo_capture_costs ways = quo_capture_ways(&votes, &needed);
    printed("capture", "0.405465", log(90e6 / 60e6));
    printed("capture", "0.45287", quo_capture_multiplier(90e6, 60e6, &curve));
    printed("capture", "40", needed / 1e6);
    printed("capture", "12295617", ways.buy);
    printed("capture", "38330", ways.borrow);
}

static void whose_event(void **state)
{
    (void)state;
    const double mean = kit.scale->known.mean[QUO_VENDOR_INFRASTRUCTURE].quorum;
    struct quo_relativity r;
    struct quo_raw raw = {0.010, 1.0, 1.0, 1.0, 1.0, 0.010, 1.0};
    const struct quo_scale_mean market = {mean, 1.0, 1.0, 1.0, 1.0, mean, 1.0};
    quo_scale_normalise(kit.scale, &market, &raw, &r);
    printed("worked_66", "0.0202", 0.015 + 0.005 + kit.scale->inputs.unmodelled_rate);
    printed("worked_66", "0.107523", 1.0 - pow(1.0 - 0.005 / 0.0202, kit.scale->inputs.key_credibility));
    printed("worked_66", "0.010", kit.scale->inputs.vendor_base_rate + 0.004);
    printed("worked_66", "0.00745016", mean);
    printed("worked_66", "1.342253", 0.010 / mean);
    printed("worked_66", "1.325140", r.frequency);
}

static void bridge_code(void **state)
{
    (void)state;
    const char *section = "faults of code at bridges";
    printed(section, "14", kit.market->bridge_faults.in_messages);
    printed(section, "11", kit.market->bridge_faults.elsewhere);
    printed(section, "26", kit.market->bridge_faults.in_messages + kit.market->bridge_faults.elsewhere + 1.0);
    printed(section, "0.442", quo_market_bridge_code(kit.market, NULL));
}

static void other_laws(void **state)
{
    (void)state;
    const int zero = 0;
    struct quo_signers_member member[4];
    const struct quo_signers_group group = {.shock_rate = 0.01, .lethality = 0.5};
    for (int j = 0; j < 4; j++)
        member[j] = (struct quo_signers_member){.compromise_rate = 0.02, .group = &zero, .n_groups = 1};
    const struct quo_signers set = set_of(2, 4, member, 1, &group, 0.5);
    const struct quo_other_laws laws = quo_otherlaws_of(&set);
    const double pi = -expm1(-0.0125);
    printed("otherlaws", "0.0124222", pi);
    printed("otherlaws", "0.0368056", quo_kofn_tail((double[]){pi, pi, pi}, 3, 1));
    printed("otherlaws", "0.00368056", laws.independent);
    printed("otherlaws", "0.2", laws.beta);
    printed("otherlaws", "0.00294445", 0.8 * laws.independent);
    printed("otherlaws", "0.00794445", laws.beta_factor);
    printed("otherlaws", "0.101892", laws.rho);
    printed("otherlaws", "0.109493", pi * (1.0 - laws.rho) / laws.rho);
    printed("otherlaws", "8.704818", (1.0 - pi) * (1.0 - laws.rho) / laws.rho);
    printed("otherlaws", "0.721206", 1.0 - quo_kofn_correlated_others(3, pi, laws.rho, 1));
    printed("otherlaws", "0.0278794", laws.beta_binomial);
    printed("otherlaws", "0.00991146", quo_signers_breach_rate(&set));
    struct quo_signers_member unlike[3] = {{.compromise_rate = 0.2}, {.compromise_rate = 0.02}, {.compromise_rate = 0.02}};
    const struct quo_signers apart = set_of(2, 3, unlike, 0, NULL, 0.25);
    printed("otherlaws", "0.00413063", quo_signers_breach_rate(&apart));
    printed("otherlaws", "0.00930727", quo_otherlaws_of(&apart).beta_binomial);
    printed("otherlaws", "0.0195819", (-expm1(-0.05) - 2.0 * expm1(-0.005)) / 3.0);
}

/* Where the falls of a quorum that stood and the breaches part: many keys, few of them needed or all. */
static void rates_that_part(void **state)
{
    (void)state;
    struct quo_signers_member member[40];
    for (int j = 0; j < 40; j++)
        member[j] = (struct quo_signers_member){.compromise_rate = 0.06, .loss_rate = 0.03};
    const struct quo_signers one = set_of(1, 40, member, 0, NULL, 1.0), two = set_of(2, 40, member, 0, NULL, 1.0),
                             most = set_of(39, 40, member, 0, NULL, 1.0), all = set_of(40, 40, member, 0, NULL, 1.0);
    printed("signers", "0.218", quo_signers_compromise_rate(&one));
    printed("signers", "0.525", quo_signers_compromise_rate(&two));
    printed("signers", "91", 100.0 * quo_signers_down(&one));
    printed("signers", "2.4", quo_signers_breach_rate(&one));
    printed("signers", "2.169", quo_signers_breach_rate(&two));
    printed("signers", "0.4293", quo_signers_key_loss_rate(&most));
    printed("signers", "0.3614", quo_signers_key_loss_rate(&all));
    printed("signers", "0.8276", quo_signers_key_loss_breach_rate(&most));
    printed("signers", "1.2", quo_signers_key_loss_breach_rate(&all));
}

static double shown(const struct quo_score *s, enum quo_peril peril, const char *name)
{
    for (size_t i = 0; i < s->peril[peril].n_values; i++)
        if (strcmp(s->peril[peril].value[i].name, name) == 0)
            return s->peril[peril].value[i].value;
    fail_msg("%s is not shown", name);
    return NAN;
}

/* The example bridge, keys. */
static void the_example(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_protocol *p;
    struct quo_model *model;
    struct quo_score *s;
    struct quo_hazard hazard[QUO_PERILS];
    quo_faults_init(&faults);
    assert_int_equal(quo_protocol_load("fixtures/examples/bridge.protocol.cfg", kit.catalogue, &p, &faults), QUO_OK);
    assert_int_equal(quo_model_load("fixtures/model/model.cfg", &model, &faults), QUO_OK);
    assert_int_equal(quo_score_protocol(p, kit.scale, NULL, &s), QUO_OK);
    const enum quo_peril key = QUO_KEY_COMPROMISE;
    printed("worked", "0.00207528", shown(s, key, "quorum.rate"));
    printed("worked", "0.084495", pow(shown(s, key, "quorum.rate"), 0.4));
    printed("worked", "0.835089", shown(s, key, "timelock.in_time"));
    printed("worked", "0.006263", shown(s, key, "timelock.stopped"));
    printed("worked", "0.083966", shown(s, key, "raw.frequency"));
    printed("worked", "0.175857", shown(s, key, "market.frequency"));
    printed("worked", "0.503594", s->peril[key].frequency);
    printed("worked", "0.985577", shown(s, key, "drain.share"));
    printed("worked", "0.776142", shown(s, key, "raw.severity"));
    printed("worked", "0.735331", shown(s, key, "market.severity"));
    printed("worked", "1.049949", s->peril[key].severity);
    printed("worked", "0.528748", s->peril[key].relativity);
    assert_int_equal(quo_hazard_laws(model, p, s, model->trend_until_day, -1, hazard), QUO_OK);
    printed("worked", "0.852828", hazard[key].experience);
    printed("worked", "0.345139", 2.0 / hazard[key].experience - 2.0);
    quo_score_free(s);
    quo_model_free(model);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects),         cmocka_unit_test(relativity_and_score),
        cmocka_unit_test(quorum),          cmocka_unit_test(verifiers),
        cmocka_unit_test(counts),          cmocka_unit_test(timelock),
        cmocka_unit_test(caps_and_drains), cmocka_unit_test(caps_together), cmocka_unit_test(a_record_less_of_a_surprise), cmocka_unit_test(capture),
        cmocka_unit_test(whose_event),     cmocka_unit_test(bridge_code),
        cmocka_unit_test(other_laws),
        cmocka_unit_test(rates_that_part),
        cmocka_unit_test(the_example),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
