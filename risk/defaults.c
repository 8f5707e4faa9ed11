#include "risk/defaults.h"

/* .incbin takes the bytes as they are, of any length, without a generated source file. */
#define EMBED(name, path)                                                                                              \
    __asm__(".pushsection .rodata\n.balign 16\n.global quo_default_" name "\n.hidden quo_default_" name                \
            "\nquo_default_" name ":\n.incbin \"" path "\"\n.global quo_default_" name "_end\n.hidden quo_default_" name \
            "_end\nquo_default_" name "_end:\n.byte 0\n.popsection\n")

EMBED("catalogue", "fixtures/catalogue/controls.cfg");
EMBED("market", "fixtures/market/market.cfg");
EMBED("model", "fixtures/model/model.cfg");
EMBED("authority", "fixtures/authority/authority.cfg");

extern const char quo_default_catalogue[], quo_default_catalogue_end[], quo_default_market[], quo_default_market_end[],
    quo_default_model[], quo_default_model_end[], quo_default_authority[], quo_default_authority_end[];

struct quo_default_file quo_default_file(enum quo_default which)
{
    switch (which) {
    case QUO_DEFAULT_CATALOGUE:
        return (struct quo_default_file){"fixtures/catalogue/controls.cfg", quo_default_catalogue,
                                         (size_t)(quo_default_catalogue_end - quo_default_catalogue)};
    case QUO_DEFAULT_MARKET:
        return (struct quo_default_file){"fixtures/market/market.cfg", quo_default_market, (size_t)(quo_default_market_end - quo_default_market)};
    case QUO_DEFAULT_MODEL:
        return (struct quo_default_file){"fixtures/model/model.cfg", quo_default_model, (size_t)(quo_default_model_end - quo_default_model)};
    case QUO_DEFAULT_AUTHORITY:
        return (struct quo_default_file){"fixtures/authority/authority.cfg", quo_default_authority,
                                         (size_t)(quo_default_authority_end - quo_default_authority)};
    case QUO_DEFAULTS:
        break;
    }
    return (struct quo_default_file){"", "", 0};
}
