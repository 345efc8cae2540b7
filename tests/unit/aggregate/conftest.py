"""Rows with everything that goes wrong, and the survey they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.survey import Family

CHAINS = {"chain": Family(name="chain", members={"cocoa": "c1", "coffee": "c2"}, exposure="household", denominator="households")}


@pytest.fixture
def survey_of() -> Callable[..., pv.Survey]:
    """Return a function that makes a survey of the rows in any frame; `changes` are to the design."""

    def survey(data: Any, **changes: Any) -> pv.Survey:
        parts = {"weight": "w", "stratum": ["region", "area"], "psu": "ea", "fpc": "population"}
        return pv.Survey(data, pv.Design(**(parts | changes)), families=CHAINS)

    return survey


@pytest.fixture
def people() -> pd.DataFrame:
    """Return rows with nulls, NaN, zero weights, a unit with no weight, and unplaced and overlapping members, in no order."""
    rng = np.random.default_rng(3)
    units = np.repeat(np.arange(24), rng.integers(3, 30, 24))
    size = len(units)

    def sometimes(values: Any, share: float) -> Any:
        return pd.Series(values).mask(rng.random(size) < share)

    rows = pd.DataFrame(
        {
            "w": rng.uniform(0.2, 5.0, size) * (rng.random(size) > 0.1) * (units != 5),
            "region": np.array(["N", "S", "C"])[units // 8],
            "area": units % 2,
            "ea": units * 10,
            "population": np.array([40, 50, 60])[units // 8] + units % 2,
            "sex": sometimes(rng.choice(["Female", "Male"], size), 0.05),
            "age": sometimes(rng.integers(5, 9, size), 0.1),
            "y": sometimes((rng.random(size) < 0.2).astype(float), 0.1),
            "flag": rng.random(size) < 0.4,
            "flag_unknown": sometimes((rng.random(size) < 0.1).astype(float), 0.5),
            "hours": 2000 + sometimes(rng.normal(0, 1, size), 0.2),
            "days": sometimes(rng.integers(0, 8, size), 0.1),
            "c1": sometimes((rng.random(size) < 0.3).astype(float), 0.1),
            "c2": rng.random(size) < 0.2,
            "employed": sometimes((rng.random(size) < 0.7).astype(float), 0.1),
        }
    )
    return rows.sample(frac=1, random_state=3)
