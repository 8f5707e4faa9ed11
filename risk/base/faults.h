/* risk/base/faults.h -- what is wrong with a file: file, line, what is wrong, what would be right.
 *
 * Readers go on after a fault and collect all of them. The collection owns copies of every text. */
#ifndef QUO_FAULTS_H
#define QUO_FAULTS_H

#include <stdarg.h>
#include <stddef.h>
#include "risk/base/status.h"

struct quo_fault {
    enum quo_status code;
    char *file; /* "-" for standard input, "" where no file is to blame */
    int line;   /* from 1; 0 where no line is to blame */
    char *text; /* what is wrong */
    char *hint; /* what would be right; "" where there is nothing to say */
};

/* So many are kept, so that fifty megabytes of noise do not become gigabytes of faults; more are counted. What the machine did is kept
 * all the same. */
#define QUO_FAULTS_MAX 10000

struct quo_faults {
    struct quo_fault *fault; /* fault[n] */
    size_t n, room;
    size_t warnings; /* of them, those that do not refuse the input (code QUO_OK) */
    size_t
        lost; /* refusals beyond fault[n], past QUO_FAULTS_MAX or for which memory ran out; they count all the same */
    size_t lost_warnings; /* the same for warnings, which count nowhere */
    size_t again;         /* times a reader met what was refused before, see quo_faults_again */
};

void quo_faults_init(struct quo_faults *faults);
void quo_faults_free(struct quo_faults *faults); /* frees the contents, not the struct; NULL is fine */

/* Adds a fault; hint may be NULL. faults may be NULL (then nothing is kept). Where memory runs out
 * the text or the whole fault is lost, but never the count of refusals. Numbers are printed as in the
 * C locale; control characters, which may come from the input, become '?', and a text over
 * 1000 bytes ends in "...". Returns `code`, so that a reader can write
 * status = quo_faults_add(...). A warning is added with code QUO_OK. */
enum quo_status quo_faults_add(struct quo_faults *faults, enum quo_status code, const char *file, int line,
                               const char *hint, const char *format, ...) __attribute__((format(printf, 6, 7)));
enum quo_status quo_faults_vadd(struct quo_faults *faults, enum quo_status code, const char *file, int line,
                                const char *hint, const char *format, va_list args);

/* A reader met a value whose fault was told already: nothing is told, but the count of refusals goes up, so that
 * whoever compares it before and after knows that something was wrong in between. */
void quo_faults_again(struct quo_faults *faults);
/* What refuses the input, warnings not counted, lost ones and those met again counted: 0 if all is well. */
size_t quo_faults_refusals(const struct quo_faults *faults);
/* How many different faults refuse the input: the number to show. */
size_t quo_faults_told(const struct quo_faults *faults);
/* Sorts by file (order of first appearance) and line, stable. */
void quo_faults_sort(struct quo_faults *faults);
/* Puts in words how many were not kept, as one more fault behind the others; nothing where all were. For whoever shows them. */
void quo_faults_sum_up(struct quo_faults *faults);
/* "file:line: text; hint" in a buffer of the caller, cut with a final NUL if need be; returns the
 * length it would have had. */
size_t quo_fault_format(const struct quo_fault *fault, char *buffer, size_t size);
#endif
