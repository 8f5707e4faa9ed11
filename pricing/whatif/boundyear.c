#include "pricing/whatif/boundyear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool quo_boundyear_new(const struct quo_policy *policy, const struct quo_setgrid *grid, const struct quo_setgrid *sums,
                       struct quo_boundyear *y)
{
    const size_t n = policy->n_covers, points = sums->points + 2;
    *y = (struct quo_boundyear){.policy = policy, .grid = grid, .sums = sums};
    y->row = malloc(2 * grid->row * sizeof *y->row);
    y->exponent = malloc(2 * grid->row * sizeof *y->exponent);
    y->spectrum = malloc(((grid->half > sums->half ? grid->half : sums->half) + 1) * sizeof *y->spectrum);
    y->cover = calloc(n, sizeof *y->cover);
    y->cover_above = calloc(n, sizeof *y->cover_above);
    y->above = calloc(points, sizeof *y->above);
    y->expected = calloc(n, sizeof *y->expected);
    y->reinstated = calloc(n, sizeof *y->reinstated);
    bool made = y->row && y->exponent && y->spectrum && y->cover && y->cover_above && y->above && y->expected &&
                y->reinstated && quo_lattice_new(grid->step, points, &y->event) == QUO_OK &&
                quo_lattice_new(grid->step, points, &y->total) == QUO_OK;
    for (size_t c = 0; made && c < n; c++) {
        y->cover_above[c] = calloc(points, sizeof **y->cover_above);
        made = y->cover_above[c] && quo_lattice_new(grid->step, points, &y->cover[c]) == QUO_OK;
    }
    return made;
}

void quo_boundyear_free(struct quo_boundyear *y)
{
    for (size_t c = 0; y->policy && c < y->policy->n_covers; c++) {
        if (y->cover)
            quo_lattice_free(&y->cover[c]);
        if (y->cover_above)
            free(y->cover_above[c]);
    }
    quo_lattice_free(&y->event);
    quo_lattice_free(&y->total);
    free(y->row);
    free(y->exponent);
    free(y->spectrum);
    free(y->cover);
    free(y->cover_above);
    free(y->above);
    free(y->expected);
    free(y->reinstated);
    memset(y, 0, sizeof *y);
}

/* Frequencies less 1 of one event's payout, in y->row. */
static void event_row(struct quo_boundyear *y, const double *events, size_t points)
{
    struct quo_lattice *law = &y->event;
    law->n = points + 1 < y->grid->points ? points + 1 : y->grid->points;
    law->mass[0] = 0.0;
    for (size_t k = 1; k < law->n; k++)
        law->mass[k] = (events[k - 1] - (k < points ? events[k] : 0.0)) / events[0];
    quo_setgrid_forward(y->grid, law, y->spectrum);
    for (size_t j = 0; j < y->grid->half; j++) {
        y->row[j] = creal(y->spectrum[j]) - 1.0;
        y->row[y->grid->row + j] = cimag(y->spectrum[j]);
    }
    for (size_t j = y->grid->half; j < y->grid->row; j++)
        y->row[j] = y->row[y->grid->row + j] = 0.0;
}

static void tail_of(const struct quo_lattice *law, size_t points, double *above)
{
    double sum = 0.0;
    for (size_t k = points; k-- > 0;) {
        above[k] = sum;
        sum += k < law->n ? fmax(law->mass[k], 0.0) : 0.0;
    }
}

static bool cover_year(struct quo_boundyear *y, size_t c, double *const *events, const double *size, const double *alarms,
                       size_t points)
{
    const struct quo_cover *terms = &y->policy->cover[c];
    memset(y->exponent, 0, 2 * y->grid->row * sizeof *y->exponent);
    for (int p = 0; p < QUO_PERILS; p++) {
        if (!(terms->perils >> p & 1u) || !events[p] || !(events[p][0] > 0.0))
            continue;
        event_row(y, events[p], points);
        const struct quo_setgrid_count count = {y->row, events[p][0], 0.0};
        if (isinf(size[p]))
            quo_setgrid_add(y->grid, y->row, events[p][0], y->exponent);
        else if (!quo_setgrid_add_mixed(y->grid, &count, 1, size[p], y->exponent))
            return false;
    }
    if (alarms && alarms[0] > 0.0) {
        event_row(y, alarms, points);
        quo_setgrid_add(y->grid, y->row, alarms[0], y->exponent);
    }
    quo_setgrid_exponential(y->grid, y->exponent);
    quo_setgrid_back(y->grid, &y->cover[c]);
    tail_of(&y->cover[c], y->sums->points, y->cover_above[c]);
    return true;
}

bool quo_boundyear_cover(struct quo_boundyear *y, size_t c, double *const *events, const double *size, const double *alarms,
                         size_t points)
{
    const struct quo_cover *terms = &y->policy->cover[c];
    struct quo_lattice *law = &y->event;
    if (!cover_year(y, c, events, size, alarms, points))
        return false;
    memcpy(law->mass, y->cover[c].mass, y->cover[c].n * sizeof *law->mass);
    law->n = y->cover[c].n;
    quo_lattice_layer(law, 0.0, quo_coverlaw_annual_limit(terms));
    y->expected[c] = quo_lattice_mean(law);
    y->reinstated[c] = 0.0;
    for (size_t k = 0; k < law->n && terms->reinstatements > 0; k++)
        y->reinstated[c] += law->mass[k] * fmin((double)k * law->step, terms->reinstatements * terms->event_limit);
    return true;
}

bool quo_boundyear_fill(struct quo_boundyear *y, double *const *events, const double *size, double *const *alarms,
                        size_t points)
{
    const size_t n = y->policy->n_covers;
    for (size_t c = 0; c < n; c++) {
        if (!quo_boundyear_cover(y, c, events, size, alarms ? alarms[c] : NULL, points))
            return false;
        quo_setgrid_forward(y->sums, &y->event, y->spectrum);
        if (c == 0)
            memcpy(y->sums->plan.product, y->spectrum, y->sums->half * sizeof *y->spectrum);
        else
            quo_setgrid_multiply(y->sums, y->spectrum);
    }
    quo_setgrid_back(y->sums, &y->total);
    tail_of(&y->total, y->sums->points, y->above);
    if (isfinite(y->policy->annual_limit))
        quo_lattice_layer(&y->total, 0.0, y->policy->annual_limit);
    y->mean = quo_lattice_mean(&y->total);
    return true;
}
