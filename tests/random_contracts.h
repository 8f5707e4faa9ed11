/* tests/random_contracts.h -- contracts drawn at random, the same ones every time. */
#ifndef RANDOM_CONTRACTS_H
#define RANDOM_CONTRACTS_H

#include "pricing/aggregate/annual.h"

struct random_contract {
    struct quo_contract contract;
    double mass[16]; /* of its payouts, if they stand on points */
    struct quo_lattice points;
};
/* The i-th: any count, any severity (without a mean too), event and annual terms, limited by one of them. */
void random_contract_draw(unsigned i, struct random_contract *out);
#endif
