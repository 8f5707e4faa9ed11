#include "risk/severity/pairs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "risk/base/text.h"

#define MOST_KEYS 80

static bool has_key(const char *pair, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(pair, name, length) == 0 && pair[length] == '=';
}

const char *quo_pairs_text(const char *const *key_value, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (has_key(key_value[i], name))
            return key_value[i] + strlen(name) + 1;
    return NULL;
}

static enum quo_status unknown(const char *what, const char *pair, const char *const *known, size_t n_known,
                               struct quo_faults *faults)
{
    char key[64], hint[128] = "";
    snprintf(key, sizeof key, "%.*s", (int)strcspn(pair, "="), pair);
    const int near = quo_text_nearest(key, known, n_known);
    if (near >= 0)
        snprintf(hint, sizeof hint, "did you mean '%s'?", known[near]);
    if (!strchr(pair, '='))
        return quo_faults_add(faults, QUO_USAGE, "", 0, "a parameter is written KEY=VALUE", "%s: '%s' is no parameter",
                              what, pair);
    return quo_faults_add(faults, QUO_USAGE, "", 0, hint, "%s has no parameter '%s'", what, key);
}

enum quo_status quo_pairs_numbers(const char *what, const char *const *key_value, size_t n, const char *const *numbers,
                                  size_t n_numbers, const char *const *words, size_t n_words, double *value,
                                  struct quo_faults *faults)
{
    enum quo_status status = QUO_OK;
    const char *known[MOST_KEYS];
    size_t n_known = 0, times[MOST_KEYS] = {0};
    for (size_t i = 0; i < n_numbers && n_known < MOST_KEYS; i++)
        known[n_known++] = numbers[i];
    for (size_t i = 0; i < n_words && n_known < MOST_KEYS; i++)
        known[n_known++] = words[i];
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n_known && !has_key(key_value[i], known[k]))
            k++;
        if (k == n_known) {
            status = unknown(what, key_value[i], known, n_known, faults);
        } else if (++times[k] > 1) {
            status =
                quo_faults_add(faults, QUO_USAGE, "", 0, "give it once", "%s: '%s' is given twice", what, known[k]);
        } else if (k < n_numbers && !quo_text_real(strchr(key_value[i], '=') + 1, &value[k])) {
            status = quo_faults_add(faults, QUO_USAGE, "", 0, "a finite number is wanted", "%s: '%s' is not a number",
                                    what, key_value[i]);
        }
    }
    for (size_t k = 0; k < n_numbers; k++)
        if (times[k] == 0)
            status =
                quo_faults_add(faults, QUO_USAGE, "", 0, NULL, "%s: the parameter '%s' is missing", what, numbers[k]);
    return status;
}

size_t quo_pairs_append(char *buffer, size_t size, size_t length, const char *text)
{
    const size_t more = strlen(text);
    if (length < size)
        snprintf(buffer + length, size - length, "%s", text);
    return length + more;
}

size_t quo_pairs_append_number(char *buffer, size_t size, size_t length, const char *name, double value)
{
    char number[32];
    const size_t n = quo_text_from_real(value, number);
    if (n > 2 && strcmp(number + n - 2, ".0") == 0)
        number[n - 2] = '\0';
    length = quo_pairs_append(buffer, size, length, " ");
    length = quo_pairs_append(buffer, size, length, name);
    length = quo_pairs_append(buffer, size, length, "=");
    return quo_pairs_append(buffer, size, length, number);
}
