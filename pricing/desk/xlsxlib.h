/* pricing/desk/xlsxlib.h -- libxlsxwriter, brought in when a workbook is asked for and not before: it drags a whole cryptography library
 * with it, whose relocations would cost every command two milliseconds at its start.
 *
 * Functions of the library are called through the struct under their own names: lib.workbook_new(path). */
#ifndef QUO_XLSXLIB_H
#define QUO_XLSXLIB_H

#include <xlsxwriter.h>
#include "risk/base/faults.h"

/* Name by name what is used; a new one is added here alone. */
#define QUO_XLSXLIB_FUNCTIONS(USE)                                                                                     \
    USE(workbook_new)                                                                                                  \
    USE(workbook_close)                                                                                                \
    USE(workbook_add_worksheet)                                                                                        \
    USE(workbook_add_format)                                                                                           \
    USE(workbook_set_properties)                                                                                       \
    USE(worksheet_write_string)                                                                                        \
    USE(worksheet_write_number)                                                                                        \
    USE(worksheet_write_blank)                                                                                         \
    USE(worksheet_set_column)                                                                                          \
    USE(worksheet_freeze_panes)                                                                                        \
    USE(worksheet_data_validation_range)                                                                               \
    USE(format_set_num_format)                                                                                         \
    USE(format_set_bold)                                                                                               \
    USE(format_set_bottom)                                                                                             \
    USE(format_set_border)                                                                                             \
    USE(format_set_text_wrap)                                                                                          \
    USE(format_set_align)                                                                                              \
    USE(format_set_bg_color)                                                                                           \
    USE(lxw_strerror)

#define QUO_XLSXLIB_MEMBER(name) __typeof__(name) *name;
struct quo_xlsxlib {
    void *handle;
    QUO_XLSXLIB_FUNCTIONS(QUO_XLSXLIB_MEMBER)
};
#undef QUO_XLSXLIB_MEMBER

/* QUO_MACHINE, told in faults, if the library is not there or too old. */
enum quo_status quo_xlsxlib_open(struct quo_xlsxlib *lib, struct quo_faults *faults);
void quo_xlsxlib_close(struct quo_xlsxlib *lib);

/* Fills a workbook of that name and closes it. */
typedef lxw_error quo_xlsxlib_fill_fn(const struct quo_xlsxlib *lib, const char *path, const void *context);
/* Opens the library, has the workbook written to a temporary file and puts it in place whole. QUO_MACHINE with a fault. */
enum quo_status quo_xlsxlib_write(const char *path, quo_xlsxlib_fill_fn *fill, const void *context,
                                  struct quo_faults *faults);
#endif
