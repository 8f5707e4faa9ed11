#include "pricing/cmd/quotebeside.h"

#include <math.h>
#include <string.h>

#include "pricing/cmd/openbook.h"
#include "pricing/portfolio/accumulate.h"

enum quo_status quo_quotebeside(struct quo_cmd *cmd, const struct quo_engine *engine, const char *book,
                                const char *file, uint64_t years, uint64_t seed, bool keep_principle,
                                struct quo_policy *policy, struct quo_beside *out)
{
    struct quo_dependence dependence;
    struct quo_portfolio_options options;
    struct quo_exposures *exposures = NULL;
    char *const path[] = {(char *)(uintptr_t)book};
    quo_dependence_init(&dependence);
    quo_portfolio_options_init(&options);
    options.years = years;
    options.seed = seed;
    options.level = policy->terms.level;
    *out = (struct quo_beside){.years = 0};
    const struct quo_openbook what = {engine, &dependence, NULL, path, 1, false, &file, 1, NULL};
    if (!quo_openbook_is(book))
        return quo_faults_add(&cmd->faults, QUO_REFUSED, book, 0, "'quorate book init' makes one", "this is no book");
    enum quo_status status = quo_openbook(cmd, &what, &exposures);
    if (status == QUO_OK && exposures->n_policies < 2)
        status = quo_faults_add(&cmd->faults, QUO_REFUSED, book, 0, "leave --book out",
                                "the book holds no other policy than this one");
    if (status == QUO_OK)
        status = quo_beside_of(exposures, &options, out);
    if (status == QUO_OK) {
        memcpy(policy->protocol->contagion, out->contagion, sizeof out->contagion);
        if (!keep_principle)
            quo_terms_choose(&policy->terms, QUO_PRINCIPLE_COST_OF_CAPITAL);
        policy->terms.diversification = out->added.diversification;
    }
    quo_exposures_free(exposures);
    return status;
}

void quo_quotebeside_decide(struct quo_quote *quote, const struct quo_beside *beside)
{
    if (quo_beside_refers(beside, quote->engine->authority, &quote->reasons) &&
        quote->decision < QUO_DECISION_REFER)
        quote->decision = QUO_DECISION_REFER;
}

static void line(const struct quo_page *page, const char *label, double usd)
{
    fputs("  ", page->to);
    quo_table_left(page, label, 44);
    quo_table_money(page, usd, 0, 18);
    fputc('\n', page->to);
}

void quo_quotebeside_page(const struct quo_page *page, const struct quo_quote *quote, const struct quo_beside *b)
{
    char label[96];
    fputc('\n', page->to);
    quo_table_heading(page, "In the book");
    fprintf(page->to, "  beside %zu policies, %llu simulated years, USD\n", b->policies, (unsigned long long)b->years);
    line(page, "expected payout, simulated", b->added.expected.value);
    line(page, "the same by the law of the quote", quote->expected_payout * quote->policy->usd_per_unit);
    snprintf(label, sizeof label, "TVaR %.4g %% of the policy by itself", 100.0 * b->level);
    line(page, label, b->added.tvar_alone);
    snprintf(label, sizeof label, "TVaR that it adds to the book's (se %.2g)", b->added.tvar_added.std_error);
    line(page, label, b->added.tvar_added.value);
    fprintf(page->to, "  the book needs %.1f %% of the capital that it needs by itself\n",
            100.0 * b->added.diversification);
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (b->contagion[p] > 0.0)
            fprintf(page->to, "  %.3g events a year of %s come from other protocols of the book\n", b->contagion[p],
                    quo_peril_id((enum quo_peril)p));
    for (size_t i = 0; i < b->n_names; i++)
        if (b->name[i].policies) {
            snprintf(label, sizeof label, "%s %s: limits behind it", quo_accumulation_kind_id(b->name[i].kind),
                     quo_accumulation_name(b->name[i].name));
            line(page, label, b->name[i].after);
        }
}

static json_t *real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

json_t *quo_quotebeside_json(const struct quo_quote *quote, const struct quo_beside *b)
{
    json_t *contagion = json_object(), *names = json_array();
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (b->contagion[p] > 0.0)
            json_object_set_new(contagion, quo_peril_id((enum quo_peril)p), json_real(b->contagion[p]));
    for (size_t i = 0; i < b->n_names; i++)
        json_array_append_new(names, json_pack("{s:s, s:s, s:I, s:o, s:o}", "kind",
                                               quo_accumulation_kind_id(b->name[i].kind), "name", b->name[i].name,
                                               "policies", (json_int_t)b->name[i].policies, "limit_before",
                                               real(b->name[i].before), "limit_after", real(b->name[i].after)));
    const struct quo_portfolio_added *a = &b->added;
    return json_pack("{s:I, s:I, s:I, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "policies",
                     (json_int_t)b->policies, "years", (json_int_t)b->years, "seed", (json_int_t)b->seed, "level",
                     b->level, "expected", real(a->expected.value), "expected_std_error", real(a->expected.std_error),
                     "expected_quote", real(quote->expected_payout * quote->policy->usd_per_unit), "tvar_alone",
                     real(a->tvar_alone), "tvar_before", real(a->tvar_before), "tvar_added",
                     real(a->tvar_added.value), "tvar_added_std_error", real(a->tvar_added.std_error), "contribution",
                     real(a->contribution), "diversification", real(a->diversification), "contagion", contagion,
                     "accumulations", names);
}
