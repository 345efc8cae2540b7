# Writes the replicate factors that are drawn or built by R, one row a sampling unit of synthetic.csv. Run once; replication.R reads the CSVs alone.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

write_factors <- function(psu, factors, prefix, name) {
  columns <- setNames(as.data.frame(factors), paste0(prefix, seq_len(ncol(factors))))
  write.csv(cbind(psu = psu, columns), data_file(name), row.names = FALSE, quote = FALSE)
}

set.seed(1988, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
people <- read_data(data_file("synthetic.csv"))
units <- people[!duplicated(people$psu), ]

# ---- bootstrap of n_h - 1 units a stratum (Rao & Wu 1988) ---------------------------------------------------------

drawn <- subbootweights(units$stratum, units$psu, replicates = 60)$repweights
write_factors(units$psu, drawn$weights[drawn$index, ], "boot", "replication_bootstrap.csv")

# ---- successive differences over the units in the order of the file (Fay & Train 1995) -----------------------------

signs <- 2 * survey:::hadamard(nrow(units)) - 1
first <- seq_len(nrow(units))
second <- c(first[-1], 1)
factors <- 1 + 2^-1.5 * (signs[first + 1, ] - signs[second + 1, ])
write_factors(units$psu, factors, "sdr", "replication_sdr.csv")
