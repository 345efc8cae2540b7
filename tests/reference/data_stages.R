# Writes the CSV files of an artificial sample in three stages: areas, blocks within areas, households within blocks. Run once.

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

SEED <- 20251122
set.seed(SEED, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")

write_data <- function(data, name) write.csv(data, data_file(name), row.names = FALSE, na = "")
pick <- function(from, n) from[sample.int(length(from), n, replace = TRUE)]
times <- function(data, n) data[rep(seq_len(nrow(data)), n), , drop = FALSE]
distinct <- function(unit, within) ave(as.numeric(factor(unit)), within, FUN = function(labels) length(unique(labels)))

# Every area of stratum D was drawn. `size` gives the areas unequal probabilities of selection within strata.
strata <- data.frame(stratum = c("A", "B", "C", "D"), region = c("East", "East", "West", "West"), areas = c(6, 4, 5, 2), N1 = c(40, 11, 25, 2))
areas <- times(strata, strata$areas)
areas$area <- seq_len(nrow(areas))
areas$ea <- sequence(strata$areas)
areas$effect <- rnorm(nrow(areas), sd = 0.8)
areas$size <- runif(nrow(areas), 0.5, 2)
areas$p1 <- round(pmin(0.9, areas$areas / areas$N1 * areas$size / ave(areas$size, areas$stratum)), 6)

# Blocks of odd areas lie in two zones and are drawn in each; labels start anew in each area. In one area every block was drawn.
per_area <- ifelse(areas$area %% 2 == 1, 4, pick(2:3, nrow(areas)))
blocks <- times(areas, per_area)
blocks$block <- sequence(per_area)
blocks$zone <- ifelse(blocks$area %% 2 == 1 & blocks$block > 2, "edge", "core")
in_zone <- interaction(blocks$area, blocks$zone, drop = TRUE)
blocks$n2 <- distinct(blocks$block, blocks$area)
blocks$n2_zone <- distinct(blocks$block, in_zone)
blocks$N2_zone <- blocks$n2_zone + ave(pick(0:6, nrow(blocks)), in_zone, FUN = function(drawn) drawn[1]) * (blocks$area != 5)
blocks$N2 <- round(ave(blocks$N2_zone / blocks$n2_zone, blocks$area, FUN = sum))
blocks$wing <- ifelse(blocks$area %% 2 == 1 & blocks$block == 1, "single", "rest") # a block alone in its stratum in odd areas, others beside it
blocks$N2_wing <- distinct(blocks$block, interaction(blocks$area, blocks$wing, drop = TRUE)) + 2
blocks$effect <- blocks$effect + rnorm(nrow(blocks), sd = 0.4)

per_block <- pick(2:4, nrow(blocks))
households <- times(blocks, per_block)
households$household <- sequence(per_block)
in_block <- interaction(households$area, households$block, drop = TRUE)
households$n3 <- distinct(households$household, in_block)
households$N3 <- households$n3 + ave(pick(0:20, nrow(households)), in_block, FUN = function(drawn) drawn[1])

people <- times(households, pick(1:3, nrow(households)))
n <- nrow(people)
people$sex <- pick(c("Female", "Male"), n)
people$w <- with(people, round(N1 / areas * N2_zone / n2_zone * N3 / n3 * exp(rnorm(n, sd = 0.2)), 4))
people$w[runif(n) < 0.03] <- 0
people$w[people$area == 9] <- 0
people$y <- as.numeric(runif(n) < plogis(-0.6 + people$effect + 0.5 * (people$sex == "Male")))
people$y[runif(n) < 0.06] <- NA
people$x <- round(20 + 5 * people$effect + rnorm(n, sd = 5), 3)
people$x[runif(n) < 0.05] <- NA
people$hours <- round(rgamma(n, 4, 0.2), 2)
people$island <- as.numeric(people$area == 3 & people$block == 1) # one block
people$far <- as.numeric(people$area %in% c(8, 9, 11:15)) # of stratum B two areas, one of them without weight; all of C
people$f1 <- people$areas / people$N1
people$f2 <- people$n2 / people$N2
people$f3 <- people$n3 / people$N3
people$N1_all <- 78
people$without <- Inf # R's way to say that a stage has no correction

columns <- c(
  "w", "stratum", "region", "area", "ea", "block", "zone", "wing", "household", "N1", "N1_all", "N2", "N2_zone", "N2_wing", "N3", "f1", "f2", "f3", "p1", "without",
  "sex", "island", "far", "y", "x", "hours"
)
write_data(people[columns], "stages.csv")

# Units were lost: stratum B has one area left, areas 1, 2, 8 and 13 one block, area 7 one block of a zone, and one block in three one household.
first <- function(unit, within) unit == ave(unit, within, FUN = min)
of_block <- interaction(people$area, people$block, drop = TRUE)
lost <- people$stratum == "B" & people$area != 7 |
  people$area %in% c(1, 2, 8, 13) & !first(people$block, people$area) |
  people$area == 7 & people$block == 2 |
  (people$area + people$block) %% 3 == 0 & !first(people$household, of_block)
write_data(people[!lost, columns], "stages_lonely.csv")
