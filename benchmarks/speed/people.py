"""The simulated rows that every tool of the benchmark gets, and the population figures that they are raked to."""

from __future__ import annotations

import numpy as np
import pandas as pd

STRATA = 100
DIMENSIONS: dict[int, dict[str, int]] = {
    16: {"sex": 2, "age": 2, "region": 4},
    384: {"sex": 2, "age": 3, "region": 8, "wealth": 8},
    5000: {"sex": 2, "age": 5, "region": 20, "wealth": 25},
}
MARGINS = ("sex", "region")
Figures = dict[str, dict[int, float]]


def people(rows: int, cells: int, units: int) -> pd.DataFrame:
    """Return rows sorted by unit, units in 100 strata, integer dimensions, an outcome of 10 %."""
    rng = np.random.default_rng(871)
    unit = np.sort(rng.integers(0, units, rows))
    columns = {name: rng.integers(0, levels, rows) for name, levels in DIMENSIONS[cells].items()}
    outcome = (rng.random(rows) < 0.1).astype(float)
    weight = rng.uniform(0.5, 2.0, rows)
    return pd.DataFrame({"w": weight, "stratum": unit * STRATA // units, "ea": unit, **columns, "y": outcome})


def figures(rows: pd.DataFrame) -> Figures:
    """Return population figures of two margins, up to a tenth away from the weighted sample, with one total."""
    found: Figures = {}
    for name in MARGINS:
        sums = rows.groupby(name)["w"].sum()
        people = sums * (1 + 0.1 * np.arange(len(sums)) / len(sums))
        people *= 1.05 * rows["w"].sum() / people.sum()
        found[name] = {int(level): float(number) for level, number in people.items()}
    return found
