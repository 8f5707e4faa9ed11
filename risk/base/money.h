/* risk/base/money.h -- money as people read it, and the one place where it is rounded. */
#ifndef QUO_MONEY_H
#define QUO_MONEY_H

#include <stddef.h>
#include <stdint.h>

/* Whole minor units (cents), ties to even, of an amount in major units. The decimal meant by the
 * double is what counts: 1.005 (a double just below) is 100 cents. |amount| < 9e13; else INT64_MIN. */
int64_t quo_money_round(double amount);
/* The amount back in major units: cents / 100. */
double quo_money_rounded(double amount);

/* Rounds n amounts to cents so that they add up to the rounded total exactly: largest remainder.
 * cents[n]. The sum of amounts should equal total up to n cents; what is over or short is spread one
 * cent at a time over the largest remainders, in order of index where they tie (what is over is taken from
 * the smallest). If an amount or the total is out of the range of quo_money_round, all cents are INT64_MIN. */
void quo_money_apportion(const double *amount, size_t n, double total, int64_t *cents);

/* "1,234,567.89" with `decimals` 0..6; NaN is "n/a". Returns the length; buffer of 48 bytes suffices. */
size_t quo_money_format(double amount, int decimals, char *buffer, size_t size);
/* "1.46 bn", "180 M", "219 k", "12.3": three significant digits; "2.10 tn". Length as snprintf. */
size_t quo_money_short(double amount, char *buffer, size_t size);
#endif
