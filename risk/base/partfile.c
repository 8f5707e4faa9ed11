#include "risk/base/partfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "risk/base/hash.h"
#include "risk/base/outfile.h"

struct quo_partfile {
    FILE *stream;
    char *path, *part, *at; /* FILE, FILE.part, FILE.part.at */
    char identity[QUO_HASH_SIZE];
    bool kept;  /* a step counts */
    bool named; /* FILE.part is there; before its first step a file has no name, so that nothing stays behind whatever happens */
};

static enum quo_status fault(const struct quo_partfile *file, int error, struct quo_faults *faults)
{
    char hint[512] = "";
    if (file->kept)
        snprintf(hint, sizeof hint, "make room and run it again with --resume; '%.400s' holds what is done", file->part);
    return quo_faults_add(faults, QUO_MACHINE, file->path, 0, hint, "cannot be written: %s", strerrordesc_np(error));
}

static void free_partfile(struct quo_partfile *file)
{
    free(file->path);
    free(file->part);
    free(file->at);
    free(file);
}

bool quo_partfile_can(const char *path)
{
    struct stat about;
    return path[0] && strcmp(path, "-") != 0 && (stat(path, &about) != 0 || S_ISREG(about.st_mode));
}

/* The line of FILE.part.at: identity, steps, digest, bytes, and a hash of all of them. */
static int print_mark(const struct quo_partfile *file, const struct quo_partmark *mark, uint64_t bytes, char line[256])
{
    char hex[QUO_HASH_SIZE];
    const int n = snprintf(line, 256, "%s %" PRIu64 " %016" PRIx64 " %" PRIu64, file->identity, mark->done, mark->digest,
                           bytes);
    quo_hash_bytes(line, (size_t)n, hex);
    return n + snprintf(line + n, 256 - (size_t)n, " %.16s\n", hex);
}

/* What FILE.part.at says; false where there is none. QUO_REFUSED in *status: it speaks of something else. */
static bool read_mark(const struct quo_partfile *file, struct quo_partmark *mark, uint64_t *bytes,
                      enum quo_status *status, struct quo_faults *faults)
{
    char line[256] = "", identity[QUO_HASH_SIZE] = "", want[256];
    struct stat about;
    const bool empty = fstat(fileno(file->stream), &about) == 0 && about.st_size == 0; /* made now: it was finished */
    FILE *from = empty ? NULL : fopen(file->at, "re");
    if (!from)
        return false;
    const bool read = fgets(line, sizeof line, from) != NULL;
    fclose(from);
    struct quo_partfile said = *file;
    if (read && sscanf(line, "%64[0-9a-f] %" SCNu64 " %" SCNx64 " %" SCNu64, identity, &mark->done, &mark->digest, bytes) == 4)
        memcpy(said.identity, identity, sizeof identity);
    print_mark(&said, mark, *bytes, want);
    if (strcmp(line, want) != 0)
        *status = quo_faults_add(faults, QUO_REFUSED, file->at, 1, "begin anew, without --resume", "is not what was written");
    else if (strcmp(identity, file->identity) != 0)
        *status = quo_faults_add(faults, QUO_REFUSED, file->part, 0,
                                 "the same files, options and program, or begin anew without --resume",
                                 "was begun with another model, protocols, pricing or program");
    return true;
}

/* Cuts the part to what counts, and stands at its end. */
static enum quo_status cut(struct quo_partfile *file, uint64_t bytes, struct quo_faults *faults)
{
    struct stat about;
    const int fd = fileno(file->stream);
    if (fstat(fd, &about) != 0)
        return fault(file, errno, faults);
    if ((uint64_t)about.st_size < bytes)
        return quo_faults_add(faults, QUO_REFUSED, file->part, 0, "begin anew, without --resume",
                              "holds less than '%s' says", file->at);
    if (ftruncate(fd, (off_t)bytes) != 0 || fseeko(file->stream, (off_t)bytes, SEEK_SET) != 0)
        return fault(file, errno, faults);
    return QUO_OK;
}

static enum quo_status busy(const struct quo_partfile *file, struct quo_faults *faults)
{
    return quo_faults_add(faults, QUO_MACHINE, file->part, 0, "wait for it to end", "another program is writing it");
}

/* A file without a name in the folder of the part; with one where the file system has no such thing. -1 with errno. */
static int open_nameless(struct quo_partfile *file)
{
    const char *slash = strrchr(file->part, '/');
    char *folder = slash ? strndup(file->part, (size_t)(slash - file->part) + 1) : strdup(".");
    int fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666) : -1;
    free(folder);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        fd = open(file->part, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
        file->named = fd >= 0;
    }
    return fd;
}

/* The part of before, if it is to be gone on with; else a new file, and what was left by others is gone. */
static enum quo_status open_part(struct quo_partfile *file, bool resume, struct quo_faults *faults)
{
    int fd = open(file->part, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return busy(file, faults);
    }
    file->named = fd >= 0;
    if (fd >= 0 && (!resume || access(file->at, F_OK) != 0)) {
        unlink(file->at);
        unlink(file->part);
        close(fd);
        fd = -1;
        file->named = false;
    }
    if (fd < 0)
        fd = open_nameless(file);
    if (fd < 0)
        return fault(file, errno, faults);
    if (!(file->stream = fdopen(fd, "r+b"))) {
        close(fd);
        return fault(file, ENOMEM, faults);
    }
    return QUO_OK;
}

/* The nameless file gets a name that nobody has: 0, else errno. */
static int give_name(const struct quo_partfile *file, const char *name)
{
    char self[48];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fileno(file->stream));
    return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

enum quo_status quo_partfile_open(const char *path, const char *identity, bool resume, struct quo_partfile **out,
                                  struct quo_partmark *mark, struct quo_faults *faults)
{
    *out = NULL;
    *mark = (struct quo_partmark){0};
    struct quo_partfile *file = calloc(1, sizeof *file);
    if (!file)
        return QUO_MACHINE;
    struct stat about;
    const bool link = lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
    char *real = link ? realpath(path, NULL) : NULL; /* the file behind it is replaced, not the link */
    file->path = real ? real : strdup(path);
    if (!file->path || asprintf(&file->part, "%s.part", file->path) < 0 ||
        asprintf(&file->at, "%s.part.at", file->path) < 0) {
        free_partfile(file);
        return QUO_MACHINE;
    }
    snprintf(file->identity, sizeof file->identity, "%s", identity);
    uint64_t bytes = 0;
    enum quo_status status = open_part(file, resume, faults);
    if (status == QUO_OK && resume)
        file->kept = read_mark(file, mark, &bytes, &status, faults);
    if (status == QUO_OK)
        status = cut(file, bytes, faults);
    if (status == QUO_OK)
        *out = file;
    else
        quo_partfile_abandon(file, true);
    return status;
}

FILE *quo_partfile_stream(struct quo_partfile *file) { return file->stream; }

enum quo_status quo_partfile_keep(struct quo_partfile *file, const struct quo_partmark *mark, struct quo_faults *faults)
{
    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream) || fdatasync(fileno(file->stream)) != 0)
        return fault(file, errno ? errno : EIO, faults);
    if (!file->named) {
        const int error = give_name(file, file->part);
        if (error)
            return error == EEXIST ? busy(file, faults) : fault(file, error, faults);
        file->named = true;
        flock(fileno(file->stream), LOCK_EX | LOCK_NB);
    }
    char line[256];
    struct quo_outfile *at = NULL;
    print_mark(file, mark, (uint64_t)ftello(file->stream), line);
    enum quo_status status = quo_outfile_open(file->at, &at, faults);
    if (status)
        return status;
    fputs(line, quo_outfile_stream(at));
    status = quo_outfile_commit(at, faults);
    file->kept |= status == QUO_OK;
    return status;
}

enum quo_status quo_partfile_commit(struct quo_partfile *file, struct quo_faults *faults)
{
    struct stat about;
    const int fd = fileno(file->stream);
    errno = 0;
    bool good = fflush(file->stream) == 0 && !ferror(file->stream);
    if (good && stat(file->path, &about) == 0)
        good = fchmod(fd, about.st_mode & 07777) == 0;
    good = good && fsync(fd) == 0;
    if (good && !file->named) { /* a name of its own for a moment: FILE.part may be another's by now */
        free(file->part);
        good = asprintf(&file->part, "%s.part.%d", file->path, (int)getpid()) >= 0;
        file->part = good ? file->part : NULL;
        const int error = good ? give_name(file, file->part) : ENOMEM;
        good = error == 0;
        file->named = good;
        errno = error;
    }
    good = good && rename(file->part, file->path) == 0;
    if (!good) {
        const enum quo_status status = fault(file, errno ? errno : EIO, faults);
        quo_partfile_abandon(file, true);
        return status;
    }
    if (file->kept)
        unlink(file->at);
    quo_outfile_sync_folder(file->path);
    fclose(file->stream);
    free_partfile(file);
    return QUO_OK;
}

void quo_partfile_abandon(struct quo_partfile *file, bool keep)
{
    if (!file)
        return;
    if (file->stream && file->named && !(keep && file->kept)) {
        unlink(file->at);
        unlink(file->part);
    }
    if (file->stream)
        fclose(file->stream);
    free_partfile(file);
}
