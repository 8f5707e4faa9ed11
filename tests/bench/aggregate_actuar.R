# Poisson(10) lognormals (mean 100, cv 2) on 2^16 points by actuar's Panjer recursion, timed once. Prints: seconds, mean, 0.
options(warn = -1)
suppressMessages(library(actuar))
s <- sqrt(log(5)); m <- log(100) - s^2 / 2
top <- 32768; h <- top / 2^16
f <- discretise(plnorm(x, m, s), 0, top, step = h, method = "unbiased", lev = levlnorm(x, m, s))
seconds <- system.time(a <- aggregateDist("recursive", model.freq = "poisson", model.sev = f, lambda = 10, x.scale = h,
                                          maxit = 1e7, tol = 1e-6))
cat(seconds[["user.self"]] + seconds[["sys.self"]], mean(a), 0, "\n")
