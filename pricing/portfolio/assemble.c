#include "pricing/portfolio/assemble.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/nameindex.h"

/* What was read, until the exposures are made. */
struct reading {
    struct quo_policy **policy; /* policy[n] */
    const char **path;          /* path[n] */
    uint32_t *risk;             /* risk[n]: place of its protocol */
    size_t n;
    const struct quo_protocol **protocol; /* protocol[n_protocols], of the policy that named it first */
    int *day;                             /* the first inception */
    size_t n_protocols;
    struct quo_nameindex ids, protocol_ids;
};

static void drop(struct reading *r)
{
    for (size_t i = 0; i < r->n; i++)
        quo_policy_free(r->policy[i]);
    free(r->path);
    free(r->policy);
    free(r->risk);
    free(r->protocol);
    free(r->day);
    quo_nameindex_free(&r->ids);
    quo_nameindex_free(&r->protocol_ids);
}

static bool alike(const struct quo_protocol *a, const struct quo_protocol *b)
{
    bool same = a->exposure_usd == b->exposure_usd && a->bridge == b->bridge && a->n_answers == b->n_answers &&
                a->n_signer_sets == b->n_signer_sets && a->n_dependencies == b->n_dependencies &&
                a->n_caps == b->n_caps && a->n_delays == b->n_delays;
    for (size_t i = 0; same && i < a->n_answers; i++)
        same = a->answer[i].control == b->answer[i].control && a->answer[i].level == b->answer[i].level &&
               a->answer[i].evidence == b->answer[i].evidence;
    return same;
}

static enum quo_status take(struct reading *r, struct quo_policy *policy, const char *path, struct quo_faults *faults)
{
    const size_t i = r->n, known = r->ids.n, protocols = r->n_protocols;
    r->policy[r->n++] = policy;
    const long id = quo_nameindex_add(&r->ids, policy->id),
               protocol = quo_nameindex_add(&r->protocol_ids, policy->protocol->id);
    if (id < 0 || protocol < 0)
        return QUO_MACHINE;
    r->risk[i] = (uint32_t)protocol;
    if ((size_t)id < known)
        return quo_faults_add(faults, QUO_REFUSED, path, policy->line, "each policy once",
                              "policy '%s' is in the book already", policy->id);
    if ((size_t)protocol == protocols) {
        r->protocol[r->n_protocols] = policy->protocol;
        r->day[r->n_protocols++] = policy->inception;
        return QUO_OK;
    }
    if (policy->inception < r->day[protocol])
        r->day[protocol] = policy->inception;
    if (!alike(r->protocol[protocol], policy->protocol))
        return quo_faults_add(faults, QUO_REFUSED, path, policy->line, "include one protocol file in all its policies",
                              "protocol '%s' is not described as in policy '%s'", policy->protocol->id,
                              r->policy[protocol]->id);
    return QUO_OK;
}

static bool room_for(struct reading *r, size_t n)
{
    r->path = calloc(n + 1, sizeof *r->path);
    r->policy = calloc(n + 1, sizeof *r->policy);
    r->risk = calloc(n + 1, sizeof *r->risk);
    r->protocol = calloc(n + 1, sizeof *r->protocol);
    r->day = calloc(n + 1, sizeof *r->day);
    return r->path && r->policy && r->risk && r->protocol && r->day;
}

static bool among(const struct quo_policy *policy, struct quo_policy *const *others, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (others[i] && strcmp(policy->id, others[i]->id) == 0)
            return true;
    return false;
}

enum quo_status quo_assemble_nothing_left(struct quo_faults *faults)
{
    return quo_faults_add(faults, QUO_REFUSED, "", 0, "give a book that holds others too",
                          "nothing is left of the book without the policies that are added");
}

/* A policy of the book that is an addition too is left out of the book. */
static enum quo_status read_all(const struct quo_engine *engine, const char *const *path, size_t n,
                                const struct quo_additions *additions, struct reading *r, struct quo_faults *faults)
{
    const size_t added = additions ? additions->n : 0, all = n + added;
    struct quo_policy **loaded = calloc(all + 1, sizeof *loaded);
    enum quo_status status = loaded && room_for(r, all) ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < all && status != QUO_MACHINE; i++) {
        const enum quo_status one =
            quo_policy_load(i < n ? path[i] : additions->path[i - n], engine->catalogue, &loaded[i], faults);
        status = status ? status : one;
    }
    for (size_t i = 0; i < all && status != QUO_MACHINE; i++) {
        struct quo_policy *policy = loaded[i];
        if (!policy)
            continue;
        if (i < n && among(policy, loaded + n, added)) {
            quo_policy_free(policy);
            loaded[i] = NULL;
            continue;
        }
        loaded[i] = NULL;
        r->path[r->n] = i < n ? path[i] : additions->path[i - n];
        const enum quo_status one = take(r, policy, r->path[r->n], faults);
        status = status ? status : one;
    }
    for (size_t i = 0; i < all && loaded; i++)
        quo_policy_free(loaded[i]);
    free(loaded);
    return status == QUO_OK && r->n == added ? quo_assemble_nothing_left(faults) : status;
}

static enum quo_status build(struct quo_exposures *e, const struct reading *r, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < r->n_protocols && status == QUO_OK; i++) {
        status = quo_exposures_protocol(e, r->protocol[i], r->day[i]);
        if (status == QUO_DOMAIN || status == QUO_NOT_CONVERGED)
            quo_faults_add(faults, QUO_REFUSED, "", 0, "look at its extremes", "protocol '%s' has no finite rates",
                           r->protocol[i]->id);
    }
    if (status == QUO_OK)
        status = quo_exposures_link(e, r->protocol);
    enum quo_status *outcome = calloc(r->n + 1, sizeof *outcome);
    if (status == QUO_OK)
        status = outcome
                     ? quo_exposures_policies(e, (const struct quo_policy *const *)r->policy, r->risk, r->n, outcome)
                     : QUO_MACHINE;
    for (size_t i = 0; i < r->n && status == QUO_OK; i++)
        if (outcome[i])
            quo_faults_add(faults, QUO_REFUSED, r->path[i], r->policy[i]->line, "look at its extremes",
                           "this policy cannot be priced: %s", quo_status_text(outcome[i]));
    free(outcome);
    if (status == QUO_OK && e->n_policies < r->n)
        status = QUO_REFUSED;
    return status == QUO_OK ? quo_exposures_finish(e) : status;
}

enum quo_status quo_assemble_files(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                   const char *const *path, size_t n, const struct quo_additions *additions,
                                   struct quo_exposures **out, struct quo_faults *faults)
{
    struct reading r = {0};
    *out = NULL;
    enum quo_status status = read_all(engine, path, n, additions, &r, faults);
    if (status == QUO_OK)
        status = quo_exposures_new(engine, dependence, out);
    if (status == QUO_OK && additions && additions->ranks)
        (*out)->ranks = *additions->ranks;
    if (status == QUO_OK)
        status = build(*out, &r, faults);
    if (status) {
        quo_exposures_free(*out);
        *out = NULL;
    }
    drop(&r);
    return status;
}
