# Times R `survey` on the rows of the benchmark and prints seconds and the peak of memory beyond the rows, as JSON.

suppressPackageStartupMessages({ library(survey); library(jsonlite) })

asked <- fromJSON(commandArgs(trailingOnly = TRUE)[1])
rows <- read.csv(asked$file)
by <- setdiff(names(rows), c("w", "stratum", "ea", "y"))

table_of <- function(design) {
  found <- svyby(~y, reformulate(by), design, svyciprop, method = "xlogit", vartype = c("se", "ci"), keep.names = FALSE)
  effects <- svyby(~y, reformulate(by), design, svymean, deff = "replace", keep.names = FALSE)
  list(found, effects)
}

design <- svydesign(id = ~ea, strata = ~stratum, weights = ~w, data = rows)
if (asked$tool == "R-JKn") design <- as.svrepdesign(design, type = "JKn", compress = TRUE)
setTimeLimit(elapsed = asked$limit)
invisible(gc(reset = TRUE))
before <- sum(gc()[, 2])
took <- system.time(table_of(design))[["elapsed"]]
cat(toJSON(list(seconds = took, peak_mib = sum(gc()[, 6]) - before), auto_unbox = TRUE), "\n")
