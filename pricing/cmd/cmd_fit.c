#include "pricing/cmd/cmd.h"

const char quo_usage_fit[] = "usage: quorate fit\n";

int quo_cmd_fit(struct quo_cmd *cmd, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return quo_cmd_usage(cmd, "not built into this program");
}
