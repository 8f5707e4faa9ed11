/* tests/folder.h -- a temporary folder with files in it. */
#ifndef FOLDER_H
#define FOLDER_H

#include <stddef.h>

/* Makes one; the path stays valid until folder_remove. */
const char *folder_make(void);
/* Writes FOLDER/name (folders in name are made) and returns its path, valid until the 16th next call. */
const char *folder_write(const char *name, const void *bytes, size_t n);
const char *folder_text(const char *name, const char *text);
const char *folder_path(const char *name);
/* How many entries the folder has, hidden ones too. */
size_t folder_count(void);
void folder_remove(void);
#endif
