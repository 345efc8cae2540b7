# Reference numbers of calibrated weights and of the variances after calibration: postStratify, calibrate, rake, replicates.
# The record of a case: what was calibrated to (steps), the weights, and estimates with their standard errors.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

EPSILON <- 1e-13 # R stops at 1e-7 by default, which leaves the weights with 7 digits
STEPS <- 200

# ---- populations ------------------------------------------------------------------------------------------------

data(api)
apipop$comparable_met <- as.character(apipop$comp.imp)
apipop$met_school <- as.numeric(apipop$sch.wide == "Yes")
apipop$stype <- as.character(apipop$stype)
apipop$api_stu <- apipop$api.stu
counts <- function(column) as.list(as.vector(table(apipop[[column]]))) # cells in the order of their labels
sums <- function(column) list(sum(apipop[[column]]))

# ---- steps ------------------------------------------------------------------------------------------------------

margins <- function(columns, totals = lapply(columns, counts)) list(columns = as.list(columns), totals = totals)
step <- function(method, margins, measured = NULL, measured_totals = lapply(measured, sums), bounds = NULL, bounds_on = NULL,
                 household = NULL, variance = NULL) {
  list(method = method, margins = margins$columns, totals = margins$totals, measured = as.list(measured), measured_totals = measured_totals,
       bounds = as.list(bounds), bounds_on = bounds_on, household = household, variance = variance)
}

levels_of <- function(svy, column) sort(unique(as.character(svy$variables[[column]])))

factored <- function(svy, columns) {
  for (column in columns) svy$variables[[paste0("f_", column)]] <- factor(svy$variables[[column]], levels = levels_of(svy, column))
  svy
}

# The intercept and all levels but the first of each margin span what our full margins span.
population_vector <- function(svy, step) {
  found <- c(`(Intercept)` = sum(unlist(step$totals[[1]])))
  for (i in seq_along(step$margins)) {
    column <- step$margins[[i]]
    values <- setNames(unlist(step$totals[[i]]), paste0("f_", column, levels_of(svy, column)))
    found <- c(found, values[-1])
  }
  c(found, setNames(unlist(step$measured_totals), unlist(step$measured)))
}

frame_of <- function(svy, step, i) {
  column <- step$margins[[i]]
  setNames(data.frame(levels_of(svy, column), unlist(step$totals[[i]])), c(column, "Freq"))
}

take_step <- function(svy, step) {
  columns <- unlist(step$margins)
  svy <- factored(svy, columns)
  if (step$method == "post-stratify") return(postStratify(svy, reformulate(columns[1]), frame_of(svy, step, 1)))
  if (step$method == "rake") {
    tables <- lapply(seq_along(columns), function(i) frame_of(svy, step, i))
    return(rake(svy, lapply(columns, reformulate), tables, control = list(maxit = 1000, epsilon = 1e-12, verbose = FALSE)))
  }
  formula <- reformulate(c(paste0("f_", columns), unlist(step$measured)))
  bounds <- if (length(step$bounds)) unlist(step$bounds) else c(-Inf, Inf)
  replicated <- inherits(svy, "svyrep.design")
  common <- list(svy, formula, population_vector(svy, step), bounds = bounds, calfun = step$method, maxit = STEPS, epsilon = EPSILON,
    variance = if (!is.null(step$variance)) svy$variables[[step$variance]], bounds.const = identical(step$bounds_on, "weight"))
  if (!is.null(step$household) && !replicated) common$aggregate.stage <- 1
  if (!is.null(step$household) && replicated) common$aggregate.index <- reformulate(step$household)
  if (replicated) common$compress <- FALSE # its default stops R with an error
  do.call(calibrate, common)
}

# ---- estimates --------------------------------------------------------------------------------------------------

estimate_record <- function(statistic, variables, result, domain = NULL, against = NULL) {
  list(statistic = statistic, variables = as.list(variables), domain = domain, against = against,
       estimate = as.vector(coef(result)), se = as.vector(SE(result)))
}

# Difference of two domain means: of replicates themselves, or by the score of the difference.
gap <- function(svy, variable, answered, dimension, a, b) {
  y <- ifelse(answered, svy$variables[[variable]], 0)
  in_a <- answered & svy$variables[[dimension]] == a
  in_b <- answered & svy$variables[[dimension]] == b
  value <- function(w) sum(w * in_a * y) / sum(w * in_a) - sum(w * in_b * y) / sum(w * in_b)
  w <- weights(svy, "sampling")
  if (inherits(svy, "svyrep.design")) {
    found <- withReplicates(svy, function(w, data) value(w))
    return(list(estimate = as.vector(coef(found)), se = as.vector(SE(found))))
  }
  mean_of <- function(rows) sum(w * rows * y) / sum(w * rows)
  svy$variables$.score <- in_a * (y - mean_of(in_a)) / sum(w * in_a) - in_b * (y - mean_of(in_b)) / sum(w * in_b)
  list(estimate = value(w), se = as.vector(SE(svytotal(~.score, svy))))
}

estimates <- function(svy, variable, denominator, dimension, a, b) {
  answered <- !is.na(svy$variables[[variable]])
  for (column in c(variable, denominator)) svy$variables[[column]][!answered] <- 0 # subset keeps the rows of a calibrated design
  part <- subset(svy, answered)
  in_a <- subset(svy, answered & svy$variables[[dimension]] == a)
  at <- setNames(list(a), dimension)
  list(
    estimate_record("total", variable, svytotal(formula_of(variable), part)),
    estimate_record("mean", variable, svymean(formula_of(variable), part)),
    estimate_record("total", variable, svytotal(formula_of(variable), in_a), at),
    estimate_record("mean", variable, svymean(formula_of(variable), in_a), at),
    estimate_record("ratio", c(variable, denominator), svyratio(formula_of(variable), formula_of(denominator), in_a), at),
    c(gap(svy, variable, answered, dimension, a, b), list(statistic = "difference", variables = list(variable), domain = at, against = setNames(list(b), dimension)))
  )
}

# ---- cases ------------------------------------------------------------------------------------------------------

case <- function(name, sample, steps, keep_weights = TRUE, backwards = FALSE) {
  svy <- sample$svy
  for (one in steps) svy <- take_step(svy, one)
  # R takes the residuals of successive steps from the first to the last; exact is from the last to the first.
  if (backwards) svy$postStrata <- rev(svy$postStrata)
  list(
    name = name, data = basename(sample$path), design = sample$args, steps = steps,
    weights = if (keep_weights) as.list(as.vector(weights(svy, "sampling"))) else list(),
    estimates = do.call(estimates, c(list(svy), sample$ask))
  )
}

sample_of <- function(name, weight, ids, strata, fpc, ask, replicates = NULL, positive = FALSE) {
  path <- data_file(name)
  data <- read_data(path)
  if (positive) data <- data[data[[weight]] > 0, ] # weights of zero give NaN in R's residuals
  svy <- svydesign(
    ids = if (length(ids)) reformulate(ids) else ~1, strata = if (length(strata)) reformulate(strata),
    fpc = if (length(fpc)) reformulate(fpc), weights = reformulate(weight), data = data
  )
  if (length(replicates)) svy <- as.svrepdesign(svy, type = replicates, mse = TRUE, compress = FALSE)
  list(path = path, svy = svy, ask = ask,
       args = list(weight = weight, stages = as.list(ids), stratum = strata, fpc = as.list(fpc), replicates = replicates, positive = positive))
}

schools <- list("api00", "api_stu", "stype", "E", "H")
strat <- sample_of("apistrat.csv", "pw", character(), "stype", "fpc", schools)
clus1 <- sample_of("apiclus1.csv", "pw", "dnum", NULL, "fpc", schools)
clus2 <- sample_of("apiclus2_stages.csv", "pw", c("dnum", "snum"), NULL, c("fpc1", "fpc2"), schools)
clus1_jk <- sample_of("apiclus1.csv", "pw", "dnum", NULL, NULL, schools, "JK1")
people <- list("y", "hours", "sex", "Female", "Male")
read_hours <- function(sample) { # outcomes of a ratio must be known together
  missing <- is.na(sample$svy$variables$hours) | is.na(sample$svy$variables$y)
  sample$svy$variables$y[missing] <- NA
  sample$svy$variables$hours[missing] <- NA
  sample
}
homes_all <- read_hours(sample_of("synthetic.csv", "w", "psu", "stratum", NULL, people))
homes <- read_hours(sample_of("synthetic.csv", "w", "psu", "stratum", NULL, people, positive = TRUE))
homes_jk <- read_hours(sample_of("synthetic.csv", "w", "psu", "stratum", NULL, people, "JKn", positive = TRUE))

two <- margins(c("comparable_met", "met_school"))
three <- margins(c("stype", "comparable_met", "met_school"))
ages <- margins(c("sex", "age_group", "region"), list(list(24000, 26000), list(12500, 12000, 25500), list(18000, 16500, 15500)))

cases <- list(
  case("strat_post_stratified", strat, list(step("post-stratify", margins("met_school")))),
  case("strat_linear", strat, list(step("linear", three, c("api99", "api_stu")))),
  case("strat_raking", strat, list(step("raking", three))),
  case("strat_raking_measured", strat, list(step("raking", two, "api99"))),
  case("strat_logit", strat, list(step("logit", three, "api99", bounds = c(0.5, 1.6)))),
  case("strat_truncated", strat, list(step("linear", three, "api99", bounds = c(0.62, 1.45)))),
  case("strat_truncated_raking", strat, list(step("raking", three, "api99", bounds = c(0.6, 1.4)))),
  case("strat_bounded_weights", strat, list(step("linear", two, "api99", bounds = c(16, 46), bounds_on = "weight"))),
  case("strat_variance", strat, list(step("linear", three, "api99", variance = "api_stu"))),
  case("strat_rake", strat, list(step("rake", three))),
  case("strat_two_steps", strat, list(step("post-stratify", margins("met_school")), step("raking", margins(c("stype", "comparable_met")))), backwards = TRUE),
  case("strat_two_steps_in_r_order", strat, list(step("post-stratify", margins("met_school")), step("raking", margins(c("stype", "comparable_met"))))),
  case("strat_three_steps", strat, list(step("linear", margins("stype"), "api99"), step("post-stratify", margins("met_school")), step("logit", two, bounds = c(0.5, 2))), backwards = TRUE),
  case("clus1_post_stratified", clus1, list(step("post-stratify", margins("stype")))),
  case("clus1_linear", clus1, list(step("linear", margins("stype"), "api99"))),
  case("clus1_raking", clus1, list(step("raking", margins("stype"), "api99"))),
  case("clus1_logit", clus1, list(step("logit", margins("stype"), "api99", bounds = c(0.5, 2.5)))),
  case("clus1_linear_clusters", clus1, list(step("linear", margins("stype"), "api99", household = "dnum"))),
  case("clus1_raking_clusters", clus1, list(step("raking", margins("stype"), household = "dnum"))),
  case("clus2_post_stratified", clus2, list(step("post-stratify", margins("stype")))),
  case("clus2_linear", clus2, list(step("linear", two, "api99"))),
  case("clus2_raking", clus2, list(step("raking", three))),
  case("clus2_logit_clusters", clus2, list(step("logit", margins("stype"), "api99", bounds = c(0.2, 4), household = "dnum"))),
  case("homes_post_stratified", homes_all, list(step("post-stratify", margins("region", ages$totals[3])))),
  case("homes_raking", homes, list(step("raking", ages))),
  case("homes_linear", homes, list(step("linear", ages))),
  case("clus1_jk_post_stratified", clus1_jk, list(step("post-stratify", margins("stype")))),
  case("clus1_jk_linear", clus1_jk, list(step("linear", margins("stype"), "api99"))),
  case("clus1_jk_raking", clus1_jk, list(step("raking", margins("stype"), "api99"))),
  case("homes_jk_post_stratified", homes_jk, list(step("post-stratify", margins("age_group", ages$totals[2])))),
  case("homes_jk_linear", homes_jk, list(step("linear", ages))),
  case("homes_jk_raking", homes_jk, list(step("raking", ages))),
  case("homes_jk_two_steps", homes_jk, list(step("post-stratify", margins("region", ages$totals[3])), step("logit", ages, bounds = c(0.3, 3))))
)

paths <- unique(sapply(cases, function(one) data_file(one$data)))
lines <- vapply(cases, json, "")
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), '"designs": {},', '"records": [],', # the form of the other files, which hold no weights
  '"cases": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
), file.path(reference_folder, "calibration.json"))
cat("calibration.json", length(cases), "cases\n")
