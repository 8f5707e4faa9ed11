/* A file written in steps: what was kept is there after a fault, what was not is not, and only the same work goes on with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "risk/base/partfile.h"
#include "tests/check.h"
#include "tests/folder.h"

#define ID "00aa"

static int make(void **state) { return (void)state, folder_make(), 0; }
static int unmake(void **state) { return (void)state, folder_remove(), 0; }

static char *content(const char *path)
{
    static char text[256];
    FILE *from = fopen(path, "r");
    if (!from)
        return NULL;
    text[fread(text, 1, sizeof text - 1, from)] = '\0';
    fclose(from);
    return text;
}

static struct quo_partfile *begin(const char *path, const char *identity, bool resume, struct quo_partmark *mark,
                                  enum quo_status want)
{
    struct quo_faults faults;
    struct quo_partfile *file;
    quo_faults_init(&faults);
    assert_int_equal(quo_partfile_open(path, identity, resume, &file, mark, &faults), want);
    assert_int_equal(quo_faults_told(&faults) > 0, want != QUO_OK);
    quo_faults_free(&faults);
    return file;
}

static void goes_on_where_it_was_kept(void **state)
{
    (void)state;
    char path[256], part[300], at[300];
    struct quo_partmark mark;
    snprintf(path, sizeof path, "%s", folder_path("out.csv"));
    snprintf(part, sizeof part, "%s.part", path);
    snprintf(at, sizeof at, "%s.part.at", path);
    struct quo_partfile *file = begin(path, ID, true, &mark, QUO_OK); /* nothing to go on with */
    assert_int_equal(mark.done, 0);
    fputs("one\n", quo_partfile_stream(file));
    assert_int_equal(quo_partfile_keep(file, &(struct quo_partmark){1, 77}, NULL), QUO_OK);
    fputs("two, but it never counted", quo_partfile_stream(file));
    quo_partfile_abandon(file, true);
    assert_null(content(path));
    assert_non_null(content(part));

    begin(path, "00ab", true, &mark, QUO_REFUSED); /* other work */
    file = begin(path, ID, true, &mark, QUO_OK);
    assert_int_equal(mark.done, 1);
    assert_int_equal(mark.digest, 77);
    begin(path, ID, true, &mark, QUO_MACHINE); /* another is writing it */
    fputs("two\n", quo_partfile_stream(file));
    assert_int_equal(quo_partfile_commit(file, NULL), QUO_OK);
    assert_string_equal(content(path), "one\ntwo\n");
    assert_null(content(part));
    assert_null(content(at));
}

static void a_mark_that_was_changed_is_refused(void **state)
{
    (void)state;
    char path[256], at[300];
    struct quo_partmark mark;
    snprintf(path, sizeof path, "%s", folder_path("out.csv"));
    snprintf(at, sizeof at, "%s.part.at", path);
    struct quo_partfile *file = begin(path, ID, false, &mark, QUO_OK);
    fputs("one\n", quo_partfile_stream(file));
    assert_int_equal(quo_partfile_keep(file, &(struct quo_partmark){1, 5}, NULL), QUO_OK);
    quo_partfile_abandon(file, true);
    char *said = content(at);
    said[strcspn(said, " ") + 1] = '9';
    FILE *to = fopen(at, "w");
    fputs(said, to);
    fclose(to);
    begin(path, ID, true, &mark, QUO_REFUSED);
    /* Anew, it is all the same. */
    file = begin(path, ID, false, &mark, QUO_OK);
    assert_int_equal(mark.done, 0);
    fputs("new\n", quo_partfile_stream(file));
    assert_int_equal(quo_partfile_commit(file, NULL), QUO_OK);
    assert_string_equal(content(path), "new\n");
}

static void what_is_given_up_leaves_nothing(void **state)
{
    (void)state;
    char path[256], part[300];
    struct quo_partmark mark;
    snprintf(path, sizeof path, "%s", folder_path("out.csv"));
    snprintf(part, sizeof part, "%s.part", path);
    struct quo_partfile *file = begin(path, ID, false, &mark, QUO_OK);
    fputs("one\n", quo_partfile_stream(file));
    quo_partfile_abandon(file, true); /* nothing counted yet */
    assert_null(content(part));
    quo_partfile_abandon(NULL, true);
    assert_false(quo_partfile_can("-"));
    assert_false(quo_partfile_can("/dev/null"));
    assert_true(quo_partfile_can(path));
    begin("/no/such/folder/out.csv", ID, false, &mark, QUO_MACHINE);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {WITH_FOLDER(goes_on_where_it_was_kept),
                                       WITH_FOLDER(a_mark_that_was_changed_is_refused),
                                       WITH_FOLDER(what_is_given_up_leaves_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
