#include "pricing/cmd/marketfile.h"

#include "risk/controls/catalogue.h"
#include "risk/defaults.h"

static enum quo_status open_file(const char *path, enum quo_default shipped, struct quo_config **config,
                                 struct quo_faults *faults)
{
    if (path)
        return quo_config_open(path, config, faults);
    return quo_default_open(shipped, config, faults);
}

enum quo_status quo_marketfile_load(const char *market_path, const char *catalogue_path, struct quo_market **out,
                                    struct quo_faults *faults)
{
    struct quo_config *config = NULL;
    struct quo_catalogue *catalogue = NULL;
    enum quo_status status = open_file(catalogue_path, QUO_DEFAULT_CATALOGUE, &config, faults);
    if (status == QUO_OK)
        status = quo_catalogue_read(config, &catalogue, faults);
    quo_config_close(config);
    config = NULL;
    if (status == QUO_OK)
        status = open_file(market_path, QUO_DEFAULT_MARKET, &config, faults);
    if (status == QUO_OK)
        status = quo_market_read(config, catalogue, out, faults);
    quo_config_close(config);
    quo_catalogue_free(catalogue);
    return status;
}
