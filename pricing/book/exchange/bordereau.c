#include "pricing/book/exchange/bordereau.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "pricing/book/bookresult.h"
#include "risk/base/date.h"
#include "risk/base/money.h"

static const char header[] =
    "contract_reference,reporting_period_from,reporting_period_to,coverholder,year_of_account,certificate_reference,"
    "transaction_type,risk_code,insured,protocol_id,chain,inception,expiry,sum_insured,annual_limit,original_currency,"
    "settlement_currency,rate_of_exchange,gross_premium,brokerage,tax,net_premium,rate_on_line,decision\n";

/* Each policy's row of the run with the version that it priced. */
static const char rows_sql[] =
    "SELECT q.policy_id, q.protocol_id, q.gross_premium, q.rate_on_line, q.decision, q.detail, p.version,"
    " p.expiring_premium, p.event_limit, p.annual_limit, p.inception, p.term_days, r.name, r.chain FROM quote q JOIN policy"
    " p ON p.pk = q.policy JOIN protocol r ON r.pk = q.protocol WHERE q.run = ?1 AND p.inception BETWEEN ?2 AND ?3"
    " ORDER BY p.inception, q.policy_id";

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

static void put_text(struct quo_booktext *to, const char *text)
{
    quo_booktext_csv(to, text ? text : "");
    put(to, ",");
}

static void put_money(struct quo_booktext *to, double amount)
{
    quo_booktext_money(to, amount);
    put(to, ",");
}

/* A step of the walk that was kept with the quote. */
static double step_of(const json_t *detail, const char *name)
{
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(detail, "walk"), i, step)
        if (strcmp(json_string_value(json_array_get(step, 0)), name) == 0)
            return json_number_value(json_array_get(step, 1));
    return 0.0;
}

/* The first year is new, a premium that expires is renewed, any later version of the same policy changes it. */
static const char *transaction(sqlite3_stmt *s)
{
    return sqlite3_column_int(s, 6) > 1                       ? "endorsement"
           : sqlite3_column_type(s, 7) != SQLITE_NULL ? "renewal"
                                                              : "new";
}

static void put_row(sqlite3_stmt *s, const struct quo_bordereau *what, struct quo_booktext *to)
{
    char day[11], year[8];
    json_t *detail = json_loads((const char *)sqlite3_column_text(s, 5), 0, NULL);
    const double gross = sqlite3_column_double(s, 2), brokerage = step_of(detail, "brokerage"),
                 tax = step_of(detail, "tax");
    const int inception = sqlite3_column_int(s, 10);
    json_decref(detail);
    put_text(to, what->contract);
    quo_date_format(what->from, day);
    put_text(to, day);
    quo_date_format(what->to, day);
    put_text(to, day);
    put_text(to, what->coverholder);
    quo_date_format(inception, day);
    snprintf(year, sizeof year, "%.4s", day);
    put_text(to, year);
    put_text(to, (const char *)sqlite3_column_text(s, 0));
    put_text(to, transaction(s));
    put_text(to, what->risk_code ? what->risk_code : "CY");
    put_text(to, (const char *)sqlite3_column_text(s, 12));
    put_text(to, (const char *)sqlite3_column_text(s, 1));
    put_text(to, (const char *)sqlite3_column_text(s, 13));
    put_text(to, day);
    quo_date_format(inception + sqlite3_column_int(s, 11), day);
    put_text(to, day);
    put_money(to, sqlite3_column_double(s, 8));
    put_money(to, sqlite3_column_type(s, 9) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, 9));
    put(to, "USD,USD,1,");
    put_money(to, gross);
    put_money(to, brokerage);
    put_money(to, tax);
    put_money(to, quo_money_rounded(gross - brokerage - tax));
    quo_booktext_real(to, sqlite3_column_double(s, 3), 6);
    put(to, ",");
    put(to, (const char *)sqlite3_column_text(s, 4));
    put(to, "\n");
}

enum quo_status quo_bordereau_write(const struct quo_bookstore *book, const struct quo_bordereau *what, FILE *to,
                                    size_t *left_out, struct quo_faults *faults)
{
    struct quo_booktext line = {0};
    *left_out = 0;
    sqlite3_stmt *s = quo_bookstore_prepare(book, rows_sql, faults);
    if (!s)
        return QUO_MACHINE;
    sqlite3_bind_int64(s, 1, what->run);
    sqlite3_bind_int(s, 2, what->from);
    sqlite3_bind_int(s, 3, what->to);
    fputs(header, to);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        const char *decision = (const char *)sqlite3_column_text(s, 4);
        if (!decision || strcmp(decision, "decline") == 0) {
            ++*left_out;
            continue;
        }
        line.n = 0;
        put_row(s, what, &line);
        fwrite(line.text, 1, line.n, to);
    }
    const enum quo_status status = quo_bookstore_told(book, code, faults);
    sqlite3_finalize(s);
    const bool failed = line.failed;
    quo_booktext_free(&line);
    return failed ? QUO_MACHINE : status;
}
