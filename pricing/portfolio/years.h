/* pricing/portfolio/years.h -- a year of stated events: everything that is paid, in the order of time. A worker is one thread's. */
#ifndef QUO_YEARS_H
#define QUO_YEARS_H

#include <stddef.h>
#include <stdint.h>
#include "pricing/portfolio/exposures.h"

struct quo_paid {
    double time;    /* years from the start */
    uint32_t event; /* one number for all that one event causes */
    uint32_t policy;
    uint32_t node;
    uint8_t peril;
    int64_t cents;  /* after annual terms; what a year's limits leave nothing of is not told */
};

struct quo_worker;
enum quo_status quo_worker_new(const struct quo_exposures *exposures, struct quo_worker **out);
void quo_worker_free(struct quo_worker *worker);
/* A year of stated events: begun, struck (with a size in USD or hours, read without error and overlooked by nobody; `event` and the ones
 * after it with the same number are one event), settled. Times in ascending order. *paid[n] belongs to the
 * worker and lasts until it begins again. QUO_MACHINE without memory. */
void quo_worker_begin(struct quo_worker *worker);
void quo_worker_strike(struct quo_worker *worker, double time, uint32_t event, uint32_t risk, enum quo_peril peril,
                       double size);
/* Covers of the market's loss count the strikes as the market's, and pay at the end of their windows, each an event behind
 * `last`: the first window of the first reading is last + 1, and so on. */
enum quo_status quo_worker_settle(struct quo_worker *worker, uint32_t last, const struct quo_paid **paid, size_t *n);
#endif
