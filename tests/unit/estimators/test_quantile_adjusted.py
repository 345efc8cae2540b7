"""Quantiles of calibrated weights: their share has the residual-based error of the indicator it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv

RNG = np.random.default_rng(4)
SEX = RNG.choice(["Female", "Male"], 800)
ROWS = pd.DataFrame(
    {
        "w": RNG.uniform(1, 3, 800),
        "ea": np.arange(800) // 20,
        "sex": SEX,
        "hours": np.where(SEX == "Male", 30, 20) + RNG.normal(0, 8, 800),
    }
)
MARGIN = pd.DataFrame({"sex": ["Female", "Male"], "population": [700.0, 900.0]})


def test_woodruff_limits_follow_the_calibration() -> None:
    survey = pv.weighting.post_stratify(pv.Survey(ROWS, pv.Design(weight="w", psu="ea")), margins=MARGIN)
    table = pv.quantile(survey, "hours", 0.5)
    median = table.numbers.estimate[0]
    rows = survey.data.assign(below=(survey.data["hours"] <= median).astype(float))
    share = pv.prevalence(survey.grown(pv.Survey(rows, survey.design).frame), "below").ci(method="wald")
    low, high = (
        pv.quantile(survey, "hours", float(limit[0])).numbers.estimate[0] for limit in (share.limits.low, share.limits.high)
    )
    assert (table.limits.low[0], table.limits.high[0]) == pytest.approx((low, high))
    naive = pv.prevalence(pv.Survey(rows, pv.Design(weight=survey.design.weight, psu="ea")), "below")
    assert share.numbers.se[0] < 0.9 * naive.numbers.se[0]


def test_created_replicates_of_adjusted_weights_are_refused() -> None:
    design = pv.Design(weight="w", psu="ea", replicates=pv.Replicates(method="JK1"))
    survey = pv.weighting.post_stratify(pv.Survey(ROWS, design), margins=MARGIN)
    with pytest.raises(pv.errors.OptionError, match="Leave the replicates out of the design"):
        pv.quantile(survey, "hours", 0.5)
