#include "check.h"
#include "folder.h"
#include "risk/base/outfile.h"
#include "told.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(void **state) { return (void)state, folder_make(), 0; }
static int unmake(void **state) { return (void)state, folder_remove(), 0; }

static struct quo_outfile *open_file(const char *path)
{
    struct quo_faults faults;
    quo_faults_init(&faults);
    struct quo_outfile *file;
    const enum quo_status status = quo_outfile_open(path, &file, &faults);
    check_told(&faults, "", path);
    assert_int_equal(status, QUO_OK);
    return file;
}

static void check_content(const char *path, const char *want)
{
    char text[64] = "";
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    const size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = '\0';
    assert_string_equal(text, want);
}

static void appears_whole_and_replaces(void **state)
{
    (void)state;
    const char *path = folder_path("out.txt");
    for (int round = 1; round <= 2; round++) {
        char text[16];
        snprintf(text, sizeof text, "round %d", round);
        struct quo_outfile *file = open_file(path);
        fputs(text, quo_outfile_stream(file));
        fflush(quo_outfile_stream(file));
        if (round == 1)
            assert_int_equal(access(path, F_OK), -1); /* not before it is whole */
        else
            check_content(path, "round 1");
        assert_int_equal(quo_outfile_commit(file, NULL), QUO_OK);
        check_content(path, text);
        assert_int_equal(folder_count(), 1);
    }
}

static void abandoned_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = folder_text("out.txt", "old");
    struct quo_outfile *file = open_file(path);
    fputs("new", quo_outfile_stream(file));
    quo_outfile_abandon(file);
    check_content(path, "old");
    assert_int_equal(folder_count(), 1);
    file = open_file(folder_path("never.txt"));
    quo_outfile_abandon(file);
    assert_int_equal(folder_count(), 1);
    quo_outfile_abandon(NULL);
}

/* A write that failed is seen at commit: the old file is there and nothing else. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = folder_text("out.txt", "old");
    struct quo_outfile *file = open_file(path);
    FILE *stream = quo_outfile_stream(file);
    fputs("new", stream);
    fflush(stream);
    const int full = open("/dev/full", O_WRONLY); /* from here on the disk is full */
    assert_int_equal(dup2(full, fileno(stream)), fileno(stream));
    close(full);
    fputs("more", stream);
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_outfile_commit(file, &faults), QUO_MACHINE);
    assert_int_equal(quo_faults_refusals(&faults), 1);
    quo_faults_free(&faults);
    check_content(path, "old");
    assert_int_equal(folder_count(), 1);
}

static void mode_and_link_stay(void **state)
{
    (void)state;
    const char *path = folder_text("real.txt", "old"), *link = folder_path("link.txt");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink(path, link), 0);
    struct quo_outfile *file = open_file(link);
    fputs("new", quo_outfile_stream(file));
    assert_int_equal(quo_outfile_commit(file, NULL), QUO_OK);
    check_content(path, "new");
    struct stat about;
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
}

/* A device is written to, never replaced. */
static void devices(void **state)
{
    (void)state;
    struct quo_outfile *file = open_file("/dev/null");
    fputs("x", quo_outfile_stream(file));
    assert_int_equal(quo_outfile_commit(file, NULL), QUO_OK);
    struct stat about;
    assert_int_equal(stat("/dev/null", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
    file = open_file("/dev/full");
    fputs("x", quo_outfile_stream(file));
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_outfile_commit(file, &faults), QUO_MACHINE);
    check_told(&faults, "/dev/full: cannot be written: No space left on device\n", "full");
    quo_faults_free(&faults);
}

static void paths_that_cannot_be_written(void **state)
{
    (void)state;
    static const struct {
        const char *path, *want;
    } in[] = {
        {"/nonexistent/out.txt", "/nonexistent/out.txt: cannot be written: No such file or directory\n"},
        {"/tmp", "/tmp: is a folder; give the path of a file\n"},
        {"", "an empty path to write to; give the path of a file\n"},
    };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        struct quo_faults faults;
        quo_faults_init(&faults);
        struct quo_outfile *file;
        assert_int_equal(quo_outfile_open(in[i].path, &file, &faults), QUO_MACHINE);
        assert_null(file);
        check_told(&faults, in[i].want, in[i].path);
        quo_faults_free(&faults);
    }
}

static void standard_output(void **state)
{
    (void)state;
    struct quo_outfile *file = open_file("-");
    assert_ptr_equal(quo_outfile_stream(file), stdout);
    assert_int_equal(quo_outfile_commit(file, NULL), QUO_OK);
    file = open_file("-");
    quo_outfile_abandon(file);
    assert_true(fflush(stdout) == 0); /* still open */
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(appears_whole_and_replaces),
        WITH_FOLDER(abandoned_leaves_the_old_file),
        WITH_FOLDER(a_failed_write_leaves_the_old_file),
        WITH_FOLDER(mode_and_link_stay),
        WITH_FOLDER(devices),
        WITH_FOLDER(paths_that_cannot_be_written),
        WITH_FOLDER(standard_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
