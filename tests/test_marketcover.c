/* A cover of the market's loss against a simulation of the same market, event by event, and against what must hold of any. */
#include "desk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pricing/basisrisk.h"
#include "pricing/drawlaw.h"
#include "pricing/marketcover.h"
#include "pricing/marketlaw.h"
#include "risk/base/stream.h"
#include "risk/perils/reconcile.h"

#define PERILS                                                                                                         \
    "perils = [\"key_compromise\", \"signer_social_engineering\", \"admin_abuse\", \"bridge_validation\", "            \
    "\"vendor_infrastructure\", \"code_bug\"];"
#define QUARTERS                                                                                                       \
    "{ id = \"industry\"; " PERILS                                                                                     \
    " trigger = { index = \"market_loss\"; source = \"index\"; observation_hours = 2190; missed_probability = 0.1;"    \
    " false_alarm_per_year = 0.05; reporting_error = 0.2; };"                                                          \
    " payout = { shape = \"linear\"; attach = 3e8; exhaust = 1.5e9; };"                                                \
    " event_limit = 5e6; annual_limit = 8e6; annual_deductible = 2e5; }"
#define TERMS 20000

/* The mean of the fitted market is the mean that `fit` reconciles with the bands. */
static void market_mean_is_the_reconciled_loss(void **state)
{
    struct desk *desk = *state;
    const struct quo_model *model = desk->engine->model;
    struct quo_workspace *workspace = quo_workspace_new();
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (quo_peril_in_hours((enum quo_peril)p) || !model->peril[p].present)
            continue;
        const struct quo_marketlaw_input input = {.engine = desk->engine,
                                                  .perils = (quo_peril_set)1 << p,
                                                  .day = model->reference_day,
                                                  .draw = -1,
                                                  .window_years = 0.25,
                                                  .top = 1e10,
                                                  .cells = 512};
        const struct quo_reconcile_terms terms = {desk->engine->market, model->exposure_reference,
                                                  model->peril[p].floor, model->peril[p].cap_share, 0.0, (enum quo_peril)p};
        struct quo_marketlaw law;
        assert_int_equal(quo_marketlaw_new(&input, workspace, &law), QUO_OK);
        /* alpha is solved to about 1e-6 where it is not at the end of its range. */
        if (model->peril[p].point.alpha > QUO_ALPHA_MIN && model->peril[p].point.alpha < QUO_ALPHA_MAX)
            check_rel(law.mean[p], 0.25 * quo_reconcile_loss(&terms, &model->peril[p].point), 1e-4, "mean of %s",
                      quo_peril_id((enum quo_peril)p));
        check_rel(law.mean_all, law.mean[p], 1e-14, "one peril is all");
        quo_marketlaw_free(&law);
    }
    quo_workspace_free(workspace);
}

/* One window: the market's loss, or that of the insured itself. */
static double window_loss(struct quo_stream *stream, const double *events, const double *size,
                          const struct quo_loss *loss, quo_peril_set perils)
{
    double sum = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        if (!(perils >> p & 1u) || !(events[p] > 0.0))
            continue;
        const double season = isinf(size[p]) ? 1.0 : quo_stream_gamma(stream, size[p]) / size[p];
        for (int64_t n = quo_stream_poisson(stream, events[p] * season); n > 0; n--)
            sum += quo_loss_draw(stream, &loss[p]);
    }
    return sum;
}

struct simulated {
    double paid, paid_squared, none;                                           /* of terms, as quoted */
    double losses, unpaid, unfounded, shortfall, loss, squared, gap, payments; /* of windows, own loss and payout */
};

static double payment(double index, const struct quo_cover *cover)
{
    return cover->event_limit * quo_payout_share(index, &cover->payout);
}

/* The market and the insured in it: a market-average protocol of its size left out. */
static void simulate(const struct desk *desk, const struct quo_quote *quote, struct simulated *out)
{
    const struct quo_policy *policy = quote->policy;
    const struct quo_cover *cover = &policy->cover[0];
    const struct quo_model *model = desk->engine->model;
    double events[QUO_PERILS] = {0}, size[QUO_PERILS], others[QUO_PERILS], own[QUO_PERILS];
    struct quo_loss loss[QUO_PERILS], own_loss[QUO_PERILS];
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_model *m = &model->peril[p];
        const struct quo_reconcile_terms t = {desk->engine->market, model->exposure_reference, m->floor, m->cap_share,
                                              0.0, (enum quo_peril)p};
        events[p] = 0.25 * quo_reconcile_number_above(&t, &m->point, m->floor);
        size[p] = 0.25 * m->size;
        loss[p] = (struct quo_loss){.severity = m->point.severity, .floor = m->floor, .power = 1.0, .cap = INFINITY};
        for (size_t b = 0; b < desk->engine->market->n_bands; b++)
            loss[p].cap = b ? fmax(loss[p].cap, desk->engine->market->band[b].mean_usd)
                            : desk->engine->market->band[b].mean_usd;
        others[p] = events[p] - 0.25 * quote->hazard[p].base_rate * quote->hazard[p].exposure_factor;
        own[p] = 0.25 * quote->hazard[p].rate;
        own_loss[p] = quote->hazard[p].loss;
    }
    for (uint64_t i = 0; i < TERMS; i++) {
        struct quo_stream stream = quo_stream_at(7, i, 0, 1);
        double paid = 0.0;
        bool unfounded = false;
        for (int w = 0; w < 4; w++) {
            const double index = window_loss(&stream, events, size, loss, cover->perils);
            const double eps = exp(0.2 * quo_stream_normal(&stream));
            if (quo_stream_uniform(&stream) < 0.9)
                paid += payment(index * eps, cover);
            const double mine = window_loss(&stream, own, size, own_loss, cover->perils);
            const double all = mine + window_loss(&stream, others, size, loss, cover->perils);
            const double got = quo_stream_uniform(&stream) < 0.9
                                   ? payment(all * exp(0.2 * quo_stream_normal(&stream)), cover)
                                   : 0.0;
            out->losses += mine > 0.0;
            out->unpaid += mine > 0.0 && got == 0.0;
            unfounded |= mine == 0.0 && got > 0.0;
            out->shortfall += fmax(0.0, mine - got);
            out->loss += mine;
            out->squared += mine * mine;
            out->gap += fabs(mine - got);
            out->payments += got;
        }
        for (int64_t n = quo_stream_poisson(&stream, 0.05); n > 0; n--) {
            double alarm = 0.0;
            while (alarm == 0.0)
                alarm = payment(window_loss(&stream, events, size, loss, cover->perils) *
                                    exp(0.2 * quo_stream_normal(&stream)),
                                cover);
            paid += alarm;
            unfounded = true;
        }
        out->none += (paid == 0.0) / (double)TERMS; /* before the deductible, as the quote has it */
        paid = fmin(fmax(paid - cover->annual_deductible, 0.0), cover->annual_limit);
        out->paid += paid / TERMS;
        out->paid_squared += paid * paid / TERMS;
        out->unfounded += unfounded / (double)TERMS;
    }
}

static void agrees_with_simulation(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_policy(desk, QUARTERS, "");
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    struct simulated s = {0};
    simulate(desk, quote, &s);
    const double sd = sqrt(s.paid_squared - s.paid * s.paid);
    check_abs(quote->expected_payout, s.paid, 4.0 * sd / sqrt(TERMS), "expected payout");
    check_rel(quote->payout_sd, sd, 0.03, "sd");
    check_abs(quote->payout_probability, 1.0 - s.none, 4.0 * 0.5 / sqrt(TERMS), "chance of a payout");
    const struct quo_basis_risk *b = &quote->basis;
    assert_true(b->known && b->of_market);
    check_abs(b->loss_without_payout, s.unpaid / s.losses, 4.0 * 0.5 / sqrt(s.losses), "loss without payout");
    check_abs(b->payout_without_loss, s.unfounded, 4.0 * 0.5 / sqrt(TERMS), "payout without loss");
    check_rel(b->expected_shortfall, s.shortfall / TERMS, 4.0 * sqrt(s.squared) / s.loss, "shortfall");
    /* The simulated windows know no false alarms: these add what an alarm pays. */
    const double alarms = 0.05 * s.payments / (4.0 * TERMS) / quote->market_index.pays / 0.9;
    check_rel(b->expected_gap, s.gap / TERMS + alarms, 4.0 * sqrt(s.squared) / s.loss, "gap");
    assert_int_equal(quote->market_index.windows, 4);
    check_rel(quote->market_index.window_hours, 2190.0, 1e-15, "hours of a window");
    assert_true(quote->discretisation_error < 1e-4);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

/* A whole premium, so that a change anywhere shows. */
static double gross_of(struct desk *desk, const char *cover, const char *rest, double *payout)
{
    struct quo_policy *policy = desk_policy(desk, cover, rest);
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    const double gross = quote->gross.gross;
    if (payout)
        *payout = quote->expected_payout;
    quo_quote_free(quote);
    quo_policy_free(policy);
    return gross;
}

#define BINARY(attach, limit, more)                                                                                    \
    "{ id = \"m\"; " PERILS " trigger = { index = \"market_loss\"; source = \"x\"; reporting_error = 0.0; " more       \
    "}; payout = { shape = \"binary\"; attach = " attach "; }; event_limit = " limit "; }"

static void what_must_hold(void **state)
{
    struct desk *desk = *state;
    double payout = NAN, other = NAN, euros = NAN;
    gross_of(desk, BINARY("1.0", "1e6", ""), "", &payout);
    check_rel(payout, 1e6, 1e-9, "a year without any loss in the market does not happen");
    double before = INFINITY;
    static const char *const cover[] = {BINARY("1e8", "1e6", ""), BINARY("5e8", "1e6", ""), BINARY("1e9", "1e6", ""),
                                        BINARY("4e9", "1e6", ""), BINARY("2e10", "1e6", "")};
    for (size_t i = 0; i < sizeof cover / sizeof *cover; i++) {
        const double gross = gross_of(desk, cover[i], "", NULL);
        if (!(gross < before))
            fail_msg("attachment %zu costs %g, the one below %g", i, gross, before);
        before = gross;
    }
    gross_of(desk, BINARY("1e9", "1e6", ""), "", &payout);
    gross_of(desk, BINARY("1e9", "3e6", ""), "", &other);
    check_rel(other, 3.0 * payout, 1e-12, "three times the limit");
    gross_of(desk, BINARY("1e9", "1e6", "missed_probability = 0.25;"), "", &other);
    check_rel(other, 0.75 * payout, 1e-12, "a quarter of the windows is not read");
    gross_of(desk, BINARY("1e9", "1e6", ""), "currency = \"EUR\"; usd_per_unit = 1.25;", &euros);
    check_rel(euros, payout, 1e-12, "the index stays in USD, the limit is in the currency");
    /* Whoever did it and whatever comes back: the market's loss stays. */
    gross_of(desk, BINARY("1e9", "1e6", ""),
             "clauses = { state_actor = \"LMA5564A\"; return_offset = true; secondary_losses = { sublimit = 1e6; }; };",
             &other);
    check_rel(other, payout, 1e-14, "clauses");
}

/* A cover of own losses beside it: means add up, nothing is simulated. */
static void beside_a_cover_of_own_losses(void **state)
{
    struct desk *desk = *state;
    static const char own[] = "{ id = \"theft\"; perils = [\"key_compromise\", \"code_bug\"]; trigger = { index = "
                              "\"loss_share\"; source = \"x\"; }; payout = { shape = \"linear\"; attach = 0.02; exhaust = "
                              "0.2; }; event_limit = 1e6; annual_limit = 2e6; }";
    char both[2048];
    snprintf(both, sizeof both, "%s, %s", own, QUARTERS);
    double a = NAN, b = NAN;
    gross_of(desk, own, "", &a);
    gross_of(desk, QUARTERS, "", &b);
    struct quo_policy *policy = desk_policy(desk, both, "");
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    check_rel(quote->expected_payout, a + b, 1e-5, "sum of the covers");
    assert_false(quote->shared_events);
    assert_true(quote->basis.known && !quote->basis.of_market);
    double sum = 0.0;
    for (size_t i = 0; i < quote->n_steps; i++)
        sum += (double)quote->step[i].cents / 100.0;
    check_rel(sum, quote->gross_premium, 1e-12, "the walk");
    quo_quote_free(quote);
    quo_policy_free(policy);
    /* Two covers of own losses with a peril in common: these are simulated, and the windows with them. */
    snprintf(both, sizeof both, "%s, { id = \"again\"; %s, %s", own, own + 16, QUARTERS);
    policy = desk_policy(desk, both, "");
    quote = desk_quote(desk, policy, 0);
    assert_true(quote->shared_events);
    check_rel(quote->expected_payout, 2.0 * a + b, 1e-5, "sum of three covers");
    assert_true(quote->simulation_error > 0.0 && quote->simulation_error < 0.01);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

static void draws_move_it(void **state)
{
    struct desk *desk = *state;
    struct quo_policy *policy = desk_policy(desk, QUARTERS, "");
    struct quo_quote *quote = desk_quote(desk, policy, 20);
    assert_int_equal(quote->draws, 20);
    assert_true(quote->p05 > 0.0 && quote->p05 < quote->p50 && quote->p50 < quote->p95);
    assert_true(quote->p05 < quote->gross.gross && quote->gross.gross < quote->p95);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

static void impossible_ones_are_refused(void **state)
{
    struct desk *desk = *state;
    struct quo_workspace *workspace = quo_workspace_new();
    const struct quo_marketlaw_input good = {.engine = desk->engine,
                                             .perils = 1u << QUO_CODE_BUG,
                                             .draw = -1,
                                             .window_years = 1.0,
                                             .top = 1e9,
                                             .cells = 64};
    struct quo_marketlaw_input bad[4] = {good, good, good, good};
    struct quo_marketlaw law;
    assert_int_equal(quo_marketlaw_new(&good, workspace, &law), QUO_OK);
    quo_marketlaw_free(&law);
    bad[0].window_years = 0.0;
    bad[1].top = INFINITY;
    bad[2].cells = 0;
    bad[3].perils = 1u << QUO_SERVICE_OUTAGE; /* hours are nobody's dollars */
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(quo_marketlaw_new(&bad[i], workspace, &law), QUO_DOMAIN);
    quo_workspace_free(workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(market_mean_is_the_reconciled_loss), cmocka_unit_test(agrees_with_simulation),
        cmocka_unit_test(what_must_hold),                     cmocka_unit_test(beside_a_cover_of_own_losses),
        cmocka_unit_test(draws_move_it),                      cmocka_unit_test(impossible_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
