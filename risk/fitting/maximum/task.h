/* risk/fitting/maximum/task.h -- one family to be fitted to one sample: the function to maximise, where to start, and what its
 * coordinates mean. Simple families, splices and mixtures differ only in how their task is made.  [methods: splice] */
#ifndef QUO_TASK_H
#define QUO_TASK_H

#include "risk/fitting/fit.h"
#include "risk/fitting/maximum/newton.h"
#include "risk/fitting/maximum/scaled.h"

#define QUO_TASK_STARTS 12

struct quo_task {
    enum quo_family family;      /* of the severity */
    enum quo_family part[2];     /* simple: [0]. spliced: body and gpd. mixture: both */
    bool continuous;             /* spliced */
    double threshold;            /* spliced, natural units */
    struct quo_scaled scaled[2]; /* [0] all records, or those of the body; [1] the tail of a splice */
    double above;                /* spliced: weight of the records that say "above the threshold rather than below" */
    struct quo_newton_problem problem;
    double start[QUO_TASK_STARTS][QUO_JET_MAX];
    int n_starts;
    size_t n;     /* records used */
    double shift; /* natural log likelihood = problem's value + shift */
};

/* The problem's context points into the task: it must not be moved or copied. */
enum quo_status quo_task_make(const struct quo_sample *sample, enum quo_family family,
                              const struct quo_fit_options *options, struct quo_task *out, char *reason,
                              size_t reason_size);
void quo_task_free(struct quo_task *task);
/* The severity at coordinates t, in natural units. */
struct quo_severity quo_task_severity(const struct quo_task *task, const double *t);
/* Coordinates of a severity of the same shape, for a given start. */
void quo_task_coordinates(const struct quo_task *task, const struct quo_severity *severity, double *t);
/* Free parameter i in natural units, its derivative by coordinate i, and how it changes with units. */
double quo_task_parameter(const struct quo_task *task, const struct quo_severity *severity, int i, double *slope);
/* Runs all starts (quick: the first one) and keeps the best. Large samples are explored on a part of them first. */
void quo_task_maximise(const struct quo_task *task, bool quick, struct quo_newton_result *best, int *starts_tried);

/* Used by quo_task_make; the task is zeroed but for family. */
enum quo_status quo_splice_task(const struct quo_sample *sample, const struct quo_fit_options *options,
                                struct quo_task *out, char *reason, size_t reason_size);
enum quo_status quo_mixture_task(const struct quo_sample *sample, const struct quo_fit_options *options,
                                 struct quo_task *out, char *reason, size_t reason_size);
void quo_task_box(const struct quo_task *task, enum quo_family family, int first, struct quo_newton_problem *problem);
#endif
