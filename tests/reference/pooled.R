# Reference numbers for pooled rounds of a rotating panel: one design of all rounds stacked, the same units over rounds. Writes the data once.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

# ---- data -------------------------------------------------------------------------------------------------------

# Five strata of eight areas; each round visits six of them, dropping one and taking in another each time.
write_panel <- function() {
  set.seed(20250611, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  areas <- expand.grid(area = 1:8, stratum = paste0("S", 1:5), stringsAsFactors = FALSE)
  areas$psu <- seq_len(nrow(areas))
  areas$effect <- rnorm(nrow(areas), sd = 0.9)
  rounds <- lapply(1:3, function(round) {
    visited <- areas[areas$area >= round & areas$area < round + 6, ]
    people <- visited[rep(seq_len(nrow(visited)), sample(6:11, nrow(visited), replace = TRUE)), ]
    n <- nrow(people)
    chance <- plogis(-1.1 + people$effect + 0.25 * round)
    data.frame(
      round = c("2022", "2023", "2024")[round], stratum = people$stratum, psu = people$psu, w = round(exp(rnorm(n, 4, 0.4)), 4),
      sex = ifelse(runif(n) < 0.5, "Female", "Male"), child_labour = ifelse(runif(n) < 0.04, NA, rbinom(n, 1, chance)), hours = round(rgamma(n, 4, 0.3), 2)
    )
  })
  write.csv(do.call(rbind, rounds), path, row.names = FALSE, na = "")
}

path <- data_file("pooled.csv")
if (!file.exists(path)) write_panel()

# ---- numbers ----------------------------------------------------------------------------------------------------

rows <- read_data(path)
rows$w3 <- rows$w / 3
rows$round <- as.character(rows$round)
rows$seen <- !is.na(rows$child_labour)
stacked <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w3, data = rows)
known <- subset(stacked, seen)

point <- function(statistic, variable, round, result, part) {
  list(statistic = statistic, variable = variable, round = round, estimate = as.vector(coef(result)), se = as.vector(SE(result)), df = degf(part))
}

of_round <- function(round) {
  one <- rows$round == round
  part <- if (round == "All") known else subset(stacked, seen & one)
  every <- if (round == "All") stacked else subset(stacked, one)
  list(
    point("prevalence", "child_labour", round, svymean(~child_labour, part), part),
    point("mean", "hours", round, svymean(~hours, every), every),
    point("total", "hours", round, svytotal(~hours, every), every)
  )
}

# subset() looks a name up among the columns first.
change <- function(variable, svy, later, earlier, who = NULL) {
  if (!is.null(who)) svy <- subset(svy, sex == who)
  svy <- subset(svy, svy$variables$round %in% c(later, earlier))
  table <- svyby(as.formula(paste0("~", variable)), ~round, svy, svymean, covmat = TRUE)
  weights <- list(setNames(ifelse(names(coef(table)) == later, 1, -1), names(coef(table))))
  result <- svycontrast(table, weights)
  list(
    statistic = "difference", variable = variable, later = later, earlier = earlier, sex = who,
    estimate = as.vector(coef(result)), se = as.vector(SE(result)), se_without_covariance = sqrt(sum(SE(table)^2))
  )
}

pairs <- list(c("2023", "2022"), c("2024", "2023"), c("2024", "2022"))
changes <- do.call(c, lapply(pairs, function(pair) {
  list(
    change("child_labour", known, pair[1], pair[2]), change("hours", stacked, pair[1], pair[2]),
    change("child_labour", known, pair[1], pair[2], "Female"), change("child_labour", known, pair[1], pair[2], "Male")
  )
}))
found <- c(do.call(c, lapply(c("2022", "2023", "2024", "All"), of_round)), changes)
lines <- vapply(found, json, "")
writeLines(c(
  "{", paste0('"header": ', json(header(path)), ","), '"designs": {},', '"records": [],',
  '"numbers": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
), file.path(reference_folder, "pooled.json"))
cat("pooled.json", length(found), "numbers\n")
