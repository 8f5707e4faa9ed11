#include "pricing/portfolio/beside.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/accumulate.h"
#include "risk/base/text.h"

void quo_beside_free(struct quo_beside *b)
{
    for (size_t i = 0; i < b->n_names; i++)
        free(b->name[i].name);
    free(b->name);
    b->name = NULL;
    b->n_names = 0;
}

static bool names(const struct quo_risk *risk, const char *name)
{
    for (size_t k = 0; k < risk->ties.n; k++)
        if (strcmp(risk->ties.tie[k].name, name) == 0)
            return true;
    return false;
}

static bool add_name(const struct quo_exposures *e, const char *name, struct quo_beside *out)
{
    for (size_t i = 0; i < out->n_names; i++)
        if (strcmp(out->name[i].name, name) == 0)
            return true;
    struct quo_beside_name *n = &out->name[out->n_names];
    *n = (struct quo_beside_name){.kind = quo_accumulation_kind_of(name), .name = quo_text_copy(name)};
    if (!n->name)
        return false;
    out->n_names++;
    for (size_t r = 0; r < e->n_risks; r++)
        for (uint32_t k = e->risk[r].policy_from; k < e->risk[r].policy_to && names(&e->risk[r], name); k++)
            if (e->by_risk[k] != e->n_policies - 1) {
                n->policies++;
                n->before += quo_exposures_limit(e, e->by_risk[k]);
            }
    n->after = n->before + quo_exposures_limit(e, e->n_policies - 1);
    return true;
}

enum quo_status quo_beside_of(const struct quo_exposures *e, const struct quo_portfolio_options *options,
                              struct quo_beside *out)
{
    struct quo_shocks *shocks = NULL;
    struct quo_portfolio *portfolio = NULL;
    struct quo_portfolio_options with = *options;
    *out = (struct quo_beside){.years = options->years, .seed = options->seed, .level = options->level};
    if (e->n_policies < 2)
        return QUO_DOMAIN;
    out->policies = with.added = e->n_policies - 1;
    enum quo_status status = quo_shocks_new(e, &shocks);
    if (status == QUO_OK)
        status = quo_portfolio_run(shocks, &with, &portfolio);
    const struct quo_risk *risk = &e->risk[e->policy[e->n_policies - 1].risk];
    if (status == QUO_OK && !(out->name = calloc(risk->ties.n + 1, sizeof *out->name)))
        status = QUO_MACHINE;
    for (size_t k = 0; k < risk->ties.n && status == QUO_OK; k++)
        status = add_name(e, risk->ties.tie[k].name, out) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK) {
        out->added = portfolio->added;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            out->contagion[p] = risk->contagion[p] / quo_hazard_trend(e->engine->model, (enum quo_peril)p, risk->day, -1);
    } else {
        quo_beside_free(out);
    }
    quo_portfolio_free(portfolio);
    quo_shocks_free(shocks);
    return status;
}

bool quo_beside_refers(const struct quo_beside *b, const struct quo_authority *authority, struct quo_reasons *reasons)
{
    bool refers = false;
    for (size_t i = 0; i < b->n_names; i++)
        refers |= quo_authority_refers_accumulation(authority, quo_accumulation_kind_id(b->name[i].kind),
                                                    quo_accumulation_name(b->name[i].name), b->name[i].after, reasons);
    return refers;
}
