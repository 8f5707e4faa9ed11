/* Any bytes as a CSV file. Rows must have the header's width, valid text, and lines that go up. */
#include "bytes.h"

#include "risk/base/csv.h"
#include "risk/base/text.h"

static void check_row(const struct quo_csv *csv, const struct quo_csv_row *row, int *line)
{
    assert(row->n == quo_csv_columns(csv) && row->line > *line);
    *line = row->line;
    for (size_t i = 0; i < row->n; i++)
        assert(strlen(row->field[i]) <= 65536 && quo_text_is_utf8(row->field[i], strlen(row->field[i]), NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[48];
    const int fd = bytes_file(data, size, path);
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_csv *csv;
    const enum quo_status opened = quo_csv_open(path, &csv, &faults);
    assert((csv != NULL) == (opened == QUO_OK));
    assert(opened == QUO_OK || quo_faults_refusals(&faults) > 0);
    if (csv) {
        static const char *const wanted[] = {"date", "loss_usd"}, *const optional[] = {"chain"};
        int index[2], optional_index[1], line = 0;
        quo_csv_expect(csv, wanted, 2, index, optional, 1, optional_index, &faults);
        const struct quo_csv_row *row;
        enum quo_status status;
        while ((status = quo_csv_next(csv, &row, &faults)) == QUO_OK && row)
            check_row(csv, row, &line);
        assert(status == QUO_OK || quo_faults_refusals(&faults) > 0);
    }
    quo_csv_close(csv);
    quo_faults_free(&faults);
    close(fd);
    return 0;
}
