#include "pricing/quoter.h"

#include <stdlib.h>

#include "pricing/quotework.h"

struct quo_quoter {
    struct quo_quotetools tools;
};

struct quo_quoter *quo_quoter_new(void)
{
    struct quo_quoter *quoter = calloc(1, sizeof *quoter);
    if (!quoter)
        return NULL;
    struct quo_quotetools *tools = &quoter->tools;
    quo_crew_begin(&tools->crew, true);
    bool made = (tools->memo = quo_payoutmemo_new());
    for (int i = 0; i < QUO_QUOTEWORK_WORKERS; i++)
        made = (tools->workspace[i] = quo_workspace_new()) && made;
    if (made) {
        quo_payoutmemo_share(tools->memo);
        return quoter;
    }
    quo_quoter_free(quoter);
    return NULL;
}

void quo_quoter_free(struct quo_quoter *quoter)
{
    if (!quoter)
        return;
    quo_crew_end(&quoter->tools.crew);
    for (int i = 0; i < QUO_QUOTEWORK_WORKERS; i++)
        quo_workspace_free(quoter->tools.workspace[i]);
    quo_payoutmemo_free(quoter->tools.memo);
    free(quoter);
}

enum quo_status quo_quoter_price(struct quo_quoter *quoter, const struct quo_engine *engine,
                                 const struct quo_policy *policy, const struct quo_quote_options *options,
                                 struct quo_quote **out)
{
    *out = NULL;
    struct quo_quote *quote = calloc(1, sizeof *quote);
    if (!quote)
        return QUO_MACHINE;
    quote->engine = engine;
    quote->policy = policy;
    quote->term_years = policy->term_days / 365.0;
    quote->seed = options->seed;
    const enum quo_status status = quo_quotework_do(quote, options, &quoter->tools);
    if (status) {
        quo_quote_free(quote);
        return status;
    }
    *out = quote;
    return QUO_OK;
}
