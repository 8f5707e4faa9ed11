#include "pricing/aggregate/evenpoints.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define NODES 16
#define FEW (4 * NODES) /* points that cost less one by one */
#define CONVERGED 3e-13
#define LANES 16

/* x_j = from + wide j for j = first .. first + n - 1. */
__attribute__((target_clones("default", "avx2"))) static void put_points(double from, double wide, size_t first, size_t n,
                                                                         double *x)
{
    size_t j = 0;
    const double start = (double)first;
    for (; j + LANES <= n; j += LANES) {
        const double at = start + (double)j;
        for (int i = 0; i < LANES; i++)
            x[j + (size_t)i] = from + wide * (at + (double)i);
    }
    for (; j < n; j++)
        x[j] = from + wide * (start + (double)j);
}

typedef double eight __attribute__((vector_size(64)));
#define ROWS (LANES / 8)

/* Clenshaw's sum at t = low + step i, i < n: eight vectors at a time, so that each step of the recurrence has others to wait with. The
 * last points come from a run of their own that ends with them. */
__attribute__((target_clones("default", "avx2", "avx512f"))) static void sum_chebyshev(const double *c, double low, double step,
                                                                            size_t n, double *out)
{
    const eight count = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0};
    for (size_t from = 0; from < n; from += LANES) {
        const size_t j = from + LANES <= n ? from : n - LANES;
        eight t[ROWS], now[ROWS], last[ROWS];
        for (int i = 0; i < ROWS; i++) {
            t[i] = 2.0 * (low + step * ((double)(j + 8 * (size_t)i) + count));
            now[i] = last[i] = count * 0.0;
        }
        for (int k = NODES - 1; k > 0; k--)
            for (int i = 0; i < ROWS; i++) {
                const eight next = t[i] * now[i] - last[i] + c[k];
                last[i] = now[i];
                now[i] = next;
            }
        for (int i = 0; i < ROWS; i++) {
            const eight sum = 0.5 * t[i] * now[i] - last[i] + c[0];
            memcpy(out + j + 8 * (size_t)i, &sum, sizeof sum);
        }
    }
}

/* cosine[m] = cos(pi m / (2 NODES)): that of k (i + 1/2) pi / NODES stands at k (2 i + 1). */
struct basis {
    double cosine[4 * NODES];
};

static void basis_init(struct basis *basis)
{
    for (int m = 0; m <= NODES; m++) {
        const double here = m == NODES ? 0.0 : cos(0.5 * M_PI * m / NODES);
        basis->cosine[m] = here;
        basis->cosine[2 * NODES - m] = -here;
        basis->cosine[(2 * NODES + m) % (4 * NODES)] = -here;
        basis->cosine[(4 * NODES - m) % (4 * NODES)] = here;
    }
}

static double cosine(const struct basis *basis, int k, int i) { return basis->cosine[k * (2 * i + 1) % (4 * NODES)]; }

/* The polynomial through Q on [a, b]; false where it has not converged. */
static bool fit(const struct quo_severity *s, const struct basis *basis, double a, double b, double c[NODES])
{
    double x[NODES], f[NODES], least = INFINITY;
    for (int i = 0; i < NODES; i++) /* ascending */
        x[i] = 0.5 * (a + b) - 0.5 * (b - a) * cosine(basis, 1, i);
    quo_severity_Q_many(x, NODES, s, f);
    for (int i = 0; i < NODES; i++)
        least = f[i] < least ? f[i] : least;
    for (int k = 0; k < NODES; k++) {
        double sum = 0.0;
        for (int i = 0; i < NODES; i++) /* node i of the basis runs from b down to a */
            sum += f[NODES - 1 - i] * cosine(basis, k, i);
        c[k] = sum * (k ? 2.0 : 1.0) / NODES;
    }
    /* They fall tenfold from one to the next: what is left out is below the last. */
    return fabs(c[NODES - 1]) <= CONVERGED * least && fabs(c[NODES - 2]) <= 10.0 * CONVERGED * least;
}

void quo_evenpoints_Q(const struct quo_severity *s, double from, double wide, size_t n, const double *bend, int bends,
                      double *q)
{
    struct basis basis;
    basis_init(&basis);
    for (size_t j = 0, next; j < n; j = next) {
        const double a = from + wide * (double)j;
        double b = a * M_SQRT2;
        for (int i = bends - 1; i >= 0; i--)
            b = bend[i] > a && bend[i] < b ? bend[i] : b;
        const double whole = floor((b - from) / wide);
        next = whole >= (double)(n - 1) ? n : (size_t)whole + 1;
        next = next > j ? next : j + 1;
        double c[NODES];
        const double end = from + wide * (double)(next - 1);
        if (next - j >= FEW && fit(s, &basis, a, end, c)) {
            sum_chebyshev(c, -1.0, 2.0 / (double)(next - 1 - j), next - j, q + j);
            continue;
        }
        if (next - j < FEW) /* several short stretches at once */
            next = j + FEW < n ? j + FEW : n;
        put_points(from, wide, j, next - j, q + j);
        quo_severity_Q_many(q + j, next - j, s, q + j);
    }
}
