#include "risk/controls/typical.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRADES 5 /* levels 0..4, evidence grades 0..4 */

/* The lowest grade at or below which half of the weight lies: of two middle ones the worse. */
static int weighted_median(const double weight[GRADES])
{
    double total = 0.0, below = 0.0;
    for (int g = 0; g < GRADES; g++)
        total += weight[g];
    for (int g = 0; g < GRADES; g++) {
        below += weight[g];
        if (below >= 0.5 * total)
            return g;
    }
    return 0;
}

static bool known(const struct quo_answer *answer) { return answer && (answer->level >= 0 || answer->not_applicable); }

/* The answer to one control of the market's protocols of the same kind, bridges or not; false where half of them have none above level 0. */
static bool typical_answer(const struct quo_market *market, bool bridge, int control, struct quo_answer *out)
{
    double level[GRADES] = {0.0}, evidence[GRADES] = {0.0};
    for (size_t i = 0; i < market->n_profiles; i++) {
        const struct quo_profile *profile = &market->profile[i];
        const struct quo_answer *answer = quo_protocol_answer(profile->protocol, control);
        if (profile->protocol->bridge != bridge || (answer && answer->not_applicable))
            continue;
        const int grade = answer && answer->level > 0 ? answer->level : 0;
        level[grade] += profile->weight;
        if (grade)
            evidence[answer->evidence] += profile->weight;
    }
    const int typical = weighted_median(level);
    *out = (struct quo_answer){.control = control,
                               .level = typical,
                               .evidence = weighted_median(evidence),
                               .coverage = NAN,
                               .reliability = NAN,
                               .age_months = -1};
    return typical > 0;
}

enum quo_status quo_typical_fill(const struct quo_protocol *protocol, const struct quo_market *market,
                                 size_t n_controls, struct quo_typical *out)
{
    *out = (struct quo_typical){.protocol = *protocol};
    struct quo_protocol *p = &out->protocol;
    p->answer = malloc((protocol->n_answers + n_controls) * sizeof *p->answer);
    if (!p->answer)
        return QUO_MACHINE;
    p->n_answers = 0;
    for (size_t i = 0; i < protocol->n_answers; i++)
        if (known(&protocol->answer[i]))
            p->answer[p->n_answers++] = protocol->answer[i];
    for (int c = 0; c < (int)n_controls; c++)
        if (!known(quo_protocol_answer(protocol, c)) &&
            typical_answer(market, protocol->bridge, c, &p->answer[p->n_answers])) {
            p->n_answers++;
            out->n_filled++;
        }
    return QUO_OK;
}

void quo_typical_free(struct quo_typical *typical)
{
    free(typical->protocol.answer);
    typical->protocol.answer = NULL;
}
