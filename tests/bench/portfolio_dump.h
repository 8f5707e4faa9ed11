/* tests/bench/portfolio_dump.h -- a book as it is simulated, written for portfolio_numpy.py: each array a file of raw numbers, their names and
 * types in `index`. */
#ifndef PORTFOLIO_DUMP_H
#define PORTFOLIO_DUMP_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "pricing/portfolio/shocks.h"

struct dump {
    const char *folder;
    FILE *index;
    bool good;
};

static void dump_array(struct dump *d, const char *name, const char *type, const void *x, size_t size, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", d->folder, name);
    FILE *to = fopen(path, "wb");
    d->good = d->good && to && (n == 0 || fwrite(x, size, n, to) == n);
    d->good = to && fclose(to) == 0 && d->good && fprintf(d->index, "%s %s\n", name, type) > 0;
}
static void dump_reals(struct dump *d, const char *name, const double *x, size_t n)
{
    dump_array(d, name, "f8", x, sizeof *x, n);
}
static void dump_wholes(struct dump *d, const char *name, const int64_t *x, size_t n)
{
    dump_array(d, name, "i8", x, sizeof *x, n);
}

/* Columns that grow side by side. */
struct column {
    const char *name;
    bool real;
    double *x;
    int64_t *k;
    size_t n;
};
static void push(struct column *c, double x)
{
    if ((c->n & (c->n - 1)) == 0) {
        const size_t room = c->n ? 2 * c->n : 1;
        if (c->real)
            c->x = realloc(c->x, room * sizeof *c->x);
        else
            c->k = realloc(c->k, room * sizeof *c->k);
        if (!c->x && !c->k)
            exit(3);
    }
    if (c->real)
        c->x[c->n++] = x;
    else
        c->k[c->n++] = (int64_t)x;
}
static void flush_columns(struct dump *d, struct column *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (c[i].real)
            dump_reals(d, c[i].name, c[i].x, c[i].n);
        else
            dump_wholes(d, c[i].name, c[i].k, c[i].n);
        free(c[i].x);
        free(c[i].k);
    }
}

enum { KEEP, OTHER, RISK, PERIL, PAYS, SCORE, GROUP_SHOCK, CELL_COLUMNS };

/* One alias table: where its cells begin. target, pays, shock: what a cell stands for, NULL for what it is not. */
static double add_cells(struct column *c, const struct quo_alias *alias, const struct quo_target *target,
                        const double *pays, const uint32_t *shock)
{
    const double first = (double)c[KEEP].n;
    for (uint32_t i = 0; i < alias->n; i++) {
        push(&c[KEEP], (double)alias->keep[i]);
        push(&c[OTHER], alias->other[i]);
        push(&c[RISK], target ? target[i].risk : 0);
        push(&c[PERIL], target ? target[i].peril : 0);
        push(&c[PAYS], pays ? pays[i] : 1.0);
        push(&c[SCORE], target ? (double)target[i].score : 0.0);
        push(&c[GROUP_SHOCK], shock ? shock[i] : 0);
    }
    return first;
}

static void dump_shocks(struct dump *d, const struct quo_shocks *s)
{
    struct column cell[CELL_COLUMNS] = {{.name = "keep", .real = true},        {.name = "other"},
                                        {.name = "target_risk"},               {.name = "target_peril"},
                                        {.name = "target_pays", .real = true}, {.name = "target_score", .real = true},
                                        {.name = "group_shock"}};
    struct column own[] = {{.name = "own_first"}, {.name = "own_count"}, {.name = "own_total", .real = true},
                           {.name = "season", .real = true}};
    struct column shock[] = {{.name = "shock_first"},
                             {.name = "shock_count"},
                             {.name = "shock_total", .real = true},
                             {.name = "shock_shape", .real = true},
                             {.name = "shock_correlation", .real = true}};
    struct column group[] = {{.name = "group_first"}, {.name = "group_count"}, {.name = "group_rate", .real = true},
                             {.name = "group_perils"}};
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        push(&own[0], add_cells(cell, &s->own[p], s->own_target[p], s->own_pays[p], NULL));
        push(&own[1], s->own[p].n);
        push(&own[2], s->own[p].total);
        push(&own[3], s->season[p].size);
    }
    for (size_t k = 0; k < s->n; k++) {
        push(&shock[0], add_cells(cell, &s->shock[k].pick, s->shock[k].target, NULL, NULL));
        push(&shock[1], s->shock[k].pick.n);
        push(&shock[2], s->shock[k].pick.total);
        push(&shock[3], s->shock[k].shape);
        push(&shock[4], s->shock[k].correlation);
    }
    for (size_t g = 0; g < s->n_groups; g++) {
        push(&group[0], add_cells(cell, &s->group[g].pick, NULL, NULL, s->group[g].shock));
        push(&group[1], s->group[g].pick.n);
        push(&group[2], s->group[g].pick.total);
        push(&group[3], s->group[g].perils);
    }
    if (s->campaign >= 0) {
        const struct quo_shock *c = &s->shock[s->campaign];
        const uint32_t which = (uint32_t)s->campaign;
        float keep = 1.0f;
        uint32_t other = 0;
        const struct quo_alias one = {.n = 1, .total = c->rate, .keep = &keep, .other = &other};
        push(&group[0], add_cells(cell, &one, NULL, NULL, &which));
        push(&group[1], 1);
        push(&group[2], c->rate);
        push(&group[3], c->perils);
    }
    flush_columns(d, cell, CELL_COLUMNS);
    flush_columns(d, own, 4);
    flush_columns(d, shock, 5);
    flush_columns(d, group, 4);
}

static void dump_rows(struct dump *d, const struct quo_exposures *e)
{
    struct column row[] = {{.name = "row_policy"},
                           {.name = "row_node"},
                           {.name = "row_piece"},
                           {.name = "row_pieces"},
                           {.name = "row_sees", .real = true},
                           {.name = "row_per_unit", .real = true},
                           {.name = "row_error", .real = true},
                           {.name = "row_term", .real = true}};
    struct column list[] = {{.name = "row_begin"}, {.name = "row_count"}, {.name = "table_of"}};
    float *tables = malloc((e->n_risks * QUO_PERILS + 1) * QUO_SIZETABLE_NODES * sizeof *tables);
    double n_tables = 0.0, most = 0.0;
    for (size_t r = 0; r < e->n_risks && tables; r++)
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            const size_t begin = row[0].n;
            for (uint32_t k = e->risk[r].policy_from; k < e->risk[r].policy_to; k++) {
                const struct quo_held *held = &e->policy[e->by_risk[k]];
                for (uint32_t i = held->row_from; i < held->row_to; i++) {
                    const struct quo_row *w = &e->row[i];
                    if (w->peril != p)
                        continue;
                    const double x[] = {w->policy, w->node, w->piece, w->n_pieces, w->sees, w->per_unit, w->error,
                                        held->term_years};
                    for (int c = 0; c < 8; c++)
                        push(&row[c], x[c]);
                    most = fmax(most, w->n_pieces);
                }
            }
            push(&list[0], (double)begin);
            push(&list[1], (double)(row[0].n - begin));
            push(&list[2], e->risk[r].size[p].log_size ? n_tables : 0.0);
            for (int i = 0; i < QUO_SIZETABLE_NODES && e->risk[r].size[p].log_size; i++)
                tables[(size_t)n_tables * QUO_SIZETABLE_NODES + (size_t)i] = e->risk[r].size[p].log_size[i];
            n_tables += e->risk[r].size[p].log_size != NULL;
        }
    dump_array(d, "tables", "f4", tables, sizeof *tables, (size_t)n_tables * QUO_SIZETABLE_NODES);
    free(tables);
    flush_columns(d, row, 8);
    flush_columns(d, list, 3);
    dump_wholes(d, "pieces_most", &(int64_t){(int64_t)most}, 1);
}

static bool dump_book(const struct quo_shocks *s, const char *folder)
{
    const struct quo_exposures *e = s->exposures;
    struct dump d = {folder, NULL, true};
    char path[256];
    snprintf(path, sizeof path, "%s/index", folder);
    if (!(d.index = fopen(path, "w")))
        return false;
    struct column node[] = {{.name = "node_parent"}, {.name = "node_deductible", .real = true},
                            {.name = "node_limit", .real = true}};
    struct column piece[] = {{.name = "piece_x0", .real = true}, {.name = "piece_y0", .real = true},
                             {.name = "piece_y1", .real = true}, {.name = "piece_slope", .real = true}};
    for (size_t i = 0; i < e->n_nodes; i++) {
        push(&node[0], e->node[i].parent == QUO_NO_NODE ? -1.0 : e->node[i].parent);
        push(&node[1], (double)e->node[i].deductible);
        push(&node[2], e->node[i].limit == INT64_MAX ? INFINITY : (double)e->node[i].limit);
    }
    for (size_t i = 0; i < e->n_pieces; i++) {
        push(&piece[0], e->piece[i].x0);
        push(&piece[1], e->piece[i].y0);
        push(&piece[2], e->piece[i].y1);
        push(&piece[3], e->piece[i].slope);
    }
    flush_columns(&d, node, 3);
    flush_columns(&d, piece, 4);
    dump_shocks(&d, s);
    dump_rows(&d, e);
    dump_reals(&d, "horizon", &e->horizon, 1);
    dump_reals(&d, "score_grid", (double[]){QUO_SIZETABLE_CELLS_PER_UNIT, QUO_SIZETABLE_FARTHEST}, 2);
    dump_wholes(&d, "nodes_of_table", &(int64_t){QUO_SIZETABLE_NODES}, 1);
    dump_wholes(&d, "risks", &(int64_t){(int64_t)e->n_risks}, 1);
    dump_wholes(&d, "levels", &(int64_t){3}, 1);
    return fclose(d.index) == 0 && d.good;
}
#endif
