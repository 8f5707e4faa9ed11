/* pricing/cmd/checkcell.h -- one field of a CSV input: is it of its type? On false `hint` says what would be right. Pure. */
#ifndef QUO_CHECKCELL_H
#define QUO_CHECKCELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/controls/catalogue.h"

bool quo_checkcell_number(const char *field, double low, double high, char *hint, size_t size);
bool quo_checkcell_whole(const char *field, int64_t low, int64_t high, char *hint, size_t size);
bool quo_checkcell_date(const char *field, char *hint, size_t size);
/* One of "a|b|c". */
bool quo_checkcell_word(const char *field, const char *words, char *hint, size_t size);
/* One peril, or, `several`, perils and groups with ';' between, none twice and none that cannot be covered. */
bool quo_checkcell_perils(const char *field, bool several, char *hint, size_t size);
/* "AT:PAYS;AT:PAYS", ascending, pays 0..1. */
bool quo_checkcell_steps(const char *field, char *hint, size_t size);
/* "KIND:NAME;KIND:NAME". */
bool quo_checkcell_vendors(const char *field, char *hint, size_t size);
/* "STORAGE@ORG+GROUP;STORAGE@ORG": storage of the catalogue. *n (may be NULL) gets the number of signers. */
bool quo_checkcell_signers(const char *field, const struct quo_catalogue *catalogue, size_t *n, char *hint, size_t size);
/* "LEVEL" or "LEVEL/EVIDENCE", both 0..4. */
bool quo_checkcell_answer(const char *field, char *hint, size_t size);
#endif
