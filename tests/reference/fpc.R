# Reference numbers from the eight rows of the fpc example: rows are units, nested labels, fpc as population counts.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

path <- data_file("fpc.csv")
nested <- c("stratid", "psuid")
designs <- list(
  declare("fpc", path, "weight", stratum = "stratid", psu = nested, fpc = "Nh"),
  declare("fpc_without", path, "weight", stratum = "stratid", psu = nested),
  declare("fpc_rows", path, "weight", stratum = "stratid", fpc = "Nh"),
  declare("fpc_unstratified", path, "weight", psu = nested)
)
domains <- c(list(NULL), cells(designs[[1]], "half"), cells(designs[[1]], "stratid"))
found <- c(
  records(designs, "mean", "x", domains),
  records(designs, "total", "x", domains),
  records(designs, "prevalence", "above5", domains),
  records(designs, "ratio", list(c("x", "psuid")), domains),
  level_contrasts(designs, "x", "half", "second", "first", of = "mean")
)
write_records(file.path(reference_folder, "fpc.json"), path, designs, found)
