#include "risk/controls/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/knockout.h"
#include "risk/controls/moves.h"
#include "risk/controls/perilscore.h"
#include "risk/controls/scorecontrols.h"
#include "risk/controls/showing.h"

/* Of its perils' scores and all the rest. */
static enum quo_status start(struct quo_scorejob *job, const struct quo_protocol *protocol, const struct quo_scale *scale)
{
    job->scale = scale;
    job->protocol = protocol;
    quo_effects_exponents(scale->catalogue, protocol, &job->exponents);
    return quo_scale_mean_of(scale, &job->exponents, job->own_mean, &job->mean);
}

double quo_scorejob_log(const struct quo_scorejob *job, const struct quo_run *run, int p)
{
    return log(quo_scale_loss(job->scale, &job->mean[p], &run->raw[p]) * run->cap_factor[p]);
}

enum quo_status quo_scorejob_run(struct quo_scorejob *job, quo_peril_set perils, const struct quo_run *before,
                                 bool same_quorum, bool factors, struct quo_run *out)
{
    const struct quo_run_request request = {.protocol = job->protocol,
                                            .exponents = &job->exponents,
                                            .control = job->control,
                                            .domain = job->domain,
                                            .perils = perils,
                                            .before = before,
                                            .same_quorum = same_quorum,
                                            .caps = true,
                                            .factors = factors,
                                            .mean = job->mean,
                                            .work = &job->work};
    return quo_scale_run(job->scale, &request, out);
}

void quo_scorejob_stand(struct quo_scorejob *job, enum quo_stand stand)
{
    quo_scale_stand(job->scale, stand, job->control, job->domain);
}

char quo_scorejob_grade(const struct quo_scorejob *job, double overall)
{
    const double *from = job->scale->catalogue->grade_from;
    return (char)('A' + (overall < from[0]) + (overall < from[1]) + (overall < from[2]) + (overall < from[3]));
}

enum quo_status quo_score_relativities(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                       struct quo_relativity out[QUO_PERILS])
{
    struct quo_scorejob *job = malloc(sizeof *job);
    if (!job)
        return QUO_MACHINE;
    memset(&job->work, 0, sizeof job->work);
    enum quo_status status = start(job, protocol, scale);
    quo_scorejob_stand(job, QUO_STAND_OWN);
    if (status == QUO_OK)
        status = quo_scorejob_run(job, QUO_SCOREJOB_ALL, NULL, false, false, &job->own);
    for (int p = 0; p < QUO_PERILS; p++) {
        out[p] = (struct quo_relativity){
            .frequency = 1.0, .severity = 1.0, .duration = 1.0, .recovery = 1.0, .secondary = 1.0};
        if (status == QUO_OK && p < QUO_COVERED_PERILS)
            quo_scale_relativity(scale, &job->mean[p], &job->own, (enum quo_peril)p, &out[p]);
    }
    quo_quorum_free(&job->work);
    free(job);
    return status;
}

static void put_one(struct quo_peril_score *s, const struct quo_relativity *r)
{
    s->frequency = r->frequency;
    s->severity = r->severity;
    s->duration = r->duration;
    s->recovery = r->recovery;
    s->secondary = r->secondary;
    s->relativity = r->frequency * r->severity * r->duration;
    s->outflow = r->outflow;
}

void quo_score_put(struct quo_score *score, const struct quo_relativity r[QUO_PERILS])
{
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        put_one(&score->peril[p], &r[p]);
}

static void fill_perils(struct quo_scorejob *job, struct quo_score *score)
{
    double of[QUO_PERILS] = {0.0};
    for (int p = 0; p < QUO_PERILS; p++) {
        struct quo_peril_score *s = &score->peril[p];
        s->peril = (enum quo_peril)p;
        s->frequency = s->severity = s->duration = s->recovery = s->secondary = s->relativity = s->cap_factor = 1.0;
        if (p >= QUO_COVERED_PERILS)
            continue;
        struct quo_relativity r;
        quo_scale_relativity(job->scale, &job->mean[p], &job->own, (enum quo_peril)p, &r);
        put_one(s, &r);
        s->cap_factor = job->own.cap_factor[p];
        s->worst = exp(quo_scorejob_log(job, &job->worst, p));
        s->best = exp(quo_scorejob_log(job, &job->best, p));
        s->score =
            quo_perilscore_between(quo_scorejob_log(job, &job->worst, p), quo_scorejob_log(job, &job->own, p), quo_scorejob_log(job, &job->best, p));
        of[p] = s->score;
    }
    score->overall = quo_perilscore_mean(job->stake, of);
    score->grade = quo_scorejob_grade(job, score->overall);
}

/* Score of one domain: only its controls, and what is written out that belongs to it, move between worst and best. */
static enum quo_status score_domain(struct quo_scorejob *job, size_t d, double *score)
{
    const bool same = !job->scale->domain_feeds_quorum[d];
    double worst[QUO_COVERED_PERILS], total = 0.0, weights = 0.0;
    quo_scorejob_stand(job, QUO_STAND_OWN);
    quo_scale_move(job->scale, (int)d, QUO_STAND_WORST, job->control, job->domain);
    enum quo_status status = quo_scorejob_run(job, QUO_SCOREJOB_ALL, &job->own, same, true, &job->moved);
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++)
        worst[p] = quo_scorejob_log(job, &job->moved, p);
    if (status == QUO_OK) {
        quo_scale_move(job->scale, (int)d, QUO_STAND_BEST, job->control, job->domain);
        status = quo_scorejob_run(job, QUO_SCOREJOB_ALL, &job->own, same, true, &job->moved);
    }
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++) {
        const double best = quo_scorejob_log(job, &job->moved, p);
        const double one = quo_perilscore_between(worst[p], quo_scorejob_log(job, &job->own, p), best);
        /* A peril that the domain hardly moves says little of it: weighed by what is at stake. */
        const double weight = isnan(one) ? 0.0 : job->stake[p] * (worst[p] - best);
        total += weight > 0.0 ? weight * one : 0.0;
        weights += weight;
    }
    *score = weights > 0.0 ? total / weights : NAN;
    return status;
}

/* Expected loss over all perils at the market's weights. */
static double weighted(const struct quo_scorejob *job, const double loss[QUO_PERILS])
{
    double sum = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        sum += job->weight[p] * loss[p];
    return sum;
}

/* Whether some control of the domain is asked of this protocol: only another domain may concern it in nothing. */
static bool asked(const struct quo_scorejob *job, size_t d)
{
    bool any = false;
    for (size_t c = 0; c < job->exponents.n; c++)
        any |= job->scale->catalogue->control[c].domain_index == (int)d && !job->exponents.out[c];
    return any;
}

/* Domains let in one after the other, here and in the market: the ratio of the two steps is the domain's factor, and the product
 * of all is the relativity of the expected loss. That a protocol is a bridge or none is the bridge domain's. */
static enum quo_status fill_domains(struct quo_scorejob *job, bool scores, struct quo_score *score)
{
    const struct quo_scale *scale = job->scale;
    const struct quo_run *run = &job->worst;
    double before = 1.0, market_before = 1.0, kind = 1.0;
    for (size_t k = 0; k <= score->n_domains; k++) {
        double loss[QUO_PERILS] = {0.0};
        enum quo_status status = QUO_OK;
        if (k > 0 && (scores || !asked(job, k - 1)))
            status = score_domain(job, k - 1, &score->domain[k - 1].score);
        if (k > 0 && k < score->n_domains) { /* none let in: the worst; all: as it is */
            quo_scorejob_stand(job, QUO_STAND_WORST);
            for (size_t d = 0; d < k; d++)
                quo_scale_move(scale, (int)d, QUO_STAND_OWN, job->control, job->domain);
            if (status == QUO_OK)
                status = quo_scorejob_run(job, QUO_SCOREJOB_ALL, run, !scale->domain_feeds_quorum[k - 1], false, &job->step[k % 2]);
            run = &job->step[k % 2];
        }
        if (k == score->n_domains)
            run = &job->own;
        if (status)
            return status;
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            loss[p] = quo_scale_loss(scale, &job->mean[p], &run->raw[p]);
        const double now = weighted(job, loss), market_now = weighted(job, scale->known.sequence[k]);
        if (k == 0) {
            kind = now / market_now;
        } else {
            score->domain[k - 1].domain = (int)k - 1;
            score->domain[k - 1].factor = (now / before) / (market_now / market_before);
            if ((int)k - 1 == scale->inputs.br)
                score->domain[k - 1].factor *= kind;
        }
        before = now;
        market_before = market_now;
    }
    return QUO_OK;
}

static bool make_room(struct quo_score *score, const struct quo_catalogue *catalogue, unsigned parts)
{
    score->n_domains = catalogue->n_domains;
    score->domain = calloc(catalogue->n_domains + 1, sizeof *score->domain);
    if (!(parts & QUO_SCORE_CONTROLS))
        return score->domain != NULL;
    score->question = calloc(catalogue->n_controls + 1, sizeof *score->question);
    score->worth = calloc(catalogue->n_controls + 1, sizeof *score->worth);
    bool made = score->domain && score->question && score->worth;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        score->peril[p].control = calloc(catalogue->n_controls + 1, sizeof *score->peril[p].control);
        made &= score->peril[p].control != NULL;
    }
    return made;
}

/* The protocol at its worst, at its best and as it is: the perils' scores and the overall one. */
static enum quo_status run_stands(struct quo_scorejob *job, const double *peril_weight, struct quo_score *score)
{
    struct quo_run *const runs[] = {&job->worst, &job->best, &job->own};
    static const enum quo_stand stands[] = {QUO_STAND_WORST, QUO_STAND_BEST, QUO_STAND_OWN};
    for (int i = 0; i < 3; i++) {
        quo_scorejob_stand(job, stands[i]);
        const enum quo_status status = quo_scorejob_run(job, QUO_SCOREJOB_ALL, NULL, false, true, runs[i]);
        if (status)
            return status;
    }
    quo_perilscore_losses(peril_weight, job->weight);
    quo_perilscore_weights(job->protocol, job->scale, peril_weight, job->stake);
    fill_perils(job, score);
    return QUO_OK;
}

enum quo_status quo_score_overall(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  const double *peril_weight, double *overall)
{
    struct quo_scorejob *job = calloc(1, sizeof *job);
    struct quo_score *score = calloc(1, sizeof *score);
    enum quo_status status = job && score ? start(job, protocol, scale) : QUO_MACHINE;
    if (status == QUO_OK)
        status = run_stands(job, peril_weight, score);
    *overall = status == QUO_OK ? score->overall : NAN;
    if (job)
        quo_quorum_free(&job->work);
    free(job);
    free(score);
    return status;
}

/* What the protocol is expected to lose in a year. */
static enum quo_status value(struct quo_scorejob *job, struct quo_score *score)
{
    job->law.protocol = job->protocol;
    job->law.weight = job->weight;
    job->law.shape = quo_catalogue_constant(job->scale->catalogue, "experience_shape");
    const enum quo_status status = quo_scorelaw_start(&job->law, job->scale, job->mean, &job->own, &job->now);
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        score->peril[p].loss = job->now.peril[p];
        score->peril[p].capped = job->now.capped[p];
    }
    score->loss = job->now.all;
    return status;
}

/* What is asked for beyond the perils' scores. */
static enum quo_status fill_parts(struct quo_scorejob *job, unsigned parts, struct quo_score *score)
{
    const bool controls = parts & QUO_SCORE_CONTROLS;
    enum quo_status status = parts & (QUO_SCORE_CONTROLS | QUO_SCORE_SETS) ? value(job, score) : QUO_OK;
    if (status == QUO_OK && controls)
        status = quo_scorecontrols_fill(job, score);
    if (status == QUO_OK && controls)
        status = quo_scorecontrols_as_market(job, score);
    if (status == QUO_OK)
        status = fill_domains(job, parts & QUO_SCORE_DOMAINS, score);
    quo_scorejob_stand(job, QUO_STAND_OWN);
    if (status == QUO_OK && controls)
        status = quo_showing_values(&job->own, job->mean, score);
    if (status == QUO_OK && parts & QUO_SCORE_SETS)
        status = quo_showing_sets(&job->own, &job->work, score);
    if (status == QUO_OK && parts & QUO_SCORE_SETS)
        status = quo_moves_fill(&job->own, &job->law, &job->now, &job->work, score);
    return status;
}

enum quo_status quo_score_valued(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                 const double *peril_weight, const struct quo_model *model, int day, unsigned parts,
                                 struct quo_score **out)
{
    *out = NULL;
    struct quo_scorejob *job = calloc(1, sizeof *job);
    struct quo_score *score = calloc(1, sizeof *score);
    enum quo_status status = job && score && make_room(score, scale->catalogue, parts) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = start(job, protocol, scale);
    if (status == QUO_OK)
        status = run_stands(job, peril_weight, score);
    if (status == QUO_OK) {
        job->law.model = model;
        job->law.day = day;
    }
    if (status == QUO_OK)
        status = fill_parts(job, parts, score);
    if (status == QUO_OK)
        status = quo_knockout_fill(protocol, scale, &job->exponents, score);
    if (status == QUO_OK)
        score->experience_shape = quo_catalogue_constant(scale->catalogue, "experience_shape");
    if (job)
        quo_quorum_free(&job->work);
    free(job);
    if (status) {
        quo_score_free(score);
        return status;
    }
    *out = score;
    return QUO_OK;
}

enum quo_status quo_score_parts(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                const double *peril_weight, unsigned parts, struct quo_score **out)
{
    return quo_score_valued(protocol, scale, peril_weight, NULL, 0, parts, out);
}

enum quo_status quo_score_protocol(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                   const double *peril_weight, struct quo_score **out)
{
    return quo_score_parts(protocol, scale, peril_weight, QUO_SCORE_CONTROLS | QUO_SCORE_SETS | QUO_SCORE_DOMAINS, out);
}

void quo_score_free(struct quo_score *score)
{
    if (!score)
        return;
    for (int p = 0; p < QUO_PERILS; p++) {
        free(score->peril[p].control);
        free(score->peril[p].value);
    }
    for (size_t i = 0; i < score->n_knockouts; i++) {
        free(score->knockout[i].id);
        free(score->knockout[i].why);
    }
    for (size_t i = 0; i < score->n_sets; i++) {
        for (size_t k = 0; k < score->set[i].n_importance; k++)
            free(score->set[i].importance[k].name);
        free(score->set[i].importance);
        free(score->set[i].signer);
        free(score->set[i].group);
    }
    free(score->set);
    free(score->domain);
    free(score->question);
    free(score->worth);
    free(score->knockout);
    free(score);
}
