#include "pricing/book/exchange/bookfolder.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/policy.h"
#include "risk/base/text.h"

/* An id that was met, with the hash of what it stands for. */
struct met {
    char *id, *file, hex[QUO_HASH_SIZE];
};

struct folder {
    struct quo_bookwriter writer;
    const struct quo_catalogue *catalogue;
    struct quo_rejects *rejects;
    struct quo_faults of_file;
    struct met *met[2]; /* protocols, policies: met[kind][n_met[kind]] */
    size_t n_met[2];
};

enum { PROTOCOL, POLICY };

/* False where the id was met before: *same tells whether it was the same. */
static enum quo_status meet(struct folder *f, int kind, const char *id, const char *text, const char *file, bool *new)
{
    char hex[QUO_HASH_SIZE];
    quo_hash_bytes(text, strlen(text), hex);
    *new = true;
    for (size_t i = 0; i < f->n_met[kind]; i++) {
        const struct met *m = &f->met[kind][i];
        if (strcmp(m->id, id) != 0)
            continue;
        *new = false;
        if (kind == POLICY || strcmp(m->hex, hex) != 0)
            quo_faults_add(&f->of_file, QUO_REFUSED, file, 0,
                           kind == POLICY ? "an id of its own" : "one and the same text, such as one file that both include",
                           kind == POLICY ? "policy '%s' stands in '%s' too" : "protocol '%s' is another in '%s'", id,
                           m->file);
        return QUO_OK;
    }
    struct met *grown = realloc(f->met[kind], (f->n_met[kind] + 1) * sizeof *grown);
    if (!grown)
        return QUO_MACHINE;
    f->met[kind] = grown;
    struct met *m = &grown[f->n_met[kind]++];
    *m = (struct met){quo_text_copy(id), quo_text_copy(file), ""};
    memcpy(m->hex, hex, sizeof hex);
    return m->id && m->file ? QUO_OK : QUO_MACHINE;
}

/* The outline of a policy in the columns of a row, for whoever reads the book by SQL. */
static struct quo_bookpolicy outline(const struct quo_policy *policy)
{
    struct quo_bookpolicy row = {.id = policy->id,
                                 .protocol_id = policy->protocol->id,
                                 .index = policy->cover[0].trigger.index,
                                 .shape = policy->cover[0].payout.shape,
                                 .attach = NAN,
                                 .exhaust = NAN,
                                 .annual_limit = policy->annual_limit,
                                 .inception = policy->inception,
                                 .term_days = policy->term_days,
                                 .expiring_premium = policy->terms.expiring_premium};
    for (size_t i = 0; i < policy->n_covers; i++) {
        row.perils |= policy->cover[i].perils;
        row.event_limit = fmax(row.event_limit, policy->cover[i].event_limit);
    }
    return row;
}

static enum quo_status put_protocol(struct folder *f, const struct quo_setting *group, const struct quo_protocol *p,
                                    const char *file)
{
    char *text = quo_setting_print(group, NULL);
    bool new = false;
    enum quo_status status = text ? meet(f, PROTOCOL, p->id, text, file, &new) : QUO_MACHINE;
    if (status == QUO_OK && new && quo_faults_refusals(&f->of_file) == 0)
        status = quo_bookwriter_protocol(&f->writer, p, text);
    free(text);
    return status;
}

static enum quo_status take_policy(struct folder *f, struct quo_config *config, const char *file)
{
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "policy", true);
    struct quo_policy *policy = NULL;
    enum quo_status status = quo_policy_read(config, f->catalogue, &policy, &f->of_file);
    if (status == QUO_OK) {
        const struct quo_bookpolicy row = outline(policy);
        char *text = quo_setting_print(group, "protocol");
        bool new = false;
        status = text ? meet(f, POLICY, policy->id, text, file, &new) : QUO_MACHINE;
        if (status == QUO_OK)
            status = put_protocol(f, quo_setting_child(group, "protocol"), policy->protocol, file);
        if (status == QUO_OK && new && quo_faults_refusals(&f->of_file) == 0)
            status = quo_bookwriter_policy(&f->writer, &row, text);
        free(text);
    }
    quo_policy_free(policy);
    return status;
}

static enum quo_status take_protocol(struct folder *f, struct quo_config *config, const char *file)
{
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "protocol", true);
    struct quo_protocol *p = NULL;
    enum quo_status status = quo_protocol_read(group, f->catalogue, &p, &f->of_file);
    const enum quo_status finished = quo_config_finish(config);
    status = status ? status : finished;
    if (status == QUO_OK)
        status = put_protocol(f, group, p, file);
    quo_protocol_free(p);
    return status;
}

/* One file: taken, or rejected with its faults. Only the machine and the book itself end the work. */
static enum quo_status take_file(struct folder *f, const char *path)
{
    struct quo_config *config = NULL;
    enum quo_status status = quo_config_open(path, &config, &f->of_file);
    if (status == QUO_OK) {
        const struct quo_setting *root = quo_config_root(config);
        if (quo_setting_has(root, "policy"))
            status = take_policy(f, config, path);
        else if (quo_setting_has(root, "protocol"))
            status = take_protocol(f, config, path);
        else
            quo_faults_add(&f->of_file, QUO_REFUSED, path, 0, "policy = {...} or protocol = {...}",
                           "is neither a policy nor a protocol");
    }
    quo_config_close(config);
    if (status == QUO_MACHINE)
        return status;
    if (quo_faults_refusals(&f->of_file))
        quo_rejects_row(f->rejects, &f->of_file, NULL);
    else
        f->rejects->good++;
    quo_faults_free(&f->of_file);
    quo_faults_init(&f->of_file);
    return QUO_OK;
}

static int wanted(const struct dirent *entry)
{
    return fnmatch("*.cfg", entry->d_name, FNM_PERIOD) == 0;
}

/* All files of the folder, by name. */
static enum quo_status take_folder(struct folder *f, const char *folder, struct quo_faults *faults)
{
    struct dirent **entry = NULL;
    const int n = scandir(folder, &entry, wanted, alphasort);
    enum quo_status status = QUO_OK;
    if (n < 0)
        return quo_faults_add(faults, QUO_REFUSED, folder, 0, "give a folder of libconfig files", "cannot be read: %s",
                              strerrordesc_np(errno));
    if (n == 0)
        status = quo_faults_add(faults, QUO_REFUSED, folder, 0, "files NAME.cfg with a policy or a protocol",
                                "holds no libconfig file");
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (status == QUO_OK)
            status = asprintf(&path, "%s/%s", folder, entry[i]->d_name) < 0 ? QUO_MACHINE : take_file(f, path);
        free(path);
        free(entry[i]);
    }
    free(entry);
    return status;
}

enum quo_status quo_bookfolder_import(const struct quo_bookstore *book, const char *folder,
                                      const struct quo_catalogue *catalogue, bool strict, struct quo_rejects *rejects,
                                      struct quo_bookcounts *protocols, struct quo_bookcounts *policies,
                                      struct quo_faults *faults)
{
    struct folder f = {.catalogue = catalogue, .rejects = rejects};
    *protocols = *policies = (struct quo_bookcounts){0};
    enum quo_status status = quo_bookwriter_open(&f.writer, book, catalogue, faults);
    if (status)
        return status;
    quo_faults_init(&f.of_file);
    status = take_folder(&f, folder, faults);
    for (size_t i = 0; status == QUO_MACHINE && i < f.of_file.n; i++)
        quo_faults_add(faults, f.of_file.fault[i].code, f.of_file.fault[i].file, f.of_file.fault[i].line,
                       f.of_file.fault[i].hint, "%s", f.of_file.fault[i].text);
    if (status == QUO_OK && strict && rejects->bad)
        status = QUO_REFUSED;
    status = quo_bookwriter_close(&f.writer, status, "import configs", folder);
    *protocols = f.writer.protocols;
    *policies = f.writer.policies;
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < f.n_met[kind]; i++) {
            free(f.met[kind][i].id);
            free(f.met[kind][i].file);
        }
        free(f.met[kind]);
    }
    quo_faults_free(&f.of_file);
    return status;
}
