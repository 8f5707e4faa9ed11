/* What a protocol shares with others: by hand on one signer; as a split of the quote's own rate on random protocols. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pricing/portfolio/ties.h"
#include "risk/model.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

static struct quo_model *model;

static int open_kit(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    kit_open(&kit);
    const enum quo_status status = quo_model_load("fixtures/model/model.cfg", &model, &faults);
    quo_faults_free(&faults);
    return status == QUO_OK ? 0 : -1;
}

static int close_kit(void **state)
{
    (void)state;
    quo_model_free(model);
    kit_close(&kit);
    return 0;
}

/* The ties of a protocol whose rates are all `rate`, without campaigns. */
static struct quo_ties ties_of(const char *body, double rate)
{
    char text[2048];
    struct quo_faults faults;
    struct quo_dependence dependence;
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_score *score;
    struct quo_ties ties;
    memset(hazard, 0, sizeof hazard);
    quo_dependence_init(&dependence);
    for (int p = 0; p < QUO_PERILS; p++) {
        hazard[p].peril = (enum quo_peril)p;
        hazard[p].present = p < QUO_COVERED_PERILS;
        hazard[p].rate = rate;
        dependence.campaign_share[p] = 0.0;
    }
    quo_faults_init(&faults);
    snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 1e8; %s };", body);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
    if (!p)
        kit_print(&faults);
    assert_non_null(p);
    assert_int_equal(quo_score_protocol(p, kit.scale, NULL, &score), QUO_OK);
    assert_int_equal(quo_ties_find(kit.catalogue, model, &dependence, p, score, hazard, &ties), QUO_OK);
    quo_score_free(score);
    quo_protocol_free(p);
    quo_faults_free(&faults);
    return ties;
}

static double share_of(const struct quo_ties *ties, const char *name, enum quo_peril peril, double rate)
{
    for (size_t i = 0; i < ties->n; i++)
        if (strcmp(ties->tie[i].name, name) == 0 && ties->tie[i].peril == peril)
            return ties->tie[i].part / rate;
    return 0.0;
}

#define SIGNER(purpose)                                                                                                \
    "signer_sets = ( { id = \"s\"; purpose = [" purpose "]; threshold = 1; signers = ( { id = \"a\"; storage = "       \
    "\"hsm\"; groups = [\"cloud:aws\", \"org:o\"]; } ); } ); "

/* One HSM in one cloud, of one firm. What the cloud starts, 0.008 x 0.5 a year, is vendor_infrastructure's, beside 0.006 that goes through
 * no signer; what the firm starts, 0.010 x 0.5, is key_compromise's, beside 0.015 of the key's own and 2e-4 that no model sees. */
static void one_signer_by_hand(void **state)
{
    (void)state;
    const double rate = 1e-3;
    struct quo_ties ties = ties_of(SIGNER("\"move\", \"configure\""), rate);
    check_rel(share_of(&ties, "cloud:aws", QUO_VENDOR_INFRASTRUCTURE, rate), 0.004 / 0.010, 1e-12, "cloud");
    check_rel(share_of(&ties, "org:o", QUO_KEY_COMPROMISE, rate), 1.0 - pow(1.0 - 0.005 / 0.0202, 0.4), 1e-12, "firm");
    assert_true(share_of(&ties, "cloud:aws", QUO_KEY_COMPROMISE, rate) == 0.0);
    assert_true(share_of(&ties, "org:o", QUO_VENDOR_INFRASTRUCTURE, rate) == 0.0);
    /* Key loss counts both: 0.004 of the key, 0.001 x 0.3 by the cloud, 0.003 x 0.4 by the firm, 2e-4 unseen; to the power of 0.4
     * together, shared out by their rates. */
    const double both = 1.0 - pow(1.0 - 0.0015 / 0.0057, 0.4);
    check_rel(share_of(&ties, "cloud:aws", QUO_KEY_LOSS, rate), both * 0.0003 / 0.0015, 1e-12, "key loss");
    check_rel(share_of(&ties, "org:o", QUO_KEY_LOSS, rate), both * 0.0012 / 0.0015, 1e-12, "key loss");
    quo_ties_free(&ties);
}

/* Of a set that attests messages too, a vendor's event is bridge_validation's; who only attests brings all there. */
static void an_event_is_one_perils(void **state)
{
    (void)state;
    const double rate = 1e-3;
    struct quo_ties both = ties_of("bridge = true; " SIGNER("\"move\", \"configure\", \"bridge_messages\""), rate),
                    only = ties_of("bridge = true; " SIGNER("\"bridge_messages\""), rate);
    check_rel(share_of(&both, "cloud:aws", QUO_BRIDGE_VALIDATION, rate), 1.0 - pow(1.0 - 0.004 / 0.0042, 0.4), 1e-12,
              "moves too");
    assert_true(share_of(&both, "cloud:aws", QUO_VENDOR_INFRASTRUCTURE, rate) == 0.0);
    assert_true(share_of(&both, "org:o", QUO_BRIDGE_VALIDATION, rate) == 0.0);
    const double all = 1.0 - pow(1.0 - 0.009 / 0.0242, 0.4);
    check_rel(share_of(&only, "cloud:aws", QUO_BRIDGE_VALIDATION, rate), all * 4.0 / 9.0, 1e-12, "only attests");
    check_rel(share_of(&only, "org:o", QUO_BRIDGE_VALIDATION, rate), all * 5.0 / 9.0, 1e-12, "only attests");
    assert_true(share_of(&only, "org:o", QUO_KEY_COMPROMISE, rate) == 0.0);
    quo_ties_free(&both);
    quo_ties_free(&only);
}

/* A dependency of the same name is the same vendor: its part joins the signers'. */
static void one_name_is_one_vendor(void **state)
{
    (void)state;
    const double rate = 1e-3;
    struct quo_ties ties = ties_of(
                        SIGNER("\"move\", \"configure\"") "dependencies = ( { kind = \"cloud\"; vendor = \"aws\"; } );",
                        rate),
                    alone = ties_of(SIGNER("\"move\", \"configure\""), rate),
                    apart = ties_of("dependencies = ( { kind = \"cloud\"; vendor = \"aws\"; } );", rate);
    const enum quo_peril p = QUO_VENDOR_INFRASTRUCTURE;
    assert_true(share_of(&apart, "cloud:aws", p, rate) > 0.0);
    check_rel(share_of(&ties, "cloud:aws", p, rate),
              share_of(&alone, "cloud:aws", p, rate) + share_of(&apart, "cloud:aws", p, rate), 1e-12, "both");
    quo_ties_free(&ties);
    quo_ties_free(&alone);
    quo_ties_free(&apart);
}

/* Whatever the protocol: parts are rates, and what is left is the protocol's own. */
static void parts_split_the_quotes_rate(void **state)
{
    (void)state;
    struct quo_dependence dependence;
    quo_dependence_init(&dependence);
    double most = 0.0;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct quo_protocol *p = kit_random(kit.catalogue, seed, 20, 1 + (int)(seed % 3));
        struct quo_score *score = kit_score(&kit, p);
        struct quo_hazard hazard[QUO_PERILS];
        struct quo_ties ties;
        assert_int_equal(quo_hazard_laws(model, p, score, model->trend_until_day, -1, hazard), QUO_OK);
        assert_int_equal(quo_ties_find(kit.catalogue, model, &dependence, p, score, hazard, &ties), QUO_OK);
        for (int k = 0; k < QUO_COVERED_PERILS; k++) {
            double sum = ties.campaign_part[k];
            for (size_t i = 0; i < ties.n; i++)
                sum += (int)ties.tie[i].peril == k ? ties.tie[i].part : 0.0;
            assert_true(sum >= 0.0 && sum <= hazard[k].rate);
            most = fmax(most, sum / hazard[k].rate);
        }
        for (size_t i = 0; i < ties.n; i++)
            assert_true(ties.tie[i].part > 0.0 && ties.tie[i].part <= ties.tie[i].shock_rate);
        quo_ties_free(&ties);
        quo_score_free(score);
        quo_protocol_free(p);
    }
    assert_true(most > 0.3);
}

/* The book takes the set as the quote priced it: a group's own numbers, how long a lost key goes unreplaced, and what signers without
 * a word on it share, which ties nobody. Two of three keys in one house: both rates by hand from what the score says of the set. */
static void a_set_is_the_quotes_own(void **state)
{
    (void)state;
    const char *body = "groups = ( { id = \"site:house\"; shock_rate = 0.01; lethality = 0.1; loss_shock_rate = 0.05; loss_lethality = 0.8; } );"
                       "signer_sets = ( { id = \"s\"; purpose = [\"move\", \"mint\"]; threshold = 2; dwell_years = 0.25; signers = ("
                       "{ id = \"a\"; storage = \"hsm\"; groups = [\"site:house\"]; }, { id = \"b\"; storage = \"hsm\"; }, "
                       "{ id = \"c\"; storage = \"hsm\"; } ); } );";
    const double rate = 0.3;
    struct quo_ties ties = ties_of(body, rate);
    struct quo_protocol *p = kit_read(&kit, body);
    struct quo_score *score = kit_score(&kit, p);
    const struct quo_signer_set_score *set = &score->set[0];
    assert_true(set->n_groups == 2 && set->group[0].loss_shock_rate == 0.05);
    double own = set->signer[0].loss_rate, whole = NAN;
    const double tau = set->loss_dwell_years, shared = set->group[1].loss_shock_rate;
    /* 2 of 3: gone with two keys. The house takes `a`; the other two go on their own or together. */
    const double q = -expm1(-tau * (own + shared)); /* b or c is gone */
    const double part = 0.05 * 0.8 * (1.0 - (1.0 - q) * (1.0 - q));
    for (size_t i = 0; i < score->peril[QUO_KEY_LOSS].n_values; i++)
        if (strcmp(score->peril[QUO_KEY_LOSS].value[i].name, "quorum.rate") == 0)
            whole = score->peril[QUO_KEY_LOSS].value[i].value;
    const double kappa = quo_catalogue_constant(kit.catalogue, "loss_credibility");
    check_rel(share_of(&ties, "site:house", QUO_KEY_LOSS, rate), 1.0 - pow(1.0 - part / whole, kappa), 1e-9, "the house");
    bool found = false;
    for (size_t i = 0; i < ties.n; i++) {
        found = found || (ties.tie[i].peril == QUO_KEY_LOSS && ties.tie[i].shock_rate == 0.05);
        assert_true(strcmp(ties.tie[i].name, "site:house") == 0);
    }
    assert_true(found);
    quo_ties_free(&ties);
    quo_score_free(score);
    quo_protocol_free(p);
}

/* A kind that is linked without a dependence file is one that a protocol may name without a warning. */
static void linked_kinds_are_known(void **state)
{
    (void)state;
    struct quo_dependence dependence;
    quo_dependence_init(&dependence);
    assert_true(dependence.n_links > 10);
    for (size_t i = 0; i < dependence.n_links; i++) {
        char text[256];
        struct quo_faults faults;
        quo_faults_init(&faults);
        snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 1e8; dependencies = ( { kind = \"%s\"; vendor = \"x\"; } ); };",
                 dependence.link[i].kind);
        struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
        kit_print(&faults);
        assert_true(p && faults.n == 0);
        quo_protocol_free(p);
        quo_faults_free(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linked_kinds_are_known),
        cmocka_unit_test(one_signer_by_hand),
        cmocka_unit_test(an_event_is_one_perils),
        cmocka_unit_test(one_name_is_one_vendor),
        cmocka_unit_test(parts_split_the_quotes_rate),
        cmocka_unit_test(a_set_is_the_quotes_own),
    };
    return cmocka_run_group_tests(tests, open_kit, close_kit);
}
