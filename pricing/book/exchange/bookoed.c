#include "pricing/book/exchange/bookoed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookcontent.h"
#include "risk/base/date.h"
#include "risk/base/text.h"

enum column {
    PORT,
    ACCOUNT,
    ACCOUNT_NAME,
    CURRENCY,
    POLICY,
    INCEPTION,
    EXPIRY,
    LINE,
    PERILS,
    GROSS,
    LAYER,
    PARTICIPATION,
    LIMIT,
    ATTACHMENT,
    AGGREGATE,
    DEDUCTIBLE,
    LIMIT_CURRENCY,
    COVERAGE,
    WAITING_DAYS,
    CLOUD,
    INSURED,
    VERSION,
    FLEXI_PERILS,
    FLEXI_INDEX,
    FLEXI_SHAPE,
    FLEXI_ATTACH,
    FLEXI_EXHAUST,
    FLEXI_STEPS,
    FLEXI_HOURS,
    FLEXI_EXPOSURE,
    COLUMNS
};
static const char *const names[COLUMNS] = {
    "PortNumber",          "AccNumber",       "AccName",          "AccCurrency",       "PolNumber",
    "PolInceptionDate",    "PolExpiryDate",   "LOB",              "PolPerilsCovered",  "PolGrossPremium",
    "LayerNumber",         "LayerParticipation", "LayerLimit",    "LayerAttachment",   "LayerAggLimit",
    "PolDed",              "LimitCurrency",   "PolCoverage",      "BIWaitingPeriod",   "CloudVendor",
    "InsuredName",         "OEDVersion",      "FlexiPolPerils",   "FlexiPolIndex",     "FlexiPolShape",
    "FlexiPolAttach",      "FlexiPolExhaust", "FlexiPolSteps",    "FlexiPolWaitingHours", "FlexiAccExposureUSD"};

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

static void put_number(struct quo_booktext *to, double value)
{
    if (isfinite(value))
        quo_booktext_exact(to, value);
    put(to, ",");
}

static void put_text(struct quo_booktext *to, const char *text)
{
    quo_booktext_csv(to, text ? text : "");
    put(to, ",");
}

/* Where the payout begins in USD: OED knows money alone. */
static double attachment_usd(const struct quo_bookpolicy *row, double exposure)
{
    const double at = row->n_steps ? row->step[0].at : isnan(row->attach) ? 0.0 : row->attach;
    return row->index == QUO_INDEX_OUTAGE_HOURS || row->index == QUO_INDEX_SIGNER_EVENT ? 0.0
           : quo_index_is_share(row->index)                                            ? at * exposure
                                                                                       : at;
}

static const char *cloud_of(const struct quo_protocol *p)
{
    for (size_t i = 0; i < p->n_dependencies; i++)
        if (strcmp(p->dependency[i].kind, "cloud") == 0)
            return p->dependency[i].vendor;
    return NULL;
}

static void put_row(const struct quo_bookpolicy *row, const struct quo_protocol *p, struct quo_booktext *to)
{
    char day[11];
    const bool hours = row->index == QUO_INDEX_OUTAGE_HOURS;
    put(to, "1,");
    put_text(to, row->protocol_id);
    put_text(to, p->name);
    put(to, "USD,");
    put_text(to, row->id);
    quo_date_format(row->inception, day);
    put_text(to, day);
    quo_date_format(row->inception + row->term_days, day);
    put_text(to, day);
    put(to, "Cyber,CSB,"); /* the one code for cyber security without damage to property */
    put_number(to, row->expiring_premium);
    put(to, "1,1,");
    put_number(to, row->event_limit);
    put_number(to, attachment_usd(row, p->exposure_usd));
    put_number(to, row->annual_limit);
    put(to, "0,USD,");
    put(to, hours ? "BI," : "DIAS;FIN,"); /* business interruption; digital assets, financial fraud */
    put_number(to, hours ? row->waiting_hours / 24.0 : NAN);
    put_text(to, cloud_of(p));
    put_text(to, p->name);
    put(to, "4.0.0,");
    /* Beyond OED: the row's own fields, as policies.csv has them. */
    struct quo_booktext own = {0};
    quo_bookpolicy_write(row, &own);
    quo_booktext_add(&own, "", 1);
    if (own.failed) {
        to->failed = 1;
    } else {
        char *at = own.text;
        for (int skip = 0; skip < 2; skip++) { /* the ids, which may stand in quotes */
            bool quoted = false;
            for (; *at && (quoted || *at != ','); at++)
                quoted ^= *at == '"';
            at++;
        }
        for (int c = 0; c < 6; c++) {
            const size_t n = strcspn(at, ",");
            quo_booktext_add(to, at, n + 1);
            at += n + 1;
        }
    }
    quo_booktext_free(&own);
    put_number(to, row->waiting_hours > 0.0 ? row->waiting_hours : NAN);
    quo_booktext_exact(to, p->exposure_usd);
    put(to, "\n");
}

enum quo_status quo_bookoed_export(const struct quo_bookstore *book, const struct quo_catalogue *catalogue, FILE *to,
                                   size_t *left_out, struct quo_faults *faults)
{
    struct quo_bookload load;
    struct quo_bookload_scratch scratch = {.document = {0}};
    struct quo_bookpolicy row;
    struct quo_booktext line = {0};
    *left_out = 0;
    enum quo_status status = quo_bookload_protocols(book, catalogue, &load, faults);
    sqlite3_stmt *s = status ? NULL : quo_bookstore_prepare(book, quo_bookload_policies_sql, faults);
    if (status == QUO_OK && !s)
        status = QUO_MACHINE;
    for (int c = 0; c < COLUMNS; c++)
        fprintf(to, "%s%s", c ? "," : "", names[c]);
    putc('\n', to);
    int code = SQLITE_DONE;
    if (s)
        sqlite3_bind_int64(s, 1, 0);
    while (status == QUO_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        status = quo_bookload_policy(s, 1, &load, catalogue, &scratch, &row);
        if (status == QUO_REFUSED)
            quo_faults_add(faults, QUO_REFUSED, book->path, 0, "'quorate book verify' tells more",
                           "policy '%s' cannot be read", row.id);
        if (status)
            break;
        if (row.document) {
            ++*left_out;
            continue;
        }
        line.n = 0;
        put_row(&row, load.protocols.protocol[row.protocol], &line);
        fwrite(line.text, 1, line.failed ? 0 : line.n, to);
        status = line.failed ? QUO_MACHINE : QUO_OK;
    }
    if (status == QUO_OK)
        status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(s);
    quo_booktext_free(&line);
    quo_bookload_scratch_free(&scratch);
    quo_bookload_free(&load);
    return status;
}

/* What is read of a file. */
struct oed {
    int place[COLUMNS];                                 /* -1: not there */
    struct quo_booktext text[QUO_BOOKPOLICY_COLUMNS]; /* what is not a field of the file */
};

static const char *said(const struct oed *o, const struct quo_csv_row *row, enum column c)
{
    return o->place[c] >= 0 ? row->field[o->place[c]] : "";
}

static const char *made(struct oed *o, int field, double value)
{
    o->text[field].n = 0;
    quo_booktext_exact(&o->text[field], value);
    quo_booktext_add(&o->text[field], "", 1);
    return o->text[field].failed ? "" : o->text[field].text;
}

/* A number of the file; NaN where there is none, with a fault if it is no number or must be there. */
static double number(const struct oed *o, const struct quo_csv_row *row, const char *path, enum column c, bool needed,
                     struct quo_faults *of_row)
{
    const char *field = said(o, row, c);
    double value = NAN;
    if (field[0] == '\0' && !needed)
        return NAN;
    if (!quo_text_real(field, &value) || value < 0.0)
        quo_faults_add(of_row, QUO_REFUSED, path, row->line, "a number, 0 or more", "'%s' is '%.60s'", names[c], field);
    return value;
}

static bool is_cyber(const char *perils)
{
    for (const char *at = perils; *at; at += strcspn(at, ";"), at += *at == ';')
        if (strncmp(at, "CSB", 3) == 0 || strncmp(at, "CC1", 3) == 0 || strncmp(at, "AA1", 3) == 0)
            return true;
    return false;
}

/* Every peril that costs money and can be covered: all but outages, which OED's layers in money do not measure. */
static const char *money_perils(struct oed *o, int field)
{
    o->text[field].n = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (!quo_peril_in_hours((enum quo_peril)p)) {
            put(&o->text[field], o->text[field].n ? ";" : "");
            put(&o->text[field], quo_peril_id((enum quo_peril)p));
        }
    quo_booktext_add(&o->text[field], "", 1);
    return o->text[field].failed ? "" : o->text[field].text;
}

static void take_dates(struct oed *o, const struct quo_csv_row *row, const char *path, const char **field,
                       struct quo_faults *of_row)
{
    int from = 0, to = 0;
    field[11] = said(o, row, INCEPTION);
    field[12] = "";
    if (!quo_date_parse(field[11], &from))
        quo_faults_add(of_row, QUO_REFUSED, path, row->line, "a day such as 2026-08-01", "'%s' is '%.60s'",
                       names[INCEPTION], field[11]);
    else if (!quo_date_parse(said(o, row, EXPIRY), &to) || to <= from)
        quo_faults_add(of_row, QUO_REFUSED, path, row->line, "a day behind the inception", "'%s' is '%.60s'",
                       names[EXPIRY], said(o, row, EXPIRY));
    else
        field[12] = made(o, 12, to - from);
}

static void translate(void *context, const struct quo_csv_row *row, const char *path, const char **field,
                      struct quo_faults *of_row)
{
    struct oed *o = context;
    const bool flexi = said(o, row, FLEXI_INDEX)[0] != '\0';
    double share = number(o, row, path, PARTICIPATION, false, of_row);
    const double limit = number(o, row, path, LIMIT, true, of_row),
                 attachment = number(o, row, path, ATTACHMENT, !flexi, of_row),
                 aggregate = number(o, row, path, AGGREGATE, false, of_row),
                 premium = number(o, row, path, GROSS, false, of_row);
    share = isnan(share) ? 1.0 : share;
    if (share > 1.0 || share <= 0.0)
        quo_faults_add(of_row, QUO_REFUSED, path, row->line, "above 0, at most 1", "'%s' is %g", names[PARTICIPATION], share);
    if (strcmp(said(o, row, CURRENCY), "USD") != 0)
        quo_faults_add(of_row, QUO_REFUSED, path, row->line, "USD: tables hold no other currency", "'%s' is '%.10s'",
                       names[CURRENCY], said(o, row, CURRENCY));
    if (!flexi && !is_cyber(said(o, row, PERILS)))
        quo_faults_add(of_row, QUO_REFUSED, path, row->line, "CSB or CC1", "'%s' is '%.60s', which is not cyber",
                       names[PERILS], said(o, row, PERILS));
    field[0] = said(o, row, POLICY);
    field[1] = said(o, row, ACCOUNT);
    field[2] = flexi ? said(o, row, FLEXI_PERILS) : money_perils(o, 2);
    field[3] = flexi ? said(o, row, FLEXI_INDEX) : "loss_usd";
    field[4] = flexi ? said(o, row, FLEXI_SHAPE) : "linear";
    field[5] = flexi ? said(o, row, FLEXI_ATTACH) : made(o, 5, attachment);
    field[6] = flexi ? said(o, row, FLEXI_EXHAUST) : made(o, 6, attachment + limit);
    field[7] = flexi ? said(o, row, FLEXI_STEPS) : "";
    field[8] = made(o, 8, limit * share);
    field[9] = isnan(aggregate) ? "" : made(o, 9, aggregate * share);
    field[10] = said(o, row, FLEXI_HOURS);
    take_dates(o, row, path, field, of_row);
    field[13] = isnan(premium) ? "" : made(o, 13, premium * share);
}

static enum quo_status read_header(struct oed *o, const struct quo_csv *csv, struct quo_faults *faults)
{
    static const enum column needed[] = {ACCOUNT, CURRENCY, POLICY, INCEPTION, EXPIRY, PERILS, LIMIT, ATTACHMENT};
    enum quo_status status = QUO_OK;
    for (int c = 0; c < COLUMNS; c++)
        o->place[c] = quo_csv_column(csv, names[c]);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (o->place[needed[i]] < 0)
            status = quo_faults_add(faults, QUO_REFUSED, quo_csv_path(csv), 1, "an account file of Open Exposure Data",
                                    "there is no column '%s'", names[needed[i]]);
    return status;
}

enum quo_status quo_bookoed_import(const struct quo_bookstore *book, const char *path,
                                   const struct quo_catalogue *catalogue, bool strict, struct quo_rejects *rejects,
                                   struct quo_bookcounts *counts, struct quo_faults *faults)
{
    struct oed oed = {.text = {{0}}};
    struct quo_csv *csv = NULL;
    struct quo_bookload load;
    struct quo_bookpolicies *reader = NULL;
    const struct quo_bookpolicies_translator translator = {translate, &oed};
    *counts = (struct quo_bookcounts){0};
    enum quo_status status = quo_bookload_protocols(book, catalogue, &load, faults);
    if (status == QUO_OK)
        status = quo_csv_open(path, &csv, faults);
    if (status == QUO_OK)
        status = read_header(&oed, csv, faults);
    if (status == QUO_OK)
        status = quo_bookpolicies_translated(csv, &translator, &load.protocols, rejects, &reader, faults);
    if (status == QUO_OK)
        status = quo_bookcontent_import_from(book, reader, catalogue, strict, "import oed", path, rejects, counts, faults);
    quo_bookpolicies_close(reader);
    quo_csv_close(csv);
    quo_bookload_free(&load);
    for (int c = 0; c < QUO_BOOKPOLICY_COLUMNS; c++)
        quo_booktext_free(&oed.text[c]);
    return status;
}
