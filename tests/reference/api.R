# Reference numbers from the Academic Performance Index samples: stratified, clustered, simple random; with and without fpc.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

strat <- data_file("apistrat.csv")
designs <- list(
  declare("apistrat", strat, "pw", stratum = "stype", fpc = "fpc"),
  declare("apistrat_fraction", strat, "pw", stratum = "stype", fpc = "fraction"),
  declare("apistrat_no_fpc", strat, "pw", stratum = "stype"),
  declare("apiclus1", data_file("apiclus1.csv"), "pw", psu = "dnum", fpc = "fpc"),
  declare("apiclus1_no_fpc", data_file("apiclus1.csv"), "pw", psu = "dnum"),
  declare("apiclus2_first_stage", data_file("apiclus2.csv"), "pw", psu = "dnum", fpc = "fpc1"),
  declare("apisrs", data_file("apisrs.csv"), "pw", fpc = "fpc"),
  declare("apisrs_no_fpc", data_file("apisrs.csv"), "pw")
)
by_type <- cells(designs[[1]], "stype")
by_year <- cells(designs[[1]], c("year_round", "comparable_met"))
all_and <- function(domains) c(list(NULL), domains)
ratios <- list(c("api_stu", "enroll"), c("met_both", "met_school"))

found <- c(
  records(designs, "prevalence", "met_school", all_and(c(by_type, by_year))),
  records(designs, "prevalence", "met_target", all_and(by_type)),
  records(designs, "mean", c("api00", "class_size"), all_and(by_type)),
  records(designs, "mean", "enroll", all_and(cells(designs[[1]], "year_round"))),
  records(designs, "total", c("enroll", "met_both"), all_and(by_type)),
  records(designs, "ratio", ratios, all_and(by_type)),
  level_contrasts(designs, "met_school", "year_round", "Yes", "No", all_and(by_type[c(1, 3)])),
  level_contrasts(designs, "met_target", "stype", "H", "E"),
  level_contrasts(designs, c("api00", "class_size"), "stype", "M", "E", of = "mean"),
  lapply(designs, covariance, "met_school", "stype"),
  lapply(designs, covariance, "api00", c("stype", "comparable_met"), of = "mean")
)
write_records(file.path(reference_folder, "api.json"), unique(sapply(designs, `[[`, "path")), designs, found)
