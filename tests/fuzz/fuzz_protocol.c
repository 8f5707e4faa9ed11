/* Any bytes as a protocol. What is accepted must be possible, with a score between 0 and 100 and relativities above 0. */
#include "bytes.h"

#include <math.h>

static void check_protocol(const struct quo_protocol *p, const struct quo_catalogue *catalogue)
{
    assert(p->id && p->exposure_usd >= 1.0 && isfinite(p->exposure_usd));
    for (size_t i = 0; i < p->n_answers; i++) {
        const struct quo_answer *a = &p->answer[i];
        assert(a->control >= 0 && (size_t)a->control < catalogue->n_controls && a->level >= -1 &&
               a->level < QUO_LEVELS);
        assert(a->evidence >= 0 && a->evidence < QUO_EVIDENCE_GRADES && !(a->not_applicable && !a->reason));
    }
    for (size_t s = 0; s < p->n_signer_sets; s++) {
        const struct quo_signer_set *set = &p->signer_set[s];
        assert(set->n_signers >= 1 && set->n_signers <= QUO_SIGNERS_MAX && set->threshold >= 1 &&
               (size_t)set->threshold <= set->n_signers);
        for (size_t j = 0; j < set->n_signers; j++)
            for (size_t g = 0; g < set->signer[j].n_groups; g++)
                assert(set->signer[j].group[g] >= 0 && (size_t)set->signer[j].group[g] < set->n_group_names);
    }
}

static void check_score(const struct quo_protocol *p, const struct quo_scale *scale)
{
    struct quo_relativity r[QUO_PERILS];
    struct quo_score *score;
    const enum quo_status status = quo_score_relativities(p, scale, r);
    assert(status == QUO_OK);
    for (int k = 0; k < QUO_COVERED_PERILS; k++)
        assert(r[k].frequency > 0.0 && r[k].severity > 0.0 && r[k].duration > 0.0 &&
               isfinite(r[k].frequency * r[k].severity * r[k].duration));
    assert(quo_score_protocol(p, scale, NULL, &score) == QUO_OK);
    assert(score->overall >= 0.0 && score->overall <= 100.0);
    quo_score_free(score);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_protocol *protocol = NULL;
    quo_faults_init(&faults);
    enum quo_status status = quo_config_open_text(size ? (const char *)data : "", size, "f.cfg", &config, &faults);
    if (status == QUO_OK) {
        const struct quo_setting *group = quo_setting_group(quo_config_root(config), "protocol", true);
        status = group ? quo_protocol_read(group, bytes_catalogue(), &protocol, &faults) : QUO_REFUSED;
        const enum quo_status finish = quo_config_finish(config); /* faults of the file itself are told there */
        if (protocol && finish) {
            quo_protocol_free(protocol);
            protocol = NULL;
            status = finish;
        }
    }
    assert((status == QUO_OK) == (protocol != NULL));
    assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    if (protocol) {
        check_protocol(protocol, bytes_catalogue());
        check_score(protocol, bytes_scale());
    }
    quo_protocol_free(protocol);
    quo_config_close(config);
    quo_faults_free(&faults);
    return 0;
}
