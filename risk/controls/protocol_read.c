/* The reader of a protocol. Goes on after every fault; contradictions are looked for when all is read (protocol_check.c). */
#include "risk/controls/protocol_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "risk/controls/protocol_check.h"

#define EXPOSURE_MAX 1e13 /* USD: a hundred times the largest protocol there is */
#define DELAY_MAX 87600.0 /* hours: ten years */

void *quo_protocol_room(struct quo_protocol_reader *r, size_t n, size_t size)
{
    if (n == 0)
        return NULL;
    void *p = calloc(n, size);
    r->no_memory |= !p;
    return p;
}

size_t quo_protocol_length(const struct quo_setting *list, size_t most, const char *what)
{
    const size_t n = quo_setting_length(list);
    if (n <= most)
        return n;
    char hint[64];
    snprintf(hint, sizeof hint, "at most %zu", most);
    quo_setting_fault(list, hint, "%zu %s", n, what);
    quo_setting_ignore(list);
    return 0;
}

char *quo_protocol_copy(struct quo_protocol_reader *r, const char *text)
{
    char *copy = quo_text_copy(text);
    r->no_memory |= text && !copy;
    return copy;
}

char *quo_protocol_text(struct quo_protocol_reader *r, const struct quo_setting *group, const char *name, bool required)
{
    const char *text = NULL;
    return quo_setting_text(group, name, required, &text) ? quo_protocol_copy(r, text) : NULL;
}

const char *quo_protocol_suggest(char buffer[128], const char *near, const char *otherwise)
{
    if (!near)
        return otherwise;
    snprintf(buffer, 128, "did you mean '%s'?", near);
    return buffer;
}

unsigned quo_protocol_powers(const struct quo_setting *group, const char *name)
{
    const struct quo_setting *list = quo_setting_list(group, name, true);
    if (list && quo_setting_length(list) == 0)
        quo_setting_fault(list, "name one power at least, such as \"move\"", "no power is named");
    unsigned bits = 0;
    for (size_t i = 0; i < quo_setting_length(list); i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        const char *word = NULL;
        if (!quo_setting_as_text(element, &word))
            continue;
        int k = 0;
        while (k < QUO_POWERS && strcmp(word, quo_power_names()[k]) != 0)
            k++;
        if (k < QUO_POWERS) {
            if (bits >> k & 1u)
                quo_setting_warn(element, "name each power once", "power '%s' stands twice in '%s'", word, name);
            bits |= 1u << k;
            continue;
        }
        char hint[128];
        const int near = quo_text_nearest(word, quo_power_names(), QUO_POWERS);
        quo_setting_fault(element,
                          quo_protocol_suggest(hint, near < 0 ? NULL : quo_power_names()[near],
                                               "move, mint, upgrade, configure, bridge_messages or pause"),
                          "unknown power '%s'", word);
    }
    return bits;
}

static void read_level(const struct quo_setting *element, struct quo_answer *answer)
{
    const struct quo_setting *level = quo_setting_child(element, "level");
    const char *word = NULL;
    int64_t number = -1;
    answer->level = -1;
    if (!level && !answer->not_applicable)
        quo_setting_fault(element, "level = 0..4 or \"unknown\"", "an answer without a level");
    else if (level && quo_setting_is_text(level)) {
        quo_setting_as_text(level, &word);
        if (word && strcmp(word, "unknown") != 0)
            quo_setting_fault(level, "0..4 or \"unknown\"", "level \"%s\"", word);
    } else if (level && quo_setting_int(element, "level", 0, QUO_LEVELS - 1, true, &number))
        answer->level = (int)number;
    if (answer->level >= 0 && answer->not_applicable) {
        char path[128];
        quo_setting_path(element, path, sizeof path);
        quo_setting_warn(level, "not_applicable counts; leave out one of the two",
                         "'%s' has level %d and is not applicable", path, answer->level);
    }
}

/* All of an answer but the control that it is about. */
static void read_answer(struct quo_protocol_reader *r, const struct quo_setting *element, struct quo_answer *answer)
{
    *answer =
        (struct quo_answer){.control = -1, .coverage = NAN, .reliability = NAN, .line = quo_setting_line(element)};
    quo_setting_bool(element, "not_applicable", false, &answer->not_applicable);
    read_level(element, answer);
    int64_t whole = 0;
    quo_setting_int(element, "evidence", 0, QUO_EVIDENCE_GRADES - 1, false, &whole);
    answer->evidence = (int)whole;
    quo_setting_number(element, "coverage", 0.0, 1.0, "", false, &answer->coverage);
    quo_setting_number(element, "reliability", 0.0, 1.0, "", false, &answer->reliability);
    whole = -1;
    quo_setting_int(element, "age_months", 0, 1200, false, &whole);
    answer->age_months = (int)whole;
    answer->reason = quo_protocol_text(r, element, "reason", answer->not_applicable);
    answer->note = quo_protocol_text(r, element, "note", false);
}

/* Notes the answer for one control. by_domain: yields to an answer that names the control. */
static void add_answer(struct quo_protocol_reader *r, const struct quo_setting *at, const struct quo_answer *answer,
                       int control, bool by_domain)
{
    struct quo_protocol *p = r->protocol;
    for (size_t i = 0; i < p->n_answers; i++)
        if (p->answer[i].control == control) {
            if (!by_domain)
                quo_setting_fault(at, "one answer for each control", "%s is answered twice; first at line %d",
                                  r->catalogue->control[control].id, p->answer[i].line);
            return;
        }
    struct quo_answer *copy = &p->answer[p->n_answers++];
    *copy = *answer;
    copy->control = control;
    copy->reason = quo_protocol_copy(r, answer->reason);
    copy->note = quo_protocol_copy(r, answer->note);
}

/* `name` is a control, or a domain standing for all of its controls that are not answered by name: those come in a
 * second pass, `domains`. */
static void answer_for(struct quo_protocol_reader *r, const struct quo_setting *at, const char *name,
                       const struct quo_answer *answer, bool domains)
{
    const struct quo_catalogue *c = r->catalogue;
    for (size_t d = 0; d < c->n_domains; d++)
        if (strcmp(c->domain[d].id, name) == 0) {
            if (domains && r->domain_line[d])
                quo_setting_fault(at, "one answer for each domain", "domain %s is answered twice; first at line %d",
                                  name, r->domain_line[d]);
            else if (domains)
                r->domain_line[d] = answer->line;
            for (size_t i = 0; domains && i < c->n_controls; i++)
                if (c->control[i].domain_index == (int)d)
                    add_answer(r, at, answer, (int)i, true);
            return;
        }
    if (domains)
        return;
    const int control = quo_catalogue_control(c, name);
    if (control >= 0) {
        add_answer(r, at, answer, control, false);
        return;
    }
    char hint[128];
    const int near = quo_catalogue_nearest(c, name);
    quo_setting_fault(
        at, quo_protocol_suggest(hint, near < 0 ? NULL : c->control[near].id, "an id of the catalogue, such as KM-01"),
        "unknown control '%s'", name);
}

#define NAMELESS (-2) /* in place of the control: told in the first pass */

/* Takes the answer over for the controls that it names, in the second pass for the domains. */
static void read_names(struct quo_protocol_reader *r, const struct quo_setting *element, struct quo_answer *answer,
                       bool domains)
{
    const char *name = NULL;
    if (answer->control == NAMELESS)
        return;
    const bool listed = quo_setting_has(element, "controls");
    const struct quo_setting *several = quo_setting_list(element, "controls", false);
    if (!domains && several && quo_setting_has(element, "control"))
        quo_setting_fault(element, "one of the two", "both control and controls");
    if (!domains && several && quo_setting_length(several) == 0)
        quo_setting_fault(several, "one id at least, such as \"KM-01\"", "an answer for no control");
    for (size_t k = 0; k < quo_setting_length(several); k++) {
        const struct quo_setting *one = quo_setting_element(several, k);
        if ((!domains || quo_setting_is_text(one)) && quo_setting_as_text(one, &name))
            answer_for(r, one, name, answer, domains);
    }
    if (!listed && quo_setting_text(element, "control", true, &name))
        answer_for(r, quo_setting_child(element, "control"), name, answer, domains);
    else if (!several)
        answer->control = NAMELESS;
}

static void read_answers(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "answers", false);
    const size_t n = quo_setting_length(list);
    struct quo_protocol *p = r->protocol;
    p->answer = quo_protocol_room(r, n ? r->catalogue->n_controls : 0, sizeof *p->answer);
    struct quo_answer *each = quo_protocol_room(r, n, sizeof *each);
    for (int domains = 0; domains <= 1; domains++)
        for (size_t i = 0; p->answer && each && i < n; i++) {
            const struct quo_setting *element = quo_setting_element(list, i);
            if (!domains)
                read_answer(r, element, &each[i]);
            read_names(r, element, &each[i], domains);
        }
    for (size_t i = 0; each && i < n; i++) {
        free(each[i].reason);
        free(each[i].note);
    }
    free(each);
}

static void read_delays(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "delays", false);
    const size_t n = quo_protocol_length(list, QUO_SETS_MAX, "delays");
    struct quo_protocol *p = r->protocol;
    p->delay = quo_protocol_room(r, n, sizeof *p->delay);
    for (size_t i = 0; p->delay && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_delay *delay = &p->delay[i];
        p->n_delays = i + 1;
        delay->id = quo_protocol_text(r, element, "id", true);
        QUO_PROTOCOL_REFUSE_TWICE(element, "delay", p->delay, i, id)
        delay->powers = quo_protocol_powers(element, "powers");
        quo_setting_number(element, "delay_hours", 0.0, DELAY_MAX, "hours", true, &delay->delay_hours);
        int word = 0;
        delay->veto_said = quo_setting_word(element, "veto", quo_veto_names(), QUO_VETOES, false, &word);
        delay->veto = (enum quo_veto)word;
        quo_setting_bool(element, "bypass", false, &delay->bypass);
    }
}

static void read_caps(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    const struct quo_setting *list = quo_setting_list(group, "caps", false);
    const size_t n = quo_protocol_length(list, QUO_SETS_MAX, "caps");
    struct quo_protocol *p = r->protocol;
    p->cap = quo_protocol_room(r, n, sizeof *p->cap);
    for (size_t i = 0; p->cap && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_cap *cap = &p->cap[i];
        p->n_caps = i + 1;
        *cap = (struct quo_cap){.per_hour_usd = INFINITY, .hard_usd = INFINITY, .share = 1.0};
        cap->id = quo_protocol_text(r, element, "id", true);
        QUO_PROTOCOL_REFUSE_TWICE(element, "cap", p->cap, i, id)
        cap->powers = quo_protocol_powers(element, "powers");
        quo_setting_number(element, "per_hour_usd", 0.0, EXPOSURE_MAX, "USD", false, &cap->per_hour_usd);
        quo_setting_number(element, "burst_usd", 0.0, EXPOSURE_MAX, "USD", false, &cap->burst_usd);
        quo_setting_number(element, "window_hours", 0.0, 8760.0, "hours", false, &cap->window_hours);
        quo_setting_number(element, "hard_usd", 0.0, EXPOSURE_MAX, "USD", false, &cap->hard_usd);
        quo_setting_number(element, "share", 0.0, 1.0, "", false, &cap->share);
        if (!quo_setting_has(element, "per_hour_usd") && !quo_setting_has(element, "hard_usd"))
            quo_setting_fault(element, "per_hour_usd or hard_usd", "a cap that limits nothing");
    }
}

/* Costs that are said stand; the others follow from the votes. Borrowing without a snapshot takes no time. */
static void read_votes(struct quo_protocol *p, const struct quo_setting *v)
{
    if (!v)
        return;
    struct quo_capture_votes_for *f = &p->votes;
    *f = (struct quo_capture_votes_for){.depth = INFINITY, .bribe_yield = NAN};
    f->borrow_days = p->snapshot ? 7.0 : 0.0;
    p->has_votes = true;
    quo_setting_number(v, "supply", 1.0, 1e18, "tokens", true, &f->supply);
    quo_setting_number(v, "price_usd", 1e-12, 1e9, "USD", true, &f->price_usd);
    quo_setting_number(v, "quorum_share", 0.0, 1.0, "", true, &f->quorum_share);
    quo_setting_number(v, "turnout_share", 0.0, 1.0, "", false, &f->turnout_share);
    quo_setting_number(v, "depth", 1.0, 1e18, "tokens", false, &f->depth);
    quo_setting_number(v, "resale_share", 0.0, 1.0, "", false, &f->resale_share);
    quo_setting_number(v, "borrowable_share", 0.0, 1.0, "", false, &f->borrowable_share);
    quo_setting_number(v, "borrow_rate", 0.0, 100.0, "a year", false, &f->borrow_rate);
    quo_setting_number(v, "borrow_days", 0.0, 3650.0, "days", false, &f->borrow_days);
    quo_setting_number(v, "bribe_yield", 0.0, 100.0, "", false, &f->bribe_yield);
    if (f->quorum_share == 0.0 && f->turnout_share == 0.0)
        quo_setting_fault(v, "quorum_share or turnout_share above 0", "a vote that needs no votes");
    const struct quo_capture_costs ways = quo_capture_ways(f, &p->votes_needed);
    if (isnan(p->capture_cost_usd))
        p->capture_cost_usd = ways.buy;
    if (isnan(p->borrow_cost_usd))
        p->borrow_cost_usd = ways.borrow;
    if (isnan(p->bribe_cost_usd))
        p->bribe_cost_usd = ways.bribe;
}

static void read_governance(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    struct quo_protocol *p = r->protocol;
    p->capture_cost_usd = p->extractable_usd = p->borrow_cost_usd = p->bribe_cost_usd = p->votes_needed = NAN;
    const struct quo_setting *g = quo_setting_group(group, "governance", false);
    if (!g)
        return;
    p->has_governance = true;
    quo_setting_number(g, "capture_cost_usd", 0.0, EXPOSURE_MAX, "USD", !quo_setting_has(g, "votes"),
                       &p->capture_cost_usd);
    quo_setting_number(g, "extractable_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->extractable_usd);
    quo_setting_number(g, "borrow_cost_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->borrow_cost_usd);
    quo_setting_number(g, "bribe_cost_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->bribe_cost_usd);
    quo_setting_bool(g, "snapshot", false, &p->snapshot);
    read_votes(p, quo_setting_group(g, "votes", false));
}

/* What one rests on is priced by its kind: that of a group that signers share, or one of quo_protocol_vendor_kinds. */
static void check_kind(const struct quo_protocol_reader *r, const struct quo_setting *element,
                       const struct quo_dependency *d)
{
    const char *const *more = quo_protocol_vendor_kinds();
    char hint[512] = "one of";
    size_t used = strlen(hint);
    const size_t groups = r->catalogue->n_group_kinds;
    for (size_t i = 0; i < groups || more[i - groups]; i++) {
        const char *kind = i < groups ? r->catalogue->group_kind[i].kind : more[i - groups];
        if (strcmp(kind, d->kind) == 0)
            return;
        const int n = snprintf(hint + used, sizeof hint - used, "%s %s", i ? "," : "", kind);
        used += n > 0 && (size_t)n < sizeof hint - used ? (size_t)n : 0;
    }
    quo_setting_warn(quo_setting_child(element, "kind"), hint,
                     "dependency '%s:%s' is of no known kind and counts as 'other' where no dependence file links it",
                     d->kind, d->vendor ? d->vendor : "?");
}

static void read_ties(struct quo_protocol_reader *r, const struct quo_setting *group)
{
    struct quo_protocol *p = r->protocol;
    const struct quo_setting *list = quo_setting_list(group, "dependencies", false);
    size_t n = quo_protocol_length(list, QUO_TIES_MAX, "dependencies");
    p->dependency = quo_protocol_room(r, n, sizeof *p->dependency);
    for (size_t i = 0; p->dependency && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        struct quo_dependency *d = &p->dependency[i];
        p->n_dependencies = i + 1;
        d->accumulated_usd = NAN;
        d->kind = quo_protocol_text(r, element, "kind", true);
        d->vendor = quo_protocol_text(r, element, "vendor", true);
        quo_setting_number(element, "accumulated_usd", 0.0, EXPOSURE_MAX, "USD", false, &d->accumulated_usd);
        if (d->kind)
            check_kind(r, element, d);
        for (size_t k = 0; k < i; k++)
            if (d->kind && d->vendor && p->dependency[k].kind && p->dependency[k].vendor &&
                strcmp(d->kind, p->dependency[k].kind) == 0 && strcmp(d->vendor, p->dependency[k].vendor) == 0)
                quo_setting_fault(element, "remove one of the two", "dependency %s:%s stands twice", d->kind,
                                  d->vendor);
    }
    list = quo_setting_list(group, "collateral_in", false);
    n = quo_protocol_length(list, QUO_TIES_MAX, "places where its token is collateral");
    p->collateral = quo_protocol_room(r, n, sizeof *p->collateral);
    for (size_t i = 0; p->collateral && i < n; i++) {
        const struct quo_setting *element = quo_setting_element(list, i);
        p->n_collateral = i + 1;
        p->collateral[i].protocol = quo_protocol_text(r, element, "protocol", true);
        quo_setting_number(element, "usd", 0.0, EXPOSURE_MAX, "USD", true, &p->collateral[i].usd);
    }
    const struct quo_setting *history = quo_setting_group(group, "history", false);
    if (history) {
        int64_t incidents = 0;
        p->has_history = true;
        const bool years_said = quo_setting_number(history, "years", 0.0, 100.0, "years", true, &p->history_years);
        const bool count_said = quo_setting_int(history, "incidents", 0, 10000, true, &incidents);
        if (years_said && count_said && p->history_years == 0.0 && incidents > 0)
            quo_setting_fault(quo_setting_child(history, "years"), "the years in which they happened, or incidents = 0",
                              "%d incidents in no time", (int)incidents);
        p->history_incidents = (int)incidents;
    }
}

enum quo_status quo_protocol_read(const struct quo_setting *group, const struct quo_catalogue *catalogue,
                                  struct quo_protocol **out, struct quo_faults *faults)
{
    *out = NULL;
    const size_t refused_before = quo_faults_refusals(faults);
    struct quo_protocol_reader r = {.catalogue = catalogue, .protocol = calloc(1, sizeof *r.protocol)};
    struct quo_protocol *p = r.protocol;
    if (!p)
        return QUO_MACHINE;
    p->id = quo_protocol_text(&r, group, "id", true);
    p->name = quo_protocol_text(&r, group, quo_setting_has(group, "name") ? "name" : "id", false);
    p->chain = quo_protocol_text(&r, group, "chain", false);
    quo_setting_bool(group, "bridge", false, &p->bridge);
    quo_setting_number(group, "exposure_usd", 1.0, EXPOSURE_MAX, "USD", true, &p->exposure_usd);
    p->hot_share = NAN;
    p->exit_liquidity_usd = INFINITY;
    quo_setting_number(group, "hot_share", 0.0, 1.0, "", false, &p->hot_share);
    if (quo_setting_number(group, "exit_liquidity_usd", 0.0, EXPOSURE_MAX, "USD", false, &p->exit_liquidity_usd) &&
        p->exit_liquidity_usd < 1.0)
        quo_setting_fault(quo_setting_child(group, "exit_liquidity_usd"), "1 USD or more; leave it out for no bound",
                          "with exit_liquidity_usd %g nothing can be gained", p->exit_liquidity_usd);
    read_answers(&r, group);
    quo_protocol_read_sets(&r, group);
    read_delays(&r, group);
    read_caps(&r, group);
    read_governance(&r, group);
    read_ties(&r, group);
    enum quo_status status = QUO_OK;
    if (r.no_memory)
        status = QUO_MACHINE;
    else if (quo_faults_refusals(faults) > refused_before)
        status = QUO_REFUSED;
    if (status) {
        quo_protocol_free(p);
        return status;
    }
    quo_protocol_check(p, catalogue, group);
    *out = p;
    return QUO_OK;
}
