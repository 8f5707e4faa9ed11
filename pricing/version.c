#include "pricing/version.h"

#include <build_id.h> /* written by the Makefile into the build folder */

const char *quo_version(void) { return QUO_VERSION; }

const char *quo_version_build(void) { return QUO_BUILD_ID; }
