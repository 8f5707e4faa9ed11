#include "pricing/book/bookchange.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookterms.h"
#include "pricing/version.h"
#include "risk/base/text.h"

/* What a batch is looked up with. */
struct lookup {
    const struct quo_bookchange *c;
    const int64_t *pk; /* of the rows' policies */
    sqlite3_stmt *quote, *policy;
    struct quo_bookload_scratch scratch;
    struct quo_protocol **owned; /* whole old protocols, owned; by n_owned */
    int64_t *owned_pk;
    size_t n_owned;
};

/* The protocol's version of then; kept for the batch. Policies of one protocol stand near each other seldom, so all are looked through. */
static enum quo_status old_protocol(struct lookup *w, int64_t pk, struct quo_protocol **out)
{
    for (size_t i = w->n_owned; i-- > 0;)
        if (w->owned_pk[i] == pk) {
            *out = w->owned[i];
            return QUO_OK;
        }
    struct quo_protocol **owned = realloc(w->owned, (w->n_owned + 1) * sizeof *owned);
    w->owned = owned ? owned : w->owned;
    int64_t *numbers = realloc(w->owned_pk, (w->n_owned + 1) * sizeof *numbers);
    w->owned_pk = numbers ? numbers : w->owned_pk;
    if (!owned || !numbers)
        return QUO_MACHINE;
    const enum quo_status status = quo_bookload_protocol(w->c->book, w->c->ways.engine->catalogue, pk, out, w->c->faults);
    if (status == QUO_OK) {
        w->owned[w->n_owned] = *out;
        w->owned_pk[w->n_owned++] = pk;
    }
    return status;
}

enum quo_status quo_bookchange_open(struct quo_bookchange *c, int64_t model, const char *options)
{
    sqlite3_stmt *s = quo_bookstore_prepare(
        c->book, "SELECT model <> ?2, build <> ?3, options <> ?4, options FROM run WHERE pk = ?1", c->faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, c->against);
    sqlite3_bind_int64(s, 2, model);
    sqlite3_bind_text(s, 3, quo_version_build(), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 4, options, -1, SQLITE_STATIC);
    const int code = sqlite3_step(s);
    enum quo_status status = quo_bookstore_told(c->book, code, c->faults);
    if (status == QUO_OK && code != SQLITE_ROW)
        status = quo_faults_add(c->faults, QUO_REFUSED, c->book->path, 0, "'quorate book show' lists them",
                                "there is no run %lld", (long long)c->against);
    if (status == QUO_OK) {
        c->ways.model = sqlite3_column_int(s, 0);
        c->ways.pricing = sqlite3_column_int(s, 2);
        c->ways.rate = c->ways.pricing || sqlite3_column_int(s, 1);
        status = quo_bookterms_read_options((const char *)sqlite3_column_text(s, 3), &c->ways.terms_then);
    }
    sqlite3_finalize(s);
    return status;
}

static const char then_sql[] =
    "SELECT q.gross_premium, q.policy, q.protocol FROM quote q WHERE q.run = ?1 AND q.policy_id = ?2 AND q.status = 'priced'";

/* Which of exposure and controls differ between two versions of a protocol. */
static enum quo_status compare_protocols(struct lookup *w, int64_t then, int64_t now, unsigned *differ)
{
    static const char sql[] =
        "SELECT a.exposure_usd <> b.exposure_usd, a.bridge <> b.bridge OR a.answers <> b.answers OR a.vendors <> b.vendors"
        " OR a.threshold <> b.threshold OR a.signers <> b.signers, a.document, b.document FROM protocol a JOIN protocol b"
        " ON b.pk = ?2 WHERE a.pk = ?1";
    sqlite3_stmt *s = quo_bookstore_prepare(w->c->book, sql, w->c->faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, then);
    sqlite3_bind_int64(s, 2, now);
    const int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        const char *a = (const char *)sqlite3_column_text(s, 2), *b = (const char *)sqlite3_column_text(s, 3);
        const bool documents = a || b, same = a && b && quo_bookload_same_but_exposure(a, b);
        *differ |= sqlite3_column_int(s, 0) ? QUO_WAY_EXPOSURE : 0u;
        *differ |= (documents ? !same : sqlite3_column_int(s, 1) != 0) ? QUO_WAY_CONTROLS : 0u;
    }
    const enum quo_status status = quo_bookstore_told(w->c->book, code, w->c->faults);
    sqlite3_finalize(s);
    return status;
}

/* The policy's version of then, by its number. */
static enum quo_status old_policy(struct lookup *w, int64_t pk, struct quo_bookpolicy *then)
{
    sqlite3_stmt *s = w->policy;
    sqlite3_bind_int64(s, 1, pk);
    const int code = sqlite3_step(s);
    enum quo_status status = quo_bookstore_told(w->c->book, code, w->c->faults);
    if (status == QUO_OK && code != SQLITE_ROW)
        status = QUO_REFUSED;
    return status ? status : quo_bookload_policy(s, 0, w->c->load, w->c->ways.engine->catalogue, &w->scratch, then);
}

static enum quo_status then_of(void *context, const struct quo_bookpolicy *row, size_t i, struct quo_way_then *out, bool *found)
{
    struct lookup *w = context;
    sqlite3_stmt *quote = w->quote;
    sqlite3_reset(quote);
    sqlite3_reset(w->policy); /* what was handed out is copied by now */
    sqlite3_bind_int64(quote, 1, w->c->against);
    sqlite3_bind_text(quote, 2, row->id, -1, SQLITE_STATIC);
    const int code = sqlite3_step(quote);
    enum quo_status status = quo_bookstore_told(w->c->book, code, w->c->faults);
    *found = status == QUO_OK && code == SQLITE_ROW && sqlite3_column_type(quote, 1) != SQLITE_NULL;
    if (!*found)
        return status;
    const int64_t policy = sqlite3_column_int64(quote, 1), protocol = sqlite3_column_int64(quote, 2),
                  protocol_now = w->c->load->version[row->protocol].pk;
    out->before = sqlite3_column_double(quote, 0);
    if (policy != w->pk[i]) {
        out->differ |= QUO_WAY_TERMS;
        status = old_policy(w, policy, &out->policy);
    }
    if (status == QUO_OK && protocol != protocol_now)
        status = compare_protocols(w, protocol, protocol_now, &out->differ);
    if (status == QUO_OK && out->differ & (QUO_WAY_EXPOSURE | QUO_WAY_CONTROLS))
        status = old_protocol(w, protocol, &out->protocol);
    if (status == QUO_OK && out->protocol) /* what it catches from others is no change of its own */
        memcpy(out->protocol->contagion, w->c->load->protocols.protocol[row->protocol]->contagion,
               sizeof out->protocol->contagion);
    return status;
}

enum quo_status quo_bookchange_explain(const struct quo_bookchange *c, const struct quo_bookpolicy *row,
                                       const int64_t *pk, size_t n, struct quo_repriced *priced)
{
    struct lookup w = {.c = c, .pk = pk};
    char sql[1024];
    quo_text_print(sql, sizeof sql, "SELECT %s FROM policy p WHERE p.pk = ?1", quo_bookload_policy_columns);
    w.quote = quo_bookstore_prepare(c->book, then_sql, c->faults);
    w.policy = quo_bookstore_prepare(c->book, sql, c->faults);
    struct quo_changeways ways = c->ways;
    ways.protocols = &c->load->protocols;
    ways.then = then_of;
    ways.context = &w;
    const enum quo_status status =
        w.quote && w.policy ? quo_changeways_explain(&ways, row, n, priced) : QUO_MACHINE;
    sqlite3_finalize(w.quote);
    sqlite3_finalize(w.policy);
    quo_bookload_scratch_free(&w.scratch);
    for (size_t i = 0; i < w.n_owned; i++)
        quo_protocol_free(w.owned[i]);
    free(w.owned);
    free(w.owned_pk);
    return status;
}
