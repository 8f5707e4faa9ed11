#include "pricing/portfolio/assemble.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookload.h"
#include "pricing/book/bookpolicies.h"
#include "risk/base/text.h"

/* Policies that are priced together. */
#define BATCH 1024

struct batch {
    struct quo_policy *whole[BATCH]; /* read from a document; NULL: a row of one cover */
    struct quo_protocol *own[BATCH]; /* the document's */
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
        if (b->whole[i])
            b->whole[i]->protocol = b->own[i];
        quo_policy_free(b->whole[i]);
        free(b->id[i]);
        free(b->protocol_id[i]);
    }
    b->n = 0;
}

/* A row's text lasts until the next one is read: the batch keeps copies. */
/* A policy that no row can hold; the batch's protocol takes the place of its own. */
static enum quo_status take_document(struct batch *b, size_t i, const struct quo_engine *engine, const char *document,
                                     struct quo_protocol *protocol, const char *path, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_open_text(document, strlen(document), path, &config, faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, engine->catalogue, &b->whole[i], faults);
    if (b->whole[i]) {
        b->own[i] = b->whole[i]->protocol;
        b->whole[i]->protocol = protocol;
        b->which[i] = b->whole[i];
    }
    quo_config_close(config);
    return status;
}

/* A row's text lasts until the next one is read: the batch keeps copies. */
static enum quo_status take(struct batch *b, const struct quo_engine *engine, const struct quo_bookpolicy *row,
                            struct quo_protocol *protocol, const char *path, struct quo_faults *faults)
{
    const size_t i = b->n++;
    struct quo_bookpolicy kept = *row;
    b->line[i] = row->line;
    b->whole[i] = NULL;
    b->id[i] = quo_text_copy(row->id);
    b->protocol_id[i] = quo_text_copy(row->protocol_id);
    kept.id = b->id[i];
    kept.protocol_id = b->protocol_id[i];
    if (!kept.id || !kept.protocol_id)
        return QUO_MACHINE;
    b->risk[i] = (uint32_t)row->protocol;
    if (row->document)
        return take_document(b, i, engine, row->document, protocol, path, faults);
    quo_bookpolicy_expand(&kept, protocol, &b->cover[i], &b->policy[i]);
    b->which[i] = &b->policy[i];
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
        quo_faults_add(&row, QUO_REFUSED, path, b->line[i], "look at its extremes", "policy '%s' cannot be priced: %s",
                       b->id[i], quo_status_text(b->outcome[i]));
        quo_rejects_row(rejects, &row, NULL);
        quo_faults_free(&row);
        rejects->good--;
    }
    empty(b);
    return status;
}

/* Everybody whom the exposures know, the tables' first. */
struct cast {
    const struct quo_protocol **protocol;
    size_t n;
    struct quo_policy **added; /* added[n_added] */
    size_t n_added;
    size_t n_renewed; /* policies that are left out, since they are added */
};

/* Where the policies come from. */
struct source {
    const char *path; /* that faults name */
    const struct quo_bookprotocols *protocols;
    struct quo_bookpolicies *reader; /* of a table; else: */
    const struct quo_bookstore *book;
    const struct quo_bookload *load;
    const struct quo_catalogue *catalogue;
    sqlite3_stmt *statement;
    struct quo_bookload_scratch *scratch;
    struct quo_bookpolicy row;
};

/* *row NULL: no more. */
static enum quo_status next(struct source *from, const struct quo_bookpolicy **row, struct quo_faults *faults)
{
    if (from->reader)
        return quo_bookpolicies_next(from->reader, row, faults);
    const int code = sqlite3_step(from->statement);
    *row = NULL;
    if (code != SQLITE_ROW)
        return quo_bookstore_told(from->book, code, faults);
    const enum quo_status status =
        quo_bookload_policy(from->statement, 1, from->load, from->catalogue, from->scratch, &from->row);
    if (status == QUO_REFUSED)
        return quo_faults_add(faults, QUO_REFUSED, from->path, 0, "see 'book verify'",
                              "policy '%s' cannot be read out of the book", from->row.id ? from->row.id : "?");
    *row = &from->row;
    return status;
}

/* A renewal takes the place of what it renews. */
static bool renewed(const struct cast *cast, const char *id)
{
    for (size_t i = 0; i < cast->n_added; i++)
        if (strcmp(cast->added[i]->id, id) == 0)
            return true;
    return false;
}

static enum quo_status all_policies(struct quo_exposures *e, struct source *from, struct cast *cast,
                                    struct quo_rejects *rejects, struct quo_faults *faults)
{
    struct batch *b = calloc(1, sizeof *b);
    const struct quo_bookpolicy *row = NULL;
    enum quo_status status = b ? QUO_OK : QUO_MACHINE;
    while (status == QUO_OK && (status = next(from, &row, faults)) == QUO_OK) {
        if (row && renewed(cast, row->id))
            cast->n_renewed++;
        else if (row)
            status = take(b, e->engine, row, from->protocols->protocol[row->protocol], from->path, faults);
        if (status == QUO_OK && (b->n == BATCH || !row))
            status = flush(e, b, from->path, rejects);
        if (!row)
            break;
    }
    if (b)
        empty(b);
    free(b);
    return status;
}

/* ---- additions --------------------------------------------------------------------------------- */

static void drop(struct cast *cast)
{
    for (size_t i = 0; i < cast->n_added; i++)
        quo_policy_free(cast->added[i]);
    free(cast->added);
    free(cast->protocol);
}

static enum quo_status gather(const struct quo_engine *engine, const struct quo_bookprotocols *table,
                              const struct quo_additions *additions, struct cast *cast, struct quo_faults *faults)
{
    const size_t extra = additions ? additions->n : 0;
    enum quo_status status = QUO_OK;
    cast->protocol = calloc(table->n + extra + 1, sizeof *cast->protocol);
    cast->added = calloc(extra + 1, sizeof *cast->added);
    if (!cast->protocol || !cast->added)
        return QUO_MACHINE;
    for (size_t i = 0; i < table->n; i++)
        cast->protocol[cast->n++] = table->protocol[i];
    for (size_t i = 0; i < extra; i++) {
        const enum quo_status one =
            quo_policy_load(additions->path[i], engine->catalogue, &cast->added[cast->n_added], faults);
        status = status ? status : one;
        if (one)
            continue;
        const struct quo_policy *policy = cast->added[cast->n_added];
        if (renewed(cast, policy->id))
            status = quo_faults_add(faults, QUO_REFUSED, additions->path[i], policy->line, "each policy once",
                                    "policy '%s' is added twice", policy->id);
        cast->n_added++;
        bool known = quo_bookprotocols_find(table, policy->protocol->id) >= 0;
        for (size_t k = table->n; k < cast->n; k++)
            known |= strcmp(cast->protocol[k]->id, policy->protocol->id) == 0;
        if (!known)
            cast->protocol[cast->n++] = policy->protocol;
    }
    return status;
}

static enum quo_status add(struct quo_exposures *e, const struct cast *cast, const struct quo_additions *additions,
                           struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < cast->n_added && status == QUO_OK; i++) {
        const struct quo_policy *policy = cast->added[i];
        const uint32_t risk = (uint32_t)quo_exposures_find(e, policy->protocol->id);
        enum quo_status outcome;
        status = quo_exposures_policies(e, &policy, &risk, 1, &outcome);
        if (status == QUO_OK && outcome)
            status = quo_faults_add(faults, QUO_REFUSED, additions->path[i], policy->line, "look at its extremes",
                                    "this policy cannot be priced: %s", quo_status_text(outcome));
    }
    return status;
}

/* ---- together ---------------------------------------------------------------------------------- */

static enum quo_status everybody(struct quo_exposures *e, const struct cast *cast, struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < cast->n && status == QUO_OK; i++) {
        /* At the end of the data: that is where all later inceptions stand; earlier ones widen it. */
        status = quo_exposures_protocol(e, cast->protocol[i], INT_MAX);
        if (status == QUO_DOMAIN || status == QUO_NOT_CONVERGED)
            quo_faults_add(faults, QUO_REFUSED, "", 0, "look at its extremes", "protocol '%s' has no finite rates",
                           cast->protocol[i]->id);
    }
    return status == QUO_OK ? quo_exposures_link(e, cast->protocol) : status;
}

static enum quo_status build(struct quo_exposures *e, struct source *from, const struct quo_additions *additions,
                             struct quo_rejects *rejects, struct quo_faults *faults)
{
    struct cast cast = {0};
    enum quo_status status = gather(e->engine, from->protocols, additions, &cast, faults);
    if (status == QUO_OK)
        status = everybody(e, &cast, faults);
    if (status == QUO_OK && !from->book)
        status = quo_bookpolicies_open(from->path, from->protocols, rejects, &from->reader, faults);
    if (status == QUO_OK)
        status = all_policies(e, from, &cast, rejects, faults);
    quo_bookpolicies_close(from->reader);
    if (status == QUO_OK && e->n_policies == 0 && cast.n_renewed)
        status = quo_assemble_nothing_left(faults);
    if (status == QUO_OK && e->n_policies == 0)
        status = quo_faults_add(faults, QUO_REFUSED, from->path, 0, "a row of a protocol that is there",
                                "not one policy can be read");
    if (status == QUO_OK)
        status = add(e, &cast, additions, faults);
    drop(&cast);
    return status == QUO_OK ? quo_exposures_finish(e) : status;
}

/* Makes the exposures and builds; nothing is left where that fails. */
static enum quo_status assemble(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                struct source *from, const struct quo_additions *additions, struct quo_rejects *rejects,
                                struct quo_exposures **out, struct quo_faults *faults)
{
    enum quo_status status = quo_exposures_new(engine, dependence, out);
    if (status == QUO_OK && additions && additions->ranks)
        (*out)->ranks = *additions->ranks;
    if (status == QUO_OK)
        status = build(*out, from, additions, rejects, faults);
    if (status) {
        quo_exposures_free(*out);
        *out = NULL;
    }
    return status;
}

enum quo_status quo_assemble_tables(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                    const char *protocols, const char *policies, const struct quo_additions *additions,
                                    struct quo_rejects *rejects, struct quo_exposures **out, struct quo_faults *faults)
{
    struct quo_bookprotocols table;
    *out = NULL;
    enum quo_status status = quo_bookprotocols_load(protocols, engine->catalogue, &table, rejects, faults);
    rejects->good = 0; /* from here on policies are counted */
    struct source from = {.path = policies, .protocols = &table};
    if (status == QUO_OK)
        status = assemble(engine, dependence, &from, additions, rejects, out, faults);
    quo_bookprotocols_free(&table);
    return status;
}

enum quo_status quo_assemble_book(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                  const struct quo_bookstore *book, const struct quo_additions *additions,
                                  struct quo_rejects *rejects, struct quo_exposures **out, struct quo_faults *faults)
{
    struct quo_bookload load;
    struct quo_bookload_scratch *scratch = calloc(1, sizeof *scratch);
    *out = NULL;
    enum quo_status status = quo_bookload_protocols(book, engine->catalogue, &load, faults);
    struct source from = {.path = book->path,
                          .protocols = &load.protocols,
                          .book = book,
                          .load = &load,
                          .catalogue = engine->catalogue,
                          .scratch = scratch};
    if (status == QUO_OK && !scratch)
        status = QUO_MACHINE;
    if (status == QUO_OK && !(from.statement = quo_bookstore_prepare(book, quo_bookload_policies_sql, faults)))
        status = QUO_REFUSED;
    if (status == QUO_OK) {
        sqlite3_bind_int64(from.statement, 1, 0);
        status = assemble(engine, dependence, &from, additions, rejects, out, faults);
    }
    sqlite3_finalize(from.statement);
    if (scratch)
        quo_bookload_scratch_free(scratch);
    free(scratch);
    quo_bookload_free(&load);
    return status;
}
