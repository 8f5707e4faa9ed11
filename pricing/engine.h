/* pricing/engine.h -- everything a price rests on besides the policy: catalogue, market, fitted model, authority. Loaded once,
 * immutable afterwards, shared by threads. */
#ifndef QUO_ENGINE_H
#define QUO_ENGINE_H

#include "policies/policy.h"
#include "pricing/premium/authority.h"
#include "risk/base/config.h"
#include "risk/base/faults.h"
#include "risk/controls/catalogue.h"
#include "risk/controls/score.h"
#include "risk/market.h"
#include "risk/model.h"

/* A file the engine or the policy was read from, for the audit trail. */
struct quo_file_hash {
    char *file;
    char sha256[65];
};

struct quo_engine {
    struct quo_catalogue *catalogue;
    struct quo_market *market;
    struct quo_scale *scale;
    struct quo_model *model;
    struct quo_authority *authority;
    struct quo_file_hash *input;
    size_t n_inputs;
};

/* Paths; NULL: what ships with the program. */
struct quo_engine_files {
    const char *catalogue, *market, *model, *authority;
};

enum quo_status quo_engine_new(const struct quo_engine_files *files, struct quo_engine **out,
                               struct quo_faults *faults);
void quo_engine_free(struct quo_engine *engine);
/* Warns, at its line, of a policy that ended before the model's data begin: a slip of a digit more often than history. */
void quo_engine_check_term(const struct quo_engine *engine, const struct quo_config *config,
                           const struct quo_policy *policy);
#endif
