# Numbers that tests of prevalence.baseline compare with: rates of reduction by R's lm (plain and weighted), probabilities by pnorm and integrate, the variance
# between countries by uniroot.
#
#     Rscript tests/reference/progress.R

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

year <- c(2000, 2006, 2011, 2016, 2021)
rate <- c(0.30, 0.27, 0.235, 0.21, 0.19)
se <- c(0.012, 0.010, 0.009, 0.011, 0.006)
ols <- lm(log(rate) ~ year)
wls <- lm(log(rate) ~ year, weights = rate^2 / se^2)
line <- function(fit, name) {
  x <- summary(fit)
  ahead <- predict(fit, data.frame(year = 2030))
  list(method = name, years = as.list(year), rates = as.list(rate), se = as.list(se), slope = unname(coef(fit)[2]), se_slope = x$coefficients[2, 2],
       sigma = x$sigma, ln_2030 = unname(ahead))
}

# P(ln now <= bound | base) integrated over the base value, for the second class of Open SDG: 0.95 <= ratio, target not achieved.
p <- c(0.22, 0.12); s <- c(0.012, 0.009); rho <- 0.4; q <- 0.05; span <- 8; horizon <- 16
cv <- s / p
better <- function(least) integrate(function(b) {
  needed <- abs(exp((log(q) - b) / horizon) - 1)
  bound <- pmax(b + span * log(1 - least * needed), log(q))
  mean <- log(p[2]) + rho * cv[2] / cv[1] * (b - log(p[1]))
  pnorm(bound, mean, cv[2] * sqrt(1 - rho^2)) * dnorm(b, log(p[1]), cv[1])
}, log(p[1]) - 9 * cv[1], log(p[1]) + 9 * cv[1], rel.tol = 1e-12, subdivisions = 1000)$value
achieved <- pnorm(log(q), log(p[2]), cv[2])
edges <- c(achieved, better(0.95), better(0.60), better(0), 1)

k <- 1
on_track <- vapply(c(0, 0.4), function(r) {
  cv <- c(0.012 / 0.22, 0.011 / 0.18)
  variance <- k^2 * cv[1]^2 + (1 + k)^2 * cv[2]^2 - 2 * k * (1 + k) * r * cv[1] * cv[2]
  pnorm(log(0.05), -k * log(0.22) + (1 + k) * log(0.18), sqrt(variance))
}, 0)

y <- c(0.22, 0.09, 0.31, 0.15, 0.05); v <- c(0.012, 0.008, 0.02, 0.011, 0.006)^2
tau2 <- uniroot(function(t) { w <- 1 / (t + v); sum(w * (y - sum(w * y) / sum(w))^2) - 4 }, c(0, 1), tol = 1e-16)$root

found <- list(
  lines = list(line(ols, "unicef"), line(wls, "wls")),
  classes = list(list(rates = as.list(p), se = as.list(s), correlation = rho, target = q, probability = as.list(diff(c(0, edges))))),
  on_track = list(list(correlation = 0, probability = on_track[1]), list(correlation = 0.4, probability = on_track[2])),
  between = list(list(rates = as.list(y), variances = as.list(v), tau2 = tau2))
)
lines <- paste0('"', names(found), '": [\n', vapply(found, function(part) paste(vapply(part, json, ""), collapse = ",\n"), ""), "\n]")
writeLines(c(
  "{", paste0('"header": ', sub("\\}$", ', "data": {}}', json(header(character())[1:4])), ","), '"designs": {}, "records": [],',
  paste(lines, collapse = ",\n"), "}"
), file.path(reference_folder, "progress.json"))
cat("progress.json", sum(lengths(found)), "records\n")
