/* pricing/whatif/periltable.h -- one peril under every set of the changes that reach it, as two short tables.
 *
 * A peril's rate is A + B F G: F the multiplier of its answers (table `often`), G that of its mechanisms (table `rest`), A the share of the market's rate that
 * no control moves (scale.c). Its loss law hangs on `rest` alone. With a change in both tables, F and G are still separate for each choice
 * of the changes in both. So 2^a + 2^b numbers tell 2^(a+b) states, and the least of any function of them can be looked for.   [methods: plans] */
#ifndef QUO_PERILTABLE_H
#define QUO_PERILTABLE_H

#include "pricing/whatif/setperil.h"

/* Changes of one table, at most. Entries of `rest` take a reader's work each; those of `often` are put together. */
#define QUO_PERILTABLE_OFTEN 20
#define QUO_PERILTABLE_REST 16

struct quo_perillaw {
    double mean;  /* of the loss, USD or hours */
    double value; /* of an event; what it is worth is for the user of the table to say */
    double pays;  /* share of events that the cover pays anything for; 0 without a cover */
    float *above; /* above[points]: P[payout > k steps | event], rounded down; NULL without a cover */
    size_t entry; /* a number of `rest` that has it */
};

struct quo_periltable {
    enum quo_peril peril;
    bool money;              /* own experience works on it */
    uint64_t often, rest;    /* changes of the two tables */
    size_t n_often, n_rest;  /* of them */
    unsigned char often_bit[64], rest_bit[64]; /* change by its bit in the table's number */
    double untouched;        /* A */
    double *often_rate;      /* often_rate[2^n_often]: events in the term, before own experience, under these changes alone */
    double *rest_rate;       /* rest_rate[2^n_rest] */
    unsigned *law;           /* law[2^n_rest] */
    struct quo_perillaw *laws;
    size_t n_laws, points;
    double secondary_least, recovery_most; /* relativities, of all entries */
    /* For scores: ln of the expected loss against the market's is ln(rate) + rest_log[entry of rest]; of a protocol at its worst and best. */
    double *rest_log, log_worst, log_best;
};

/* Bits of a set of changes in the numbers of a table, and back. */
uint64_t quo_periltable_pack(uint64_t set, const unsigned char *bit, size_t n);
uint64_t quo_periltable_unpack(uint64_t number, const unsigned char *bit, size_t n);
/* Events in the term under a set, before own experience; *law: its number. */
double quo_periltable_rate(const struct quo_periltable *table, uint64_t set, unsigned *law);
/* base: changes that stand in any case; open: those that may be made. untouched: share of the market's rate. QUO_REFUSED: more changes than
 * a table takes, or the rates are no such product. The laws hold their means alone. */
enum quo_status quo_periltable_new(struct quo_setstates *states, const struct quo_setreach *reach, enum quo_peril peril,
                                   uint64_t base, uint64_t open, double untouched, struct quo_periltable *out);
/* Fills in what scores are made of. QUO_REFUSED where they are made of more. */
enum quo_status quo_periltable_logs(struct quo_setstates *states, uint64_t base, struct quo_periltable *table);
void quo_periltable_free(struct quo_periltable *table); /* the contents */
#endif
