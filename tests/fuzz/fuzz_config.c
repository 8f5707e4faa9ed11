/* Any bytes as a config file: opened, changed, read with every getter, and judged. The lines after a line "%set" are
 * PATH=VALUE changes. What must hold whatever the bytes are is asserted. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/config.h"
#include "risk/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_scalar(const struct quo_setting *element)
{
    double number = 0.5;
    const char *text = "kept";
    if (quo_setting_as_number(element, -1e9, 1e9, "USD", &number))
        assert(isfinite(number) && fabs(number) <= 1e9);
    if (quo_setting_as_text(element, &text))
        assert(quo_text_is_utf8(text, strlen(text), NULL));
}

/* Every getter on every child, as a reader does that knows half of the names. */
static void read_group(const struct quo_setting *group, int depth)
{
    static const char *const words[] = {"linear", "steps"};
    const size_t n = quo_setting_length(group);
    for (size_t i = 0; i < n && i < 50; i++) {
        const struct quo_setting *child = quo_setting_element(group, i);
        const char *name = quo_setting_name(child);
        char path[64];
        quo_setting_path(child, path, sizeof path);
        assert(quo_setting_line(child) >= 0 && quo_setting_file(child));
        read_scalar(child);
        if (name && i % 2 == 0) {
            double number;
            int64_t whole = 7;
            bool truth;
            const char *text;
            int word = 0, day;
            quo_setting_number(group, name, 0.0, 1.0, "", true, &number);
            if (quo_setting_int(group, name, -3, 3, true, &whole))
                assert(whole >= -3 && whole <= 3);
            quo_setting_bool(group, name, true, &truth);
            quo_setting_text(group, name, true, &text);
            if (quo_setting_word(group, name, words, 2, true, &word))
                assert(word == 0 || word == 1);
            quo_setting_date(group, name, true, &day);
            quo_setting_list(group, name, false);
            quo_setting_group(group, name, false);
        }
        if (depth < 70)
            read_group(child, depth + 1);
    }
}

static void change(struct quo_config *config, const char *text, size_t n)
{
    char *lines = strndup(text, n);
    assert(lines);
    char *rest = NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *equals = strchr(line, '=');
        if (equals) {
            *equals = '\0';
            quo_config_set(config, NULL, line, equals + 1);
        }
    }
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n%set\n";
    const char *text = size ? (const char *)data : "";
    const char *sets = size ? memmem(text, size, mark, strlen(mark)) : NULL;
    const size_t n = sets ? (size_t)(sets - text) : size;
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_config *config;
    const enum quo_status opened = quo_config_open_text(text, n, "f.cfg", &config, &faults);
    assert((config != NULL) == (opened == QUO_OK));
    assert(opened == QUO_OK || quo_faults_refusals(&faults) > 0);
    if (config) {
        if (sets)
            change(config, sets + strlen(mark), size - n - strlen(mark));
        read_group(quo_config_root(config), 0);
        const enum quo_status status = quo_config_finish(config);
        assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    }
    quo_faults_sort(&faults);
    for (size_t i = 0; i < faults.n && i < 20; i++) {
        char line[200];
        quo_fault_format(&faults.fault[i], line, sizeof line);
    }
    quo_config_close(config);
    quo_faults_free(&faults);
    return 0;
}
