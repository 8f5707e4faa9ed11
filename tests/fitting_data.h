/* tests/fitting_data.h -- the samples behind the reference tables of fits. */
#ifndef FITTING_DATA_H
#define FITTING_DATA_H

#include <stdbool.h>
#include "risk/fitting/likelihood.h"

struct test_sample {
    struct quo_sample sample;
    double *memory[6];
};
/* From "data=..;column=..;filter=column:eq:value" and "left_truncation=..", "right_censored_where=..", "censoring=interval",
 * "weight=0.8^(1990-year)" of a reference row; rows=positive is understood. False where the data cannot be read. */
bool test_sample_read(const char *params, const char *args, struct test_sample *out);
void test_sample_free(struct test_sample *sample);
#endif
