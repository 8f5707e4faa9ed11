/* A program of the build, not of the library: reads the files that ship, and writes into a folder what risk/defaults.c embeds.
 *
 * usage: prepare FOLDER CATALOGUE MARKET MODEL AUTHORITY */
#include <stdio.h>
#include <stdlib.h>
#include "risk/base/source.h"
#include "risk/model.h"

static const char *const kinds[] = {"catalogue", "market", "model", "authority"};
static const char *const macros[] = {"CATALOGUE", "MARKET", "MODEL", "AUTHORITY"};
enum { MODEL = 2, KINDS = 4 };

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        fprintf(stderr, "%s: cannot be written\n", path);
    return file;
}

static int closed(FILE *file)
{
    const int bad = ferror(file);
    return fclose(file) == 0 && !bad;
}

/* The model's text without its draws, to a file of its own for the scanner; the draws as they are to another. */
static int split_model(const char *folder, const char *path, struct quo_faults *faults)
{
    struct quo_model *model = NULL;
    if (quo_model_load(path, &model, faults) != QUO_OK)
        return 0;
    FILE *text = create(folder, "model.cfg"), *draws = create(folder, "draws");
    if (text && draws)
        quo_model_pack(model, text, draws);
    const int good = (text ? closed(text) : 0) & (draws ? closed(draws) : 0);
    quo_model_free(model);
    return good;
}

static int prepare(const char *folder, const char *path, const char *name, struct quo_source *source,
                   struct quo_faults *faults)
{
    if (quo_source_read(source, path, faults) != QUO_OK || source->told || source->n_files != 1)
        return 0;
    FILE *out = create(folder, name);
    if (!out)
        return 0;
    fwrite(source->text, 1, source->n, out);
    return closed(out);
}

static int all(const char *folder, char **path, FILE *header, struct quo_faults *faults)
{
    for (int i = 0; i < KINDS; i++) {
        struct quo_source original, packed;
        char model[4096];
        snprintf(model, sizeof model, "%s/model.cfg", folder);
        int good = prepare(folder, path[i], kinds[i], &original, faults);
        fprintf(header, "#define QUO_SHIPPED_%s \"%s\", \"%s\"\n", macros[i], path[i],
                original.n_files ? original.file[0].sha256 : "");
        quo_source_free(&original);
        if (good && i == MODEL) {
            good = split_model(folder, path[i], faults) && prepare(folder, model, kinds[i], &packed, faults);
            quo_source_free(&packed);
        }
        if (!good)
            return 0;
    }
    fprintf(header, "#define QUO_SHIPPED_FOLDER \"%s\"\n", folder);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2 + KINDS) {
        fprintf(stderr, "usage: prepare FOLDER CATALOGUE MARKET MODEL AUTHORITY\n");
        return 2;
    }
    struct quo_faults faults;
    quo_faults_init(&faults);
    FILE *header = create(argv[1], "shipped.h");
    int good = header && all(argv[1], argv + 2, header, &faults);
    good = header && closed(header) && good;
    for (size_t i = 0; i < faults.n; i++)
        fprintf(stderr, "%s:%d: %s\n", faults.fault[i].file, faults.fault[i].line, faults.fault[i].text);
    quo_faults_free(&faults);
    return good ? 0 : 1;
}
