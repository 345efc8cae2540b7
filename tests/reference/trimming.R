# Reference numbers of trimWeights: bounds on one side and on both, once and until none is outside.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

trimmed <- function(name, data, weight, upper = Inf, lower = -Inf, strict = FALSE) {
  path <- data_file(data)
  rows <- read_data(path)
  svy <- svydesign(ids = ~1, weights = reformulate(weight), data = rows[rows[[weight]] > 0, ])
  found <- trimWeights(svy, upper = upper, lower = lower, strict = strict)
  list(name = name, data = data, weight = weight, upper = upper, lower = lower, strict = strict, weights = as.list(as.vector(weights(found, "sampling"))))
}

cases <- list(
  trimmed("nothing outside", "apistrat.csv", "pw", upper = 60),
  trimmed("upper", "synthetic.csv", "w", upper = 180),
  trimmed("lower", "synthetic.csv", "w", lower = 30),
  trimmed("both", "synthetic.csv", "w", upper = 200, lower = 25),
  trimmed("upper strict", "synthetic.csv", "w", upper = 140, strict = TRUE),
  trimmed("both strict", "synthetic.csv", "w", upper = 150, lower = 40, strict = TRUE),
  trimmed("many at the bound", "synthetic.csv", "w", upper = 120, strict = TRUE)
)
paths <- unique(sapply(cases, function(one) data_file(one$data)))
lines <- vapply(cases, json, "")
writeLines(c(
  "{", paste0('"header": ', json(header(paths)), ","), '"designs": {},', '"records": [],', # the form of the other files, which hold no weights
  '"cases": [', paste0(lines, c(rep(",", length(lines) - 1), "")), "]", "}"
), file.path(reference_folder, "trimming.json"))
cat("trimming.json", length(cases), "cases\n")
