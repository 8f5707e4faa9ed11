/* The memory of payouts: the same bits whoever asks, other numbers never taken for these, room given back. */
#include "check.h"
#include "hazards.h"

#include <math.h>
#include <string.h>

#include "pricing/payoutmemo.h"

#define NODES 200

static const struct quo_perilpayout *ask(struct quo_payoutmemo *memo, const struct quo_hazard *hazard, double attach,
                                         double limit)
{
    static struct quo_indexlaw_rule rule;
    rule = quo_indexlaw_rule(24);
    const struct quo_payment_piece piece[] = {{attach, attach + 1e7, 0.0, limit}};
    const struct quo_perilpayout_terms terms = {.loss = &hazard->loss,
                                                .table_nodes = NODES,
                                                .error = 0.1,
                                                .scale = 1.0,
                                                .rule = &rule,
                                                .piece = piece,
                                                .piece_true = piece,
                                                .n_pieces = 1,
                                                .n_pieces_true = 1,
                                                .limit = limit,
                                                .step = limit / 100.0};
    const struct quo_losstable *table;
    const struct quo_perilpayout *payout;
    assert_int_equal(quo_payoutmemo_table(memo, hazard, NODES, &table), QUO_OK);
    assert_int_equal(quo_payoutmemo_payout(memo, &terms, table, hazard->peril, &payout), QUO_OK);
    return payout;
}

static void same_numbers_same_law(void **state)
{
    (void)state;
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_payoutmemo *memo = quo_payoutmemo_new(), *other = quo_payoutmemo_new();
    hazards_example(1e8, hazard);
    const struct quo_hazard *h = &hazard[QUO_KEY_COMPROMISE];
    const struct quo_perilpayout *first = ask(memo, h, 2e6, 5e6);
    for (int i = 0; i < 300; i++) /* others come between, the table of entries grows */
        assert_ptr_not_equal(ask(memo, h, 2e6 + 1e4 * (i + 1), 5e6), first);
    assert_ptr_equal(ask(memo, h, 2e6, 5e6), first);
    hazard[QUO_KEY_COMPROMISE].rate *= 2.0; /* how often it comes is no part of it */
    assert_ptr_equal(ask(memo, h, 2e6, 5e6), first);
    const struct quo_perilpayout *alone = ask(other, h, 2e6, 5e6);
    assert_true(alone->mean == first->mean && alone->pays == first->pays && alone->mean_true == first->mean_true &&
                alone->payout.n == first->payout.n);
    assert_memory_equal(alone->payout.mass, first->payout.mass, first->payout.n * sizeof(double));
    check_rel(quo_lattice_mean(&first->payout), first->mean, 1e-9, "mean of the lattice");
    assert_ptr_not_equal(ask(memo, h, 2e6, 5e6 + 1.0), first);
    hazard[QUO_KEY_COMPROMISE].loss.log_scale += 1e-12;
    assert_ptr_not_equal(ask(memo, h, 2e6, 5e6), first);
    quo_payoutmemo_free(other);
    quo_payoutmemo_free(memo);
}

/* A cap that differs in one number is another law; what stands beyond n_caps is not looked at. */
static void caps_count(void **state)
{
    (void)state;
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_payoutmemo *memo = quo_payoutmemo_new();
    hazards_example(1e8, hazard);
    struct quo_loss *loss = &hazard[QUO_CODE_BUG].loss;
    loss->outflow = quo_outflow_one((struct quo_outflow_cap){.per_hour = 1e6, .burst = 1e6, .hard = INFINITY}, 0.8, 1.0, 0.5);
    const struct quo_perilpayout *first = ask(memo, &hazard[QUO_CODE_BUG], 2e6, 5e6);
    loss->outflow.cap[1].burst = loss->outflow.lane[1].share = 0.3;
    assert_ptr_equal(ask(memo, &hazard[QUO_CODE_BUG], 2e6, 5e6), first);
    loss->outflow.sdlog = 0.6;
    assert_ptr_not_equal(ask(memo, &hazard[QUO_CODE_BUG], 2e6, 5e6), first);
    quo_payoutmemo_free(memo);
}

static const struct quo_clausefactor_left *ask_left(struct quo_payoutmemo *memo, const struct quo_hazard *hazard, double attach,
                                                    const struct quo_clauses *clauses, const struct quo_peril_model *model)
{
    static struct quo_indexlaw_rule rule;
    rule = quo_indexlaw_rule(24);
    const struct quo_payment_piece piece[] = {{attach, attach + 1e7, 0.0, 5e6}};
    const struct quo_perilpayout_terms terms = {.loss = &hazard->loss,
                                                .table_nodes = NODES,
                                                .error = 0.1,
                                                .scale = 1.0,
                                                .rule = &rule,
                                                .piece = piece,
                                                .piece_true = piece,
                                                .n_pieces = 1,
                                                .n_pieces_true = 1,
                                                .limit = 5e6,
                                                .step = 5e4};
    const struct quo_losstable *table;
    const struct quo_perilpayout *payout;
    const struct quo_clausefactor_left *left;
    assert_int_equal(quo_payoutmemo_table(memo, hazard, NODES, &table), QUO_OK);
    assert_int_equal(quo_payoutmemo_payout(memo, &terms, table, hazard->peril, &payout), QUO_OK);
    assert_int_equal(quo_payoutmemo_left(memo, &terms, table, clauses, model, payout, &left), QUO_OK);
    struct quo_clausefactor_left own;
    const struct quo_clausefactor_input in = {
        clauses, model, table, 0.1, 1.0, piece, 1, &payout->payout, quo_payoutmemo_normal(memo)};
    assert_int_equal(quo_clausefactor_apply(&in, &own), QUO_OK);
    assert_true(own.share == left->share && own.pays == left->pays && own.payout.n == left->payout.n);
    assert_memory_equal(own.payout.mass, left->payout.mass, own.payout.n * sizeof(double));
    quo_lattice_free(&own.payout);
    return left;
}

/* What a clause leaves is kept beside the payout: each of its numbers counts, what it is called does not. */
static void clauses_count(void **state)
{
    (void)state;
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_payoutmemo *memo = quo_payoutmemo_new();
    hazards_example(1e8, hazard);
    const struct quo_hazard *h = &hazard[QUO_KEY_COMPROMISE];
    struct quo_clauses clauses = {.state_actor = QUO_CLAUSE_5564, .state_clause_holds = 0.5, .state_sublimit = INFINITY};
    struct quo_peril_model model = {.peril = QUO_KEY_COMPROMISE, .attribution_a = -10.0, .attribution_b = 0.5};
    const struct quo_clausefactor_left *first = ask_left(memo, h, 2e6, &clauses, &model);
    assert_true(first->share < 1.0);
    assert_ptr_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    clauses.state_actor = QUO_CLAUSE_5567;
    assert_ptr_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    assert_ptr_not_equal(ask_left(memo, h, 2.1e6, &clauses, &model), first);
    clauses.state_clause_holds = 0.6;
    assert_ptr_not_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    clauses.state_clause_holds = 0.5;
    clauses.state_sublimit = 1e6;
    assert_ptr_not_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    clauses.state_sublimit = INFINITY;
    model.attribution_b = 0.51;
    assert_ptr_not_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    model.attribution_b = 0.5;
    model.attribution_a = -10.1;
    assert_ptr_not_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    model.attribution_a = -10.0;
    assert_ptr_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    quo_payoutmemo_share(memo);
    quo_payoutmemo_sweep(memo, 0); /* shared: it stays */
    assert_ptr_equal(ask_left(memo, h, 2e6, &clauses, &model), first);
    quo_payoutmemo_clear(memo);
    assert_int_equal(quo_payoutmemo_bytes(memo), 0);
    quo_payoutmemo_free(memo);
}

static void swept_it_starts_again(void **state)
{
    (void)state;
    struct quo_hazard hazard[QUO_PERILS];
    struct quo_payoutmemo *memo = quo_payoutmemo_new();
    hazards_example(1e8, hazard);
    const double mean = ask(memo, &hazard[QUO_KEY_COMPROMISE], 2e6, 5e6)->mean;
    quo_payoutmemo_sweep(memo, (size_t)1 << 30);
    quo_payoutmemo_sweep(memo, 0);
    assert_true(ask(memo, &hazard[QUO_KEY_COMPROMISE], 2e6, 5e6)->mean == mean);
    quo_payoutmemo_free(memo);
    quo_payoutmemo_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_numbers_same_law), cmocka_unit_test(caps_count), cmocka_unit_test(clauses_count),
                                       cmocka_unit_test(swept_it_starts_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
