#include "pricing/book/booksample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/book/bookpolicies.h"
#include "risk/base/date.h"
#include "risk/base/stream.h"

enum purpose { SIZE = 1, ANSWERS, VENDORS, SIGNERS, POLICY };

#define PARETO_INDEX 0.9
#define EXPOSURE_LOW 5e6
#define EXPOSURE_HIGH 2e10
#define RANK_POWER 0.6

static const char *const chains[] = {"ethereum", "ethereum", "ethereum", "solana", "bnb", "arbitrum", "base", "tron"};
static const char *const clouds[] = {"aws", "aws", "aws", "gcp", "azure", "hetzner"};
static const char *const rpcs[] = {"rpc-one", "rpc-one", "rpc-two", "rpc-three", "own-node"};
static const char *const oracles[] = {"feed-a", "feed-a", "feed-a", "feed-b", "feed-c"};
static const char *const storages[] = {"hardware_wallet", "hardware_wallet", "hsm", "cloud_kms", "mpc"};
static const char *const custodians[] = {"custodian-a", "custodian-a", "custodian-b",
                                         "custodian-c", "custodian-d", "custodian-e"};

#define PICK(stream, list) (list)[quo_stream_below(stream, sizeof(list) / sizeof *(list))]

static double exposure_of(const struct quo_booksample *what, size_t i)
{
    struct quo_stream s = quo_stream_at(what->seed, i, 0, SIZE);
    const double u = quo_stream_uniform(&s), cut = pow(EXPOSURE_LOW / EXPOSURE_HIGH, PARETO_INDEX);
    const double x = EXPOSURE_LOW * pow(1.0 - u * (1.0 - cut), -1.0 / PARETO_INDEX);
    return floor(x / 1e4) * 1e4;
}

static bool bridge_of(const struct quo_booksample *what, size_t i)
{
    struct quo_stream s = quo_stream_at(what->seed, i, 1, SIZE);
    return quo_stream_uniform(&s) < 0.15;
}

/* Levels 0..4 from one factor a protocol and noise a control; every sixth question is not answered. */
static void write_answers(const struct quo_booksample *what, const struct quo_catalogue *catalogue, size_t i,
                          bool bridge, FILE *to)
{
    struct quo_stream s = quo_stream_at(what->seed, i, 0, ANSWERS);
    const double care = quo_stream_normal(&s);
    for (size_t c = 0; c < catalogue->n_controls; c++) {
        const double z = 0.6 * care + 0.8 * quo_stream_normal(&s), evidence = 0.7 * care + quo_stream_normal(&s);
        const bool answered = quo_stream_uniform(&s) > 1.0 / 6.0 && (bridge || !catalogue->control[c].bridge_only);
        const int level = z < -0.9 ? 0 : z < -0.1 ? 1 : z < 0.6 ? 2 : z < 1.4 ? 3 : 4;
        const int grade = evidence < -0.8 ? 0 : evidence < 0.2 ? 1 : evidence < 0.9 ? 2 : evidence < 1.6 ? 3 : 4;
        if (answered)
            fprintf(to, ",%d/%d", level, grade);
        else
            putc(',', to);
    }
}

static void write_signers(const struct quo_booksample *what, const struct quo_catalogue *catalogue, size_t i, FILE *to)
{
    struct quo_stream s = quo_stream_at(what->seed, i, 0, SIGNERS);
    const int n = 3 + (int)quo_stream_below(&s, 7);
    fprintf(to, ",%d,", n / 2 + 1);
    for (int k = 0; k < n; k++) {
        const char *storage = PICK(&s, storages);
        if (!quo_catalogue_storage(catalogue, storage))
            storage = catalogue->storage[quo_stream_below(&s, (uint32_t)catalogue->n_storage)].name;
        fprintf(to, "%s%s@org:", k ? ";" : "", storage);
        if (quo_stream_uniform(&s) < 0.25)
            fputs(PICK(&s, custodians), to);
        else
            fprintf(to, "team-%zu%c", i + 1, 'a' + (char)quo_stream_below(&s, 3));
        if (quo_stream_uniform(&s) < 0.4)
            fprintf(to, "+cloud:%s", PICK(&s, clouds));
    }
}

enum quo_status quo_booksample_protocols(const struct quo_booksample *what, const struct quo_catalogue *catalogue,
                                         FILE *to)
{
    fputs("protocol_id,name,exposure_usd,chain,bridge", to);
    for (size_t c = 0; c < catalogue->n_controls; c++)
        fprintf(to, ",%s", catalogue->control[c].id);
    fputs(",vendors,threshold,signers\n", to);
    for (size_t i = 0; i < what->protocols; i++) {
        struct quo_stream s = quo_stream_at(what->seed, i, 0, VENDORS);
        const bool bridge = bridge_of(what, i);
        fprintf(to, "p-%05zu,Protocol %zu,%.0f,%s,%d", i + 1, i + 1, exposure_of(what, i), PICK(&s, chains), bridge);
        write_answers(what, catalogue, i, bridge, to);
        fprintf(to, ",cloud:%s;rpc:%s;oracle:%s", PICK(&s, clouds), PICK(&s, rpcs), PICK(&s, oracles));
        write_signers(what, catalogue, i, to);
        putc('\n', to);
    }
    return ferror(to) ? QUO_MACHINE : QUO_OK;
}

/* The products of one market. Attachments are shares of the exposure, or hours. */
static const struct product {
    const char *perils, *index, *shape;
    double attach, exhaust;
    const char *steps;
    double waiting;
} menu[] = {
    {"key_compromise;signer_social_engineering;admin_abuse;vendor_infrastructure", "loss_share", "linear", 0.02, 0.20,
     "", 0},
    {"key_compromise;signer_social_engineering;admin_abuse;vendor_infrastructure", "loss_share", "linear", 0.05, 0.50,
     "", 0},
    {"key_compromise;signer_social_engineering;admin_abuse;vendor_infrastructure;bridge_validation;code_bug",
     "loss_share", "linear", 0.02, 0.20, "", 0},
    {"key_compromise;signer_social_engineering;admin_abuse;vendor_infrastructure;bridge_validation;code_bug",
     "loss_share", "linear", 0.05, 0.30, "", 0},
    {"key_compromise;signer_social_engineering;admin_abuse;vendor_infrastructure;bridge_validation;code_bug",
     "loss_share", "steps", NAN, NAN, "0.05:0.2;0.2:0.5;0.5:1", 0},
    {"key_compromise;signer_social_engineering;admin_abuse", "loss_share", "steps", NAN, NAN, "0.05:0.25;0.2:0.5;0.5:1",
     0},
    {"key_compromise;admin_abuse;governance_capture", "loss_share", "binary", 0.10, NAN, "", 0},
    {"key_loss", "loss_share", "linear", 0.01, 0.25, "", 0},
    {"bridge_validation", "unbacked_share", "linear", 0.005, 0.20, "", 0},
    {"code_bug", "loss_share", "linear", 0.05, 0.50, "", 0},
    {"oracle_price_manipulation;code_bug", "loss_share", "linear", 0.02, 0.25, "", 0},
    {"service_outage", "outage_hours", "steps", NAN, NAN, "12:0.25;48:0.6;120:1", 12},
    {"service_outage", "outage_hours", "per_hour", NAN, 72, "", 8},
};
#define PRODUCTS (sizeof menu / sizeof *menu)

/* 1, 2 or 5 times a power of ten, at or below. */
static double round_figure(double x)
{
    const double power = pow(10.0, floor(log10(x)));
    return power * (x >= 5.0 * power ? 5.0 : x >= 2.0 * power ? 2.0 : 1.0);
}

static void write_number(FILE *to, double x)
{
    if (isnan(x))
        putc(',', to);
    else
        fprintf(to, ",%.9g", x);
}

static void write_policy(const struct quo_booksample *what, const double *below, size_t i, FILE *to)
{
    static const int terms[] = {365, 365, 365, 365, 365, 365, 180, 180, 90, 30};
    struct quo_stream s = quo_stream_at(what->seed, i, 0, POLICY);
    const double u = quo_stream_uniform(&s) * below[what->protocols - 1];
    size_t low = 0, high = what->protocols - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (below[middle] < u)
            low = middle + 1;
        else
            high = middle;
    }
    size_t product = quo_stream_below(&s, PRODUCTS);
    while (strcmp(menu[product].perils, "bridge_validation") == 0 && !bridge_of(what, low))
        product = quo_stream_below(&s, PRODUCTS); /* nobody covers the messages of what is no bridge */
    const struct product *m = &menu[product];
    const double share = exp(-4.0 + 1.2 * quo_stream_normal(&s)), exposure = exposure_of(what, low);
    const double limit = fmax(1e5, round_figure(fmin(share, 0.5) * exposure));
    const double own = what->distinct ? 0.8 + 0.4 * quo_stream_uniform(&s) : 1.0;
    const double annual = quo_stream_uniform(&s);
    fprintf(to, "q-%07zu,p-%05zu,%s,%s,%s", i + 1, low + 1, m->perils, m->index, m->shape);
    write_number(to, m->attach * own);
    write_number(to, m->exhaust * own);
    if (m->steps[0] && what->distinct) { /* every step but the last shares, each at a place of its own */
        fprintf(to, ",%.9g:0.25;%.9g:0.6;%.9g:1", (m->waiting > 0 ? 15.0 : 0.05) * own,
                (m->waiting > 0 ? 48.0 : 0.2) * own, (m->waiting > 0 ? 120.0 : 0.5) * own);
    } else {
        fprintf(to, ",%s", m->steps);
    }
    fprintf(to, ",%.0f", limit);
    write_number(to, annual < 0.6 ? limit : annual < 0.9 ? 2.0 * limit : NAN);
    write_number(to, m->waiting > 0 ? m->waiting : NAN);
    const int term = PICK(&s, terms);
    char day[11];
    quo_date_format(quo_date_from_civil(2026, 7, 1) + (int)quo_stream_below(&s, 184), day);
    fprintf(to, ",%s,%d,", day, term);
    const double rate = 0.05 * exp(0.6 * quo_stream_normal(&s)) * term / 365.0;
    if (quo_stream_uniform(&s) < 0.7)
        fprintf(to, "%.2f", limit * rate + 2e3);
    putc('\n', to);
}

enum quo_status quo_booksample_policies(const struct quo_booksample *what, FILE *to)
{
    double *below = malloc(what->protocols * sizeof *below), sum = 0.0;
    if (!below)
        return QUO_MACHINE;
    for (size_t i = 0; i < what->protocols; i++)
        below[i] = sum += pow((double)i + 1.0, -RANK_POWER);
    for (size_t c = 0; c < QUO_BOOKPOLICY_COLUMNS; c++)
        fprintf(to, "%s%s", c ? "," : "", quo_bookpolicies_columns()[c]);
    putc('\n', to);
    for (size_t i = 0; i < what->policies; i++)
        write_policy(what, below, i, to);
    free(below);
    return ferror(to) ? QUO_MACHINE : QUO_OK;
}
