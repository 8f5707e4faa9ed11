#include "risk/controls/race.h"

#include <math.h>
#include <string.h>

#include "risk/base/numeric.h"

static bool same(struct quo_timelock_time a, struct quo_timelock_time b)
{
    return a.meanlog == b.meanlog && a.sdlog == b.sdlog;
}

void quo_race_start(const struct quo_view *view, enum quo_peril peril, const struct quo_race_clock *before,
                    struct quo_race_clock *clock)
{
    const struct quo_inputs *in = view->inputs;
    const bool cloud = peril == QUO_VENDOR_INFRASTRUCTURE;
    const double median = cloud                            ? in->detect_cloud_median_hours
                          : peril == QUO_BRIDGE_VALIDATION ? in->detect_bridge_median_hours
                                                           : in->detect_median_hours;
    const double faster = quo_effects_multiplier(view->effects, peril, QUO_CHANNEL_DETECT, view->x);
    const double sooner = quo_effects_multiplier(view->effects, peril, QUO_CHANNEL_RESPOND, view->x);
    clock->detect = quo_timelock_median(median * faster, cloud ? in->detect_cloud_sigma : in->detect_sigma);
    clock->respond = quo_timelock_median(quo_inputs_value(view, QUO_INPUT_RESPOND_HOURS) * sooner, in->respond_sigma);
    clock->stop.sdlog = NAN;
    clock->n_delays = 0;
    clock->stops = in->stops;
    if (before && same(before->detect, clock->detect) && same(before->respond, clock->respond))
        *clock = *before;
}

void quo_race_share(const struct quo_race_clock *other, struct quo_race_clock *clock)
{
    if (clock->n_delays == 0 && isnan(clock->stop.sdlog) && same(other->detect, clock->detect) &&
        same(other->respond, clock->respond))
        *clock = *other;
}

#define STOPS_FROM (-15.0) /* of ln(median to respond / median to detect); as far above 0 */
#define STOPS_STEP 0.125

void quo_race_fill_stops(const struct quo_inputs *inputs, struct quo_race_stops *stops)
{
    const double detect[2] = {inputs->detect_sigma, inputs->detect_cloud_sigma};
    for (int t = 0; t < 2; t++) {
        stops->of[t].detect_sdlog = detect[t];
        stops->of[t].respond_sdlog = inputs->respond_sigma;
        quo_caps_stop_times((struct quo_timelock_time){0.0, detect[t]}, inputs->respond_sigma, STOPS_FROM, STOPS_STEP,
                            QUO_RACE_NODES, stops->of[t].meanlog, stops->of[t].sdlog);
    }
}

/* Lagrange's cubic through the four nodes about u, which lies between y[1] (u = 0) and y[2] (u = 1). */
static double cubic(const double *y, double u)
{
    return y[0] * (-u * (u - 1.0) * (u - 2.0) / 6.0) + y[1] * ((u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0) +
           y[2] * (-(u + 1.0) * u * (u - 2.0) / 2.0) + y[3] * ((u + 1.0) * u * (u - 1.0) / 6.0);
}

struct quo_timelock_time quo_race_stop(struct quo_race_clock *clock)
{
    if (!isnan(clock->stop.sdlog))
        return clock->stop;
    const double place = (clock->respond.meanlog - clock->detect.meanlog - STOPS_FROM) / STOPS_STEP;
    for (int t = 0; clock->stops && t < 2; t++)
        if (clock->stops->of[t].detect_sdlog == clock->detect.sdlog &&
            clock->stops->of[t].respond_sdlog == clock->respond.sdlog && place >= 1.0 && place < QUO_RACE_NODES - 2) {
            const int at = (int)place;
            clock->stop.meanlog = clock->detect.meanlog + cubic(&clock->stops->of[t].meanlog[at - 1], place - at);
            clock->stop.sdlog = cubic(&clock->stops->of[t].sdlog[at - 1], place - at);
            return clock->stop;
        }
    clock->stop = quo_caps_stop_time(clock->detect, clock->respond);
    return clock->stop;
}

static double in_time(struct quo_race_clock *clock, double delay_hours)
{
    for (int i = 0; i < clock->n_delays; i++)
        if (clock->delay_hours[i] == delay_hours)
            return clock->in_time[i];
    const double chance = quo_timelock_in_time(delay_hours, clock->detect, clock->respond);
    if (clock->n_delays < QUO_RACE_ASKED) {
        clock->delay_hours[clock->n_delays] = delay_hours;
        clock->in_time[clock->n_delays++] = chance;
    }
    return chance;
}

/* Whoever takes the way with the least veto x P[in time] never takes one that is no shorter and no easier than another: those are
 * dropped. The vetoes of what is left differ, so that there are never more than there are levels, and one for what is not said. */
static void add_way(struct quo_race_ways *ways, struct quo_race_way one)
{
    int kept = 0, at = 0;
    for (int i = 0; i < ways->n; i++)
        if (ways->way[i].hours <= one.hours && ways->way[i].veto <= one.veto)
            return;
    for (int i = 0; i < ways->n; i++)
        if (ways->way[i].hours < one.hours || ways->way[i].veto < one.veto)
            ways->way[kept++] = ways->way[i];
    while (at < kept && ways->way[at].hours < one.hours)
        at++;
    memmove(&ways->way[at + 1], &ways->way[at], (size_t)(kept - at) * sizeof *ways->way);
    ways->way[at] = one;
    ways->n = kept + 1;
}

struct quo_race_delays quo_race_delays(const struct quo_view *view)
{
    const struct quo_inputs *in = view->inputs;
    const struct quo_protocol *p = view->protocol;
    const double shortest = quo_inputs_value(view, QUO_INPUT_DELAY_HOURS),
                 veto = quo_inputs_value(view, QUO_INPUT_VETO);
    const double *veto_level = in->of[QUO_INPUT_VETO].table->level;
    struct quo_race_delays out = {.notice = quo_inputs_value(view, QUO_INPUT_NOTICE)};
    for (int k = 0; k < QUO_POWERS; k++) {
        const unsigned power = 1u << k;
        const double least = power & QUO_POWERS_FIXED ? shortest : 0.0;
        /* What is written out belongs to GA and stands and falls with it. */
        for (size_t i = 0; i < p->n_delays && view->domain[in->ga] == QUO_STAND_OWN; i++) {
            const struct quo_delay *delay = &p->delay[i];
            if (!(delay->powers & power))
                continue;
            if (delay->bypass) /* who goes round it meets no veto of its own either */
                add_way(&out.of[k], (struct quo_race_way){least, veto});
            else
                add_way(&out.of[k],
                        (struct quo_race_way){fmax(delay->delay_hours, least),
                                              fmax(delay->veto_said ? veto_level[delay->veto] : 0.0, veto)});
        }
        if (out.of[k].n == 0)
            add_way(&out.of[k], (struct quo_race_way){least, veto});
    }
    return out;
}

double quo_race_path(const struct quo_view *view, enum quo_peril peril, unsigned powers)
{
    double share = 0.0;
    for (int k = 0; k < QUO_POWERS; k++)
        if (powers >> k & 1u)
            share += view->inputs->catalogue->path[peril][k];
    /* Keys of a bridge also let messages pass: part of the paths leaves through its route. */
    if (view->protocol->bridge && (peril == QUO_KEY_COMPROMISE || peril == QUO_SIGNER_SOCIAL_ENGINEERING)) {
        const double route = view->inputs->bridge_key_paths;
        share = (1.0 - route) * share + (powers & QUO_POWER_BRIDGE_MESSAGES ? route : 0.0);
    }
    return fmin(share, 1.0);
}

/* What the attacker picks, from the weakest veto up; of two that stop as little the shorter. The longest first, so that none is
 * raced where another stops nothing. */
struct pick {
    struct quo_race_way way;
    double chance, stopped;
};

static struct pick pick_of(const struct quo_race_ways *ways, double noticed, struct quo_race_clock *clock)
{
    struct pick least = {.stopped = INFINITY};
    for (int i = ways->n; i-- > 0;) {
        const double stop = noticed * ways->way[i].veto;
        if (stop > 0.0 && least.stopped <= 0.0)
            break;
        const double chance = stop > 0.0 ? in_time(clock, ways->way[i].hours) : 0.0;
        if (stop * chance <= least.stopped)
            least = (struct pick){ways->way[i], chance, stop * chance};
    }
    return least;
}

struct quo_race_stopped quo_race_timelock(const struct quo_view *view, enum quo_peril peril,
                                          const struct quo_race_delays *delays, struct quo_race_clock *clock)
{
    struct quo_race_stopped out = {.multiplier = 1.0, .power = -1};
    double most = 0.0;
    if (!quo_inputs_concern(view, QUO_INPUT_DELAY_HOURS, peril) && peril != QUO_BRIDGE_VALIDATION)
        return out;
    for (int k = 0; k < QUO_POWERS; k++) {
        const double path = quo_race_path(view, peril, 1u << k);
        if (path <= 0.0 || delays->of[k].way[0].hours <= 0.0)
            continue;
        out.share += path;
        const struct pick pick = pick_of(&delays->of[k], path * delays->notice, clock);
        out.taken[k] = pick.way;
        out.multiplier -= pick.stopped;
        if (pick.stopped > most) {
            most = pick.stopped;
            out.chance = pick.chance;
            out.power = k;
        }
    }
    out.multiplier = fmax(out.multiplier, 0.0);
    return out;
}

double quo_race_drained(const struct quo_view *view, enum quo_peril peril, struct quo_race_clock *clock)
{
    const struct quo_inputs *in = view->inputs;
    if (peril == QUO_KEY_LOSS || peril == QUO_SERVICE_OUTAGE)
        return 1.0;
    const double theta = peril == QUO_VENDOR_INFRASTRUCTURE ? in->drain_cloud_hours : in->drain_hours;
    const double people = quo_caps_drained(theta, quo_race_stop(clock));
    double drained = people;
    if (quo_inputs_concern(view, QUO_INPUT_AUTO_STOP, peril)) {
        const double p_auto = quo_inputs_value(view, QUO_INPUT_AUTO_STOP);
        drained = (1.0 - p_auto) * people + p_auto * fmin(people, fmin(1.0, in->auto_stop_hours / theta));
    }
    const double atomic = in->catalogue->atomic[peril];
    return atomic + (1.0 - atomic) * drained;
}
