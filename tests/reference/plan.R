# Numbers that tests of prevalence.plan compare with. Sample sizes: the closed forms that the help pages of samplesize4surveys 4.1.1 print (ss4p, ss4dpH,
# ss4ddpH; the package is not needed). Rare outcomes: R's binom.test, pbinom and dnbinom. Variance components: sums of squares of R's aov.
#
#     Rscript tests/reference/plan.R

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

rows <- function(frame) lapply(seq_len(nrow(frame)), function(i) as.list(frame[i, , drop = FALSE]))

# ---- one rate: n0 = z^2 S^2 / e^2, n = n0 / (1 + n0/N); n = S^2 / (P^2 cv^2 + S^2/N); S^2 = P (1 - P) DEFF ---------------------------------------
one <- expand.grid(rate = c(0.005, 0.05, 0.2, 0.5), deff = c(1, 2.5), population = c(5000, 100000), level = c(0.9, 0.95))
spread <- with(one, rate * (1 - rate) * deff)
z <- qnorm(1 - (1 - one$level) / 2)
with_margin <- function(e) { n0 <- z^2 * spread / e^2; n0 / (1 + n0 / one$population) }
one$cv_5 <- spread / (one$rate^2 * 0.05^2 + spread / one$population)
one$margin_2 <- with_margin(0.02)
one$relative_margin_12 <- with_margin(0.12 * one$rate)

# ---- differences: n = S^2 / (D^2 / (z_alpha + z_power)^2 + S^2/N) -------------------------------------------------------------------------------
two <- expand.grid(first = c(0.1, 0.2), second = c(0.05, 0.16), overlap = c(0, 0.5), correlation = c(0.3, 0.8), sides = 1:2, power = c(0.8, 0.9))
both <- with(two, (first * (1 - first) + second * (1 - second)) * (1 - overlap * correlation) * 2)
two$change <- abs(two$first - two$second)
two$exact <- both / (two$change^2 / (qnorm(1 - 0.05 / two$sides) + qnorm(two$power))^2 + both / 100000)

# ---- smallest change that can be detected, by uniroot -------------------------------------------------------------------------------------------
least <- expand.grid(rate = c(0.05, 0.2), n = c(2000, 8000), next_n = c(3000, 8000), overlap = c(0, 0.5), correlation = 0.4)
least$change <- mapply(function(p, n1, n2, overlap, correlation) {
  excess <- function(d) {
    v1 <- p * (1 - p) / n1
    v2 <- (p - d) * (1 - p + d) / n2
    d - (qnorm(0.975) + qnorm(0.8)) * sqrt(2 * (v1 + v2 - 2 * overlap * correlation * sqrt(v1 * v2)))
  }
  uniroot(excess, c(1e-9, p), tol = 1e-14)$root
}, least$rate, least$n, least$next_n, least$overlap, least$correlation)

# ---- rare outcomes ------------------------------------------------------------------------------------------------------------------------------
rare <- expand.grid(rate = c(0.002, 0.01, 0.05), cases = c(1, 5, 20), probability = c(0.8, 0.95))
rare$n <- mapply(function(p, k, q) { n <- k; while (1 - pbinom(k - 1, n, p) < q) n <- n + 1; n }, rare$rate, rare$cases, rare$probability)

half_width <- function(p, n) {
  x <- 0:n
  chance <- dbinom(x, n, p)
  kept <- x[chance > 1e-15]
  width <- vapply(kept, function(k) diff(binom.test(k, n)$conf.int) / 2, 0)
  sum(dbinom(kept, n, p) * width)
}
exact <- data.frame(rate = c(0.01, 0.05, 0.1), n = c(400, 300, 150))
exact$half_width <- mapply(half_width, exact$rate, exact$n)

inverse <- expand.grid(rate = c(0.005, 0.05), cases = c(3, 10, 30))
moments <- mapply(function(p, r) {
  n <- r:ceiling(r / p + 60 * sqrt(r * (1 - p)) / p + 1000)
  chance <- dnbinom(n - r, r, p)
  x <- (r - 1) / (n - 1)
  c(sum(chance * x), sqrt(sum(chance * x^2) - sum(chance * x)^2), qnbinom(0.9, r, p) + r)
}, inverse$rate, inverse$cases)
inverse$mean <- moments[1, ]
inverse$sd <- moments[2, ]
inverse$n_90 <- moments[3, ]

# ---- variance components from the mean squares of aov, units of unequal size --------------------------------------------------------------------
clustered <- read_data(data_file("apiclus1.csv"))
table <- summary(aov(met_school ~ factor(dnum), clustered))[[1]]
size <- as.vector(table(clustered$dnum))
mean_size <- (sum(size) - sum(size^2) / sum(size)) / (length(size) - 1)
between <- (table[1, 3] - table[2, 3]) / mean_size
icc <- list(data = "apiclus1.csv", between = between, within = table[2, 3], icc = between / (between + table[2, 3]))

found <- list(one_rate = rows(one), differences = rows(two), detectable = rows(least), at_least = rows(rare), exact_interval = rows(exact),
              inverse = rows(inverse), components = list(icc))
lines <- paste0('"', names(found), '": [\n', vapply(found, function(part) paste(vapply(part, json, ""), collapse = ",\n"), ""), "\n]")
writeLines(c(
  "{", paste0('"header": ', json(header(data_file("apiclus1.csv"))), ","), '"designs": {}, "records": [],', paste(lines, collapse = ",\n"), "}"
), file.path(reference_folder, "plan.json"))
cat("plan.json", sum(lengths(found)), "records\n")
