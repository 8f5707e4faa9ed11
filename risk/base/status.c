#include "risk/base/status.h"

const char *quo_status_text(enum quo_status status)
{
    switch (status) {
    case QUO_OK:
        return "done";
    case QUO_REFUSED:
        return "the input was refused";
    case QUO_USAGE:
        return "wrong usage";
    case QUO_MACHINE:
        return "the machine failed";
    case QUO_NOT_CONVERGED:
        return "the method did not converge";
    case QUO_DOMAIN:
        return "an argument is outside the domain of the function";
    }
    return "unknown status";
}
