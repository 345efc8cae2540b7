"""The simulated rows that every tool of the benchmark gets."""

from __future__ import annotations

import numpy as np
import pandas as pd

STRATA = 100
DIMENSIONS: dict[int, dict[str, int]] = {
    16: {"sex": 2, "age": 2, "region": 4},
    384: {"sex": 2, "age": 3, "region": 8, "wealth": 8},
    5000: {"sex": 2, "age": 5, "region": 20, "wealth": 25},
}


def people(rows: int, cells: int, units: int) -> pd.DataFrame:
    """Return rows sorted by unit, units in 100 strata, integer dimensions, an outcome of 10 %."""
    rng = np.random.default_rng(871)
    unit = np.sort(rng.integers(0, units, rows))
    columns = {name: rng.integers(0, levels, rows) for name, levels in DIMENSIONS[cells].items()}
    outcome = (rng.random(rows) < 0.1).astype(float)
    weight = rng.uniform(0.5, 2.0, rows)
    return pd.DataFrame({"w": weight, "stratum": unit * STRATA // units, "ea": unit, **columns, "y": outcome})
