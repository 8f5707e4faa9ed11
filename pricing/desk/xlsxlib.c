#include "pricing/desk/xlsxlib.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "risk/base/outfile.h"

enum quo_status quo_xlsxlib_open(struct quo_xlsxlib *lib, struct quo_faults *faults)
{
    static const char *const names[] = {"libxlsxwriter.so.4", "libxlsxwriter.so"};
    memset(lib, 0, sizeof *lib);
    for (size_t i = 0; !lib->handle && i < sizeof names / sizeof *names; i++)
        lib->handle = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    bool whole = lib->handle != NULL;
/* POSIX lets a function's address come as an object's; the language has no cast for it. */
#define FIND(name)                                                                                                     \
    if (whole) {                                                                                                       \
        void *at = dlsym(lib->handle, #name);                                                                          \
        memcpy(&lib->name, &at, sizeof at);                                                                            \
        whole = at != NULL;                                                                                            \
    }
    QUO_XLSXLIB_FUNCTIONS(FIND)
#undef FIND
    if (whole)
        return QUO_OK;
    quo_xlsxlib_close(lib);
    return quo_faults_add(faults, QUO_MACHINE, "", 0, "install libxlsxwriter4, or write the sheet as CSV",
                          "workbooks need libxlsxwriter");
}

void quo_xlsxlib_close(struct quo_xlsxlib *lib)
{
    if (lib->handle)
        dlclose(lib->handle);
    memset(lib, 0, sizeof *lib);
}

/* The library writes to a name of its own choosing the moment; what it wrote is then put in place whole. */
static enum quo_status copy(const char *from, const char *path, struct quo_faults *faults)
{
    struct quo_outfile *file;
    char block[65536];
    FILE *in = fopen(from, "rb");
    if (!in)
        return QUO_MACHINE;
    const enum quo_status status = quo_outfile_open(path, &file, faults);
    for (size_t n; status == QUO_OK && (n = fread(block, 1, sizeof block, in)) > 0;)
        fwrite(block, 1, n, quo_outfile_stream(file));
    const bool broken = ferror(in) != 0;
    fclose(in);
    if (status == QUO_OK && broken) {
        quo_outfile_abandon(file);
        return QUO_MACHINE;
    }
    return status == QUO_OK ? quo_outfile_commit(file, faults) : status;
}

enum quo_status quo_xlsxlib_write(const char *path, quo_xlsxlib_fill_fn *fill, const void *context,
                                  struct quo_faults *faults)
{
    const char *folder = getenv("TMPDIR");
    char name[4096];
    snprintf(name, sizeof name, "%s/quorate-sheet-XXXXXX", folder && *folder ? folder : "/tmp");
    const int handle = mkstemp(name);
    if (handle < 0)
        return quo_faults_add(faults, QUO_MACHINE, name, 0, "set TMPDIR to a folder with room", "no temporary file: %s",
                              strerror(errno));
    close(handle);
    struct quo_xlsxlib lib;
    enum quo_status status = quo_xlsxlib_open(&lib, faults);
    const lxw_error error = status == QUO_OK ? fill(&lib, name, context) : LXW_NO_ERROR;
    if (error)
        status = quo_faults_add(faults, QUO_MACHINE, path, 0, "is there room in the temporary folder?",
                                "the workbook could not be written: %s", lib.lxw_strerror(error));
    quo_xlsxlib_close(&lib);
    if (status == QUO_OK)
        status = copy(name, path, faults);
    unlink(name);
    return status;
}
