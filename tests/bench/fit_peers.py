"""The same samples in SciPy, location fixed at 0. Argument: a folder of samples (doubles). Prints NAME SECONDS LOGLIK."""
import os
import sys
import time
import warnings

import numpy as np
from scipy import stats

warnings.simplefilter("ignore")
laws = {"lognormal": stats.lognorm, "gamma": stats.gamma, "weibull": stats.weibull_min, "burr": stats.burr12, "gpd": stats.genpareto}
for name, law in laws.items():
    x = np.fromfile(os.path.join(sys.argv[1], name))
    scale = x.mean()
    start = time.perf_counter()
    par = law.fit(x / scale, floc=0)
    seconds = time.perf_counter() - start
    print(name, seconds, "%.12g" % (law.logpdf(x / scale, *par).sum() - len(x) * np.log(scale)), flush=True)
