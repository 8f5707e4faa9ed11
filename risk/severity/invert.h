/* risk/severity/invert.h -- quantiles of laws whose distribution function has no inverse in closed form.
 * [methods: quantiles] */
#ifndef QUO_INVERT_H
#define QUO_INVERT_H

#include <stdbool.h>

/* A continuous law on x > 0 as the solver sees it. `upper`: log_tail is log Q, falling; else log P, rising. */
struct quo_invert_law {
    double (*log_tail)(double x, const void *law);
    double (*log_pdf)(double x, const void *law);
    const void *law;
    bool upper;
};

/* x with log_tail(x) = log_target, by Newton in log x on the log of the tail, inside a bracket that only shrinks. `guess`
 * is any positive start; low and high, if 0 < low < high < INFINITY, are known to enclose x (else 0 and INFINITY).
 * 0 or INFINITY where x is beyond what a double holds. Relative error a few units in the last place of what log_tail
 * itself resolves. */
double quo_invert(const struct quo_invert_law *tail, double log_target, double guess, double low, double high);
/* The quantile of a law of several parts: between the least and the greatest of theirs, 0 <= low <= high <= INFINITY. */
double quo_invert_between(const struct quo_invert_law *tail, double log_target, double low, double high);
#endif
