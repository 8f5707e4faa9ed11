#include "tests/kit_controls.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "risk/base/text.h"
#include "tests/check.h"

void kit_print(const struct quo_faults *faults)
{
    char text[512];
    for (size_t i = 0; i < faults->n; i++) {
        quo_fault_format(&faults->fault[i], text, sizeof text);
        print_message("%s\n", text);
    }
}

void kit_open(struct kit *k)
{
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_catalogue_load("fixtures/catalogue/controls.cfg", &k->catalogue, &faults);
    if (k->catalogue)
        quo_market_load("fixtures/market/market.cfg", k->catalogue, &k->market, &faults);
    if (k->market)
        quo_scale_new(k->catalogue, k->market, &k->scale, &faults);
    kit_print(&faults);
    assert_int_equal(faults.n, 0);
    assert_non_null(k->scale);
    quo_faults_free(&faults);
}

void kit_close(struct kit *k)
{
    quo_scale_free(k->scale);
    quo_market_free(k->market);
    quo_catalogue_free(k->catalogue);
    *k = (struct kit){0};
}

char *kit_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    const size_t n = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(n + 1, 1);
    assert_int_equal(fread(text, 1, n, file), n);
    fclose(file);
    return text;
}

char *kit_change(const char *text, const char *from, const char *to, int *line)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("'%s' is not in the text to change", from);
    const size_t before = (size_t)(at - text);
    char *out = malloc(strlen(text) - strlen(from) + strlen(to) + 1);
    memcpy(out, text, before);
    strcpy(out + before, to);
    strcat(out, at + strlen(from));
    *line = 1;
    for (size_t i = 0; i < before; i++)
        *line += text[i] == '\n';
    return out;
}

bool kit_told(const struct quo_faults *faults, const char *words, int line, bool warning)
{
    for (size_t i = 0; i < faults->n; i++) {
        const struct quo_fault *f = &faults->fault[i];
        if ((strstr(f->text, words) || strstr(f->hint, words)) && (line == 0 || f->line == line) &&
            (warning || f->code != QUO_OK))
            return true;
    }
    return false;
}

struct quo_protocol *kit_protocol(const struct quo_catalogue *catalogue, const char *text, struct quo_faults *faults)
{
    struct quo_config *config;
    struct quo_protocol *protocol = NULL;
    if (quo_config_open_text(text, strlen(text), "text.cfg", &config, faults) != QUO_OK)
        return NULL;
    const struct quo_setting *group = quo_setting_group(quo_config_root(config), "protocol", true);
    if (group)
        quo_protocol_read(group, catalogue, &protocol, faults);
    if (quo_config_finish(config) != QUO_OK) {
        quo_protocol_free(protocol);
        protocol = NULL;
    }
    quo_config_close(config);
    return protocol;
}

struct text {
    char *at;
    size_t n, room;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char piece[512];
    const size_t n = (size_t)vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (t->n + n + 1 > t->room)
        t->at = realloc(t->at, t->room = 2 * (t->n + n + 1));
    memcpy(t->at + t->n, piece, n + 1);
    t->n += n;
}

static void random_set(struct text *t, const struct quo_catalogue *c, struct quo_stream *s, int index, bool bridge)
{
    static const char *const purposes[] = {"\"move\"", "\"move\", \"upgrade\"", "\"mint\", \"configure\"",
                                           "\"upgrade\", \"configure\"", "\"bridge_messages\""};
    static const char *const groups[] = {"org:a", "org:b", "device:a", "cloud:a", "ui:a"};
    const int n = 1 + (int)quo_stream_below(s, 9);
    add(t, "{ id = \"s%d\"; purpose = [%s]; threshold = %d; reach_share = %.2f; signers = (", index,
        purposes[quo_stream_below(s, bridge ? 5 : 4)], 1 + (int)quo_stream_below(s, (uint32_t)n),
        0.1 + 0.9 * quo_stream_uniform(s));
    for (int j = 0; j < n; j++) {
        add(t, "%s{ id = \"s%d-%d\"; ", j ? "," : "", index, j);
        if (quo_stream_below(s, 4))
            add(t, "storage = \"%s\"; ", c->storage[quo_stream_below(s, (uint32_t)c->n_storage)].name);
        if (quo_stream_below(s, 4)) {
            add(t, "groups = [");
            bool first = true;
            for (int g = 0; g < 5; g++)
                if (quo_stream_below(s, 3) == 0) {
                    add(t, "%s\"%s\"", first ? "" : ", ", groups[g]);
                    first = false;
                }
            add(t, "]; ");
        }
        add(t, "}");
    }
    add(t, "); }");
}

struct quo_protocol *kit_random(const struct quo_catalogue *catalogue, uint64_t seed, int answers, int sets)
{
    struct quo_stream s = quo_stream_at(seed, 0, 0, 0x7e57);
    struct text t = {0};
    const bool bridge = quo_stream_below(&s, 2) == 0;
    const double exposure = 1e6 * (1.0 + 1000.0 * quo_stream_uniform(&s));
    add(&t, "protocol = { id = \"random\"; exposure_usd = %.0f.0; bridge = %s; answers = (", exposure,
        bridge ? "true" : "false");
    bool first = true;
    for (size_t c = 0; c < catalogue->n_controls; c++) {
        if (quo_stream_below(&s, (uint32_t)catalogue->n_controls) >= (uint32_t)answers)
            continue;
        add(&t, "%s{ control = \"%s\"; level = %u; evidence = %u; ", first ? "" : ", ", catalogue->control[c].id,
            quo_stream_below(&s, 5), quo_stream_below(&s, 5));
        if (quo_stream_below(&s, 3) == 0)
            add(&t, "coverage = %.2f; ", quo_stream_uniform(&s));
        if (quo_stream_below(&s, 3) == 0)
            add(&t, "reliability = %.2f; ", quo_stream_uniform(&s));
        if (quo_stream_below(&s, 4) == 0)
            add(&t, "age_months = %u; ", quo_stream_below(&s, 40));
        add(&t, "}");
        first = false;
    }
    add(&t, "); signer_sets = (");
    for (int i = 0; i < sets; i++) {
        add(&t, "%s", i ? ", " : "");
        random_set(&t, catalogue, &s, i, bridge);
    }
    add(&t, "); ");
    if (quo_stream_below(&s, 2))
        add(&t,
            "delays = ( { id = \"d\"; powers = [\"upgrade\", \"mint\"]; delay_hours = %u.0; veto = "
            "\"guardian\"; } ); ",
            quo_stream_below(&s, 200));
    if (quo_stream_below(&s, 2))
        add(&t,
            "caps = ( { id = \"c\"; powers = [\"move\"]; per_hour_usd = %.0f.0; window_hours = "
            "24.0; share = 0.7; } ); ",
            1e4 + 1e6 * quo_stream_uniform(&s));
    if (quo_stream_below(&s, 2))
        add(&t,
            "governance = { capture_cost_usd = %.0f.0; extractable_usd = %.0f.0; snapshot = %s; "
            "}; ",
            1e6 + 1e8 * quo_stream_uniform(&s), exposure * quo_stream_uniform(&s),
            quo_stream_below(&s, 2) ? "true" : "false");
    add(&t, "};");
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_protocol *protocol = kit_protocol(catalogue, t.at, &faults);
    if (!protocol) {
        print_message("%s\n", t.at);
        kit_print(&faults);
        fail_msg("a random protocol is refused");
    }
    quo_faults_free(&faults);
    free(t.at);
    return protocol;
}

struct quo_protocol *kit_read(const struct kit *k, const char *body)
{
    char text[4096];
    struct quo_faults faults;
    quo_faults_init(&faults);
    snprintf(text, sizeof text, "protocol = { id = \"p\"; exposure_usd = 5e7; %s };", body);
    struct quo_protocol *p = kit_protocol(k->catalogue, text, &faults);
    kit_print(&faults);
    assert_non_null(p);
    quo_faults_free(&faults);
    return p;
}

struct quo_score *kit_score(const struct kit *k, const struct quo_protocol *p)
{
    struct quo_score *score;
    assert_int_equal(quo_score_protocol(p, k->scale, NULL, &score), QUO_OK);
    return score;
}

void kit_relativities(const struct kit *k, const struct quo_protocol *p, struct quo_relativity r[QUO_PERILS])
{
    assert_int_equal(quo_score_relativities(p, k->scale, r), QUO_OK);
}

struct kit kit;

int kit_set_up(void **state)
{
    (void)state;
    kit_open(&kit);
    return 0;
}

int kit_tear_down(void **state)
{
    (void)state;
    kit_close(&kit);
    return 0;
}
