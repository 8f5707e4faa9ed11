#include "pricing/portfolio/assemble.h"

#include <limits.h>
#include <stdlib.h>

#include "pricing/book/bookpolicies.h"
#include "risk/base/text.h"

/* Policies that are priced together. */
#define BATCH 1024

struct batch {
    struct quo_policy policy[BATCH];
    struct quo_cover cover[BATCH];
    const struct quo_policy *which[BATCH];
    uint32_t risk[BATCH];
    char *id[BATCH], *protocol_id[BATCH];
    int line[BATCH];
    enum quo_status outcome[BATCH];
    size_t n;
};

static void empty(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        free(b->id[i]);
        free(b->protocol_id[i]);
    }
    b->n = 0;
}

/* A row's text lasts until the next one is read: the batch keeps copies. */
static enum quo_status take(struct batch *b, const struct quo_bookpolicy *row, struct quo_protocol *protocol)
{
    const size_t i = b->n++;
    struct quo_bookpolicy kept = *row;
    b->line[i] = row->line;
    b->id[i] = quo_text_copy(row->id);
    b->protocol_id[i] = quo_text_copy(row->protocol_id);
    kept.id = b->id[i];
    kept.protocol_id = b->protocol_id[i];
    if (!kept.id || !kept.protocol_id)
        return QUO_MACHINE;
    quo_bookpolicy_expand(&kept, protocol, &b->cover[i], &b->policy[i]);
    b->which[i] = &b->policy[i];
    b->risk[i] = (uint32_t)row->protocol;
    return QUO_OK;
}

/* Prices what is there; what has no law is rejected like a row that cannot be read. */
static enum quo_status flush(struct quo_exposures *e, struct batch *b, const char *path, struct quo_rejects *rejects)
{
    const enum quo_status status = quo_exposures_policies(e, b->which, b->risk, b->n, b->outcome);
    for (size_t i = 0; i < b->n && status == QUO_OK; i++) {
        if (b->outcome[i] == QUO_OK)
            continue;
        struct quo_faults row;
        quo_faults_init(&row);
        quo_faults_add(&row, QUO_REFUSED, path, b->line[i], "look at its extremes", "policy '%s' cannot be priced: %s", b->id[i],
                       quo_status_text(b->outcome[i]));
        quo_rejects_row(rejects, &row, NULL);
        quo_faults_free(&row);
        rejects->good--;
    }
    empty(b);
    return status;
}

static enum quo_status all_policies(struct quo_exposures *e, struct quo_bookpolicies *reader, const struct quo_bookprotocols *protocols,
                                    const char *path, struct quo_rejects *rejects, struct quo_faults *faults)
{
    struct batch *b = calloc(1, sizeof *b);
    const struct quo_bookpolicy *row = NULL;
    enum quo_status status = b ? QUO_OK : QUO_MACHINE;
    while (status == QUO_OK && (status = quo_bookpolicies_next(reader, &row, faults)) == QUO_OK) {
        if (row)
            status = take(b, row, protocols->protocol[row->protocol]);
        if (status == QUO_OK && (b->n == BATCH || !row))
            status = flush(e, b, path, rejects);
        if (!row)
            break;
    }
    if (b)
        empty(b);
    free(b);
    return status;
}

static enum quo_status build(struct quo_exposures *e, const struct quo_bookprotocols *protocols, const char *policies, struct quo_rejects *rejects,
                             struct quo_faults *faults)
{
    struct quo_bookpolicies *reader = NULL;
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < protocols->n && status == QUO_OK; i++) {
        /* At the end of the data: that is where all later inceptions stand; earlier ones widen it. */
        status = quo_exposures_protocol(e, protocols->protocol[i], INT_MAX);
        if (status == QUO_DOMAIN || status == QUO_NOT_CONVERGED)
            quo_faults_add(faults, QUO_REFUSED, "", 0, "look at its extremes", "protocol '%s' has no finite rates", protocols->protocol[i]->id);
    }
    if (status == QUO_OK)
        status = quo_exposures_link(e, (const struct quo_protocol *const *)protocols->protocol);
    if (status == QUO_OK)
        status = quo_bookpolicies_open(policies, protocols, rejects, &reader, faults);
    if (status == QUO_OK)
        status = all_policies(e, reader, protocols, policies, rejects, faults);
    quo_bookpolicies_close(reader);
    if (status == QUO_OK && e->n_policies == 0)
        status = quo_faults_add(faults, QUO_REFUSED, policies, 0, "a row of a protocol that is there", "not one policy can be read");
    return status == QUO_OK ? quo_exposures_finish(e) : status;
}

enum quo_status quo_assemble_tables(const struct quo_engine *engine, const struct quo_dependence *dependence, const char *protocols,
                                    const char *policies, struct quo_rejects *rejects, struct quo_exposures **out, struct quo_faults *faults)
{
    struct quo_bookprotocols table;
    *out = NULL;
    enum quo_status status = quo_bookprotocols_load(protocols, engine->catalogue, &table, rejects, faults);
    rejects->good = 0; /* from here on policies are counted */
    if (status == QUO_OK)
        status = quo_exposures_new(engine, dependence, out);
    if (status == QUO_OK)
        status = build(*out, &table, policies, rejects, faults);
    if (status) {
        quo_exposures_free(*out);
        *out = NULL;
    }
    quo_bookprotocols_free(&table);
    return status;
}
