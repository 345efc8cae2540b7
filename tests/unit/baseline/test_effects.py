"""Limits of a relative change: which of two methods, and what they are, from the rates and errors of two rounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv

ROOTS = 1e-9
"""Roots of a quadratic by another formula."""


def rounds(old: int, new: int, n: int = 200) -> pv.baseline.Change:
    """Return the change between two simple random samples with so many cases."""
    surveys = [
        pv.Survey(pd.DataFrame({"w": 1.0, "y": [1.0] * cases + [0.0] * (n - cases)}), pv.Design(weight="w", df_rule="occupied"))
        for cases in (old, new)
    ]
    return pv.baseline.change(*surveys, "y", samples="independent")


def by_fieller(old: float, new: float, n: int, t: float) -> np.ndarray:
    """Return the ratios r with (new - r old)^2 = t^2 (V_new + r^2 V_old), by the roots of a polynomial, less 1."""
    v_old, v_new = (p * (1 - p) / (n - 1) for p in (old, new))
    return np.sort(np.roots([old**2 - t**2 * v_old, -2 * old * new, new**2 - t**2 * v_new]).real) - 1


@pytest.mark.parametrize(
    ("old", "new", "method"),
    [(100, 50, "log"), (23, 60, "log"), (22, 60, "fieller"), (15, 30, "fieller"), (100, 0, "fieller")],
    ids=["even base", "cv of the base below 20 %", "above 20 %", "noisy base", "nobody left"],
)
def test_a_noisy_base_and_a_rate_of_nought_have_fiellers_limits(old: int, new: int, method: str) -> None:
    found = rounds(old, new)
    assert found.relative_method == (method,)
    assert found.relative[0] == pytest.approx(new / old - 1)
    t = stats.t.ppf(0.975, found.df[0])
    if method == "fieller":
        wanted = by_fieller(old / 200, new / 200, 200, t)
    else:
        spread = t * np.sqrt(sum((1 - p) / p / 199 for p in (old / 200, new / 200)))
        wanted = new / old * np.exp([-spread, spread]) - 1
    np.testing.assert_allclose([found.relative_low[0], found.relative_high[0]], wanted, rtol=ROOTS)
