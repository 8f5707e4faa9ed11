#include "pricing/book/bookpolicies.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookcell.h"
#include "pricing/book/bookpolicies_parts.h"
#include "risk/base/text.h"

#define HOURS_MAX 87660.0 /* ten years */

enum column {
    ID,
    PROTOCOL,
    PERILS,
    INDEX,
    SHAPE,
    ATTACH,
    EXHAUST,
    STEPS,
    EVENT,
    ANNUAL,
    WAITING,
    INCEPTION,
    TERM,
    EXPIRING,
    COLUMNS
};
static const char *const names[COLUMNS] = {
    "policy_id", "protocol_id", "perils",       "index",         "shape",     "attach",    "exhaust",
    "steps",     "event_limit", "annual_limit", "waiting_hours", "inception", "term_days", "expiring_premium"};
_Static_assert(COLUMNS == QUO_BOOKPOLICY_COLUMNS, "the header's number");

const char *const *quo_bookpolicies_columns(void) { return names; }

static void read_header(struct quo_bookpolicies *r, struct quo_faults *faults)
{
    const size_t before = quo_faults_refusals(faults);
    for (int c = 0; c < COLUMNS; c++) {
        char hint[64];
        r->place[c] = quo_csv_column(r->csv, names[c]);
        quo_text_print(hint, sizeof hint, "add a column '%s'", names[c]);
        if (r->place[c] < 0)
            quo_faults_add(faults, QUO_REFUSED, quo_csv_path(r->csv), 1, hint, "there is no column '%s'", names[c]);
    }
    for (size_t i = 0; i < quo_csv_columns(r->csv); i++) {
        const char *name = quo_csv_column_name(r->csv, i);
        bool known = false;
        for (int c = 0; c < COLUMNS; c++)
            known |= r->place[c] == (int)i;
        if (known)
            continue;
        char hint[128] = "leave it out";
        const int near = quo_text_nearest(name, names, COLUMNS);
        if (near >= 0)
            quo_text_print(hint, sizeof hint, "did you mean '%s'?", names[near]);
        quo_faults_add(faults, QUO_REFUSED, quo_csv_path(r->csv), 1, hint, "unknown column '%s'", name);
    }
    r->header = quo_faults_refusals(faults) == before;
}

static void fault(struct quo_bookpolicies *r, enum column c, const char *hint)
{
    quo_faults_add(&r->of_row, QUO_REFUSED, quo_csv_path(r->csv), r->text->line, hint, "'%s' is '%.60s'", names[c],
                   r->text->field[r->place[c]]);
}

/* A field, or NULL where it is empty; a fault if it must not be. */
static const char *field_of(struct quo_bookpolicies *r, enum column c, bool filled)
{
    if (r->place[c] < 0)
        return NULL;
    const char *field = r->text->field[r->place[c]];
    if (field[0])
        return field;
    if (filled)
        quo_faults_add(&r->of_row, QUO_REFUSED, quo_csv_path(r->csv), r->text->line, "every row has it",
                       "'%s' is empty", names[c]);
    return NULL;
}

static double number(struct quo_bookpolicies *r, enum column c, bool filled, double low, double high, double otherwise)
{
    char hint[QUO_BOOKCELL_HINT];
    double value = otherwise;
    const char *field = field_of(r, c, filled);
    if (field && !quo_bookcell_number(field, low, high, &value, hint))
        fault(r, c, hint);
    return value;
}

static void read_what(struct quo_bookpolicies *r)
{
    char hint[QUO_BOOKCELL_HINT];
    struct quo_bookpolicy *row = &r->row;
    int word = 0;
    const char *field = field_of(r, PERILS, true), *indices[QUO_INDICES];
    if (field && !quo_bookcell_perils(field, &row->perils, hint))
        fault(r, PERILS, hint);
    for (int i = 0; i < QUO_INDICES; i++)
        indices[i] = quo_index_id((enum quo_index)i);
    if ((field = field_of(r, INDEX, true)) && !quo_bookcell_word(field, indices, QUO_INDICES, &word, hint))
        fault(r, INDEX, hint);
    row->index = (enum quo_index)word;
    size_t n_shapes;
    const char *const *shapes = quo_payout_shape_ids(&n_shapes);
    word = 0;
    if ((field = field_of(r, SHAPE, true)) && !quo_bookcell_word(field, shapes, n_shapes, &word, hint))
        fault(r, SHAPE, hint);
    row->shape = (enum quo_payout_shape)word;
    row->n_steps = 0;
    row->step = r->step;
    row->attach = number(r, ATTACH, false, 0.0, 1e15, NAN);
    row->exhaust = number(r, EXHAUST, false, 0.0, 1e15, NAN);
    if ((field = field_of(r, STEPS, false)) && !quo_bookcell_steps(field, r->step, &row->n_steps, hint))
        fault(r, STEPS, hint);
}

static void read_terms(struct quo_bookpolicies *r)
{
    char hint[QUO_BOOKCELL_HINT];
    struct quo_bookpolicy *row = &r->row;
    row->event_limit = number(r, EVENT, true, 1.0, QUO_LIMIT_MAX, NAN);
    row->annual_limit = number(r, ANNUAL, false, 1.0, QUO_LIMIT_MAX, INFINITY);
    row->waiting_hours = number(r, WAITING, false, 0.0, HOURS_MAX, 0.0);
    row->expiring_premium = number(r, EXPIRING, false, 0.0, QUO_LIMIT_MAX, NAN);
    const char *field = field_of(r, INCEPTION, true);
    if (field && !quo_bookcell_date(field, &row->inception, hint))
        fault(r, INCEPTION, hint);
    int64_t days = 0;
    if ((field = field_of(r, TERM, true)) && !quo_bookcell_whole(field, 1, QUO_TERM_DAYS_MAX, &days, hint))
        fault(r, TERM, hint);
    row->term_days = (int)days;
}

static void told(struct quo_bookpolicies *r, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void told(struct quo_bookpolicies *r, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    quo_faults_vadd(&r->of_row, QUO_REFUSED, quo_csv_path(r->csv), r->text->line, hint, format, arguments);
    va_end(arguments);
}

/* What the payout's fields say together, by the rules of a cover in libconfig. */
static void check_payout(struct quo_bookpolicies *r)
{
    const struct quo_bookpolicy *row = &r->row;
    const bool steps = row->shape == QUO_PAYOUT_STEPS || row->shape == QUO_PAYOUT_TABLE;
    const char *shape = quo_payout_shape_id(row->shape), *said = field_of(r, STEPS, false);
    if (row->shape == QUO_PAYOUT_LINEAR && (isnan(row->attach) || isnan(row->exhaust)))
        told(r, "fill both", "a linear payout without attach and exhaust");
    else if (row->shape == QUO_PAYOUT_LINEAR && row->attach >= row->exhaust)
        told(r, "an exhaustion above the attachment", "attach %g is not below exhaust %g", row->attach, row->exhaust);
    if (row->shape == QUO_PAYOUT_BINARY && isnan(row->attach) && row->index != QUO_INDEX_SIGNER_EVENT)
        told(r, "the index from which it pays", "a binary payout without attach");
    if (row->shape == QUO_PAYOUT_PER_HOUR && !(row->exhaust > row->waiting_hours))
        told(r, "in exhaust the hour at which the limit is reached, above waiting_hours",
             "a payout by the hour that is never full");
    if (row->shape == QUO_PAYOUT_PER_HOUR && row->index != QUO_INDEX_OUTAGE_HOURS)
        told(r, "index outage_hours", "per_hour pays by the hour, and index '%s' is not in hours",
             quo_index_id(row->index));
    if (steps && !said)
        told(r, "AT:PAYS;AT:PAYS", "shape '%s' without steps", shape);
    if (row->index == QUO_INDEX_SIGNER_EVENT && row->shape != QUO_PAYOUT_BINARY)
        told(r, "shape binary", "index 'signer_event' is yes or no and cannot be paid by '%s'", shape);
    const double top = quo_index_is_share(row->index) ? 1.0 : row->index == QUO_INDEX_OUTAGE_HOURS ? HOURS_MAX : 1e15;
    const double last = steps && row->n_steps             ? row->step[row->n_steps - 1].at
                        : row->shape == QUO_PAYOUT_BINARY ? row->attach
                                                          : row->exhaust;
    if (last > top)
        told(r, quo_index_is_share(row->index) ? "a share from 0 to 1" : "less", "index '%s' never reaches %g",
             quo_index_id(row->index), last);
    const double begins = steps && row->n_steps ? row->step[0].at : row->attach;
    if (row->index == QUO_INDEX_OUTAGE_HOURS && row->shape != QUO_PAYOUT_PER_HOUR && begins < row->waiting_hours)
        told(r, "a payout that begins when the waiting period is over",
             "the payout begins at %g hours, inside the waiting period of %g hours", begins, row->waiting_hours);
}

static void check_together(struct quo_bookpolicies *r)
{
    const struct quo_bookpolicy *row = &r->row;
    const bool known = r->place[SHAPE] >= 0 && r->place[INDEX] >= 0 && r->place[STEPS] >= 0;
    if (known && quo_faults_refusals(&r->of_row) == 0)
        check_payout(r);
    else if (row->shape == QUO_PAYOUT_LINEAR && row->attach >= row->exhaust)
        told(r, "an exhaustion above the attachment", "attach %g is not below exhaust %g", row->attach, row->exhaust);
    if (row->annual_limit < row->event_limit)
        told(r, "at least the event limit", "annual_limit %g is below event_limit %g", row->annual_limit,
             row->event_limit);
    const quo_peril_set outage = (quo_peril_set)1 << QUO_SERVICE_OUTAGE;
    const bool hours = row->index == QUO_INDEX_OUTAGE_HOURS;
    if (r->place[INDEX] >= 0 && row->perils && (hours ? row->perils != outage : (row->perils & outage) != 0))
        told(r, "outage_hours for service_outage alone, another index for all others",
             "index '%s' does not fit perils '%.80s'", quo_index_id(row->index), r->text->field[r->place[PERILS]]);
    if (row->index == QUO_INDEX_MARKET_LOSS)
        told(r, "a policy file, with the window in its trigger",
             "index 'market_loss' adds up over a window, and a row has no room for one");
}

static void check_ids(struct quo_bookpolicies *r, bool *no_memory)
{
    struct quo_bookpolicy *row = &r->row;
    row->id = field_of(r, ID, true);
    row->protocol_id = field_of(r, PROTOCOL, true);
    row->protocol = -1;
    if (row->id && r->seen) {
        int before;
        const enum quo_idset_found found = quo_idset_add(r->seen, row->id, r->text->line, &before);
        *no_memory = found == QUO_IDSET_NO_MEMORY;
        if (found == QUO_IDSET_TWICE && before > 0)
            told(r, "an id of its own", "policy_id '%.80s' stands on line %d too", row->id, before);
        else if (found == QUO_IDSET_TWICE)
            told(r, "an id of its own", "policy_id '%.80s' stands on an earlier line too", row->id);
    }
    if (row->protocol_id && r->protocols &&
        (row->protocol = quo_bookprotocols_find(r->protocols, row->protocol_id)) < 0)
        told(r, "a protocol_id of the protocols' table", "there is no protocol '%.80s'", row->protocol_id);
}

void quo_bookpolicies_take(struct quo_bookpolicies *r, bool *no_memory)
{
    memset(&r->row, 0, sizeof r->row);
    r->row.line = r->text->line;
    read_what(r);
    read_terms(r);
    check_together(r);
    check_ids(r, no_memory);
}

enum quo_status quo_bookpolicies_good(struct quo_bookpolicies *r, const struct quo_bookpolicy **row, struct quo_faults *faults)
{
    *row = NULL;
    enum quo_status status;
    bool no_memory = false;
    while ((status = quo_csv_step(r->csv, &r->read, &r->of_row)) == QUO_OK &&
           (r->read || quo_faults_refusals(&r->of_row))) {
        r->text = r->read;
        if (r->read && r->translator.row) {
            r->translator.row(r->translator.context, r->read, quo_csv_path(r->csv), r->field, &r->of_row);
            r->translated = (struct quo_csv_row){.line = r->read->line, .n = COLUMNS, .field = r->field};
            r->text = &r->translated;
        }
        if (r->text && (!r->translator.row || quo_faults_refusals(&r->of_row) == 0))
            quo_bookpolicies_take(r, &no_memory);
        if (no_memory)
            return QUO_MACHINE;
        if (quo_faults_refusals(&r->of_row) == 0 && r->header) {
            r->rejects->good++;
            *row = &r->row;
            return QUO_OK;
        }
        if (quo_faults_refusals(&r->of_row))
            quo_rejects_row(r->rejects, &r->of_row, r->read);
    }
    for (size_t i = 0; status && i < r->of_row.n; i++) /* what broke the file off */
        quo_faults_add(faults, r->of_row.fault[i].code, r->of_row.fault[i].file, r->of_row.fault[i].line,
                       r->of_row.fault[i].hint, "%s", r->of_row.fault[i].text);
    return status;
}

enum quo_status quo_bookpolicies_next(struct quo_bookpolicies *r, const struct quo_bookpolicy **row,
                                      struct quo_faults *faults)
{
    enum quo_status status = quo_bookpolicies_good(r, row, faults);
    if (*row)
        return status;
    if (status == QUO_OK && !r->header)
        status = QUO_REFUSED;
    else if (status == QUO_OK && !r->part && r->rejects->good == 0 && r->rejects->bad == 0)
        status = quo_faults_add(faults, QUO_REFUSED, quo_csv_path(r->csv), 1, "one row at least",
                                "there is nothing below the header");
    return status;
}

enum quo_status quo_bookpolicies_translated(struct quo_csv *csv, const struct quo_bookpolicies_translator *translator,
                                            const struct quo_bookprotocols *protocols, struct quo_rejects *rejects,
                                            struct quo_bookpolicies **out, struct quo_faults *faults)
{
    struct quo_bookpolicies *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r || !(r->seen = quo_idset_new())) {
        free(r);
        return QUO_MACHINE;
    }
    r->csv = csv;
    r->protocols = protocols;
    r->rejects = rejects;
    quo_faults_init(&r->of_row);
    r->header = translator != NULL;
    for (int c = 0; c < COLUMNS && translator; c++)
        r->place[c] = c;
    if (translator)
        r->translator = *translator;
    else
        read_header(r, faults);
    *out = r;
    return QUO_OK;
}

enum quo_status quo_bookpolicies_on(struct quo_csv *csv, const struct quo_bookprotocols *protocols,
                                    struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                    struct quo_faults *faults)
{
    return quo_bookpolicies_translated(csv, NULL, protocols, rejects, out, faults);
}

static enum quo_status open_reader(const char *path, bool part, const struct quo_bookprotocols *protocols,
                                   struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                   struct quo_faults *faults)
{
    struct quo_csv *csv = NULL;
    *out = NULL;
    enum quo_status status =
        part ? quo_csv_open_headless(path, names, COLUMNS, &csv, faults) : quo_csv_open(path, &csv, faults);
    if (status == QUO_OK)
        status = quo_bookpolicies_on(csv, protocols, rejects, out, faults);
    if (status == QUO_OK) {
        (*out)->own = csv;
        (*out)->part = part;
    } else {
        quo_csv_close(csv);
    }
    return status;
}

enum quo_status quo_bookpolicies_open(const char *path, const struct quo_bookprotocols *protocols,
                                      struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                      struct quo_faults *faults)
{
    return open_reader(path, false, protocols, rejects, out, faults);
}

enum quo_status quo_bookpolicies_open_part(const char *path, const struct quo_bookprotocols *protocols,
                                           struct quo_rejects *rejects, struct quo_bookpolicies **out,
                                           struct quo_faults *faults)
{
    return open_reader(path, true, protocols, rejects, out, faults);
}

double quo_bookpolicies_share(const struct quo_bookpolicies *r) { return quo_csv_share(r->csv); }

void quo_bookpolicies_close(struct quo_bookpolicies *r)
{
    if (!r)
        return;
    quo_csv_close(r->own);
    quo_idset_free(r->seen);
    quo_faults_free(&r->of_row);
    free(r);
}

void quo_bookpolicy_expand(const struct quo_bookpolicy *row, struct quo_protocol *protocol, struct quo_cover *cover,
                           struct quo_policy *policy)
{
    *cover = (struct quo_cover){.id = (char *)(uintptr_t) "cover",
                                .perils = row->perils,
                                .event_limit = row->event_limit,
                                .annual_limit = row->annual_limit,
                                .reinstatements = -1,
                                .reinstatement_premium = 1.0,
                                .line = row->line};
    cover->trigger = (struct quo_trigger){.index = row->index,
                                          .source = (char *)(uintptr_t) "",
                                          .waiting_hours = row->waiting_hours,
                                          .reporting_error = NAN,
                                          .second_probability = 1.0};
    quo_payout_init(&cover->payout);
    cover->payout.shape = row->shape;
    cover->payout.attach = isnan(row->attach) ? (row->index == QUO_INDEX_SIGNER_EVENT ? 1.0 : 0.0) : row->attach;
    cover->payout.exhaust = isnan(row->exhaust) ? 0.0 : row->exhaust;
    if (row->shape == QUO_PAYOUT_PER_HOUR) {
        cover->payout.attach = cover->payout.exhaust = 0.0;
        cover->payout.waiting = row->waiting_hours;
        cover->payout.per_hour = 1.0 / (row->exhaust - row->waiting_hours);
    }
    cover->payout.n_steps = row->n_steps;
    if (row->n_steps)
        memcpy(cover->payout.step, row->step, (size_t)row->n_steps * sizeof *row->step);
    *policy = (struct quo_policy){.id = (char *)(uintptr_t)row->id,
                                  .insured = protocol->name,
                                  .currency = (char *)(uintptr_t) "USD",
                                  .usd_per_unit = 1.0,
                                  .inception = row->inception,
                                  .term_days = row->term_days,
                                  .protocol = protocol,
                                  .cover = cover,
                                  .n_covers = 1,
                                  .annual_limit = INFINITY,
                                  .line = row->line};
    quo_clauses_init(&policy->clauses);
    if (row->terms)
        policy->terms = *row->terms;
    else
        quo_bookpolicy_terms(&policy->terms);
    policy->terms.expiring_premium = row->expiring_premium;
}
