# Writes the two-stage sample that the calibration numbers need. Run once; calibration.R reads the CSV alone.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

data(api)
write.csv(data.frame(
  dnum = apiclus2$dnum, snum = apiclus2$snum, stype = as.character(apiclus2$stype), comparable_met = as.character(apiclus2$comp.imp),
  met_school = as.numeric(apiclus2$sch.wide == "Yes"), api00 = apiclus2$api00, api99 = apiclus2$api99, api_stu = apiclus2$api.stu,
  meals = apiclus2$meals, pw = signif(apiclus2$pw, 15), fpc1 = apiclus2$fpc1, fpc2 = as.vector(apiclus2$fpc2)
), data_file("apiclus2_stages.csv"), row.names = FALSE, na = "")
