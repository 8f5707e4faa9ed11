#include "pricing/portfolio/ties.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/signers.h"

/* Share of any rate that stays a protocol's own, whatever its ties claim. Judgement. */
#define OWN_AT_LEAST 0.25

static bool add_tie(struct quo_ties *ties, const char *name, enum quo_tie_event event, enum quo_peril peril,
                    double shock_rate, double part)
{
    if (!(part > 0.0))
        return true;
    part = shock_rate > 0.0 ? part : 0.0; /* one that never fails is a tie still: limits hang on it, a stated disaster strikes it */
    for (size_t i = 0; i < ties->n; i++) {
        struct quo_tie *t = &ties->tie[i];
        if (t->event != event || t->peril != peril || strcmp(t->name, name) != 0)
            continue;
        t->part += part;
        t->shock_rate = fmax(t->shock_rate, shock_rate);
        return true;
    }
    if (ties->n == ties->room) {
        const size_t room = 2 * ties->room + 8;
        struct quo_tie *more = realloc(ties->tie, room * sizeof *more);
        if (!more)
            return false;
        ties->tie = more;
        ties->room = room;
    }
    char *copy = quo_text_copy(name);
    if (copy)
        ties->tie[ties->n++] = (struct quo_tie){copy, event, peril, shock_rate, part};
    return copy != NULL;
}

/* ---- through signers --------------------------------------------------------------------------- */

/* A set as the signer model priced it, from the score's numbers. */
struct rebuilt {
    struct quo_signers set;
    struct quo_signers_member *member;
    struct quo_signers_group *group;
    int unsaid; /* what signers without a word on it share: the group after those that are named */
};

static void drop(struct rebuilt *r)
{
    free(r->member);
    free(r->group);
}

static bool rebuild(const struct quo_catalogue *catalogue, const struct quo_signer_set *from,
                    const struct quo_signer_set_score *score, struct rebuilt *r)
{
    r->member = calloc(from->n_signers + 1, sizeof *r->member);
    r->group = calloc(score->n_groups + 1, sizeof *r->group);
    r->unsaid = (int)from->n_group_names;
    if (!r->member || !r->group)
        return false;
    for (size_t j = 0; j < from->n_signers; j++) {
        const struct quo_storage *storage = quo_catalogue_storage(
            catalogue, from->signer[j].storage ? from->signer[j].storage : catalogue->storage_unsaid);
        r->member[j] = (struct quo_signers_member){.compromise_rate = score->signer[j].compromise_rate,
                                                   .loss_rate = score->signer[j].loss_rate,
                                                   .group = from->signer[j].group,
                                                   .n_groups = from->signer[j].n_groups,
                                                   .vendor = storage && storage->account};
        if (score->n_groups > from->n_group_names && !from->signer[j].groups_said) {
            r->member[j].group = &r->unsaid;
            r->member[j].n_groups = 1;
        }
    }
    for (size_t g = 0; g < score->n_groups; g++) {
        const struct quo_group_result *own = &score->group[g];
        r->group[g] = (struct quo_signers_group){own->shock_rate, own->lethality, own->loss_shock_rate, own->loss_lethality, false};
        if (g >= from->n_group_names)
            continue;
        char kind[64] = "other";
        const char *colon = strchr(from->group_name[g], ':');
        if (colon && (size_t)(colon - from->group_name[g]) < sizeof kind)
            snprintf(kind, sizeof kind, "%.*s", (int)(colon - from->group_name[g]), from->group_name[g]);
        r->group[g].vendor = quo_catalogue_group_kind(catalogue, kind)->vendor;
    }
    r->set = (struct quo_signers){.threshold = from->threshold,
                                  .n = from->n_signers,
                                  .member = r->member,
                                  .n_groups = score->n_groups,
                                  .group = r->group,
                                  .dwell_years = score->dwell_years,
                                  .loss_dwell_years = score->loss_dwell_years};
    return true;
}

/* Perils that fall with a quorum of these powers; the constant that says how much of the quorum reaches the price (none: all of it). One
 * event is one peril's, as risk/controls/quorum.h tells them apart. */
static const struct {
    enum quo_peril peril;
    unsigned powers; /* 0: any */
    bool loss;
    const char *credibility;
} falls[] = {
    {QUO_KEY_COMPROMISE, QUO_POWERS_HOLDERS, false, "key_credibility"},
    {QUO_VENDOR_INFRASTRUCTURE, QUO_POWERS_HOLDERS, false, NULL},
    {QUO_ADMIN_ABUSE, QUO_POWER_MINT | QUO_POWER_UPGRADE | QUO_POWER_CONFIGURE, false, "admin_credibility"},
    {QUO_BRIDGE_VALIDATION, QUO_POWER_BRIDGE_MESSAGES, false, "bridge_credibility"},
    {QUO_KEY_LOSS, 0, true, "loss_credibility"},
};

/* Whether what a vendor (or anybody else) starts at a set of these powers is that peril's. */
static bool counts(enum quo_peril peril, unsigned powers, bool vendor)
{
    if (peril == QUO_KEY_COMPROMISE)
        return !vendor;
    if (peril == QUO_VENDOR_INFRASTRUCTURE)
        return vendor && !(powers & QUO_POWER_BRIDGE_MESSAGES);
    return peril != QUO_BRIDGE_VALIDATION || vendor || !(powers & QUO_POWERS_HOLDERS);
}

struct search {
    const struct quo_catalogue *catalogue;
    const struct quo_protocol *protocol;
    const struct quo_score *score;
    const struct quo_hazard *hazard;
};

/* The parts of the set's rate in that fall that shocks to its groups start: part[n_groups]; false where it takes no part. */
static bool set_parts(const struct search *search, size_t s, size_t f, const struct rebuilt *r,
                      double part[QUO_SET_GROUPS_MAX + 1])
{
    const struct quo_signer_set *set = &search->protocol->signer_set[s];
    const unsigned powers = search->protocol->bridge ? set->powers : set->powers & ~(unsigned)QUO_POWER_BRIDGE_MESSAGES;
    double vendor, other;
    if ((falls[f].powers && !(powers & falls[f].powers)) ||
        !quo_signers_breach_parts(&r->set, falls[f].loss, &vendor, &other, part))
        return false;
    for (size_t g = 0; g < r->set.n_groups; g++)
        part[g] *= counts(falls[f].peril, powers, r->group[g].vendor) ? set->reach_share : 0.0;
    return true;
}

/* The quorum's whole rate for a peril as the score took it: sets that nobody wrote out, and what no model sees, are in it. */
static double whole_rate(const struct quo_score *score, enum quo_peril peril)
{
    const struct quo_peril_score *s = &score->peril[peril];
    for (size_t i = 0; i < s->n_values; i++)
        if (strcmp(s->value[i].name, "quorum.rate") == 0)
            return s->value[i].value;
    return 0.0;
}

/* Of rate ~ omega^kappa, a share s of omega is worth 1 - (1 - s)^kappa. The groups' worths are then scaled to what they are worth
 * together, so that the order of groups does not matter. */
static bool through_signers(const struct search *search, size_t f, struct rebuilt *rebuilt, struct quo_ties *out)
{
    const struct quo_protocol *protocol = search->protocol;
    const struct quo_hazard *hazard = &search->hazard[falls[f].peril];
    const double kappa = falls[f].credibility ? quo_catalogue_constant(search->catalogue, falls[f].credibility) : 1.0;
    const double total = whole_rate(search->score, falls[f].peril);
    double shared = 0.0, part[QUO_SET_GROUPS_MAX + 1];
    if (!hazard->present || !(hazard->rate > 0.0))
        return true;
    for (size_t s = 0; s < protocol->n_signer_sets; s++) {
        const bool falls_too = set_parts(search, s, f, &rebuilt[s], part);
        for (size_t g = 0; falls_too && g < protocol->signer_set[s].n_group_names; g++) /* a name ties, what is not said does not */
            shared += part[g];
    }
    if (!(shared > 0.0) || !(total > 0.0))
        return true;
    const double worth = hazard->rate * (1.0 - pow(fmax(0.0, 1.0 - shared / total), kappa)) / shared;
    bool good = true;
    for (size_t s = 0; s < protocol->n_signer_sets && good; s++) {
        const struct quo_signer_set *set = &protocol->signer_set[s];
        if (!set_parts(search, s, f, &rebuilt[s], part))
            continue;
        for (size_t g = 0; g < set->n_group_names && good; g++) {
            const struct quo_signers_group *group = &rebuilt[s].group[g];
            good = add_tie(out, set->group_name[g], falls[f].loss ? QUO_TIE_LOSS : QUO_TIE_INTRUSION, falls[f].peril,
                           falls[f].loss ? group->loss_shock_rate : group->shock_rate, part[g] * worth);
        }
    }
    return good;
}

static enum quo_status all_signers(const struct search *search, struct quo_ties *out)
{
    const size_t n = search->protocol->n_signer_sets;
    struct rebuilt *rebuilt = calloc(n + 1, sizeof *rebuilt);
    bool good = rebuilt != NULL;
    for (size_t s = 0; s < n && good; s++) /* the score tells of the sets in the protocol's order */
        good = s < search->score->n_sets &&
               rebuild(search->catalogue, &search->protocol->signer_set[s], &search->score->set[s], &rebuilt[s]);
    for (size_t f = 0; f < sizeof falls / sizeof *falls && good; f++)
        good = through_signers(search, f, rebuilt, out);
    for (size_t s = 0; rebuilt && s < n; s++)
        drop(&rebuilt[s]);
    free(rebuilt);
    return good ? QUO_OK : QUO_MACHINE;
}

/* ---- through vendors --------------------------------------------------------------------------- */

static bool known_kind(const struct quo_dependence *d, const char *kind)
{
    for (size_t i = 0; i < d->n_links; i++)
        if (strcmp(d->link[i].kind, kind) == 0)
            return true;
    return false;
}

/* Dependencies of one kind share that kind's part evenly. */
static bool one_dependency(const struct search *search, const struct quo_dependence *d, const char *kind,
                           const char *vendor, size_t alike, struct quo_ties *out)
{
    char name[512];
    snprintf(name, sizeof name, "%s:%s", kind, vendor);
    const char *stands_for = known_kind(d, kind) ? kind : "other";
    bool good = true;
    for (size_t i = 0; i < d->n_links && good; i++) {
        const struct quo_dependence_link *link = &d->link[i];
        const struct quo_hazard *hazard = &search->hazard[link->peril];
        if (strcmp(link->kind, stands_for) != 0 || !hazard->present)
            continue;
        const double rate =
            isnan(link->shock_rate) ? quo_catalogue_group_kind(search->catalogue, kind)->shock_rate : link->shock_rate;
        good = add_tie(out, name, link->peril == QUO_SERVICE_OUTAGE ? QUO_TIE_OUTAGE : QUO_TIE_INTRUSION, link->peril,
                       rate, hazard->rate * link->share / (double)alike);
    }
    return good;
}

static enum quo_status all_vendors(const struct search *search, const struct quo_dependence *d, struct quo_ties *out)
{
    const struct quo_protocol *p = search->protocol;
    bool good = true;
    for (size_t i = 0; i < p->n_dependencies && good; i++) {
        size_t alike = 0;
        for (size_t k = 0; k < p->n_dependencies; k++)
            alike += strcmp(p->dependency[k].kind, p->dependency[i].kind) == 0;
        good = one_dependency(search, d, p->dependency[i].kind, p->dependency[i].vendor, alike, out);
    }
    if (good && p->chain && *p->chain)
        good = one_dependency(search, d, "chain", p->chain, 1, out);
    return good ? QUO_OK : QUO_MACHINE;
}

/* ---- campaigns --------------------------------------------------------------------------------- */

/* Share of this protocol's events that the model attributes to a state: the logistic in log size, over its market law's quantiles (which
 * are in closed form; a protocol's own caps hardly move the log of the middle of its law). */
static double attributed(const struct quo_peril_model *model, const struct quo_hazard *hazard)
{
    enum { POINTS = 15 };
    if (model->attribution_a == 0.0 && model->attribution_b == 0.0)
        return 0.0;
    double sum = 0.0;
    for (int i = 0; i < POINTS; i++) {
        const double x = quo_loss_Qinv((i + 0.5) / POINTS, &hazard->market_loss);
        sum += 1.0 / (1.0 + exp(-(model->attribution_a + model->attribution_b * log(x))));
    }
    return sum / POINTS;
}

/* ---- all together ------------------------------------------------------------------------------ */

static void cut(const struct quo_dependence *d, const struct quo_hazard *hazard, struct quo_ties *out)
{
    for (size_t i = 0; i < out->n; i++) { /* one shock takes a protocol once, by whichever peril */
        double chance = 0.0;
        for (size_t k = 0; k < out->n; k++)
            if (out->tie[k].event == out->tie[i].event && strcmp(out->tie[k].name, out->tie[i].name) == 0)
                chance += out->tie[k].shock_rate > 0.0 ? out->tie[k].part / out->tie[k].shock_rate : 0.0;
        out->tie[i].part *= chance > d->highest_chance ? d->highest_chance / chance : 1.0;
    }
    for (int p = 0; p < QUO_PERILS; p++) {
        double sum = out->campaign_part[p];
        for (size_t i = 0; i < out->n; i++)
            sum += (int)out->tie[i].peril == p ? out->tie[i].part : 0.0;
        const double most = hazard[p].rate * (1.0 - OWN_AT_LEAST);
        if (!hazard[p].present || sum <= most)
            continue;
        for (size_t i = 0; i < out->n; i++)
            if ((int)out->tie[i].peril == p)
                out->tie[i].part *= most / sum;
        out->campaign_part[p] *= most / sum;
    }
}

enum quo_status quo_ties_find(const struct quo_catalogue *catalogue, const struct quo_model *model,
                              const struct quo_dependence *dependence, const struct quo_protocol *protocol,
                              const struct quo_score *score, const struct quo_hazard *hazard, struct quo_ties *out)
{
    memset(out, 0, sizeof *out);
    const struct search search = {catalogue, protocol, score, hazard};
    enum quo_status status = all_signers(&search, out);
    if (status == QUO_OK)
        status = all_vendors(&search, dependence, out);
    for (int p = 0; p < QUO_COVERED_PERILS && status == QUO_OK; p++) {
        if (!hazard[p].present || !(hazard[p].rate > 0.0))
            continue;
        const double said = dependence->campaign_share[p];
        const double share = isnan(said) ? dependence->campaign_part * attributed(&model->peril[p], &hazard[p]) : said;
        out->campaign_part[p] = dependence->campaigns > 0.0
                                    ? fmin(share * hazard[p].rate, 0.5 * dependence->campaigns *
                                                                       dependence->highest_chance / QUO_COVERED_PERILS)
                                    : 0.0;
    }
    if (status == QUO_OK)
        cut(dependence, hazard, out);
    else
        quo_ties_free(out);
    return status;
}

void quo_ties_free(struct quo_ties *ties)
{
    if (!ties)
        return;
    for (size_t i = 0; i < ties->n; i++)
        free(ties->tie[i].name);
    free(ties->tie);
    memset(ties, 0, sizeof *ties);
}
