/* risk/severity/severity.h -- the size of one incident: any family, one value type.
 *
 * A struct quo_severity is a plain value: copy it, compare it, no ownership. The families are those of R's
 * actuar, parameters in its order (docs/methods.md gives each density). X has the currency unit of the data it was
 * fitted to. All functions are pure. Each family also has its own header (lnorm.h ...) with the same
 * functions on bare parameters.
 *
 *   P(x) = P[X <= x], Q(x) = P[X > x]; each tail has its own function, nobody writes 1 - P.  [methods: severity] */
#ifndef QUO_SEVERITY_H
#define QUO_SEVERITY_H

#include <stdbool.h>
#include <stddef.h>
#include "risk/base/faults.h"
#include "risk/base/stream.h"

enum quo_family {
    QUO_EXPONENTIAL,  /* scale */
    QUO_GAMMA,        /* shape scale */
    QUO_WEIBULL,      /* shape scale */
    QUO_LOGNORMAL,    /* meanlog sdlog */
    QUO_INVGAUSS,     /* mean shape */
    QUO_PARETO2,      /* shape scale (Lomax) */
    QUO_BURR,         /* shape1 shape2 scale (XII) */
    QUO_LOGLOGISTIC,  /* shape scale */
    QUO_PARALOGISTIC, /* shape scale */
    QUO_GPD,          /* xi beta mu */
    QUO_GB2,          /* shape1 shape2 shape3 scale (transformed beta) */
    QUO_SPLICED,      /* a body below the threshold, GPD above */
    QUO_MIXTURE,      /* of two simple laws */
    QUO_AVERAGE,      /* of several simple laws, each with its share: what model averaging leaves */
    QUO_FAMILIES
};
#define QUO_SIMPLE_FAMILIES QUO_SPLICED /* the families before it are simple */
#define QUO_LAW_MAX 4
#define QUO_PARTS_MAX 10 /* laws of an average: every simple family that can be in the running at once */

/* A simple law: family < QUO_SIMPLE_FAMILIES. Unused parameters are 0. */
struct quo_law {
    enum quo_family family;
    double par[QUO_LAW_MAX];
};

struct quo_severity {
    enum quo_family family;
    int parts;        /* average only, else 0: laws in use */
    double weight;    /* mixture: share of law[0]. spliced: phi = P[X > threshold], the body cut to (0, threshold] */
    double threshold; /* spliced only, else 0 */
    /* simple: law[0]. mixture: the first two. spliced: law[0] the body, law[1] GPD(xi, beta, threshold). average: `parts`. */
    struct quo_law law[QUO_PARTS_MAX];
    double share[QUO_PARTS_MAX]; /* average: share of each law, in proportion to their sum */
};

/* "lognormal"; NULL for an impossible family. */
const char *quo_family_name(enum quo_family family);
bool quo_family_by_name(const char *name, enum quo_family *out);
int quo_family_parameters(enum quo_family family); /* of a simple family */
const char *quo_family_parameter_name(enum quo_family family, int i);

struct quo_severity quo_severity_simple(enum quo_family family, const double *par);
struct quo_severity quo_severity_spliced(struct quo_law body, double threshold, double tail_weight, double xi,
                                         double beta);
struct quo_severity quo_severity_mixture(double weight1, struct quo_law first, struct quo_law second);
/* At most QUO_PARTS_MAX; shares in proportion to their sum. */
struct quo_severity quo_severity_average(const double *share, const struct quo_law *law, int parts);
/* How many of law[] are in use. */
int quo_severity_laws(const struct quo_severity *s);
/* 1/power of the tail: xi of a GPD, the heaviest of several; 0 where it falls faster than any power. */
double quo_severity_tail_index(const struct quo_severity *s);
/* NULL if the parameters are possible, else what is wrong, in words. */
const char *quo_severity_invalid(const struct quo_severity *s);
/* KEY=VALUE pairs as the command line gives them: names as in `help dist` ("shape", "scale"); spliced: body=lognormal
 * body.meanlog=.. body.sdlog=.. threshold= weight= xi= beta=; mixture: weight1= c1=gamma c1.shape=.. c2=.. ; average: weight1=
 * c1=gamma c1.shape=.. weight2= c2=.. and so on. Faults name the
 * key, with the nearest known one. */
enum quo_status quo_severity_parse(const char *family, const char *const *key_value, size_t n, struct quo_severity *out,
                                   struct quo_faults *faults);
#define QUO_SEVERITY_TEXT 2500 /* room for the longest, with its end */
/* "lognormal meanlog=7 sdlog=1.5", full precision. Length as snprintf. */
size_t quo_severity_format(const struct quo_severity *s, char *buffer, size_t size);

double quo_severity_pdf(double x, const struct quo_severity *s);
double quo_severity_logpdf(double x, const struct quo_severity *s);
double quo_severity_P(double x, const struct quo_severity *s);
double quo_severity_logP(double x, const struct quo_severity *s);
double quo_severity_Q(double x, const struct quo_severity *s);
double quo_severity_logQ(double x, const struct quo_severity *s);
double quo_severity_Pinv(double p, const struct quo_severity *s);
double quo_severity_Qinv(double q, const struct quo_severity *s);
/* E[X^order], any real order (the power transform of exposure needs them); INFINITY where it does not exist. */
double quo_severity_moment(double order, const struct quo_severity *s);
/* E[min(X, limit)^order], order > 0 real. */
double quo_severity_lev(double limit, double order, const struct quo_severity *s);
/* E[(X - deductible)+], from the tail, not as a difference of large numbers. */
double quo_severity_stoploss(double deductible, const struct quo_severity *s);
/* E[X | X > Pinv(p)]; the second takes the upper probability q = 1 - p. */
double quo_severity_tvar(double p, const struct quo_severity *s);
double quo_severity_tvar_upper(double q, const struct quo_severity *s);
double quo_severity_draw(struct quo_stream *stream, const struct quo_severity *s); /* by inversion: one uniform */

/* Q at n ascending points at once, for hot loops (SLEEF where the family allows); out[n] may be x itself.
 * Relative error below 1e-12 against quo_severity_Q where that exceeds 1e-300. */
void quo_severity_Q_many(const double *x, size_t n, const struct quo_severity *s, double *out);
#endif
