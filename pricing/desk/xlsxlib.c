#include "pricing/desk/xlsxlib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

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
