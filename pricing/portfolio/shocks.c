#include "pricing/portfolio/shocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/portfolio/marketpilot.h"

void quo_shocks_free(struct quo_shocks *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        quo_alias_free(&s->shock[i].pick);
        free(s->shock[i].target);
    }
    for (size_t g = 0; g < s->n_groups; g++) {
        quo_alias_free(&s->group[g].pick);
        free(s->group[g].shock);
    }
    for (int p = 0; p < QUO_PERILS; p++) {
        quo_alias_free(&s->own[p]);
        free(s->own_target[p]);
        free(s->own_pays[p]);
    }
    quo_alias_free(&s->alarm);
    quo_marketyears_free(s->market);
    quo_nameindex_free(&s->names);
    free(s->shock);
    free(s->group);
    free(s);
}

/* ---- vendors ----------------------------------------------------------------------------------- */

/* A shock while it is put together: its members in the order of the protocols. */
struct member {
    uint32_t shock;
    struct quo_target target;
    double part;
};
struct making {
    struct quo_nameindex keys; /* event and name */
    struct member *member;
    size_t n_members, member_room;
    size_t shock_room;
};

static long shock_of(struct quo_shocks *s, struct making *making, const struct quo_tie *tie)
{
    char key[600];
    snprintf(key, sizeof key, "%d %s", (int)tie->event, tie->name);
    const size_t known = making->keys.n;
    const long at = quo_nameindex_add(&making->keys, key);
    if (at < 0 || (size_t)at < known)
        return at;
    const long name = quo_nameindex_add(&s->names, tie->name);
    if (name < 0 || !quo_exposures_room((void **)&s->shock, &making->shock_room, s->n + 1, sizeof *s->shock))
        return -1;
    s->shock[s->n++] = (struct quo_shock){.name = (uint32_t)name, .event = tie->event, .shape = INFINITY};
    return at;
}

static bool add_member(struct making *making, uint32_t shock, uint32_t risk, enum quo_peril peril, double part)
{
    if (!quo_exposures_room((void **)&making->member, &making->member_room, making->n_members, sizeof *making->member))
        return false;
    making->member[making->n_members++] = (struct member){shock, {.risk = risk, .peril = (uint8_t)peril}, part};
    return true;
}

static enum quo_status gather(struct quo_shocks *s, struct making *making)
{
    const struct quo_exposures *e = s->exposures;
    for (uint32_t i = 0; i < e->n_risks; i++)
        for (size_t k = 0; k < e->risk[i].ties.n; k++) {
            const struct quo_tie *tie = &e->risk[i].ties.tie[k];
            if (!(tie->part > 0.0) || !(e->risk[i].watched >> tie->peril & 1u))
                continue;
            const long at = shock_of(s, making, tie);
            if (at < 0 || !add_member(making, (uint32_t)at, i, tie->peril, tie->part))
                return QUO_MACHINE;
            s->shock[at].rate = fmax(s->shock[at].rate, tie->shock_rate);
        }
    return QUO_OK;
}

static enum quo_status gather_campaign(struct quo_shocks *s, struct making *making)
{
    const struct quo_exposures *e = s->exposures;
    const uint32_t at = (uint32_t)s->n;
    const size_t before = making->n_members;
    s->campaign = -1;
    for (uint32_t i = 0; i < e->n_risks; i++)
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            if ((e->risk[i].watched >> p & 1u) && e->risk[i].ties.campaign_part[p] > 0.0 &&
                !add_member(making, at, i, (enum quo_peril)p, e->risk[i].ties.campaign_part[p]))
                return QUO_MACHINE;
    if (making->n_members == before)
        return QUO_OK;
    const long name = quo_nameindex_add(&s->names, "campaign");
    if (name < 0 || !quo_exposures_room((void **)&s->shock, &making->shock_room, s->n, sizeof *s->shock))
        return QUO_MACHINE;
    s->campaign = (long)at;
    s->shock[s->n++] = (struct quo_shock){
        .name = (uint32_t)name, .rate = e->dependence.campaigns, .shape = e->dependence.campaign_shape};
    return QUO_OK;
}

/* Weight m of a protocol that is taken with that chance. */
static double weight_of(double chance, double shape)
{
    return isinf(shape) ? -log1p(-chance) : shape * expm1(-log1p(-chance) / shape);
}

static struct quo_target target_of(const struct quo_exposures *e, uint32_t risk, unsigned peril)
{
    const struct quo_risk *r = &e->risk[risk];
    return (struct quo_target){risk, (float)r->score[peril], (uint8_t)peril, r->link_from != r->link_to};
}

/* The members of one shock, those of one protocol side by side. */
static enum quo_status fill_shock(struct quo_shocks *s, struct quo_shock *shock, const struct member *member, size_t n)
{
    const struct quo_dependence *d = &s->exposures->dependence;
    double *weight = malloc((n + 1) * sizeof *weight);
    shock->target = malloc((n + 1) * sizeof *shock->target);
    if (!weight || !shock->target) {
        free(weight);
        return QUO_MACHINE;
    }
    for (size_t i = 0, to; i < n; i = to) {
        double chance = 0.0;
        for (to = i; to < n && member[to].target.risk == member[i].target.risk; to++)
            chance += member[to].part / shock->rate;
        const double m = weight_of(fmin(chance, 0.99), shock->shape);
        for (size_t k = i; k < to; k++) {
            weight[k] = m * member[k].part / shock->rate / chance;
            shock->target[k] = target_of(s->exposures, member[k].target.risk, member[k].target.peril);
            shock->perils |= (quo_peril_set)1 << member[k].target.peril;
        }
    }
    shock->correlation = shock->event == QUO_TIE_OUTAGE ? d->outage_correlation : d->size_correlation;
    const enum quo_status status = quo_alias_new(weight, n, &shock->pick);
    free(weight);
    return status;
}

/* Members by shock, in the order in which they were found. */
static enum quo_status fill_all(struct quo_shocks *s, const struct making *making)
{
    uint32_t *at = calloc(s->n + 2, sizeof *at);
    struct member *sorted = malloc((making->n_members + 1) * sizeof *sorted);
    enum quo_status status = at && sorted ? QUO_OK : QUO_MACHINE;
    for (size_t i = 0; i < making->n_members && status == QUO_OK; i++)
        at[making->member[i].shock + 2]++;
    for (size_t k = 0; k < s->n && status == QUO_OK; k++)
        at[k + 2] += at[k + 1];
    for (size_t i = 0; i < making->n_members && status == QUO_OK; i++)
        sorted[at[making->member[i].shock + 1]++] = making->member[i];
    for (size_t k = 0; k < s->n && status == QUO_OK; k++)
        status = fill_shock(s, &s->shock[k], sorted + at[k], at[k + 1] - at[k]);
    free(at);
    free(sorted);
    return status;
}

/* Rate of the shocks that take anybody at all; a campaign comes as a whole. */
static double striking_rate(const struct quo_shock *shock) { return -shock->rate * expm1(-shock->pick.total); }

static enum quo_status fill_groups(struct quo_shocks *s)
{
    const size_t n = s->campaign >= 0 ? s->n - 1 : s->n;
    double *weight = malloc((n + 1) * sizeof *weight);
    s->group = calloc(n + 1, sizeof *s->group);
    enum quo_status status = weight && s->group ? QUO_OK : QUO_MACHINE;
    for (size_t k = 0; k < n && status == QUO_OK; k++) {
        size_t g = 0;
        while (g < s->n_groups && s->group[g].perils != s->shock[k].perils)
            g++;
        if (g < s->n_groups)
            continue;
        s->n_groups = g + 1;
        s->group[g] =
            (struct quo_shock_group){.perils = s->shock[k].perils, .shock = malloc(n * sizeof *s->group[g].shock)};
        size_t members = 0;
        for (size_t i = k; i < n && s->group[g].shock; i++)
            if (s->shock[i].perils == s->shock[k].perils) {
                weight[members] = striking_rate(&s->shock[i]);
                s->group[g].shock[members++] = (uint32_t)i;
            }
        status = s->group[g].shock ? quo_alias_new(weight, members, &s->group[g].pick) : QUO_MACHINE;
    }
    free(weight);
    return status;
}

/* ---- own events and false alarms --------------------------------------------------------------- */

static enum quo_status fill_own(struct quo_shocks *s, int p)
{
    const struct quo_exposures *e = s->exposures;
    double *weight = malloc((e->n_risks + 1) * sizeof *weight);
    s->own_target[p] = malloc((e->n_risks + 1) * sizeof *s->own_target[p]);
    s->own_pays[p] = malloc((e->n_risks + 1) * sizeof *s->own_pays[p]);
    enum quo_status status = weight && s->own_target[p] && s->own_pays[p] ? QUO_OK : QUO_MACHINE;
    size_t n = 0;
    for (uint32_t i = 0; i < e->n_risks && status == QUO_OK; i++)
        if ((e->risk[i].watched >> p & 1u) && e->risk[i].own[p] * quo_shocks_thinned(&e->risk[i], p) > 0.0) {
            weight[n] = e->risk[i].own[p] * quo_shocks_thinned(&e->risk[i], p);
            s->own_pays[p][n] = quo_shocks_thinned(&e->risk[i], p);
            s->own_target[p][n++] = target_of(e, i, (unsigned)p);
        }
    if (n && status == QUO_OK)
        status = quo_alias_new(weight, n, &s->own[p]);
    free(weight);
    return status;
}

static enum quo_status fill_alarms(struct quo_shocks *s)
{
    const struct quo_exposures *e = s->exposures;
    double *weight = malloc((e->n_alarms + 1) * sizeof *weight);
    if (!weight)
        return QUO_MACHINE;
    for (size_t i = 0; i < e->n_alarms; i++)
        weight[i] = e->alarm[i].rate;
    const enum quo_status status = e->n_alarms ? quo_alias_new(weight, e->n_alarms, &s->alarm) : QUO_OK;
    free(weight);
    return status;
}

enum quo_status quo_shocks_new(const struct quo_exposures *exposures, struct quo_shocks **out)
{
    struct quo_shocks *s = calloc(1, sizeof *s);
    struct making making = {0};
    *out = NULL;
    if (!s)
        return QUO_MACHINE;
    s->exposures = exposures;
    quo_scores_init(&s->scores);
    s->campaign = -1;
    enum quo_status status = gather(s, &making);
    if (status == QUO_OK)
        status = gather_campaign(s, &making);
    if (status == QUO_OK)
        status = fill_all(s, &making);
    if (status == QUO_OK)
        status = fill_groups(s);
    for (int p = 0; p < QUO_PERILS && status == QUO_OK; p++) {
        const struct quo_peril_model *peril = &exposures->engine->model->peril[p];
        quo_season_init(peril->present ? peril->size : INFINITY, &s->season[p]);
        status = fill_own(s, p);
    }
    if (status == QUO_OK)
        status = fill_alarms(s);
    quo_nameindex_free(&making.keys);
    free(making.member);
    if (status == QUO_OK && exposures->dependence.every_loss) {
        struct quo_marketyears *market = NULL;
        status = quo_marketyears_new(exposures, &market);
        if (status == QUO_OK)
            status = quo_marketpilot_run(s, market);
        s->market = market;
    }
    if (status)
        quo_shocks_free(s);
    else
        *out = s;
    return status;
}

double quo_shocks_events(const struct quo_shocks *s)
{
    double sum = s->alarm.total;
    for (size_t i = 0; i < s->exposures->n_risks; i++)
        for (int p = 0; p < QUO_COVERED_PERILS; p++)
            sum += s->exposures->risk[i].watched >> p & 1u ? s->exposures->risk[i].own[p] : 0.0;
    for (size_t k = 0; k < s->n; k++)
        sum += s->shock[k].rate * s->shock[k].pick.total;
    return sum;
}
