/* Any bytes as a filled answer sheet for the example's protocol. A sheet that is refused leaves the protocol as it was; what is accepted
 * is possible and has a score. */
#include "bytes.h"

#include <math.h>
#include <stdlib.h>
#include "risk/controls/answersheet.h"

static struct quo_protocol *example(void)
{
    static const char text[] = "protocol = { id = \"p\"; exposure_usd = 1e8; answers = (\n"
                               "  { control = \"KM-02\"; level = 3; evidence = 2; note = \"seen\"; },\n"
                               "  { control = \"GA-01\"; not_applicable = true; reason = \"no token\"; } ); };";
    struct quo_config *config;
    struct quo_protocol *protocol = NULL;
    assert(quo_config_open_text(text, strlen(text), "p.cfg", &config, NULL) == QUO_OK);
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "protocol", true);
    assert(quo_protocol_read(group, bytes_catalogue(), &protocol, NULL) == QUO_OK);
    quo_config_close(config);
    return protocol;
}

static void check_answers(const struct quo_protocol *p)
{
    bool seen[QUO_CONTROLS_MAX] = {false};
    assert(p->n_answers >= 2 && p->n_answers <= bytes_catalogue()->n_controls);
    for (size_t i = 0; i < p->n_answers; i++) {
        const struct quo_answer *a = &p->answer[i];
        assert(a->control >= 0 && (size_t)a->control < bytes_catalogue()->n_controls && !seen[a->control]);
        assert(a->level >= -1 && a->level < QUO_LEVELS && a->evidence >= 0 && a->evidence < QUO_EVIDENCE_GRADES);
        assert(!(a->coverage < 0.0) && !(a->coverage > 1.0) && !(a->reliability < 0.0) && !(a->reliability > 1.0));
        assert(a->age_months >= -1 && !(a->not_applicable && !a->reason));
        seen[a->control] = true;
    }
    struct quo_score *score;
    assert(quo_score_protocol(p, bytes_scale(), NULL, &score) == QUO_OK);
    assert(score->overall >= 0.0 && score->overall <= 100.0);
    quo_score_free(score);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[48];
    const int fd = bytes_file(data, size, path);
    struct quo_protocol *protocol = example();
    struct quo_faults faults;
    quo_faults_init(&faults);
    const struct quo_answer *before = protocol->answer;
    const enum quo_status status = quo_answersheet_read(path, bytes_catalogue(), protocol, &faults);
    assert((status == QUO_OK) == (quo_faults_refusals(&faults) == 0));
    assert(status == QUO_OK || (protocol->answer == before && protocol->n_answers == 2));
    check_answers(protocol);
    quo_protocol_free(protocol);
    quo_faults_free(&faults);
    close(fd);
    return 0;
}
