/* pricing/cmd/scenariorun.h -- whatif --policies: a plan played on a book. Part of cmd_whatif.c. */
#ifndef QUO_SCENARIORUN_H
#define QUO_SCENARIORUN_H

#include "policies/plan.h"
#include "pricing/cmd/cmd.h"
#include "pricing/engine.h"

struct quo_scenariorun {
    const char *policies, *protocols; /* paths; protocols NULL: beside the policies */
    const char *only;                 /* ids with commas; NULL: all */
    uint64_t seed;
};
/* Prints the report, or fills *document with --json. */
enum quo_status quo_scenariorun_run(struct quo_cmd *cmd, const struct quo_scenariorun *request,
                                    const struct quo_plan *plan, const struct quo_engine *engine, json_t **document);
#endif
