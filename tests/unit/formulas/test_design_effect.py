"""The divisor of the design effect where there is nothing to divide by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("value", [1 / 3, 7.1, 1e8 + 0.1])
def test_equal_outcomes_have_no_design_effect(value: float) -> None:
    rows = pd.DataFrame({"ea": np.arange(12) // 3, "w": RNG.uniform(0.1, 3, 12), "y": value})
    survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    assert np.isnan(pv.total(survey, "y").numbers.deff[0])
    assert np.isnan(pv.mean(survey, "y").numbers.deff[0])


def test_a_small_spread_of_large_values_is_no_noise() -> None:
    rows = pd.DataFrame({"ea": np.arange(40) // 4, "w": 1.0, "y": 1e6 + RNG.normal(size=40)})
    table = pv.mean(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y").numbers
    by_hand = rows["y"].var(ddof=0) / 39
    assert table.deff[0] == pytest.approx(table.se[0] ** 2 / by_hand, rel=1e-6)


def test_other_simple_random_samples() -> None:
    rows = pd.DataFrame({"ea": np.arange(200) // 10, "w": 5.0, "y": (RNG.random(200) < 0.3).astype(float)})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y")
    deff = table.numbers.deff[0]
    without = table.design_effect("without-replacement")
    assert without.numbers.deff[0] == pytest.approx(deff / (1 - 200 / 1000))
    assert without.design_effect("with-replacement").numbers.deff[0] == pytest.approx(deff)
    p = table.numbers.estimate[0]
    assert table.design_effect("mics").numbers.deff[0] == pytest.approx(table.numbers.se[0] ** 2 / (p * (1 - p) / 199))
    with pytest.raises(pv.errors.OptionError, match="defined for proportions"):
        pv.total(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y").design_effect("mics")
    normalised = pv.Survey(rows, pv.Design(weight="w", psu="ea", weight_scale="normalised"))
    with pytest.raises(pv.errors.OptionError, match="add up to the population"):
        pv.prevalence(normalised, "y").design_effect("without-replacement")


def test_without_an_error_mics_prints_no_design_effect() -> None:
    """One of two children in every area: nothing varies between areas, against a simple random sample in which it would."""
    rows = pd.DataFrame({"ea": np.arange(60) // 2, "w": 1.0, "y": np.arange(60) % 2})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y")
    assert table.numbers.deff.tolist() == [0]
    assert np.isnan(table.design_effect("mics").numbers.deff).all()
