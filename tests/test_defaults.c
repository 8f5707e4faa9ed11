#include "risk/defaults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "risk/base/hash.h"
#include "risk/base/source.h"
#include "risk/base/tree.h"
#include "risk/controls/scale.h"
#include "risk/model.h"
#include "risk/modeldraws.h"

/* Two trees of libconfig, setting by setting. Returns how many were compared. */
static int same_tree(const config_setting_t *a, const config_setting_t *b)
{
    const char *left = config_setting_name(a), *right = config_setting_name(b);
    assert_true(!left == !right && (!left || strcmp(left, right) == 0));
    assert_int_equal(config_setting_type(a), config_setting_type(b));
    assert_int_equal(config_setting_source_line(a), config_setting_source_line(b));
    int n = 1;
    if (config_setting_is_aggregate(a)) {
        assert_int_equal(config_setting_length(a), config_setting_length(b));
        for (int i = 0; i < config_setting_length(a); i++)
            n += same_tree(config_setting_get_elem(a, (unsigned)i), config_setting_get_elem(b, (unsigned)i));
    } else if (config_setting_type(a) == CONFIG_TYPE_STRING) {
        assert_string_equal(config_setting_get_string(a), config_setting_get_string(b));
    } else {
        assert_true(config_setting_get_float(a) == config_setting_get_float(b) &&
                    config_setting_get_int64(a) == config_setting_get_int64(b) &&
                    config_setting_get_bool(a) == config_setting_get_bool(b));
    }
    return n;
}

static void what_is_embedded_is_what_the_files_give(void **state)
{
    (void)state;
    struct quo_faults faults;
    quo_faults_init(&faults);
    for (int i = 0; i < QUO_DEFAULTS; i++) {
        struct quo_config *embedded, *file;
        char hash[QUO_HASH_SIZE];
        const char *name = quo_default_name((enum quo_default)i);
        assert_int_equal(quo_default_open((enum quo_default)i, &embedded, &faults), QUO_OK);
        assert_int_equal(quo_config_open(name, &file, &faults), QUO_OK);
        assert_int_equal(quo_config_files(embedded), 1);
        assert_string_equal(quo_config_file_path(embedded, 0), name);
        assert_int_equal(quo_hash_file(name, hash), QUO_OK);
        assert_string_equal(quo_config_file_sha256(embedded, 0), hash);
        if (i != QUO_DEFAULT_MODEL)
            assert_true(same_tree(config_root_setting(&embedded->tree), config_root_setting(&file->tree)) > 10);
        quo_config_close(embedded);
        quo_config_close(file);
    }
    quo_faults_free(&faults);
}

static void same_numbers(const struct quo_peril_parameters *a, const struct quo_peril_parameters *b)
{
    struct quo_peril_parameters left = *a, right = *b;
    double *x[QUO_MODELDRAWS_NUMBERS_MAX], *y[QUO_MODELDRAWS_NUMBERS_MAX];
    const int n = quo_modeldraws_numbers(&left, x);
    assert_int_equal(left.severity.family, right.severity.family);
    assert_int_equal(n, quo_modeldraws_numbers(&right, y));
    for (int i = 0; i < n; i++)
        assert_memory_equal(x[i], y[i], sizeof(double));
}

static void same_peril(const struct quo_peril_model *a, const struct quo_peril_model *b)
{
    assert_true(a->present == b->present && a->n == b->n && a->n_draws == b->n_draws);
    if (!a->present)
        return;
    assert_true(a->floor == b->floor && a->cap_share == b->cap_share && a->size == b->size &&
                a->pooled_weight == b->pooled_weight);
    assert_true(a->attribution_a == b->attribution_a && a->attribution_b == b->attribution_b);
    same_numbers(&a->point, &b->point);
    for (size_t d = 0; d < a->n_draws; d++)
        same_numbers(&a->draw[d], &b->draw[d]);
}

/* Its draws are embedded as numbers: every bit of every number against the file. */
static void the_embedded_model_is_the_file(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_model *a, *b;
    quo_faults_init(&faults);
    assert_int_equal(quo_default_open(QUO_DEFAULT_MODEL, &config, &faults), QUO_OK);
    assert_int_equal(quo_model_read(config, &a, &faults), QUO_OK);
    assert_int_equal(quo_model_load(quo_default_name(QUO_DEFAULT_MODEL), &b, &faults), QUO_OK);
    quo_config_close(config);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->data_sha256, b->data_sha256);
    assert_true(a->exposure_reference == b->exposure_reference && a->index_error == b->index_error);
    assert_true(a->reference_day == b->reference_day && a->trend_until_day == b->trend_until_day);
    assert_true(a->data_from == b->data_from && a->data_to == b->data_to);
    for (int p = 0; p < QUO_PERILS; p++)
        same_peril(&a->peril[p], &b->peril[p]);
    assert_true(a->peril[QUO_KEY_COMPROMISE].n_draws > 0);
    assert_int_equal(a->n_assumptions, b->n_assumptions);
    for (size_t i = 0; i < a->n_assumptions; i++) {
        assert_string_equal(a->assumption[i].parameter, b->assumption[i].parameter);
        assert_string_equal(a->assumption[i].origin, b->assumption[i].origin);
        assert_string_equal(a->assumption[i].source, b->assumption[i].source);
        assert_true(a->assumption[i].value == b->assumption[i].value);
    }
    quo_model_free(a);
    quo_model_free(b);
    quo_faults_free(&faults);
}

/* `packed` is no setting of a file, and numbers that are not there are refused. */
static void packed_draws_need_their_numbers(void **state)
{
    (void)state;
    static const double numbers[10] = {0.0};
    char *text = NULL;
    size_t n = 0;
    struct quo_faults faults;
    struct quo_model *model;
    struct quo_config *config;
    quo_faults_init(&faults);
    assert_int_equal(quo_model_load(quo_default_name(QUO_DEFAULT_MODEL), &model, &faults), QUO_OK);
    FILE *to = open_memstream(&text, &n), *beside = tmpfile();
    quo_model_pack(model, to, beside);
    fclose(to);
    fclose(beside);
    quo_model_free(model);
    char *tree = NULL;
    size_t n_tree = 0;
    FILE *packed = open_memstream(&tree, &n_tree);
    assert_int_equal(quo_config_open_text(text, n, "own.cfg", &config, &faults), QUO_OK);
    assert_true(quo_config_pack(config, packed));
    quo_config_close(config);
    fclose(packed);
    const struct quo_config_prepared few = {"few.cfg", "", tree, numbers, 10};
    assert_int_equal(quo_config_open_prepared(&few, &config, &faults), QUO_OK);
    assert_int_equal(quo_model_read(config, &model, &faults), QUO_REFUSED);
    quo_config_close(config);
    assert_int_equal(quo_config_open_text(text, n, "own.cfg", &config, &faults), QUO_OK);
    assert_int_equal(quo_model_read(config, &model, &faults), QUO_REFUSED);
    bool told = false;
    for (size_t i = 0; i < faults.n; i++)
        told |= strstr(faults.fault[i].text, "'packed'") != NULL;
    assert_true(told);
    quo_config_close(config);
    quo_faults_free(&faults);
    free(tree);
    free(text);
}

/* What lies in one block is libconfig's no more: a change must first make it so, and leave all else as it was. */
static void an_embedded_tree_can_be_changed(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *changed, *plain;
    quo_faults_init(&faults);
    assert_int_equal(quo_default_open(QUO_DEFAULT_AUTHORITY, &changed, &faults), QUO_OK);
    assert_int_equal(quo_default_open(QUO_DEFAULT_AUTHORITY, &plain, &faults), QUO_OK);
    assert_int_equal(quo_config_set(changed, "authority", "refer_score", "36.5"), QUO_OK);
    assert_int_equal(quo_config_set(changed, "authority", "id", "ours"), QUO_OK);
    double before, after;
    const char *id;
    assert_true(quo_setting_number(quo_setting_group(quo_config_root(plain), "authority", true), "refer_score", 0.0,
                                   100.0, "", true, &before));
    assert_true(before == 35.0);
    const struct quo_setting *group = quo_setting_group(quo_config_root(changed), "authority", true);
    assert_true(quo_setting_number(group, "refer_score", 0.0, 100.0, "", true, &after) && after == 36.5);
    assert_true(quo_setting_text(group, "id", true, &id) && strcmp(id, "ours") == 0);
    assert_true(quo_setting_number(group, "decline_score", 0.0, 100.0, "", true, &after) && after == 8.0);
    quo_config_close(changed);
    quo_config_close(plain);
    quo_faults_free(&faults);
}

/* The shipped scale against the one computed here and now: every bit of it. */
static void the_embedded_scale_is_the_computed_one(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_catalogue *catalogue;
    struct quo_market *market;
    struct quo_scale *computed, *embedded;
    quo_faults_init(&faults);
    assert_int_equal(quo_config_open(quo_default_name(QUO_DEFAULT_CATALOGUE), &config, &faults), QUO_OK);
    assert_int_equal(quo_catalogue_read(config, &catalogue, &faults), QUO_OK);
    quo_config_close(config);
    assert_int_equal(quo_config_open(quo_default_name(QUO_DEFAULT_MARKET), &config, &faults), QUO_OK);
    assert_int_equal(quo_market_read(config, catalogue, &market, &faults), QUO_OK);
    quo_config_close(config);
    assert_int_equal(quo_scale_new(catalogue, market, &computed, &faults), QUO_OK);
    assert_int_equal(quo_scale_known(catalogue, market, quo_default_scale(), &embedded), QUO_OK);
    assert_memory_equal(&embedded->known, &computed->known, sizeof computed->known);
    assert_true(embedded->known.mean[QUO_KEY_COMPROMISE].frequency != 1.0 &&
                embedded->known.sequence[0][QUO_KEY_COMPROMISE] > 0.0);
    quo_scale_free(computed);
    quo_scale_free(embedded);
    quo_market_free(market);
    quo_catalogue_free(catalogue);
    quo_faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_embedded_is_what_the_files_give),
        cmocka_unit_test(the_embedded_model_is_the_file),
        cmocka_unit_test(packed_draws_need_their_numbers),
        cmocka_unit_test(an_embedded_tree_can_be_changed),
        cmocka_unit_test(the_embedded_scale_is_the_computed_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
