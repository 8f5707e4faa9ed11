/* tests/kit_controls.h -- what the tests of catalogue, protocol, effects, market and score share: the shipped files, texts changed
 * in one place, faults looked for, and random protocols. */
#ifndef KIT_CONTROLS_H
#define KIT_CONTROLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "risk/base/faults.h"
#include "risk/base/stream.h"
#include "risk/controls/score.h"
#include "risk/market.h"

/* The shipped catalogue, market and the scale on them. Fails the test if they do not load without a single fault. */
struct kit {
    struct quo_catalogue *catalogue;
    struct quo_market *market;
    struct quo_scale *scale;
};
/* One for all tests of a group, with its set-up and tear-down. */
extern struct kit kit;
int kit_set_up(void **state);
int kit_tear_down(void **state);
void kit_open(struct kit *k);
void kit_close(struct kit *k);

/* The whole file; free() it. */
char *kit_file(const char *path);
/* A copy of `text` with the first `from` replaced by `to`; fails the test if it is not there. *line is that of the change. */
char *kit_change(const char *text, const char *from, const char *to, int *line);
/* Whether some fault's text or hint holds `words`, at that line (0: any). Warnings count where `warning`. */
bool kit_told(const struct quo_faults *faults, const char *words, int line, bool warning);
void kit_print(const struct quo_faults *faults);

/* Reads a protocol from text; NULL if it is refused. */
struct quo_protocol *kit_protocol(const struct quo_catalogue *catalogue, const char *text, struct quo_faults *faults);
/* A protocol of 50 M USD with these settings; fails the test if it is refused. */
struct quo_protocol *kit_read(const struct kit *k, const char *body);
struct quo_score *kit_score(const struct kit *k, const struct quo_protocol *p);
void kit_relativities(const struct kit *k, const struct quo_protocol *p, struct quo_relativity r[QUO_PERILS]);
/* A random protocol: `answers` of the controls answered at random, `sets` signer sets of up to nine signers in up to five groups,
 * delays, caps, governance. Same seed, same protocol. */
struct quo_protocol *kit_random(const struct quo_catalogue *catalogue, uint64_t seed, int answers, int sets);
#endif
