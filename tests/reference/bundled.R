# Reference numbers from the other surveys that come with R survey: one large file of one stage, a sample with unequal probabilities,
# and three samples of a few rows by linearisation and by replicate weights.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

numbered <- function(prefix, n) paste0(prefix, seq_len(n))
everybody <- list(NULL)

youth <- list(
  declare("yrbs", data_file("yrbs.csv"), "weight", stratum = "stratum", psu = "psu"),
  declare("yrbs_unstratified", data_file("yrbs.csv"), "weight", psu = "psu")
)
youth_records <- c(
  records(youth, "prevalence", "never_helmet", c(everybody, cells(youth[[1]], "stratum"))),
  records(youth, "total", "never_helmet", c(everybody, list(list(stratum = 101)))),
  level_contrasts(youth, "never_helmet", "stratum", 203, 101),
  list(covariance(youth[[1]], "never_helmet", "stratum"))
)

votes <- data_file("election_counties.csv")
counties <- list(
  declare("election_with_replacement", votes, "w"),
  declare("election_brewer", votes, "w", psu = "county", fpc = "p", selection = "brewer")
)
by_size <- cells(counties[[1]], "size")
county_records <- c(
  records(counties, "total", c("bush", "kerry", "nader"), c(everybody, by_size)),
  records(counties, "ratio", list(c("bush", "votes"), c("kerry", "votes")), c(everybody, by_size)),
  records(counties, "mean", c("bush", "precincts"), everybody),
  records(counties, "prevalence", "bush_won", c(everybody, by_size)),
  level_contrasts(counties, "bush_won", "size", "large", "small")
)

stations <- data_file("scd.csv")
ambulances <- list(
  declare("scd", stations, "w", stratum = "ESA", psu = c("ESA", "ambulance"), fpc = "N"),
  declare("scd_no_fpc", stations, "w", stratum = "ESA", psu = c("ESA", "ambulance")),
  declare_replicates("scd_brr", stations, "w", numbered("brr", 4), "BRR", combined = FALSE),
  declare_replicates("scd_brr_mse", stations, "w", numbered("brr", 4), "BRR", combined = FALSE, mse = TRUE)
)
homes <- data_file("crowd.csv")
households <- list(
  declare("crowd", homes, "weight", psu = "cluster"),
  declare("crowd_stratified", homes, "weight", stratum = "stratum", psu = "cluster"),
  declare_replicates("crowd_jk1", homes, "weight", numbered("jka", 6), "JK1", combined = FALSE),
  declare_replicates("crowd_jkn", homes, "weight", numbered("jkn", 6), "JKn", combined = FALSE, rscales = rep(0.5, 6)),
  declare_replicates("crowd_brr", homes, "weight", numbered("brr", 4), "BRR", combined = FALSE),
  declare_replicates("crowd_fay", homes, "weight", numbered("fay", 4), "Fay", combined = FALSE, fay_rho = 0.3),
  declare_replicates("crowd_fay_mse", homes, "weight", numbered("fay", 4), "Fay", combined = FALSE, fay_rho = 0.3, mse = TRUE)
)
births <- data_file("hospital.csv")
per_level <- c(4, 5, 6)
scales <- rep((per_level - 1) / per_level * (1 - per_level / c(42, 99, 17)), per_level)
hospitals <- list(
  declare("hospital", births, "weighta", stratum = "oblevel", psu = "hospno", fpc = "tothosp"),
  declare_replicates("hospital_jkn", births, "weighta", numbered("jkn", 15), "JKn", combined = FALSE, rscales = scales)
)
by_level <- cells(hospitals[[1]], "oblevel")
small_records <- c(
  records(ambulances, "ratio", list(c("alive", "arrests")), everybody),
  records(ambulances, "total", c("alive", "arrests"), everybody),
  records(ambulances, "mean", c("alive", "arrests"), everybody),
  records(households, "total", c("rooms", "person"), c(everybody, cells(households[[1]], "overcrowded"))),
  records(households, "mean", c("rooms", "person"), c(everybody, cells(households[[1]], "overcrowded"))),
  records(households, "ratio", list(c("person", "rooms")), everybody),
  records(households, "prevalence", "overcrowded", everybody),
  records(hospitals, "total", "births", c(everybody, by_level)),
  records(hospitals, "mean", "births", c(everybody, by_level)),
  records(hospitals, "prevalence", "busy", everybody)
)

designs <- c(youth, counties, ambulances, households, hospitals)
found <- c(youth_records, county_records, small_records)
write_records(file.path(reference_folder, "bundled.json"), unique(sapply(designs, `[[`, "path")), designs, found)
