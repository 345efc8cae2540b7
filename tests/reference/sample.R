# Reference numbers from the children of the sample survey.
# Usage: Rscript sample.R [CSV] [JSON] [lonely_psu]; defaults: data/sample_children.csv, sample.json, fail.
# Columns: w, stratum, psu, sex, age_group, area, country, child_labour (0, 1 or empty) and chain_* (0, 1 or empty).

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "common.R"))

given <- commandArgs(trailingOnly = TRUE)
or_default <- function(position, default) if (length(given) >= position) given[position] else default
path <- or_default(1, data_file("sample_children.csv"))
output <- or_default(2, file.path(reference_folder, "sample.json"))
rule <- or_default(3, "fail")

wanted <- c("w", "stratum", "psu", "sex", "age_group", "area", "country", "child_labour")
absent <- setdiff(wanted, names(read_data(path)))
if (length(absent)) stop("The sample CSV needs the columns ", toString(wanted), "; absent: ", toString(absent), ".")

design <- declare("sample", path, "w", stratum = "stratum", psu = "psu", lonely_psu = rule)
designs <- list(design)
chains <- grep("^chain_", names(design$svy$variables), value = TRUE)
in_chain <- lapply(chains, function(chain) setNames(list(1), chain))
chain_by_sex <- lapply(in_chain, function(chain) lapply(c("Female", "Male"), function(sex) c(chain, list(sex = sex))))
crossings <- list("sex", "age_group", "area", "country", c("sex", "age_group"), c("country", "sex"), c("country", "age_group", "sex"))
domains <- c(list(NULL), do.call(c, lapply(crossings, function(columns) cells(design, columns))), in_chain, do.call(c, chain_by_sex))
groups <- c(list(NULL), in_chain, cells(design, "country"), cells(design, "age_group"), cells(design, "area"))

chain_minus_all <- function(chain) {
  contrast(design, "child_labour", "supply_chain", chain, "All", setNames(list(1), chain), NULL)
}
chain_pair <- function(pair, kind) {
  side <- function(chain) setNames(list(1), chain)
  contrast(design, "child_labour", "supply_chain", pair[1], pair[2], side(pair[1]), side(pair[2]), kind = kind)
}
pairs <- if (length(chains) > 1) combn(chains, 2, simplify = FALSE) else list()

found <- c(
  records(designs, "prevalence", "child_labour", domains),
  records(designs, "total", "child_labour", groups),
  level_contrasts(designs, "child_labour", "sex", "Female", "Male", groups),
  level_contrasts(designs, "child_labour", "area", "Rural", "Urban", in_chain),
  lapply(chains, chain_minus_all),
  lapply(pairs, chain_pair, "difference"),
  lapply(pairs, chain_pair, "relative"),
  list(covariance(design, "child_labour", c("country", "sex")), covariance(design, "child_labour", "age_group"))
)
write_records(output, path, designs, found)
