#include "pricing/clausefactor.h"

#include <math.h>

double quo_clausefactor_holds(const struct quo_clauses *clauses)
{
    /* Read off the wordings' scope: 5564 takes all cyber operations out, 5565 sublimits them, 5566 needs war or a major
     * detriment to a state, 5567 also covers bystanders. Form B has no attribution wording: harder to invoke. Judgements. */
    static const double by_clause[] = {[QUO_CLAUSE_NONE] = 0.0,
                                       [QUO_CLAUSE_5564] = 0.9,
                                       [QUO_CLAUSE_5565] = 0.9,
                                       [QUO_CLAUSE_5566] = 0.25,
                                       [QUO_CLAUSE_5567] = 0.1};
    if (clauses->state_actor == QUO_CLAUSE_NONE)
        return 0.0;
    if (!isnan(clauses->state_clause_holds))
        return clauses->state_clause_holds;
    return by_clause[clauses->state_actor] * (clauses->attribution ? 1.0 : 0.6);
}

double quo_clausefactor_keeps(const struct quo_clauses *clauses, const struct quo_peril_model *model,
                              const struct quo_losstable *money, double from_usd)
{
    const double holds = quo_clausefactor_holds(clauses);
    const double *right = money->right[model->peril], *left = money->left[model->peril];
    if (holds == 0.0 || !right || (model->attribution_a == 0.0 && model->attribution_b == 0.0))
        return 1.0;
    double attributed = 0.0, all = 0.0;
    for (size_t i = 0; i < money->n; i++) {
        if (money->x[i] < from_usd)
            continue;
        /* Events in the cell that begins here, and the atom that sits here. */
        const double mass = (i + 1 < money->n ? right[i] - left[i + 1] : right[i]) + (left[i] - right[i]);
        const double size = i + 1 < money->n ? sqrt(money->x[i] * money->x[i + 1]) : money->x[i];
        all += mass;
        attributed += mass / (1.0 + exp(-(model->attribution_a + model->attribution_b * log(size))));
    }
    return all > 0.0 ? 1.0 - holds * attributed / all : 1.0;
}
