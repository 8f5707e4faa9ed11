/* A program of the build, not of the library: reads the files that ship, and writes into a folder what risk/defaults.c embeds.
 *
 * usage: prepare FOLDER CATALOGUE MARKET MODEL AUTHORITY */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/config.h"
#include "risk/base/hash.h"
#include "risk/controls/scale.h"
#include "risk/model.h"

static const char *const kinds[] = {"catalogue", "market", "model", "authority"};
static const char *const macros[] = {"CATALOGUE", "MARKET", "MODEL", "AUTHORITY"};
enum { CATALOGUE, MARKET, MODEL, AUTHORITY, KINDS };

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

/* The model's text without its draws, to a file of its own for the reader; the draws as they are to another. */
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

/* The tree of a file; its hash for the header, where that is wanted. */
static int pack(const char *folder, const char *path, const char *name, char *sha256, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    if (quo_config_open(path, &config, faults) != QUO_OK)
        return 0;
    int good = quo_config_files(config) == 1;
    FILE *out = good ? create(folder, name) : NULL;
    good = out && quo_config_pack(config, out);
    good = out && closed(out) && good;
    if (sha256)
        memcpy(sha256, quo_config_file_sha256(config, 0), QUO_HASH_SIZE);
    quo_config_close(config);
    return good;
}

/* What is known of the shipped catalogue and market together. */
static int put_scale(const char *folder, const char *catalogue_path, const char *market_path, struct quo_faults *faults)
{
    struct quo_catalogue *catalogue = NULL;
    struct quo_market *market = NULL;
    struct quo_scale *scale = NULL;
    int good = quo_catalogue_load(catalogue_path, &catalogue, faults) == QUO_OK &&
               quo_market_load(market_path, catalogue, &market, faults) == QUO_OK &&
               quo_scale_new(catalogue, market, &scale, faults) == QUO_OK;
    FILE *out = good ? create(folder, "scale_known") : NULL;
    good = out && fwrite(&scale->known, sizeof scale->known, 1, out) == 1;
    good = out && closed(out) && good;
    quo_scale_free(scale);
    quo_market_free(market);
    quo_catalogue_free(catalogue);
    return good;
}

static int all(const char *folder, char **path, FILE *header, struct quo_faults *faults)
{
    for (int i = 0; i < KINDS; i++) {
        char model[4096], sha256[QUO_HASH_SIZE] = "";
        snprintf(model, sizeof model, "%s/model.cfg", folder);
        int good = pack(folder, path[i], kinds[i], sha256, faults);
        fprintf(header, "#define QUO_SHIPPED_%s \"%s\", \"%s\"\n", macros[i], path[i], sha256);
        if (good && i == MODEL)
            good = split_model(folder, path[i], faults) && pack(folder, model, kinds[i], NULL, faults);
        if (!good)
            return 0;
    }
    fprintf(header, "#define QUO_SHIPPED_FOLDER \"%s\"\n", folder);
    return put_scale(folder, path[CATALOGUE], path[MARKET], faults);
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
