# Reference numbers from the synthetic survey: zero weights, missing answers, sparse and overlapping domains, proportions of 0 and 1.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

path <- data_file("synthetic.csv")
designs <- list(
  declare("synthetic", path, "w", stratum = "stratum", psu = "psu"),
  declare("synthetic_nested", path, "w", stratum = "stratum", psu = c("stratum", "ea")),
  declare("synthetic_fpc", path, "w", stratum = "stratum", psu = "psu", fpc = "fpc"),
  declare("synthetic_fraction", path, "w", stratum = "stratum", psu = "psu", fpc = "fraction"),
  declare("synthetic_crossed_strata", path, "w", stratum = c("region", "stratum"), psu = "psu"),
  declare("synthetic_unstratified", path, "w", psu = "psu"),
  declare("synthetic_rows", path, "w", stratum = "stratum"),
  declare("synthetic_lonely_domains_adjust", path, "w", stratum = "stratum", psu = "psu", lonely_psu = "adjust", lonely_domains = TRUE),
  declare("synthetic_lonely_domains_average", path, "w", stratum = "stratum", psu = "psu", lonely_psu = "average", lonely_domains = TRUE)
)
main <- designs[c(1, 3)]
chains <- c("chain_cocoa", "chain_coffee", "chain_mining", "chain_fishing")
in_chain <- lapply(chains, function(chain) setNames(list(1), chain))
by_sex <- cells(designs[[1]], "sex")
by_region <- cells(designs[[1]], "region")
crossing <- cells(designs[[1]], c("region", "sex"))
edges <- list(list(island = 1), list(not_met = 1), list(chain_mining = 1, sex = "Female"), list(stratum = "C3"), list(psu = 22))

chain_contrasts <- function(design) {
  out <- list()
  for (chain in chains) {
    side <- setNames(list(1), chain)
    out <- c(out, list(contrast(design, "y", "supply_chain", chain, "All", side, NULL, kind = "difference")))
    out <- c(out, list(contrast(design, "y", "sex", "Female", "Male", list(sex = "Female"), list(sex = "Male"), side)))
  }
  pair <- function(kind) contrast(design, "y", "supply_chain", "chain_cocoa", "chain_coffee", list(chain_cocoa = 1), list(chain_coffee = 1), kind = kind)
  c(out, lapply(c("difference", "relative"), pair))
}

found <- c(
  records(designs, "prevalence", "y", c(list(NULL), by_sex, by_region, in_chain)),
  records(main, "prevalence", "y", c(crossing, cells(designs[[1]], c("age_group", "area")), edges)),
  records(main, "prevalence", c("rare", "attends"), c(list(NULL), by_region, cells(designs[[1]], "age_group"))),
  records(designs, "mean", "x", c(list(NULL), by_sex, in_chain)),
  records(main, "mean", "hours", c(crossing, edges)),
  records(designs, "total", c("y", "x"), c(list(NULL), by_region, in_chain[c(1, 3)])),
  records(designs, "ratio", list(c("x", "hours"), c("y", "hours")), c(list(NULL), by_sex, in_chain[c(2, 4)])),
  level_contrasts(designs, "y", "sex", "Female", "Male", c(list(NULL), by_region)),
  level_contrasts(designs, "x", "sex", "Female", "Male", c(list(NULL), by_region), of = "mean"),
  level_contrasts(designs, "y", "region", "North", "South"),
  do.call(c, lapply(main, chain_contrasts)),
  lapply(designs, covariance, "y", c("region", "sex")),
  lapply(main, covariance, "x", c("age_group", "sex"), of = "mean")
)
write_records(file.path(reference_folder, "synthetic.json"), path, designs, found)
