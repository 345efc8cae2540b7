# Reference quantiles: every definition of svyquantile, its intervals, and replicates of quantiles. Another form than the records of the
# other scripts, since a definition and an interval are asked for at once.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

RULES <- c("math", "school", "shahvaish", paste0("hf", 1:9))
INTERVALS <- c("mean", "xlogit", "beta", "asin")
INTERVAL_RULES <- c("math", "school", "hf4", "hf7", "hf8")
PROBABILITIES <- c(0.05, 0.1, 0.25, 0.5, 0.73, 0.9)

# By value and then weight: R's continuous definitions depend on the order of the rows among equal values. Scaled so that equal weights
# are 1: R asks whether sums of weights equal p W without tolerance, and 33.847 added 20 times is not 20 times 33.847.
sorted_part <- function(design, variable, domain) {
  rows <- which(in_domain(design, domain) & known(design, variable))
  values <- design$svy$variables[[variable]]
  part <- suppressWarnings(design$svy[rows[order(values[rows], weights(design$svy, "sampling")[rows])], ])
  part$prob <- part$prob / min(part$prob[is.finite(part$prob)])
  part
}

# R takes half of the unscaled weight in this definition, which its vignette gives for weights of mean 1: it gets such weights.
by_rule <- function(rule, x, w, p) {
  if (rule == "shahvaish") w <- w / mean(w[w > 0])
  getFromNamespace(paste0("qrule_", rule), "survey")(x, w, p)
}

intervals <- function(variable, part, p, df) {
  asked <- expand.grid(type = INTERVALS, rule = INTERVAL_RULES, stringsAsFactors = FALSE)
  found <- lapply(seq_len(nrow(asked)), function(i) or_null(unname(suppressWarnings(
    svyquantile(formula_of(variable), part, p, interval.type = asked$type[i], qrule = asked$rule[i], df = df)
  )[[1]][1, 1:4])))
  setNames(found, paste(asked$type, asked$rule))
}

quantile_record <- function(design, variable, domain, p) {
  use_rules(design)
  part <- sorted_part(design, variable, domain)
  x <- part$variables[[variable]]
  w <- weights(part, "sampling")
  estimates <- setNames(lapply(RULES, function(rule) or_null(by_rule(rule, x, w, p))), RULES)
  at_or_below <- function(rule) {
    share <- svymean(as.numeric(x <= estimates[[rule]]), part)
    list(as.vector(coef(share)), as.vector(SE(share)))
  }
  df <- degf(part)
  list(
    design = design$name, variable = variable, domain = domain, p = p, n = length(x), df = df, estimates = estimates,
    shares = setNames(lapply(INTERVAL_RULES, at_or_below), INTERVAL_RULES), intervals = intervals(variable, part, p, df)
  )
}

quantile_records <- function(design, variables, domains) {
  grid <- expand.grid(p = PROBABILITIES, domain = seq_along(domains), variable = variables, stringsAsFactors = FALSE)
  lapply(seq_len(nrow(grid)), function(i) quantile_record(design, grid$variable[i], domains[[grid$domain[i]]], grid$p[i]))
}

# The score interval needs a self-weighting sample: R turns its limits into unweighted shares.
score_record <- function(design, variable, p) {
  use_rules(design)
  part <- sorted_part(design, variable, NULL)
  found <- svyquantile(formula_of(variable), part, p, interval.type = "score")[[1]][1, ]
  list(design = design$name, variable = variable, p = p, df = degf(part), estimate = unname(found[1]), ci = unname(found[2:3]))
}

# Factors of each unit in each replicate, and the quantile in each; values without ties.
replicate_record <- function(design, unit, type, variable, rule, p, replicates = 30) {
  set.seed(20240615)
  # The number of replicates is an argument of the bootstrap alone.
  rep <- if (type == "JK1") as.svrepdesign(design$svy, type = type) else as.svrepdesign(design$svy, type = type, replicates = replicates)
  factors <- as.matrix(weights(rep, "replication"))
  first <- !duplicated(design$svy$variables[[unit]])
  asked <- function(all) {
    suppressWarnings(svyquantile(formula_of(variable), rep, p, qrule = rule, interval.type = "quantile", return.replicates = all))
  }
  found <- asked(FALSE)[[1]][1, ]
  list(
    design = design$name, type = type, variable = variable, rule = rule, p = p, units = as.list(design$svy$variables[[unit]][first]),
    factors = unname(factors[first, , drop = FALSE]), scale = rep$scale, rscales = as.list(rep$rscales), mse = rep$mse, df = degf(rep),
    estimate = unname(found[1]), replicates = as.list(as.vector(asked(TRUE)$replicates)), ci = unname(found[2:3]), se = unname(found[4])
  )
}

# R's quantile(), the definitions of Hyndman & Fan themselves, on values with ties.
unweighted_record <- function(x, p) list(x = as.list(x), p = p, types = lapply(1:9, function(type) unname(quantile(x, p, type = type))))

designs <- list(
  declare("apistrat", data_file("apistrat.csv"), "pw", stratum = "stype", fpc = "fpc"),
  declare("apiclus1", data_file("apiclus1.csv"), "pw", psu = "dnum", fpc = "fpc"),
  declare("apisrs", data_file("apisrs.csv"), "pw", fpc = "fpc"),
  declare("synthetic", data_file("synthetic.csv"), "w", stratum = "stratum", psu = c("stratum", "psu"), lonely_psu = "certainty")
)
types <- c(list(NULL), cells(designs[[1]], "stype"))
found <- c(
  quantile_records(designs[[1]], c("api00", "enroll"), types),
  quantile_records(designs[[2]], c("api00", "class_size"), types[c(1, 2, 4)]),
  quantile_records(designs[[3]], "meals", types[1:2]),
  quantile_records(designs[[4]], "hours", c(list(NULL), cells(designs[[4]], "region"), cells(designs[[4]], "sex")))
)
scores <- lapply(c(0.25, 0.5, 0.73), function(p) score_record(designs[[3]], "api00", p))
grid <- expand.grid(type = c("JK1", "bootstrap"), rule = c("math", "school", "hf6", "hf7"), p = c(0.23, 0.47, 0.87), stringsAsFactors = FALSE)
designs[[2]]$svy <- update(designs[[2]]$svy, untied = enroll + seq_along(enroll) / 1000)
replicated <- lapply(seq_len(nrow(grid)), function(i) replicate_record(designs[[2]], "dnum", grid$type[i], "untied", grid$rule[i], grid$p[i]))
unweighted <- lapply(PROBABILITIES, function(p) unweighted_record(read_data(data_file("apisrs.csv"))$meals[1:57], p))

lines_of <- function(records) {
  lines <- vapply(records, json, "")
  paste0("[\n", paste(lines, collapse = ",\n"), "\n]")
}
paths <- sapply(designs, `[[`, "path")
declared <- setNames(lapply(designs, function(d) list(data = basename(d$path), design_args = d$args)), sapply(designs, `[[`, "name"))
# No `records`: those are what reference.py reads as estimates.
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), paste0('"designs": ', json(declared), ","), '"records": [],',
  paste0('"quantiles": ', lines_of(found), ","), paste0('"scores": ', lines_of(scores), ","),
  paste0('"replicates": ', lines_of(replicated), ","), paste0('"unweighted": ', lines_of(unweighted)), "}"
), file.path(reference_folder, "quantile.json"))
cat("quantile.json", length(found), length(scores), length(replicated), "records\n")
