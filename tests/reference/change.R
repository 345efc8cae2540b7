# Reference numbers for change between two rounds: rows of both stacked under one design, strata crossed with the round where samples are independent.
#
#     Rscript tests/reference/change.R

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

path <- data_file("pooled.csv")
rows <- read_data(path)
rows$round <- as.character(rows$round)
rows <- rows[!is.na(rows$child_labour), ]
rows$one <- 1

shared_units <- function(a, b) intersect(unique(rows$psu[rows$round == a]), unique(rows$psu[rows$round == b]))

# kind: rotating (all units of both rounds), panel (units in both rounds), independent (labels of each round its own).
stacked <- function(earlier, later, kind) {
  both <- rows[rows$round %in% c(earlier, later), ]
  if (kind == "panel") both <- both[both$psu %in% shared_units(earlier, later), ]
  if (kind == "independent") {
    both$psu <- paste(both$round, both$psu)
    both$stratum <- paste(both$round, both$stratum)
  }
  both$side <- ifelse(both$round == later, "new", "old")
  svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = both)
}

difference <- c(new = 1, old = -1)
linear <- function(table, weights = difference) svycontrast(table, list(weights[names(coef(table))]))

of_rate <- function(svy) {
  table <- svyby(~child_labour, ~side, svy, svymean, covmat = TRUE)
  change <- linear(table)
  log_ratio <- svycontrast(table, quote(log(new / old)))
  list(
    old = coef(table)[["old"]], new = coef(table)[["new"]], change = as.vector(coef(change)), se = as.vector(SE(change)),
    se_log_ratio = as.vector(SE(log_ratio)), covariance = vcov(table)["old", "new"], df = degf(svy)
  )
}

of_number <- function(svy) {
  table <- svyby(~child_labour, ~side, svy, svytotal, covmat = TRUE)
  change <- linear(table)
  list(number_old = coef(table)[["old"]], number_change = as.vector(coef(change)), number_se = as.vector(SE(change)))
}

# Parts of the change in number by the delta method on counts and people of both rounds.
of_effects <- function(svy) {
  svy <- update(svy,
    y_old = child_labour * (side == "old"), y_new = child_labour * (side == "new"), n_old = one * (side == "old"), n_new = one * (side == "new")
  )
  totals <- svytotal(~ y_old + y_new + n_old + n_new, svy)
  population <- svycontrast(totals, quote((y_old / n_old + y_new / n_new) / 2 * (n_new - n_old)))
  prevalence <- svycontrast(totals, quote((n_old + n_new) / 2 * (y_new / n_new - y_old / n_old)))
  list(
    population_effect = as.vector(coef(population)), population_effect_se = as.vector(SE(population)),
    prevalence_effect = as.vector(coef(prevalence)), prevalence_effect_se = as.vector(SE(prevalence))
  )
}

# Direct standardisation by sex to the composition of the old round, held fixed.
of_standardised <- function(svy) {
  weights <- with(subset(svy$variables, side == "old"), tapply(w, sex, sum))
  share <- weights / sum(weights)
  table <- svyby(~child_labour, ~ side + sex, svy, svymean, covmat = TRUE)
  coefficients <- c(-share[["Female"]], share[["Female"]], -share[["Male"]], share[["Male"]])
  names(coefficients) <- c("old.Female", "new.Female", "old.Male", "new.Male")
  change <- svycontrast(table, list(coefficients[names(coef(table))]))
  list(standardised_change = as.vector(coef(change)), standardised_se = as.vector(SE(change)))
}

# Joint test that neither sex changed: F = W / q (df - q + 1) / df.
of_joint <- function(svy) {
  table <- svyby(~child_labour, ~ side + sex, svy, svymean, covmat = TRUE)
  contrasts <- rbind(c(-1, 1, 0, 0), c(0, 0, -1, 1))
  colnames(contrasts) <- c("old.Female", "new.Female", "old.Male", "new.Male")
  contrasts <- contrasts[, names(coef(table))]
  d <- contrasts %*% coef(table)
  wald <- as.vector(t(d) %*% solve(contrasts %*% vcov(table) %*% t(contrasts)) %*% d)
  df <- degf(svy)
  f <- wald / 2 * (df - 1) / df
  list(joint_f = f, joint_p = pf(f, 2, df - 1, lower.tail = FALSE))
}

record <- function(earlier, later, kind, who = NULL) {
  svy <- stacked(earlier, later, kind)
  if (!is.null(who)) svy <- subset(svy, sex == who)
  found <- c(list(earlier = earlier, later = later, kind = kind, sex = if (is.null(who)) "All" else who), of_rate(svy))
  # In a rotating panel the total of a round carries the chance of which units that round visited; there is no such chance in the others.
  if (kind != "rotating") found <- c(found, of_number(svy), of_effects(svy))
  if (is.null(who)) found <- c(found, of_standardised(svy), of_joint(svy))
  found
}

found <- list()
for (kind in c("rotating", "panel", "independent")) for (pair in list(c("2022", "2023"), c("2022", "2024"))) for (who in list(NULL, "Female", "Male")) {
  found[[length(found) + 1]] <- record(pair[1], pair[2], kind, who)
}

# Fieller's limits of a ratio as the roots of (new - r old)^2 = t^2 (V2 - 2 r C + r^2 V1), by uniroot.
fieller <- function(old, new, v1, v2, covariance, t) {
  gap <- function(r) (new - r * old)^2 - t^2 * (v2 - 2 * r * covariance + r^2 * v1)
  middle <- new / old
  root <- function(interval) uniroot(gap, interval, tol = 1e-14, maxiter = 10000)$root
  list(old = old, new = new, v_old = v1, v_new = v2, covariance = covariance, t = t, low = root(c(middle - 50, middle)), high = root(c(middle, middle + 50)))
}
limits <- list(
  fieller(0.10, 0.06, 0.025^2, 0.015^2, 0, 2.0), fieller(0.10, 0.06, 0.025^2, 0.015^2, 1e-4, 2.0), fieller(0.22, 0.18, 0.012^2, 0.011^2, 0, 1.96)
)
text <- function(items) {
  lines <- vapply(items, json, "")
  paste0(lines, c(rep(",", length(lines) - 1), ""))
}
writeLines(c(
  "{", paste0('"header": ', json(header(path)), ","), '"designs": {},', '"records": [],', '"changes": [', text(found), "],",
  '"fieller": [', text(limits), "]", "}"
), file.path(reference_folder, "change.json"))
cat("change.json", length(found), "changes\n")
