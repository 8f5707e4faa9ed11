/* pricing/desk/quotesheet.h -- a quote as a list of tables, each with a title: what a web page and a workbook are made from, so that
 * both say the same. Owns all its text. */
#ifndef QUO_QUOTESHEET_H
#define QUO_QUOTESHEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "pricing/quote.h"

enum quo_cell_kind {
    QUO_CELL_TEXT,
    QUO_CELL_CENTS,   /* money with cents */
    QUO_CELL_WHOLE,   /* money or a count without decimals */
    QUO_CELL_PERCENT, /* the number is a share: 0.02 reads 2.00 % */
    QUO_CELL_PLAIN    /* four significant digits */
};

struct quo_cell {
    enum quo_cell_kind kind;
    char *text;    /* QUO_CELL_TEXT */
    double number; /* any other; NaN: nothing to say */
};

struct quo_sheet_table {
    const char *title, *id; /* of the page's heading; of the workbook's sheet */
    size_t n_columns, n_rows;
    const char *const *heading; /* heading[n_columns] */
    struct quo_cell *cell;      /* cell[n_rows * n_columns] */
};
#define QUO_SHEET_TABLES 10

struct quo_sheet {
    struct quo_sheet_table table[QUO_SHEET_TABLES];
    size_t n;
    bool failed; /* memory ran out while it was filled */
};

/* document: what quo_quotejson made of the quote, for its assumptions and inputs. QUO_MACHINE without memory. */
enum quo_status quo_quotesheet_new(const struct quo_quote *quote, const json_t *document, struct quo_sheet *out);
void quo_quotesheet_free(struct quo_sheet *sheet); /* the contents */
/* A cell as a person reads it; returns buffer, or the cell's own text. */
const char *quo_quotesheet_text(const struct quo_cell *cell, char *buffer, size_t size);
#endif
