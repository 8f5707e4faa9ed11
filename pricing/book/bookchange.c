#include "pricing/book/bookchange.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookterms.h"
#include "pricing/version.h"
#include "risk/base/text.h"

/* The inputs that are laid out by Shapley's value; a set of them is a place in `price`. */
enum { EXPOSURE = 1, TERMS = 2, CONTROLS = 4, SETS = 8 };

/* One policy's way from then to now. */
struct way {
    size_t place;       /* among the rows */
    double before;      /* the premium then */
    unsigned differ;    /* inputs that differ */
    int64_t policy_pk, protocol_pk; /* the versions then */
    size_t job[SETS], old_pricing;  /* places among the jobs + 1; 0: not priced */
};

struct work {
    const struct quo_bookchange *c;
    struct way *way;
    size_t n_ways;
    struct quo_bookrows jobs;
    struct quo_bookprotocols mixed; /* protocols of the jobs: some old, some partly old; not found by id */
    struct quo_protocol **owned;    /* whole old ones, owned; by n_owned */
    int64_t *owned_pk;
    size_t n_owned;
    bool *shell; /* shell[mixed.n]: only the struct itself is owned */
};

static bool push(struct work *w, struct quo_protocol *p, bool shell)
{
    struct quo_protocol **grown = realloc(w->mixed.protocol, (w->mixed.n + 1) * sizeof *grown);
    w->mixed.protocol = grown ? grown : w->mixed.protocol;
    bool *shells = grown ? realloc(w->shell, (w->mixed.n + 1) * sizeof *shells) : NULL;
    w->shell = shells ? shells : w->shell;
    if (!shells)
        return false;
    w->mixed.protocol[w->mixed.n] = p;
    w->shell[w->mixed.n++] = shell;
    return true;
}

static void close_work(struct work *w)
{
    for (size_t i = 0; i < w->mixed.n; i++)
        free(w->shell[i] ? w->mixed.protocol[i] : NULL);
    for (size_t i = 0; i < w->n_owned; i++)
        quo_protocol_free(w->owned[i]);
    free(w->mixed.protocol);
    free(w->shell);
    free(w->owned);
    free(w->owned_pk);
    free(w->way);
    quo_bookrows_free(&w->jobs);
}

/* The protocol's version of then; kept for the batch. Policies of one protocol stand near each other seldom, so all are looked through. */
static enum quo_status old_protocol(struct work *w, int64_t pk, struct quo_protocol **out)
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
    const enum quo_status status = quo_bookload_protocol(w->c->book, w->c->engine->catalogue, pk, out, w->c->faults);
    if (status == QUO_OK) {
        w->owned[w->n_owned] = *out;
        w->owned_pk[w->n_owned++] = pk;
    }
    return status;
}

/* The place in `mixed` of the protocol with exposure and controls of now where the set holds them, else of then. */
static enum quo_status mix(struct work *w, const struct way *way, unsigned now, long protocol, long *place)
{
    struct quo_protocol *new = w->c->load->protocols.protocol[protocol], *old = new, *shell = NULL;
    enum quo_status status = QUO_OK;
    if (way->differ & (EXPOSURE | CONTROLS))
        status = old_protocol(w, way->protocol_pk, &old);
    if (status)
        return status;
    memmove(old->contagion, new->contagion, sizeof old->contagion); /* what it catches from others is no change of its own */
    struct quo_protocol *controls = now & CONTROLS ? new : old, *exposure = now & EXPOSURE ? new : old;
    if (controls != exposure) {
        shell = malloc(sizeof *shell);
        if (!shell)
            return QUO_MACHINE;
        *shell = *controls;
        shell->exposure_usd = exposure->exposure_usd;
    }
    struct quo_protocol *p = shell ? shell : controls;
    *place = (long)w->mixed.n;
    /* Jobs of one protocol stand one after the other: the last is often the one again. */
    if (!shell && w->mixed.n && w->mixed.protocol[w->mixed.n - 1] == p) {
        *place = (long)w->mixed.n - 1;
        return QUO_OK;
    }
    if (push(w, p, shell != NULL))
        return QUO_OK;
    free(shell);
    return QUO_MACHINE;
}

/* One price more to be made: inputs of now where the set holds them, of then elsewhere. *job: its place + 1. */
static enum quo_status add_job(struct work *w, const struct way *way, unsigned now, const struct quo_terms *terms,
                               const struct quo_bookpolicy *row, const struct quo_bookpolicy *then, size_t *job)
{
    struct quo_bookpolicy one = now & TERMS ? *row : *then;
    one.terms = terms;
    enum quo_status status = mix(w, way, now, row->protocol, &one.protocol);
    if (status == QUO_OK)
        status = quo_bookrows_add(&w->jobs, &one);
    *job = w->jobs.n;
    return status;
}

/* All prices between then and now that are not known: those of the sets of differing inputs, none left out but the whole one, which is the
 * price of now, and the empty one where model and rate are as they were, which is the price of then. */
static enum quo_status add_jobs(struct work *w, struct way *way, const struct quo_bookpolicy *row,
                                const struct quo_bookpolicy *then)
{
    const struct quo_bookchange *c = w->c;
    enum quo_status status = QUO_OK;
    for (unsigned set = 0; set < SETS && status == QUO_OK; set++) {
        const bool subset = (set & ~way->differ) == 0, whole = set == way->differ;
        if (!subset || whole || (set == 0 && !c->model && !c->rate))
            continue;
        status = add_job(w, way, set, c->terms, row, then, &way->job[set]);
    }
    if (status == QUO_OK && c->model && c->pricing)
        status = add_job(w, way, 0, &c->terms_then, row, then, &way->old_pricing);
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
        c->model = sqlite3_column_int(s, 0);
        c->pricing = sqlite3_column_int(s, 2);
        c->rate = c->pricing || sqlite3_column_int(s, 1);
        status = quo_bookterms_read_options((const char *)sqlite3_column_text(s, 3), &c->terms_then);
    }
    sqlite3_finalize(s);
    return status;
}

static const char then_sql[] =
    "SELECT q.gross_premium, q.policy, q.protocol FROM quote q WHERE q.run = ?1 AND q.policy_id = ?2 AND q.status = 'priced'";

/* Which of exposure and controls differ between two versions of a protocol. */
static enum quo_status compare_protocols(struct work *w, int64_t then, int64_t now, unsigned *differ)
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
        *differ |= sqlite3_column_int(s, 0) ? EXPOSURE : 0u;
        *differ |= (documents ? !same : sqlite3_column_int(s, 1) != 0) ? CONTROLS : 0u;
    }
    const enum quo_status status = quo_bookstore_told(w->c->book, code, w->c->faults);
    sqlite3_finalize(s);
    return status;
}

/* The policy's version of then, by its number. */
static enum quo_status old_policy(struct work *w, sqlite3_stmt *s, int64_t pk, struct quo_bookload_scratch *scratch,
                                  struct quo_bookpolicy *then)
{
    sqlite3_bind_int64(s, 1, pk);
    const int code = sqlite3_step(s);
    enum quo_status status = quo_bookstore_told(w->c->book, code, w->c->faults);
    if (status == QUO_OK && code != SQLITE_ROW)
        status = QUO_REFUSED;
    return status ? status : quo_bookload_policy(s, 0, w->c->load, w->c->engine->catalogue, scratch, then);
}

/* Row i's way, and the prices on it that are missing. */
static enum quo_status begin_way(struct work *w, sqlite3_stmt *quote, sqlite3_stmt *policy,
                                 struct quo_bookload_scratch *scratch, const struct quo_bookpolicy *row, int64_t pk,
                                 size_t i)
{
    sqlite3_bind_int64(quote, 1, w->c->against);
    sqlite3_bind_text(quote, 2, row->id, -1, SQLITE_STATIC);
    const int code = sqlite3_step(quote);
    enum quo_status status = quo_bookstore_told(w->c->book, code, w->c->faults);
    if (status == QUO_OK && code == SQLITE_ROW && sqlite3_column_type(quote, 1) != SQLITE_NULL) {
        struct way *way = &w->way[w->n_ways++];
        struct quo_bookpolicy then = *row;
        const int64_t protocol = w->c->load->version[row->protocol].pk;
        *way = (struct way){.place = i,
                            .before = sqlite3_column_double(quote, 0),
                            .policy_pk = sqlite3_column_int64(quote, 1),
                            .protocol_pk = sqlite3_column_int64(quote, 2)};
        if (way->policy_pk != pk) {
            way->differ |= TERMS;
            status = old_policy(w, policy, way->policy_pk, scratch, &then);
        }
        if (status == QUO_OK && way->protocol_pk != protocol)
            status = compare_protocols(w, way->protocol_pk, protocol, &way->differ);
        if (status == QUO_OK)
            status = add_jobs(w, way, row, &then);
        sqlite3_reset(policy);
    }
    sqlite3_reset(quote);
    return status;
}

/* Shapley's value of each differing input, over the prices of the sets. n! / (|S|! (n - |S| - 1)!) ways have S before the input. */
static void shapley(const double *price, unsigned differ, double why[QUO_CHANGES])
{
    static const double ways[4] = {1.0, 1.0, 2.0, 6.0};
    static const unsigned input[] = {EXPOSURE, TERMS, CONTROLS};
    static const enum quo_change name[] = {QUO_CHANGE_EXPOSURE, QUO_CHANGE_TERMS, QUO_CHANGE_CONTROLS};
    const int n = __builtin_popcount(differ);
    for (int k = 0; k < 3; k++)
        for (unsigned set = 0; set < SETS && differ & input[k]; set++) {
            const int size = __builtin_popcount(set);
            if (!(set & ~differ) && !(set & input[k]))
                why[name[k]] += ways[size] * ways[n - size - 1] / ways[n] * (price[set | input[k]] - price[set]);
        }
}

/* False where a price between the two cannot be made: all of the change is then the model's or the rate's. */
static bool lay_out(const struct work *w, const struct way *way, const struct quo_repriced *between,
                    struct quo_bookresult *result)
{
    double price[SETS] = {way->before};
    for (unsigned set = 0; set < SETS; set++)
        if (way->job[set]) {
            if (between[way->job[set] - 1].result.status)
                return false;
            price[set] = between[way->job[set] - 1].result.gross_premium;
        }
    price[way->differ] = result->gross_premium; /* where nothing differs: the empty set */
    shapley(price, way->differ, result->why);
    const double level = price[0] - way->before;
    double rate = w->c->model ? 0.0 : level;
    if (way->old_pricing) {
        if (between[way->old_pricing - 1].result.status)
            return false;
        rate = price[0] - between[way->old_pricing - 1].result.gross_premium;
    }
    result->why[QUO_CHANGE_RATE] = rate;
    result->why[QUO_CHANGE_MODEL] = level - rate;
    return true;
}

static bool refer(const struct quo_bookchange *c, struct quo_repriced *p)
{
    struct quo_reasons reasons = {0};
    const double movement = p->result.gross_premium / p->result.before - 1.0;
    char *joined = NULL;
    bool good = true;
    if (quo_authority_refers_movement(c->engine->authority, movement, &reasons) && reasons.n) {
        good = asprintf(&joined, "%s%s%s", p->reasons ? p->reasons : "", p->reasons ? "; " : "", reasons.text[0]) >= 0;
        if (good) {
            free(p->reasons);
            p->reasons = joined;
        }
        if (p->result.decision < QUO_DECISION_REFER)
            p->result.decision = QUO_DECISION_REFER;
    }
    good = good && !reasons.lost;
    quo_reasons_free(&reasons);
    return good;
}

enum quo_status quo_bookchange_explain(const struct quo_bookchange *c, const struct quo_bookpolicy *row,
                                       const int64_t *pk, size_t n, struct quo_repriced *priced)
{
    struct work w = {.c = c, .way = malloc((n + 1) * sizeof *w.way)};
    struct quo_bookload_scratch scratch = {.document = {0}};
    char sql[1024];
    quo_text_print(sql, sizeof sql, "SELECT %s FROM policy p WHERE p.pk = ?1", quo_bookload_policy_columns);
    sqlite3_stmt *quote = quo_bookstore_prepare(c->book, then_sql, c->faults),
                 *policy = quo_bookstore_prepare(c->book, sql, c->faults);
    enum quo_status status = quote && policy && w.way ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        priced[i].result.before = NAN;
        memset(priced[i].result.why, 0, sizeof priced[i].result.why);
        if (priced[i].result.status == QUO_OK)
            status = begin_way(&w, quote, policy, &scratch, &row[i], pk[i], i);
    }
    struct quo_repriced *between = calloc(w.jobs.n + 1, sizeof *between);
    const struct quo_reprice_options how = {.jobs = c->jobs};
    if (status == QUO_OK)
        status = between ? quo_reprice_rows(c->engine, &w.mixed, w.jobs.row, w.jobs.n, &how, between) : QUO_MACHINE;
    for (size_t i = 0; i < w.n_ways && status == QUO_OK; i++) {
        struct quo_bookresult *result = &priced[w.way[i].place].result;
        result->before = w.way[i].before;
        if (!lay_out(&w, &w.way[i], between, result)) {
            memset(result->why, 0, sizeof result->why);
            result->why[c->model ? QUO_CHANGE_MODEL : QUO_CHANGE_RATE] = result->gross_premium - result->before;
        }
        if (!refer(c, &priced[w.way[i].place]))
            status = QUO_MACHINE;
    }
    if (between)
        quo_repriced_free(between, w.jobs.n);
    free(between);
    sqlite3_finalize(quote);
    sqlite3_finalize(policy);
    quo_bookload_scratch_free(&scratch);
    close_work(&w);
    return status;
}
