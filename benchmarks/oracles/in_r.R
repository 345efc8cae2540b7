# Asks R `survey` the questions of cases.json and writes results.json. Usage: Rscript in_r.R FOLDER

suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
invisible(Sys.setlocale("LC_COLLATE", "C"))
folder <- commandArgs(trailingOnly = TRUE)[1]
frames <- new.env()
rows_of <- function(name) {
  if (is.null(frames[[name]])) frames[[name]] <- read.csv(file.path(folder, paste0(name, ".csv")), check.names = FALSE, stringsAsFactors = FALSE)
  frames[[name]]
}
quiet <- function(expression) suppressMessages(suppressWarnings(expression))
formula_of <- function(names) reformulate(unlist(names))
crossed <- function(data, names) if (length(names)) interaction(data[unlist(names)], drop = TRUE)

# ---- designs ----------------------------------------------------------------------------------------------------

TYPE <- c(JK1 = "JK1", JK2 = "JK2", JKn = "JKn", BRR = "BRR", Fay = "Fay", bootstrap = "bootstrap", SDR = "successive-difference")

of_stages <- function(sample, data) {
  units <- lapply(sample$later, function(stage) data[[stage$unit]])
  strata <- lapply(sample$later, function(stage) if (is.null(stage$stratum)) rep("1", nrow(data)) else data[[stage$stratum]])
  fpc <- data.frame(c(list(data[[sample$fpc]]), lapply(sample$later, function(stage) data[[stage$fpc]])))
  svydesign(
    ids = data.frame(c(list(crossed(data, sample$psu)), units)), fpc = setNames(fpc, paste0("fpc", seq_along(fpc))), weights = data[[sample$weight]],
    strata = if (length(sample$stratum) || any(lengths(lapply(sample$later, `[[`, "stratum"))))
      setNames(data.frame(c(list(if (length(sample$stratum)) crossed(data, sample$stratum) else rep("1", nrow(data))), strata)), paste0("s", seq_len(length(strata) + 1))),
    data = data
  )
}

with_probabilities <- function(sample, data) {
  pps <- switch(sample$selection, brewer = "brewer", HR())
  svydesign(
    ids = formula_of(sample$psu), strata = if (length(sample$stratum)) formula_of(sample$stratum), fpc = formula_of(sample$fpc), data = data, pps = pps,
    variance = if (sample$selection == "hartley-rao") "YG" else "HT"
  )
}

in_pairs <- function(sample, data) {
  data <- data[do.call(order, unname(as.list(data[c(unlist(sample$stratum), sample$order)]))), ]
  group <- interaction(data[unlist(sample$stratum)], drop = TRUE)
  place <- ave(seq_len(nrow(data)), group, FUN = seq_along)
  number <- ave(place, group, FUN = length)
  data$.pair <- interaction(group, pmin((place + 1) %/% 2, number %/% 2), drop = TRUE)
  svydesign(ids = formula_of(sample$psu), strata = ~.pair, weights = data[[sample$weight]], data = data)
}

plain_design <- function(sample, data) {
  if (length(sample$later)) return(of_stages(sample, data))
  if (sample$selection %in% c("brewer", "hartley-rao", "hartley-rao-ht")) return(with_probabilities(sample, data))
  if (sample$selection == "collapsed-pairs") return(in_pairs(sample, data))
  svydesign(
    ids = if (length(sample$psu)) crossed(data, sample$psu) else ~1, strata = crossed(data, sample$stratum), weights = data[[sample$weight]],
    fpc = if (!is.null(sample$fpc)) data[[sample$fpc]], data = data
  )
}

in_columns <- function(sample, data) {
  told <- sample$columns
  args <- list(
    data = data, repweights = as.matrix(data[paste0(told$prefix, seq_len(told$n))]), weights = data[[sample$weight]], type = TYPE[[told$method]],
    combined.weights = told$combined, mse = told$mse
  )
  if (told$method == "JK1") args$scale <- (told$n - 1) / told$n
  if (!is.null(told$rscales)) args <- c(args, list(scale = 1, rscales = unlist(told$rscales)))
  if (!is.null(told$rho)) args$rho <- told$rho
  quiet(do.call(svrepdesign, args))
}

of_units <- function(design, told, route) {
  options(survey.drop.replicates = !identical(route$drop_replicates, FALSE))
  if (isTRUE(route$linearised)) return(design)
  args <- list(design, type = if (told$method == "bootstrap") "subbootstrap" else told$method, mse = isTRUE(told$mse))
  if (told$method == "bootstrap") args$replicates <- told$n
  if (!is.null(told$rho)) args$fay.rho <- told$rho
  if (!is.null(told$seed)) set.seed(told$seed)
  quiet(do.call(as.svrepdesign, args))
}

counts <- function(column, levels) setNames(data.frame(names(levels), unlist(levels), row.names = NULL), c(column, "Freq"))

# The formula of categories and measured columns with its totals; levels in the order of the figures.
with_totals <- function(design, categories, measured) {
  for (column in names(categories)) design$variables[[column]] <- factor(design$variables[[column]], levels = names(categories[[column]]))
  totals <- c("(Intercept)" = sum(unlist(categories[[1]])))
  for (column in names(categories)) totals <- c(totals, setNames(unlist(categories[[column]][-1]), paste0(column, names(categories[[column]])[-1])))
  list(design = design, formula = reformulate(c(names(categories), names(measured))), totals = c(totals, unlist(measured)))
}

calibrated <- function(design, categories, measured = NULL, method = "linear", bounds = NULL, household = NULL) {
  told <- with_totals(design, categories, measured)
  args <- list(told$design, told$formula, told$totals, calfun = method, epsilon = 1e-13, maxit = 100)
  if (length(bounds)) args$bounds <- unlist(bounds)
  if (!is.null(household)) args$aggregate.stage <- 1
  do.call(calibrate, args)
}

STEPS <- list(
  post_stratify = function(design, told, route) postStratify(design, formula_of(names(told)), counts(names(told), told[[1]])),
  rake = function(design, told, route) {
    if (isTRUE(route$as_calibration)) return(calibrated(design, told, method = "raking"))
    rake(design, lapply(names(told), formula_of), Map(counts, names(told), told), control = list(maxit = 100, epsilon = 1e-12))
  },
  calibrate = function(design, told, route) {
    calibrated(design, told$categories, told$totals, if (is.null(told$method)) "linear" else told$method, told$bounds, told$household)
  },
  # From the weights before, again: only the fitted ones would say nothing of the variance.
  declare = function(design, told, route) {
    design$prob <- 1 / rows_in(design)[[told$base]]
    design$allprob[] <- design$prob
    STEPS$post_stratify(design, told$categories, route)
  },
  nonresponse = function(design, told, route) design,
  trim = function(design, told, route) {
    trimWeights(design, upper = if (is.null(told$upper)) Inf else told$upper, lower = if (is.null(told$lower)) -Inf else told$lower, strict = TRUE)
  }
)

fitted_to <- function(design, weighting, route) {
  for (kind in names(weighting)) design <- quiet(STEPS[[kind]](design, weighting[[kind]], route))
  # Residuals belong to the last step first.
  if (isTRUE(route$last_first)) design$postStrata <- rev(design$postStrata)
  design
}

# The effect of each row's weight on an estimate whose respondents stand for their class, by hand: R has no adjustment for non-response.
with_respondents <- function(case, design) {
  told <- case$sample$weighting$nonresponse
  data <- rows_in(design)
  w <- weights(design, "sampling")
  answered <- data[[told$answered]] == 1
  class <- data[[told$classes]]
  y <- ifelse(answered, data[[case$y]], 0)
  of_class <- function(values) ave(w * values, class, FUN = sum)
  factor <- of_class(1) / of_class(answered)
  adjusted <- ifelse(answered, w * factor, 0)
  total <- sum(adjusted * y)
  z <- if (case$ask == "total") y else (y - total / sum(adjusted)) / sum(adjusted)
  mean <- of_class(answered * z) / of_class(answered)
  design$variables$.effect <- mean + ifelse(answered, factor * (z - mean), 0)
  list(estimate = if (case$ask == "total") total else total / sum(adjusted), se = as.vector(SE(svytotal(~.effect, design))))
}

phased <- function(sample, data) {
  data$.in <- data[[sample$phases$subset]] == 1
  first <- if (length(sample$stratum)) formula_of(sample$stratum)
  twophase(
    id = list(formula_of(sample$psu), formula_of(sample$phases$unit)), strata = list(first, formula_of(sample$phases$stratum)),
    fpc = list(formula_of(sample$fpc), NULL), subset = ~.in, data = data, method = sample$phases$method
  )
}

design_of <- function(sample, route) {
  data <- rows_of(if (is.null(route$data)) sample$data else route$data)
  options(survey.lonely.psu = sample$lonely, survey.adjust.domain.lonely = sample$lonely_domains)
  if (!is.null(sample$phases)) return(phased(sample, data))
  if (!is.null(sample$columns)) return(in_columns(sample, data))
  if (!is.null(sample$rounds)) data[[sample$weight]] <- data[[sample$weight]] / length(unique(data[[sample$rounds]]))
  design <- plain_design(sample, data)
  if (!is.null(sample$made)) design <- of_units(design, sample$made, route)
  if (length(sample$weighting)) design <- fitted_to(design, sample$weighting, route)
  design
}

rows_in <- function(design) if (inherits(design, "twophase2")) design$phase1$sample$variables else design$variables

part_of <- function(case, design, variables) {
  data <- rows_in(design)
  keep <- complete.cases(data[variables])
  for (column in names(case$domain)) keep <- keep & data[[column]] %in% case$domain[[column]]
  if (all(keep)) design else quiet(subset(design, keep))
}

# ---- questions --------------------------------------------------------------------------------------------------

linear <- function(ask, y, x, part, ...) {
  switch(ask, mean = , prevalence = svymean(formula_of(y), part, ...), total = svytotal(formula_of(y), part, ...), ratio = svyratio(formula_of(y), formula_of(x), part, ...))
}
both <- function(result) list(estimate = as.vector(coef(result))[1], se = as.vector(SE(result))[1])

point <- function(case, design) {
  if (length(case$sample$weighting$nonresponse)) return(if (isTRUE(case$route$both)) with_respondents(case, design))
  if (identical(case$sample$weighting$trim$share, "proportional")) return(NULL)
  if (isTRUE(case$route$nothing)) return(list(estimate = NaN, se = NaN))
  # A ratio with a missing numerator or denominator is left out.
  both(quiet(linear(case$ask, case$y, case$x, part_of(case, design, c(case$y, case$x)))))
}

distribution <- function(case, design) {
  part <- part_of(case, design, case$y)
  part$variables$.level <- as.numeric(part$variables[[case$y]] %in% case$options$level)
  both(svymean(~.level, part))
}

# Of overlapping domains: the total of the difference of their scores.
of_scores <- function(case, design) {
  o <- case$options
  part <- part_of(case, design, case$y)
  y <- part$variables[[case$y]]
  w <- weights(part, "sampling")
  inside <- part$variables[[o$dimension]] %in% o$a
  mean_of <- function(rows) sum((w * y)[rows]) / sum(w[rows])
  all <- rep(TRUE, length(y))
  part$variables$.score <- ifelse(inside, (y - mean_of(inside)) / sum(w[inside]), 0) - (y - mean_of(all)) / sum(w)
  list(estimate = mean_of(inside) - mean_of(all), se = as.vector(SE(svytotal(~.score, part))))
}

contrasted <- function(case, design) {
  o <- case$options
  if (identical(o$b, "All")) return(of_scores(case, design))
  data <- rows_in(design)
  part <- if (isTRUE(case$route$na_rm)) design else part_of(case, design, case$y)
  part <- subset(part, part$variables[[o$dimension]] %in% c(o$a, o$b))
  part$variables$.side <- ifelse(part$variables[[o$dimension]] %in% o$a, "a", "b")
  table <- quiet(svyby(formula_of(case$y), ~.side, part, svymean, covmat = TRUE, na.rm = isTRUE(case$route$na_rm)))
  if (case$ask == "difference") return(both(svycontrast(table, quote(a - b))))
  c(list(estimate = coef(table)[["a"]] / coef(table)[["b"]]), se = as.vector(SE(svycontrast(table, quote(log(a / b))))))
}

freedom <- function(case, design) list(df = degf(part_of(case, design, case$y)))

quantile_of <- function(case, design) {
  part <- part_of(case, design, case$y)
  # R asks without tolerance whether sums of weights are p W: equal weights are best 1.
  if (isTRUE(case$route$scaled)) part$prob <- part$prob / min(part$prob[is.finite(part$prob)])
  if (isTRUE(case$route$smallest)) return(list(estimate = min(part$variables[[case$y]])))
  type <- if (length(case$sample$columns)) "quantile" else "mean"
  found <- quiet(svyquantile(formula_of(case$y), part, case$options$p, qrule = if (is.null(case$options$rule)) "math" else case$options$rule, interval.type = type, df = degf(part)))[[1]][1, ]
  list(estimate = found[[1]], low = found[[2]], high = found[[3]], se = found[[4]])
}

table_test <- function(case, design) {
  part <- if (isTRUE(case$route$na_rm)) design else part_of(case, design, c(case$y, case$x))
  found <- quiet(svychisq(formula_of(c(case$y, case$x)), part, statistic = case$options$statistic))
  list(statistic = as.vector(found$statistic), p = as.vector(found$p.value))
}

t_test <- function(case, design) {
  group <- case$options$group
  part <- part_of(case, design, c(case$y, group))
  found <- quiet(svyttest(as.formula(paste(case$y, "~", if (is.null(group)) "0" else group)), part))
  list(statistic = as.vector(found$statistic), df = as.vector(found$parameter), p = as.vector(found$p.value))
}

# R's own test, or W over its rank times (df - rank + 1) / df, the adjustment of Fellegi, on the design's degrees of freedom.
joint_test <- function(case, design) {
  part <- part_of(case, design, c(case$y, case$options$dimension))
  part$variables$.g <- factor(part$variables[[case$options$dimension]])
  if (!isTRUE(case$route$adjusted)) {
    found <- regTermTest(svyglm(as.formula(paste(case$y, "~ .g")), part), ~.g)
    return(list(statistic = as.vector(found$Ftest), df = found$ddf, p = as.vector(found$p)))
  }
  table <- svyby(formula_of(case$y), ~.g, part, svymean, covmat = TRUE)
  rank <- nrow(table) - 1
  matrix <- cbind(-1, diag(rank))
  gaps <- matrix %*% coef(table)
  df <- degf(part) - rank + 1
  f <- as.vector(t(gaps) %*% solve(matrix %*% vcov(table) %*% t(matrix), gaps)) / rank * df / degf(part)
  list(statistic = f, df = df, p = pf(f, rank, df, lower.tail = FALSE))
}

kish <- function(case, design) {
  w <- weights(design, "sampling")
  list(deff = length(w) * sum(w^2) / sum(w)^2)
}

design_effect <- function(case, design) {
  part <- part_of(case, design, case$y)
  found <- quiet(linear(case$options$of, case$y, NULL, part, deff = if (case$options$reference == "wr") "replace" else TRUE))
  list(deff = as.vector(deff(found)))
}

# Two roots of the likelihood equation, where R interpolates a profile.
likelihood_roots <- function(p, se, n, df) {
  bound <- qt(0.975, df)^2 * n / (n - 1)
  gap <- function(q) 2 * p * (1 - p) / se^2 * (p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))) - bound
  list(estimate = p, low = uniroot(gap, c(1e-12, p), tol = 1e-15)$root, high = uniroot(gap, c(p, 1 - 1e-12), tol = 1e-15)$root)
}

asin_inside <- function(p, se, df) {
  angle <- asin(sqrt(p)) + c(-1, 1) * qt(0.975, df) * se / (2 * sqrt(p * (1 - p)))
  limits <- sin(pmin(pmax(angle, 0), pi / 2))^2
  list(estimate = p, low = limits[1], high = limits[2])
}

R_METHOD <- c(logit = "xlogit", beta = "beta", asin = "asin", likelihood = "likelihood", wald = "mean")

interval <- function(case, design) {
  o <- case$options
  part <- part_of(case, design, case$y)
  if (identical(case$route$zeros, FALSE)) part <- subset(part, weights(part, "sampling") > 0)
  df <- if (identical(case$route$df, "inf")) Inf else degf(part)
  if (o$method == "t") {
    found <- linear(o$of, case$y, NULL, part)
    limits <- as.vector(confint(found, df = df))
    return(list(estimate = as.vector(coef(found)), low = limits[1], high = limits[2]))
  }
  if (isTRUE(case$route$factor)) part$variables[[case$y]] <- factor(part$variables[[case$y]])
  mean <- quiet(svymean(formula_of(case$y), part))
  p <- as.vector(coef(mean))[1]
  if (isTRUE(case$route$exact)) return(likelihood_roots(p, as.vector(SE(mean)), nrow(part), df))
  if (isTRUE(case$route$inside)) return(asin_inside(p, as.vector(SE(mean)), df))
  if (is.na(R_METHOD[o$method])) return(NULL)
  method <- if (isTRUE(case$route$iterated)) "logit" else R_METHOD[[o$method]]
  found <- quiet(svyciprop(formula_of(case$y), part, method = method, df = df))
  limits <- as.vector(confint(found))
  list(estimate = as.vector(coef(found)), low = limits[1], high = limits[2])
}

of_sides <- function(case, part) {
  o <- case$options
  part <- subset(part, part$variables[[o$dimension]] %in% c(o$a, o$b))
  part$variables$.cell <- factor(paste(part$variables[[o$dimension]], part$variables[[o$over]]), levels = c(outer(c(o$a, o$b), names(o$standard), paste)))
  svyby(formula_of(case$y), ~.cell, part, svymean, covmat = TRUE)
}
side_less_side <- function(o) {
  share <- unlist(o$standard) / sum(unlist(o$standard))
  list(standard = c(rbind(share, -share)))
}

standardised <- function(case, design) {
  o <- case$options
  part <- part_of(case, design, case$y)
  if (isTRUE(case$route$by_weights)) return(both(svymean(formula_of(case$y), svystandardize(part, formula_of(o$over), ~1, unlist(o$standard)[sort(unique(part$variables[[o$over]]))]))))
  if (!is.null(o$dimension)) return(both(svycontrast(of_sides(case, part), side_less_side(o))))
  table <- svyby(formula_of(case$y), formula_of(o$over), part, svymean, covmat = TRUE)
  share <- unlist(o$standard)[as.character(table[[o$over]])]
  both(svycontrast(table, list(standard = unname(share / sum(share)))))
}

imputed <- function(case, design) {
  found <- lapply(seq_len(case$options$m), function(m) svymean(formula_of(paste0(case$y, m)), design))
  whole <- degf(design)
  combined <- mitools::MIcombine(lapply(found, coef), lapply(found, vcov), df.complete = whole)
  df <- unname(combined$df)
  if (isTRUE(case$route$all_between)) { # Barnard & Rubin (1999): 1 + 1/m stands before the variance between in all places
    m <- length(found)
    between <- (1 + 1 / m) * var(vapply(found, coef, 0)) / as.vector(vcov(combined))
    df <- 1 / (between^2 / (m - 1) + 1 / ((whole + 1) / (whole + 3) * whole * (1 - between)))
  }
  list(estimate = unname(coef(combined)), se = unname(sqrt(diag(vcov(combined)))), df = df)
}

# R has successive differences as replicates alone: the same from the scores.
successive <- function(case, design) {
  data <- rows_in(design)
  w <- weights(design, "sampling")
  z <- if (case$ask == "total") w * data[[case$y]] else w * (data[[case$y]] - sum(w * data[[case$y]]) / sum(w * data[[case$x]]) * data[[case$x]]) / sum(w * data[[case$x]])
  parts <- vapply(split(seq_along(z), interaction(data[unlist(case$sample$stratum)], drop = TRUE)), function(rows) {
    ordered <- z[rows][order(data[[case$sample$order]][rows])]
    length(rows) / (2 * (length(rows) - 1)) * sum(diff(ordered)^2)
  }, 0)
  list(estimate = if (case$ask == "total") sum(z) else sum(w * data[[case$y]]) / sum(w * data[[case$x]]), se = sqrt(sum(parts)))
}

answer <- function(case) {
  design <- design_of(case$sample, case$route)
  if (case$sample$selection == "successive-differences") return(successive(case, design))
  switch(case$ask,
    mean = , prevalence = , total = , ratio = point(case, design), distribution = distribution(case, design), difference = , relative = contrasted(case, design),
    df = freedom(case, design), quantile = quantile_of(case, design), table = table_test(case, design), t_test = t_test(case, design), deff = design_effect(case, design),
    interval = interval(case, design), standardised = standardised(case, design), imputed = imputed(case, design),
    joint = joint_test(case, design), kish = kish(case, design)
  )
}

tried <- function(case, route) {
  case$route <- route
  tryCatch(answer(case), error = function(problem) list(note = conditionMessage(problem)))
}

cases <- fromJSON(file.path(folder, "cases.json"), simplifyVector = FALSE)
results <- lapply(cases, function(case) {
  found <- list(R = tried(case, case$route))
  if (length(case$right)) found$right <- tried(case, case$right)
  found
})
names(results) <- vapply(cases, `[[`, "", "name")
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."), survey = as.character(packageVersion("survey")))
write(toJSON(list(versions = versions, results = results), digits = NA, auto_unbox = TRUE, na = "string", null = "null"), file.path(folder, "results.json"))
