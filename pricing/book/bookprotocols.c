#include "pricing/book/bookprotocols.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookcell.h"
#include "pricing/book/idset.h"
#include "risk/base/text.h"

#define EXPOSURE_MAX 1e13 /* USD: as for a protocol in libconfig */

enum column { ID, NAME, EXPOSURE, CHAIN, BRIDGE, VENDORS, THRESHOLD, SIGNERS, COLUMNS };
static const char *const names[COLUMNS] = {"protocol_id", "name",    "exposure_usd", "chain",
                                           "bridge",      "vendors", "threshold",    "signers"};

void quo_bookprotocols_init(struct quo_bookprotocols *protocols) { memset(protocols, 0, sizeof *protocols); }

void quo_bookprotocols_free(struct quo_bookprotocols *protocols)
{
    if (!protocols)
        return;
    for (size_t i = 0; i < protocols->n; i++)
        quo_protocol_free(protocols->protocol[i]);
    free(protocols->protocol);
    free(protocols->slot);
    quo_bookprotocols_init(protocols);
}

/* FNV-1a [FNV]: ids are short, and nobody gains by colliding names of his own book. */
static uint64_t hash_of(const char *id)
{
    uint64_t h = 14695981039346656037u;
    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h ^ h >> 29;
}

static size_t slot_of(const struct quo_bookprotocols *p, const char *id)
{
    size_t s = hash_of(id) & (p->slots - 1);
    while (p->slot[s] && strcmp(p->protocol[p->slot[s] - 1]->id, id) != 0)
        s = (s + 1) & (p->slots - 1);
    return s;
}

long quo_bookprotocols_find(const struct quo_bookprotocols *protocols, const char *id)
{
    return protocols->slots ? (long)protocols->slot[slot_of(protocols, id)] - 1 : -1;
}

unsigned quo_bookprotocols_powers(bool bridge)
{
    return QUO_POWER_MOVE | QUO_POWER_MINT | QUO_POWER_UPGRADE | QUO_POWER_CONFIGURE | QUO_POWER_PAUSE |
           (bridge ? (unsigned)QUO_POWER_BRIDGE_MESSAGES : 0u);
}

static bool grow(struct quo_bookprotocols *p)
{
    const size_t room = p->room ? 2 * p->room : 64;
    struct quo_protocol **grown = realloc(p->protocol, room * sizeof *grown);
    if (!grown)
        return false;
    p->protocol = grown;
    uint32_t *slot = calloc(4 * room, sizeof *slot);
    if (!slot)
        return false;
    p->room = room;
    free(p->slot);
    p->slot = slot;
    p->slots = 4 * room;
    for (size_t i = 0; i < p->n; i++)
        p->slot[slot_of(p, p->protocol[i]->id)] = (uint32_t)i + 1;
    return true;
}

enum quo_status quo_bookprotocols_add(struct quo_bookprotocols *protocols, struct quo_protocol *protocol)
{
    if (protocols->n == protocols->room && !grow(protocols))
        return QUO_MACHINE;
    const size_t s = slot_of(protocols, protocol->id);
    if (protocols->slot[s])
        return QUO_DOMAIN;
    protocols->protocol[protocols->n++] = protocol;
    protocols->slot[s] = (uint32_t)protocols->n;
    return QUO_OK;
}

struct reader {
    const struct quo_csv *csv;
    const struct quo_catalogue *catalogue;
    int place[COLUMNS];
    int *control; /* control[columns of the file]: index in the catalogue, -1 */
    size_t n_controls;
    const struct quo_csv_row *row;
    struct quo_faults *faults; /* of the row */
    struct quo_idset *seen;
    bool no_memory;
};

static enum quo_status read_header(struct reader *r, struct quo_faults *faults)
{
    const size_t before = quo_faults_refusals(faults), columns = quo_csv_columns(r->csv);
    for (int c = 0; c < COLUMNS; c++) {
        char hint[64];
        r->place[c] = quo_csv_column(r->csv, names[c]);
        quo_text_print(hint, sizeof hint, "add a column '%s'", names[c]);
        if (r->place[c] < 0)
            quo_faults_add(faults, QUO_REFUSED, quo_csv_path(r->csv), 1, hint, "there is no column '%s'", names[c]);
    }
    r->control = malloc(columns * sizeof *r->control);
    if (!r->control)
        return QUO_MACHINE;
    for (size_t i = 0; i < columns; i++) {
        const char *name = quo_csv_column_name(r->csv, i);
        bool known = false;
        for (int c = 0; c < COLUMNS; c++)
            known |= r->place[c] == (int)i;
        r->control[i] = known ? -1 : quo_catalogue_control(r->catalogue, name);
        r->n_controls += r->control[i] >= 0;
        if (known || r->control[i] >= 0)
            continue;
        char hint[128] = "leave it out";
        const int near = quo_text_nearest(name, names, COLUMNS), control = quo_catalogue_nearest(r->catalogue, name);
        if (near >= 0)
            quo_text_print(hint, sizeof hint, "did you mean '%s'?", names[near]);
        else if (control >= 0)
            quo_text_print(hint, sizeof hint, "did you mean the control '%s'?", r->catalogue->control[control].id);
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(r->csv), 1, hint, "unknown column '%s'", name);
    }
    return quo_faults_refusals(faults) > before ? QUO_REFUSED : QUO_OK;
}

static void fault(const struct reader *r, const char *hint, const char *name, const char *field)
{
    quo_faults_add(r->faults, QUO_REFUSED, quo_csv_path(r->csv), r->row->line, hint, "'%s' is '%.60s'", name, field);
}

/* A field of the row; a fault if it is empty and must not be. "" where the column itself is missing. */
static const char *field_of(const struct reader *r, enum column c, bool filled)
{
    const char *field = r->place[c] >= 0 ? r->row->field[r->place[c]] : "";
    if (filled && field[0] == '\0' && r->place[c] >= 0)
        quo_faults_add(r->faults, QUO_REFUSED, quo_csv_path(r->csv), r->row->line, "every row has it", "'%s' is empty",
                       names[c]);
    return field;
}

static char *text_of(struct reader *r, enum column c, bool filled)
{
    const char *field = field_of(r, c, filled);
    char *copy = field[0] ? quo_text_copy(field) : NULL;
    r->no_memory |= field[0] && !copy;
    return copy;
}

static void read_answers(struct reader *r, struct quo_protocol *p)
{
    char hint[QUO_BOOKCELL_HINT];
    p->answer = r->n_controls ? calloc(r->n_controls, sizeof *p->answer) : NULL;
    if (r->n_controls && !p->answer) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < r->row->n; i++) {
        const char *field = r->row->field[i];
        struct quo_answer a = {
            .control = r->control[i], .coverage = NAN, .reliability = NAN, .age_months = -1, .line = r->row->line};
        if (a.control < 0 || field[0] == '\0')
            continue;
        if (quo_bookcell_answer(field, &a.level, &a.evidence, hint))
            p->answer[p->n_answers++] = a;
        else
            fault(r, hint, quo_csv_column_name(r->csv, i), field);
    }
}

static void read_signers(struct reader *r, struct quo_protocol *p)
{
    char hint[QUO_BOOKCELL_HINT];
    int64_t threshold = 0;
    const char *list = field_of(r, SIGNERS, false), *said = field_of(r, THRESHOLD, false);
    const bool whole = said[0] && quo_bookcell_whole(said, 1, QUO_SIGNERS_MAX, &threshold, hint);
    if (said[0] && !whole)
        fault(r, hint, names[THRESHOLD], said);
    if (list[0] && !quo_bookcell_signers(list, r->catalogue, p, hint, &r->no_memory)) {
        if (!r->no_memory)
            fault(r, hint, names[SIGNERS], list);
    } else if (list[0] && whole) {
        struct quo_signer_set *set = &p->signer_set[0];
        if ((size_t)threshold > set->n_signers)
            quo_faults_add(r->faults, QUO_REFUSED, quo_csv_path(r->csv), r->row->line, "at most the number of signers",
                           "threshold %lld with %zu signers", (long long)threshold, set->n_signers);
        set->threshold = (int)threshold;
        set->line = r->row->line;
        set->powers = quo_bookprotocols_powers(p->bridge);
    }
    if ((list[0] == '\0') != (said[0] == '\0'))
        quo_faults_add(r->faults, QUO_REFUSED, quo_csv_path(r->csv), r->row->line, "fill both or neither",
                       "threshold and signers belong together");
}

/* The row as a protocol, in parts where it has faults. */
static struct quo_protocol *read_row(struct reader *r)
{
    char hint[QUO_BOOKCELL_HINT];
    struct quo_protocol *p = calloc(1, sizeof *p);
    if (!p) {
        r->no_memory = true;
        return NULL;
    }
    p->hot_share = p->capture_cost_usd = p->extractable_usd = p->borrow_cost_usd = p->bribe_cost_usd = NAN;
    p->exit_liquidity_usd = INFINITY;
    p->id = text_of(r, ID, true);
    p->name = text_of(r, NAME, true);
    p->chain = text_of(r, CHAIN, false);
    const char *field = field_of(r, EXPOSURE, true);
    if (field[0] && !quo_bookcell_number(field, 1.0, EXPOSURE_MAX, &p->exposure_usd, hint))
        fault(r, hint, names[EXPOSURE], field);
    field = field_of(r, BRIDGE, true);
    p->bridge = strcmp(field, "1") == 0;
    if (field[0] && !p->bridge && strcmp(field, "0") != 0)
        fault(r, "one of 0 1", names[BRIDGE], field);
    field = field_of(r, VENDORS, false);
    if (field[0] && !quo_bookcell_vendors(field, p, hint, &r->no_memory) && !r->no_memory)
        fault(r, hint, names[VENDORS], field);
    read_signers(r, p);
    read_answers(r, p);
    return p;
}

/* Puts a good row into the table; what is twice is a fault of the later row, be the first one good or not. */
static void take(struct reader *r, struct quo_protocol *p, struct quo_bookprotocols *out)
{
    int before = 0;
    if (p && p->id && !r->no_memory) {
        const enum quo_idset_found found = quo_idset_add(r->seen, p->id, r->row->line, &before);
        r->no_memory = found == QUO_IDSET_NO_MEMORY;
        if (found == QUO_IDSET_TWICE)
            quo_faults_add(r->faults, QUO_REFUSED, quo_csv_path(r->csv), r->row->line, "an id of its own",
                           "protocol_id '%.80s' stands on line %d too", p->id, before);
        if (found == QUO_IDSET_NEW && quo_faults_refusals(r->faults) == 0) {
            r->no_memory = quo_bookprotocols_add(out, p) != QUO_OK;
            if (!r->no_memory)
                return;
        }
    }
    quo_protocol_free(p);
}

enum quo_status quo_bookprotocols_read(struct quo_csv *csv, const struct quo_catalogue *catalogue,
                                       struct quo_bookprotocols *out, struct quo_rejects *rejects,
                                       struct quo_faults *faults)
{
    struct quo_faults of_row;
    struct reader r = {.csv = csv, .catalogue = catalogue, .faults = &of_row, .seen = quo_idset_new()};
    const struct quo_csv_row *row;
    quo_faults_init(&of_row);
    enum quo_status status = r.seen ? read_header(&r, faults) : QUO_MACHINE;
    if (status == QUO_MACHINE) {
        quo_idset_free(r.seen);
        return status;
    }
    const bool header = status == QUO_OK; /* a wrong header refuses the file; its rows are read for their faults */
    while ((status = quo_csv_step(csv, &row, &of_row)) == QUO_OK && (row || quo_faults_refusals(&of_row))) {
        if (row) {
            r.row = row;
            struct quo_protocol *p = read_row(&r);
            take(&r, p, out);
        }
        if (r.no_memory) {
            status = QUO_MACHINE;
            break;
        }
        if (quo_faults_refusals(&of_row))
            quo_rejects_row(rejects, &of_row, row);
        else
            rejects->good++;
    }
    if (quo_faults_refusals(&of_row)) /* what broke the file off */
        for (size_t i = 0; i < of_row.n; i++)
            quo_faults_add(faults, of_row.fault[i].code, of_row.fault[i].file, of_row.fault[i].line,
                           of_row.fault[i].hint, "%s", of_row.fault[i].text);
    quo_faults_free(&of_row);
    quo_idset_free(r.seen);
    free(r.control);
    if (status == QUO_OK && header && rejects->good == 0 && rejects->bad == 0)
        status = quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, "one row at least",
                                "there is nothing below the header");
    return status == QUO_OK && !header ? QUO_REFUSED : status;
}

enum quo_status quo_bookprotocols_load(const char *path, const struct quo_catalogue *catalogue,
                                       struct quo_bookprotocols *out, struct quo_rejects *rejects,
                                       struct quo_faults *faults)
{
    struct quo_csv *csv = NULL;
    quo_bookprotocols_init(out);
    enum quo_status status = quo_csv_open(path, &csv, faults);
    if (status == QUO_OK)
        status = quo_bookprotocols_read(csv, catalogue, out, rejects, faults);
    quo_csv_close(csv);
    if (status)
        quo_bookprotocols_free(out);
    return status;
}
