#include "risk/controls/quorum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arrangements of SD and BR at level 0 and 4 stand for all that is written out when scores are taken: one implied set that reaches everything. */
static enum quo_stand arrangement_stand(const struct quo_view *view, bool verifiers)
{
    return (enum quo_stand)view->domain[verifiers ? view->inputs->br : view->inputs->sd];
}

void quo_quorum_free(struct quo_quorum_set *work)
{
    free(work->member);
    free(work->group);
    free(work->group_index);
    memset(work, 0, sizeof *work);
}

static bool grow(void **array, size_t *room, size_t need, size_t size)
{
    if (need <= *room)
        return true;
    void *more = realloc(*array, 2 * need * size);
    if (!more)
        return false;
    *array = more;
    *room = 2 * need;
    return true;
}

double quo_quorum_spoof_share(const struct quo_view *view) { return quo_inputs_value(view, QUO_INPUT_SPOOF_SHARE); }

/* Multipliers of the key channels at these stands. */
struct keys {
    double storage, person, account;
};

static struct keys key_multipliers(const struct quo_view *view)
{
    return (struct keys){quo_effects_multiplier(view->effects, 0, QUO_CHANNEL_KEY_STORAGE, view->x),
                         quo_effects_multiplier(view->effects, 0, QUO_CHANNEL_KEY_PERSON, view->x),
                         quo_effects_multiplier(view->effects, 0, QUO_CHANNEL_KEY_ACCOUNT, view->x)};
}

static struct quo_signers_member member_of(const struct quo_view *view, const struct quo_signer *signer,
                                           const struct keys *keys)
{
    const struct quo_inputs *in = view->inputs;
    const bool own = view->domain[in->km] == QUO_STAND_OWN;
    const struct quo_storage *storage =
        signer && signer->storage && own ? quo_catalogue_storage(in->catalogue, signer->storage) : NULL;
    struct quo_signers_member member = {.approves = in->approves, .approves_spoofed = in->approves_spoofed};
    double class = 1.0;
    if (!storage)
        storage = in->unsaid, class *= keys->storage;
    if (storage->person)
        class *= keys->person;
    if (storage->account)
        class *= keys->account;
    member.vendor = storage->account;
    member.compromise_rate = storage->compromise_rate * class;
    member.loss_rate = storage->loss_rate;
    if (!signer)
        return member;
    if (own && !isnan(signer->compromise_rate))
        member.compromise_rate = signer->compromise_rate;
    if (own && !isnan(signer->loss_rate))
        member.loss_rate = signer->loss_rate;
    if (!isnan(signer->approves))
        member.approves = signer->approves;
    if (!isnan(signer->approves_spoofed))
        member.approves_spoofed = signer->approves_spoofed;
    member.approves_spoofed = fmax(member.approves_spoofed, member.approves); /* reading warns of it */
    return member;
}

/* Share beta of a key's rate that takes all signers at once whose groups are not written out. */
static double shared_beta(const struct quo_view *view, bool verifiers)
{
    const double claimed = quo_inputs_value(view, verifiers ? QUO_INPUT_SHARED_VERIFIERS : QUO_INPUT_SHARED_SIGNERS);
    return claimed * quo_effects_multiplier(view->effects, 0,
                                            verifiers ? QUO_CHANNEL_SHARED_VERIFIERS : QUO_CHANNEL_SHARED_SIGNERS,
                                            view->x);
}

struct quo_signers_group quo_quorum_group(const struct quo_catalogue *catalogue, const struct quo_protocol *protocol, const char *name)
{
    char kind[64] = "other";
    const char *colon = strchr(name, ':');
    if (colon && (size_t)(colon - name) < sizeof kind) {
        memcpy(kind, name, (size_t)(colon - name));
        kind[colon - name] = '\0';
    }
    const struct quo_group_kind *k = quo_catalogue_group_kind(catalogue, kind);
    struct quo_signers_group group = {k->shock_rate, k->lethality, k->loss_shock_rate, k->loss_lethality, k->vendor};
    for (size_t i = 0; i < protocol->n_groups; i++) {
        const struct quo_shared_group *said = &protocol->group[i];
        if (strcmp(said->name, name) != 0)
            continue;
        group.shock_rate = isnan(said->shock_rate) ? group.shock_rate : said->shock_rate;
        group.lethality = isnan(said->lethality) ? group.lethality : said->lethality;
        group.loss_shock_rate = isnan(said->loss_shock_rate) ? group.loss_shock_rate : said->loss_shock_rate;
        group.loss_lethality = isnan(said->loss_lethality) ? group.loss_lethality : said->loss_lethality;
    }
    return group;
}

/* The common cause of those who said nothing of what they share: it takes them all, at beta times their mean rate. It comes on top
 * of their own rates (a beta factor would take it off them): so less sharing is better whatever the threshold. */
static void share_the_unsaid(const struct quo_view *view, bool verifiers, const bool *unsaid,
                             struct quo_quorum_set *work, size_t used_index)
{
    struct quo_signers *set = &work->set;
    const double beta = shared_beta(view, verifiers);
    double rate = 0.0, loss = 0.0;
    size_t n = 0;
    for (size_t j = 0; j < set->n; j++)
        n += unsaid[j];
    if (n < 2) /* nobody to share with */
        return;
    for (size_t j = 0; j < set->n; j++)
        if (unsaid[j]) {
            rate += work->member[j].compromise_rate / (double)n;
            loss += work->member[j].loss_rate / (double)n;
            work->group_index[used_index] = (int)set->n_groups;
            work->member[j].group = &work->group_index[used_index++];
            work->member[j].n_groups = 1;
        }
    work->group[set->n_groups++] = (struct quo_signers_group){beta * rate, 1.0, beta * loss, 1.0, false};
}

/* The keys of written sets for which an implied one stands, added up. */
struct pool {
    double compromise_rate, loss_rate;
    size_t n;
};

static void pool_keys(const struct quo_view *view, const struct quo_signer_set *set, struct pool *pool)
{
    const struct keys keys = key_multipliers(view);
    if (view->domain[view->inputs->km] != QUO_STAND_OWN)
        return; /* no key is written out either */
    for (size_t j = 0; j < set->n_signers; j++) {
        const struct quo_signers_member one = member_of(view, &set->signer[j], &keys);
        pool->compromise_rate += one.compromise_rate;
        pool->loss_rate += one.loss_rate;
    }
    pool->n += set->n_signers;
}

/* pool: the keys that there are, in another arrangement; none: as the answers say. */
static enum quo_status build_implied(const struct quo_view *view, const struct pool *pool, bool verifiers, int level,
                                     struct quo_quorum_set *work)
{
    const struct quo_inputs *in = view->inputs;
    const double *m = in->of[verifiers ? QUO_INPUT_VERIFIER_THRESHOLD : QUO_INPUT_THRESHOLD].table->level;
    const double *n = in->of[verifiers ? QUO_INPUT_VERIFIERS : QUO_INPUT_SIGNERS].table->level;
    const struct keys keys = key_multipliers(view);
    struct quo_signers_member mean = member_of(view, NULL, &keys);
    if (pool && pool->n > 0) {
        mean.compromise_rate = pool->compromise_rate / (double)pool->n;
        mean.loss_rate = pool->loss_rate / (double)pool->n;
    }
    struct quo_signers *set = &work->set;
    set->n = (size_t)n[level];
    set->threshold = (int)fmin(m[level], n[level]);
    bool unsaid[QUO_SIGNERS_MAX];
    for (size_t j = 0; j < set->n; j++) {
        work->member[j] = mean;
        unsaid[j] = true;
    }
    share_the_unsaid(view, verifiers, unsaid, work, 0);
    return QUO_OK;
}

static enum quo_status build_written(const struct quo_view *view, const struct quo_signer_set *from, bool verifiers,
                                     struct quo_quorum_set *work)
{
    const struct keys keys = key_multipliers(view);
    struct quo_signers *set = &work->set;
    bool unsaid[QUO_SIGNERS_MAX];
    size_t used = 0;
    set->n = from->n_signers;
    set->threshold = from->threshold;
    for (size_t g = 0; g < from->n_group_names; g++)
        work->group[g] = quo_quorum_group(view->inputs->catalogue, view->protocol, from->group_name[g]);
    set->n_groups = from->n_group_names;
    for (size_t j = 0; j < set->n; j++) {
        const struct quo_signer *signer = &from->signer[j];
        work->member[j] = member_of(view, signer, &keys);
        unsaid[j] = !signer->groups_said;
        work->member[j].group = &work->group_index[used];
        work->member[j].n_groups = signer->n_groups;
        for (size_t k = 0; k < signer->n_groups; k++)
            work->group_index[used++] = signer->group[k];
    }
    share_the_unsaid(view, verifiers, unsaid, work, used);
    return QUO_OK;
}

static enum quo_status build(const struct quo_view *view, const struct quo_signer_set *set, const struct pool *pool,
                             bool verifiers, int level, struct quo_quorum_set *work)
{
    size_t indices = QUO_SIGNERS_MAX, groups = 1;
    if (set) {
        groups += set->n_group_names;
        for (size_t j = 0; j < set->n_signers; j++)
            indices += set->signer[j].n_groups;
    }
    if (!grow((void **)&work->member, &work->member_room, QUO_SIGNERS_MAX, sizeof *work->member) ||
        !grow((void **)&work->group, &work->group_room, groups, sizeof *work->group) ||
        !grow((void **)&work->group_index, &work->index_room, indices, sizeof *work->group_index))
        return QUO_MACHINE;
    work->set = (struct quo_signers){.dwell_years =
                                         set && !isnan(set->dwell_years) ? set->dwell_years : view->inputs->dwell_years,
                                     .loss_dwell_years = view->inputs->dwell_years};
    enum quo_status status = set ? build_written(view, set, verifiers, work)
                                 : build_implied(view, pool, verifiers, level, work);
    work->set.member = work->member;
    work->set.group = work->group;
    return status;
}

enum quo_status quo_quorum_build(const struct quo_view *view, const struct quo_signer_set *set, bool verifiers,
                                 int level, struct quo_quorum_set *work)
{
    return build(view, set, NULL, verifiers, level, work);
}

static enum quo_status rates_at(const struct quo_view *view, const struct quo_signer_set *set, const struct pool *pool,
                                bool verifiers, int level, struct quo_quorum_set *work, struct quo_quorum_rates *out)
{
    const enum quo_status status = build(view, set, pool, verifiers, level, work);
    if (status)
        return status;
    quo_signers_breach_parts(&work->set, false, &out->vendor, &out->own, NULL);
    out->compromise = out->vendor + out->own;
    out->deceived = quo_signers_deceived_rate(&work->set, view->inputs->campaign_rate, quo_quorum_spoof_share(view));
    out->key_loss = quo_signers_key_loss_breach_rate(&work->set);
    return isnan(out->compromise) || isnan(out->deceived) || isnan(out->key_loss) ? QUO_DOMAIN : QUO_OK;
}

/* Of an implied arrangement: the least over its level and those below. A better answer is never held against the insured: behind
 * a spoofed page more signers deceive more easily, and 6 of 8 loses keys sooner than 4 of 7. */
static enum quo_status rates_up_to(const struct quo_view *view, const struct pool *pool, bool verifiers, int level,
                                   struct quo_quorum_set *work, struct quo_quorum_rates *out)
{
    *out = (struct quo_quorum_rates){INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
    for (int l = 0; l <= level; l++) {
        struct quo_quorum_rates one;
        const enum quo_status status = rates_at(view, NULL, pool, verifiers, l, work, &one);
        if (status)
            return status;
        out->compromise = fmin(out->compromise, one.compromise);
        out->vendor = fmin(out->vendor, one.vendor);
        out->own = fmin(out->own, one.own);
        out->deceived = fmin(out->deceived, one.deceived);
        out->key_loss = fmin(out->key_loss, one.key_loss);
    }
    return QUO_OK;
}

/* The rates of an implied set; a threshold that rests on a weak claim is a mixture of the claimed and the fallback level. */
static enum quo_status rates_implied(const struct quo_view *view, const struct pool *pool, bool verifiers,
                                     struct quo_quorum_set *work, struct quo_quorum_rates *out)
{
    const int control = view->inputs->of[verifiers ? QUO_INPUT_VERIFIER_THRESHOLD : QUO_INPUT_THRESHOLD].control;
    const struct quo_claim claim = quo_effects_claim(view->inputs->catalogue, view->exponents, control,
                                                     (enum quo_stand)view->stand[control]);
    struct quo_quorum_rates fallback;
    enum quo_status status = rates_up_to(view, pool, verifiers, claim.level, work, out);
    if (status || claim.weight == 1.0)
        return status;
    status = rates_up_to(view, pool, verifiers, claim.fallback, work, &fallback);
    const double w = claim.weight;
    out->compromise = w * out->compromise + (1.0 - w) * fallback.compromise;
    out->vendor = w * out->vendor + (1.0 - w) * fallback.vendor;
    out->own = w * out->own + (1.0 - w) * fallback.own;
    out->deceived = w * out->deceived + (1.0 - w) * fallback.deceived;
    out->key_loss = w * out->key_loss + (1.0 - w) * fallback.key_loss;
    return status;
}

/* Adds one set's rates to the sums that its powers belong to. */
static void add(struct quo_quorum *sum, unsigned powers, double reach, const struct quo_quorum_rates *rates)
{
    const bool attests = powers & QUO_POWER_BRIDGE_MESSAGES;
    if (powers & (QUO_POWER_MOVE | QUO_POWER_MINT | QUO_POWER_UPGRADE)) {
        sum->keys += reach * rates->own;
        *(attests ? &sum->messages : &sum->vendor) += reach * rates->vendor;
    } else if (attests) {
        sum->messages += reach * rates->compromise;
    }
    if (powers & (QUO_POWER_MINT | QUO_POWER_UPGRADE | QUO_POWER_CONFIGURE))
        sum->admin += reach * rates->compromise;
    if (powers & (QUO_POWER_MOVE | QUO_POWER_MINT | QUO_POWER_UPGRADE | QUO_POWER_CONFIGURE))
        sum->deceived += reach * rates->deceived;
    sum->key_loss += reach * rates->key_loss;
}

/* Adds what is written out; returns the powers seen. Sets of a domain that is moved give their keys to the implied one: pool[0] of signers,
 * pool[1] of verifiers. What moved signers attested on the side somebody has to go on attesting: *attested. */
static enum quo_status add_written(const struct quo_view *view, struct quo_quorum_set *work, struct quo_quorum *out,
                                   struct pool pool[2], unsigned *seen, bool *attested)
{
    const struct quo_protocol *p = view->protocol;
    struct quo_quorum_rates rates;
    for (size_t s = 0; s < p->n_signer_sets; s++) {
        const struct quo_signer_set *set = &p->signer_set[s];
        const unsigned powers = p->bridge ? set->powers : set->powers & ~(unsigned)QUO_POWER_BRIDGE_MESSAGES;
        if (!(powers & ~(unsigned)QUO_POWER_PAUSE))
            continue;
        const bool verifiers = (powers & ~(unsigned)QUO_POWER_PAUSE) == QUO_POWER_BRIDGE_MESSAGES;
        if (arrangement_stand(view, verifiers) != QUO_STAND_OWN) {
            pool_keys(view, set, &pool[verifiers]);
            *attested |= !verifiers && (powers & QUO_POWER_BRIDGE_MESSAGES);
            continue;
        }
        const enum quo_status status = rates_at(view, set, NULL, verifiers, 0, work, &rates);
        if (status)
            return status;
        add(out, powers, set->reach_share, &rates);
        *seen |= powers;
    }
    return QUO_OK;
}

enum quo_status quo_quorum_all(const struct quo_view *view, struct quo_quorum_set *work, struct quo_quorum *out)
{
    const struct quo_protocol *p = view->protocol;
    const double unseen = view->inputs->unmodelled_rate;
    struct quo_quorum_rates rates;
    struct pool pool[2] = {{0}};
    unsigned seen = 0, implied = 0;
    bool attested = false;
    memset(out, 0, sizeof *out);
    enum quo_status status = add_written(view, work, out, pool, &seen, &attested);
    /* Who is not written out is implied: somebody holds the power all the same, over all of the value. */
    if (!(seen & (QUO_POWER_MOVE | QUO_POWER_MINT | QUO_POWER_UPGRADE)))
        implied |= QUO_POWER_MOVE;
    if (!(seen & (QUO_POWER_MINT | QUO_POWER_UPGRADE | QUO_POWER_CONFIGURE)))
        implied |= QUO_POWER_CONFIGURE;
    if (attested && arrangement_stand(view, true) == QUO_STAND_OWN)
        implied |= QUO_POWER_BRIDGE_MESSAGES;
    if (status == QUO_OK && implied) {
        status = rates_implied(view, &pool[0], false, work, &rates);
        add(out, implied, 1.0, &rates);
    }
    if (status == QUO_OK && p->bridge && !((seen | implied) & QUO_POWER_BRIDGE_MESSAGES)) {
        status = rates_implied(view, &pool[1], true, work, &rates);
        add(out, QUO_POWER_BRIDGE_MESSAGES, 1.0, &rates);
    }
    if (status)
        return status;
    out->keys += unseen;
    out->vendor += view->inputs->vendor_base_rate;
    out->admin += unseen;
    out->deceived += unseen;
    out->messages += p->bridge ? unseen : 0.0;
    out->key_loss += unseen;
    return QUO_OK;
}
