# Reference numbers from samples in two and three stages: corrections as counts and as fractions, missing at some stages, strata of
# later stages, unequal probabilities at the first; units that stand alone in their stratum at any stage.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

PROPORTION_METHODS <- c("xlogit", "beta", "mean", "asin") # the others refit a model many times
path <- data_file("stages.csv")
lonely_path <- data_file("stages_lonely.csv")
clusters <- data_file("apiclus2.csv")
swedish <- data_file("mu284.csv")

in_stages <- function(name, ..., stratum = "stratum") declare(paste0("stages_", name), path, "w", stratum = stratum, psu = "area", ...)
block <- function(fpc, stratum = NULL) stage("block", stratum, fpc)
household <- function(fpc) stage("household", NULL, fpc)

stages <- list(
  in_stages("two", fpc = "N1", later = list(block("N2"))),
  in_stages("three", fpc = "N1", later = list(block("N2"), household("N3"))),
  in_stages("fractions", fpc = "f1", later = list(block("f2"), household("f3"))),
  in_stages("mixed", fpc = "f1", later = list(block("N2"), household("f3")), given = c("N1", "N2", "N3")),
  in_stages("zones", fpc = "N1", later = list(block("N2_zone", "zone"), household("N3"))),
  in_stages("unstratified", fpc = "N1_all", later = list(block("N2_zone", "zone"), household("N3")), stratum = NULL),
  declare("stages_nested", path, "w", stratum = c("region", "stratum"), psu = c("stratum", "ea"), fpc = "N1", later = list(block("N2"))),
  in_stages("no_first_fpc", later = list(block("N2"), household("N3"))),
  in_stages("no_second_fpc", fpc = "N1", later = list(block(NULL), household("N3")), given = c("N1", "without", "N3")),
  in_stages("no_third_fpc", fpc = "N1", later = list(block("N2"), household(NULL)), given = c("N1", "N2", "without"))
)
main <- stages[c(2, 5)]
unequal <- list(in_stages("unequal", fpc = "p1", later = list(block("f2"), household("f3")), selection = "brewer"))

rules <- data.frame(rule = c("certainty", "adjust", "average", "adjust", "average"), domains = c(FALSE, FALSE, FALSE, TRUE, TRUE))
in_wings <- lapply(seq_len(nrow(rules)), function(i) {
  name <- paste(c("wings", rules$rule[i], if (rules$domains[i]) "domains"), collapse = "_")
  in_stages(name, fpc = "N1", later = list(block("N2_wing", "wing")), lonely_psu = rules$rule[i], lonely_domains = rules$domains[i])
})
alone <- lapply(seq_len(nrow(rules)), function(i) {
  name <- paste(c("lonely_stages", rules$rule[i], if (rules$domains[i]) "domains"), collapse = "_")
  declare(
    name, lonely_path, "w", stratum = "stratum", psu = "area", fpc = "N1", later = list(block("N2_zone", "zone"), household("N3")),
    lonely_psu = rules$rule[i], lonely_domains = rules$domains[i]
  )
})

everybody <- list(NULL)
by_sex <- cells(stages[[1]], "sex")
by_region <- cells(stages[[1]], "region")
places <- list(list(island = 1), list(stratum = "D"), list(area = 5), list(area = 9), list(stratum = "C", sex = "Male"))
stages_records <- c(
  records(c(stages, unequal), "prevalence", "y", c(everybody, by_sex, by_region)),
  records(main, "prevalence", "y", c(cells(stages[[1]], c("region", "sex")), places)),
  records(stages, "mean", "x", c(everybody, by_sex, list(list(island = 1)))),
  records(unequal, "mean", "x", everybody),
  records(c(stages, unequal), "total", c("y", "x"), c(everybody, by_region[1])),
  records(main, "total", "x", places),
  records(c(stages, unequal), "ratio", list(c("x", "hours")), c(everybody, by_sex)),
  level_contrasts(stages, "y", "sex", "Female", "Male", c(everybody, by_region)),
  level_contrasts(stages, "x", "region", "East", "West", of = "mean"),
  lapply(stages, covariance, "y", c("region", "sex")),
  lapply(main, covariance, "x", "stratum", of = "mean")
)

useful <- alone[c(1, 2, 4)] # with `average` R gives NaN everywhere: some area has one block alone
alone_records <- c(
  records(alone, "prevalence", "y", everybody),
  records(useful, "prevalence", "y", c(by_sex, by_region, list(list(stratum = "D")))),
  records(useful, "mean", "x", c(everybody, by_region)),
  records(useful, "total", "y", everybody),
  records(useful, "ratio", list(c("x", "hours")), everybody),
  level_contrasts(useful, "y", "sex", "Female", "Male"),
  lapply(useful, covariance, "y", "region")
)

wings_records <- c(
  records(in_wings, "prevalence", "y", c(everybody, by_sex, by_region, list(list(far = 1)))),
  records(in_wings, "total", "x", c(everybody, by_region)),
  level_contrasts(in_wings, "y", "sex", "Female", "Male"),
  lapply(in_wings[c(1, 2, 4)], covariance, "y", "region")
)

schools <- list(
  declare("apiclus2", clusters, "pw", psu = "dnum", fpc = "fpc1", later = list(stage("snum", fpc = "fpc2"))),
  declare("apiclus2_fractions", clusters, "pw", psu = "dnum", fpc = "f1", later = list(stage("snum", fpc = "f2"))),
  declare("apiclus2_no_fpc", clusters, "pw", psu = "dnum", later = list(stage("snum")))
)
by_type <- cells(schools[[1]], "stype")
school_records <- c(
  records(schools, "prevalence", c("met_school", "met_target"), c(everybody, by_type)),
  records(schools, "mean", c("api00", "class_size"), c(everybody, by_type)),
  records(schools, "total", c("enroll", "met_both"), c(everybody, by_type[1])),
  records(schools, "ratio", list(c("api_stu", "enroll")), c(everybody, by_type)),
  level_contrasts(schools, "api00", "stype", "M", "E", of = "mean"),
  level_contrasts(schools, "met_school", "comparable_met", "Yes", "No"),
  lapply(schools, covariance, "api00", "stype", of = "mean")
)

municipalities <- list(
  declare("mu284", swedish, "w", psu = "id1", fpc = "n1", later = list(stage("id2", fpc = "n2"))),
  declare("mu284_fractions", swedish, "w", psu = "id1", fpc = "f1", later = list(stage("id2", fpc = "f2"))),
  declare("mu284_first_stage", swedish, "w", psu = "id1", fpc = "n1")
)
halves <- c(everybody, cells(municipalities[[1]], "half"))
municipal_records <- c(
  records(municipalities, "total", "y1", halves),
  records(municipalities, "mean", "y1", halves),
  records(municipalities, "prevalence", "above40", halves),
  records(municipalities, "ratio", list(c("y1", "n2")), everybody),
  level_contrasts(municipalities, "y1", "half", "first", "last", of = "mean")
)

designs <- c(stages, unequal, in_wings, alone, schools, municipalities)
found <- c(stages_records, wings_records, alone_records, school_records, municipal_records)
write_records(file.path(reference_folder, "multistage.json"), unique(sapply(designs, `[[`, "path")), designs, found)
