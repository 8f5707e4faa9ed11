/* risk/base/outfile.h -- a file that appears whole or not at all: temporary name, fsync, rename.
 *
 * The temporary file stands in the same folder and is removed when the write is given up. */
#ifndef QUO_OUTFILE_H
#define QUO_OUTFILE_H

#include <stdio.h>
#include "risk/base/faults.h"

struct quo_outfile;

/* "-" is standard output (no temporary file then). */
enum quo_status quo_outfile_open(const char *path, struct quo_outfile **out, struct quo_faults *faults);
FILE *quo_outfile_stream(struct quo_outfile *file);
/* Flush, check for errors, fsync file and folder, rename; frees it in every case. On QUO_MACHINE the old
 * file, if any, is untouched and the temporary one is gone. */
enum quo_status quo_outfile_commit(struct quo_outfile *file, struct quo_faults *faults);
/* That a file was renamed in the folder of this path reaches the disk too, where the file system can. */
void quo_outfile_sync_folder(const char *path);
void quo_outfile_abandon(struct quo_outfile *file); /* NULL is fine */
#endif
