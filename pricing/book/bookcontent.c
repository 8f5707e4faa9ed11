#include "pricing/book/bookcontent.h"

#include <stdlib.h>

#include "pricing/book/bookload.h"

enum quo_status quo_bookcontent_import_protocols(const struct quo_bookstore *book, const char *path,
                                                 const struct quo_catalogue *catalogue, bool strict,
                                                 struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                 struct quo_faults *faults)
{
    struct quo_bookprotocols protocols;
    struct quo_bookwriter writer;
    *counts = (struct quo_bookcounts){0};
    enum quo_status status = quo_bookprotocols_load(path, catalogue, &protocols, rejects, faults);
    if (status == QUO_OK && strict && rejects->bad)
        status = QUO_REFUSED;
    if (status == QUO_OK && (status = quo_bookwriter_open(&writer, book, catalogue, faults)) == QUO_OK) {
        for (size_t i = 0; i < protocols.n && status == QUO_OK; i++)
            status = quo_bookwriter_protocol(&writer, protocols.protocol[i], NULL);
        status = quo_bookwriter_close(&writer, status, "import protocols", path);
        *counts = writer.protocols;
    }
    quo_bookprotocols_free(&protocols);
    return status;
}

enum quo_status quo_bookcontent_import_from(const struct quo_bookstore *book, struct quo_bookpolicies *reader,
                                            const struct quo_catalogue *catalogue, bool strict, const char *what,
                                            const char *path, struct quo_rejects *rejects,
                                            struct quo_bookcounts *counts, struct quo_faults *faults)
{
    const struct quo_bookpolicy *row;
    struct quo_bookwriter writer;
    enum quo_status status = quo_bookwriter_open(&writer, book, catalogue, faults);
    if (status)
        return status;
    while (status == QUO_OK && (status = quo_bookpolicies_next(reader, &row, faults)) == QUO_OK && row)
        status = quo_bookwriter_policy(&writer, row, NULL);
    if (status == QUO_OK && strict && rejects->bad)
        status = QUO_REFUSED;
    status = quo_bookwriter_close(&writer, status, what, path);
    *counts = writer.policies;
    return status;
}

enum quo_status quo_bookcontent_import_policies(const struct quo_bookstore *book, const char *path,
                                                const struct quo_catalogue *catalogue, bool strict,
                                                struct quo_rejects *rejects, struct quo_bookcounts *counts,
                                                struct quo_faults *faults)
{
    struct quo_bookload load;
    struct quo_bookpolicies *reader = NULL;
    *counts = (struct quo_bookcounts){0};
    enum quo_status status = quo_bookload_protocols(book, catalogue, &load, faults);
    if (status == QUO_OK)
        status = quo_bookpolicies_open(path, &load.protocols, rejects, &reader, faults);
    if (status == QUO_OK)
        status = quo_bookcontent_import_from(book, reader, catalogue, strict, "import policies", path, rejects, counts,
                                             faults);
    quo_bookpolicies_close(reader);
    quo_bookload_free(&load);
    return status;
}
