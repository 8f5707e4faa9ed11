/* Replays every file of tests/fuzz/corpus/NAME through the fuzz target fuzz_NAME, and every prefix of the small ones.
 * A target asserts what must hold; this test fails by crashing; VERBOSE=1 tells
 * which file it was. */
#include "check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET(name) int name(const uint8_t *data, size_t size);
#include "fuzz_targets.h"
#undef TARGET

static const struct {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define TARGET(name) {#name, name},
#include "fuzz_targets.h"
#undef TARGET
};

static void replay(const char *path, int (*run)(const uint8_t *data, size_t size))
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    uint8_t *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    const size_t n = fread(bytes, 1, 1 << 20, in);
    fclose(in);
    if (getenv("VERBOSE"))
        fprintf(stderr, "%s\n", path);
    /* A copy of the exact size, so that a read past the end is seen. */
    const size_t shortest = n <= 400 ? 0 : n;
    for (size_t k = shortest; k <= n; k++) {
        uint8_t *exact = malloc(k ? k : 1);
        assert_non_null(exact);
        memcpy(exact, bytes, k);
        assert_int_equal(run(exact, k), 0);
        free(exact);
    }
    free(bytes);
}

static void every_corpus_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char folder[128];
        snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", targets[i].name + strlen("fuzz_"));
        DIR *files = opendir(folder);
        if (!files)
            fail_msg("%s has no corpus at %s", targets[i].name, folder);
        int count = 0;
        for (const struct dirent *file; (file = readdir(files));) {
            if (file->d_name[0] == '.')
                continue;
            char path[512];
            snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
            replay(path, targets[i].run);
            count++;
        }
        closedir(files);
        if (count == 0)
            fail_msg("%s is empty", folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_corpus_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
