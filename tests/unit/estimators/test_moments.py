"""Tables from stratum moments are those from the units, with the contrasts that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv

CLOSE = 1e-10
"""Sums of squares about stratum means, folded batch by batch, against those of all units at once."""

RNG = np.random.default_rng(1)
UNIT = np.sort(RNG.integers(0, 120, 4000))
ROWS = pd.DataFrame(
    {
        "w": RNG.uniform(0.5, 2, 4000),
        "stratum": UNIT // 15,
        "ea": UNIT,
        "y": (RNG.random(4000) < 0.1).astype(float),
        "hours": RNG.normal(10, 3, 4000),
        "days": RNG.uniform(1, 7, 4000),
        "sex": RNG.choice(["Female", "Male"], 4000),
        "age": RNG.integers(0, 3, 4000),
    }
)
DESIGN = pv.Design(weight="w", stratum="stratum", psu="ea")
QUESTIONS: dict[str, Callable[..., pv.Estimates]] = {
    "prevalence": lambda survey, **more: pv.prevalence(survey, "y", **more),
    "total": lambda survey, **more: pv.total(survey, "y", **more),
    "mean": lambda survey, **more: pv.mean(survey, "hours", **more),
    "ratio": lambda survey, **more: pv.ratio(survey, "hours", "days", **more),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_moments_give_the_numbers_of_units(question: str, engine: Callable[[pd.DataFrame], Any]) -> None:
    ask, asked = QUESTIONS[question], {"by": ["sex", "age"], "margins": True}
    units = ask(pv.Survey(ROWS, DESIGN), **asked)
    moments = ask(pv.Survey(engine(ROWS), DESIGN), **asked, keep="moments", contrasts=[("sex", "Female", "Male")])
    pd.testing.assert_frame_equal(moments.to_pandas(), units.to_pandas(), rtol=CLOSE)
    gaps = [table.difference("sex", "Female", "Male").to_pandas() for table in (moments, units)]
    pd.testing.assert_frame_equal(*gaps, rtol=CLOSE)


def test_a_level_may_be_set_against_everyone() -> None:
    survey, asked = pv.Survey(ROWS, DESIGN), {"by": "sex", "margins": True}
    moments = pv.prevalence(survey, "y", **asked, keep="moments", contrasts=[("sex", "Female", "All")])
    gaps = [table.difference("sex", "Female", "All").to_pandas() for table in (moments, pv.prevalence(survey, "y", **asked))]
    pd.testing.assert_frame_equal(*gaps, rtol=CLOSE)


def test_a_contrast_that_was_not_asked_for_says_so() -> None:
    table = pv.prevalence(pv.Survey(ROWS, DESIGN), "y", by=["sex", "age"], keep="moments", contrasts=[("sex", "Female", "Male")])
    with pytest.raises(pv.errors.OptionError, match=r"Name the comparison in contrasts=, or keep='units'"):
        table.difference("age", 0, 1)


def test_contrasts_belong_to_moments() -> None:
    with pytest.raises(pv.errors.OptionError, match="belong to keep='moments'"):
        pv.prevalence(pv.Survey(ROWS, DESIGN), "y", contrasts=["sex"])
