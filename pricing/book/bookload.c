#include "pricing/book/bookload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookcell.h"
#include "pricing/book/bookconfigtext.h"
#include "risk/base/text.h"

#define POLICY_COLUMNS                                                                                                 \
    "p.policy_id, p.protocol_id, p.perils, p.idx, p.shape, p.attach, p.exhaust, p.steps, p.event_limit,"               \
    " p.annual_limit, p.waiting_hours, p.inception, p.term_days, p.expiring_premium, p.document"
#define PROTOCOL_COLUMNS                                                                                               \
    "r.protocol_id, r.name, r.exposure_usd, r.chain, r.bridge, r.answers, r.vendors, r.threshold, r.signers, r.document"

const char quo_bookload_policy_columns[] = POLICY_COLUMNS, quo_bookload_protocol_columns[] = PROTOCOL_COLUMNS;
const char quo_bookload_policies_sql[] =
    "SELECT p.pk, " POLICY_COLUMNS " FROM policy p WHERE p.pk > ?1 AND NOT EXISTS (SELECT 1 FROM policy q WHERE"
    " q.policy_id = p.policy_id AND q.version > p.version) ORDER BY p.pk";

void quo_bookload_digest(sqlite3_stmt *statement, int first, int n, unsigned char out[QUO_BOOKDIGEST_SIZE])
{
    struct quo_bookdigest digest;
    quo_bookdigest_begin(&digest);
    quo_bookdigest_columns(&digest, statement, first, n);
    quo_bookdigest_end(&digest, out);
}

static char *column_copy(sqlite3_stmt *s, int c)
{
    return quo_text_copy((const char *)sqlite3_column_text(s, c)); /* NULL stays NULL */
}

/* Answers as the import wrote them; a control that the catalogue no longer has is left out. */
static bool read_answers(const char *text, const struct quo_catalogue *catalogue, struct quo_protocol *p)
{
    char hint[QUO_BOOKCELL_HINT], id[64], cell[8];
    p->answer = calloc(catalogue->n_controls + 1, sizeof *p->answer);
    for (const char *at = text; p->answer && *at;) {
        const size_t name = strcspn(at, "="), whole = strcspn(at, ";");
        struct quo_answer a = {.coverage = NAN, .reliability = NAN, .age_months = -1};
        if (name < whole && name < sizeof id && whole - name - 1 < sizeof cell) {
            quo_text_print(id, sizeof id, "%.*s", (int)name, at);
            quo_text_print(cell, sizeof cell, "%.*s", (int)(whole - name - 1), at + name + 1);
            a.control = quo_catalogue_control(catalogue, id);
            if (a.control >= 0 && p->n_answers < catalogue->n_controls &&
                quo_bookcell_answer(cell, &a.level, &a.evidence, hint))
                p->answer[p->n_answers++] = a;
        }
        at += whole + (at[whole] == ';');
    }
    return p->answer != NULL;
}

/* From its libconfig group, as it was written. */
static struct quo_protocol *read_document(const char *document, const struct quo_catalogue *catalogue)
{
    struct quo_config *config = NULL;
    struct quo_protocol *out = NULL;
    struct quo_faults faults; /* it was read before: a fault means another catalogue */
    char *text = NULL;
    quo_faults_init(&faults);
    const int n = asprintf(&text, "protocol = %s;\n", document);
    if (n >= 0 && quo_config_open_text(text, (size_t)n, "book", &config, &faults) == QUO_OK)
        quo_protocol_read(quo_setting_group(quo_config_root(config), "protocol", true), catalogue, &out, &faults);
    quo_config_close(config);
    quo_faults_free(&faults);
    free(n < 0 ? NULL : text);
    return out;
}

static struct quo_protocol *read_columns(sqlite3_stmt *s, int at, const struct quo_catalogue *catalogue)
{
    char hint[QUO_BOOKCELL_HINT];
    bool no_memory = false;
    struct quo_protocol *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->hot_share = p->capture_cost_usd = p->extractable_usd = p->borrow_cost_usd = p->bribe_cost_usd = NAN;
    p->exit_liquidity_usd = INFINITY;
    p->id = column_copy(s, at);
    p->name = column_copy(s, at + 1);
    p->exposure_usd = sqlite3_column_double(s, at + 2);
    p->chain = column_copy(s, at + 3);
    p->bridge = sqlite3_column_int(s, at + 4);
    const char *vendors = (const char *)sqlite3_column_text(s, at + 6),
               *signers = (const char *)sqlite3_column_text(s, at + 8);
    bool good = p->id && read_answers((const char *)sqlite3_column_text(s, at + 5), catalogue, p);
    good = good && (!vendors[0] || quo_bookcell_vendors(vendors, p, hint, &no_memory));
    good = good && (!signers[0] || quo_bookcell_signers(signers, catalogue, p, hint, &no_memory));
    if (good && p->n_signer_sets) {
        p->signer_set[0].threshold = sqlite3_column_int(s, at + 7);
        p->signer_set[0].powers = quo_bookprotocols_powers(p->bridge);
    }
    if (good)
        return p;
    quo_protocol_free(p);
    return NULL;
}

/* The protocol in the columns from `at` on. */
static enum quo_status read_protocol(const struct quo_bookstore *book, sqlite3_stmt *s, int at,
                                     const struct quo_catalogue *catalogue, struct quo_protocol **out,
                                     struct quo_faults *faults)
{
    const char *document = (const char *)sqlite3_column_text(s, at + 9);
    *out = document ? read_document(document, catalogue) : read_columns(s, at, catalogue);
    if (*out)
        return QUO_OK;
    return quo_faults_add(faults, QUO_REFUSED, book->path, 0, "the catalogue that it was imported with",
                          "protocol '%s' does not fit this catalogue", (const char *)sqlite3_column_text(s, at));
}

enum quo_status quo_bookload_protocols(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                       struct quo_bookload *out, struct quo_faults *faults)
{
    *out = (struct quo_bookload){.version = NULL};
    quo_bookprotocols_init(&out->protocols);
    sqlite3_stmt *s = quo_bookstore_prepare(
        book,
        "SELECT r.pk, " PROTOCOL_COLUMNS ", max(r.version) FROM protocol r GROUP BY r.protocol_id ORDER BY r.protocol_id",
        faults);
    int code = SQLITE_DONE;
    enum quo_status status = s ? QUO_OK : QUO_MACHINE;
    while (status == QUO_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        struct quo_protocol *p = NULL;
        struct quo_bookload_version v = {.pk = sqlite3_column_int64(s, 0)};
        struct quo_bookload_version *grown = realloc(out->version, (out->protocols.n + 1) * sizeof *grown);
        out->version = grown ? grown : out->version;
        status = grown ? read_protocol(book, s, 1, catalogue, &p, faults) : QUO_MACHINE;
        if (status)
            break;
        quo_bookload_digest(s, 1, QUO_BOOKLOAD_PROTOCOL_COLUMNS, v.digest);
        v.document = column_copy(s, 10);
        grown[out->protocols.n] = v;
        status = quo_bookprotocols_add(&out->protocols, p);
        if (status) {
            quo_protocol_free(p);
            free(v.document);
        }
    }
    if (status == QUO_OK)
        status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(s);
    if (status)
        quo_bookload_free(out);
    return status;
}

void quo_bookload_free(struct quo_bookload *load)
{
    for (size_t i = 0; load->version && i < load->protocols.n; i++)
        free(load->version[i].document);
    free(load->version);
    load->version = NULL;
    quo_bookprotocols_free(&load->protocols);
}

enum quo_status quo_bookload_protocol(const struct quo_bookstore *book, const struct quo_catalogue *catalogue,
                                      int64_t pk, struct quo_protocol **out, struct quo_faults *faults)
{
    *out = NULL;
    sqlite3_stmt *s = quo_bookstore_prepare(book, "SELECT " PROTOCOL_COLUMNS " FROM protocol r WHERE r.pk = ?", faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, pk);
    const int code = sqlite3_step(s);
    enum quo_status status = quo_bookstore_told(book, code, faults);
    if (status == QUO_OK && code != SQLITE_ROW)
        status = quo_faults_add(faults, QUO_REFUSED, book->path, 0, "restore it from a copy",
                                "a quote names a protocol that is not there");
    if (status == QUO_OK)
        status = read_protocol(book, s, 0, catalogue, out, faults);
    sqlite3_finalize(s);
    return status;
}

static double real_or(sqlite3_stmt *s, int c, double otherwise)
{
    return sqlite3_column_type(s, c) == SQLITE_NULL ? otherwise : sqlite3_column_double(s, c);
}

void quo_bookload_scratch_free(struct quo_bookload_scratch *scratch) { quo_booktext_free(&scratch->document); }

/* The whole policy: its group, as it was written, and its protocol's, which may have been written by a table. */
static enum quo_status whole_document(const char *policy, const struct quo_bookload *load, long at,
                                      const struct quo_catalogue *catalogue, struct quo_booktext *to)
{
    const size_t n = strlen(policy);
    to->n = 0;
    quo_booktext_add(to, "policy = ", 9);
    quo_booktext_add(to, policy, n ? n - 1 : 0); /* without its closing brace */
    quo_booktext_add(to, "  protocol = ", 13);
    if (load->version[at].document)
        quo_booktext_add(to, load->version[at].document, strlen(load->version[at].document));
    else
        quo_bookconfigtext_protocol(load->protocols.protocol[at], catalogue, to);
    quo_booktext_add(to, ";\n};\n", sizeof ";\n};\n");
    return to->failed ? QUO_MACHINE : QUO_OK;
}

enum quo_status quo_bookload_policy(sqlite3_stmt *s, int first, const struct quo_bookload *load,
                                    const struct quo_catalogue *catalogue, struct quo_bookload_scratch *scratch,
                                    struct quo_bookpolicy *row)
{
    char hint[QUO_BOOKCELL_HINT];
    *row = (struct quo_bookpolicy){.id = (const char *)sqlite3_column_text(s, first),
                                   .protocol_id = (const char *)sqlite3_column_text(s, first + 1),
                                   .perils = (quo_peril_set)sqlite3_column_int(s, first + 2),
                                   .index = (enum quo_index)sqlite3_column_int(s, first + 3),
                                   .shape = (enum quo_payout_shape)sqlite3_column_int(s, first + 4),
                                   .attach = real_or(s, first + 5, NAN),
                                   .exhaust = real_or(s, first + 6, NAN),
                                   .step = scratch->step,
                                   .event_limit = sqlite3_column_double(s, first + 8),
                                   .annual_limit = real_or(s, first + 9, INFINITY),
                                   .waiting_hours = sqlite3_column_double(s, first + 10),
                                   .inception = sqlite3_column_int(s, first + 11),
                                   .term_days = sqlite3_column_int(s, first + 12),
                                   .expiring_premium = real_or(s, first + 13, NAN),
                                   .protocol = -1};
    const char *steps = (const char *)sqlite3_column_text(s, first + 7),
               *document = (const char *)sqlite3_column_text(s, first + 14);
    if (steps[0] && !quo_bookcell_steps(steps, scratch->step, &row->n_steps, hint))
        return QUO_REFUSED;
    if (!load)
        return QUO_OK;
    row->protocol = quo_bookprotocols_find(&load->protocols, row->protocol_id);
    if (row->protocol < 0)
        return QUO_REFUSED;
    if (!document)
        return QUO_OK;
    const enum quo_status status = whole_document(document, load, row->protocol, catalogue, &scratch->document);
    row->document = scratch->document.text;
    return status;
}

/* Past the line of the exposure: a document has each of its settings on a line of its own, two blanks in. */
static const char *past_exposure(const char *at)
{
    static const char line[] = "  exposure_usd = ";
    const bool here = strncmp(at, line, sizeof line - 1) == 0;
    return here ? at + strcspn(at, "\n") : at;
}

bool quo_bookload_same_but_exposure(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
        if (a[-1] == '\n') {
            a = past_exposure(a);
            b = past_exposure(b);
        }
    }
    return *a == *b;
}
