/* pricing/cmd/pricesjson.h -- prices of tables as one JSON document, row by row: the memory it takes does not grow with the rows. */
#ifndef QUO_PRICESJSON_H
#define QUO_PRICESJSON_H

#include <stdio.h>
#include "pricing/cmd/cmd.h"

/* What repricing tables came to. */
struct quo_pricesjson {
    FILE *prices;   /* the output's CSV, written; NULL: it stands in a file */
    bool headless;  /* it has no header */
    size_t good, bad; /* rows priced, rows rejected */
};

/* The document on standard output, with `errors` where rows were refused that no file keeps. */
enum quo_status quo_pricesjson_print(struct quo_cmd *cmd, const struct quo_pricesjson *what);
#endif
