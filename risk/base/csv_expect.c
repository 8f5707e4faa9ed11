/* The columns of a CSV file against those that are wanted. */
#include <string.h>
#include "risk/base/csv.h"
#include "risk/base/text.h"

static bool is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static void missing_column(const struct quo_csv *csv, const char *name, struct quo_faults *faults)
{
    const int near = quo_text_nearest(name, quo_csv_names(csv), quo_csv_columns(csv));
    char hint[256] = "add it to the first line";
    if (near >= 0)
        quo_text_print(hint, sizeof hint, "is '%.100s' meant for it?", quo_csv_column_name(csv, (size_t)near));
    quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, hint, "there is no column '%s'", name);
}

static void unknown_column(const struct quo_csv *csv, const char *name, const char *const *wanted, size_t n_wanted,
                           const char *const *optional, size_t n_optional, struct quo_faults *faults)
{
    const int a = quo_text_nearest(name, wanted, n_wanted);
    const int b = a < 0 ? quo_text_nearest(name, optional, n_optional) : -1;
    char hint[256] = "remove it";
    if (a >= 0 || b >= 0)
        quo_text_print(hint, sizeof hint, "did you mean '%.100s'?", a >= 0 ? wanted[a] : optional[b]);
    quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, hint, "unknown column '%s'", name);
}

enum quo_status quo_csv_expect(const struct quo_csv *csv, const char *const *wanted, size_t n_wanted, int *index,
                               const char *const *optional, size_t n_optional, int *optional_index,
                               struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < n_wanted; i++) {
        index[i] = quo_csv_column(csv, wanted[i]);
        if (index[i] < 0) {
            missing_column(csv, wanted[i], faults);
            status = QUO_REFUSED;
        }
    }
    if (!optional)
        return status;
    for (size_t i = 0; i < n_optional; i++)
        optional_index[i] = quo_csv_column(csv, optional[i]);
    for (size_t i = 0; i < quo_csv_columns(csv); i++) {
        const char *name = quo_csv_column_name(csv, i);
        if (is_among(name, wanted, n_wanted) || is_among(name, optional, n_optional))
            continue;
        unknown_column(csv, name, wanted, n_wanted, optional, n_optional, faults);
        status = QUO_REFUSED;
    }
    return status;
}
