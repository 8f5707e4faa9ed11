#include "risk/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"
#include "risk/base/date.h"
#include "risk/base/stream.h"
#include "risk/base/text.h"

/* Any double of ordinary size, all 53 bits in use. */
static double some(struct quo_stream *s, double low, double high) { return low + (high - low) * quo_stream_uniform(s); }

static struct quo_severity some_severity(struct quo_stream *s, enum quo_family family)
{
    const double meanlog[2] = {some(s, 5, 15), some(s, 0.1, 3)},
                 positive[4] = {some(s, 0.2, 3), some(s, 0.2, 3), some(s, 0.2, 3), exp(some(s, 3, 15))};
    const struct quo_law body = {QUO_LOGNORMAL, {meanlog[0], meanlog[1]}};
    struct quo_law second = {QUO_WEIBULL, {positive[0], positive[3]}};
    if (family == QUO_SPLICED)
        return quo_severity_spliced(body, exp(some(s, 10, 16)), some(s, 0.01, 0.3), some(s, -0.3, 1.4),
                                    exp(some(s, 8, 14)));
    if (family == QUO_MIXTURE)
        return quo_severity_mixture(some(s, 0.1, 0.9), body, second);
    if (family == QUO_AVERAGE) {
        const struct quo_law law[3] = {body, second, {QUO_PARETO2, {positive[1], positive[3]}}};
        const double share[3] = {some(s, 0, 3), some(s, 0, 3), some(s, 0, 3)};
        return quo_severity_average(share, law, 3);
    }
    if (family == QUO_LOGNORMAL)
        return quo_severity_simple(family, meanlog);
    if (family == QUO_GPD) {
        const double par[3] = {some(s, -0.3, 1.4), positive[3], some(s, 0, 1e5)};
        return quo_severity_simple(family, par);
    }
    double par[4];
    const int n = quo_family_parameters(family);
    for (int i = 0; i < n; i++)
        par[i] = i + 1 < n ? positive[i] : positive[3];
    return quo_severity_simple(family, par);
}

static struct quo_peril_parameters some_parameters(struct quo_stream *s, enum quo_family family)
{
    return (struct quo_peril_parameters){.rate = exp(some(s, -20, 2)),
                                         .rate_trend = some(s, -1, 1),
                                         .alpha = some(s, -1, 1.5),
                                         .severity = some_severity(s, family),
                                         .severity_trend = some(s, -1, 1),
                                         .log_median = some(s, 5, 20),
                                         .gamma = some(s, 0, 1.2),
                                         .spread = some(s, 0.1, 0.98)};
}

static struct quo_model *some_model(uint64_t seed)
{
    struct quo_stream s = quo_stream_at(seed, 0, 0, 0);
    struct quo_model *m = calloc(1, sizeof *m);
    m->id = quo_text_copy("model \"with\" \\ quotes");
    m->data_sha256 = quo_text_copy("0123");
    m->exposure_reference = exp(some(&s, 10, 20));
    m->index_error = some(&s, 0, 1);
    m->data_from = quo_date_from_civil(2021, 7, 1);
    m->data_to = m->reference_day = m->trend_until_day = quo_date_from_civil(2026, 6, 30);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        struct quo_peril_model *peril = &m->peril[p];
        const enum quo_family family = (enum quo_family)((seed * 5 + (uint64_t)p) % QUO_FAMILIES);
        peril->peril = (enum quo_peril)p;
        peril->present = p != 3;
        peril->n = p * 7;
        peril->floor = exp(some(&s, -2, 13));
        peril->cap_share = some(&s, 0.1, 1);
        peril->size = p == 5 ? INFINITY : exp(some(&s, -2, 6));
        peril->pooled_weight = some(&s, 0, 1);
        peril->attribution_a = some(&s, -20, 2);
        peril->attribution_b = some(&s, -1, 1);
        peril->point = some_parameters(&s, family);
        peril->n_draws = peril->present && p != 2 ? 17 : 0;
        peril->draw = peril->n_draws ? calloc(peril->n_draws, sizeof *peril->draw) : NULL;
        for (size_t d = 0; d < peril->n_draws; d++)
            peril->draw[d] = some_parameters(&s, family);
    }
    /* decimals at the edges of what is read the short way: 15 and 17 digits, large and small powers of ten */
    if (m->peril[0].n_draws > 0) {
        m->peril[0].draw[0].rate = 1e-22;
        m->peril[0].draw[1].rate = 123456789012345e-22;
        m->peril[0].draw[2].rate = 5e-324;
        m->peril[0].draw[3].log_median = 0.1 + 0.2;
        m->peril[0].draw[4].alpha = -0.0;
        m->peril[0].draw[5].rate_trend = -1.5e-9;
    }
    quo_model_assume(m, "gamma", some(&s, 0, 1), "fitted", "a \"source\"");
    quo_model_assume(m, "floor", 1e5, "judgement", "");
    return m;
}

static void same_parameters(const struct quo_peril_parameters *a, const struct quo_peril_parameters *b)
{
    assert_memory_equal(&a->rate, &b->rate, sizeof a->rate);
    const double *const left[] = {&a->rate_trend, &a->alpha, &a->severity_trend, &a->log_median, &a->gamma, &a->spread};
    const double *const right[] = {&b->rate_trend, &b->alpha, &b->severity_trend,
                                   &b->log_median, &b->gamma, &b->spread};
    for (int i = 0; i < 6; i++)
        assert_memory_equal(left[i], right[i], sizeof(double));
    assert_int_equal(a->severity.family, b->severity.family);
    assert_true(a->severity.threshold == b->severity.threshold && a->severity.weight == b->severity.weight);
    assert_int_equal(a->severity.parts, b->severity.parts);
    for (int k = 0; k < quo_severity_laws(&a->severity); k++) {
        assert_int_equal(a->severity.law[k].family, b->severity.law[k].family);
        assert_true(a->severity.share[k] == b->severity.share[k]);
        for (int i = 0; i < QUO_LAW_MAX; i++)
            assert_true(a->severity.law[k].par[i] == b->severity.law[k].par[i]);
    }
}

static void a_model_is_read_back_without_loss_of_a_bit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 13; seed++) {
        struct quo_model *m = some_model(seed), *back;
        char path[] = "/tmp/quorate-model-XXXXXX";
        close(mkstemp(path));
        struct quo_faults faults;
        quo_faults_init(&faults);
        assert_int_equal(quo_model_save(m, path, &faults), QUO_OK);
        const enum quo_status status = quo_model_load(path, &back, &faults);
        for (size_t i = 0; i < faults.n; i++)
            print_message("%d: %s\n", faults.fault[i].line, faults.fault[i].text);
        assert_int_equal(status, QUO_OK);
        assert_int_equal(faults.n, 0);
        unlink(path);
        assert_string_equal(back->id, m->id);
        assert_string_equal(back->data_sha256, m->data_sha256);
        assert_true(back->exposure_reference == m->exposure_reference && back->index_error == m->index_error);
        assert_true(back->data_from == m->data_from && back->data_to == m->data_to &&
                    back->reference_day == m->reference_day && back->trend_until_day == m->trend_until_day);
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            const struct quo_peril_model *a = &m->peril[p], *b = &back->peril[p];
            assert_true(a->present == b->present);
            if (!a->present)
                continue;
            assert_true(a->n == b->n && a->floor == b->floor && a->cap_share == b->cap_share && a->size == b->size &&
                        a->pooled_weight == b->pooled_weight && a->attribution_a == b->attribution_a &&
                        a->attribution_b == b->attribution_b);
            same_parameters(&a->point, &b->point);
            assert_int_equal(a->n_draws, b->n_draws);
            for (size_t d = 0; d < a->n_draws; d++)
                same_parameters(&a->draw[d], &b->draw[d]);
        }
        assert_int_equal(back->n_assumptions, 2);
        assert_true(back->assumption[0].value == m->assumption[0].value);
        assert_string_equal(back->assumption[0].source, "a \"source\"");
        quo_model_free(m);
        quo_model_free(back);
        quo_faults_free(&faults);
    }
}

static void the_shipped_model_holds_every_peril_and_its_draws(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_model *m;
    quo_faults_init(&faults);
    assert_int_equal(quo_model_load("fixtures/model/model.cfg", &m, &faults), QUO_OK);
    assert_string_equal(m->id, "market-2026-06");
    assert_int_equal(strlen(m->data_sha256), 64);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_model *peril = &m->peril[p];
        assert_true(peril->present && peril->n_draws == 200 && peril->point.rate > 0.0);
        /* the draws lie round the point: their median rate within a factor of two (key_loss knows its rate to a factor of ten) */
        size_t below = 0;
        for (size_t d = 0; d < peril->n_draws; d++)
            below += peril->draw[d].rate < peril->point.rate * (p == QUO_KEY_LOSS ? 10.0 : 2.0);
        assert_true(below > 100);
    }
    assert_true(m->n_assumptions >= 10);
    quo_model_free(m);
    quo_faults_free(&faults);
}

#define TOP                                                                                                            \
    "id = \"m\"; exposure_reference = 1e8; index_error = 0.2; reference_date = \"2026-06-30\"; trend_until = "         \
    "\"2026-06-30\";\n"                                                                                                \
    "data_from = \"2021-07-01\"; data_to = \"2026-06-30\";\n"
#define PERIL                                                                                                          \
    "id = \"code_bug\"; incidents = 5; floor = 1e5; pooled_weight = 0.0; rate = 0.1; rate_trend = 0; alpha = 0; "      \
    "severity_trend = 0; "                                                                                             \
    "log_median = 14; gamma = 0.6; spread = 0.7;"
#define SIZES " severity = { family = \"lognormal\"; meanlog = 11; sdlog = 2; };"
#define WHOSE " attribution = { a = -9; b = 0.5; };"

static const struct {
    const char *text, *says, *hint; /* hint NULL: any */
} bad[] = {
    {"x = 1;", "id", NULL},
    {TOP, "perils", NULL},
    {TOP "perils = ();", "empty", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " }, { " PERIL SIZES WHOSE " } );", "twice", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " rat = 5; } );", "rat", "rate"},
    {TOP "perils = ( { " PERIL SIZES WHOSE " } ); trends = 1;", "trends", NULL},
    {TOP "perils = ( { id = \"code_bugs\"; } );", "code_bugs", "code_bug"},
    {TOP "perils = ( { id = \"insider_rug\"; } );", "never covered", NULL},
    {TOP "perils = ( { " PERIL WHOSE " } );", "severity", NULL},
    {TOP "perils = ( { " PERIL SIZES " } );", "attribution", NULL},
    {TOP "perils = ( { " PERIL " severity = { family = \"lognormall\"; meanlog = 1; sdlog = 2; };" WHOSE " } );",
     "lognormall", "lognormal"},
    {TOP "perils = ( { " PERIL " severity = { family = \"lognormal\"; meanlog = 1; sdlog = -2; };" WHOSE " } );",
     "impossible severity", NULL},
    {TOP "perils = ( { " PERIL " severity = { family = \"lognormal\"; meanlog = 1; };" WHOSE " } );", "sdlog", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 2; values = \"1 0 0 0 14 0.6 0.7 11 2;\"; }; } );",
     "draw 2", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE
         " draws = { count = 1; values = \"1 0 0 0 14 0.6 0.7 11 2; 1 0 0 0 14 0.6 0.7 11 2;\"; }; } );",
     "more draws than 1", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"1 0 0 0 14 0.6 0.7 11;\"; }; } );",
     "draw 1", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"1 0 0 0 14 0.6 0.7 11 2 3;\"; }; } );",
     "draw 1 does not hold 9", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"1 0 0 0 14 0.6 0.7 11 nan;\"; }; } );",
     "number 9", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"1e400 0 0 0 14 0.6 0.7 11 2;\"; }; } );",
     "number 1", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"-1 0 0 0 14 0.6 0.7 11 2;\"; }; } );",
     "impossible parameters", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"1 0 0 0 14 0.6 0.7 11 -2;\"; }; } );",
     "impossible parameters", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 1; values = \"1 0x0 0 0 14 0.6 0.7 11 2;\"; }; } );",
     "number 2", NULL},
    {TOP "perils = ( { " PERIL SIZES WHOSE " draws = { count = 0; values = \"\"; }; } );", "count", NULL},
    {TOP "perils = ( { id = \"code_bug\"; incidents = -1; floor = -5; } );", "incidents", NULL},
    {"id = \"m\"; data_from = \"2021-02-30\"; perils = ( 5 );", "data_from", NULL},
};

static void every_fault_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct quo_faults faults;
        struct quo_config *config;
        struct quo_model *model = NULL;
        quo_faults_init(&faults);
        assert_int_equal(quo_config_open_text(bad[i].text, strlen(bad[i].text), "model.cfg", &config, &faults), QUO_OK);
        const enum quo_status status = quo_model_read(config, &model, &faults);
        assert_int_equal(status, QUO_REFUSED);
        assert_null(model);
        bool found = false;
        for (size_t k = 0; k < faults.n; k++)
            found |= strstr(faults.fault[k].text, bad[i].says) && faults.fault[k].line >= 0 &&
                     (!bad[i].hint || strstr(faults.fault[k].hint, bad[i].hint));
        if (!found) {
            for (size_t k = 0; k < faults.n; k++)
                print_message("%d: %s; %s\n", faults.fault[k].line, faults.fault[k].text, faults.fault[k].hint);
            fail_msg("case %zu: no fault with '%s'", i, bad[i].says);
        }
        quo_config_close(config);
        quo_faults_free(&faults);
    }
}

static void what_could_not_be_read_back_is_not_written(void **state)
{
    (void)state;
    static const double impossible[] = {0.0, -1.0, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        struct quo_model *m = some_model(3);
        struct quo_faults faults;
        quo_faults_init(&faults);
        m->peril[1].draw[5].rate = impossible[i];
        assert_int_not_equal(quo_model_save(m, "/tmp/quorate-never-written.cfg", &faults), QUO_OK);
        assert_int_equal(access("/tmp/quorate-never-written.cfg", F_OK), -1);
        assert_true(faults.n > 0);
        quo_model_free(m);
        quo_faults_free(&faults);
    }
    struct quo_model *m = some_model(4);
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_model_save(m, "/nowhere/model.cfg", &faults), QUO_MACHINE);
    quo_model_free(m);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_read_back_without_loss_of_a_bit),
        cmocka_unit_test(the_shipped_model_holds_every_peril_and_its_draws),
        cmocka_unit_test(every_fault_is_told),
        cmocka_unit_test(what_could_not_be_read_back_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
