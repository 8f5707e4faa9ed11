#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int desk_open(void **state)
{
    static struct desk desk;
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    quo_faults_init(&desk.faults);
    *state = &desk;
    return quo_engine_new(&shipped, &desk.engine, &desk.faults) == QUO_OK ? 0 : -1;
}

int desk_close(void **state)
{
    struct desk *desk = *state;
    quo_engine_free(desk->engine);
    quo_faults_free(&desk->faults);
    return 0;
}

struct quo_policy *desk_load(struct desk *desk, const char *file)
{
    struct quo_policy *policy = NULL;
    assert_int_equal(quo_policy_load(file, desk->engine->catalogue, &policy, &desk->faults), QUO_OK);
    return policy;
}

/* A text is not allowed to include files: the example's protocol is put in here. */
static char *example_protocol(void)
{
    FILE *from = fopen("fixtures/examples/bridge.protocol.cfg", "r");
    char *text = calloc(1, 1 << 16);
    assert_non_null(from);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, from) > 0);
    fclose(from);
    return text;
}

struct quo_policy *desk_policy(struct desk *desk, const char *covers, const char *rest)
{
    static const char format[] =
        "policy = { id = \"T\"; inception = \"2026-08-01\"; term_days = 365;\ncovers = (\n%s\n);\n%s\n%s\n};\n";
    char *protocol = example_protocol();
    const size_t room = strlen(covers) + strlen(rest) + strlen(protocol) + sizeof format;
    char *text = malloc(room);
    struct quo_config *config = NULL;
    struct quo_policy *policy = NULL;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_non_null(text);
    snprintf(text, room, format, covers, rest, protocol);
    enum quo_status status = quo_config_open_text(text, strlen(text), "t.cfg", &config, &faults);
    if (status == QUO_OK)
        status = quo_policy_read(config, desk->engine->catalogue, &policy, &faults);
    if (status != QUO_OK)
        fail_msg("the test's policy is refused: line %d: %s", faults.n ? faults.fault[0].line : 0,
                 faults.n ? faults.fault[0].text : "no word why");
    quo_config_close(config);
    quo_faults_free(&faults);
    free(text);
    free(protocol);
    return policy;
}

struct quo_quote *desk_quote(struct desk *desk, const struct quo_policy *policy, long draws)
{
    struct quo_quote_options options;
    struct quo_quote *quote = NULL;
    quo_quote_options_init(&options);
    options.draws = draws;
    assert_int_equal(quo_quote_price(desk->engine, policy, &options, &quote), QUO_OK);
    return quote;
}
