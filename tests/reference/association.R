# Reference tests of association: svychisq with each statistic, beside the shares, totals and covariances they are made of; svyttest; p.adjust.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

STATISTICS <- c("F", "Chisq", "Wald", "adjWald", "saddlepoint")

# An empty text is a missing answer, as in the tests.
answered <- function(design, variables, domain) {
  design$svy$variables[variables] <- lapply(design$svy$variables[variables], function(x) if (is.character(x)) ifelse(x == "", NA, x) else x)
  suppressWarnings(subset(design$svy, in_domain(design, domain) & known(design, variables)))
}

tested <- function(part, variables, statistic) {
  formula <- as.formula(paste("~", paste(variables, collapse = " + ")))
  found <- suppressWarnings(svychisq(formula, part, statistic = statistic))
  list(statistic = unname(as.vector(found$statistic)), parameter = as.list(unname(found$parameter)), p = as.vector(found$p.value))
}

# Cells in the order of rows and then columns.
cells_of <- function(part, variables) {
  cell <- interaction(part$variables[variables], drop = FALSE, lex.order = TRUE)
  update(part, .cell = cell)
}

association_record <- function(design, variables, domain = NULL) {
  use_rules(design)
  part <- answered(design, variables, domain)
  part$variables[variables] <- lapply(part$variables[variables], factor)
  marked <- cells_of(part, variables)
  shares <- suppressWarnings(svymean(~.cell, marked))
  totals <- suppressWarnings(svytotal(~.cell, marked))
  list(
    design = design$name, variables = as.list(variables), domain = domain, n = nrow(part),
    df = length(unique(part$cluster[, 1])) - length(unique(part$strata[, 1])), rows = nlevels(part$variables[[variables[1]]]),
    shares = as.list(unname(coef(shares))), shares_covariance = unname(vcov(shares)),
    totals = as.list(unname(coef(totals))), totals_covariance = unname(vcov(totals)),
    tests = setNames(lapply(STATISTICS, function(statistic) or_null(tested(part, variables, statistic))), STATISTICS)
  )
}

t_record <- function(design, variable, group = NULL, domain = NULL) {
  use_rules(design)
  part <- answered(design, c(variable, group), domain)
  formula <- as.formula(paste(variable, "~", if (is.null(group)) "0" else group))
  found <- suppressWarnings(svyttest(formula, part))
  mean <- if (is.null(group)) svymean(formula_of(variable), part) else svyglm(formula, part)
  place <- if (is.null(group)) 1 else 2
  list(
    design = design$name, variable = variable, group = group, domain = domain, estimate = unname(coef(mean)[place]), se = unname(SE(mean)[place]),
    design_df = degf(part), df = unname(found$parameter), t = unname(as.vector(found$statistic)), p = unname(as.vector(found$p.value))
  )
}

# Groups of two levels and several sizes, some without a test.
adjustment_record <- function(p) {
  list(p = as.list(p), holm = as.list(p.adjust(p, "holm")), benjamini_hochberg = as.list(p.adjust(p, "BH")))
}

designs <- list(
  declare("apistrat", data_file("apistrat.csv"), "pw", stratum = "stype", fpc = "fpc"),
  declare("apiclus1", data_file("apiclus1.csv"), "pw", psu = "dnum", fpc = "fpc"),
  declare("apisrs", data_file("apisrs.csv"), "pw", fpc = "fpc"),
  declare("nhanes", data_file("nhanes.csv"), "WTMEC2YR", stratum = "SDMVSTRA", psu = c("SDMVSTRA", "SDMVPSU")),
  declare("synthetic", data_file("synthetic.csv"), "w", stratum = "stratum", psu = c("stratum", "psu"), lonely_psu = "certainty")
)
api <- list(c("stype", "met_school"), c("met_school", "met_target"), c("year_round", "met_target"), c("comparable_met", "stype"))
found <- c(
  unlist(lapply(designs[1:2], function(design) lapply(api, function(pair) association_record(design, pair))), recursive = FALSE),
  lapply(api[-3], function(pair) association_record(designs[[3]], pair)), # in the simple random sample year_round has one level
  lapply(list(c("race", "HI_CHOL"), c("race", "agecat"), c("RIAGENDR", "HI_CHOL"), c("agecat", "HI_CHOL")), function(pair) association_record(designs[[4]], pair)),
  lapply(list("(39,59]", "(19,39]"), function(age) association_record(designs[[4]], c("race", "HI_CHOL"), list(agecat = age))),
  lapply(list(c("sex", "y"), c("age_group", "attends"), c("age_group", "y"), c("region", "age_group"), c("area", "y")), function(pair) association_record(designs[[5]], pair)),
  list(association_record(designs[[5]], c("sex", "y"), list(region = "North")))
)
two_levels <- function(design, variable) {
  design$svy <- update(design$svy, high = as.numeric(stype == "H"))
  t_record(design, variable, "high")
}
t_tests <- c(
  lapply(designs[1:3], two_levels, "api00"), lapply(designs[1:3], two_levels, "enroll"), lapply(designs[1:3], t_record, "api00"),
  list(t_record(designs[[4]], "HI_CHOL", "over59"), t_record(designs[[5]], "hours", "attends"), t_record(designs[[5]], "hours", "attends", list(region = "North")))
)
set.seed(20240615)
families <- c(
  list(c(0.01, 0.02, 0.03, 0.04, 0.05), c(0.5, NA, 0.001, 0.04, 0.04, NA, 0.9), 0.03, c(0.2, 0.2, 0.2), c(NA, NA), c(1, 0, 0.6)),
  lapply(c(10, 40), function(size) rbeta(size, 0.3, 2))
)
adjustments <- lapply(families, adjustment_record)

lines_of <- function(records) paste0("[\n", paste(vapply(records, json, ""), collapse = ",\n"), "\n]")
paths <- sapply(designs, `[[`, "path")
declared <- setNames(lapply(designs, function(d) list(data = basename(d$path), design_args = d$args)), sapply(designs, `[[`, "name"))
# No `records`: those are what reference.py reads as estimates.
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), paste0('"designs": ', json(declared), ","), '"records": [],',
  paste0('"tables": ', lines_of(found), ","), paste0('"t_tests": ', lines_of(t_tests), ","),
  paste0('"adjustments": ', lines_of(adjustments)), "}"
), file.path(reference_folder, "association.json"))
cat("association.json", length(found), length(t_tests), length(adjustments), "records\n")
