"""Limits of the yearly rate of reduction, from two points by hand."""

from __future__ import annotations

import math

import pytest
from scipy import stats

import prevalence as pv


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_limits_of_two_points(level: float) -> None:
    """ln p fell by ln(0.22 / 0.18) in 8 years, with the squared coefficients of variation of both as its variance."""
    found = pv.baseline.aarr([2014, 2022], [0.22, 0.18], se=[0.012, 0.011], level=level)
    slope = math.log(0.18 / 0.22) / 8
    half = stats.norm.ppf((1 + level) / 2) * math.hypot(0.012 / 0.22, 0.011 / 0.18) / 8
    assert [found.low, found.aarr, found.high] == pytest.approx([1 - math.exp(slope + step) for step in (half, 0.0, -half)])
    assert found.low < found.aarr < found.high
