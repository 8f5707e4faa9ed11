#include "pricing/whatif/planprice.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "pricing/whatif/bitmemo.h"
#include "pricing/whatif/setlaw.h"

#define CHUNK 256
#define ALONE 4   /* sets that one thread takes sooner than two */
#define SAME 4e-9 /* of the first set by both ways: relative, as values.c holds them */

struct quo_planprice {
    struct quo_values *values;
    enum quo_goal goal;
    struct quo_setlaw **law; /* law[threads]; NULL: by quotes */
    int threads;
    struct quo_bitmemo *known; /* double by the set */
    size_t count;
};

static double measure_of(const struct quo_planprice *p, const struct quo_outcome *outcome)
{
    return p->goal == QUO_GOAL_LOSS           ? outcome->expected_loss
           : p->goal == QUO_GOAL_TARGET_SCORE ? -outcome->score
                                              : outcome->gross;
}

static enum quo_status by_parts(const struct quo_planprice *p, struct quo_setlaw *law, uint64_t set, double *measure)
{
    enum quo_status status;
    if (p->goal == QUO_GOAL_LOSS)
        return quo_setlaw_loss(law, set, measure);
    if (p->goal != QUO_GOAL_TARGET_SCORE)
        return quo_setlaw_gross(law, set, measure);
    status = quo_setlaw_score(law, set, measure);
    *measure = -*measure;
    return status;
}

static void free_laws(struct quo_planprice *p)
{
    for (int i = 0; p->law && i < p->threads; i++)
        quo_setlaw_free(p->law[i]);
    free(p->law);
    p->law = NULL;
}

/* Without any change by both ways: parts are used where they come to the same. */
static enum quo_status try_parts(struct quo_planprice *p)
{
    struct quo_outcome outcome;
    double measure;
    enum quo_status status = quo_values_get(p->values, quo_subset_none(), &outcome);
    const enum quo_status parts = status ? status : by_parts(p, p->law[0], 0, &measure);
    if (status == QUO_OK &&
        (parts || !(fabs(measure - measure_of(p, &outcome)) <= SAME * fabs(measure_of(p, &outcome)))))
        free_laws(p);
    return parts == QUO_MACHINE ? parts : status;
}

enum quo_status quo_planprice_new(struct quo_values *values, enum quo_goal goal, struct quo_planprice **out)
{
    struct quo_planprice *p = calloc(1, sizeof *p);
    *out = p;
    if (!p)
        return QUO_MACHINE;
    p->values = values;
    p->goal = goal;
    p->threads = omp_get_max_threads();
    p->known = quo_bitmemo_new(sizeof(double), NULL);
    p->law = calloc((size_t)p->threads, sizeof *p->law);
    enum quo_status status = p->known && p->law ? QUO_OK : QUO_MACHINE;
    for (int i = 0; i < p->threads && status == QUO_OK; i++)
        status = quo_setlaw_new(quo_values_engine(values), quo_values_variants(values), &p->law[i]);
    if (status == QUO_REFUSED) { /* more changes than parts can tell apart */
        free_laws(p);
        status = QUO_OK;
    } else if (status == QUO_OK) {
        status = try_parts(p);
    }
    if (status) {
        quo_planprice_free(p);
        *out = NULL;
    }
    return status;
}

void quo_planprice_free(struct quo_planprice *p)
{
    if (!p)
        return;
    free_laws(p);
    quo_bitmemo_free(p->known);
    free(p);
}

static enum quo_status by_quotes(struct quo_planprice *p, const struct quo_subset *set, size_t n, double *measure)
{
    enum quo_status status = quo_values_fill(p->values, set, n);
    p->count += n;
    for (size_t i = 0; i < n && status == QUO_OK; i++) {
        struct quo_outcome outcome;
        status = quo_values_get(p->values, set[i], &outcome);
        measure[i] = status == QUO_OK ? measure_of(p, &outcome) : INFINITY;
        status = status == QUO_REFUSED || status == QUO_DOMAIN ? QUO_OK : status;
    }
    return status;
}

/* n at most CHUNK. */
static enum quo_status some(struct quo_planprice *p, const struct quo_subset *set, size_t n, double *measure)
{
    size_t fresh[CHUNK], m = 0;
    enum quo_status failed = QUO_OK;
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        double *kept = quo_bitmemo_at(p->known, set[i].word[0], &is_new);
        if (!kept)
            return QUO_MACHINE;
        if (is_new) {
            *kept = NAN;
            fresh[m++] = i;
        }
        measure[i] = *kept;
    }
#pragma omp parallel for schedule(static) num_threads(p->threads) if (m > ALONE)
    for (size_t k = 0; k < m; k++) {
        const size_t i = fresh[k];
        const enum quo_status status = by_parts(p, p->law[omp_get_thread_num()], set[i].word[0], &measure[i]);
        if (status == QUO_REFUSED || status == QUO_DOMAIN) {
            measure[i] = NAN; /* as a quote it may have a price */
        } else if (status) {
#pragma omp atomic write
            failed = status;
        }
    }
    for (size_t k = 0; k < m && failed == QUO_OK; k++) {
        bool is_new;
        if (isnan(measure[fresh[k]]))
            failed = by_quotes(p, &set[fresh[k]], 1, &measure[fresh[k]]);
        *(double *)quo_bitmemo_at(p->known, set[fresh[k]].word[0], &is_new) = measure[fresh[k]];
    }
    for (size_t i = 0; i < n && failed == QUO_OK; i++) /* a set that was asked for twice */
        if (isnan(measure[i])) {
            bool is_new;
            measure[i] = *(double *)quo_bitmemo_at(p->known, set[i].word[0], &is_new);
        }
    p->count += m;
    return failed;
}

enum quo_status quo_planprice_many(struct quo_planprice *p, const struct quo_subset *set, size_t n, double *measure)
{
    enum quo_status status = QUO_OK;
    if (!p->law)
        return by_quotes(p, set, n, measure);
    for (size_t i = 0; i < n && status == QUO_OK; i += CHUNK)
        status = some(p, set + i, n - i < CHUNK ? n - i : CHUNK, measure + i);
    return status;
}

bool quo_planprice_shared(const struct quo_planprice *p) { return p->law != NULL; }
size_t quo_planprice_count(const struct quo_planprice *p) { return p->count; }
