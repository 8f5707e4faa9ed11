#include "pricing/book/tablechange.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookconfigtext.h"
#include "pricing/book/bookcell.h"
#include "pricing/book/bookload.h"
#include "pricing/book/bookterms.h"
#include "risk/base/hash.h"
#include "risk/base/text.h"

/* Rows explained together: up to eight prices are made for each. */
#define BLOCK 4096

struct quo_tablechange {
    struct quo_changeways ways;
    struct quo_bookstore store; /* tables price and policy, temporary */
    sqlite3_stmt *price, *policy;
    struct quo_bookprotocols then;
    bool own_protocols, own_policies;
    unsigned char *differ; /* differ[protocols now]: from the protocol of the same id then; 0xff: there was none */
    pthread_mutex_t lock;  /* of the statements */
    struct quo_faults faults;
};

/* What one batch of one thread needs of the past. */
struct past {
    struct quo_tablechange *c;
    struct quo_payout_step step[QUO_PAYOUT_STEPS_MAX];
};

void quo_tablechange_free(struct quo_tablechange *c)
{
    if (!c)
        return;
    sqlite3_finalize(c->price);
    sqlite3_finalize(c->policy);
    quo_bookstore_close(&c->store);
    quo_bookprotocols_free(&c->then);
    quo_faults_free(&c->faults);
    pthread_mutex_destroy(&c->lock);
    free(c->differ);
    free(c);
}

/* A file without a name; what is lost in it is lost with the program. */
static enum quo_status open_store(struct quo_tablechange *c, const char *path, struct quo_faults *faults)
{
    c->store = (struct quo_bookstore){.path = quo_text_copy(path), .who = ""};
    if (!c->store.path)
        return QUO_MACHINE;
    const enum quo_status status = quo_bookstore_told(
        &c->store, sqlite3_open_v2("", &c->store.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), faults);
    return status ? status
                  : quo_bookstore_run(&c->store,
                                      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
                                      "CREATE TABLE price(policy_id TEXT PRIMARY KEY, gross REAL NOT NULL) STRICT, WITHOUT ROWID;"
                                      "CREATE TABLE policy(policy_id TEXT PRIMARY KEY, protocol_id TEXT NOT NULL, row BLOB NOT NULL,"
                                      " steps BLOB) STRICT, WITHOUT ROWID;"
                                      "BEGIN",
                                      faults);
}

static enum quo_status insert_price(struct quo_tablechange *c, sqlite3_stmt *insert, const struct quo_csv *csv,
                                    const struct quo_csv_row *row, const int place[3], struct quo_faults *faults)
{
    char hint[QUO_BOOKCELL_HINT];
    double gross = NAN;
    const char *id = row->field[place[0]], *field = row->field[place[2]];
    if (strcmp(row->field[place[1]], "priced") != 0)
        return QUO_OK;
    if (!id[0] || !quo_bookcell_number(field, 0.0, 1e18, &gross, hint)) {
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), row->line, id[0] ? hint : "every row has it",
                       id[0] ? "'gross_premium' is '%.60s'" : "'policy_id' is empty%.0s", field);
        return QUO_OK;
    }
    sqlite3_bind_text(insert, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_double(insert, 2, gross);
    const int code = sqlite3_step(insert);
    sqlite3_reset(insert);
    if (code == SQLITE_CONSTRAINT) {
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), row->line, "an id of its own",
                       "policy_id '%.80s' stands on an earlier line too", id);
        return QUO_OK;
    }
    return quo_bookstore_told(&c->store, code, faults);
}

/* The premiums of then. */
static enum quo_status read_prices(struct quo_tablechange *c, const char *path, struct quo_faults *faults)
{
    static const char *const wanted[] = {"policy_id", "status", "gross_premium"};
    struct quo_csv *csv = NULL;
    const struct quo_csv_row *row;
    int place[3];
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status)
        return status;
    const size_t before = quo_faults_refusals(faults);
    for (size_t i = 0; i < 3; i++)
        if ((place[i] = quo_csv_column(csv, wanted[i])) < 0)
            status = quo_faults_add(faults, QUO_REFUSED, path, 1, "give a table that reprice wrote", "there is no column '%s'",
                                    wanted[i]);
    sqlite3_stmt *insert = quo_bookstore_prepare(&c->store, "INSERT INTO price(policy_id, gross) VALUES(?1, ?2)", faults);
    if (status == QUO_OK && !insert)
        status = QUO_MACHINE;
    while (status == QUO_OK && (status = quo_csv_next(csv, &row, faults)) == QUO_OK && row)
        status = insert_price(c, insert, csv, row, place, faults);
    sqlite3_finalize(insert);
    quo_csv_close(csv);
    return status == QUO_OK && quo_faults_refusals(faults) > before ? QUO_REFUSED : status;
}

static enum quo_status insert_policy(struct quo_tablechange *c, sqlite3_stmt *insert, const struct quo_bookpolicy *row,
                                     struct quo_faults *faults)
{
    struct quo_bookpolicy kept;
    memcpy(&kept, row, sizeof kept); /* with its padding, which nobody looks at */
    sqlite3_bind_text(insert, 1, row->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, row->protocol_id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 3, &kept, sizeof kept, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 4, row->step, row->n_steps * (int)sizeof *row->step, SQLITE_STATIC);
    const enum quo_status status = quo_bookstore_told(&c->store, sqlite3_step(insert), faults);
    sqlite3_reset(insert);
    return status;
}

/* Bad rows of the past refuse it: what it was priced from was without. */
static enum quo_status read_policies(struct quo_tablechange *c, const char *path, struct quo_faults *faults)
{
    struct quo_bookpolicies *reader = NULL;
    struct quo_rejects rejects;
    const struct quo_bookpolicy *row = NULL;
    quo_rejects_init(&rejects, NULL, faults, QUO_REJECTS_KEPT);
    const struct quo_bookprotocols *protocols = c->own_protocols ? &c->then : c->ways.protocols;
    enum quo_status status = quo_bookpolicies_open(path, protocols, &rejects, &reader, faults);
    sqlite3_stmt *insert = quo_bookstore_prepare(
        &c->store, "INSERT INTO policy(policy_id, protocol_id, row, steps) VALUES(?1, ?2, ?3, ?4)", faults);
    if (status == QUO_OK && !insert)
        status = QUO_MACHINE;
    while (status == QUO_OK && (status = quo_bookpolicies_next(reader, &row, faults)) == QUO_OK && row)
        status = insert_policy(c, insert, row, faults);
    sqlite3_finalize(insert);
    quo_bookpolicies_close(reader);
    return status == QUO_OK && rejects.bad ? QUO_REFUSED : status;
}

/* Exposure and controls of then against those of now, protocol by protocol. */
static enum quo_status compare_protocols(struct quo_tablechange *c)
{
    const struct quo_bookprotocols *now = c->ways.protocols;
    const struct quo_catalogue *catalogue = c->ways.engine->catalogue;
    struct quo_booktext a = {0}, b = {0};
    c->differ = calloc(now->n ? now->n : 1, 1);
    for (size_t i = 0; c->differ && i < now->n && c->own_protocols; i++) {
        const long place = quo_bookprotocols_find(&c->then, now->protocol[i]->id);
        if (place < 0) {
            c->differ[i] = 0xff;
            continue;
        }
        struct quo_protocol *then = c->then.protocol[place];
        memcpy(then->contagion, now->protocol[i]->contagion, sizeof then->contagion); /* no change of its own */
        a.n = b.n = 0;
        quo_bookconfigtext_protocol(then, catalogue, &a);
        quo_bookconfigtext_protocol(now->protocol[i], catalogue, &b);
        quo_booktext_add(&a, "", 1);
        quo_booktext_add(&b, "", 1);
        if (a.failed || b.failed)
            break;
        if (then->exposure_usd != now->protocol[i]->exposure_usd)
            c->differ[i] |= QUO_WAY_EXPOSURE;
        if (!quo_bookload_same_but_exposure(a.text, b.text))
            c->differ[i] |= QUO_WAY_CONTROLS;
    }
    const bool failed = !c->differ || a.failed || b.failed;
    quo_booktext_free(&a);
    quo_booktext_free(&b);
    return failed ? QUO_MACHINE : QUO_OK;
}

/* Whether the engine is made from that file too. */
static enum quo_status compare_model(struct quo_tablechange *c, const char *path, struct quo_faults *faults)
{
    char hex[QUO_HASH_SIZE];
    if (quo_hash_file(path, hex) != QUO_OK)
        return quo_faults_add(faults, QUO_REFUSED, path, 0, "give the model that the earlier prices were made by", "cannot be read");
    c->ways.model = true;
    for (size_t i = 0; i < c->ways.engine->n_inputs; i++)
        if (strcmp(c->ways.engine->input[i].sha256, hex) == 0)
            c->ways.model = false;
    return QUO_OK;
}

static enum quo_status compare_pricing(struct quo_tablechange *c, const char *path, struct quo_faults *faults)
{
    quo_bookpolicy_terms(&c->ways.terms_then);
    const enum quo_status status = quo_bookterms_load(path, &c->ways.terms_then, faults);
    char *then = quo_bookterms_options(&c->ways.terms_then), *now = quo_bookterms_options(c->ways.terms);
    c->ways.pricing = then && now && strcmp(then, now) != 0;
    const bool lost = !then || !now;
    free(then);
    free(now);
    return status ? status : lost ? QUO_MACHINE : QUO_OK;
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

/* Whether two rows insure the same; the expiring premium is no term of the cover. */
static bool same_cover(const struct quo_bookpolicy *a, const struct quo_bookpolicy *b)
{
    return a->perils == b->perils && a->index == b->index && a->shape == b->shape && same(a->attach, b->attach) &&
           same(a->exhaust, b->exhaust) && a->waiting_hours == b->waiting_hours && a->n_steps == b->n_steps &&
           (a->n_steps == 0 || memcmp(a->step, b->step, (size_t)a->n_steps * sizeof *a->step) == 0) &&
           a->event_limit == b->event_limit && same(a->annual_limit, b->annual_limit) && a->inception == b->inception &&
           a->term_days == b->term_days;
}

/* The policy and the protocol of then; *known is false where the tables of then do not hold them. */
static enum quo_status cover_then(struct past *past, const struct quo_bookpolicy *row, struct quo_way_then *out, bool *known)
{
    struct quo_tablechange *c = past->c;
    long protocol = row->protocol;
    *known = true;
    if (c->own_policies) {
        sqlite3_bind_text(c->policy, 1, row->id, -1, SQLITE_STATIC);
        const int code = sqlite3_step(c->policy);
        const enum quo_status status = quo_bookstore_told(&c->store, code, &c->faults);
        *known = code == SQLITE_ROW;
        if (!*known)
            return status;
        struct quo_bookpolicy then;
        memcpy(&then, sqlite3_column_blob(c->policy, 1), sizeof then);
        if (then.n_steps)
            memcpy(past->step, sqlite3_column_blob(c->policy, 2), (size_t)then.n_steps * sizeof *past->step);
        const char *protocol_id = (const char *)sqlite3_column_text(c->policy, 0);
        if (strcmp(protocol_id, row->protocol_id) != 0) /* the cover of another insured: all of it is another */
            *known = false;
        then.step = past->step;
        then.id = row->id;
        then.protocol_id = row->protocol_id;
        then.protocol = protocol;
        if (!same_cover(&then, row)) {
            out->differ |= QUO_WAY_TERMS;
            out->policy = then;
        }
    }
    if (c->differ[protocol] == 0xff)
        *known = false;
    else if (c->differ[protocol]) {
        out->differ |= c->differ[protocol];
        out->protocol = c->then.protocol[quo_bookprotocols_find(&c->then, row->protocol_id)];
    }
    return QUO_OK;
}

static enum quo_status then_of(void *context, const struct quo_bookpolicy *row, size_t i, struct quo_way_then *out, bool *found)
{
    struct past *past = context;
    struct quo_tablechange *c = past->c;
    bool known = true;
    (void)i;
    pthread_mutex_lock(&c->lock);
    sqlite3_bind_text(c->price, 1, row->id, -1, SQLITE_STATIC);
    const int code = sqlite3_step(c->price);
    enum quo_status status = quo_bookstore_told(&c->store, code, &c->faults);
    *found = code == SQLITE_ROW;
    if (*found) {
        out->before = sqlite3_column_double(c->price, 0);
        status = cover_then(past, row, out, &known);
    }
    if (!known) { /* a premium, and nothing of what it was for */
        out->differ = 0;
        out->policy = *row;
    }
    sqlite3_reset(c->price);
    if (c->policy)
        sqlite3_reset(c->policy);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static enum quo_status read_all(struct quo_tablechange *c, const struct quo_tablechange_files *files, struct quo_faults *faults)
{
    struct quo_rejects rejects;
    quo_rejects_init(&rejects, NULL, faults, QUO_REJECTS_KEPT);
    enum quo_status status = open_store(c, files->prices, faults);
    if (status == QUO_OK && files->protocols)
        status = quo_bookprotocols_load(files->protocols, c->ways.engine->catalogue, &c->then, &rejects, faults);
    if (status == QUO_OK && rejects.bad)
        status = QUO_REFUSED;
    if (status == QUO_OK && files->model)
        status = compare_model(c, files->model, faults);
    if (status == QUO_OK && files->pricing)
        status = compare_pricing(c, files->pricing, faults);
    if (status == QUO_OK && files->policies)
        status = read_policies(c, files->policies, faults);
    if (status == QUO_OK)
        status = read_prices(c, files->prices, faults);
    if (status == QUO_OK)
        status = compare_protocols(c);
    if (status == QUO_OK)
        status = quo_bookstore_run(&c->store, "COMMIT", faults);
    return status;
}

enum quo_status quo_tablechange_open(const struct quo_tablechange_files *files, const struct quo_engine *engine,
                                     const struct quo_bookprotocols *protocols, const struct quo_terms *terms,
                                     struct quo_tablechange **out, struct quo_faults *faults)
{
    struct quo_tablechange *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return QUO_MACHINE;
    quo_faults_init(&c->faults);
    quo_bookprotocols_init(&c->then);
    pthread_mutex_init(&c->lock, NULL);
    c->ways = (struct quo_changeways){.engine = engine, .protocols = protocols, .terms = terms, .jobs = 1, .then = then_of};
    c->own_protocols = files->protocols != NULL;
    c->own_policies = files->policies != NULL;
    enum quo_status status = read_all(c, files, faults);
    /* The program of then is not known: what nothing else explains is the rate's, or the model's where that differs. */
    c->ways.rate = c->ways.pricing || !c->ways.model;
    if (status == QUO_OK)
        c->price = quo_bookstore_prepare(&c->store, "SELECT gross FROM price WHERE policy_id = ?1", faults);
    if (status == QUO_OK && files->policies)
        c->policy = quo_bookstore_prepare(&c->store, "SELECT protocol_id, row, steps FROM policy WHERE policy_id = ?1", faults);
    if (status == QUO_OK && (!c->price || (files->policies && !c->policy)))
        status = QUO_MACHINE;
    if (status)
        quo_tablechange_free(c);
    else
        *out = c;
    return status;
}

enum quo_status quo_tablechange_explain(struct quo_tablechange *c, const struct quo_bookpolicy *row, size_t n,
                                        struct quo_repriced *priced)
{
    struct past past = {.c = c};
    struct quo_changeways ways = c->ways;
    enum quo_status status = QUO_OK;
    ways.context = &past;
    for (size_t from = 0; from < n && status == QUO_OK; from += BLOCK)
        status = quo_changeways_explain(&ways, row + from, n - from < BLOCK ? n - from : BLOCK, priced + from);
    return status;
}
