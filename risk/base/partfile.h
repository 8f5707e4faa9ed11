/* risk/base/partfile.h -- a file that is written step by step and can be gone on with after a kill, a power cut or a full disk: FILE.part holds
 * what is done, FILE.part.at how much of it counts. Both reach the disk at each step, in that order, and FILE appears whole at the end. */
#ifndef QUO_PARTFILE_H
#define QUO_PARTFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "risk/base/faults.h"

/* How far the work is: in steps of the caller's own counting, with a digest of what they were made from. */
struct quo_partmark {
    uint64_t done, digest;
};

struct quo_partfile;

/* Whether a path can be written so: a file, or nothing yet; not a pipe, a device or "-". */
bool quo_partfile_can(const char *path);
/* identity: what the file is made from, as hexadecimal digits (at most 64). resume: go on where *mark says; with nothing to go on with *mark is
 * zero. QUO_REFUSED: what is there was begun from something else, or another program writes it. */
enum quo_status quo_partfile_open(const char *path, const char *identity, bool resume, struct quo_partfile **out,
                                  struct quo_partmark *mark, struct quo_faults *faults);
FILE *quo_partfile_stream(struct quo_partfile *file);
/* What was written so far counts, whatever comes. */
enum quo_status quo_partfile_keep(struct quo_partfile *file, const struct quo_partmark *mark,
                                  struct quo_faults *faults);
/* The file is whole: FILE.part becomes FILE. Frees it in every case. */
enum quo_status quo_partfile_commit(struct quo_partfile *file, struct quo_faults *faults);
/* Gives up; what was kept stays for another time if `keep` and there is any. NULL is fine. */
void quo_partfile_abandon(struct quo_partfile *file, bool keep);
#endif
