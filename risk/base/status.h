/* risk/base/status.h -- how a function of the library says whether it did its work. */
#ifndef QUO_STATUS_H
#define QUO_STATUS_H

enum quo_status {
    QUO_OK = 0,
    QUO_REFUSED,       /* the input is wrong; the faults say where and what would be right (exit 1) */
    QUO_USAGE,         /* the call's own words are wrong (exit 2) */
    QUO_MACHINE,       /* memory, disk, a signal: nothing half-written is left (exit 3) */
    QUO_NOT_CONVERGED, /* a numerical method stopped without its answer; a result with a reason */
    QUO_DOMAIN         /* an argument outside what the function is defined for */
};

/* One line in English; never NULL, also for a value that is none of the above. */
const char *quo_status_text(enum quo_status status);
#endif
