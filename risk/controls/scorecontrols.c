#include "risk/controls/scorecontrols.h"

#include <math.h>
#include <stdlib.h>

#include "risk/controls/perilscore.h"
#include "risk/controls/reach.h"
#include "risk/controls/typical.h"

static int stronger(const void *a, const void *b)
{
    const double x = ((const struct quo_control_effect *)a)->multiplier,
                 y = ((const struct quo_control_effect *)b)->multiplier;
    return x < y   ? -1
           : x > y ? 1
                   : ((const struct quo_control_effect *)a)->control - ((const struct quo_control_effect *)b)->control;
}

/* Hours have no price here: they decide where the money is the same. */
static int more_to_save(const void *a, const void *b)
{
    const struct quo_question *x = a, *y = b;
    if (x->saved != y->saved)
        return x->saved > y->saved ? -1 : 1;
    if (x->saved_hours != y->saved_hours)
        return x->saved_hours > y->saved_hours ? -1 : 1;
    return x->control - y->control;
}

static double hours(const struct quo_scorelaw_loss *loss)
{
    double sum = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        sum += quo_peril_in_hours((enum quo_peril)p) ? loss->peril[p] : 0.0;
    return sum;
}

/* One control at a stand and all else as it is. */
struct side {
    double log[QUO_COVERED_PERILS], relativity[QUO_COVERED_PERILS];
    struct quo_scorelaw_loss loss;
};

static enum quo_status look(struct quo_scorejob *job, size_t c, enum quo_stand stand, quo_peril_set perils, struct side *out)
{
    /* Without an answer, or at level 0, it is at its worst already. */
    const struct quo_answer *answer = job->exponents.answer[c];
    const bool as_it_is = stand == QUO_STAND_OWN || (stand == QUO_STAND_WORST && (!answer || answer->level <= 0));
    const struct quo_run *run = as_it_is ? &job->own : &job->moved;
    enum quo_status status = QUO_OK;
    out->loss = job->now;
    if (!as_it_is) {
        job->control[c] = (unsigned char)stand;
        status = quo_scorejob_run(job, perils, &job->own, !job->scale->feeds_quorum[c], true, &job->moved);
        job->control[c] = QUO_STAND_OWN;
        if (status == QUO_OK)
            status = quo_scorelaw_at(&job->law, perils, run, &job->now, &out->loss);
    }
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++)
        if (perils >> p & 1u) {
            out->log[p] = quo_scorejob_log(job, run, p);
            out->relativity[p] = quo_scale_loss(job->scale, &job->mean[p], &run->raw[p]);
        }
    return status;
}

static void add_effect(const struct quo_scorejob *job, int c, int p, const struct side *worst, const struct side *best,
                       struct quo_peril_score *s)
{
    const double top = quo_scorejob_log(job, &job->best, p), bottom = quo_scorejob_log(job, &job->worst, p);
    const double without = worst->loss.alone[p];
    s->control[s->n_controls++] =
        (struct quo_control_effect){.control = c,
                                    .multiplier = without > 0.0 ? job->now.alone[p] / without : 1.0,
                                    .score_if_best = quo_perilscore_between(bottom, best->log[p], top),
                                    .score_if_worst = quo_perilscore_between(bottom, worst->log[p], top),
                                    .relativity_if_best = best->relativity[p],
                                    .relativity_if_worst = worst->relativity[p]};
}

/* Each control alone: taken away, and at its best. */
enum quo_status quo_scorecontrols_fill(struct quo_scorejob *job, struct quo_score *score)
{
    const struct quo_scale *scale = job->scale;
    struct side worst = {.log = {0.0}}, best = worst;
    quo_scorejob_stand(job, QUO_STAND_OWN);
    for (size_t c = 0; c < job->exponents.n; c++) {
        if (job->exponents.out[c])
            continue;
        /* Those that the catalogue names, and those that it reaches through keys, delays and caps: listed where it moves them. */
        const quo_peril_set named = scale->catalogue->control[c].perils & QUO_SCOREJOB_ALL,
                            perils = named | quo_reach_control(scale, (int)c);
        enum quo_status status = look(job, c, QUO_STAND_WORST, perils, &worst);
        if (status == QUO_OK)
            status = look(job, c, QUO_STAND_BEST, perils, &best);
        if (status)
            return status;
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            const double own = quo_scorejob_log(job, &job->own, p);
            const bool moved = perils >> p & 1u && (fabs(best.log[p] - own) > 1e-12 || fabs(worst.log[p] - own) > 1e-12);
            if (moved || named >> p & 1u)
                add_effect(job, (int)c, p, &worst, &best, &score->peril[p]);
        }
        const double saved = job->now.all - best.loss.all, gone = hours(&job->now) - hours(&best.loss);
        score->worth[score->n_worth++] = (struct quo_control_worth){(int)c, worst.loss.all - job->now.all, saved};
        const struct quo_answer *answer = job->exponents.answer[c];
        if (!answer || answer->level < 0)
            score->question[score->n_questions++] =
                (struct quo_question){(int)c, job->now.all > 0.0 ? saved / job->now.all : 0.0, saved, gone};
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        qsort(score->peril[p].control, score->peril[p].n_controls, sizeof *score->peril[p].control, stronger);
    qsort(score->question, score->n_questions, sizeof *score->question, more_to_save);
    return QUO_OK;
}

enum quo_status quo_scorecontrols_as_market(struct quo_scorejob *job, struct quo_score *score)
{
    struct quo_typical typical;
    struct quo_scorelaw_loss then = {.all = 0.0};
    const struct quo_exponents own = job->exponents;
    double of[QUO_PERILS];
    enum quo_status status = quo_typical_fill(job->protocol, job->scale->market, own.n, &typical);
    if (status)
        return status;
    quo_effects_exponents(job->scale->catalogue, &typical.protocol, &job->exponents);
    quo_scorejob_stand(job, QUO_STAND_OWN);
    status = quo_scorejob_run(job, QUO_SCOREJOB_ALL, NULL, false, true, &job->moved);
    if (status == QUO_OK)
        status = quo_scorelaw_at(&job->law, QUO_SCOREJOB_ALL, &job->moved, &job->now, &then);
    job->exponents = own;
    quo_typical_free(&typical);
    if (status)
        return status;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_score *s = &score->peril[p];
        const double loss = quo_scorejob_log(job, &job->moved, p);
        of[p] = quo_perilscore_between(log(s->worst), loss, log(s->best));
        score->as_market.loss[p] = exp(loss);
    }
    score->as_market.overall = quo_perilscore_mean(job->stake, of);
    score->as_market.grade = quo_scorejob_grade(job, score->as_market.overall);
    score->as_market.loss_share = job->now.all > 0.0 ? then.all / job->now.all : 1.0;
    return QUO_OK;
}
