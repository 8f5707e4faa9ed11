/* risk/modeldraws.h -- the inside of a model file: the numbers of one set of a peril's parameters, and the bootstrap draws of them,
 * 20,000 numbers that are two thirds of the file. Shared by model.c alone. */
#ifndef QUO_MODELDRAWS_H
#define QUO_MODELDRAWS_H

#include <stdio.h>
#include "risk/model.h"

/* The numbers of a set before those of its severity, in order of struct quo_peril_parameters. */
#define QUO_MODELDRAWS_FIXED 7
struct quo_modeldraws_column {
    const char *name, *unit;
    double low, high;
};
extern const struct quo_modeldraws_column quo_modeldraws_column[QUO_MODELDRAWS_FIXED];

#define QUO_MODELDRAWS_NUMBERS_MAX (QUO_MODELDRAWS_FIXED + QUO_PARTS_MAX * (QUO_LAW_MAX + 1))
/* Where they stand, the fixed ones, then the severity's: threshold, weight, each law's parameters (an average: after its share).
 * Returns how many. */
int quo_modeldraws_numbers(struct quo_peril_parameters *p, double *at[QUO_MODELDRAWS_NUMBERS_MAX]);
/* Whether every number is within its bounds. */
bool quo_modeldraws_hold(const struct quo_peril_parameters *parameters);

/* Writes the group `draws`: its numbers as text, */
void quo_modeldraws_write(FILE *to, const struct quo_peril_model *p);
/* or as they are to `numbers`, and only where they begin to `to`. */
void quo_modeldraws_pack(FILE *to, FILE *numbers, const struct quo_peril_model *p);
/* Reads either into p->draw, whose severity's family is that of p->point. */
enum quo_status quo_modeldraws_read(const struct quo_setting *group, struct quo_peril_model *p);
#endif
