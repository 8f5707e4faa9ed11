#include "pricing/premium/load.h"

#include <math.h>

#include "pricing/aggregate/measures.h"

static double distorted(enum quo_distortion_kind kind, double parameter, const struct quo_lattice *annual)
{
    const struct quo_distortion d = {kind, parameter};
    return quo_distortion_price(&d, annual) - quo_lattice_mean(annual);
}

/* Junior capital stands behind the mean up to its level's VaR, senior from there to its own level's [Ensuro, Policy.sol]. */
static void two_layers(const struct quo_terms *terms, const struct quo_lattice *annual, double *junior, double *senior)
{
    const double mean = quo_lattice_mean(annual);
    *junior = fmax(0.0, quo_measure_var(terms->junior_level, annual) - mean);
    *senior = fmax(0.0, quo_measure_var(terms->senior_level, annual) - mean - *junior);
}

static double capital(const struct quo_terms *terms, const struct quo_lattice *annual, double mean)
{
    double junior, senior;
    switch (terms->principle) {
    case QUO_PRINCIPLE_COST_OF_CAPITAL:
        return fmax(0.0, quo_measure_tvar(terms->level, annual) - mean) * terms->diversification;
    case QUO_PRINCIPLE_TWO_LAYER_CAPITAL:
        two_layers(terms, annual, &junior, &senior);
        return junior + senior;
    default:
        return 0.0;
    }
}

double quo_load_capital(const struct quo_terms *terms, const struct quo_lattice *annual)
{
    return capital(terms, annual, quo_lattice_mean(annual));
}

double quo_load_risk(const struct quo_terms *terms, const struct quo_lattice *annual, double term_years)
{
    return quo_load_risk_above(terms, annual, quo_lattice_mean(annual), term_years);
}

double quo_load_risk_above(const struct quo_terms *terms, const struct quo_lattice *annual, double mean,
                           double term_years)
{
    double junior, senior;
    switch (terms->principle) {
    case QUO_PRINCIPLE_EXPECTED_VALUE:
        return terms->parameter * mean;
    case QUO_PRINCIPLE_STANDARD_DEVIATION:
        return terms->parameter * sqrt(quo_lattice_variance(annual));
    case QUO_PRINCIPLE_VARIANCE:
        return terms->parameter * quo_lattice_variance(annual);
    case QUO_PRINCIPLE_WANG:
        return distorted(QUO_DISTORTION_WANG, terms->parameter, annual);
    case QUO_PRINCIPLE_PROPORTIONAL_HAZARD:
        return distorted(QUO_DISTORTION_PH, terms->parameter, annual);
    case QUO_PRINCIPLE_DUAL_POWER:
        return distorted(QUO_DISTORTION_DUAL_POWER, terms->parameter, annual);
    case QUO_PRINCIPLE_TVAR:
        return distorted(QUO_DISTORTION_TVAR, terms->level, annual);
    case QUO_PRINCIPLE_COST_OF_CAPITAL:
        return terms->rate * capital(terms, annual, mean) * term_years;
    case QUO_PRINCIPLE_TWO_LAYER_CAPITAL:
        two_layers(terms, annual, &junior, &senior);
        return (terms->junior_rate * junior + terms->senior_rate * senior) * term_years;
    case QUO_PRINCIPLES:
        break;
    }
    return NAN;
}

struct quo_gross quo_load_gross(const struct quo_terms *terms, double pure)
{
    struct quo_gross out = {.expenses_fixed = terms->expenses_fixed};
    const double wanted =
        (pure + terms->expenses_fixed) / (1.0 - terms->brokerage - terms->expenses_share - terms->profit);
    const double before_tax = fmax(wanted, terms->minimum_premium);
    /* The minimum is a floor on what the insured pays before tax; what it adds is shown as its own step. */
    out.minimum_added = before_tax - wanted;
    out.expenses_share = terms->expenses_share * wanted;
    out.profit = terms->profit * wanted;
    out.brokerage = terms->brokerage * wanted;
    out.tax = terms->tax * before_tax;
    out.technical = before_tax * (1.0 - terms->brokerage);
    out.gross = before_tax + out.tax;
    return out;
}
