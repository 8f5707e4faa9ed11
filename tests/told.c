#include "told.h"

#include <string.h>
#include "check.h"

const char *told(const struct quo_faults *faults)
{
    static char text[1 << 16];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < faults->n && n < sizeof text; i++) {
        n += quo_fault_format(&faults->fault[i], text + n, sizeof text - n);
        if (n + 1 < sizeof text) {
            text[n++] = '\n';
            text[n] = '\0';
        }
    }
    return text;
}

void check_told(const struct quo_faults *faults, const char *want, const char *what)
{
    const char *got = told(faults);
    if (strcmp(got, want) != 0)
        fail_msg("%s\n  said: %s\n  want: %s", what, got, want);
}
