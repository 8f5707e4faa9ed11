/* Amounts that only rounding keeps apart: caps, breakers, bounds and exposures that are not whole dollars. Every valid policy has a price, and one
 * that hardly depends on the last bit of an amount. */
#include "desk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pricing/policylaw.h"
#include "risk/base/stream.h"

#ifndef CONTRACTS
#define CONTRACTS 3000
#endif

static const struct quo_resolution cheap = {150, 64, 8, 1};

static struct quo_policy *read_policy(struct desk *desk, const char *text)
{
    struct quo_config *config = NULL;
    struct quo_policy *policy = NULL;
    struct quo_faults faults;
    quo_faults_init(&faults);
    enum quo_status status = quo_config_open_text(text, strlen(text), "t.cfg", &config, &faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, desk->engine->catalogue, &policy, &faults);
    if (status != QUO_OK)
        fail_msg("the test's policy is refused: %s\n%s", faults.n ? faults.fault[0].text : "no word why", text);
    quo_config_close(config);
    quo_faults_free(&faults);
    return policy;
}

static int below(struct quo_stream *s, int n) { return (int)(n * quo_stream_uniform(s)); }

/* Part of the exposure in one of the ways that a user's spreadsheet may reckon it: the same amount but for rounding. */
static double part_of(double exposure, double share, struct quo_stream *s)
{
    const double amount = exposure * share;
    switch (below(s, 6)) {
    case 0:
        return amount / 24.0 * 24.0;
    case 1:
        return amount / 7.0 * 7.0;
    case 2:
        return nextafter(amount, INFINITY);
    case 3:
        return nextafter(amount, 0.0);
    case 4:
        return (amount - 0.3 * amount) + 0.3 * amount;
    default:
        return amount;
    }
}

/* Caps that are often one another's twin, or the whole exposure. */
static void write_caps(struct quo_stream *s, double exposure, char *to, size_t room)
{
    static const char *const powers[] = {"\"move\"", "\"mint\", \"move\"", "\"upgrade\"", "\"bridge_messages\"", "\"configure\", \"move\""};
    static const double shares[] = {1.0, 0.5, 0.1, 0.01};
    size_t at = (size_t)snprintf(to, room, "caps = (");
    const int n = below(s, 4);
    for (int i = 0; i < n; i++) {
        const double a = part_of(exposure, shares[below(s, 4)], s), b = part_of(exposure, shares[below(s, 4)], s);
        at += (size_t)snprintf(to + at, room - at, "%s{ id = \"c%d\"; powers = [%s]; share = %s; ", i ? ", " : "", i,
                               powers[below(s, 5)], below(s, 2) ? "1.0" : "0.6");
        const int kind = below(s, 4);
        if (kind == 0)
            at += (size_t)snprintf(to + at, room - at, "hard_usd = %.17g; }", a);
        else if (kind == 1)
            at += (size_t)snprintf(to + at, room - at, "per_hour_usd = %.17g; window_hours = 24.0; }", a / 24.0);
        else
            at += (size_t)snprintf(to + at, room - at, "per_hour_usd = %.17g; burst_usd = %.17g; %s}", a,
                                   kind == 2 ? b : floor(b), below(s, 2) ? "window_hours = 1.0; " : "");
    }
    snprintf(to + at, room - at, ");");
}

static void write_answers(struct quo_stream *s, char *to, size_t room)
{
    static const char *const control[] = {"BR-04", "GA-06", "MO-05", "MO-01", "IR-01", "BR-06"};
    size_t at = (size_t)snprintf(to, room, "answers = (");
    for (int i = 0, any = 0; i < 6; i++)
        if (below(s, 3)) {
            at += (size_t)snprintf(to + at, room - at, "%s{ control = \"%s\"; level = %d; evidence = %d; }", any ? ", " : "",
                                   control[i], below(s, 5), below(s, 5));
            any = 1;
        }
    snprintf(to + at, room - at, ");");
}

/* A cover of part or all of the exposure, with the trigger as it ships or without any error. */
static void write_cover(struct quo_stream *s, double exposure, char *to, size_t room)
{
    static const char *const perils[] = {"\"key_compromise\"", "\"bridge_validation\"", "\"key_compromise\", \"admin_abuse\", \"bridge_validation\"",
                                         "\"governance_capture\", \"vendor_infrastructure\", \"code_bug\", \"key_loss\""};
    const bool share = below(s, 2);
    const double limit = part_of(exposure, below(s, 2) ? 1.0 : 0.1, s), unit = share ? exposure : 1.0;
    char payout[256];
    if (below(s, 4))
        snprintf(payout, sizeof payout, "shape = \"linear\"; attach = %.17g; exhaust = %.17g;", below(s, 2) ? 0.0 : 0.05 * limit / unit,
                 fmin(limit / unit, share ? 1.0 : INFINITY));
    else
        snprintf(payout, sizeof payout, "shape = \"binary\"; attach = %.17g;", fmin(limit / unit, share ? 1.0 : INFINITY));
    snprintf(to, room,
             "covers = ({ id = \"t\"; perils = [%s]; trigger = { index = \"%s\"; source = \"s\"; %s }; payout = { %s }; "
             "event_limit = %.17g; });",
             perils[below(s, 4)], share ? "loss_share" : "loss_usd", below(s, 3) ? "reporting_error = 0.0;" : "", payout, limit);
}

struct amounts {
    char answers[1024], caps[2048], cover[2048];
    double exposure, exit;
};

static void random_amounts(uint64_t i, struct amounts *out)
{
    struct quo_stream s = quo_stream_at(20261122, i, 0, 0);
    out->exposure = exp(log(1e5) + log(1e5) * quo_stream_uniform(&s));
    if (below(&s, 8) == 0)
        out->exposure = floor(out->exposure);
    out->exit = below(&s, 3) ? INFINITY : part_of(out->exposure, below(&s, 2) ? 0.5 : 0.1, &s);
    write_answers(&s, out->answers, sizeof out->answers);
    write_caps(&s, out->exposure, out->caps, sizeof out->caps);
    write_cover(&s, out->exposure, out->cover, sizeof out->cover);
}

static void write_policy(const struct amounts *a, double exposure, char *to, size_t room)
{
    char exit[64] = "";
    if (isfinite(a->exit))
        snprintf(exit, sizeof exit, "exit_liquidity_usd = %.17g;", a->exit);
    snprintf(to, room,
             "policy = { id = \"P\"; inception = \"2026-08-01\"; term_days = 365; protocol = { id = \"r\"; exposure_usd = %.17g; bridge = true; %s %s %s }; %s };",
             exposure, exit, a->answers, a->caps, a->cover);
}

/* By the quote's own steps, at a cheap resolution. */
static enum quo_status expected_of(struct desk *desk, const char *text, struct quo_workspace *workspace, double *expected)
{
    const struct quo_engine *engine = desk->engine;
    struct quo_policy *policy = read_policy(desk, text);
    struct quo_relativity factor[QUO_PERILS];
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_score score = {.experience_shape = quo_catalogue_constant(engine->catalogue, "experience_shape")};
    struct quo_policylaw law;
    assert_int_equal(quo_score_relativities(policy->protocol, engine->scale, factor), QUO_OK);
    quo_score_put(&score, factor);
    enum quo_status status = quo_hazard_laws(engine->model, policy->protocol, &score, policy->inception, -1, hazard);
    if (status == QUO_OK)
        status = quo_policylaw_new(engine, policy, &score, hazard, cheap, 1, workspace, &law);
    *expected = status == QUO_OK ? law.expected : NAN;
    if (status == QUO_OK)
        quo_policylaw_free(&law);
    quo_policy_free(policy);
    return status;
}

static void every_valid_policy_has_a_price(void **state)
{
    struct desk *desk = *state;
    struct quo_workspace *workspace = quo_workspace_new();
    static char text[8192];
    int refused = 0, jumped = 0;
    double furthest = 0.0;
    for (uint64_t i = 0; i < CONTRACTS; i++) {
        struct amounts amounts;
        double expected, moved;
        random_amounts(i, &amounts);
        write_policy(&amounts, amounts.exposure, text, sizeof text);
        const enum quo_status status = expected_of(desk, text, workspace, &expected);
        if (status != QUO_OK && refused++ < 3)
            print_message("contract %d: %s\n%s\n", (int)i, quo_status_text(status), text);
        /* The exposure one bit on: the same policy. */
        write_policy(&amounts, nextafter(amounts.exposure, INFINITY), text, sizeof text);
        const enum quo_status again = expected_of(desk, text, workspace, &moved);
        refused += status == QUO_OK && again != QUO_OK;
        if (status != QUO_OK || again != QUO_OK)
            continue;
        const double off = expected > 0.0 || moved > 0.0 ? fabs(moved / expected - 1.0) : 0.0;
        if (!(off < 1e-6) && jumped++ < 3)
            print_message("contract %d: %.10g, one bit on %.10g\n%s\n", (int)i, expected, moved, text);
        furthest = fmax(furthest, off);
    }
    print_message("%d contracts: %d refused, %d jump; one bit moves a price by %.2g at most\n", CONTRACTS, refused, jumped, furthest);
    quo_workspace_free(workspace);
    assert_int_equal(refused, 0);
    assert_int_equal(jumped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_valid_policy_has_a_price)};
    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
