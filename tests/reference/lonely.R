# Reference numbers for strata of a single unit: certainty, adjust and average; with and without fpc; with R's adjust.domain.lonely.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

path <- data_file("synthetic_lonely.csv")
choices <- expand.grid(rule = c("certainty", "adjust", "average"), fpc = c("", "fraction"), domains = c(FALSE, TRUE), stringsAsFactors = FALSE)
designs <- lapply(seq_len(nrow(choices)), function(i) {
  choice <- choices[i, ]
  parts <- c("lonely", choice$rule, if (nzchar(choice$fpc)) choice$fpc, if (choice$domains) "domains")
  declare(
    paste(parts, collapse = "_"), path, "w", stratum = "stratum", psu = "psu", fpc = if (nzchar(choice$fpc)) choice$fpc,
    lonely_psu = choice$rule, lonely_domains = choice$domains
  )
})
by_sex <- cells(designs[[1]], "sex")
by_region <- cells(designs[[1]], "region")
chains <- list(list(chain_cocoa = 1), list(chain_fishing = 1))
whole_strata <- list(list(stratum = "N3"), list(stratum = "C3"), list(stratum = "N1"))

found <- c(
  records(designs, "prevalence", "y", c(list(NULL), by_sex, by_region, chains, whole_strata)),
  records(designs, "mean", "x", c(list(NULL), by_region)),
  records(designs, "total", "y", c(list(NULL), by_region)),
  records(designs, "ratio", list(c("x", "hours")), c(list(NULL), by_sex)),
  level_contrasts(designs, "y", "sex", "Female", "Male", c(list(NULL), by_region, chains)),
  level_contrasts(designs, "x", "region", "North", "Centre", of = "mean"),
  lapply(designs, covariance, "y", c("region", "sex"))
)
write_records(file.path(reference_folder, "lonely.json"), path, designs, found)
