# Reference numbers from NHANES 2009-2010: two or three units a stratum, nested labels, 745 missing outcomes.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

path <- data_file("nhanes.csv")
design <- declare("nhanes", path, "WTMEC2YR", stratum = "SDMVSTRA", psu = c("SDMVSTRA", "SDMVPSU"))
designs <- list(design)
crossings <- list("race", "agecat", "RIAGENDR", c("race", "agecat"), c("race", "RIAGENDR"), c("agecat", "RIAGENDR"), c("race", "agecat", "RIAGENDR"))
domains <- c(list(NULL), do.call(c, lapply(crossings, function(columns) cells(design, columns))))
few <- c(list(NULL), cells(design, "race"), cells(design, "RIAGENDR"))

found <- c(
  records(designs, "prevalence", "HI_CHOL", domains),
  records(designs, "mean", "HI_CHOL", few),
  records(designs, "total", c("HI_CHOL", "over59"), few),
  records(designs, "ratio", list(c("HI_CHOL", "over59")), few),
  level_contrasts(designs, "HI_CHOL", "RIAGENDR", 2, 1, c(list(NULL), cells(design, "race"), cells(design, "agecat"), cells(design, c("race", "agecat")))),
  level_contrasts(designs, "HI_CHOL", "race", 3, 2),
  list(covariance(design, "HI_CHOL", c("race", "RIAGENDR")), covariance(design, "HI_CHOL", "agecat"))
)
write_records(file.path(reference_folder, "nhanes.json"), path, designs, found)
