#include "pricing/whatif/setparts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/whatif/bitmemo.h"
#include "risk/controls/reach.h"

enum kind { ANSWER, SIGNER_SET, DELAYS, CAPS };

/* A place that changes go to. */
struct part {
    enum kind kind;
    int control;      /* of an answer */
    char set[160];    /* id of a signer set */
    uint64_t changes; /* that go there */
    bool reaches;     /* a change of how much a signer set holds */
};

struct quo_setparts {
    const struct quo_variants *variants;
    struct quo_setreach reach;
    struct part *part; /* part[n] */
    size_t n, room;
    struct quo_bitmemo *read; /* struct quo_policy * by the set it was read under */
    struct quo_policy policy; /* the last one put together */
    struct quo_protocol protocol;
    struct quo_answer *answer; /* answer[controls of the catalogue] */
    struct quo_signer_set *signer_set;
    size_t set_room;
};

static struct part *part_of(struct quo_setparts *p, enum kind kind, int control, const char *set, size_t length)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct part *one = &p->part[i];
        if (one->kind == kind && one->control == control && strlen(one->set) == length &&
            memcmp(one->set, set, length) == 0)
            return &p->part[i];
    }
    if (p->n == p->room) {
        const size_t room = 2 * p->room + 16;
        struct part *grown = realloc(p->part, room * sizeof *grown);
        if (!grown)
            return NULL;
        p->part = grown;
        p->room = room;
    }
    struct part *fresh = &p->part[p->n++];
    *fresh = (struct part){.kind = kind, .control = control};
    memcpy(fresh->set, set, length);
    return fresh;
}

static bool starts(const char *place, const char *with, const char **rest)
{
    const size_t n = strlen(with);
    *rest = place + n;
    return strncmp(place, with, n) == 0;
}

/* The part of a place; NULL with *frame set where it belongs to no part, NULL without where memory ran out. */
static struct part *find_part(struct quo_setparts *p, const char *place, bool *frame)
{
    const char *rest;
    *frame = false;
    if (starts(place, "protocol.delays", &rest) && (*rest == '.' || *rest == '+' || *rest == '-' || !*rest))
        return part_of(p, DELAYS, -1, "", 0);
    if (starts(place, "protocol.caps", &rest) && (*rest == '.' || *rest == '+' || *rest == '-' || !*rest))
        return part_of(p, CAPS, -1, "", 0);
    if (starts(place, "protocol.answers.", &rest)) {
        const char *dot = strchr(rest, '.');
        char id[64];
        if (dot && (size_t)(dot - rest) < sizeof id && strcmp(dot, ".not_applicable") != 0) {
            memcpy(id, rest, (size_t)(dot - rest));
            id[dot - rest] = '\0';
            const int control = quo_catalogue_control(p->variants->catalogue, id);
            if (control >= 0)
                return part_of(p, ANSWER, control, "", 0);
        }
    }
    if (starts(place, "protocol.signer_sets.", &rest)) {
        const char *dot = strchr(rest, '.');
        if (dot && dot > rest && strcmp(dot, ".id") != 0 && (size_t)(dot - rest) < sizeof p->part->set)
            return part_of(p, SIGNER_SET, -1, rest, (size_t)(dot - rest));
    }
    *frame = true;
    return NULL;
}

static enum quo_status classify(struct quo_setparts *p)
{
    for (size_t i = 0; i < p->variants->n; i++) {
        const struct quo_change *change = &p->variants->plan->change[i];
        for (size_t k = 0; k < change->n_sets; k++) {
            char place[512];
            bool frame;
            if (quo_config_place(p->variants->config, "policy", change->set[k].path, place, sizeof place) >=
                sizeof place)
                snprintf(place, sizeof place, "?");
            struct part *part = find_part(p, place, &frame);
            if (!part && !frame)
                return QUO_MACHINE;
            *(part ? &part->changes : &p->reach.frame) |= (uint64_t)1 << i;
            if (part && strstr(place, ".reach_share"))
                part->reaches = true;
        }
    }
    return QUO_OK;
}

static void find_reach(struct quo_setparts *p, const struct quo_scale *scale)
{
    for (int q = 0; q < QUO_PERILS; q++)
        p->reach.peril[q] = p->reach.frame;
    p->reach.quorum = p->reach.frame;
    for (size_t i = 0; i < p->n; i++) {
        const struct part *part = &p->part[i];
        const quo_peril_set perils = part->kind == ANSWER       ? quo_reach_control(scale, part->control)
                                     : part->kind == SIGNER_SET ? quo_reach_signers()
                                     : part->kind == DELAYS     ? quo_reach_delays(scale)
                                                                : quo_reach_caps(scale);
        for (int q = 0; q < QUO_PERILS; q++)
            if (perils >> q & 1u)
                p->reach.peril[q] |= part->changes;
        if (part->kind == ANSWER && quo_reach_reliability(scale, part->control))
            p->reach.global |= part->changes;
        const bool answer = part->kind == ANSWER, signers = part->kind == SIGNER_SET;
        const quo_peril_set often = answer    ? quo_reach_multiplies(scale, part->control)
                                    : signers ? quo_reach_signers()
                                              : 0,
                            rest = answer    ? quo_reach_otherwise(scale, part->control)
                                   : signers ? (part->reaches ? perils : 0)
                                             : perils;
        for (int q = 0; q < QUO_PERILS; q++) {
            p->reach.hits[q] |= answer && quo_reach_hits(scale, part->control) >> q & 1u ? part->changes : 0;
            p->reach.often[q] |= often >> q & 1u ? part->changes : 0;
            p->reach.rest[q] |= rest >> q & 1u ? part->changes : 0;
        }
        if (part->kind == SIGNER_SET || (part->kind == ANSWER && quo_reach_feeds_quorum(scale, part->control)))
            p->reach.quorum |= part->changes;
    }
}

static void free_policy(void *content) { quo_policy_free(*(struct quo_policy **)content); }

enum quo_status quo_setparts_new(const struct quo_engine *engine, const struct quo_variants *variants,
                                 struct quo_setparts **out)
{
    *out = NULL;
    if (variants->n > QUO_SETPARTS_MAX)
        return QUO_REFUSED;
    struct quo_setparts *p = calloc(1, sizeof *p);
    if (!p)
        return QUO_MACHINE;
    p->variants = variants;
    p->read = quo_bitmemo_new(sizeof(struct quo_policy *), free_policy);
    p->answer = calloc(variants->catalogue->n_controls + 1, sizeof *p->answer);
    const enum quo_status status = p->read && p->answer ? classify(p) : QUO_MACHINE;
    if (status) {
        quo_setparts_free(p);
        return status;
    }
    find_reach(p, engine->scale);
    *out = p;
    return QUO_OK;
}

void quo_setparts_free(struct quo_setparts *p)
{
    if (!p)
        return;
    quo_bitmemo_free(p->read);
    free(p->part);
    free(p->answer);
    free(p->signer_set);
    free(p);
}

const struct quo_setreach *quo_setparts_reach(const struct quo_setparts *p) { return &p->reach; }

/* The policy as it is read under exactly these changes. */
static enum quo_status read(struct quo_setparts *p, uint64_t changes, const struct quo_policy **out)
{
    bool fresh;
    struct quo_policy **kept = quo_bitmemo_at(p->read, changes, &fresh);
    if (!kept)
        return QUO_MACHINE;
    if (fresh) {
        struct quo_subset s = quo_subset_none();
        s.word[0] = changes;
        const enum quo_status status = quo_variants_policy(p->variants, s, kept, NULL);
        if (status) {
            quo_bitmemo_drop(p->read, changes);
            return status;
        }
    }
    *out = *kept;
    return QUO_OK;
}

static void put_answer(struct quo_setparts *p, const struct quo_protocol *from, int control)
{
    const struct quo_answer *answer = quo_protocol_answer(from, control);
    size_t at = 0;
    while (at < p->protocol.n_answers && p->answer[at].control != control)
        at++;
    if (answer) {
        p->answer[at] = *answer;
        p->protocol.n_answers += at == p->protocol.n_answers;
    } else if (at < p->protocol.n_answers) {
        memmove(&p->answer[at], &p->answer[at + 1], (--p->protocol.n_answers - at) * sizeof *p->answer);
    }
}

/* False where a set has gone: then it was no part. */
static bool put_set(struct quo_setparts *p, const struct quo_protocol *from, const char *id)
{
    for (size_t i = 0; i < p->protocol.n_signer_sets; i++)
        for (size_t k = 0; strcmp(p->signer_set[i].id, id) == 0 && k < from->n_signer_sets; k++)
            if (strcmp(from->signer_set[k].id, id) == 0) {
                p->signer_set[i] = from->signer_set[k];
                return true;
            }
    return false;
}

static bool put(struct quo_setparts *p, const struct part *part, const struct quo_protocol *from)
{
    switch (part->kind) {
    case ANSWER:
        put_answer(p, from, part->control);
        return true;
    case SIGNER_SET:
        return put_set(p, from, part->set);
    case DELAYS:
        p->protocol.delay = from->delay;
        p->protocol.n_delays = from->n_delays;
        return true;
    case CAPS:
        p->protocol.cap = from->cap;
        p->protocol.n_caps = from->n_caps;
        return true;
    }
    return false;
}

static bool start(struct quo_setparts *p, const struct quo_policy *frame)
{
    p->policy = *frame;
    p->protocol = *frame->protocol;
    p->policy.protocol = &p->protocol;
    if (p->set_room < p->protocol.n_signer_sets) {
        struct quo_signer_set *grown = realloc(p->signer_set, p->protocol.n_signer_sets * sizeof *grown);
        if (!grown)
            return false;
        p->signer_set = grown;
        p->set_room = p->protocol.n_signer_sets;
    }
    if (p->protocol.n_answers)
        memcpy(p->answer, frame->protocol->answer, p->protocol.n_answers * sizeof *p->answer);
    if (p->protocol.n_signer_sets)
        memcpy(p->signer_set, frame->protocol->signer_set, p->protocol.n_signer_sets * sizeof *p->signer_set);
    p->protocol.answer = p->answer;
    p->protocol.signer_set = p->signer_set;
    return true;
}

enum quo_status quo_setparts_policy(struct quo_setparts *p, uint64_t changes, const struct quo_policy **out)
{
    const struct quo_policy *frame;
    enum quo_status status = read(p, changes & p->reach.frame, &frame);
    if (status == QUO_OK && !start(p, frame))
        status = QUO_MACHINE;
    for (size_t i = 0; i < p->n && status == QUO_OK; i++) {
        const struct quo_policy *version;
        const uint64_t here = changes & p->part[i].changes;
        if (!here)
            continue;
        status = read(p, here | (changes & p->reach.frame), &version);
        if (status == QUO_OK && !put(p, &p->part[i], version->protocol))
            status = QUO_REFUSED;
    }
    *out = status ? NULL : &p->policy;
    return status;
}

enum quo_status quo_setparts_frame(struct quo_setparts *p, uint64_t changes, const struct quo_policy **out)
{
    return read(p, changes & p->reach.frame, out);
}
