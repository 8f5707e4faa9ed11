/* pricing/cmd/checkcell.h -- one field of a CSV input: is it of its type? On false `hint` says what would be right. Pure. */
#ifndef QUO_CHECKCELL_H
#define QUO_CHECKCELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool quo_checkcell_number(const char *field, double low, double high, char *hint, size_t size);
bool quo_checkcell_whole(const char *field, int64_t low, int64_t high, char *hint, size_t size);
bool quo_checkcell_date(const char *field, char *hint, size_t size);
/* One of "a|b|c". */
bool quo_checkcell_word(const char *field, const char *words, char *hint, size_t size);
/* One peril. */
bool quo_checkcell_peril(const char *field, char *hint, size_t size);
#endif
