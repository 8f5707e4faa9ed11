#include "risk/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "risk/base/text.h"

struct quo_outfile {
    FILE *stream;
    char *path;      /* as the caller gave it, for faults */
    char *target;    /* what is replaced: the path with links followed; NULL where the stream is written straight */
    char *temporary; /* in the folder of the target; "" while the file has no name */
    mode_t mode;     /* of the file that is replaced; 0 if there is none */
};

static enum quo_status fault(const char *path, int error, const char *what, struct quo_faults *faults)
{
    return quo_faults_add(faults, QUO_MACHINE, path, 0, NULL, "%s: %s", what, strerrordesc_np(error));
}

static void free_outfile(struct quo_outfile *file)
{
    free(file->path);
    free(file->target);
    free(file->temporary);
    free(file);
}

/* "folder/" or "" of a path, so that names can be put behind it. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static char *folder_of(const char *path)
{
    const size_t n = folder_length(path);
    return n ? strndup(path, n) : strdup(".");
}

static void name_temporary(struct quo_outfile *file)
{
    const size_t folder = folder_length(file->target);
    snprintf(file->temporary, strlen(file->target) + 32, "%.*s.%s.%08x", (int)folder, file->target,
             file->target + folder, randombytes_random());
}

/* A file without a name is best: nothing stays behind even if the process is killed. Not every file system has it. */
static int open_temporary(struct quo_outfile *file)
{
    char *folder = folder_of(file->target);
    int fd = folder ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666) : -1;
    const int error = folder ? errno : ENOMEM;
    free(folder);
    if (fd >= 0 || (error != EOPNOTSUPP && error != EISDIR && error != EINVAL && error != ENOENT)) {
        errno = error;
        return fd;
    }
    do {
        name_temporary(file);
        fd = open(file->temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0)
        file->temporary[0] = '\0';
    return fd;
}

/* What the path is now decides how it is written. *fd is open afterwards. */
static enum quo_status open_path(struct quo_outfile *file, int *fd, struct quo_faults *faults)
{
    struct stat about;
    const bool there = stat(file->path, &about) == 0;
    if (there && S_ISDIR(about.st_mode))
        return quo_faults_add(faults, QUO_MACHINE, file->path, 0, "give the path of a file", "is a folder");
    if (there && !S_ISREG(about.st_mode)) { /* a device or a pipe is not replaced but written to */
        *fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return *fd < 0 ? fault(file->path, errno, "cannot be opened for writing", faults) : QUO_OK;
    }
    file->mode = there ? about.st_mode & 07777 : 0;
    file->target = there ? realpath(file->path, NULL) : strdup(file->path);
    file->temporary = file->target ? calloc(strlen(file->target) + 32, 1) : NULL;
    if (!file->temporary)
        return fault(file->path, ENOMEM, "cannot be written", faults);
    *fd = open_temporary(file);
    return *fd < 0 ? fault(file->path, errno, "cannot be written", faults) : QUO_OK;
}

enum quo_status quo_outfile_open(const char *path, struct quo_outfile **out, struct quo_faults *faults)
{
    *out = NULL;
    struct quo_outfile *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        free(file);
        return fault(path, ENOMEM, "cannot be written", faults);
    }
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        *out = file;
        return QUO_OK;
    }
    if (path[0] == '\0') {
        free_outfile(file);
        return quo_faults_add(faults, QUO_MACHINE, "", 0, "give the path of a file", "an empty path to write to");
    }
    int fd = -1;
    enum quo_status status = open_path(file, &fd, faults);
    if (status == QUO_OK && !(file->stream = fdopen(fd, "wb"))) {
        status = fault(path, errno, "cannot be written", faults);
        close(fd);
        if (file->temporary && file->temporary[0])
            unlink(file->temporary);
    }
    if (status == QUO_OK)
        *out = file;
    else
        free_outfile(file);
    return status;
}

FILE *quo_outfile_stream(struct quo_outfile *file) { return file->stream; }

/* Gives a nameless file a name beside the target. */
static bool link_temporary(struct quo_outfile *file, int fd)
{
    if (file->temporary[0])
        return true;
    char self[48];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    do {
        name_temporary(file);
        if (linkat(AT_FDCWD, self, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) == 0)
            return true;
    } while (errno == EEXIST);
    file->temporary[0] = '\0';
    return false;
}

void quo_outfile_sync_folder(const char *path)
{
    char *folder = folder_of(path);
    const int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int replace(struct quo_outfile *file)
{
    const int fd = fileno(file->stream);
    if (file->mode && fchmod(fd, file->mode) != 0)
        return errno;
    if (fsync(fd) != 0 || !link_temporary(file, fd))
        return errno;
    return rename(file->temporary, file->target) == 0 ? 0 : errno;
}

enum quo_status quo_outfile_commit(struct quo_outfile *file, struct quo_faults *faults)
{
    errno = 0;
    int error = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream))
        error = errno ? errno : EIO;
    if (!error && file->target) {
        error = replace(file);
        if (!error) {
            quo_outfile_sync_folder(file->target);
            file->temporary[0] = '\0'; /* it is the target now */
        }
    }
    if (file->stream != stdout && fclose(file->stream) != 0 && !error)
        error = errno;
    const enum quo_status status = error ? fault(file->path, error, "cannot be written", faults) : QUO_OK;
    if (file->temporary && file->temporary[0])
        unlink(file->temporary);
    free_outfile(file);
    return status;
}

void quo_outfile_abandon(struct quo_outfile *file)
{
    if (!file)
        return;
    if (file->stream != stdout)
        fclose(file->stream);
    if (file->temporary && file->temporary[0])
        unlink(file->temporary);
    free_outfile(file);
}
