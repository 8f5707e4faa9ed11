"""Policies priced one by one with NumPy's FFTs: a layer of each of five lognormal perils on 1,000 cells by its limited mean, five negative
binomial counts, one transform pair of 4,096, mean, sd and TVaR 99.5 of the year. No score, no index error, no walk: less than a quote
does. Prints: policies a CPU second, relative error of the mean."""
import time

import numpy as np
from scipy.special import ndtr

CELLS, SIZE, POLICIES, PERILS = 1000, 4096, 400, 5
rng = np.random.default_rng(1)


def lev(x, mu, sigma):
    z = (np.log(np.maximum(x, 1e-300)) - mu) / sigma
    return np.exp(mu + sigma * sigma / 2) * ndtr(z - sigma) + x * ndtr(-z)


def price(attach, width, mu, sigma, rate, size):
    y = np.linspace(0.0, width, CELLS + 1)
    h = width / CELLS
    transform = np.ones(SIZE // 2 + 1, dtype=complex)
    mean = 0.0
    for p in range(PERILS):
        at = lev(attach + y, mu[p], sigma[p]) - lev(attach, mu[p], sigma[p])
        above = np.append(np.diff(at) / h, 0.0)
        mass = np.append(1.0, above[:-1]) - above
        z = np.fft.rfft(mass, SIZE)
        transform *= (1.0 + rate[p] / size[p] * (1.0 - z)) ** -size[p]
        mean += rate[p] * at[-1]
    law = np.maximum(np.fft.irfft(transform, SIZE), 0.0)
    x = np.arange(SIZE) * h
    got = law @ x
    sd = np.sqrt(max(law @ (x * x) - got * got, 0.0))
    above = 1.0 - np.cumsum(law)
    k = int(np.argmax(above <= 0.005))
    tvar = x[k] + above[k:].sum() * h / 0.005
    return got, sd, tvar, abs(got / mean - 1.0)


worst, start = 0.0, time.process_time()
for _ in range(POLICIES):
    exposure = np.exp(rng.normal(17.0, 1.5))
    attach, width = 0.02 * exposure, rng.choice([0.18, 0.28, 0.45]) * exposure
    worst = max(worst, price(attach, width, rng.normal(14.0, 0.5, PERILS), np.full(PERILS, 1.7), rng.uniform(0.002, 0.05, PERILS),
                             np.full(PERILS, 2.0))[3])
print(POLICIES / (time.process_time() - start), worst)
