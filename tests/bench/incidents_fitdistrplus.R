# What fitdistrplus takes for three families and 200 bootstrap draws of one, on the sizes above the floor. Argument: the incidents.
# Prints: seconds, log likelihood of the lognormal.
options(warn = -1)
suppressMessages(library(fitdistrplus))
d <- read.csv(commandArgs(TRUE)[1])
x <- d$loss_usd[!is.na(d$loss_usd) & d$loss_usd >= 1e5 & d$date >= "2022-07-01"] / 1e6
seconds <- system.time({
  l <- fitdist(x, "lnorm"); fitdist(x, "weibull"); fitdist(x, "gamma"); bootdist(l, niter = 200)
})[["elapsed"]]
cat(seconds, l$loglik, "\n")
