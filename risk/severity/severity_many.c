#include "risk/severity/severity.h"

void quo_severity_Q_many(const double *x, size_t n, const struct quo_severity *s, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = quo_severity_Q(x[i], s);
}
