# Numbers of people with limits on the log scale: svycontrast of the logarithm of svytotal, with degf of the domain, and raised again; measured variables beside them.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

synthetic <- data_file("synthetic.csv")
apistrat <- data_file("apistrat.csv")
designs <- list(
  declare("synthetic", synthetic, "w", stratum = "stratum", psu = "psu"),
  declare("synthetic_fpc", synthetic, "w", stratum = "stratum", psu = "psu", fpc = "fpc"),
  declare("apistrat", apistrat, "pw", stratum = "stype", fpc = "fpc")
)
LEVELS <- c(0.95, 0.9)

number <- function(design, variable, domain) {
  use_rules(design)
  part <- subset(design$svy, in_domain(design, domain) & known(design, variable))
  result <- svytotal(formula_of(variable), part)
  df <- degf(part)
  logged <- svycontrast(result, setNames(list(substitute(log(x), list(x = as.name(variable)))), "log"))
  limits <- lapply(LEVELS, function(level) as.vector(exp(confint(logged, level = level, df = df))))
  plain <- as.vector(confint(result, df = df))
  list(
    design = design$name, variable = variable, domain = domain, estimate = as.vector(coef(result)), se = as.vector(SE(result)), df = df,
    log_95 = limits[[1]], log_90 = limits[[2]], t_95 = plain
  )
}

numbers <- function(designs, variables, domains) {
  asked <- expand.grid(domain = seq_along(domains), variable = variables, design = seq_along(designs), stringsAsFactors = FALSE)
  lapply(seq_len(nrow(asked)), function(i) number(designs[[asked$design[i]]], asked$variable[i], domains[[asked$domain[i]]]))
}

found <- c(
  numbers(designs[1:2], c("y", "rare", "attends", "hours"), list(NULL, list(sex = "Female"), list(chain_cocoa = 1))),
  numbers(designs[3], c("met_school", "enroll"), c(list(NULL), cells(designs[[3]], "stype")))
)
write_records(file.path(reference_folder, "numbers.json"), c(synthetic, apistrat), designs, found)
