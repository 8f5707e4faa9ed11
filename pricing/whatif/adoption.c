#include "pricing/whatif/adoption.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"

#define PATH_SIZE 512

void quo_adoption_free(struct quo_adoption *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->set[i].path);
        free(a->set[i].value);
    }
    free(a->set);
    *a = (struct quo_adoption){NULL, 0};
}

static enum quo_status add(struct quo_adoption *a, const char *path, const char *value, int line)
{
    struct quo_plan_setting *grown = realloc(a->set, (a->n + 1) * sizeof *grown);
    if (!grown)
        return QUO_MACHINE;
    a->set = grown;
    a->set[a->n] = (struct quo_plan_setting){quo_text_copy(path), quo_text_copy(value), line};
    const bool made = a->set[a->n].path && a->set[a->n].value;
    a->n++;
    return made ? QUO_OK : QUO_MACHINE;
}

/* Ids of the elements of the list that a path has come to: id[n]; 0 where that list has no ids. */
static size_t ids_of(const struct quo_protocol *p, const char *list, const char *set, const char **id)
{
    size_t n = 0;
    if (strcmp(list, "signer_sets") == 0)
        for (; n < p->n_signer_sets; n++)
            id[n] = p->signer_set[n].id;
    else if (strcmp(list, "delays") == 0)
        for (; n < p->n_delays; n++)
            id[n] = p->delay[n].id;
    else if (strcmp(list, "caps") == 0)
        for (; n < p->n_caps; n++)
            id[n] = p->cap[n].id;
    else if (strcmp(list, "signers") == 0)
        for (size_t s = 0; s < p->n_signer_sets; s++)
            if (set && strcmp(p->signer_set[s].id, set) == 0)
                for (; n < p->signer_set[s].n_signers; n++)
                    id[n] = p->signer_set[s].signer[n].id;
    return n;
}

static const struct quo_signer_set *set_of(const struct quo_protocol *p, const char *path)
{
    const char *at = strstr(path, "signer_sets.");
    for (size_t s = 0; at && s < p->n_signer_sets; s++) {
        const size_t n = strlen(p->signer_set[s].id);
        if (strncmp(at + 12, p->signer_set[s].id, n) == 0 && at[12 + n] == '.')
            return &p->signer_set[s];
    }
    return NULL;
}

static const struct quo_signer *signer_of(const struct quo_signer_set *set, const char *path)
{
    const char *at = strstr(path, ".signers.");
    for (size_t j = 0; at && j < set->n_signers; j++) {
        const size_t n = strlen(set->signer[j].id);
        if (strncmp(at + 9, set->signer[j].id, n) == 0 && at[9 + n] == '.')
            return &set->signer[j];
    }
    return NULL;
}

static bool ends(const char *path, const char *word)
{
    const size_t n = strlen(path), m = strlen(word);
    return n >= m && strcmp(path + n - m, word) == 0;
}

/* The answer that a path is about, and the control (-1: none). */
static const struct quo_answer *answer_of(const struct quo_protocol *p, const struct quo_catalogue *catalogue,
                                          const char *path, int *control)
{
    const char *at = strstr(path, "answers."), *dot = strrchr(path, '.');
    char id[64];
    *control = -1;
    if (!at || dot - at < 9)
        return NULL;
    snprintf(id, sizeof id, "%.*s", (int)(dot - at - 8), at + 8);
    *control = quo_catalogue_control(catalogue, id);
    return *control < 0 ? NULL : quo_protocol_answer(p, *control);
}

/* What is to be set at a path without wildcards; NULL: what is there is as good. `buffer` may hold the value. */
static const char *wanted(const struct quo_protocol *p, const struct quo_catalogue *catalogue, const char *path,
                          const char *value, char buffer[32])
{
    double number;
    const bool is_number = quo_text_real(value, &number);
    int control;
    const struct quo_answer *answer = answer_of(p, catalogue, path, &control);
    if (control >= 0 && (ends(path, ".level") || ends(path, ".evidence"))) {
        if (answer && answer->not_applicable)
            return NULL;
        const int has = !answer ? -1 : ends(path, ".level") ? answer->level : answer->evidence;
        return is_number && has >= number ? NULL : value;
    }
    const struct quo_signer_set *set = set_of(p, path);
    if (set && ends(path, ".threshold")) {
        const size_t n = strlen(value);
        char share[32];
        if (n > 1 && n < sizeof share && value[n - 1] == '%') {
            snprintf(share, sizeof share, "%.*s", (int)n - 1, value);
            if (!quo_text_real(share, &number))
                return value; /* the reader says what is wrong with it */
            number = ceil(number / 100.0 * (double)set->n_signers - 1e-9);
            snprintf(buffer, 32, "%.0f", number);
            return set->threshold >= number ? NULL : buffer;
        }
        return is_number && set->threshold >= number ? NULL : value;
    }
    const struct quo_signer *signer = set ? signer_of(set, path) : NULL;
    if (signer && ends(path, ".storage")) {
        const struct quo_storage *new = quo_catalogue_storage(catalogue, value);
        const struct quo_storage *old =
            quo_catalogue_storage(catalogue, signer->storage ? signer->storage : catalogue->storage_unsaid);
        return new &&old && old->compromise_rate <= new->compromise_rate ? NULL : value;
    }
    for (size_t i = 0; i < p->n_delays && ends(path, ".delay_hours") && is_number; i++) {
        char there[PATH_SIZE];
        snprintf(there, sizeof there, "delays.%s.delay_hours", p->delay[i].id);
        if (ends(path, there) && p->delay[i].delay_hours >= number)
            return NULL;
    }
    return value;
}

/* `done` is the path so far, `rest` what is still to be read of it; wildcards branch. */
static enum quo_status expand(const struct quo_protocol *p, const struct quo_catalogue *catalogue, const char *done,
                              const char *rest, const char *value, int line, struct quo_adoption *out)
{
    const char *star = strstr(rest, ".*.");
    char path[PATH_SIZE], list[64] = "", set[PATH_SIZE] = "";
    if (!star) {
        char buffer[32];
        snprintf(path, sizeof path, "%s%s", done, rest);
        const char *want = wanted(p, catalogue, path, value, buffer);
        return want ? add(out, path, want, line) : QUO_OK;
    }
    snprintf(path, sizeof path, "%s%.*s", done, (int)(star - rest), rest);
    const char *dot = strrchr(path, '.');
    snprintf(list, sizeof list, "%.60s", dot ? dot + 1 : path);
    const struct quo_signer_set *inside = strcmp(list, "signers") == 0 ? set_of(p, path) : NULL;
    if (inside)
        snprintf(set, sizeof set, "%s", inside->id);
    const char *id[QUO_SIGNERS_MAX + QUO_SETS_MAX];
    const size_t n = ids_of(p, list, set, id);
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        char next[PATH_SIZE + 128];
        snprintf(next, sizeof next, "%s.%.120s", path, id[i]);
        status = strlen(next) < PATH_SIZE ? expand(p, catalogue, next, star + 2, value, line, out) : QUO_DOMAIN;
    }
    return status;
}

enum quo_status quo_adoption_of(const struct quo_change *change, const struct quo_protocol *protocol,
                                const struct quo_catalogue *catalogue, struct quo_adoption *out)
{
    *out = (struct quo_adoption){NULL, 0};
    enum quo_status status = QUO_OK;
    for (size_t i = 0; i < change->n_sets && status == QUO_OK; i++)
        status = expand(protocol, catalogue, "", change->set[i].path, change->set[i].value, change->set[i].line, out);
    if (status)
        quo_adoption_free(out);
    return status;
}

/* ---- a protocol as text --------------------------------------------------------------------- */

static void put_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (; text && *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void put_number(FILE *to, const char *name, double x)
{
    char number[32];
    if (!isfinite(x))
        return;
    quo_text_from_real(x, number);
    fprintf(to, " %s = %s;", name, number);
}

static void put_answers(FILE *to, const struct quo_protocol *p, const struct quo_catalogue *catalogue)
{
    fputs("  answers = (", to);
    for (size_t i = 0, n = 0; i < p->n_answers; i++) {
        const struct quo_answer *a = &p->answer[i];
        if (a->level < 0 && !a->not_applicable)
            continue;
        fprintf(to, "%s\n    { control = \"%s\";", n++ ? "," : "", catalogue->control[a->control].id);
        if (a->not_applicable) {
            fputs(" not_applicable = true; reason = ", to);
            put_text(to, a->reason ? a->reason : "as in the table");
            fputs(";", to);
        } else {
            fprintf(to, " level = %d; evidence = %d;", a->level, a->evidence);
        }
        put_number(to, "coverage", a->coverage);
        put_number(to, "reliability", a->reliability);
        fputs(" }", to);
    }
    fputs(" );\n", to);
}

static void put_set(FILE *to, const struct quo_signer_set *s)
{
    fputs("\n    { id = ", to);
    put_text(to, s->id);
    fputs("; purpose = [", to);
    for (int bit = 0, n = 0; bit < QUO_POWERS; bit++)
        if (s->powers >> bit & 1u)
            fprintf(to, "%s\"%s\"", n++ ? ", " : "", quo_power_names()[bit]);
    fprintf(to, "]; threshold = %d;", s->threshold);
    put_number(to, "reach_share", s->reach_share);
    fputs("\n      signers = (", to);
    for (size_t j = 0; j < s->n_signers; j++) {
        const struct quo_signer *g = &s->signer[j];
        fprintf(to, "%s\n        { id = ", j ? "," : "");
        put_text(to, g->id);
        fputs(";", to);
        if (g->storage) {
            fputs(" storage = ", to);
            put_text(to, g->storage);
            fputs(";", to);
        }
        if (g->groups_said) {
            fputs(" groups = [", to);
            for (size_t k = 0; k < g->n_groups; k++) {
                fputs(k ? ", " : "", to);
                put_text(to, s->group_name[g->group[k]]);
            }
            fputs("];", to);
        }
        fputs(" }", to);
    }
    fputs(" ); }", to);
}

char *quo_adoption_text(const struct quo_protocol *p, const struct quo_catalogue *catalogue)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to)
        return NULL;
    fputs("protocol = {\n  id = ", to);
    put_text(to, p->id);
    fputs("; name = ", to);
    put_text(to, p->name);
    fputs("; chain = ", to);
    put_text(to, p->chain);
    fprintf(to, "; bridge = %s;", p->bridge ? "true" : "false");
    put_number(to, "exposure_usd", p->exposure_usd);
    fputc('\n', to);
    put_answers(to, p, catalogue);
    if (p->n_signer_sets) {
        fputs("  signer_sets = (", to);
        for (size_t s = 0; s < p->n_signer_sets; s++) {
            fputs(s ? "," : "", to);
            put_set(to, &p->signer_set[s]);
        }
        fputs(" );\n", to);
    }
    fputs("  dependencies = (", to);
    for (size_t i = 0; i < p->n_dependencies; i++) {
        fprintf(to, "%s { kind = ", i ? "," : "");
        put_text(to, p->dependency[i].kind);
        fputs("; vendor = ", to);
        put_text(to, p->dependency[i].vendor);
        fputs("; }", to);
    }
    fputs(" );\n};\n", to);
    const int bad = ferror(to);
    if (fclose(to) != 0 || bad) {
        free(text);
        return NULL;
    }
    return text;
}
