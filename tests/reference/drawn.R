# Reference numbers of the designs that random_designs.py draws.
# Usage: Rscript drawn.R [description] [JSON] [quick]; defaults: data/drawn_designs.json, drawn.json. The CSV files lie beside the description.
# quick: only what differs by design, one interval, no second route.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))
suppressPackageStartupMessages(library(jsonlite, exclude = c("validate")))

words <- commandArgs(trailingOnly = TRUE)
description <- if (length(words)) words[1] else data_file("drawn_designs.json")
output <- if (length(words) > 1) words[2] else file.path(reference_folder, "drawn.json")
THOROUGH <- !"quick" %in% words
PROPORTION_METHODS <- if (THOROUGH) c("xlogit", "beta", "mean", "asin") else "xlogit"

declared <- function(drawn) {
  args <- drawn$design_args
  later <- lapply(args$later_stages, function(part) stage(part$unit, unlist(part$stratum), part$fpc))
  declare(
    drawn$name, file.path(dirname(description), drawn$data), args$weight, unlist(args$stratum), unlist(args$psu), args$fpc,
    args$lonely_psu, args$lonely_domains, later = later, given = unlist(drawn$given),
    selection = if (length(args$selection)) args$selection else "independent"
  )
}

# svyby has no covariance matrix of one cell.
several <- function(design, variable, by) nrow(unique(design$svy$variables[known(design, variable), unlist(by), drop = FALSE])) > 1

answers <- function(design, asked) {
  variable <- unlist(asked$variable)
  side <- function(level) setNames(list(level), asked$dimension)
  switch(asked$statistic,
    covariance = if (several(design, variable, asked$by)) list(covariance(design, variable, unlist(asked$by), of = asked$of)),
    difference = , relative = list(contrast(
      design, variable, asked$dimension, asked$a, asked$b, side(asked$a), side(asked$b), kind = asked$statistic, of = asked$of
    )),
    lapply(asked$domains, function(domain) record(design, asked$statistic, variable, if (length(domain)) domain))
  )
}

# Everything that R says of one design; its name goes with an error.
one_design <- function(drawn) {
  tryCatch(
    {
      design <- declared(drawn)
      list(design = design, records = do.call(c, lapply(drawn$asked, function(asked) answers(design, asked))))
    },
    error = function(problem) stop(drawn$name, ": ", conditionMessage(problem), call. = FALSE)
  )
}

found <- lapply(fromJSON(description, simplifyVector = FALSE)$designs, one_design)
designs <- lapply(found, `[[`, "design")
write_records(output, sapply(designs, `[[`, "path"), designs, do.call(c, lapply(found, `[[`, "records")))
