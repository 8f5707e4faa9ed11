/* Any bytes as a model file. What is accepted must be possible, and written and read back it must be the same to the last bit. */
#include "bytes.h"

#include <math.h>
#include <stdlib.h>
#include "risk/model.h"
#include "risk/modeldraws.h"

static void check_parameters(const struct quo_peril_parameters *p)
{
    assert(quo_modeldraws_hold(p) && quo_severity_invalid(&p->severity) == NULL);
    const double above = quo_severity_Q(2.385e6, &p->severity);
    assert(above >= 0.0 && above <= 1.0);
}

static void check_model(const struct quo_model *model)
{
    assert(model->id && model->exposure_reference >= 1.0 && model->data_from <= model->data_to);
    for (int k = 0; k < QUO_PERILS; k++) {
        const struct quo_peril_model *p = &model->peril[k];
        if (!p->present)
            continue;
        assert(k < QUO_COVERED_PERILS && p->n >= 0 && p->floor >= 0.0 && p->size > 0.0 && p->cap_share > 0.0);
        assert(p->cap_share <= 1.0 && p->pooled_weight >= 0.0 && p->pooled_weight <= 1.0 && p->point.rate > 0.0);
        check_parameters(&p->point);
        for (size_t d = 0; d < p->n_draws; d++)
            check_parameters(&p->draw[d]);
    }
}

static char *written(const struct quo_model *model, size_t *n)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, n);
    assert(to);
    quo_model_pack(model, to, NULL);
    fclose(to);
    assert(text);
    return text;
}

static enum quo_status read_model(const char *text, size_t n, struct quo_model **model, struct quo_faults *faults)
{
    struct quo_config *config;
    *model = NULL;
    enum quo_status status = quo_config_open_text(text, n, "m.cfg", &config, faults);
    if (status == QUO_OK)
        status = quo_model_read(config, model, faults);
    quo_config_close(config);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct quo_faults faults;
    struct quo_model *model;
    quo_faults_init(&faults);
    const enum quo_status status = read_model(size ? (const char *)data : "", size, &model, &faults);
    assert((status == QUO_OK) == (model != NULL));
    assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    if (model) {
        check_model(model);
        size_t n, n_again;
        struct quo_model *back;
        char *text = written(model, &n);
        const enum quo_status again = read_model(text, n, &back, &faults);
        assert(again == QUO_OK);
        char *text_again = written(back, &n_again);
        assert(n == n_again && memcmp(text, text_again, n) == 0);
        free(text);
        free(text_again);
        quo_model_free(back);
    }
    quo_model_free(model);
    quo_faults_free(&faults);
    return 0;
}
