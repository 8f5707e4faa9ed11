/* Scenarios: sums of quotes in every state, whatever the number of threads; who adopts; the tail of a sum. */
#include "check.h"
#include "whatifs.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "pricing/aggregate/compound.h"
#include "pricing/aggregate/measures.h"
#include "pricing/quote.h"
#include "pricing/whatif/booksum.h"
#include "pricing/whatif/scenario.h"

#define PLAN "fixtures/plans/three-adoptions.plan.cfg"
#define SAMPLE "fixtures/market-sample"

static double premium_of(const struct whatifs_desk *desk, const struct quo_policy *policy)
{
    struct quo_quote_options options;
    struct quo_quote *quote = NULL;
    quo_quote_options_init(&options);
    options.draws = 0;
    options.halved = false;
    if (quo_quote_price(desk->engine, policy, &options, &quote) != QUO_OK)
        return NAN;
    const double premium = quote->gross_premium * policy->usd_per_unit;
    quo_quote_free(quote);
    return premium;
}

static struct quo_plan *plan_of(struct whatifs_desk *desk, const char *text)
{
    struct quo_config *config = NULL;
    struct quo_plan *plan = NULL;
    if (!text) {
        assert_int_equal(quo_plan_load(PLAN, &plan, &desk->faults), QUO_OK);
        return plan;
    }
    assert_int_equal(quo_config_open_text(text, strlen(text), "plan", &config, &desk->faults), QUO_OK);
    assert_int_equal(quo_plan_read(config, &plan, &desk->faults), QUO_OK);
    quo_config_close(config);
    return plan;
}

/* A folder: the base is the sum of the quotes; a change without wildcards is that of a what-if on each file. */
static void a_folder_is_its_quotes(void **state)
{
    struct whatifs_desk *desk = *state;
    static const char *const files[] = {"bybit", "counterpart", "crosscurve", "drift", "kelp", "resolv", "ronin"};
    static const char text[] = "changes = ( { id = \"watch\"; cost_per_year = 3; set = "
                               "[\"protocol.answers.MO-01.level=4\", \"protocol.answers.MO-01.evidence=4\"]; },"
                               " { id = \"short\"; cost_per_year = 5; set = [\"term_days=100\"]; } );";
    struct quo_plan *plan = plan_of(desk, text);
    struct quo_marketbook book;
    struct quo_scenario s;
    assert_int_equal(quo_marketbook_load("fixtures/cases", NULL, desk->engine->catalogue, &book, &desk->faults),
                     QUO_OK);
    assert_true(book.n_policies == 7 && book.n_protocols == 7 && book.in_files);
    assert_int_equal(quo_scenario_play(desk->engine, &book, plan, NULL, 0, 1, &s, &desk->faults), QUO_OK);
    double base = 0.0, all = 0.0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        struct quo_policy *policy = NULL;
        snprintf(path, sizeof path, "fixtures/cases/%s.policy.cfg", files[i]);
        struct quo_variants *v = whatifs_text(desk, path, text);
        assert_int_equal(quo_variants_policy(v, quo_subset_none(), &policy, NULL), QUO_OK);
        base += premium_of(desk, policy);
        quo_policy_free(policy);
        assert_int_equal(quo_variants_policy(v, quo_subset_all(2), &policy, NULL), QUO_OK);
        all += premium_of(desk, policy);
        quo_policy_free(policy);
        quo_variants_free(v);
    }
    check_rel(s.base.premium, base, 1e-12, "base");
    check_rel(s.all.premium, all, 1e-12, "all changes"); /* nobody has level 4 of MO-01 */
    check_rel(s.all.cost_per_year, 7 * 8.0, 0.0, "cost");
    assert_true(s.alone[0].adopted == 7 && s.alone[1].adopted == 7 && s.unpriced == 0);
    assert_true(s.base.tail_independent <= s.base.tail_alone && s.base.tail_independent > 0.0);
    quo_scenario_free(&s);
    quo_marketbook_free(&book);
    quo_plan_free(plan);
}

/* The shipped sample: sums of the rows' quotes, better for everybody, the same on one thread. */
static void the_sample_market(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_plan *plan = plan_of(desk, NULL);
    struct quo_marketbook book;
    struct quo_scenario s, one;
    assert_int_equal(quo_marketbook_load(SAMPLE, NULL, desk->engine->catalogue, &book, &desk->faults), QUO_OK);
    assert_true(book.n_policies == 120 && book.bad == 0 && !book.in_files);
    assert_int_equal(quo_scenario_play(desk->engine, &book, plan, NULL, 0, 1, &s, &desk->faults), QUO_OK);
    double base = 0.0;
    for (size_t c = 0; c < book.n; c++)
        for (size_t i = 0; i < book.one[c].n; i++) {
            struct quo_cover cover;
            struct quo_policy policy;
            quo_bookpolicy_expand(&book.row[book.one[c].first + i], book.one[c].protocol, &cover, &policy);
            base += premium_of(desk, &policy);
        }
    assert_int_equal(s.unpriced, 0);
    check_rel(s.base.premium, base, 1e-12, "sum of the quotes");
    assert_true(s.all.premium < s.base.premium && s.all.loss_usd < s.base.loss_usd &&
                s.all.tail_independent < s.base.tail_independent);
    assert_true(s.all.loss[QUO_KEY_COMPROMISE] < s.base.loss[QUO_KEY_COMPROMISE] &&
                s.all.loss[QUO_CODE_BUG] == s.base.loss[QUO_CODE_BUG]);
    for (size_t i = 0; i < plan->n_changes; i++)
        assert_true(s.alone[i].adopted > 0 && s.alone[i].unfit == 0 && s.alone[i].loss_usd < s.base.loss_usd);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(threads > 1 ? 1 : 3);
    assert_int_equal(quo_scenario_play(desk->engine, &book, plan, NULL, 0, 1, &one, &desk->faults), QUO_OK);
    omp_set_num_threads(threads);
    assert_memory_equal(&one.base, &s.base, sizeof s.base);
    assert_memory_equal(&one.all, &s.all, sizeof s.all);
    quo_scenario_free(&one);
    quo_scenario_free(&s);
    quo_marketbook_free(&book);
    quo_plan_free(plan);
}

/* Only some adopt; the others stay to the last bit; an unknown one is told; what fits nobody is counted. */
static void only_some(void **state)
{
    struct whatifs_desk *desk = *state;
    struct quo_plan *plan = plan_of(
        desk,
        "changes = ( { id = \"cap\"; cost_per_year = 2; set = [\"protocol.caps.bridge-outflow.per_hour_usd=1e6\"]; },"
        " { id = \"watch\"; cost_per_year = 3; set = [\"protocol.answers.MO-01.level=4\"]; },"
        " { id = \"has\"; cost_per_year = 3; set = [\"protocol.answers.MO-01.level=0\"]; } );");
    struct quo_marketbook book;
    struct quo_scenario s;
    struct quo_faults faults;
    quo_faults_init(&faults);
    assert_int_equal(quo_marketbook_load(SAMPLE, NULL, desk->engine->catalogue, &book, &desk->faults), QUO_OK);
    const char *first = book.one[0].protocol_id, *strangers[] = {book.one[1].protocol_id, "nobody"};
    assert_int_equal(quo_scenario_play(desk->engine, &book, plan, strangers, 2, 1, &s, &faults), QUO_REFUSED);
    assert_true(faults.n == 1 && strstr(faults.fault[0].text, "nobody"));
    assert_int_equal(quo_scenario_play(desk->engine, &book, plan, &first, 1, 1, &s, &faults), QUO_OK);
    assert_true(s.n_chosen == 1 && s.alone[0].adopted == 0 && s.alone[0].unfit == 1);
    assert_true(s.alone[0].premium == s.base.premium); /* what does not fit changes nothing */
    assert_true(s.alone[1].adopted == 1 && s.alone[1].premium < s.base.premium);
    quo_scenario_free(&s);
    quo_marketbook_free(&book);
    quo_plan_free(plan);
    quo_faults_free(&faults);
}

/* Two laws added point by point; many policies against one compound law that is their sum. */
static void the_tail_of_a_sum(void **state)
{
    (void)state;
    struct quo_booksum sum;
    struct quo_lattice a, b, severity, year, book;
    double tail;
    assert_int_equal(quo_lattice_new(100.0, 3, &a), QUO_OK);
    assert_int_equal(quo_lattice_new(250.0, 2, &b), QUO_OK);
    a.mass[0] = 0.7, a.mass[1] = 0.2, a.mass[2] = 0.1;
    b.mass[0] = 0.9, b.mass[1] = 0.1;
    assert_int_equal(quo_booksum_begin(&sum), QUO_OK);
    assert_int_equal(quo_booksum_tvar(&sum, 0.99, &tail), QUO_OK);
    assert_true(tail == 0.0);
    assert_int_equal(quo_booksum_add(&sum, &a), QUO_OK);
    assert_int_equal(quo_booksum_add(&sum, &b), QUO_OK);
    assert_int_equal(quo_booksum_tvar(&sum, 0.99, &tail), QUO_OK);
    check_rel(tail, 450.0, 1e-3, "the worst point has one per cent");
    assert_int_equal(quo_booksum_tvar(&sum, 0.9, &tail), QUO_OK);
    /* 450 at .01, 350 at .02, 250 at .07 */
    check_rel(tail, (0.01 * 450 + 0.02 * 350 + 0.07 * 250) / 0.1, 1e-3, "a tenth");
    quo_booksum_end(&sum);
    quo_lattice_free(&a);
    quo_lattice_free(&b);

    struct quo_workspace *workspace = quo_workspace_new();
    assert_int_equal(quo_lattice_new(1000.0, 201, &severity), QUO_OK);
    for (size_t k = 1; k <= 200; k++)
        severity.mass[k] = 1.0 / 200.0;
    const struct quo_component one = {quo_frequency_negbin_mean(0.05, INFINITY), &severity},
                               all = {quo_frequency_negbin_mean(5.0, INFINITY), &severity};
    assert_int_equal(quo_compound_fft(&one, 1, 1200, 1, workspace, &year, NULL), QUO_OK);
    assert_int_equal(quo_compound_fft(&all, 1, 6000, 1, workspace, &book, NULL), QUO_OK);
    assert_int_equal(quo_booksum_begin(&sum), QUO_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(quo_booksum_add(&sum, &year), QUO_OK);
    assert_int_equal(quo_booksum_tvar(&sum, 0.99, &tail), QUO_OK);
    check_rel(tail, quo_measure_tvar(0.99, &book), 1e-4, "a hundred policies");
    quo_booksum_end(&sum);
    quo_lattice_free(&severity);
    quo_lattice_free(&year);
    quo_lattice_free(&book);
    quo_workspace_free(workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_folder_is_its_quotes), cmocka_unit_test(the_sample_market),
                                       cmocka_unit_test(only_some), cmocka_unit_test(the_tail_of_a_sum)};
    return cmocka_run_group_tests(tests, whatifs_open, whatifs_close);
}
