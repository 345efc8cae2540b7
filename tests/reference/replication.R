# Reference numbers from replicate weights: made by R from the units of a design, and read from columns of factors or of weights.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

METHOD_IN_R <- c(JK1 = "JK1", JK2 = "JK2", JKn = "JKn", BRR = "BRR", Fay = "Fay", bootstrap = "bootstrap", SDR = "successive-difference")
quiet <- function(expression) suppressMessages(suppressWarnings(expression))

# ---- samples ------------------------------------------------------------------------------------------------------

# Replicates that R makes from strata and units. The method is ours; `type` is R's name of it.
made <- function(name, file, method, weight, stratum = NULL, psu = NULL, fpc = NULL, lonely_psu = "fail", fay_rho = NULL) {
  data <- read_data(data_file(file))
  options(survey.lonely.psu = LONELY_IN_R[[lonely_psu]])
  svy <- svydesign(
    ids = if (length(psu)) crossed(data, psu) else ~1, strata = crossed(data, stratum), weights = data[[weight]],
    fpc = if (is.null(fpc)) NULL else data[[fpc]], data = data
  )
  args <- if (method == "Fay") list(fay.rho = fay_rho) else list()
  # A fully sampled stratum has no replicates, and R then leaves its rows out of replicate totals, but not out of the total that mse compares
  # them with. Without dropping, its replicates have scale 0 and the numbers are right.
  with_mse <- function(mse) {
    options(survey.drop.replicates = !mse)
    quiet(do.call(as.svrepdesign, c(list(svy, type = method, mse = mse), args)))
  }
  declared <- list(
    data = file, weight = weight, stratum = as.list(stratum), psu = as.list(psu), fpc = fpc, lonely_psu = lonely_psu, method = method,
    fay_rho = fay_rho
  )
  list(name = name, declared = declared, files = file, lonely_psu = lonely_psu, svy = list(centred = with_mse(FALSE), mse = with_mse(TRUE)))
}

# Replicates in columns: of the data themselves, or of another file with one row a unit.
columns <- function(name, file, method, weight, prefix, units = NULL, combined = FALSE, scale = NULL, rscales = NULL, fay_rho = NULL, other = FALSE) {
  data <- read_data(data_file(file))
  source <- if (is.null(units)) data else read_data(data_file(units))
  factors <- as.matrix(source[grep(paste0("^", prefix, "[0-9]+$"), names(source))])
  if (!is.null(units)) factors <- factors[match(data$psu, source$psu), ]
  if (combined) factors <- factors * data[[weight]]
  with_mse <- function(mse) {
    quiet(svrepdesign(
      data = data, repweights = factors, weights = data[[weight]], type = if (other) "other" else METHOD_IN_R[[method]],
      combined.weights = combined, scale = scale, rscales = rscales, rho = fay_rho, mse = mse
    ))
  }
  declared <- list(
    data = file, weight = weight, method = method, prefix = prefix, units = units, combined = combined, scale = scale,
    rscales = if (is.null(rscales)) NULL else as.list(rscales), fay_rho = fay_rho
  )
  list(name = name, declared = declared, files = c(file, units), lonely_psu = "fail", svy = list(centred = with_mse(FALSE), mse = with_mse(TRUE)))
}

# ---- estimates ----------------------------------------------------------------------------------------------------

fit_replicates <- function(statistic, variables, part) {
  switch(statistic,
    mean = svymean(formula_of(variables), part, return.replicates = TRUE), total = svytotal(formula_of(variables), part, return.replicates = TRUE),
    ratio = svyratio(formula_of(variables[1]), formula_of(variables[2]), part, return.replicates = TRUE)
  )
}

record_replicates <- function(sample, centre, statistic, variables, domain) {
  options(survey.lonely.psu = LONELY_IN_R[[sample$lonely_psu]])
  variables_of <- sample$svy$centred$variables
  keep <- in_domain(list(svy = sample$svy$centred), domain) & complete.cases(variables_of[variables])
  result <- quiet(fit_replicates(statistic, variables, subset(sample$svy[[centre]], keep)))
  estimate <- as.vector(if (statistic == "ratio") result$ratio else result$mean)
  variance <- if (statistic == "ratio") result$var else attr(result$mean, "var")
  list(
    sample = sample$name, mse = centre == "mse", statistic = statistic, variables = as.list(variables), domain = domain, estimate = estimate,
    se = sqrt(as.vector(variance)), df = degf(quiet(subset(sample$svy$centred, keep))),
    lost = sum(is.na(result$replicates) & sample$svy[[centre]]$rscales > 0)
  )
}

measure <- function(samples, statistics, domains, centres = c("centred", "mse")) {
  out <- list()
  for (sample in samples) for (centre in centres) for (statistic in names(statistics)) for (domain in domains) {
    out[[length(out) + 1]] <- record_replicates(sample, centre, statistic, statistics[[statistic]], domain)
  }
  out
}

covariance_of <- function(sample, centre, variable, by) {
  svy <- sample$svy[[centre]]
  table <- quiet(svyby(formula_of(variable), reformulate(by), subset(svy, !is.na(svy$variables[[variable]])), svymean, covmat = TRUE))
  list(
    sample = sample$name, mse = centre == "mse", statistic = "covariance", variables = list(variable), by = as.list(by),
    cells = lapply(seq_len(nrow(table)), function(i) lapply(as.list(as.data.frame(table)[by]), function(column) column[[i]])),
    estimate = as.list(unname(coef(table))), covariance = unname(vcov(table))
  )
}

# ---- what is measured ----------------------------------------------------------------------------------------------

synthetic <- list(
  made("synthetic_jkn", "synthetic.csv", "JKn", "w", "stratum", "psu"), made("synthetic_jkn_fpc", "synthetic.csv", "JKn", "w", "stratum", "psu", "fpc"),
  columns("synthetic_bootstrap", "synthetic.csv", "bootstrap", "w", "boot", "replication_bootstrap.csv"),
  columns("synthetic_combined", "synthetic.csv", "bootstrap", "w", "boot", "replication_bootstrap.csv", combined = TRUE),
  columns("synthetic_per_replicate", "synthetic.csv", "bootstrap", "w", "boot", "replication_bootstrap.csv", scale = 1 / 60),
  columns("synthetic_sdr", "synthetic.csv", "SDR", "w", "sdr", "replication_sdr.csv"),
  columns(
    "synthetic_rscales", "synthetic.csv", "JKn", "w", "boot", "replication_bootstrap.csv", scale = 0.25, rscales = rep(c(0.5, 0, 0.125), 20),
    other = TRUE
  )
)
api <- list(
  made("apiclus1_jk1", "apiclus1.csv", "JK1", "pw", psu = "dnum"), made("apiclus1_jk1_fpc", "apiclus1.csv", "JK1", "pw", psu = "dnum", fpc = "fpc"),
  made("apistrat_jkn", "apistrat.csv", "JKn", "pw", "stype"), made("apistrat_jkn_fpc", "apistrat.csv", "JKn", "pw", "stype", fpc = "fpc")
)
scd <- list(columns("scd_brr", "scd.csv", "BRR", "w", "brr"), columns("scd_brr_combined", "scd.csv", "BRR", "w", "brr", combined = TRUE))
crowd <- list(
  columns("crowd_jk1", "crowd.csv", "JK1", "weight", "jka", scale = 5 / 6), columns("crowd_jk1_combined", "crowd.csv", "JK1", "weight", "jka", combined = TRUE),
  columns("crowd_jkn", "crowd.csv", "JKn", "weight", "jkn", rscales = rep(0.5, 6)), columns("crowd_jk2", "crowd.csv", "JK2", "weight", "jkn"),
  columns("crowd_brr", "crowd.csv", "BRR", "weight", "brr"), columns("crowd_fay", "crowd.csv", "Fay", "weight", "fay", fay_rho = 0.3),
  made("crowd_made_jk1", "crowd.csv", "JK1", "weight", psu = "cluster"), made("crowd_made_jkn", "crowd.csv", "JKn", "weight", "stratum", "cluster")
)
hospital <- list(
  columns("hospital_jkn", "hospital.csv", "JKn", "weighta", "jkn", rscales = rep(c(3, 4, 5) / c(4, 5, 6), c(4, 5, 6))),
  made("hospital_made_jkn", "hospital.csv", "JKn", "weighta", "oblevel"), made("hospital_made_jkn_fpc", "hospital.csv", "JKn", "weighta", "oblevel", fpc = "tothosp")
)
halves <- list( # other signs than ours, so that totals alone are comparable
  made("crowd_made_brr", "crowd.csv", "BRR", "weight", "stratum", "cluster"),
  made("crowd_made_fay", "crowd.csv", "Fay", "weight", "stratum", "cluster", fay_rho = 0.3)
)

alone <- list()
for (rule in c("certainty", "adjust", "average")) for (fpc in list(NULL, "fraction")) {
  name <- paste(c("lonely", rule, fpc), collapse = "_")
  alone[[name]] <- made(name, "synthetic_lonely.csv", "JKn", "w", "stratum", "psu", fpc, rule)
}

everybody <- list(NULL)
level <- function(samples, by) cells(list(svy = samples[[1]]$svy$centred), by)
chains <- list(list(chain_cocoa = 1), list(chain_mining = 1), list(island = 1))
found <- c(
  measure(synthetic, list(mean = "y", total = "y", ratio = c("x", "hours")), c(everybody, level(synthetic, "region"), chains)),
  measure(synthetic[c(1, 3)], list(mean = "x"), level(synthetic, c("sex", "age_group"))),
  lapply(synthetic[c(1, 2, 3, 6, 7)], covariance_of, "centred", "y", c("region", "sex")),
  lapply(synthetic[c(1, 3)], covariance_of, "mse", "y", c("region", "sex")),
  measure(api, list(mean = "api00", total = "enroll", ratio = c("api_stu", "enroll")), c(everybody, level(api, "stype"))),
  measure(scd, list(mean = "alive", total = "arrests", ratio = c("alive", "arrests")), c(everybody, level(scd, "ambulance"))),
  measure(crowd, list(mean = "rooms", total = "person", ratio = c("person", "rooms")), c(everybody, level(crowd, "overcrowded"))),
  measure(hospital, list(mean = "busy", total = "births", ratio = c("births", "tothosp")), c(everybody, level(hospital, "oblevel"), level(hospital, "busy"))),
  measure(halves, list(total = "person"), c(everybody, level(halves, "overcrowded"))),
  measure(alone, list(mean = "y", total = "y", ratio = c("x", "hours")), c(everybody, level(alone, "region")), "centred")
)

samples <- c(synthetic, api, scd, crowd, hospital, halves, alone)
declared <- setNames(lapply(samples, `[[`, "declared"), sapply(samples, `[[`, "name"))
paths <- data_file(unique(unlist(lapply(samples, `[[`, "files"))))
lines <- vapply(found, json, "")
# `records` stays empty: these numbers have a reader of their own, in test_replication.py.
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), '"designs": {},', '"records": [],', paste0('"samples": ', json(declared), ","),
  '"replicated": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
), file.path(reference_folder, "replication.json"))
cat("replication.json", length(found), "records\n")
