#include "pricing/payoutmemo.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

/* What an entry was made from, as numbers one after the other; and what was made. */
struct entry {
    double *key; /* key[n] */
    size_t n;
    uint64_t hash;
    struct quo_losstable table;
    struct quo_perilindex *index;
    struct quo_perilpayout payout;
    struct quo_clausefactor_left left;
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
    quo_perilpayout_index_free(entry->index);
    quo_lattice_free(&entry->payout.payout);
    quo_lattice_free(&entry->left.payout);
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

void quo_payoutmemo_clear(struct quo_payoutmemo *memo)
{
    forget(memo);
    memo->rule[0].n = memo->rule[1].n = 0;
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
    if (rule->n != nodes) /* others may be reading it */
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

static void put_outflow(struct quo_payoutmemo *memo, const struct quo_outflow *o)
{
    put(memo, o->n_caps);
    put(memo, o->n_lanes);
    for (int k = 0; k < o->n_caps; k++) {
        put(memo, o->cap[k].per_hour);
        put(memo, o->cap[k].burst);
        put(memo, o->cap[k].hard);
    }
    for (int j = 0; j < o->n_lanes; j++) {
        put(memo, o->lane[j].share);
        put(memo, o->lane[j].caps);
    }
    const double times[] = {o->meanlog, o->sdlog, o->p_auto, o->auto_meanlog, o->auto_sdlog};
    for (size_t j = 0; o->n_lanes > 0 && j < sizeof times / sizeof *times; j++)
        put(memo, times[j]);
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
    put_outflow(memo, &loss->outflow);
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

static void put_clauses(struct quo_payoutmemo *memo, const struct quo_clauses *clauses, const struct quo_peril_model *model)
{
    put(memo, quo_clausefactor_holds(clauses));
    put(memo, clauses->state_sublimit);
    put(memo, model->attribution_a);
    put(memo, model->attribution_b);
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
    const struct quo_clauses *clauses; /* what they leave of the payout; else NULL */
    const struct quo_peril_model *model;
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
    if (q->clauses) /* as long as no other question */
        put_clauses(memo, q->clauses, q->model);
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
    const bool short_of_room = memo->n_key > memo->key_room; /* then it was only counted */
    if ((!short_of_room || room_for_key(memo)) && grow(memo)) {
        if (short_of_room)
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
            const struct quo_indexlaw *law = entry->index ? quo_perilpayout_with_error(entry->index) : NULL;
            const size_t index = law ? law->grid.n * 3 + law->smooth.n * 10 : 0;
            memo->entry[memo->n++] = entry;
            *slot = memo->n;
            memo->bytes += sizeof *entry + (entry->n + 4 * entry->table.n + index + entry->payout.payout.n + entry->left.payout.n) * sizeof(double);
            if (law && law->grid.n)
                memo->like = law;
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
                                  const struct quo_losstable *table, enum quo_peril peril, struct quo_perilindex **out)
{
    const struct question q = {.terms = terms, .peril = peril, .index = true};
    bool fresh;
    enum quo_status status = QUO_OK;
    struct entry *entry = ask(memo, &q, &fresh);
    if (fresh && entry) {
        mtx_lock(&memo->lock);
        const struct quo_indexlaw *like = memo->like;
        mtx_unlock(&memo->lock);
        status = quo_perilpayout_index(terms, table, peril, like, &entry->index);
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
        struct quo_perilindex *index;
        status = find_index(memo, terms, table, peril, &index);
        if (status == QUO_OK) {
            status = quo_perilpayout_from(terms, index, &entry->payout);
        }
        entry = keep(memo, entry, &status);
    }
    *out = entry ? &entry->payout : NULL;
    return entry ? QUO_OK : status ? status : QUO_MACHINE;
}

enum quo_status quo_payoutmemo_left(struct quo_payoutmemo *memo, const struct quo_perilpayout_terms *terms,
                                    const struct quo_losstable *table, const struct quo_clauses *clauses,
                                    const struct quo_peril_model *model, const struct quo_perilpayout *payout,
                                    const struct quo_clausefactor_left **out)
{
    const struct question q = {.terms = terms, .peril = model->peril, .clauses = clauses, .model = model};
    bool fresh;
    enum quo_status status = QUO_OK;
    struct entry *entry = ask(memo, &q, &fresh);
    if (fresh && entry) {
        const struct quo_clausefactor_input in = {
            clauses,      model, table, terms->error, terms->scale, terms->piece, terms->n_pieces,
            &payout->payout, quo_payoutmemo_normal(memo)};
        status = quo_clausefactor_apply(&in, &entry->left);
        entry = keep(memo, entry, &status);
    }
    *out = entry ? &entry->left : NULL;
    return entry ? QUO_OK : status ? status : QUO_MACHINE;
}
