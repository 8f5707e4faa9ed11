#include "pricing/portfolio/rowpays.h"

#include <math.h>

/* Whole cents, half to even as llrint has it: beyond 2^52 doubles have no halves, and no limit is that large. */
#define WHOLE 0x1.8p52

__attribute__((target_clones("default", "avx2", "avx512f"))) static void
row_cents(const struct quo_row *row, const struct quo_row_piece *piece, double term, const double *size,
            const double *seen, const double *time, size_t n, double *out)
{
    for (size_t from = 0; from < n; from += QUO_ROWPAYS_LANES) {
        double y[QUO_ROWPAYS_LANES] = {0.0}, index[QUO_ROWPAYS_LANES];
        for (int i = 0; i < QUO_ROWPAYS_LANES; i++)
            index[i] = size[from + (size_t)i] * row->per_unit;
        for (uint32_t k = 0; k < row->n_pieces; k++) {
            const double x0 = piece[k].x0, y0 = piece[k].y0, y1 = piece[k].y1, slope = piece[k].slope;
#pragma omp simd
            for (int i = 0; i < QUO_ROWPAYS_LANES; i++) {
                const double rising = y0 + slope * (index[i] - x0), value = rising < y1 ? rising : y1;
                y[i] = index[i] >= x0 ? value : y[i];
            }
        }
#pragma omp simd
        for (int i = 0; i < QUO_ROWPAYS_LANES; i++) {
            const size_t at = from + (size_t)i;
            const double cents = 100.0 * y[i] + WHOLE - WHOLE, due = seen[at] < row->sees ? cents : 0.0;
            out[at] = time[at] < term ? due : 0.0;
        }
    }
}

void quo_rowpays(const struct quo_row *row, const struct quo_row_piece *piece, double term, const double *size,
                 const double *seen, const double *time, size_t n, double *out)
{
    row_cents(row, piece, term, size, seen, time, n, out);
}

void quo_rowpays_exclude(const struct quo_row *row, const double *size, const double *seen, size_t n, double *pays)
{
    for (size_t i = 0; i < n; i++) {
        if (!(pays[i] > row->sublimit))
            continue;
        const double state = row->holds / (1.0 + exp(-row->state_a - row->state_b * log(size[i])));
        pays[i] = seen[i] < row->sees * (1.0 - state) ? pays[i] : row->sublimit;
    }
}
