#include "risk/perils/calibrate.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/date.h"
#include "risk/perils/calibrate_parts.h"

void quo_calibrate_options_init(struct quo_calibrate_options *options)
{
    *options = (struct quo_calibrate_options){.from = INT_MIN,
                                              .to = INT_MIN,
                                              .seed = 1,
                                              .simulations = 400,
                                              .draws = 200,
                                              .floor = 1e4,
                                              .exposure_reference = 1e8};
}

void quo_calibrate_free(struct quo_calibrate *calibrate)
{
    if (!calibrate)
        return;
    for (size_t i = 0; i < calibrate->n_contradictions; i++)
        free(calibrate->contradiction[i]);
    free(calibrate->contradiction);
    quo_model_free(calibrate->model);
    free(calibrate);
}

double quo_calibrate_transform(const char *statistic, double value)
{
    return strstr(statistic, "share") ? log(value / (1.0 - value)) : log(value);
}

double quo_calibrate_published(const struct quo_calibrate *c, const char *statistic, const char *scope)
{
    for (int i = 0; i < c->n_lines; i++)
        if (strcmp(c->line[i].statistic, statistic) == 0 && strcmp(c->line[i].scope, scope) == 0)
            return c->line[i].published;
    return NAN;
}

/* A statistic that the simulated period has. */
static bool known(const char *statistic, const char *scope)
{
    const struct quo_calibrate_sim_period any = {{1.0, 2.0, 3.0}, {1.0, 2.0, 3.0}, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    return !isnan(quo_calibrate_sim_statistic(&any, statistic, scope));
}

/* The period with the most rows that the model has a statistic for. */
static void choose_period(const struct quo_aggregates *all, struct quo_calibrate_options *o)
{
    int most = 0;
    for (size_t i = 0; i < all->n; i++) {
        int n = 0;
        for (size_t k = 0; k < all->n; k++)
            n += all->row[k].from == all->row[i].from && all->row[k].to == all->row[i].to &&
                 known(all->row[k].statistic, all->row[k].scope);
        if (n > most) {
            most = n;
            o->from = all->row[i].from;
            o->to = all->row[i].to;
        }
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle of the figures; of two in the middle the smaller, so that it is always one that was printed. */
static double middle(double *value, size_t n)
{
    qsort(value, n, sizeof *value, ascending);
    return value[(n - 1) / 2];
}

static void copy_text(char *to, size_t size, const char *from)
{
    const size_t n = strnlen(from, size - 1);
    memcpy(to, from, n);
    to[n] = '\0';
}

/* Which rows speak of the thing that row i speaks of: same statistic and scope, and for a single loss any day within the period. */
static bool same_thing(const struct quo_aggregate *row, const struct quo_aggregate *other,
                       const struct quo_calibrate_options *o)
{
    const bool single = strcmp(row->statistic, "loss_single") == 0 || strcmp(row->statistic, "loss_two_largest") == 0;
    const bool here =
        single ? other->from >= o->from && other->to <= o->to : other->from == o->from && other->to == o->to;
    return here && other->value > 0.0 && !strchr("><", other->qualifier) &&
           strcmp(row->statistic, other->statistic) == 0 && strcmp(row->scope, other->scope) == 0;
}

struct thing {
    double value;
    size_t row; /* first row that says it */
};

static struct thing gather(const struct quo_aggregates *all, size_t i, const struct quo_calibrate_options *o,
                           double *room, size_t *used)
{
    size_t n = 0;
    for (size_t k = 0; k < all->n; k++)
        if (same_thing(&all->row[i], &all->row[k], o))
            room[n++] = all->row[k].value;
    *used += n;
    return (struct thing){middle(room, n), i};
}

static void add_line(const struct quo_aggregates *all, const struct thing *thing, const char *statistic,
                     const char *scope, struct quo_calibrate *out)
{
    if (out->n_lines == QUO_CALIBRATE_LINES)
        return;
    struct quo_calibrate_line *line = &out->line[out->n_lines++];
    *line = (struct quo_calibrate_line){.published = thing->value, .residual = NAN};
    copy_text(line->statistic, sizeof line->statistic, statistic);
    copy_text(line->scope, sizeof line->scope, scope);
    quo_aggregates_against(all, thing->row, line->contradicted_by, sizeof line->contradicted_by);
}

static enum quo_status check_needs(const struct quo_calibrate *c, struct quo_faults *faults)
{
    static const struct {
        const char *statistic, *scope, *other, *hint;
    } needs[] = {
        {"incidents", "all", "incidents", "a row incidents,all"},
        {"incident_share", "infrastructure", "incidents",
         "a row incident_share,infrastructure or incidents,infrastructure"},
        {"incident_share", "code", "incidents", "a row incident_share,code or incidents,code"},
        {"loss_median", "all", "loss_median",
         "a row loss_median,all: without it nothing says how small the small ones are"},
        {"loss_total", "all", "loss_mean", "a row loss_total,all or loss_mean,all"},
        {"loss_share", "infrastructure", "loss_total", "a row loss_share,infrastructure or loss_total,infrastructure"},
    };
    enum quo_status status = QUO_OK;
    char from[11], to[11];
    quo_date_format(c->options.from, from);
    quo_date_format(c->options.to, to);
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (isnan(quo_calibrate_published(c, needs[i].statistic, needs[i].scope)) &&
            isnan(quo_calibrate_published(c, needs[i].other, needs[i].scope)))
            status = quo_faults_add(faults, QUO_REFUSED, "", 0, needs[i].hint, "of %s to %s no %s of %s is published",
                                    from, to, needs[i].statistic, needs[i].scope);
    return status;
}

enum quo_status quo_calibrate_lines(const struct quo_aggregates *all, struct quo_calibrate *out,
                                    struct quo_faults *faults)
{
    const struct quo_calibrate_options *o = &out->options;
    double *room = malloc(all->n * sizeof *room);
    struct thing largest = {0.0, 0}, second = {0.0, 0};
    if (!room)
        return QUO_MACHINE;
    out->rows = all->n;
    for (size_t i = 0; i < all->n; i++) {
        const struct quo_aggregate *row = &all->row[i];
        bool first = same_thing(row, row, o);
        for (size_t k = 0; k < i && first; k++)
            first = !same_thing(row, &all->row[k], o);
        const bool single = strcmp(row->statistic, "loss_single") == 0,
                   two = strcmp(row->statistic, "loss_two_largest") == 0;
        if (!first || (!single && !two && !known(row->statistic, row->scope)))
            continue;
        const struct thing thing = gather(all, i, o, room, &out->rows_used);
        if (!single) {
            add_line(all, &thing, row->statistic, two ? "all" : row->scope, out);
        } else if (thing.value > largest.value) {
            second = largest;
            largest = thing;
        } else if (thing.value > second.value) {
            second = thing;
        }
    }
    if (largest.value > 0.0)
        add_line(all, &largest, "loss_largest", "all", out);
    if (second.value > 0.0)
        add_line(all, &second, "loss_second_largest", "all", out);
    free(room);
    return check_needs(out, faults);
}

enum quo_status quo_calibrate_run(const struct quo_aggregates *aggregates, const struct quo_market *market,
                                  const struct quo_calibrate_options *options, struct quo_calibrate **out,
                                  struct quo_faults *faults)
{
    *out = NULL;
    struct quo_calibrate *c = calloc(1, sizeof *c);
    if (!c)
        return QUO_MACHINE;
    c->options = *options;
    if (c->options.from == INT_MIN || c->options.to == INT_MIN) {
        struct quo_calibrate_options fullest = c->options;
        choose_period(aggregates, &fullest);
        if (c->options.from == INT_MIN)
            c->options.from = fullest.from;
        if (c->options.to == INT_MIN)
            c->options.to = fullest.to;
    }
    enum quo_status status = QUO_OK;
    if (c->options.from == INT_MIN || c->options.from > c->options.to)
        status = quo_faults_add(faults, QUO_REFUSED, "", 0, "a period of which counts and losses are published",
                                "there is no such period");
    if (status == QUO_OK)
        status = quo_calibrate_lines(aggregates, c, faults);
    if (status == QUO_OK)
        status = quo_aggregates_contradictions(aggregates, &c->contradiction, &c->n_contradictions);
    if (status == QUO_OK)
        status = quo_calibrate_search(c);
    if (status == QUO_OK)
        status = quo_calibrate_model(aggregates, market, c, faults);
    if (status != QUO_OK) {
        quo_calibrate_free(c);
        return status;
    }
    *out = c;
    return QUO_OK;
}
