/* risk/base/scan.h -- the tokens of a config file: see source.h, which alone uses this. */
#ifndef QUO_SCAN_H
#define QUO_SCAN_H

#include "risk/base/source.h"

/* Scans bytes[n] (NUL-terminated, file[index] of the source) into source->text. */
enum quo_status quo_scan_text(struct quo_source *source, const struct quo_source_bytes *bytes, int index,
                              bool includes);
#endif
