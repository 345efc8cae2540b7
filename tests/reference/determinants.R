# Reference regressions: svyglm(family = quasibinomial), and average marginal effects by the delta method, written out.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

# Average marginal effects: the change of the probability between a level and the first one, the derivative of a number.
effect_of <- function(x, beta, weight, assigned, column, number) {
  share <- weight / sum(weight)
  if (number) {
    p <- as.vector(plogis(x %*% beta))
    d <- p * (1 - p) * beta[column]
    gradient <- colSums(share * p * (1 - p) * (1 - 2 * p) * beta[column] * x)
    gradient[column] <- gradient[column] + sum(share * p * (1 - p))
    return(list(effect = sum(share * d), rows = d, gradient = gradient))
  }
  one <- x
  one[, assigned == assigned[column]] <- 0
  zero <- one
  one[, column] <- 1
  p <- as.vector(plogis(one %*% beta))
  q <- as.vector(plogis(zero %*% beta))
  list(effect = sum(share * (p - q)), rows = p - q, gradient = colSums(share * (p * (1 - p) * one - q * (1 - q) * zero)))
}

regression <- function(design, outcome, factors, numbers = NULL, domain = NULL) {
  use_rules(design)
  variables <- c(outcome, factors, numbers)
  part <- design$svy
  part$variables[variables] <- lapply(part$variables[variables], function(x) if (is.character(x)) ifelse(x == "", NA, x) else x)
  part <- subset(part, in_domain(design, domain) & complete.cases(part$variables[variables]) & weights(part) > 0)
  part$variables[factors] <- lapply(part$variables[factors], factor)
  formula <- as.formula(paste(outcome, "~", paste(c(factors, numbers), collapse = " + ")))
  fit <- svyglm(formula, part, family = quasibinomial(), control = glm.control(epsilon = 1e-15, maxit = 100))
  x <- model.matrix(fit)
  assigned <- attr(x, "assign")
  beta <- coef(fit)
  w <- weights(part)
  p <- as.vector(plogis(x %*% beta))
  y <- part$variables[[outcome]]
  influence <- (x * (y - p)) %*% solve(crossprod(x * sqrt(w * p * (1 - p))))
  effects <- lapply(seq_along(beta)[-1], function(column) effect_of(x, beta, w, assigned, column, assigned[column] > length(factors)))
  sampled <- sapply(effects, function(e) {
    part$variables$.linear <- as.vector(influence %*% e$gradient) + (e$rows - e$effect) / sum(w)
    SE(svytotal(~.linear, part))
  })
  last <- which(assigned == length(factors))
  q <- length(last)
  df <- degf(part)
  wald <- as.vector(beta[last] %*% solve(vcov(fit)[last, last], beta[last])) * (df - q + 1) / (df * q)
  list(
    design = design$name, outcome = outcome, factors = as.list(factors), numbers = as.list(numbers), domain = domain, n = nrow(x), df = df,
    terms = as.list(names(beta)), coefficients = as.list(unname(beta)), covariance = unname(vcov(fit)),
    effects = as.list(sapply(effects, `[[`, "effect")), fixed_se = as.list(sapply(effects, function(e) sqrt(as.vector(e$gradient %*% vcov(fit) %*% e$gradient)))),
    sampled_se = as.list(sampled), wald_variable = factors[length(factors)], wald = wald, wald_p = pf(wald, q, df - q + 1, lower.tail = FALSE)
  )
}

designs <- list(
  declare("apistrat", data_file("apistrat.csv"), "pw", stratum = "stype", fpc = "fpc"),
  declare("apiclus1", data_file("apiclus1.csv"), "pw", psu = "dnum", fpc = "fpc"),
  declare("nhanes", data_file("nhanes.csv"), "WTMEC2YR", stratum = "SDMVSTRA", psu = c("SDMVSTRA", "SDMVPSU")),
  declare("synthetic", data_file("synthetic.csv"), "w", stratum = "stratum", psu = c("stratum", "psu"), lonely_psu = "certainty")
)
found <- list(
  regression(designs[[1]], "met_school", c("comparable_met", "stype"), c("meals", "api99")),
  regression(designs[[1]], "met_school", "stype"),
  regression(designs[[2]], "met_target", "stype", "meals"),
  regression(designs[[3]], "HI_CHOL", c("agecat", "race")),
  regression(designs[[3]], "HI_CHOL", "race", domain = list(agecat = "(39,59]")),
  regression(designs[[4]], "y", c("sex", "age_group"), "hours"),
  regression(designs[[4]], "y", c("sex", "area"), domain = list(region = "North"))
)

lines_of <- function(records) paste0("[\n", paste(vapply(records, json, ""), collapse = ",\n"), "\n]")
paths <- sapply(designs, `[[`, "path")
declared <- setNames(lapply(designs, function(d) list(data = basename(d$path), design_args = d$args)), sapply(designs, `[[`, "name"))
# No `records`: those are what reference.py reads as estimates.
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), paste0('"designs": ', json(declared), ","), '"records": [],',
  paste0('"regressions": ', lines_of(found)), "}"
), file.path(reference_folder, "determinants.json"))
cat("determinants.json", length(found), "records\n")
