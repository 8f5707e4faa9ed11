#include "pricing/desk/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/money.h"

void quo_table_ink(const struct quo_page *page, enum quo_ink ink, const char *format, ...)
{
    static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m"};
    const bool coloured = page->colour && ink != QUO_INK_PLAIN;
    if (coloured)
        fputs(codes[ink], page->to);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(page->to, format, arguments);
    va_end(arguments);
    if (coloured)
        fputs("\033[0m", page->to);
}

void quo_table_heading(const struct quo_page *page, const char *text)
{
    fputc('\n', page->to);
    quo_table_ink(page, QUO_INK_BOLD, "%s\n", text);
}

void quo_table_left(const struct quo_page *page, const char *text, int width)
{
    int columns = 0;
    size_t bytes = 0, fits = 0;
    for (; text[bytes]; bytes++)
        if (((unsigned char)text[bytes] & 0xC0) != 0x80) {
            columns++;
            if (columns == width - 1)
                fits = bytes;
        }
    if (columns > width)
        fprintf(page->to, "%.*s..", (int)fits, text);
    else
        fprintf(page->to, "%s%*s", text, width - columns, "");
}

void quo_table_money(const struct quo_page *page, double amount, int decimals, int width)
{
    char text[64];
    quo_money_format(amount, decimals, text, sizeof text);
    fprintf(page->to, "%*s", width, text);
}

void quo_table_short(const struct quo_page *page, double amount, int width)
{
    char text[64];
    quo_money_short(amount, text, sizeof text);
    fprintf(page->to, "%*s", width, text);
}

void quo_table_once(const struct quo_page *page, double rate)
{
    char text[64];
    if (!(rate >= 1e-6)) {
        fputs(isnan(rate) ? "n/a" : "less than once in a million years", page->to);
        return;
    }
    snprintf(text, sizeof text, "%.3g", rate < 1.0 ? 1.0 / rate : rate);
    const double digits = strtod(text, NULL);
    if (digits >= 1000.0) /* else 1.05e+04 */
        quo_money_format(digits, 0, text, sizeof text);
    if (digits == 1.0)
        fputs("once a year", page->to);
    else
        fprintf(page->to, rate < 1.0 ? "once in %s years" : "%s times a year", text);
}

void quo_table_bar(const struct quo_page *page, double share, int width)
{
    const int full = (int)lround(fmin(fmax(share, 0.0), 1.0) * width);
    for (int i = 0; i < width; i++)
        fputc(i < full ? '#' : '.', page->to);
}
