#include <math.h>
#include <stdio.h>
#include <string.h>
#include "pricing/cmd/aggregate_ask.h"
#include "risk/base/money.h"

/* NaN and infinities have no place in JSON: null. */
static json_t *number(double x) { return isfinite(x) ? json_real(x) : json_null(); }

int quo_ask_print_json(struct quo_cmd *cmd, const struct quo_ask *ask, const struct quo_ask_moments *m)
{
    json_t *document = json_object(), *results = json_array();
    json_object_set_new(document, "frequency", json_string(ask->frequency));
    json_object_set_new(document, "severity", json_string(ask->severity));
    json_object_set_new(document, "probability_zero", number(m->zero.value));
    json_object_set_new(document, "mean", number(m->mean.value));
    json_object_set_new(document, "variance", number(m->variance.value));
    json_object_set_new(document, "sd", number(sqrt(m->variance.value)));
    json_object_set_new(document, "skewness", number(m->skewness.value));
    for (size_t i = 0; i < ask->results; i++) {
        const struct quo_ask_result *r = &ask->result[i];
        json_t *one = json_object();
        json_object_set_new(one, "quantity", json_string(quo_ask_names[r->quantity]));
        json_object_set_new(one, "at", r->quantity == QUO_ASK_DISTORTION ? json_string(r->text) : json_real(r->at));
        json_object_set_new(one, "value", number(r->got.value));
        json_object_set_new(one, ask->simulation ? "std_error" : "error", number(r->got.error));
        json_array_append_new(results, one);
    }
    json_object_set_new(document, "results", results);
    if (ask->reinstated) {
        json_object_set_new(document, "expected_cover", number(m->cover));
        json_object_set_new(document, "expected_reinstatement_multiple", number(m->multiple));
        json_object_set_new(document, "initial_premium", number(m->premium));
    }
    if (ask->simulation) {
        json_object_set_new(document, "mean_std_error", number(m->mean.error));
        json_object_set_new(document, "seed", json_integer((json_int_t)ask->seed));
    }
    json_object_set_new(document, "discretisation_error", number(m->error));
    json_object_set_new(document, "method", json_string(m->method));
    json_object_set_new(document, "points", json_integer((json_int_t)m->points));
    return quo_cmd_print_json(cmd, "quorate.aggregate/1", document);
}

/* An amount of money, or a probability, as it reads best. */
static const char *shown(double x, char buffer[48])
{
    if (!isfinite(x))
        return "n/a";
    if (fabs(x) >= 100.0 && fabs(x) < 1e15)
        quo_money_format(x, 2, buffer, 48);
    else
        snprintf(buffer, 48, "%.9g", x);
    return buffer;
}

static void row(const char *what, const char *at, double value, double error)
{
    char number_text[48], error_text[48];
    if (error > 0.0 && isfinite(error))
        snprintf(error_text, sizeof error_text, "+- %.2g", error);
    else
        strcpy(error_text, isfinite(value) && error == 0.0 ? "exact" : "");
    printf("  %-20s %16s %24s  %s\n", what, at, shown(value, number_text), error_text);
}

static void compare(const char *what, double exact, double computed)
{
    char a[48], b[48];
    if (!isfinite(exact) || !isfinite(computed))
        return;
    printf("  %-20s %20s %20s %12.1e\n", what, shown(exact, a), shown(computed, b),
           exact == 0.0 ? 0.0 : computed / exact - 1.0);
}

/* The exact moments against those of the law as it was computed: what a reader checks first. */
static void validation(const struct quo_annual *annual)
{
    const struct quo_annual_check c = quo_annual_check(annual);
    printf("\nvalidation                         exact             computed     relative\n");
    compare("mean", c.mean[0], c.mean[1]);
    compare("cv", c.cv[0], c.cv[1]);
    compare("skewness", c.skewness[0], c.skewness[1]);
    compare("mass", 1.0, c.mass);
    printf("  wrap-around below %.1e; step %.6g, %zu points\n", c.wrap, quo_annual_step(annual),
           quo_annual_points(annual));
    if (!quo_annual_limited(annual))
        printf("  no limit: %zu grids of growing span, each read where it is fine enough; moments from the formula\n",
               c.grids);
}

int quo_ask_print_table(const struct quo_cmd *cmd, const struct quo_ask *ask, const struct quo_ask_moments *m,
                        const struct quo_annual *annual)
{
    const struct quo_contract *c = &ask->contract;
    char text[48];
    printf("annual amount: %s of %s\n", ask->frequency, ask->severity);
    if (c->event.attach > 0.0)
        printf("  deductible %s an event\n", shown(c->event.attach, text));
    if (isfinite(c->event.limit))
        printf("  limit %s an event\n", shown(c->event.limit, text));
    if (c->event.share < 1.0)
        printf("  share %g\n", c->event.share);
    if (c->annual_deductible > 0.0)
        printf("  annual deductible %s\n", shown(c->annual_deductible, text));
    if (isfinite(c->annual_limit))
        printf("  annual limit %s\n", shown(c->annual_limit, text));
    printf("\n");
    row("probability of zero", "", m->zero.value, m->zero.error);
    row("mean", "", m->mean.value, m->mean.error);
    row("sd", "", sqrt(m->variance.value), m->variance.error / (2.0 * sqrt(m->variance.value)));
    row("skewness", "", m->skewness.value, m->skewness.error);
    for (size_t i = 0; i < ask->results; i++) {
        const struct quo_ask_result *r = &ask->result[i];
        char at[48];
        row(quo_ask_names[r->quantity], r->quantity == QUO_ASK_DISTORTION ? r->text : shown(r->at, at), r->got.value,
            r->got.error);
    }
    if (ask->reinstated) {
        row("expected cover", "", m->cover, NAN);
        row("reinstatements", "x premium", m->multiple, NAN);
        row("initial premium", "fair", m->premium, NAN);
    }
    if (annual && !cmd->quiet)
        validation(annual);
    if (!annual)
        printf("\n%zu years simulated with seed %llu; +- is one standard error\n", ask->years,
               (unsigned long long)ask->seed);
    return 0;
}
