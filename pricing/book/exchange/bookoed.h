/* pricing/book/exchange/bookoed.h -- policies as an account file of Open Exposure Data 4, cyber [OED4]: its columns where they exist, Flexi columns
 * for what a parametric cover has beyond them (docs/formats.md). */
#ifndef QUO_BOOKOED_H
#define QUO_BOOKOED_H

#include <stdio.h>
#include "pricing/book/bookload.h"
#include "pricing/book/bookwriter.h"

/* The newest version of every policy that a row can hold; *left_out: those that only libconfig can. */
enum quo_status quo_bookoed_export(const struct quo_bookstore *book, const struct quo_catalogue *catalogue, FILE *to,
                                   size_t *left_out, struct quo_faults *faults);
/* Policies on protocols that the book has (AccNumber). Without the Flexi columns a row is a layer on the loss in USD of all perils but outages,
 * paying linearly from LayerAttachment to LayerAttachment + LayerLimit. Amounts are taken at the share LayerParticipation. */
enum quo_status quo_bookoed_import(const struct quo_bookstore *book, const char *path,
                                   const struct quo_catalogue *catalogue, bool strict, struct quo_rejects *rejects,
                                   struct quo_bookcounts *counts, struct quo_faults *faults);
#endif
