"""Korn and Graubard's limits where degrees of freedom are few: the effective size shrinks by the squared ratio of t quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from prevalence.formulas.interval import Proportions, proportion

BETA = 1e-9
"""scipy.stats and scipy.special invert the incomplete beta function by different routes."""


@pytest.mark.parametrize(("p", "se", "n", "df"), [(0.2, 0.03, 400.0, 5.0), (0.02, 0.006, 900.0, 12.0), (0.7, 0.05, 150.0, 2.0)])
def test_effective_size_with_the_ratio_of_t_quantiles(p: float, se: float, n: float, df: float) -> None:
    ratio = stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, df)
    size = p * (1 - p) / se**2 * ratio**2
    assert size < n
    of = Proportions(*(np.array([value]) for value in (p, se, df, n, 1.0)))
    found = proportion("korn-graubard", of, 0.95)
    wanted = stats.beta.ppf(0.025, p * size, size - p * size + 1), stats.beta.ppf(0.975, p * size + 1, size - p * size)
    np.testing.assert_allclose([found.low[0], found.high[0]], wanted, rtol=BETA)
