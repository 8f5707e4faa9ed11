/* The library where memory runs out: the k-th request of the library's own code or of GSL fails, for k spread over all of them (every one
 * with EVERY=quote in the environment). What it returns is QUO_MACHINE, or the result it gives with enough memory to the last bit: never another.
 *
 * libconfig, FFTW and OpenMP's runtime do not look at what they get; their requests are let through (see pricing/cmd/outofmemory.c). */
#include "check.h"

#include <dlfcn.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "pricing/desk/quotejson.h"
#include "risk/base/date.h"
#include "risk/fitting/incidents.h"
#include "risk/perils/perilfit.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define SANITIZED
#endif

static long requests, fail_at; /* since the last call of begin(); 0: none fails */
static bool failed;

#ifndef SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

static bool fails(const void *caller)
{
    Dl_info info;
    if (fail_at == 0 || ++requests != fail_at || !dladdr(caller, &info) || !info.dli_fname)
        return false;
    for (const char *const *other = (const char *const[]){"libconfig", "libfftw", "libgomp", "libomp", "libc.", NULL};
         *other; other++)
        if (strstr(info.dli_fname, *other))
            return false;
    return failed = true;
}

void *malloc(size_t size) { return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size); }
void *realloc(void *block, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}
#endif

static void begin(long at)
{
    requests = 0;
    failed = false;
    fail_at = at;
}

static long end(void)
{
    fail_at = 0;
    return requests;
}

/* Runs a piece of work with request `at` failing; its result as text, NULL if it failed with `*status`. */
typedef char *work(long at, enum quo_status *status);

static void sweep(const char *name, work *run, long places)
{
#ifdef SANITIZED
    (void)name, (void)run, (void)places;
    skip();
#else
    enum quo_status status;
    omp_set_num_threads(1);
    char *right = run(1L << 60, &status);
    const long all = requests;
    assert_int_equal(status, QUO_OK);
    assert_non_null(right);
    const long step = (getenv("EVERY") && strcmp(getenv("EVERY"), name) == 0) || all < places ? 1 : all / places;
    long hit = 0, wrong = 0;
    for (long at = 1; at <= all; at += step) {
        char *text = run(at, &status);
        hit += failed;
        if (status != QUO_MACHINE && !(status == QUO_OK && text && strcmp(text, right) == 0))
            wrong++, print_error("%s: request %ld of %ld failed, and the status is '%s'%s", name, at, all, quo_status_text(status),
                     text ? " with another result\n" : "\n");
        free(text);
    }
    free(right);
    assert_int_equal(wrong, 0);
    assert_true(hit > places / 2); /* or nothing was tried */
#endif
}

static struct desk *desk;
static struct quo_policy *policy;
static struct quo_incidents *incidents;

static char *fitted(long at, enum quo_status *status)
{
    struct quo_perilfit_options o;
    struct quo_perilfit *fit = NULL;
    struct quo_faults faults;
    quo_faults_init(&faults);
    quo_perilfit_options_init(&o);
    o.from = quo_date_from_civil(2024, 7, 1);
    o.draws = 1;
    o.tests = 1;
    begin(at);
    *status = quo_perilfit_run(incidents, desk->engine->market, &o, &fit, &faults);
    end();
    quo_faults_free(&faults);
    if (!fit)
        return NULL;
    char *text = NULL;
    size_t n;
    FILE *to = open_memstream(&text, &n);
    assert_non_null(to);
    quo_model_pack(fit->model, to, NULL);
    for (size_t i = 0; i < fit->n_warnings; i++)
        fprintf(to, "%s\n", fit->warning[i]);
    for (int p = 0; p < QUO_COVERED_PERILS; p++)
        for (int c = 0; c < fit->peril[p].sizes.n_candidates; c++)
            fprintf(to, "%d %d %a %a %a\n", p, c, fit->peril[p].sizes.candidate[c].fit.aicc,
                    fit->peril[p].sizes.candidate[c].p_ad, fit->peril[p].sizes.candidate[c].log_score);
    fclose(to);
    quo_perilfit_free(fit);
    return text;
}

static void a_fit(void **state)
{
    (void)state;
    sweep("fit", fitted, 6);
}

static char *quoted(long at, enum quo_status *status)
{
    struct quo_quote_options o;
    struct quo_quote *quote = NULL;
    quo_quote_options_init(&o);
    o.draws = 3;
    begin(at);
    *status = quo_quote_price(desk->engine, policy, &o, &quote);
    end();
    json_t *json = quote ? quo_quotejson(quote, NULL, 0, 1) : NULL;
    char *text = json ? json_dumps(json, JSON_REAL_PRECISION(17)) : NULL;
    json_decref(json);
    quo_quote_free(quote);
    return text;
}

static void a_quote(void **state)
{
    (void)state;
    sweep("quote", quoted, 150);
}

static int open_files(void **state)
{
    if (desk_open(state) != 0)
        return -1;
    desk = *state;
    policy = desk_load(desk, "fixtures/examples/bridge.policy.cfg");
    return quo_incidents_load("fixtures/incidents/incidents.csv", &incidents, &desk->faults) == QUO_OK ? 0 : -1;
}

static int close_files(void **state)
{
    quo_policy_free(policy);
    quo_incidents_free(incidents);
    return desk_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_fit), cmocka_unit_test(a_quote)};
    return cmocka_run_group_tests(tests, open_files, close_files);
}
