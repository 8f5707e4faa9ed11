/* pricing/book/bookcell.h -- one field of the book's CSV files, from text to value. Pure; on false `hint` says what would be right.
 *
 * The fields that hold lists: perils "a;b", steps "AT:PAYS;AT:PAYS", vendors "KIND:NAME;...", signers "STORAGE@ORG+GROUP;...". */
#ifndef QUO_BOOKCELL_H
#define QUO_BOOKCELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "policies/payout.h"
#include "risk/controls/protocol.h"
#include "risk/peril.h"

#define QUO_BOOKCELL_HINT 256

bool quo_bookcell_number(const char *field, double low, double high, double *out, char hint[QUO_BOOKCELL_HINT]);
bool quo_bookcell_whole(const char *field, int64_t low, int64_t high, int64_t *out, char hint[QUO_BOOKCELL_HINT]);
bool quo_bookcell_date(const char *field, int *day, char hint[QUO_BOOKCELL_HINT]);
/* One of a list of n words: its place. */
bool quo_bookcell_word(const char *field, const char *const *words, size_t n, int *place, char hint[QUO_BOOKCELL_HINT]);
/* Perils and groups with ';' between, none twice and none that cannot be covered. */
bool quo_bookcell_perils(const char *field, quo_peril_set *out, char hint[QUO_BOOKCELL_HINT]);
/* step[QUO_PAYOUT_STEPS_MAX]; rising, pays 0..1, the last above 0. */
bool quo_bookcell_steps(const char *field, struct quo_payout_step *step, int *n, char hint[QUO_BOOKCELL_HINT]);
/* "LEVEL" or "LEVEL/EVIDENCE", both 0..4; evidence 0 where it is not said. */
bool quo_bookcell_answer(const char *field, int *level, int *evidence, char hint[QUO_BOOKCELL_HINT]);
/* The dependencies and the signer set that the fields describe, put into the protocol (which then owns them, also in failure). The
 * set is named "signers", its signers s1, s2, ... *no_memory: where false is not the field's fault. */
bool quo_bookcell_vendors(const char *field, struct quo_protocol *protocol, char hint[QUO_BOOKCELL_HINT],
                          bool *no_memory);
bool quo_bookcell_signers(const char *field, const struct quo_catalogue *catalogue, struct quo_protocol *protocol,
                          char hint[QUO_BOOKCELL_HINT], bool *no_memory);
#endif
