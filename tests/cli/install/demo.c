/* A caller of the installed library: prices a policy and prints its gross premium. */
#include <pricing/quote.h>
#include <risk/severity/severity.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct quo_faults faults;
    struct quo_engine *engine = NULL;
    struct quo_policy *policy = NULL;
    struct quo_quote *quote = NULL;
    struct quo_quote_options options;
    const struct quo_engine_files shipped = {NULL, NULL, NULL, NULL};
    quo_faults_init(&faults);
    quo_quote_options_init(&options);
    if (argc != 2 || quo_engine_new(&shipped, &engine, &faults) != QUO_OK ||
        quo_policy_load(argv[1], engine->catalogue, &policy, &faults) != QUO_OK ||
        quo_quote_price(engine, policy, &options, &quote) != QUO_OK)
        return 1;
    const struct quo_severity law = quo_severity_simple(QUO_LOGNORMAL, (const double[]){12.0, 2.0});
    printf("%.2f %.6g\n", quote->gross_premium, quo_severity_lev(1e6, 1.0, &law));
    quo_quote_free(quote);
    quo_policy_free(policy);
    quo_engine_free(engine);
    quo_faults_free(&faults);
    return 0;
}
