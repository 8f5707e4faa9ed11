/* tests/fuzz/bytes.h -- what the fuzz targets share: any bytes under a path that can be opened, and files read once. Targets run
 * from the project's root. */
#ifndef BYTES_H
#define BYTES_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "risk/controls/score.h"
#include "risk/market.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory; path opens it. The caller closes what is returned. */
static inline int bytes_file(const uint8_t *data, size_t size, char path[48])
{
    const int fd = memfd_create("bytes", MFD_CLOEXEC);
    assert(fd >= 0);
    for (size_t done = 0; done < size;) {
        const ssize_t n = write(fd, data + done, size - done);
        assert(n > 0);
        done += (size_t)n;
    }
    snprintf(path, 48, "/proc/self/fd/%d", fd);
    return fd;
}

/* Where the part after a line of its own begins (the mark with both its line feeds); `size` if there is none. */
static inline size_t bytes_part(const uint8_t *data, size_t size, const char *mark, size_t *rest)
{
    const uint8_t *at = size ? memmem(data, size, mark, strlen(mark)) : NULL;
    const size_t n = at ? (size_t)(at - data) : size;
    *rest = at ? n + strlen(mark) : size;
    return n;
}

/* A config that is read by path could include whatever lies on this machine. */
static inline int bytes_include(const uint8_t *data, size_t size) { return size && memmem(data, size, "@include", 8); }

static inline const struct quo_catalogue *bytes_catalogue(void)
{
    static struct quo_catalogue *catalogue;
    if (!catalogue) {
        const enum quo_status status = quo_catalogue_load("fixtures/catalogue/controls.cfg", &catalogue, NULL);
        assert(status == QUO_OK);
    }
    return catalogue;
}

static inline const struct quo_scale *bytes_scale(void)
{
    static struct quo_market *market;
    static struct quo_scale *scale;
    if (!scale) {
        enum quo_status status = quo_market_load("fixtures/market/market.cfg", bytes_catalogue(), &market, NULL);
        assert(status == QUO_OK);
        status = quo_scale_new(bytes_catalogue(), market, &scale, NULL);
        assert(status == QUO_OK);
    }
    return scale;
}
#endif
