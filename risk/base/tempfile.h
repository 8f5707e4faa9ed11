/* risk/base/tempfile.h -- a file without a name, in TMPDIR or else /tmp: it is gone with the program, however that ends. */
#ifndef QUO_TEMPFILE_H
#define QUO_TEMPFILE_H

/* A descriptor to read and write, which the caller closes; -1 with errno where there can be none. */
int quo_tempfile_open(void);
/* Where it is made. */
const char *quo_tempfile_folder(void);
#endif
