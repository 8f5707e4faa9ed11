/* pricing/portfolio/years.h -- one simulated year of a book: everything that is paid, in the order of time.
 *
 * Year y of seed s is the same whoever simulates it: its numbers are addressed by (seed, year). A worker is one thread's. */
#ifndef QUO_YEARS_H
#define QUO_YEARS_H

#include <stddef.h>
#include <stdint.h>
#include "pricing/portfolio/shocks.h"

#define QUO_CAUSE_OWN UINT32_MAX          /* the protocol's own event */
#define QUO_CAUSE_ALARM (UINT32_MAX - 1u) /* a false alarm */

struct quo_paid {
    double time;    /* years from the start */
    uint32_t event; /* one number for all that one event causes */
    uint32_t cause; /* index of a shock, or one of the above */
    uint32_t policy;
    uint32_t node;
    uint8_t peril;  /* QUO_PERILS for a false alarm */
    bool passed_on; /* by contagion */
    int64_t cents;  /* after annual terms; what a year's limits leave nothing of is not told */
};

struct quo_worker;
enum quo_status quo_worker_new(const struct quo_shocks *shocks, uint64_t seed, struct quo_worker **out);
void quo_worker_free(struct quo_worker *worker);
/* Simulates a year; *paid[n] belongs to the worker and lasts until its next year. QUO_MACHINE without memory. */
enum quo_status quo_worker_year(struct quo_worker *worker, uint64_t year, const struct quo_paid **paid, size_t *n);
/* A year of stated events: begun, struck (with a size in USD or hours, read without error and overlooked by nobody; `event` and the ones
 * after it with the same number are one event), settled. Times in ascending order. */
void quo_worker_begin(struct quo_worker *worker);
void quo_worker_strike(struct quo_worker *worker, double time, uint32_t event, uint32_t risk, enum quo_peril peril,
                       double size);
enum quo_status quo_worker_settle(struct quo_worker *worker, const struct quo_paid **paid, size_t *n);
#endif
