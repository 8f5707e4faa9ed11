#include "pricing/book/bookdocument.h"

#include <math.h>
#include <string.h>

enum quo_status quo_bookdocument_price(struct quo_quoter *quoter, const struct quo_engine *engine,
                                       const struct quo_bookpolicy *row, struct quo_protocol *protocol, bool detail,
                                       struct quo_repriced *out)
{
    struct quo_config *config = NULL;
    struct quo_policy *policy = NULL;
    struct quo_quote *quote = NULL;
    struct quo_faults faults; /* it was read when it was imported: a fault now means another catalogue */
    struct quo_quote_options plain;
    quo_faults_init(&faults);
    quo_quote_options_init(&plain);
    plain.draws = 0;
    plain.halved = plain.shown = false;
    enum quo_status status = quo_config_open_text(row->document, strlen(row->document), "book", &config, &faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, engine->catalogue, &policy, &faults);
    if (status == QUO_OK) {
        struct quo_protocol *own = policy->protocol;
        policy->protocol = protocol;
        status = quo_quoter_price(quoter, engine, policy, &plain, &quote);
        if (status == QUO_OK)
            status = quo_repriced_take(quote, detail, out);
        quo_quote_free(quote);
        policy->protocol = own;
    }
    quo_policy_free(policy);
    quo_config_close(config);
    quo_faults_free(&faults);
    if (status != QUO_OK && status != QUO_MACHINE) {
        out->result = (struct quo_bookresult){.status = status, .before = NAN};
        status = QUO_OK;
    }
    return status;
}
