#include "pricing/portfolio/exposures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/contagion.h"
#include "pricing/portfolio/exposed_policy.h"
#include "risk/base/numeric.h"
#include "risk/base/text.h"

/* Nodes of the tables that sizes are drawn from: log-linear between them, the mean is then right to 2e-4. */
#define SIZE_NODES 240

enum quo_status quo_exposures_new(const struct quo_engine *engine, const struct quo_dependence *dependence,
                                  struct quo_exposures **out)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return QUO_MACHINE;
    (*out)->engine = engine;
    (*out)->dependence = *dependence;
    (*out)->ranks.ranks = 1;
    (*out)->horizon = 1.0;
    return QUO_OK;
}

void quo_exposures_free(struct quo_exposures *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n_risks; i++) {
        struct quo_risk *r = &e->risk[i];
        free(r->id);
        free(r->chain);
        free(r->hazard);
        quo_ties_free(&r->ties);
        for (int p = 0; p < QUO_PERILS; p++)
            quo_sizetable_free(&r->size[p]);
    }
    for (size_t i = 0; i < e->n_policies; i++)
        free(e->policy[i].id);
    quo_nameindex_free(&e->ids);
    free(e->risk);
    free(e->link);
    free(e->policy);
    free(e->row);
    free(e->by_risk);
    free(e->piece);
    free(e->node);
    free(e->alarm);
    free(e->reading);
    free(e->market_row);
    free(e->market_piece);
    free(e);
}

bool quo_exposures_room(void **array, size_t *room, size_t n, size_t size)
{
    if (n < *room)
        return true;
    const size_t more = 2 * *room + 16 > n + 1 ? 2 * *room + 16 : n + 1;
    void *grown = realloc(*array, more * size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

static enum quo_status fill_risk(const struct quo_exposures *e, const struct quo_protocol *protocol, int day,
                                 struct quo_risk *r)
{
    double weight[QUO_PERILS];
    struct quo_score *score = NULL;
    quo_hazard_weights(e->engine->model, protocol->exposure_usd, day, weight);
    r->day = day;
    r->bridge = protocol->bridge;
    r->exposure_usd = protocol->exposure_usd;
    r->id = quo_text_copy(protocol->id);
    r->chain = quo_text_copy(protocol->chain ? protocol->chain : "");
    r->hazard = calloc(QUO_PERILS, sizeof *r->hazard);
    enum quo_status status =
        r->id && r->chain && r->hazard ? quo_score_protocol(protocol, e->engine->scale, weight, &score) : QUO_MACHINE;
    if (status == QUO_OK)
        status = quo_hazard_laws(e->engine->model, protocol, score, day, -1, r->hazard);
    if (status == QUO_OK)
        status =
            quo_ties_find(e->engine->catalogue, e->engine->model, &e->dependence, protocol, score, r->hazard, &r->ties);
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        r->rate[p] = r->hazard[p].present ? r->hazard[p].rate : 0.0;
        r->secondary[p] = score->peril[p].secondary;
        r->recovery[p] = score->peril[p].recovery;
    }
    quo_score_free(score);
    return status;
}

enum quo_status quo_exposures_protocol(struct quo_exposures *e, const struct quo_protocol *protocol, int day)
{
    if (!quo_exposures_room((void **)&e->risk, &e->risk_room, e->n_risks, sizeof *e->risk))
        return QUO_MACHINE;
    struct quo_risk *r = &e->risk[e->n_risks++];
    memset(r, 0, sizeof *r);
    if (quo_nameindex_add(&e->ids, protocol->id) < 0)
        return QUO_MACHINE;
    return fill_risk(e, protocol, day, r);
}

long quo_exposures_find(const struct quo_exposures *e, const char *id) { return quo_nameindex_find(&e->ids, id); }

/* ---- contagion --------------------------------------------------------------------------------- */

/* A link with where it starts: sorted by that in the end. */
struct started {
    uint32_t from;
    struct quo_contagion link;
};
struct links {
    struct started *link;
    size_t n, room;
};

static enum quo_status add_link(struct quo_exposures *e, struct links *links, const struct quo_passing *one)
{
    if (!(one->chance > 0.0))
        return QUO_OK;
    if (!quo_exposures_room((void **)&links->link, &links->room, links->n, sizeof *links->link))
        return QUO_MACHINE;
    quo_peril_set there = 0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        if ((one->perils >> p & 1u) && e->risk[one->to].hazard[p].present) {
            there |= (quo_peril_set)1 << p;
            e->risk[one->to].contagion[p] += one->chance * e->risk[one->from].rate[p];
        }
    links->link[links->n++] = (struct started){one->from, {one->to, there, one->chance}};
    return QUO_OK;
}

/* By their start, those of one start in the order in which they were found. */
static enum quo_status sort_links(struct quo_exposures *e, const struct links *links)
{
    uint32_t *at = calloc(e->n_risks + 1, sizeof *at);
    e->link = malloc((links->n + 1) * sizeof *e->link);
    if (!at || !e->link) {
        free(at);
        return QUO_MACHINE;
    }
    for (size_t k = 0; k < links->n; k++)
        at[links->link[k].from + 1]++;
    for (size_t i = 0; i < e->n_risks; i++) {
        at[i + 1] += at[i];
        e->risk[i].link_from = at[i];
        e->risk[i].link_to = at[i + 1];
    }
    for (size_t k = 0; k < links->n; k++)
        e->link[at[links->link[k].from]++] = links->link[k].link;
    e->n_links = links->n;
    free(at);
    return QUO_OK;
}

/* A bridge of the book is itself the shock to those who depend on it: what it shared as a mere name is their own again. */
static void release(struct quo_risk *r, const char *bridge)
{
    for (size_t i = 0; i < r->ties.n; i++) {
        const struct quo_tie *t = &r->ties.tie[i];
        if (t->peril == QUO_BRIDGE_VALIDATION && strncmp(t->name, "bridge:", 7) == 0 &&
            strcmp(t->name + 7, bridge) == 0)
            r->ties.tie[i].part = 0.0;
    }
}

static long find(const void *exposures, const char *id) { return quo_exposures_find(exposures, id); }

enum quo_status quo_exposures_link(struct quo_exposures *e, const struct quo_protocol *const *protocol)
{
    const struct quo_whereabouts where = {find, e};
    struct quo_passings all;
    struct links links = {0};
    enum quo_status status = quo_passings_find(&e->dependence, protocol, e->n_risks, &where, &all);
    for (size_t i = 0; i < all.n && status == QUO_OK; i++) {
        const struct quo_passing *one = &all.passing[i];
        if (one->bridge)
            release(&e->risk[one->to], e->risk[one->from].id);
        status = add_link(e, &links, one);
    }
    quo_passings_free(&all);
    if (status == QUO_OK)
        status = sort_links(e, &links);
    free(links.link);
    return status;
}

/* ---- the end ----------------------------------------------------------------------------------- */

static enum quo_status make_tables(struct quo_risk *r, quo_peril_set perils)
{
    for (int hours = 0; hours < 2; hours++) {
        quo_peril_set set = 0;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            if (quo_peril_in_hours((enum quo_peril)p) == hours)
                set |= perils & (quo_peril_set)1 << p;
        struct quo_losstable table;
        enum quo_status status = set ? quo_losstable_new(r->hazard, set, SIZE_NODES, &table) : QUO_OK;
        if (status)
            return status;
        for (int p = 0; p < QUO_COVERED_PERILS && set && status == QUO_OK; p++)
            if (set >> p & 1u)
                status = quo_sizetable_new(&table, (enum quo_peril)p, &r->size[p]);
        if (set)
            quo_losstable_free(&table);
        if (status)
            return status;
    }
    return QUO_OK;
}

/* Policies by protocol; what belongs to one stays in its order. */
static bool sort_policies(struct quo_exposures *e)
{
    uint32_t *at = calloc(e->n_risks + 2, sizeof *at);
    e->by_risk = malloc((e->n_policies + 1) * sizeof *e->by_risk);
    if (at && e->by_risk) {
        for (size_t i = 0; i < e->n_policies; i++)
            at[e->policy[i].risk + 1]++;
        for (size_t r = 0; r < e->n_risks; r++) {
            at[r + 1] += at[r];
            e->risk[r].policy_from = at[r];
            e->risk[r].policy_to = at[r + 1];
        }
        for (uint32_t i = 0; i < e->n_policies; i++)
            e->by_risk[at[e->policy[i].risk]++] = i;
    }
    free(at);
    return at && e->by_risk;
}

/* Rows, their pieces and nodes in the order of by_risk, as the simulation reads them. */
static enum quo_status sort_rows(struct quo_exposures *e)
{
    struct quo_row *row = malloc((e->n_rows + 1) * sizeof *row);
    struct quo_row_piece *piece = malloc((e->n_pieces + 1) * sizeof *piece);
    struct quo_node *node = malloc((e->n_nodes + 1) * sizeof *node);
    uint32_t *moved = malloc((e->n_nodes + 1) * sizeof *moved), nodes = 0, rows = 0, pieces = 0;
    if (!sort_policies(e) || !row || !piece || !node || !moved) {
        free(row);
        free(piece);
        free(node);
        free(moved);
        return QUO_MACHINE;
    }
    for (size_t i = 0; i < e->n_rows; i++)
        e->policy[e->row[i].policy].row_to++; /* counted first */
    for (size_t k = 0; k < e->n_policies; k++) {
        struct quo_held *held = &e->policy[e->by_risk[k]];
        for (uint32_t i = 0; i < held->n_nodes; i++) {
            moved[held->node + i] = nodes;
            node[nodes++] = e->node[held->node + i];
        }
        held->row_from = rows;
        rows += held->row_to;
        held->row_to = held->row_from;
    }
    for (size_t i = 0; i < e->n_rows; i++)
        row[e->policy[e->row[i].policy].row_to++] = e->row[i];
    for (size_t i = 0; i < e->n_rows; i++) {
        memcpy(piece + pieces, e->piece + row[i].piece, row[i].n_pieces * sizeof *piece);
        row[i].piece = pieces;
        row[i].node = moved[row[i].node];
        pieces += row[i].n_pieces;
    }
    for (size_t i = 0; i < nodes; i++)
        node[i].parent = node[i].parent == QUO_NO_NODE ? QUO_NO_NODE : moved[node[i].parent];
    for (size_t i = 0; i < e->n_policies; i++)
        e->policy[i].node = moved[e->policy[i].node];
    for (size_t i = 0; i < e->n_alarms; i++)
        e->alarm[i].node = moved[e->alarm[i].node];
    for (size_t i = 0; i < e->n_market_rows; i++)
        e->market_row[i].row.node = moved[e->market_row[i].row.node];
    free(moved);
    free(e->row);
    free(e->piece);
    free(e->node);
    e->row = row;
    e->piece = piece;
    e->node = node;
    return QUO_OK;
}

/* Reading errors beyond so many sds are never drawn: the uniform number has 52 bits. */
#define FARTHEST_SCORE 8.3

/* The rows of a protocol's policies, one after the other. */
static struct quo_row *rows_of(const struct quo_exposures *e, const struct quo_risk *r, size_t *n)
{
    *n = 0;
    if (r->policy_from == r->policy_to)
        return NULL;
    const uint32_t from = e->policy[e->by_risk[r->policy_from]].row_from;
    *n = e->policy[e->by_risk[r->policy_to - 1]].row_to - from;
    return e->row + from;
}

/* Which drawn numbers cannot pay anybody: most events are too small for every cover. */
static void bound_payers(const struct quo_exposures *e, struct quo_risk *r)
{
    size_t n;
    const struct quo_row *row = rows_of(e, r, &n);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        double least = INFINITY;
        for (size_t i = 0; i < n; i++)
            if (row[i].peril == p)
                least = fmin(least, row[i].least / row[i].per_unit * exp(-FARTHEST_SCORE * row[i].error));
        r->score[p] = isinf(least) || !r->size[p].log_size ? INFINITY
                      : least > 0.0                        ? quo_sizetable_bound(least, &r->size[p])
                                                           : -INFINITY;
        if (e->dependence.every_loss && r->size[p].log_size && !quo_peril_in_hours((enum quo_peril)p))
            r->score[p] = -INFINITY;
        r->pays[p] = quo_normal_Q(r->score[p]);
    }
}

static void split(struct quo_risk *r)
{
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        r->own[p] = r->rate[p] - r->ties.campaign_part[p];
        for (size_t i = 0; i < r->ties.n; i++)
            if ((int)r->ties.tie[i].peril == p)
                r->own[p] -= r->ties.tie[i].part;
        r->own[p] = fmax(r->own[p], 0.0);
    }
}

/* A policy of an earlier inception, when events were more, sees more of them than there are at the protocol's date: so many are added to
 * the protocol's own, and everybody sees the smaller share. Those that were added are not passed on. */
static void widen(struct quo_exposures *e, struct quo_risk *r)
{
    size_t n;
    struct quo_row *row = rows_of(e, r, &n);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        double most = 1.0;
        r->passes[p] = 1.0;
        for (size_t i = 0; i < n; i++)
            most = row[i].peril == p ? fmax(most, row[i].sees) : most;
        if (most <= 1.0)
            continue;
        const double own = r->own[p];
        r->own[p] += (most - 1.0) * (r->rate[p] + r->contagion[p]);
        r->passes[p] = own / r->own[p];
        for (size_t i = 0; i < n; i++)
            row[i].sees /= row[i].peril == p ? most : 1.0;
    }
}

static int by_reading(const void *a, const void *b)
{
    const struct quo_market_row *x = a, *y = b;
    if (x->reading != y->reading)
        return x->reading < y->reading ? -1 : 1;
    return (x->row.node > y->row.node) - (x->row.node < y->row.node);
}

enum quo_status quo_exposures_finish(struct quo_exposures *e)
{
    enum quo_status status = sort_rows(e), failed = QUO_OK;
    if (e->n_market_rows)
        qsort(e->market_row, e->n_market_rows, sizeof *e->market_row, by_reading);
    for (size_t i = 0; i < e->n_risks; i++) {
        e->risk[i].watched |= e->risk[i].covered;
        for (uint32_t k = e->risk[i].link_from; k < e->risk[i].link_to; k++)
            e->risk[i].watched |= e->link[k].perils & e->risk[e->link[k].to].covered;
        for (int p = 0; p < QUO_COVERED_PERILS && e->dependence.every_loss; p++)
            if (!quo_peril_in_hours((enum quo_peril)p) && e->risk[i].hazard[p].present)
                e->risk[i].watched |= (quo_peril_set)1 << p;
        split(&e->risk[i]);
        widen(e, &e->risk[i]);
    }
#pragma omp parallel for schedule(dynamic, 8) if (e->n_risks > 16)
    for (size_t i = 0; i < e->n_risks; i++) {
        const enum quo_status one = status == QUO_OK ? make_tables(&e->risk[i], e->dependence.every_loss ? e->risk[i].watched : e->risk[i].covered) : status;
        free(e->risk[i].hazard);
        e->risk[i].hazard = NULL;
        bound_payers(e, &e->risk[i]);
        if (one) {
#pragma omp atomic write
            failed = one;
        }
    }
    return failed;
}

static int64_t pays(const struct quo_row_piece *piece, const struct quo_row *row, double index)
{
    if (index < row->least)
        return 0;
    double y = 0.0;
    for (uint32_t i = 0; i < row->n_pieces && index >= piece[i].x0; i++)
        y = piece[i].slope > 0.0 ? fmin(piece[i].y1, piece[i].y0 + piece[i].slope * (index - piece[i].x0))
                                 : piece[i].y1;
    return llrint(100.0 * y);
}

int64_t quo_exposures_pays(const struct quo_exposures *e, const struct quo_row *row, double index)
{
    return pays(&e->piece[row->piece], row, index);
}

int64_t quo_exposures_market_pays(const struct quo_exposures *e, const struct quo_market_row *row, double index)
{
    return pays(&e->market_piece[row->row.piece], &row->row, index);
}

double quo_exposures_limit(const struct quo_exposures *e, size_t policy)
{
    const struct quo_held *held = &e->policy[policy];
    double most = 0.0;
    if (held->limit < INT64_MAX)
        return 0.01 * (double)held->limit;
    for (uint32_t i = held->row_from; i < held->row_to; i++)
        for (uint32_t k = 0; k < e->row[i].n_pieces; k++)
            most = fmax(most, e->piece[e->row[i].piece + k].y1);
    for (size_t i = 0; i < e->n_market_rows; i++)
        for (uint32_t k = 0; k < e->market_row[i].row.n_pieces && e->market_row[i].row.policy == policy; k++)
            most = fmax(most, e->market_piece[e->market_row[i].row.piece + k].y1);
    return most;
}
