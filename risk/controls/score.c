#include "risk/controls/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "risk/controls/knockout.h"
#include "risk/controls/moves.h"
#include "risk/controls/perilscore.h"
#include "risk/controls/reach.h"
#include "risk/controls/scale.h"
#include "risk/controls/showing.h"
#include "risk/controls/typical.h"

#define ALL_PERILS (((quo_peril_set)1 << QUO_COVERED_PERILS) - 1)

/* One protocol being scored. */
struct job {
    const struct quo_scale *scale;
    const struct quo_protocol *protocol;
    struct quo_exponents exponents;
    struct quo_scale_mean own_mean[QUO_PERILS];
    const struct quo_scale_mean *mean;
    struct quo_quorum_set work;
    struct quo_run own, best, worst, moved, step[2];
    unsigned char control[QUO_CONTROLS_MAX], domain[QUO_DOMAINS_MAX];
    double weight[QUO_PERILS]; /* of a peril's relativity in a sum of losses */
    double stake[QUO_PERILS];  /* of a peril's score in a mean of scores */
};

/* ln of the expected loss, caps included. */
static double log_loss(const struct job *job, const struct quo_run *run, int p)
{
    return log(quo_scale_loss(job->scale, &job->mean[p], &run->raw[p]) * run->cap_factor[p]);
}

static enum quo_status start(struct job *job, const struct quo_protocol *protocol, const struct quo_scale *scale)
{
    job->scale = scale;
    job->protocol = protocol;
    quo_effects_exponents(scale->catalogue, protocol, &job->exponents);
    return quo_scale_mean_of(scale, &job->exponents, job->own_mean, &job->mean);
}

static enum quo_status run_at(struct job *job, quo_peril_set perils, const struct quo_run *before, bool same_quorum,
                              bool factors, struct quo_run *out)
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
                                            .work = &job->work};
    return quo_scale_run(job->scale, &request, out);
}

static void set_stand(struct job *job, enum quo_stand stand)
{
    quo_scale_stand(job->scale, stand, job->control, job->domain);
}

static void normalise(const struct job *job, int p, struct quo_relativity *out)
{
    quo_scale_normalise(job->scale, &job->mean[p], &job->own.raw[p], out);
    out->n_caps = job->own.n_caps[p];
    memcpy(out->cap, job->own.cap[p], sizeof out->cap);
}

enum quo_status quo_score_relativities(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                       struct quo_relativity out[QUO_PERILS])
{
    struct job *job = malloc(sizeof *job);
    if (!job)
        return QUO_MACHINE;
    memset(&job->work, 0, sizeof job->work);
    enum quo_status status = start(job, protocol, scale);
    set_stand(job, QUO_STAND_OWN);
    if (status == QUO_OK)
        status = run_at(job, ALL_PERILS, NULL, false, false, &job->own);
    for (int p = 0; p < QUO_PERILS; p++) {
        out[p] = (struct quo_relativity){
            .frequency = 1.0, .severity = 1.0, .duration = 1.0, .recovery = 1.0, .secondary = 1.0};
        if (status == QUO_OK && p < QUO_COVERED_PERILS)
            normalise(job, p, &out[p]);
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
    s->n_caps = r->n_caps;
    memcpy(s->cap, r->cap, sizeof s->cap);
}

void quo_score_put(struct quo_score *score, const struct quo_relativity r[QUO_PERILS])
{
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        put_one(&score->peril[p], &r[p]);
}

static char grade_of(const struct job *job, double overall)
{
    const double *from = job->scale->catalogue->grade_from;
    return (char)('A' + (overall < from[0]) + (overall < from[1]) + (overall < from[2]) + (overall < from[3]));
}

static void fill_perils(struct job *job, struct quo_score *score)
{
    double of[QUO_PERILS] = {0.0};
    for (int p = 0; p < QUO_PERILS; p++) {
        struct quo_peril_score *s = &score->peril[p];
        s->peril = (enum quo_peril)p;
        s->frequency = s->severity = s->duration = s->recovery = s->secondary = s->relativity = s->cap_factor = 1.0;
        if (p >= QUO_COVERED_PERILS)
            continue;
        struct quo_relativity r;
        normalise(job, p, &r);
        put_one(s, &r);
        s->cap_factor = job->own.cap_factor[p];
        s->worst = exp(log_loss(job, &job->worst, p));
        s->best = exp(log_loss(job, &job->best, p));
        s->score =
            quo_perilscore_between(log_loss(job, &job->worst, p), log_loss(job, &job->own, p), log_loss(job, &job->best, p));
        of[p] = s->score;
    }
    score->overall = quo_perilscore_mean(job->stake, of);
    score->grade = grade_of(job, score->overall);
}

/* Score of one domain: only its controls, and what is written out that belongs to it, move between worst and best. */
static enum quo_status score_domain(struct job *job, size_t d, double *score)
{
    const bool same = !job->scale->domain_feeds_quorum[d];
    double worst[QUO_COVERED_PERILS], total = 0.0, weights = 0.0;
    set_stand(job, QUO_STAND_OWN);
    quo_scale_move(job->scale, (int)d, QUO_STAND_WORST, job->control, job->domain);
    enum quo_status status = run_at(job, ALL_PERILS, &job->own, same, true, &job->moved);
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++)
        worst[p] = log_loss(job, &job->moved, p);
    if (status == QUO_OK) {
        quo_scale_move(job->scale, (int)d, QUO_STAND_BEST, job->control, job->domain);
        status = run_at(job, ALL_PERILS, &job->own, same, true, &job->moved);
    }
    for (int p = 0; status == QUO_OK && p < QUO_COVERED_PERILS; p++) {
        const double best = log_loss(job, &job->moved, p);
        const double one = quo_perilscore_between(worst[p], log_loss(job, &job->own, p), best);
        /* A peril that the domain hardly moves says little of it: weighed by what is at stake. */
        const double weight = isnan(one) ? 0.0 : job->stake[p] * (worst[p] - best);
        total += weight > 0.0 ? weight * one : 0.0;
        weights += weight;
    }
    *score = weights > 0.0 ? total / weights : NAN;
    return status;
}

/* Expected loss over all perils at the market's weights. */
static double weighted(const struct job *job, const double loss[QUO_PERILS])
{
    double sum = 0.0;
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        sum += job->weight[p] * loss[p];
    return sum;
}

/* Whether some control of the domain is asked of this protocol: only another domain may concern it in nothing. */
static bool asked(const struct job *job, size_t d)
{
    bool any = false;
    for (size_t c = 0; c < job->exponents.n; c++)
        any |= job->scale->catalogue->control[c].domain_index == (int)d && !job->exponents.out[c];
    return any;
}

/* Domains let in one after the other, here and in the market: the ratio of the two steps is the domain's factor, and the product
 * of all is the relativity of the expected loss. That a protocol is a bridge or none is the bridge domain's. */
static enum quo_status fill_domains(struct job *job, bool scores, struct quo_score *score)
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
            set_stand(job, QUO_STAND_WORST);
            for (size_t d = 0; d < k; d++)
                quo_scale_move(scale, (int)d, QUO_STAND_OWN, job->control, job->domain);
            if (status == QUO_OK)
                status = run_at(job, ALL_PERILS, run, !scale->domain_feeds_quorum[k - 1], false, &job->step[k % 2]);
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

static int stronger(const void *a, const void *b)
{
    const double x = ((const struct quo_control_effect *)a)->multiplier,
                 y = ((const struct quo_control_effect *)b)->multiplier;
    return x < y   ? -1
           : x > y ? 1
                   : ((const struct quo_control_effect *)a)->control - ((const struct quo_control_effect *)b)->control;
}

static int larger_share(const void *a, const void *b)
{
    const double x = ((const struct quo_question *)a)->share, y = ((const struct quo_question *)b)->share;
    return x > y   ? -1
           : x < y ? 1
                   : ((const struct quo_question *)a)->control - ((const struct quo_question *)b)->control;
}

/* Each control alone: taken away (its multiplier), and at its best. */
static enum quo_status fill_controls(struct job *job, struct quo_score *score)
{
    const struct quo_scale *scale = job->scale;
    double all = 0.0;
    set_stand(job, QUO_STAND_OWN);
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        all += job->weight[p] * score->peril[p].relativity * score->peril[p].cap_factor;
    for (size_t c = 0; c < job->exponents.n; c++) {
        if (job->exponents.out[c])
            continue;
        /* Those that the catalogue names, and those that it reaches through keys, delays and caps: listed where it moves them. */
        const quo_peril_set named = scale->catalogue->control[c].perils & ALL_PERILS,
                            perils = named | quo_reach_control(scale, (int)c);
        const bool same = !scale->feeds_quorum[c];
        double without[QUO_COVERED_PERILS] = {0.0}, worse[QUO_COVERED_PERILS] = {0.0}, saved = 0.0;
        job->control[c] = QUO_STAND_WORST;
        enum quo_status status = run_at(job, perils, &job->own, same, true, &job->moved);
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            if (perils >> p & 1u) {
                without[p] = log_loss(job, &job->moved, p);
                worse[p] = quo_scale_loss(scale, &job->mean[p], &job->moved.raw[p]);
            }
        job->control[c] = QUO_STAND_BEST;
        if (status == QUO_OK)
            status = run_at(job, perils, &job->own, same, true, &job->moved);
        job->control[c] = QUO_STAND_OWN;
        if (status)
            return status;
        for (int p = 0; p < QUO_COVERED_PERILS; p++) {
            struct quo_peril_score *s = &score->peril[p];
            if (!(perils >> p & 1u))
                continue;
            const double own = log_loss(job, &job->own, p), best = log_loss(job, &job->moved, p);
            const double top = log_loss(job, &job->best, p), bottom = log_loss(job, &job->worst, p);
            if (!(named >> p & 1u) && !(fabs(best - own) > 1e-12 || fabs(without[p] - own) > 1e-12))
                continue;
            s->control[s->n_controls++] = (struct quo_control_effect){
                .control = (int)c,
                .multiplier = exp(own - without[p]),
                .score_if_best = quo_perilscore_between(bottom, best, top),
                .score_if_worst = quo_perilscore_between(bottom, without[p], top),
                .relativity_if_best = quo_scale_loss(scale, &job->mean[p], &job->moved.raw[p]),
                .relativity_if_worst = worse[p]};
            saved += job->weight[p] * s->relativity * s->cap_factor * -expm1(best - own);
        }
        const struct quo_answer *answer = job->exponents.answer[c];
        if (!answer || answer->level < 0)
            score->question[score->n_questions++] = (struct quo_question){(int)c, all > 0.0 ? saved / all : 0.0, saved};
    }
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        qsort(score->peril[p].control, score->peril[p].n_controls, sizeof *score->peril[p].control, stronger);
    qsort(score->question, score->n_questions, sizeof *score->question, larger_share);
    return QUO_OK;
}

/* Every unanswered question answered as the market's typical protocol of its kind would. */
static enum quo_status fill_as_market(struct job *job, struct quo_score *score)
{
    struct quo_typical typical;
    const struct quo_exponents own = job->exponents;
    double of[QUO_PERILS], now = 0.0, then = 0.0;
    enum quo_status status = quo_typical_fill(job->protocol, job->scale->market, own.n, &typical);
    if (status)
        return status;
    quo_effects_exponents(job->scale->catalogue, &typical.protocol, &job->exponents);
    set_stand(job, QUO_STAND_OWN);
    status = run_at(job, ALL_PERILS, NULL, false, true, &job->moved);
    job->exponents = own;
    quo_typical_free(&typical);
    if (status)
        return status;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        const struct quo_peril_score *s = &score->peril[p];
        const double loss = log_loss(job, &job->moved, p);
        of[p] = quo_perilscore_between(log(s->worst), loss, log(s->best));
        score->as_market.loss[p] = exp(loss);
        now += job->weight[p] * s->relativity * s->cap_factor;
        then += job->weight[p] * exp(loss);
    }
    score->as_market.overall = quo_perilscore_mean(job->stake, of);
    score->as_market.grade = grade_of(job, score->as_market.overall);
    score->as_market.loss_share = now > 0.0 ? then / now : 1.0;
    return QUO_OK;
}

static bool make_room(struct quo_score *score, const struct quo_catalogue *catalogue, unsigned parts)
{
    score->n_domains = catalogue->n_domains;
    score->domain = calloc(catalogue->n_domains + 1, sizeof *score->domain);
    if (!(parts & QUO_SCORE_CONTROLS))
        return score->domain != NULL;
    score->question = calloc(catalogue->n_controls + 1, sizeof *score->question);
    bool made = score->domain && score->question;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        score->peril[p].control = calloc(catalogue->n_controls + 1, sizeof *score->peril[p].control);
        made &= score->peril[p].control != NULL;
    }
    return made;
}

/* The protocol at its worst, at its best and as it is: the perils' scores and the overall one. */
static enum quo_status run_stands(struct job *job, const double *peril_weight, struct quo_score *score)
{
    struct quo_run *const runs[] = {&job->worst, &job->best, &job->own};
    static const enum quo_stand stands[] = {QUO_STAND_WORST, QUO_STAND_BEST, QUO_STAND_OWN};
    for (int i = 0; i < 3; i++) {
        set_stand(job, stands[i]);
        const enum quo_status status = run_at(job, ALL_PERILS, NULL, false, true, runs[i]);
        if (status)
            return status;
    }
    quo_perilscore_losses(job->protocol, job->scale, peril_weight, job->weight);
    quo_perilscore_weights(job->protocol, job->scale, peril_weight, job->stake);
    fill_perils(job, score);
    return QUO_OK;
}

enum quo_status quo_score_overall(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                  const double *peril_weight, double *overall)
{
    struct job *job = calloc(1, sizeof *job);
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

/* What is asked for beyond the perils' scores. */
static enum quo_status fill_parts(struct job *job, unsigned parts, struct quo_score *score)
{
    const bool controls = parts & QUO_SCORE_CONTROLS;
    enum quo_status status = controls ? fill_controls(job, score) : QUO_OK;
    if (status == QUO_OK && controls)
        status = fill_as_market(job, score);
    if (status == QUO_OK)
        status = fill_domains(job, parts & QUO_SCORE_DOMAINS, score);
    set_stand(job, QUO_STAND_OWN);
    if (status == QUO_OK && controls)
        status = quo_showing_values(&job->own, job->mean, score);
    if (status == QUO_OK && parts & QUO_SCORE_SETS)
        status = quo_showing_sets(&job->own, &job->work, score);
    if (status == QUO_OK && parts & QUO_SCORE_SETS)
        status = quo_moves_fill(job->scale, &job->own, job->mean, job->weight, &job->work, score);
    return status;
}

enum quo_status quo_score_parts(const struct quo_protocol *protocol, const struct quo_scale *scale,
                                const double *peril_weight, unsigned parts, struct quo_score **out)
{
    *out = NULL;
    struct job *job = calloc(1, sizeof *job);
    struct quo_score *score = calloc(1, sizeof *score);
    enum quo_status status = job && score && make_room(score, scale->catalogue, parts) ? QUO_OK : QUO_MACHINE;
    if (status == QUO_OK)
        status = start(job, protocol, scale);
    if (status == QUO_OK)
        status = run_stands(job, peril_weight, score);
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
    free(score->knockout);
    free(score);
}
