#include "pricing/whatif/marketbook.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pricing/whatif/adoption.h"
#include "risk/base/text.h"

#define PATH_SIZE 4096
#define FAULTS_TOLD 20 /* bad rows told one by one */

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

static int by_protocol(const void *a, const void *b)
{
    const struct quo_bookpolicy *x = a, *y = b;
    return x->protocol != y->protocol ? (x->protocol < y->protocol ? -1 : 1) : x->line - y->line;
}

/* A copy of a row that outlives its reader. */
static bool keep_row(struct quo_marketbook *book, size_t *room, const struct quo_bookpolicy *row)
{
    if (book->n_rows == *room) {
        const size_t more = *room ? 2 * *room : 256;
        struct quo_bookpolicy *grown = realloc(book->row, more * sizeof *grown);
        if (!grown)
            return false;
        book->row = grown;
        *room = more;
    }
    struct quo_bookpolicy *kept = &book->row[book->n_rows++];
    struct quo_payout_step *steps = malloc(((size_t)row->n_steps + 1) * sizeof *steps);
    *kept = *row;
    kept->id = quo_text_copy(row->id);
    kept->protocol_id = NULL;
    kept->step = steps;
    if (steps && row->n_steps)
        memcpy(steps, row->step, (size_t)row->n_steps * sizeof *steps);
    return kept->id && steps;
}

static enum quo_status read_rows(const char *path, struct quo_marketbook *book, struct quo_rejects *rejects,
                                 struct quo_faults *faults)
{
    struct quo_bookpolicies *reader = NULL;
    size_t room = 0;
    enum quo_status status = quo_bookpolicies_open(path, &book->protocols, rejects, &reader, faults);
    while (status == QUO_OK) {
        const struct quo_bookpolicy *row;
        status = quo_bookpolicies_next(reader, &row, faults);
        if (status || !row)
            break;
        if (!keep_row(book, &room, row))
            status = QUO_MACHINE;
    }
    quo_bookpolicies_close(reader);
    if (status == QUO_OK && book->n_rows == 0)
        status = quo_faults_add(faults, QUO_REFUSED, path, 0, "rows that name a protocol of the book",
                                "there is no policy in it that can be priced");
    if (status == QUO_OK)
        qsort(book->row, book->n_rows, sizeof *book->row, by_protocol);
    return status;
}

static enum quo_status row_cases(struct quo_marketbook *book, const struct quo_catalogue *catalogue,
                                 struct quo_faults *faults)
{
    book->one = calloc(book->protocols.n + 1, sizeof *book->one);
    if (!book->one)
        return QUO_MACHINE;
    enum quo_status status = QUO_OK;
    for (size_t i = 0, next; i < book->n_rows && status == QUO_OK; i = next) {
        struct quo_marketbook_case *one = &book->one[book->n++];
        for (next = i; next < book->n_rows && book->row[next].protocol == book->row[i].protocol; next++)
            ;
        one->protocol = book->protocols.protocol[book->row[i].protocol];
        one->protocol_id = one->protocol->id;
        one->first = i;
        one->n = next - i;
        char *text = quo_adoption_text(one->protocol, catalogue);
        status = text ? quo_config_open_text(text, strlen(text), one->protocol->id, &one->config, faults) : QUO_MACHINE;
        free(text);
    }
    book->n_policies = book->n_rows;
    book->n_protocols = book->n;
    return status;
}

static enum quo_status load_tables(const char *policies, const char *protocols, const struct quo_catalogue *catalogue,
                                   struct quo_marketbook *book, struct quo_faults *faults)
{
    struct quo_faults told;
    struct quo_rejects rejects;
    quo_faults_init(&told);
    quo_rejects_init(&rejects, NULL, &told, FAULTS_TOLD);
    enum quo_status status = quo_bookprotocols_load(protocols, catalogue, &book->protocols, &rejects, faults);
    if (status == QUO_OK)
        status = read_rows(policies, book, &rejects, faults);
    book->bad = rejects.bad;
    for (size_t i = 0; i < told.n; i++) /* a bad row is left out, not a reason to stop */
        quo_faults_add(faults, QUO_OK, told.fault[i].file, told.fault[i].line, told.fault[i].hint,
                       "%s; the row is left out", told.fault[i].text);
    quo_faults_free(&told);
    return status ? status : row_cases(book, catalogue, faults);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The names in a folder that end in .cfg, sorted; the caller frees them and the list. */
static char **list_files(const char *folder, size_t *n)
{
    char **name = NULL;
    DIR *dir = opendir(folder);
    *n = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        char **grown = realloc(name, (*n + 2) * sizeof(char *));
        if (!grown)
            break;
        name = grown;
        name[*n] = NULL;
        if (length > 4 && strcmp(entry->d_name + length - 4, ".cfg") == 0 && (name[*n] = quo_text_copy(entry->d_name)))
            ++*n;
    }
    if (dir)
        closedir(dir);
    if (name)
        qsort(name, *n, sizeof(char *), by_name);
    return name;
}

/* A file without `policy` at its root is something else, a protocol or a plan, and no part of the book. */
static enum quo_status add_file(const char *path, const struct quo_catalogue *catalogue, struct quo_marketbook *book,
                                struct quo_faults *faults)
{
    struct quo_config *config = NULL, *copy = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    if (!quo_setting_has(quo_config_root(config), "policy")) {
        quo_config_close(config);
        return QUO_OK;
    }
    struct quo_marketbook_case *one = &book->one[book->n++];
    one->config = config;
    status = quo_config_copy(config, &copy, faults);
    if (status == QUO_OK)
        status = quo_policy_read(copy, catalogue, &one->policy, faults);
    quo_config_close(copy);
    if (status)
        return status;
    one->protocol = one->policy->protocol;
    one->protocol_id = one->protocol->id;
    for (size_t i = 0; i + 1 < book->n && !one->again; i++)
        one->again = strcmp(book->one[i].protocol_id, one->protocol_id) == 0;
    book->n_policies++;
    book->n_protocols += !one->again;
    return QUO_OK;
}

static enum quo_status load_folder(const char *folder, const struct quo_catalogue *catalogue,
                                   struct quo_marketbook *book, struct quo_faults *faults)
{
    size_t n;
    char **name = list_files(folder, &n);
    book->in_files = true;
    book->one = calloc(n + 1, sizeof *book->one);
    enum quo_status status = book->one ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < n; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        if (status != QUO_MACHINE) {
            const enum quo_status added = add_file(path, catalogue, book, faults);
            status = status && added != QUO_MACHINE ? status : added;
        }
        free(name[i]);
    }
    free(name);
    if (status == QUO_OK && book->n == 0)
        status = quo_faults_add(faults, QUO_REFUSED, folder, 0,
                                "a folder with policies.csv and protocols.csv, or with *.policy.cfg",
                                "no policy in this folder");
    return status;
}

enum quo_status quo_marketbook_load(const char *path, const char *protocols, const struct quo_catalogue *catalogue,
                                    struct quo_marketbook *out, struct quo_faults *faults)
{
    memset(out, 0, sizeof *out);
    quo_bookprotocols_init(&out->protocols);
    char policies[PATH_SIZE], beside[PATH_SIZE];
    const bool folder = is_folder(path);
    snprintf(policies, sizeof policies, "%s%s", path, folder ? "/policies.csv" : "");
    enum quo_status status;
    if (!folder && !is_file(path)) {
        status = quo_faults_add(faults, QUO_REFUSED, path, 0, "give a folder of policies, or a policies.csv",
                                "there is no such file or folder");
    } else if (folder && !is_file(policies)) {
        status = load_folder(path, catalogue, out, faults);
    } else {
        const char *slash = strrchr(policies, '/');
        snprintf(beside, sizeof beside, "%.*sprotocols.csv", slash ? (int)(slash + 1 - policies) : 0, policies);
        status = load_tables(policies, protocols ? protocols : beside, catalogue, out, faults);
    }
    if (status)
        quo_marketbook_free(out);
    return status;
}

void quo_marketbook_free(struct quo_marketbook *book)
{
    if (!book)
        return;
    for (size_t i = 0; i < book->n; i++) {
        quo_config_close(book->one[i].config);
        quo_policy_free(book->one[i].policy); /* of a row the protocol is the table's */
    }
    for (size_t i = 0; i < book->n_rows; i++) {
        free((char *)(uintptr_t)book->row[i].id);
        free((void *)(uintptr_t)book->row[i].step);
    }
    free(book->one);
    free(book->row);
    quo_bookprotocols_free(&book->protocols);
    memset(book, 0, sizeof *book);
}
