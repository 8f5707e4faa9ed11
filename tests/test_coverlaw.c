/* A cover's annual law against simulation of the same contract, event by event, and against closed forms. */
#include "check.h"
#include "hazards.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/measures.h"
#include "pricing/coverlaw.h"
#include "risk/base/text.h"

static const double exposure = 1.8e8;
static const quo_peril_set money = 1u << QUO_KEY_COMPROMISE | 1u << QUO_BRIDGE_VALIDATION | 1u << QUO_CODE_BUG;

struct setting {
    struct quo_protocol protocol;
    struct quo_policy policy;
    struct quo_cover cover;
    struct quo_hazard hazard[QUO_PERILS];
    const struct quo_losstable *table[QUO_PERILS];
    struct quo_payoutmemo *memo;
    struct quo_indexlaw_rule rule;
    struct quo_cover_input input;
};

static void set_up(struct setting *s, quo_peril_set perils, enum quo_index index)
{
    memset(s, 0, sizeof *s);
    hazards_example(exposure, s->hazard);
    s->protocol.exposure_usd = exposure;
    s->policy.protocol = &s->protocol;
    s->policy.cover = &s->cover;
    s->policy.n_covers = 1;
    s->policy.term_days = 365;
    s->policy.annual_limit = INFINITY;
    s->cover.perils = perils;
    s->cover.trigger.index = index;
    quo_payout_init(&s->cover.payout);
    s->cover.payout.shape = QUO_PAYOUT_LINEAR;
    s->cover.payout.attach = 0.02;
    s->cover.payout.exhaust = 0.20;
    s->cover.event_limit = 1e7;
    s->cover.annual_limit = 2e7;
    s->cover.reinstatements = -1;
    s->memo = quo_payoutmemo_new();
    assert_non_null(s->memo);
    for (int p = 0; p < QUO_PERILS; p++)
        if (s->hazard[p].present)
            assert_int_equal(
                quo_payoutmemo_table(s->memo, &s->hazard[p], quo_resolution_fine.table_nodes, &s->table[p]), QUO_OK);
    s->rule = quo_indexlaw_rule(quo_resolution_fine.error_nodes);
    s->input = (struct quo_cover_input){.policy = &s->policy,
                                        .cover = &s->cover,
                                        .hazard = s->hazard,
                                        .table = s->table,
                                        .memo = s->memo,
                                        .term_years = 1.0,
                                        .kept = 1.0,
                                        .resolution = quo_resolution_fine,
                                        .rule = &s->rule};
}

static void tear_down(struct setting *s) { quo_payoutmemo_free(s->memo); }

static void price(struct setting *s, struct quo_coverlaw *law)
{
    struct quo_workspace *workspace = quo_workspace_new();
    s->input.step = quo_coverlaw_step(&s->policy, s->input.resolution.cells);
    assert_int_equal(quo_coverlaw_new(&s->input, workspace, law), QUO_OK);
    quo_workspace_free(workspace);
}

/* One year played out: counts, losses, index, payout, annual limit. */
static double simulate_year(const struct setting *s, struct quo_stream *stream)
{
    const struct quo_cover *cover = &s->cover;
    const struct quo_trigger *trigger = &cover->trigger;
    double year = 0.0;
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(cover->perils >> p & 1u))
            continue;
        for (int64_t n = quo_stream_poisson(stream, s->hazard[p].rate); n > 0; n--) {
            const double loss = quo_loss_draw(stream, &s->hazard[p].loss);
            if (quo_stream_uniform(stream) < trigger->missed_probability)
                continue;
            const bool hours = trigger->index == QUO_INDEX_OUTAGE_HOURS;
            double index = trigger->index == QUO_INDEX_LOSS_SHARE ? loss / exposure : loss;
            if (!hours && trigger->reporting_error > 0.0)
                index *= exp(trigger->reporting_error * quo_stream_normal(stream));
            double paid = hours && index < trigger->waiting_hours
                              ? 0.0
                              : cover->event_limit * quo_payout_share(index, &cover->payout);
            paid = fmax(0.0, paid - cover->event_deductible);
            for (size_t k = 0; k < cover->n_sublimits; k++)
                if ((int)cover->sublimit[k].peril == p)
                    paid = fmin(paid, cover->sublimit[k].event_limit);
            year += paid;
        }
    }
    return fmin(fmax(year - cover->annual_deductible, 0.0), cover->annual_limit);
}

static void against_simulation(const struct setting *s, const struct quo_coverlaw *law, const char *what)
{
    const int years = 200000;
    double sum = 0.0, squares = 0.0, paying = 0.0, high = 0.0;
    const double at = 0.6 * s->cover.event_limit;
    for (int i = 0; i < years; i++) {
        struct quo_stream stream = quo_stream_at(77, (uint64_t)i, 0, 1);
        const double year = simulate_year(s, &stream);
        sum += year;
        squares += year * year;
        paying += year > 0.0;
        high += year > at;
    }
    const double mean = sum / years, variance = squares / years - mean * mean;
    check_abs(law->expected, mean, 4.5 * sqrt(variance / years), "%s: mean", what);
    const double p = 1.0 - law->no_payout, q = quo_measure_sf(at, &law->annual);
    if (s->cover.annual_deductible == 0.0)
        check_abs(p, paying / years, 4.5 * sqrt(p / years), "%s: chance of a payout", what);
    check_abs(q, high / years, 4.5 * sqrt((q + 1e-6) / years), "%s: chance of a large year", what);
    check_rel(quo_lattice_variance(&law->annual), variance, 0.05, "%s: variance", what);
}

static void linear_share_without_error_is_a_layer(void **state)
{
    (void)state;
    struct setting s;
    struct quo_coverlaw law;
    set_up(&s, money, QUO_INDEX_LOSS_SHARE);
    s.cover.annual_limit = 1e9; /* never binds */
    price(&s, &law);
    double want = 0.0;
    for (int p = 0; p < QUO_PERILS; p++)
        if (money >> p & 1u) {
            const struct quo_loss *loss = &s.hazard[p].loss;
            const double layer = quo_loss_lev(0.20 * exposure, loss) - quo_loss_lev(0.02 * exposure, loss);
            want += s.hazard[p].rate * layer * 1e7 / (0.18 * exposure);
            check_rel(law.peril[p].pays, quo_loss_Q(0.02 * exposure, loss), 1e-4, "chance to attach");
        }
    check_rel(law.expected_events, want, 1e-7, "events' payout is the layer's mean");
    check_rel(law.expected, want, 1e-6, "and so is the year's where no annual limit binds");
    quo_coverlaw_free(&law);
    tear_down(&s);
}

static void contracts_against_simulation(void **state)
{
    (void)state;
    struct setting s;
    struct quo_coverlaw law;
    set_up(&s, money, QUO_INDEX_LOSS_SHARE);
    s.cover.trigger.missed_probability = 0.03;
    s.cover.trigger.reporting_error = 0.15;
    s.cover.annual_limit = 1e7;
    price(&s, &law);
    against_simulation(&s, &law, "linear share, with error and misses");
    quo_coverlaw_free(&law);
    tear_down(&s);

    set_up(&s, money, QUO_INDEX_LOSS_USD);
    s.cover.payout.shape = QUO_PAYOUT_STEPS;
    s.cover.payout.n_steps = 3;
    s.cover.payout.step[0] = (struct quo_payout_step){1e6, 0.25};
    s.cover.payout.step[1] = (struct quo_payout_step){1e7, 0.7};
    s.cover.payout.step[2] = (struct quo_payout_step){5e7, 1.0};
    s.cover.event_deductible = 5e5;
    struct quo_sublimit sublimit = {.peril = QUO_CODE_BUG, .event_limit = 3e6, .annual_limit = INFINITY};
    s.cover.sublimit = &sublimit;
    s.cover.n_sublimits = 1;
    s.cover.annual_deductible = 1e6;
    price(&s, &law);
    against_simulation(&s, &law, "steps of dollars, deductibles and a sublimit");
    quo_coverlaw_free(&law);
    tear_down(&s);

    set_up(&s, 1u << QUO_SERVICE_OUTAGE, QUO_INDEX_OUTAGE_HOURS);
    s.cover.trigger.waiting_hours = 12.0;
    s.cover.payout.shape = QUO_PAYOUT_STEPS;
    s.cover.payout.n_steps = 3;
    s.cover.payout.step[0] = (struct quo_payout_step){12.0, 0.25};
    s.cover.payout.step[1] = (struct quo_payout_step){48.0, 0.6};
    s.cover.payout.step[2] = (struct quo_payout_step){120.0, 1.0};
    s.cover.event_limit = 2e6;
    s.cover.annual_limit = 4e6;
    price(&s, &law);
    against_simulation(&s, &law, "stand-still in steps of hours");
    quo_coverlaw_free(&law);
    tear_down(&s);
}

static void more_cover_never_costs_less(void **state)
{
    (void)state;
    double before = 0.0;
    for (int i = 1; i <= 12; i++) {
        struct setting s;
        struct quo_coverlaw law;
        set_up(&s, money, QUO_INDEX_LOSS_SHARE);
        s.cover.trigger.reporting_error = 0.15;
        s.cover.annual_limit = i * 2.5e6;
        price(&s, &law);
        assert_true(law.expected >= before * (1.0 - 1e-12));
        before = law.expected;
        quo_coverlaw_free(&law);
        tear_down(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(linear_share_without_error_is_a_layer),
                                       cmocka_unit_test(contracts_against_simulation),
                                       cmocka_unit_test(more_cover_never_costs_less)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
