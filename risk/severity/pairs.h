/* risk/severity/pairs.h -- the KEY=VALUE words of a severity, a frequency or a distortion on the command line. */
#ifndef QUO_PAIRS_H
#define QUO_PAIRS_H

#include <stddef.h>
#include "risk/base/faults.h"

/* What stands behind NAME= in the first pair of that name; NULL if there is none. Points into the pair. */
const char *quo_pairs_text(const char *const *key_value, size_t n, const char *name);

/* The value[n_numbers] of the wanted numbers, each given exactly once and finite. Keys in words[n_words] may stand there
 * too, once each; their values are not looked at. Everything else is a fault that names the key and the nearest known one;
 * `what` ("lognormal") says whose parameters these are. QUO_USAGE if there was any fault. */
enum quo_status quo_pairs_numbers(const char *what, const char *const *key_value, size_t n, const char *const *numbers,
                                  size_t n_numbers, const char *const *words, size_t n_words, double *value,
                                  struct quo_faults *faults);

/* Appends to a text of snprintf's manners: `length` so far may pass `size`. Returns the new length. */
size_t quo_pairs_append(char *buffer, size_t size, size_t length, const char *text);
/* The same for " name=value", the number so that it reads back as it was. */
size_t quo_pairs_append_number(char *buffer, size_t size, size_t length, const char *name, double value);
#endif
