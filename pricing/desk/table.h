/* pricing/desk/table.h -- lines and aligned columns for people on a terminal. */
#ifndef QUO_TABLE_H
#define QUO_TABLE_H

#include <stdbool.h>
#include <stdio.h>

/* Where text goes and whether it may be coloured. */
struct quo_page {
    FILE *to;
    bool colour;
};

enum quo_ink { QUO_INK_PLAIN, QUO_INK_BOLD, QUO_INK_DIM, QUO_INK_RED, QUO_INK_YELLOW, QUO_INK_GREEN };

/* Text in that ink, nothing added. */
void quo_table_ink(const struct quo_page *page, enum quo_ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A heading on its own line, an empty line before it. */
void quo_table_heading(const struct quo_page *page, const char *text);
/* Text left-aligned to `width` columns of the terminal (UTF-8 counted as characters), cut with ".." if longer. */
void quo_table_left(const struct quo_page *page, const char *text, int width);
/* Money, right-aligned: with thousands separators and that many decimals; or short ("1.46 bn"). */
void quo_table_money(const struct quo_page *page, double amount, int decimals, int width);
void quo_table_short(const struct quo_page *page, double amount, int width);
/* How often, for people: "once in 408 years", "2.5 times a year", "less than once in a million years" (0 too);
 * NaN is "n/a". */
void quo_table_once(const struct quo_page *page, double rate);
/* A bar of 0..1 as `width` characters, '#' and '.'. */
void quo_table_bar(const struct quo_page *page, double share, int width);
#endif
