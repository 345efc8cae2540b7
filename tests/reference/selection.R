# Reference numbers for samples drawn with unequal probabilities or systematically: R's pps = "brewer" and pps = HR(), and the
# forms of ordered samples recomputed from R's scores. Writes the data once.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

# ---- data -------------------------------------------------------------------------------------------------------

COUNTS <- c("Bush", "Kerry", "Nader", "votes")

# Votes by county, US presidential election of 2004: the PPS sample of R survey, and a stratified systematic PPS sample drawn here.
write_samples <- function() {
  set.seed(20250609, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  data(election)
  pps <- election_pps[c(COUNTS, "p")]
  pps$stratum <- 1
  pps$order <- seq_len(nrow(pps))
  counties <- election[election$votes > 0, COUNTS]
  counties$stratum <- as.integer(cut(counties$votes, c(0, 8000, 40000, Inf)))
  parts <- lapply(split(counties, counties$stratum), systematic)
  write_sample(pps, "election_pps.csv")
  write_sample(do.call(rbind, parts), "election_systematic.csv")
}

systematic <- function(counties) {
  n <- c(9, 14, 25)[counties$stratum[1]]
  size <- pmin(counties$votes, 6 * mean(counties$votes))
  counties$p <- n * size / sum(size)
  stopifnot(all(counties$p < 1))
  counties <- counties[order(counties$Bush / counties$votes), ]
  found <- findInterval(runif(1) + 0:(n - 1), c(0, cumsum(counties$p)))
  cbind(counties[found, ], order = seq_len(n))
}

write_sample <- function(data, name) {
  data$p <- signif(data$p, 12)
  data$w <- 1 / data$p
  data$big <- as.numeric(data$votes > stats::median(data$votes))
  # The order of the rows is not that of selection.
  data <- data[order(data$Nader, data$Kerry), ]
  write.csv(data, data_file(name), row.names = FALSE)
}

# Districts drawn with unequal probabilities, rows in them at random: R's brewer in two stages.
write_two_stage <- function() {
  data(mu284)
  two <- mu284[c("id1", "id2", "y1", "n2")]
  two$p1 <- c("19" = 0.12, "31" = 0.2, "45" = 0.1, "47" = 0.06, "50" = 0.11)[as.character(two$id1)]
  two$p2 <- signif(3 / two$n2, 12)
  two$w <- 1 / (two$p1 * two$p2)
  two$big <- as.numeric(two$y1 > 45)
  # R 4.1-1 takes the factors of Brewer's form in order of appearance and the unit totals in order of label: they must be the same.
  two <- two[order(two$id1, two$id2), ]
  write.csv(two, data_file("mu284_brewer.csv"), row.names = FALSE)
}

paths <- data_file(c("election_pps.csv", "election_systematic.csv", "mu284_brewer.csv"))
if (!all(file.exists(paths))) {
  write_samples()
  write_two_stage()
}

# ---- designs ----------------------------------------------------------------------------------------------------

drawn <- function(path, pps, variance = "HT") {
  data <- read_data(path)
  data$row <- seq_len(nrow(data))
  stratum <- if (length(unique(data$stratum)) > 1) ~stratum
  svydesign(ids = ~row, strata = stratum, fpc = ~p, data = data, pps = pps, variance = variance)
}

# Neighbours as strata: pairs in the order of selection, the last of an odd number joined to the pair before it.
pairs_of <- function(data) {
  size <- ave(data$order, data$stratum, FUN = max)
  pair <- pmin((data$order + 1) %/% 2, size %/% 2)
  paste(data$stratum, pair)
}

collapsed <- function(path) {
  data <- read_data(path)
  data$row <- seq_len(nrow(data))
  data$pair <- pairs_of(data)
  data$f <- ave(data$p, data$stratum)
  svydesign(ids = ~row, strata = ~pair, weights = ~w, fpc = ~f, data = data)
}

# ---- records ----------------------------------------------------------------------------------------------------

STATISTICS <- list(
  list(statistic = "total", y = "Bush"), list(statistic = "total", y = "Kerry"), list(statistic = "total", y = "Bush", domain = "big"),
  list(statistic = "ratio", y = "Bush", x = "votes"), list(statistic = "ratio", y = "Bush", x = "votes", domain = "big")
)

# A domain is a product with its 0/1 column, the same for every form.
asked <- function(design, what) {
  inside <- if (is.null(what$domain)) 1 else design$variables[[what$domain]]
  svy <- update(design, .y = inside * design$variables[[what$y]], .x = if (is.null(what$x)) inside else inside * design$variables[[what$x]])
  if (what$statistic == "total") svytotal(~.y, svy) else svyratio(~.y, ~.x, svy)
}

of_design <- function(path, selection, design) {
  lapply(STATISTICS, function(what) {
    result <- asked(design, what)
    c(list(data = basename(path), selection = selection), what, list(estimate = as.vector(coef(result)), se = as.vector(SE(result))))
  })
}

covariance_of <- function(path, selection, design) {
  found <- unname(as.matrix(vcov(svytotal(~ Bush + Kerry + Nader, design))))
  list(data = basename(path), selection = selection, statistic = "covariance", covariance = found)
}

# Successive differences are not in R survey: from the scores, stratum by stratum.
successive <- function(path) {
  data <- read_data(path)
  data <- data[order(data$stratum, data$order), ]
  lapply(STATISTICS, function(what) {
    inside <- if (is.null(what$domain)) 1 else data[[what$domain]]
    y <- data$w * inside * data[[what$y]]
    x <- if (is.null(what$x)) NULL else data$w * inside * data[[what$x]]
    estimate <- if (is.null(x)) sum(y) else sum(y) / sum(x)
    z <- if (is.null(x)) y else (y - estimate * x) / sum(x)
    by_stratum <- sapply(split(seq_along(z), data$stratum), function(i) {
      (1 - mean(data$p[i])) * length(i) / (2 * (length(i) - 1)) * sum(diff(z[i])^2)
    })
    c(list(data = basename(path), selection = "successive-differences"), what, list(estimate = estimate, se = sqrt(sum(by_stratum))))
  })
}

two_stage <- function(path) {
  data <- read_data(path)
  design <- svydesign(ids = ~ id1 + id2, fpc = ~ p1 + p2, data = data, pps = "brewer")
  lapply(list(NULL, "big"), function(domain) {
    result <- asked(design, list(statistic = "total", y = "y1", domain = domain))
    list(data = basename(path), selection = "brewer", statistic = "total", y = "y1", domain = domain, estimate = as.vector(coef(result)), se = as.vector(SE(result)))
  })
}

# subset() keeps all units; it must agree with the product.
brewer_subset <- function(path) {
  result <- svytotal(~Bush, subset(drawn(path, "brewer"), big == 1))
  list(data = basename(path), selection = "brewer", statistic = "total", y = "Bush", domain = "big", estimate = as.vector(coef(result)), se = as.vector(SE(result)))
}

one_file <- function(path) {
  designs <- list(
    brewer = drawn(path, "brewer"), "hartley-rao" = drawn(path, HR(), "YG"), "hartley-rao-ht" = drawn(path, HR()), "collapsed-pairs" = collapsed(path)
  )
  c(
    do.call(c, lapply(names(designs), function(name) of_design(path, name, designs[[name]]))),
    lapply(names(designs), function(name) covariance_of(path, name, designs[[name]])),
    successive(path), list(brewer_subset(path))
  )
}

# With the sum of squared probabilities of the population known: 5.4 / n for one stratum.
known_population <- function(path) {
  psum <- 0.135
  lapply(c("YG", "HT"), function(variance) {
    result <- svytotal(~Bush, drawn(path, HR(psum, 1), variance))
    list(
      data = basename(path), selection = if (variance == "YG") "hartley-rao" else "hartley-rao-ht", statistic = "total", y = "Bush", mean_probability = psum,
      estimate = as.vector(coef(result)), se = as.vector(SE(result))
    )
  })
}

found <- c(do.call(c, lapply(paths[1:2], one_file)), known_population(paths[1]), two_stage(paths[3]))
lines <- vapply(found, json, "")
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), '"designs": {},', '"records": [],',
  '"numbers": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
), file.path(reference_folder, "selection.json"))
cat("selection.json", length(found), "numbers\n")
