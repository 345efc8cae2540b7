# Shared helpers of the reference scripts: read a CSV, declare its design, compute records, write JSON with 17 digits.

suppressPackageStartupMessages(library(survey))
invisible(Sys.setlocale("LC_COLLATE", "C")) # the same order of levels on every machine

LONELY_IN_R <- c(fail = "fail", certainty = "certainty", adjust = "adjust", average = "average")
PROPORTION_METHODS <- c("xlogit", "beta", "mean", "asin", "logit", "likelihood")
THOROUGH <- TRUE # whether a contrast is found by other routes too

script_path <- function() sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
reference_folder <- dirname(script_path())
data_file <- function(name) file.path(reference_folder, "data", name)
read_data <- function(path) read.csv(path, check.names = FALSE, stringsAsFactors = FALSE)

# ---- JSON -------------------------------------------------------------------------------------------------------

json_text <- function(x) paste0('"', gsub('(["\\\\])', "\\\\\\1", x), '"')

json_scalar <- function(x) {
  if (is.na(x) || (is.numeric(x) && !is.finite(x))) return("null")
  if (is.character(x)) return(json_text(x))
  if (is.logical(x)) return(if (x) "true" else "false")
  sprintf("%.17g", x)
}

json <- function(x) {
  if (is.null(x)) return("null")
  if (is.matrix(x)) return(json(lapply(seq_len(nrow(x)), function(i) as.list(unname(x[i, ])))))
  if (!is.list(x) && length(x) == 1 && is.null(names(x))) return(json_scalar(x))
  parts <- vapply(seq_along(x), function(i) json(unname(x[i])[[1]]), "")
  if (is.null(names(x))) return(paste0("[", paste(parts, collapse = ", "), "]"))
  paste0("{", paste0(json_text(names(x)), ": ", parts, collapse = ", "), "}")
}

sha256 <- function(path) {
  tools <- list(c("sha256sum"), c("shasum", "-a", "256"))
  found <- Filter(function(tool) nzchar(Sys.which(tool[1])), tools)
  if (!length(found)) stop("sha256sum or shasum is needed for the digest of the input.")
  sub(" .*", "", system2(found[[1]][1], c(found[[1]][-1], shQuote(path)), stdout = TRUE))
}

header <- function(paths) {
  digest <- function(path) list(rows = nrow(read_data(path)), sha256 = sha256(path))
  list(
    script = basename(script_path()),
    r = paste(R.version$major, R.version$minor, sep = "."),
    survey = as.character(packageVersion("survey")),
    significant_digits = 17,
    data = setNames(lapply(paths, digest), basename(paths))
  )
}

write_records <- function(path, paths, designs, records) {
  lines <- vapply(records, json, "")
  declared <- setNames(lapply(designs, function(d) list(data = basename(d$path), design_args = d$args)), sapply(designs, `[[`, "name"))
  writeLines(c(
    "{", paste0('"header": ', json(header(paths)), ","),
    paste0('"designs": ', json(declared), ","),
    '"records": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
  ), path)
  cat(basename(path), length(records), "records\n")
}

# ---- designs ----------------------------------------------------------------------------------------------------

crossed <- function(data, names) if (length(names)) interaction(data[names], drop = TRUE)

# A later stage of selection; labels are nested in the unit above.
stage <- function(unit, stratum = NULL, fpc = NULL) list(unit = unit, stratum = as.list(stratum), fpc = fpc)

# Columns of one kind for all stages: the first from crossed names, the later ones as they are; nothing where no stage has one.
strata_of <- function(data, stratum, later) {
  if (!length(later)) return(crossed(data, stratum))
  parts <- lapply(c(list(stratum), lapply(later, `[[`, "stratum")), function(names) crossed(data, unlist(names)))
  if (all(vapply(parts, is.null, TRUE))) return(NULL)
  data.frame(lapply(parts, function(part) if (is.null(part)) rep("1", nrow(data)) else as.character(part)))
}

units_of <- function(data, psu, later) {
  if (!length(later)) return(if (length(psu)) crossed(data, psu) else ~1)
  data.frame(c(list(crossed(data, psu)), unname(data[vapply(later, `[[`, "", "unit")])))
}

# R wants fpc columns for all stages or none, of one kind: `given` names those it gets where the declared ones are not so.
# Without a correction at the first stage it gets none and uses that stage alone.
fpc_of <- function(data, fpc, later, given) {
  names <- if (length(given)) unlist(given) else c(fpc, unlist(lapply(later, `[[`, "fpc")))
  if (!length(given) && is.null(fpc)) return(NULL)
  if (!length(given) && length(names) != length(later) + 1) stop("Name the columns for R: some stages have no fpc.")
  if (length(names) == 1) data[[names]] else data[names]
}

declare <- function(name, path, weight, stratum = NULL, psu = NULL, fpc = NULL, lonely_psu = "fail", lonely_domains = FALSE,
                    later = list(), given = NULL, selection = "independent") {
  data <- read_data(path)
  if (selection == "brewer") data <- data[order(crossed(data, psu)), ] # in any other order R mistakes one unit's probability for another's
  args <- list(weight = weight, stratum = as.list(stratum), psu = as.list(psu), fpc = fpc, lonely_psu = lonely_psu, lonely_domains = lonely_domains)
  if (length(later)) args$later_stages <- later
  if (selection != "independent") args$selection <- selection
  svy <- svydesign(
    ids = units_of(data, psu, later), strata = strata_of(data, stratum, later), weights = data[[weight]],
    fpc = fpc_of(data, fpc, later, given), pps = if (selection == "brewer") "brewer" else FALSE, data = data
  )
  list(name = name, path = path, args = args, svy = svy)
}

TYPE_IN_R <- c(JK1 = "JK1", JK2 = "JK2", JKn = "JKn", BRR = "BRR", Fay = "Fay", bootstrap = "bootstrap", SDR = "successive-difference")

# Replicate weights that come with a file; what is not given stays R's own default of the method.
declare_replicates <- function(name, path, weight, columns, method, combined = TRUE, rscales = NULL, fay_rho = NULL, mse = FALSE) {
  data <- read_data(path)
  replicates <- list(columns = as.list(columns), method = method, combined = combined, mse = mse)
  if (length(fay_rho)) replicates$fay_rho <- fay_rho
  if (length(rscales)) replicates$rscales <- as.list(rscales)
  args <- list(weight = weight, stratum = list(), psu = list(), fpc = NULL, lonely_psu = "fail", lonely_domains = FALSE, replicates = replicates)
  own <- list(
    variables = data, repweights = data[columns], weights = data[[weight]], type = TYPE_IN_R[[method]], combined.weights = combined, mse = mse
  )
  if (length(rscales)) own <- c(own, list(scale = 1, rscales = rscales))
  if (length(fay_rho)) own$rho <- fay_rho
  if (method == "JK1") own$scale <- (length(columns) - 1) / length(columns)
  list(name = name, path = path, args = args, svy = suppressWarnings(do.call(svrepdesign, own)))
}

# The lonely-PSU rule is a global option of R, read at each estimate.
use_rules <- function(design) {
  options(survey.lonely.psu = LONELY_IN_R[[design$args$lonely_psu]], survey.adjust.domain.lonely = design$args$lonely_domains)
}

in_domain <- function(design, domain) {
  member <- rep(TRUE, nrow(design$svy$variables))
  for (column in names(domain)) member <- member & design$svy$variables[[column]] %in% domain[[column]]
  member
}

known <- function(design, variables) complete.cases(design$svy$variables[variables])
formula_of <- function(variable) as.formula(paste0("~", variable))
or_null <- function(expression) suppressWarnings(tryCatch(expression, error = function(problem) NULL))

# ---- estimates --------------------------------------------------------------------------------------------------

fit <- function(statistic, variable, part) {
  switch(statistic,
    prevalence = , mean = svymean(formula_of(variable), part, deff = "replace"),
    total = svytotal(formula_of(variable), part, deff = "replace"),
    ratio = svyratio(formula_of(variable[1]), formula_of(variable[2]), part, deff = if (inherits(part, "svyrep.design")) FALSE else "replace")
  )
}

design_effect <- function(statistic, result) {
  found <- if (statistic == "ratio") attr(result, "deff") else deff(result)
  if (length(found)) as.vector(found) else NA # none for a ratio with replicate weights
}

# With unequal probabilities R keeps all rows of a domain's design, and takes the sample size of `beta` from them.
proportion_intervals <- function(variable, part) {
  limits <- function(method) or_null(as.vector(confint(svyciprop(formula_of(variable), part, method = method, df = degf(part)))))
  methods <- if (isTRUE(part$pps)) setdiff(PROPORTION_METHODS, "beta") else PROPORTION_METHODS
  found <- setNames(lapply(methods, limits), methods)
  names(found)[names(found) == "mean"] <- "mean_t"
  found
}

named <- function(design, statistic, variable) {
  names_of <- if (statistic == "ratio") list(numerator = variable[1], denominator = variable[2]) else list(variable = variable)
  c(list(design = design$name, statistic = statistic), names_of)
}

# A domain without any row: R stops with an error in a design of several stages.
nobody <- function(design, statistic, variable, domain) {
  c(named(design, statistic, variable), list(
    domain = domain, estimate = NA, se = NA, deff = NA, df = NA, n = 0, rows = 0, ci = NULL
  ))
}

# With unequal probabilities R gives the rows outside a domain weight zero and multiplies their outcome all the same, missing or not.
subset_of <- function(design, keep, variables) {
  svy <- design$svy
  if (isTRUE(svy$pps)) for (variable in variables) svy$variables[[variable]][!keep] <- 0
  suppressWarnings(subset(svy, keep))
}

record <- function(design, statistic, variable, domain = NULL) {
  use_rules(design)
  keep <- in_domain(design, domain) & known(design, variable)
  if (!any(keep) && length(design$args$later_stages)) return(nobody(design, statistic, variable, domain))
  part <- subset_of(design, keep, variable)
  result <- suppressWarnings(fit(statistic, variable, part))
  df <- degf(part)
  t_interval <- as.vector(suppressWarnings(confint(result, df = df)))
  c(named(design, statistic, variable), list(
    domain = domain, estimate = as.vector(coef(result)), se = as.vector(SE(result)), deff = design_effect(statistic, result),
    df = df, n = sum(weights(part, "sampling") != 0), rows = sum(keep),
    ci = if (statistic == "prevalence") proportion_intervals(variable, part) else list(mean_t = t_interval)
  ))
}

records <- function(designs, statistic, variables, domains = list(NULL)) {
  out <- list()
  for (design in designs) for (variable in variables) for (domain in domains) {
    out[[length(out) + 1]] <- record(design, statistic, variable, domain)
  }
  out
}

# Domains as list(column = level): every level of one column, or every cell of a crossing.
cells <- function(design, columns) {
  levels <- lapply(columns, function(column) sort(unique(na.omit(design$svy$variables[[column]]))))
  grid <- expand.grid(setNames(levels, columns), stringsAsFactors = FALSE)
  lapply(seq_len(nrow(grid)), function(i) lapply(as.list(grid), `[[`, i))
}

# ---- contrasts of two domains -----------------------------------------------------------------------------------

# Score of a domain mean: (y - mean) / (weighted size) inside the domain, 0 outside (weights are applied by svytotal).
mean_score <- function(design, variable, keep) {
  w <- weights(design$svy, "sampling")
  y <- design$svy$variables[[variable]]
  size <- sum(w[keep])
  centre <- sum((w * y)[keep]) / size
  outside <- if (size > 0) 0 else NaN # nobody in the domain: no estimate and no error either
  list(estimate = centre, score = ifelse(keep, (y - centre) / size, outside))
}

score_se <- function(design, score, rows) {
  if (!any(rows)) return(NaN)
  svy <- update(design$svy, .score = score)
  as.vector(suppressWarnings(SE(svytotal(~.score, subset(svy, rows)))))
}

# svyby with covmat on the rows of the two domains: the independent route for two disjoint domains.
svyby_contrast <- function(design, variable, keep_a, keep_b, kind) {
  svy <- update(design$svy, .side = ifelse(keep_a, "a", "b"))
  rows <- keep_a | keep_b
  table <- suppressWarnings(svyby(formula_of(variable), ~.side, subset(svy, rows), svymean, covmat = TRUE))
  expression <- if (kind == "relative") quote(log(a / b)) else quote(a - b)
  as.vector(SE(svycontrast(table, expression)))
}

agree <- function(x, y) isTRUE(all.equal(x, y, tolerance = 1e-10)) || (is.nan(x) && is.nan(y))

contrast <- function(design, variable, dimension, a, b, a_in, b_in, domain = NULL, kind = "difference", of = "prevalence") {
  use_rules(design)
  answered <- known(design, variable)
  keep_a <- in_domain(design, c(a_in, domain)) & answered
  keep_b <- in_domain(design, c(b_in, domain)) & answered
  mean_a <- mean_score(design, variable, keep_a)
  mean_b <- mean_score(design, variable, keep_b)
  relative <- kind == "relative"
  score <- if (relative) mean_a$score / mean_a$estimate - mean_b$score / mean_b$estimate else mean_a$score - mean_b$score
  union <- keep_a | keep_b
  se <- score_se(design, score, union)
  second_route <- THOROUGH && !isTRUE(design$svy$pps) # svyby cannot take the rows that stay in such a design
  if (second_route && !any(keep_a & keep_b) && is.finite(se)) stopifnot(agree(se, svyby_contrast(design, variable, keep_a, keep_b, kind)))
  df <- degf(suppressWarnings(subset(design$svy, union)))
  half <- suppressWarnings(qt(0.975, df)) * se
  value <- if (relative) mean_a$estimate / mean_b$estimate else mean_a$estimate - mean_b$estimate
  limits <- if (relative) value * exp(c(-half, half)) else value + c(-half, half)
  list(
    design = design$name, statistic = kind, of = of, variable = variable, dimension = dimension, a = a, b = b, a_in = a_in, b_in = b_in,
    domain = domain, estimate = value, se = se, se_whole_design = if (THOROUGH) score_se(design, score, rep(TRUE, length(union))) else NA,
    scale = if (relative) "log" else "identity", df = df, ci = list(mean_t = limits)
  )
}

# Difference and ratio of two levels of a column.
level_contrasts <- function(designs, variables, dimension, a, b, domains = list(NULL), of = "prevalence") {
  side <- function(level) setNames(list(level), dimension)
  out <- list()
  for (design in designs) for (variable in variables) for (domain in domains) for (kind in c("difference", "relative")) {
    out[[length(out) + 1]] <- contrast(design, variable, dimension, a, b, side(a), side(b), domain, kind, of)
  }
  out
}

covariance <- function(design, variable, by, of = "prevalence") {
  use_rules(design)
  part <- subset(design$svy, known(design, variable))
  table <- suppressWarnings(svyby(formula_of(variable), reformulate(by), part, svymean, covmat = TRUE))
  list(
    design = design$name, statistic = "covariance", of = of, variable = variable, by = as.list(by),
    cells = lapply(seq_len(nrow(table)), function(i) lapply(as.list(as.data.frame(table)[by]), function(column) column[[i]])),
    estimate = as.list(unname(coef(table))), covariance = unname(vcov(table))
  )
}
