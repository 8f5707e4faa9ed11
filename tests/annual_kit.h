/* tests/annual_kit.h -- annual laws for tests: one workspace for all, a contract of lognormal severity. */
#ifndef ANNUAL_KIT_H
#define ANNUAL_KIT_H

#include "pricing/aggregate/annual.h"

/* Shared: planning is a good part of a small law's time. Set-up and tear-down of a group of tests. */
extern struct quo_workspace *annual_kit_plans;
int annual_kit_open(void **state);
int annual_kit_close(void **state);
/* Fails the test if the contract is refused. with: NULL for the defaults. */
struct quo_annual *annual_kit_law(const struct quo_contract *c, const struct quo_annual_options *with);
struct quo_contract annual_kit_lognormal(double lambda, double meanlog, double sdlog, double limit);
#endif
