#include "pricing/cmd/checkcell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/date.h"
#include "risk/base/text.h"
#include "risk/peril.h"

/* The next part of a list with `separator`, copied to `part`; false at the end or if it does not fit. */
static bool next_part(const char **at, char separator, char *part, size_t size)
{
    if (!*at)
        return false;
    const char *end = strchr(*at, separator);
    const size_t n = end ? (size_t)(end - *at) : strlen(*at);
    snprintf(part, size, "%.*s", (int)(n < size ? n : size - 1), *at);
    *at = end ? end + 1 : NULL;
    return true;
}

bool quo_checkcell_number(const char *field, double low, double high, char *hint, size_t size)
{
    double value;
    if (quo_text_real(field, &value) && value >= low && value <= high)
        return true;
    snprintf(hint, size, "give a number from %g to %g", low, high);
    return false;
}

bool quo_checkcell_whole(const char *field, int64_t low, int64_t high, char *hint, size_t size)
{
    int64_t value;
    if (quo_text_whole(field, &value) && value >= low && value <= high)
        return true;
    snprintf(hint, size, "give a whole number from %lld to %lld", (long long)low, (long long)high);
    return false;
}

bool quo_checkcell_date(const char *field, char *hint, size_t size)
{
    int day;
    if (quo_date_parse(field, &day))
        return true;
    snprintf(hint, size, "write a day that exists as 2026-08-01");
    return false;
}

bool quo_checkcell_word(const char *field, const char *words, char *hint, size_t size)
{
    char word[64];
    size_t at = (size_t)snprintf(hint, size, "one of");
    for (const char *rest = words; next_part(&rest, '|', word, sizeof word);) {
        if (strcmp(word, field) == 0)
            return true;
        if (at < size)
            at += (size_t)snprintf(hint + at, size - at, " %s", word);
    }
    return false;
}

static bool peril_hint(const char *word, char *hint, size_t size)
{
    const int near = quo_text_nearest(word, quo_peril_ids(), QUO_PERILS);
    if (near >= 0)
        snprintf(hint, size, "did you mean '%s'?", quo_peril_ids()[near]);
    else
        snprintf(hint, size, "a peril of the program, such as key_compromise");
    return false;
}

bool quo_checkcell_peril(const char *field, char *hint, size_t size)
{
    enum quo_peril peril;
    return quo_peril_by_id(field, &peril) || peril_hint(field, hint, size);
}
