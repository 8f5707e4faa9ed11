#include "pricing/perilpayout.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "pricing/payoutlaw.h"

/* The index with the trigger's error, and without. The rule is kept beside them. */
struct index_pair {
    struct quo_indexlaw_rule rule;
    struct quo_indexlaw law[2];
    mtx_t lock; /* to ask a grid is to fold it: one thread at a time */
};

static void index_pair_free(struct index_pair *pair)
{
    if (!pair)
        return;
    quo_indexlaw_free(&pair->law[0]);
    quo_indexlaw_free(&pair->law[1]);
    mtx_destroy(&pair->lock);
    free(pair);
}

static enum quo_status pair_of(const struct quo_perilpayout_terms *t, const struct quo_curve *curve,
                               const struct quo_indexlaw *like, struct index_pair **out)
{
    struct index_pair *pair = calloc(1, sizeof *pair);
    if (pair && mtx_init(&pair->lock, mtx_plain) != thrd_success) {
        free(pair);
        pair = NULL;
    }
    enum quo_status status = pair ? QUO_OK : QUO_MACHINE;
    if (pair && t->error > 0.0 && t->error < QUO_INDEXGRID_ERROR_MIN)
        pair->rule = quo_indexlaw_rule(t->rule->n);
    else if (pair)
        pair->rule.n = t->rule->n; /* nobody looks at its nodes */
    for (int exact = 0; exact < 2 && status == QUO_OK; exact++)
        status = quo_indexlaw_new(curve, exact ? 0.0 : t->error, t->scale, &pair->rule, like, &pair->law[exact]);
    if (status) {
        index_pair_free(pair);
        pair = NULL;
    }
    *out = pair;
    return status;
}

static enum quo_status make_index(const struct quo_perilpayout_terms *t, const struct quo_losstable *table,
                                  enum quo_peril peril, const struct quo_indexlaw *like, struct index_pair **out)
{
    double one[QUO_PERILS] = {0.0};
    one[peril] = 1.0;
    struct quo_curve curve = {0};
    enum quo_status status = quo_curve_new(table, (quo_peril_set)1 << peril, one, &curve);
    *out = NULL;
    if (status == QUO_OK)
        status = pair_of(t, &curve, like, out);
    quo_curve_free(&curve);
    return status;
}

/* An index without error is the loss: the chances of its jumps are known, not read off a table. */
static void exact_jumps(const struct quo_loss *loss, double scale, struct quo_payoutlaw *law)
{
    for (size_t i = 0; i < law->n_pieces && law->index->error == 0.0; i++)
        if (law->piece[i].x1 <= law->piece[i].x0)
            law->jump[i] = quo_loss_Q_from(law->piece[i].x0 * scale, loss);
}

/* loss: NULL where the index is of no peril's loss. */
static enum quo_status make_payout(const struct quo_perilpayout_terms *t, const struct quo_loss *loss,
                                   const struct index_pair *pair, struct quo_perilpayout *out)
{
    enum quo_status status = QUO_OK;
    for (int exact = 0; exact < 2 && status == QUO_OK; exact++) {
        const struct quo_indexlaw *index = &pair->law[exact];
        struct quo_payoutlaw law;
        quo_payoutlaw_init(&law, index, exact ? t->piece_true : t->piece, exact ? t->n_pieces_true : t->n_pieces, &status);
        if (loss)
            exact_jumps(loss, t->scale, &law);
        quo_payoutlaw_lev(&t->limit, 1, exact ? &out->mean_true : &out->mean, &law);
        if (status == QUO_OK && !exact) {
            const size_t cells = (size_t)fmax(1.0, ceil(t->limit / t->step - 1e-9));
            out->pays = loss && index->error == 0.0 && law.n_pieces > 0
                            ? quo_loss_Q_from(law.piece[0].x0 * t->scale, loss)
                            : quo_payoutlaw_pays(&law);
            const enum quo_status made =
                quo_lattice_discretise(quo_payoutlaw_lev, &law, t->step * (double)cells, cells, &out->payout);
            status = status ? status : made;
        }
    }
    return status;
}

enum quo_status quo_perilpayout_of(const struct quo_perilpayout_terms *terms, const struct quo_curve *curve,
                                   struct quo_perilpayout *out)
{
    struct index_pair *pair;
    memset(out, 0, sizeof *out);
    enum quo_status status = pair_of(terms, curve, NULL, &pair);
    if (status == QUO_OK)
        status = make_payout(terms, NULL, pair, out);
    index_pair_free(pair);
    return status;
}

/* What an entry was made from, as numbers one after the other; and what was made. */
struct entry {
    double *key; /* key[n] */
    size_t n;
    uint64_t hash;
    bool is_table;
    struct quo_losstable table;
    struct index_pair *index;
    struct quo_perilpayout payout;
};

struct quo_payoutmemo {
    struct entry **entry; /* entry[n]: they stay where they are while the list grows */
    size_t n, room;
    size_t *slot; /* slot[slots]: 1 + place in entry; open addressing */
    size_t slots;
    size_t bytes;
    struct quo_indexlaw_rule rule[2]; /* a quote's and its half's */
    struct quo_normaltable normal;
    bool has_normal;
    const struct quo_indexlaw *like; /* the last index with an error; NULL: none */
    mtx_t lock;                       /* on all of the above; what is made is made outside it */
    bool shared;
    double *key;                      /* key[key_room]: the one being asked for */
    size_t n_key, key_room;
};

struct quo_payoutmemo *quo_payoutmemo_new(void)
{
    struct quo_payoutmemo *memo = calloc(1, sizeof *memo);
    if (memo && mtx_init(&memo->lock, mtx_plain) != thrd_success) {
        free(memo);
        memo = NULL;
    }
    return memo;
}

void quo_payoutmemo_share(struct quo_payoutmemo *memo) { memo->shared = true; }

static void entry_free(struct entry *entry)
{
    quo_losstable_free(&entry->table);
    index_pair_free(entry->index);
    quo_lattice_free(&entry->payout.payout);
    free(entry->key);
    free(entry);
}

static void forget(struct quo_payoutmemo *memo)
{
    for (size_t i = 0; i < memo->n; i++)
        entry_free(memo->entry[i]);
    memo->n = memo->bytes = 0;
    memo->like = NULL;
    if (memo->slots)
        memset(memo->slot, 0, memo->slots * sizeof *memo->slot);
}

void quo_payoutmemo_free(struct quo_payoutmemo *memo)
{
    if (!memo)
        return;
    forget(memo);
    mtx_destroy(&memo->lock);
    free(memo->entry);
    free(memo->slot);
    free(memo->key);
    free(memo);
}

const struct quo_indexlaw_rule *quo_payoutmemo_rule(struct quo_payoutmemo *memo, int nodes)
{
    mtx_lock(&memo->lock);
    struct quo_indexlaw_rule *rule = memo->rule[0].n == nodes || memo->rule[0].n == 0 ? &memo->rule[0] : &memo->rule[1];
    rule->n = nodes;
    mtx_unlock(&memo->lock);
    return rule;
}

const struct quo_normaltable *quo_payoutmemo_normal(struct quo_payoutmemo *memo)
{
    mtx_lock(&memo->lock);
    if (!memo->has_normal)
        quo_normaltable_init(&memo->normal);
    memo->has_normal = true;
    mtx_unlock(&memo->lock);
    return &memo->normal;
}

void quo_payoutmemo_sweep(struct quo_payoutmemo *memo, size_t most)
{
    if (!memo->shared && memo->bytes > most)
        forget(memo);
}

size_t quo_payoutmemo_bytes(const struct quo_payoutmemo *memo) { return memo->bytes; }

static void put(struct quo_payoutmemo *memo, double x)
{
    if (memo->n_key < memo->key_room)
        memo->key[memo->n_key] = x;
    memo->n_key++;
}

static void put_loss(struct quo_payoutmemo *memo, const struct quo_loss *loss)
{
    const struct quo_severity *s = &loss->severity;
    put(memo, s->family);
    put(memo, s->weight);
    put(memo, s->threshold);
    for (int k = 0; k < quo_severity_laws(s); k++) {
        put(memo, s->share[k]);
        put(memo, s->law[k].family);
        for (int i = 0; i < QUO_LAW_MAX; i++)
            put(memo, s->law[k].par[i]);
    }
    put(memo, loss->floor);
    put(memo, loss->log_scale);
    put(memo, loss->power);
    put(memo, loss->cap);
    put(memo, loss->n_caps);
    for (int i = 0; i < loss->n_caps; i++) {
        const struct quo_loss_cap *c = &loss->limit[i];
        const double all[] = {c->share, c->per_hour, c->burst,        c->hard,      c->meanlog,
                              c->sdlog, c->p_auto,   c->auto_meanlog, c->auto_sdlog};
        for (size_t j = 0; j < sizeof all / sizeof *all; j++)
            put(memo, all[j]);
    }
}

static void put_pieces(struct quo_payoutmemo *memo, const struct quo_payment_piece *piece, size_t n)
{
    put(memo, (double)n);
    for (size_t i = 0; i < n; i++) {
        put(memo, piece[i].x0);
        put(memo, piece[i].x1);
        put(memo, piece[i].y0);
        put(memo, piece[i].y1);
    }
}

static void put_terms(struct quo_payoutmemo *memo, enum quo_peril peril, const struct quo_perilpayout_terms *t)
{
    put(memo, 1.0);
    put(memo, peril);
    put(memo, (double)t->table_nodes);
    put(memo, t->rule->n);
    put(memo, t->error);
    put(memo, t->scale);
    put(memo, t->limit);
    put(memo, t->step);
    put_pieces(memo, t->piece, t->n_pieces);
    put_pieces(memo, t->piece_true, t->n_pieces_true);
    put_loss(memo, t->loss);
}

static void put_table(struct quo_payoutmemo *memo, const struct quo_hazard *hazard, size_t nodes)
{
    put(memo, 0.0);
    put(memo, hazard->peril);
    put(memo, (double)nodes);
    put_loss(memo, &hazard->loss);
}

static void put_index(struct quo_payoutmemo *memo, enum quo_peril peril, const struct quo_perilpayout_terms *t)
{
    put(memo, 2.0);
    put(memo, peril);
    put(memo, (double)t->table_nodes);
    put(memo, t->rule->n);
    put(memo, t->error);
    put(memo, t->scale);
    put_loss(memo, t->loss);
}

static uint64_t hash_of(const double *key, size_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u ^ n;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &key[i], sizeof bits);
        h = (h ^ bits) * 0xBF58476D1CE4E5B9u; /* splitmix64's multiplier */
        h ^= h >> 31;
    }
    return h;
}

/* Room for the key that was counted; false where memory runs out. */
static bool room_for_key(struct quo_payoutmemo *memo)
{
    const size_t wanted = memo->n_key;
    memo->n_key = 0;
    if (wanted <= memo->key_room)
        return true;
    double *grown = realloc(memo->key, wanted * sizeof *grown);
    if (!grown)
        return false;
    memo->key = grown;
    memo->key_room = wanted;
    return true;
}

static size_t *find(const struct quo_payoutmemo *memo, const double *key, size_t n, uint64_t hash)
{
    for (size_t i = (size_t)hash;; i++) {
        size_t *slot = &memo->slot[i & (memo->slots - 1)];
        const struct entry *entry = *slot ? memo->entry[*slot - 1] : NULL;
        if (!entry || (entry->hash == hash && entry->n == n && memcmp(entry->key, key, n * sizeof *key) == 0))
            return slot;
    }
}

static bool grow(struct quo_payoutmemo *memo)
{
    if (memo->n == memo->room) {
        const size_t room = memo->room ? 2 * memo->room : 64;
        struct entry **entry = realloc(memo->entry, room * sizeof(struct entry *));
        if (!entry)
            return false;
        memo->entry = entry;
        memo->room = room;
    }
    if (2 * (memo->n + 1) <= memo->slots)
        return true;
    const size_t slots = memo->slots ? 2 * memo->slots : 128;
    size_t *slot = calloc(slots, sizeof *slot);
    if (!slot)
        return false;
    free(memo->slot);
    memo->slot = slot;
    memo->slots = slots;
    for (size_t i = 0; i < memo->n; i++) {
        size_t at = (size_t)memo->entry[i]->hash;
        while (slot[at & (slots - 1)])
            at++;
        slot[at & (slots - 1)] = i + 1;
    }
    return true;
}

/* What the memory is asked for. */
struct question {
    const struct quo_hazard *hazard; /* a table of it; else NULL */
    size_t nodes;
    const struct quo_perilpayout_terms *terms;
    enum quo_peril peril;
    bool index; /* not the payout but the index alone */
};

static void put_question(struct quo_payoutmemo *memo, const struct question *q)
{
    memo->n_key = 0;
    if (q->hazard)
        put_table(memo, q->hazard, q->nodes);
    else if (q->index)
        put_index(memo, q->peril, q->terms);
    else
        put_terms(memo, q->peril, q->terms);
}

static struct entry *new_entry(const double *of, size_t n, uint64_t hash)
{
    struct entry *entry = calloc(1, sizeof *entry);
    double *key = malloc((n + 1) * sizeof *key);
    if (!entry || !key) {
        free(entry);
        free(key);
        return NULL;
    }
    memcpy(key, of, n * sizeof *key);
    entry->key = key;
    entry->n = n;
    entry->hash = hash;
    return entry;
}

/* The entry, or an empty one with *fresh set, which is not in the memory yet; NULL without memory. */
static struct entry *ask(struct quo_payoutmemo *memo, const struct question *q, bool *fresh)
{
    struct entry *entry = NULL;
    *fresh = false;
    mtx_lock(&memo->lock);
    put_question(memo, q);
    if (room_for_key(memo) && grow(memo)) {
        put_question(memo, q);
        const uint64_t hash = hash_of(memo->key, memo->n_key);
        const size_t slot = *find(memo, memo->key, memo->n_key, hash);
        *fresh = slot == 0;
        entry = slot ? memo->entry[slot - 1] : new_entry(memo->key, memo->n_key, hash);
    }
    mtx_unlock(&memo->lock);
    return entry;
}

/* What was made goes into the memory, but where it could not be made, or another thread was faster: that one's then; NULL without memory. */
static struct entry *keep(struct quo_payoutmemo *memo, struct entry *entry, enum quo_status *status)
{
    struct entry *kept = NULL;
    mtx_lock(&memo->lock);
    if (*status == QUO_OK && !grow(memo))
        *status = QUO_MACHINE;
    if (*status == QUO_OK) {
        size_t *slot = find(memo, entry->key, entry->n, entry->hash);
        if (*slot == 0) {
            const size_t index = entry->index ? entry->index->law[0].grid.n * 3 + entry->index->law[0].smooth.n * 10 : 0;
            memo->entry[memo->n++] = entry;
            *slot = memo->n;
            memo->bytes += sizeof *entry + (entry->n + 4 * entry->table.n + index + entry->payout.payout.n) * sizeof(double);
            if (entry->index && entry->index->law[0].grid.n)
                memo->like = &entry->index->law[0];
        }
        kept = memo->entry[*slot - 1];
    }
    mtx_unlock(&memo->lock);
    if (kept != entry)
        entry_free(entry);
    return kept;
}

enum quo_status quo_payoutmemo_table(struct quo_payoutmemo *memo, const struct quo_hazard *hazard, size_t nodes,
                                     const struct quo_losstable **out)
{
    const struct question q = {.hazard = hazard, .nodes = nodes};
    bool fresh;
    enum quo_status status = QUO_OK;
    struct entry *entry = ask(memo, &q, &fresh);
    if (fresh && entry) {
        status = quo_losstable_new(hazard - hazard->peril, (quo_peril_set)1 << hazard->peril, nodes, &entry->table);
        entry = keep(memo, entry, &status);
    }
    *out = entry ? &entry->table : NULL;
    return entry ? QUO_OK : status ? status : QUO_MACHINE;
}

/* The index of this loss, made once for all covers that read it with one error. */
static enum quo_status find_index(struct quo_payoutmemo *memo, const struct quo_perilpayout_terms *terms,
                                  const struct quo_losstable *table, enum quo_peril peril, struct index_pair **out)
{
    const struct question q = {.terms = terms, .peril = peril, .index = true};
    bool fresh;
    enum quo_status status = QUO_OK;
    struct entry *entry = ask(memo, &q, &fresh);
    if (fresh && entry) {
        mtx_lock(&memo->lock);
        const struct quo_indexlaw *like = memo->like;
        mtx_unlock(&memo->lock);
        status = make_index(terms, table, peril, like, &entry->index);
        entry = keep(memo, entry, &status);
    }
    *out = entry ? entry->index : NULL;
    return entry ? QUO_OK : status ? status : QUO_MACHINE;
}

enum quo_status quo_payoutmemo_payout(struct quo_payoutmemo *memo, const struct quo_perilpayout_terms *terms,
                                      const struct quo_losstable *table, enum quo_peril peril,
                                      const struct quo_perilpayout **out)
{
    const struct question q = {.terms = terms, .peril = peril};
    bool fresh;
    enum quo_status status = QUO_OK;
    struct entry *entry = ask(memo, &q, &fresh);
    if (fresh && entry) {
        struct index_pair *index;
        status = find_index(memo, terms, table, peril, &index);
        if (status == QUO_OK) {
            mtx_lock(&index->lock);
            status = make_payout(terms, terms->loss, index, &entry->payout);
            mtx_unlock(&index->lock);
        }
        entry = keep(memo, entry, &status);
    }
    *out = entry ? &entry->payout : NULL;
    return entry ? QUO_OK : status ? status : QUO_MACHINE;
}
