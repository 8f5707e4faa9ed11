/* pricing/cmd/enginefiles.h -- the options that name the files of an engine, for every command that prices. */
#ifndef QUO_ENGINEFILES_H
#define QUO_ENGINEFILES_H

#include "pricing/cmd/cmd.h"
#include "pricing/engine.h"

enum { QUO_OPT_MODEL = 1050, QUO_OPT_CATALOGUE, QUO_OPT_MARKET, QUO_OPT_AUTHORITY };

/* getopt_long options: of a command that rates a protocol, and of one that decides on a policy too. */
#define QUO_CMD_MODEL_FILES                                                                                            \
    {"model", required_argument, NULL, QUO_OPT_MODEL}, {"catalogue", required_argument, NULL, QUO_OPT_CATALOGUE},      \
    {                                                                                                                  \
        "market", required_argument, NULL, QUO_OPT_MARKET                                                              \
    }
#define QUO_CMD_ENGINE_FILES QUO_CMD_MODEL_FILES, {"authority", required_argument, NULL, QUO_OPT_AUTHORITY}
/* The lines of a command's help for them. */
#define QUO_HELP_MODEL_FILES                                                                                           \
    "  --model FILE       fitted model (default: the one that ships with the program)\n"                               \
    "  --catalogue FILE   control catalogue\n"                                                                         \
    "  --market FILE      market profile\n"
#define QUO_HELP_ENGINE_FILES QUO_HELP_MODEL_FILES "  --authority FILE   rules that refer or decline\n"

/* Takes one of them: true if it was one. */
bool quo_cmd_engine_file(int opt, const char *path, struct quo_engine_files *files);
#endif
