/* risk/base/text.h -- words: the nearest known name, whole numbers and reals parsed whole. */
#ifndef QUO_TEXT_H
#define QUO_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Index of the known name nearest to `word` by restricted Damerau-Levenshtein distance, case folded;
 * -1 if none is within a third of its length (at least 1). Ties: the first. */
int quo_text_nearest(const char *word, const char *const *known, size_t n_known);

/* Parse all of `text` (surrounding blanks allowed, nothing else left over) as a finite real number in the
 * C locale whatever the process's locale. Refuses "", "nan", "inf", hexadecimal, overflow (1e400). */
bool quo_text_real(const char *text, double *out);
/* The same for a whole number; "1e3" and "3.0" are refused. */
bool quo_text_whole(const char *text, int64_t *out);
/* Shortest decimal that reads back as the same double (at most 24 characters with the NUL). Returns its
 * length. Always holds a '.', 'e', or is a name such as inf, so that libconfig reads it as a float. */
size_t quo_text_from_real(double value, char buffer[32]);
/* The number as "%.*g" writes it in the C locale, to digits 1 to 17, several times as fast where it is neither huge nor tiny. Returns its
 * length, below 32. */
size_t quo_text_general(double value, int digits, char buffer[32]);
size_t quo_text_fixed(double value, int decimals, char buffer[32]); /* the same as "%.*f", for values below 1e15 */
/* true if the n bytes are valid UTF-8 without NUL. *bad is the offset of the first bad byte. */
bool quo_text_is_utf8(const char *bytes, size_t n, size_t *bad);
/* snprintf and vsnprintf that write numbers as in the C locale whatever the process's locale. */
int quo_text_print(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int quo_text_vprint(char *buffer, size_t size, const char *format, va_list args);
/* strdup that takes NULL to NULL. */
char *quo_text_copy(const char *text);
/* Takes the blanks at both ends off (*text)[*n]. */
void quo_text_trim(const char **text, size_t *n);
#endif
