#include "pricing/book/bookterms.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookconfigtext.h"

enum quo_status quo_bookterms_load(const char *path, struct quo_terms *out, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "pricing", true);
    quo_terms_read(group, out);
    if (group && !quo_setting_has(group, "expenses_fixed"))
        out->expenses_fixed = QUO_BOOKPOLICY_EXPENSES_FIXED;
    static const char *const single[] = {"expiring_premium", "market_premium", "uncertainty_quantile"};
    for (int i = 0; i < 3; i++)
        if (group && quo_setting_has(group, single[i]))
            quo_setting_fault(quo_setting_child(group, single[i]),
                              i == 2 ? "leave it to quote: tables are priced without draws" : "leave it to each policy",
                              "'%s' in the pricing terms of all policies", single[i]);
    status = quo_config_finish(config);
    quo_config_close(config);
    return status;
}

char *quo_bookterms_options(const struct quo_terms *terms)
{
    struct quo_booktext text = {0};
    quo_bookconfigtext_terms(terms, NAN, &text);
    quo_booktext_add(&text, "", 1);
    json_t *options = text.failed ? NULL : json_pack("{s:s}", "pricing", text.text);
    char *out = json_dumps(options, JSON_COMPACT);
    json_decref(options);
    quo_booktext_free(&text);
    return out;
}

enum quo_status quo_bookterms_read_options(const char *options, struct quo_terms *out)
{
    struct quo_config *config = NULL;
    struct quo_faults faults; /* what was written by the function above has none */
    quo_terms_init(out);
    json_t *all = json_loads(options, 0, NULL);
    const char *pricing = json_string_value(json_object_get(all, "pricing"));
    char *text = NULL;
    enum quo_status status = all ? QUO_OK : QUO_REFUSED;
    quo_faults_init(&faults);
    if (pricing) {
        const int n = asprintf(&text, "pricing = %s;\n", pricing);
        status = n < 0 ? QUO_MACHINE : quo_config_open_text(text, (size_t)n, "book", &config, &faults);
        if (status == QUO_OK) {
            quo_terms_read(quo_setting_group(quo_config_root(config), "pricing", true), out);
            status = quo_config_finish(config);
        }
        free(n < 0 ? NULL : text);
    }
    quo_config_close(config);
    quo_faults_free(&faults);
    json_decref(all);
    return status;
}
