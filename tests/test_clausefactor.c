/* State-actor clauses by peril and size: the law of a payout against sums over the quantiles of the loss and of the index error. */
#include "desk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pricing/clausefactor.h"
#include "pricing/policylaw.h"
#include "risk/base/numeric.h"

#define LOSSES 8000
#define ERRORS 65 /* normal scores from -8 to 8 */

/* What one event of the peril pays under the clause: mean, and chances to pay more than some amounts. */
struct by_hand {
    double mean, squared, more[4];
};
static const double amounts[4] = {0.0, 1.5e6, 6e6, 9.9e6};

static void sum_up(const struct quo_loss *loss, const struct quo_peril_model *model, const struct quo_cover *cover,
                   double error, double holds, double sublimit, double secondary, struct by_hand *out)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < LOSSES; i++) {
        /* Quantiles crowd in the upper tail, where payouts are. */
        const double u = (i + 0.5) / LOSSES, q = u * u * u, weight = 3.0 * u * u / LOSSES;
        const double x = quo_loss_Qinv(q, loss);
        const double state = holds / (1.0 + exp(-(model->attribution_a + model->attribution_b * log(x))));
        for (int k = 0; k < (error > 0.0 ? ERRORS : 1); k++) {
            const double z = 0.25 * (k - ERRORS / 2);
            const double w = weight * (error > 0.0 ? 0.25 * exp(-0.5 * z * z) / sqrt(2.0 * M_PI) : 1.0);
            const double eps = error > 0.0 ? exp(error * z) : 1.0;
            const double index = x * eps / 1.8e8;
            double pays = cover->event_limit * quo_payout_share(index, &cover->payout);
            if (pays > 0.0 && secondary > 0.0)
                pays = fmin(pays + fmin(1e6, secondary * x * eps), cover->event_limit);
            const double cut = fmin(pays, sublimit);
            out->mean += w * ((1.0 - state) * pays + state * cut);
            out->squared += w * ((1.0 - state) * pays * pays + state * cut * cut);
            for (int j = 0; j < 4; j++)
                out->more[j] += w * ((1.0 - state) * (pays > amounts[j]) + state * (cut > amounts[j]));
        }
    }
}

struct contract {
    const char *payout, *trigger, *clause;
    double error, holds, sublimit;
};

#define LINEAR "{ shape = \"linear\"; attach = 0.02; exhaust = 0.2; }"
#define STEPS "{ shape = \"steps\"; steps = ( { at = 0.01; pays = 0.2; }, { at = 0.1; pays = 0.5; }, { at = 0.3; pays = 1.0; } ); }"
#define SURE "reporting_error = 0.0; "
#define ROUGH "reporting_error = 0.3; "

static const struct contract contracts[] = {
    {LINEAR, SURE, "state_actor = \"LMA5564A\";", 0.0, 0.9, 0.0},
    {LINEAR, ROUGH, "state_actor = \"LMA5564A\";", 0.3, 0.9, 0.0},
    {LINEAR, ROUGH, "state_actor = \"LMA5564B\";", 0.3, 0.54, 0.0},
    {LINEAR, ROUGH, "state_actor = \"LMA5566A\";", 0.3, 0.25, 0.0},
    {LINEAR, ROUGH, "state_actor = \"LMA5567A\";", 0.3, 0.1, 0.0},
    {LINEAR, ROUGH, "state_actor = \"LMA5567A\"; state_clause_holds = 1.0;", 0.3, 1.0, 0.0},
    {LINEAR, ROUGH, "state_actor = \"LMA5565A\"; state_sublimit = 3e6;", 0.3, 0.9, 3e6},
    {STEPS, SURE, "state_actor = \"LMA5564A\";", 0.0, 0.9, 0.0},
    {STEPS, ROUGH, "state_actor = \"LMA5564A\";", 0.3, 0.9, 0.0},
    {STEPS, ROUGH, "state_actor = \"LMA5565A\"; state_sublimit = 2e6;", 0.3, 0.9, 2e6},
};

static void one_contract(struct desk *desk, const struct contract *c, enum quo_peril peril)
{
    char cover[1024], rest[256];
    snprintf(cover, sizeof cover,
             "{ id = \"theft\"; perils = [\"%s\"]; trigger = { index = \"loss_share\"; source = \"x\"; %s }; payout = %s; "
             "event_limit = 10e6; annual_limit = 20e6; }",
             quo_peril_id(peril), c->trigger, c->payout);
    snprintf(rest, sizeof rest, "clauses = { %s };", c->clause);
    struct quo_policy *policy = desk_policy(desk, cover, rest);
    struct quo_quote *quote = desk_quote(desk, policy, 0);
    struct quo_workspace *workspace = quo_workspace_new();
    struct quo_policylaw law;
    assert_int_equal(quo_policylaw_new(desk->engine, policy, quote->score, quote->hazard, quo_resolution_fine, 1,
                                       workspace, &law),
                     QUO_OK);
    struct by_hand hand;
    const struct quo_hazard *hazard = &quote->hazard[peril];
    sum_up(&hazard->loss, &desk->engine->model->peril[peril], &policy->cover[0], c->error, c->holds, c->sublimit, 0.0,
           &hand);
    const struct quo_lattice *event = &law.cover[0].event;
    double squared = 0.0;
    for (size_t k = 0; k < event->n; k++)
        squared += event->mass[k] * pow(event->step * (double)k, 2.0);
    const char *id = quo_peril_id(peril);
    check_rel(law.cover[0].peril[peril].expected, hazard->rate * hand.mean, 4e-4, "mean, %s, %s", c->clause, id);
    check_rel(quo_lattice_mean(event), hand.mean, 4e-4, "mean of the lattice, %s, %s", c->clause, id);
    check_rel(squared, hand.squared, 6e-4, "second moment, %s, %s", c->clause, id);
    for (int j = 0; j < 4; j++) {
        double more = 0.0;
        for (size_t k = 1; k < event->n; k++)
            more += event->step * (double)k > amounts[j] + 1e-6 ? event->mass[k] : 0.0;
        if (j > 0) /* at 0 a lattice moves part of the small payouts to nothing */
            check_abs(more, hand.more[j], 4e-3 * hand.more[0], "P[more than %g], %s, %s", amounts[j], c->clause, id);
    }
    check_rel(-log(law.no_payout), hazard->size * log1p(hazard->rate * hand.more[0] / hazard->size), 4e-3, "chance of any payout, %s, %s", c->clause, id);
    assert_true(quote->gross_without_clause > quote->gross.gross);
    quo_policylaw_free(&law);
    quo_workspace_free(workspace);
    quo_quote_free(quote);
    quo_policy_free(policy);
}

static void law_of_one_payout_by_hand(void **state)
{
    static const enum quo_peril perils[] = {QUO_KEY_COMPROMISE, QUO_SIGNER_SOCIAL_ENGINEERING};
    for (size_t i = 0; i < sizeof contracts / sizeof *contracts; i++)
        for (size_t p = 0; p < 2; p++)
            one_contract(*state, &contracts[i], perils[p]);
}

/* Sizes matter: an attribution that grows with the loss takes more of the money than of the events. */
static void size_takes_more_than_a_flat_share(void **state)
{
    struct desk *desk = *state;
    static const char cover[] = "{ id = \"theft\"; perils = [\"key_compromise\"]; trigger = { index = \"loss_share\"; source "
                                "= \"x\"; }; payout = " LINEAR "; event_limit = 10e6; }";
    struct quo_policy *policy = desk_policy(desk, cover, "clauses = { state_actor = \"LMA5564A\"; };");
    struct quo_quote *clause = desk_quote(desk, policy, 0);
    policy->clauses.state_actor = QUO_CLAUSE_NONE;
    struct quo_quote *none = desk_quote(desk, policy, 0);
    const double money = clause->expected_payout / none->expected_payout;
    const double events = log1p(-clause->payout_probability) / log1p(-none->payout_probability);
    assert_true(money < events - 0.02);
    /* The same attribution for every size leaves the same share of both. */
    struct quo_peril_model *model = &desk->engine->model->peril[QUO_KEY_COMPROMISE];
    const struct quo_peril_model as_shipped = *model;
    model->attribution_a = 0.0;
    model->attribution_b = 1e-300; /* one half */
    policy->clauses.state_actor = QUO_CLAUSE_5564;
    policy->clauses.attribution = true;
    struct quo_quote *flat = desk_quote(desk, policy, 0);
    check_rel(flat->expected_payout, 0.55 * none->expected_payout, 1e-5, "half of them, nine times in ten");
    *model = as_shipped;
    quo_quote_free(flat);
    quo_quote_free(none);
    quo_quote_free(clause);
    quo_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law_of_one_payout_by_hand),
        cmocka_unit_test(size_takes_more_than_a_flat_share),
    };
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
