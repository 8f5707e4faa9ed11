#include "pricing/portfolio/checkpoint.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/version.h"
#include "risk/base/outfile.h"

#define DIGEST crypto_hash_sha256_BYTES

struct header {
    char magic[16];
    unsigned char key[DIGEST];
    uint64_t years, done, columns, policies, shocks, treaties;
};
static const char magic[16] = "quorate years 1";

/* ---- whose it is ------------------------------------------------------------------------------- */

static void feed(crypto_hash_sha256_state *hash, const void *bytes, size_t n)
{
    if (n)
        crypto_hash_sha256_update(hash, bytes, n);
}
static void number(crypto_hash_sha256_state *hash, double x) { feed(hash, &x, sizeof x); }
static void whole(crypto_hash_sha256_state *hash, uint64_t x) { feed(hash, &x, sizeof x); }

static void key_of_book(crypto_hash_sha256_state *hash, const struct quo_exposures *e)
{
    number(hash, e->horizon);
    for (size_t i = 0; i < e->n_risks; i++) {
        const struct quo_risk *r = &e->risk[i];
        feed(hash, r->own, sizeof r->own);
        feed(hash, r->score, sizeof r->score);
        for (int p = 0; p < QUO_PERILS; p++)
            if (r->size[p].log_size)
                feed(hash, r->size[p].log_size, QUO_SIZETABLE_NODES * sizeof *r->size[p].log_size);
    }
    for (size_t i = 0; i < e->n_links; i++) {
        whole(hash, (uint64_t)e->link[i].to << 32 | e->link[i].perils);
        number(hash, e->link[i].chance);
    }
    for (size_t i = 0; i < e->n_rows; i++) {
        const struct quo_row *row = &e->row[i];
        const double numbers[] = {row->sees,  row->per_unit, row->error,   row->least,
                                  row->holds, row->state_a,  row->state_b, row->sublimit};
        whole(hash, (uint64_t)row->policy << 32 | row->node);
        feed(hash, numbers, sizeof numbers);
    }
    feed(hash, e->piece, e->n_pieces * sizeof *e->piece);
    feed(hash, e->node, e->n_nodes * sizeof *e->node);
    for (size_t i = 0; i < e->n_alarms; i++) {
        number(hash, e->alarm[i].rate);
        feed(hash, e->alarm[i].pays, sizeof e->alarm[i].pays);
    }
    for (size_t i = 0; i < e->n_policies; i++)
        number(hash, e->policy[i].term_years);
    whole(hash, e->dependence.every_loss);
}

static void key_of_market(crypto_hash_sha256_state *hash, const struct quo_exposures *e, const struct quo_marketyears *market)
{
    for (size_t i = 0; i < e->n_market_rows; i++) {
        const struct quo_market_row *row = &e->market_row[i];
        const struct quo_reading *reading = &e->reading[row->reading];
        const double numbers[] = {row->row.sees, row->row.error, reading->window_years, reading->trend_years};
        whole(hash, (uint64_t)row->row.policy << 32 | row->row.node);
        whole(hash, (uint64_t)reading->perils << 32 | reading->windows);
        feed(hash, numbers, sizeof numbers);
    }
    feed(hash, e->market_piece, e->n_market_pieces * sizeof *e->market_piece);
    for (int p = 0; p < QUO_COVERED_PERILS && market; p++) {
        feed(hash, market->peril[p].all, sizeof market->peril[p].all);
        feed(hash, market->peril[p].book, sizeof market->peril[p].book);
    }
}

static void key_of(const struct quo_checkpoint *state, unsigned char key[DIGEST])
{
    const struct quo_portfolio_options *o = state->options;
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    feed(&hash, quo_version(), strlen(quo_version()));
    whole(&hash, o->seed);
    whole(&hash, o->years);
    whole(&hash, state->tally->added);
    key_of_book(&hash, state->shocks->exposures);
    key_of_market(&hash, state->shocks->exposures, state->shocks->market);
    for (size_t k = 0; k < state->shocks->n; k++) {
        const struct quo_shock *s = &state->shocks->shock[k];
        const double numbers[] = {s->rate, s->shape, s->correlation, s->pick.total};
        feed(&hash, numbers, sizeof numbers);
        for (uint32_t i = 0; i < s->pick.n; i++)
            whole(&hash, (uint64_t)s->target[i].risk << 8 | s->target[i].peril);
    }
    for (int p = 0; p < QUO_PERILS; p++)
        number(&hash, state->shocks->season[p].size);
    for (size_t k = 0; o->treaties && k < o->treaties->n; k++) {
        const struct quo_treaty *t = &o->treaties->treaty[k];
        const double numbers[] = {t->share, t->reinstatement_premium, t->premium, t->market_factor};
        whole(&hash, (uint64_t)t->kind);
        whole(&hash, (uint64_t)t->retention);
        whole(&hash, (uint64_t)t->limit);
        whole(&hash, (uint64_t)t->trigger);
        whole(&hash, (uint64_t)t->own_loss);
        whole(&hash, t->by_year);
        whole(&hash, t->of_book);
        whole(&hash, (uint64_t)t->reinstatements);
        feed(&hash, numbers, sizeof numbers);
    }
    crypto_hash_sha256_final(&hash, key);
}

enum quo_status quo_checkpoint_agree(const struct quo_checkpoint *state, struct quo_faults *faults)
{
    const struct quo_ranks *ranks = &state->options->ranks;
    struct {
        unsigned char key[DIGEST];
        uint64_t done;
    } own, first;
    if (ranks->ranks == 1)
        return QUO_OK;
    key_of(state, own.key);
    own.done = state->done;
    int64_t words[sizeof own / sizeof(int64_t)] = {0}; /* rank 0's, summed up with nothing */
    if (ranks->rank == 0)
        memcpy(words, &own, sizeof own);
    if (!ranks->sum(ranks->context, words, sizeof words / sizeof *words))
        return QUO_MACHINE;
    memcpy(&first, words, sizeof first);
    if (memcmp(own.key, first.key, sizeof own.key) != 0)
        return quo_faults_add(faults, QUO_REFUSED, "", 0, "a folder that all machines see, and one program",
                              "rank %d has another book, model or treaties than rank 0", ranks->rank);
    return own.done == first.done
               ? QUO_OK
               : quo_faults_add(faults, QUO_REFUSED, state->path, 0, "a folder that all machines see",
                                "rank %d goes on from year %llu, rank 0 from year %llu", ranks->rank,
                                (unsigned long long)own.done, (unsigned long long)first.done);
}

/* ---- out and in -------------------------------------------------------------------------------- */

/* What stands behind the header, in its order. */
#define PARTS 16
static size_t parts_of(const struct quo_checkpoint *s, void *part[PARTS], size_t size[PARTS])
{
    const size_t treaties = s->ceded && s->options->treaties ? s->options->treaties->n : 0;
    size_t n = 0;
    for (size_t k = 0; k < s->n_columns; k++, n++) {
        part[n] = s->column[k];
        size[n] = s->done * sizeof **s->column;
    }
    const struct {
        void *at;
        size_t size;
    } sums[] = {
        {s->tally->policy, s->tally->policies * sizeof *s->tally->policy},
        {s->tally->square, s->tally->policies * sizeof *s->tally->square},
        {s->tally->shock, s->tally->shocks * sizeof *s->tally->shock},
        {s->tally->peril, sizeof s->tally->peril},
        {&s->tally->own, sizeof s->tally->own},
        {&s->tally->passed_on, sizeof s->tally->passed_on},
        {s->ceded, treaties * sizeof *s->ceded},
    };
    for (size_t k = 0; k < sizeof sums / sizeof *sums; k++, n++) {
        part[n] = sums[k].at;
        size[n] = sums[k].size;
    }
    return n;
}

static struct header header_of(const struct quo_checkpoint *s)
{
    struct header h;
    memset(&h, 0, sizeof h);
    memcpy(h.magic, magic, sizeof magic);
    key_of(s, h.key);
    h.years = s->options->years;
    h.done = s->done;
    h.columns = s->n_columns;
    h.policies = s->tally->policies;
    h.shocks = s->tally->shocks;
    h.treaties = s->options->treaties ? s->options->treaties->n : 0;
    return h;
}

enum quo_status quo_checkpoint_save(const struct quo_checkpoint *s, struct quo_faults *faults)
{
    struct quo_outfile *file = NULL;
    void *part[PARTS];
    size_t size[PARTS];
    unsigned char digest[DIGEST];
    crypto_hash_sha256_state hash;
    const struct header h = header_of(s);
    enum quo_status status = quo_outfile_open(s->path, &file, faults);
    if (status)
        return status;
    FILE *to = quo_outfile_stream(file);
    crypto_hash_sha256_init(&hash);
    feed(&hash, &h, sizeof h);
    bool good = fwrite(&h, sizeof h, 1, to) == 1;
    const size_t n = parts_of(s, part, size);
    for (size_t k = 0; k < n && good; k++) {
        feed(&hash, part[k], size[k]);
        good = size[k] == 0 || fwrite(part[k], size[k], 1, to) == 1;
    }
    crypto_hash_sha256_final(&hash, digest);
    good = good && fwrite(digest, sizeof digest, 1, to) == 1;
    (void)good; /* an error stays with the stream: commit finds it, tells it, and leaves the file before */
    return quo_outfile_commit(file, faults);
}

static enum quo_status refuse(const struct quo_checkpoint *s, struct quo_faults *faults, const char *what)
{
    return quo_faults_add(faults, QUO_REFUSED, s->path, 0, "leave --resume out to begin again", "%s", what);
}

static enum quo_status read_parts(struct quo_checkpoint *s, const struct header *h, FILE *from,
                                  struct quo_faults *faults)
{
    void *part[PARTS];
    size_t size[PARTS];
    unsigned char digest[DIGEST], told[DIGEST];
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    feed(&hash, h, sizeof *h);
    s->done = h->done;
    const size_t n = parts_of(s, part, size);
    bool good = true;
    for (size_t k = 0; k < n && good; k++) {
        good = size[k] == 0 || fread(part[k], size[k], 1, from) == 1;
        if (good)
            feed(&hash, part[k], size[k]);
    }
    crypto_hash_sha256_final(&hash, digest);
    good = good && fread(told, sizeof told, 1, from) == 1 && memcmp(told, digest, sizeof told) == 0 &&
           fgetc(from) == EOF;
    return good ? QUO_OK : refuse(s, faults, "this checkpoint is damaged");
}

enum quo_status quo_checkpoint_load(struct quo_checkpoint *s, struct quo_faults *faults)
{
    struct header h;
    FILE *from = fopen(s->path, "rb");
    if (!from && errno == ENOENT)
        return QUO_OK;
    if (!from)
        return quo_faults_add(faults, QUO_MACHINE, s->path, 0, NULL, "cannot be read: %s", strerror(errno));
    const struct header own = header_of(s);
    enum quo_status status = QUO_OK;
    if (fread(&h, sizeof h, 1, from) != 1 || memcmp(h.magic, magic, sizeof magic) != 0)
        status = refuse(s, faults, "this is no checkpoint of a portfolio");
    else if (memcmp(h.key, own.key, sizeof h.key) != 0 || h.years != own.years || h.columns != own.columns ||
             h.policies != own.policies || h.shocks != own.shocks || h.treaties != own.treaties || h.done > h.years)
        status = refuse(s, faults, "this checkpoint is of another book, another seed or another number of years");
    else
        status = read_parts(s, &h, from, faults);
    fclose(from);
    return status;
}
