#include "risk/base/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *quo_tempfile_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

int quo_tempfile_open(void)
{
    int fd = open(quo_tempfile_folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char *name = NULL;
    /* Not every file system has files without a name; there it loses its name at once. */
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    if (asprintf(&name, "%s/quorate-XXXXXX", quo_tempfile_folder()) < 0)
        return -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    free(name);
    return fd;
}
