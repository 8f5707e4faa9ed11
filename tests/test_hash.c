#include "check.h"
#include "risk/base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Examples of FIPS 180-2 appendix B, and the empty message. */
static void published_digests(void **state)
{
    (void)state;
    char hex[QUO_HASH_SIZE];
    quo_hash_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    quo_hash_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    quo_hash_bytes(NULL, 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void a_file_hashes_as_its_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/quorate-hash-XXXXXX", of_file[QUO_HASH_SIZE], of_bytes[QUO_HASH_SIZE];
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    const size_t n = 1000000; /* "a" a million times: FIPS 180-2 B.3 */
    char *bytes = malloc(n);
    assert_non_null(bytes);
    memset(bytes, 'a', n);
    assert_true(write(fd, bytes, n) == (ssize_t)n);
    close(fd);
    quo_hash_bytes(bytes, n, of_bytes);
    const enum quo_status status = quo_hash_file(path, of_file);
    free(bytes);
    unlink(path);
    assert_int_equal(status, QUO_OK);
    assert_string_equal(of_file, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_string_equal(of_bytes, of_file);
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    char hex[QUO_HASH_SIZE] = "x";
    assert_int_equal(quo_hash_file("/nonexistent/file", hex), QUO_MACHINE);
    assert_string_equal(hex, "");
    assert_int_equal(quo_hash_file("/", hex), QUO_MACHINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests),
        cmocka_unit_test(a_file_hashes_as_its_bytes),
        cmocka_unit_test(what_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
