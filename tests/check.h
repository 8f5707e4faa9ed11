/* tests/check.h -- what all tests share: comparisons that say what they compared, and the reference tables. */
#ifndef CHECK_H
#define CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Fails unless |got - want| <= tol |want| (equal where want or tol is 0; infinities must be equal). */
void check_rel(double got, double want, double tol, const char *format, ...) __attribute__((format(printf, 4, 5)));
void check_abs(double got, double want, double tol, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* One row of a reference table. */
struct ref_row {
    char *case_id, *quantity, *params, *args, *source;
    double value, tol;
    const char *file; /* "severity_fits.csv", as it was asked for */
    int line;
};
/* Reads tests/reference/NAME (found from the project's root, the working folder of all tests). Fails the test if absent. */
struct ref_row *ref_read(const char *name, size_t *n);
void ref_free(struct ref_row *row, size_t n);
bool ref_same_case(const struct ref_row *a, const struct ref_row *b); /* of one case with the same parameters */
/* The value of KEY in "a=1;b=2": copied into buffer (of size); false if absent. */
bool ref_text(const char *list, const char *key, char *buffer, size_t size);
/* The same as a number; NaN if absent. */
double ref_number(const char *list, const char *key);
/* Numbers separated by '/': "0.1/0.2"; returns how many. */
size_t ref_numbers(const char *list, const char *key, double *out, size_t room);
/* Says that a test has compared this row: QUO_REFERENCE_ROWS names a file to which "file:line" is appended (tests/reference.sh
 * asks that none is left out). ref_check does so itself. */
void ref_seen(const struct ref_row *row);
/* Counts failures over many rows and fails at the end with the worst ones told: keep going, then ref_done(). */
struct ref_tally {
    size_t rows, bad;
    double worst; /* |got - want| / (tol |want|) */
    char worst_text[256];
};
void ref_check(struct ref_tally *tally, const struct ref_row *row, double got);
/* Fails if any was bad or fewer than `least` rows were checked. */
void ref_done(const struct ref_tally *tally, size_t least);

/* Path of a data set in ../shared/reference/data, NULL where that folder is absent (then the test calls skip()). */
const char *shared_data(const char *name);
/* One numeric column of a CSV without quotes; rows with an empty field become NaN. Caller frees. NULL if absent. */
double *column_read(const char *path, const char *column, size_t *n);
#endif
