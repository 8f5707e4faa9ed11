#include "pricing/book/rejects.h"

#include <string.h>

void quo_rejects_init(struct quo_rejects *rejects, FILE *to, struct quo_faults *faults, size_t most)
{
    *rejects = (struct quo_rejects){.to = to, .faults = faults, .most = most};
}

/* The row's fields again as they stood, without quotes: as one field of the rejects file. */
static void write_row(FILE *to, const struct quo_csv_row *text)
{
    putc('"', to);
    for (size_t i = 0; text && i < text->n; i++) {
        if (i)
            putc(',', to);
        for (const char *c = text->field[i]; *c; c++) {
            if (*c == '"')
                putc('"', to);
            putc(*c, to);
        }
    }
    fputs("\"\n", to);
}

void quo_rejects_row(struct quo_rejects *rejects, struct quo_faults *row, const struct quo_csv_row *text)
{
    for (size_t i = 0; i < row->n; i++) {
        const struct quo_fault *f = &row->fault[i];
        if (f->code == QUO_OK)
            continue;
        if (rejects->to) {
            if (!rejects->no_header)
                fputs("file,line,reason,hint,row\n", rejects->to);
            rejects->no_header = true;
            quo_csv_write_field(rejects->to, f->file);
            fprintf(rejects->to, ",%d,", f->line);
            quo_csv_write_field(rejects->to, f->text);
            putc(',', rejects->to);
            quo_csv_write_field(rejects->to, f->hint);
            putc(',', rejects->to);
            write_row(rejects->to, text);
        }
        if (rejects->faults && rejects->told < rejects->most) {
            quo_faults_add(rejects->faults, f->code, f->file, f->line, f->hint, "%s", f->text);
            rejects->told++;
        } else if (!rejects->to) {
            rejects->left_out++;
        }
    }
    rejects->bad++;
    quo_faults_free(row);
    quo_faults_init(row);
}
