#include "risk/defaults.h"

#include "risk/controls/scale.h"

#include <shipped/shipped.h> /* written by risk/prepare.c into the build folder: names and hashes */

/* .incbin takes the bytes as they are, of any length, without a generated source file. */
#define EMBED(name)                                                                                                    \
    __asm__(".pushsection .rodata\n.balign 16\n.global quo_default_" name "\n.hidden quo_default_" name                \
            "\nquo_default_" name ":\n.incbin \"" QUO_SHIPPED_FOLDER "/" name "\"\n.global quo_default_" name          \
            "_end\n.hidden quo_default_" name "_end\nquo_default_" name "_end:\n.byte 0\n.popsection\n")

EMBED("catalogue");
EMBED("market");
EMBED("model");
EMBED("authority");
EMBED("draws");
EMBED("scale_known");

extern const char quo_default_catalogue[], quo_default_market[], quo_default_model[], quo_default_authority[];
extern const struct quo_scale_known quo_default_scale_known;
extern const double quo_default_draws[], quo_default_draws_end[];

static const struct quo_config_prepared shipped[QUO_DEFAULTS] = {
    [QUO_DEFAULT_CATALOGUE] = {QUO_SHIPPED_CATALOGUE, quo_default_catalogue, NULL, 0},
    [QUO_DEFAULT_MARKET] = {QUO_SHIPPED_MARKET, quo_default_market, NULL, 0},
    [QUO_DEFAULT_MODEL] = {QUO_SHIPPED_MODEL, quo_default_model, quo_default_draws, 0},
    [QUO_DEFAULT_AUTHORITY] = {QUO_SHIPPED_AUTHORITY, quo_default_authority, NULL, 0},
};

const char *quo_default_name(enum quo_default which) { return shipped[which].name; }

const struct quo_scale_known *quo_default_scale(void) { return &quo_default_scale_known; }

enum quo_status quo_default_open(enum quo_default which, struct quo_config **out, struct quo_faults *faults)
{
    struct quo_config_prepared prepared = shipped[which];
    if (prepared.number)
        prepared.n_numbers = (size_t)(quo_default_draws_end - quo_default_draws);
    return quo_config_open_prepared(&prepared, out, faults);
}
