#include "pricing/cmd/checkcell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/payout.h"
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

bool quo_checkcell_perils(const char *field, bool several, char *hint, size_t size)
{
    enum quo_peril peril;
    if (!several)
        return quo_peril_by_id(field, &peril) || peril_hint(field, hint, size);
    char word[64];
    quo_peril_set all = 0;
    for (const char *rest = field; next_part(&rest, ';', word, sizeof word);) {
        const quo_peril_set set = quo_peril_set_of(word);
        if (set == 0)
            return peril_hint(word, hint, size);
        if (set & all || set & (quo_peril_set)1 << QUO_INSIDER_RUG) {
            snprintf(hint, size, set & all ? "name '%s' once" : "'%s' is never covered", word);
            return false;
        }
        all |= set;
    }
    return true;
}

bool quo_checkcell_steps(const char *field, char *hint, size_t size)
{
    char part[64];
    double before_at = -1.0, before_pays = 0.0, at, pays;
    size_t n = 0;
    snprintf(hint, size, "AT:PAYS;AT:PAYS, both rising, PAYS from 0 to 1, at most %d", QUO_PAYOUT_STEPS_MAX);
    for (const char *rest = field; next_part(&rest, ';', part, sizeof part); n++) {
        char *colon = strchr(part, ':');
        if (!colon)
            return false;
        *colon = '\0';
        if (!quo_text_real(part, &at) || !quo_text_real(colon + 1, &pays) || at <= before_at || at < 0.0 || pays < before_pays ||
            pays > 1.0 || n == QUO_PAYOUT_STEPS_MAX)
            return false;
        before_at = at;
        before_pays = pays;
    }
    return before_pays > 0.0;
}

bool quo_checkcell_vendors(const char *field, char *hint, size_t size)
{
    char part[256];
    snprintf(hint, size, "KIND:NAME;KIND:NAME, such as cloud:aws;rpc:x");
    for (const char *rest = field; next_part(&rest, ';', part, sizeof part);) {
        const char *colon = strchr(part, ':');
        if (!colon || colon == part || colon[1] == '\0')
            return false;
    }
    return true;
}

static bool storage_hint(const char *name, const struct quo_catalogue *catalogue, char *hint, size_t size)
{
    const char **names = calloc(catalogue->n_storage + 1, sizeof *names);
    if (!names)
        return false;
    for (size_t i = 0; i < catalogue->n_storage; i++)
        names[i] = catalogue->storage[i].name;
    const int near = quo_text_nearest(name, names, catalogue->n_storage);
    snprintf(hint, size, "unknown storage '%.60s'; %s%s", name, near >= 0 ? "did you mean " : "one of the catalogue's storage table",
             near >= 0 ? names[near] : "");
    free(names);
    return false;
}

bool quo_checkcell_signers(const char *field, const struct quo_catalogue *catalogue, size_t *n, char *hint, size_t size)
{
    char part[512];
    size_t count = 0;
    for (const char *rest = field; next_part(&rest, ';', part, sizeof part); count++) {
        char *org = strchr(part, '@');
        if (!org || org[1] == '\0' || strstr(org, "++") || org[strlen(org) - 1] == '+') {
            snprintf(hint, size, "STORAGE@ORG+GROUP;..., such as hsm@org:custodian+site:zug");
            return false;
        }
        *org = '\0';
        if (!quo_catalogue_storage(catalogue, part))
            return storage_hint(part, catalogue, hint, size);
    }
    if (n)
        *n = count;
    return true;
}

bool quo_checkcell_answer(const char *field, char *hint, size_t size)
{
    snprintf(hint, size, "LEVEL or LEVEL/EVIDENCE, both from 0 to 4");
    const bool level = field[0] >= '0' && field[0] <= '4';
    return level && (field[1] == '\0' || (field[1] == '/' && field[2] >= '0' && field[2] <= '4' && field[3] == '\0'));
}
