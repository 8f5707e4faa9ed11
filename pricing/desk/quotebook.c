#include "pricing/desk/quotebook.h"

#include <math.h>
#include <string.h>

#include "pricing/desk/xlsxlib.h"

#define DAY 1767225600 /* of the file: always the same, so that the same quote is the same bytes */

static double width_of(const struct quo_sheet_table *table, size_t column)
{
    char buffer[64];
    double most = (double)strlen(table->heading[column]);
    for (size_t r = 0; r < table->n_rows; r++)
        most = fmax(most, (double)strlen(quo_quotesheet_text(&table->cell[r * table->n_columns + column], buffer,
                                                             sizeof buffer)));
    return fmin(fmax(most + 2.0, 10.0), 70.0);
}

static void put_table(const struct quo_xlsxlib *lib, lxw_workbook *book, const struct quo_sheet_table *table,
                      lxw_format *const *format)
{
    lxw_worksheet *sheet = lib->workbook_add_worksheet(book, table->id);
    for (size_t c = 0; sheet && c < table->n_columns; c++) {
        const lxw_col_t column = (lxw_col_t)c;
        lib->worksheet_set_column(sheet, column, column, width_of(table, c), NULL);
        lib->worksheet_write_string(sheet, 0, column, table->heading[c], format[QUO_CELL_TEXT]);
        for (size_t r = 0; r < table->n_rows; r++) {
            const struct quo_cell *cell = &table->cell[r * table->n_columns + c];
            if (cell->kind == QUO_CELL_TEXT)
                lib->worksheet_write_string(sheet, (lxw_row_t)r + 1, column, cell->text, NULL);
            else if (!isnan(cell->number))
                lib->worksheet_write_number(sheet, (lxw_row_t)r + 1, column, cell->number, format[cell->kind]);
        }
    }
    if (sheet)
        lib->worksheet_freeze_panes(sheet, 1, 0);
}

static lxw_error fill(const struct quo_xlsxlib *lib, const char *path, const void *context)
{
    static const char *const shown[] = {[QUO_CELL_CENTS] = "#,##0.00",
                                        [QUO_CELL_WHOLE] = "#,##0",
                                        [QUO_CELL_PERCENT] = "0.00%",
                                        [QUO_CELL_PLAIN] = "General"};
    const struct quo_sheet *sheet = context;
    lxw_workbook *book = lib->workbook_new(path);
    if (!book)
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    lxw_doc_properties properties = {.title = "Quote", .created = DAY};
    lxw_format *format[QUO_CELL_PLAIN + 1]; /* [QUO_CELL_TEXT]: of headings */
    lib->workbook_set_properties(book, &properties);
    for (int k = 0; k <= QUO_CELL_PLAIN; k++) {
        format[k] = lib->workbook_add_format(book);
        if (k == QUO_CELL_TEXT) {
            lib->format_set_bold(format[k]);
            lib->format_set_bottom(format[k], LXW_BORDER_THIN);
        } else {
            lib->format_set_num_format(format[k], shown[k]);
        }
    }
    for (size_t t = 0; t < sheet->n; t++)
        put_table(lib, book, &sheet->table[t], format);
    return lib->workbook_close(book);
}

enum quo_status quo_quotebook_write(const char *path, const struct quo_sheet *sheet, struct quo_faults *faults)
{
    return quo_xlsxlib_write(path, fill, sheet, faults);
}
