/* pricing/portfolio/assemble.h -- a book from files: policy files (libconfig), made ready to be simulated.
 *
 * A protocol that several policies name is one protocol: they must describe it alike. */
#ifndef QUO_ASSEMBLE_H
#define QUO_ASSEMBLE_H

#include "pricing/portfolio/exposures.h"
#include "risk/base/faults.h"

/* path[n]: policy files. Every fault of every file is told. */
enum quo_status quo_assemble_files(const struct quo_engine *engine, const struct quo_dependence *dependence, const char *const *path, size_t n,
                                   struct quo_exposures **out, struct quo_faults *faults);
#endif
