#include "check.h"
#include "folder.h"
#include "risk/base/config.h"
#include "risk/base/hash.h"
#include "told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(void **state) { return (void)state, folder_make(), 0; }
static int unmake(void **state) { return (void)state, folder_remove(), 0; }

/* Opens a file and fails unless the faults say `want`, in which %s stands for the folder of the test. */
static struct quo_config *open_and_check(const char *path, enum quo_status status, const char *want,
                                         struct quo_faults *faults)
{
    quo_faults_init(faults);
    struct quo_config *config;
    const enum quo_status got = quo_config_open(path, &config, faults);
    char text[4096], folder[320];
    snprintf(folder, sizeof folder, "%s", folder_path(""));
    size_t n = 0;
    for (const char *at = want; *at; at++) {
        if (*at == '~')
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", folder);
        else
            text[n++] = *at;
    }
    text[n] = '\0';
    check_told(faults, text, path);
    assert_int_equal(got, status);
    return config;
}

static void refuse(const char *path, const char *want)
{
    struct quo_faults faults;
    assert_null(open_and_check(path, QUO_REFUSED, want, &faults));
    quo_faults_free(&faults);
}

static void where(const struct quo_setting *setting, const char *file, int line)
{
    assert_non_null(setting);
    assert_string_equal(quo_setting_file(setting), folder_path(file));
    assert_int_equal(quo_setting_line(setting), line);
}

/* Relative to the file that names it, in a group, nested, in a list, lines right before, within and after. */
static void includes(void **state)
{
    (void)state;
    folder_text("sub/inner.cfg", "# two lines\nx = 1;\n@include \"deep/deeper.cfg\"\nz = 3;");
    folder_text("sub/deep/deeper.cfg", "\xEF\xBB\xBFy = 2;");
    folder_text("elements.cfg", "{ id = \"a\"; },\n{ id = \"b\"; }");
    const char *path =
        folder_text("main.cfg", "before = 0;\ngroup = {\n  @include \"sub/inner.cfg\" # a comment\n  after = 4;\n};\n"
                                "list = (\n@include \"elements.cfg\"\n);\nlast = 5;\n");
    struct quo_faults faults;
    struct quo_config *config = open_and_check(path, QUO_OK, "", &faults);
    const struct quo_setting *root = quo_config_root(config), *group = quo_setting_group(root, "group", true);
    where(quo_setting_child(root, "before"), "main.cfg", 1);
    where(group, "main.cfg", 2);
    where(quo_setting_child(group, "x"), "sub/inner.cfg", 2);
    where(quo_setting_child(group, "y"), "sub/deep/deeper.cfg", 1);
    where(quo_setting_child(group, "z"), "sub/inner.cfg", 4);
    where(quo_setting_child(group, "after"), "main.cfg", 4);
    const struct quo_setting *list = quo_setting_list(root, "list", true);
    assert_int_equal(quo_setting_length(list), 2);
    where(quo_setting_element(list, 1), "elements.cfg", 2);
    where(quo_setting_child(root, "last"), "main.cfg", 9);

    /* Four files, hashed as they stand on disk. */
    assert_int_equal(quo_config_files(config), 4);
    for (size_t i = 0; i < 4; i++) {
        char hex[QUO_HASH_SIZE];
        assert_int_equal(quo_hash_file(quo_config_file_path(config, i), hex), QUO_OK);
        assert_string_equal(quo_config_file_sha256(config, i), hex);
    }
    assert_string_equal(quo_config_file_path(config, 2), folder_path("sub/deep/deeper.cfg"));
    assert_string_equal(quo_config_file_path(config, 4), "");
    quo_config_close(config);
    quo_faults_free(&faults);
}

/* The same from another working folder, with a relative path. */
static void includes_do_not_depend_on_the_working_folder(void **state)
{
    (void)state;
    folder_text("sub/inner.cfg", "x = 1;");
    folder_text("sub/main.cfg", "@include \"inner.cfg\"");
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder_path("")), 0);
    struct quo_faults faults;
    struct quo_config *config = open_and_check("sub/main.cfg", QUO_OK, "", &faults);
    assert_int_equal(chdir(before), 0);
    assert_true(quo_setting_has(quo_config_root(config), "x"));
    assert_string_equal(quo_config_file_path(config, 1), "sub/inner.cfg");
    quo_config_close(config);
    quo_faults_free(&faults);
}

static void faults_of_includes(void **state)
{
    (void)state;
    refuse(folder_text("self.cfg", "a = 1;\n@include \"self.cfg\""),
           "~self.cfg:2: '~self.cfg' includes itself; remove the @include\n");
    folder_text("two.cfg", "@include \"one.cfg\"");
    refuse(folder_text("one.cfg", "@include \"two.cfg\""),
           "~two.cfg:1: '~one.cfg' includes itself; remove the @include\n");
    folder_text("open.cfg", "b = {\n");
    refuse(folder_text("m.cfg", "a = 1;\n@include \"open.cfg\"\n};"),
           "~open.cfg:2: the file ends inside the group 'b' opened on line 1; a '}' closes it; is the file cut off?\n");
    folder_text("close.cfg", "b = 1;\n}");
    refuse(folder_text("m.cfg", "a = {\n@include \"close.cfg\"\n"),
           "~close.cfg:2: '}' closes nothing; remove it, or open what it closes\n");
    folder_text("twice.cfg", "\na = 2;");
    struct quo_faults faults;
    quo_config_close(open_and_check(folder_text("m.cfg", "a = 1;\n@include \"twice.cfg\"\nb = 1;\nb = 2;"), QUO_OK,
                                    "~twice.cfg:2: 'a' is set twice; keep one; the first is at ~m.cfg:1\n"
                                    "~m.cfg:4: 'b' is set twice; keep one; the first is at ~m.cfg:3\n",
                                    &faults));
    quo_faults_free(&faults);
    refuse(folder_text("m.cfg", "a = 1;\n@include \n"),
           "~m.cfg:2: an @include without the name of a file; write  @include \"file.cfg\"\n");
    refuse(folder_text("m.cfg", "a = @include \"x.cfg\";"),
           "~m.cfg:1: a misplaced @include; it stands between settings, or between the elements of a list\n");
    refuse(folder_text("m.cfg", "@inclde \"x.cfg\";"), "~m.cfg:1: unexpected '@'; a setting is  name = value;\n");
}

/* A missing include does not hide the faults after it. */
static void a_missing_include_is_one_fault_of_many(void **state)
{
    (void)state;
    struct quo_faults faults;
    struct quo_config *config =
        open_and_check(folder_text("m.cfg", "@include \"no.cfg\"\n@include \".\"\na = yes;"), QUO_OK,
                       "~m.cfg:1: '~no.cfg' cannot be opened: No such file or directory; an @include is relative to "
                       "the file that names it\n"
                       "~m.cfg:2: '~.' is a folder; an @include is relative to the file that names it\n"
                       "~m.cfg:3: 'yes' is not a value; write true or false\n",
                       &faults);
    assert_int_equal(quo_config_finish(config), QUO_REFUSED);
    quo_config_close(config);
    quo_faults_free(&faults);
}

static void too_many_includes(void **state)
{
    (void)state;
    folder_text("empty.cfg", "");
    char text[16384] = "a = 1;\n", *at = text + strlen(text);
    for (int i = 0; i < 300; i++)
        at += sprintf(at, "@include \"empty.cfg\"\n");
    refuse(folder_text("many.cfg", text), "~many.cfg:257: more than 255 files are included\n");
    for (int i = 0; i < 20; i++) {
        char name[32], body[64];
        snprintf(name, sizeof name, "n%d.cfg", i);
        snprintf(body, sizeof body, "@include \"n%d.cfg\"", i + 1);
        folder_text(name, body);
    }
    refuse(folder_path("n0.cfg"), "~n16.cfg:1: includes are nested more than 16 deep\n");
}

static void files_that_are_no_text(void **state)
{
    (void)state;
    refuse(folder_path("nothing.cfg"),
           "~nothing.cfg: cannot be opened: No such file or directory; give the path of a file\n");
    refuse(folder_path("."), "~.: is a folder; give the path of a file\n");
    refuse(folder_text("e.cfg", ""),
           "~e.cfg:1: the file holds no settings; a file holds settings such as  name = value;\n");
    refuse(folder_write("u.cfg",
                        "\xFF\xFE"
                        "a\0=\0001\0",
                        8),
           "~u.cfg:1: the file is in UTF-16; save it as UTF-8\n");
    refuse(folder_write("u.cfg", "a\0=\0001\0", 6),
           "~u.cfg:1: byte 2 is zero, so this is no text file (or one in UTF-16); give a text file in UTF-8\n");
    refuse(folder_write("z.cfg", "a = 1;\nb = \0 2;", 15),
           "~z.cfg:2: byte 12 is zero, so this is no text file (or one in UTF-16); give a text file in UTF-8\n");
    refuse(folder_text("l.cfg", "a = 1;\n\nb = \"M\xFCller\";"),
           "~l.cfg:3: byte 15 (0xFC) is not UTF-8; save the file as UTF-8\n");
    refuse(folder_text("c.cfg", "a = \"\033[31m\";"),
           "~c.cfg:1: byte 6 is the control character 0x1B; give a text file in UTF-8\n");
}

static void a_huge_file(void **state)
{
    (void)state;
    const char *path = folder_text("huge.cfg", "a = 1;\n");
    assert_int_equal(truncate(path, 80 << 20), 0); /* a hole: no disk is used */
    refuse(path, "~huge.cfg: is over 64 MiB; such a file is written by hand\n");
    assert_int_equal(truncate(path, 50 << 20), 0);
    refuse(path,
           "~huge.cfg:2: byte 8 is zero, so this is no text file (or one in UTF-16); give a text file in UTF-8\n");
    refuse("/dev/zero", "/dev/zero: is over 64 MiB; such a file is written by hand\n");
}

static void standard_input(void **state)
{
    (void)state;
    const int before = dup(STDIN_FILENO);
    assert_non_null(freopen(folder_text("in.cfg", "a = 1;\nb = yes;"), "r", stdin));
    struct quo_faults faults;
    struct quo_config *config =
        open_and_check("-", QUO_OK, "-:2: 'yes' is not a value; write true or false\n", &faults);
    dup2(before, STDIN_FILENO);
    close(before);
    assert_string_equal(quo_config_file_path(config, 0), "-");
    quo_config_close(config);
    quo_faults_free(&faults);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(includes),           WITH_FOLDER(includes_do_not_depend_on_the_working_folder),
        WITH_FOLDER(faults_of_includes), WITH_FOLDER(a_missing_include_is_one_fault_of_many),
        WITH_FOLDER(too_many_includes),  WITH_FOLDER(files_that_are_no_text),
        WITH_FOLDER(a_huge_file),        WITH_FOLDER(standard_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
