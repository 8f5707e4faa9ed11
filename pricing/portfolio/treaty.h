/* pricing/portfolio/treaty.h -- reinsurance of a book: quota share, excess of loss by event with reinstatements, industry
 * loss warranty, annual aggregate.
 *
 * Treaties work one after the other in the order of the file, each on what those before it left. Within a year events come in the order of
 * time, and reinstatements are used up in it. Money is whole cents (int64). libconfig `reinsurance = {...}` (docs/formats.md).
 *
 * An industry loss warranty pays its limit when the market has lost the trigger, whatever the book lost beyond own_loss: it takes nothing off the
 * events that later treaties see. [methods: reinsurance] */
#ifndef QUO_TREATY_H
#define QUO_TREATY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/base/faults.h"

enum quo_treaty_kind {
    QUO_TREATY_QUOTA_SHARE,
    QUO_TREATY_EVENT_EXCESS,
    QUO_TREATY_ANNUAL_AGGREGATE,
    QUO_TREATY_INDUSTRY_LOSS,
    QUO_TREATY_KINDS
};
const char *quo_treaty_kind_id(enum quo_treaty_kind kind);

struct quo_treaty {
    char *id;
    enum quo_treaty_kind kind;
    double share;             /* of the layer that is ceded, 0..1 */
    int64_t retention, limit; /* of an event, or of the year; INT64_MAX: no limit */
    int reinstatements; /* event_excess: the year's limit is (1 + reinstatements) limits; -1: no limit of the year */
    double reinstatement_premium; /* share of the premium for a whole limit reinstated, pro rata to the amount */
    double premium;               /* USD, for the reinstatement premiums alone */
    /* industry_loss: */
    bool of_book;              /* the market's loss is that of the book's protocols times the factor, and not the whole market's */
    double market_factor;
    int64_t trigger, own_loss; /* of the market, and of the book, at least */
    bool by_year;              /* by the losses of the year, and not of one event */
};

struct quo_treaties {
    struct quo_treaty *treaty;
    size_t n;
};

/* Whether a treaty needs to know what the market lost. */
bool quo_treaties_every_loss(const struct quo_treaties *treaties);
void quo_treaties_free(struct quo_treaties *treaties);
enum quo_status quo_treaties_load(const char *path, struct quo_treaties **out, struct quo_faults *faults);

/* What a year leaves. */
struct quo_treaty_year {
    int64_t net, largest; /* of the year; of its largest event, before annual aggregates */
};
/* Sums over years of one treaty. */
struct quo_treaty_sums {
    int64_t ceded, reinstatement_premium;
    uint64_t touched, exhausted;            /* years in which it pays; in which nothing of it is left */
    __extension__ unsigned __int128 square; /* of the year's ceded cents */
};
/* An event as treaties see it, cents. */
struct quo_treaty_event {
    int64_t cents;  /* paid by the book */
    int64_t market; /* lost by the whole market, and */
    int64_t book;   /* by the book's protocols, insured or not; for an industry loss */
};
/* event[n] in the order of time; changed in place. sums[treaties->n] are added to. */
void quo_treaties_year(const struct quo_treaties *treaties, struct quo_treaty_event *event, size_t n,
                       struct quo_treaty_sums *sums, struct quo_treaty_year *out);
#endif
