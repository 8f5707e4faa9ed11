/* tests/laws.h -- severity laws for tests: from a row of a reference table, and random ones of every family. */
#ifndef LAWS_H
#define LAWS_H

#include "risk/base/stream.h"
#include "risk/severity/severity.h"

#define LAWS_PURPOSE 60
#define LAWS_PAIRS 64

/* "family=gamma;shape=2;scale=500" as a law, through the reader of the command line. */
bool laws_from_table(const char *params, struct quo_severity *out);
double laws_uniform(struct quo_stream *stream, double low, double high);
double laws_log_uniform(struct quo_stream *stream, double low, double high);
struct quo_severity laws_random(struct quo_stream *stream, enum quo_family family);
/* Calls check(stream, law, its text) for 60 laws of every family. */
void laws_every(void (*check)(struct quo_stream *stream, const struct quo_severity *s, const char *law));
#endif
