# The compound Poisson distribution of one quote by actuar's Panjer recursion, timed beside the whole program.
# Arguments: a CSV with `mass` (law of one payout on the lattice), lambda, step. Prints: seconds, mean.
options(warn = -1)
suppressMessages(library(actuar))
a <- commandArgs(TRUE)
mass <- read.csv(a[1])$mass
lambda <- as.numeric(a[2]); step <- as.numeric(a[3])
seconds <- replicate(5, system.time(
  f <<- aggregateDist("recursive", model.freq = "poisson", model.sev = mass, lambda = lambda, x.scale = step,
                     maxit = length(mass) * 3, tol = 1e-10))[["elapsed"]])
cat(median(seconds), mean(f), "\n")
