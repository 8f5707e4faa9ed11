/* Relativities a second: protocols of 30 answers, 9 signers and 5 groups, each with other levels, evidence, storage and threshold.
 * Checked first: the market's own profiles average to 1. The goal is 20,000 a second on one core. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "risk/base/stream.h"
#include "risk/controls/score.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct quo_protocol *model_protocol(const struct quo_catalogue *catalogue)
{
    char text[8192];
    size_t n =
        (size_t)snprintf(text, sizeof text, "protocol = { id = \"b\"; exposure_usd = 1e8; bridge = true; answers = (");
    for (size_t i = 0; i < 30; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s{ control = \"%s\"; level = 1; }", i ? ", " : "",
                              catalogue->control[i].id);
    n += (size_t)snprintf(text + n, sizeof text - n,
                          "); signer_sets = ( { id = \"s\"; purpose = [\"move\", \"upgrade\", "
                          "\"bridge_messages\"]; threshold = 5; signers = (");
    static const char *const groups[] = {"org:a", "org:b", "device:a", "device:b", "cloud:a"};
    for (int j = 0; j < 9; j++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "%s{ id = \"k%d\"; storage = \"hsm\"; groups = [\"%s\", \"%s\"]; }", j ? ", " : "", j,
                              groups[j % 2], groups[2 + j % 3]);
    snprintf(text + n, sizeof text - n,
             "); } ); delays = ( { id = \"d\"; powers = [\"upgrade\"]; delay_hours = 24.0; veto = "
             "\"guardian\"; } ); "
             "caps = ( { id = \"c\"; powers = [\"move\"]; per_hour_usd = 1e6; } ); };");
    struct quo_faults faults;
    struct quo_config *config;
    struct quo_protocol *protocol = NULL;
    quo_faults_init(&faults);
    if (quo_config_open_text(text, strlen(text), "bench", &config, &faults) == QUO_OK)
        quo_protocol_read(quo_setting_group(quo_config_root(config), "protocol", true), catalogue, &protocol, &faults);
    quo_config_close(config);
    quo_faults_free(&faults);
    return protocol;
}

static void shuffle(struct quo_protocol *p, const struct quo_catalogue *catalogue, uint64_t i)
{
    struct quo_stream s = quo_stream_at(1, i, 0, 50);
    for (size_t k = 0; k < p->n_answers; k++) {
        p->answer[k].level = (int)quo_stream_below(&s, 5);
        p->answer[k].evidence = (int)quo_stream_below(&s, 5);
    }
    struct quo_signer_set *set = &p->signer_set[0];
    set->threshold = 1 + (int)quo_stream_below(&s, 9);
    for (size_t j = 0; j < set->n_signers; j++)
        strcpy(set->signer[j].storage, quo_stream_below(&s, 2) ? "hsm" : "mpc");
    p->delay[0].delay_hours = 1.0 + (double)quo_stream_below(&s, 100);
    (void)catalogue;
}

/* The program from its start to its end, the least of some runs, ms; NaN if it fails. */
static double cold(int runs)
{
    char command[512];
    const char *build = getenv("BUILD");
    double least = INFINITY;
    snprintf(command, sizeof command, "%s/quorate score --quiet fixtures/examples/bridge.protocol.cfg >/dev/null",
             build ? build : "build");
    for (int i = 0; i < runs; i++) {
        const double started = now();
        if (system(command) != 0)
            return NAN;
        least = fmin(least, now() - started);
    }
    return 1e3 * least;
}

int main(void)
{
    struct quo_faults faults;
    struct quo_catalogue *catalogue;
    struct quo_market *market = NULL;
    struct quo_scale *scale = NULL;
    struct quo_relativity r[QUO_PERILS];
    quo_faults_init(&faults);
    const double begin = now();
    if (quo_catalogue_load("fixtures/catalogue/controls.cfg", &catalogue, &faults) ||
        quo_market_load("fixtures/market/market.cfg", catalogue, &market, &faults) ||
        quo_scale_new(catalogue, market, &scale, &faults))
        return 1;
    const double loaded = now() - begin;
    for (int p = 0; p < QUO_COVERED_PERILS; p++) {
        double mean = 0.0;
        for (size_t i = 0; i < market->n_profiles; i++) {
            quo_score_relativities(market->profile[i].protocol, scale, r);
            mean += quo_market_weight(&market->profile[i], (enum quo_peril)p) * r[p].frequency * r[p].severity *
                    r[p].duration;
        }
        if (fabs(mean - 1.0) > 1e-9) {
            printf("score: the market averages to %.12g on %s: wrong\n", mean, quo_peril_id((enum quo_peril)p));
            return 1;
        }
    }
    struct quo_protocol *protocol = model_protocol(catalogue);
    if (!protocol)
        return 1;
    const int n = 100000, full = 200;
    double sum = 0.0, started = now();
    for (int i = 0; i < n; i++) {
        shuffle(protocol, catalogue, (uint64_t)i);
        if (quo_score_relativities(protocol, scale, r))
            return 1;
        sum += r[QUO_KEY_COMPROMISE].frequency;
    }
    const double fast = (now() - started) / n;
    started = now();
    for (int i = 0; i < full; i++) {
        struct quo_score *score;
        shuffle(protocol, catalogue, (uint64_t)i);
        if (quo_score_protocol(protocol, scale, NULL, &score))
            return 1;
        quo_score_free(score);
    }
    const double whole = (now() - started) / full;
    printf("score: catalogue, market and scale in %.1f ms\n", 1e3 * loaded);
    printf("score: relativities of 30 answers, 9 signers, 5 groups: %.1f us, %.0f a second (goal "
           "20,000: %.2f of it); mean frequency %.3f\n",
           1e6 * fast, 1.0 / fast, 1.0 / fast / 20000.0, sum / n);
    printf("score: whole score with 58 controls moved one by one: %.2f ms, %.0f relativities' time\n", 1e3 * whole,
           whole / fast);
    printf("score: the example, program and shell from start to end: %.1f ms (goal 10)\n", cold(20));
    quo_protocol_free(protocol);
    quo_scale_free(scale);
    quo_market_free(market);
    quo_catalogue_free(catalogue);
    quo_faults_free(&faults);
    return 0;
}
