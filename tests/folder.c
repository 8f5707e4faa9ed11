#include "folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "check.h"

static char root[64];

const char *folder_make(void)
{
    strcpy(root, "/tmp/quorate-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    return root;
}

const char *folder_path(const char *name)
{
    static char path[16][320];
    static int next;
    char *at = path[next++ % 16];
    snprintf(at, sizeof path[0], "%s/%s", root, name);
    return at;
}

const char *folder_write(const char *name, const void *bytes, size_t n)
{
    const char *path = folder_path(name);
    char parent[320];
    snprintf(parent, sizeof parent, "%s", path);
    for (char *slash = parent + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(parent, 0777);
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fwrite(bytes, 1, n, file) == n);
    assert_int_equal(fclose(file), 0);
    return path;
}

const char *folder_text(const char *name, const char *text) { return folder_write(name, text, strlen(text)); }

size_t folder_count(void)
{
    DIR *folder = opendir(root);
    assert_non_null(folder);
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return n;
}

void folder_remove(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    assert_int_equal(system(command), 0);
}
