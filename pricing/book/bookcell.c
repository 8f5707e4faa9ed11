#include "pricing/book/bookcell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/policy.h"
#include "risk/base/date.h"
#include "risk/base/text.h"

#define HINT QUO_BOOKCELL_HINT
#define PART_MAX 512

/* The next part of a list with `separator`, copied to `part` (cut if it is too long); false at the end. */
static bool next_part(const char **at, char separator, char *part, size_t size)
{
    if (!*at)
        return false;
    const char *end = strchr(*at, separator);
    const size_t n = end ? (size_t)(end - *at) : strlen(*at);
    const size_t kept = n < size ? n : size - 1;
    memcpy(part, *at, kept);
    part[kept] = '\0';
    *at = end ? end + 1 : NULL;
    return true;
}

bool quo_bookcell_number(const char *field, double low, double high, double *out, char hint[HINT])
{
    double value;
    if (quo_text_real(field, &value) && value >= low && value <= high) {
        *out = value;
        return true;
    }
    snprintf(hint, HINT, "give a number from %g to %g", low, high);
    return false;
}

bool quo_bookcell_whole(const char *field, int64_t low, int64_t high, int64_t *out, char hint[HINT])
{
    int64_t value;
    if (quo_text_whole(field, &value) && value >= low && value <= high) {
        *out = value;
        return true;
    }
    snprintf(hint, HINT, "give a whole number from %lld to %lld", (long long)low, (long long)high);
    return false;
}

bool quo_bookcell_date(const char *field, int *day, char hint[HINT])
{
    const bool is_day = quo_date_parse(field, day);
    if (is_day && *day >= QUO_INCEPTION_FIRST)
        return true;
    snprintf(hint, HINT,
             is_day ? "2009-01-03, the first block of Bitcoin, or later" : "write a day that exists as 2026-08-01");
    return false;
}

bool quo_bookcell_word(const char *field, const char *const *words, size_t n, int *place, char hint[HINT])
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], field) == 0) {
            *place = (int)i;
            return true;
        }
    size_t at = (size_t)snprintf(hint, HINT, "one of");
    for (size_t i = 0; i < n && at < HINT; i++)
        at += (size_t)snprintf(hint + at, HINT - at, " %s", words[i]);
    return false;
}

bool quo_bookcell_perils(const char *field, quo_peril_set *out, char hint[HINT])
{
    char word[64];
    *out = 0;
    for (const char *rest = field; next_part(&rest, ';', word, sizeof word);) {
        const quo_peril_set set = quo_peril_set_of(word);
        if (set == 0) {
            const int near = quo_text_nearest(word, quo_peril_ids(), QUO_PERILS);
            if (near >= 0)
                snprintf(hint, HINT, "did you mean '%s'?", quo_peril_ids()[near]);
            else
                snprintf(hint, HINT, "a peril of the program, such as key_compromise");
            return false;
        }
        if (set & *out || set & (quo_peril_set)1 << QUO_INSIDER_RUG) {
            snprintf(hint, HINT, set & *out ? "name '%s' once" : "'%s' is never covered", word);
            return false;
        }
        *out |= set;
    }
    return true;
}

static bool steps_of(const char *field, struct quo_payout_step *step, int *n)
{
    char part[64];
    double before_at = -1.0, before_pays = 0.0;
    *n = 0;
    for (const char *rest = field; next_part(&rest, ';', part, sizeof part); ++*n) {
        char *colon = strchr(part, ':');
        if (!colon || *n == QUO_PAYOUT_STEPS_MAX)
            return false;
        *colon = '\0';
        struct quo_payout_step *s = &step[*n];
        if (!quo_text_real(part, &s->at) || !quo_text_real(colon + 1, &s->pays) || s->at <= before_at || s->at < 0.0 ||
            s->pays < before_pays || s->pays > 1.0)
            return false;
        before_at = s->at;
        before_pays = s->pays;
    }
    return before_pays > 0.0;
}

bool quo_bookcell_steps(const char *field, struct quo_payout_step *step, int *n, char hint[HINT])
{
    const bool good = steps_of(field, step, n);
    if (!good)
        snprintf(hint, HINT, "AT:PAYS;AT:PAYS, both rising, PAYS from 0 to 1, at most %d", QUO_PAYOUT_STEPS_MAX);
    return good;
}

bool quo_bookcell_answer(const char *field, int *level, int *evidence, char hint[HINT])
{
    snprintf(hint, HINT, "LEVEL or LEVEL/EVIDENCE, both from 0 to 4");
    if (field[0] < '0' || field[0] > '4')
        return false;
    *level = field[0] - '0';
    *evidence = 0;
    if (field[1] == '\0')
        return true;
    if (field[1] != '/' || field[2] < '0' || field[2] > '4' || field[3] != '\0')
        return false;
    *evidence = field[2] - '0';
    return true;
}

static size_t parts_of(const char *field)
{
    size_t n = 1;
    for (const char *at = field; (at = strchr(at, ';')); at++)
        n++;
    return n;
}

bool quo_bookcell_vendors(const char *field, struct quo_protocol *protocol, char hint[HINT], bool *no_memory)
{
    char part[PART_MAX];
    snprintf(hint, HINT, "KIND:NAME;KIND:NAME, such as cloud:aws;rpc:x");
    protocol->dependency = calloc(parts_of(field), sizeof *protocol->dependency);
    *no_memory = !protocol->dependency;
    if (*no_memory)
        return false;
    for (const char *rest = field; next_part(&rest, ';', part, sizeof part);) {
        char *colon = strchr(part, ':');
        if (!colon || colon == part || colon[1] == '\0')
            return false;
        *colon = '\0';
        for (size_t i = 0; i < protocol->n_dependencies; i++)
            if (strcmp(protocol->dependency[i].kind, part) == 0 &&
                strcmp(protocol->dependency[i].vendor, colon + 1) == 0) {
                snprintf(hint, HINT, "name '%.80s:%.80s' once", part, colon + 1);
                return false;
            }
        struct quo_dependency *d = &protocol->dependency[protocol->n_dependencies++];
        *d = (struct quo_dependency){quo_text_copy(part), quo_text_copy(colon + 1), NAN};
        *no_memory = !d->kind || !d->vendor;
        if (*no_memory)
            return false;
    }
    return true;
}

static void storage_hint(const char *name, const struct quo_catalogue *catalogue, char hint[HINT])
{
    const char *names[64];
    size_t n = 0;
    for (; n < catalogue->n_storage && n < 64; n++)
        names[n] = catalogue->storage[n].name;
    const int near = quo_text_nearest(name, names, n);
    snprintf(hint, HINT, "unknown storage '%.60s'; %s%s", name,
             near >= 0 ? "did you mean " : "one of the catalogue's storage table", near >= 0 ? names[near] : "");
}

/* The index of a group's name in the set; added if new. -1: no memory; -2: one too many. */
static int group_of(struct quo_signer_set *set, const char *name)
{
    for (size_t i = 0; i < set->n_group_names; i++)
        if (strcmp(set->group_name[i], name) == 0)
            return (int)i;
    if (set->n_group_names == QUO_SET_GROUPS_MAX)
        return -2;
    char **grown = realloc(set->group_name, (set->n_group_names + 1) * sizeof *grown);
    if (!grown)
        return -1;
    set->group_name = grown;
    if (!(grown[set->n_group_names] = quo_text_copy(name)))
        return -1;
    return (int)set->n_group_names++;
}

/* "ORG+GROUP+GROUP": the first may stand without its kind, which is then org. */
static bool read_groups(char *list, struct quo_signer_set *set, struct quo_signer *signer, char hint[HINT],
                        bool *no_memory)
{
    char name[PART_MAX], whole[PART_MAX + 8];
    size_t n = 1;
    for (const char *at = list; (at = strchr(at, '+')); at++)
        n++;
    signer->groups_said = true;
    signer->group = calloc(n, sizeof *signer->group);
    if ((*no_memory = !signer->group))
        return false;
    for (const char *rest = list; next_part(&rest, '+', name, sizeof name);) {
        const char *colon = strchr(name, ':');
        snprintf(whole, sizeof whole, "%s%s", colon ? "" : "org:", name);
        if (name[0] == '\0' || (!colon && signer->n_groups) || (colon && (colon == name || colon[1] == '\0'))) {
            snprintf(hint, HINT, "STORAGE@ORG+GROUP;..., such as hsm@org:custodian+site:zug");
            return false;
        }
        const int group = group_of(set, whole);
        if ((*no_memory = group == -1))
            return false;
        for (size_t i = 0; i < signer->n_groups; i++)
            if (signer->group[i] == group) {
                snprintf(hint, HINT, "name group '%.80s' once a signer", whole);
                return false;
            }
        if (group < 0) {
            snprintf(hint, HINT, "at most %d different groups", QUO_SET_GROUPS_MAX);
            return false;
        }
        signer->group[signer->n_groups++] = group;
    }
    return true;
}

bool quo_bookcell_signers(const char *field, const struct quo_catalogue *catalogue, struct quo_protocol *protocol,
                          char hint[HINT], bool *no_memory)
{
    char part[PART_MAX], id[16];
    const size_t n = parts_of(field);
    if (n > QUO_SIGNERS_MAX) {
        snprintf(hint, HINT, "at most %d signers", QUO_SIGNERS_MAX);
        return false;
    }
    struct quo_signer_set *set = protocol->signer_set = calloc(1, sizeof *set);
    if ((*no_memory = !set))
        return false;
    protocol->n_signer_sets = 1;
    *set =
        (struct quo_signer_set){.id = quo_text_copy("signers"), .threshold = 1, .reach_share = 1.0, .dwell_years = NAN};
    set->signer = calloc(n, sizeof *set->signer);
    if ((*no_memory = !set->id || !set->signer))
        return false;
    for (const char *rest = field; next_part(&rest, ';', part, sizeof part);) {
        char *org = strchr(part, '@');
        if (!org || org[1] == '\0') {
            snprintf(hint, HINT, "STORAGE@ORG+GROUP;..., such as hsm@org:custodian+site:zug");
            return false;
        }
        *org = '\0';
        if (!quo_catalogue_storage(catalogue, part)) {
            storage_hint(part, catalogue, hint);
            return false;
        }
        struct quo_signer *s = &set->signer[set->n_signers++];
        snprintf(id, sizeof id, "s%zu", set->n_signers);
        *s = (struct quo_signer){.id = quo_text_copy(id),
                                 .storage = quo_text_copy(part),
                                 .compromise_rate = NAN,
                                 .loss_rate = NAN,
                                 .approves = NAN,
                                 .approves_spoofed = NAN};
        if ((*no_memory = !s->id || !s->storage) || !read_groups(org + 1, set, s, hint, no_memory))
            return false;
    }
    return true;
}
