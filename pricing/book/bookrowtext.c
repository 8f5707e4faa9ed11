/* Rows of policies.csv as text, of bookpolicies.h. */
#include <math.h>
#include <string.h>

#include "pricing/book/bookpolicies.h"
#include "pricing/book/bookresult.h"
#include "risk/base/date.h"

static void put(struct quo_booktext *to, const char *text) { quo_booktext_add(to, text, strlen(text)); }

void quo_bookpolicy_terms(struct quo_terms *terms)
{
    quo_terms_init(terms);
    terms->expenses_fixed = QUO_BOOKPOLICY_EXPENSES_FIXED;
}

void quo_bookpolicy_steps(const struct quo_bookpolicy *row, struct quo_booktext *to)
{
    for (int i = 0; i < row->n_steps; i++) {
        put(to, i ? ";" : "");
        quo_booktext_exact(to, row->step[i].at);
        put(to, ":");
        quo_booktext_exact(to, row->step[i].pays);
    }
}

static void put_number(struct quo_booktext *to, double value)
{
    if (isfinite(value))
        quo_booktext_exact(to, value);
    put(to, ",");
}

void quo_bookpolicy_write(const struct quo_bookpolicy *row, struct quo_booktext *to)
{
    char text[32];
    quo_booktext_csv(to, row->id);
    put(to, ",");
    quo_booktext_csv(to, row->protocol_id);
    const char *separator = ",";
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if (row->perils & (quo_peril_set)1 << p) {
            put(to, separator);
            put(to, quo_peril_id((enum quo_peril)p));
            separator = ";";
        }
    put(to, ",");
    put(to, quo_index_id(row->index));
    put(to, ",");
    put(to, quo_payout_shape_id(row->shape));
    put(to, ",");
    put_number(to, row->attach);
    put_number(to, row->exhaust);
    quo_bookpolicy_steps(row, to);
    put(to, ",");
    put_number(to, row->event_limit);
    put_number(to, row->annual_limit);
    put_number(to, row->waiting_hours > 0.0 ? row->waiting_hours : NAN);
    quo_date_format(row->inception, text);
    put(to, text);
    put(to, ",");
    put_number(to, row->term_days);
    if (isfinite(row->expiring_premium))
        quo_booktext_exact(to, row->expiring_premium);
    put(to, "\n");
}
