/* risk/controls/scorejob.h -- one protocol being scored. Inside of the score: score.c, scorecontrols.c. */
#ifndef QUO_SCOREJOB_H
#define QUO_SCOREJOB_H

#include "risk/controls/scorelaw.h"

#define QUO_SCOREJOB_ALL (((quo_peril_set)1 << QUO_COVERED_PERILS) - 1)

struct quo_scorejob {
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
    struct quo_scorelaw law;
    struct quo_scorelaw_loss now; /* as it stands */
};

/* At the job's stands. */
enum quo_status quo_scorejob_run(struct quo_scorejob *job, quo_peril_set perils, const struct quo_run *before,
                                 bool same_quorum, bool factors, struct quo_run *out);
void quo_scorejob_stand(struct quo_scorejob *job, enum quo_stand stand);
/* ln of the expected loss against the market's, caps included on the reference law: what scores are read off. */
double quo_scorejob_log(const struct quo_scorejob *job, const struct quo_run *run, int peril);
char quo_scorejob_grade(const struct quo_scorejob *job, double overall);
#endif
