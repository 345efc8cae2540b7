"""How fast is a full table? Prints ratios to bare Polars group-bys of the same rows, measured in the same run.

    python benchmarks/estimates.py --rows 2000000

A full table is every prevalence with standard error, interval, design effect, degrees of freedom and counts, and all sex gaps with their
covariance. The two group-bys sum the weights and the weighted outcome: by unit and cell (what any variance needs) and by cell
alone (which gives estimates and no errors). Medians; quote ratios, the seconds are those of one machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd
import polars as pl

import prevalence as pv

UNITS = 2000
STRATA = 100
CELLS: dict[int, dict[str, int]] = {
    16: {"sex": 2, "age": 2, "region": 4},
    384: {"sex": 2, "age": 3, "region": 8, "wealth": 8},
    5000: {"sex": 2, "age": 5, "region": 20, "wealth": 25},
}


def people(rows: int, dimensions: dict[str, int]) -> pd.DataFrame:
    """Return simulated rows: 2,000 units in 100 strata, integer dimensions, an outcome of 10 %."""
    rng = np.random.default_rng(871)
    unit = np.sort(rng.integers(0, UNITS, rows))
    columns = {name: rng.integers(0, levels, rows) for name, levels in dimensions.items()}
    outcome = (rng.random(rows) < 0.1).astype(float)
    weight = rng.uniform(0.5, 2.0, rows)
    return pd.DataFrame({"w": weight, "stratum": unit * STRATA // UNITS, "ea": unit, **columns, "y": outcome})


def full_table(rows: pd.DataFrame, dimensions: dict[str, int]) -> None:
    """Make the table and its sex gaps, intervals included."""
    survey = pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="ea"))
    table = pv.prevalence(survey, "y", by=list(dimensions))
    assert np.isfinite(table.limits.low).any()
    assert np.isfinite(table.difference("sex", 1, 0).limits.low).any()


def group_by(rows: pl.DataFrame, keys: list[str]) -> None:
    """Sum weights and weighted outcomes by the keys."""
    weighted = (pl.col("w") * pl.col("y")).sum().alias("wy")
    rows.lazy().group_by(keys).agg(weighted, pl.col("w").sum()).collect()


def seconds(call: Callable[[], None], repeats: int) -> float:
    """Return the median time of a call after one that is not counted."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


def main() -> None:
    """Print one line a number of cells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    print(f"{asked.rows:,} rows, {UNITS:,} units; median of {asked.repeats}")
    print(f"{'cells':>6} {'full table':>11} {'by unit and cell':>17} {'ratio':>6} {'by cell':>9} {'ratio':>6}")
    for cells, dimensions in CELLS.items():
        rows = people(asked.rows, dimensions)
        frame = pl.from_pandas(rows)
        ours = seconds(lambda rows=rows, dims=dimensions: full_table(rows, dims), asked.repeats)
        by_unit = seconds(lambda frame=frame, dims=dimensions: group_by(frame, ["stratum", "ea", *dims]), asked.repeats)
        by_cell = seconds(lambda frame=frame, dims=dimensions: group_by(frame, list(dims)), asked.repeats)
        print(f"{cells:>6} {ours:>9.3f} s {by_unit:>15.3f} s {ours / by_unit:>6.2f} {by_cell:>7.3f} s {ours / by_cell:>6.1f}")


if __name__ == "__main__":
    main()
