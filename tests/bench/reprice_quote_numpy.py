"""The very policies of a book priced one by one with NumPy to the very premiums that reprice gives: all covered perils' losses with their
outflow caps, the trigger's reporting error, 1,000 cells of the event limit, negative binomial counts, the year by one transform, annual limit,
sd, five quantiles and TVaRs, the exceedance curve, cost of capital, expenses and every step of the walk in cents.

Reads the model's numbers of each protocol from a JSON file, the policies and reprice's own premiums from CSV. What belongs to a protocol (its
laws of the index, tabulated) is made once for all its policies; whole arrays everywhere. Prints: CPU seconds a protocol, CPU seconds a policy,
CPU seconds a policy whose protocol's covered perils are tabulated for it alone, policies priced, largest relative difference of the gross premium
and of the expected payout (where that is a dollar or more)."""
import csv
import json
import math
import sys
import time

import numpy as np
from scipy.fft import next_fast_len
from scipy.interpolate import PPoly
from scipy.special import ndtr, pdtrc

CELLS, TILT = 1000, 14.0
LEVELS = np.array([0.9, 0.95, 0.99, 0.995, 0.999])
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
LOW, HIGH, SPACING = 0.003, 1.3, 0.015  # of the index tables: shares of the exposure, and in ln t


def survival(family, par):
    if family == "lognormal":
        return lambda x: ndtr((par[0] - np.log(x)) / par[1])
    if family == "weibull":
        return lambda x: np.exp(-((x / par[1]) ** par[0]))
    if family == "pareto2":
        return lambda x: (1.0 + x / par[1]) ** -par[0]
    sys.exit(3)


class Loss:
    """P[X > x], and the places where it has a kink or a jump."""

    def __init__(self, law):
        inf = lambda x: math.inf if x is None else x
        self.s = survival(law["severity"]["family"], law["severity"]["par"])
        self.above = self.s(law["floor"]) if law["floor"] > 0.0 else 1.0
        self.scale, self.power, self.cap = math.exp(law["log_scale"]), law["power"], inf(law["cap"])
        self.t = law["outflow"]
        self.lanes = [(l["share"], [dict(c, per_hour=inf(c["per_hour"]), hard=inf(c["hard"])) for c in l["caps"]])
                      for l in self.t["lanes"]]
        at = [self.cap, self.scale * law["floor"] ** self.power]
        for _, caps in self.lanes:
            for c in caps:
                at += [c["burst"], c["hard"]]
                at += [c["burst"] + c["per_hour"] * math.exp(self.t["meanlog"])] if self.t["sdlog"] == 0.0 else []
                at += [c["burst"] + c["per_hour"] * math.exp(self.t["auto_meanlog"])] if self.t["p_auto"] > 0.0 and self.t["auto_sdlog"] == 0.0 else []
            for i, c in enumerate(caps):
                at += [(c["burst"] * d["per_hour"] - d["burst"] * c["per_hour"]) / (d["per_hour"] - c["per_hour"])
                       for d in caps[:i] if math.isfinite(c["per_hour"]) and math.isfinite(d["per_hour"]) and c["per_hour"] != d["per_hour"]]
        self.kinks = sorted({a for a in at if 0.0 < a <= self.cap and math.isfinite(a)})

    def q(self, x):
        """Right limits; at a jump from below ask a little below."""
        out = np.minimum(self.s((x / self.scale) ** (1.0 / self.power)) / self.above, 1.0) * (x < self.cap)
        left = np.full_like(x, 1.0 - sum(share for share, _ in self.lanes)) if self.lanes else 1.0
        t = self.t
        stop = lambda time, m, sd: ndtr((m - np.log(time)) / sd) if sd > 0.0 else (time < math.exp(m)) * 1.0
        for share, caps in self.lanes:
            hard, time = math.inf, np.zeros_like(x)
            for c in caps:
                hard = min(hard, c["hard"])
                if math.isfinite(c["per_hour"]):
                    time = np.maximum(time, np.maximum(x - c["burst"], 1e-300) / max(c["per_hour"], 1e-300) * (x >= c["burst"]))
            bites = time > 0.0
            time = np.where(bites, time, 1.0)
            bound = stop(time, t["meanlog"], t["sdlog"])
            if t["p_auto"] > 0.0:
                bound = t["p_auto"] * stop(time, t["auto_meanlog"], t["auto_sdlog"]) + (1.0 - t["p_auto"]) * bound
            left = left + share * np.where(bites, bound, 1.0) * (x < hard)
        out = out * left
        return out

    def panels(self, low, high, width):
        """Points and weights for integrals over ln x, cut at the kinks."""
        edge = [math.log(low)] + [math.log(k) for k in self.kinks if low < k < high] + [math.log(high)]
        edge = np.concatenate([np.linspace(a, b, max(2, math.ceil((b - a) / width) + 1))[:-1] for a, b in zip(edge, edge[1:])] +
                              [edge[-1:]])
        half = 0.5 * np.diff(edge)
        u = (edge[:-1] + half)[:, None] + half[:, None] * NODES
        return edge, u, half[:, None] * WEIGHTS

    def rest(self, low):
        """E[(X - x)+] as cubics of ln x with the right value and slope at both ends of each cell; with its derivative."""
        high = self.cap if math.isfinite(self.cap) else self.scale * 1e15
        edge, u, w = self.panels(low, high, 0.1)
        x = np.exp(u)
        cell = (self.q(x) * x * w).sum(axis=1)
        rest = np.append(np.cumsum(cell[::-1])[::-1], 0.0)
        h = np.diff(edge)
        right = -h * self.q(np.exp(edge[:-1]) * (1 + 1e-13)) * np.exp(edge[:-1])
        left = -h * self.q(np.exp(edge[1:]) * (1 - 1e-13)) * np.exp(edge[1:])
        rise = np.diff(rest)
        return PPoly(np.array([(right + left - 2 * rise) / h**3, (3 * rise - 2 * right - left) / h**2, right / h, rest[:-1]]), edge)


class Protocol:
    """Its perils, or some of them, tabulated: the index (loss with reporting error) on one grid of ln t for all of them."""

    def __init__(self, d, error, perils=None):
        self.d, self.perils = d, list(perils or d["perils"])
        self.at = {p: i for i, p in enumerate(self.perils)}
        self.exposure = d["exposure"]
        get = lambda name: np.array([d["perils"][p][name] for p in self.perils], dtype=float)
        self.rate, self.mean_loss = get("rate"), get("mean_loss")
        self.size = np.where(np.isnan(get("size")), np.inf, get("size"))
        self.base, self.factor, self.experience, self.contagion = get("base_rate"), get("exposure_factor"), get("experience"), get("contagion")
        self.weight, self.reference = get("weight"), get("weight_reference")
        loss = [Loss(d["perils"][p]["loss"]) for p in self.perils]
        self.hours = np.array([d["perils"][p]["hours"] for p in self.perils])
        self.true = [x.rest(1e-3 if h else LOW * self.exposure) for x, h in zip(loss, self.hours)]
        self.true_slope = [t.derivative() for t in self.true]
        ln_t = math.log(self.exposure) + np.arange(math.log(LOW), math.log(HIGH), SPACING)
        value, slope = np.zeros((len(ln_t), len(loss))), np.zeros((len(ln_t), len(loss)))
        for i, x in enumerate(loss):
            if self.hours[i]:
                continue
            _, u, w = x.panels(LOW * self.exposure * math.exp(-9.0 * error), x.cap, 0.2)
            u, w = u.ravel(), w.ravel()
            s = x.q(np.exp(u)) * w
            z = (u - ln_t[:, None]) / error
            value[:, i] = ndtr(z + error) @ (s * np.exp(u + 0.5 * error * error))
            slope[:, i] = -np.exp(ln_t) * (np.exp(-0.5 * z * z) @ (s / (error * math.sqrt(2.0 * math.pi))))
        a, b = value[:-1], value[1:]
        m, n = SPACING * slope[:-1], SPACING * slope[1:]
        self.index = PPoly(np.array([(2 * a - 2 * b + m + n) / SPACING**3, (3 * b - 3 * a - 2 * m - n) / SPACING**2, m / SPACING, a]), ln_t)
        self.index_slope = self.index.derivative()


def price(row, of, terms):
    """One policy; everything for an event limit of 1 but the money at the end."""
    which = [of.at[p] for p in row["perils"]]
    limit, term = row["limit"], row["days"] / 365.0
    scale = 1.0 if row["index"] == "outage_hours" else of.exposure
    rate, size = of.rate[which] * term, of.size[which]
    own, hours = len(which), of.hours[which[0]]
    if hours:
        rest = lambda ln_t: np.stack([of.true[i](ln_t) for i in which], axis=-1)
        from_ = lambda ln_t: np.stack([-of.true_slope[i](ln_t) for i in which], axis=-1)
    else:
        rest = lambda ln_t: of.index(ln_t)[..., which]
        from_ = lambda ln_t: -of.index_slope(ln_t)[..., which]
    if row["rise"]:  # from x0, nothing, to x1, all: from the limited mean at the points
        x0, x1 = row["rise"][0] * scale, row["rise"][1] * scale
        ln_x = np.log(np.linspace(x0, x1, CELLS + 1))
        r = rest(ln_x)
        above = (r[:-1] - r[1:]) * (CELLS / (x1 - x0))
        mass = np.empty((CELLS + 1, own))
        mass[0], mass[1:-1], mass[-1] = 1.0 - above[0], above[:-1] - above[1:], above[-1]
        mean, pays = (r[0] - r[-1]) / (x1 - x0), from_(ln_x[0]) / x0
        true = np.array([float(of.true[i](ln_x[0]) - of.true[i](ln_x[-1])) for i in which]) / (x1 - x0)
    else:  # jumps: P[index >= x] is what it pays with
        at = np.array([s[0] for s in row["jumps"]]) * scale
        share = np.array([s[1] for s in row["jumps"]])
        p = from_(np.log(at)) / at[:, None]
        mass = np.zeros((CELLS + 1, own))
        mass[np.rint(share * CELLS).astype(int)] = p - np.append(p[1:], np.zeros((1, own)), axis=0)
        mass[0] += 1.0 - p[0]
        up = np.diff(share, prepend=0.0)
        mean, pays = up @ p, p[0]
        ln_at = np.log(at)
        true = np.array([float(up @ (-of.true_slope[i](ln_at) / at)) for i in which])
    # The year: as far as the annual limit, or as any number of events is likely to reach; tilted, so that what lies beyond does not come round.
    events = rate.sum()
    if row["annual"] is None:
        most = 1
        while pdtrc(most, events) > 1e-13:
            most += 1
        points = CELLS * (most + 2) + 1
    else:
        points = int(round(row["annual"] / limit * CELLS)) + 1
    n = next_fast_len(2 * points, True)
    tilt = np.exp(-TILT / n * np.arange(n))
    z = np.fft.rfft(mass * tilt[: CELLS + 1, None], n, axis=0)
    log = np.zeros(n // 2 + 1, dtype=complex)
    for k in range(own):
        log += rate[k] * (z[:, k] - 1.0) if np.isinf(size[k]) else -size[k] * np.log(1.0 - rate[k] / size[k] * (z[:, k] - 1.0))
    law = np.maximum(np.fft.irfft(np.exp(log), n) / tilt, 0.0)[:points]
    if row["annual"] is not None:
        law[-1] = max(0.0, 1.0 - law[:-1].sum())
    # What a quote tells of the law.
    step, k = 1.0 / CELLS, np.arange(points)
    first = law @ k
    sd = math.sqrt(law @ (k - first) ** 2) * step
    above = np.append(np.cumsum(law[:0:-1])[::-1], 0.0)  # P[S > k]
    beyond = np.append(np.cumsum(above[:0:-1])[::-1], 0.0)
    at = np.searchsorted(-above, -(1.0 - LEVELS) - 1e-12)
    var, tvar = at * step, at * step + (beyond[at] + above[at]) * step / (1.0 - LEVELS)
    grid = np.linspace(0.0, points - 1, 21)
    exceeds = above[np.floor(grid + 1e-9).astype(int)]
    paying = rate * pays
    none = math.exp(-sum(p if math.isinf(s) else s * math.log1p(p / s) for p, s in zip(paying, size)))
    exceeds[0] = 1.0 - none
    expected = first * step * limit
    capital = max(0.0, tvar[3] * limit - expected) * terms["diversification"]
    load = terms["rate"] * capital * term
    gross = (expected + load + terms["expenses_fixed"]) / (1.0 - terms["brokerage"] - terms["expenses_share"] - terms["profit"])
    walk = steps(of, which, term, limit, rate, mean, true, expected, load, gross, terms)
    return expected, gross, sd * limit, var * limit, tvar * limit, exceeds, walk


def steps(of, which, term, limit, rate, mean, true, expected, load, gross, terms):
    """From the market's rate to the premium; whole cents that add up."""
    seen, wanted = limit * (rate @ mean), limit * (rate @ true)
    r, contagion, experience = of.rate[which], of.contagion[which], of.experience[which]
    if of.hours[which[0]]:
        paid = limit * rate * true
        exposure = (paid * of.base[which] * of.factor[which] / r).sum()
        reference = (paid * of.base[which] / r).sum()
        own, all_ = paid * (r - contagion) / r, paid
    else:
        reference, exposure = of.reference[which].sum() * term, of.weight[which].sum() * term
        own, all_ = (r - contagion) * of.mean_loss[which] * term, r * of.mean_loss[which] * term
    name, amount = ["market rate, reference exposure"], [reference]
    total = 0.0

    def reach(text, to):
        name.append(text)
        amount.append(to - total)

    total = reference
    reach("exposure", exposure)
    total, factor = exposure, 1.0
    for text, f in of.d["domains"]:
        name.append(text)
        amount.append(exposure * factor * (f - 1.0))
        total += amount[-1]
        factor *= f
    for text, to in (("controls: arrangement, caps", (own / experience).sum()), ("own experience", own.sum()),
                     ("passed on within the book", all_.sum()), ("terms: trigger and limits", wanted),
                     ("clauses, missed events, index error", seen), ("annual limits", expected)):
        reach(text, to)
        total = to
    name += ["risk load", "fixed expenses", "expenses", "profit", "brokerage"]
    amount += [load, terms["expenses_fixed"], terms["expenses_share"] * gross, terms["profit"] * gross, terms["brokerage"] * gross]
    scaled = [100.0 * a for a in amount]
    cents = [math.floor(a) for a in scaled]
    left = round(100.0 * gross) - sum(cents)
    for i in sorted(range(len(cents)), key=lambda i: cents[i] - scaled[i])[:left]:
        cents[i] += 1
    return list(zip(name, cents))


def read(row):
    number = lambda name: float(row[name]) if row[name] else None
    out = {"id": row["policy_id"], "protocol": row["protocol_id"], "perils": row["perils"].split(";"), "index": row["index"],
           "limit": number("event_limit"), "annual": number("annual_limit"), "days": int(row["term_days"]), "rise": None}
    if row["shape"] == "linear":
        out["rise"] = (number("attach"), number("exhaust"))
    elif row["shape"] == "per_hour":
        out["rise"] = (number("waiting_hours"), number("exhaust"))
    elif row["shape"] == "binary":
        out["jumps"] = [(number("attach"), 1.0)]
    else:
        out["jumps"] = [tuple(map(float, s.split(":"))) for s in row["steps"].split(";")]
    return out


def main(dump, policies, prices, protocols, count):
    with open(dump) as f:
        book = json.load(f)
    error, terms = book["index_error"], book["terms"]
    chosen = {p["id"]: p for p in book["protocols"][1 : 1 + protocols]}
    rows, want = [], {}
    with open(policies) as f:
        for row in csv.DictReader(f):
            if row["protocol_id"] in chosen and len(rows) < count:
                rows.append(read(row))
    with open(prices) as f:
        for row in csv.DictReader(f):
            want[row["policy_id"]] = float(row["gross_premium"]), float(row["expected_payout"])
    start = time.process_time()
    made = {name: Protocol(p, error) for name, p in chosen.items()}
    for_protocols = (time.process_time() - start) / len(made)
    start = time.process_time()
    got = [price(row, made[row["protocol"]], terms) for row in rows]
    for_policies = (time.process_time() - start) / len(rows)
    alone = rows[:: max(1, len(rows) // 40)]
    start = time.process_time()
    for row in alone:
        price(row, Protocol(chosen[row["protocol"]], error, row["perils"]), terms)
    by_itself = (time.process_time() - start) / len(alone)
    worst = max(max(0.0, abs(g[1] - want[r["id"]][0]) - 0.005) / want[r["id"]][0] for r, g in zip(rows, got))
    worst_expected = max(max(0.0, abs(g[0] - want[r["id"]][1]) - 0.005) / max(1.0, want[r["id"]][1]) for r, g in zip(rows, got))
    for row, g in zip(rows, got):
        if sum(c for _, c in g[6]) != round(100.0 * g[1]):
            sys.exit(3)
        if "-v" in sys.argv and abs(g[1] / want[row["id"]][0] - 1.0) > 1e-5:
            print(row, g[:3], want[row["id"]], file=sys.stderr)
    print(for_protocols, for_policies, by_itself, len(rows), worst, worst_expected)


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
