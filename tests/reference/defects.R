# Shows the behaviours of R survey 4.1-1 that README.md lists as surprises. Prints; writes nothing.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

show <- function(title, ...) cat("\n## ", title, "\n", sprintf("%s\n", c(...)), sep = "")
number <- function(x) paste(format(as.vector(x), digits = 10), collapse = "  ")
attempt <- function(expression) {
  value <- tryCatch(expression, error = function(problem) problem)
  if (inherits(value, "error")) paste("error:", conditionMessage(value)) else number(value)
}

toy <- data.frame(w = rep(c(1, 2), 12), psu = rep(1:6, each = 4), g = rep(c("a", "b"), each = 2, times = 6), y = rep(c(0, 1, 1, 0, 0, 1), 4))
toy$text <- factor(ifelse(toy$y == 1, "Yes", "No"))
holes <- toy
holes$y[which(holes$g == "a")[1:6]] <- NA # 6 of the 12 rows of group a: a divisor, so R recycles
uneven <- toy
uneven$y[which(uneven$g == "a")[1:5]] <- NA
declared <- function(data) svydesign(ids = ~psu, weights = ~w, data = data)
gap <- function(svy, ...) SE(svycontrast(svyby(~y, ~g, svy, svymean, covmat = TRUE, ...), quote(a - b)))

show("svyby(covmat = TRUE, na.rm = TRUE) with missing answers",
  paste("rows dropped first:                     ", attempt(gap(subset(declared(holes), !is.na(y))))),
  paste("na.rm = TRUE, missing divide the rows:  ", attempt(gap(declared(holes), na.rm = TRUE))),
  paste("na.rm = TRUE, they do not divide them:  ", attempt(gap(declared(uneven), na.rm = TRUE)))
)

show("A domain with nobody in it", paste("mean and se:", attempt({
  nobody <- svymean(~y, subset(declared(toy), g == "c"))
  c(coef(nobody), SE(nobody))
})))

show("svyciprop with a factor", paste("mean of 1 and 2, not a proportion:", attempt(coef(svyciprop(~text, declared(toy), method = "mean")))))

padded <- rbind(toy, transform(toy[1:12, ], w = 0))
show("method = 'beta'",
  paste("df = degf:             ", attempt(confint(svyciprop(~y, declared(toy), method = "beta")))),
  paste("df = 1000, same:       ", attempt(confint(svyciprop(~y, declared(toy), method = "beta", df = 1000)))),
  paste("12 rows of weight 0:   ", attempt(confint(svyciprop(~y, declared(padded), method = "beta"))))
)

lonely <- declare("lonely", data_file("synthetic_lonely.csv"), "w", stratum = "stratum", psu = "psu", lonely_psu = "average")
use_rules(lonely)
answered <- subset(lonely$svy, !is.na(y))
show("lonely.psu = 'average': the factor counts the strata of the rows at hand",
  paste("SE of North by subset:            ", attempt(SE(svymean(~y, subset(answered, region == "North"))))),
  paste("SE of North by svyby covmat:      ", attempt(sqrt(diag(vcov(svyby(~y, ~region, answered, svymean, covmat = TRUE))))[["North"]]))
)

options(survey.lonely.psu = "fail")
show("lonely.psu = 'fail'",
  paste("all rows:                         ", attempt(SE(svymean(~y, answered)))),
  paste("a domain without lonely strata:   ", attempt(SE(svymean(~y, subset(answered, stratum %in% c("N1", "C1"))))))
)

options(survey.lonely.psu = "adjust")
only <- subset(answered, stratum == "N3")
show("lonely.psu = 'adjust' centres at zero",
  paste("total of y in N3 and its SE (the same number):", attempt(c(coef(svytotal(~y, only)), SE(svytotal(~y, only)))))
)

certain <- declare("certain", data_file("synthetic.csv"), "w", stratum = "stratum", psu = "psu", fpc = "fpc")
use_rules(certain)
sampled_fully <- subset(certain$svy, stratum == "C3" & !is.na(y))
interval <- function(formula, svy, method) suppressWarnings(confint(svyciprop(formula, svy, method = method)))
show("method = 'beta' with a standard error of 0 (fully sampled stratum)",
  paste("proportion:", attempt(coef(svyciprop(~y, sampled_fully, method = "mean")))),
  paste("limits:    ", attempt(interval(~y, sampled_fully, "beta")))
)

plain <- declare("plain", data_file("synthetic.csv"), "w", stratum = "stratum", psu = "psu")
use_rules(plain)
two_units <- subset(plain$svy, stratum == "C3" & !is.na(y))
show("method = 'logit' with 1 degree of freedom",
  paste("logit: ", attempt(interval(~y, two_units, "logit"))),
  paste("xlogit:", attempt(interval(~y, two_units, "xlogit")))
)
south <- subset(plain$svy, region == "South")
show("A proportion of 0 among 201 people",
  paste("logit: ", attempt(interval(~rare, south, "logit"))),
  paste("xlogit:", attempt(interval(~rare, south, "xlogit"))),
  paste("beta:  ", attempt(interval(~rare, south, "beta")))
)

# ---- samples in stages ------------------------------------------------------------------------------------------

staged <- read_data(data_file("stages.csv"))
two_stages <- function(fpc, ...) svydesign(ids = ~ area + block, strata = ~stratum, weights = ~w, fpc = fpc, data = staged, ...)
fully <- two_stages(~ N1 + N2)
options(survey.lonely.psu = "certainty", survey.adjust.domain.lonely = FALSE)
show("A domain without any row, in two stages", attempt(coef(svymean(~x, subset(fully, area == 99)))))
show("A correction for the first of two stages alone", attempt(SE(svytotal(~x, subset(two_stages(~N1), !is.na(x))))))
show("Counts at one stage and fractions at another", attempt({
  capture.output(mixed <- two_stages(~ N1 + f2))
  SE(svytotal(~x, subset(mixed, !is.na(x))))
}))
staged$all_drawn <- 1
show("Fractions that are all 1", attempt({
  capture.output(census <- svydesign(ids = ~area, strata = ~stratum, weights = ~w, fpc = ~all_drawn, data = staged))
  SE(svytotal(~x, subset(census, !is.na(x))))
}))

options(survey.lonely.psu = "average")
alone <- declare("alone", data_file("stages_lonely.csv"), "w", "stratum", "area", "N1", "average", later = list(stage("block", "zone", "N2_zone")))
show("lonely.psu = 'average' with one block alone in its area", attempt(SE(svymean(~y, subset(alone$svy, !is.na(y))))))

options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = TRUE)
by_area <- svydesign(ids = ~area, strata = ~stratum, weights = ~w, data = staged)
suppressWarnings(show("adjust.domain.lonely and a unit whose members all have weight zero",
  paste("it counts as a unit with members:", attempt(SE(svymean(~y, subset(by_area, !is.na(y) & far == 1))))),
  paste("without its rows:                ", attempt(SE(svymean(~y, subset(by_area, !is.na(y) & far == 1 & area != 9)))))
))

options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)
unequal <- data.frame(id = rep(c("c", "a", "b", "d"), each = 2), p = rep(c(0.6, 0.1, 0.3, 0.2), each = 2), y = c(1, 2, 30, 4, 5, 6, 17, 8))
brewer <- function(rows) SE(svytotal(~y, svydesign(ids = ~id, weights = 1 / rows$p, fpc = ~p, data = rows, pps = "brewer")))
show("pps = 'brewer' takes the probabilities in the order of the rows and the totals in the order of the labels",
  paste("rows in another order than labels:", attempt(brewer(unequal))),
  paste("rows in the order of labels:      ", attempt(brewer(unequal[order(unequal$id), ])))
)
holes <- transform(unequal[order(unequal$id), ], y = ifelse(seq_along(y) == 3, NA, y))
gaps <- svydesign(ids = ~id, weights = 1 / holes$p, fpc = ~p, data = holes, pps = "brewer")
show("pps = 'brewer' and a missing answer outside the domain", attempt(SE(svytotal(~y, subset(gaps, !is.na(y))))))
