#include "risk/perils/calibrate_sim.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "risk/base/numeric.h"
#include "risk/base/stream.h"

enum purpose { COUNT = 80, SIZE, STATE };

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum quo_status one_period(const struct quo_calibrate_sim_law *law, uint64_t seed, uint64_t j, double **room,
                                  size_t *room_n, struct quo_calibrate_sim_period *out)
{
    *out = (struct quo_calibrate_sim_period){.median = NAN, .largest = NAN, .second = NAN};
    size_t n = 0;
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++) {
        struct quo_stream count = quo_stream_at(seed, j, (uint32_t)g, COUNT),
                          size = quo_stream_at(seed, j, (uint32_t)g, SIZE);
        struct quo_stream state = quo_stream_at(seed, j, (uint32_t)g, STATE);
        const size_t k = (size_t)quo_stream_poisson(&count, law->mean[g]);
        if (n + k > *room_n) {
            double *more = realloc(*room, 2 * (n + k) * sizeof *more);
            if (!more)
                return QUO_MACHINE;
            *room = more;
            *room_n = 2 * (n + k);
        }
        const double above = quo_normal_Q((log(law->floor) - law->meanlog[g]) / law->sdlog[g]);
        for (size_t i = 0; i < k; i++) {
            const double log_size =
                law->meanlog[g] + law->sdlog[g] * quo_normal_Qinv(above * quo_stream_uniform(&size));
            const double x = exp(log_size), attributed = 1.0 / (1.0 + exp(-(law->state_a + law->state_b * log_size)));
            (*room)[n++] = x;
            out->total[g] += x;
            const bool is_state = quo_stream_uniform(&state) < attributed;
            out->state_count_mean += attributed;
            out->state_total_mean += attributed * x;
            out->state_count += is_state;
            out->state_total += is_state ? x : 0.0;
        }
        out->count[g] = (double)k;
    }
    if (n == 0)
        return QUO_OK;
    qsort(*room, n, sizeof **room, ascending);
    out->median = 0.5 * ((*room)[(n - 1) / 2] + (*room)[n / 2]);
    out->largest = (*room)[n - 1];
    out->second = n > 1 ? (*room)[n - 2] : NAN;
    return QUO_OK;
}

enum quo_status quo_calibrate_sim_run(const struct quo_calibrate_sim_law *law, uint64_t seed, size_t n,
                                      struct quo_calibrate_sim_period *out)
{
    bool memory = true;
#pragma omp parallel
    {
        double *room = malloc(1024 * sizeof *room);
        size_t room_n = room ? 1024 : 0;
#pragma omp for schedule(static)
        for (size_t j = 0; j < n; j++)
            if (!room || one_period(law, seed, j, &room, &room_n, &out[j]) != QUO_OK) {
#pragma omp atomic write
                memory = false;
            }
        free(room);
    }
    return memory ? QUO_OK : QUO_MACHINE;
}

/* Sum over the groups of a scope, or over all; NaN for a scope that is none of these. */
static double of_scope(const double value[QUO_CALIBRATE_SIM_GROUPS], const char *scope)
{
    static const char *const groups[QUO_CALIBRATE_SIM_GROUPS] = {"infrastructure", "code", "other vectors"};
    if (strcmp(scope, "all") == 0 || strcmp(scope, "all but the two largest") == 0)
        return value[0] + value[1] + value[2];
    for (int g = 0; g < QUO_CALIBRATE_SIM_GROUPS; g++)
        if (strcmp(scope, groups[g]) == 0)
            return value[g];
    return NAN;
}

double quo_calibrate_sim_statistic(const struct quo_calibrate_sim_period *p, const char *statistic, const char *scope)
{
    const double n = of_scope(p->count, "all"), total = of_scope(p->total, "all"), two = p->largest + p->second;
    const bool rest = strcmp(scope, "all but the two largest") == 0, state = strcmp(scope, "state_actor") == 0;
    const double loss = state ? p->state_total : of_scope(p->total, scope) - (rest ? two : 0.0);
    if (state && strcmp(statistic, "state_operations") == 0)
        return p->state_count;
    if (strcmp(statistic, "incidents") == 0)
        return of_scope(p->count, scope) - (rest ? 2.0 : 0.0);
    if (strcmp(statistic, "incident_share") == 0)
        return of_scope(p->count, scope) / n;
    if (strcmp(statistic, "loss_total") == 0)
        return loss;
    if (strcmp(statistic, "loss_share") == 0)
        return loss / total;
    if (strcmp(statistic, "loss_largest") == 0)
        return p->largest;
    if (strcmp(statistic, "loss_second_largest") == 0)
        return p->second;
    if (strcmp(statistic, "loss_two_largest") == 0)
        return two;
    if (strcmp(scope, "all") != 0)
        return NAN;
    if (strcmp(statistic, "loss_median") == 0)
        return p->median;
    if (strcmp(statistic, "loss_mean") == 0)
        return total / n;
    if (strcmp(statistic, "mean_to_median") == 0)
        return total / n / p->median;
    if (strcmp(statistic, "loss_share_two_largest") == 0)
        return two / total;
    return NAN;
}
