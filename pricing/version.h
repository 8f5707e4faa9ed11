/* pricing/version.h -- which program made a number. */
#ifndef QUO_VERSION_H
#define QUO_VERSION_H

const char *quo_version(void); /* "0.1.0" */
const char *quo_version_build(
    void); /* the commit it was built from, "-dirty" if it was changed since; "source" outside a repository */
#endif
