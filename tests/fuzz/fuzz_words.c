/* Any lines as what a command line holds: laws of sizes and of counts ("lognormal meanlog=7 sdlog=1"), distortions, numbers, dates.
 * What is accepted must be possible, and written out and read back it must be the same. */
#include "bytes.h"

#include <math.h>
#include <stdlib.h>
#include "pricing/aggregate/measures.h"
#include "risk/base/date.h"
#include "risk/base/text.h"
#include "risk/severity/frequency.h"
#include "risk/severity/severity.h"

#define WORDS 24

/* Cut at blanks, in place. */
static size_t cut(char *text, const char **word)
{
    size_t n = 0;
    char *rest = text;
    for (char *one; n < WORDS && (one = strtok_r(rest, " ", &rest));)
        word[n++] = one;
    return n;
}

static void try_severity(const char *const *word, size_t n, struct quo_faults *faults)
{
    struct quo_severity s, again;
    if (quo_severity_parse(word[0], word + 1, n - 1, &s, faults) != QUO_OK)
        return;
    assert(quo_severity_invalid(&s) == NULL);
    static const double x[] = {0.0, 1e-300, 0.3, 1.0, 2385.0, 1e12, 1e300, INFINITY};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        const double above = quo_severity_Q(x[i], &s), below = quo_severity_P(x[i], &s);
        assert(above >= 0.0 && above <= 1.0 && below >= 0.0 && below <= 1.0 && fabs(above + below - 1.0) < 1e-6);
    }
    char text[512];
    const char *part[WORDS];
    if (quo_severity_format(&s, text, sizeof text) >= sizeof text)
        return;
    const size_t parts = cut(text, part);
    const enum quo_status status = quo_severity_parse(part[0], part + 1, parts - 1, &again, faults);
    assert(status == QUO_OK && again.family == s.family && again.threshold == s.threshold);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < QUO_LAW_MAX; i++)
            assert(again.law[k].par[i] == s.law[k].par[i]);
}

static void try_frequency(const char *const *word, size_t n, struct quo_faults *faults)
{
    struct quo_frequency f;
    if (quo_frequency_parse(word[0], word + 1, n - 1, &f, faults) != QUO_OK)
        return;
    assert(quo_frequency_invalid(&f) == NULL);
    static const int64_t k[] = {0, 1, 2, 7, 1000};
    for (size_t i = 0; i < sizeof k / sizeof *k; i++) {
        const double above = quo_frequency_Q(k[i], &f), below = quo_frequency_P(k[i], &f);
        assert(above >= 0.0 && above <= 1.0 && below >= 0.0 && below <= 1.0 && fabs(above + below - 1.0) < 1e-6);
    }
    assert(quo_frequency_mean(&f) >= 0.0);
}

static void try_line(char *line, struct quo_faults *faults)
{
    double real;
    int64_t whole;
    int day;
    struct quo_distortion distortion;
    if (quo_text_real(line, &real)) {
        char text[32];
        double back;
        assert(isfinite(real));
        quo_text_from_real(real, text);
        assert(quo_text_real(text, &back) && memcmp(&back, &real, sizeof real) == 0);
    }
    if (quo_text_whole(line, &whole))
        assert(quo_text_real(line, &real) || whole != 0);
    if (quo_date_parse(line, &day)) {
        char text[11];
        int back;
        quo_date_format(day, text);
        assert(quo_date_parse(text, &back) && back == day);
    }
    if (quo_distortion_parse(line, &distortion, faults)) {
        double before = 0.0;
        assert(quo_distortion_invalid(&distortion) == NULL);
        for (double s = 0.0; s <= 1.0; s += 0.125) {
            const double g = quo_distortion_g(s, &distortion);
            assert(g >= before - 1e-12 && g <= 1.0);
            before = g;
        }
    }
    const char *word[WORDS];
    const size_t n = cut(line, word);
    if (n > 0) {
        try_severity(word, n, faults);
        try_frequency(word, n, faults);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *lines = strndup(size ? (const char *)data : "", size), *rest = lines;
    assert(lines);
    for (char *line; (line = strsep(&rest, "\n"));) {
        struct quo_faults faults;
        quo_faults_init(&faults);
        try_line(line, &faults);
        quo_faults_free(&faults);
    }
    free(lines);
    return 0;
}
