"""The same kind of book by vectorised NumPy: prints years a second of one thread, then the plain compound's events a second.

A year: Poisson events on protocols, each with a size, a payout on every policy of the protocol that covers it, an annual limit a policy, the
year's total. No vendors, campaigns, contagion or order of time: less than what it is compared with."""
import sys
import time

import numpy as np

years, events, policies, protocols, rows_per_event = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
rng = np.random.default_rng(1)
start = time.process_time()
totals = []
chunk = 1000
rows = max(1, round(rows_per_event))
limit = rng.lognormal(13, 1, policies)
attach = rng.lognormal(15, 1, policies)
own = rng.integers(0, policies, (protocols, rows))
for _ in range(0, years, chunk):
    counts = rng.poisson(events, chunk)
    n = counts.sum()
    year = np.repeat(np.arange(chunk), counts)
    who = rng.integers(0, protocols, n)
    size = rng.lognormal(14.5, 2.0, n)
    policy = own[who]
    paid = np.clip((size[:, None] - attach[policy]) / (9.0 * attach[policy]), 0.0, 1.0) * limit[policy]
    key = (year[:, None] * policies + policy)[paid > 0.0]
    amount = paid[paid > 0.0]
    unique, inverse = np.unique(key, return_inverse=True)
    total = np.minimum(np.bincount(inverse, amount), limit[unique % policies])
    totals.append(np.bincount(unique // policies, total, minlength=chunk))
totals = np.sort(np.concatenate(totals))
tail = totals[int(0.99 * len(totals)):].mean()
full = years / (time.process_time() - start)

start = time.process_time()
n_years, rate = 200000, 10.0
counts = rng.poisson(rate, n_years)
size = rng.lognormal(10.0, 1.5, counts.sum())
year = np.bincount(np.repeat(np.arange(n_years), counts), size, minlength=n_years)
np.sort(year)
plain = counts.sum() / (time.process_time() - start)
print(full, plain, tail)
