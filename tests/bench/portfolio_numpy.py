"""The same book, the same model, by vectorised NumPy: what bench_portfolio.c wrote into a folder is simulated in chunks of years, with
seasons, vendors' shocks and campaigns, shared sizes, reading errors, limits by cover and policy in the order of time, and each policy's
sums; then a plain compound. Prints years a second of one thread, the mean and its standard error, TVaR 99 %, and the plain compound's
events a second.

What the C code does besides is left out here: contagion and false alarms (the sample book has none), causes and perils apart."""
import sys
import time

import numpy as np
from scipy.special import ndtri

folder, years, chunk = sys.argv[1], int(sys.argv[2]), 1000
book = {}
with open(folder + "/index") as index:
    for line in index:
        name, kind = line.split()
        book[name] = np.fromfile(f"{folder}/{name}", dtype=kind)
b = book
horizon = b["horizon"][0]
perils = len(b["season"])
rng = np.random.default_rng(1)
tables = b["tables"].reshape(-1, int(b["nodes_of_table"][0]))
per_unit_of_score, farthest = b["score_grid"]


def pick(n, first, count):
    """Entries of alias tables that begin at `first` and have `count` cells."""
    at = rng.random(n) * count
    cell = at.astype(np.int64)
    return np.where(at - cell < b["keep"][first + cell], cell, b["other"][first + cell]) + first


def own_events(season):
    year, risk, peril, score = [], [], [], []
    for p in range(perils):
        first, count, total = b["own_first"][p], b["own_count"][p], b["own_total"][p]
        if count == 0:
            continue
        n = rng.poisson(total * horizon * season[:, p])
        k = pick(n.sum(), first, count)
        year.append(np.repeat(np.arange(chunk), n))
        risk.append(b["target_risk"][k])
        peril.append(np.full(len(k), p))
        score.append(-ndtri(rng.random(len(k)) * b["target_pays"][k]))
    year = np.concatenate(year)
    return year, rng.random(len(year)) * horizon, np.arange(len(year)), *map(np.concatenate, (risk, peril, score))


def shocks(season, event):
    """Each group's shocks arrive by the greatest season of its perils; the campaign is a group of its own."""
    year, which, top = [], [], []
    for g in range(len(b["group_rate"])):
        mask = (b["group_perils"][g] >> np.arange(perils)) & 1 == 1
        greatest = season[:, mask].max(axis=1)
        n = rng.poisson(b["group_rate"][g] * horizon * greatest)
        year.append(np.repeat(np.arange(chunk), n))
        which.append(b["group_shock"][pick(n.sum(), b["group_first"][g], b["group_count"][g])])
        top.append(np.repeat(greatest, n))
    year, which, top = map(np.concatenate, (year, which, top))
    total, shape = b["shock_total"][which], b["shock_shape"][which]
    wild = np.isfinite(shape)
    intensity = np.ones(len(which))
    intensity[wild] = rng.gamma(shape[wild]) / shape[wild]
    picks = rng.poisson(total * intensity)
    while True:  # a vendor's shock is one that takes somebody
        none = (picks == 0) & ~wild
        if not none.any():
            break
        picks[none] = rng.poisson(total[none])
    moment, common = rng.random(len(which)) * horizon, rng.standard_normal(len(which))
    of = np.repeat(np.arange(len(which)), picks)
    k = pick(len(of), b["shock_first"][which[of]], b["shock_count"][which[of]])
    risk, peril = b["target_risk"][k], b["target_peril"][k]
    _, once = np.unique(of * np.int64(b["risks"][0]) + risk, return_index=True)
    of, k, risk, peril = of[once], k[once], risk[once], peril[once]
    rho = b["shock_correlation"][which[of]]
    score = np.sqrt(rho) * common[of] + np.sqrt(1.0 - rho) * rng.standard_normal(len(of))
    keep = (score >= b["target_score"][k]) & (rng.random(len(of)) * top[of] < season[year[of], peril])
    of, risk, peril, score = of[keep], risk[keep], peril[keep], score[keep]
    return year[of], moment[of], event + of, risk, peril, score


def through(node, year, cents):
    """What a deductible and a limit a year leave of payments that come in the order of time within each node and year."""
    key = node * np.int64(chunk) + year
    order = np.argsort(key, kind="stable")
    key, paid = key[order], cents[order]
    start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    total = np.cumsum(paid)
    before = np.repeat(np.r_[0.0, total[start[1:] - 1]], np.diff(np.r_[start, len(key)]))
    n = node[order]
    clip = lambda x: np.minimum(np.maximum(x - b["node_deductible"][n], 0.0), b["node_limit"][n])
    out = np.empty_like(cents)
    out[order] = clip(total - before) - clip(total - before - paid)
    return out


def one_chunk(first_year):
    season = np.ones((chunk, perils))
    for p in range(perils):
        if np.isfinite(b["season"][p]):
            season[:, p] = rng.gamma(b["season"][p], 1.0 / b["season"][p], chunk)
    a = own_events(season)
    c = shocks(season, len(a[0]))
    year, moment, event, risk, peril, score = (np.concatenate(x) for x in zip(a, c))
    at = (np.clip(score, -farthest, farthest) + farthest) * per_unit_of_score
    cell = np.minimum(at.astype(np.int64), tables.shape[1] - 2)
    table = b["table_of"][risk * perils + peril]
    low, high = tables[table, cell], tables[table, cell + 1]
    size = np.exp(low + (at - cell) * (high - low))
    seen, reading = rng.random(len(size)), rng.standard_normal(len(size))
    # One line for each policy's row that an event asks.
    begin, count = b["row_begin"][risk * perils + peril], b["row_count"][risk * perils + peril]
    hit = np.repeat(np.arange(len(size)), count)
    row = np.arange(len(hit)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
    index = size[hit] * b["row_per_unit"][row] * np.exp(b["row_error"][row] * reading[hit])
    y = np.zeros(len(hit))
    for k in range(int(b["pieces_most"][0])):
        piece = np.minimum(b["row_piece"][row] + k, len(b["piece_x0"]) - 1)
        there = (k < b["row_pieces"][row]) & (index >= b["piece_x0"][piece])
        rising = np.minimum(b["piece_y1"][piece], b["piece_y0"][piece] + b["piece_slope"][piece] * (index - b["piece_x0"][piece]))
        y = np.where(there, rising, y)
    cents = np.where((seen[hit] < b["row_sees"][row]) & (moment[hit] < b["row_term"][row]), np.rint(100.0 * y), 0.0)
    some = np.flatnonzero(cents > 0.0)
    hit, row, cents = hit[some], row[some], cents[some]
    order = np.argsort(moment[hit], kind="stable")
    hit, row, cents = hit[order], row[order], cents[order]
    node, when = b["row_node"][row], year[hit]
    for _ in range(int(b["levels"][0])):
        there = node >= 0
        cents[there] = through(node[there], when[there], cents[there])
        node = np.where(there, b["node_parent"][node], -1)
    total = np.bincount(when, cents, minlength=chunk)
    by_event = np.bincount(event[hit], cents, minlength=event.max() + 1)
    largest = np.zeros(chunk)
    of_event = np.zeros(event.max() + 1, dtype=np.int64)
    of_event[event] = year
    np.maximum.at(largest, of_event, by_event)
    key = b["row_policy"][row] * np.int64(chunk) + when
    unique, inverse = np.unique(key, return_inverse=True)
    return total, largest, unique // chunk, unique % chunk + first_year, np.bincount(inverse, cents)


full = 0.0
for _ in range(3):  # the best of three: others' work on the machine is not NumPy's
    start = time.process_time()
    parts = [one_chunk(y) for y in range(0, years, chunk)]
    total = np.concatenate([p[0] for p in parts])
    largest = np.sort(np.concatenate([p[1] for p in parts]))
    policy, when, paid = (np.concatenate([p[i] for p in parts]) for i in (2, 3, 4))
    mean_of_policy = np.bincount(policy, paid) / years
    square_of_policy = np.bincount(policy, paid * paid) / years
    order = np.sort(total)
    var = order[int(np.ceil(0.99 * years)) - 1]
    tail = total > var
    in_tail = np.bincount(policy[tail[when]], paid[tail[when]]) / max(1, tail.sum())
    full = max(full, years / (time.process_time() - start))

def plain_compound(n_years=200000, rate=10.0):
    start = time.process_time()
    counts = rng.poisson(rate, n_years)
    size = rng.lognormal(10.0, 1.5, counts.sum())
    year = np.bincount(np.repeat(np.arange(n_years), counts), size, minlength=n_years)
    return counts.sum() / (time.process_time() - start) if year.sum() > 0.0 else 0.0


plain = max(plain_compound() for _ in range(7))
print(full, plain, 0.01 * total.mean(), 0.01 * total.std() / np.sqrt(years), 0.01 * total[tail].mean())
