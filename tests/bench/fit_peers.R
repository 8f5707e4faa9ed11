# The same samples in fitdistrplus and evd. Argument: a folder of samples (doubles). Prints NAME SECONDS LOGLIK.
# What fails on the raw scale is fitted on data divided by their mean, and the log likelihood is brought back.
options(warn = -1)
suppressMessages({ library(fitdistrplus); library(actuar); library(evd) })
folder <- commandArgs(TRUE)[1]
sample_of <- function(name) { f <- file.path(folder, name); readBin(f, "double", file.size(f) / 8) }
report <- function(name, seconds, loglik) cat(name, seconds, sprintf("%.12g", loglik), "\n")
timed <- function(f) { s <- system.time(r <- tryCatch(f(), error = function(e) NULL))[["elapsed"]]; list(s, r) }
for (d in c("lognormal", "gamma", "weibull")) {
  x <- sample_of(d); short <- c(lognormal = "lnorm", gamma = "gamma", weibull = "weibull")[[d]]
  t <- timed(function() fitdist(x, short)); shift <- 0
  if (is.null(t[[2]])) { m <- mean(x); t <- timed(function() fitdist(x / m, short)); shift <- length(x) * log(m) }
  report(d, t[[1]], t[[2]]$loglik - shift)
}
x <- sample_of("burr"); m <- mean(x)
t <- timed(function() fitdist(x / m, "burr", start = list(shape1 = 1, shape2 = 1, rate = 1), lower = c(1e-6, 1e-6, 1e-6)))
report("burr", t[[1]], t[[2]]$loglik - length(x) * log(m))
x <- sample_of("gpd"); m <- mean(x)
t <- timed(function() fpot(x / m, 0, npp = 365))
report("gpd", t[[1]], -deviance(t[[2]]) / 2 - length(x) * log(m))
# 1,000 refits for the lognormal; a tenth of them for the others, told tenfold
for (d in c("lognormal", "weibull")) {
  x <- sample_of(paste0("few_", d)); short <- c(lognormal = "lnorm", weibull = "weibull")[[d]]; n <- if (d == "lognormal") 1000 else 100
  x <- x / mean(x); f <- fitdist(x, short)
  t <- timed(function() bootdist(f, niter = n)); report(paste0("bootstrap_", d), t[[1]] * 1000 / n, sd(t[[2]]$estim[[if (d == "lognormal") "sdlog" else "shape"]]))
}
