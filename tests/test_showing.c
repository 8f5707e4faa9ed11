/* A mechanism is shown with all that it takes to redo it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/desk/scorejson.h"
#include "risk/controls/score.h"
#include "risk/controls/signers.h"
#include "risk/controls/timelock.h"
#include "tests/check.h"
#include "tests/kit_controls.h"

/* A mechanism is shown with all that it takes to redo it: the example's quorum. */
static void the_shown_mechanism_can_be_redone(void **state)
{
    (void)state;
    struct quo_protocol *p;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_protocol_load("fixtures/examples/bridge.protocol.cfg", kit.catalogue, &p, &faults), QUO_OK);
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *key = &s->peril[QUO_KEY_COMPROMISE];
    double value[64] = {0.0};
    static const char *const names[] = {"effects.frequency", "quorum.rate",   "quorum.credibility",
                                        "timelock.stopped",  "raw.frequency", "market.frequency"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        bool found = false;
        for (size_t i = 0; i < key->n_values; i++)
            if (strcmp(key->value[i].name, names[n]) == 0) {
                value[n] = key->value[i].value;
                found = true;
            }
        assert_true(found);
    }
    check_rel(value[0] * pow(value[1], value[2]) * (1.0 - value[3]), value[4], 1e-12,
              "raw frequency = effects x quorum x timelock");
    check_rel(0.05 + 0.95 * value[4] / value[5], key->frequency, 1e-12, "frequency = u + (1 - u) raw / market");
    /* treasury reaches 0.9 and is the only set that moves or upgrades; what its vendor starts stands under vendor_infrastructure; what
     * no model sees comes on top of both. */
    const struct quo_peril_score *vendors = &s->peril[QUO_VENDOR_INFRASTRUCTURE];
    double vendor_rate = NAN;
    for (size_t i = 0; i < vendors->n_values; i++)
        if (strcmp(vendors->value[i].name, "quorum.rate") == 0)
            vendor_rate = vendors->value[i].value;
    check_rel(value[1] + vendor_rate, 0.9 * s->set[0].breach_rate + 2e-4 + 6e-3, 1e-12, "quorum rate");
    assert_int_equal(s->n_sets, 2);
    double shares = 0.0;
    for (size_t i = 0; i < s->set[0].n_importance; i++)
        shares += s->set[0].importance[i].share;
    check_rel(shares, 1.0, 1e-12, "importance");
    quo_score_free(s);
    quo_protocol_free(p);
    quo_faults_free(&faults);
}

static double shown(const struct quo_peril_score *score, const char *name)
{
    for (size_t i = 0; i < score->n_values; i++)
        if (strcmp(score->value[i].name, name) == 0)
            return score->value[i].value;
    fail_msg("%s is not shown", name);
    return NAN;
}

/* Delay, veto and chance are those of the one way that is taken, so that their product is what is stopped. */
static void the_way_that_is_taken_is_shown(void **state)
{
    (void)state;
    struct quo_protocol *p =
        kit_read(&kit, "answers = ( { control = \"MO-02\"; level = 3; evidence = 3; } ); delays = ("
                       "{ id = \"a\"; powers = [\"upgrade\"]; delay_hours = 2.0; veto = \"guardian\"; },"
                       "{ id = \"b\"; powers = [\"upgrade\"]; delay_hours = 400.0; veto = \"same_signers\"; },"
                       "{ id = \"c\"; powers = [\"upgrade\"]; delay_hours = 500.0; veto = \"tested_exit\"; } );");
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *votes = &s->peril[QUO_GOVERNANCE_CAPTURE];
    assert_true(shown(votes, "timelock.delay_hours") == 2.0 && shown(votes, "timelock.veto") == 0.6);
    assert_true(shown(votes, "timelock.hours_by_power.upgrade") == 2.0);
    check_rel(shown(votes, "timelock.stopped"),
              shown(votes, "timelock.share") * shown(votes, "timelock.notice") * 0.6 * shown(votes, "timelock.in_time"),
              1e-9, "stopped = share x notice x veto x in time");
    quo_score_free(s);
    quo_protocol_free(p);
}

/* Nobody to stop it, or nobody who sees it: the delay that stands is shown all the same, with the chance that it would give. */
static void a_delay_that_stops_nothing_is_shown(void **state)
{
    (void)state;
    struct quo_protocol *p =
        kit_read(&kit, "delays = ( { id = \"a\"; powers = [\"upgrade\", \"configure\"]; delay_hours = 24.0; },"
                       "{ id = \"b\"; powers = [\"configure\"]; delay_hours = 9.0; } );");
    struct quo_score *s = kit_score(&kit, p);
    const struct quo_peril_score *votes = &s->peril[QUO_GOVERNANCE_CAPTURE];
    assert_true(quo_catalogue_input(kit.catalogue, "veto", NULL) >= 0 && shown(votes, "timelock.stopped") == 0.0);
    assert_true(shown(votes, "timelock.delay_hours") == 24.0 && shown(votes, "timelock.veto") == 0.0);
    check_rel(shown(votes, "timelock.in_time"),
              quo_timelock_in_time(24.0, quo_timelock_median(6.0, 1.5), quo_timelock_median(24.0, 1.3)), 1e-9,
              "in time");
    quo_score_free(s);
    quo_protocol_free(p);
    p = kit_read(&kit, "");
    s = kit_score(&kit, p);
    assert_true(shown(&s->peril[QUO_GOVERNANCE_CAPTURE], "timelock.delay_hours") == 0.0 &&
                shown(&s->peril[QUO_GOVERNANCE_CAPTURE], "timelock.in_time") == 0.0);
    quo_score_free(s);
    quo_protocol_free(p);
}

/* ---- signer sets: what is shown keeps the order of the thresholds and of the groups ---- */

#define CHUNK 1 /* random sets of one protocol, each in three forms */
#define CHUNKS 3000

/* `forms` copies of one random set of up to 40 signers in up to four groups, keys taken and lost up to 20 times a year. */
static void write_set(FILE *to, struct quo_stream *s, int index, int forms)
{
    const int n = 1 + (int)quo_stream_below(s, quo_stream_below(s, 4) ? 12 : 40),
              m = 1 + (int)quo_stream_below(s, (uint32_t)n);
    const double top = quo_stream_below(s, 2) ? 20.0 : 0.1, dwell = exp(log(0.01) + quo_stream_uniform(s) * log(200.0));
    const bool mints = quo_stream_below(s, 2); /* nobody else is implied */
    const struct quo_stream signers = *s;
    for (int form = 0; form < forms; form++) {
        *s = signers;
        fprintf(to, "%s{ id = \"s%d-%d\"; purpose = [\"%s\"]; threshold = %d; dwell_years = %.5f; signers = (",
                index || form ? ", " : "", index, form, mints ? "mint" : "upgrade", m, dwell);
        for (int j = 0; j < n; j++) {
            fprintf(to, "%s{ id = \"k%d\"; compromise_rate = %.9f; loss_rate = %.9f; groups = [", j ? ", " : "", j,
                    exp(log(1e-4) + quo_stream_uniform(s) * log(top / 1e-4)),
                    exp(log(1e-4) + quo_stream_uniform(s) * log(top / 1e-4)));
            const char *comma = "";
            for (int g = 0; g < 4; g++)
                if (quo_stream_below(s, 3) == 0) {
                    fprintf(to, "%s\"%s\"", comma, (const char *const[]){"org:a", "cloud:b", "device:c", "site:d"}[g]);
                    comma = ", ";
                }
            fprintf(to, "]; }");
        }
        fprintf(to, "); }");
    }
}

/* Sets 3 i, 3 i + 1 and 3 i + 2 are a random set, the same with one signature more where one is left, and with a signer out of a group. */
static struct quo_protocol *read_forms(uint64_t chunk, bool *raised, bool *left)
{
    struct quo_stream s = quo_stream_at(31, chunk, 0, 0x5e75);
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    fprintf(to, "protocol = { id = \"p\"; exposure_usd = 5e7; signer_sets = ( ");
    for (int i = 0; i < CHUNK; i++)
        write_set(to, &s, i, 3);
    fflush(to);
    if (strstr(text, "org:a"))
        fprintf(to, "); groups = ( { id = \"org:a\"; shock_rate = %.6f; lethality = %.6f; }",
                5.0 * quo_stream_uniform(&s), quo_stream_uniform(&s));
    fprintf(to, "); };");
    fclose(to);
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
    if (!p)
        kit_print(&faults);
    assert_non_null(p);
    quo_faults_free(&faults);
    free(text);
    for (int i = 0; i < CHUNK; i++) {
        struct quo_signer_set *set = &p->signer_set[3 * i];
        raised[i] = (size_t)set->threshold < set->n_signers;
        set[1].threshold += raised[i];
        struct quo_signer *one = &set[2].signer[quo_stream_below(&s, (uint32_t)set->n_signers)];
        left[i] = one->n_groups > 0;
        if (left[i])
            one->group[quo_stream_below(&s, (uint32_t)one->n_groups)] = one->group[one->n_groups - 1];
        one->n_groups -= left[i];
    }
    return p;
}

static double json_rate(const json_t *of, const char *name)
{
    assert_true(json_is_real(json_object_get(of, name)));
    return json_real_value(json_object_get(of, name));
}

/* The document says what the score says. */
static void json_is_the_same(const struct quo_score *s, const struct quo_protocol *p)
{
    json_t *sets = quo_scorejson_signer_sets(s, p);
    for (size_t i = 0; i < s->n_sets; i++) {
        const struct quo_signer_set_score *set = &s->set[i];
        const json_t *one = json_array_get(sets, i), *moves = json_object_get(one, "moves");
        assert_true(json_rate(one, "breach_rate") == set->breach_rate &&
                    json_rate(one, "key_loss_breach_rate") == set->key_loss_breach_rate &&
                    json_rate(one, "compromise_rate") == set->compromise_rate &&
                    json_rate(one, "key_loss_rate") == set->key_loss_rate);
        assert_int_equal(json_array_size(moves), set->n_moves);
        for (size_t k = 0; k < set->n_moves; k++) {
            const json_t *move = json_array_get(moves, k);
            assert_true(json_rate(move, "breach_rate") == set->move[k].breach_rate &&
                        json_rate(move, "key_loss_breach_rate") == set->move[k].key_loss_breach_rate);
        }
    }
    json_decref(sets);
}

/* a is never breached oftener than b. */
static bool no_more(double a, double b) { return a <= b * (1.0 + 1e-12); }

static void what_is_shown_keeps_the_order(void **state)
{
    (void)state;
    int raises = 0, leaves = 0, moves = 0, disordered = 0, disordered_loss = 0;
    for (uint64_t chunk = 0; chunk < CHUNKS; chunk++) {
        bool raised[CHUNK], left[CHUNK];
        struct quo_protocol *p = read_forms(chunk, raised, left);
        struct quo_score *s;
        if (chunk % 100 == 0)
            s = kit_score(&kit, p);
        else /* the same sets, to the last bit, in less time */
            assert_int_equal(quo_score_parts(p, kit.scale, NULL, QUO_SCORE_SETS, &s), QUO_OK);
        for (int i = 0; i < CHUNK; i++) {
            const struct quo_signer_set_score *now = &s->set[3 * i], *more = now + 1, *apart = now + 2;
            assert_true(no_more(more->breach_rate, now->breach_rate));
            assert_true(no_more(now->key_loss_breach_rate, more->key_loss_breach_rate));
            assert_true(no_more(more->laws.independent, now->laws.independent) &&
                        no_more(more->laws.beta_factor, now->laws.beta_factor) &&
                        no_more(more->laws.beta_binomial, now->laws.beta_binomial));
            assert_true(no_more(apart->breach_rate, now->breach_rate));
            assert_true(no_more(apart->key_loss_breach_rate, now->key_loss_breach_rate));
            raises += raised[i];
            leaves += left[i];
            disordered += !no_more(more->compromise_rate, now->compromise_rate);
            disordered_loss += !no_more(now->key_loss_rate, more->key_loss_rate);
            for (size_t k = 0; k < now->n_moves; k++, moves++) {
                const struct quo_set_move *m = &now->move[k];
                assert_true(no_more(m->breach_rate, now->breach_rate));
                assert_true(m->change != QUO_SIGNERS_RAISE || (m->breach_rate == more->breach_rate &&
                                                               m->key_loss_breach_rate == more->key_loss_breach_rate));
            }
        }
        if (chunk % 100 == 0)
            json_is_the_same(s, p);
        quo_score_free(s);
        quo_protocol_free(p);
    }
    assert_true(raises > 2000 && leaves > 2000 && moves > 5000);
    /* These sets can tell: by the falls of quorums that stood many of them are out of order. */
    assert_true(disordered > 200 && disordered_loss > 200);
}

/* Keys and vendors together are the sets' breaches by their reach, and what no model of signers sees: a page cannot say two things. */
static void perils_and_signers_say_the_same(void **state)
{
    (void)state;
    bool raised[CHUNK], left[CHUNK];
    for (uint64_t chunk = 0; chunk < 40; chunk++) {
        struct quo_protocol *p = read_forms(1000 + chunk, raised, left);
        struct quo_score *s = kit_score(&kit, p);
        double breaches = 0.0, losses = 0.0;
        for (size_t i = 0; i < s->n_sets; i++) {
            p->signer_set[i].reach_share = 0.05 + 0.01 * (double)i;
            breaches += p->signer_set[i].reach_share * s->set[i].breach_rate;
            losses += p->signer_set[i].reach_share * s->set[i].key_loss_breach_rate;
        }
        quo_score_free(s);
        s = kit_score(&kit, p);
        check_rel(shown(&s->peril[QUO_KEY_COMPROMISE], "quorum.rate") +
                      shown(&s->peril[QUO_VENDOR_INFRASTRUCTURE], "quorum.rate"),
                  breaches + 2e-4 + 6e-3, 1e-12, "keys and vendors, protocol %d", (int)chunk);
        check_rel(shown(&s->peril[QUO_KEY_LOSS], "quorum.rate"), losses + 2e-4, 1e-12, "key loss, protocol %d",
                  (int)chunk);
        quo_score_free(s);
        quo_protocol_free(p);
    }
}

/* ---- a set's rates can be redone from the document alone ---- */

#define MOST 12 /* signers of a set here */

/* One to twelve signers: some say what they share, some that they share nothing, some nothing of it. */
static void write_told(FILE *to, struct quo_stream *s, int index)
{
    static const char *const storage[] = {"hardware_wallet", "hsm", "cloud_kms", "software"};
    const int n = 1 + (int)quo_stream_below(s, MOST), m = 1 + (int)quo_stream_below(s, (uint32_t)n);
    fprintf(to, "%s{ id = \"s%d\"; purpose = [\"%s\"]; threshold = %d;", index ? ", " : "", index,
            (const char *const[]){"mint", "bridge_messages", "pause"}[quo_stream_below(s, 3)], m);
    if (quo_stream_below(s, 2))
        fprintf(to, " dwell_years = %.6f;", 3.0 * quo_stream_uniform(s));
    fprintf(to, " signers = (");
    for (int j = 0; j < n; j++) {
        fprintf(to, "%s{ id = \"k%d\";", j ? ", " : "", j);
        if (quo_stream_below(s, 2))
            fprintf(to, " storage = \"%s\";", storage[quo_stream_below(s, 4)]);
        if (quo_stream_below(s, 3) == 0)
            fprintf(to, " compromise_rate = %.9f; loss_rate = %.9f;", 2.0 * quo_stream_uniform(s),
                    2.0 * quo_stream_uniform(s));
        const uint32_t said = quo_stream_below(s, 3);
        fprintf(to, "%s%s }", said ? said == 1 ? " groups = [];" : " groups = [\"org:a\", " : "",
                said == 2 ? quo_stream_below(s, 2) ? "\"cloud:b\"];" : "\"site:c\"];" : "");
    }
    fprintf(to, "); }");
}

/* P[K >= m] of n independent keys. */
static double at_least(int m, size_t n, const double *p)
{
    double law[MOST + 1] = {1.0}, sum = 0.0;
    for (size_t j = 0; j < n; j++)
        for (size_t k = j + 2; k-- > 0;)
            law[k] = law[k] * (1.0 - p[j]) + (k ? law[k - 1] * p[j] : 0.0);
    for (size_t k = m > 0 ? (size_t)m : 0; k <= n; k++)
        sum += law[k];
    return sum;
}

static bool is_member(const json_t *group, const json_t *signer)
{
    size_t i;
    const json_t *id;
    json_array_foreach(json_object_get(group, "members"), i, id)
        if (json_equal(id, json_object_get(signer, "id")))
            return true;
    return false;
}

/* (6.4), and its dual for keys that are lost, from nothing but the fields of signer_sets[]. */
static double redone(const json_t *set, bool loss)
{
    const json_t *signers = json_object_get(set, "signers"), *groups = json_object_get(set, "groups"), *group;
    const size_t n = json_array_size(signers);
    const char *own = loss ? "loss_rate" : "compromise_rate", *shock = loss ? "loss_shock_rate" : "shock_rate",
               *lethal = loss ? "loss_lethality" : "lethality";
    const int threshold = (int)json_integer_value(json_object_get(set, "threshold")),
              m = loss ? (int)n - threshold + 1 : threshold;
    const double years = json_rate(set, loss ? "loss_dwell_years" : "dwell_years");
    double p[MOST], all = 0.0;
    for (size_t j = 0, g; j < n; j++) {
        const json_t *signer = json_array_get(signers, j);
        double rate = json_rate(signer, own);
        json_array_foreach(groups, g, group)
            rate += is_member(group, signer) ? json_rate(group, shock) * json_rate(group, lethal) : 0.0;
        p[j] = -expm1(-years * rate);
    }
    for (size_t j = 0; j < n; j++) {
        double others[MOST];
        for (size_t i = 0; i + 1 < n; i++)
            others[i] = p[i + (i >= j)];
        all += json_rate(json_array_get(signers, j), own) * at_least(m - 1, n - 1, others);
    }
    size_t g;
    json_array_foreach(groups, g, group) {
        const double q = json_rate(group, lethal);
        double after[MOST], nobody = 1.0;
        for (size_t j = 0; j < n; j++) {
            const bool hit = is_member(group, json_array_get(signers, j));
            after[j] = hit ? p[j] + (1.0 - p[j]) * q : p[j];
            nobody *= hit ? 1.0 - q : 1.0;
        }
        all += json_rate(group, shock) * (at_least(m, n, after) - nobody * at_least(m, n, p));
    }
    return all;
}

/* One entry of `groups` for what is not said, by the name of `importance`. */
static bool one_unsaid(const json_t *set)
{
    size_t i, groups = 0, shares = 0;
    const json_t *one;
    json_array_foreach(json_object_get(set, "groups"), i, one)
        groups += strcmp(json_string_value(json_object_get(one, "id")), "not said") == 0;
    json_array_foreach(json_object_get(set, "importance"), i, one) {
        const char *name = json_string_value(json_object_get(one, "group"));
        shares += name && strcmp(name, "not said") == 0;
    }
    assert_true(groups == shares && groups < 2);
    return groups;
}

static void rates_can_be_redone_from_the_document(void **state)
{
    (void)state;
    int unsaid = 0, sets = 0;
    for (uint64_t chunk = 0; chunk < 60; chunk++) {
        struct quo_stream s = quo_stream_at(47, chunk, 0, 0xd0c);
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        fprintf(to, "protocol = { id = \"p\"; exposure_usd = 5e7; bridge = true; answers = ( { controls = [\"SD-02\", \"SD-03\", \"BR-02\"]; level = %d; evidence = 3; } );"
                    "signer_sets = ( ", (int)quo_stream_below(&s, 5));
        for (int i = 0; i < 8; i++)
            write_told(to, &s, i);
        fprintf(to, ");");
        fflush(to);
        if (strstr(text, "org:a"))
            fprintf(to, " groups = ( { id = \"org:a\"; shock_rate = 0.4; lethality = 0.7; loss_shock_rate = 0.2; "
                        "loss_lethality = 0.3; } );");
        fprintf(to, " };");
        fclose(to);
        struct quo_faults faults;
        quo_faults_init(&faults);
        struct quo_protocol *p = kit_protocol(kit.catalogue, text, &faults);
        assert_non_null(p);
        quo_faults_free(&faults);
        struct quo_score *score;
        assert_int_equal(quo_score_parts(p, kit.scale, NULL, QUO_SCORE_SETS, &score), QUO_OK);
        json_t *document = quo_scorejson_signer_sets(score, p);
        for (size_t i = 0; i < json_array_size(document); i++, sets++) {
            const json_t *set = json_array_get(document, i);
            check_rel(redone(set, false), json_rate(set, "breach_rate"), 1e-9, "breach rate, %d", (int)chunk);
            check_rel(redone(set, true), json_rate(set, "key_loss_breach_rate"), 1e-9, "key loss, %d", (int)chunk);
            unsaid += one_unsaid(set);
        }
        json_decref(document);
        quo_score_free(score);
        quo_protocol_free(p);
        free(text);
    }
    assert_true(sets == 480 && unsaid > 100 && unsaid < sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shown_mechanism_can_be_redone),
        cmocka_unit_test(the_way_that_is_taken_is_shown),
        cmocka_unit_test(a_delay_that_stops_nothing_is_shown),
        cmocka_unit_test(what_is_shown_keeps_the_order),
        cmocka_unit_test(perils_and_signers_say_the_same),
        cmocka_unit_test(rates_can_be_redone_from_the_document),
    };
    return cmocka_run_group_tests(tests, kit_set_up, kit_tear_down);
}
