#include "pricing/portfolio/treaty.h"

#include <math.h>
#include <stdlib.h>

#include "policies/cover.h" /* QUO_LIMIT_MAX */
#include "risk/base/config.h"
#include "risk/base/text.h"

static const char *const kinds[] = {"quota_share", "event_excess", "annual_aggregate", "industry_loss"};

const char *quo_treaty_kind_id(enum quo_treaty_kind kind)
{
    return kind >= 0 && kind < QUO_TREATY_KINDS ? kinds[kind] : "unknown";
}

void quo_treaties_free(struct quo_treaties *treaties)
{
    if (!treaties)
        return;
    for (size_t i = 0; i < treaties->n; i++)
        free(treaties->treaty[i].id);
    free(treaties->treaty);
    free(treaties);
}

bool quo_treaties_every_loss(const struct quo_treaties *treaties)
{
    for (size_t i = 0; treaties && i < treaties->n; i++)
        if (treaties->treaty[i].kind == QUO_TREATY_INDUSTRY_LOSS)
            return true;
    return false;
}

/* ---- reading ----------------------------------------------------------------------------------- */

static int64_t cents_of(double usd) { return isinf(usd) ? INT64_MAX : (int64_t)llrint(100.0 * usd); }

static void read_industry_loss(const struct quo_setting *group, struct quo_treaty *t, double *limit)
{
    static const char *const by[] = {"event", "year"}, *const of[] = {"all", "book"};
    double trigger = 0.0, own_loss = 0.0;
    int64_t reinstatements = 0;
    int which = 0, whose = 0;
    t->market_factor = 1.0;
    quo_setting_number(group, "trigger", 0.01, QUO_LIMIT_MAX, "USD", true, &trigger);
    quo_setting_number(group, "limit", 0.01, QUO_LIMIT_MAX, "USD", true, limit);
    quo_setting_number(group, "own_loss", 0.0, QUO_LIMIT_MAX, "USD", false, &own_loss);
    quo_setting_word(group, "market", of, 2, false, &whose);
    if (quo_setting_number(group, "market_factor", 1.0, 1e6, "", false, &t->market_factor) && whose == 0)
        quo_setting_fault(group, "market = \"book\"", "a factor on the losses of the whole market");
    quo_setting_int(group, "reinstatements", 0, QUO_REINSTATEMENTS_MAX, false, &reinstatements);
    quo_setting_word(group, "by", by, 2, false, &which);
    t->trigger = cents_of(trigger);
    t->own_loss = cents_of(own_loss);
    t->reinstatements = (int)reinstatements;
    t->by_year = which == 1;
    t->of_book = whose == 1;
}

static bool read_one(const struct quo_setting *group, struct quo_treaty *t)
{
    const char *id = NULL;
    int kind = 0;
    double retention = 0.0, limit = INFINITY;
    int64_t reinstatements = -1;
    *t = (struct quo_treaty){.share = 1.0, .reinstatement_premium = 0.0, .premium = 0.0};
    quo_setting_text(group, "id", true, &id);
    if (!quo_setting_word(group, "kind", kinds, QUO_TREATY_KINDS, true, &kind)) {
        quo_setting_ignore(group);
        return true;
    }
    t->kind = (enum quo_treaty_kind)kind;
    quo_setting_number(group, "share", 0.0, 1.0, "", t->kind == QUO_TREATY_QUOTA_SHARE, &t->share);
    if (t->kind == QUO_TREATY_INDUSTRY_LOSS) {
        read_industry_loss(group, t, &limit);
        reinstatements = t->reinstatements;
    } else if (t->kind != QUO_TREATY_QUOTA_SHARE) {
        quo_setting_number(group, "retention", 0.0, QUO_LIMIT_MAX, "USD", true, &retention);
        quo_setting_number(group, "limit", 0.01, QUO_LIMIT_MAX, "USD", true, &limit);
    }
    if (t->kind == QUO_TREATY_EVENT_EXCESS) {
        quo_setting_int(group, "reinstatements", 0, QUO_REINSTATEMENTS_MAX, false, &reinstatements);
        quo_setting_number(group, "reinstatement_premium", 0.0, 10.0, "", false, &t->reinstatement_premium);
        const bool priced = quo_setting_number(group, "premium", 0.0, QUO_LIMIT_MAX, "USD", false, &t->premium);
        if (t->reinstatement_premium > 0.0 && !priced)
            quo_setting_fault(group, "premium = 1e6",
                              "a reinstatement premium is a share of the treaty's premium, which is not said");
    }
    t->retention = cents_of(retention);
    t->limit = cents_of(limit);
    t->reinstatements = (int)reinstatements;
    t->id = quo_text_copy(id ? id : "");
    return t->id != NULL;
}

enum quo_status quo_treaties_load(const char *path, struct quo_treaties **out, struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    *out = NULL;
    enum quo_status status = quo_config_open(path, &config, faults);
    if (status)
        return status;
    struct quo_treaties *treaties = calloc(1, sizeof *treaties);
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "reinsurance", true);
    const struct quo_setting *list = group ? quo_setting_list(group, "treaties", true) : NULL;
    const size_t n = quo_setting_length(list);
    bool memory = treaties && (treaties->treaty = calloc(n + 1, sizeof *treaties->treaty));
    if (list && n == 0)
        quo_setting_fault(list, "leave --reinsurance out", "a programme without a treaty");
    for (size_t i = 0; i < n && memory; i++) {
        treaties->n = i + 1;
        memory = read_one(quo_setting_element(list, i), &treaties->treaty[i]);
        if (i && treaties->treaty[i - 1].kind == QUO_TREATY_ANNUAL_AGGREGATE &&
            (treaties->treaty[i].kind == QUO_TREATY_QUOTA_SHARE || treaties->treaty[i].kind == QUO_TREATY_EVENT_EXCESS))
            quo_setting_fault(quo_setting_element(list, i), "put annual aggregates last",
                              "a treaty on events after one on the year, which has no events left to give");
    }
    status = quo_config_finish(config);
    quo_config_close(config);
    if (!memory)
        status = QUO_MACHINE;
    if (status)
        quo_treaties_free(treaties);
    else
        *out = treaties;
    return status;
}

/* ---- a year ------------------------------------------------------------------------------------ */

/* The ceded part of a layer of an amount. */
static int64_t layer(const struct quo_treaty *t, int64_t amount)
{
    const int64_t over = amount > t->retention ? amount - t->retention : 0;
    return over < t->limit ? over : t->limit;
}

static int64_t part(const struct quo_treaty *t, int64_t cents)
{
    return t->share >= 1.0 ? cents : (int64_t)llrint(t->share * (double)cents);
}

static int64_t limit_of_year(const struct quo_treaty *t)
{
    return t->reinstatements < 0 || t->limit > INT64_MAX / (t->reinstatements + 1) ? INT64_MAX
                                                                                     : t->limit * (t->reinstatements + 1);
}

/* Whether the market, and the book, have lost enough. */
static bool triggered(const struct quo_treaty *t, double market, int64_t own)
{
    return market >= (double)t->trigger && own >= t->own_loss;
}

static int64_t industry_loss(const struct quo_treaty *t, const struct quo_treaty_event *event, size_t n,
                             struct quo_treaty_sums *sums)
{
    const int64_t year = limit_of_year(t);
    int64_t used = 0, own = 0;
    double market = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double lost = t->of_book ? t->market_factor * (double)event[i].book : (double)event[i].market;
        market += lost;
        own += event[i].cents;
        if (!t->by_year && used < year && triggered(t, lost, event[i].cents))
            used += t->limit;
    }
    if (t->by_year && triggered(t, market, own))
        used = t->limit;
    sums->exhausted += used > 0 && used == year;
    return part(t, used);
}

/* What the treaty takes off the events, changed in place; its ceded cents. */
static int64_t by_event(const struct quo_treaty *t, struct quo_treaty_event *event, size_t n, struct quo_treaty_sums *sums)
{
    int64_t ceded = 0, used = 0; /* used: of the layer's limits, before the share */
    const int64_t year = limit_of_year(t);
    for (size_t i = 0; i < n; i++) {
        int64_t in_layer = t->kind == QUO_TREATY_QUOTA_SHARE ? event[i].cents : layer(t, event[i].cents);
        in_layer = in_layer < year - used ? in_layer : year - used;
        used += in_layer;
        const int64_t off = part(t, in_layer);
        event[i].cents -= off;
        ceded += off;
    }
    sums->exhausted += used > 0 && used == year;
    if (t->reinstatement_premium > 0.0 && t->reinstatements > 0) {
        const double most = (double)t->limit * t->reinstatements, again = (double)used < most ? (double)used : most;
        sums->reinstatement_premium +=
            (int64_t)llrint(100.0 * t->premium * t->reinstatement_premium * again / (double)t->limit);
    }
    return ceded;
}

void quo_treaties_year(const struct quo_treaties *treaties, struct quo_treaty_event *event, size_t n,
                       struct quo_treaty_sums *sums, struct quo_treaty_year *out)
{
    int64_t off = 0; /* by annual aggregates so far */
    for (size_t k = 0; k < treaties->n; k++) {
        const struct quo_treaty *t = &treaties->treaty[k];
        int64_t ceded;
        if (t->kind == QUO_TREATY_ANNUAL_AGGREGATE) {
            int64_t total = -off;
            for (size_t i = 0; i < n; i++)
                total += event[i].cents;
            const int64_t in_layer = layer(t, total);
            ceded = part(t, in_layer);
            off += ceded;
            sums[k].exhausted += in_layer == t->limit;
        } else if (t->kind == QUO_TREATY_INDUSTRY_LOSS) {
            ceded = industry_loss(t, event, n, &sums[k]);
            off += ceded;
        } else {
            ceded = by_event(t, event, n, &sums[k]);
        }
        sums[k].ceded += ceded;
        sums[k].touched += ceded > 0;
        sums[k].square += (unsigned __int128)(uint64_t)ceded * (uint64_t)ceded;
    }
    *out = (struct quo_treaty_year){-off, 0};
    for (size_t i = 0; i < n; i++) {
        out->net += event[i].cents;
        out->largest = event[i].cents > out->largest ? event[i].cents : out->largest;
    }
}
