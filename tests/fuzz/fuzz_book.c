/* Any bytes as a book's two tables: protocols, and after a line "%policies" policies. Every row is good or bad, none is lost, and
 * a good one is a policy that a file could hold. */
#include "bytes.h"

#include <math.h>
#include "pricing/book/bookpolicies.h"

static void check_protocols(const struct quo_bookprotocols *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct quo_protocol *p = all->protocol[i];
        assert(p->id && quo_bookprotocols_find(all, p->id) == (long)i && p->exposure_usd >= 1.0);
        assert(isfinite(p->exposure_usd) && p->n_signer_sets <= 1);
        for (size_t s = 0; s < p->n_signer_sets; s++)
            assert(p->signer_set[s].threshold >= 1 && (size_t)p->signer_set[s].threshold <= p->signer_set[s].n_signers);
    }
}

static void check_row(const struct quo_bookpolicy *row, const struct quo_bookprotocols *protocols)
{
    assert(row->id && row->protocol >= 0 && (size_t)row->protocol < protocols->n && row->perils && row->line > 1);
    struct quo_cover cover;
    struct quo_policy policy;
    quo_bookpolicy_expand(row, protocols->protocol[row->protocol], &cover, &policy);
    assert(quo_payout_invalid(&cover.payout) == NULL && policy.n_covers == 1 && policy.term_days >= 1);
    assert(cover.event_limit >= 1.0 && cover.annual_limit >= cover.event_limit && policy.usd_per_unit == 1.0);
    for (int p = 0; p < QUO_PERILS; p++)
        if (cover.perils & (quo_peril_set)1 << p)
            assert(quo_peril_in_hours((enum quo_peril)p) == (cover.trigger.index == QUO_INDEX_OUTAGE_HOURS));
    assert(!(row->expiring_premium < 0.0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[48], second[48];
    size_t rest;
    const size_t n = bytes_part(data, size, "\n%policies\n", &rest);
    const int fd = bytes_file(data, n, path), other = bytes_file(size ? data + rest : data, size - rest, second);
    struct quo_faults faults;
    struct quo_rejects rejects;
    struct quo_bookprotocols protocols;
    quo_faults_init(&faults);
    quo_rejects_init(&rejects, NULL, &faults, 20);
    enum quo_status status = quo_bookprotocols_load(path, bytes_catalogue(), &protocols, &rejects, &faults);
    assert(status == QUO_OK || quo_faults_refusals(&faults) > 0);
    if (status == QUO_OK) {
        assert(protocols.n == rejects.good);
        check_protocols(&protocols);
        struct quo_bookpolicies *reader;
        quo_rejects_init(&rejects, NULL, &faults, 20);
        status = quo_bookpolicies_open(second, &protocols, &rejects, &reader, &faults);
        assert((status == QUO_OK) == (reader != NULL));
        const struct quo_bookpolicy *row = NULL;
        size_t rows = 0;
        while (reader && (status = quo_bookpolicies_next(reader, &row, &faults)) == QUO_OK && row) {
            check_row(row, &protocols);
            rows++;
        }
        assert(!reader || rows == rejects.good);
        quo_bookpolicies_close(reader);
    }
    quo_bookprotocols_free(&protocols);
    quo_faults_free(&faults);
    close(fd);
    close(other);
    return 0;
}
