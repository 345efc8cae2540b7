# Reference numbers for two-phase samples: R's twophase(method = "full") and, where it applies, method = "simple". Writes the data once.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

# ---- data -------------------------------------------------------------------------------------------------------

# Rows of phase 2 first: R 4.1-1 looks up the sizes of phase-1 strata by the position of a unit among those of phase 2.
# Then by unit: it takes phase-2 fractions in order of appearance and unit totals in order of label.
write_rows <- function(rows, name) {
  rows$in2 <- as.integer(rows$in2)
  first <- rows$in2 == 1 & !duplicated(paste(rows$unit1, rows$in2))
  rows <- rows[order(!first, rows$in2 == 0, rows$unit1, rows$unit2), ]
  write.csv(rows, data_file(name), row.names = FALSE)
}

# The two-stage sample of R's help page, as a sample of clusters and then of rows within them.
write_mu284 <- function() {
  data(mu284)
  rows <- mu284[with(mu284, c(1:15, rep(1:5, n2[1:5] - 3))), ]
  rows$in2 <- rep(c(TRUE, FALSE), c(15, 34 - 15))
  rows <- data.frame(unit1 = rows$id1, h = 1, fpc1 = rows$n1, unit2 = seq_len(34), g = rows$id1, in2 = rows$in2, y1 = rows$y1, one = 1)
  rows$big <- as.numeric(rows$y1 > 45)
  write_rows(rows, "two_phase_mu284.csv")
}

# The case-cohort study of R's help page: phase 1 without a finite population, given one of 10^8 so that R's full method has probabilities.
write_nwtco <- function() {
  data(nwtco, package = "survival")
  rows <- with(nwtco, data.frame(unit1 = seqno, h = 1, fpc1 = 1e8, unit2 = seqno, g = rel, in2 = in.subcohort | rel == 1, stage, histol2 = histol == 2, age, one = 1))
  rows <- rows[rows$unit1 %% 3 == 0, ]
  rows$histol2 <- as.numeric(rows$histol2)
  rows$big <- as.numeric(rows$stage > 2)
  write_rows(rows, "two_phase_nwtco.csv")
}

# Schools drawn by type, then by share of pupils with free meals over all types.
write_schools <- function() {
  data(api)
  schools <- api_columns(apipop)
  size <- table(schools$stype)
  rows <- do.call(rbind, Map(function(type, n) schools[sample(which(schools$stype == type), n), ], c("E", "H", "M"), c(120, 50, 70)))
  rows <- data.frame(unit1 = seq_len(nrow(rows)), h = rows$stype, fpc1 = as.vector(size[rows$stype]), unit2 = seq_len(nrow(rows)), rows)
  rows$g <- as.integer(cut(rows$meals, c(-1, 25, 60, 100)))
  rows$in2 <- take(rows$g, c(20, 24, 31))
  write_rows(rows, "two_phase_schools.csv")
}

# Districts drawn by size with all their schools; then schools by type over all districts, or districts by share of meals.
write_districts <- function() {
  data(api)
  schools <- api_columns(apipop)
  schools <- schools[schools$dnum %in% names(which(table(schools$dnum) <= 12)), ]
  number <- table(schools$dnum)
  districts <- data.frame(dnum = as.integer(names(number)), h = as.integer(cut(as.vector(number), c(0, 2, 5, 12))))
  districts$fpc1 <- ave(districts$h, districts$h, FUN = length)
  chosen <- unlist(Map(function(h, n) sample(districts$dnum[districts$h == h], n), 1:3, c(14, 18, 11)))
  rows <- merge(schools[schools$dnum %in% chosen, ], districts, by = "dnum")
  names(rows)[names(rows) == "dnum"] <- "unit1"
  schools2 <- transform(rows, unit2 = seq_len(nrow(rows)), g = stype)
  schools2$in2 <- take(schools2$g, c(E = 33, H = 9, M = 12))
  write_rows(schools2, "two_phase_district_schools.csv")
  class <- ave(rows$meals, rows$unit1) > 50
  unit <- !duplicated(rows$unit1)
  sizes <- ceiling(c(0.5, 0.7) * table(class[unit]))
  kept <- rows$unit1[unit][take(as.integer(class[unit]) + 1, sizes)]
  write_rows(transform(rows, unit2 = unit1, g = as.integer(class), in2 = unit1 %in% kept), "two_phase_districts.csv")
}

api_columns <- function(data) {
  data <- data[complete.cases(data[c("api00", "enroll", "api.stu", "meals", "dnum")]), ]
  with(data, data.frame(stype = as.character(stype), dnum, api00, enroll, api_stu = api.stu, meals, one = 1, big = as.numeric(comp.imp == "Yes")))
}

# TRUE for m of the rows of each stratum.
take <- function(g, m) {
  taken <- rep(FALSE, length(g))
  levels <- sort(unique(g))
  for (k in seq_along(levels)) taken[sample(which(g == levels[k]), m[[k]])] <- TRUE
  taken
}

FILES <- c("two_phase_mu284.csv", "two_phase_nwtco.csv", "two_phase_schools.csv", "two_phase_district_schools.csv", "two_phase_districts.csv")
paths <- data_file(FILES)
if (!all(file.exists(paths))) {
  set.seed(20250610, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  write_mu284()
  write_nwtco()
  write_schools()
  write_districts()
}

# ---- designs ----------------------------------------------------------------------------------------------------

WHOLE_UNITS <- FILES[c(2, 3, 5)] # phase 2 draws units of phase 1 as wholes, which the simple method is made for

two_phase <- function(path, method) {
  data <- read_data(path)
  data$in2 <- data$in2 == 1
  strata1 <- if (length(unique(data$h)) > 1) ~h
  twophase(id = list(~unit1, ~unit2), strata = list(strata1, ~g), fpc = list(~fpc1, NULL), subset = ~in2, data = data, method = method)
}

# ---- records ----------------------------------------------------------------------------------------------------

OUTCOMES <- list(c("y1", "one"), c("histol2", "age"), c("api_stu", "enroll"), c("api_stu", "enroll"), c("api_stu", "enroll"))

questions <- function(y, x) {
  list(
    list(statistic = "total", y = y), list(statistic = "total", y = "one"), list(statistic = "ratio", y = y, x = x), list(statistic = "ratio", y = y, x = "one"),
    list(statistic = "total", y = y, domain = "big"), list(statistic = "ratio", y = y, x = x, domain = "big")
  )
}

# The simple method forgets units without a member if the domain is taken by subset(): a product with its 0/1 column keeps them.
asked <- function(design, what, method) {
  rows <- design$phase1$sample$variables
  inside <- if (is.null(what$domain)) 1 else rows[[what$domain]]
  numerator <- inside * rows[[what$y]]
  denominator <- if (is.null(what$x)) NULL else inside * rows[[what$x]]
  weight <- 1 / design$prob
  estimate <- if (is.null(denominator)) sum(weight * numerator) else sum(weight * numerator) / sum(weight * denominator)
  score <- if (is.null(denominator)) numerator else (numerator - estimate * denominator) / sum(weight * denominator)
  of_scores <- if (method == "full") twophase2var else twophasevar
  list(estimate = estimate, se = sqrt(as.vector(of_scores(as.matrix(score * weight), design))), df = degf(design))
}

of_design <- function(path, method, outcomes) {
  design <- two_phase(path, method)
  lapply(questions(outcomes[1], outcomes[2]), function(what) {
    found <- asked(design, what, method)
    if (is.null(what$domain) && what$statistic == "total") {
      direct <- svytotal(as.formula(paste0("~", what$y)), design)
      stopifnot(agree(as.vector(coef(direct)), found$estimate), agree(as.vector(SE(direct)), found$se))
    }
    c(list(data = basename(path), method = method), what, found)
  })
}

covariance_of <- function(path, method, outcomes) {
  found <- unname(as.matrix(vcov(svytotal(reformulate(outcomes), two_phase(path, method)))))
  attr(found, "phases") <- NULL
  list(data = basename(path), method = method, statistic = "covariance", y = as.list(outcomes), covariance = found)
}

of_file <- function(i) {
  methods <- c("full", if (FILES[i] %in% WHOLE_UNITS) "simple")
  c(
    do.call(c, lapply(methods, function(method) of_design(paths[i], method, OUTCOMES[[i]]))),
    lapply(methods, function(method) covariance_of(paths[i], method, OUTCOMES[[i]]))
  )
}

# The same sample as one of two stages.
two_stage <- function() {
  data(mu284)
  direct <- svytotal(~y1, svydesign(id = ~ id1 + id2, fpc = ~ n1 + n2, data = mu284))
  list(data = FILES[1], method = "two stages", statistic = "total", y = "y1", estimate = as.vector(coef(direct)), se = as.vector(SE(direct)), df = 4)
}

# A domain by subset() under the full method: rows outside count 0, as in the product.
full_subset <- function() {
  part <- subset(two_phase(paths[3], "full"), big == 1)
  direct <- svyratio(~api_stu, ~enroll, part)
  list(
    data = FILES[3], method = "full", statistic = "ratio", y = "api_stu", x = "enroll", domain = "big",
    estimate = as.vector(coef(direct)), se = as.vector(SE(direct)), df = degf(two_phase(paths[3], "full"))
  )
}

found <- c(do.call(c, lapply(seq_along(paths), of_file)), list(two_stage(), full_subset()))
lines <- vapply(found, json, "")
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), '"designs": {},', '"records": [],',
  '"numbers": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
), file.path(reference_folder, "two_phase.json"))
cat("two_phase.json", length(found), "numbers\n")
