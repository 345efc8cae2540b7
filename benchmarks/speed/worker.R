# Times R `survey` on the rows of the benchmark and prints seconds and the peak of memory beyond the rows, as JSON. The loop over cells is that of
# svyby, written out so that it can stop: what is left after the limit is scaled from the cells that were done.

suppressPackageStartupMessages({ library(survey); library(jsonlite) })

asked <- fromJSON(commandArgs(trailingOnly = TRUE)[1], simplifyVector = FALSE)
rows <- read.csv(asked$file)
cell <- interaction(rows[setdiff(names(rows), c("w", "stratum", "ea", "y"))], drop = TRUE)
for (name in names(asked$figures)) rows[[name]] <- factor(rows[[name]])

calibrated <- function(design) {
  figures <- lapply(asked$figures, unlist)
  totals <- c("(Intercept)" = sum(figures[[1]]))
  for (name in names(figures)) totals <- c(totals, setNames(figures[[name]][-1], paste0(name, names(figures[[name]])[-1])))
  calibrate(design, reformulate(names(figures)), totals, calfun = "raking", epsilon = 1e-10)
}

design_of <- function(tool) {
  design <- svydesign(id = ~ea, strata = ~stratum, weights = ~w, data = rows)
  switch(tool,
    "R-JKn" = as.svrepdesign(design, type = "JKn", compress = TRUE),
    "R-bootstrap" = as.svrepdesign(design, type = "subbootstrap", replicates = 500, compress = TRUE),
    "R-calibrated" = calibrated(design), design
  )
}

of_cell <- function(design, level) {
  one <- design[cell == level, ]
  if (asked$tool == "R-twice") svyciprop(~y, one, method = "beta")
  list(svyciprop(~y, one, method = "xlogit"), svymean(~y, one, deff = "replace"))
}

seconds <- function(since) proc.time()[["elapsed"]] - since

invisible(gc(reset = TRUE))
before <- sum(gc()[, 2])
start <- proc.time()[["elapsed"]]
design <- suppressWarnings(design_of(asked$tool))
made <- seconds(start)
done <- 0
for (level in levels(cell)) {
  invisible(suppressWarnings(of_cell(design, level)))
  done <- done + 1
  if (seconds(start) > asked$limit) break
}
took <- made + (seconds(start) - made) * nlevels(cell) / done
scaled <- if (done < nlevels(cell)) sprintf("scaled from %d of %d cells", done, nlevels(cell)) else ""
cat(toJSON(list(seconds = took, peak_mib = sum(gc()[, 6]) - before, note = scaled), auto_unbox = TRUE, digits = NA), "\n")
