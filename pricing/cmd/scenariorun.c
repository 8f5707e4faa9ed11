#include "pricing/cmd/scenariorun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/desk/scenarioreport.h"
#include "pricing/whatif/scenario.h"
#include "risk/base/text.h"

/* "a,b" cut in place; the names point into the text. Blank names are left for whoever looks them up. */
static const char **cut(char *text, size_t *n)
{
    size_t names = 1;
    for (const char *at = text; *at; at++)
        names += *at == ',';
    const char **list = calloc(names, sizeof *list);
    *n = 0;
    for (char *at = text; list && at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma++ = '\0';
        list[(*n)++] = at;
        at = comma;
    }
    return list;
}

enum quo_status quo_scenariorun_run(struct quo_cmd *cmd, const struct quo_scenariorun *r, const struct quo_plan *plan,
                                    const struct quo_engine *engine, json_t **document)
{
    struct quo_marketbook book = {0};
    struct quo_scenario scenario = {0};
    size_t n_only = 0;
    char *text = r->only ? quo_text_copy(r->only) : NULL;
    const char **only = text ? cut(text, &n_only) : NULL;
    enum quo_status status =
        r->only && !only ? QUO_MACHINE
                         : quo_marketbook_load(r->policies, r->protocols, engine->catalogue, &book, &cmd->faults);
    if (status == QUO_OK)
        status = quo_scenario_play(engine, &book, plan, only, n_only, r->seed, &scenario, &cmd->faults);
    if (status == QUO_OK && cmd->json) {
        *document = quo_scenarioreport_json(&scenario);
    } else if (status == QUO_OK) {
        const struct quo_page page = {stdout, quo_cmd_colour()};
        quo_scenarioreport_print(&page, &scenario);
    }
    quo_scenario_free(&scenario);
    quo_marketbook_free(&book);
    free(only);
    free(text);
    return status;
}
