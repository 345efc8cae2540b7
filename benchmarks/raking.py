"""Raking of 2 million persons to five margins: time against one Polars group-by of the margins, and against R `survey`.

    python benchmarks/raking.py [rows] [R rows]

R's `rake` runs in the same minute on a part of the rows (its time grows with them), three rounds over the margins.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

import prevalence as pv
from prevalence import weighting
from prevalence.calibration.margins import Margin
from prevalence.calibration.proportional import rake

LEVELS = {"sex": 2, "age_group": 6, "region": 24, "area": 2, "wealth": 5}
REPEATS = 3

R = """
suppressMessages(library(survey))
rows <- read.csv("%s")
margins <- strsplit("%s", " ")[[1]]
for (name in margins) rows[[name]] <- factor(rows[[name]])
design <- svydesign(ids = ~1, weights = ~w, data = rows)
tables <- lapply(margins, function(name) { t <- as.data.frame(table(rows[[name]])); names(t) <- c(name, "Freq"); t$Freq <- t$Freq * 30 * (1 + 0.1 * seq_len(nrow(t)) / nrow(t)); t })
total <- sum(tables[[1]]$Freq)
tables <- lapply(tables, function(t) { t$Freq <- t$Freq * total / sum(t$Freq); t })
start <- proc.time()[["elapsed"]]
done <- suppressWarnings(rake(design, lapply(margins, reformulate), tables, control = list(maxit = 3, epsilon = 1e-12, verbose = FALSE)))
cat((proc.time()[["elapsed"]] - start) / 3)
"""


def persons(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(5)
    data = {name: random.integers(0, levels, rows) for name, levels in LEVELS.items()}
    frame = pl.DataFrame(data).with_columns(pl.col(name).cast(pl.String).cast(pl.Categorical) for name in LEVELS)
    return frame.with_columns(psu=pl.Series(np.arange(rows) // 100), w=pl.Series(random.uniform(10, 50, rows)))


def targets(frame: pl.DataFrame) -> dict[str, dict[str, float]]:
    found, total = {}, 60.0 * len(frame)
    for name in LEVELS:
        sums = frame.group_by(name).agg(pl.col("w").sum()).sort(name)
        people = sums["w"].to_numpy() * (1 + 0.1 * np.arange(len(sums)) / len(sums))
        found[name] = dict(zip(sums[name].cast(pl.String).to_list(), (people * total / people.sum()).tolist(), strict=True))
    return found


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def r_seconds(frame: pl.DataFrame) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        frame.select(*LEVELS, "w").write_csv(path)
        script = Path(folder, "rake.R")
        script.write_text(R % (path, " ".join(LEVELS)), encoding="utf-8")
        answer = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=True)
    return float(answer.stdout)


SVY = """
import json, sys, time
import polars as pl, svy
rows = pl.read_csv(sys.argv[1])
controls = {name: {int(level): people for level, people in levels.items()} for name, levels in json.loads(sys.argv[2]).items()}
sample = svy.Sample(rows, svy.Design(wgt="w"))
start = time.perf_counter()
sample.weighting.rake(controls=controls, tol=1e-12, max_iter=3, on_nonconvergence="ignore")
print((time.perf_counter() - start) / 3)
"""


def svy_seconds(frame: pl.DataFrame, python: str) -> float:
    """Return the seconds of one round in svy; `python` is an interpreter that has it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        frame.select(*(pl.col(name).cast(pl.String) for name in LEVELS), "w").write_csv(path)
        command = [python, "-c", SVY, str(path), json.dumps(targets(frame))]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(answer.stdout.strip().splitlines()[-1])


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    in_r = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    frame = persons(rows)
    margins = targets(frame)
    group_by = best(lambda: frame.group_by(list(LEVELS)).agg(pl.col("w").sum()))
    survey = pv.Survey(frame, pv.Design(weight="w", psu="psu"))
    whole = best(lambda: weighting.rake(survey, margins=margins))
    codes = [Margin(frame[name].cast(pl.String).cast(pl.Int8).to_numpy(), levels, name=name) for name, levels in LEVELS.items()]
    totals = [[margins[name][str(level)] for level in range(levels)] for name, levels in LEVELS.items()]
    weight = frame["w"].to_numpy()
    fitted = rake(weight, codes, totals)
    core = best(lambda: rake(weight, codes, totals))
    print(f"{rows:,} persons, margins {' '.join(f'{name}({levels})' for name, levels in LEVELS.items())}")
    print(f"Polars group-by of the margins        {group_by:8.3f} s")
    print(
        f"raking, arrays, {fitted.iterations} rounds             {core:8.3f} s   {core / group_by:6.2f} x; a round {core / fitted.iterations / group_by:.2f} x"
    )
    print(
        f"pv.weighting.rake, from frame to frame {whole:7.3f} s   {whole / group_by:6.2f} x; a round {whole / fitted.iterations / group_by:.2f} x"
    )
    seconds = r_seconds(frame.head(in_r)) * rows / in_r
    if len(sys.argv) > 3:
        in_svy = svy_seconds(frame.head(in_r), sys.argv[3]) * rows / in_r
        print(f"svy rake, a round ({in_r:,} rows, scaled){in_svy:8.2f} s   {in_svy / (whole / fitted.iterations):6.0f} x ours")
    print(f"R rake, a round ({in_r:,} rows, scaled)  {seconds:8.2f} s   {seconds / (whole / fitted.iterations):6.0f} x ours")


if __name__ == "__main__":
    main()
