# Writes the CSV files that the reference numbers are computed from. Run once; the other scripts read the CSVs alone.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

write_data <- function(data, name) write.csv(data, data_file(name), row.names = FALSE, na = "")
yes <- function(answer) as.numeric(answer == "Yes")

# ---- Academic Performance Index, California Department of Education, 2000 ----------------------------------------

api_columns <- function(data, extra) {
  shared <- data.frame(
    stype = as.character(data$stype), dnum = data$dnum, year_round = as.character(data$yr.rnd), comparable_met = as.character(data$comp.imp),
    met_school = yes(data$sch.wide), met_both = yes(data$both),
    met_target = as.numeric(data$growth >= data$target), # no target was set for schools above 800: missing
    api00 = data$api00, api99 = data$api99, enroll = data$enroll, api_stu = data$api.stu, meals = data$meals,
    class_size = data$acs.46, # missing for schools without grades 4 to 6
    pw = signif(data$pw, 10)
  )
  cbind(shared, extra)
}

data(api)
write_data(api_columns(apistrat, data.frame(fpc = apistrat$fpc, fraction = ave(apistrat$fpc, apistrat$stype, FUN = length) / apistrat$fpc)), "apistrat.csv")
write_data(api_columns(apiclus1, data.frame(fpc = apiclus1$fpc)), "apiclus1.csv")
drawn <- ave(apiclus2$snum, apiclus2$dnum, FUN = length)
stages <- data.frame(fpc1 = apiclus2$fpc1, snum = apiclus2$snum, fpc2 = as.vector(apiclus2$fpc2))
stages$f1 <- length(unique(apiclus2$dnum)) / stages$fpc1
stages$f2 <- drawn / stages$fpc2
write_data(api_columns(apiclus2, stages), "apiclus2.csv")
write_data(api_columns(apisrs, data.frame(fpc = apisrs$fpc)), "apisrs.csv")

# ---- NHANES 2009-2010, CDC / NCHS --------------------------------------------------------------------------------

data(nhanes)
nhanes$agecat <- as.character(nhanes$agecat)
nhanes$over59 <- as.numeric(nhanes$agecat == "(59,Inf]")
write_data(nhanes, "nhanes.csv")

# ---- fpc: an artificial example of eight rows --------------------------------------------------------------------

small <- data.frame(
  stratid = c(1, 1, 1, 1, 1, 2, 2, 2), psuid = c(1, 2, 3, 4, 5, 1, 2, 3), weight = c(3, 3, 3, 3, 3, 4, 4, 4),
  Nh = c(15, 15, 15, 15, 15, 12, 12, 12), x = c(2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2)
)
data(fpc)
stopifnot(all.equal(small, fpc[names(small)], check.attributes = FALSE, tolerance = 1e-6))
small$above5 <- as.numeric(small$x > 5)
small$half <- rep(c("first", "second"), 4)
write_data(small, "fpc.csv")

# ---- synthetic household survey ----------------------------------------------------------------------------------

SEED <- 20250608
set.seed(SEED, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")

strata <- data.frame(
  stratum = c("N1", "N2", "N3", "C1", "C2", "C3", "S1", "S2", "S3"),
  region = rep(c("North", "Centre", "South"), each = 3),
  units = c(4, 5, 3, 6, 4, 2, 5, 4, 3),
  population_units = c(40, 25, 12, 60, 20, 2, 55, 31, 9), # C3 is fully sampled
  weight = c(120, 80, 45, 150, 60, 20, 140, 95, 30)
)
units <- strata[rep(seq_len(nrow(strata)), strata$units), ]
units$ea <- sequence(strata$units) # label within the stratum
units$psu <- seq_len(nrow(units)) # label over the whole file
units$area <- ifelse(units$ea %% 2 == 0, "Urban", "Rural")
units$effect <- rnorm(nrow(units), sd = 0.8)

people <- units[rep(seq_len(nrow(units)), sample(12:21, nrow(units), replace = TRUE)), ]
n <- nrow(people)
chance <- function(probability) as.numeric(runif(n) < probability)
people$sex <- ifelse(runif(n) < 0.5, "Female", "Male")
people$age_group <- sample(c("5-11", "12-14", "15-17"), n, replace = TRUE, prob = c(0.5, 0.25, 0.25))
people$w <- round(people$weight * exp(rnorm(n, sd = 0.4)), 4)
people$w[runif(n) < 0.03] <- 0
people$w[people$psu == 15] <- 0 # a sampled unit without an interview: a unit of the design, not of degf
logit <- -1.2 + people$effect + 0.5 * (people$sex == "Male") + 0.6 * (people$age_group == "15-17")
people$y <- chance(plogis(logit))
people$y[runif(n) < 0.06] <- NA
people$y[people$psu == 22] <- NA # no known answer in a whole unit
people$x <- round(20 + 6 * people$effect + 4 * people$y + rnorm(n, sd = 5), 3)
people$x[is.na(people$x)] <- round(18 + rnorm(sum(is.na(people$x)), sd = 5), 3)
people$x[runif(n) < 0.05] <- NA
people$hours <- round(rgamma(n, 4, 0.2), 2)
people$hours[runif(n) < 0.04] <- NA
people$rare <- ifelse(people$region == "South", 0, chance(0.03)) # nobody in the South
people$attends <- ifelse(people$age_group == "5-11", 1, chance(0.8)) # everybody aged 5-11
people$chain_cocoa <- chance(plogis(-0.8 + people$effect))
people$chain_coffee <- chance(plogis(-1.2 - people$effect + people$chain_cocoa))
people$chain_cocoa[runif(n) < 0.03] <- NA
people$chain_mining <- ifelse(people$psu %in% c(3, 7, 24), chance(0.5), 0) # three units of three strata: df 0
people$chain_fishing <- ifelse(people$psu %in% c(10, 11, 29), chance(0.4), 0)
people$island <- as.numeric(people$psu == 30) # one unit
people$not_met <- as.numeric(people$w == 0) # weights of zero alone
people$fpc <- people$population_units
people$fraction <- people$units / people$population_units

columns <- c(
  "w", "stratum", "psu", "ea", "fpc", "fraction", "region", "area", "sex", "age_group", "y", "x", "hours", "rare", "attends",
  "chain_cocoa", "chain_coffee", "chain_mining", "chain_fishing", "island", "not_met"
)
write_data(people[columns], "synthetic.csv")

# Four strata of one unit: N2, N3 and S2 lost units; C3 was certain to be drawn (fraction 1). The shares of such strata differ by region.
first_unit <- ave(people$psu, people$stratum, FUN = min)
kept <- !(people$stratum %in% c("N2", "N3", "S2", "C3")) | people$psu == first_unit
lonely <- people[kept, columns]
left <- ave(lonely$psu, lonely$stratum, FUN = function(labels) length(unique(labels)))
lonely$fraction <- ifelse(lonely$stratum == "C3", 1, left / lonely$fpc)
write_data(lonely[setdiff(columns, "fpc")], "synthetic_lonely.csv")
