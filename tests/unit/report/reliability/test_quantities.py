"""Quantities of reliability rules where worked numbers are silent: below zero, near one, without variance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv
from prevalence.report.reliability.quantities import quantities

EXACT = 1e-12
"""One formula in double precision."""
BETA = 1e-9
"""scipy.stats and scipy.special invert the incomplete beta function by different routes."""

ROWS = pd.DataFrame({"w": 1.0, "y": [3.0, -9.0, 4.0, -11.0, 2.0, -7.0]})


@pytest.mark.parametrize("rule", ["statcan", "abs", "nchs-30-30"])
def test_a_mean_below_zero_is_judged_as_its_mirror(rule: str) -> None:
    """A coefficient of variation is the error over the size of the estimate: a sign must not make a poor figure pass."""
    tables = [pv.mean(pv.Survey(ROWS.assign(y=sign * ROWS["y"]), pv.Design(weight="w")), "y") for sign in (1.0, -1.0)]
    below, above = (quantities(table) for table in tables)
    assert tables[0].numbers.estimate[0] < 0 < below["cv"][0]
    for name in ("cv", "relative_width"):
        np.testing.assert_array_equal(below[name], above[name])
    flags = [pv.report.reliability(table, rule=rule).verdicts[0].flags for table in tables]
    assert flags[0] == flags[1]
    assert flags[0][0] not in ("shown", "show", "no restriction")


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9, 0.98])
def test_the_limit_of_ine_chile_is_that_of_the_complement_above_a_half(share: float) -> None:
    """INE Chile (2020): se against p^(2/3) / 9 below a half, (1 - p)^(2/3) / 9 from there on; no error is small for nearly everybody."""
    answers = np.repeat([1.0, 0.0], [round(100 * share), 100 - round(100 * share)])
    tables = [
        pv.prevalence(pv.Survey(pd.DataFrame({"w": 1.0, "y": y}), pv.Design(weight="w")), "y") for y in (answers, 1 - answers)
    ]
    limits = [quantities(table)["ine_limit"][0] for table in tables]
    assert limits[0] == pytest.approx((1 - share) ** (2 / 3) / 9, rel=EXACT)
    assert limits[1] == pytest.approx(limits[0], rel=EXACT)


def test_the_width_takes_nothing_from_a_margin() -> None:
    """Half of both areas of the north are cases: no variance there, so NCHS's width is that of Clopper and Pearson with n = 40."""
    rows = pd.DataFrame(
        {
            "w": 1.0,
            "ea": np.repeat(np.arange(4), 20),
            "region": ["n"] * 40 + ["s"] * 40,
            "y": [1.0, 0.0] * 20 + [1.0] * 19 + [0.0] * 21,
        }
    )
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "y", by="region", margins=True).select(region="n")
    assert (table.numbers.se[0], table.numbers.estimate[0]) == (0.0, 0.5)
    assert table.numbers.borrowed_deff[0] > 2
    low = stats.beta.ppf(0.025, 20, 21)
    assert quantities(table)["width"][0] == pytest.approx(1 - 2 * low, rel=BETA)
