"""Poisson(10) lognormals (mean 100, cv 2) on 2^16 points by NumPy's FFT, padded twice. Prints: seconds (the least), mean, TVaR 99."""
import time

import numpy as np
from scipy.special import ndtr

N, TOP = 1 << 16, 32768.0
h = TOP / N
s2 = np.log(5.0)
mu, sigma = np.log(100.0) - s2 / 2, np.sqrt(s2)
edge = (np.arange(N + 1) - 0.5) * h
f = np.diff(ndtr((np.log(np.maximum(edge, 1e-300)) - mu) / sigma))


def law():
    return np.fft.irfft(np.exp(10.0 * (np.fft.rfft(f, 2 * N) - 1.0)), 2 * N)[:N]


law()
seconds = []
for _ in range(31):
    start = time.process_time()
    p = law()
    seconds.append(time.process_time() - start)
x = np.arange(N) * h
above = 1.0 - np.cumsum(p)
k = int(np.argmax(above <= 0.01))
tvar = x[k] + np.sum(above[k:]) * h / 0.01
print(min(seconds), float(np.sum(p * x)), float(tvar))
