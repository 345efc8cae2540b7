# Writes the CSV files of the small surveys that come with R survey, and of the Youth Risk Behavior Survey. Run once.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

write_data <- function(data, name) write.csv(data, data_file(name), row.names = FALSE, na = "", quote = FALSE)
columns_of <- function(weights, prefix) setNames(as.data.frame(unclass(as.matrix(weights))), paste0(prefix, seq_len(ncol(weights))))
factors_of <- function(svy, prefix) columns_of(as.matrix(svy$repweights), prefix)

# ---- Youth Risk Behavior Survey 2015, US CDC ---------------------------------------------------------------------

data(yrbs)
never_helmet <- 2 - yrbs$qn8 # 1 yes, 2 no
write_data(data.frame(weight = yrbs$weight, stratum = yrbs$stratum, psu = yrbs$psu, never_helmet = never_helmet), "yrbs.csv")

# ---- MU284: Swedish municipalities, two stages -------------------------------------------------------------------

data(mu284)
municipal <- data.frame(id1 = mu284$id1, n1 = mu284$n1, id2 = mu284$id2, n2 = mu284$n2, y1 = mu284$y1)
municipal$w <- mu284$n1 / 5 * mu284$n2 / 3
municipal$f1 <- 5 / mu284$n1
municipal$f2 <- 3 / mu284$n2
municipal$above40 <- as.numeric(mu284$y1 > 40)
municipal$half <- ifelse(mu284$id2 == 3, "last", "first")
write_data(municipal, "mu284.csv")

# ---- US presidential election 2004: 40 counties drawn with probability proportional to votes ----------------------

data(election)
votes <- with(election_pps, data.frame(
  county = seq_along(votes), precincts = TotPrecincts, reporting = PrecinctsReporting, bush = Bush, kerry = Kerry, nader = Nader, votes = votes,
  bush_won = as.numeric(Bush > Kerry), size = ifelse(TotPrecincts > 100, "large", "small"), p = p, w = 1 / p
))
write_data(votes, "election_counties.csv")

# ---- Three samples of a few rows, with replicate weights ----------------------------------------------------------

data(scd)
halves <- 2 * cbind(c(1, 0, 1, 0, 1, 0), c(1, 0, 0, 1, 0, 1), c(0, 1, 1, 0, 0, 1), c(0, 1, 0, 1, 1, 0)) # printed in the book
write_data(cbind(scd, w = 1, N = 5, columns_of(halves, "brr")), "scd.csv")

data(crowd)
by_cluster <- svydesign(id = ~cluster, weights = ~weight, data = crowd)
by_stratum <- svydesign(id = ~cluster, weights = ~weight, strata = ~stratum, data = crowd)
write_data(cbind(
  crowd, overcrowded = as.numeric(crowd$person > crowd$rooms), factors_of(as.svrepdesign(by_cluster, type = "JK1"), "jka"),
  factors_of(as.svrepdesign(by_stratum, type = "JKn"), "jkn"), factors_of(as.svrepdesign(by_stratum, type = "BRR"), "brr"),
  factors_of(as.svrepdesign(by_stratum, type = "Fay", fay.rho = 0.3), "fay")
), "crowd.csv")

data(hospital)
hospitals <- svydesign(strata = ~oblevel, id = ~hospno, weights = ~weighta, fpc = ~tothosp, data = hospital)
busy <- as.numeric(hospital$births > 1000)
write_data(cbind(hospital[c("hospno", "oblevel", "weighta", "tothosp", "births")], busy = busy, factors_of(as.svrepdesign(hospitals), "jkn")), "hospital.csv")
