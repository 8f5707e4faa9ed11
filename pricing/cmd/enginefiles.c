#include "pricing/cmd/enginefiles.h"

bool quo_cmd_engine_file(int opt, const char *path, struct quo_engine_files *files)
{
    switch (opt) {
    case QUO_OPT_MODEL:
        files->model = path;
        return true;
    case QUO_OPT_CATALOGUE:
        files->catalogue = path;
        return true;
    case QUO_OPT_MARKET:
        files->market = path;
        return true;
    case QUO_OPT_AUTHORITY:
        files->authority = path;
        return true;
    default:
        return false;
    }
}
