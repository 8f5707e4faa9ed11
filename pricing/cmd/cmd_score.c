#include "pricing/cmd/cmd.h"

const char quo_usage_score[] = "usage: quorate score\n";

int quo_cmd_score(struct quo_cmd *cmd, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return quo_cmd_usage(cmd, "not built into this program");
}
